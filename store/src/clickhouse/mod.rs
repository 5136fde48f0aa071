//! The store: one way to ClickHouse, whether it is the embedded engine or a server.

mod alerts;
mod error;
pub(crate) mod events;
mod migrate;
mod query;
mod retain;
mod server;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clickhouse::Client;
use tokio::sync::Mutex;
use ward_event::{
    config::{Config, StoreBackend, StoreConfig},
    limits::INSERT_ROWS_MAX,
    time::Calendar,
};

use crate::{
    engine::{Access, Engine, EngineDir, EngineError, EngineOptions, KEY_HEADER, Keys, READER},
    writer::Block,
};
pub use alerts::AlertPlace;
pub use error::StoreError;
pub use migrate::{MIGRATIONS, Migrated, Migration};
pub use query::{AuditEntry, sql_command};
pub use retain::Dropped;

/// A piece of a block has so long to be taken, a block so long to be stored; then the connection is
/// given up and the same token tried again.
const SEND_MAX: Duration = Duration::from_secs(30);
const STORE_MAX: Duration = Duration::from_secs(180);

/// A process that was killed takes its engine with it, but the kernel needs a moment for its memory.
const LAST_ENGINE_ENDS_IN: Duration = Duration::from_secs(10);

/// Starts the engine, once the one of an earlier life has given its folder back.
async fn spawn(
    exe: &std::path::Path,
    before: &[&str],
    options: EngineOptions,
) -> Result<Engine, EngineError> {
    let begin = std::time::Instant::now();
    loop {
        match Engine::spawn(exe, before, options.clone()).await {
            Err(EngineError::InUse { .. }) if begin.elapsed() < LAST_ENGINE_ENDS_IN => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            spawned => return spawned,
        }
    }
}

/// How an engine's child process is started: the program, and what stands before the options.
#[derive(Debug, Clone)]
pub struct EngineCommand {
    pub exe: PathBuf,
    pub before: Vec<String>,
}

impl EngineCommand {
    /// `ward engine …` of this very binary.
    ///
    /// # Errors
    /// A system that does not tell which it is.
    pub fn this_binary() -> std::io::Result<Self> {
        Ok(Self { exe: std::env::current_exe()?, before: vec!["engine".into()] })
    }
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: Client,
    reader: Client,
    /// Without a database, for making it.
    bare: Client,
    config: Arc<StoreConfig>,
    calendar: Calendar,
    timezone: Arc<str>,
    engine: Arc<Mutex<Option<Engine>>>,
}

impl Store {
    /// Opens the store as configured: starts the embedded engine below `config.data`, or connects to
    /// the server. Does not create anything in it: see [`Store::migrate`].
    ///
    /// # Errors
    /// An engine that does not start, a password file that cannot be read, a database name that is
    /// none.
    pub async fn open(config: &Config, engine: &EngineCommand) -> Result<Self, StoreError> {
        check_database(&config.store.database)?;
        if config.store.backend == StoreBackend::Server {
            return Self::server(config);
        }
        let options = EngineOptions {
            dir: EngineDir::below(&config.data).path().into(),
            library: config.store.engine_library.clone(),
            memory_bytes: config.store.engine_memory_bytes,
            database: config.store.database.clone(),
            ..EngineOptions::default()
        };
        let before: Vec<&str> = engine.before.iter().map(String::as_str).collect();
        let engine = spawn(&engine.exe, &before, options).await?;
        let store = Self::embedded(config, &engine.url(), engine.keys());
        *store.engine.lock().await = Some(engine);
        Ok(store)
    }

    /// Connects to the engine of a `ward up` that runs on the same data directory, or to the server.
    ///
    /// # Errors
    /// No engine running there, or key files that this user may not read.
    pub fn attach(config: &Config) -> Result<Self, StoreError> {
        check_database(&config.store.database)?;
        if config.store.backend == StoreBackend::Server {
            return Self::server(config);
        }
        let dir = EngineDir::below(&config.data);
        let (access, keys): (Access, Keys) = (dir.access()?, dir.keys()?);
        Ok(Self::embedded(config, &access.url(), &keys))
    }

    fn embedded(config: &Config, url: &str, keys: &Keys) -> Self {
        let client = Client::default().with_url(url);
        let writer = client.clone().with_header(KEY_HEADER, &keys.writer);
        let reader = client
            .with_header(KEY_HEADER, &keys.reader)
            .with_user(READER)
            .with_password(&keys.reader_password);
        Self::new(config, writer, reader)
    }

