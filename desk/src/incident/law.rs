//! The clocks that the law sets: from the moment when an incident was known they run in natural time and never
//! stop. Who has to report, by which grade, to whom and within what is a data file.

use std::path::Path;

use serde::Deserialize;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{
    Incidents,
    act::{Hand, held},
};
use crate::{
    DeskError, Refusal,
    case::{
        By,
        names::named,
        tx::{LINE_CHARS_MAX, TEXT_CHARS_MAX, needed, text},
    },
};

const SHIPPED: &str = include_str!("../../../deploy/case/law.toml");

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// The law in force.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    pub name: String,
    /// `YYYY-MM-DD`.
    pub effective: String,
    /// The least grade that must be reported.
    pub reported_from: String,
    /// Days from the end of handling to the final report.
    pub final_days: u32,
    #[serde(rename = "operator")]
    pub operators: Vec<Operator>,
    /// From the least to the worst.
    #[serde(rename = "grade")]
    pub grades: Vec<Term>,
    #[serde(rename = "class")]
    pub classes: Vec<Term>,
    /// What a report tells besides, in its order, as people write it.
    #[serde(default, rename = "content")]
    pub contents: Vec<Content>,
}

/// A heading of a report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    pub key: String,
    pub name: String,
    pub name_en: String,
    /// From which report on it is needed; None for what many an incident has not.
    pub needed: Option<ReportKind>,
}

/// Who has to report, to whom, within how long.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    pub key: String,
    pub name: String,
    pub name_en: String,
    pub to: Vec<String>,
    pub minutes: u32,
}

/// A class or a grade.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    pub key: String,
    pub name: String,
    pub name_en: String,
}

named! {
    ReportKind { First "first", FollowUp "follow_up", Final "final" }
}

/// What a named person states of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKnown {
    /// Keys of the law's file.
    pub operator: String,
    pub class: String,
    pub grade: String,
    /// When it was found or known.
    pub known_at: Micros,
    pub person: String,
    /// Needed for all but the first.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub of: NewKnown,
    /// The law's name and date, as it was then.
    pub law: String,
    pub at: Micros,
    pub account: String,
}

/// A report as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    pub kind: ReportKind,
    pub receiver: String,
    pub channel: String,
    pub person: String,
    pub made_at: Micros,
    /// What the receiver acknowledged: a number, a name; empty while nothing came back.
    pub acknowledged: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LawReport {
    pub of: NewReport,
    pub at: Micros,
    pub account: String,
}

impl Law {
    /// The file of a folder, or what comes with Ward.
    ///
    /// # Errors
    /// A file that cannot be read, or is wrong.
    pub fn load(folder: &Path) -> Result<Self, DeskError> {
        let path = folder.join("law.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => SHIPPED.to_owned(),
            Err(source) => return Err(DeskError::File { path, source }),
        };
        let wrong = |why: String| DeskError::Broken(format!("case/law.toml: {why}"));
        let law: Self = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        if law.operators.is_empty() || law.classes.is_empty() || law.rank(&law.reported_from).is_none() {
            return Err(wrong("it names no operator, no class, or an unknown grade".into()));
        }
        Ok(law)
    }

    fn rank(&self, grade: &str) -> Option<usize> {
        self.grades.iter().position(|g| g.key == grade)
    }

    /// Whether an incident of a grade has to be reported.
    pub fn is_reported(&self, grade: &str) -> bool {
        self.rank(grade) >= self.rank(&self.reported_from) && self.rank(grade).is_some()
    }

    pub fn operator(&self, key: &str) -> Option<&Operator> {
        self.operators.iter().find(|o| o.key == key)
    }

    /// Until when the first report is due; None where none is.
    pub fn due(&self, known: &NewKnown) -> Option<Micros> {
        let operator = self.operator(&known.operator).filter(|_| self.is_reported(&known.grade))?;
        Some(Micros(known.known_at.0 + i64::from(operator.minutes) * MICROS_PER_MINUTE))
    }

    /// Until when the final report is due, once an incident is over.
    pub fn final_due(&self, known: &NewKnown, ended: Micros) -> Option<Micros> {
        let reported = self.is_reported(&known.grade);
        reported.then_some(Micros(ended.0 + i64::from(self.final_days) * MICROS_PER_DAY))
    }

    fn check(&self, new: &NewKnown) -> Result<(), Refusal> {
        let known = self.operator(&new.operator).is_some()
            && self.rank(&new.grade).is_some()
            && self.classes.iter().any(|c| c.key == new.class);
        if known { Ok(()) } else { Err(Refusal::TextUnfit) }
    }
}

impl Known {
    pub(super) fn read(row: &SqliteRow) -> Self {
        Self {
            of: NewKnown {
                operator: row.get("operator"),
                class: row.get("class"),
                grade: row.get("grade"),
                known_at: Micros(row.get("known_at")),
                person: row.get("person"),
                reason: row.get("reason"),
            },
            law: row.get("law"),
            at: Micros(row.get("at")),
            account: row.get("account"),
        }
    }
}

