//! The one table of routes. The server, the navigation, the description of the API and the test that
//! tries every route with every role are made from it.
//!
//! A line says: method, path, who may, whose rows it reads, what the audit keeps, what a request carries,
//! name, handler, summary; and for the API the types of its query (or body) and of its answer.
//! Among paths that fit the first counts: a plain one stands before a pattern.

mod entry;

use std::collections::BTreeMap;

use actix_web::{Resource, middleware::from_fn, web};

pub use self::entry::{ApiTypes, Audit, Body, RouteEntry, ScopeKind, Who};
use crate::{
    access::{
        guard::guarded,
        roles::{BUSINESS, PUBLIC},
    },
    assets, health, live, pages,
};

macro_rules! routes {
    ($($method:ident $path:literal $who:ident $scope:ident $audit:ident $body:ident $name:literal
       $handler:path, $summary:literal $(=> $request:ty, $answer:ty)?;)*) => {
        /// Every route there is.
        pub static ROUTES: &[RouteEntry] = &[$(RouteEntry {
            method: actix_web::http::Method::$method,
            path: $path,
            who: $who,
            scope: ScopeKind::$scope,
            audit: Audit::$audit,
            body: Body::$body,
            name: $name,
            summary: $summary,
            types: routes!(@types $($request, $answer)?),
            make: || web::method(actix_web::http::Method::$method).to($handler),
        }),*];
    };
    (@types) => { None };
    (@types $request:ty, $answer:ty) => {
        Some(ApiTypes {
            request: |g| g.subschema_for::<$request>(),
            answer: |g| g.subschema_for::<$answer>(),
        })
    };
}

routes! {
    // Situation
    GET "/"                        BUSINESS Viewer None   Empty "overview" pages::overview::page, "The situation of the region now";
    GET "/live"                    BUSINESS Viewer None   Empty "live"     live::events,          "Server-sent snapshots of the overview";
    GET "/alerts"                  BUSINESS Viewer Search Empty "alerts"   pages::alerts::page,   "Alerts by filter, newest first";
    GET "/alerts/{id}"             BUSINESS Item   View   Empty "alert"    pages::alert::page,    "One alert with its reasons and events";
    GET "/entities"                BUSINESS Viewer None   Empty "entities" pages::entities::page, "The riskiest entities";
    GET "/entities/{key:.*}"       BUSINESS Item   View   Empty "entity"   pages::entity::page,   "One entity: score, reasons, alerts, events";
    GET "/hospitals"               BUSINESS Viewer None   Empty "units"    pages::units::page,    "All units with their state";
    GET "/hospitals/{id}"          BUSINESS Item   View   Empty "unit"     pages::unit::page,     "One unit: sources, rates, alerts, entities";
    GET "/events/{producer}/{seq}" BUSINESS Item   View   Empty "event"    pages::event::page,    "One event with all its fields";

    // Hunting
    GET "/hunt"                    BUSINESS Viewer Search Empty "hunt"          pages::hunt::page,        "Events by a query: rows, counts over time, values of fields";
    GET "/hunt/complete"           BUSINESS Viewer None   Empty "hunt-complete" pages::hunt::complete,    "What could be typed at the end of a query";
    GET "/hunt/tail"               BUSINESS Viewer Search Empty "hunt-tail"     pages::hunt::tail,        "Server-sent lines of the events that come in and match";
    GET "/hunt/export.csv"         BUSINESS Viewer Export Empty "hunt-export"   pages::hunt::export,      "The result of a query as a marked table";
    GET "/hunt/pivot"              BUSINESS None   None   Empty "hunt-pivot"    pages::hunt::pivot,       "From a value to the query that asks for it";
    GET "/events"                  BUSINESS None   None   Empty "events"        pages::hunt::from_events, "The former list of events: sends to the hunt";

    // Files and supervision
    GET "/assets/{name}"           PUBLIC   None   None   Empty "asset"       assets::file,  "Style sheets, scripts, fonts";
    GET "/health/live"             PUBLIC   None   None   Empty "live-check"  health::live,  "The process answers";
    GET "/health/ready"            PUBLIC   None   None   Empty "ready-check" health::ready, "The store answers, too";
}

/// Puts the table into a server: one resource a path, whatever its methods.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    let mut order: Vec<&str> = Vec::new();
    let mut resources: BTreeMap<&str, Resource> = BTreeMap::new();
    for entry in ROUTES {
        let resource = resources.remove(entry.path).unwrap_or_else(|| {
            order.push(entry.path);
            web::resource(entry.path)
        });
        let guard = from_fn(move |request, next| guarded(entry, request, next));
        resources.insert(entry.path, resource.route((entry.make)().wrap(guard)));
    }
    for path in order {
        if let Some(resource) = resources.remove(path) {
            config.service(resource);
        }
    }
    config.default_service(web::to(pages::errors::not_found));
}

#[cfg(test)]
mod tests;
