//! What was found and what was declared, and the state of critical systems.

use actix_web::{HttpRequest, web::Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ward_desk::assets::Declared as DeskDeclared;
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};

use super::{
    params::{Asked, Page, limit, unit, written},
    problem::Problem,
};
use crate::{
    context::Ctx,
    pages::board::{self, declarations},
    query::{AssetRow, Found, PeerRow, Side},
    register::{Change, Difference, Entry, compare},
    scope::Scope,
    show::link,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssetQuery {
    /// Of one unit its terminals are listed, too; of several what answers on a port.
    hospital: Option<String>,
    /// undeclared, changed, quiet, unseen or same.
    difference: Option<String>,
    /// From `next` of the page before.
    cursor: Option<u32>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfUnit {
    hospital: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Declared {
    id: i64,
    name: String,
    system: String,
    zone: String,
    owner: String,
    operator: String,
    responsible: String,
    phone: String,
    /// normal, important, core, or empty.
    criticality: &'static str,
    mlps_level: u8,
    filing: String,
    cii: bool,
    addresses: Vec<String>,
    vendor: String,
    product: String,
    version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Seen {
    /// address, host or database.
    form: String,
    name: String,
    host: String,
    mac: String,
    kind: String,
    zone: String,
    ports: Vec<u64>,
    sources: Vec<String>,
    first_seen: String,
    last_seen: String,
}

/// One thing, by what is known of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Asset {
    hospital: String,
    difference: &'static str,
    /// Zones (declared, found) and ports that are not as declared.
    changes: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declared: Option<Declared>,
    found: Vec<Seen>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Peer {
    address: String,
    port: u64,
    flows: u64,
    bytes: u64,
    last: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AssetDetail {
    asset: Asset,
    /// Who talked to it within a day, and to whom it did, the busiest first.
    asked_by: Vec<Peer>,
    asks: Vec<Peer>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct System {
    hospital: String,
    name: String,
    mlps_level: u8,
    cii: bool,
    /// wrong, partial, unknown or ok.
    state: &'static str,
    /// Names in lower case and addresses.
    machines: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<String>,
    /// The highest score of its machines.
    score: f64,
    responsible: String,
    phone: String,
}

/// What needs attention first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Systems {
    items: Vec<System>,
}

fn declared(id: i64, d: &DeskDeclared) -> Declared {
    Declared {
        id,
        name: d.name.clone(),
        system: d.system.clone(),
        zone: d.zone.clone(),
        owner: d.owner.clone(),
        operator: d.operator.clone(),
        responsible: d.responsible.clone(),
        phone: d.phone.clone(),
        criticality: d.criticality.as_str(),
        mlps_level: d.mlps_level,
        filing: d.filing.clone(),
        cii: d.cii,
        addresses: d.addresses.clone(),
        vendor: d.vendor.clone(),
        product: d.product.clone(),
        version: d.version.clone(),
    }
}

fn seen(row: &AssetRow) -> Seen {
    Seen {
        form: row.form.clone(),
        name: row.name.clone(),
        host: row.host.clone(),
        mac: row.mac.clone(),
        kind: row.kind.clone(),
        zone: row.zone.clone(),
        ports: row.ports.clone(),
        sources: row.sources.clone(),
        first_seen: written(Micros(row.first_seen)),
        last_seen: written(Micros(row.last_seen)),
    }
}

fn asset(entry: &Entry<'_>) -> Asset {
    let change = |change: &Change| match change {
        Change::Zone(declared, found) => (declared.clone(), found.clone()),
        Change::Port(protocol, port) => (String::new(), format!("{protocol}/{port}")),
    };
    Asset {
        hospital: entry.hospital().to_owned(),
        difference: entry.difference.name(),
        changes: entry.changes.iter().map(change).collect(),
        declared: entry.declared.map(|row| declared(row.id, &row.declared)),
        found: entry.found.iter().map(|row| seen(row)).collect(),
    }
}

pub(crate) async fn list(ctx: Ctx, Asked(q): Asked<AssetQuery>) -> Result<Json<Page<Asset>>, Problem> {
    let (limit, from) = (limit(q.limit)?, q.cursor.unwrap_or(0) as usize);
    let difference =
        |name: &str| Difference::from_name(name).ok_or_else(|| Problem::unfit("difference: no such"));
    let difference = q.difference.as_deref().filter(|d| !d.is_empty()).map(difference).transpose()?;
    let scope = ctx.scope.narrow(unit(q.hospital.as_deref())?.as_ref());
    let own = matches!(&scope, Scope::Units(units) if units.len() == 1);
    let which = if own { Found::All } else { Found::Servers };
    let (found, declared) =
        tokio::try_join!(ctx.app.reader.assets(&scope, None, which), declarations(&ctx, &scope))?;
    let mut entries = compare(&declared, &found, ctx.now);
    entries.retain(|e| difference.is_none_or(|d| e.difference == d));
    let next = (entries.len() > from.saturating_add(limit)).then(|| (from + limit).to_string());
    Ok(Json(Page { items: entries.iter().skip(from).take(limit).map(asset).collect(), next }))
}

/// `/api/v1/assets/{form}/{name}`, as the page's address names it; `declared/{id}` for a declaration.
pub(crate) async fn one(
    ctx: Ctx,
    request: HttpRequest,
    Asked(q): Asked<OfUnit>,
) -> Result<Json<AssetDetail>, Problem> {
    let rest = request.uri().path().strip_prefix("/api/v1/assets/").unwrap_or("");
    let Some((form, name)) = rest.split_once('/').map(|(f, n)| (link::decode(f), link::decode(n))) else {
        return Err(Problem::NOT_FOUND);
    };
    let id = name.parse::<i64>().ok().filter(|_| form == "declared");
    let unit = match id {
        Some(id) => {
            let row = ctx.app.desk.assets().get(ctx.scope.units().as_ref(), id).await?;
            row.ok_or(Problem::NOT_FOUND)?.declared.hospital
        }
        None => unit(q.hospital.as_deref())?.filter(|u| ctx.scope.allows(u)).ok_or(Problem::NOT_FOUND)?,
    };
    let scope = ctx.scope.narrow(Some(&unit));
    let (found, declared) =
        tokio::try_join!(ctx.app.reader.assets(&scope, None, Found::All), declarations(&ctx, &scope))?;
    let entries = compare(&declared, &found, ctx.now);
    let is_it = |e: &&Entry<'_>| match id {
        Some(id) => e.declared.is_some_and(|d| d.id == id),
        None => e.found.iter().any(|f| f.form == form && f.name == name),
    };
    let entry = entries.iter().find(is_it).ok_or(Problem::NOT_FOUND)?;
    ctx.seen_unit(unit.as_str());
    let address = entry.found.iter().find(|f| f.form == "address").map(|f| f.name.clone());
    let (asked_by, asks) = peers(&ctx, &unit, address.as_deref()).await?;
    Ok(Json(AssetDetail { asset: asset(entry), asked_by, asks }))
}

async fn peers(ctx: &Ctx, unit: &UnitId, address: Option<&str>) -> Result<(Vec<Peer>, Vec<Peer>), Problem> {
    let Some(address) = address else { return Ok((Vec::new(), Vec::new())) };
    let day = Micros(ctx.now.0 - MICROS_PER_DAY);
    let reader = &ctx.app.reader;
    let (asked_by, asks) = tokio::try_join!(
        reader.peers(&ctx.scope, unit, address, Side::IsAsked, day),
        reader.peers(&ctx.scope, unit, address, Side::Asks, day)
    )?;
    let peer = |p: PeerRow| Peer {
        address: p.peer,
        port: p.port,
        flows: p.flows,
        bytes: p.volume,
        last: written(Micros(p.last)),
    };
    Ok((asked_by.into_iter().map(peer).collect(), asks.into_iter().map(peer).collect()))
}

pub(super) fn system(k: &board::Known) -> System {
    System {
        hospital: k.named.unit.clone(),
        name: k.named.name.clone(),
        mlps_level: k.named.mlps_level,
        cii: k.named.cii,
        state: k.state.name(),
        machines: k.named.machines.iter().cloned().collect(),
        last_seen: k.evidence.heard.map(|at| written(Micros(at))),
        score: k.evidence.score,
        responsible: k.named.responsible.clone(),
        phone: k.named.phone.clone(),
    }
}

pub(crate) async fn systems(ctx: Ctx, Asked(q): Asked<OfUnit>) -> Result<Json<Systems>, Problem> {
    let scope = ctx.scope.narrow(unit(q.hospital.as_deref())?.as_ref());
    let frame = ctx.hub().frame().await;
    let declared = declarations(&ctx, &scope).await?;
    let known = board::known(&ctx, &scope, frame.as_ref().map(|f| &f.snapshot), &declared).await?;
    Ok(Json(Systems { items: known.iter().map(system).collect() }))
}
