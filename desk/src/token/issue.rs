//! Giving tokens out, listing them, taking them back.

use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{Issued, NewToken, TokenRow, TokenUse, Tokens};
use crate::{
    DeskError, Reach, Refusal, Role, Viewer,
    audit::{Action, Entry},
    keys,
};

/// A token is renewed once a year at least.
const VALID_MAX: i64 = 366 * MICROS_PER_DAY;

/// Characters of a token's or a wall's name.
const NAME_CHARS_MAX: usize = 64;

impl TokenUse {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Api { .. } => "api",
            Self::Wall { .. } => "wall",
            Self::Brief => "brief",
        }
    }

    /// From the columns kind, wall, reach, may_write.
    pub(super) fn read(row: &SqliteRow, at: usize) -> Result<Self, DeskError> {
        let broken = |what: &str| DeskError::Broken(format!("token: {what}"));
        let reach: Option<&str> = row.get(at + 2);
        let reach: Option<Reach> =
            reach.map(serde_json::from_str).transpose().map_err(|e| broken(&e.to_string()))?;
        match row.get::<&str, _>(at) {
            "api" => Ok(Self::Api { within: reach, may_write: row.get::<i64, _>(at + 3) != 0 }),
            "wall" => {
                let wall = row.get::<Option<String>, _>(at + 1).ok_or_else(|| broken("no wall"))?;
                Ok(Self::Wall { wall, reach: reach.ok_or_else(|| broken("no reach"))? })
            }
            "brief" => Ok(Self::Brief),
            other => Err(broken(other)),
        }
    }
}

impl Tokens<'_> {
    /// Walls are issued by analysts and leaders, briefs by leaders for themselves, api tokens by everybody
    /// for themselves; those of the three administrators only read, since a token has no second factor.
    ///
    /// # Errors
    /// [`Refusal`]: not this role's to give, an end that is past or more than a year away, a name that is
    /// none.
    pub async fn issue(&self, by: &Viewer, from: &str, new: NewToken) -> Result<Issued, DeskError> {
        let owner = by.account.filter(|_| by.may_write).ok_or(Refusal::NotAllowed)?;
        let is_commission = matches!(by.role, Role::Analyst | Role::Leader);
        let (may, wall, reach, may_write) = match &new.purpose {
            TokenUse::Api { within, may_write } => {
                (!(*may_write && by.role.is_administrator()), None, within.as_ref(), *may_write)
            }
            TokenUse::Wall { wall, reach } => (is_commission, Some(wall.clone()), Some(reach), false),
            TokenUse::Brief => (by.role == Role::Leader, None, None, false),
        };
        if !may {
            return Err(Refusal::NotAllowed.into());
        }
        let is_named = |name: &str| (1..=NAME_CHARS_MAX).contains(&name.trim().chars().count());
        if !is_named(&new.name) || wall.as_deref().is_some_and(|wall| !is_named(wall)) {
            return Err(Refusal::NameUnfit.into());
        }
        let now = self.0.clock().now();
        if new.expires_at <= now || new.expires_at.0 - now.0 > VALID_MAX {
            return Err(Refusal::EndUnfit.into());
        }
        let reach = reach.map(serde_json::to_string).transpose();
        let reach = reach.map_err(|e| DeskError::Broken(e.to_string()))?;
        let (secret, ledger, by, from) = (keys::new_secret()?, self.0.ledger(), by.clone(), from.to_owned());
        let hash = keys::fingerprint(&secret);
        let id = self.0.write(move |c| {
            Box::pin(async move {
                const NEXT: &str = "SELECT COALESCE(MAX(id), 0) + 1 FROM token";
                let id: i64 = sqlx::query(NEXT).fetch_one(&mut *c).await?.get(0);
                const INSERT: &str = "INSERT INTO token (id, hash, kind, name, account_id, wall, reach, may_write, \
                     created_at, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
                let kind = new.purpose.kind();
                sqlx::query(INSERT)
                    .bind(id)
                    .bind(hash)
                    .bind(kind)
                    .bind(new.name.trim())
                    .bind(Some(owner.0).filter(|_| wall.is_none()))
                    .bind(wall)
                    .bind(reach)
                    .bind(i64::from(may_write))
                    .bind(now.0)
                    .bind(owner.0)
                    .bind(new.expires_at.0)
                    .execute(&mut *c)
                    .await?;
                let detail = json!({ "name": new.name, "purpose": new.purpose, "expires_at": new.expires_at });
                let entry = Entry::new(&by, &from, Action::Grant).object("token", id).detail(detail);
                ledger.append(c, entry).await?;
                Ok(id)
            })
        });
        Ok(Issued { id: id.await?, secret })
    }

    /// One's own and those one issued; all of them for the security administrator. The newest first.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for who has no account.
    pub async fn list(&self, by: &Viewer) -> Result<Vec<TokenRow>, DeskError> {
        const LIST: &str = "SELECT t.id, t.name, t.kind, t.wall, t.reach, t.may_write, a.name, t.created_at, \
             t.expires_at, t.revoked_at, t.used_at FROM token t JOIN account a ON a.id = t.created_by \
             WHERE t.created_by = $1 OR $2 = 1 ORDER BY t.id DESC";
        let own = by.account.ok_or(Refusal::NotAllowed)?;
        let rows = sqlx::query(LIST)
            .bind(own.0)
            .bind(i64::from(by.role == Role::SecurityAdmin))
            .fetch_all(self.0.readers())
            .await?;
        let time = |row: &SqliteRow, at: usize| row.get::<Option<i64>, _>(at).map(Micros);
        let read = |row: &SqliteRow| {
            Ok(TokenRow {
                id: row.get(0),
                name: row.get(1),
                purpose: TokenUse::read(row, 2)?,
                owner: row.get(6),
                created_at: Micros(row.get(7)),
                expires_at: Micros(row.get(8)),
                revoked_at: time(row, 9),
                used_at: time(row, 10),
            })
        };
        rows.iter().map(read).collect()
    }

    /// One's own, or any by the security administrator. Whoever holds it is out at once.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for what is somebody else's, too: a stranger learns nothing.
    pub async fn revoke(&self, by: &Viewer, from: &str, id: i64) -> Result<(), DeskError> {
        let own = by.account.filter(|_| by.may_write).ok_or(Refusal::NotAllowed)?;
        let (ledger, now) = (self.0.ledger(), self.0.clock().now());
        let any = i64::from(by.role == Role::SecurityAdmin);
        let entry = Entry::new(by, from, Action::Revoke).object("token", id);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    const REVOKE: &str = "UPDATE token SET revoked_at = $1 \
                         WHERE id = $2 AND revoked_at IS NULL AND (created_by = $3 OR $4 = 1)";
                    let revoked = sqlx::query(REVOKE)
                        .bind(now.0)
                        .bind(id)
                        .bind(own.0)
                        .bind(any)
                        .execute(&mut *c)
                        .await?;
                    if revoked.rows_affected() == 0 {
                        return Err(Refusal::NotThere.into());
                    }
                    ledger.append(c, entry).await.map(|_| ())
                })
            })
            .await
    }
}
