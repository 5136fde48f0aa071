//! `/leader`: two minutes for a leader, often on a telephone: the verdict, at most eight figures, what is
//! worst, who is slow, what to decide.

mod decide;
mod figures;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use ward_desk::{Role, case::Counts};
use ward_event::{Micros, time::MICROS_PER_DAY};

use self::{
    decide::{Decision, decisions},
    figures::{Figure, figures},
};
use super::{
    known::{Known, SystemLine, declarations, known, system_line},
    words as own,
};
use crate::{
    context::Ctx,
    live::{Snapshot, Status, Unit},
    pages::{
        frame::{Frame, Nav},
        parts::{EntityLink, LevelMark, UnitLink, When, entity_link, level_mark, unit_link, when},
    },
    query::{AccountAlerts, AssetCount, QueryError, RuleAlerts, UnitAlerts},
    register::{DATA_RULES, OFF_HOURS, State, Threat},
    show::{age, grouped, link, words},
    text::{Board, fill},
};

const WEEK: i64 = 7 * MICROS_PER_DAY;
/// Lines of each list: what fits two minutes.
const WORST: usize = 3;
const SLOW: usize = 5;
const LINES: usize = 8;

/// What was asked for a week and the one before; a part that failed is `None`, never a nought.
pub(crate) struct Weeks<T> {
    pub now: Option<Vec<T>>,
    pub past: Option<Vec<T>>,
}

/// Everything the view is made of.
pub(crate) struct Facts {
    pub units: Weeks<UnitAlerts>,
    pub rules: Weeks<RuleAlerts>,
    pub people: Weeks<AccountAlerts>,
    /// Whether anything is stored of the week before.
    pub has_past: bool,
    pub systems: Option<Vec<Known>>,
    pub assets: Option<Vec<AssetCount>>,
    pub fresh: Option<Vec<AssetCount>>,
    pub declared: Option<usize>,
}

impl Facts {
    const fn failed(&self) -> bool {
        self.units.now.is_none()
            || self.rules.now.is_none()
            || self.people.now.is_none()
            || self.systems.is_none()
            || self.assets.is_none()
    }
}

#[derive(Template)]
#[template(path = "leader.html")]
struct Page {
    p: Frame,
    w: &'static Board,
    verdict: &'static str,
    verdict_class: &'static str,
    trend: &'static str,
    failed: bool,
    /// A leader who is signed in may have it on a telephone.
    may_link: bool,
    figures: Vec<Figure>,
    decisions: Vec<Decision>,
    worst: Vec<Worst>,
    slow: Vec<Slow>,
    slow_more: usize,
    threats: Vec<ThreatLine>,
    systems: Vec<SystemLine>,
    localities: Vec<Locality>,
    people: Option<Vec<Person>>,
    people_seen: bool,
    /// None where the desk does not answer.
    handling: Option<Counts>,
}

struct Worst {
    unit: UnitLink,
    reason: String,
    threats: Vec<&'static str>,
    href: String,
    call: Option<(String, String)>,
}

struct Slow {
    unit: UnitLink,
    class: &'static str,
    word: String,
    call: Option<(String, String)>,
}

struct ThreatLine {
    name: &'static str,
    now: String,
    past: String,
    severe: String,
    worse: &'static str,
}

struct Locality {
    name: String,
    units: usize,
    ok: usize,
    silent: usize,
    sources: String,
}

struct Person {
    account: EntityLink,
    unit: UnitLink,
    rule: String,
    level: LevelMark,
    count: u64,
    when: When,
    href: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let frame = ctx.hub().frame().await;
    let snapshot = frame.as_ref().map(|f| &f.snapshot);
    let units = ctx.scope.units();
    let cases = ctx.app.desk.cases();
    let (facts, handling) = tokio::join!(gather(&ctx, snapshot), cases.counts(&units));
    let mut page = view(&ctx, snapshot, &facts).await;
    page.handling = handling.inspect_err(|error| tracing::error!(%error, "cases cannot be counted")).ok();
    ctx.html(StatusCode::OK, &page)
}

pub(crate) async fn gather(ctx: &Ctx, snapshot: Option<&Snapshot>) -> Facts {
    let (reader, scope, now) = (&ctx.app.reader, &ctx.scope, ctx.now);
    let (week, before) = (Micros(now.0 - WEEK), Micros(now.0 - 2 * WEEK));
    let systems = async {
        let declared = declarations(ctx, scope).await?;
        let systems = known(ctx, scope, snapshot, &declared).await?;
        Ok::<_, QueryError>((systems, declared.len()))
    };
    let units =
        async { tokio::join!(reader.unit_alerts(scope, week, now), reader.unit_alerts(scope, before, week)) };
    let rules =
        async { tokio::join!(reader.rule_alerts(scope, week, now), reader.rule_alerts(scope, before, week)) };
    let people = async {
        tokio::join!(
            reader.rule_breakers(scope, &DATA_RULES, OFF_HOURS, week, now),
            reader.rule_breakers(scope, &DATA_RULES, OFF_HOURS, before, week)
        )
    };
    let assets =
        async { tokio::join!(reader.asset_counts(scope, Micros(0)), reader.asset_counts(scope, week)) };
    let (units, rules, people, assets, systems) = tokio::join!(units, rules, people, assets, systems);
    let (systems, declared) = systems.map_or((None, None), |(s, d)| (Some(s), Some(d)));
    let past: Option<Vec<UnitAlerts>> = units.1.ok();
    Facts {
        has_past: past.as_ref().is_some_and(|rows| !rows.is_empty()),
        units: Weeks { now: units.0.ok(), past },
        rules: Weeks { now: rules.0.ok(), past: rules.1.ok() },
        people: Weeks { now: people.0.ok(), past: people.1.ok() },
        assets: assets.0.ok(),
        fresh: assets.1.ok(),
        systems,
        declared,
    }
}

