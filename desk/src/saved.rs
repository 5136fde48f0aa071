//! Saved hunts: searches that an account keeps under a name. What the commission's people share is seen by
//! all of the commission, and by nobody else: what is looked for is itself a secret. Every change is audited
//! here.

use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::Micros;

use crate::{
    AccountId, Desk, DeskError, Reach, Refusal, Viewer,
    audit::{Action, Entry},
};

const NAME_CHARS_MAX: usize = 80;
const STATE_BYTES_MAX: usize = 8_000;
/// Hunts that one account may keep.
const OWN_MAX: i64 = 200;
/// Hunts that a list has at most.
const LIST_MAX: i64 = 500;

/// A hunt under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedHunt {
    pub id: i64,
    pub owner: AccountId,
    /// The owner's account.
    pub owner_name: String,
    pub name: String,
    /// The query string of the hunting page.
    pub state: String,
    pub shared: bool,
    pub saved_at: Micros,
}

/// The saved hunts of a desk.
pub struct Saved<'a>(&'a Desk);

fn read(row: &SqliteRow) -> SavedHunt {
    SavedHunt {
        id: row.get(0),
        owner: AccountId(row.get(1)),
        owner_name: row.get(2),
        name: row.get(3),
        state: row.get(4),
        shared: row.get::<i64, _>(5) != 0,
        saved_at: Micros(row.get(6)),
    }
}

/// A viewer of the whole region, not through a narrower token.
fn is_commission(viewer: &Viewer) -> bool {
    viewer.reach == Reach::Region && viewer.within.as_ref().is_none_or(|w| *w == Reach::Region)
}

fn writer(viewer: &Viewer) -> Result<AccountId, Refusal> {
    viewer.account.filter(|_| viewer.may_write).ok_or(Refusal::NotAllowed)
}

impl<'a> Saved<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// The viewer's own, and for the commission what is shared, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list(&self, viewer: &Viewer) -> Result<Vec<SavedHunt>, DeskError> {
        const LIST: &str = "SELECT s.id, s.owner, a.name, s.name, s.state, s.shared, s.saved_at \
             FROM saved_hunt s JOIN account a ON a.id = s.owner \
             WHERE s.removed_at IS NULL AND (s.owner = $1 OR (s.shared = 1 AND $2 = 1)) \
             ORDER BY s.name, s.id LIMIT $3";
        let rows = sqlx::query(LIST)
            .bind(viewer.account.map_or(-1, |a| a.0))
            .bind(i64::from(is_commission(viewer)))
            .bind(LIST_MAX)
            .fetch_all(self.0.readers())
            .await?;
        Ok(rows.iter().map(read).collect())
    }

    /// Keeps a hunt; the viewer's own one of the same name is replaced. Returns its number.
    ///
    /// # Errors
    /// [`Refusal`]: who may not write, a name or a state that is empty or too long, too many, sharing by
    /// somebody who is not of the commission.
    pub async fn save(
        &self,
        by: &Viewer,
        from: &str,
        name: &str,
        state: &str,
        shared: bool,
    ) -> Result<i64, DeskError> {
        let own = writer(by)?;
        let (name, state) = (name.trim().to_owned(), state.to_owned());
        let unfit = name.is_empty() || name.chars().count() > NAME_CHARS_MAX || state.len() > STATE_BYTES_MAX;
        if unfit || name.chars().any(char::is_control) {
            return Err(Refusal::TextUnfit.into());
        }
        if shared && !is_commission(by) {
            return Err(Refusal::NotAllowed.into());
        }
        let now = self.0.clock().now();
        let (ledger, entry) = (self.0.ledger(), Entry::new(by, from, Action::Change));
        self.0
            .write(move |c| {
                Box::pin(async move {
                    const OLD: &str =
                        "UPDATE saved_hunt SET removed_at = $3 WHERE owner = $1 AND name = $2 AND removed_at IS NULL";
                    sqlx::query(OLD).bind(own.0).bind(&name).bind(now.0).execute(&mut *c).await?;
                    const COUNT: &str =
                        "SELECT COUNT(*), (SELECT COALESCE(MAX(id), 0) FROM saved_hunt) FROM saved_hunt \
                         WHERE owner = $1 AND removed_at IS NULL";
                    let row = sqlx::query(COUNT).bind(own.0).fetch_one(&mut *c).await?;
                    let (count, last): (i64, i64) = (row.get(0), row.get(1));
                    if count >= OWN_MAX {
                        return Err(Refusal::TextUnfit.into());
                    }
                    let id = last + 1;
                    const INSERT: &str = "INSERT INTO saved_hunt (id, owner, name, state, shared, saved_at) \
                         VALUES ($1, $2, $3, $4, $5, $6)";
                    sqlx::query(INSERT)
                        .bind(id)
                        .bind(own.0)
                        .bind(&name)
                        .bind(&state)
                        .bind(i64::from(shared))
                        .bind(now.0)
                        .execute(&mut *c)
                        .await?;
                    let detail = json!({ "name": name, "state": state, "shared": shared });
                    ledger.append(c, entry.object("saved_hunt", id).detail(detail)).await?;
                    Ok(id)
                })
            })
            .await
    }

    /// Removes one of the viewer's own.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for what is not, is somebody else's, or is removed already.
    pub async fn remove(&self, by: &Viewer, from: &str, id: i64) -> Result<(), DeskError> {
        let own = writer(by)?;
        let now = self.0.clock().now();
        let (ledger, entry) = (self.0.ledger(), Entry::new(by, from, Action::Change));
        self.0
            .write(move |c| {
                Box::pin(async move {
                    const REMOVE: &str =
                        "UPDATE saved_hunt SET removed_at = $3 WHERE id = $1 AND owner = $2 AND removed_at IS NULL";
                    let done = sqlx::query(REMOVE).bind(id).bind(own.0).bind(now.0).execute(&mut *c).await?;
                    if done.rows_affected() == 0 {
                        return Err(Refusal::NotThere.into());
                    }
                    ledger.append(c, entry.object("saved_hunt", id).detail(json!({ "removed": true }))).await?;
                    Ok(())
                })
            })
            .await
    }
}
