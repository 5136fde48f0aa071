//! The state of a unit. Grey is "cannot be known", green is "data flows, and nothing severe in it":
//! silence never looks like safety.

use schemars::JsonSchema;
use serde::Serialize;
use ward_event::{Micros, register};

use crate::query::SourceRow;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// Data flows, and there is a high or critical alert.
    Wrong,
    /// Nothing heard for longer than is normal.
    Silent,
    /// Data flows, but a source that ought to send does not.
    Partial,
    /// Never heard.
    Unknown,
    /// Every expected source sends, and nothing severe was seen.
    Ok,
}

impl Status {
    pub(crate) const ALL: [Self; 5] = [Self::Wrong, Self::Silent, Self::Partial, Self::Unknown, Self::Ok];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Silent => "silent",
            Self::Partial => "partial",
            Self::Unknown => "unknown",
            Self::Ok => "ok",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// A unit of which the register expects no source in particular is silent after so long.
const SILENT_AFTER_MIN: i64 = 15;

/// What decides a unit's state.
pub(crate) struct Evidence<'a> {
    pub unit: Option<&'a register::Unit>,
    pub sources: &'a [&'a SourceRow],
    /// When it was last heard; 0 for never.
    pub last_seen: Micros,
    pub severe: u64,
    pub now: Micros,
}

pub(crate) fn status(evidence: &Evidence<'_>) -> Status {
    if evidence.last_seen.0 <= 0 {
        return Status::Unknown;
    }
    let expected = evidence.unit.map_or(&[][..], |u| u.sources.as_slice());
    let patience = expected.iter().map(|s| i64::from(s.silent_after_min)).max().unwrap_or(SILENT_AFTER_MIN);
    let age_min = (evidence.now.0 - evidence.last_seen.0) / 60_000_000;
    if age_min >= patience {
        return Status::Silent;
    }
    if evidence.severe > 0 {
        return Status::Wrong;
    }
    let quiet = evidence.sources.iter().any(|s| s.status != "ok");
    let unheard = expected
        .iter()
        .any(|e| !evidence.sources.is_empty() && !evidence.sources.iter().any(|s| s.source == e.format));
    if quiet || unheard { Status::Partial } else { Status::Ok }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, status: &str) -> SourceRow {
        SourceRow {
            hospital: "h".into(),
            sender: "s".into(),
            source: name.into(),
            status: status.into(),
            last_seen: 0,
        }
    }

    fn judge(seen_min_ago: Option<i64>, severe: u64, sources: &[SourceRow]) -> Status {
        let now = Micros::from_secs(1_000_000);
        let refs: Vec<_> = sources.iter().collect();
        let last_seen = seen_min_ago.map_or(Micros(0), |m| Micros(now.0 - m * 60_000_000));
        status(&Evidence { unit: None, sources: &refs, last_seen, severe, now })
    }

    #[test]
    fn silence_never_looks_like_safety() {
        assert_eq!(judge(None, 0, &[]), Status::Unknown);
        assert_eq!(judge(Some(15), 0, &[]), Status::Silent);
        assert_eq!(judge(Some(15), 3, &[]), Status::Silent);
        assert_eq!(judge(Some(1), 1, &[]), Status::Wrong);
        assert_eq!(judge(Some(1), 0, &[source("eve", "ok"), source("syslog", "silent")]), Status::Partial);
        assert_eq!(judge(Some(1), 0, &[source("eve", "ok")]), Status::Ok);
    }
}
