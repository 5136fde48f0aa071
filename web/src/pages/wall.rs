//! `/wall/{name}`: the shell of a wall. Its scenes are all here; the stream fills them.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    errors,
    frame::{Frame, Nav},
};
use crate::{
    context::Ctx,
    text::wall::Texts,
    wall::{Opening, Wall},
};

/// Seconds a scene stays by default, at least and at most.
const SECONDS: (u32, u32, u32) = (30, 5, 600);

#[derive(Template)]
#[template(path = "wall.html")]
struct Page {
    p: Frame,
    w: &'static Texts,
    wall: &'static str,
    scenes: Vec<Scene>,
    seconds: u32,
    visitors: bool,
    stream: String,
    wall_words: String,
    other_lang: String,
}

struct Scene {
    name: &'static str,
    title: &'static str,
    /// What the map tells: `severe` alerts with attacks behind them, `arcs` first, `data` alerts, or `calm`:
    /// severe alerts alone.
    metric: &'static str,
    figures: Vec<Figure>,
    left: Vec<Panel>,
    right: Vec<Panel>,
    trend: Panel,
}

struct Figure {
    /// Its name in the stream; empty for what is not connected.
    name: &'static str,
    label: &'static str,
    /// What it is counted over.
    over: &'static str,
    /// `count` or `bytes`.
    unit: &'static str,
    href: &'static str,
    /// A severity that colours it when it is not 0.
    mark: &'static str,
}

struct Panel {
    /// `bars`, `rows`, `feed`, `trend`, `absent`.
    kind: &'static str,
    section: &'static str,
    part: &'static str,
    title: &'static str,
    over: &'static str,
    /// Said when it is empty, or what would fill it.
    why: &'static str,
}

const SEVERE: &str = "/alerts?level=critical&level=high&range=24h";
const CRITICAL: &str = "/alerts?level=critical&range=24h";
const ALERTS: &str = "/alerts?range=24h";
const EVENTS: &str = "/hunt?range=1h";
const INBOUND: &str = "/hunt?range=1h&q=src_country%3A*";
const OUTBOUND: &str = "/hunt?range=1h&q=dst_country%3A*";
const DATABASES: &str = "/hunt?range=1h&q=class%3A6005";
const UNITS: &str = "/hospitals";

pub(crate) async fn page(ctx: Ctx, name: web::Path<String>) -> HttpResponse {
    let Some(Opening { wall, visitors }) = Opening::of(&ctx, &name) else {
        return errors::missing(&ctx).await;
    };
    let w = Texts::of(ctx.lang);
    let (usual, least, most) = SECONDS;
    let seconds = ctx.param("seconds").and_then(|s| s.parse().ok()).unwrap_or(usual).clamp(least, most);
    let asked =
        ctx.param("scenes").map(|list| list.split(',').filter_map(Wall::from_name).collect::<Vec<_>>());
    let shown: Vec<Wall> = match wall {
        Wall::Rotation => asked.filter(|l| !l.is_empty()).unwrap_or(Wall::SCENES.to_vec()),
        one => vec![one],
    };
    let scenes = shown.into_iter().filter_map(|s| scene(w, s)).map(|s| linked(s, visitors)).collect();
    let page = Page {
        p: Frame::new(&ctx, Nav::None, title(w, wall)).await,
        w,
        wall: wall.name(),
        scenes,
        seconds,
        visitors,
        stream: format!("/wall/{}/live{}", wall.name(), if visitors { "?visitors=1" } else { "" }),
        wall_words: words(w),
        other_lang: ctx.other_lang(),
    };
    ctx.html(StatusCode::OK, &page)
}

/// Visitors are shown no way into the console.
fn linked(mut scene: Scene, visitors: bool) -> Scene {
    if visitors {
        scene.figures.iter_mut().for_each(|f| f.href = "");
    }
    scene
}

