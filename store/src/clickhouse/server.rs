//! The limited user on a ClickHouse server.

use clickhouse::Client;
use sha2::{Digest, Sha256};
use ward_event::{alert::hex, config::StoreConfig};

use super::{StoreError, password};
use crate::engine::settings::reads;

/// Memory of one read where no engine memory of ours says how much there is.
const READ_MEMORY: u64 = 1 << 30;

/// Makes the reader as the embedded engine has it, where the writer has the right to; returns the
/// statements that an administrator must run where it has not.
pub(super) async fn grant_reader(writer: &Client, config: &StoreConfig) -> Result<Vec<String>, StoreError> {
    let mut left = Vec::new();
    for statement in statements(config)? {
        match writer.query_raw(&statement).execute().await.map_err(StoreError::from) {
            Ok(()) => {}
            Err(StoreError::Refused(reason)) => {
                tracing::warn!(%reason, "the reader's rights could not be set; an administrator must");
                left.push(statement);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}

fn statements(config: &StoreConfig) -> Result<Vec<String>, StoreError> {
    let user = quote(&config.reader_user);
    let database = &config.database;
    let hash = hex(&Sha256::digest(password(&config.reader_password_file)?.as_bytes()));
    let limits = [
        ("max_execution_time", reads::SECONDS_MAX),
        ("max_result_rows", reads::RESULT_ROWS_MAX),
        ("max_result_bytes", reads::RESULT_BYTES_MAX),
        ("max_memory_usage", READ_MEMORY),
    ]
    .map(|(name, max)| format!("{name} = {max} MIN 1 MAX {max} CHANGEABLE_IN_READONLY"))
    .join(", ");
    Ok(vec![
        format!("CREATE SETTINGS PROFILE IF NOT EXISTS ward_reader_limits SETTINGS readonly = 1, {limits}"),
        format!(
            "CREATE USER IF NOT EXISTS {user} IDENTIFIED WITH sha256_hash BY '{hash}' SETTINGS PROFILE 'ward_reader_limits'"
        ),
        format!("GRANT SELECT ON {database}.* TO {user}"),
    ])
}

fn quote(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_gets_its_limits_and_no_more_than_select() {
        let config = StoreConfig { reader_user: "a`b".into(), ..StoreConfig::default() };
        let sql = statements(&config).expect("statements");
        assert!(sql[0].contains("readonly = 1") && sql[0].contains("max_execution_time = 60 MIN 1 MAX 60"));
        assert!(sql[1].contains("`a\\`b`"));
        assert_eq!(sql[2], "GRANT SELECT ON ward.* TO `a\\`b`");
    }
}