impl LawReport {
    pub(super) fn read(row: &SqliteRow) -> Result<Self, DeskError> {
        Ok(Self {
            of: NewReport {
                kind: ReportKind::stored(row.get("kind"))?,
                receiver: row.get("receiver"),
                channel: row.get("channel"),
                person: row.get("person"),
                made_at: Micros(row.get("made_at")),
                acknowledged: row.get("acknowledged"),
            },
            at: Micros(row.get("at")),
            account: row.get("account"),
        })
    }
}

impl Incidents<'_> {
    /// The law in force.
    pub fn law(&self) -> &Law {
        &self.0.0.law
    }

    /// States class, grade, whose duty it is and when it was known. The clock runs from then.
    ///
    /// # Errors
    /// [`Refusal`]: keys that the law has not, a time in the future, no person, no reason where something was
    /// stated before; [`Refusal::ChangedBy`].
    pub async fn state_known(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        new: NewKnown,
    ) -> Result<(), DeskError> {
        let hand = Hand::of(self, by)?;
        self.law().check(&new)?;
        let law = format!("{} {}", self.law().name, self.law().effective);
        let person = needed(&new.person, LINE_CHARS_MAX)?;
        let reason = text(&new.reason, TEXT_CHARS_MAX)?;
        if new.known_at > hand.now {
            return Err(Refusal::TimeUnfit.into());
        }
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let incident = held(c, id, Some(revision)).await?;
                    let before = sqlx::query("SELECT COUNT(*) FROM case_law WHERE incident_id = $1").bind(id);
                    let before: i64 = before.fetch_one(&mut *c).await?.get(0);
                    if before > 0 && reason.is_empty() {
                        return Err(Refusal::ReasonMissing.into());
                    }
                    sqlx::query(
                        "INSERT INTO case_law (incident_id, no, operator, class, grade, known_at, person, reason, law, at,
                             account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                    )
                    .bind(id)
                    .bind(before + 1)
                    .bind(&new.operator)
                    .bind(&new.class)
                    .bind(&new.grade)
                    .bind(new.known_at.0)
                    .bind(&person)
                    .bind(&reason)
                    .bind(&law)
                    .bind(hand.now.0)
                    .bind(&hand.name)
                    .execute(&mut *c)
                    .await?;
                    bump(c, &hand, id).await?;
                    let told = format!("{person} {} {} {reason}", new.class, new.grade);
                    hand.tell(c, (id, &incident.hospital), "known", ("", ""), told.trim()).await
                })
            })
            .await
    }

    /// Puts down a report that was made.
    ///
    /// # Errors
    /// [`Refusal`]: nothing stated yet, no receiver, channel or person, a time in the future.
    pub async fn reported(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        new: NewReport,
    ) -> Result<(), DeskError> {
        let hand = Hand::of(self, by)?;
        let (receiver, channel) =
            (needed(&new.receiver, LINE_CHARS_MAX)?, needed(&new.channel, LINE_CHARS_MAX)?);
        let (person, acknowledged) =
            (needed(&new.person, LINE_CHARS_MAX)?, text(&new.acknowledged, LINE_CHARS_MAX)?);
        if new.made_at > hand.now {
            return Err(Refusal::TimeUnfit.into());
        }
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let incident = held(c, id, Some(revision)).await?;
                    let known = sqlx::query("SELECT 1 FROM case_law WHERE incident_id = $1").bind(id);
                    known.fetch_optional(&mut *c).await?.ok_or(Refusal::WrongState)?;
                    sqlx::query(
                        "INSERT INTO case_law_report (incident_id, no, kind, receiver, channel, person, made_at,
                             acknowledged, at, account)
                         VALUES ($1, (SELECT COALESCE(MAX(no), 0) + 1 FROM case_law_report WHERE incident_id = $1), $2, $3,
                             $4, $5, $6, $7, $8, $9)",
                    )
                    .bind(id)
                    .bind(new.kind.as_str())
                    .bind(&receiver)
                    .bind(&channel)
                    .bind(&person)
                    .bind(new.made_at.0)
                    .bind(&acknowledged)
                    .bind(hand.now.0)
                    .bind(&hand.name)
                    .execute(&mut *c)
                    .await?;
                    bump(c, &hand, id).await?;
                    let told = format!("{receiver} {channel} {acknowledged}");
                    hand.tell(c, (id, &incident.hospital), "report", ("", new.kind.as_str()), told.trim()).await
                })
            })
            .await
    }
}

pub(super) async fn bump(c: &mut crate::Connection, hand: &Hand, id: i64) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE case_incident SET revision = revision + 1, changed_at = $2, changed_by = $3 WHERE id = $1",
    )
    .bind(id)
    .bind(hand.now.0)
    .bind(&hand.name)
    .execute(&mut *c)
    .await?;
    Ok(())
}
