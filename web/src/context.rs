//! What a handler knows of a request: who asks, in which language, and whose rows may be read.

use std::{
    future::{Ready, ready},
    rc::Rc,
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use tokio::sync::watch;
use ward_desk::{Desk, Role, Viewer, token::TokenUse};
use ward_event::{Micros, UnitId, clock::Clock, config::Region, register::Register, time::Calendar};
use ward_report::render::Typeset;

use crate::{
    access::{Alive, Asker, Jar, Proof, cookie},
    assets::Assets,
    live::{Hub, Hubs},
    query::Reader,
    report::Newsroom,
    routes::ROUTES,
    scope::Scope,
    show::{Zone, link},
    text::{Lang, Texts},
    wall::{RegionMap, WallHub},
};

/// What all handlers share.
pub(crate) struct App {
    pub reader: Reader,
    pub desk: Desk,
    pub hubs: Arc<Hubs>,
    pub register: watch::Receiver<Arc<Register>>,
    pub region: Region,
    pub calendar: Calendar,
    pub clock: Clock,
    pub rules: crate::RuleTexts,
    pub assets: Assets,
    pub jar: Jar,
    pub behind_proxy: bool,
    /// Who a visitor is in the demo.
    pub demo: Option<Viewer>,
    pub walls: Arc<WallHub>,
    pub map: RegionMap,
    pub newsroom: Newsroom,
    /// Sets formal documents in type; None where this process does not.
    pub press: Option<Arc<dyn Typeset>>,
}

/// One request.
pub(crate) struct Ctx {
    pub app: Arc<App>,
    pub lang: Lang,
    /// Set when the address asks for a language: remembered by a cookie.
    asked: Option<Lang>,
    /// Who asks; without a viewer where nobody has to be signed in.
    pub asker: Option<Rc<Asker>>,
    /// Every query takes it. Nothing, where nobody is signed in.
    pub scope: Scope,
    pub register: Arc<Register>,
    pub now: Micros,
    pub path: String,
    pub query: Vec<(String, String)>,
}

const LANG_COOKIE: &str = "ward_lang";

impl FromRequest for Ctx {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(app) = request.app_data::<web::Data<App>>() else {
            return ready(Err(actix_web::error::ErrorInternalServerError("no application state")));
        };
        let app = app.clone().into_inner();
        let query = link::query_pairs(request.query_string());
        let asked = query.iter().find(|(name, _)| name == "lang").and_then(|(_, code)| Lang::from_code(code));
        let lang = asked.or_else(|| cookie_lang(request)).unwrap_or_default();
        let register = app.register.borrow().clone();
        let now = app.clock.now();
        let path = request.uri().path().to_owned();
        let asker = request.extensions().get::<Rc<Asker>>().cloned();
        let scope = asker.as_ref().map_or_else(Scope::nothing, |a| a.scope.clone());
        ready(Ok(Self { app, lang, asked, asker, scope, register, now, path, query }))
    }
}

fn cookie_lang(request: &HttpRequest) -> Option<Lang> {
    cookie::value(request.headers(), LANG_COOKIE).and_then(Lang::from_code)
}

impl Ctx {
    /// Who is signed in.
    pub(crate) fn viewer(&self) -> Option<&Viewer> {
        self.asker.as_ref().and_then(|a| a.viewer.as_deref())
    }

    pub(crate) fn role(&self) -> Option<Role> {
        self.viewer().map(|v| v.role)
    }

    /// Whether the viewer's role may use the route of this name.
    pub(crate) fn may_open(&self, name: &str) -> bool {
        let may = |role| ROUTES.iter().any(|route| route.name == name && route.who.allows(role));
        self.role().is_some_and(may)
    }

    /// The client's address, for the audit.
    pub(crate) fn address(&self) -> &str {
        self.asker.as_ref().map_or("", |a| a.address.as_str())
    }

    /// This server's own address as the asker reached it: the host was checked before.
    pub(crate) fn origin(&self, request: &HttpRequest) -> String {
        let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("");
        let scheme = if self.app.jar.tls() { "https" } else { "http" };
        format!("{scheme}://{host}")
    }

    /// What this page's forms and scripts carry to be taken.
    pub(crate) fn csrf(&self) -> String {
        self.asker.as_ref().map(|a| a.csrf()).unwrap_or_default()
    }

