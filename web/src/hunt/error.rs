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
            Self::TooLong => own(t.hunt_too_long, t.hunt_too_long_advice),
            Self::TooDeep => own(t.hunt_too_deep, t.hunt_too_deep_advice),
            Self::TooManyTerms => own(t.hunt_too_many, t.hunt_too_many_advice),
            Self::TooManyRegexes => own(t.hunt_too_many_regexes, t.hunt_too_many_regexes_advice),
            Self::OpenQuote => own(t.hunt_open_quote, t.hunt_open_quote_advice),
            Self::OpenParenthesis => own(t.hunt_open_paren, t.hunt_open_paren_advice),
            Self::StrayParenthesis => own(t.hunt_stray_paren, t.hunt_stray_paren_advice),
            Self::MissingOperand => own(t.hunt_no_operand, t.hunt_no_operand_advice),
            Self::MissingValue(name) => {
                (fill(t.hunt_no_value, &[name]), fill(t.hunt_no_value_advice, &[name]))
            }
            Self::Range => own(t.hunt_bad_range, t.hunt_bad_range_advice),
            Self::List => own(t.hunt_bad_list, t.hunt_bad_list_advice),
            Self::UnknownField { name, like } => {
                let what = fill(t.hunt_unknown_field, &[name]);
                match like {
                    Some(like) => (what, fill(t.hunt_unknown_field_like, &[like, name])),
                    None => (what, fill(t.hunt_unknown_field_advice, &[name])),
                }
            }
            Self::Regex(why) => (fill(t.hunt_bad_regex, &[why]), t.hunt_bad_regex_advice.to_owned()),
            Self::NotNumber(value) => {
                (fill(t.hunt_not_number, &[value]), t.hunt_not_number_advice.to_owned())
            }
            Self::NotAddress(value) => {
                (fill(t.hunt_not_address, &[value]), t.hunt_not_address_advice.to_owned())
            }
            Self::NotTime(value) => (fill(t.hunt_not_time, &[value]), t.hunt_not_time_advice.to_owned()),
            Self::UnknownClass(value) => {
                (fill(t.hunt_unknown_class, &[value]), t.hunt_unknown_class_advice.to_owned())
            }
            Self::UnknownSeverity(value) => {
                (fill(t.hunt_unknown_severity, &[value]), t.hunt_unknown_severity_advice.to_owned())
            }
            Self::NoWildcard(name) => {
                (fill(t.hunt_no_wildcard, &[name]), t.hunt_no_wildcard_advice.to_owned())
            }
            Self::NoRegex(name) => (fill(t.hunt_no_regex, &[name]), t.hunt_no_regex_advice.to_owned()),
            Self::NoOrder(name) => (fill(t.hunt_no_order, &[name]), t.hunt_no_order_advice.to_owned()),
        }
    }
}
