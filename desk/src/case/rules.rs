//! How a commission chases, as data: deadlines, ladder, office hours, the words of its numbers.

use std::path::Path;

use serde::Deserialize;
use ward_event::{Micros, alert::Level, time::Calendar};

use super::{
    calendar::{Period, WorkCalendar, minutes},
    machine::Rung,
    remind::Reminding,
    rows::ProblemKind,
};
use crate::DeskError;

/// What comes with Ward. A file of the same name in the folder `case` of the data directory takes its place.
pub(super) const SHIPPED_YEARS: [&str; 2] =
    [include_str!("../../../deploy/calendar/2025.toml"), include_str!("../../../deploy/calendar/2026.toml")];
const SHIPPED_RULES: &str = include_str!("../../../deploy/case/rules.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    version: String,
    words: Vec<String>,
    opens: String,
    closes: String,
    deadline: Vec<DeadlineLine>,
    unsigned: PeriodFile,
    ladder: Vec<LadderLine>,
    #[serde(default)]
    verify: VerifyFile,
    #[serde(default)]
    reply: ReplyFile,
    #[serde(default)]
    remind: RemindFile,
}

/// How reminders go out.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RemindFile {
    soon: PeriodFile,
    critical_hours: u32,
}

impl Default for RemindFile {
    fn default() -> Self {
        let soon = PeriodFile { hours: None, working_days: Some(1), days: None };
        Self { soon, critical_hours: 2 }
    }
}

/// What a warning asks for, where nothing else is said.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReplyFile {
    counts: Vec<String>,
    hours: u32,
    daily: String,
}

impl Default for ReplyFile {
    fn default() -> Self {
        let counts = ["排查主机数", "受影响主机数", "已修复主机数"].map(str::to_owned).to_vec();
        Self { counts, hours: 24, daily: "16:00".into() }
    }
}

/// How long a check by machine looks.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct VerifyFile {
    quiet: PeriodFile,
    port: PeriodFile,
    scan: PeriodFile,
}

