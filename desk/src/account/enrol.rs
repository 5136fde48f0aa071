//! How a person comes by password and TOTP secret: by a link that is used once. And how they change the
//! password themselves.

use serde_json::json;
use sqlx::Row;
use ward_event::{Micros, time::MICROS_PER_HOUR};

use super::{Accounts, Enrolling, Enrolment, change::end_sessions, context, factors, password, store, totp};
use crate::{
    AccountId, Connection, Desk, DeskError, Refusal, Viewer,
    audit::{Action, Entry, Outcome},
    keys,
    session::SignInError,
};

/// A link that is not used in this time is no longer one.
pub(super) const VALID: i64 = 72 * MICROS_PER_HOUR;

/// What a new link is made of, before it is known for whom.
pub(super) struct Link {
    desk: Desk,
    secret: String,
    totp: Vec<u8>,
}

impl Link {
    pub(super) fn new(desk: &Desk) -> Result<Self, DeskError> {
        Ok(Self { desk: desk.clone(), secret: keys::new_secret()?, totp: totp::new_secret()?.to_vec() })
    }

    /// Makes it the account's only one.
    pub(super) async fn issue(
        self,
        c: &mut Connection,
        id: AccountId,
        name: &str,
        by: Option<AccountId>,
        valid: i64,
    ) -> Result<Enrolment, DeskError> {
        let now = self.desk.clock().now();
        withdraw(c, id, now).await?;
        let expires_at = Micros(now.0 + valid);
        const INSERT: &str = "INSERT INTO enrolment (hash, account_id, totp, created_at, created_by, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        sqlx::query(INSERT)
            .bind(keys::fingerprint(&self.secret))
            .bind(id.0)
            .bind(self.desk.0.key.seal(&context(Some(id)), &self.totp)?)
            .bind(now.0)
            .bind(by.map(|by| by.0))
            .bind(expires_at.0)
            .execute(&mut *c)
            .await?;
        Ok(Enrolment { account: id, name: name.into(), secret: self.secret, expires_at })
    }
}

/// Links of an account that were given out count no more.
pub(super) async fn withdraw(c: &mut Connection, id: AccountId, now: Micros) -> Result<(), DeskError> {
    const WITHDRAW: &str = "UPDATE enrolment SET withdrawn_at = $1 \
         WHERE account_id = $2 AND used_at IS NULL AND withdrawn_at IS NULL";
    sqlx::query(WITHDRAW).bind(now.0).bind(id.0).execute(&mut *c).await?;
    Ok(())
}

/// What the person had counts no more.
pub(super) async fn forget_factors(c: &mut Connection, id: AccountId, now: Micros) -> Result<(), DeskError> {
    const FORGET: &str = "UPDATE account SET password = NULL, totp = NULL, enrolled_at = NULL WHERE id = $1";
    sqlx::query(FORGET).bind(id.0).execute(&mut *c).await?;
    end_sessions(c, id, now).await
}

/// A link that counts: whose it is, and its sealed TOTP secret.
const LIVE: &str = "SELECT e.account_id, e.totp FROM enrolment e JOIN account a ON a.id = e.account_id \
     WHERE e.hash = $1 AND e.used_at IS NULL AND e.withdrawn_at IS NULL AND e.expires_at > $2 \
     AND a.disabled_at IS NULL AND (a.ends_at IS NULL OR a.ends_at > $2)";

