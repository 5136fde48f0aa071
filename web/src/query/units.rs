//! What the sources of a unit are doing.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::{Micros, UnitId};

use super::{
    QueryError, Reader,
    sql::{Sql, Table},
};
use crate::scope::Scope;

/// The newest word on one source of a unit.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct SourceRow {
    pub hospital: String,
    pub sender: String,
    pub source: String,
    /// `ok`, `silent`, `unknown`.
    pub status: String,
    /// µs, 0 for never.
    pub last_seen: i64,
}

impl Reader {
    pub(crate) async fn sources(
        &self,
        scope: &Scope,
        unit: Option<&UnitId>,
        from: Micros,
    ) -> Result<Vec<SourceRow>, QueryError> {
        let inner = Sql::select(
            "hospital, sender, source, status, toUnixTimestamp64Micro(last_seen) AS seen_us",
            Table::Source,
            &scope.narrow(unit),
        )
        .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()])
        .then("ORDER BY hospital, sender, source, time DESC, seq DESC LIMIT 1 BY hospital, sender, source");
        let sql = Sql::over(
            "toString(hospital) AS hospital, toString(sender) AS sender, toString(source) AS source, \
             toString(status) AS status, seen_us AS last_seen",
            inner,
        );
        self.rows(sql.then("ORDER BY hospital, source, sender LIMIT 20000")).await
    }
}
