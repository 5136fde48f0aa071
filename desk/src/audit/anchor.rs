//! Anchors: the newest entry's number and hash, given out now and then. A chain that was cut off or written
//! anew with the right key no longer fits what left the machine before.

use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sqlx::{Row, SqlitePool};
use tokio::{sync::mpsc, task::JoinHandle};
use ward_event::{Micros, time::MICROS_PER_SECOND};

use crate::{Desk, DeskError};

/// Entries after which an anchor is due.
const EVERY_ENTRIES: i64 = 1_000;

/// Time after which an anchor is due, where there is anything new.
const EVERY: i64 = 60 * MICROS_PER_SECOND;

/// How often it is looked whether one is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// `(number, hash, time)` of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub number: i64,
    /// Hex.
    pub hash: String,
    /// The entry's time.
    pub time: Micros,
}

/// The anchors that lie on this machine, one JSON a line. They prove something to whoever has a copy
/// from elsewhere: `ward.audit` carries the same.
pub(crate) fn file(dir: &Path) -> PathBuf {
    dir.join("audit-anchors.jsonl")
}

/// Reads anchors, one JSON a line.
///
/// # Errors
/// A file that cannot be read, a line that is no anchor.
pub fn read_anchors(path: &Path) -> Result<Vec<Anchor>, DeskError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| DeskError::File { path: path.to_owned(), source })?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let read = |line| {
        serde_json::from_str(line)
            .map_err(|error| DeskError::Broken(format!("{}: no anchor: {error}", path.display())))
    };
    lines.map(read).collect()
}

pub(crate) async fn head(readers: &SqlitePool) -> Result<Option<Anchor>, DeskError> {
    const NEWEST: &str = "SELECT number, hash, time FROM audit ORDER BY number DESC LIMIT 1";
    let row = sqlx::query(NEWEST).fetch_optional(readers).await?;
    Ok(row.map(|row| Anchor { number: row.get(0), hash: row.get(1), time: Micros(row.get(2)) }))
}

fn is_due(last: Option<&Anchor>, head: &Anchor, now: Micros) -> bool {
    let Some(last) = last else { return true };
    let new = head.number - last.number;
    new >= EVERY_ENTRIES || (new > 0 && now.0 - last.time.0 >= EVERY)
}

/// Gives anchors out as they fall due, to `DIR/audit-anchors.jsonl` and to `out`, until the desk closes or
/// nobody listens. The first is due at once, so that every life of the process leaves one.
pub fn follow_anchors(desk: Desk, out: mpsc::Sender<Anchor>) -> JoinHandle<()> {
    tokio::spawn(async move {
        if let Err(error) = check_last(&desk).await {
            tracing::error!(%error, "the audit is not what it was: `ward admin audit verify` says more");
        }
        let mut beat = tokio::time::interval(LOOK_EVERY);
        let mut last = None;
        loop {
            beat.tick().await;
            match next(&desk, last.as_ref()).await {
                Ok(None) => {}
                Ok(Some(anchor)) => {
                    if out.send(anchor.clone()).await.is_err() {
                        return;
                    }
                    last = Some(anchor);
                }
                Err(DeskError::Sql(sqlx::Error::PoolClosed)) => return,
                Err(error) => tracing::error!(%error, "anchors of the audit are given out later"),
            }
        }
    })
}

async fn next(desk: &Desk, last: Option<&Anchor>) -> Result<Option<Anchor>, DeskError> {
    let head = head(desk.readers()).await?.filter(|head| is_due(last, head, desk.clock().now()));
    if let Some(head) = &head {
        keep(desk.dir(), head)?;
    }
    Ok(head)
}

/// The newest entry as an anchor, kept beside the others; for the end of a process.
pub(crate) async fn give(desk: &Desk) -> Result<Option<Anchor>, DeskError> {
    next(desk, None).await
}

/// Whether the last anchor that lies here still names its entry: an audit that was cut off while nothing
/// ran is told at once, before anything is added to it.
async fn check_last(desk: &Desk) -> Result<(), DeskError> {
    const HASH: &str = "SELECT hash FROM audit WHERE number = $1";
    let path = file(desk.dir());
    if !path.exists() {
        return Ok(());
    }
    let Some(last) = read_anchors(&path)?.pop() else { return Ok(()) };
    let row = sqlx::query(HASH).bind(last.number).fetch_optional(desk.readers()).await?;
    match row {
        Some(row) if row.get::<&str, _>(0) == last.hash => Ok(()),
        Some(_) => Err(DeskError::Broken(format!("entry {} is not the one its anchor names", last.number))),
        None => Err(DeskError::Broken(format!("entry {} is gone, of which there is an anchor", last.number))),
    }
}

fn keep(dir: &Path, anchor: &Anchor) -> Result<(), DeskError> {
    let path = file(dir);
    let failed = |source| DeskError::File { path: path.clone(), source };
    let mut line = serde_json::to_vec(anchor).map_err(|e| failed(e.into()))?;
    line.push(b'\n');
    let mut kept = OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(failed)?;
    kept.write_all(&line).and_then(|()| kept.sync_data()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_due_at_first_by_number_and_by_time() {
        let at = |number, time| Anchor { number, hash: String::new(), time: Micros(time) };
        let last = at(5, 0);
        assert!(is_due(None, &at(1, 0), Micros(0)));
        assert!(!is_due(Some(&last), &at(5, 0), Micros(9 * EVERY)), "nothing is new");
        assert!(!is_due(Some(&last), &at(6, 0), Micros(EVERY - 1)));
        assert!(is_due(Some(&last), &at(6, 0), Micros(EVERY)));
        assert!(is_due(Some(&last), &at(5 + EVERY_ENTRIES, 0), Micros(0)));
    }
}
