//! `/alerts`: the list by filter, ordered and cut by the address alone.

use actix_web::HttpResponse;
use askama::Template;
use ward_event::{UnitId, alert::Level};

use super::{
    frame::{Frame, Nav},
    parts::{AlertLine, Choice, LevelMark, Panel, alert_line, level_mark, locality_choices, unit_name},
    range::{Preset, Range},
};
use crate::{
    context::Ctx,
    query::{AlertFilter, AlertPage, AlertRow, AlertSort, LevelCount, QueryError, SortKey},
    show::grouped,
    text::fill,
};

/// Lines of one page: what an analyst scans without losing the place.
const LINES: usize = 50;

#[derive(Template)]
#[template(path = "alerts.html")]
struct Page {
    p: Frame,
    levels: Vec<LevelBox>,
    units: Vec<Choice>,
    localities: Vec<Choice>,
    presets: Vec<Preset>,
    from_input: String,
    to_input: String,
    text: String,
    rule: Option<Removable>,
    entity: Option<Removable>,
    sort: String,
    total: String,
    range: String,
    narrowed: bool,
    heads: Heads,
    list: Panel<List>,
}

struct LevelBox {
    name: &'static str,
    mark: LevelMark,
    chosen: bool,
    count: String,
}

/// A condition that came by a link, and the address without it.
struct Removable {
    name: &'static str,
    value: String,
    href: String,
}

/// Where a click on each column's head leads, and how it is ordered now.
struct Heads {
    time: Head,
    level: Head,
    score: Head,
    events: Head,
    first: Head,
}

struct Head {
    href: String,
    /// `aria-sort`
    order: &'static str,
}

struct List {
    lines: Vec<AlertLine>,
    next: Option<String>,
    first: Option<String>,
}

struct Asked {
    filter: AlertFilter,
    sort: AlertSort,
    after: Option<(f64, String)>,
    range: Range,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let t = ctx.t();
    let asked = asked(&ctx);
    let rows = rows(&ctx, &asked);
    let levels = async {
        let filter = AlertFilter { levels: Vec::new(), ..asked.filter.clone() };
        ctx.app.reader.alert_levels(&ctx.narrowed(), &filter).await
    };
    let (rows, levels) = tokio::join!(rows, levels);
    let p = Frame::new(&ctx, Nav::Alerts, t.nav_alerts).await;
    let counts = levels.unwrap_or_default();
    let chosen = &asked.filter.levels;
    let total: u64 = counts
        .iter()
        .filter(|c| chosen.is_empty() || chosen.iter().any(|l| l.name() == c.level))
        .map(|c| c.count)
        .sum();
    let list = Panel::of(t, rows, |rows| list(&ctx, &asked, &rows));
    let status = list.status();
    let page = Page {
        p,
        levels: level_boxes(&ctx, chosen, &counts),
        units: unit_choices(&ctx),
        localities: locality_choices(&ctx),
        presets: asked.range.presets(t),
        text: asked.filter.text.clone().unwrap_or_default(),
        rule: asked.filter.rule.clone().map(|value| Removable {
            name: "rule",
            value,
            href: without(&ctx, &["rule"]),
        }),
        entity: asked.filter.entities.first().map(|(_, value)| Removable {
            name: "entity",
            value: value.clone(),
            href: without(&ctx, &["entity", "entity_type"]),
        }),
        sort: ctx.param("sort").unwrap_or("").to_owned(),
        total: fill(t.total_alerts, &[&grouped(total)]),
        range: asked.range.words(&ctx),
        narrowed: ctx.query.iter().any(|(name, value)| name != "lang" && name != "sort" && !value.is_empty()),
        heads: heads(&ctx, asked.sort),
        list,
        from_input: asked.range.from_input,
        to_input: asked.range.to_input,
    };
    ctx.html(status, &page)
}

async fn rows(ctx: &Ctx, asked: &Asked) -> Result<Vec<AlertRow>, QueryError> {
    // One more than is shown tells whether there is a next page.
    let page = AlertPage { after: asked.after.clone(), limit: LINES as i64 + 1 };
    ctx.app.reader.alerts(&ctx.narrowed(), &asked.filter, asked.sort, page).await
}

