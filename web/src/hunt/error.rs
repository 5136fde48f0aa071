//! What is wrong with a query, and where.

use super::ast::Span;
use crate::text::{Texts, fill};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    TooLong,
    TooDeep,
    TooManyTerms,
    TooManyRegexes,
    /// Begun with `"` and never ended.
    OpenQuote,
    OpenParenthesis,
    StrayParenthesis,
    /// An operator, or a list, without what it works on.
    MissingOperand,
    /// `field:` without a value.
    MissingValue(String),
    Range,
    List,
    UnknownField {
        name: String,
        /// A field with a similar name.
        like: Option<&'static str>,
    },
    Regex(String),
    NotNumber(String),
    NotAddress(String),
    NotTime(String),
    UnknownClass(String),
    UnknownSeverity(String),
    /// The field's kind cannot be asked this: its name.
    NoWildcard(String),
    NoRegex(String),
    NoOrder(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueryFault {
    pub fault: Fault,
    pub span: Span,
}

impl Fault {
    pub(crate) const fn at(self, span: Span) -> QueryFault {
        QueryFault { fault: self, span }
    }

    /// What is wrong, and what to do.
    pub(crate) fn words(&self, t: &Texts) -> (String, String) {
        let own = |what: &str, advice: &str| (what.to_owned(), advice.to_owned());
        match self {
            Self::TooLong => own(t.hunt.too_long, t.hunt.too_long_advice),
            Self::TooDeep => own(t.hunt.too_deep, t.hunt.too_deep_advice),
            Self::TooManyTerms => own(t.hunt.too_many, t.hunt.too_many_advice),
            Self::TooManyRegexes => own(t.hunt.too_many_regexes, t.hunt.too_many_regexes_advice),
            Self::OpenQuote => own(t.hunt.open_quote, t.hunt.open_quote_advice),
            Self::OpenParenthesis => own(t.hunt.open_paren, t.hunt.open_paren_advice),
            Self::StrayParenthesis => own(t.hunt.stray_paren, t.hunt.stray_paren_advice),
            Self::MissingOperand => own(t.hunt.no_operand, t.hunt.no_operand_advice),
            Self::MissingValue(name) => {
                (fill(t.hunt.no_value, &[name]), fill(t.hunt.no_value_advice, &[name]))
            }
            Self::Range => own(t.hunt.bad_range, t.hunt.bad_range_advice),
            Self::List => own(t.hunt.bad_list, t.hunt.bad_list_advice),
            Self::UnknownField { name, like } => {
                let what = fill(t.hunt.unknown_field, &[name]);
                match like {
                    Some(like) => (what, fill(t.hunt.unknown_field_like, &[like, name])),
                    None => (what, fill(t.hunt.unknown_field_advice, &[name])),
                }
            }
            Self::Regex(why) => (fill(t.hunt.bad_regex, &[why]), t.hunt.bad_regex_advice.to_owned()),
            Self::NotNumber(value) => {
                (fill(t.hunt.not_number, &[value]), t.hunt.not_number_advice.to_owned())
            }
            Self::NotAddress(value) => {
                (fill(t.hunt.not_address, &[value]), t.hunt.not_address_advice.to_owned())
            }
            Self::NotTime(value) => (fill(t.hunt.not_time, &[value]), t.hunt.not_time_advice.to_owned()),
            Self::UnknownClass(value) => {
                (fill(t.hunt.unknown_class, &[value]), t.hunt.unknown_class_advice.to_owned())
            }
            Self::UnknownSeverity(value) => {
                (fill(t.hunt.unknown_severity, &[value]), t.hunt.unknown_severity_advice.to_owned())
            }
            Self::NoWildcard(name) => {
                (fill(t.hunt.no_wildcard, &[name]), t.hunt.no_wildcard_advice.to_owned())
            }
            Self::NoRegex(name) => (fill(t.hunt.no_regex, &[name]), t.hunt.no_regex_advice.to_owned()),
            Self::NoOrder(name) => (fill(t.hunt.no_order, &[name]), t.hunt.no_order_advice.to_owned()),
        }
    }
}
