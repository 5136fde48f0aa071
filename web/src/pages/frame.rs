//! What surrounds every page: navigation, the age of the data, the clock, the language switch.

use std::sync::Arc;

use ward_event::{Micros, alert::Level};

use crate::{
    context::{App, Ctx},
    live::{Snapshot, Status},
    show::{age, words},
    text::{Lang, Texts, fill},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nav {
    Overview,
    Alerts,
    Entities,
    Units,
    Hunt,
    None,
}

/// How far the data can be trusted, as the pill on top says it.
pub(crate) struct Health {
    /// `ok`, `late`, `bad`, `none`.
    pub class: &'static str,
    pub text: String,
}

/// Given to every template as `p`.
pub(crate) struct Frame {
    pub t: &'static Texts,
    pub lang: Lang,
    pub title: String,
    pub region: String,
    pub nav: Nav,
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
        let frame = ctx.app.hub.frame().await;
        Self::with(ctx, nav, title, frame.as_ref().map(|f| &f.snapshot))
    }

    pub(crate) fn with(ctx: &Ctx, nav: Nav, title: impl Into<String>, snapshot: Option<&Snapshot>) -> Self {
        let (t, region) = (ctx.t(), &ctx.app.region);
        let name =
            if ctx.lang == Lang::En && !region.name_en.is_empty() { &region.name_en } else { &region.name };
        let zone = ctx.zone();
        Self {
            t,
            lang: ctx.lang,
            title: title.into(),
            region: name.clone(),
            nav,
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

    pub(crate) fn asset(&self, name: &str) -> &str {
        self.app.assets.address(name)
    }

    /// For `aria-current` of the navigation.
    pub(crate) fn current(&self, nav: Nav) -> &'static str {
        if self.nav == nav { "page" } else { "false" }
    }

    /// htmx would else insert a style element and evaluate attributes, which the policy refuses.
    pub(crate) const fn htmx(&self) -> &'static str {
        r#"{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"historyCacheSize":0,"selfRequestsOnly":true}"#
    }
}

fn health(ctx: &Ctx, snapshot: Option<&Snapshot>) -> Health {
    let t = ctx.t();
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
