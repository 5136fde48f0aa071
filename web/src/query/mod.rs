//! The one module that builds queries. Everything public here takes a [`Scope`], runs as the store's
//! reader, and gives typed rows.

mod alerts;
mod assets;
mod brief;
mod entities;
mod error;
mod events;
mod hunt;
mod rates;
mod report;
mod sql;
mod story;
mod units;
mod verify;
mod wall;

use std::time::Duration;

use clickhouse::{RowOwned, RowRead};
use serde::de::DeserializeOwned;

use self::sql::Sql;
pub(crate) use self::{
    alerts::{AlertFilter, AlertPage, AlertRow, AlertSort, FullAlert, LevelCount, RuleCount, SortKey},
    assets::{AssetCount, AssetRow, EntityAlerts, Found, HeardRow, PeerRow, Side},
    brief::{AccountAlerts, RuleAlerts, ToldAlert, UnitAlerts},
    entities::{EntityKey, ScorePoint, ScoreRow},
    error::QueryError,
    events::{Event, EventFilter, EventRow},
    hunt::{HuntQuery, HuntRow, Parts, Place, Step, Summary, Terms, Top, ValueCount, Walk},
    rates::{HourAlerts, MinuteRow, TREND_STEP_SECS, TrendRow, UnitLevel},
    report::{HourUnit, SourceAt, Span, UnitCount},
    story::{BesideRow, KnownRow, SignInRow, StepRow, TalkRow},
    units::SourceRow,
    verify::{AnswerRow, EarRow},
    wall::{AlertCell, ClassStep, DatabaseRow, EdgeRow, RecentAlert},
};

/// A page waits so long for one panel's query; the store's own limit for the reader is about the same.
const QUERY_SECS_MAX: u64 = 10;

/// Reads the store as its limited user.
#[derive(Clone)]
pub(crate) struct Reader {
    client: clickhouse::Client,
}

impl Reader {
    pub(crate) const fn new(client: clickhouse::Client) -> Self {
        Self { client }
    }

    async fn rows<T: RowOwned + RowRead>(&self, sql: Sql) -> Result<Vec<T>, QueryError> {
        let rows = sql.query(&self.client).fetch_all::<T>();
        match tokio::time::timeout(Duration::from_secs(QUERY_SECS_MAX), rows).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => Err(QueryError::from(error)),
            Err(_) => Err(QueryError::TooHeavy),
        }
    }

    /// Rows whose columns are known only to the store: one JSON object each.
    async fn json_rows<T: DeserializeOwned>(&self, sql: Sql) -> Result<Vec<T>, QueryError> {
        let read = async {
            let mut cursor = sql.query(&self.client).fetch_bytes("JSONEachRow")?;
            cursor.collect().await
        };
        let bytes = match tokio::time::timeout(Duration::from_secs(QUERY_SECS_MAX), read).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return Err(QueryError::from(error)),
            Err(_) => return Err(QueryError::TooHeavy),
        };
        serde_json::Deserializer::from_slice(&bytes).into_iter().collect::<Result<_, _>>().map_err(
            |error: serde_json::Error| QueryError::from(clickhouse::error::Error::Custom(error.to_string())),
        )
    }
}

#[cfg(test)]
mod tests;