    fn server(config: &Config) -> Result<Self, StoreError> {
        let store = &config.store;
        let client = Client::default().with_url(&store.url);
        let writer = client
            .clone()
            .with_user(&store.writer_user)
            .with_password(password(&store.writer_password_file)?);
        let reader =
            client.with_user(&store.reader_user).with_password(password(&store.reader_password_file)?);
        Ok(Self::new(config, writer, reader))
    }

    fn new(config: &Config, writer: Client, reader: Client) -> Self {
        let database = &config.store.database;
        Self {
            bare: writer.clone(),
            writer: pinned(writer.with_database(database)),
            reader: reader.with_database(database),
            config: Arc::new(config.store.clone()),
            calendar: config.calendar(),
            timezone: config.region.timezone.as_str().into(),
            engine: Arc::default(),
        }
    }

    /// Everything may be done with this one. For the writer, migrations and retention only.
    pub fn writer(&self) -> &Client {
        &self.writer
    }

    /// Limited in what it may see, in rows, time and memory. For every read.
    pub fn reader(&self) -> &Client {
        &self.reader
    }

    /// The embedded engine's process, if there is one.
    pub async fn engine_pid(&self) -> Option<u32> {
        self.engine.lock().await.as_ref().and_then(Engine::pid)
    }

    /// How often the embedded engine had to be started again.
    pub async fn engine_restarts(&self) -> u64 {
        self.engine.lock().await.as_ref().map_or(0, Engine::restarts)
    }

    /// Ends the embedded engine cleanly.
    pub async fn close(&self) {
        let engine = self.engine.lock().await.take();
        if let Some(engine) = engine {
            engine.stop().await;
        }
    }

    /// True when the store answers.
    pub async fn is_ready(&self) -> bool {
        self.writer.query("SELECT 1").fetch_one::<u8>().await.is_ok()
    }

    /// Inserts one block. The same token again is the same insert.
    pub(crate) async fn insert(&self, block: &Block, token: &str) -> Result<(), StoreError> {
        let columns = block.columns.join("`, `");
        let sql = format!("INSERT INTO {} (`{columns}`) FORMAT Native", block.table);
        let mut insert = self
            .writer
            .insert_formatted_with(sql)
            .with_setting("insert_deduplication_token", token)
            .with_timeouts(Some(SEND_MAX), Some(STORE_MAX));
        for chunk in &block.chunks {
            insert.send(chunk.clone()).await?;
        }
        Ok(insert.end().await?)
    }
}

/// Every setting that exactly-once rests on, whatever the server's defaults are.
fn pinned(client: Client) -> Client {
    [
        // The answer means stored; no other insert shares the block.
        ("async_insert", "0"),
        ("insert_deduplicate", "1"),
        ("deduplicate_blocks_in_dependent_materialized_views", "1"),
        // One block of ours stays one block.
        ("max_insert_threads", "1"),
        ("input_format_parallel_parsing", "0"),
        ("max_insert_block_size", &(2 * INSERT_ROWS_MAX).to_string()),
        ("min_insert_block_size_rows", &(2 * INSERT_ROWS_MAX).to_string()),
        ("min_insert_block_size_bytes", "0"),
        // Types are those of the tables; a conversion would hide a mistake.
        ("input_format_native_allow_types_conversion", "0"),
        // The session's zone must not matter.
        ("session_timezone", "UTC"),
    ]
    .into_iter()
    .fold(client, |client, (name, value)| client.with_setting(name, value))
}

fn password(path: &Path) -> Result<String, StoreError> {
    if path.as_os_str().is_empty() {
        return Ok(String::new());
    }
    let text =
        std::fs::read_to_string(path).map_err(|source| StoreError::File { path: path.into(), source })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The database's name stands in SQL and in the engine's configuration.
fn check_database(name: &str) -> Result<(), StoreError> {
    let mut bytes = name.bytes();
    let begins = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if begins && name.len() <= 64 && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Ok(())
    } else {
        Err(StoreError::Database(name.chars().take(64).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_name_is_an_identifier() {
        for good in ["ward", "_w1"] {
            assert!(check_database(good).is_ok(), "{good}");
        }
        for bad in ["", "1w", "a.b", "a b", "a;drop", "a`", "卫", &"a".repeat(65)] {
            assert!(check_database(bad).is_err(), "{bad}");
        }
    }
}
