//! What surrounds every page: navigation, the age of the data, the clock, the language switch.

use std::sync::Arc;

use ward_desk::Role;
use ward_event::{Micros, alert::Level};

use crate::{
    access::{Proof, roles},
    context::{App, Ctx},
    live::{Snapshot, Status},
    routes::ROUTES,
    show::{age, words},
    text::{Lang, Texts, fill},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nav {
    Overview,
    Queue,
    Alerts,
    Entities,
    Units,
    Walls,
    Assets,
    Systems,
    Leader,
    Portal,
    Exposure,
    Compliance,
    Audit,
    Accounts,
    Sessions,
    Tokens,
    Hunt,
    Reports,
    Score,
    Incidents,
    Notices,
    Tasks,
    Duty,
    None,
}

type Word = fn(&Texts) -> &'static str;
type Place = (Nav, &'static str, Word);

/// The navigation: groups of places; a place is its page, the name of its route, its word. Everybody is
/// shown what his role may open, and a group by its first page.
const NAV: &[(Word, &[Place])] = &[
    (
        |t| t.nav_group_situation,
        &[
            (Nav::Overview, "overview", |t| t.nav_overview),
            (Nav::Leader, "leader", |t| t.nav_leader),
            (Nav::Portal, "portal", |t| t.nav_portal),
            (Nav::Units, "units", |t| t.nav_units),
            (Nav::Score, "score", |t| t.nav_score),
            (Nav::Walls, "walls", |t| t.nav_walls),
        ],
    ),
    (
        |t| t.nav_group_analysis,
        &[
            (Nav::Queue, "queue", |t| t.nav_queue),
            (Nav::Alerts, "alerts", |t| t.nav_alerts),
            (Nav::Entities, "entities", |t| t.nav_entities),
            (Nav::Hunt, "hunt", |t| t.nav_hunt),
        ],
    ),
    (
        |t| t.nav_group_assets,
        &[
            (Nav::Assets, "assets", |t| t.nav_assets),
            (Nav::Systems, "systems", |t| t.nav_systems),
            (Nav::Exposure, "exposure", |t| t.nav_exposure),
            (Nav::Compliance, "compliance", |t| t.nav_compliance),
        ],
    ),
    (
        |t| t.nav_group_cases,
        &[
            (Nav::Incidents, "incidents", |t| t.nav_incidents),
            (Nav::Notices, "notices", |t| t.nav_notices),
            (Nav::Tasks, "tasks", |t| t.nav_tasks),
            (Nav::Duty, "duty", |t| t.nav_duty),
        ],
    ),
    (|t| t.nav_reports, &[(Nav::Reports, "reports", |t| t.nav_reports)]),
    (
        |t| t.nav_group_upkeep,
        &[
            (Nav::Accounts, "accounts", |t| t.nav_accounts),
            (Nav::Sessions, "sessions", |t| t.nav_sessions),
            (Nav::Audit, "audit", |t| t.nav_audit),
        ],
    ),
];

pub(crate) struct NavLink {
    pub href: &'static str,
    pub word: &'static str,
    /// `aria-current`
    pub current: &'static str,
}

/// Who is signed in, as the top of the page says it.
pub(crate) struct Person {
    pub name: String,
    pub role: &'static str,
    /// The demo signed him in without asking.
    pub demo: bool,
}

/// Who is on duty now: in short, and in full on hover.
pub(crate) struct OnDuty {
    pub names: String,
    pub full: String,
}

/// How far the data can be trusted, as the pill on top says it.
pub(crate) struct Health {
    /// `ok`, `late`, `bad`, `none`; `absent` for who sees no data.
    pub class: &'static str,
    pub text: String,
}

/// Given to every template as `p`.
pub(crate) struct Frame {
    pub t: &'static Texts,
    pub lang: Lang,
    pub title: String,
    pub region: String,
    /// `dark`, or `light` for what is read and printed.
    pub theme: &'static str,
    pub nav: Vec<NavLink>,
    /// The pages of the group that this one is in, where there are several.
    pub beside: Vec<NavLink>,
    pub home: &'static str,
    pub person: Option<Person>,
    /// Who is on duty, for the commission.
    pub duty: Option<OnDuty>,
    /// What forms and scripts carry.
    pub csrf: String,
    pub health: Health,
    pub clock: String,
    pub zone: String,
    pub offset: i32,
    pub other_lang: String,
    pub words: String,
    pub now: i64,
    app: Arc<App>,
}

/// The newest event may be so old before the pill warns: collectors and writer need a few seconds.
const LATE_SECS: i64 = 60;
/// The store may have been asked so long ago: the stream does it every second, the idle task every ten.
const STALE_SECS: i64 = 20;

impl Frame {
    pub(crate) async fn new(ctx: &Ctx, nav: Nav, title: impl Into<String>) -> Self {
        let frame = if follows(ctx) { ctx.hub().frame().await } else { None };
        Self::with(ctx, nav, title, frame.as_ref().map(|f| &f.snapshot)).await
    }

    pub(crate) async fn with(
        ctx: &Ctx,
        nav: Nav,
        title: impl Into<String>,
        snapshot: Option<&Snapshot>,
    ) -> Self {
        let (t, region) = (ctx.t(), &ctx.app.region);
        let name =
            if ctx.lang == Lang::En && !region.name_en.is_empty() { &region.name_en } else { &region.name };
        let zone = ctx.zone();
        let current = nav;
        let (nav, beside) = links(ctx, current);
        Self {
            t,
            lang: ctx.lang,
            title: title.into(),
            region: name.clone(),
            theme: theme(current, ctx.role()),
            nav,
            beside,
            home: ctx.role().map_or("/sign-in", roles::home),
            person: person(ctx),
            duty: on_duty(ctx).await,
            csrf: ctx.csrf(),
            health: health(ctx, snapshot),
            clock: zone.full(ctx.now),
            zone: if zone.offset_secs() == 8 * 3_600 { t.zone_beijing.to_owned() } else { zone.name() },
            offset: zone.offset_secs(),
            other_lang: ctx.other_lang(),
            words: words_for_scripts(t),
            now: ctx.now.millis(),
            app: ctx.app.clone(),
        }
    }

    pub(crate) const fn duty_word(&self) -> &'static str {
        self.lang.duty().on_duty
    }

    pub(crate) fn asset(&self, name: &str) -> &str {
        self.app.assets.address(name)
    }

    /// htmx would else insert a style element and evaluate attributes, which the policy refuses.
    pub(crate) const fn htmx(&self) -> &'static str {
        r#"{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"historyCacheSize":0,"selfRequestsOnly":true}"#
    }
}