async fn view(ctx: &Ctx, snapshot: Option<&Snapshot>, facts: &Facts) -> Page {
    let w = ctx.lang.board();
    let units = snapshot.map_or(&[][..], |s| &s.units);
    let (verdict, verdict_class) = verdict(w, snapshot, facts);
    let slow = slow(ctx, units);
    // Whom a rule names is business of those who handle it, not of everybody with a summary.
    let may_see_people = ctx.role().is_some_and(|role| matches!(role, Role::Leader | Role::Analyst));
    let troubled =
        facts.systems.iter().flatten().filter(|k| matches!(k.state, State::Wrong | State::Attention));
    Page {
        p: Frame::with(ctx, Nav::Leader, w.leader_title, snapshot).await,
        w,
        verdict,
        verdict_class,
        trend: trend(w, facts),
        failed: facts.failed() || snapshot.is_none(),
        may_link: ctx.role() == Some(Role::Leader) && ctx.path == "/leader",
        figures: figures(ctx, snapshot, facts),
        decisions: decisions(ctx, units, facts),
        worst: worst(ctx, facts),
        slow_more: slow.len().saturating_sub(SLOW),
        slow: slow.into_iter().take(SLOW).collect(),
        threats: threats(w, facts),
        systems: troubled.take(LINES).map(|k| system_line(ctx, k)).collect(),
        localities: localities(ctx, units),
        people_seen: may_see_people,
        people: facts
            .people
            .now
            .as_ref()
            .map(|rows| rows.iter().take(LINES).map(|r| person(ctx, r)).collect()),
        handling: None,
    }
}

fn severe(rows: &[UnitAlerts]) -> u64 {
    rows.iter().map(|r| r.severe).sum()
}

/// One sentence. What is not known cannot be called calm.
fn verdict(w: &Board, snapshot: Option<&Snapshot>, facts: &Facts) -> (&'static str, &'static str) {
    let (Some(s), Some(units)) = (snapshot, &facts.units.now) else { return (w.verdict_unknown, "unknown") };
    if s.kpi.connected * 2 < s.kpi.total || s.kpi.total == 0 {
        return (w.verdict_unknown, "unknown");
    }
    let wrong = facts.systems.iter().flatten().any(|k| k.state == State::Wrong);
    if wrong || units.iter().any(|u| u.critical > 0) {
        return (w.verdict_bad, "wrong");
    }
    if severe(units) > 0 || s.kpi.silent + s.kpi.unknown + s.kpi.partial > 0 {
        return (w.verdict_watch, "partial");
    }
    (w.verdict_good, "ok")
}

/// A tenth more or fewer is the same.
fn trend(w: &Board, facts: &Facts) -> &'static str {
    let (Some(now), Some(past), true) = (&facts.units.now, &facts.units.past, facts.has_past) else {
        return w.verdict_no_past;
    };
    let (now, past) = (severe(now), severe(past));
    if now * 10 > past * 11 {
        w.verdict_worse
    } else if now * 10 < past * 9 {
        w.verdict_better
    } else {
        w.verdict_level
    }
}

/// Who answers for a unit's security, with a number: the person in charge before the leader.
fn call(ctx: &Ctx, id: &str) -> Option<(String, String)> {
    let unit = ctx.register.units.iter().find(|u| u.id.as_str() == id)?;
    let rank = |role: &str| ["责任人", "联络员", "分管"].iter().position(|r| role.contains(r)).unwrap_or(9);
    let reachable = unit.contacts.iter().filter(|c| !c.phone.is_empty());
    let contact = reachable.min_by_key(|c| rank(&c.role))?;
    Some((contact.name.clone(), contact.phone.clone()))
}

fn worst(ctx: &Ctx, facts: &Facts) -> Vec<Worst> {
    let w = ctx.lang.board();
    let rows = facts.units.now.iter().flatten().filter(|u| u.severe > 0).take(WORST);
    rows.map(|row| {
        let systems = facts.systems.iter().flatten();
        let mut systems = systems.filter(|k| k.named.unit == row.hospital && k.state == State::Wrong);
        Worst {
            unit: unit_link(ctx, &row.hospital),
            reason: fill(w.worst_severe, &[&grouped(row.severe)]),
            threats: systems.next().map(|_| w.state_wrong).into_iter().collect(),
            href: link::with_query(
                "/alerts",
                [
                    ("hospital", row.hospital.as_str()),
                    ("level", "critical"),
                    ("level", "high"),
                    ("range", "7d"),
                ],
            ),
            call: call(ctx, &row.hospital),
        }
    })
    .collect()
}

