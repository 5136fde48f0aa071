//! Taking back the last act: an act of its own, so that the history keeps both.

use sqlx::Row;

use super::{
    Triage, Units,
    act::{AlertChange, Own, Who, held, record},
};
use crate::{Connection, DeskError, Refusal, Viewer};

impl Triage<'_> {
    /// Puts the group and its alerts back to what they were before `act`. Only the last act of a group can be
    /// taken back, and only where nothing has changed since; an alert that became new again by itself stays new.
    ///
    /// # Errors
    /// [`Refusal::Changed`], [`Refusal::NotThere`]; the database's.
    pub async fn undo(
        &self,
        viewer: &Viewer,
        address: &str,
        units: &Units,
        act: i64,
    ) -> Result<i64, DeskError> {
        if !viewer.may_write {
            return Err(Refusal::NotAllowed.into());
        }
        let who = Who::new(self, viewer, address, units);
        self.0.write(move |c| Box::pin(async move { undo(c, &who, act).await })).await
    }

    /// The last act of a group that can be taken back.
    pub async fn last_act(&self, group: &str) -> Result<Option<i64>, DeskError> {
        const SELECT: &str = "SELECT id, undoes FROM triage_act WHERE group_id = $1 ORDER BY id DESC LIMIT 1";
        let row = sqlx::query(SELECT).bind(group).fetch_optional(self.0.readers()).await?;
        Ok(row.and_then(|r| r.get::<Option<i64>, _>(1).is_none().then(|| r.get(0))))
    }
}

async fn undo(c: &mut Connection, who: &Who, act: i64) -> Result<i64, DeskError> {
    const ACT: &str = "SELECT group_id, before, undoes,
        (SELECT MAX(b.id) FROM triage_act b WHERE b.group_id = a.group_id) FROM triage_act a WHERE id = $1";
    let row = sqlx::query(ACT).bind(act).fetch_optional(&mut *c).await?.ok_or(Refusal::NotThere)?;
    let group: String = row.get(0);
    let held = held(c, who, &group).await?;
    if row.get::<Option<i64>, _>(2).is_some() || row.get::<i64, _>(3) != act {
        return Err(Refusal::Changed.into());
    }
    let own: Own = serde_json::from_str(row.get(1)).map_err(|e| DeskError::Broken(e.to_string()))?;
    const CHANGES: &str =
        "SELECT h.alert_id, h.from_status, h.from_verdict, h.to_status, h.to_verdict, h.level
        FROM triage_change h JOIN triage_alert a ON a.alert_id = h.alert_id
        WHERE h.act_id = $1 AND a.status = h.to_status AND a.verdict = h.to_verdict ORDER BY a.no";
    let rows = sqlx::query(CHANGES).bind(act).fetch_all(&mut *c).await?;
    let changes = rows.iter().map(|r| AlertChange {
        alert_id: r.get(0),
        to: (r.get(1), r.get(2)),
        from: (r.get(3), r.get(4)),
        level: r.get(5),
    });
    let changes = changes.collect();
    record(c, who, &held, "undo", "", &own, changes, Some(act)).await
}
