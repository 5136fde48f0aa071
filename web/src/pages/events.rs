//! `/events`: the newest events by a few simple filters.

use actix_web::HttpResponse;
use askama::Template;
use ward_event::{Format, Micros, UnitId};

use super::{
    alerts::{Choice, unit_choices},
    frame::{Frame, Nav},
    parts::{EventLine, Panel, event_line},
    range::{Preset, Range},
};
use crate::{
    context::Ctx,
    query::{EventFilter, EventRow},
    show::{link, words},
};

const LINES: usize = 100;

#[derive(Template)]
#[template(path = "events.html")]
struct Page {
    p: Frame,
    units: Vec<Choice>,
    classes: Vec<Choice>,
    formats: Vec<Choice>,
    presets: Vec<Preset>,
    from_input: String,
    to_input: String,
    range: String,
    entity: Option<(String, String)>,
    list: Panel<List>,
}

struct List {
    lines: Vec<EventLine>,
    next: Option<String>,
    first: Option<String>,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let t = ctx.t();
    let range = Range::of(&ctx, "1h");
    let filter = filter(&ctx, &range);
    let rows = ctx.app.reader.events(&ctx.scope, &filter).await;
    let list = Panel::of(t, rows, |rows| list(&ctx, &filter, &rows));
    let status = list.status();
    let page = Page {
        p: Frame::new(&ctx, Nav::Events, t.nav_events).await,
        units: unit_choices(&ctx),
        classes: words::CLASSES
            .iter()
            .map(|uid| Choice {
                value: uid.to_string(),
                word: words::class(t, *uid),
                chosen: filter.class == Some(i64::from(*uid)),
            })
            .collect(),
        formats: Format::ALL
            .iter()
            .map(|f| Choice {
                value: f.name().to_owned(),
                word: f.name().to_owned(),
                chosen: filter.format.as_deref() == Some(f.name()),
            })
            .collect(),
        presets: range.presets(t),
        range: range.words(&ctx),
        entity: filter.entity.clone(),
        list,
        from_input: range.from_input,
        to_input: range.to_input,
    };
    ctx.html(status, &page)
}

fn filter(ctx: &Ctx, range: &Range) -> EventFilter {
    EventFilter {
        from: range.from,
        to: range.to,
        // What is no id names no unit: nothing may be found, rather than everything.
        unit: ctx.unit_param().unwrap_or_else(|()| UnitId::new("no-such-unit").ok()),
        class: ctx.param("class").and_then(|c| c.parse::<u32>().ok()).map(i64::from),
        format: ctx.param("format").map(str::to_owned),
        entity: ctx.param("entity_type").zip(ctx.param("entity")).map(|(k, v)| (k.to_owned(), v.to_owned())),
        after: ctx.param("after").and_then(cursor),
        limit: LINES as i64 + 1,
    }
}

/// `time~producer~seq`
fn cursor(text: &str) -> Option<(i64, String, i64)> {
    let mut parts = text.splitn(3, '~');
    let time = parts.next()?.parse().ok()?;
    let producer = parts.next()?.to_owned();
    Some((time, producer, parts.next()?.parse().ok()?))
}

fn list(ctx: &Ctx, filter: &EventFilter, rows: &[EventRow]) -> List {
    let shown = &rows[..rows.len().min(LINES)];
    let at = |after: &str, to: &str| {
        let kept = ctx.query.iter().filter(|(n, _)| !matches!(n.as_str(), "lang" | "after"));
        let kept = kept.filter(|(n, _)| n != "to" || to.is_empty()).map(|(n, v)| (n.as_str(), v.as_str()));
        link::with_query(&ctx.path, kept.chain([("after", after), ("to", to)]))
    };
    let next = shown
        .last()
        .filter(|_| rows.len() > LINES)
        .map(|last| at(&format!("{}~{}~{}", last.time, last.producer, last.seq), ""));
    List {
        lines: shown.iter().map(|row| event_line(ctx, row)).collect(),
        next,
        first: filter.after.as_ref().map(|_| at("", "")),
    }
}

/// `at` of an event's address, µs.
pub(super) fn at_param(ctx: &Ctx) -> Option<Micros> {
    ctx.param("at").and_then(|t| t.parse().ok()).map(Micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_or_left() {
        assert_eq!(cursor("-5~h01-a~7"), Some((-5, "h01-a".to_owned(), 7)));
        for bad in ["", "1~a", "x~a~1", "1~a~-", "1~a~1~2"] {
            assert_eq!(cursor(bad), None, "{bad}");
        }
    }
}
