//! The database: one connection that writes, a pool that reads.
//!
//! All that is SQLite's own (PRAGMAs, `BEGIN IMMEDIATE`) stands in this folder.

pub(crate) mod migrate;
mod writer;

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub(crate) use self::writer::Writer;
use crate::DeskError;

/// What a transaction's statements run on.
pub type Connection = sqlx::SqliteConnection;

/// Pages read little at a time: on two cores more connections only wait for each other.
const READERS: u32 = 4;

/// Rows that may wait between SQLite's thread and who reads them: with few, both wait for each other.
const ROWS: usize = 512;

/// Another process (`ward admin`) may hold the file for a moment.
const BUSY: Duration = Duration::from_secs(5);

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged transaction survives the loss of power.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .disable_statement_logging()
}

/// The connection that writes. The file is there already, readable by its owner alone.
pub(crate) async fn connect(file: &Path) -> Result<Connection, DeskError> {
    Ok(options(file).connect().await?)
}

/// Connections that cannot write. The file and its tables are there already.
pub(crate) async fn readers(file: &Path) -> Result<SqlitePool, DeskError> {
    let reading = options(file).pragma("query_only", "1").row_buffer_size(ROWS);
    Ok(SqlitePoolOptions::new().max_connections(READERS).connect_with(reading).await?)
}
