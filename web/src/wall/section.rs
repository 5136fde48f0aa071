//! The shapes that go to a screen. Words come in both languages, since one stream feeds screens in either.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    live::Status,
    text::{fill, wall},
};

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Both {
    pub zh: String,
    pub en: String,
}

impl Both {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        let (zh, en) = (zh.into(), en.into());
        Self { en: if en.is_empty() { zh.clone() } else { en }, zh }
    }

    /// A text of the catalogue.
    pub(crate) fn of(text: impl Fn(&'static wall::Texts) -> &'static str) -> Self {
        Self::new(text(&wall::ZH), text(&wall::EN))
    }

    /// A text of the catalogue with values in their places.
    pub(crate) fn fill(
        text: impl Fn(&'static wall::Texts) -> &'static str,
        values: &[&dyn std::fmt::Display],
    ) -> Self {
        Self::new(fill(text(&wall::ZH), values), fill(text(&wall::EN), values))
    }

    /// What is the same in both.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::new(text, "")
    }
}

/// One line of a ranking.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Row {
    pub name: Both,
    /// Beside the name, quieter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Both>,
    /// The length of the bar.
    pub value: u64,
    /// What stands at its end instead of the value: a time, a size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// Set where the name is a country's code, which the screen knows to name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub country: bool,
    /// A level's or a state's name, for colour and shape.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub mark: &'static str,
    /// Parts of the value: good, wrong, cannot be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<[u64; 3]>,
    /// The console's page behind it; empty where visitors look on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub href: String,
}

/// A value that is no plain count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shown {
    /// An instant (ms), told as an age.
    Age(i64),
    Bytes(u64),
    /// Part of a whole.
    Of(u64),
}

/// One large figure. `None` is not known, which is not 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Figure {
    pub value: Option<f64>,
    /// Against the same hours of the day before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
}

impl Figure {
    pub(crate) fn of(value: u64) -> Self {
        Self { value: Some(value as f64), ..Self::default() }
    }

    /// `None` where its part never was answered.
    pub(crate) fn known(value: Option<u64>) -> Self {
        Self { value: value.map(|v| v as f64), ..Self::default() }
    }
}

pub(crate) type Figures = BTreeMap<&'static str, Figure>;

/// A unit as a mark on the map.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Mark {
    pub id: String,
    pub name: Both,
    pub county: String,
    /// Longitude and latitude.
    pub at: [f64; 2],
    pub state: Status,
    /// 3 for 三级 and what ranks with it, 2, 1.
    pub rank: u8,
    /// The worst level of the last 24 hours.
    pub level: &'static str,
    /// High and critical alerts of the last 24 hours.
    pub severe: u64,
    /// Alerts of data security of the last 24 hours.
    pub data: u64,
}

/// A county with its units by state.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct County {
    pub name: String,
    pub total: u64,
    pub ok: u64,
    /// With severe alerts, or with a source missing.
    pub wrong: u64,
    /// Silent, or never heard.
    pub grey: u64,
    pub severe: u64,
    pub data: u64,
}

/// Attacks from one place on one unit (or county, before visitors), all alerts of a day together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Arc {
    /// Country's code; inside the country a place's name.
    pub from: String,
    /// True inside the country.
    pub home: bool,
    /// A unit's id, or a county's name.
    pub to: String,
    pub level: &'static str,
    pub count: u64,
    /// ms
    pub last: i64,
}

/// An alert as it comes in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Live {
    /// Tells a new one; the alert's id, or a mere number before visitors.
    pub id: String,
    pub title: Both,
    pub level: &'static str,
    /// ms
    pub time: i64,
    pub unit: Both,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub entity: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub href: String,
}

/// A day in steps: what flows, and what was found in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Trend {
    /// ms
    pub from: i64,
    /// Seconds.
    pub step: i64,
    pub events: Vec<u64>,
    pub severe: Vec<u64>,
}
