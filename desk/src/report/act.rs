//! Edits and steps of a report, each a transaction with its line in history and audit.

use serde_json::json;
use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{
    PaperAct, PaperState, PaperStep, Readable, Reports,
    paper::PAPER,
    store::{ReportKey, add_paper, insert_report},
};
use crate::{
    AccountId, Connection, DeskError, Refusal, Role,
    audit::{Action, Entry, Ledger},
    case::{
        By,
        deputy::deputy_of,
        machine::{Actor, go},
        tell::tell_report,
        tx::{TEXT_CHARS_MAX, needed, text, unchanged},
    },
    delivery::Outlets,
};

/// Characters of all words of a report, as JSON.
const WORDS_MAX: usize = 60_000;

/// A report inside a transaction.
struct Held {
    id: i64,
    key: ReportKey,
    hospital: Option<UnitId>,
    state: PaperState,
    words: String,
    drafter: String,
    checker: String,
    /// Who signed, in whose place, and when.
    signed: (String, String, Option<i64>),
}

/// Who acts.
struct Who {
    account: AccountId,
    name: String,
    role: Role,
    now: Micros,
    entry: Entry,
    ledger: Ledger,
}

impl Who {
    async fn of(reports: &Reports<'_>, by: By<'_>) -> Result<Self, DeskError> {
        let account = by.viewer.account.filter(|_| by.viewer.may_write).ok_or(Refusal::NotAllowed)?;
        // A report is of the whole region, and so are those who answer for it.
        if by.units.is_some() || !matches!(by.viewer.role, Role::Analyst | Role::Leader) {
            return Err(Refusal::NotAllowed.into());
        }
        Ok(Self {
            account,
            name: by.viewer.name.clone(),
            role: by.viewer.role,
            now: reports.0.clock().now(),
            entry: Entry::new(by.viewer, by.address, Action::Change),
            ledger: reports.0.ledger(),
        })
    }

    async fn person(&self, c: &mut Connection) -> Result<String, DeskError> {
        let row = sqlx::query("SELECT display_name FROM account WHERE id = $1").bind(self.account.0);
        Ok(row.fetch_one(&mut *c).await?.get(0))
    }

    /// Counts the change and puts it down.
    async fn note(&self, c: &mut Connection, held: &Held, step: PaperStep) -> Result<(), DeskError> {
        const TOUCH: &str =
            "UPDATE report_paper SET revision = revision + 1, changed_at = $2, changed_by = $3
            WHERE report_id = $1";
        sqlx::query(TOUCH).bind(held.id).bind(self.now.0).bind(&self.name).execute(&mut *c).await?;
        const INSERT: &str = "INSERT INTO report_step (report_id, no, at, act, account_id, account, person,
            stands_for, opinion, words) VALUES ($1,
            (SELECT COALESCE(MAX(no), 0) + 1 FROM report_step WHERE report_id = $1), $2, $3, $4, $5, $6, $7, $8, $9)";
        sqlx::query(INSERT)
            .bind(held.id)
            .bind(self.now.0)
            .bind(&step.act)
            .bind(self.account.0)
            .bind(&self.name)
            .bind(&step.person)
            .bind(&step.stands_for)
            .bind(&step.opinion)
            .bind(&step.words)
            .execute(&mut *c)
            .await?;
        let mut entry = self.entry.clone().object("report", held.key.name());
        if let Some(unit) = &held.hospital {
            entry = entry.unit(unit);
        }
        let detail = json!({ "act": step.act, "version": held.key.version, "opinion": step.opinion });
        self.ledger.append(c, entry.detail(detail)).await.map(|_| ())
    }

    fn step(&self, act: &str, person: &str, opinion: &str) -> PaperStep {
        let (act, person, opinion) = (act.to_owned(), person.to_owned(), opinion.to_owned());
        PaperStep { at: self.now, act, person, stands_for: String::new(), opinion, words: String::new() }
    }
}

/// Who wrote words of a report or put it forward neither checks nor signs it.
const WRITTEN: &str = "SELECT COUNT(*) FROM report_step
    WHERE report_id = $1 AND account_id = $2 AND act IN ('edit', 'submit', 'correct')";

const HELD: &str = "SELECT r.id, r.kind, r.period, r.edition, r.version, r.hospital, p.state, p.words, p.drafter,
    p.checker, p.signer, p.stands_for, p.signed_at, p.revision, p.changed_at, p.changed_by FROM report r JOIN report_paper p ON p.report_id = r.id
    WHERE r.version = (SELECT MAX(n.version) FROM report n WHERE n.kind = r.kind AND n.period = r.period
    AND n.edition = r.edition) AND ";