    /// Whether the viewer is still let in, for answers that take long.
    pub(crate) fn alive(&self) -> Option<Alive> {
        self.asker.as_ref().map(|a| a.alive(&self.app))
    }

    /// The wall that asks, by its device's cookie.
    #[allow(dead_code, reason = "for the pages of walls")]
    pub(crate) fn wall(&self) -> Option<&str> {
        match &self.asker.as_ref()?.proof {
            Proof::Device(_, TokenUse::Wall { wall, .. }) => Some(wall),
            _ => None,
        }
    }

    /// Snapshots of what this viewer may see.
    pub(crate) fn hub(&self) -> Arc<Hub> {
        self.app.hubs.of(&self.scope)
    }

    /// Tells the audit whose detail is shown.
    pub(crate) fn seen_unit(&self, unit: &str) {
        if let Some(asker) = &self.asker {
            asker.seen.borrow_mut().unit = UnitId::new(unit).ok();
        }
    }

    /// Tells the audit of whom or what: a kind of entity (`account`, `host` …) and its value.
    pub(crate) fn seen_object(&self, kind: &str, id: &str) {
        if let Some(asker) = &self.asker {
            asker.seen.borrow_mut().object = Some((kind.to_owned(), id.to_owned()));
        }
    }

    pub(crate) const fn t(&self) -> &'static Texts {
        self.lang.texts()
    }

    pub(crate) fn zone(&self) -> Zone {
        Zone::new(self.app.calendar)
    }

    /// A parameter of the address that has a value; what is longer than any honest one is cut off.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        const PARAM_BYTES_MAX: usize = 512;
        let (_, value) = self.query.iter().find(|(n, v)| n == name && !v.is_empty())?;
        value.get(..value.len().min(PARAM_BYTES_MAX))
    }

    pub(crate) fn params<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// Who asks, as exports name him.
    pub(crate) fn account(&self) -> &str {
        self.viewer().map_or("", |viewer| viewer.name.as_str())
    }

    /// The unit an address asks for. `Err` for what is no id: it can have no rows.
    pub(crate) fn unit_param(&self) -> Result<Option<UnitId>, ()> {
        self.param("hospital").map(UnitId::new).transpose().map_err(|_| ())
    }

    /// The part of the scope that an address asks for by `hospital` and `locality`; nothing, where it asks for what
    /// there is not.
    pub(crate) fn narrowed(&self) -> Scope {
        match self.unit_param() {
            Ok(unit) => self.within(unit.as_ref(), self.param("locality")),
            Err(()) => Scope::nothing(),
        }
    }

    /// The part of the scope that lies in one unit, and in the units of one locality.
    pub(crate) fn within(&self, unit: Option<&UnitId>, locality: Option<&str>) -> Scope {
        let scope = self.scope.narrow(unit);
        let Some(locality) = locality.filter(|l| !l.is_empty()) else { return scope };
        let there = self.register.units.iter().filter(|u| u.locality == locality);
        scope.within(there.map(|u| u.id.clone()))
    }

    /// This address with some parameters changed; an empty value takes one away.
    pub(crate) fn here(&self, changed: &[(&str, &str)]) -> String {
        let kept = self.query.iter().filter(|(n, _)| n != "lang" && !changed.iter().any(|(c, _)| c == n));
        let kept = kept.map(|(n, v)| (n.as_str(), v.as_str()));
        link::with_query(&self.path, kept.chain(changed.iter().copied()))
    }

    /// This address in the other language.
    pub(crate) fn other_lang(&self) -> String {
        let kept = self.query.iter().filter(|(n, _)| n != "lang").map(|(n, v)| (n.as_str(), v.as_str()));
        link::with_query(&self.path, kept.chain([("lang", self.lang.other().code())]))
    }

    pub(crate) fn html(&self, status: StatusCode, page: &impl Template) -> HttpResponse {
        let body = match page.render() {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, path = %self.path, "a page could not be written");
                return HttpResponse::InternalServerError().body("500");
            }
        };
        self.html_head(status).body(body)
    }

    /// What stands in front of a page's body.
    pub(crate) fn html_head(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"));
        response.insert_header((header::CONTENT_LANGUAGE, self.lang.tag()));
        response.insert_header((header::VARY, "Cookie"));
        if let Some(lang) = self.asked {
            let cookie =
                format!("{LANG_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Strict; HttpOnly", lang.code());
            response.insert_header((header::SET_COOKIE, cookie));
        }
        response
    }
}
