//! What people do with cases. Nothing is overwritten unseen: an edit names the version it was made on and the
//! last alert that was on the screen.

use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{
    Micros, UnitId,
    alert::Entity,
    control::{Change, Finding, Verdict},
};

use super::{Status, Triage, Units, finding, outbox, state};
use crate::{
    Connection, DeskError, Refusal, Viewer,
    audit::{Action, Entry, Ledger},
};

/// Characters of a reason. More is a report.
pub const REASON_CHARS_MAX: usize = 500;

/// One group as it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub group: String,
    pub version: i64,
    /// Arrival number of the newest alert that was seen: later ones stay as they are.
    pub seen: i64,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It is mine: what was new is open.
    Take,
    /// It is somebody's.
    Assign(String),
    /// It is nobody's; what is open stays open.
    Release,
    Close {
        verdict: Finding,
        reason: String,
    },
    /// What is closed is open again, without a verdict.
    Reopen {
        reason: String,
    },
}

impl Act {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Assign(_) => "assign",
            Self::Release => "release",
            Self::Close { .. } => "close",
            Self::Reopen { .. } => "reopen",
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Close { reason, .. } | Self::Reopen { reason } => reason,
            _ => "",
        }
    }
}

/// What became of one edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    pub group: String,
    /// The act's number, or why nothing was done to this group.
    pub done: Result<i64, Refusal>,
    /// Alerts whose status or verdict is another now.
    pub changed: u64,
}

/// A group's own part that acts change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Own {
    pub(super) owner: String,
    pub(super) verdict: String,
    pub(super) reason: String,
}

/// One group as its row has it.
pub(super) struct Held {
    pub(super) id: String,
    pub(super) hospital: UnitId,
    pub(super) rule_id: String,
    pub(super) version: i64,
    pub(super) own: Own,
}

/// One alert's change.
pub(super) struct AlertChange {
    pub(super) alert_id: String,
    pub(super) from: (String, String),
    pub(super) to: (String, String),
    pub(super) level: i64,
}

impl Triage<'_> {
    /// Does the same to each group, in one transaction with its history, its audit and what detection must
    /// know. A group that has changed meanwhile, or is not the viewer's to see, is left as it is and said so.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for a viewer that may only read; the database's.
    pub async fn act(
        &self,
        viewer: &Viewer,
        address: &str,
        units: &Units,
        edits: Vec<Edit>,
        act: Act,
    ) -> Result<Vec<Acted>, DeskError> {
        if !viewer.may_write {
            return Err(Refusal::NotAllowed.into());
        }
        let who = Who::new(self, viewer, address, units);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let mut acted = Vec::with_capacity(edits.len());
                    for edit in edits {
                        let group = edit.group.clone();
                        let (done, changed) = match one(c, &who, &edit, &act).await {
                            Ok((id, changed)) => (Ok(id), changed),
                            Err(DeskError::Refused(refusal)) => (Err(refusal), 0),
                            Err(error) => return Err(error),
                        };
                        acted.push(Acted { group, done, changed });
                    }
                    Ok(acted)
                })
            })
            .await
    }
}

/// Who acts, and when.
pub(super) struct Who {
    pub(super) viewer: Viewer,
    pub(super) address: String,
    pub(super) units: Units,
    pub(super) now: Micros,
    pub(super) ledger: Ledger,
}

impl Who {
    pub(super) fn new(triage: &Triage<'_>, viewer: &Viewer, address: &str, units: &Units) -> Self {
        Self {
            viewer: viewer.clone(),
            address: address.into(),
            units: units.clone(),
            now: triage.0.clock().now(),
            ledger: triage.0.ledger(),
        }
    }

    pub(super) fn sees(&self, hospital: &UnitId) -> bool {
        self.units.as_ref().is_none_or(|units| units.contains(hospital))
    }
}

/// The group, if it is the viewer's to see.
pub(super) async fn held(c: &mut Connection, who: &Who, group: &str) -> Result<Held, DeskError> {
    const SELECT: &str =
        "SELECT id, hospital, rule_id, version, owner, verdict, reason FROM triage_group WHERE id = $1";
    let row = sqlx::query(SELECT).bind(group).fetch_optional(&mut *c).await?.ok_or(Refusal::NotThere)?;
    let hospital = UnitId::new(row.get(1)).unwrap_or_default();
    if !who.sees(&hospital) {
        return Err(Refusal::NotThere.into());
    }
    let own = Own { owner: row.get(4), verdict: row.get(5), reason: row.get(6) };
    Ok(Held { id: row.get(0), hospital, rule_id: row.get(2), version: row.get(3), own })
}

async fn one(c: &mut Connection, who: &Who, edit: &Edit, act: &Act) -> Result<(i64, u64), DeskError> {
    let held = held(c, who, &edit.group).await?;
    if held.version != edit.version {
        return Err(Refusal::Changed.into());
    }
    let own = after(&held.own, act, &who.viewer.name);
    let changes = changes(c, edit, act).await?;
    let count = changes.len() as u64;
    let id = record(c, who, &held, act.name(), act.reason(), &own, changes, None).await?;
    Ok((id, count))
}

fn after(own: &Own, act: &Act, me: &str) -> Own {
    let mut own = own.clone();
    match act {
        Act::Take => own.owner = me.to_owned(),
        Act::Assign(to) => own.owner = to.clone(),
        Act::Release => own.owner.clear(),
        Act::Close { verdict, reason } => {
            if own.owner.is_empty() {
                // Who closes a case answers for it.
                own.owner = me.to_owned();
            }
            own.verdict = verdict.name().to_owned();
            own.reason = bounded(reason);
        }
        Act::Reopen { reason } => {
            own.verdict = Finding::Undecided.name().to_owned();
            own.reason = bounded(reason);
        }
    }
    own
}

