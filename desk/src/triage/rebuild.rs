//! Triage anew from the alerts in the store and the history that was kept: for `ward admin rebuild triage`, and
//! for a position that is older than what the log still has.
//!
//! First all alerts come again, as if nobody had touched them; then the history is played over them. An
//! interrupted rebuild is seen by its mark and begins anew.

use sqlx::Row;
use ward_event::alert::Alert;

use super::{
    Triage,
    act::{AlertChange, Own, apply},
    arrive::take_all,
    state,
};
use crate::{Connection, DeskError};

impl Triage<'_> {
    /// Empties triage but for its history.
    pub async fn rebuild_begin(&self) -> Result<(), DeskError> {
        self.0
            .write(|c| {
                Box::pin(async move {
                    for statement in [
                        "DELETE FROM triage_alert",
                        "DELETE FROM triage_group",
                        "UPDATE triage_position SET next_offset = 0, rebuilding = 1 WHERE id = 1",
                    ] {
                        sqlx::query(statement).execute(&mut *c).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Adds alerts, in the order they were given.
    pub async fn rebuild_add(&self, alerts: Vec<Alert>) -> Result<(), DeskError> {
        self.0.write(move |c| Box::pin(async move { take_all(c, &alerts).await.map(|_| ()) })).await
    }

    /// Plays the history and goes on from `next`.
    pub async fn rebuild_end(&self, next: u64) -> Result<(), DeskError> {
        self.0
            .write(move |c| {
                Box::pin(async move {
                    replay(c).await?;
                    sqlx::query("UPDATE triage_position SET next_offset = $1, rebuilding = 0 WHERE id = 1")
                        .bind(i64::try_from(next).unwrap_or(i64::MAX))
                        .execute(&mut *c)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn replay(c: &mut Connection) -> Result<(), DeskError> {
    const ACTS: &str = "SELECT id, group_id, after FROM triage_act ORDER BY id";
    const CHANGES: &str = "SELECT h.alert_id, h.to_status, h.to_verdict, h.level FROM triage_change h
        JOIN triage_alert a ON a.alert_id = h.alert_id WHERE h.act_id = $1";
    for act in sqlx::query(ACTS).fetch_all(&mut *c).await? {
        let (id, group): (i64, String) = (act.get(0), act.get(1));
        let own: Own = serde_json::from_str(act.get(2)).map_err(|e| DeskError::Broken(e.to_string()))?;
        for row in sqlx::query(CHANGES).bind(id).fetch_all(&mut *c).await? {
            let to = (row.get(1), row.get(2));
            let from = Default::default();
            apply(c, &AlertChange { alert_id: row.get(0), from, to, level: row.get(3) }).await?;
        }
        super::act::apply_own(c, &group, &own).await?;
    }
    // What has become worse than it was when it was closed is new again, as it was online.
    sqlx::query(
        "UPDATE triage_alert SET status = 'new', verdict = 'undecided' WHERE status = 'closed' AND level > closed_level",
    )
    .execute(&mut *c)
    .await?;
    for row in sqlx::query("SELECT id FROM triage_group").fetch_all(&mut *c).await? {
        state::settle(c, row.get(0)).await?;
    }
    Ok(())
}
