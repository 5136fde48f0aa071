//! `/asset/…`: one asset: declared and found, who talks to it, what was alerted, who to call.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use ward_desk::{DeskError, Refusal, assets::DeclaredRow};
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};

use super::{
    assets::{may_import, units_of},
    known::declarations,
    words as own,
};
use crate::{
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::{
            AlertLine, EventLine, Panel, UnitLink, When, alert_line, event_line, failure, unit_link, when,
        },
    },
    query::{
        AlertFilter, AlertPage, AlertRow, AlertSort, AssetRow, EventFilter, Found, PeerRow, QueryError, Side,
    },
    register::{Entry, compare},
    show::{grouped, link},
    text::{Board, fill},
};

const LINES: i64 = 10;

#[derive(Template)]
#[template(path = "asset.html")]
struct Page {
    p: Frame,
    w: &'static Board,
    name: String,
    unit: UnitLink,
    class: &'static str,
    word: &'static str,
    notes: Vec<String>,
    declared: Option<Vec<(&'static str, String)>>,
    since: String,
    remove: Option<String>,
    found: Vec<FoundView>,
    call: Option<(String, String)>,
    contacts: Vec<Contact>,
    asks: Option<Panel<Vec<Peer>>>,
    asked: Option<Panel<Vec<Peer>>>,
    alerts: Panel<Vec<AlertLine>>,
    events: Panel<Vec<EventLine>>,
    alerts_href: String,
    events_href: String,
}

struct FoundView {
    name: String,
    href: Option<String>,
    host: String,
    mac: String,
    kind: String,
    zone: String,
    sources: Vec<String>,
    first: When,
    last: When,
    services: Vec<(String, String, String)>,
}

struct Contact {
    role: String,
    name: String,
    phone: String,
    confirmed: String,
}

struct Peer {
    address: String,
    href: String,
    port: u64,
    flows: String,
    bytes: String,
    last: When,
}

/// What the address names.
enum Wanted {
    Declared(i64),
    Found(String, String),
}

pub(crate) async fn page(ctx: Ctx, request: HttpRequest) -> HttpResponse {
    // From the raw path: a value may hold an encoded slash.
    let rest = request.uri().path().strip_prefix("/asset/").unwrap_or("");
    let Some((form, name)) = rest.split_once('/').map(|(f, n)| (link::decode(f), link::decode(n))) else {
        return errors::missing(&ctx).await;
    };
    let (wanted, unit) = match (form.as_str(), name.parse::<i64>()) {
        ("declared", Ok(id)) => {
            let row = ctx.app.desk.assets().get(units_of(&ctx.scope).as_ref(), id).await;
            let Ok(Some(row)) = row else { return errors::missing(&ctx).await };
            (Wanted::Declared(id), row.declared.hospital)
        }
        ("address" | "host" | "database", _) => match ctx.unit_param() {
            Ok(Some(unit)) if ctx.scope.allows(&unit) => (Wanted::Found(form, name), unit),
            _ => return errors::missing(&ctx).await,
        },
        _ => return errors::missing(&ctx).await,
    };
    let scope = ctx.scope.narrow(Some(&unit));
    let read = tokio::try_join!(ctx.app.reader.assets(&scope, None, Found::All), declarations(&ctx, &scope));
    let (found, declared) = match read {
        Ok(read) => read,
        Err(error) => return failed(&ctx, error).await,
    };
    let entries = compare(&declared, &found, ctx.now);
    let is_it = |e: &&Entry<'_>| match &wanted {
        Wanted::Declared(id) => e.declared.is_some_and(|d| d.id == *id),
        Wanted::Found(form, name) => e.found.iter().any(|f| f.form == *form && f.name == *name),
    };
    let Some(entry) = entries.iter().find(is_it) else { return errors::missing(&ctx).await };
    ctx.seen_unit(unit.as_str());
    let page = view(&ctx, &unit, entry).await;
    ctx.html(StatusCode::OK, &page)
}

async fn failed(ctx: &Ctx, error: QueryError) -> HttpResponse {
    errors::failed(ctx, &failure(ctx.t(), error)).await
}

