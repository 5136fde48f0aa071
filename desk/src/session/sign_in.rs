//! Signing in: both factors at once, one answer for every failure, the same work for an unknown name.

use serde_json::json;
use ward_event::{
    Micros,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use super::{Sessions, SignIn, SignInError, Started};
use crate::{
    AccountId, Connection, DeskError,
    account::{decide, fold, look, store},
    audit::{Action, Entry, Outcome},
    keys,
};

/// However busy a session is, it ends.
const ABSOLUTE: i64 = 12 * MICROS_PER_HOUR;

/// Sessions are over for so long before their rows go; the audit keeps what matters of them.
const FORGOTTEN: i64 = 7 * MICROS_PER_DAY;

/// Bytes kept of a browser's name for itself.
const AGENT_BYTES_MAX: usize = 200;

impl Sessions<'_> {
    /// Checks password and code and begins a session under a new id. Sign-ins and failures are audited in
    /// the same transaction: what cannot be audited does not happen.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in(&self, attempt: SignIn) -> Result<Started, SignInError> {
        let desk = self.0;
        let seconds = desk.0.gate.pause(&attempt.from, desk.clock().now());
        if seconds > 0 {
            return Err(SignInError::Slowed { seconds });
        }
        let name = fold(&attempt.name);
        let shown = look(desk, &name, &attempt.password, &attempt.code).await?;
        let (secret, ledger, now) = (keys::new_secret()?, desk.ledger(), desk.clock().now());
        let (hash, from) = (keys::fingerprint(&secret), attempt.from.clone());
        let begun = desk.write(move |c| {
            Box::pin(async move {
                match decide(c, &ledger, &shown, now, &from).await? {
                    Ok(id) => {
                        begin(c, &hash, id, now, &from, &attempt.agent).await?;
                        let account = store::kept(c, id).await?.ok_or(sqlx::Error::RowNotFound)?.account;
                        let viewer = account.viewer();
                        ledger.append(c, Entry::new(&viewer, &from, Action::SignIn)).await?;
                        Ok(Some(viewer))
                    }
                    Err(reason) => {
                        // What was typed as an unknown name may be a password: it is not kept.
                        let account = match shown.account {
                            Some(id) => store::kept(c, id).await?.map(|kept| kept.account),
                            None => None,
                        };
                        let entry = match account {
                            Some(account) => Entry::new(&account.viewer(), &from, Action::SignInFailed),
                            None => Entry::nobody("", &from, Action::SignInFailed),
                        };
                        let detail = json!({ "reason": reason });
                        ledger.append(c, entry.outcome(Outcome::Refused).detail(detail)).await?;
                        Ok(None)
                    }
                }
            })
        });
        match begun.await? {
            Some(viewer) => Ok(Started { csrf: super::live::csrf(desk, &secret), secret, viewer }),
            None => {
                desk.0.gate.failed(&attempt.from, now);
                Err(SignInError::Refused)
            }
        }
    }
}

async fn begin(
    c: &mut Connection,
    hash: &str,
    id: AccountId,
    now: Micros,
    from: &str,
    agent: &str,
) -> Result<(), DeskError> {
    const FORGET: &str = "DELETE FROM session WHERE expires_at < $1";
    sqlx::query(FORGET).bind(now.0 - FORGOTTEN).execute(&mut *c).await?;
    const INSERT: &str = "INSERT INTO session (hash, account_id, created_at, seen_at, expires_at, address, agent) \
         VALUES ($1, $2, $3, $3, $4, $5, $6)";
    sqlx::query(INSERT)
        .bind(hash)
        .bind(id.0)
        .bind(now.0)
        .bind(now.0 + ABSOLUTE)
        .bind(from)
        .bind(&agent[..agent.floor_char_boundary(AGENT_BYTES_MAX)])
        .execute(&mut *c)
        .await?;
    Ok(())
}
