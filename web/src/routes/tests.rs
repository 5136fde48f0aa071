use std::collections::BTreeSet;

use actix_web::{dev::ResourceDef, http::Method};
use ward_desk::{Role, delivery::LinkKind};

use super::*;

#[test]
fn routes_are_unique_and_each_says_who_may_and_what_it_is() {
    let mut seen = BTreeSet::new();
    for route in ROUTES {
        assert!(seen.insert((route.method.to_string(), route.path)), "{} stands twice", route.path);
        assert!(seen.insert((String::from("name"), route.name)), "{} stands twice", route.name);
        assert!(!route.summary.is_empty(), "{}", route.path);
        assert!(route.who != Who::Roles(&[]), "{} is for nobody", route.path);
    }
}

#[test]
fn what_reads_rows_is_for_signed_in_viewers_and_what_changes_is_audited() {
    for route in ROUTES {
        assert!(route.who != Who::Anyone || route.scope == ScopeKind::None, "{} is open", route.path);
        assert!(!route.is_unsafe() || route.audit != Audit::None, "{} changes unseen", route.path);
        assert!(route.is_unsafe() || route.body == Body::Empty, "{} is a GET with a body", route.path);
        assert_eq!(route.types.is_some(), route.is_api(), "{}", route.path);
    }
}

/// The first that fits answers: no pattern may hide a path below it.
#[test]
fn no_path_is_hidden_by_one_above_it() {
    for (i, route) in ROUTES.iter().enumerate() {
        let sample: Vec<&str> =
            route.path.split('/').map(|part| if part.starts_with('{') { "7" } else { part }).collect();
        let sample = sample.join("/");
        for above in &ROUTES[..i] {
            let hides = above.path != route.path && ResourceDef::new(above.path).is_match(&sample);
            assert!(!hides, "{} hides {}", above.path, route.path);
        }
    }
}

/// What a page shows, a program is told: page and route of the API, by name.
const EQUALS: &[(&str, &[&str])] = &[
    ("overview", &["api-overview", "api-rates"]),
    ("live", &["api-overview"]),
    ("alerts", &["api-alerts"]),
    ("alert", &["api-alert"]),
    ("entities", &["api-entities"]),
    ("entity", &["api-entity", "api-timeline", "api-neighbours", "api-alerts", "api-events"]),
    ("units", &["api-units"]),
    ("unit", &["api-unit", "api-timeline", "api-neighbours", "api-alerts", "api-entities"]),
    ("event", &["api-event"]),
    ("queue", &["api-queue"]),
    ("queue-new", &["api-queue"]),
    ("queue-one", &["api-queue-one"]),
    ("exceptions", &["api-exceptions"]),
    ("assets", &["api-assets"]),
    ("asset-one", &["api-asset"]),
    ("systems", &["api-systems"]),
    ("leader", &["api-leader"]),
    ("brief", &["api-leader"]),
    ("portal", &["api-portal"]),
    ("accounts", &["api-accounts"]),
    ("account-one", &["api-accounts"]),
    ("sessions", &["api-sessions"]),
    ("audit", &["api-audit"]),
    ("hunt", &["api-hunt"]),
    ("hunt-tail", &["api-hunt"]),
    ("events", &["api-events"]),
    ("walls", &["api-wall"]),
    ("wall", &["api-wall"]),
    ("wall-live", &["api-wall"]),
    ("exposure", &["api-findings"]),
    ("finding", &["api-finding"]),
    ("disclosures", &["api-disclosures"]),
    ("compliance", &["api-compliance"]),
    ("compliance-unit", &["api-compliance-unit"]),
    ("score", &["api-scores"]),
    ("score-unit", &["api-score"]),
    ("reports", &["api-reports"]),
    ("report", &["api-report"]),
    ("notices", &["api-notices"]),
    ("notice", &["api-notice"]),
    ("replies", &["api-replies"]),
    ("replies-now", &["api-replies"]),
    ("notice-calls", &["api-calls"]),
    ("deliveries", &["api-deliveries"]),
    ("deputies", &["api-deputies"]),
    ("duty", &["api-duty"]),
    ("duty-shift", &["api-duty-shift"]),
    ("incidents", &["api-incidents"]),
    ("incident", &["api-incident"]),
    ("tasks", &["api-tasks"]),
    ("task", &["api-task"]),
    ("account", &["api-me"]),
];

