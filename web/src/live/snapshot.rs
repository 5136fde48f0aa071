//! The state of the region at one moment, as pages and the stream show it. Times in ms.

use schemars::JsonSchema;
use serde::Serialize;

use super::status::Status;
use crate::show::grouped;

/// Minutes of the live chart.
pub(crate) const MINUTES: usize = 60;
/// Minutes of a unit's little chart.
pub(crate) const SPARK_MINUTES: usize = 30;
/// Steps of the day's trend (ten minutes each).
pub(crate) const TREND_STEPS: usize = 144;
/// Alerts in the feed.
pub(crate) const FEED_MAX: i64 = 14;
/// Entities and rules of the overview.
pub(crate) const TOP_MAX: i64 = 8;

#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Snapshot {
    /// When the store was asked.
    pub at: i64,
    /// When the newest row came in; 0 for never.
    pub data_at: i64,
    pub parts: Parts,
    pub kpi: Kpi,
    pub units: Vec<Unit>,
    pub feed: Vec<FeedAlert>,
    pub minutes: Series,
    pub trend: Trend,
    pub rules: Vec<RuleShare>,
    pub entities: Vec<RiskyEntity>,
}

/// Whether a part could be asked, and when it last was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Part {
    /// 0 for never.
    pub at: i64,
    /// Empty, or `unreachable`, `heavy`, `refused`.
    pub error: &'static str,
}

impl Part {
    pub(crate) const fn never(&self) -> bool {
        self.at == 0
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Parts {
    pub rates: Part,
    pub alerts: Part,
    pub trend: Part,
    pub sources: Part,
    pub scores: Part,
}

impl Parts {
    pub(crate) fn failed(&self) -> usize {
        let all = [self.rates, self.alerts, self.trend, self.sources, self.scores];
        all.iter().filter(|p| !p.error.is_empty()).count()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Kpi {
    pub total: usize,
    /// Units whose data flows, whatever is in it.
    pub connected: usize,
    pub silent: usize,
    pub unknown: usize,
    pub wrong: usize,
    pub partial: usize,
    pub ok: usize,
    pub per_second: Option<f64>,
    pub events_today: u64,
    /// Alerts since local midnight, critical first.
    pub today: [u64; 5],
    /// High and critical alerts of the last 24 hours.
    pub severe: u64,
    pub critical: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Unit {
    pub id: String,
    pub status: Status,
    pub last_seen: i64,
    /// Events of the last whole minute.
    pub per_minute: u64,
    pub spark: Vec<u64>,
    /// Alerts of the last 24 hours, critical first.
    pub alerts: [u64; 5],
    /// The highest score of an entity of it.
    pub risk: Option<f64>,
    pub sources: usize,
    pub sources_quiet: usize,
}

impl Unit {
    /// Events a minute; of a unit that is not heard nothing is known, which differs from none.
    pub(crate) fn rate_text(&self) -> String {
        match self.status {
            Status::Silent | Status::Unknown => "—".to_owned(),
            _ => grouped(self.per_minute),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct FeedAlert {
    pub id: String,
    pub title: String,
    pub title_zh: String,
    pub level: String,
    pub time: i64,
    pub unit: String,
    /// The first entity's type and value.
    pub entity: String,
    pub count: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Series {
    /// Start of the first step.
    pub from: i64,
    /// Width of a step in seconds.
    pub step: i64,
    pub counts: Vec<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Trend {
    pub from: i64,
    pub step: i64,
    pub events: Vec<u64>,
    pub severe: Vec<u64>,
    pub other: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct RuleShare {
    pub id: String,
    pub title: String,
    pub title_zh: String,
    pub level: String,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct RiskyEntity {
    pub kind: String,
    pub value: String,
    pub unit: String,
    pub score: f64,
    /// The reasons that weigh most, in words.
    pub zh: Vec<String>,
    pub en: Vec<String>,
}