fn bounded(reason: &str) -> String {
    reason.trim().chars().take(REASON_CHARS_MAX).collect()
}

/// What the act makes of the group's alerts that were seen.
async fn changes(c: &mut Connection, edit: &Edit, act: &Act) -> Result<Vec<AlertChange>, DeskError> {
    let (from, to, verdict) = match act {
        Act::Take | Act::Assign(_) => (&["new"][..], Status::Open, Finding::Undecided),
        Act::Release => return Ok(Vec::new()),
        Act::Close { verdict, .. } => (&["new", "open"][..], Status::Closed, *verdict),
        Act::Reopen { .. } => (&["closed"][..], Status::Open, Finding::Undecided),
    };
    const SELECT: &str = "SELECT alert_id, status, verdict, level FROM triage_alert
        WHERE group_id = $1 AND status = $2 AND no <= $3 ORDER BY no";
    let mut found = Vec::new();
    for status in from {
        let rows =
            sqlx::query(SELECT).bind(&edit.group).bind(*status).bind(edit.seen).fetch_all(&mut *c).await?;
        found.extend(rows.iter().map(|row| AlertChange {
            alert_id: row.get(0),
            from: (row.get(1), row.get(2)),
            to: (to.as_str().to_owned(), verdict.name().to_owned()),
            level: row.get(3),
        }));
    }
    Ok(found)
}

/// Puts an act down: history, rows, what detection must know, audit.
#[expect(clippy::too_many_arguments, reason = "one act has so many sides")]
pub(super) async fn record(
    c: &mut Connection,
    who: &Who,
    held: &Held,
    action: &str,
    reason: &str,
    own: &Own,
    changes: Vec<AlertChange>,
    undoes: Option<i64>,
) -> Result<i64, DeskError> {
    let json = |own: &Own| serde_json::to_string(own).map_err(|e| DeskError::Broken(e.to_string()));
    let row = sqlx::query(
        "INSERT INTO triage_act (id, group_id, at, account, action, reason, before, after, undoes)
         VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM triage_act), $1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
    )
    .bind(&held.id)
    .bind(who.now.0)
    .bind(&who.viewer.name)
    .bind(action)
    .bind(bounded(reason))
    .bind(json(&held.own)?)
    .bind(json(own)?)
    .bind(undoes)
    .fetch_one(&mut *c)
    .await?;
    let id: i64 = row.get(0);
    for change in &changes {
        put_change(c, id, change).await?;
        apply(c, change).await?;
        if change.from.1 != change.to.1 {
            let verdict = verdict(c, who, held, change, reason).await?;
            outbox::put(c, verdict, who.now).await?;
        }
    }
    apply_own(c, &held.id, own).await?;
    state::settle(c, &held.id).await?;
    let detail = json!({ "action": action, "alerts": changes.len(), "verdict": own.verdict, "owner": own.owner, "reason": bounded(reason) });
    let kind = if changes.iter().any(|a| a.from.1 != a.to.1) { Action::Judge } else { Action::Change };
    let entry = Entry::new(&who.viewer, &who.address, kind)
        .unit(&held.hospital)
        .object("triage", &held.id)
        .detail(detail);
    who.ledger.append(c, entry).await?;
    Ok(id)
}

async fn put_change(c: &mut Connection, act: i64, change: &AlertChange) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO triage_change (act_id, alert_id, from_status, to_status, from_verdict, to_verdict, level)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(act)
    .bind(&change.alert_id)
    .bind(&change.from.0)
    .bind(&change.to.0)
    .bind(&change.from.1)
    .bind(&change.to.1)
    .bind(change.level)
    .execute(&mut *c)
    .await?;
    Ok(())
}

pub(super) async fn apply(c: &mut Connection, change: &AlertChange) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE triage_alert SET status = $2, verdict = $3, closed_level = CASE WHEN $2 = 'closed' THEN $4 END
         WHERE alert_id = $1",
    )
    .bind(&change.alert_id)
    .bind(&change.to.0)
    .bind(&change.to.1)
    .bind(change.level)
    .execute(&mut *c)
    .await?;
    Ok(())
}

pub(super) async fn apply_own(c: &mut Connection, group: &str, own: &Own) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE triage_group SET owner = $2, verdict = $3, reason = $4, version = version + 1 WHERE id = $1",
    )
    .bind(group)
    .bind(&own.owner)
    .bind(&own.verdict)
    .bind(&own.reason)
    .execute(&mut *c)
    .await?;
    Ok(())
}

async fn verdict(
    c: &mut Connection,
    who: &Who,
    held: &Held,
    change: &AlertChange,
    reason: &str,
) -> Result<Change, DeskError> {
    const SELECT: &str = "SELECT entities, score, given FROM triage_alert WHERE alert_id = $1";
    let row: SqliteRow = sqlx::query(SELECT).bind(&change.alert_id).fetch_one(&mut *c).await?;
    let entities: Vec<Entity> =
        serde_json::from_str(row.get(0)).map_err(|e| DeskError::Broken(e.to_string()))?;
    Ok(Change::Verdict(Verdict {
        alert_id: change.alert_id.clone(),
        rule_id: held.rule_id.clone(),
        hospital: held.hospital.clone(),
        entities,
        score: row.get(1),
        given: Micros(row.get(2)),
        verdict: finding(&change.to.1),
        reason: bounded(reason),
        by: who.viewer.name.clone(),
        at: who.now,
    }))
}
