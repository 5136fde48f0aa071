//! What detection must know: put down with the decision, published afterwards by whoever holds the log.

use sqlx::Row;
use ward_event::{
    Micros,
    control::{Change, ControlRecord},
};

use super::Triage;
use crate::{Connection, DeskError};

/// A record that waits to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub id: i64,
    pub record: ControlRecord,
}

/// Puts a change into the outbox, inside the transaction of the decision.
pub(super) async fn put(c: &mut Connection, change: Change, now: Micros) -> Result<(), DeskError> {
    let broken = |e: serde_json::Error| DeskError::Broken(e.to_string());
    let json = serde_json::to_string(&change).map_err(broken)?;
    let hash = ControlRecord::new(now, change).map_err(broken)?.hash;
    sqlx::query(
        "INSERT INTO control_outbox (id, hash, change, created_at)
         VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM control_outbox), $1, $2, $3)",
    )
    .bind(hash)
    .bind(json)
    .bind(now.0)
    .execute(&mut *c)
    .await?;
    Ok(())
}

impl Triage<'_> {
    /// The oldest records that are not published yet, in order.
    pub async fn waiting(&self, max: i64) -> Result<Vec<Waiting>, DeskError> {
        const SELECT: &str = "SELECT id, change, created_at FROM control_outbox WHERE published_at IS NULL
            ORDER BY id LIMIT $1";
        let rows = sqlx::query(SELECT).bind(max).fetch_all(self.0.readers()).await?;
        let broken = |e: serde_json::Error| DeskError::Broken(e.to_string());
        rows.iter()
            .map(|row| {
                let change: Change = serde_json::from_str(row.get(1)).map_err(broken)?;
                let record = ControlRecord::new(Micros(row.get(2)), change).map_err(broken)?;
                Ok(Waiting { id: row.get(0), record })
            })
            .collect()
    }

    /// These are on the log, durably.
    pub async fn published(&self, ids: Vec<i64>) -> Result<(), DeskError> {
        let now = self.0.clock().now();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    for id in ids {
                        sqlx::query("UPDATE control_outbox SET published_at = $1 WHERE id = $2")
                            .bind(now.0)
                            .bind(id)
                            .execute(&mut *c)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
