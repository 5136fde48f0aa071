//! Finding entries, and taking them out.

use std::path::PathBuf;

use futures_util::TryStreamExt;
use serde_json::json;
use sqlx::{QueryBuilder, Row, Sqlite, SqlitePool};
use ward_event::{Micros, UnitId};

use super::{
    Action,
    chain::{BEGINNING, Record},
};
use crate::DeskError;

/// Entries a page may ask for.
const PAGE_MAX: i64 = 1_000;

/// What is looked for; the default finds all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The sign-in name.
    pub account: Option<String>,
    pub action: Option<Action>,
    pub unit: Option<UnitId>,
    pub object: Option<(String, String)>,
    pub document: Option<String>,
    /// From this time on.
    pub from: Option<Micros>,
    /// Before this time.
    pub to: Option<Micros>,
    /// Paging: numbers below this one.
    pub before: Option<i64>,
    /// Entries of one page; 1,000 at most. An export takes no notice of it.
    pub limit: Option<i64>,
}

impl Search {
    pub(crate) async fn run(&self, readers: &SqlitePool) -> Result<Vec<Record>, DeskError> {
        let mut query = QueryBuilder::new(concat!("SELECT ", super::chain::columns!(), " FROM audit a"));
        self.conditions(&mut query);
        query.push(" ORDER BY a.number DESC LIMIT ");
        query.push_bind(self.limit.unwrap_or(100).clamp(1, PAGE_MAX));
        let rows = query.build().fetch_all(readers).await?;
        Ok(rows.iter().map(Record::read).collect())
    }

    pub(crate) async fn export(
        &self,
        readers: &SqlitePool,
        out: &mut (dyn std::io::Write + Send),
    ) -> Result<u64, DeskError> {
        let mut query = QueryBuilder::new(concat!(
            "SELECT ",
            super::chain::columns!(),
            ", (SELECT p.hash FROM audit p WHERE p.number = a.number - 1) FROM audit a"
        ));
        self.conditions(&mut query);
        query.push(" ORDER BY a.number");
        let failed = |source| DeskError::File { path: PathBuf::from("export"), source };
        let mut count = 0;
        let mut rows = query.build().fetch(readers);
        while let Some(row) = rows.try_next().await? {
            let before: Option<String> = row.get(14);
            let line = json!({
                "entry": Record::read(&row),
                "before": before.as_deref().unwrap_or(BEGINNING),
            });
            writeln!(out, "{line}").map_err(failed)?;
            count += 1;
        }
        out.flush().map_err(failed)?;
        Ok(count)
    }

    fn conditions(&self, query: &mut QueryBuilder<Sqlite>) {
        query.push(" WHERE 1 = 1");
        let texts = [
            (" AND a.account = ", self.account.as_deref()),
            (" AND a.action = ", self.action.map(Action::as_str)),
            (" AND a.unit = ", self.unit.as_ref().map(UnitId::as_str)),
            (" AND a.object_kind = ", self.object.as_ref().map(|(kind, _)| kind.as_str())),
            (" AND a.object_id = ", self.object.as_ref().map(|(_, id)| id.as_str())),
            (" AND a.document = ", self.document.as_deref()),
        ];
        for (condition, value) in texts {
            if let Some(value) = value {
                query.push(condition).push_bind(value.to_owned());
            }
        }
        let numbers = [
            (" AND a.time >= ", self.from.map(|t| t.0)),
            (" AND a.time < ", self.to.map(|t| t.0)),
            (" AND a.number < ", self.before),
        ];
        for (condition, value) in numbers {
            if let Some(value) = value {
                query.push(condition).push_bind(value);
            }
        }
    }
}
