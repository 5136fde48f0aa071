//! What happened to an entity: alerts, first-seen facts, steps of its score, what people did and the incidents
//! about it, by event time.

use ward_desk::{Role, incident::Incident, triage};
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{named, scope};
use crate::{
    context::Ctx,
    query::{AlertFilter, AlertPage, AlertRow, AlertSort, EntityKey, KnownRow, SortKey, StepRow},
};

/// So far back.
pub(crate) const DAYS: i64 = 30;
/// Moments of a timeline; of each part, so many are asked for.
const MOMENTS_MAX: usize = 200;
/// A score's change that is worth a line.
const STEP: f64 = 8.0;

/// One thing that happened.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub at: Micros,
    pub hospital: String,
    pub what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Alert(Box<AlertRow>),
    /// An asset was seen for the first time: form, name.
    FirstSeen(String, String),
    /// It answered on a port for the first time: form, name, port.
    FirstPort(String, String, u64),
    /// The score went from … to …; JSON of its reasons.
    Score {
        from: f64,
        to: f64,
        reasons: String,
    },
    /// Somebody of the commission did something in triage.
    Act(Box<triage::ActOn>),
    Incident(Box<Incident>),
}

impl What {
    /// As the API and the style sheet name it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Alert(_) => "alert",
            Self::FirstSeen(..) | Self::FirstPort(..) => "first",
            Self::Score { .. } => "score",
            Self::Act(_) => "act",
            Self::Incident(_) => "incident",
        }
    }
}

/// What a timeline is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Alerts,
    Firsts,
    Scores,
    Acts,
    Incidents,
}

/// The newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timeline {
    pub moments: Vec<Moment>,
    /// There were more than are shown.
    pub more: bool,
    /// What could not be asked for.
    pub missing: Vec<Part>,
    /// Of how many parts.
    pub parts: usize,
}

impl Timeline {
    pub(crate) async fn of(ctx: &Ctx, key: &EntityKey) -> Self {
        let (reader, scope, desk) = (&ctx.app.reader, &scope(ctx, key), &ctx.app.desk);
        let from = Micros(ctx.now.0 - DAYS * MICROS_PER_DAY);
        let filter = AlertFilter {
            from,
            unit: key.unit.clone(),
            entities: named(key)
                .map(|(kind, value)| (kind.to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
            ..AlertFilter::default()
        };
        let limit = i64::try_from(MOMENTS_MAX).unwrap_or(i64::MAX);
        let sort = AlertSort { key: SortKey::First, ascending: false };
        let units = scope.units();
        let incidents = desk.incidents();
        let (alerts, known, steps, incidents) = tokio::join!(
            reader.alerts(scope, &filter, sort, AlertPage { after: None, limit }),
            reader.known(scope, key, from),
            reader.score_steps(scope, key, from),
            incidents.about(&units, named(key), from),
        );
        let mut made = Self::default();
        let ids: Vec<String> = match &alerts {
            Ok(rows) => rows.iter().map(|row| row.alert_id.clone()).collect(),
            Err(_) => Vec::new(),
        };
        made.take(Part::Alerts, alerts, |rows| rows.into_iter().map(alert).collect());
        made.take(Part::Firsts, known, |rows| rows.iter().flat_map(firsts).collect());
        made.take(Part::Scores, steps, |rows| score_steps(&rows));
        made.take(Part::Incidents, incidents, |all| all.into_iter().map(incident).collect());
        // Who of the commission judged what is the commission's own.
        if ctx.role().is_some_and(|role| matches!(role, Role::Analyst | Role::Leader)) {
            let about = triage::About { entity: named(key), alerts: &ids, since: from, max: limit };
            let acts = desk.triage().acts_about(&units, about).await;
            made.take(Part::Acts, acts, |rows| rows.into_iter().map(act).collect());
        }
        made.moments.retain(|m| m.at >= from);
        made.moments
            .sort_by(|a, b| (b.at, a.what.name(), &a.hospital).cmp(&(a.at, b.what.name(), &b.hospital)));
        made.more |= made.moments.len() > MOMENTS_MAX;
        made.moments.truncate(MOMENTS_MAX);
        made
    }

    fn take<R, E: std::fmt::Display>(
        &mut self,
        part: Part,
        read: Result<R, E>,
        make: impl FnOnce(R) -> Vec<Moment>,
    ) {
        self.parts += 1;
        match read {
            Ok(rows) => {
                let moments = make(rows);
                self.more |= moments.len() >= MOMENTS_MAX;
                self.moments.extend(moments);
            }
            Err(error) => {
                tracing::warn!(%error, ?part, "a part of a timeline");
                self.missing.push(part);
            }
        }
    }
}

fn alert(row: AlertRow) -> Moment {
    Moment { at: Micros(row.first_time), hospital: row.hospital.clone(), what: What::Alert(Box::new(row)) }
}

fn incident(row: Incident) -> Moment {
    Moment { at: row.first_seen, hospital: row.hospital.to_string(), what: What::Incident(Box::new(row)) }
}

fn act(row: triage::ActOn) -> Moment {
    Moment { at: row.at, hospital: row.hospital.clone(), what: What::Act(Box::new(row)) }
}

/// When it was first seen, and each port that it answered on later than that.
fn firsts(row: &KnownRow) -> Vec<Moment> {
    let at = |at: i64, what| Moment { at: Micros(at), hospital: row.hospital.clone(), what };
    let first = at(row.first_seen, What::FirstSeen(row.form.clone(), row.name.clone()));
    let ports = row.ports.iter().zip(&row.service_first).filter_map(|(port, seen)| {
        let seen = i64::try_from(*seen).ok()?;
        let what = || What::FirstPort(row.form.clone(), row.name.clone(), *port);
        (seen > row.first_seen).then(|| at(seen, what()))
    });
    std::iter::once(first).chain(ports).collect()
}

/// The first score of each unit, and each that differs enough from the one told before.
fn score_steps(rows: &[StepRow]) -> Vec<Moment> {
    let mut told: std::collections::BTreeMap<&str, f64> = std::collections::BTreeMap::new();
    let mut moments = Vec::new();
    for row in rows {
        let before = told.get(row.hospital.as_str()).copied().unwrap_or(0.0);
        if (row.score - before).abs() >= STEP {
            told.insert(&row.hospital, row.score);
            let what = What::Score { from: before, to: row.score, reasons: row.reasons.clone() };
            moments.push(Moment { at: Micros(row.time), hospital: row.hospital.clone(), what });
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_when_the_score_has_moved_enough_in_its_own_unit() {
        let row = |hospital: &str, time, score| StepRow {
            hospital: hospital.into(),
            time,
            score,
            reasons: "[]".into(),
        };
        let rows =
            [row("a", 1, 20.0), row("b", 2, 60.0), row("a", 3, 25.0), row("a", 4, 29.0), row("b", 5, 30.0)];
        let told: Vec<_> = score_steps(&rows)
            .iter()
            .map(|m| match m.what {
                What::Score { from, to, .. } => (m.at.0, from, to),
                _ => unreachable!("only scores"),
            })
            .collect();
        assert_eq!(told, [(1, 0.0, 20.0), (2, 0.0, 60.0), (4, 20.0, 29.0), (5, 60.0, 30.0)]);
    }
}
