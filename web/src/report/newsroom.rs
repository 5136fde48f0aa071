//! Makes reports and keeps them; sets what is kept in type.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::watch;
use ward_desk::{
    Desk,
    audit::Entry,
    report::{NewReport, Paper, PaperState, Report},
};
use ward_event::{UnitId, clock::Clock, register::Register, time::Calendar};
use ward_report::{
    render::{Seals, Typeset, sha256},
    weekly::{self, Edition, Facts, Letterhead, Period, Span, Standing, Week, Weekly},
};

use super::{NewsError, ReportSettings, facts};
use crate::{query::Reader, scope::Scope, show::Zone};

/// What reports are made with.
#[derive(Clone)]
pub struct Newsroom {
    pub(super) reader: Reader,
    pub(super) desk: Desk,
    pub(super) register: watch::Receiver<Arc<Register>>,
    pub(super) region: String,
    pub(super) calendar: Calendar,
    pub(super) clock: Clock,
    pub(super) settings: ReportSettings,
    press: Option<Arc<dyn Typeset>>,
}

/// A report that is kept, its model, and what is printed of it.
#[derive(Debug, Clone)]
pub struct Made {
    pub kept: Report,
    /// As it was made.
    pub model: Weekly,
    /// With the words that people wrote and the names of those who stand for it.
    pub printed: Weekly,
}

/// Which report is to be issued.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub span: Span,
    /// What a special report is called after.
    pub title: Option<String>,
    pub edition: Edition,
    /// Why there is to be a new version, although there is one.
    pub again: Option<String>,
}

impl Wanted {
    pub fn of(span: impl Into<Span>, edition: Edition) -> Self {
        Self { span: span.into(), title: None, edition, again: None }
    }
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

    /// Of the leader's and the superior's reports, of each county's and each hospital's.
    pub fn editions(&self) -> Vec<Edition> {
        let register = self.register.borrow();
        let units = || register.units.iter().filter(|u| u.kind != "commission");
        let localities: BTreeSet<&str> =
            units().map(|u| u.locality.as_str()).filter(|name| !name.is_empty()).collect();
        let localities = localities.into_iter().map(|name| Edition::Locality { name: name.to_owned() });
        let units = units().map(|u| Edition::Unit { id: u.id.to_string(), name: u.name.clone() });
        [Edition::Leader, Edition::Superior].into_iter().chain(localities).chain(units).collect()
    }

    /// An edition by its name: `leader`, `unit-h01`; None where the register does not have it.
    pub fn edition(&self, key: &str) -> Option<Edition> {
        self.editions().into_iter().find(|edition| edition.key() == key)
    }

    /// What stands on every issue, and on formal documents.
    pub(crate) const fn letterhead(&self) -> &Letterhead {
        &self.settings.letterhead
    }

    /// What store and desk say of a period that is over.
    ///
    /// # Errors
    /// A period that is not over; a store that does not answer.
    pub async fn facts(&self, span: Span, title: Option<&str>) -> Result<Facts, NewsError> {
        let period = Period::of(span, self.settings.cutoff, self.calendar);
        let now = self.clock.now();
        if period.to > now {
            let ends = Zone::new(self.calendar).full(period.to);
            return Err(NewsError::NotOver { period: span.to_string(), ends });
        }
        let register = self.register.borrow().clone();
        // A report is of the whole region: a hospital's place among its peers needs the others.
        let scope = Scope::All;
        let (sources, of) = ((&self.reader, &self.desk), (period, title));
        facts::gather(sources, &scope, &register, &self.region, self.calendar, of, now).await
    }

