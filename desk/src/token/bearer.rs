//! Who comes with a token, and what a link is swapped for.

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, time::MICROS_PER_SECOND};

use super::{Bearer, TokenUse, Tokens};
use crate::{
    AccountId, DeskError, Role, Viewer,
    account::Account,
    audit::{Action, Entry},
    keys,
};

/// A use is written down no more often than this.
const USED_EVERY: i64 = 60 * MICROS_PER_SECOND;

/// A browser's name for itself is cut to these bytes.
const AGENT_BYTES_MAX: usize = 200;

/// A token that counts, by the clock and by its own state.
macro_rules! live {
    ($from:literal, $condition:literal) => {
        concat!(
            "SELECT t.id, t.name, t.kind, t.wall, t.reach, t.may_write, t.account_id, t.used_at FROM ",
            $from,
            " WHERE t.revoked_at IS NULL AND t.expires_at > $2 AND ",
            $condition
        )
    };
}

impl Tokens<'_> {
    /// Who sends this api token; None for one that is unknown, over or revoked, or whose owner is out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn api(&self, secret: &str) -> Result<Option<Bearer>, DeskError> {
        self.find(live!("token t", "t.hash = $1 AND t.kind = 'api'"), secret).await
    }

    /// Who holds this device's secret: a wall, or a leader's telephone.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn device(&self, secret: &str) -> Result<Option<Bearer>, DeskError> {
        self.find(live!("token_device d JOIN token t ON t.id = d.token_id", "d.hash = $1"), secret).await
    }

    /// Swaps a wall's or a brief's link for the secret of one browser (the cookie). A brief is swapped
    /// once: whoever comes second with the link has none of it. None for a link that does not count.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn swap(
        &self,
        link: &str,
        from: &str,
        agent: &str,
    ) -> Result<Option<(String, Bearer)>, DeskError> {
        let live = live!("token t", "t.hash = $1 AND t.kind IN ('wall', 'brief')");
        let Some(bearer) = self.find(live, link).await? else { return Ok(None) };
        let (ledger, now, secret) = (self.0.ledger(), self.0.clock().now(), keys::new_secret()?);
        let once = bearer.purpose == TokenUse::Brief;
        let (hash, from) = (keys::fingerprint(&secret), from.to_owned());
        let agent = agent[..agent.floor_char_boundary(AGENT_BYTES_MAX)].to_owned();
        let (token, entry) = (bearer.token, Entry::new(&bearer.viewer, &from, Action::SignIn));
        let bound = self.0.write(move |c| {
            Box::pin(async move {
                const BOUND: &str = "SELECT 1 FROM token_device WHERE token_id = $1";
                if once && sqlx::query(BOUND).bind(token).fetch_optional(&mut *c).await?.is_some() {
                    return Ok(false);
                }
                const BIND: &str = "INSERT INTO token_device (hash, token_id, created_at, address, agent) \
                     VALUES ($1, $2, $3, $4, $5)";
                sqlx::query(BIND)
                    .bind(hash)
                    .bind(token)
                    .bind(now.0)
                    .bind(from)
                    .bind(agent)
                    .execute(&mut *c)
                    .await?;
                ledger.append(c, entry.object("token", token)).await?;
                Ok(true)
            })
        });
        Ok(bound.await?.then_some((secret, bearer)))
    }

    async fn find(&self, live: &'static str, secret: &str) -> Result<Option<Bearer>, DeskError> {
        let now = self.0.clock().now();
        let row = sqlx::query(live)
            .bind(keys::fingerprint(secret))
            .bind(now.0)
            .fetch_optional(self.0.readers())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(bearer) = self.bearer(&row, now).await? else { return Ok(None) };
        let used_at: Option<i64> = row.get(7);
        if used_at.is_none_or(|used| now.0 - used >= USED_EVERY) {
            let id = bearer.token;
            self.0
                .write(move |c| {
                    Box::pin(async move {
                        const USED: &str = "UPDATE token SET used_at = $1 WHERE id = $2";
                        sqlx::query(USED).bind(now.0).bind(id).execute(&mut *c).await?;
                        Ok(())
                    })
                })
                .await?;
        }
        Ok(Some(bearer))
    }

    async fn bearer(&self, row: &SqliteRow, now: Micros) -> Result<Option<Bearer>, DeskError> {
        let (token, purpose): (i64, _) = (row.get(0), TokenUse::read(row, 2)?);
        let owner = match row.get::<Option<i64>, _>(6) {
            Some(id) => {
                // Who is disabled or at the end of their time has no tokens either.
                let owner = self.0.accounts().get(AccountId(id)).await?.filter(|a| a.is_live(now));
                let Some(owner) = owner else { return Ok(None) };
                Some(owner)
            }
            None => None,
        };
        let viewer = match (&purpose, owner.as_ref().map(Account::viewer)) {
            (TokenUse::Api { within, may_write }, Some(owner)) => {
                // An owner who became an administrator since then only reads, as with a new token.
                let may_write = *may_write && !owner.role.is_administrator();
                Viewer { within: within.clone(), may_write, ..owner }
            }
            (TokenUse::Brief, Some(owner)) if owner.role == Role::Leader => {
                Viewer { may_write: false, ..owner }
            }
            (TokenUse::Wall { reach, .. }, None) => Viewer {
                account: None,
                name: row.get(1),
                role: Role::Wall,
                reach: reach.clone(),
                within: None,
                may_write: false,
            },
            _ => return Ok(None),
        };
        Ok(Some(Bearer { token, purpose, viewer }))
    }
}