async fn view(ctx: &Ctx, unit: &UnitId, entry: &Entry<'_>) -> Page {
    let (w, t, reader) = (ctx.lang.board(), ctx.t(), &ctx.app.reader);
    let address = addresses(entry).into_iter().next();
    let names = names(entry);
    let day = Micros(ctx.now.0 - MICROS_PER_DAY);
    let key = names.first().cloned().unwrap_or_default();
    let of_events = EventFilter {
        from: day,
        unit: Some(unit.clone()),
        entity: Some(key.clone()),
        limit: LINES,
        ..EventFilter::default()
    };
    let peers = async |side: Side| {
        let rows = reader.peers(&ctx.scope, unit, address.as_ref()?, side, day).await;
        Some(Panel::of(t, rows, |rows| rows.iter().map(|row| peer(ctx, unit, row)).collect()))
    };
    let (asks, asked, alerts, events) = tokio::join!(
        peers(Side::IsAsked),
        peers(Side::Asks),
        alerts(ctx, unit, names),
        reader.events(&ctx.scope, &of_events)
    );
    let pairs = [("entity_type", key.0.as_str()), ("entity", key.1.as_str()), ("hospital", unit.as_str())];
    let declared = entry.declared.map(|row| declared_facts(ctx, row));
    let mut notes: Vec<String> = entry.changes.iter().map(|c| own::change(w, c)).collect();
    notes.dedup();
    let name = match (entry.declared, entry.found.first()) {
        (Some(row), _) => row.declared.name.clone(),
        (None, Some(found)) => found.name.clone(),
        (None, None) => String::new(),
    };
    Page {
        p: Frame::new(ctx, Nav::Assets, name.clone()).await,
        w,
        name,
        unit: unit_link(ctx, unit.as_str()),
        class: own::difference_class(entry.difference),
        word: own::difference(w, entry.difference),
        notes,
        since: entry
            .declared
            .map(|d| fill(w.asset_since, &[&ctx.zone().full(d.since), &d.since_by]))
            .unwrap_or_default(),
        remove: entry.declared.filter(|_| may_import(ctx)).map(|d| format!("/assets/{}/remove", d.id)),
        declared,
        found: entry.found.iter().map(|f| found_view(ctx, f)).collect(),
        call: entry
            .declared
            .map(|d| (d.declared.responsible.clone(), d.declared.phone.clone()))
            .filter(|(name, phone)| !name.is_empty() || !phone.is_empty()),
        contacts: contacts(ctx, unit),
        asks,
        asked,
        alerts: Panel::of(t, alerts, |rows| rows.iter().map(|row| alert_line(ctx, row)).collect()),
        events: Panel::of(t, events, |rows| rows.iter().map(|row| event_line(ctx, row)).collect()),
        alerts_href: link::with_query("/alerts", pairs.into_iter().chain([("range", "30d")])),
        events_href: link::with_query("/events", pairs.into_iter().chain([("range", "24h")])),
    }
}

fn addresses(entry: &Entry<'_>) -> Vec<String> {
    let found = entry.found.iter().filter(|f| f.form == "address").map(|f| f.name.clone());
    let declared = entry.declared.map(|d| d.declared.addresses.clone()).unwrap_or_default();
    found.chain(declared).collect()
}

/// What alerts and events may call it: entity type and value.
fn names(entry: &Entry<'_>) -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> =
        addresses(entry).into_iter().map(|a| ("ip".to_owned(), a)).collect();
    for found in &entry.found {
        let host = if found.form == "host" { &found.name } else { &found.host };
        if !host.is_empty() {
            names.push(("host".to_owned(), host.clone()));
            names.push(("host".to_owned(), host.to_uppercase()));
        }
        if found.form == "database" {
            names.push(("database".to_owned(), found.name.clone()));
        }
    }
    if let Some(row) = entry.declared {
        names.push(("host".to_owned(), row.declared.name.clone()));
    }
    names.dedup();
    names.truncate(6);
    names
}

