//! One notice with all that belongs to it, as far as a viewer may see it.

use std::collections::BTreeMap;

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};

use super::{
    Cases, Units,
    chase::{Call, CallOutcome, NewCall},
    correct::{self, Correction},
    decide::unit,
    draft::{Colour, Draft, NoticeKind},
    link::{LINKS, LinkRow, read_link},
    machine::{NoticeAct, NoticeState, Rung, RungState},
    number::Number,
    reply::{ReplyForm, read_form},
    rows::{DisputeKind, Problem},
    tx::{read_number, read_problem},
    watch::{CheckKind, Evidence},
};
use crate::{AccountId, DeskError};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    pub id: i64,
    pub of: Draft,
    pub state: NoticeState,
    pub number: Option<Number>,
    pub sealed: Option<String>,
    pub drafted_at: Micros,
    pub drafted_by: AccountId,
    pub drafter: String,
    pub sent_at: Option<Micros>,
    pub sent_by: Option<AccountId>,
    pub ended_at: Option<Micros>,
    pub revision: i64,
    pub changed_at: Micros,
    pub changed_by: String,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StepRow {
    pub act: NoticeAct,
    pub at: Micros,
    pub person: String,
    pub post: String,
    pub stands_for: String,
    pub opinion: String,
    pub sheet: Option<String>,
    pub account: String,
}

