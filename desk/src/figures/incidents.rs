//! Incidents from their history, and the campaigns they belong to.

use std::collections::BTreeMap;

use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{CampaignFigure, DeskFigures, Span};
use crate::{
    Desk, DeskError,
    incident::{IncidentState, Stage},
};

struct Walked {
    unit: UnitId,
    stage: Stage,
    opened: Micros,
    state: IncidentState,
}

pub(super) async fn count(
    desk: &Desk,
    units: Option<&str>,
    span: Span,
    figures: &mut DeskFigures,
) -> Result<(), DeskError> {
    const INCIDENTS: &str = "SELECT id, hospital, stage, opened_at, campaign_id FROM case_incident
        WHERE opened_at < $1 AND ($2 IS NULL OR hospital IN (SELECT value FROM json_each($2)))";
    let mut walked = BTreeMap::new();
    let mut members: BTreeMap<i64, Vec<UnitId>> = BTreeMap::new();
    for row in sqlx::query(INCIDENTS).bind(span.to.0).bind(units).fetch_all(desk.readers()).await? {
        let unit = UnitId::new(row.get("hospital")).unwrap_or_default();
        if let Some(campaign) = row.get::<Option<i64>, _>("campaign_id") {
            members.entry(campaign).or_default().push(unit.clone());
        }
        let (stage, opened) = (Stage::stored(row.get("stage"))?, Micros(row.get("opened_at")));
        walked.insert(row.get::<i64, _>("id"), Walked { unit, stage, opened, state: IncidentState::Open });
    }
    const HISTORY: &str = "SELECT incident_id, at, to_state FROM case_incident_history
        WHERE at < $1 AND to_state <> '' ORDER BY no";
    for line in sqlx::query(HISTORY).bind(span.to.0).fetch_all(desk.readers()).await? {
        let Some(incident) = walked.get_mut(&line.get::<i64, _>(0)) else { continue };
        incident.state = IncidentState::stored(line.get(2))?;
        let of = &mut figures.units.entry(incident.unit.clone()).or_default().incidents;
        let now = u64::from(span.has(Micros(line.get(1))));
        match incident.state {
            IncidentState::Closed => of.closed += now,
            IncidentState::FalseAlarm => of.false_alarms += now,
            _ => {}
        }
    }
    for incident in walked.values() {
        let of = &mut figures.units.entry(incident.unit.clone()).or_default().incidents;
        match incident.state {
            // It goes on in another, and is counted there.
            IncidentState::Merged => continue,
            IncidentState::Open | IncidentState::Judged | IncidentState::Notified => {
                *of.open.entry(incident.stage).or_default() += 1;
            }
            IncidentState::Closed | IncidentState::FalseAlarm => {}
        }
        of.found += u64::from(span.has(incident.opened));
    }
    campaigns(desk, &members, span, figures).await
}

async fn campaigns(
    desk: &Desk,
    members: &BTreeMap<i64, Vec<UnitId>>,
    span: Span,
    figures: &mut DeskFigures,
) -> Result<(), DeskError> {
    const CAMPAIGNS: &str = "SELECT id, year, n, kind, value, opened_at FROM case_campaign
        WHERE opened_at < $1 AND last_seen >= $2 ORDER BY id";
    for row in sqlx::query(CAMPAIGNS).bind(span.to.0).bind(span.from.0).fetch_all(desk.readers()).await? {
        let id: i64 = row.get("id");
        let Some(units) = members.get(&id) else { continue };
        figures.campaigns.push(CampaignFigure {
            id,
            number: format!("{}-{:04}", row.get::<i64, _>("year"), row.get::<i64, _>("n")),
            kind: row.get("kind"),
            value: row.get("value"),
            is_new: span.has(Micros(row.get("opened_at"))),
            units: units.iter().cloned().collect(),
        });
    }
    Ok(())
}