/// Those out of sight, the longest first; then those of whom a part is missing.
fn slow(ctx: &Ctx, units: &[Unit]) -> Vec<Slow> {
    let w = ctx.lang.board();
    let mut rows: Vec<&Unit> = units
        .iter()
        .filter(|u| matches!(u.status, Status::Silent | Status::Unknown) || u.sources_quiet > 0)
        .collect();
    rows.sort_by_key(|u| (!matches!(u.status, Status::Silent | Status::Unknown), u.last_seen, u.id.clone()));
    rows.into_iter()
        .map(|u| Slow {
            unit: unit_link(ctx, &u.id),
            class: u.status.name(),
            word: match u.status {
                Status::Silent => fill(w.slow_silent, &[&since(ctx, u.last_seen)]),
                Status::Unknown => w.slow_never.to_owned(),
                _ => fill(w.slow_partial, &[&u.sources_quiet]),
            },
            call: call(ctx, &u.id),
        })
        .collect()
}

/// How long ago, without "ago": `3 小时`.
fn since(ctx: &Ctx, ms: i64) -> String {
    let text = age(ctx.t(), ctx.now, Micros::from_millis(ms));
    text.trim_end_matches("前").trim_end_matches(" ago").trim_end().to_owned()
}

fn threats(w: &Board, facts: &Facts) -> Vec<ThreatLine> {
    let sum = |rows: &Option<Vec<RuleAlerts>>, threat: Threat| {
        let own = rows.iter().flatten();
        let own = own.filter(|r| Threat::of(&r.rule_id, r.techniques.iter().map(String::as_str)) == threat);
        own.fold((0, 0), |(all, severe), r| (all + r.all, severe + r.severe))
    };
    let mut lines: Vec<(u64, u64, ThreatLine)> = Vec::new();
    for threat in Threat::ALL {
        let ((now, severe), (past, _)) = (sum(&facts.rules.now, threat), sum(&facts.rules.past, threat));
        if now + past > 0 {
            let line = ThreatLine {
                name: own::threat(w, threat).0,
                now: grouped(now),
                past: if facts.has_past { grouped(past) } else { "—".to_owned() },
                severe: grouped(severe),
                worse: if facts.has_past && now > past { "more" } else { "" },
            };
            lines.push((severe, now, line));
        }
    }
    lines.sort_by_key(|(severe, now, _)| std::cmp::Reverse((*severe, *now)));
    lines.into_iter().map(|(_, _, line)| line).collect()
}

fn localities(ctx: &Ctx, units: &[Unit]) -> Vec<Locality> {
    let mut all: std::collections::BTreeMap<String, (usize, usize, usize, usize, usize)> =
        std::collections::BTreeMap::new();
    for unit in units {
        let known = ctx.register.units.iter().find(|u| u.id.as_str() == unit.id);
        let sum = all.entry(known.map(|u| u.locality.clone()).unwrap_or_default()).or_default();
        let silent = matches!(unit.status, Status::Silent | Status::Unknown);
        sum.0 += 1;
        sum.1 += usize::from(!silent && unit.sources_quiet == 0);
        sum.2 += usize::from(silent);
        sum.3 += unit.sources;
        sum.4 += unit.sources - unit.sources_quiet.min(unit.sources);
    }
    let mut lines: Vec<Locality> = all
        .into_iter()
        .map(|(name, (units, ok, silent, sources, up))| Locality {
            name: if name.is_empty() { ctx.lang.board().locality_none.to_owned() } else { name },
            units,
            ok,
            silent,
            sources: (up * 100)
                .checked_div(sources)
                .map_or_else(|| "—".to_owned(), |part| format!("{part}%")),
        })
        .collect();
    lines.sort_by(|a, b| (b.silent, b.units - b.ok, &a.name).cmp(&(a.silent, a.units - a.ok, &b.name)));
    lines
}

fn person(ctx: &Ctx, row: &AccountAlerts) -> Person {
    const LEVELS: [&str; 5] = ["informational", "low", "medium", "high", "critical"];
    let level = LEVELS.get((row.worst as usize).saturating_sub(1)).copied().unwrap_or("");
    Person {
        account: entity_link(ctx.t(), "account", &row.account, &row.hospital),
        unit: unit_link(ctx, &row.hospital),
        rule: words::title(ctx.lang, &row.title_zh, &row.title).to_owned(),
        level: level_mark(ctx.t(), level),
        count: row.count,
        when: when(ctx, Micros(row.last)),
        href: link::with_query(
            "/alerts",
            [
                ("entity_type", "account"),
                ("entity", row.account.as_str()),
                ("hospital", row.hospital.as_str()),
                ("range", "7d"),
            ],
        ),
    }
}
