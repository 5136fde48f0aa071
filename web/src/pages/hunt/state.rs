//! Everything that a hunting page shows is in its address; links are the same state with one change.

use ward_event::Micros;

use super::super::range::Range;
use crate::{
    context::Ctx,
    hunt::{
        LENGTH_MAX, Node, QueryFault,
        fields::{self, Target},
        parse,
    },
    query::{HuntQuery, Place, Terms},
    show::link,
};

/// Columns of a new page.
const DEFAULT: [&str; 9] = [
    "hospital",
    "class",
    "format",
    "src_endpoint.ip",
    "dst_endpoint.ip",
    "dst_endpoint.port",
    "account",
    "host",
    "message",
];
const COLUMNS_MAX: usize = 16;
/// A range longer than a quarter is asked for in parts.
const RANGE_MAX: i64 = 92 * 86_400_000_000;
/// Sooner or later than an event's own time, seconds: what is shown around it.
const AROUND: i64 = 300;
/// Pivots from an event outside of a hunt look at the half day before and after it.
const PIVOT: i64 = 43_200;

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    pub target: Target,
}

impl Column {
    fn of(name: &str) -> Option<Self> {
        let target = fields::resolve(name)?;
        let name = match &target {
            Target::Known(field) => field.name.to_owned(),
            Target::Source(source) => fields::source_name(source),
        };
        Some(Self { name, target })
    }
}

#[derive(Debug, Clone)]
pub(in crate::pages) struct State {
    /// As it was typed.
    pub text: String,
    pub node: Result<Node, QueryFault>,
    /// A preset's code, or empty for from and to.
    pub code: String,
    pub from: Micros,
    pub to: Micros,
    /// The range was longer than a page may ask.
    pub was_cut: bool,
    pub(super) columns: Vec<Column>,
    pub after: Option<Place>,
    /// The field whose values are all listed.
    pub(super) top: Option<Column>,
}

impl State {
    pub(in crate::pages) fn of(ctx: &Ctx) -> Self {
        let range = Range::of(ctx, "1h");
        let whole = |name: &str| ctx.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let text = whole("q").unwrap_or("").trim().to_owned();
        let to = range.to.unwrap_or(ctx.now);
        let from = range.from.min(to);
        let earliest = Micros(to.0.saturating_sub(RANGE_MAX)).max(Micros(0));
        let named = ctx.params("cols").flat_map(|c| c.split(',')).chain(ctx.params("col"));
        let mut columns: Vec<Column> = Vec::new();
        for column in named.filter_map(|n| Column::of(n.trim())) {
            if columns.len() < COLUMNS_MAX && columns.iter().all(|c| c.name != column.name) {
                columns.push(column);
            }
        }
        if columns.is_empty() {
            columns = DEFAULT.iter().filter_map(|n| Column::of(n)).collect();
        }
        Self {
            node: parse(&text),
            text,
            code: range.code,
            from: from.max(earliest),
            to,
            was_cut: from < earliest,
            columns,
            after: ctx.param("after").and_then(place),
            top: ctx.param("top").and_then(Column::of),
        }
    }

    /// Where values of an event lead: on with the hunt that led to it, or to a new one around it.
    pub(in crate::pages) fn for_event(ctx: &Ctx, at: Micros) -> Self {
        let state = Self::of(ctx);
        let hunted = ctx.query.iter().any(|(n, _)| matches!(n.as_str(), "range" | "from"));
        if hunted && ctx.path.starts_with("/events/") {
            return Self { after: None, ..state };
        }
        let empty = Self { text: String::new(), node: Ok(Node::All), after: None, ..state };
        empty.between(Micros(at.0 - PIVOT * 1_000_000), Micros(at.0 + PIVOT * 1_000_000))
    }

    /// # Errors
    /// What is wrong with the query.
    pub(super) fn query(&self, ctx: &Ctx) -> Result<HuntQuery, QueryFault> {
        let node = self.node.clone()?;
        let terms = Terms { register: &ctx.register, zone: ctx.zone() };
        HuntQuery::new(&node, &terms, self.from, self.to)
    }

    pub(super) fn targets(&self) -> Vec<Target> {
        self.columns.iter().map(|c| c.target.clone()).collect()
    }

    /// The address of the result with this state, on `path`.
    pub(in crate::pages) fn on(&self, ctx: &Ctx, path: &str) -> String {
        let pairs = self.pairs(ctx);
        link::with_query(path, pairs.iter().map(|(n, v)| (*n, v.as_str())))
    }

    pub(super) fn href(&self, ctx: &Ctx) -> String {
        self.on(ctx, "/hunt")
    }

    pub(super) fn pairs(&self, ctx: &Ctx) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("q", self.text.clone())];
        if self.code.is_empty() {
            pairs.push(("from", ctx.zone().input_exact(self.from)));
            pairs.push(("to", ctx.zone().input_exact(self.to)));
        } else {
            pairs.push(("range", self.code.clone()));
        }
        pairs.push(("cols", self.cols()));
        pairs.push(("top", self.top.as_ref().map_or_else(String::new, |c| c.name.clone())));
        let after = self.after.as_ref().map(|p| format!("{}~{}~{}", p.at, p.producer, p.seq));
        pairs.push(("after", after.unwrap_or_default()));
        pairs
    }

    /// The columns in an address, empty for those of a new page.
    pub(super) fn cols(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        if names == DEFAULT { String::new() } else { names.join(",") }
    }

    fn asking(&self, node: Node) -> Self {
        let text = if node == Node::All { String::new() } else { node.to_string() };
        // What is too long to be read is not put into an address.
        let (text, node) =
            if text.len() > LENGTH_MAX { (self.text.clone(), self.node.clone()) } else { (text, Ok(node)) };
        Self { text, node, after: None, ..self.clone() }
    }

    /// With one more condition.
    pub(in crate::pages) fn with(&self, condition: Node) -> Self {
        let node = self.node.clone().unwrap_or(Node::All);
        self.asking(node.and(condition))
    }

    /// With this condition alone.
    pub(in crate::pages) fn only(&self, condition: Node) -> Self {
        self.asking(condition)
    }

    /// In another range, to the second.
    pub(in crate::pages) fn between(&self, from: Micros, to: Micros) -> Self {
        let down = Micros(from.0.div_euclid(1_000_000) * 1_000_000);
        let up = Micros((to.0.max(from.0 + 1) + 999_999).div_euclid(1_000_000) * 1_000_000);
        Self { code: String::new(), from: down, to: up, after: None, ..self.clone() }
    }

    /// The unit's events around one.
    pub(in crate::pages) fn around(&self, unit: &str, at: Micros) -> Self {
        self.only(Node::is("hospital", unit))
            .between(Micros(at.0 - AROUND * 1_000_000), Micros(at.0 + AROUND * 1_000_000))
    }

    pub(super) fn behind(&self, after: Option<Place>) -> Self {
        Self { after, ..self.clone() }
    }

    pub(super) fn listing(&self, top: Option<Column>) -> Self {
        Self { top, ..self.clone() }
    }
}

/// `time~producer~seq`
fn place(text: &str) -> Option<Place> {
    let mut parts = text.splitn(3, '~');
    let at = parts.next()?.parse().ok()?;
    let producer = parts.next()?.to_owned();
    Some(Place { at, producer, seq: parts.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_or_left() {
        let p = Place { at: -5, producer: "h01-a".into(), seq: 7 };
        assert_eq!(place("-5~h01-a~7"), Some(p));
        for bad in ["", "1~a", "x~a~1", "1~a~-", "1~a~1~2"] {
            assert_eq!(place(bad), None, "{bad}");
        }
    }
}
