//! Two languages, one catalogue. Chinese comes first.

/// A list of words: key, Chinese, English. A template that names a key that is not there does not compile.
/// An area of a list is a list of its own, in the module of its name.
macro_rules! texts {
    ($texts:ident $([$area:ident: $words:ident])*; $($key:ident: $zh:literal, $en:literal;)*) => {
        /// One language's words.
        pub(crate) struct $texts {
            $(pub $area: &'static super::$area::$words,)*
            $(pub $key: &'static str),*
        }
        pub(crate) static ZH: $texts = $texts { $($area: &super::$area::ZH,)* $($key: $zh),* };
        pub(crate) static EN: $texts = $texts { $($area: &super::$area::EN,)* $($key: $en),* };
        /// For the tests: key, Chinese, English.
        #[cfg(test)]
        pub(crate) const PAIRS: &[(&str, &str, &str)] = &[$((stringify!($key), $zh, $en)),*];
    };
}
use texts;

mod board;
pub(crate) mod cases;
mod catalogue;
mod compliance;
mod deliveries;
mod duty;
mod exposure;
mod hunt;
mod incidents;
mod replies;
pub(crate) mod reports;
mod sheet;
mod story;
mod verify;
pub(crate) mod wall;

pub(crate) use self::{
    board::Board,
    cases::Cases,
    catalogue::{EN, Texts, ZH},
    compliance::Compliance,
    deliveries::Deliveries,
    duty::Duty,
    exposure::Exposure,
    incidents::Incidents,
    replies::Replies,
    sheet::Sheet,
    story::Story,
    verify::Verify,
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    /// The value of `<html lang>`.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        match code {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    pub(crate) const fn texts(self) -> &'static Texts {
        match self {
            Self::Zh => &ZH,
            Self::En => &EN,
        }
    }

    /// Words of the register, the leader's view and the portal.
    pub(crate) const fn board(self) -> &'static Board {
        match self {
            Self::Zh => &board::ZH,
            Self::En => &board::EN,
        }
    }

    /// Words of findings.
    pub(crate) const fn exposure(self) -> &'static Exposure {
        match self {
            Self::Zh => &exposure::ZH,
            Self::En => &exposure::EN,
        }
    }

    /// Words of the ledger of compliance.
    pub(crate) const fn compliance(self) -> &'static Compliance {
        match self {
            Self::Zh => &compliance::ZH,
            Self::En => &compliance::EN,
        }
    }

    /// Words of the pages of reports and the score.
    pub(crate) const fn reports(self) -> &'static reports::Reports {
        match self {
            Self::Zh => &reports::ZH,
            Self::En => &reports::EN,
        }
    }

    /// Words of incidents.
    pub(crate) const fn incidents(self) -> &'static Incidents {
        match self {
            Self::Zh => &incidents::ZH,
            Self::En => &incidents::EN,
        }
    }

    /// Words of replies to a warning.
    pub(crate) const fn replies(self) -> &'static Replies {
        match self {
            Self::Zh => &replies::ZH,
            Self::En => &replies::EN,
        }
    }

    /// Words of duty.
    pub(crate) const fn duty(self) -> &'static Duty {
        match self {
            Self::Zh => &duty::ZH,
            Self::En => &duty::EN,
        }
    }

    /// Words of timelines and graphs.
    pub(crate) const fn story(self) -> &'static Story {
        match self {
            Self::Zh => &story::ZH,
            Self::En => &story::EN,
        }
    }

    /// Words of claims and checks.
    pub(crate) const fn verify(self) -> &'static Verify {
        match self {
            Self::Zh => &verify::ZH,
            Self::En => &verify::EN,
        }
    }

    /// Words of what is sent.
    pub(crate) const fn deliveries(self) -> &'static Deliveries {
        match self {
            Self::Zh => &deliveries::ZH,
            Self::En => &deliveries::EN,
        }
    }

    /// Words of notices and cases.
    pub(crate) const fn cases(self) -> &'static Cases {
        match self {
            Self::Zh => &cases::ZH,
            Self::En => &cases::EN,
        }
    }

    /// Words of the list as a spreadsheet.
    pub(crate) const fn sheet(self) -> &'static Sheet {
        match self {
            Self::Zh => &sheet::ZH,
            Self::En => &sheet::EN,
        }
    }
}

