//! Rows of the result, and those that came in just now.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::Micros;

use super::{HuntQuery, as_text};
use crate::{
    hunt::fields::Target,
    query::{
        QueryError, Reader,
        sql::{Expr, Sql},
    },
    scope::Scope,
};

/// One event of a result: what every line shows, and its cells in the order they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub(crate) struct HuntRow {
    pub hospital: String,
    pub producer: String,
    pub seq: u64,
    /// µs
    pub at: i64,
    /// µs
    pub ingested: i64,
    pub time_quality: String,
    pub cells: Vec<String>,
}

/// Where a list goes on: behind this event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// µs
    pub at: i64,
    pub producer: String,
    pub seq: i64,
}

impl Place {
    pub(crate) fn of(row: &HuntRow) -> Self {
        Self { at: row.at, producer: row.producer.clone(), seq: i64::try_from(row.seq).unwrap_or(i64::MAX) }
    }
}

/// What a list is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Cells {
    pub targets: Vec<Target>,
    /// Characters of message and raw text.
    pub width: i64,
}

fn columns(cells: &Cells) -> Expr {
    let fixed = Expr::new(
        &["toString(t.hospital) AS hospital, toString(t.producer) AS producer, toUInt64(t.seq) AS seq, \
           toUnixTimestamp64Micro(t.time) AS at, toUnixTimestamp64Milli(t.ingested_at) * 1000 AS ingested, \
           toString(t.time_quality) AS time_quality"],
        [],
    );
    let cell = |target: &Target| {
        let name = match target {
            Target::Known(field) => field.name,
            Target::Source(_) => "",
        };
        match name {
            "message" => Expr::new(
                &["substringUTF8(if(t.message = '', t.raw, t.message), 1, ?)"],
                [cells.width.into()],
            ),
            "raw" => Expr::new(&["substringUTF8(t.raw, 1, ?)"], [cells.width.into()]),
            _ => as_text(target),
        }
    };
    let cells =
        Expr::join(cells.targets.iter().map(cell), ", ", "").within("CAST([", "], 'Array(String)') AS cells");
    Expr::join([fixed, cells], ", ", "")
}

impl Reader {
    /// Matches in `[from, to)`, newest first, at most `limit`; those behind `after` only.
    pub(super) async fn hunt_rows(
        &self,
        scope: &Scope,
        query: &HuntQuery,
        cells: &Cells,
        (from, to): (Micros, Micros),
        after: Option<&Place>,
        limit: i64,
    ) -> Result<Vec<HuntRow>, QueryError> {
        let mut sql = query.select(columns(cells), scope, from, to);
        if let Some(Place { at, producer, seq }) = after {
            sql = sql.and_with(
                "(t.time, t.producer, t.seq) < (fromUnixTimestamp64Micro(toInt64(?)), ?, toUInt64(?))",
                [(*at).into(), producer.as_str().into(), (*seq).into()],
            );
        }
        self.rows(newest(sql, limit)).await
    }

    /// Matches that the store took since `since`, whatever their own time within the query's range.
    pub(crate) async fn hunt_tail(
        &self,
        scope: &Scope,
        query: &HuntQuery,
        targets: &[Target],
        since: Micros,
        limit: i64,
    ) -> Result<Vec<HuntRow>, QueryError> {
        let cells = Cells { targets: targets.to_vec(), width: super::walk::LINE_CHARS };
        let sql = query
            .select(columns(&cells), scope, query.from, query.to)
            .and_with("t.ingested_at >= fromUnixTimestamp64Micro(toInt64(?))", [since.0.into()]);
        self.rows(newest(sql, limit)).await
    }
}

fn newest(sql: Sql, limit: i64) -> Sql {
    sql.then_with("ORDER BY t.time DESC, t.producer DESC, t.seq DESC LIMIT ?", [limit.into()])
}
