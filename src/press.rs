//! The typesetter of this process, by configuration. Its fonts are read at the first document, not at the start: a
//! region that never prints needs neither their memory nor the fonts.

use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use ward_event::{config::Config, report::ReportConfig};
use ward_report::{
    ReportError,
    paper::Paper,
    render::{FontSettings, Press, Seals, Typeset, sha256},
    weekly::{Cutoff, Letterhead, Week, Weekly},
};
use ward_web::report::ReportSettings;

struct LazyPress {
    config: ReportConfig,
    press: OnceLock<Press>,
}

pub(crate) fn press(config: &Config) -> Arc<dyn Typeset> {
    Arc::new(LazyPress { config: config.report.clone(), press: OnceLock::new() })
}

impl LazyPress {
    fn get(&self) -> Result<&Press, ReportError> {
        if let Some(press) = self.press.get() {
            return Ok(press);
        }
        let c = &self.config;
        let fonts = FontSettings {
            dirs: c.font_dirs.clone(),
            title: c.font_title.clone(),
            body: c.font_body.clone(),
            heading: c.font_heading.clone(),
            quote: c.font_quote.clone(),
        };
        let own = (!c.templates.as_os_str().is_empty()).then_some(c.templates.as_path());
        let press = Press::open(&fonts, own)?;
        // A font that was missing may be installed meanwhile, so a failure is not kept.
        Ok(self.press.get_or_init(|| press))
    }
}

impl Typeset for LazyPress {
    fn paper(&self, paper: &Paper) -> Result<Vec<u8>, ReportError> {
        self.get()?.paper(paper)
    }

    fn weekly(&self, report: &Weekly) -> Result<Vec<u8>, ReportError> {
        self.get()?.weekly(report)
    }

    fn seals(&self, model: &[u8]) -> Seals {
        match self.get() {
            Ok(press) => press.seals(model),
            Err(error) => {
                // The model is the report; what sets it may be mended later.
                tracing::warn!(%error, "nothing can be set in type");
                Seals { model: sha256(model), ..Seals::default() }
            }
        }
    }
}

/// What stands on reports, from the configuration.
pub(crate) fn settings(config: &Config) -> Result<ReportSettings> {
    let c = &config.report;
    let first: Option<Week> = match c.first_week.as_str() {
        "" => None,
        week => Some(week.parse().context("report.first_week")?),
    };
    let issuer = if c.issuer.is_empty() {
        format!("{}卫生健康委员会", config.region.name)
    } else {
        c.issuer.clone()
    };
    Ok(ReportSettings {
        letterhead: Letterhead {
            issuer,
            marking: c.marking.clone(),
            to: c.to.clone(),
            drafted: c.drafted.clone(),
            checked: c.checked.clone(),
            signed: c.signed.clone(),
            first: first.unwrap_or(Week { year: 2026, week: 1 }),
        },
        first,
        cutoff: Cutoff { weekday: c.cutoff_weekday, hour: c.cutoff_hour },
        issue_after_hours: c.issue_after_hours,
        kinds: c.schedule.clone(),
    })
}
