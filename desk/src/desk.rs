//! The desk: opened once, cloned freely.

use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use futures_util::future::BoxFuture;
use sqlx::SqlitePool;
use ward_event::{clock::Clock, time::Calendar};

use crate::{
    Connection, DeskError,
    account::Accounts,
    assets::Assets,
    audit::{Audit, ChainKey, Ledger},
    case::{Cases, ListColumn, Rules, columns},
    compliance::{Catalogue, Compliance},
    db::{self, Writer, migrate},
    delivery::{Deliveries, Outlets},
    duty::Duty,
    finding::Findings,
    incident::Law,
    keys::{self, DeskKey},
    report::{Posture, Reports},
    saved::Saved,
    session::{Gate, Sessions},
    token::Tokens,
};

/// The state of people's work. Clones share one database.
#[derive(Clone)]
pub struct Desk(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    dir: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) key: DeskKey,
    ledger: Ledger,
    pub(crate) gate: Gate,
    pub(crate) case_rules: Arc<Rules>,
    pub(crate) case_columns: Vec<ListColumn>,
    pub(crate) law: Law,
    pub(crate) catalogue: Catalogue,
    pub(crate) outlets: OnceLock<Arc<Outlets>>,
    writer: Writer,
    readers: SqlitePool,
}

impl Desk {
    /// Opens `DIR/desk.sqlite`, made and brought up to date where needed, and the keys beside it.
    ///
    /// # Errors
    /// Files that cannot be read or written, a database of a newer version, a database whose keys are gone.
    pub async fn open(dir: &Path, clock: Clock) -> Result<Self, DeskError> {
        let file = dir.join("desk.sqlite");
        let is_new = !file.exists();
        let key = DeskKey::new(&keys::load(&dir.join("desk.key"), is_new)?)?;
        let ledger = Ledger::new(ChainKey::new(&keys::load(&dir.join("audit.key"), is_new)?), clock.clone());
        // After the keys: a database without its keys is refused. SQLite gives its side files the same rights.
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&file)
            .map_err(|source| DeskError::File { path: file.clone(), source })?;
        let mut connection = db::connect(&file).await?;
        migrate::run(&mut connection, clock.now()).await?;
        let readers = db::readers(&file).await?;
        let gate = Gate::new(&key)?;
        let law = Law::load(&dir.join("case"))?;
        let catalogue = Catalogue::load(&dir.join("case"))?;
        let case_rules = Arc::new(Rules::load(&dir.join("case"), Calendar::shanghai())?);
        let case_columns = columns::load(&dir.join("case"))?;
        let writer = Writer::start(connection);
        Ok(Self(Arc::new(Inner {
            dir: dir.to_owned(),
            clock,
            key,
            ledger,
            gate,
            case_rules,
            case_columns,
            law,
            catalogue,
            outlets: OnceLock::new(),
            writer,
            readers,
        })))
    }

    /// Writes out what waits and closes the files. Later writes fail.
    pub async fn close(&self) {
        self.0.writer.close().await;
        self.0.readers.close().await;
    }

    /// Runs statements as one transaction, after those before it, and returns when it is durable; an `Err`
    /// undoes it. What is audited appends its entry here, too ([`Desk::ledger`]), so that neither is
    /// there without the other.
    ///
    /// ```ignore
    /// let ledger = desk.ledger();
    /// desk.write(move |c| Box::pin(async move {
    ///     sqlx::query("UPDATE thing SET state = $1 WHERE id = $2").bind(state).bind(id).execute(&mut *c).await?;
    ///     ledger.append(c, entry).await
    /// })).await?;
    /// ```
    ///
    /// # Errors
    /// Those of the statements; [`DeskError::NotWritten`] where the commit fails.
    pub async fn write<T, F>(&self, work: F) -> Result<T, DeskError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, DeskError>> + Send + 'static,
    {
        self.0.writer.write(work).await
    }

    /// Connections that only read; each sees what was committed before it asked.
    pub fn readers(&self) -> &SqlitePool {
        &self.0.readers
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// Appends audit entries inside a transaction of [`Desk::write`].
    pub fn ledger(&self) -> Ledger {
        self.0.ledger.clone()
    }

    /// The audit: append alone, search, verify, anchors.
    pub fn audit(&self) -> Audit<'_> {
        Audit::new(self)
    }

    /// Declared assets and their import.
    pub fn assets(&self) -> Assets<'_> {
        Assets::new(self)
    }

    /// Reports as they were issued.
    pub fn reports(&self) -> Reports<'_> {
        Reports::new(self)
    }

    /// Posture scores that were kept.
    pub fn posture(&self) -> Posture<'_> {
        Posture::new(self)
    }

    /// Accounts, their rights, enrolment.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts::new(self)
    }

    /// Sign-in, sign-out, who is signed in.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions::new(self)
    }

    /// Tokens for programs, walls and leaders' phones.
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens::new(self)
    }

    /// Searches kept under a name.
    pub fn saved(&self) -> Saved<'_> {
        Saved::new(self)
    }

    /// Notices, their problems, and how they are chased.
    pub fn cases(&self) -> Cases<'_> {
        Cases::new(self)
    }

    /// The duty roster and the hand-over between shifts.
    pub fn duty(&self) -> Duty<'_> {
        Duty::new(self)
    }

    /// What leaves by mail, webhook and SMS.
    pub fn deliveries(&self) -> Deliveries<'_> {
        Deliveries::new(self)
    }

    /// What units and their systems are said to fulfil.
    pub fn compliance(&self) -> Compliance<'_> {
        Compliance::new(self)
    }

    /// What scans and checks found.
    pub fn findings(&self) -> Findings<'_> {
        Findings::new(self)
    }
}
