//! Risk of entities: the newest score of each, and how one came to be.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::{Micros, UnitId};

use super::{
    QueryError, Reader,
    events::LATENESS_DAYS,
    sql::{Sql, Table},
};
use crate::scope::Scope;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EntityKey {
    pub kind: String,
    pub value: String,
    /// An address or an account name may exist in many units: empty means wherever it is.
    pub unit: Option<UnitId>,
}

/// The newest score of one entity in one unit, halved for each day since.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct ScoreRow {
    pub hospital: String,
    pub entity_type: String,
    pub entity: String,
    /// As emitted.
    pub score: f64,
    /// What is left of it now; `reasons` are to be scaled by `current / score`.
    pub current: f64,
    pub reasons: String,
    /// µs
    pub time: i64,
}

#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct ScorePoint {
    /// µs
    pub time: i64,
    pub score: f64,
}

/// A score halves each day: after two weeks no more than 0.006 of 100 points is left.
const LOOK_BACK_DAYS: i64 = 14;

/// Points of one entity's history: one a clock record at the densest would be far more than pixels.
const HISTORY_MAX: i64 = 2_000;

const DAY: i64 = ward_event::time::MICROS_PER_DAY;

/// `columns` of scores since `from`; days that are older are not even looked at.
pub(super) fn scores_since(columns: &'static str, scope: &Scope, from: Micros) -> Sql {
    Sql::select(columns, Table::Score, scope).and_with(
        "t.time >= fromUnixTimestamp64Micro(toInt64(?)) AND t.ingested_at >= fromUnixTimestamp64Micro(toInt64(?))",
        [from.0.into(), (from.0 - LATENESS_DAYS * DAY).into()],
    )
}

fn newest(scope: &Scope, now: Micros) -> Sql {
    let columns = "hospital, entity_type, entity, toFloat64(score) AS score, reasons, \
        toUnixTimestamp64Micro(time) AS time_us";
    scores_since(columns, scope, Micros(now.0 - LOOK_BACK_DAYS * DAY))
}

const NEWEST_OF_KEY: &str = "ORDER BY hospital, entity_type, entity, t.time DESC, seq DESC \
    LIMIT 1 BY hospital, entity_type, entity";

const ROW: &str = "toString(hospital) AS hospital, toString(entity_type) AS entity_type, \
    toString(entity) AS entity, score, score AS current, reasons, time_us AS time";

impl Reader {
    /// The riskiest entities now.
    pub(crate) async fn riskiest(
        &self,
        scope: &Scope,
        unit: Option<&UnitId>,
        kind: Option<&str>,
        now: Micros,
        limit: i64,
    ) -> Result<Vec<ScoreRow>, QueryError> {
        let mut inner = newest(&scope.narrow(unit), now);
        if let Some(kind) = kind {
            inner = inner.and_with("entity_type = ?", [kind.into()]);
        }
        let sql = Sql::over(ROW, inner.then(NEWEST_OF_KEY)).and("score > 0").then_with(
            "ORDER BY score * exp2(least(0, (time_us - ?) / 86400000000.)) DESC, hospital, entity_type, entity \
             LIMIT ?",
            [now.0.into(), limit.into()],
        );
        self.rows(sql).await.map(|rows| decayed(rows, now))
    }

    /// One entity's newest score in each unit of the scope where it has one.
    pub(crate) async fn scores(
        &self,
        scope: &Scope,
        key: &EntityKey,
        now: Micros,
    ) -> Result<Vec<ScoreRow>, QueryError> {
        let inner = newest(&scope.narrow(key.unit.as_ref()), now)
            .and_with("entity_type = ? AND entity = ?", [key.kind.as_str().into(), key.value.as_str().into()])
            .then(NEWEST_OF_KEY);
        self.rows(Sql::over(ROW, inner).then("ORDER BY hospital LIMIT 100"))
            .await
            .map(|rows| decayed(rows, now))
    }

    /// How one entity's score went, oldest first.
    pub(crate) async fn score_history(
        &self,
        scope: &Scope,
        key: &EntityKey,
        from: Micros,
    ) -> Result<Vec<ScorePoint>, QueryError> {
        let sql = scores_since(
            "toUnixTimestamp64Micro(t.time) AS time, toFloat64(t.score) AS score",
            &scope.narrow(key.unit.as_ref()),
            from,
        )
        .and_with("entity_type = ? AND entity = ?", [key.kind.as_str().into(), key.value.as_str().into()])
        .then_with("ORDER BY time DESC LIMIT ?", [HISTORY_MAX.into()]);
        let mut points: Vec<ScorePoint> = self.rows(sql).await?;
        points.reverse();
        Ok(points)
    }
}

fn decayed(mut rows: Vec<ScoreRow>, now: Micros) -> Vec<ScoreRow> {
    for row in &mut rows {
        row.current = row.score * remaining(now.0 - row.time);
    }
    rows
}

/// What is left of a score after `age` µs.
fn remaining(age: i64) -> f64 {
    (-(age.max(0) as f64) / DAY as f64).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_halves_each_day_and_never_grows() {
        assert!((remaining(DAY) - 0.5).abs() < 1e-12);
        assert!((remaining(-5) - 1.0).abs() < 1e-12);
    }
}
