//! `/portal`: what two people who also fix printers need to know of their own hospital, and what to do.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};

use super::{
    known::{SystemLine, declarations, known, system_line, units},
    words as own,
};
use crate::{
    access::roles::HOSPITALS,
    context::Ctx,
    live::{Snapshot, Status, Unit},
    pages::{
        cases::{TaskRow, task_row},
        compliance, errors,
        frame::{Frame, Nav},
        parts::{
            Choice, EntityLink, LevelMark, Panel, RiskLine, When, entity_link, level_mark, risk_line,
            unit_name, when,
        },
    },
    query::{Found, QueryError, SourceRow, ToldAlert},
    register::{Difference, Threat, compare},
    scope::Scope,
    show::{grouped, link, words},
    text::{Board, fill},
};

const TASKS: usize = 5;
const ALERTS: i64 = 8;
const RISKS: i64 = 5;
const WEEK: i64 = 7 * MICROS_PER_DAY;

#[derive(Template)]
#[template(path = "portal.html")]
struct Page {
    p: Frame,
    w: &'static Board,
    name: String,
    id: String,
    members: Vec<Choice>,
    class: &'static str,
    word: &'static str,
    sentence: String,
    /// What is owed first; none where the desk does not answer.
    tasks: Option<Vec<TaskRow>>,
    /// For those who answer.
    tasks_href: Option<&'static str>,
    sources: Panel<Vec<Source>>,
    alerts: Panel<Vec<Told>>,
    alerts_href: String,
    systems: Panel<Vec<SystemLine>>,
    assets: Panel<AssetsView>,
    assets_href: String,
    /// How the unit's ledger stands, in a sentence; None where the desk does not answer.
    compliance: Option<String>,
    open_compliance: &'static str,
    risks: Panel<Vec<RiskLine>>,
}

struct Source {
    name: String,
    class: &'static str,
    word: &'static str,
    seen: Option<When>,
    repair: &'static str,
    fine: bool,
}

struct Told {
    href: String,
    level: LevelMark,
    what: &'static str,
    title: String,
    advice: &'static str,
    entities: Vec<EntityLink>,
    when: When,
}

struct AssetsView {
    line: String,
    undeclared: usize,
    undeclared_line: String,
    undeclared_href: String,
}

/// Alerts of a week by level, critical first.
#[derive(Default)]
struct Counts {
    severe: u64,
    all: u64,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let own = units(&ctx, &ctx.scope);
    let asked = ctx.unit_param();
    let unit = match asked {
        Ok(Some(unit)) if own.contains(&unit) => unit,
        Ok(None) => match home(&ctx, &own) {
            Some(unit) => unit,
            None => return errors::missing(&ctx).await,
        },
        _ => return errors::missing(&ctx).await,
    };
    ctx.seen_unit(unit.as_str());
    let page = ask(&ctx, &unit, &own).await;
    ctx.html(StatusCode::OK, &page)
}

/// The lead of a consortium before its members; else the first.
pub(crate) fn home(ctx: &Ctx, own: &[UnitId]) -> Option<UnitId> {
    let lead = own.iter().find(|id| ctx.register.unit(id).is_some_and(|u| u.consortium_lead));
    lead.or_else(|| own.first()).cloned()
}

