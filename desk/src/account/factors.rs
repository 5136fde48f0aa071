//! Whether both factors are right, and what happens when they are wrong too often. Password and code are
//! always both looked at, and an account that is not there costs the same work as one that is.

use serde_json::json;
use sqlx::Row;
use ward_event::{Micros, time::MICROS_PER_SECOND};

use super::totp;
use crate::{
    AccountId, Connection, Desk, DeskError,
    audit::{Action, Entry, Ledger, Outcome},
    session::Busy,
};

/// Failures in a row after which an account is locked.
const FAILURES_MAX: i64 = 5;

/// For how long.
const LOCKED: i64 = 15 * 60 * MICROS_PER_SECOND;

/// What the two factors came to, before the account's state is looked at in the writer's transaction.
pub(crate) struct Shown {
    /// None for an unknown name, or one that has not enrolled.
    pub(crate) account: Option<AccountId>,
    /// The stored forms that were compared with: where they have changed meanwhile it does not count.
    against: (String, String),
    password: bool,
    /// The step of the code, where it is one of this secret's.
    step: Option<i64>,
}

/// Why it was refused; for the audit, never for the page.
pub(crate) type Reason = &'static str;

/// Compares both factors, whatever account this is.
pub(crate) async fn look(desk: &Desk, name: &str, password: &str, code: &str) -> Result<Shown, Busy> {
    const ONE: &str = "SELECT id, password, totp FROM account WHERE name = $1";
    let row = sqlx::query(ONE).bind(name).fetch_optional(desk.readers()).await.map_err(DeskError::from)?;
    let kept = row.and_then(|row| {
        let (password, totp): (Option<String>, Option<String>) = (row.get(1), row.get(2));
        Some((AccountId(row.get(0)), password?, totp?))
    });
    let (account, hash, sealed) = match kept {
        Some((id, hash, sealed)) => (Some(id), hash, sealed),
        None => {
            let (hash, sealed) = desk.0.gate.nobody();
            (None, hash.to_owned(), sealed.to_owned())
        }
    };
    let password = desk.0.gate.is_right(password, &hash).await?;
    let secret = desk.0.key.open(&context(account), &sealed)?;
    let step = totp::step(&secret, code, desk.clock().now())?;
    Ok(Shown { account, against: (hash, sealed), password, step })
}

/// What a TOTP secret is sealed for.
pub(crate) fn context(account: Option<AccountId>) -> String {
    account.map_or_else(|| "totp of nobody".to_owned(), |id| format!("totp {}", id.0))
}

/// Decides inside the writer's transaction: a code counts once, failures are counted and lock. Returns
/// why not; the caller's transaction must then hold all the same.
pub(crate) async fn decide(
    connection: &mut Connection,
    ledger: &Ledger,
    shown: &Shown,
    now: Micros,
    from: &str,
) -> Result<Result<AccountId, Reason>, DeskError> {
    const STATE: &str = "SELECT name, role, password, totp, totp_step, failures, locked_until, disabled_at, ends_at \
         FROM account WHERE id = $1";
    let Some(id) = shown.account else { return Ok(Err("unknown name or not enrolled")) };
    let row = sqlx::query(STATE).bind(id.0).fetch_one(&mut *connection).await?;
    let (name, role): (String, String) = (row.get(0), row.get(1));
    let kept: (Option<String>, Option<String>) = (row.get(2), row.get(3));
    let (last_step, failures, locked_until): (i64, i64, i64) = (row.get(4), row.get(5), row.get(6));
    let (disabled, ends): (Option<i64>, Option<i64>) = (row.get(7), row.get(8));
    if now.0 < locked_until {
        return Ok(Err("locked"));
    }
    let is_same = kept.0.as_ref() == Some(&shown.against.0) && kept.1.as_ref() == Some(&shown.against.1);
    let reason = if !is_same || !shown.password {
        "password"
    } else if let Some(step) = shown.step.filter(|step| *step > last_step) {
        // Whoever knows both factors and is kept out by another rule has not failed to prove who they are.
        if disabled.is_some() {
            return Ok(Err("disabled"));
        }
        if ends.is_some_and(|end| now.0 >= end) {
            return Ok(Err("over"));
        }
        const PASSED: &str =
            "UPDATE account SET failures = 0, locked_until = 0, totp_step = $1 WHERE id = $2";
        sqlx::query(PASSED).bind(step).bind(id.0).execute(&mut *connection).await?;
        return Ok(Ok(id));
    } else if shown.step.is_some() {
        "code used before"
    } else {
        "code"
    };
    let locks = failures + 1 >= FAILURES_MAX;
    const FAILED: &str = "UPDATE account SET failures = $1, locked_until = $2 WHERE id = $3";
    sqlx::query(FAILED)
        .bind(if locks { 0 } else { failures + 1 })
        .bind(if locks { now.0 + LOCKED } else { locked_until })
        .bind(id.0)
        .execute(&mut *connection)
        .await?;
    if locks {
        let mut entry = Entry::nobody(&name, from, Action::Lock).object("account", id.0);
        (entry.account_id, entry.role) = (Some(id), role);
        let until = Micros(now.0 + LOCKED);
        ledger.append(connection, entry.outcome(Outcome::Done).detail(json!({ "until": until }))).await?;
    }
    Ok(Err(reason))
}
