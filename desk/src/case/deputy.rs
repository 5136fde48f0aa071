//! Deputies for the absent (A/B 角): who may sign in whose place, from when until when.

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::Micros;

use super::{
    Cases,
    tx::{By, Who, next_id},
};
use crate::{
    AccountId, Connection, DeskError, Refusal, Role,
    audit::{Action, Entry},
};

/// Somebody stands in for a leader from `from` to before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDeputy {
    pub deputy: AccountId,
    pub from: Micros,
    pub until: Micros,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deputy {
    pub id: i64,
    /// The persons' names.
    pub leader: String,
    pub deputy: String,
    pub from: Micros,
    pub until: Micros,
}

const SELECT: &str = "SELECT d.id, l.display_name, p.display_name, d.from_at, d.until_at FROM case_deputy d
    JOIN account l ON l.id = d.leader JOIN account p ON p.id = d.deputy
    WHERE d.ended_at IS NULL AND d.until_at > $1 ORDER BY d.from_at";

fn read(row: &SqliteRow) -> Deputy {
    Deputy {
        id: row.get(0),
        leader: row.get(1),
        deputy: row.get(2),
        from: Micros(row.get(3)),
        until: Micros(row.get(4)),
    }
}

/// The leader in whose place the viewer may sign now. A deputy is one of the commission, whose account
/// lives.
pub(super) async fn stands_for(c: &mut Connection, who: &Who) -> Result<Option<String>, DeskError> {
    deputy_of(c, (who.account, who.viewer.role), who.now).await
}

/// The same of any account.
pub(crate) async fn deputy_of(
    c: &mut Connection,
    (account, role): (AccountId, Role),
    now: Micros,
) -> Result<Option<String>, DeskError> {
    const NOW: &str = "SELECT l.display_name FROM case_deputy d JOIN account l ON l.id = d.leader
        WHERE d.deputy = $1 AND d.from_at <= $2 AND d.until_at > $2 AND d.ended_at IS NULL
          AND l.disabled_at IS NULL AND l.role = 'leader' ORDER BY d.id LIMIT 1";
    let row = sqlx::query(NOW).bind(account.0).bind(now.0).fetch_optional(&mut *c).await?;
    Ok(row.map(|row| row.get(0)).filter(|_| role == Role::Analyst))
}

impl Cases<'_> {
    /// A leader names who signs in his place; returns its id.
    ///
    /// # Errors
    /// [`Refusal`]: who is no leader, a deputy who is no analyst of the commission, times that are none.
    pub async fn name_deputy(&self, by: By<'_>, new: NewDeputy) -> Result<i64, DeskError> {
        let (ledger, entry) = (self.0.ledger(), Entry::new(by.viewer, by.address, Action::Grant));
        self.change(by, move |c, who| {
            Box::pin(async move {
                who.commission()?;
                if who.viewer.role != Role::Leader {
                    return Err(Refusal::NotAllowed.into());
                }
                if new.until <= new.from || new.until <= who.now {
                    return Err(Refusal::TimeUnfit.into());
                }
                const FIT: &str =
                    "SELECT 1 FROM account WHERE id = $1 AND role = 'analyst' AND disabled_at IS NULL";
                let fit = sqlx::query(FIT).bind(new.deputy.0).fetch_optional(&mut *c).await?;
                fit.ok_or(Refusal::NotThere)?;
                let id = next_id!(c, "case_deputy");
                const INSERT: &str = "INSERT INTO case_deputy
                    (id, leader, deputy, from_at, until_at, set_at, set_by) VALUES ($1, $2, $3, $4, $5, $6, $7)";
                sqlx::query(INSERT)
                    .bind(id)
                    .bind(who.account.0)
                    .bind(new.deputy.0)
                    .bind(new.from.0)
                    .bind(new.until.0)
                    .bind(who.now.0)
                    .bind(&who.viewer.name)
                    .execute(&mut *c)
                    .await?;
                let detail = serde_json::json!({ "deputy": new.deputy, "from": new.from, "until": new.until });
                ledger.append(c, entry.object("deputy", id).detail(detail)).await?;
                Ok(id)
            })
        })
        .await
    }

    /// The leader is back.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for another's.
    pub async fn end_deputy(&self, by: By<'_>, id: i64) -> Result<(), DeskError> {
        let (ledger, entry) = (self.0.ledger(), Entry::new(by.viewer, by.address, Action::Revoke));
        self.change(by, move |c, who| {
            Box::pin(async move {
                const END: &str =
                    "UPDATE case_deputy SET ended_at = $3 WHERE id = $1 AND leader = $2 AND ended_at IS NULL";
                let ended =
                    sqlx::query(END).bind(id).bind(who.account.0).bind(who.now.0).execute(&mut *c).await?;
                if ended.rows_affected() == 0 {
                    return Err(Refusal::NotThere.into());
                }
                ledger.append(c, entry.object("deputy", id)).await.map(|_| ())
            })
        })
        .await
    }

    /// Deputies now and later.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn deputies(&self) -> Result<Vec<Deputy>, DeskError> {
        let rows = sqlx::query(SELECT).bind(self.0.clock().now().0).fetch_all(self.0.readers()).await?;
        Ok(rows.iter().map(read).collect())
    }
}