pub(super) const fn title(w: &'static Texts, wall: Wall) -> &'static str {
    match wall {
        Wall::Overview => w.overview,
        Wall::Threat => w.threat,
        Wall::Assets => w.assets,
        Wall::Handling => w.handling,
        Wall::Data => w.data,
        Wall::Internet => w.internet,
        Wall::Guard => w.guard,
        Wall::Rotation => w.rotation,
    }
}

/// What the scripts put together themselves, as JSON.
fn words(w: &Texts) -> String {
    serde_json::json!({
        "rotating": w.rotating, "paused": w.paused, "versus": w.versus, "as_of": w.as_of,
        "failed": w.part_failed, "heavy": w.part_heavy, "loading": w.loading, "home": w.home, "abroad": w.abroad,
        "alerts_n": w.alerts_n, "severe_n": w.severe_n, "silent_n": w.silent_n, "total_n": w.total_n, "no_map": w.no_map,
    })
    .to_string()
}

const fn count(name: &'static str, label: &'static str, over: &'static str, href: &'static str) -> Figure {
    Figure { name, label, over, unit: "count", href, mark: "" }
}

const fn severe(name: &'static str, label: &'static str, over: &'static str, href: &'static str) -> Figure {
    Figure { name, label, over, unit: "count", href, mark: "high" }
}

macro_rules! panels {
    ($w:ident, $($kind:ident $section:ident $part:ident $title:ident $over:ident $why:ident),*) => {
        vec![$(Panel {
            kind: stringify!($kind), section: stringify!($section), part: stringify!($part),
            title: $w.$title, over: $w.$over, why: $w.$why,
        }),*]
    };
}

fn trend(w: &'static Texts) -> Panel {
    let (title, why) = (w.p_trend, w.p_feed_why);
    Panel { kind: "trend", section: "trend", part: "trend", title, over: w.day, why }
}

fn scene(w: &'static Texts, wall: Wall) -> Option<Scene> {
    let title = title(w, wall);
    let name = wall.name();
    let scene = match wall {
        Wall::Overview => Scene {
            name,
            title,
            metric: "severe",
            figures: vec![
                count("units", w.k_units, "", UNITS),
                Figure { mark: "grey", ..count("grey", w.k_grey, "", "/hospitals?state=silent") },
                count("events", w.k_events, "", "/hunt?range=24h"),
                count("rate", w.k_rate, "", "/hunt?range=15m"),
                severe("severe", w.k_severe, w.day, SEVERE),
                count("alerts", w.k_alerts, "", ALERTS),
                severe("risky", w.k_risky, "", "/entities"),
            ],
            left: panels![w,
                rows weak alerts p_weak day p_weak_why,
                bars tactics cells p_tactics day p_tactics_why,
                bars sources sources p_sources now p_sources_why],
            right: panels![w, feed feed recent p_feed day p_feed_why, bars progress handling p_progress now p_progress_why],
            trend: trend(w),
        },
        Wall::Threat => Scene {
            name,
            title,
            metric: "arcs",
            figures: vec![
                severe("severe", w.k_severe, w.day, SEVERE),
                Figure { mark: "critical", ..count("critical", w.k_critical, w.day, CRITICAL) },
                count("outside", w.k_outside, w.day, ALERTS),
                count("origins", w.k_origins, w.day, ALERTS),
                count("hit", w.k_hit, w.day, "/hospitals?state=wrong"),
                count("tactics", w.k_tactics, w.day, ALERTS),
            ],
            left: panels![w,
                bars tactics cells p_tactics day p_tactics_why,
                bars origins places p_origins day p_origins_why],
            right: panels![w,
                feed feed_severe recent p_feed_severe day p_feed_severe_why,
                rows rules cells p_rules day p_rules_why],
            trend: trend(w),
        },
        Wall::Assets => Scene {
            name,
            title,
            metric: "calm",
            figures: vec![
                count("hosts", w.k_hosts, w.hour, EVENTS),
                count("systems", w.k_systems, "", UNITS),
                count("key_systems", w.k_key_systems, "", UNITS),
                count("sources", w.k_sources, "", UNITS),
                count("reached", w.k_reached, w.hour, INBOUND),
                severe("vulnerable", w.k_vulnerable, "", "/exposure"),
            ],
            left: panels![w,
                bars ports edge p_ports hour p_ports_why,
                bars coverage rates p_coverage now p_coverage_why,
                bars sources sources p_sources now p_sources_why],
            right: panels![w,
                rows risk scores p_risk now p_risk_why,
                bars systems none p_systems now p_systems_why,
                bars vulnerable handling p_vulnerable now p_vulnerable_why],
            trend: trend(w),
        },
        Wall::Handling => Scene {
            name,
            title,
            metric: "calm",
            figures: vec![
                severe("severe", w.k_severe, w.day, SEVERE),
                count("hit", w.k_hit, w.day, "/hospitals?state=wrong"),
                Figure { mark: "grey", ..count("grey", w.k_grey, "", "/hospitals?state=silent") },
                count("open", w.k_open, "", "/incidents"),
                count("settled", w.k_settled, "", "/notices?state=closed"),
                severe("overdue", w.k_overdue, "", "/notices?overdue=1"),
            ],
            left: panels![w,
                bars load alerts p_load day p_load_why,
                rows weak alerts p_weak day p_weak_why,
                rows silent rates p_silent now p_silent_why],
            right: panels![w,
                feed feed_severe recent p_feed_severe day p_feed_severe_why,
                bars progress handling p_progress now p_progress_why,
                bars notices handling p_notices now p_notices_why],
            trend: trend(w),
        },
        Wall::Data => Scene {
            name,
            title,
            metric: "data",
            figures: vec![
                severe("tongfang", w.k_tongfang, w.day, "/alerts?range=24h&q=%E7%BB%9F%E6%96%B9"),
                severe("data", w.k_data, w.day, ALERTS),
                count("data_units", w.k_data_units, w.day, ALERTS),
                count("statements", w.k_statements, w.hour, DATABASES),
                count("rows", w.k_rows, w.hour, DATABASES),
                count("db_users", w.k_db_users, w.hour, DATABASES),
            ],
            left: panels![w,
                rows data_rules cells p_data_rules day p_data_rules_why,
                bars data_units cells p_data_units day p_data_units_why],
            right: panels![w,
                feed feed_data recent p_feed_data day p_feed_data_why,
                bars databases databases p_databases hour p_databases_why],
            trend: Panel {
                kind: "trend",
                section: "trend_data",
                part: "databases",
                title: w.p_trend_data,
                over: w.day,
                why: w.p_databases_why,
            },
        },
        Wall::Internet => Scene {
            name,
            title,
            metric: "arcs",
            figures: vec![
                count("inbound", w.k_inbound, w.hour, INBOUND),
                count("reached", w.k_reached, w.hour, INBOUND),
                count("ports", w.k_ports, w.hour, INBOUND),
                Figure { unit: "bytes", ..count("outbound", w.k_outbound, w.hour, OUTBOUND) },
                severe("edge", w.k_edge, w.day, ALERTS),
                count("origins", w.k_origins, w.day, ALERTS),
            ],
            left: panels![w,
                bars inbound edge p_inbound hour p_inbound_why,
                bars ports edge p_ports hour p_ports_why],
            right: panels![w,
                rows edge_rules cells p_edge_rules day p_edge_rules_why,
                bars outbound edge p_outbound hour p_outbound_why,
                absent sites none a_sites absent a_sites_why],
            trend: trend(w),
        },
        Wall::Guard => Scene {
            name,
            title,
            metric: "severe",
            figures: vec![
                count("key_ok", w.k_key_ok, "", UNITS),
                Figure { mark: "grey", ..count("key_grey", w.k_key_grey, "", "/hospitals?state=silent") },
                severe("key_severe", w.k_key_severe, w.day, SEVERE),
                severe("hour", w.k_hour, "", SEVERE),
                count("outside", w.k_outside, w.day, ALERTS),
                count("sources", w.k_sources, "", UNITS),
            ],
            left: panels![w,
                rows key_units rates p_key_units now p_key_units_why,
                rows key_systems rates p_key_systems now p_key_systems_why],
            right: panels![w,
                feed feed_key recent p_feed_key day p_feed_key_why,
                absent reports none a_reports absent a_reports_why],
            trend: trend(w),
        },
        Wall::Rotation => return None,
    };
    Some(scene)
}
