//! Asks the store and puts the answers together. A part that cannot be asked keeps its last answer
//! with its time, so that it can be shown as old, never as fresh.

use std::collections::BTreeMap;

use ward_event::{
    Micros, UnitId,
    alert::{Level, Reason},
    register::Register,
    time::{Calendar, MICROS_PER_DAY, MICROS_PER_HOUR},
};

use super::{
    answer::Answer,
    rate::Rate,
    snapshot::{
        FEED_MAX, FeedAlert, Kpi, MINUTES, Parts, RiskyEntity, RuleShare, SPARK_MINUTES, Series, Snapshot,
        TOP_MAX, TREND_STEPS, Trend, Unit,
    },
    status::{Evidence, Status, status},
};
use crate::{
    query::{
        AlertFilter, AlertPage, AlertRow, AlertSort, HourAlerts, MinuteRow, Reader, RuleCount, ScoreRow,
        SourceRow, TREND_STEP_SECS, TrendRow, UnitLevel,
    },
    scope::Scope,
};

/// Trends, sources and scores change slowly and cost more: asked every so many µs.
const SLOW_EVERY: i64 = 10_000_000;
/// Source states may be emitted only when they change: the newest of a month counts.
const SOURCES_BACK_DAYS: i64 = 30;
/// Scores from which units take their highest: more entities than anyone looks at.
const SCORES_MAX: i64 = 500;

/// Builds snapshots of one scope, one after the other.
#[derive(Default)]
pub(crate) struct Builder {
    rates: Answer<(i64, Vec<MinuteRow>)>,
    alerts: Answer<(Vec<UnitLevel>, Vec<AlertRow>)>,
    trend: Answer<(Vec<TrendRow>, Vec<HourAlerts>, Vec<RuleCount>)>,
    sources: Answer<Vec<SourceRow>>,
    scores: Answer<Vec<ScoreRow>>,
    slow_at: Option<Micros>,
    rate: Rate,
}

const DAY: i64 = MICROS_PER_DAY;

impl Builder {
    pub(crate) async fn build(
        &mut self,
        reader: &Reader,
        scope: &Scope,
        register: &Register,
        calendar: Calendar,
        now: Micros,
    ) -> Snapshot {
        self.ask_fast(reader, scope, calendar, now).await;
        if self.slow_at.is_none_or(|at| now.0 - at.0 >= SLOW_EVERY) {
            self.slow_at = Some(now);
            self.ask_slow(reader, scope, now).await;
        }
        self.put_together(scope, register, calendar, now)
    }

    async fn ask_fast(&mut self, reader: &Reader, scope: &Scope, calendar: Calendar, now: Micros) {
        let hour_ago = Micros(minute(now) - (MINUTES as i64 - 1) * 60_000_000);
        let rates = async {
            tokio::try_join!(reader.newest(scope, Micros(now.0 - DAY)), reader.minutes(scope, hour_ago))
        };
        let day_ago = Micros(now.0 - DAY);
        let filter = AlertFilter { from: day_ago, ..AlertFilter::default() };
        let midnight = calendar.day_start(calendar.day(now));
        let page = AlertPage { after: None, limit: FEED_MAX };
        let alerts = async {
            tokio::try_join!(
                reader.alerts_by_unit(scope, day_ago, midnight),
                reader.alerts(scope, &filter, AlertSort::default(), page)
            )
        };
        let (rates, alerts) = tokio::join!(rates, alerts);
        self.rates.take(now, rates);
        self.alerts.take(now, alerts);
    }

    async fn ask_slow(&mut self, reader: &Reader, scope: &Scope, now: Micros) {
        let from = trend_from(now);
        let filter = AlertFilter { from: Micros(now.0 - DAY), ..AlertFilter::default() };
        let trend = async {
            tokio::try_join!(
                reader.trend(scope, from),
                reader.alert_trend(scope, from),
                reader.alert_rules(scope, &filter, TOP_MAX)
            )
        };
        let sources = reader.sources(scope, None, Micros(now.0 - SOURCES_BACK_DAYS * DAY));
        let scores = reader.riskiest(scope, None, None, now, SCORES_MAX);
        let (trend, sources, scores) = tokio::join!(trend, sources, scores);
        self.trend.take(now, trend);
        self.sources.take(now, sources);
        self.scores.take(now, scores);
    }

