//! Who sends a request, as the guard found out.

use std::{
    cell::{OnceCell, RefCell},
    sync::Arc,
};

use ward_desk::{Viewer, token::TokenUse};
use ward_event::UnitId;

use super::csrf;
use crate::{context::App, routes::RouteEntry, scope::Scope};

/// How somebody proved who he is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Not at all.
    None,
    /// Signed in; the cookie's value.
    Session(String),
    /// A program's token.
    Api,
    /// A wall or a leader's telephone; the cookie's value.
    Device(String, TokenUse),
    /// The demo asks nobody.
    Demo,
}

/// Asks again, for answers that take long: a stream ends with the session it was opened under.
pub(crate) struct Alive {
    app: Arc<App>,
    proof: Proof,
}

impl Alive {
    pub(crate) async fn holds(&self) -> bool {
        let held = match &self.proof {
            Proof::None => return false,
            Proof::Api | Proof::Demo => return true,
            Proof::Session(secret) => self.app.desk.sessions().look(secret).await.map(|s| s.is_some()),
            Proof::Device(secret, _) => self.app.desk.tokens().device(secret).await.map(|d| d.is_some()),
        };
        held.unwrap_or_else(|error| {
            tracing::warn!(%error, "a stream ends: the desk cannot say whose it is");
            false
        })
    }
}

/// One request's sender. Handlers read it through [`crate::context::Ctx`].
pub(crate) struct Asker {
    pub entry: &'static RouteEntry,
    pub viewer: Option<Arc<Viewer>>,
    pub display_name: String,
    pub proof: Proof,
    pub scope: Scope,
    /// The client's address, for the audit.
    pub address: String,
    /// The secret that a browser without a session ties its forms to: as sent, or made when a page asks.
    pub visitor: OnceCell<String>,
    /// `visitor` was sent.
    pub visitor_known: bool,
    /// A session's own form token.
    pub session_csrf: Option<String>,
    pub seen: RefCell<Seen>,
}

/// What a handler tells the audit of what it showed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub unit: Option<UnitId>,
    /// kind, id
    pub object: Option<(String, String)>,
    pub document: String,
}

impl Asker {
    /// What the forms of this page carry.
    pub(crate) fn csrf(&self) -> String {
        match (&self.session_csrf, &self.proof) {
            (Some(token), _) => token.clone(),
            (None, Proof::Api | Proof::Device(..)) => String::new(),
            (None, _) => csrf::token(self.visitor.get_or_init(new_secret)),
        }
    }

    pub(crate) fn alive(&self, app: &Arc<App>) -> Alive {
        Alive { app: app.clone(), proof: self.proof.clone() }
    }

    /// A visitor's secret that was made for this answer and must be set as a cookie.
    pub(crate) fn new_visitor(&self) -> Option<&str> {
        if self.visitor_known { None } else { self.visitor.get().map(String::as_str) }
    }
}

/// 256 bits nobody can guess; empty where the system has none, and then no form is taken.
fn new_secret() -> String {
    use ring::rand::{SecureRandom, SystemRandom};
    let mut bytes = [0_u8; 32];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => ward_event::alert::hex(&bytes),
        Err(_) => String::new(),
    }
}