fn read_held(row: &sqlx::sqlite::SqliteRow) -> Result<Held, DeskError> {
    let key = ReportKey { kind: row.get(1), period: row.get(2), edition: row.get(3), version: row.get(4) };
    Ok(Held {
        id: row.get(0),
        key,
        hospital: UnitId::new(row.get::<&str, _>(5)).ok(),
        state: PaperState::stored(row.get(6))?,
        words: row.get(7),
        drafter: row.get(8),
        checker: row.get(9),
        signed: (row.get(10), row.get(11), row.get(12)),
    })
}

/// The newest version of a report as the edit saw it. An older one is past.
async fn held(c: &mut Connection, id: i64, revision: i64) -> Result<Held, DeskError> {
    let sql = format!("{HELD} r.id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *c).await?;
    let row = row.ok_or(Refusal::NotThere)?;
    unchanged(&row, revision)?;
    read_held(&row)
}

/// The other editions of the same period that stand where this one stands.
async fn fellows(c: &mut Connection, of: &Held) -> Result<Vec<Held>, DeskError> {
    let sql = format!("{HELD} r.kind = $1 AND r.period = $2 AND r.id <> $3 AND p.state = $4 ORDER BY r.id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(&of.key.kind)
        .bind(&of.key.period)
        .bind(of.id)
        .bind(of.state.as_str())
        .fetch_all(&mut *c)
        .await?;
    rows.iter().map(read_held).collect()
}

impl Reports<'_> {
    /// Puts other words into a draft. `words` is JSON, checked by the caller against the report's figures; empty
    /// takes the words back that it was made with.
    ///
    /// # Errors
    /// [`Refusal`]: another than an analyst, a report that is no draft, one that was changed meanwhile.
    pub async fn edit(&self, by: By<'_>, id: i64, revision: i64, words: String) -> Result<(), DeskError> {
        let who = Who::of(self, by).await?;
        if who.role != Role::Analyst {
            return Err(Refusal::NotAllowed.into());
        }
        if words.chars().count() > WORDS_MAX {
            return Err(Refusal::TextUnfit.into());
        }
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let held = held(c, id, revision).await?;
                    if held.state != PaperState::Drafting {
                        return Err(Refusal::WrongState.into());
                    }
                    let person = who.person(c).await?;
                    const EDIT: &str =
                        "UPDATE report_paper SET words = $2, drafter = $3 WHERE report_id = $1";
                    sqlx::query(EDIT).bind(id).bind(&words).bind(&person).execute(&mut *c).await?;
                    let step = PaperStep { words, ..who.step("edit", &person, "") };
                    who.note(c, &held, step).await
                })
            })
            .await
    }

    /// Takes one step; with `whole` the other editions of the period that stand at the same place take it, too, where
    /// the viewer may. Returns how many took it.
    ///
    /// # Errors
    /// What the table forbids for the one that is named; one that was changed meanwhile.
    pub async fn step(
        &self,
        by: By<'_>,
        (id, revision): (i64, i64),
        act: PaperAct,
        opinion: &str,
        whole: bool,
    ) -> Result<usize, DeskError> {
        let who = Who::of(self, by).await?;
        let opinion = text(opinion, TEXT_CHARS_MAX)?;
        let outlets = self.0.0.outlets.get().cloned();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let first = held(c, id, revision).await?;
                    let others = if whole { fellows(c, &first).await? } else { Vec::new() };
                    take(c, &who, &first, (act, &opinion), outlets.as_deref()).await?;
                    let mut taken = 1;
                    for other in &others {
                        match take(c, &who, other, (act, &opinion), outlets.as_deref()).await {
                            Ok(()) => taken += 1,
                            // Somebody wrote words of this one and may not check it: it waits for another.
                            Err(DeskError::Refused(Refusal::SamePerson)) => {}
                            Err(error) => return Err(error),
                        }
                    }
                    Ok(taken)
                })
            })
            .await
    }

    /// Begins a correction of what is out: a new version with the same figures, which names it and the reason.
    /// Returns its number.
    ///
    /// # Errors
    /// [`Refusal`]: another than an analyst, a report that is not out, no reason.
    pub async fn correct(&self, by: By<'_>, id: i64, revision: i64, reason: &str) -> Result<i64, DeskError> {
        let who = Who::of(self, by).await?;
        if who.role != Role::Analyst {
            return Err(Refusal::NotAllowed.into());
        }
        let reason = needed(reason, TEXT_CHARS_MAX).map_err(|_| Refusal::ReasonMissing)?;
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let old = held(c, id, revision).await?;
                    if old.state != PaperState::Published {
                        return Err(Refusal::WrongState.into());
                    }
                    const MODEL: &str = "SELECT hospital, title, issue, verdict, as_of, model, model_hash,
                        templates_hash, fonts_hash FROM report WHERE id = $1";
                    let row = sqlx::query(MODEL).bind(id).fetch_one(&mut *c).await?;
                    let report = super::NewReport {
                        kind: old.key.kind.clone(),
                        period: old.key.period.clone(),
                        edition: old.key.edition.clone(),
                        hospital: old.hospital.clone(),
                        title: row.get(1),
                        issue: row.get(2),
                        verdict: row.get(3),
                        as_of: Micros(row.get(4)),
                        model: row.get(5),
                        model_hash: row.get(6),
                        templates_hash: row.get(7),
                        fonts_hash: row.get(8),
                    };
                    let made = (who.now, who.name.as_str());
                    let new = insert_report(c, &report, old.key.version + 1, made).await?;
                    add_paper(c, new, (Some(id), &reason), &old.words, made).await?;
                    let key = ReportKey { version: old.key.version + 1, ..old.key };
                    let person = who.person(c).await?;
                    let of_new = Held { id: new, key, state: PaperState::Drafting, ..old };
                    let step =
                        PaperStep { words: of_new.words.clone(), ..who.step("correct", &person, &reason) };
                    who.note(c, &of_new, step).await?;
                    Ok(new)
                })
            })
            .await
    }

    /// What was done with a report, the oldest first; empty where it is not for `who`.
    ///
    /// # Errors
    /// The database.
    pub async fn steps(&self, who: &Readable, id: i64) -> Result<Vec<PaperStep>, DeskError> {
        if *who != Readable::All {
            return Ok(Vec::new());
        }
        const STEPS: &str = "SELECT at, act, person, stands_for, opinion, words FROM report_step
            WHERE report_id = $1 ORDER BY no";
        let rows = sqlx::query(STEPS).bind(id).fetch_all(self.0.readers()).await?;
        let read = |row: &sqlx::sqlite::SqliteRow| PaperStep {
            at: Micros(row.get(0)),
            act: row.get(1),
            person: row.get(2),
            stands_for: row.get(3),
            opinion: row.get(4),
            words: row.get(5),
        };
        Ok(rows.iter().map(read).collect())
    }

    /// Whether an account has written words of a report, and so neither checks nor signs it.
    ///
    /// # Errors
    /// The database.
    pub async fn has_written(&self, account: AccountId, id: i64) -> Result<bool, DeskError> {
        let n: i64 = sqlx::query_scalar(WRITTEN).bind(id).bind(account.0).fetch_one(self.0.readers()).await?;
        Ok(n > 0)
    }

    /// Whether an account signs in a leader's place now.
    ///
    /// # Errors
    /// The database.
    pub async fn is_deputy(&self, account: AccountId, role: Role) -> Result<bool, DeskError> {
        let mut connection = self.0.readers().acquire().await?;
        Ok(deputy_of(&mut connection, (account, role), self.0.clock().now()).await?.is_some())
    }
}

