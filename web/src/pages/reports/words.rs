//! The form of a report's words, and why words are not taken.

use ward_report::{ReportError, weekly::Words};

use crate::{
    pages::cases::Fields,
    text::{fill, reports::Reports},
};

/// Words as a form has them: a paragraph a line.
pub(super) struct Form {
    pub summary: String,
    pub decisions: String,
    pub advice: String,
    pub comment: String,
}

impl Form {
    pub(super) fn of(words: &Words) -> Self {
        let lines = |all: &[String]| all.join("\n");
        Self {
            summary: words.summary.clone(),
            decisions: lines(&words.decisions),
            advice: lines(&words.advice),
            comment: lines(&words.comment),
        }
    }

    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name);
        Self {
            summary: text("summary"),
            decisions: text("decisions"),
            advice: text("advice"),
            comment: text("comment"),
        }
    }

    pub(super) fn words(&self) -> Words {
        Words::of(&self.summary, &self.decisions, &self.advice, &self.comment)
    }
}

/// Why words may not stand in the report.
pub(super) fn refused(r: &Reports, error: &ReportError) -> String {
    match error {
        ReportError::Foreign(numbers) => fill(r.words_foreign, &[&numbers.join("、")]),
        _ => r.words_unfit.to_owned(),
    }
}