impl Default for VerifyFile {
    fn default() -> Self {
        let hours = |hours| PeriodFile { hours: Some(hours), working_days: None, days: None };
        Self { quiet: hours(72), port: hours(24), scan: hours(7 * 24) }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct DeadlineLine {
    level: Level,
    kind: Option<ProblemKind>,
    #[serde(flatten)]
    period: PeriodFile,
}

#[derive(Debug, Clone, Deserialize)]
struct LadderLine {
    step: Rung,
    #[serde(flatten)]
    after: PeriodFile,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct PeriodFile {
    hours: Option<u32>,
    working_days: Option<u32>,
    days: Option<u32>,
}

impl PeriodFile {
    fn read(self) -> Result<Period, String> {
        match (self.hours, self.working_days, self.days) {
            (Some(n), None, None) => Ok(Period::Hours(n)),
            (None, Some(n), None) => Ok(Period::WorkingDays(n)),
            (None, None, Some(n)) => Ok(Period::Days(n)),
            _ => Err("a period is one of hours, working_days, days".into()),
        }
    }
}

/// The rules in force.
#[derive(Debug, Clone)]
pub struct Rules {
    pub version: String,
    /// 代字, at least one.
    pub words: Vec<String>,
    pub calendar: WorkCalendar,
    /// After this a unit that has not signed is on the call list.
    pub unsigned: Period,
    /// A rule has to be quiet for so long after it was said that its cause is gone.
    pub watch_quiet: Period,
    /// A port must not answer for so long.
    pub watch_port: Period,
    /// A newer scan is waited for so long.
    pub watch_scan: Period,
    /// The figures that a warning asks for, until somebody names others.
    pub reply_counts: Vec<String>,
    /// Hours after sending within which it wants its reply.
    pub reply_hours: u32,
    /// The minute of the day by which a daily one is wanted.
    pub reply_minute: u32,
    pub remind: Reminding,
    deadlines: Vec<(Level, Option<ProblemKind>, Period)>,
    ladder: Vec<(Rung, Period)>,
}

impl Rules {
    /// What comes with Ward, with the files of a folder in place of those of the same name.
    ///
    /// # Errors
    /// A file of the folder that cannot be read or is wrong.
    pub fn load(folder: &Path, zone: Calendar) -> Result<Self, DeskError> {
        let own = |name: &str| {
            let path = folder.join(name);
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok(Some(text)),
                Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(source) => Err(DeskError::File { path, source }),
            }
        };
        let wrong = |name: &str, why: String| DeskError::Broken(format!("{name}: {why}"));
        let rules = own("rules.toml")?;
        let mut rules = Self::parse(rules.as_deref().unwrap_or(SHIPPED_RULES), zone)
            .map_err(|e| wrong("case/rules.toml", e))?;
        for text in SHIPPED_YEARS {
            rules.calendar.add(text).map_err(|e| wrong("calendar", e))?;
        }
        for year in 2025..=2060 {
            let name = format!("{year}.toml");
            if let Some(text) = own(&name)? {
                rules.calendar.add(&text).map_err(|e| wrong(&name, e))?;
            }
        }
        Ok(rules)
    }

    fn parse(text: &str, zone: Calendar) -> Result<Self, String> {
        let file: RulesFile = toml::from_str(text).map_err(|e| e.to_string())?;
        if file.words.is_empty() || file.words.iter().any(|w| w.trim().is_empty()) {
            return Err("numbers need a word (代字)".into());
        }
        let deadlines = file
            .deadline
            .iter()
            .map(|line| Ok((line.level, line.kind, line.period.read()?)))
            .collect::<Result<Vec<_>, String>>()?;
        let needed = [Level::Low, Level::Medium, Level::High, Level::Critical];
        if !needed.iter().all(|level| deadlines.iter().any(|(l, kind, _)| l == level && kind.is_none())) {
            return Err("every level from low to critical needs a deadline without a kind".into());
        }
        let ladder = file
            .ladder
            .iter()
            .map(|line| Ok((line.step, line.after.read()?)))
            .collect::<Result<Vec<_>, String>>()?;
        if !ladder.windows(2).all(|w| w[0].0 < w[1].0) {
            return Err("the ladder goes 提醒, 督办, 约谈, 通报".into());
        }
        Ok(Self {
            version: file.version,
            words: file.words,
            calendar: WorkCalendar::new(zone, &file.opens, &file.closes)?,
            unsigned: file.unsigned.read()?,
            watch_quiet: file.verify.quiet.read()?,
            watch_port: file.verify.port.read()?,
            watch_scan: file.verify.scan.read()?,
            reply_counts: file.reply.counts,
            reply_hours: file.reply.hours,
            reply_minute: u32::try_from(minutes(&file.reply.daily)?).unwrap_or(0),
            remind: Reminding { soon: file.remind.soon.read()?, critical_hours: file.remind.critical_hours },
            deadlines,
            ladder,
        })
    }

    /// What a problem is allowed.
    pub fn allowed(&self, level: Level, kind: ProblemKind) -> Period {
        let fits = |of: &Option<ProblemKind>| of.is_none_or(|k| k == kind);
        let line = self.deadlines.iter().find(|(l, of, _)| *l == level && fits(of));
        // Informational has no line of its own: it is allowed what low is.
        let low = || self.deadlines.iter().find(|(l, of, _)| *l == Level::Low && of.is_none());
        line.or_else(low).map_or(Period::Days(30), |(_, _, period)| *period)
    }

    /// When a problem told at `sent` must be put right.
    pub fn due(&self, sent: Micros, level: Level, kind: ProblemKind) -> Micros {
        self.calendar.end(sent, self.allowed(level, kind))
    }

    /// The step of the ladder after `last`, and when it is due: counted from the missed deadline for the
    /// first, from the sending of the step before for the others.
    pub fn next_rung(&self, last: Option<Rung>, from: Micros) -> Option<(Rung, Micros)> {
        let (rung, after) = self.ladder.iter().find(|(rung, _)| last.is_none_or(|last| *rung > last))?;
        Some((*rung, self.calendar.end(from, *after)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_ward_holds_and_a_folder_overrides_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let rules = Rules::load(dir.path(), Calendar::shanghai()).expect("rules");
        assert_eq!(rules.allowed(Level::Critical, ProblemKind::Other), Period::Hours(24));
        assert_eq!(rules.allowed(Level::High, ProblemKind::Data), Period::WorkingDays(3));
        assert_eq!(rules.allowed(Level::Informational, ProblemKind::Data), Period::Days(30));
        let own = SHIPPED_RULES.replace(
            "[[deadline]]\nlevel = \"high\"",
            "[[deadline]]\nlevel = \"high\"\nkind = \"weak_password\"\nhours = 12\n\n[[deadline]]\nlevel = \"high\"",
        );
        std::fs::write(dir.path().join("rules.toml"), own).expect("written");
        let rules = Rules::load(dir.path(), Calendar::shanghai()).expect("rules");
        assert_eq!(rules.allowed(Level::High, ProblemKind::WeakPassword), Period::Hours(12));
        assert_eq!(rules.allowed(Level::High, ProblemKind::Data), Period::WorkingDays(3));
        std::fs::write(dir.path().join("rules.toml"), "version = 1").expect("written");
        assert!(Rules::load(dir.path(), Calendar::shanghai()).is_err());
    }

    #[test]
    fn the_ladder_goes_up_one_step_at_a_time() {
        let rules = Rules::parse(SHIPPED_RULES, Calendar::shanghai()).expect("rules");
        let mut last = None;
        let mut steps = Vec::new();
        while let Some((rung, at)) = rules.next_rung(last, Micros(1_795_000_000_000_000)) {
            assert!(at.0 >= 1_795_000_000_000_000);
            steps.push(rung);
            last = Some(rung);
        }
        assert_eq!(steps, Rung::ALL);
    }
}
