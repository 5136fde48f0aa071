//! What follows from a group's alerts: status, counts, level.

use sqlx::Row;

use crate::{Connection, DeskError};

/// Computes what the group's row says of its alerts anew. Both reads are by index.
pub(super) async fn settle(connection: &mut Connection, group: &str) -> Result<(), DeskError> {
    const SUMS: &str = "SELECT COUNT(*), SUM(CASE WHEN status = 'new' THEN 1 ELSE 0 END),
        SUM(CASE WHEN status = 'closed' THEN 0 ELSE 1 END), SUM(events), MIN(first_seen), MAX(last_seen),
        MAX(CASE WHEN status = 'closed' THEN -1 ELSE level END), MAX(level), MAX(no)
        FROM triage_alert WHERE group_id = $1";
    let row = sqlx::query(SUMS).bind(group).fetch_one(&mut *connection).await?;
    let n = |at: usize| row.get::<Option<i64>, _>(at).unwrap_or(0);
    let status = match (n(1), n(2)) {
        (0, 0) => "closed",
        (0, _) => "open",
        _ => "new",
    };
    let level = if n(2) > 0 { n(6) } else { n(7) };
    sqlx::query(
        "UPDATE triage_group SET status = $1, level = $2, alerts = $3, unclosed = $4, events = $5,
         first_seen = $6, last_seen = $7, last_no = $8,
         last_alert = (SELECT alert_id FROM triage_alert WHERE no = $8) WHERE id = $9",
    )
    .bind(status)
    .bind(level)
    .bind(n(0))
    .bind(n(2))
    .bind(n(3))
    .bind(n(4))
    .bind(n(5))
    .bind(n(8))
    .bind(group)
    .execute(&mut *connection)
    .await?;
    Ok(())
}
