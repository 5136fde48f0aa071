//! What the walls ask the store for beyond the overview's snapshot. What costs more is asked in the
//! background: a slow answer never holds up the second's frame.

use tokio::task::JoinHandle;
use ward_desk::Desk;
use ward_event::{
    Micros,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use super::{
    attacks::Attacks,
    handling::{self, Handling},
};
use crate::{
    live::Answer,
    query::{
        AlertCell, ClassStep, DatabaseRow, EdgeRow, QueryError, Reader, RecentAlert, ScoreRow, SourceRow,
    },
    scope::Scope,
};

/// Newest alerts that feeds and attacks are made of.
const RECENT_MAX: i64 = 400;
/// Rows of a ranking that are asked for; a panel shows fewer.
const TOP: i64 = 12;
/// A source's state may be told only when it changes.
const SOURCES_BACK_DAYS: i64 = 30;
const RECENT_EVERY: i64 = 2_000_000;
const CELLS_EVERY: i64 = 5_000_000;
const SLOW_EVERY: i64 = 60_000_000;
/// After a failure it is tried again sooner.
const RETRY_AFTER: i64 = 5_000_000;

/// Traffic across the border in the last hour.
#[derive(Debug, Default)]
pub(super) struct Edge {
    pub ports: Vec<EdgeRow>,
    pub inbound: Vec<EdgeRow>,
    pub outbound: Vec<EdgeRow>,
}

#[derive(Debug, Default)]
pub(super) struct Databases {
    pub units: Vec<DatabaseRow>,
    pub trend: Vec<ClassStep>,
}

/// Answers of the background.
struct Slow {
    edge: Result<Edge, QueryError>,
    databases: Result<Databases, QueryError>,
    hosts: Result<Vec<(String, u64)>, QueryError>,
    risk: Result<Vec<ScoreRow>, QueryError>,
    sources: Result<Vec<SourceRow>, QueryError>,
}

#[derive(Default)]
pub(super) struct Asked {
    pub recent: Answer<Vec<RecentAlert>>,
    /// Of two days.
    pub cells: Answer<Vec<AlertCell>>,
    pub edge: Answer<Edge>,
    pub databases: Answer<Databases>,
    pub hosts: Answer<Vec<(String, u64)>>,
    /// Hosts by risk.
    pub risk: Answer<Vec<ScoreRow>>,
    pub sources: Answer<Vec<SourceRow>>,
    pub handling: Answer<Handling>,
    pub attacks: Attacks,
    recent_at: Option<Micros>,
    cells_at: Option<Micros>,
    slow_at: Option<Micros>,
    slow: Option<JoinHandle<Slow>>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(task) = &self.slow {
            task.abort();
        }
    }
}

impl Asked {
    pub(super) async fn ask(&mut self, reader: &Reader, desk: &Desk, scope: &Scope, now: Micros) {
        let due = |at: Option<Micros>, every: i64| at.is_none_or(|at| now.0 - at.0 >= every);
        if due(self.recent_at, RECENT_EVERY) {
            self.recent_at = Some(now);
            let day_ago = Micros(now.0 - MICROS_PER_DAY);
            self.recent.take(now, reader.recent_alerts(scope, day_ago, RECENT_MAX).await);
            self.attacks.look(reader, scope, &self.recent.value, now).await;
        }
        if due(self.cells_at, CELLS_EVERY) {
            self.cells_at = Some(now);
            self.handling.take(now, handling::ask(desk, scope).await);
            self.cells.take(now, reader.alert_cells(scope, Micros(now.0 - 2 * MICROS_PER_DAY)).await);
        }
        if self.slow.as_ref().is_some_and(JoinHandle::is_finished)
            && let Some(task) = self.slow.take()
            && let Ok(slow) = task.await
        {
            self.edge.take(now, slow.edge);
            self.databases.take(now, slow.databases);
            self.hosts.take(now, slow.hosts);
            self.risk.take(now, slow.risk);
            self.sources.take(now, slow.sources);
        }
        let every = if self.slow_failed() { RETRY_AFTER } else { SLOW_EVERY };
        if self.slow.is_none() && due(self.slow_at, every) {
            self.slow_at = Some(now);
            self.slow = Some(tokio::spawn(ask_slow(reader.clone(), scope.clone(), now)));
        }
    }
}

impl Asked {
    /// What could not be reached may be back soon; what was too heavy is so a minute later, too.
    fn slow_failed(&self) -> bool {
        let parts = [self.edge.part, self.databases.part, self.hosts.part, self.risk.part, self.sources.part];
        parts.iter().any(|p| p.error == "unreachable")
    }
}

/// One after the other: the pages' own queries come first.
async fn ask_slow(reader: Reader, scope: Scope, now: Micros) -> Slow {
    let (hour_ago, day_ago) = (Micros(now.0 - MICROS_PER_HOUR), Micros(now.0 - MICROS_PER_DAY));
    let edge = async {
        Ok(Edge {
            ports: reader.inbound_ports(&scope, hour_ago, TOP).await?,
            inbound: reader.inbound_countries(&scope, hour_ago, TOP).await?,
            outbound: reader.outbound_countries(&scope, hour_ago, TOP).await?,
        })
    };
    let edge = edge.await;
    let databases = async {
        Ok(Databases {
            units: reader.database_use(&scope, hour_ago).await?,
            trend: reader.database_trend(&scope, day_ago).await?,
        })
    };
    let databases = databases.await;
    Slow {
        edge,
        databases,
        hosts: reader.hosts_heard(&scope, hour_ago).await,
        risk: reader.riskiest(&scope, None, Some("host"), now, TOP).await,
        sources: reader.sources(&scope, None, Micros(now.0 - SOURCES_BACK_DAYS * MICROS_PER_DAY)).await,
    }
}
