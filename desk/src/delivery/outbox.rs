//! The outbox as its sender and people see it.

use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::Row as _;
use ward_event::{Micros, time::MICROS_PER_SECOND};

use super::{
    Address, Delivery, DeliveryState, LinkKind,
    read::{COLUMNS, delivery},
};
use crate::{
    Connection, Desk, DeskError, Refusal, Role, Viewer,
    audit::{Action, Entry},
};

/// Characters of what the other side said that are kept.
const SAID_MAX: usize = 300;
/// The first wait after a failure; each further one is twice as long.
const WAIT_FIRST: i64 = 30 * MICROS_PER_SECOND;
const WAIT_MAX: i64 = 3_600 * MICROS_PER_SECOND;

/// What is done with a try of which nobody knows whether it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterCrash {
    Repeat,
    Ask,
}

/// A try that has been written down and may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub delivery: Delivery,
    pub number: i64,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Sent(String),
    /// Not now: the server is down, busy, slow, answers 500.
    Later(String),
    /// Never: a bounce, an unknown number.
    Refused(String),
}

/// The outbox of a desk.
pub struct Deliveries<'a>(pub(super) &'a Desk);

impl<'a> Deliveries<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// Ends the tries that a crash left without an end. Before any other is begun; there is one sender.
    /// Returns the channel of each.
    ///
    /// # Errors
    /// The database.
    pub async fn recover(
        &self,
        after_crash: impl Fn(&str) -> AfterCrash + Send + Sync + 'static,
    ) -> Result<Vec<String>, DeskError> {
        let now = self.0.clock().now();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let sql = "SELECT id, channel FROM delivery WHERE state = 'trying' ORDER BY id";
                    let rows = sqlx::query(sql).fetch_all(&mut *c).await?;
                    let mut channels = Vec::with_capacity(rows.len());
                    for row in &rows {
                        let (id, channel): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
                        let end = "UPDATE delivery_try SET ended_at = $1, outcome = 'unknown' \
                            WHERE delivery_id = $2 AND ended_at IS NULL";
                        sqlx::query(end).bind(now.0).bind(id).execute(&mut *c).await?;
                        let state = match after_crash(&channel) {
                            AfterCrash::Repeat => "waiting",
                            AfterCrash::Ask => "ask",
                        };
                        let sql = "UPDATE delivery SET state = $1, next_at = $2 WHERE id = $3";
                        sqlx::query(sql).bind(state).bind(now.0).bind(id).execute(&mut *c).await?;
                        channels.push(channel);
                    }
                    Ok(channels)
                })
            })
            .await
    }

    /// Writes down the tries that are due, at most so many: each may begin when this returns.
    ///
    /// # Errors
    /// The database.
    pub async fn claim(&self, most: usize) -> Result<Vec<Claimed>, DeskError> {
        let now = self.0.clock().now();
        // Asked first without the writer, which has better to do than to find nothing twice a second.
        let due = "SELECT COUNT(*) FROM delivery WHERE state = 'waiting' AND next_at <= $1";
        let count: i64 = sqlx::query_scalar(due).bind(now.0).fetch_one(self.0.readers()).await?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let sql = format!(
                        "SELECT {COLUMNS} FROM delivery WHERE state = 'waiting' AND next_at <= $1 \
                         ORDER BY next_at, id LIMIT $2"
                    );
                    let rows =
                        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now.0).bind(most).fetch_all(&mut *c).await?;
                    let mut claimed = Vec::with_capacity(rows.len());
                    for row in &rows {
                        let delivery = delivery(row)?;
                        let number = delivery.tries + 1;
                        let begin =
                            "INSERT INTO delivery_try (delivery_id, number, begun_at, said) VALUES ($1, $2, $3, '')";
                        sqlx::query(begin).bind(delivery.id).bind(number).bind(now.0).execute(&mut *c).await?;
                        let sql = "UPDATE delivery SET state = 'trying', tries = $1 WHERE id = $2";
                        sqlx::query(sql).bind(number).bind(delivery.id).execute(&mut *c).await?;
                        claimed.push(Claimed { delivery, number });
                    }
                    Ok(claimed)
                })
            })
            .await
    }

    /// Writes down how a try ended; what failed for now is tried again, ever more seldom, and never given
    /// up by itself.
    ///
    /// # Errors
    /// The database.
    pub async fn ended(&self, claimed: &Claimed, ended: Ended) -> Result<(), DeskError> {
        let now = self.0.clock().now();
        let (delivery, number) = (claimed.delivery.clone(), claimed.number);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let id = delivery.id;
                    let (outcome, state, said) = match ended {
                        Ended::Sent(said) => ("sent", DeliveryState::Sent, said),
                        Ended::Later(said) => ("later", DeliveryState::Waiting, said),
                        Ended::Refused(said) => ("refused", DeliveryState::Failed, said),
                    };
                    let kept = |c: &char| !c.is_control();
                    let said: String = said.chars().filter(kept).take(SAID_MAX).collect();
                    let end = "UPDATE delivery_try SET ended_at = $1, outcome = $2, said = $3 \
                        WHERE delivery_id = $4 AND number = $5 AND ended_at IS NULL";
                    sqlx::query(end)
                        .bind(now.0)
                        .bind(outcome)
                        .bind(&said)
                        .bind(id)
                        .bind(number)
                        .execute(&mut *c)
                        .await?;
                    let over = (state != DeliveryState::Waiting).then_some(now.0);
                    let sql = "UPDATE delivery SET state = $1, next_at = $2, said = $3, ended_at = $4 \
                        WHERE id = $5 AND state = 'trying'";
                    sqlx::query(sql)
                        .bind(state.as_str())
                        .bind(now.0 + wait(&delivery.key, number))
                        .bind(&said)
                        .bind(over)
                        .bind(id)
                        .execute(&mut *c)
                        .await?;
                    match state {
                        DeliveryState::Sent => delivered(c, now, &delivery).await,
                        _ => Ok(()),
                    }
                })
            })
            .await
    }

    /// Sends again what failed, waits or was left unknown; or ends it.
    ///
    /// # Errors
    /// [`Refusal`]: another than an analyst, a delivery that is not there or has arrived.
    pub async fn settle(&self, by: &Viewer, from: &str, id: i64, again: bool) -> Result<(), DeskError> {
        if !by.may_write || by.role != Role::Analyst {
            return Err(Refusal::NotAllowed.into());
        }
        let (now, ledger) = (self.0.clock().now(), self.0.ledger());
        let entry = Entry::new(by, from, Action::Change).object("delivery", id);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE delivery SET state = $1, next_at = $2, ended_at = $3 \
                        WHERE id = $4 AND state IN ('waiting', 'failed', 'ask')";
                    let done = sqlx::query(sql)
                        .bind(if again { "waiting" } else { "given_up" })
                        .bind(now.0)
                        .bind((!again).then_some(now.0))
                        .bind(id)
                        .execute(&mut *c)
                        .await?;
                    if done.rows_affected() == 0 {
                        return Err(Refusal::Changed.into());
                    }
                    ledger.append(c, entry.detail(json!({ "again": again }))).await?;
                    Ok(())
                })
            })
            .await
    }
}

