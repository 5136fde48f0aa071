//! An event's fields as lines: hot fields by their OCSF path, then the source's own names, then
//! Ward's.

use serde_json::Value;
use ward_event::{Field, Kind, Micros};

use super::{
    hunt::State,
    parts::{EntityLink, LevelMark, UnitLink, entity_link, event_href, level_mark, plain_ip, unit_link},
};
use crate::{
    context::Ctx,
    hunt::{Node, fields},
    query::Event,
    show::words,
};

pub(super) struct FieldLine {
    pub name: String,
    pub value: String,
    /// Named by a reason of the alert that led here.
    pub hit: bool,
    /// Where a value that is an entity leads.
    pub href: Option<String>,
    /// How a hunt goes on from it.
    pub pivot: Option<Pivot>,
}

/// Hunts that ask for a value, ask without it, or ask for it alone.
pub(super) struct Pivot {
    pub add: String,
    pub exclude: String,
    pub only: String,
}

impl Pivot {
    fn of(ctx: &Ctx, hunt: &State, name: &str, value: &str) -> Self {
        let condition = Node::is(name, value);
        Self {
            add: hunt.with(condition.clone()).on(ctx, "/hunt"),
            exclude: hunt.with(condition.clone().not()).on(ctx, "/hunt"),
            only: hunt.only(condition).on(ctx, "/hunt"),
        }
    }
}

/// A value longer than this is text to read, no value to ask for.
const PIVOT_BYTES_MAX: usize = 300;

pub(super) struct EventView {
    pub href: String,
    pub time: String,
    pub received: String,
    pub ingested: String,
    pub doubtful: bool,
    pub unit: UnitLink,
    pub class: String,
    pub severity: Option<LevelMark>,
    pub format: String,
    pub message: String,
    pub raw: String,
    pub fields: Vec<FieldLine>,
    pub source: Vec<FieldLine>,
    pub ward: Vec<FieldLine>,
    /// The hunt that led here, or one around the event.
    pub hunt: String,
    /// The unit's events about the same time.
    pub around: String,
}

fn text<'a>(event: &'a Event, column: &str) -> &'a str {
    event.get(column).and_then(Value::as_str).unwrap_or("")
}

/// Numbers may come quoted, by the store's settings.
fn number(event: &Event, column: &str) -> i64 {
    match event.get(column) {
        Some(Value::Number(n)) => n.as_i64().unwrap_or(0),
        Some(Value::String(s)) => s.parse().unwrap_or(0),
        _ => 0,
    }
}

pub(super) fn identity(event: &Event) -> (String, u64) {
    (text(event, "producer").to_owned(), u64::try_from(number(event, "seq")).unwrap_or(0))
}

/// `hits` are the field names of reasons; a name of the source or an OCSF path.
pub(super) fn view(ctx: &Ctx, event: &Event, hits: &[String]) -> EventView {
    let hospital = text(event, "hospital");
    let severity = words::severity_level(u8::try_from(number(event, "severity_id")).unwrap_or(0));
    let (producer, seq) = identity(event);
    let micros = |column: &str| Micros(number(event, column));
    let hunt = State::for_event(ctx, micros("time"));
    EventView {
        href: event_href(&producer, seq, number(event, "ingested_at") * 1_000),
        time: ctx.zone().exact(micros("time")),
        received: ctx.zone().exact(micros("received")),
        ingested: ctx.zone().exact(Micros::from_millis(number(event, "ingested_at"))),
        doubtful: text(event, "time_quality") != "ok",
        unit: unit_link(ctx, hospital),
        class: words::class(ctx.t(), u32::try_from(number(event, "class_uid")).unwrap_or(0)),
        severity: (!severity.is_empty()).then(|| level_mark(ctx.t(), severity)),
        format: text(event, "format").to_owned(),
        message: text(event, "message").to_owned(),
        raw: text(event, "raw").to_owned(),
        fields: hot_fields(ctx, &hunt, event, hospital, hits),
        source: source_fields(ctx, &hunt, event, hits),
        ward: ward_fields(event),
        hunt: hunt.on(ctx, "/hunt"),
        around: hunt.around(hospital, micros("time")).on(ctx, "/hunt"),
    }
}

