//! What the shard's state does at a clock record: judges entities, holds back what people decided,
//! scores, and numbers what is told.

use ward_event::{
    Event, Micros, UnitId,
    alert::{Alert, Entity, EventRef, Level, Reason},
    control::Verdict,
    state::{State, StateRecord},
};

use super::{Kept, Outputs};
use crate::{
    decisions::{Effect, event_has, is},
    dedup,
    rules::Match,
    ueba::{Finding, Ref},
};

impl Kept {
    /// What is judged once a minute: entities, sources, and whether a day is over.
    pub(super) fn turn_minute(&mut self, outputs: &mut Outputs, states: &mut Vec<State>) {
        let producers = &self.producers;
        let events = |at: Ref| -> Option<EventRef> {
            Some(EventRef { producer: producers.id(at.0)?.clone(), seq: at.1 })
        };
        let findings = self.ueba.judge(self.now, &self.settings.rules(), &events);
        let heard = self.silence.tick(self.now, &events);
        let baselines = self.ueba.close(self.now, &self.settings.rules());
        for finding in findings {
            self.take_finding(finding, outputs);
        }
        self.tell_all(heard.alerts, outputs);
        states.extend(baselines.into_iter().map(State::Baseline));
        states.extend(heard.sources.into_iter().map(State::Source));
    }

    fn take_finding(&mut self, finding: Finding, outputs: &mut Outputs) {
        let rule_id = finding.alert.as_ref().map_or("ward-ueba", |a| a.rule_id.as_str());
        let has = |field: &str, value: &str| {
            is(&finding.entity, field, value)
                || finding.reasons.iter().any(|r| r.field == field && r.value.eq_ignore_ascii_case(value))
        };
        if self.decisions.allowed(rule_id, &finding.unit, self.now, &has) {
            self.held_back.allowed += u64::from(finding.alert.is_some());
            return;
        }
        if finding.alert.as_ref().is_some_and(|a| self.decisions.suppressed(a, self.now)) {
            self.held_back.suppressed += 1;
            return;
        }
        let test = self.decisions.test_of_entity(&finding.entity, self.now, &finding.unit);
        if !test.is_empty() {
            if let Some(mut alert) = finding.alert {
                alert.versions.baseline = finding.baseline;
                alert.authorised_test = test;
                self.version(&mut alert);
                outputs.alerts.push(alert);
            }
            return;
        }
        for reason in &finding.reasons {
            self.scores.evidence(&finding.unit, &finding.entity, finding.day, reason, self.now);
        }
        if let Some(mut alert) = finding.alert {
            alert.versions.baseline = finding.baseline;
            self.version(&mut alert);
            self.score_unit(&alert);
            outputs.alerts.push(alert);
        }
    }

    /// Leaves out what an allow-list calls usual, so that no correlation is fed by it either.
    pub(super) fn leave_out_usual(
        &mut self,
        matches: &mut Vec<Match>,
        event: &Event,
        hospital: &UnitId,
        now: Micros,
    ) {
        if !self.decisions.allows_any() {
            return;
        }
        let before = matches.len();
        let entities = dedup::entities(event);
        matches.retain(|m| {
            let has = |field: &str, value: &str| {
                entities.iter().any(|e| is(e, field, value))
                    || m.fields.iter().any(|(f, v)| f == field && v.eq_ignore_ascii_case(value))
                    || event_has(event, field, value)
            };
            !self.decisions.allowed(&m.rule.id, hospital, now, &has)
        });
        self.held_back.allowed += (before - matches.len()) as u64;
    }

    /// A verdict that nothing was wrong takes the alert's share from the scores of its entities; taking
    /// the verdict back returns what time has left of it.
    pub(super) fn take_verdict(&mut self, verdict: &Verdict) {
        let effect = self.decisions.verdict(verdict);
        for entity in verdict.entities.iter().filter(|e| e.kind != "hospital") {
            let (unit, rule) = (&verdict.hospital, &verdict.rule_id);
            match effect {
                Effect::Nothing => {}
                Effect::TakeAway => {
                    self.scores.take_away(unit, entity, rule, verdict.score, verdict.given, self.now)
                }
                Effect::GiveBack => {
                    self.scores.give_back(unit, entity, rule, verdict.score, verdict.given, self.now)
                }
            }
        }
    }

    /// Tells alerts but for those suppressed, and scores their entities.
    pub(super) fn tell_all(&mut self, alerts: Vec<Alert>, outputs: &mut Outputs) {
        for mut alert in alerts {
            if self.decisions.suppressed(&alert, self.now) {
                self.held_back.suppressed += 1;
                continue;
            }
            self.version(&mut alert);
            if alert.revision == 1 && alert.authorised_test.is_empty() {
                let reason = alert_reason(&alert);
                for entity in alert.entities.iter().filter(|e| e.kind != "hospital") {
                    let unit = &alert.hospital;
                    self.scores.alert(unit, entity, &alert.rule_id, alert.score, reason.clone(), self.now);
                }
                self.score_unit(&alert);
            }
            outputs.alerts.push(alert);
        }
    }

    /// A unit bears a share of what its entities do.
    fn score_unit(&mut self, alert: &Alert) {
        const SHARE: f64 = 0.25;
        if alert.level >= Level::Medium && alert.revision == 1 && alert.hospital != UnitId::unattributed() {
            let whole = alert.entities.iter().any(|e| e.kind == "hospital");
            let points = if whole { alert.score } else { alert.score * SHARE };
            let entity = Entity { kind: "hospital".into(), value: alert.hospital.to_string() };
            let reason = alert_reason(alert);
            self.scores.alert(&alert.hospital, &entity, &alert.rule_id, points, reason, self.now);
        }
    }

    fn version(&self, alert: &mut Alert) {
        alert.versions.rules.clone_from(&self.rules_version);
        alert.versions.register.clone_from(&self.register_version);
        alert.versions.geoip.clone_from(&self.geoip_version);
    }

    /// Gives everything its number, in the order alerts, rollups, states.
    pub(super) fn number(&mut self, outputs: &mut Outputs, states: Vec<State>) {
        let next = &mut self.next_seq;
        let mut seq = || {
            let seq = *next;
            *next += 1;
            seq
        };
        for alert in &mut outputs.alerts {
            (alert.producer, alert.seq) = (self.producer.clone(), seq());
        }
        for rollup in &mut outputs.rollups {
            (rollup.producer, rollup.seq) = (self.producer.clone(), seq());
        }
        let record =
            |state| StateRecord { time: self.now, producer: self.producer.clone(), seq: seq(), state };
        outputs.states = states.into_iter().map(record).collect();
    }
}

fn alert_reason(alert: &Alert) -> Reason {
    let title_zh = if alert.title_zh.is_empty() { &alert.title } else { &alert.title_zh };
    Reason {
        field: "alert".into(),
        value: alert.rule_id.clone(),
        zh: format!("触发告警：{title_zh}"),
        en: format!("alert: {}", alert.title),
        points: None,
    }
}
