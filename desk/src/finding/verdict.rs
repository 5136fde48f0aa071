//! What people say of a finding: a risk accepted for a time, or a verdict on proof.

use std::collections::BTreeSet;

use serde_json::json;
use ward_event::{Micros, UnitId, register::Register, time::MICROS_PER_DAY};

use super::{
    Event, Finding, FindingState, Findings,
    due::due,
    row::{self, Told},
};
use crate::{
    Connection, DeskError, Refusal, Role, Viewer,
    audit::{Action, Entry},
};

const TEXT_CHARS_MAX: usize = 2_000;
/// A risk is accepted for a year at most, then somebody looks again.
const ACCEPTED_MAX: i64 = 366 * MICROS_PER_DAY;

/// A risk that is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// What holds it in check meanwhile.
    pub control: String,
    /// Who answers for it.
    pub owner: String,
    pub until: Micros,
}

/// A verdict of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Suspected, and it is there.
    Confirmed,
    /// Put right, as the proof shows that no scan can.
    FixedByProof,
    /// It is none: a false alarm, not our product, not that version.
    NotAffected,
    /// The risk is no longer accepted.
    AcceptanceEnded,
}

impl Judgement {
    pub const ALL: [Self; 4] =
        [Self::Confirmed, Self::FixedByProof, Self::NotAffected, Self::AcceptanceEnded];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::FixedByProof => "fixed_by_proof",
            Self::NotAffected => "not_affected",
            Self::AcceptanceEnded => "acceptance_ended",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|j| j.as_str() == name)
    }
}

/// The commission and the county judge; a hospital does not judge its own.
fn judge(by: &Viewer) -> Result<(), DeskError> {
    let may = by.may_write && matches!(by.role, Role::Analyst | Role::Leader | Role::County);
    if may { Ok(()) } else { Err(Refusal::NotAllowed.into()) }
}

fn text(text: &str) -> Result<String, DeskError> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= TEXT_CHARS_MAX;
    if fits { Ok(text.to_owned()) } else { Err(Refusal::TextUnfit.into()) }
}

impl Findings<'_> {
    /// Accepts a risk for a time.
    ///
    /// # Errors
    /// [`Refusal`]: a hospital's own officer, a finding that is not there or not open, a text that is empty
    /// or too long, an end in the past or after more than a year.
    pub async fn accept(
        &self,
        by: &Viewer,
        from: &str,
        id: i64,
        acceptance: &Acceptance,
        register: &Register,
    ) -> Result<(), DeskError> {
        judge(by)?;
        let (control, owner) = (text(&acceptance.control)?, text(&acceptance.owner)?);
        let (now, until, ledger) = (self.0.clock().now(), acceptance.until, self.0.ledger());
        if until <= now || until.0 > now.0 + ACCEPTED_MAX {
            return Err(Refusal::EndUnfit.into());
        }
        let units = by.units(register);
        let (by, from) = (by.clone(), from.to_owned());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let finding = open(c, id, units.as_ref()).await?;
                    const ACCEPT: &str =
                        "UPDATE finding SET accepted_until = $1, control = $2, owner = $3 WHERE id = $4";
                    sqlx::query(ACCEPT)
                        .bind(until.0)
                        .bind(&control)
                        .bind(&owner)
                        .bind(id)
                        .execute(&mut *c)
                        .await?;
                    let told = Told { at: now, by: &by.name, scan: None };
                    let detail = format!("{control}\n{owner}\n{}", until.rfc3339());
                    row::happened(c, id, told, Event::Accepted, &detail).await?;
                    let entry =
                        Entry::new(&by, &from, Action::Judge).unit(&finding.hospital).object("finding", id);
                    ledger.append(c, entry.detail(json!({ "accepted_until": until.rfc3339() }))).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Judges a finding, with the reason.
    ///
    /// # Errors
    /// [`Refusal`]: a hospital's own officer, a finding that is not there or where that cannot be said of it,
    /// a reason that is empty or too long.
    pub async fn judge(
        &self,
        by: &Viewer,
        from: &str,
        id: i64,
        verdict: (Judgement, &str),
        register: &Register,
    ) -> Result<(), DeskError> {
        judge(by)?;
        let (judgement, reason) = (verdict.0, text(verdict.1)?);
        let (now, ledger, rules) = (self.0.clock().now(), self.0.ledger(), self.0.0.case_rules.clone());
        let units = by.units(register);
        let (by, from) = (by.clone(), from.to_owned());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let finding = open(c, id, units.as_ref()).await?;
                    let event = match judgement {
                        Judgement::Confirmed if finding.state == FindingState::Suspected => {
                            let due = due(&rules, finding.severity, finding.kind, now).map(|t| t.0);
                            let sql = "UPDATE finding SET state = 'open', due_at = $1 WHERE id = $2";
                            sqlx::query(sql).bind(due).bind(id).execute(&mut *c).await?;
                            Event::Confirmed
                        }
                        Judgement::FixedByProof => {
                            let sql = "UPDATE finding SET state = 'fixed', fixed_at = $1, doubt = '' WHERE id = $2";
                            sqlx::query(sql).bind(now.0).bind(id).execute(&mut *c).await?;
                            Event::FixedByProof
                        }
                        Judgement::NotAffected => {
                            let sql = "UPDATE finding SET state = 'not_affected', doubt = '' WHERE id = $1";
                            sqlx::query(sql).bind(id).execute(&mut *c).await?;
                            Event::NotAffected
                        }
                        Judgement::AcceptanceEnded if finding.is_accepted(now) => {
                            let sql = "UPDATE finding SET accepted_until = NULL, control = '', owner = '' WHERE id = $1";
                            sqlx::query(sql).bind(id).execute(&mut *c).await?;
                            Event::AcceptanceEnded
                        }
                        Judgement::Confirmed | Judgement::AcceptanceEnded => return Err(Refusal::Changed.into()),
                    };
                    let told = Told { at: now, by: &by.name, scan: None };
                    row::happened(c, id, told, event, &reason).await?;
                    let entry = Entry::new(&by, &from, Action::Judge).unit(&finding.hospital).object("finding", id);
                    ledger.append(c, entry.detail(json!({ "verdict": judgement.as_str() }))).await?;
                    Ok(())
                })
            })
            .await
    }
}

/// A finding that somebody may still say something of.
async fn open(c: &mut Connection, id: i64, units: Option<&BTreeSet<UnitId>>) -> Result<Finding, DeskError> {
    let sql = format!("SELECT {} FROM finding WHERE id = $1", row::COLUMNS);
    let found = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *c).await?;
    let finding = row::finding(&found.ok_or(Refusal::NotThere)?)?;
    if units.is_some_and(|units| !units.contains(&finding.hospital)) {
        return Err(Refusal::NotThere.into());
    }
    if finding.state.is_open() { Ok(finding) } else { Err(Refusal::Changed.into()) }
}
