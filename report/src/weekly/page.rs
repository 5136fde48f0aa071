//! The report as a web page: a fragment for Ward's own frame, and a file that stands alone.

use askama::Template;

use super::{Chart, STYLE, Weekly};
use crate::ReportError;

#[derive(Template)]
#[template(path = "weekly.html")]
struct Fragment<'a> {
    r: &'a Weekly,
    /// Addresses lead into Ward where it is there, and are text in a file.
    inside: bool,
}

#[derive(Template)]
#[template(path = "weekly_file.html")]
struct File<'a> {
    r: &'a Weekly,
    style: &'a str,
    inside: bool,
}

/// A chart's bar, in the chart's own units: 100 wide.
struct Drawn<'a> {
    label: &'a str,
    shown: &'a str,
    width: f64,
}

fn drawn(chart: &Chart) -> Vec<Drawn<'_>> {
    let most = chart.bars.iter().map(|b| b.value).max().unwrap_or(0).max(1) as f64;
    chart
        .bars
        .iter()
        .map(|b| Drawn {
            label: &b.label,
            shown: &b.shown,
            width: (b.value as f64 / most * 1_000.0).round() / 10.0,
        })
        .collect()
}

/// Who has done a step; a dash where nobody has.
const fn named(person: &str) -> &str {
    if person.is_empty() { "—" } else { person }
}

/// The report's body, for a page of Ward that brings [`STYLE`] with it. All values are escaped.
///
/// # Errors
/// None that is known: it is written into memory.
pub fn fragment(report: &Weekly) -> Result<String, ReportError> {
    Ok(Fragment { r: report, inside: true }.render()?)
}

/// The report as one file that needs no other.
///
/// # Errors
/// As [`fragment`].
pub fn html(report: &Weekly) -> Result<String, ReportError> {
    Ok(File { r: report, style: STYLE, inside: false }.render()?)
}
