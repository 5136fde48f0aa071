//! The clocks of the law that run, over all incidents.

use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{Incidents, act::IncidentState, law::Known};
use crate::{DeskError, case::Units};

/// An incident whose first report is due and not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningClock {
    pub incident: i64,
    /// `2026-0012`.
    pub number: String,
    pub hospital: UnitId,
    pub title: String,
    pub title_zh: String,
    pub due: Micros,
}

impl Incidents<'_> {
    /// First reports that are due and not made, the most urgent first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn running_clocks(&self, units: &Units) -> Result<Vec<RunningClock>, DeskError> {
        const SELECT: &str = "SELECT i.id AS incident, i.year, i.n, i.hospital, i.title, i.title_zh, i.state, k.*
            FROM case_incident i JOIN case_law k ON k.incident_id = i.id
            WHERE k.no = (SELECT MAX(l.no) FROM case_law l WHERE l.incident_id = i.id)
              AND ($1 IS NULL OR i.hospital IN (SELECT value FROM json_each($1)))
              AND NOT EXISTS (SELECT 1 FROM case_law_report r WHERE r.incident_id = i.id AND r.kind = 'first')";
        let units = units.as_ref().map(|units| serde_json::json!(units).to_string());
        let rows = sqlx::query(SELECT).bind(units).fetch_all(self.0.readers()).await?;
        let mut clocks = Vec::new();
        for row in &rows {
            let state = IncidentState::stored(row.get("state"))?;
            let due = self.law().due(&Known::read(row).of);
            let runs = !matches!(state, IncidentState::Merged | IncidentState::FalseAlarm);
            let Some(due) = due.filter(|_| runs) else { continue };
            let (year, n): (i64, i64) = (row.get("year"), row.get("n"));
            clocks.push(RunningClock {
                incident: row.get("incident"),
                number: format!("{year}-{n:04}"),
                hospital: UnitId::new(row.get("hospital")).unwrap_or_default(),
                title: row.get("title"),
                title_zh: row.get("title_zh"),
                due,
            });
        }
        clocks.sort_by_key(|clock| (clock.due, clock.incident));
        Ok(clocks)
    }
}
