//! What the security administrator does to accounts.

use serde_json::{Value, json};
use ward_event::Micros;

use super::{Account, Accounts, Enrolment, NewAccount, Rights, enrol, fold, store};
use crate::{
    AccountId, Connection, DeskError, Reach, Refusal, Role, Viewer,
    audit::{Action, Entry, Ledger},
};

/// Characters of a sign-in name.
const NAME_CHARS_MAX: usize = 64;

impl Accounts<'_> {
    /// Makes an account and the one-time link by which its person sets password and TOTP secret.
    ///
    /// # Errors
    /// [`Refusal`]: not the security administrator, a name that is taken or unfit, a reach that does not fit
    /// the role, an inspector without an end, a person who is another administrator already.
    pub async fn create(&self, by: &Viewer, from: &str, new: NewAccount) -> Result<Enrolment, DeskError> {
        let by = by.clone();
        let now = self.0.clock().now();
        may_change(&by)?;
        new.rights.check(now)?;
        let name = fold(&new.name);
        if !is_name(&name) || new.display_name.trim().is_empty() {
            return Err(Refusal::NameUnfit.into());
        }
        let (ledger, link, from) = (self.0.ledger(), enrol::Link::new(self.0)?, from.to_owned());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let display = new.display_name.trim();
                    let id = insert(c, &name, display, &new.rights, by.account, now).await?;
                    let enrolment = link.issue(c, id, &name, by.account, enrol::VALID).await?;
                    let entry = Entry::new(&by, &from, Action::Grant)
                        .object("account", id.0)
                        .detail(json!({ "name": name, "person": display, "rights": new.rights.told() }));
                    ledger.append(c, entry).await?;
                    Ok(enrolment)
                })
            })
            .await
    }

    /// Other rights for an account; its sessions end. Nobody changes their own.
    ///
    /// # Errors
    /// [`Refusal`], as for a new account.
    pub async fn set_rights(
        &self,
        by: &Viewer,
        from: &str,
        id: AccountId,
        rights: Rights,
    ) -> Result<(), DeskError> {
        let now = self.0.clock().now();
        rights.check(now)?;
        self.change(by, from, id, Action::Grant, move |c, kept| {
            Box::pin(async move {
                let before = Rights {
                    role: kept.account.role,
                    reach: kept.account.reach.clone(),
                    ends_at: kept.account.ends_at,
                };
                // Who was one of the three keeps out of the other two for ever: nobody clears their own traces.
                if rights.role.is_administrator() {
                    if kept.administrator.is_some_and(|was| was != rights.role) {
                        return Err(Refusal::ThreeAdministrators.into());
                    }
                    one_office(c, &kept.account.display_name, rights.role).await?;
                }
                write_rights(c, id, &rights).await?;
                end_sessions(c, id, now).await?;
                Ok(json!({ "before": before.told(), "after": rights.told() }))
            })
        })
        .await
    }

    /// Nobody is let in by it any more: its sessions, links and tokens end.
    ///
    /// # Errors
    /// [`Refusal`]: not the security administrator, one's own account, no such account.
    pub async fn disable(&self, by: &Viewer, from: &str, id: AccountId) -> Result<(), DeskError> {
        let now = self.0.clock().now();
        self.change(by, from, id, Action::Revoke, move |c, _| {
            Box::pin(async move {
                const DISABLE: &str =
                    "UPDATE account SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NULL";
                const REVOKE: &str =
                    "UPDATE token SET revoked_at = $1 WHERE account_id = $2 AND revoked_at IS NULL";
                sqlx::query(DISABLE).bind(now.0).bind(id.0).execute(&mut *c).await?;
                sqlx::query(REVOKE).bind(now.0).bind(id.0).execute(&mut *c).await?;
                enrol::withdraw(c, id, now).await?;
                end_sessions(c, id, now).await?;
                Ok(json!({ "disabled": true }))
            })
        })
        .await
    }

    /// # Errors
    /// [`Refusal`], as for disabling.
    pub async fn enable(&self, by: &Viewer, from: &str, id: AccountId) -> Result<(), DeskError> {
        self.change(by, from, id, Action::Grant, move |c, _| {
            Box::pin(async move {
                const ENABLE: &str = "UPDATE account SET disabled_at = NULL WHERE id = $1";
                sqlx::query(ENABLE).bind(id.0).execute(&mut *c).await?;
                Ok(json!({ "disabled": false }))
            })
        })
        .await
    }

    /// A new link for somebody who lost password or telephone: the old factors no longer count.
    ///
    /// # Errors
    /// [`Refusal`], as for disabling.
    pub async fn relink(&self, by: &Viewer, from: &str, id: AccountId) -> Result<Enrolment, DeskError> {
        let (now, link, by_id) = (self.0.clock().now(), enrol::Link::new(self.0)?, by.account);
        let (kept, taken) = tokio::sync::oneshot::channel();
        self.change(by, from, id, Action::Grant, move |c, account| {
            Box::pin(async move {
                enrol::forget_factors(c, id, now).await?;
                let enrolment = link.issue(c, id, &account.account.name, by_id, enrol::VALID).await?;
                // Nobody listens where the caller has gone.
                let _ = kept.send(enrolment);
                Ok(json!({ "link": "new" }))
            })
        })
        .await?;
        taken.await.map_err(|_| DeskError::Closed)
    }

    /// One change of one account by the security administrator, and its entry.
    async fn change<F>(
        &self,
        by: &Viewer,
        from: &str,
        id: AccountId,
        action: Action,
        work: F,
    ) -> Result<(), DeskError>
    where
        F: for<'c> FnOnce(
                &'c mut Connection,
                store::Kept,
            ) -> futures_util::future::BoxFuture<'c, Result<Value, DeskError>>
            + Send
            + 'static,
    {
        may_change(by)?;
        if by.account == Some(id) {
            return Err(Refusal::OwnAccount.into());
        }
        let (ledger, by, from): (Ledger, Viewer, String) = (self.0.ledger(), by.clone(), from.into());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let kept = store::kept(c, id).await?.ok_or(Refusal::NotThere)?;
                    let name = kept.account.name.clone();
                    let mut detail = work(&mut *c, kept).await?;
                    detail["name"] = name.into();
                    let entry = Entry::new(&by, &from, action).object("account", id.0).detail(detail);
                    ledger.append(c, entry).await.map(|_| ())
                })
            })
            .await
    }
}