fn asked(ctx: &Ctx) -> Asked {
    let range = Range::of(ctx, "7d");
    let unit = ctx.unit_param();
    let filter = AlertFilter {
        from: range.from,
        to: range.to,
        levels: ctx.params("level").filter_map(Level::from_name).collect(),
        // What is no id names no unit: nothing may be found, rather than everything.
        unit: unit.unwrap_or_else(|()| UnitId::new("no-such-unit").ok()),
        rule: ctx.param("rule").map(str::to_owned),
        entities: ctx
            .param("entity_type")
            .zip(ctx.param("entity"))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into_iter()
            .collect(),
        text: ctx.param("q").map(str::to_owned),
    };
    Asked { filter, sort: sort_of(ctx.param("sort")), after: ctx.param("after").and_then(cursor), range }
}

/// `-time`, `level` …; newest first where nothing is asked.
fn sort_of(code: Option<&str>) -> AlertSort {
    let code = code.unwrap_or("-time");
    let name = code.strip_prefix('-').unwrap_or(code);
    match SortKey::ALL.into_iter().find(|k| k.name() == name) {
        Some(key) => AlertSort { key, ascending: !code.starts_with('-') },
        None => AlertSort::default(),
    }
}

/// `key~id`
fn cursor(text: &str) -> Option<(f64, String)> {
    let (key, id) = text.split_once('~')?;
    let key: f64 = key.parse().ok()?;
    key.is_finite().then(|| (key, id.to_owned()))
}

fn list(ctx: &Ctx, asked: &Asked, rows: &[AlertRow]) -> List {
    let more = rows.len() > LINES;
    let shown = &rows[..rows.len().min(LINES)];
    let next = shown.last().filter(|_| more).map(|last| {
        let after = format!("{}~{}", last.sort_key, last.alert_id);
        ctx.here(&[("after", &after)])
    });
    List {
        lines: shown.iter().map(|row| alert_line(ctx, row)).collect(),
        next,
        first: asked.after.as_ref().map(|_| without(ctx, &["after"])),
    }
}

fn without(ctx: &Ctx, names: &[&str]) -> String {
    let set: Vec<(&str, &str)> = names.iter().map(|n| (*n, "")).collect();
    ctx.here(&set)
}

fn heads(ctx: &Ctx, sort: AlertSort) -> Heads {
    let head = |key: SortKey| {
        let current = sort.key == key;
        // A first click shows the most; a second turns it round.
        let sign = if current && !sort.ascending { "" } else { "-" };
        Head {
            href: ctx.here(&[("sort", &format!("{sign}{}", key.name())), ("after", "")]),
            order: match (current, sort.ascending) {
                (false, _) => "none",
                (true, true) => "ascending",
                (true, false) => "descending",
            },
        }
    };
    Heads {
        time: head(SortKey::Time),
        level: head(SortKey::Level),
        score: head(SortKey::Score),
        events: head(SortKey::Events),
        first: head(SortKey::First),
    }
}

fn level_boxes(ctx: &Ctx, chosen: &[Level], counts: &[LevelCount]) -> Vec<LevelBox> {
    let one = |level: Level| LevelBox {
        name: level.name(),
        mark: level_mark(ctx.t(), level.name()),
        chosen: chosen.contains(&level),
        count: counts
            .iter()
            .find(|c| c.level == level.name())
            .map_or_else(|| "0".to_owned(), |c| grouped(c.count)),
    };
    Level::ALL.into_iter().rev().map(one).collect()
}

/// The units a viewer may choose from.
pub(super) fn unit_choices(ctx: &Ctx) -> Vec<Choice> {
    let asked = ctx.param("hospital").unwrap_or("");
    let known = ctx.register.units.iter().map(|u| u.id.clone()).chain([UnitId::unattributed()]);
    known
        .filter(|id| ctx.scope.allows(id))
        .map(|id| Choice {
            word: unit_name(ctx.t(), ctx.lang, &ctx.register, id.as_str()),
            chosen: id.as_str() == asked,
            value: id.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_and_an_order_are_read_or_left() {
        assert_eq!(cursor("1767225600000000~ab"), Some((1_767_225_600_000_000.0, "ab".to_owned())));
        for bad in ["", "x~y", "NaN~a", "inf~a", "1"] {
            assert_eq!(cursor(bad), None, "{bad}");
        }
        assert_eq!(sort_of(Some("-level")), AlertSort { key: SortKey::Level, ascending: false });
        assert_eq!(sort_of(Some("score")), AlertSort { key: SortKey::Score, ascending: true });
        assert_eq!(sort_of(Some("; DROP")), AlertSort::default());
    }
}
