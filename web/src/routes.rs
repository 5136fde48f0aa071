//! The one table of routes: the server is made from it, and so will be the description of the API
//! and the test that tries every route with every role.

use actix_web::{Route, http::Method, middleware::from_fn, web};

use crate::{
    access::{Role, allowed},
    assets, health, live, pages,
};

/// Whose rows a route reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// None at all: files, health.
    None,
    /// All rows of the viewer's scope.
    Viewer,
    /// One thing that must lie in the viewer's scope, else it is not there.
    Item,
}

/// One route.
pub struct RouteEntry {
    pub method: Method,
    pub path: &'static str,
    pub roles: &'static [Role],
    pub scope: ScopeKind,
    /// The handler's name, unique.
    pub name: &'static str,
    pub summary: &'static str,
    make: fn() -> Route,
}

const ALL: &[Role] = &[Role::Viewer];

macro_rules! routes {
    ($($method:ident $path:literal $roles:ident $scope:ident $name:literal $handler:path, $summary:literal;)*) => {
        /// Every route there is.
        pub static ROUTES: &[RouteEntry] = &[$(RouteEntry {
            method: Method::$method,
            path: $path,
            roles: $roles,
            scope: ScopeKind::$scope,
            name: $name,
            summary: $summary,
            make: || web::method(Method::$method).to($handler),
        }),*];
    };
}

routes! {
    GET "/"                        ALL Viewer "overview"  pages::overview::page,  "The situation of the region now";
    GET "/live"                    ALL Viewer "live"      live::events,           "Server-sent snapshots of the overview";
    GET "/alerts"                  ALL Viewer "alerts"    pages::alerts::page,    "Alerts by filter, newest first";
    GET "/alerts/{id}"             ALL Item   "alert"     pages::alert::page,     "One alert with its reasons and events";
    GET "/entities"                ALL Viewer "entities"  pages::entities::page,  "The riskiest entities";
    GET "/entities/{key:.*}"       ALL Item   "entity"    pages::entity::page,    "One entity: score, reasons, alerts, events";
    GET "/hospitals"               ALL Viewer "units"     pages::units::page,     "All units with their state";
    GET "/hospitals/{id}"          ALL Item   "unit"      pages::unit::page,      "One unit: sources, rates, alerts, entities";
    GET "/events"                  ALL Viewer "events"    pages::events::page,    "Events by filter, newest first";
    GET "/events/{producer}/{seq}" ALL Item   "event"     pages::event::page,     "One event with all its fields";
    GET "/assets/{name}"           ALL None   "asset"     assets::file,           "Style sheets, scripts, fonts";
    GET "/health/live"             ALL None   "live-check"  health::live,         "The process answers";
    GET "/health/ready"            ALL None   "ready-check" health::ready,        "The store answers, too";
}

/// Puts the table into a server.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    for entry in ROUTES {
        let guard = from_fn(move |request, next| allowed(entry, request, next));
        config.service(web::resource(entry.path).name(entry.name).wrap(guard).route((entry.make)()));
    }
    config.default_service(web::to(pages::errors::not_found));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn routes_are_unique_and_each_says_who_may_and_what_it_is() {
        let mut seen = BTreeSet::new();
        for route in ROUTES {
            assert!(seen.insert((route.method.to_string(), route.path)), "{} stands twice", route.path);
            assert!(seen.insert((String::from("name"), route.name)), "{} stands twice", route.name);
            assert!(!route.roles.is_empty() && !route.summary.is_empty(), "{}", route.path);
            let item = route.path.contains('{') && route.scope != ScopeKind::None;
            assert_eq!(item, route.scope == ScopeKind::Item, "{}", route.path);
        }
    }
}