/// A unit's part of a notice has come to one of its people (送达); a group is nobody.
async fn delivered(c: &mut Connection, now: Micros, delivery: &Delivery) -> Result<(), DeskError> {
    let (LinkKind::Task, Some(unit)) = (delivery.message.link.0, &delivery.unit) else { return Ok(()) };
    if delivery.address == Address::Group {
        return Ok(());
    }
    const DELIVERED: &str = "UPDATE case_unit SET delivered_at = $3
        WHERE notice_id = $1 AND unit = $2 AND delivered_at IS NULL AND sent_at IS NOT NULL";
    let id = delivery.message.link.1;
    sqlx::query(DELIVERED).bind(id).bind(unit.as_str()).bind(now.0).execute(&mut *c).await?;
    Ok(())
}

/// Twice as long each time, from half to the whole of it: by the key, so that a crowd that failed together
/// does not come back together.
fn wait(key: &str, number: i64) -> i64 {
    let shift = u32::try_from(number.clamp(1, 20) - 1).unwrap_or(0);
    let whole = WAIT_FIRST.saturating_mul(1_i64 << shift).min(WAIT_MAX);
    let hash = Sha256::digest(format!("{key}\n{number}").as_bytes());
    let part = i64::from(u16::from_be_bytes([hash[0], hash[1]]));
    whole / 2 + whole / 2 * part / i64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn waits_grow_and_differ() {
        for number in 1..40 {
            let whole = (WAIT_FIRST << (number - 1).min(7)).min(WAIT_MAX);
            let waits: Vec<i64> = (0..20).map(|k| wait(&k.to_string(), number)).collect();
            assert!(waits.iter().all(|w| (whole / 2..=whole).contains(w)), "{number}: {waits:?}");
            assert!(waits.iter().collect::<BTreeSet<_>>().len() > 15, "{number}: they come back together");
        }
    }
}