/// What is read, signed and printed is on paper's ground, and so is all that a hospital opens: its people work
/// with documents, by day. The console is dark.
fn theme(nav: Nav, role: Option<Role>) -> &'static str {
    let is_paper = matches!(nav, Nav::Leader | Nav::Portal | Nav::Notices | Nav::Tasks | Nav::Reports);
    if is_paper || role == Some(Role::Officer) { "light" } else { "dark" }
}

/// Whether the viewer may follow the data: of its age, nobody else is told.
fn follows(ctx: &Ctx) -> bool {
    ctx.may_open("live")
}

/// The groups, and the pages of the current one.
fn links(ctx: &Ctx, current: Nav) -> (Vec<NavLink>, Vec<NavLink>) {
    let Some(role) = ctx.role() else { return (Vec::new(), Vec::new()) };
    let t = ctx.t();
    let (mut groups, mut beside) = (Vec::new(), Vec::new());
    for (word, places) in NAV {
        let page = |(nav, name, word): &Place| {
            let route = ROUTES.iter().find(|r| r.name == *name && r.who.allows(role))?;
            let current = if *nav == current { "page" } else { "false" };
            Some(NavLink { href: route.path, word: word(t), current })
        };
        let pages: Vec<NavLink> = places.iter().filter_map(page).collect();
        let is_current = pages.iter().any(|p| p.current == "page");
        match pages.len() {
            0 => {}
            1 => groups.extend(pages),
            _ => {
                let current = if is_current { "true" } else { "false" };
                groups.push(NavLink { href: pages[0].href, word: word(t), current });
                if is_current {
                    beside = pages;
                }
            }
        }
    }
    (groups, beside)
}

