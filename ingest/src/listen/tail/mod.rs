//! Files that grow. The position travels inside the records (`ward.tail`), so it is durable in the
//! same step: nothing is lost or read twice, whenever the process dies.

mod file;
mod rotation;

use std::{path::PathBuf, time::Duration};

use sha2::{Digest, Sha256};
use ward_event::config::Tail;

use self::file::Follower;
use super::source::Source;
use crate::{collector::CollectError, sequence::TailPosition};

/// How often a file that stands still is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A followed file.
pub(crate) struct TailListener {
    follower: Follower,
    source: Source,
}

/// What a file is remembered by: its configured path.
pub(crate) fn key(tail: &Tail) -> u64 {
    let digest: [u8; 32] = Sha256::digest(tail.path.as_os_str().as_encoded_bytes()).into();
    let (first, _) = digest.as_chunks::<8>();
    u64::from_be_bytes(first[0])
}

impl TailListener {
    /// `position`: where it was left.
    ///
    /// # Errors
    /// No parser for the file's format.
    pub(crate) fn new(
        tail: &Tail,
        source: Source,
        position: Option<TailPosition>,
    ) -> Result<Self, CollectError> {
        let path: PathBuf = tail.path.clone();
        let follower = Follower::new(path, key(tail), tail.format, &source, position)?;
        Ok(Self { follower, source })
    }

    /// Follows until the stop; what is not read by then is read after the next start.
    pub(crate) async fn run(self) {
        let Self { mut follower, source } = self;
        let mut stop = source.stop.clone();
        while !*stop.borrow() {
            // Reading and parsing block: not on the sockets' threads.
            let stepped = tokio::task::spawn_blocking(move || {
                let step = follower.step();
                (follower, step)
            });
            let Ok((returned, step)) = stepped.await else {
                tracing::error!("a followed file is given up: its reader panicked");
                return;
            };
            follower = returned;
            for draft in follower.take() {
                if source.sequencer.submit(draft).await.is_err() {
                    return;
                }
            }
            let moved = step.unwrap_or_else(|error| {
                tracing::warn!(path = %follower.path().display(), %error, "followed file");
                false
            });
            if !moved {
                tokio::select! {
                    () = Source::stopped(&mut stop) => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
        }
    }
}
