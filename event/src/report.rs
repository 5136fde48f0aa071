//! `[report]`: what stands on reports and documents, when the week ends, and what they are set with.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportConfig {
    /// The issuing body; empty is the region's name with 卫生健康委员会.
    pub issuer: String,
    /// On every first page, e.g. `内部资料 注意保存`.
    pub marking: String,
    /// To whom the region's report goes.
    pub to: String,
    /// Who drafts, checks and signs it.
    pub drafted: String,
    pub checked: String,
    pub signed: String,
    /// The week of the first issue, e.g. `2026-W10`; empty counts from the first week of the report's year.
    pub first_week: String,
    /// When a report's week ends: 1 Monday … 7 Sunday, and the hour of it, 0 to 24.
    pub cutoff_weekday: i8,
    pub cutoff_hour: u8,
    /// What is issued by itself, each after its own end: `weekly`, `monthly`, `quarterly`.
    pub schedule: Vec<String>,
    /// Issued by itself so many hours after the period's end, when late data is in. A negative number never does.
    pub issue_after_hours: i32,
    /// A folder whose files stand in for the templates that come with Ward, by their names.
    pub templates: PathBuf,
    /// Folders in which fonts are looked for.
    pub font_dirs: Vec<PathBuf>,
    /// Families: titles (方正小标宋简体), text (仿宋_GB2312), headings (黑体), second headings (楷体_GB2312). Empty is the
    /// free one of the Debian package `fonts-noto-cjk`.
    pub font_title: String,
    pub font_body: String,
    pub font_heading: String,
    pub font_quote: String,
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            marking: "内部资料 注意保存".into(),
            to: String::new(),
            drafted: String::new(),
            checked: String::new(),
            signed: String::new(),
            first_week: String::new(),
            cutoff_weekday: 4,
            cutoff_hour: 24,
            schedule: vec!["weekly".into()],
            issue_after_hours: 8,
            templates: PathBuf::new(),
            font_dirs: vec!["/usr/share/fonts".into(), "/usr/local/share/fonts".into()],
            font_title: String::new(),
            font_body: String::new(),
            font_heading: String::new(),
            font_quote: String::new(),
        }
    }
}

/// What can be issued by itself: periods that follow each other.
const KINDS: [&str; 3] = ["weekly", "monthly", "quarterly"];

impl ReportConfig {
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(1..=7).contains(&self.cutoff_weekday) || self.cutoff_hour > 24 {
            return Err("report.cutoff_weekday must be 1 to 7 and report.cutoff_hour 0 to 24".into());
        }
        if let Some(kind) = self.schedule.iter().find(|k| !KINDS.contains(&k.as_str())) {
            return Err(format!("report.schedule: {kind:?} is none of {KINDS:?}"));
        }
        Ok(())
    }
}