/// What has no equal, and why it needs none.
const WITHOUT: &[(&str, &str)] = &[
    ("asset-template", "an empty form's columns"),
    ("asset-import", "a form"),
    ("exposure-import", "a form"),
    ("compliance-import", "a form"),
    ("compliance-template", "a form that is filled in elsewhere"),
    ("compliance-export", "the lines of api-compliance-unit as a marked file"),
    ("notice-new", "a form"),
    ("tokens", "a token does not speak of tokens: who holds one learns of no other"),
    ("audit-export", "the entries of api-audit as a file that is verified"),
    ("exposure-export", "the rows of api-findings as a file"),
    ("hunt-export", "the rows of api-hunt as a marked file"),
    ("hunt-complete", "help while typing"),
    ("hunt-pivot", "leads from one address to another"),
    ("wall-map", "a file of the configuration"),
    ("report-file", "the model of api-report, set in type"),
    ("notice-list-file", "the rows of api-notices in the commission's own columns"),
    ("notice-import", "a form"),
    ("notice-file", "a person's upload"),
    ("notice-paper", "the rows of api-notice, set in type"),
    ("replies-export", "the rows of api-replies as a table"),
    ("incident-law", "the rows of api-incident, set in type"),
    ("notice-archive", "the rows of api-notice with its files"),
];

#[test]
fn what_a_page_shows_a_program_is_told() {
    let find =
        |name: &str| ROUTES.iter().find(|r| r.name == name).unwrap_or_else(|| panic!("no route {name}"));
    let shows = |r: &&RouteEntry| !r.is_api() && !r.is_unsafe() && r.who != Who::Anyone;
    for page in ROUTES.iter().filter(shows) {
        let equal = EQUALS.iter().find(|(name, _)| *name == page.name);
        let without = WITHOUT.iter().find(|(name, _)| *name == page.name);
        assert!(equal.is_some() != without.is_some(), "{}: either an equal or a reason", page.name);
        let Some((_, equals)) = equal else { continue };
        for api in equals.iter().map(|name| find(name)) {
            assert!(api.is_api(), "{} is no route of the API", api.name);
            // A wall's own role has its device's cookie, and no token of the API.
            let missing: Vec<_> =
                page.who.roles().iter().filter(|r| **r != Role::Wall && !api.who.allows(**r)).collect();
            assert!(missing.is_empty(), "{}: {missing:?} may not ask {}", page.name, api.name);
            let more: Vec<_> = api.who.roles().iter().filter(|r| !page.who.allows(**r)).collect();
            let broad = ["api-overview", "api-rates", "api-leader", "api-me"].contains(&api.name);
            assert!(more.is_empty() || broad, "{}: {more:?} may ask {} only", page.name, api.name);
        }
    }
    for (name, reason) in WITHOUT {
        assert!(!find(name).is_api() && !reason.is_empty(), "{name}");
    }
}

/// Hospitals are told of a page by mail: it must be there, and theirs to open.
#[test]
fn what_a_message_links_to_is_a_page_that_a_hospital_may_open() {
    for kind in LinkKind::ALL {
        let path = format!("/{}/{{id}}", kind.as_str());
        let route = ROUTES.iter().find(|r| r.path == path && r.method == Method::GET);
        let route = route.unwrap_or_else(|| panic!("no page {path}"));
        assert!(route.who.allows(Role::Officer) && route.scope == ScopeKind::Item, "{path}");
    }
}