/// Puts values into the `{}` of a text, in order.
pub(crate) fn fill(text: &str, values: &[&dyn std::fmt::Display]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut values = values.iter();
    let mut parts = text.split("{}");
    out.push_str(parts.next().unwrap_or(""));
    for part in parts {
        if let Some(value) = values.next() {
            out.push_str(&value.to_string());
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{catalogue::PAIRS, *};

    fn is_chinese(c: char) -> bool {
        ('\u{4e00}'..='\u{9fff}').contains(&c)
    }

    #[test]
    fn every_text_has_both_languages_with_the_same_places_for_values() {
        assert!(PAIRS.len() > 150);
        let areas = [
            PAIRS,
            board::PAIRS,
            exposure::PAIRS,
            hunt::PAIRS,
            replies::PAIRS,
            reports::PAIRS,
            wall::PAIRS,
            cases::PAIRS,
            compliance::PAIRS,
            deliveries::PAIRS,
            duty::PAIRS,
            incidents::PAIRS,
            sheet::PAIRS,
            story::PAIRS,
            verify::PAIRS,
        ];
        for (key, zh, en) in areas.into_iter().flatten() {
            assert!(!zh.is_empty() && !en.is_empty(), "{key} is empty");
            // The switch names each language in itself; the name stands in both.
            if !matches!(*key, "lang_switch" | "brand_other") {
                assert!(!en.chars().any(is_chinese), "{key}: Chinese in the English text {en:?}");
                let words = zh.replace("{}", "").chars().any(|c| c.is_ascii_alphabetic());
                assert!(zh.chars().any(is_chinese) || !words, "{key}: no Chinese in {zh:?}");
            }
            assert_eq!(zh.matches("{}").count(), en.matches("{}").count(), "{key}");
            assert!(!zh.contains(['<', '>']) && !en.contains(['<', '>']), "{key} holds markup");
        }
    }

    #[test]
    fn templates_hold_no_text_of_their_own() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).expect("templates") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("a template");
            seen += 1;
            assert!(
                !text.contains("|safe") && !text.contains("| safe"),
                "{} escapes the escaper",
                path.display()
            );
            assert!(!text.contains(" style="), "{}: inline style is refused by the policy", path.display());
            let bare = without_markup(&text);
            for word in bare.split_whitespace() {
                let allowed = word == "ATT&amp;CK";
                let letters = word.chars().filter(|c| c.is_alphabetic()).count();
                assert!(letters == 0 || allowed, "{}: {word:?} is not from the catalogue", path.display());
            }
        }
        assert!(seen >= 10);
    }

    /// A template without tags, attributes, comments, expressions and the names of keys.
    fn without_markup(text: &str) -> String {
        let mut out = String::new();
        let keys = regex::Regex::new("<kbd>[^<{]*</kbd>").expect("a pattern");
        let text = keys.replace_all(text, " ");
        let mut rest = text.as_ref();
        while let Some(at) = rest.find(['<', '{']) {
            out.push_str(&rest[..at]);
            out.push(' ');
            let tail = &rest[at..];
            let end = match &tail[..2] {
                "{{" => tail.find("}}").map(|e| e + 2),
                "{%" => tail.find("%}").map(|e| e + 2),
                "{#" => tail.find("#}").map(|e| e + 2),
                _ => tag_end(tail),
            };
            rest = &tail[end.expect("closed")..];
        }
        out.push_str(rest);
        out
    }

    /// The end of a tag, expressions inside its attributes passed over.
    fn tag_end(tail: &str) -> Option<usize> {
        let mut at = 1;
        loop {
            let next = at + tail[at..].find(['>', '{'])?;
            if tail[next..].starts_with('>') {
                return Some(next + 1);
            }
            let close = if tail[next..].starts_with("{%") { "%}" } else { "}}" };
            at = next + tail[next..].find(close)? + 2;
        }
    }

    #[test]
    fn values_fill_their_places() {
        assert_eq!(fill("前 {} 秒，共 {} 条", &[&3, &"4"]), "前 3 秒，共 4 条");
        assert_eq!(fill("{}%", &[&5]), "5%");
    }
}
