//! The tables, by numbered migrations that are applied once and never changed afterwards.

use sha2::{Digest, Sha256};
use ward_event::alert::hex;

use super::{Store, StoreError, server};

/// One file of `sql/clickhouse/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    pub number: u32,
    pub name: &'static str,
    /// `{timezone}` stands for the region's.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal)*) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../../../sql/clickhouse/", $name, ".sql")),
        }),*]
    };
}

/// Every migration, in order.
pub static MIGRATIONS: &[Migration] = migrations! {
    1 "001_events"
    2 "002_dead"
    3 "003_alerts"
    4 "004_state"
    5 "005_events_minute"
    6 "006_fsync"
    7 "007_asset"
    8 "008_merges"
    9 "009_authorised_test"
    10 "010_events_by_minute"
    11 "011_events_minute_gone"
    12 "012_addresses"
};

/// What a migration did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Names of those applied now.
    pub applied: Vec<&'static str>,
    /// Server only: what an administrator has yet to run, because the writer may not.
    pub left: Vec<String>,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations
(
  number   UInt32,
  name     String,
  hash     String,
  timezone String,
  applied  DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree ORDER BY number";

#[derive(Debug, Clone, PartialEq, Eq, clickhouse::Row, serde::Serialize, serde::Deserialize)]
struct Applied {
    number: u32,
    name: String,
    hash: String,
    timezone: String,
}

impl Migration {
    fn hash(&self) -> String {
        hex(&Sha256::digest(self.sql.as_bytes()))
    }

    /// Statements end with `;` at a line's end.
    fn statements(&self, timezone: &str) -> Vec<String> {
        let sql = self.sql.replace("{timezone}", timezone);
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("--");
        sql.split(";\n").filter(|s| s.lines().any(|l| is_code(&l))).map(str::to_owned).collect()
    }
}

impl Store {
    /// Creates the database and brings the tables up to date. Each statement can be repeated, so that
    /// a migration that was interrupted is simply applied again.
    ///
    /// # Errors
    /// A migration that was changed after it was applied, one that this version does not know, another
    /// time zone than at the first migration, and what the store refuses.
    pub async fn migrate(&self) -> Result<Migrated, StoreError> {
        let database = &self.config.database;
        self.bare.query(&format!("CREATE DATABASE IF NOT EXISTS {database}")).execute().await?;
        self.writer.query(TABLE).execute().await?;
        let applied: Vec<Applied> =
            self.writer.query("SELECT DISTINCT ?fields FROM migrations ORDER BY number").fetch_all().await?;
        let open = check(MIGRATIONS, &applied, &self.timezone)?;
        let mut done = Migrated::default();
        for migration in open {
            for statement in migration.statements(&self.timezone) {
                self.writer.query_raw(&statement).execute().await?;
            }
            let mut insert = self.writer.insert::<Applied>("migrations").await?;
            insert
                .write(&Applied {
                    number: migration.number,
                    name: migration.name.into(),
                    hash: migration.hash(),
                    timezone: self.timezone.to_string(),
                })
                .await?;
            insert.end().await?;
            done.applied.push(migration.name);
        }
        if self.config.backend == ward_event::config::StoreBackend::Server {
            done.left = server::grant_reader(&self.writer, &self.config).await?;
        }
        Ok(done)
    }
}

/// The migrations yet to be applied.
fn check<'a>(
    known: &'a [Migration],
    applied: &[Applied],
    timezone: &str,
) -> Result<&'a [Migration], StoreError> {
    let refuse = |reason: String| Err(StoreError::Migration(reason));
    for (i, row) in applied.iter().enumerate() {
        let Some(migration) = known.get(i) else {
            return refuse(format!(
                "the store has migration {}, which this version of Ward does not know: a newer one made it",
                row.name
            ));
        };
        if migration.number != row.number {
            return refuse(format!(
                "migration {} is missing in the store, though {} was applied",
                migration.name, row.name
            ));
        }
        if migration.hash() != row.hash {
            return refuse(format!(
                "migration {} differs from the one that was applied: migrations are append-only, write a new one",
                row.name
            ));
        }
        if row.timezone != timezone {
            return refuse(format!(
                "region.timezone is {timezone}, but the store's days are {}'s since its first migration",
                row.timezone
            ));
        }
    }
    Ok(&known[applied.len()..])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn row(migration: &Migration) -> Applied {
        Applied {
            number: migration.number,
            name: migration.name.into(),
            hash: migration.hash(),
            timezone: "Asia/Shanghai".into(),
        }
    }

    #[test]
    fn every_file_is_listed_in_order() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sql/clickhouse");
        let mut files: Vec<String> = std::fs::read_dir(dir)
            .expect("the folder")
            .map(|e| e.expect("an entry").file_name().to_string_lossy().trim_end_matches(".sql").to_owned())
            .collect();
        files.sort();
        let listed: Vec<_> = MIGRATIONS.iter().map(|m| m.name).collect();
        assert_eq!(files, listed);
        for (i, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number as usize, i + 1);
            assert!(migration.name.starts_with(&format!("{:03}_", migration.number)));
        }
    }

    #[test]
    fn what_was_applied_must_be_what_is_known() {
        let zone = "Asia/Shanghai";
        let all: Vec<Applied> = MIGRATIONS.iter().map(row).collect();
        assert_eq!(check(MIGRATIONS, &[], zone).expect("new"), MIGRATIONS);
        assert_eq!(check(MIGRATIONS, &all[..2], zone).expect("older"), &MIGRATIONS[2..]);
        assert!(check(MIGRATIONS, &all, zone).expect("current").is_empty());

        let reason = |applied: &[Applied], known: &[Migration], zone: &str| {
            check(known, applied, zone).expect_err("refused").to_string()
        };
        assert!(reason(&all, &MIGRATIONS[..1], zone).contains("newer"));
        assert!(reason(&all[1..], MIGRATIONS, zone).contains("missing"));
        assert!(reason(&all, MIGRATIONS, "UTC").contains("since its first migration"));
        let mut changed = all.clone();
        changed[0].hash.clear();
        assert!(reason(&changed, MIGRATIONS, zone).contains("append-only"));
    }

    #[test]
    fn a_file_of_several_statements_is_split() {
        let statements = MIGRATIONS[3].statements("Asia/Shanghai");
        assert_eq!(statements.len(), 4);
        assert!(
            statements
                .iter()
                .all(|s| s.contains("CREATE TABLE IF NOT EXISTS") && s.contains("Asia/Shanghai"))
        );
    }
}