    fn put_together(
        &mut self,
        scope: &Scope,
        register: &Register,
        calendar: Calendar,
        now: Micros,
    ) -> Snapshot {
        let (data_at, minutes) = &self.rates.value;
        let mut by_minute: BTreeMap<u32, u64> = BTreeMap::new();
        for row in minutes {
            *by_minute.entry(row.minute).or_default() += row.count;
        }
        let fresh = self.rates.part.error.is_empty();
        let measured = if fresh { self.rate.look(now, &by_minute) } else { None };
        let units = self.units(scope, register, now);
        let mut kpi = count_units(&units);
        let last_whole = u32::try_from(minute(now) / 1_000_000 - 60).unwrap_or(0);
        let of_last_minute = by_minute.get(&last_whole).map(|n| *n as f64 / 60.0);
        kpi.per_second = if fresh { measured.or(of_last_minute) } else { None };
        let trend = self.trend(now, &by_minute);
        let midnight = calendar.day_start(calendar.day(now));
        kpi.events_today = today(&trend, &by_minute, midnight);
        for row in &self.alerts.value.0 {
            let rank = rank(&row.level);
            kpi.today[rank] += row.today;
            kpi.severe += if rank < 2 { row.count } else { 0 };
            kpi.critical += if rank == 0 { row.count } else { 0 };
        }
        Snapshot {
            at: now.millis(),
            data_at: *data_at,
            parts: Parts {
                rates: self.rates.part,
                alerts: self.alerts.part,
                trend: self.trend.part,
                sources: self.sources.part,
                scores: self.scores.part,
            },
            kpi,
            units,
            feed: self.alerts.value.1.iter().map(feed_alert).collect(),
            minutes: series(&by_minute, now),
            trend,
            rules: self.trend.value.2.iter().map(rule).collect(),
            entities: self.scores.value.iter().take(TOP_MAX as usize).map(entity).collect(),
        }
    }

    fn units(&self, scope: &Scope, register: &Register, now: Micros) -> Vec<Unit> {
        let mut sources: BTreeMap<&str, Vec<&SourceRow>> = BTreeMap::new();
        for row in &self.sources.value {
            sources.entry(row.hospital.as_str()).or_default().push(row);
        }
        let mut minutes: BTreeMap<&str, BTreeMap<u32, u64>> = BTreeMap::new();
        for row in &self.rates.value.1 {
            minutes.entry(row.hospital.as_str()).or_default().insert(row.minute, row.count);
        }
        let spare = UnitId::unattributed();
        let strays = minutes.contains_key(spare.as_str()).then_some(&spare);
        let ids = register.units.iter().map(|u| &u.id).chain(strays);
        ids.filter(|id| scope.allows(id))
            .map(|id| {
                let sources = sources.get(id.as_str()).map_or(&[][..], Vec::as_slice);
                let minutes = minutes.get(id.as_str());
                self.unit(id, register, sources, minutes, now)
            })
            .collect()
    }

    fn unit(
        &self,
        id: &UnitId,
        register: &Register,
        sources: &[&SourceRow],
        minutes: Option<&BTreeMap<u32, u64>>,
        now: Micros,
    ) -> Unit {
        let heard = minutes.and_then(|m| m.keys().next_back()).map_or(0, |m| {
            // The minute is not over: no later than now.
            (i64::from(*m) + 59).saturating_mul(1_000_000).min(now.0)
        });
        let last_seen = Micros(sources.iter().map(|s| s.last_seen).fold(heard, i64::max));
        let mut alerts = [0; 5];
        for row in self.alerts.value.0.iter().filter(|r| r.hospital == id.as_str()) {
            alerts[rank(&row.level)] += row.count;
        }
        let at = |back: usize| u32::try_from(minute(now) / 1_000_000 - 60 * back as i64).unwrap_or(0);
        let count = |back: usize| minutes.and_then(|m| m.get(&at(back))).copied().unwrap_or(0);
        let severe = alerts[0] + alerts[1];
        let evidence = Evidence { unit: register.unit(id), sources, last_seen, severe, now };
        Unit {
            id: id.to_string(),
            status: status(&evidence),
            last_seen: last_seen.millis(),
            per_minute: count(1),
            spark: (1..=SPARK_MINUTES).rev().map(count).collect(),
            alerts,
            risk: self
                .scores
                .value
                .iter()
                .filter(|s| s.hospital == id.as_str())
                .map(|s| s.current)
                .reduce(f64::max),
            sources: sources.len(),
            sources_quiet: sources.iter().filter(|s| s.status != "ok").count(),
        }
    }

