//! The time range of a list: the last so long, or from and to.

use ward_event::Micros;

use crate::{context::Ctx, text::Texts};

/// Preset ranges: code, seconds.
const PRESETS: [(&str, i64); 6] =
    [("15m", 900), ("1h", 3_600), ("6h", 21_600), ("24h", 86_400), ("7d", 604_800), ("30d", 2_592_000)];

pub(crate) struct Range {
    /// A preset's code, or empty for from and to.
    pub code: String,
    pub from: Micros,
    pub to: Option<Micros>,
    /// The two inputs, as they were given.
    pub from_input: String,
    pub to_input: String,
}

pub(crate) struct Preset {
    pub code: &'static str,
    pub word: &'static str,
    pub chosen: bool,
}

impl Range {
    /// From the address; what cannot be read is as if it were not there.
    pub(crate) fn of(ctx: &Ctx, default: &str) -> Self {
        let instant = |name: &str| ctx.param(name).and_then(|text| ctx.zone().parse_input(text));
        let asked = ctx.param("range").filter(|code| seconds(code).is_some());
        if asked.is_none()
            && let Some(from) = instant("from")
        {
            let to = instant("to");
            let input = |t: Option<Micros>| t.map_or_else(String::new, |t| ctx.zone().input(t));
            return Self {
                code: String::new(),
                from,
                to,
                from_input: input(Some(from)),
                to_input: input(to),
            };
        }
        let code = asked.unwrap_or(default);
        let from = Micros(ctx.now.0 - seconds(code).unwrap_or(3_600) * 1_000_000);
        Self { code: code.to_owned(), from, to: None, from_input: String::new(), to_input: String::new() }
    }

    pub(crate) fn presets(&self, t: &Texts) -> Vec<Preset> {
        PRESETS
            .iter()
            .map(|(code, _)| Preset { code, word: word(t, code), chosen: self.code == *code })
            .collect()
    }

    /// For a sentence: "近 24 小时", or the two instants.
    pub(crate) fn words(&self, ctx: &Ctx) -> String {
        if self.code.is_empty() {
            let to = self.to.unwrap_or(ctx.now);
            return format!("{} – {}", ctx.zone().short(self.from), ctx.zone().short(to));
        }
        word(ctx.t(), &self.code).to_owned()
    }
}

fn seconds(code: &str) -> Option<i64> {
    PRESETS.iter().find(|(known, _)| *known == code).map(|(_, s)| *s)
}

fn word(t: &Texts, code: &str) -> &'static str {
    match code {
        "15m" => t.range_15m,
        "1h" => t.range_1h,
        "6h" => t.range_6h,
        "24h" => t.range_24h,
        "7d" => t.range_7d,
        _ => t.range_30d,
    }
}
