//! The tables, by numbered migrations that are applied once and never changed afterwards.

use sha2::{Digest, Sha256};
use sqlx::Row;
use ward_event::{Micros, alert::hex};

use super::Connection;
use crate::DeskError;

struct Migration {
    number: i64,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal)*) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../../../sql/state/", $name, ".sql")),
        }),*]
    };
}

/// Every migration, in order. Numbers may have gaps: accounts, audit and duty begin at 1, triage at 10.
static MIGRATIONS: &[Migration] = migrations! {
    1 "001_accounts"
    2 "002_audit"
    3 "003_duty"
    10 "010_triage"
    20 "020_saved"
    30 "030_assets"
    40 "040_cases"
    41 "041_incidents"
    50 "050_findings"
    55 "055_delivery"
    56 "056_unreached"
    60 "060_reports"
    61 "061_scores"
    62 "062_report_paper"
    63 "063_score_disputes"
    70 "070_verify"
    71 "071_replies"
    72 "072_reminders"
    73 "073_law_words"
    74 "074_hand_in"
    80 "080_compliance"
    81 "081_triage_owner"
};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    number     BIGINT PRIMARY KEY,
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)";

/// Applies what is missing, each in a transaction of its own.
///
/// # Errors
/// A migration that was changed after it was applied, one that fails, a database of a newer version.
pub(crate) async fn run(connection: &mut Connection, now: Micros) -> Result<(), DeskError> {
    sqlx::query(TABLE).execute(&mut *connection).await?;
    let applied = sqlx::query("SELECT number, name, hash FROM migration").fetch_all(&mut *connection).await?;
    for row in &applied {
        let (number, name): (i64, String) = (row.get(0), row.get(1));
        let refused = |reason: &str| DeskError::Migration { name: name.clone(), reason: reason.into() };
        let known = MIGRATIONS.iter().find(|m| m.number == number);
        let known = known.ok_or_else(|| refused("the database is of a newer version"))?;
        if known.hash() != row.get::<String, _>(2) {
            return Err(refused("it was changed after it was applied"));
        }
    }
    for migration in MIGRATIONS {
        if !applied.iter().any(|row| row.get::<i64, _>(0) == migration.number) {
            migration.apply(connection, now).await.map_err(|error| DeskError::Migration {
                name: migration.name.into(),
                reason: error.to_string(),
            })?;
        }
    }
    Ok(())
}

impl Migration {
    fn hash(&self) -> String {
        hex(&Sha256::digest(self.sql.as_bytes()))
    }

    async fn apply(&self, connection: &mut Connection, now: Micros) -> Result<(), sqlx::Error> {
        use sqlx::Connection as _;
        let mut transaction = connection.begin().await?;
        sqlx::raw_sql(self.sql).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO migration (number, name, hash, applied_at) VALUES ($1, $2, $3, $4)")
            .bind(self.number)
            .bind(self.name)
            .bind(self.hash())
            .bind(now.0)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_migration_and_numbers_ascend() {
        let mut files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../sql/state"))
            .expect("sql/state")
            .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let named: Vec<_> = MIGRATIONS.iter().map(|m| format!("{}.sql", m.name)).collect();
        assert_eq!(files, named);
        assert!(MIGRATIONS.windows(2).all(|w| w[0].number < w[1].number));
        assert!(MIGRATIONS.iter().all(|m| m.name.starts_with(&format!("{:03}_", m.number))));
    }
}
