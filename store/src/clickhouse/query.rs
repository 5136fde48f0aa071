//! `ward sql`: one query by hand, read-only, audited.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::Path,
};

use serde::{Deserialize, Serialize};
use ward_event::{clock::Clock, config::Config};

use super::{Store, StoreError};

/// One line of `DATA/audit/sql.log`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// RFC 3339, UTC.
    pub time: String,
    /// The system's user who asked.
    pub user: String,
    pub query: String,
}

/// Runs a query as the limited reader and copies its result to `out` as it comes, in ClickHouse's
/// `format` unless the query names one itself. The query is in the audit file before it runs.
///
/// # Errors
/// No engine running, a key or audit file that this user may not use, a query that is refused (any
/// that would change something, or that breaks the reader's limits).
pub async fn sql_command(
    config: &Config,
    format: &str,
    sql: &str,
    out: &mut (dyn Write + Send),
) -> Result<(), StoreError> {
    let store = Store::attach(config)?;
    let entry = AuditEntry { time: Clock::system().now().rfc3339(), user: user(), query: sql.into() };
    audit(&config.data, &entry)?;
    let mut rows = store.reader.query_raw(sql).fetch_bytes(format)?;
    while let Some(chunk) = rows.next().await? {
        out.write_all(&chunk).map_err(StoreError::Output)?;
    }
    out.flush().map_err(StoreError::Output)
}

fn audit(data: &Path, entry: &AuditEntry) -> Result<(), StoreError> {
    let dir = data.join("audit");
    let path = dir.join("sql.log");
    let append = || {
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        // One write of a file opened for appending: lines of two processes do not mix.
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        file.write_all(&line)?;
        file.sync_data()
    };
    append().map_err(|source| StoreError::File { path: path.clone(), source })
}

/// Name of the user of this process, as the kernel and /etc/passwd know it, not the environment.
fn user() -> String {
    let Ok(uid) = fs::metadata("/proc/self").map(|m| m.uid().to_string()) else { return "unknown".into() };
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {uid}"))
}