impl Accounts<'_> {
    /// What a link enrols.
    ///
    /// # Errors
    /// [`Refusal::LinkInvalid`] for one that is used up, expired, withdrawn or was never given out.
    pub async fn enrolling(&self, link: &str) -> Result<Enrolling, DeskError> {
        let (id, _, secret) = self.live(link).await?;
        let account = self.get(id).await?.ok_or(Refusal::LinkInvalid)?;
        let (totp_secret, totp_url) = totp::shown(&secret, &account.name)?;
        Ok(Enrolling {
            account: id,
            name: account.name,
            display_name: account.display_name,
            role: account.role,
            totp_secret,
            totp_url,
        })
    }

    /// Uses a link up: password and TOTP secret are set, the person signs in next. The link stays good where
    /// password or code are refused.
    ///
    /// # Errors
    /// [`SignInError::Desk`] with a [`Refusal`] of the link, the password or the code;
    /// [`SignInError::Busy`].
    pub async fn enrol(&self, link: &str, new: &str, code: &str, from: &str) -> Result<(), SignInError> {
        let (id, sealed, secret) = self.live(link).await?;
        let account = self.get(id).await?.ok_or(DeskError::from(Refusal::LinkInvalid))?;
        password::check(&account.name, new).map_err(|flaw| DeskError::from(Refusal::Password(flaw)))?;
        let now = self.0.clock().now();
        let step = totp::step(&secret, code, now)?.ok_or(DeskError::from(Refusal::CodeWrong))?;
        let hash = self.0.0.gate.hash(new).await?;
        let (ledger, link, from) = (self.0.ledger(), keys::fingerprint(link), from.to_owned());
        let enrolled = self.0.write(move |c| {
            Box::pin(async move {
                // Two may have come with the same link.
                let live = sqlx::query(LIVE).bind(&link).bind(now.0).fetch_optional(&mut *c).await?;
                live.ok_or(Refusal::LinkInvalid)?;
                const USED: &str = "UPDATE enrolment SET used_at = $1 WHERE hash = $2";
                sqlx::query(USED).bind(now.0).bind(&link).execute(&mut *c).await?;
                const ENROL: &str = "UPDATE account SET password = $1, totp = $2, totp_step = $3, enrolled_at = $4, \
                     failures = 0, locked_until = 0 WHERE id = $5";
                sqlx::query(ENROL)
                    .bind(hash)
                    .bind(sealed)
                    .bind(step)
                    .bind(now.0)
                    .bind(id.0)
                    .execute(&mut *c)
                    .await?;
                end_sessions(c, id, now).await?;
                let entry = Entry::new(&account.viewer(), &from, Action::Enrol).object("account", id.0);
                ledger.append(c, entry).await.map(|_| ())
            })
        });
        Ok(enrolled.await?)
    }

    /// A new password, by somebody who shows the old one and a code. Ends all of the account's sessions,
    /// this one too. Failures count as those of sign-in do.
    ///
    /// # Errors
    /// [`SignInError::Refused`] where the old password or the code is wrong, [`Refusal::Password`] where the
    /// new one is.
    pub async fn change_password(
        &self,
        viewer: &Viewer,
        from: &str,
        old: &str,
        new: &str,
        code: &str,
    ) -> Result<(), SignInError> {
        let id = viewer.account.ok_or(DeskError::from(Refusal::NotAllowed))?;
        if !viewer.may_write {
            return Err(DeskError::from(Refusal::NotAllowed).into());
        }
        password::check(&viewer.name, new).map_err(|flaw| DeskError::from(Refusal::Password(flaw)))?;
        let shown = factors::look(self.0, &viewer.name, old, code).await?;
        let hash = self.0.0.gate.hash(new).await?;
        let (ledger, viewer, from) = (self.0.ledger(), viewer.clone(), from.to_owned());
        let now = self.0.clock().now();
        let changed = self.0.write(move |c| {
            Box::pin(async move {
                let entry = Entry::new(&viewer, &from, Action::Change).object("password", id.0);
                match factors::decide(c, &ledger, &shown, now, &from).await? {
                    Ok(_) => {
                        const SET: &str = "UPDATE account SET password = $1 WHERE id = $2";
                        sqlx::query(SET).bind(hash).bind(id.0).execute(&mut *c).await?;
                        end_sessions(c, id, now).await?;
                        ledger.append(c, entry).await?;
                        Ok(true)
                    }
                    Err(reason) => {
                        let entry = entry.outcome(Outcome::Refused).detail(json!({ "reason": reason }));
                        ledger.append(c, entry).await?;
                        Ok(false)
                    }
                }
            })
        });
        if changed.await? { Ok(()) } else { Err(SignInError::Refused) }
    }

    async fn live(&self, link: &str) -> Result<(AccountId, String, Vec<u8>), DeskError> {
        let now = self.0.clock().now();
        let row = sqlx::query(LIVE)
            .bind(keys::fingerprint(link))
            .bind(now.0)
            .fetch_optional(self.0.readers())
            .await?
            .ok_or(Refusal::LinkInvalid)?;
        let (id, sealed): (AccountId, String) = (AccountId(row.get(0)), row.get(1));
        let secret = self.0.0.key.open(&context(Some(id)), &sealed)?;
        Ok((id, sealed, secret))
    }
}

/// An account by name, inside a transaction.
pub(super) async fn by_name(c: &mut Connection, name: &str) -> Result<Option<store::Kept>, DeskError> {
    let row =
        sqlx::query("SELECT id FROM account WHERE name = $1").bind(name).fetch_optional(&mut *c).await?;
    match row {
        Some(row) => store::kept(c, AccountId(row.get(0))).await,
        None => Ok(None),
    }
}