    /// The report of a period, made and kept as a draft where there is none yet. What was issued is returned as it is,
    /// unless there is a reason for a new version. Facts are asked for only where something is made.
    ///
    /// # Errors
    /// As [`Newsroom::facts`]; the desk; a hospital that is not in the register.
    pub async fn issue(
        &self,
        entry: Entry,
        wanted: Wanted,
        facts: &mut Option<Facts>,
    ) -> Result<Made, NewsError> {
        let Wanted { span, title, edition, again } = wanted;
        let key = edition.key();
        if again.is_none()
            && let Some(kept) = self.kept(span, &key).await?
        {
            return Ok(kept);
        }
        let facts = match facts {
            Some(facts) => facts,
            None => facts.insert(self.facts(span, title.as_deref()).await?),
        };
        let last = match span.before() {
            Some(before) => self.known(before, &key).await?,
            None => None,
        };
        let model = weekly::compose(facts, edition, &self.heading(span), last.as_ref())?;
        self.keep(entry, model, again).await
    }

    /// What stands on an issue. The first one's week is that of the report's year, unless one is named.
    pub(super) fn heading(&self, span: Span) -> Letterhead {
        let year = match span {
            Span::Week(w) => w.year,
            Span::Month(m) => m.year,
            Span::Quarter(q) => q.year,
            Span::Special(_) | Span::Incident(_) => self.settings.letterhead.first.year,
        };
        let first = self.settings.first.unwrap_or(Week { year, week: 1 });
        Letterhead { first, ..self.settings.letterhead.clone() }
    }

    /// Seals a model and gives it to the desk.
    pub(super) async fn keep(
        &self,
        entry: Entry,
        model: Weekly,
        again: Option<String>,
    ) -> Result<Made, NewsError> {
        let hospital = match &model.edition {
            Edition::Unit { id, .. } => UnitId::new(id).ok(),
            Edition::Leader | Edition::Superior | Edition::Locality { .. } => None,
        };
        let bytes = weekly::bytes(&model)?;
        let seals = self.seals(bytes.clone()).await?;
        let span = model.head.period.span;
        let report = NewReport {
            kind: span.kind().into(),
            period: span.to_string(),
            edition: model.edition.key(),
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
        self.read(kept)
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
    pub async fn kept(&self, span: Span, edition: &str) -> Result<Option<Made>, NewsError> {
        let kept = self.desk.reports().newest(span.kind(), &span.to_string(), edition).await?;
        kept.map(|kept| self.read(kept)).transpose()
    }

    /// What readers know of a period: what is out, else what was made.
    async fn known(&self, span: Span, edition: &str) -> Result<Option<Weekly>, NewsError> {
        let published = self.desk.reports().published(span.kind(), &span.to_string(), edition).await?;
        match published {
            Some(kept) => Ok(Some(serde_json::from_str(&kept.model)?)),
            None => Ok(self.kept(span, edition).await?.map(|made| made.model)),
        }
    }

    /// The model of a kept report, and what is printed of it: a function of what is stored alone.
    ///
    /// # Errors
    /// A model of a newer Ward.
    pub fn read(&self, kept: Report) -> Result<Made, NewsError> {
        let model: Weekly = serde_json::from_str(&kept.model)?;
        let printed = model.printed(&kept.row.paper.words, &self.standing(&kept.row.paper))?;
        Ok(Made { kept, model, printed })
    }

    /// Who stands for a report. What was out before anybody signed on the platform keeps the names it was made with.
    fn standing(&self, paper: &Paper) -> Standing {
        if paper.state == PaperState::Published && paper.signer.is_empty() {
            return Standing::default();
        }
        let mut note = Vec::new();
        if !matches!(paper.state, PaperState::Signed | PaperState::Published) {
            note.push("送审稿，未签发，不得外发".to_owned());
        }
        if let Some(old) = &paper.replaces {
            let zone = Zone::new(self.calendar);
            let out = old.published.map(|at| format!("（{}发出）", zone.date(at))).unwrap_or_default();
            note.push(format!("更正版：替代第{}版{out}，原因：{}", old.version, old.reason));
        }
        let signed = match paper.stands_for.as_str() {
            "" => paper.signer.clone(),
            leader => format!("{}（代{leader}）", paper.signer),
        };
        Standing {
            drafted: (!paper.drafter.is_empty()).then(|| paper.drafter.clone()),
            checked: Some(paper.checker.clone()),
            signed: Some(signed),
            note: note.join("；"),
        }
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
