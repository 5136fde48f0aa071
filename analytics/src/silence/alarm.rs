//! The alert of a silence, and its end.

use serde::{Deserialize, Serialize};
use ward_event::{
    Micros, ProducerId, UnitId,
    alert::{self, Alert, Entity, EventRef, Level, Reason, Versions},
};

use super::{Key, MINUTE};
use crate::{builtin::BuiltIn, dedup::level_points};

// Impair defences: an attacker silences what would tell of him.
const TECHNIQUES: &[&str] = &["T1562"];
pub(crate) const SOURCE: BuiltIn = BuiltIn {
    rule_id: "ward-source-silent",
    title: "Log source has gone silent",
    title_zh: "日志源中断上报",
    techniques: TECHNIQUES,
};
pub(crate) const UNIT: BuiltIn = BuiltIn {
    rule_id: "ward-unit-silent",
    title: "Unit has gone silent altogether",
    title_zh: "单位整体失联，状态不可知",
    techniques: TECHNIQUES,
};
/// Both.
pub(crate) const PATTERNS: &[BuiltIn] = &[SOURCE, UNIT];

/// An alert that stands until the silence is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub(crate) alert: Alert,
}

/// Who is silent.
pub(crate) enum Subject<'a> {
    Source { key: &'a Key },
    Unit { unit: &'a UnitId, sources: usize },
}

impl Alarm {
    /// `since` is when it was last heard, by the clock; `last` the last event of it.
    pub(crate) fn raise(
        subject: &Subject<'_>,
        since: Micros,
        now: Micros,
        last: EventRef,
        expected: bool,
    ) -> Self {
        let minutes = (now.0 - since.0) / MINUTE;
        let (rule, unit, entity, reason) = match subject {
            Subject::Source { key } => (
                SOURCE,
                &key.0,
                Entity { kind: "source".into(), value: format!("{}/{}", key.1, key.2) },
                (
                    format!("日志源 {}（采集器 {}）已 {minutes} 分钟没有上报，超过正常间隔", key.2, key.1),
                    format!(
                        "nothing from {} of collector {} for {minutes} minutes, longer than is normal",
                        key.2, key.1
                    ),
                ),
            ),
            Subject::Unit { unit, sources } => (
                UNIT,
                *unit,
                Entity { kind: "hospital".into(), value: unit.to_string() },
                (
                    format!(
                        "该单位全部 {sources} 个日志源均已中断，最近一次上报在 {minutes} 分钟前，安全状态不可知"
                    ),
                    format!("all {sources} sources are silent, the last was heard {minutes} minutes ago"),
                ),
            ),
        };
        let level = if expected { Level::High } else { Level::Medium };
        let group = format!("{}={}", entity.kind, entity.value);
        let alert = Alert {
            alert_id: alert::alert_id(rule.rule_id, unit, &group, since, &last),
            revision: 1,
            rule_id: rule.rule_id.into(),
            title: rule.title.into(),
            title_zh: rule.title_zh.into(),
            level,
            techniques: rule.techniques.iter().map(|t| (*t).to_owned()).collect(),
            time: now,
            first_time: since,
            last_time: now,
            hospital: unit.clone(),
            entities: vec![entity],
            reasons: vec![Reason {
                field: "silent_since".into(),
                value: since.rfc3339(),
                zh: reason.0,
                en: reason.1,
                points: None,
            }],
            events: vec![last],
            event_count: 1,
            score: level_points(level),
            authorised_test: String::new(),
            versions: Versions::default(),
            // Numbered when it is emitted.
            producer: ProducerId::default(),
            seq: 0,
        };
        Self { alert }
    }

    /// The revision that says it is heard again.
    pub(crate) fn over(self, now: Micros) -> Alert {
        let mut alert = self.alert;
        let minutes = (now.0 - alert.first_time.0) / MINUTE;
        alert.revision += 1;
        (alert.time, alert.last_time) = (now, now);
        alert.reasons.push(Reason {
            field: "heard_again".into(),
            value: now.rfc3339(),
            zh: format!("已恢复上报，中断约 {minutes} 分钟"),
            en: format!("heard again after about {minutes} minutes"),
            points: None,
        });
        alert
    }
}
