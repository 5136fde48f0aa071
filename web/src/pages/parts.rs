//! Pieces that several pages show in the same way.

use actix_web::http::StatusCode;
use ward_event::{Micros, alert::Reason, register::Register};

use crate::{
    context::Ctx,
    query::{AlertRow, EventRow, QueryError, ScoreRow},
    show::{age, grouped, link, points, words},
    text::{Lang, Texts},
};

/// A choice of a form.
pub(crate) struct Choice {
    pub value: String,
    pub word: String,
    pub chosen: bool,
}

/// The localities of the units that the viewer sees, in the register's order.
pub(crate) fn locality_choices(ctx: &Ctx) -> Vec<Choice> {
    let asked = ctx.param("locality");
    let mut all: Vec<Choice> = Vec::new();
    for unit in ctx.register.units.iter().filter(|u| ctx.scope.allows(&u.id) && !u.locality.is_empty()) {
        if all.iter().all(|choice| choice.value != unit.locality) {
            let (value, word) = (unit.locality.clone(), unit.locality.clone());
            all.push(Choice { chosen: asked == Some(&value), value, word });
        }
    }
    all
}

/// The ways through a list that is shown in parts.
#[derive(Default)]
pub(crate) struct Pager {
    pub first: Option<String>,
    pub next: Option<String>,
}

impl Pager {
    /// Where the address asks to begin.
    pub(crate) fn start(ctx: &Ctx, name: &str) -> usize {
        ctx.param(name).and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    /// `name` is the parameter that says how many lines are passed over; `lines` are shown at once.
    pub(crate) fn of(ctx: &Ctx, name: &str, lines: usize, more: bool) -> Self {
        let from = Self::start(ctx, name);
        Self {
            first: (from > 0).then(|| ctx.here(&[(name, "")])),
            next: more.then(|| ctx.here(&[(name, &from.saturating_add(lines).to_string())])),
        }
    }
}

/// What a panel was given: rows, or why there are none.
pub(crate) enum Panel<T> {
    Ready(T),
    Failed(Failure),
}

/// A failure in words: what, and what to do.
pub(crate) struct Failure {
    pub title: &'static str,
    pub advice: &'static str,
    pub status: StatusCode,
}

impl<T> Panel<T> {
    pub(crate) fn of<R>(t: &'static Texts, result: Result<R, QueryError>, make: impl FnOnce(R) -> T) -> Self {
        match result {
            Ok(rows) => Self::Ready(make(rows)),
            Err(error) => Self::Failed(failure(t, error)),
        }
    }

    /// 200, or what a page of which this is the main panel should answer.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Ready(_) => StatusCode::OK,
            Self::Failed(failure) => failure.status,
        }
    }
}

pub(crate) const fn failure(t: &'static Texts, error: QueryError) -> Failure {
    match error {
        QueryError::Unreachable => Failure {
            title: t.error_unreachable,
            advice: t.error_unreachable_advice,
            status: StatusCode::SERVICE_UNAVAILABLE,
        },
        QueryError::TooHeavy => Failure {
            title: t.error_heavy,
            advice: t.error_heavy_advice,
            status: StatusCode::SERVICE_UNAVAILABLE,
        },
        QueryError::Refused => Failure {
            title: t.error_refused,
            advice: t.error_refused_advice,
            status: StatusCode::INTERNAL_SERVER_ERROR,
        },
    }
}

/// A level: a class of the ramp and its word.
#[derive(Clone, Copy)]
pub(crate) struct LevelMark {
    pub class: &'static str,
    pub word: &'static str,
}

pub(crate) fn level_mark(t: &Texts, name: &str) -> LevelMark {
    LevelMark { class: words::level_class(name), word: words::level(t, name) }
}

/// An entity as a link.
pub(crate) struct EntityLink {
    pub kind: String,
    pub value: String,
    pub href: String,
}

pub(crate) fn entity_link(t: &Texts, kind: &str, value: &str, unit: &str) -> EntityLink {
    EntityLink {
        kind: words::entity_kind(t, kind).to_owned(),
        value: value.to_owned(),
        href: if kind == "hospital" { link::unit(value) } else { link::entity(kind, value, unit) },
    }
}

/// A unit as a link.
#[derive(Clone)]
pub(crate) struct UnitLink {
    pub name: String,
    pub href: String,
}

pub(crate) fn unit_link(ctx: &Ctx, id: &str) -> UnitLink {
    UnitLink { name: unit_name(ctx.t(), ctx.lang, &ctx.register, id), href: link::unit(id) }
}

/// A unit's name in the language asked for, or its id.
pub(crate) fn unit_name(t: &Texts, lang: Lang, register: &Register, id: &str) -> String {
    match register.units.iter().find(|u| u.id.as_str() == id) {
        Some(unit) if lang == Lang::En && !unit.name_en.is_empty() => unit.name_en.clone(),
        Some(unit) => unit.name.clone(),
        None if id == "unattributed" => t.unattributed.to_owned(),
        None => id.to_owned(),
    }
}

/// An instant: how long ago, and exactly on hover.
pub(crate) struct When {
    pub age: String,
    pub exact: String,
    /// ms, for the script that keeps ages right.
    pub ms: i64,
}

pub(crate) fn when(ctx: &Ctx, at: Micros) -> When {
    When { age: age(ctx.t(), ctx.now, at), exact: ctx.zone().full(at), ms: at.millis() }
}