async fn alerts(ctx: &Ctx, unit: &UnitId, names: Vec<(String, String)>) -> Result<Vec<AlertRow>, QueryError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let filter = AlertFilter {
        from: Micros(ctx.now.0 - 30 * MICROS_PER_DAY),
        unit: Some(unit.clone()),
        entities: names,
        ..AlertFilter::default()
    };
    let page = AlertPage { after: None, limit: LINES };
    ctx.app.reader.alerts(&ctx.scope, &filter, AlertSort::default(), page).await
}

fn peer(ctx: &Ctx, unit: &UnitId, row: &PeerRow) -> Peer {
    Peer {
        href: link::entity("ip", &row.peer, unit.as_str()),
        address: row.peer.clone(),
        port: row.port,
        flows: grouped(row.flows),
        bytes: grouped(row.volume),
        last: when(ctx, Micros(row.last)),
    }
}

fn declared_facts(ctx: &Ctx, row: &DeclaredRow) -> Vec<(&'static str, String)> {
    let (w, d) = (ctx.lang.board(), &row.declared);
    let all = [
        (w.col_system, d.system.clone()),
        (w.asset_zone, d.zone.clone()),
        (w.col_owner, d.owner.clone()),
        (w.col_operator, d.operator.clone()),
        (w.col_criticality, own::criticality(w, d.criticality).to_owned()),
        (w.col_level, own::mlps(w, d.mlps_level)),
        (w.col_filing, d.filing.clone()),
        (w.col_cii, if d.cii { w.yes } else { w.no }.to_owned()),
        (w.col_addresses, d.addresses.join(ctx.t().list_comma)),
        (w.col_vendor, d.vendor.clone()),
        (w.col_product, d.product.clone()),
        (w.col_version, d.version.clone()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn found_view(ctx: &Ctx, row: &AssetRow) -> FoundView {
    let w = ctx.lang.board();
    let stamp = |micros: u64| ctx.zone().full(Micros(i64::try_from(micros).unwrap_or(0)));
    let services = row.protocols.iter().zip(&row.ports).zip(row.service_bytes.iter().zip(&row.service_first));
    FoundView {
        href: match row.form.as_str() {
            "address" => Some(link::entity("ip", &row.name, &row.hospital)),
            "host" => Some(link::entity("host", &row.name, &row.hospital)),
            _ => None,
        },
        name: row.name.clone(),
        host: row.host.clone(),
        mac: row.mac.clone(),
        kind: own::kind(w, &row.kind).to_owned(),
        zone: row.zone.clone(),
        sources: row.sources.iter().map(|s| own::found_by(w, s).to_owned()).collect(),
        first: when(ctx, Micros(row.first_seen)),
        last: when(ctx, Micros(row.last_seen)),
        services: services
            .map(|((protocol, port), (bytes, first))| {
                (format!("{protocol}/{port}"), grouped(*bytes), fill(w.service_since, &[&stamp(*first)]))
            })
            .collect(),
    }
}

fn contacts(ctx: &Ctx, unit: &UnitId) -> Vec<Contact> {
    let known = ctx.register.unit(unit).map_or(&[][..], |u| &u.contacts);
    let of = |c: &ward_event::register::Contact| Contact {
        role: c.role.clone(),
        name: c.name.clone(),
        phone: c.phone.clone(),
        confirmed: if c.confirmed.is_empty() {
            String::new()
        } else {
            fill(ctx.lang.board().confirmed, &[&c.confirmed])
        },
    };
    known.iter().map(of).collect()
}

/// `POST /assets/{id}/remove`: ends a declaration.
pub(crate) async fn remove(ctx: Ctx, id: web::Path<i64>) -> HttpResponse {
    let Some(viewer) = ctx.viewer().filter(|_| may_import(&ctx)) else { return errors::missing(&ctx).await };
    match ctx.app.desk.assets().remove(viewer, ctx.address(), *id, &ctx.register).await {
        Ok(()) => HttpResponse::SeeOther().insert_header(("location", "/assets")).finish(),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(&ctx).await,
        Err(error) => {
            tracing::error!(%error, "a declaration could not be ended");
            failed(&ctx, QueryError::Refused).await
        }
    }
}
