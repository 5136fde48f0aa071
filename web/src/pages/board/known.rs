//! What is known of the systems of a scope, gathered once for the pages that show it.

use std::collections::{BTreeMap, BTreeSet};

use ward_desk::assets::DeclaredRow;
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};

use super::{assets::units_of, words as own};
use crate::{
    context::Ctx,
    live::{Snapshot, Status},
    pages::parts::{UnitLink, unit_link},
    query::{EntityAlerts, HeardRow, QueryError, ScoreRow},
    register::{Evidence, Named, State, Why, judge, systems},
    scope::Scope,
    show::{age, link, points},
    text::fill,
};

/// Scores that are looked at: beyond them none is near a threshold.
const SCORES: i64 = 5_000;

/// A system with its state.
pub(crate) struct Known {
    pub named: Named,
    pub state: State,
    pub why: Why,
    pub evidence: Evidence,
}

/// What was declared in a scope.
pub(crate) async fn declarations(ctx: &Ctx, scope: &Scope) -> Result<Vec<DeclaredRow>, QueryError> {
    ctx.app.desk.assets().list(units_of(scope).as_ref()).await.map_err(|error| {
        tracing::error!(%error, "declared assets cannot be read");
        QueryError::Refused
    })
}

/// The systems of a scope, what needs attention first.
pub(crate) async fn known(
    ctx: &Ctx,
    scope: &Scope,
    snapshot: Option<&Snapshot>,
    declared: &[DeclaredRow],
) -> Result<Vec<Known>, QueryError> {
    let reader = &ctx.app.reader;
    let day = Micros(ctx.now.0 - MICROS_PER_DAY);
    let named = systems(&ctx.register, scope, declared);
    let machines: BTreeSet<String> = named.iter().flat_map(|n| n.machines.iter().cloned()).collect();
    let machines: Vec<String> = machines.into_iter().collect();
    let (found, alerts, scores) = tokio::join!(
        reader.heard(scope, &machines),
        reader.entity_alerts(scope, day),
        reader.riskiest(scope, None, None, ctx.now, SCORES),
    );
    let seen = Seen::new(&found?, &alerts?, &scores?);
    let mut all: Vec<Known> = named
        .into_iter()
        .map(|named| {
            let evidence = seen.evidence(&named, snapshot);
            let (state, why) = judge(&evidence, ctx.now);
            Known { named, state, why, evidence }
        })
        .collect();
    all.sort_by(|a, b| {
        let key = |k: &Known| (k.state, !k.named.cii, std::cmp::Reverse(k.named.mlps_level));
        key(a).cmp(&key(b)).then_with(|| (&a.named.unit, &a.named.name).cmp(&(&b.named.unit, &b.named.name)))
    });
    Ok(all)
}

/// By unit and machine, in lower case.
#[derive(Default)]
struct Seen {
    heard: BTreeMap<(String, String), i64>,
    worst: BTreeMap<(String, String), u64>,
    scores: BTreeMap<(String, String), f64>,
}

impl Seen {
    fn new(found: &[HeardRow], alerts: &[EntityAlerts], scores: &[ScoreRow]) -> Self {
        let mut seen = Self::default();
        for row in found {
            for name in [&row.name, &row.host].into_iter().filter(|n| !n.is_empty()) {
                let at = seen.heard.entry((row.hospital.clone(), name.to_lowercase())).or_default();
                *at = row.last_seen.max(*at);
            }
        }
        for row in alerts.iter().filter(|a| a.entity_type != "account") {
            let worst = seen.worst.entry((row.hospital.clone(), row.entity.to_lowercase())).or_default();
            *worst = row.worst.max(*worst);
        }
        for row in scores.iter().filter(|s| s.entity_type != "account") {
            let score = seen.scores.entry((row.hospital.clone(), row.entity.to_lowercase())).or_default();
            *score = row.current.max(*score);
        }
        seen
    }

    fn evidence(&self, named: &Named, snapshot: Option<&Snapshot>) -> Evidence {
        let unit = snapshot.and_then(|s| s.units.iter().find(|u| u.id == named.unit));
        let mut evidence = Evidence {
            unit_heard: unit.map(|u| !matches!(u.status, Status::Silent | Status::Unknown)),
            ..Evidence::default()
        };
        for machine in &named.machines {
            let key = (named.unit.clone(), machine.clone());
            evidence.heard = evidence.heard.max(self.heard.get(&key).copied());
            evidence.worst = evidence.worst.max(self.worst.get(&key).copied().unwrap_or(0));
            evidence.score = evidence.score.max(self.scores.get(&key).copied().unwrap_or(0.0));
        }
        evidence
    }
}

/// One system as a line.
pub(super) struct SystemLine {
    pub unit: UnitLink,
    pub name: String,
    pub class: &'static str,
    pub word: &'static str,
    pub why: String,
    pub mlps: String,
    pub cii: bool,
    pub machines: Vec<String>,
    pub alerts_href: String,
    pub responsible: String,
    pub phone: String,
}

pub(super) fn system_line(ctx: &Ctx, known: &Known) -> SystemLine {
    let (w, named) = (ctx.lang.board(), &known.named);
    SystemLine {
        unit: unit_link(ctx, &named.unit),
        name: named.name.clone(),
        class: known.state.name(),
        word: own::state(w, known.state),
        why: why(ctx, known),
        mlps: own::mlps(w, named.mlps_level),
        cii: named.cii,
        machines: named.machines.iter().take(4).cloned().collect(),
        alerts_href: link::with_query("/alerts", [("hospital", named.unit.as_str()), ("range", "24h")]),
        responsible: named.responsible.clone(),
        phone: named.phone.clone(),
    }
}

fn why(ctx: &Ctx, known: &Known) -> String {
    let (w, evidence) = (ctx.lang.board(), &known.evidence);
    let heard = || age(ctx.t(), ctx.now, Micros(evidence.heard.unwrap_or(0)));
    match known.why {
        Why::SevereAlert => w.why_severe.to_owned(),
        Why::HighScore | Why::RaisedScore => fill(w.why_score_high, &[&points(evidence.score)]),
        Why::UnitSilent => w.why_unit_silent.to_owned(),
        Why::NeverSeen => w.why_never_seen.to_owned(),
        Why::NotHeard => fill(w.why_not_heard, &[&heard()]),
        Why::MediumAlert => w.why_medium.to_owned(),
        Why::Nothing => fill(w.why_nothing, &[&heard()]),
    }
}

/// The units of a scope, in the register's order.
pub(crate) fn units(ctx: &Ctx, scope: &Scope) -> Vec<UnitId> {
    ctx.register.units.iter().map(|u| u.id.clone()).filter(|id| scope.allows(id)).collect()
}
