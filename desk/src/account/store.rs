//! Reading accounts.

use sqlx::{Row, SqliteExecutor, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};

use super::Account;
use crate::{AccountId, Connection, DeskError, Reach, Role, Viewer};

/// The columns every reading of an account begins with; `a` is the account.
macro_rules! columns {
    () => {
        "a.id, a.name, a.display_name, a.role, a.locality, a.created_at, a.disabled_at, a.ends_at, \
         a.enrolled_at, a.locked_until, a.totp IS NOT NULL, a.administrator"
    };
}
pub(crate) use columns;

/// How many [`columns`] there are: what else a query reads stands behind them.
pub(crate) const COLUMNS: usize = 12;

/// An account and what only the desk looks at.
pub(crate) struct Kept {
    pub(crate) account: Account,
    pub(crate) administrator: Option<Role>,
}

impl Kept {
    /// Reads [`columns`]; the units of an officer are asked for apart.
    pub(crate) fn read(row: &SqliteRow) -> Result<Self, DeskError> {
        let role = |text: &str| text.parse::<Role>().map_err(DeskError::Broken);
        let locality: Option<String> = row.get(4);
        let time = |at: usize| row.get::<Option<i64>, _>(at).map(Micros);
        let has_totp: bool = row.get(10);
        Ok(Self {
            account: Account {
                id: AccountId(row.get(0)),
                name: row.get(1),
                display_name: row.get(2),
                role: role(row.get(3))?,
                reach: locality.map_or(Reach::Region, Reach::Locality),
                created_at: Micros(row.get(5)),
                disabled_at: time(6),
                ends_at: time(7),
                enrolled_at: time(8).filter(|_| has_totp),
                locked_until: time(9).filter(|t| t.0 > 0),
            },
            administrator: row.get::<Option<&str>, _>(11).map(role).transpose()?,
        })
    }
}

impl Account {
    /// Whether it may be used at all.
    pub fn is_live(&self, now: Micros) -> bool {
        self.disabled_at.is_none() && self.ends_at.is_none_or(|end| now < end)
    }

    pub(crate) fn viewer(&self) -> Viewer {
        Viewer {
            account: Some(self.id),
            name: self.name.clone(),
            role: self.role,
            reach: self.reach.clone(),
            within: None,
            may_write: true,
        }
    }
}

/// Gives an officer its units.
pub(crate) async fn with_units<'e>(
    executor: impl SqliteExecutor<'e>,
    mut account: Account,
) -> Result<Account, DeskError> {
    if account.role == Role::Officer {
        const UNITS: &str = "SELECT unit FROM account_unit WHERE account_id = $1";
        let rows = sqlx::query(UNITS).bind(account.id.0).fetch_all(executor).await?;
        let ids = rows.iter().map(|row| UnitId::new(row.get(0)));
        let units = ids.collect::<Result<_, _>>().map_err(|e| DeskError::Broken(e.to_string()))?;
        account.reach = Reach::Units(units);
    }
    Ok(account)
}

/// An account inside a transaction.
pub(crate) async fn kept(connection: &mut Connection, id: AccountId) -> Result<Option<Kept>, DeskError> {
    const ONE: &str = concat!("SELECT ", columns!(), " FROM account a WHERE a.id = $1");
    let Some(row) = sqlx::query(ONE).bind(id.0).fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let mut kept = Kept::read(&row)?;
    kept.account = with_units(&mut *connection, kept.account).await?;
    Ok(Some(kept))
}
