//! A reader of the disk log: waits for what becomes durable and reads it on the caller's task. A read
//! is bounded (8 MiB at most) and comes from the page cache but after a long absence.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use async_trait::async_trait;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};
use ward_event::topic::Topic;

use super::{
    core::Membership,
    cursor::{Cursor, Progress},
    groups::{Groups, fenced},
    writer::{Command, Handle, closed},
};
use crate::log::{LogError, Position, Reader, Record};

pub(super) struct DiskReader {
    pub(super) cursor: Cursor,
    /// None for one without a group.
    pub(super) member: Option<Membership>,
    pub(super) groups: Groups,
    pub(super) handle: Handle,
    /// Changes with every group commit.
    pub(super) durable: watch::Receiver<u64>,
}

impl DiskReader {
    fn check_fence(&self) -> Result<(), LogError> {
        match &self.member {
            Some(member) if member.newest.load(Ordering::Acquire) != member.generation => {
                Err(fenced(&member.group))
            }
            _ => Ok(()),
        }
    }

    fn member(&self) -> Result<&Membership, LogError> {
        self.member.as_ref().ok_or_else(|| LogError::Fatal("a follower has no positions".into()))
    }
}

#[async_trait]
impl Reader for DiskReader {
    async fn poll(&mut self, max: usize, wait: Duration) -> Result<Vec<Record>, LogError> {
        let deadline = Instant::now() + wait;
        let mut records = Vec::new();
        loop {
            self.check_fence()?;
            self.durable.borrow_and_update();
            loop {
                let progress = self.cursor.read(max, &mut records)?;
                if !records.is_empty() || max == 0 {
                    return Ok(records);
                }
                if progress == Progress::End {
                    break;
                }
                tokio::task::yield_now().await;
            }
            match timeout_at(deadline, self.durable.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(closed()),
                Err(_) => return Ok(records),
            }
        }
    }

    async fn committed(&mut self) -> Result<BTreeMap<Topic, Position>, LogError> {
        let group = &self.member()?.group;
        self.groups.positions(group).ok_or_else(|| LogError::Fatal(format!("group {group} is not there")))
    }

    async fn commit(&mut self, positions: &BTreeMap<Topic, Position>) -> Result<(), LogError> {
        let member = self.member()?.clone();
        let positions = positions.clone();
        self.handle.ask(|answer| Command::Commit { member, positions, answer }).await
    }

    async fn seek(&mut self, topic: &Topic, offset: u64) -> Result<(), LogError> {
        self.check_fence()?;
        self.cursor.seek(topic, offset);
        Ok(())
    }
}