fn is_hit(hits: &[String], name: &str) -> bool {
    hits.iter().any(|hit| hit.eq_ignore_ascii_case(name))
}

fn hot_fields(ctx: &Ctx, hunt: &State, event: &Event, hospital: &str, hits: &[String]) -> Vec<FieldLine> {
    let mut lines = Vec::new();
    for field in Field::ALL {
        let Some(value) = shown(ctx, event, *field) else { continue };
        let kind = entity_kind(*field);
        let href = kind.map(|kind| {
            let EntityLink { href, .. } = entity_link(ctx.t(), kind, &value, hospital);
            href
        });
        let name = field.path().to_owned();
        let asked = field.kind() != Kind::Time && value.len() <= PIVOT_BYTES_MAX;
        let pivot = asked.then(|| Pivot::of(ctx, hunt, &name, &value));
        let hit = is_hit(hits, &name) || is_hit(hits, field.column());
        lines.push(FieldLine { hit, name, value, href, pivot });
    }
    for (side, path) in [("src", "src_endpoint.location"), ("dst", "dst_endpoint.location")] {
        let parts = ["country", "region", "city"].map(|p| text(event, &format!("{side}_{p}")));
        let place = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ");
        let asn = number(event, &format!("{side}_asn"));
        let network = format!("AS{asn} {}", text(event, &format!("{side}_as_org")));
        let all = [place, if asn == 0 { String::new() } else { network }];
        let value = all.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ");
        if !value.is_empty() {
            lines.push(FieldLine { name: path.to_owned(), value, hit: false, href: None, pivot: None });
        }
    }
    lines
}

/// A hot field's value, or nothing where it is not set.
fn shown(ctx: &Ctx, event: &Event, field: Field) -> Option<String> {
    let column = field.column();
    match field.kind() {
        Kind::Text => Some(text(event, column).to_owned()).filter(|v| !v.is_empty()),
        Kind::Uint => Some(number(event, column)).filter(|n| *n != 0).map(|n| n.to_string()),
        Kind::Ip => Some(plain_ip(text(event, column)).to_owned()).filter(|v| !v.is_empty() && v != "::"),
        Kind::Time => {
            let ms = number(event, column);
            (ms != 0).then(|| ctx.zone().exact(Micros::from_millis(ms)))
        }
    }
}

fn entity_kind(field: Field) -> Option<&'static str> {
    match field {
        Field::SrcIp | Field::DstIp | Field::DeviceIp => Some("ip"),
        Field::UserName | Field::ActorUserName => Some("account"),
        Field::DeviceHostname | Field::SrcHostname | Field::DstHostname => Some("host"),
        _ => None,
    }
}

fn source_fields(ctx: &Ctx, hunt: &State, event: &Event, hits: &[String]) -> Vec<FieldLine> {
    let Some(Value::Object(map)) = event.get("unmapped") else { return Vec::new() };
    let line = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pivot = (value.len() <= PIVOT_BYTES_MAX)
            .then(|| Pivot::of(ctx, hunt, &fields::source_name(name), &value));
        FieldLine { hit: is_hit(hits, name), name: name.clone(), value, href: None, pivot }
    };
    map.iter().map(line).collect()
}

/// What Ward itself wrote on the event.
const WARD_COLUMNS: [&str; 12] = [
    "sender",
    "producer",
    "seq",
    "parser",
    "parser_version",
    "mask_policy",
    "encoding",
    "time_quality",
    "activity_id",
    "topic",
    "partition",
    "offset",
];

fn ward_fields(event: &Event) -> Vec<FieldLine> {
    let value = |column: &str| match event.get(column) {
        Some(Value::String(s)) => s.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    WARD_COLUMNS
        .iter()
        .map(|column| FieldLine {
            name: (*column).to_owned(),
            value: value(column),
            hit: false,
            href: None,
            pivot: None,
        })
        .filter(|line| !line.value.is_empty())
        .collect()
}
