//! Accounts that no person makes: the first security administrator, whoever is let in again from the
//! machine itself, the demo's analyst.

use serde_json::json;
use sqlx::Row;
use ward_event::time::MICROS_PER_HOUR;

use super::{Accounts, Enrolment, Rights, change, enrol, fold};
use crate::{
    AccountId, Desk, DeskError, Reach, Refusal, Role, Viewer,
    audit::{Action, Entry},
};

/// The first account: who enrols by its link makes the others.
const FIRST: &str = "secadmin";

/// A link that stands in a start's output is taken soon, or printed again by the next start.
const FIRST_VALID: i64 = 24 * MICROS_PER_HOUR;

/// Who acts where nobody is signed in.
const MACHINE: &str = "ward";

/// Where from.
const CONSOLE: &str = "console";

impl Desk {
    /// The link for the first security administrator, as long as there is none; a link given out before
    /// counts no more. There is no default password.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn enrolment_link(&self) -> Result<Option<Enrolment>, DeskError> {
        let (ledger, link, now) = (self.ledger(), enrol::Link::new(self)?, self.clock().now());
        self.write(move |c| {
            Box::pin(async move {
                const ENROLLED: &str = "SELECT 1 FROM account \
                     WHERE role = 'security_admin' AND enrolled_at IS NOT NULL AND disabled_at IS NULL";
                if sqlx::query(ENROLLED).fetch_optional(&mut *c).await?.is_some() {
                    return Ok(None);
                }
                const WAITING: &str = "SELECT id, name FROM account \
                     WHERE role = 'security_admin' AND disabled_at IS NULL ORDER BY id LIMIT 1";
                let waiting = sqlx::query(WAITING).fetch_optional(&mut *c).await?;
                let (id, name) = match waiting {
                    Some(row) => (AccountId(row.get(0)), row.get::<String, _>(1)),
                    None => {
                        let rights =
                            Rights { role: Role::SecurityAdmin, reach: Reach::Region, ends_at: None };
                        (change::insert(c, FIRST, "安全管理员", &rights, None, now).await?, FIRST.to_owned())
                    }
                };
                let enrolment = link.issue(c, id, &name, None, FIRST_VALID).await?;
                let entry = Entry::nobody(MACHINE, CONSOLE, Action::Grant)
                    .object("account", id.0)
                    .detail(json!({ "name": name, "link": "first" }));
                ledger.append(c, entry).await?;
                Ok(Some(enrolment))
            })
        })
        .await
    }
}

impl Accounts<'_> {
    /// A new link for somebody who cannot be let in otherwise, by whoever rules the machine. Audited.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for a name without an account, or a disabled one.
    pub async fn emergency_link(&self, name: &str) -> Result<Enrolment, DeskError> {
        let (ledger, link, now) = (self.0.ledger(), enrol::Link::new(self.0)?, self.0.clock().now());
        let name = fold(name);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let account = enrol::by_name(c, &name)
                        .await?
                        .map(|kept| kept.account)
                        .filter(|account| account.is_live(now))
                        .ok_or(Refusal::NotThere)?;
                    enrol::forget_factors(c, account.id, now).await?;
                    let enrolment = link.issue(c, account.id, &name, None, FIRST_VALID).await?;
                    let entry = Entry::nobody(MACHINE, CONSOLE, Action::Grant)
                        .object("account", account.id.0)
                        .detail(json!({ "name": name, "link": "emergency" }));
                    ledger.append(c, entry).await?;
                    Ok(enrolment)
                })
            })
            .await
    }

    /// The demo's analyst: an account that nobody can sign in to, for the demo's pages to act as.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn demo(&self) -> Result<Viewer, DeskError> {
        const DEMO: &str = "demo";
        let now = self.0.clock().now();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    if let Some(kept) = enrol::by_name(c, DEMO).await? {
                        return Ok(kept.account.viewer());
                    }
                    let rights = Rights { role: Role::Analyst, reach: Reach::Region, ends_at: None };
                    let id = change::insert(c, DEMO, "演示分析员", &rights, None, now).await?;
                    Ok(Viewer {
                        account: Some(id),
                        name: DEMO.into(),
                        role: rights.role,
                        reach: rights.reach,
                        within: None,
                        may_write: true,
                    })
                })
            })
            .await
    }
}
