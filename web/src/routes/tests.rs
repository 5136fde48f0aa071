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