/// One line of a list of alerts.
pub(crate) struct AlertLine {
    pub href: String,
    pub title: String,
    pub level: LevelMark,
    pub rule: String,
    pub unit: UnitLink,
    pub entities: Vec<EntityLink>,
    pub more_entities: usize,
    pub count: String,
    pub score: String,
    pub first: When,
    pub last: When,
}

/// Entities of an alert that a line names.
const LINE_ENTITIES: usize = 2;

pub(crate) fn alert_line(ctx: &Ctx, row: &AlertRow) -> AlertLine {
    let entities = row.entity_types.iter().zip(&row.entity_values);
    AlertLine {
        href: link::alert(&row.alert_id),
        title: words::title(ctx.lang, &row.title_zh, &row.title).to_owned(),
        level: level_mark(ctx.t(), &row.level),
        rule: row.rule_id.clone(),
        unit: unit_link(ctx, &row.hospital),
        entities: entities
            .take(LINE_ENTITIES)
            .map(|(kind, value)| entity_link(ctx.t(), kind, value, &row.hospital))
            .collect(),
        more_entities: row.entity_values.len().saturating_sub(LINE_ENTITIES),
        count: grouped(row.event_count),
        score: points(row.score),
        first: when(ctx, Micros(row.first_time)),
        last: when(ctx, Micros(row.time)),
    }
}

/// One line of a list of events.
pub(crate) struct EventLine {
    pub href: String,
    pub time: String,
    pub doubtful: bool,
    pub unit: UnitLink,
    pub severity: Option<LevelMark>,
    pub class: String,
    pub format: String,
    pub src: Option<EntityLink>,
    pub dst: Option<EntityLink>,
    pub port: String,
    pub user: Option<EntityLink>,
    pub device: Option<EntityLink>,
    pub summary: String,
}

pub(crate) fn event_line(ctx: &Ctx, row: &EventRow) -> EventLine {
    let t = ctx.t();
    let entity = |kind: &str, value: &str| {
        let absent = value.is_empty() || value == "::";
        (!absent).then(|| entity_link(t, kind, value, &row.hospital))
    };
    let severity = words::severity_level(row.severity_id);
    EventLine {
        href: event_href(&row.producer, row.seq, row.ingested),
        time: ctx.zone().exact(Micros(row.time)),
        doubtful: row.time_quality != "ok",
        unit: unit_link(ctx, &row.hospital),
        severity: (row.severity_id > 1 && !severity.is_empty()).then(|| level_mark(t, severity)),
        class: words::class(t, row.class_uid),
        format: row.format.clone(),
        src: entity("ip", plain_ip(&row.src)),
        dst: entity("ip", plain_ip(&row.dst)),
        port: if row.dst_port == 0 { String::new() } else { row.dst_port.to_string() },
        user: entity("account", &row.user),
        device: entity("host", &row.device),
        summary: row.summary.clone(),
    }
}

/// `at` (µs, when it came in) tells the store which days to look at.
pub(crate) fn event_href(producer: &str, seq: u64, at: i64) -> String {
    format!("/events/{}/{seq}?at={at}", link::encode(producer))
}

/// The store keeps IPv4 addresses mapped into IPv6.
pub(crate) fn plain_ip(text: &str) -> &str {
    text.strip_prefix("::ffff:").unwrap_or(text)
}

/// One reason of a score or an alert.
pub(crate) struct ReasonLine {
    pub field: String,
    pub value: String,
    pub words: String,
    pub points: Option<String>,
}

/// The reasons in a JSON array, each share scaled so that they still sum to what is left of a score.
pub(crate) fn reasons(lang: Lang, json: &str, scale: f64) -> Vec<ReasonLine> {
    let mut reasons: Vec<Reason> = serde_json::from_str(json).unwrap_or_default();
    reasons.sort_by(|a, b| b.points.unwrap_or(0.0).total_cmp(&a.points.unwrap_or(0.0)));
    reasons
        .into_iter()
        .map(|r| ReasonLine {
            points: r.points.map(|p| points(p * scale)),
            words: if (lang == Lang::Zh && !r.zh.is_empty()) || r.en.is_empty() { r.zh } else { r.en },
            field: r.field,
            value: r.value,
        })
        .collect()
}

/// One risky entity.
pub(crate) struct RiskLine {
    pub entity: EntityLink,
    pub unit: UnitLink,
    pub score: String,
    /// 0–100, for the bar.
    pub width: String,
    pub class: &'static str,
    pub reasons: Vec<String>,
    pub when: When,
}

/// Reasons that a line tells.
const LINE_REASONS: usize = 2;

pub(crate) fn risk_line(ctx: &Ctx, row: &ScoreRow) -> RiskLine {
    let told = reasons(ctx.lang, &row.reasons, 1.0);
    RiskLine {
        entity: entity_link(ctx.t(), &row.entity_type, &row.entity, &row.hospital),
        unit: unit_link(ctx, &row.hospital),
        score: points(row.current),
        width: bar(row.current),
        class: risk_class(row.current),
        reasons: told.into_iter().take(LINE_REASONS).map(|r| r.words).collect(),
        when: when(ctx, Micros(row.time)),
    }
}

/// A score's length in per cent.
pub(crate) fn bar(score: f64) -> String {
    format!("{:.1}", score.clamp(0.0, 100.0))
}

/// A score on the ramp of levels: the thresholds at which an analyst would raise an alert by hand.
pub(crate) const fn risk_class(score: f64) -> &'static str {
    if score >= 80.0 {
        "critical"
    } else if score >= 60.0 {
        "high"
    } else if score >= 30.0 {
        "medium"
    } else {
        "low"
    }
}