    fn trend(&self, now: Micros, by_minute: &BTreeMap<u32, u64>) -> Trend {
        let from = trend_from(now).secs();
        let (events, alerts, _) = &self.trend.value;
        let mut trend = Trend {
            from: from * 1_000,
            step: TREND_STEP_SECS,
            events: vec![0; TREND_STEPS],
            severe: vec![0; TREND_STEPS],
            other: vec![0; TREND_STEPS],
        };
        let place = |start: i64| usize::try_from((start - from).div_euclid(TREND_STEP_SECS)).ok();
        for row in events {
            if let Some(slot) = place(i64::from(row.start)).and_then(|i| trend.events.get_mut(i)) {
                *slot = row.count;
            }
        }
        // The steps that lie whole in the last hour are known better from its minutes.
        let fresh_from = place(minute(now) / 1_000_000 - 60 * (MINUTES as i64 - 1) + TREND_STEP_SECS - 1);
        if let Some(first) = fresh_from {
            trend.events.iter_mut().skip(first).for_each(|slot| *slot = 0);
            for (at, count) in by_minute {
                let slot = place(i64::from(*at)).filter(|i| *i >= first);
                if let Some(slot) = slot.and_then(|i| trend.events.get_mut(i)) {
                    *slot += count;
                }
            }
        }
        for row in alerts {
            if let Some(i) = place(row.start).filter(|i| *i < TREND_STEPS) {
                trend.severe[i] = row.severe;
                trend.other[i] = row.other;
            }
        }
        trend
    }
}

/// Start of the running minute, µs.
const fn minute(now: Micros) -> i64 {
    now.0 - now.0.rem_euclid(60_000_000)
}

/// The day's trend ends with the running step.
const fn trend_from(now: Micros) -> Micros {
    let step = TREND_STEP_SECS * 1_000_000;
    Micros(now.0 - now.0.rem_euclid(step) - (TREND_STEPS as i64 - 1) * step)
}

/// 0 for critical … 4 for informational and what has no known level.
fn rank(level: &str) -> usize {
    Level::from_name(level).map_or(4, |l| 4 - l as usize)
}

fn series(by_minute: &BTreeMap<u32, u64>, now: Micros) -> Series {
    let first = minute(now) / 1_000_000 - 60 * (MINUTES as i64 - 1);
    let at = |i: usize| u32::try_from(first + 60 * i as i64).unwrap_or(0);
    let counts = (0..MINUTES).map(|i| by_minute.get(&at(i)).copied().unwrap_or(0)).collect();
    Series { from: first * 1_000, step: 60, counts }
}

/// Events since local midnight: whole steps of the trend since then.
fn today(trend: &Trend, by_minute: &BTreeMap<u32, u64>, midnight: Micros) -> u64 {
    let step_ms = trend.step * 1_000;
    let aligned = midnight.0 % (step_ms * 1_000) == 0;
    let steps = trend.events.iter().zip(0_i64..);
    let of_steps = steps.filter(|(_, i)| trend.from + i * step_ms >= midnight.millis()).map(|(n, _)| n).sum();
    if aligned {
        return of_steps;
    }
    // A zone that is off by other than ten minutes: what lies between midnight and the first whole step.
    let first = (midnight.millis() / step_ms + 1) * step_ms / 1_000;
    let between = by_minute.iter().filter(|(m, _)| (midnight.secs()..first).contains(&i64::from(**m)));
    of_steps + between.map(|(_, n)| n).sum::<u64>()
}

fn count_units(units: &[Unit]) -> Kpi {
    let count = |s: Status| units.iter().filter(|u| u.status == s).count();
    let (silent, unknown) = (count(Status::Silent), count(Status::Unknown));
    Kpi {
        total: units.len(),
        connected: units.len() - silent - unknown,
        silent,
        unknown,
        wrong: count(Status::Wrong),
        partial: count(Status::Partial),
        ok: count(Status::Ok),
        ..Kpi::default()
    }
}

fn feed_alert(row: &AlertRow) -> FeedAlert {
    FeedAlert {
        id: row.alert_id.clone(),
        title: row.title.clone(),
        title_zh: row.title_zh.clone(),
        level: row.level.clone(),
        time: row.time / 1_000,
        unit: row.hospital.clone(),
        entity: row.entity_values.first().cloned().unwrap_or_default(),
        count: row.event_count,
    }
}

fn rule(row: &RuleCount) -> RuleShare {
    RuleShare {
        id: row.rule_id.clone(),
        title: row.title.clone(),
        title_zh: row.title_zh.clone(),
        level: row.level.clone(),
        count: row.count,
    }
}

/// Reasons of a score that are told on the overview.
const REASONS_TOLD: usize = 2;

fn entity(row: &ScoreRow) -> RiskyEntity {
    let mut reasons: Vec<Reason> = serde_json::from_str(&row.reasons).unwrap_or_default();
    reasons.sort_by(|a, b| b.points.unwrap_or(0.0).total_cmp(&a.points.unwrap_or(0.0)));
    reasons.truncate(REASONS_TOLD);
    RiskyEntity {
        kind: row.entity_type.clone(),
        value: row.entity.clone(),
        unit: row.hospital.clone(),
        score: row.current,
        zh: reasons.iter().map(|r| r.zh.clone()).collect(),
        en: reasons.into_iter().map(|r| r.en).collect(),
    }
}

const _: () = assert!(TREND_STEPS as i64 * TREND_STEP_SECS * 1_000_000 == 24 * MICROS_PER_HOUR);