fn may_change(by: &Viewer) -> Result<(), Refusal> {
    let may = by.role == Role::SecurityAdmin && by.account.is_some() && by.may_write;
    if may { Ok(()) } else { Err(Refusal::NotAllowed) }
}

/// Letters of any script, digits, and what stands in staff numbers.
fn is_name(name: &str) -> bool {
    let chars = name.chars().count();
    (1..=NAME_CHARS_MAX).contains(&chars)
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

impl Rights {
    fn check(&self, now: Micros) -> Result<(), Refusal> {
        let fits = match (&self.reach, self.role) {
            (_, Role::Wall) => false,
            (Reach::Locality(name), Role::County) => !name.trim().is_empty(),
            (Reach::Units(units), Role::Officer) => !units.is_empty(),
            (Reach::Region, Role::County | Role::Officer) => false,
            (Reach::Region, _) => true,
            (Reach::Locality(_) | Reach::Units(_), _) => false,
        };
        if !fits {
            return Err(Refusal::ReachUnfit);
        }
        match (self.role, self.ends_at) {
            (_, Some(end)) if end <= now => Err(Refusal::EndMissing),
            (Role::Inspector, None) => Err(Refusal::EndMissing),
            _ => Ok(()),
        }
    }

    /// For the audit.
    fn told(&self) -> Value {
        json!({ "role": self.role, "reach": self.reach, "ends_at": self.ends_at })
    }
}

impl Account {
    /// What the account may do and reach.
    pub fn rights(&self) -> Rights {
        Rights { role: self.role, reach: self.reach.clone(), ends_at: self.ends_at }
    }
}

/// The same person under another name is no other person, as far as names tell.
async fn one_office(c: &mut Connection, person: &str, role: Role) -> Result<(), DeskError> {
    const OTHER: &str = "SELECT id FROM account \
         WHERE display_name = $1 AND administrator IS NOT NULL AND administrator <> $2 AND disabled_at IS NULL";
    let other = sqlx::query(OTHER).bind(person).bind(role.as_str()).fetch_optional(&mut *c).await?;
    if other.is_some() { Err(Refusal::ThreeAdministrators.into()) } else { Ok(()) }
}

/// A new account's row; its number.
pub(super) async fn insert(
    c: &mut Connection,
    name: &str,
    display_name: &str,
    rights: &Rights,
    by: Option<AccountId>,
    now: Micros,
) -> Result<AccountId, DeskError> {
    use sqlx::Row;
    const TAKEN: &str = "SELECT 1 FROM account WHERE name = $1";
    if sqlx::query(TAKEN).bind(name).fetch_optional(&mut *c).await?.is_some() {
        return Err(Refusal::NameTaken.into());
    }
    if rights.role.is_administrator() {
        one_office(c, display_name, rights.role).await?;
    }
    const NEXT: &str = "SELECT COALESCE(MAX(id), 0) + 1 FROM account";
    let id = AccountId(sqlx::query(NEXT).fetch_one(&mut *c).await?.get(0));
    const INSERT: &str = "INSERT INTO account (id, name, display_name, role, created_at, created_by, ends_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(INSERT)
        .bind(id.0)
        .bind(name)
        .bind(display_name)
        .bind(rights.role.as_str())
        .bind(now.0)
        .bind(by.map(|by| by.0))
        .bind(rights.ends_at.map(|t| t.0))
        .execute(&mut *c)
        .await?;
    write_rights(c, id, rights).await?;
    Ok(id)
}

async fn write_rights(c: &mut Connection, id: AccountId, rights: &Rights) -> Result<(), DeskError> {
    const RIGHTS: &str = "UPDATE account SET role = $1, locality = $2, ends_at = $3, \
         administrator = COALESCE(administrator, $4) WHERE id = $5";
    let locality = match &rights.reach {
        Reach::Locality(name) => Some(name.trim()),
        Reach::Region | Reach::Units(_) => None,
    };
    sqlx::query(RIGHTS)
        .bind(rights.role.as_str())
        .bind(locality)
        .bind(rights.ends_at.map(|t| t.0))
        .bind(Some(rights.role.as_str()).filter(|_| rights.role.is_administrator()))
        .bind(id.0)
        .execute(&mut *c)
        .await?;
    sqlx::query("DELETE FROM account_unit WHERE account_id = $1").bind(id.0).execute(&mut *c).await?;
    if let Reach::Units(units) = &rights.reach {
        for unit in units {
            const UNIT: &str = "INSERT INTO account_unit (account_id, unit) VALUES ($1, $2)";
            sqlx::query(UNIT).bind(id.0).bind(unit.as_str()).execute(&mut *c).await?;
        }
    }
    Ok(())
}

/// Whoever is signed in by it is out.
pub(crate) async fn end_sessions(c: &mut Connection, id: AccountId, now: Micros) -> Result<(), DeskError> {
    const END: &str = "UPDATE session SET ended_at = $1 WHERE account_id = $2 AND ended_at IS NULL";
    sqlx::query(END).bind(now.0).bind(id.0).execute(&mut *c).await?;
    Ok(())
}