async fn ask(ctx: &Ctx, unit: &UnitId, own: &[UnitId]) -> Page {
    let (t, w, reader) = (ctx.t(), ctx.lang.board(), &ctx.app.reader);
    let scope = ctx.scope.narrow(Some(unit));
    let frame = ctx.hub().frame().await;
    let snapshot = frame.as_ref().map(|f| &f.snapshot);
    let week = Micros(ctx.now.0 - WEEK);
    let systems = async {
        let declared = declarations(ctx, &scope).await?;
        known(ctx, &scope, snapshot, &declared).await
    };
    let tasks = async {
        let told = ctx.app.desk.cases().tasks(&scope.units()).await;
        let lines = told.inspect_err(|error| tracing::error!(%error, "tasks cannot be read")).ok()?;
        Some(lines.iter().take(TASKS).map(|line| task_row(ctx, line)).collect())
    };
    let compliance = async {
        let found = compliance::sheets(ctx, &scope).await;
        let found = found.inspect_err(|error| tracing::error!(%error, "compliance cannot be read")).ok()?;
        found.first().map(|(_, sheet)| compliance::summary(ctx, sheet))
    };
    let (tasks, compliance, sources, told, counts, systems, assets, risks) = tokio::join!(
        tasks,
        compliance,
        reader.sources(&scope, None, Micros(ctx.now.0 - 30 * MICROS_PER_DAY)),
        reader.told_alerts(&scope, week, ctx.now, ALERTS),
        reader.unit_alerts(&scope, week, ctx.now),
        systems,
        assets(ctx, unit, &scope),
        reader.riskiest(&scope, None, None, ctx.now, RISKS),
    );
    let state = snapshot.and_then(|s| s.units.iter().find(|u| u.id == unit.as_str()));
    let counts = counts.map(|rows| {
        rows.iter().fold(Counts::default(), |c, r| Counts { severe: c.severe + r.severe, all: c.all + r.all })
    });
    let sources: Result<Vec<Source>, QueryError> = sources.map(|rows| source_lines(ctx, unit, &rows));
    let quiet = sources.as_ref().map(|s| s.iter().filter(|s| !s.fine).count()).ok();
    let (class, word, sentence) = sentence(ctx, snapshot, state, counts.ok().as_ref(), quiet);
    let name = unit_name(t, ctx.lang, &ctx.register, unit.as_str());
    Page {
        p: Frame::with(ctx, Nav::Portal, w.portal_title, snapshot).await,
        w,
        id: unit.to_string(),
        members: members(ctx, own, unit),
        name,
        class,
        word,
        sentence,
        tasks,
        tasks_href: ctx.role().is_some_and(|role| HOSPITALS.allows(role)).then_some("/tasks"),
        sources: Panel::of(t, sources, |lines| lines),
        alerts: Panel::of(t, told, |rows| rows.iter().map(|row| told_line(ctx, unit, row)).collect()),
        alerts_href: link::with_query("/alerts", [("hospital", unit.as_str()), ("range", "7d")]),
        systems: Panel::of(t, systems, |all| all.iter().map(|k| system_line(ctx, k)).collect()),
        assets: Panel::of(t, assets, |view| view),
        assets_href: link::with_query("/assets", [("hospital", unit.as_str())]),
        compliance,
        open_compliance: ctx.lang.compliance().open,
        risks: Panel::of(t, risks, |rows| rows.iter().map(|row| risk_line(ctx, row)).collect()),
    }
}

fn members(ctx: &Ctx, own: &[UnitId], chosen: &UnitId) -> Vec<Choice> {
    let of = |id: &UnitId| Choice {
        value: id.to_string(),
        word: unit_name(ctx.t(), ctx.lang, &ctx.register, id.as_str()),
        chosen: id == chosen,
    };
    if own.len() < 2 { Vec::new() } else { own.iter().map(of).collect() }
}