fn person(ctx: &Ctx) -> Option<Person> {
    let asker = ctx.asker.as_ref()?;
    let viewer = asker.viewer.as_deref()?;
    Some(Person {
        name: asker.display_name.clone(),
        role: words::role(ctx.t(), viewer.role),
        demo: asker.proof == Proof::Demo,
    })
}

/// For who may open the roster; the commission's other pages go on where it cannot be read.
async fn on_duty(ctx: &Ctx) -> Option<OnDuty> {
    if !ctx.may_open("duty") {
        return None;
    }
    let (w, zone) = (ctx.lang.duty(), ctx.zone());
    match ctx.app.desk.duty().on_duty().await {
        Ok(Some(s)) => Some(OnDuty {
            full: fill(w.on_duty_full, &[&s.leader, &s.main, &s.deputy, &zone.short(s.ends_at)]),
            names: s.main,
        }),
        Ok(None) => Some(OnDuty { names: String::new(), full: w.nobody.to_owned() }),
        Err(error) => {
            tracing::warn!(%error, "who is on duty");
            None
        }
    }
}

fn health(ctx: &Ctx, snapshot: Option<&Snapshot>) -> Health {
    let t = ctx.t();
    if !follows(ctx) {
        return Health { class: "absent", text: String::new() };
    }
    let Some(s) = snapshot else { return Health { class: "none", text: t.health_loading.to_owned() } };
    let clock = |ms: i64| ctx.zone().clock(Micros::from_millis(ms));
    let ages = |ms: i64| age(t, ctx.now, Micros::from_millis(ms));
    let rates = s.parts.rates;
    if !rates.error.is_empty() {
        let text = if rates.never() {
            t.health_unreachable.to_owned()
        } else {
            fill(t.health_old, &[&clock(rates.at), &ages(rates.at)])
        };
        return Health { class: "bad", text };
    }
    if s.data_at == 0 {
        return Health { class: "none", text: t.health_empty.to_owned() };
    }
    let late = ctx.now.millis() - s.data_at > LATE_SECS * 1_000;
    let stale = ctx.now.millis() - s.at > STALE_SECS * 1_000 || s.parts.failed() > 0;
    Health {
        class: if late || stale { "late" } else { "ok" },
        text: fill(t.health_as_of, &[&clock(s.data_at), &ages(s.data_at)]),
    }
}

/// The texts that scripts put together themselves, as JSON.
fn words_for_scripts(t: &Texts) -> String {
    let mut map = serde_json::Map::new();
    let mut put = |key: &str, text: &str| map.insert(key.to_owned(), text.into());
    for (key, text) in [
        ("now", t.age_now),
        ("seconds", t.age_seconds),
        ("minutes", t.age_minutes),
        ("hours", t.age_hours),
        ("days", t.age_days),
        ("as_of", t.health_as_of),
        ("old", t.health_old),
        ("empty", t.health_empty),
        ("unreachable", t.health_unreachable),
        ("lost", t.health_lost),
        ("paused", t.health_paused),
        ("never", t.never),
        ("unknown", t.unknown),
        ("events", t.events),
        ("severe", t.chart_severe),
        ("other", t.chart_other),
        ("per_minute", t.per_minute),
        ("running", t.chart_running),
        ("new_alerts", t.feed_new),
        ("wan", t.unit_wan),
        ("yi", t.unit_yi),
        ("unattributed", t.unattributed),
        ("event_count", t.event_count),
        ("feed_empty", t.feed_empty),
    ] {
        put(key, text);
    }
    for level in Level::ALL {
        put(level.name(), words::level(t, level.name()));
    }
    for status in Status::ALL {
        put(&format!("status_{}", status.name()), status_word(t, status));
    }
    serde_json::Value::Object(map).to_string()
}

pub(crate) const fn status_word(t: &Texts, status: Status) -> &'static str {
    match status {
        Status::Wrong => t.status_wrong,
        Status::Silent => t.status_silent,
        Status::Partial => t.status_partial,
        Status::Unknown => t.status_unknown,
        Status::Ok => t.status_ok,
    }
}
