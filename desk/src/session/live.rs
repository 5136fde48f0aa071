//! Who is signed in, and how that ends.

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, time::MICROS_PER_SECOND};

use super::{Session, SessionRow, Sessions};
use crate::{
    AccountId, Desk, DeskError, Refusal, Role, Viewer,
    account::{Account, store},
    audit::{Action, Entry},
    keys,
};

/// Whoever does nothing for so long is out.
const IDLE: i64 = 15 * 60 * MICROS_PER_SECOND;

/// Being busy is written down no more often than this: not every click is a write.
const SEEN_EVERY: i64 = 30 * MICROS_PER_SECOND;

/// What the forms of a session carry. It follows from the session's secret, so that it ends with it and a
/// copy of the database does not hold it.
pub(super) fn csrf(desk: &Desk, secret: &str) -> String {
    desk.0.key.derive("csrf", secret)
}

/// A session's own columns stand behind the account's.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            crate::account::store::columns!(),
            ", s.hash, s.created_at, s.seen_at, s.expires_at, s.address, s.agent \
             FROM session s JOIN account a ON a.id = s.account_id WHERE s.ended_at IS NULL AND ",
            $condition
        )
    };
}

const AT: usize = store::COLUMNS;

/// A live session's account; None where it is over by the clock.
fn live(row: &SqliteRow, now: Micros) -> Result<Option<Account>, DeskError> {
    let account = store::Kept::read(row)?.account;
    let (seen_at, expires_at): (i64, i64) = (row.get(AT + 2), row.get(AT + 3));
    let is_live = account.is_live(now) && now.0 < expires_at && now.0 - seen_at < IDLE;
    Ok(Some(account).filter(|_| is_live))
}

impl Sessions<'_> {
    /// Who holds this cookie; None for one that is over. Asking counts as being busy.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(&self, secret: &str) -> Result<Option<Session>, DeskError> {
        self.held(secret, true).await
    }

    /// Who holds this cookie, asked by what a page does by itself: that is nobody being busy.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn look(&self, secret: &str) -> Result<Option<Session>, DeskError> {
        self.held(secret, false).await
    }

    async fn held(&self, secret: &str, busy: bool) -> Result<Option<Session>, DeskError> {
        let (desk, now) = (self.0, self.0.clock().now());
        let hash = keys::fingerprint(secret);
        let row = sqlx::query(select!("s.hash = $1")).bind(&hash).fetch_optional(desk.readers()).await?;
        let Some(row) = row else { return Ok(None) };
        let Some(account) = live(&row, now)? else { return Ok(None) };
        let account = store::with_units(desk.readers(), account).await?;
        if busy && now.0 - row.get::<i64, _>(AT + 2) >= SEEN_EVERY {
            let hash = hash.clone();
            desk.write(move |c| {
                Box::pin(async move {
                    const SEEN: &str = "UPDATE session SET seen_at = $1 WHERE hash = $2 AND seen_at < $1";
                    sqlx::query(SEEN).bind(now.0).bind(hash).execute(&mut *c).await?;
                    Ok(())
                })
            })
            .await?;
        }
        Ok(Some(Session {
            id: hash,
            viewer: account.viewer(),
            display_name: account.display_name,
            csrf: csrf(desk, secret),
            created_at: Micros(row.get(AT + 1)),
            expires_at: Micros(row.get(AT + 3)),
        }))
    }

    /// Ends the session of this cookie; nothing happens where it has none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sign_out(&self, secret: &str, from: &str) -> Result<(), DeskError> {
        let Some(session) = self.find(secret).await? else { return Ok(()) };
        let entry = Entry::new(&session.viewer, from, Action::SignOut);
        self.finish(session.id, entry).await
    }

    /// Ends all of one's own sessions, in whatever browser.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for what is no person; those of the database.
    pub async fn end_own(&self, viewer: &Viewer, from: &str) -> Result<(), DeskError> {
        let Some(id) = viewer.account.filter(|_| viewer.may_write) else {
            return Err(Refusal::NotAllowed.into());
        };
        let (ledger, now) = (self.0.ledger(), self.0.clock().now());
        let entry = Entry::new(viewer, from, Action::SignOut).object("session", "all");
        self.0
            .write(move |c| {
                Box::pin(async move {
                    crate::account::end_sessions(c, id, now).await?;
                    ledger.append(c, entry).await.map(|_| ())
                })
            })
            .await
    }

    /// All live sessions, the newest first, for the security administrator.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for everybody else.
    pub async fn list(&self, by: &Viewer) -> Result<Vec<SessionRow>, DeskError> {
        if by.role != Role::SecurityAdmin {
            return Err(Refusal::NotAllowed.into());
        }
        let (readers, now) = (self.0.readers(), self.0.clock().now());
        let rows = sqlx::query(select!("s.seen_at > $1 ORDER BY s.created_at DESC, s.hash"))
            .bind(now.0 - IDLE)
            .fetch_all(readers)
            .await?;
        let mut sessions = Vec::new();
        for row in &rows {
            let Some(account) = live(row, now)? else { continue };
            let account = store::with_units(readers, account).await?;
            sessions.push(SessionRow {
                id: row.get(AT),
                viewer: account.viewer(),
                display_name: account.display_name,
                address: row.get(AT + 4),
                agent: row.get(AT + 5),
                created_at: Micros(row.get(AT + 1)),
                seen_at: Micros(row.get(AT + 2)),
            });
        }
        Ok(sessions)
    }

    /// Signs somebody out, by the security administrator.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for everybody else, [`Refusal::NotThere`] where there is no such session.
    pub async fn end(&self, by: &Viewer, from: &str, id: &str) -> Result<(), DeskError> {
        if by.role != Role::SecurityAdmin || !by.may_write {
            return Err(Refusal::NotAllowed.into());
        }
        const WHOSE: &str = "SELECT account_id FROM session WHERE hash = $1 AND ended_at IS NULL";
        let row = sqlx::query(WHOSE).bind(id).fetch_optional(self.0.readers()).await?;
        let account = AccountId(row.ok_or(Refusal::NotThere)?.get(0));
        let entry = Entry::new(by, from, Action::Revoke)
            .object("session", id.get(..16).unwrap_or(id))
            .detail(serde_json::json!({ "account": account }));
        self.finish(id.into(), entry).await
    }

    async fn finish(&self, hash: String, entry: Entry) -> Result<(), DeskError> {
        let (ledger, now) = (self.0.ledger(), self.0.clock().now());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    const END: &str = "UPDATE session SET ended_at = $1 WHERE hash = $2 AND ended_at IS NULL";
                    let ended = sqlx::query(END).bind(now.0).bind(hash).execute(&mut *c).await?;
                    if ended.rows_affected() > 0 {
                        ledger.append(c, entry).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