/// How things stand, in one sentence. Without data nothing is said to be well.
fn sentence(
    ctx: &Ctx,
    snapshot: Option<&Snapshot>,
    state: Option<&Unit>,
    counts: Option<&Counts>,
    quiet: Option<usize>,
) -> (&'static str, &'static str, String) {
    let (w, t) = (ctx.lang.board(), ctx.t());
    let status = state.map_or(Status::Unknown, |s| s.status);
    let (Some(_), Some(counts), Some(quiet)) = (snapshot, counts, quiet) else {
        return ("unknown", w.state_unknown, t.error_unreachable.to_owned());
    };
    match (status, counts.severe, quiet) {
        (Status::Silent, ..) => ("silent", w.state_unknown, w.portal_silent.to_owned()),
        (Status::Unknown, ..) => ("unknown", w.state_unknown, w.portal_unknown.to_owned()),
        (_, 0, 0) if counts.all == 0 => ("ok", w.state_ok, w.portal_ok.to_owned()),
        (_, 0, 0) => ("ok", w.state_ok, fill(w.portal_medium, &[&grouped(counts.all)])),
        (_, 0, n) => ("partial", w.state_attention, fill(w.portal_partial, &[&n])),
        (_, n, 0) => ("wrong", w.state_wrong, fill(w.portal_wrong, &[&grouped(n)])),
        (_, n, q) => ("wrong", w.state_wrong, fill(w.portal_both, &[&grouped(n), &q])),
    }
}

fn source_lines(ctx: &Ctx, unit: &UnitId, rows: &[SourceRow]) -> Vec<Source> {
    let (w, t) = (ctx.lang.board(), ctx.t());
    let line = |name: &str, status: &str, seen: i64| {
        let (class, word) = words::source_status(t, status);
        Source {
            name: name.to_owned(),
            class,
            word,
            seen: (seen > 0).then(|| when(ctx, Micros(seen))),
            fine: status == "ok",
            repair: match (status, name) {
                ("ok", _) => w.source_fine,
                ("unknown", _) => w.repair_never,
                (_, "syslog") => w.repair_syslog,
                (_, "windows") => w.repair_windows,
                (_, "netflow") => w.repair_netflow,
                (_, "eve" | "zeek") => w.repair_eve,
                _ => w.repair_other,
            },
        }
    };
    let expected = ctx.register.unit(unit).map_or(&[][..], |u| &u.sources);
    let unheard = expected.iter().filter(|e| !rows.iter().any(|r| r.source == e.format));
    let mut lines: Vec<Source> = rows.iter().map(|r| line(&r.source, &r.status, r.last_seen)).collect();
    lines.extend(unheard.map(|e| line(&e.format, "unknown", 0)));
    lines.sort_by_key(|s| s.fine);
    lines
}

fn told_line(ctx: &Ctx, unit: &UnitId, row: &ToldAlert) -> Told {
    let threat = Threat::of(&row.rule_id, row.techniques.iter().map(String::as_str));
    let (what, advice) = own::threat(ctx.lang.board(), threat);
    let entities = row.entity_types.iter().zip(&row.entity_values).filter(|(kind, _)| *kind != "hospital");
    Told {
        href: link::alert(&row.alert_id),
        level: level_mark(ctx.t(), &row.level),
        what,
        title: words::title(ctx.lang, &row.title_zh, &row.title).to_owned(),
        advice,
        entities: entities.take(2).map(|(k, v)| entity_link(ctx.t(), k, v, unit.as_str())).collect(),
        when: when(ctx, Micros(row.time)),
    }
}

async fn assets(ctx: &Ctx, unit: &UnitId, scope: &Scope) -> Result<AssetsView, QueryError> {
    let w = ctx.lang.board();
    let (found, declared) =
        tokio::try_join!(ctx.app.reader.assets(scope, None, Found::All), declarations(ctx, scope))?;
    let servers = found.iter().filter(|f| !f.ports.is_empty() || f.form == "database").count();
    let entries = compare(&declared, &found, ctx.now);
    let undeclared = entries.iter().filter(|e| e.difference == Difference::Undeclared).count();
    Ok(AssetsView {
        line: fill(
            w.portal_assets_line,
            &[&grouped(found.len() as u64), &grouped(servers as u64), &grouped(declared.len() as u64)],
        ),
        undeclared,
        undeclared_line: fill(w.portal_undeclared, &[&undeclared]),
        undeclared_href: link::with_query(
            "/assets",
            [("hospital", unit.as_str()), ("difference", Difference::Undeclared.name())],
        ),
    })
}
