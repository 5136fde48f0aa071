//! The one writer: transactions run one after the other, and those that wait together are made durable
//! together, by one commit. A transaction that fails is undone alone.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::Connection as _;
use tokio::{
    sync::{Mutex, RwLock, mpsc, oneshot},
    task::JoinHandle,
};

use super::Connection;
use crate::DeskError;

/// Transactions of one commit. More gain nothing: the sync is paid for long before.
const GROUP_MAX: usize = 256;

/// Transactions that may wait; whoever comes then waits to be let in.
const WAITING_MAX: usize = 1_024;

/// What the writer does for one caller.
trait Job: Send {
    /// Runs the caller's statements; false undoes them.
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, bool>;

    /// Tells the caller, after the commit.
    fn answer(self: Box<Self>, committed: &Result<(), Arc<sqlx::Error>>);
}

struct Transaction<T, F> {
    work: Option<F>,
    /// None until it has run.
    done: Option<Result<T, DeskError>>,
    answer: oneshot::Sender<Result<T, DeskError>>,
}

impl<T, F> Job for Transaction<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, DeskError>> + Send + 'static,
{
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            if let Some(work) = self.work.take() {
                // A transaction that panics is a fault of its own, not the end of all writing.
                let ended = AssertUnwindSafe(async { work(connection).await }).catch_unwind().await;
                let panicked = |_| Err(DeskError::Broken("a transaction panicked".into()));
                self.done = Some(ended.unwrap_or_else(panicked));
            }
            matches!(self.done, Some(Ok(_)))
        })
    }

    fn answer(self: Box<Self>, committed: &Result<(), Arc<sqlx::Error>>) {
        let done = match (self.done, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(DeskError::NotWritten(error.clone())),
            (Some(done), Ok(())) => done,
            (None, Ok(())) => Err(DeskError::Closed),
        };
        // A caller that is gone is told nothing; its transaction holds.
        let _ = self.answer.send(done);
    }
}

/// The way to the writer's task.
pub(crate) struct Writer {
    jobs: RwLock<Option<mpsc::Sender<Box<dyn Job>>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING_MAX);
        let task = tokio::spawn(run(connection, waiting));
        Self { jobs: RwLock::new(Some(jobs)), task: Mutex::new(Some(task)) }
    }

    /// Runs statements as one transaction and returns when it is durable. It runs to its end even where
    /// the caller has gone.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, DeskError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, DeskError>> + Send + 'static,
    {
        let jobs = self.jobs.read().await.clone().ok_or(DeskError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let job = Transaction { work: Some(work), done: None, answer };
        jobs.send(Box::new(job)).await.map_err(|_| DeskError::Closed)?;
        drop(jobs);
        answered.await.map_err(|_| DeskError::Closed)?
    }

    /// Ends the task after what waits.
    pub(crate) async fn close(&self) {
        self.jobs.write().await.take();
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "desk: the writer ended badly");
        }
    }
}

async fn run(mut connection: Connection, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
    let mut group = Vec::new();
    while waiting.recv_many(&mut group, GROUP_MAX).await > 0 {
        let committed = commit(&mut connection, &mut group).await.map_err(Arc::new);
        if let Err(error) = &committed {
            tracing::error!(%error, "desk: transactions are not written");
            // Where SQLite has undone it by itself there is nothing left to undo.
            let _ = sqlx::query("ROLLBACK").execute(&mut connection).await;
        }
        for job in group.drain(..) {
            job.answer(&committed);
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "desk: closing");
    }
}

async fn commit(connection: &mut Connection, group: &mut [Box<dyn Job>]) -> Result<(), sqlx::Error> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    for job in group {
        sqlx::query("SAVEPOINT job").execute(&mut *connection).await?;
        if !job.run(connection).await {
            sqlx::query("ROLLBACK TO job").execute(&mut *connection).await?;
        }
        sqlx::query("RELEASE job").execute(&mut *connection).await?;
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}
