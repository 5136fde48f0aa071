//! Reports of a week, a month, a quarter, special days, and of one incident: facts → model → PDF, Word, web.
//!
//! [`Facts`] is what the store said, asked once. [`compose`] makes the model of them, which is stored: every figure
//! with its change, the reason, how it is counted and the address that opens its rows. The three renderings are
//! functions of the stored model, so that a report can be made again at any time, byte for byte.

mod advice;
mod annexes;
mod classes;
mod compose;
mod exposure;
mod facts;
mod figure;
mod handling;
pub mod incident;
mod judge;
mod model;
mod page;
mod parts;
mod period;
mod view;
mod word;
mod words;

pub use self::{
    classes::{Class, Classes},
    compose::{Letterhead, compose},
    facts::{
        CampaignFacts, DayFacts, Exposure, Facts, Handling, IncomingFacts, LateFacts, Levels, RuleFacts,
        STAGES, UnitFacts,
    },
    figure::{Figure, Previous},
    model::{Bar, Chart, Edition, Head, Query, Section, Table, Verdict, Weekly, Worst},
    page::{fragment, html},
    period::{Cutoff, Issue, Month, Period, Quarter, Span, Special, Week, parse_day},
    words::{Standing, Words},
};
use crate::ReportError;
#[cfg(feature = "typeset")]
use crate::{
    render::{Job, Press},
    text,
};

/// The style of the web rendering, for a page that shows [`fragment`].
pub const STYLE: &str = include_str!("../../templates/weekly.css");

/// The report as PDF.
///
/// # Errors
/// A template that does not compile.
#[cfg(feature = "typeset")]
pub fn pdf(press: &Press, report: &Weekly) -> Result<Vec<u8>, ReportError> {
    let stamp = text::parts(report.calendar(), report.head.as_of);
    crate::render::pdf(press, Job { template: "weekly.typ", stamp, fonts: None, model: report })
}

/// The report as a Word file.
///
/// # Errors
/// A file that cannot be packed.
pub fn docx(report: &Weekly) -> Result<Vec<u8>, ReportError> {
    word::docx(report)
}

/// The model as it is stored: what hashes and renderings are made of.
///
/// # Errors
/// None that is known: the model is plain data.
pub fn bytes(report: &Weekly) -> Result<Vec<u8>, ReportError> {
    Ok(serde_json::to_vec(report)?)
}
