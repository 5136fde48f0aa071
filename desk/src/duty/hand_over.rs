//! The hand-over: written by one of the shift, accepted by one of the next.

use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::Micros;

use super::{Accepted, Duty, HandOver, roster};
use crate::{
    AccountId, Connection, DeskError, Refusal, Viewer,
    audit::{Action, Entry},
};

/// Characters of a hand-over, and of the remarks on it.
const TEXT_CHARS_MAX: usize = 20_000;

/// Hand-overs a list may have.
const LIST_MAX: i64 = 200;

/// The newest version of each shift's.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT h.shift_id, h.version, h.written_at, h.written_by, w.display_name, h.text, h.accepted_at, \
             h.accepted_by, a.display_name, h.remarks FROM duty_hand_over h \
             JOIN account w ON w.id = h.written_by LEFT JOIN account a ON a.id = h.accepted_by \
             WHERE h.version = (SELECT MAX(n.version) FROM duty_hand_over n WHERE n.shift_id = h.shift_id) AND ",
            $condition
        )
    };
}

fn read(row: &SqliteRow) -> HandOver {
    let accepted = row.get::<Option<i64>, _>(6).zip(row.get::<Option<i64>, _>(7));
    HandOver {
        shift: row.get(0),
        version: row.get(1),
        written_at: Micros(row.get(2)),
        written_by: AccountId(row.get(3)),
        writer: row.get(4),
        text: row.get(5),
        accepted: accepted.map(|(at, by)| Accepted {
            at: Micros(at),
            by: AccountId(by),
            name: row.get::<Option<String>, _>(8).unwrap_or_default(),
            remarks: row.get(9),
        }),
    }
}

async fn newest(c: &mut Connection, shift: i64) -> Result<Option<HandOver>, DeskError> {
    let row = sqlx::query(select!("h.shift_id = $1")).bind(shift).fetch_optional(&mut *c).await?;
    Ok(row.as_ref().map(read))
}

impl Duty<'_> {
    /// Writes what the shift leaves to the next, as a new version where there is one; returns its number.
    ///
    /// # Errors
    /// [`Refusal`]: who is not on this shift, a shift that has not begun, one that was accepted already, a
    /// text that is empty or too long.
    pub async fn write(&self, by: &Viewer, from: &str, shift: i64, text: &str) -> Result<i64, DeskError> {
        let own = writer(by)?;
        let text = text.trim().to_owned();
        if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
            return Err(Refusal::TextUnfit.into());
        }
        let now = self.0.clock().now();
        let (ledger, entry) = (self.0.ledger(), Entry::new(by, from, Action::HandOver).object("duty", shift));
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let on = roster::shift(c, shift).await?;
                    if !on.crew.works(own) {
                        return Err(Refusal::NotOnDuty.into());
                    }
                    if now < on.starts_at {
                        return Err(Refusal::ShiftUnfit.into());
                    }
                    let before = newest(c, shift).await?;
                    if before.as_ref().is_some_and(|h| h.accepted.is_some()) {
                        return Err(Refusal::Accepted.into());
                    }
                    let version = before.map_or(1, |h| h.version + 1);
                    const INSERT: &str = "INSERT INTO duty_hand_over \
                         (shift_id, version, written_at, written_by, text, remarks) VALUES ($1, $2, $3, $4, $5, '')";
                    sqlx::query(INSERT)
                        .bind(shift)
                        .bind(version)
                        .bind(now.0)
                        .bind(own.0)
                        .bind(text)
                        .execute(&mut *c)
                        .await?;
                    ledger.append(c, entry.detail(json!({ "written": version }))).await?;
                    Ok(version)
                })
            })
            .await
    }

    /// Accepts the version that was read, by somebody of the next shift who did not write it.
    ///
    /// # Errors
    /// [`Refusal`]: who is not on the next shift or wrote it themselves, nothing written, accepted already;
    /// [`Refusal::Changed`] where a newer version was written meanwhile.
    pub async fn accept(
        &self,
        by: &Viewer,
        from: &str,
        shift: i64,
        version: i64,
        remarks: &str,
    ) -> Result<(), DeskError> {
        let own = writer(by)?;
        let remarks = remarks.trim().to_owned();
        if remarks.chars().count() > TEXT_CHARS_MAX {
            return Err(Refusal::TextUnfit.into());
        }
        let now = self.0.clock().now();
        let (ledger, entry) = (self.0.ledger(), Entry::new(by, from, Action::HandOver).object("duty", shift));
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let left = roster::shift(c, shift).await?;
                    let next = roster::following(c, &left).await?;
                    if !next.is_some_and(|next| next.crew.works(own)) {
                        return Err(Refusal::NotOnDuty.into());
                    }
                    let written = newest(c, shift).await?.ok_or(Refusal::NotThere)?;
                    if written.accepted.is_some() {
                        return Err(Refusal::Accepted.into());
                    }
                    if written.version != version {
                        return Err(Refusal::Changed.into());
                    }
                    if written.written_by == own {
                        return Err(Refusal::OwnHandOver.into());
                    }
                    const ACCEPT: &str = "UPDATE duty_hand_over SET accepted_at = $1, accepted_by = $2, \
                         remarks = $3 WHERE shift_id = $4 AND version = $5";
                    sqlx::query(ACCEPT)
                        .bind(now.0)
                        .bind(own.0)
                        .bind(remarks)
                        .bind(shift)
                        .bind(version)
                        .execute(&mut *c)
                        .await?;
                    ledger.append(c, entry.detail(json!({ "accepted": version }))).await.map(|_| ())
                })
            })
            .await
    }

    /// What a shift left, in its newest version.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn hand_over(&self, shift: i64) -> Result<Option<HandOver>, DeskError> {
        let row =
            sqlx::query(select!("h.shift_id = $1")).bind(shift).fetch_optional(self.0.readers()).await?;
        Ok(row.as_ref().map(read))
    }

    /// The latest hand-overs, newest first; those nobody has accepted yet alone, if so asked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn hand_overs(&self, only_waiting: bool, limit: i64) -> Result<Vec<HandOver>, DeskError> {
        let rows = sqlx::query(select!(
            "(h.accepted_at IS NULL OR $1 = 0) ORDER BY h.written_at DESC, h.shift_id DESC LIMIT $2"
        ))
        .bind(i64::from(only_waiting))
        .bind(limit.clamp(1, LIST_MAX))
        .fetch_all(self.0.readers())
        .await?;
        Ok(rows.iter().map(read).collect())
    }
}

fn writer(by: &Viewer) -> Result<AccountId, Refusal> {
    by.account.filter(|_| by.may_write).ok_or(Refusal::NotAllowed)
}
