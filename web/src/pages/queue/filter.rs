//! The queue's filter: all of it in the address.

use ward_desk::triage::{Counts, Filter, Status};
use ward_event::{Micros, UnitId, alert::Level, time::MICROS_PER_HOUR};

use crate::{
    context::Ctx,
    pages::parts::unit_name,
    show::{grouped, link, words},
    text::Texts,
};

/// One choice of a select or a row of links.
pub(super) struct Choice {
    pub value: String,
    pub word: String,
    pub class: &'static str,
    pub chosen: bool,
    pub href: String,
}

/// What the address says.
pub(super) struct QueueFilter {
    /// `unclosed` (new and open), `new`, `open`, `closed`, `all`.
    pub status: String,
    pub levels: Vec<String>,
    pub hospital: String,
    pub rule: String,
    /// `me`, `nobody`, or a name.
    pub owner: String,
    pub range: String,
    pub text: String,
    pub skip: i64,
}

const STATUSES: [&str; 5] = ["unclosed", "new", "open", "closed", "all"];
const RANGES: [(&str, i64); 4] = [("1h", 1), ("24h", 24), ("7d", 168), ("30d", 720)];

impl QueueFilter {
    pub(super) fn read(ctx: &Ctx) -> Self {
        let text = |name: &str| ctx.param(name).unwrap_or("").trim().to_owned();
        let known = |name: &str, all: &[&str]| {
            let value = text(name);
            if all.contains(&value.as_str()) { value } else { String::new() }
        };
        let status = known("status", &STATUSES);
        Self {
            status: if status.is_empty() { "unclosed".into() } else { status },
            levels: ctx.params("level").filter(|l| Level::from_name(l).is_some()).map(String::from).collect(),
            hospital: text("hospital"),
            rule: text("rule"),
            owner: text("owner"),
            range: known("range", &RANGES.map(|r| r.0)),
            text: text("q"),
            skip: text("skip").parse().unwrap_or(0).clamp(0, 100_000),
        }
    }

    /// What the desk is asked.
    pub(super) fn asked(&self, ctx: &Ctx) -> Filter {
        let statuses = match self.status.as_str() {
            "all" => Vec::new(),
            "unclosed" => vec![Status::New, Status::Open],
            name => Status::from_name(name).into_iter().collect(),
        };
        let me = ctx.viewer().map_or("", |v| v.name.as_str());
        let hours = RANGES.iter().find(|r| r.0 == self.range).map(|r| r.1);
        Filter {
            statuses,
            levels: self.levels.iter().filter_map(|l| Level::from_name(l)).collect(),
            hospital: UnitId::new(&self.hospital).ok(),
            rule_id: self.rule.clone(),
            owner: match self.owner.as_str() {
                "" => None,
                "me" => Some(me.to_owned()),
                "nobody" => Some(String::new()),
                name => Some(name.to_owned()),
            },
            since: hours.map(|h| Micros(ctx.now.0 - h * MICROS_PER_HOUR)),
            text: self.text.clone(),
            ..Filter::default()
        }
    }

    pub(super) fn narrowed(&self) -> bool {
        self.status != "unclosed"
            || !self.levels.is_empty()
            || [&self.hospital, &self.rule, &self.owner, &self.range, &self.text]
                .iter()
                .any(|p| !p.is_empty())
    }

    fn pairs<'a>(&'a self, skip: &'a str) -> Vec<(&'a str, &'a str)> {
        let status = if self.status == "unclosed" { "" } else { &self.status };
        let mut pairs = vec![("status", status)];
        pairs.extend(self.levels.iter().map(|l| ("level", l.as_str())));
        pairs.extend([
            ("hospital", self.hospital.as_str()),
            ("rule", &self.rule),
            ("owner", &self.owner),
            ("range", &self.range),
            ("q", &self.text),
            ("skip", if skip == "0" { "" } else { skip }),
        ]);
        pairs
    }

    pub(super) fn address(&self, path: &str, skip: i64) -> String {
        link::with_query(path, self.pairs(&skip.to_string()))
    }

    fn with(&self, name: &str, value: &str) -> String {
        let kept = self.pairs("").into_iter().filter(|(n, _)| *n != name);
        let value = if name == "status" && value == "unclosed" { "" } else { value };
        link::with_query("/queue", kept.chain([(name, value)]))
    }

    pub(super) fn status_choices(&self, t: &Texts, counts: &Counts) -> Vec<Choice> {
        let count = |status: &str| match status {
            "new" => counts.new,
            "open" => counts.open,
            "closed" => counts.closed,
            "unclosed" => counts.new + counts.open,
            _ => counts.new + counts.open + counts.closed,
        };
        let word = |status: &str| match status {
            "new" => t.triage_new,
            "open" => t.triage_open,
            "closed" => t.triage_closed,
            "unclosed" => t.triage_unclosed,
            _ => t.all,
        };
        let choice = |status: &str| Choice {
            value: status.into(),
            word: format!("{} {}", word(status), grouped(u64::try_from(count(status)).unwrap_or(0))),
            class: "",
            chosen: self.status == status,
            href: self.with("status", status),
        };
        STATUSES.into_iter().map(choice).collect()
    }

    pub(super) fn level_choices(&self, t: &Texts) -> Vec<Choice> {
        let choice = |level: Level| Choice {
            value: level.name().into(),
            word: words::level(t, level.name()).into(),
            class: words::level_class(level.name()),
            chosen: self.levels.iter().any(|l| l == level.name()),
            href: String::new(),
        };
        Level::ALL.into_iter().rev().map(choice).collect()
    }

    fn select(all: &str, chosen: &str, values: impl Iterator<Item = (String, String)>) -> Vec<Choice> {
        std::iter::once((String::new(), all.to_owned()))
            .chain(values)
            .map(|(value, word)| Choice {
                chosen: value == chosen,
                value,
                word,
                class: "",
                href: String::new(),
            })
            .collect()
    }

    pub(super) fn unit_choices(&self, ctx: &Ctx) -> Vec<Choice> {
        let seen = ctx.register.units.iter().filter(|u| ctx.scope.allows(&u.id));
        let named =
            seen.map(|u| (u.id.to_string(), unit_name(ctx.t(), ctx.lang, &ctx.register, u.id.as_str())));
        Self::select(ctx.t().all_units, &self.hospital, named)
    }

    pub(super) fn owner_choices(&self, ctx: &Ctx, owners: &[String]) -> Vec<Choice> {
        let t = ctx.t();
        let fixed =
            [("me".to_owned(), t.owner_me.to_owned()), ("nobody".to_owned(), t.owner_nobody.to_owned())];
        Self::select(
            t.all,
            &self.owner,
            fixed.into_iter().chain(owners.iter().map(|o| (o.clone(), o.clone()))),
        )
    }

    pub(super) fn range_choices(&self, t: &Texts) -> Vec<Choice> {
        let word = |code: &str| match code {
            "1h" => t.queue_1h,
            "24h" => t.queue_24h,
            "7d" => t.queue_7d,
            _ => t.queue_30d,
        };
        Self::select(t.all, &self.range, RANGES.iter().map(|r| (r.0.to_owned(), word(r.0).to_owned())))
    }
}