/// A unit's part: sent, delivered, read, signed, answered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct UnitRow {
    pub unit: UnitId,
    pub sent: Option<Micros>,
    pub delivered: Option<Micros>,
    pub read: Option<Micros>,
    pub read_by: String,
    pub signed: Option<Micros>,
    pub signed_by: String,
    pub signed_post: String,
    pub signed_entry: String,
    pub signed_sheet: Option<String>,
    pub answered: Option<Micros>,
    pub passed: Option<Micros>,
    pub passed_by: String,
    pub withdrawn: Option<Micros>,
    pub revision: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Extension {
    pub asked_at: Micros,
    pub asked_by: String,
    pub reason: String,
    pub until: Micros,
    pub decided_at: Option<Micros>,
    pub decided_by: String,
    pub granted: Option<bool>,
    pub opinion: String,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DisputeRow {
    pub kind: DisputeKind,
    pub reason: String,
    pub at: Micros,
    pub by: String,
    pub decided_at: Option<Micros>,
    pub decided_by: String,
    pub decision: String,
    pub opinion: String,
    pub owner: String,
    pub until: Option<Micros>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CheckRow {
    pub at: Micros,
    pub judge: String,
    /// `good`, `bad`, `cannot`.
    pub verdict: String,
    pub reason: String,
    /// None for a person's.
    pub kind: Option<CheckKind>,
    /// What a machine's rests on.
    pub evidence: Option<Evidence>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Proof {
    pub hash: String,
    pub name: String,
    pub at: Micros,
    pub by: String,
}

/// The number of a document that belongs to a notice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PaperNumber {
    pub unit: UnitId,
    /// `supervision 7`, by its step's id; `review`.
    pub paper: String,
    pub number: Number,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RungRow {
    pub id: i64,
    pub unit: UnitId,
    pub rung: Rung,
    pub state: RungState,
    pub drafted: Micros,
    pub late: i64,
    pub late_days: i64,
    pub done: Option<Micros>,
    pub done_by: String,
    pub stands_for: String,
    pub opinion: String,
    pub revision: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HistoryRow {
    pub at: Micros,
    pub account: String,
    pub unit: Option<UnitId>,
    /// The problem's number within the notice.
    pub row: Option<i64>,
    pub act: String,
    pub from: String,
    pub to: String,
    pub text: String,
}

/// A notice and what belongs to it. By problem, where the key is one: its id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NoticeDetail {
    pub notice: Notice,
    /// What it asks to be replied.
    pub reply: Option<ReplyForm>,
    /// When a leader signed it last (成文日期).
    pub signed: Option<Micros>,
    /// For the commission alone.
    pub steps: Vec<StepRow>,
    pub units: Vec<UnitRow>,
    pub rows: Vec<Problem>,
    pub extensions: BTreeMap<i64, Vec<Extension>>,
    pub disputes: BTreeMap<i64, Vec<DisputeRow>>,
    pub checks: BTreeMap<i64, Vec<CheckRow>>,
    pub proof: BTreeMap<i64, Vec<Proof>>,
    pub calls: Vec<Call>,
    pub rungs: Vec<RungRow>,
    /// Numbers of 督办单 and 复核意见.
    pub numbers: Vec<PaperNumber>,
    pub corrections: Vec<Correction>,
    /// One-time links of the units' receipts, the oldest first.
    pub links: Vec<LinkRow>,
    /// Newest first.
    pub history: Vec<HistoryRow>,
}

fn micros(row: &SqliteRow, name: &str) -> Option<Micros> {
    row.get::<Option<i64>, _>(name).map(Micros)
}

pub(super) fn read_notice(row: &SqliteRow) -> Result<Notice, DeskError> {
    let colour: String = row.get("colour");
    Ok(Notice {
        id: row.get("id"),
        of: Draft {
            kind: NoticeKind::stored(row.get("kind"))?,
            colour: Colour::from_name(&colour),
            title: row.get("title"),
            cause: row.get("cause"),
            basis: row.get("basis"),
            demand: row.get("demand"),
            contact: row.get("contact"),
            phone: row.get("phone"),
            incident: row.get("incident_id"),
            above: row.get("above"),
            above_number: row.get("above_number"),
            above_due: micros(row, "above_due"),
            units: std::collections::BTreeSet::new(),
        },
        state: NoticeState::stored(row.get("state"))?,
        number: read_number(row),
        sealed: row.get("sealed"),
        drafted_at: Micros(row.get("drafted_at")),
        drafted_by: AccountId(row.get("drafted_by")),
        drafter: row.get("drafter"),
        sent_at: micros(row, "sent_at"),
        sent_by: row.get::<Option<i64>, _>("sent_by").map(AccountId),
        ended_at: micros(row, "ended_at"),
        revision: row.get("revision"),
        changed_at: Micros(row.get("changed_at")),
        changed_by: row.get("changed_by"),
    })
}

fn read_unit(row: &SqliteRow) -> UnitRow {
    UnitRow {
        unit: unit(row.get("unit")),
        sent: micros(row, "sent_at"),
        delivered: micros(row, "delivered_at"),
        read: micros(row, "read_at"),
        read_by: row.get("read_by"),
        signed: micros(row, "signed_at"),
        signed_by: row.get("signed_by"),
        signed_post: row.get("signed_post"),
        signed_entry: row.get("signed_entry"),
        signed_sheet: row.get("signed_sheet"),
        answered: micros(row, "answered_at"),
        passed: micros(row, "passed_at"),
        passed_by: row.get("passed_by"),
        withdrawn: micros(row, "withdrawn_at"),
        revision: row.get("revision"),
    }
}

fn read_step(row: &SqliteRow) -> Result<StepRow, DeskError> {
    Ok(StepRow {
        act: NoticeAct::stored(row.get("act"))?,
        at: Micros(row.get("at")),
        person: row.get("person"),
        post: row.get("post"),
        stands_for: row.get("stands_for"),
        opinion: row.get("opinion"),
        sheet: row.get("sheet"),
        account: row.get("account"),
    })
}

fn read_rung(row: &SqliteRow) -> Result<RungRow, DeskError> {
    Ok(RungRow {
        id: row.get("id"),
        unit: unit(row.get("unit")),
        rung: Rung::stored(row.get("rung"))?,
        state: RungState::stored(row.get("state"))?,
        drafted: Micros(row.get("drafted_at")),
        late: row.get("late"),
        late_days: row.get("late_days"),
        done: micros(row, "done_at"),
        done_by: row.get("done_by"),
        stands_for: row.get("stands_for"),
        opinion: row.get("opinion"),
        revision: row.get("revision"),
    })
}

fn read_call(row: &SqliteRow) -> Result<Call, DeskError> {
    Ok(Call {
        at: Micros(row.get("at")),
        unit: unit(row.get("unit")),
        by: row.get("called_by"),
        call: NewCall {
            number: row.get("number"),
            person: row.get("person"),
            post: row.get("post"),
            outcome: CallOutcome::stored(row.get("outcome"))?,
            said: row.get("said"),
            promised: micros(row, "promised"),
        },
    })
}

fn read_dispute(row: &SqliteRow) -> Result<DisputeRow, DeskError> {
    Ok(DisputeRow {
        kind: DisputeKind::stored(row.get("kind"))?,
        reason: row.get("reason"),
        at: Micros(row.get("at")),
        by: row.get("raised_by"),
        decided_at: micros(row, "decided_at"),
        decided_by: row.get("decided_by"),
        decision: row.get("decision"),
        opinion: row.get("opinion"),
        owner: row.get("owner"),
        until: micros(row, "until"),
    })
}

fn read_extension(row: &SqliteRow) -> Extension {
    Extension {
        asked_at: Micros(row.get("asked_at")),
        asked_by: row.get("asked_by"),
        reason: row.get("reason"),
        until: Micros(row.get("until")),
        decided_at: micros(row, "decided_at"),
        decided_by: row.get("decided_by"),
        granted: row.get::<Option<i64>, _>("granted").map(|g| g == 1),
        opinion: row.get("opinion"),
    }
}

/// What belongs to the problems of a notice, by problem.
macro_rules! by_row {
    ($self:ident, $id:ident, $table:literal, $order:literal, $read:expr) => {{
        const SELECT: &str = concat!(
            "SELECT x.* FROM ",
            $table,
            " x JOIN case_row r ON r.id = x.row_id WHERE r.notice_id = $1 ORDER BY ",
            $order
        );
        let mut all: BTreeMap<i64, Vec<_>> = BTreeMap::new();
        for row in sqlx::query(SELECT).bind($id).fetch_all($self.0.readers()).await? {
            all.entry(row.get("row_id")).or_default().push($read(&row)?);
        }
        all
    }};
}

impl Cases<'_> {
    /// A notice with what the viewer may see of it: the commission all, a unit its own part, once it is sent.
    /// None where that is nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn notice(&self, units: &Units, id: i64) -> Result<Option<NoticeDetail>, DeskError> {
        let pool = self.0.readers();
        let row =
            sqlx::query("SELECT * FROM case_notice WHERE id = $1").bind(id).fetch_optional(pool).await?;
        let Some(row) = row else { return Ok(None) };
        let notice = read_notice(&row)?;
        let sees = |unit: &UnitId| units.as_ref().is_none_or(|units| units.contains(unit));
        let all = async |sql: &'static str| sqlx::query(sql).bind(id).fetch_all(pool).await;
        let parts = all("SELECT * FROM case_unit WHERE notice_id = $1 ORDER BY unit").await?;
        let parts: Vec<_> = parts.iter().map(read_unit).filter(|u| sees(&u.unit)).collect();
        if units.is_some() && (!notice.state.is_out() || !parts.iter().any(|u| u.sent.is_some())) {
            return Ok(None);
        }
        let rows = all("SELECT * FROM case_row WHERE notice_id = $1 ORDER BY no").await?;
        let rows: Vec<_> = rows.iter().map(read_problem).collect::<Result<_, _>>()?;
        let rows: Vec<Problem> = rows.into_iter().filter(|r| sees(&r.of.unit)).collect();
        let mine = |id: &i64| rows.iter().any(|r| r.id == *id);
        let numbers: BTreeMap<i64, i64> = rows.iter().map(|r| (r.id, r.no)).collect();
        let steps = if units.is_none() {
            let steps = all("SELECT * FROM case_step WHERE notice_id = $1 ORDER BY no").await?;
            steps.iter().map(read_step).collect::<Result<_, _>>()?
        } else {
            Vec::new()
        };
        let asked = all("SELECT form FROM case_reply_form WHERE notice_id = $1").await?;
        let reply = asked.first().map_or(Ok(None), |row| read_form(row.get(0)))?;
        const SIGNED: &str = "SELECT MAX(at) FROM case_step WHERE notice_id = $1 AND act = 'sign'";
        let signed = sqlx::query(SIGNED).bind(id).fetch_one(pool).await?;
        let signed = signed.get::<Option<i64>, _>(0).map(Micros);
        let mut extensions = by_row!(self, id, "case_extension", "x.id", |r: &SqliteRow| Ok::<_, DeskError>(
            read_extension(r)
        ));
        let mut disputes = by_row!(self, id, "case_dispute", "x.id", read_dispute);
        let mut checks =
            by_row!(self, id, "case_check", "x.no", |r: &SqliteRow| Ok::<_, DeskError>(CheckRow {
                at: Micros(r.get("at")),
                judge: r.get("judge"),
                verdict: r.get("verdict"),
                reason: r.get("reason"),
                kind: CheckKind::from_name(r.get("kind")),
                // One of an older version that is not understood is left out, not the notice with it.
                evidence: serde_json::from_str(r.get("evidence")).ok(),
            }));
        let mut proof = by_row!(self, id, "case_proof", "x.at", |r: &SqliteRow| Ok::<_, DeskError>(Proof {
            hash: r.get("hash"),
            name: r.get("name"),
            at: Micros(r.get("at")),
            by: r.get("given_by"),
        }));
        extensions.retain(|id, _| mine(id));
        disputes.retain(|id, _| mine(id));
        checks.retain(|id, _| mine(id));
        proof.retain(|id, _| mine(id));
        let calls = all("SELECT * FROM case_call WHERE notice_id = $1 ORDER BY at DESC").await?;
        let calls: Vec<_> = calls.iter().map(read_call).collect::<Result<_, _>>()?;
        let rungs = all("SELECT * FROM case_rung WHERE notice_id = $1 ORDER BY id").await?;
        let rungs: Vec<_> = rungs.iter().map(read_rung).collect::<Result<_, _>>()?;
        let given = all("SELECT * FROM case_paper_number WHERE notice_id = $1 ORDER BY unit, paper").await?;
        let given = given.iter().filter_map(|row| {
            Some(PaperNumber {
                unit: unit(row.get("unit")),
                paper: row.get("paper"),
                number: read_number(row)?,
            })
        });
        let corrections = all("SELECT * FROM case_correction WHERE notice_id = $1 ORDER BY id").await?;
        let corrections: Vec<_> = corrections.iter().map(correct::read).collect::<Result<_, _>>()?;
        let links = all(LINKS).await?;
        let links = links.iter().map(read_link).filter(|l| sees(&l.unit)).collect();
        let history = all("SELECT * FROM case_history WHERE notice_id = $1 ORDER BY no DESC").await?;
        let history = history.iter().map(|row| {
            let name: String = row.get("unit");
            HistoryRow {
                at: Micros(row.get("at")),
                account: row.get("account"),
                unit: UnitId::new(&name).ok(),
                row: row.get::<Option<i64>, _>("row_id").and_then(|id| numbers.get(&id).copied()),
                act: row.get("act"),
                from: row.get("from_state"),
                to: row.get("to_state"),
                text: row.get("text"),
            }
        });
        // A unit sees its own part, not how the notice was made nor what is drafted against it.
        let own = |of: Option<&UnitId>| units.is_none() || of.is_some_and(&sees);
        Ok(Some(NoticeDetail {
            calls: calls.into_iter().filter(|call| own(Some(&call.unit))).collect(),
            rungs: rungs
                .into_iter()
                .filter(|r| own(Some(&r.unit)) && (units.is_none() || r.state == RungState::Sent))
                .collect(),
            numbers: given.filter(|n| sees(&n.unit)).collect(),
            corrections: corrections
                .into_iter()
                .filter(|k| {
                    units.is_none() || (k.approved == Some(true) && k.of.unit.as_ref().is_none_or(&sees))
                })
                .collect(),
            history: history
                .filter(|h| own(h.unit.as_ref()) && (units.is_none() || !h.act.ends_with("_rung")))
                .collect(),
            links,
            notice,
            reply,
            signed,
            steps,
            units: parts,
            rows,
            extensions,
            disputes,
            checks,
            proof,
        }))
    }
}
