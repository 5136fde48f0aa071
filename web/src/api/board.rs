//! The region in two minutes, and one hospital as it sees itself.

use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ward_desk::{Role, case::Counts};
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{
    alerts::Entity,
    assets::{System, system},
    params::{Asked, Nothing, unit, written},
    problem::Problem,
};
use crate::{
    context::Ctx,
    pages::board::{self, declarations},
    query::{AccountAlerts, AssetCount, SourceRow, ToldAlert, UnitAlerts},
    register::State,
};

/// Alerts of a week and of the week before; null where the store did not answer.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Week {
    severe: u64,
    critical: u64,
    all: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnitWeek {
    hospital: String,
    severe: u64,
    critical: u64,
    all: u64,
}

/// An account that a rule about data or hours names.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Breaker {
    hospital: String,
    account: String,
    title: String,
    title_zh: String,
    count: u64,
    last: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AssetCounts {
    all: u64,
    servers: u64,
    /// First seen within the week.
    fresh: Option<u64>,
    declared: Option<usize>,
}

/// Problems of notices.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Handling {
    drafts: i64,
    open: i64,
    overdue: i64,
    to_decide: i64,
    closed: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Leader {
    week: Option<Week>,
    week_before: Option<Week>,
    /// The units of the week, the worst first.
    units: Option<Vec<UnitWeek>>,
    /// Systems that are wrong or need attention.
    systems: Option<Vec<System>>,
    /// Absent for who does not handle them.
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<Vec<Breaker>>,
    assets: Option<AssetCounts>,
    handling: Handling,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PortalQuery {
    /// The first of one's own if absent.
    hospital: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Heard {
    source: String,
    /// ok, silent or unknown.
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Told {
    alert_id: String,
    title: String,
    title_zh: String,
    level: String,
    time: String,
    entities: Vec<Entity>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Portal {
    hospital: String,
    /// Of the week.
    severe: u64,
    all: u64,
    /// Notices of which something is owed.
    tasks_open: usize,
    sources: Vec<Heard>,
    alerts: Vec<Told>,
    systems: Vec<System>,
}

const WEEK: i64 = 7 * MICROS_PER_DAY;
const TOLD: i64 = 50;

fn sum(rows: Option<&Vec<UnitAlerts>>) -> Option<Week> {
    let add = |w: Week, r: &UnitAlerts| Week {
        severe: w.severe + r.severe,
        critical: w.critical + r.critical,
        all: w.all + r.all,
    };
    rows.map(|rows| rows.iter().fold(Week { severe: 0, critical: 0, all: 0 }, add))
}

pub(crate) async fn leader(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Leader>, Problem> {
    let frame = ctx.hub().frame().await;
    let units = ctx.scope.units();
    let cases = ctx.app.desk.cases();
    let (facts, counts) =
        tokio::join!(board::gather(&ctx, frame.as_ref().map(|f| &f.snapshot)), cases.counts(&units));
    let Counts { drafts, open, overdue, to_decide, closed } = counts?;
    let of_unit = |r: &UnitAlerts| UnitWeek {
        hospital: r.hospital.clone(),
        severe: r.severe,
        critical: r.critical,
        all: r.all,
    };
    let breaker = |r: &AccountAlerts| Breaker {
        hospital: r.hospital.clone(),
        account: r.account.clone(),
        title: r.title.clone(),
        title_zh: r.title_zh.clone(),
        count: r.count,
        last: written(Micros(r.last)),
    };
    let first = |rows: &Option<Vec<AssetCount>>| rows.as_ref().and_then(|rows| rows.first().cloned());
    let sees_people = ctx.role().is_some_and(|role| matches!(role, Role::Leader | Role::Analyst));
    Ok(Json(Leader {
        week: sum(facts.units.now.as_ref()),
        week_before: sum(facts.units.past.as_ref()),
        units: facts.units.now.as_ref().map(|rows| rows.iter().map(of_unit).collect()),
        systems: facts.systems.as_ref().map(|all| {
            all.iter().filter(|k| matches!(k.state, State::Wrong | State::Attention)).map(system).collect()
        }),
        people: facts.people.now.as_ref().filter(|_| sees_people).map(|r| r.iter().map(breaker).collect()),
        assets: first(&facts.assets).map(|all| AssetCounts {
            all: all.all,
            servers: all.servers,
            fresh: first(&facts.fresh).map(|f| f.all),
            declared: facts.declared,
        }),
        handling: Handling { drafts, open, overdue, to_decide, closed },
    }))
}

pub(crate) async fn portal(ctx: Ctx, Asked(q): Asked<PortalQuery>) -> Result<Json<Portal>, Problem> {
    let own = board::units(&ctx, &ctx.scope);
    let unit = match unit(q.hospital.as_deref())? {
        Some(unit) => own.contains(&unit).then_some(unit),
        None => board::home(&ctx, &own),
    };
    let unit = unit.ok_or(Problem::NOT_FOUND)?;
    ctx.seen_unit(unit.as_str());
    let (scope, reader, week) = (ctx.scope.narrow(Some(&unit)), &ctx.app.reader, Micros(ctx.now.0 - WEEK));
    let frame = ctx.hub().frame().await;
    let systems = async {
        let declared = declarations(&ctx, &scope).await?;
        board::known(&ctx, &scope, frame.as_ref().map(|f| &f.snapshot), &declared).await
    };
    let (sources, told, counts, systems) = tokio::try_join!(
        reader.sources(&scope, None, Micros(ctx.now.0 - 30 * MICROS_PER_DAY)),
        reader.told_alerts(&scope, week, ctx.now, TOLD),
        reader.unit_alerts(&scope, week, ctx.now),
        systems,
    )?;
    let tasks = ctx.app.desk.cases().tasks(&scope.units()).await?;
    let heard = |r: SourceRow| Heard {
        source: r.source,
        status: r.status,
        last_seen: (r.last_seen > 0).then(|| written(Micros(r.last_seen))),
    };
    let alert = |a: ToldAlert| Told {
        alert_id: a.alert_id,
        title: a.title,
        title_zh: a.title_zh,
        level: a.level,
        time: written(Micros(a.time)),
        entities: a
            .entity_types
            .into_iter()
            .zip(a.entity_values)
            .map(|(kind, value)| Entity { kind, value })
            .collect(),
    };
    Ok(Json(Portal {
        hospital: unit.to_string(),
        severe: counts.iter().map(|c| c.severe).sum(),
        all: counts.iter().map(|c| c.all).sum(),
        tasks_open: tasks.iter().filter(|t| t.owed > 0 && !t.withdrawn).count(),
        sources: sources.into_iter().map(heard).collect(),
        alerts: told.into_iter().map(alert).collect(),
        systems: systems.iter().map(system).collect(),
    }))
}