/// One report, one step.
async fn take(
    c: &mut Connection,
    who: &Who,
    held: &Held,
    (act, opinion): (PaperAct, &str),
    outlets: Option<&Outlets>,
) -> Result<(), DeskError> {
    let stands_for = match act {
        PaperAct::Sign if who.role != Role::Leader => {
            deputy_of(c, (who.account, who.role), who.now).await?.unwrap_or_default()
        }
        _ => String::new(),
    };
    let written: i64 =
        sqlx::query_scalar(WRITTEN).bind(held.id).bind(who.account.0).fetch_one(&mut *c).await?;
    let same = written > 0;
    let actor = Actor { role: Some(who.role), deputy: !stands_for.is_empty(), scan: false, same };
    let to = go(PAPER, held.state, act, &actor, opinion)?;
    let person = who.person(c).await?;
    let own = |text: &str| if text.is_empty() { person.clone() } else { text.to_owned() };
    let (mut drafter, mut checker, mut signed) =
        (held.drafter.clone(), held.checker.clone(), held.signed.clone());
    match act {
        PaperAct::Submit => drafter = own(&drafter),
        PaperAct::Check => checker = person.clone(),
        PaperAct::Sign => signed = (person.clone(), stands_for.clone(), Some(who.now.0)),
        PaperAct::Return => (checker, signed) = (String::new(), (String::new(), String::new(), None)),
        PaperAct::Publish => {}
    }
    const STEP: &str =
        "UPDATE report_paper SET state = $2, drafter = $3, checker = $4, signer = $5, stands_for = $6,
        signed_at = $7, published_at = $8 WHERE report_id = $1";
    sqlx::query(STEP)
        .bind(held.id)
        .bind(to.as_str())
        .bind(drafter)
        .bind(checker)
        .bind(signed.0)
        .bind(signed.1)
        .bind(signed.2)
        .bind((act == PaperAct::Publish).then_some(who.now.0))
        .execute(&mut *c)
        .await?;
    if let (PaperAct::Publish, Some(unit)) = (act, &held.hospital) {
        tell_report(c, outlets, who.now, (held.id, unit)).await?;
    }
    let step = PaperStep { stands_for, ..who.step(act.as_str(), &person, opinion) };
    who.note(c, held, step).await
}
