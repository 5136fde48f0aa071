//! Makes reports and keeps them; sets what is kept in type.

use std::sync::Arc;

use tokio::sync::watch;
use ward_desk::{
    Desk,
    audit::Entry,
    report::{NewReport, Report},
};
use ward_event::{UnitId, clock::Clock, register::Register, time::Calendar};
use ward_report::{
    render::{Seals, Typeset, sha256},
    weekly::{self, Edition, Facts, Letterhead, Period, Week, Weekly},
};

use super::{NewsError, ReportSettings, facts};
use crate::{query::Reader, scope::Scope};

/// The kind under which the desk keeps them.
const WEEKLY: &str = "weekly";

/// What reports are made with.
#[derive(Clone)]
pub struct Newsroom {
    pub(super) reader: Reader,
    pub(super) desk: Desk,
    pub(super) register: watch::Receiver<Arc<Register>>,
    region: String,
    pub(super) calendar: Calendar,
    pub(super) clock: Clock,
    pub(super) settings: ReportSettings,
    press: Option<Arc<dyn Typeset>>,
}

/// A report that is kept, and its model.
#[derive(Debug, Clone)]
pub struct Made {
    pub kept: Report,
    pub model: Weekly,
}

/// The parts a newsroom is put together from.
pub struct NewsParts {
    /// The store's limited user.
    pub reader: clickhouse::Client,
    pub desk: Desk,
    pub register: watch::Receiver<Arc<Register>>,
    pub region: String,
    pub calendar: Calendar,
    pub clock: Clock,
    pub settings: ReportSettings,
    /// None sets nothing as PDF.
    pub press: Option<Arc<dyn Typeset>>,
}

impl Newsroom {
    pub fn new(parts: NewsParts) -> Self {
        Self {
            reader: Reader::new(parts.reader),
            desk: parts.desk,
            register: parts.register,
            region: parts.region,
            calendar: parts.calendar,
            clock: parts.clock,
            settings: parts.settings,
            press: parts.press,
        }
    }

    /// Of the leader's and the superior's reports and of each hospital's.
    pub fn editions(&self) -> Vec<Edition> {
        let register = self.register.borrow();
        let units = register.units.iter().filter(|u| u.kind != "commission");
        let units = units.map(|u| Edition::Unit { id: u.id.to_string(), name: u.name.clone() });
        [Edition::Leader, Edition::Superior].into_iter().chain(units).collect()
    }

    /// What stands on every issue, and on formal documents.
    pub(crate) const fn letterhead(&self) -> &Letterhead {
        &self.settings.letterhead
    }

    /// The edition of one hospital, if the register has it.
    pub fn edition_of(&self, unit: &UnitId) -> Option<Edition> {
        let register = self.register.borrow();
        let unit = register.unit(unit)?;
        Some(Edition::Unit { id: unit.id.to_string(), name: unit.name.clone() })
    }

    /// What the store says of a week that is over.
    ///
    /// # Errors
    /// A week that is not over; a store that does not answer.
    pub async fn facts(&self, week: Week) -> Result<Facts, NewsError> {
        let period = Period::of(week, self.settings.cutoff, self.calendar);
        let now = self.clock.now();
        if period.to > now {
            let ends = crate::show::Zone::new(self.calendar).full(period.to);
            return Err(NewsError::NotOver { week, ends });
        }
        let register = self.register.borrow().clone();
        // A report is of the whole region: a hospital's place among its peers needs the others.
        let scope = Scope::All;
        facts::gather((&self.reader, &self.desk), &scope, &register, &self.region, self.calendar, period, now)
            .await
    }

    /// The report of a week, made and kept where there is none yet. What was issued is returned as it is, unless
    /// `again` asks for a new version. Facts are asked for only where something is made.
    ///
    /// # Errors
    /// As [`Newsroom::facts`]; the desk; a hospital that is not in the register.
    pub async fn issue(
        &self,
        entry: Entry,
        week: Week,
        edition: Edition,
        again: bool,
        facts: &mut Option<Facts>,
    ) -> Result<Made, NewsError> {
        if !again && let Some(kept) = self.kept(week, &edition.key()).await? {
            return Ok(kept);
        }
        let facts = match facts {
            Some(facts) => facts,
            None => facts.insert(self.facts(week).await?),
        };
        let last = match week.before() {
            Some(before) => self.kept(before, &edition.key()).await?.map(|made| made.model),
            None => None,
        };
        let first = self.settings.first.unwrap_or(Week { year: week.year, week: 1 });
        let letterhead = Letterhead { first, ..self.settings.letterhead.clone() };
        let hospital = match &edition {
            Edition::Unit { id, .. } => UnitId::new(id).ok(),
            Edition::Leader | Edition::Superior => None,
        };
        let key = edition.key();
        let model = weekly::compose(facts, edition, &letterhead, last.as_ref())?;
        let bytes = weekly::bytes(&model)?;
        let seals = self.seals(bytes.clone()).await?;
        let report = NewReport {
            kind: WEEKLY.into(),
            period: week.to_string(),
            edition: key,
            hospital,
            title: model.head.title.clone(),
            issue: model.head.issue_text.clone(),
            verdict: model.verdict.word.clone(),
            as_of: model.head.as_of,
            model: String::from_utf8_lossy(&bytes).into_owned(),
            model_hash: seals.model,
            templates_hash: seals.templates,
            fonts_hash: seals.fonts,
        };
        let kept = self.desk.reports().issue(entry, report, again).await?;
        read(kept)
    }

    /// The first time fonts are read, which takes a second: beside the runtime, too.
    async fn seals(&self, bytes: Vec<u8>) -> Result<Seals, NewsError> {
        let Some(press) = self.press.clone() else {
            return Ok(Seals { model: sha256(&bytes), ..Seals::default() });
        };
        let sealed = tokio::task::spawn_blocking(move || press.seals(&bytes)).await;
        Ok(sealed.map_err(|e| ward_report::ReportError::Refused(e.to_string()))?)
    }

    /// The newest version of a report that was issued.
    ///
    /// # Errors
    /// The desk.
    pub async fn kept(&self, week: Week, edition: &str) -> Result<Option<Made>, NewsError> {
        let kept = self.desk.reports().newest(WEEKLY, &week.to_string(), edition).await?;
        kept.map(read).transpose()
    }

    /// A kept report as PDF. It takes a second or two of a core: the work is done beside the runtime.
    ///
    /// # Errors
    /// No press; a template or a font that cannot be used.
    pub async fn pdf(&self, model: Weekly) -> Result<Vec<u8>, NewsError> {
        let press = self.press.clone().ok_or(NewsError::NoPress)?;
        let set = tokio::task::spawn_blocking(move || press.weekly(&model)).await;
        Ok(set.map_err(|e| ward_report::ReportError::Refused(e.to_string()))??)
    }

    /// Whether a kept report would be set with other templates or fonts than when it was issued.
    pub fn is_set_otherwise(&self, kept: &Report) -> bool {
        let Some(press) = &self.press else { return false };
        let now = press.seals(kept.model.as_bytes());
        now.templates != kept.row.templates_hash || now.fonts != kept.row.fonts_hash
    }
}

/// # Errors
/// A model of a newer Ward.
pub(crate) fn read(kept: Report) -> Result<Made, NewsError> {
    let model = serde_json::from_str(&kept.model)?;
    Ok(Made { kept, model })
}
