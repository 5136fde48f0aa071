//! Where each group of readers stands: a file a group, replaced in one step, so that its positions and
//! metadata of all topics move together.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use ward_event::{limits::COMMIT_METADATA_BYTES_MAX, topic::Topic};

use super::files::{Disk, Failure, read_sealed, replace};
use crate::log::{LogError, Position, Topics};

/// A group's name is a file's name.
const GROUP_NAME_BYTES_MAX: usize = 100;

#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) topics: Topics,
    pub(super) positions: BTreeMap<Topic, Position>,
    /// Of its newest reader; older ones are fenced.
    pub(super) generation: Arc<AtomicU64>,
}

impl Group {
    pub(super) fn follows(&self, topic: &Topic) -> bool {
        self.topics.contain(topic)
    }

    /// The next offset it needs.
    pub(super) fn next(&self, topic: &Topic) -> u64 {
        self.positions.get(topic).map_or(0, |p| p.next)
    }
}

#[derive(Serialize, Deserialize)]
struct GroupFile {
    /// None for all topics.
    topics: Option<Vec<Topic>>,
    /// By topic: next offset, metadata.
    positions: BTreeMap<Topic, (u64, String)>,
}

/// All groups. Cheap to clone; clones share the positions, only the writer changes them.
#[derive(Clone)]
pub(super) struct Groups {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    by_name: Arc<RwLock<BTreeMap<String, Group>>>,
}

impl Groups {
    pub(super) fn open(disk: Arc<dyn Disk>, dir: &Path) -> Result<Self, Failure> {
        disk.create_dir(dir)?;
        let mut by_name = BTreeMap::new();
        for file in disk.list(dir)? {
            let path = dir.join(&file);
            match file.strip_suffix(".pos") {
                Some(name) => {
                    by_name.insert(name.to_owned(), load(disk.as_ref(), &path)?);
                }
                None => disk.remove(&path)?,
            }
        }
        // A name that the process before could not sync is made durable before anyone relies on it.
        disk.sync_dir(dir).map_err(Failure::Sync)?;
        Ok(Self { disk, dir: dir.into(), by_name: Arc::new(RwLock::new(by_name)) })
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&BTreeMap<String, Group>) -> T) -> T {
        look(&self.by_name.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The positions of a group; None if there is no such group.
    pub(super) fn positions(&self, group: &str) -> Option<BTreeMap<Topic, Position>> {
        self.read(|groups| groups.get(group).map(|g| g.positions.clone()))
    }

    /// Makes or finds a group, durably, and fences its readers so far.
    pub(super) fn register(&self, name: &str, topics: &Topics) -> Result<(u64, Arc<AtomicU64>), Failure> {
        if !is_group_name(name) {
            return Err(refused(format!("{name:?} is no name for a group")));
        }
        let known = self.read(|groups| groups.get(name).cloned());
        let mut group = known.clone().unwrap_or_else(|| Group {
            topics: topics.clone(),
            positions: BTreeMap::new(),
            generation: Arc::default(),
        });
        if known.is_none_or(|known| known.topics != *topics) {
            group.topics = topics.clone();
            self.store(name, &group)?;
        }
        let generation = group.generation.fetch_add(1, Ordering::AcqRel) + 1;
        let shared = Arc::clone(&group.generation);
        self.put(name, group);
        Ok((generation, shared))
    }

    /// Moves these positions, all or none, for the reader of that generation.
    pub(super) fn commit(
        &self,
        name: &str,
        generation: u64,
        positions: &BTreeMap<Topic, Position>,
    ) -> Result<(), Failure> {
        let Some(mut group) = self.read(|groups| groups.get(name).cloned()) else {
            return Err(refused(format!("group {name} is not there")));
        };
        if group.generation.load(Ordering::Acquire) != generation {
            return Err(Failure::Refused(fenced(name)));
        }
        check_metadata(positions).map_err(Failure::Refused)?;
        group.positions.extend(positions.iter().map(|(topic, position)| (topic.clone(), position.clone())));
        self.store(name, &group)?;
        self.put(name, group);
        Ok(())
    }

    /// Forgets a group: it holds nothing back any more, and its reader is fenced.
    pub(super) fn forget(&self, name: &str) -> Result<(), Failure> {
        let Some(group) = self.read(|groups| groups.get(name).cloned()) else { return Ok(()) };
        self.disk.remove(&self.path(name))?;
        self.disk.sync_dir(&self.dir).map_err(Failure::Sync)?;
        group.generation.fetch_add(1, Ordering::AcqRel);
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }

    fn store(&self, name: &str, group: &Group) -> Result<(), Failure> {
        let file = GroupFile {
            topics: match &group.topics {
                Topics::All => None,
                Topics::Only(topics) => Some(topics.clone()),
            },
            positions: group
                .positions
                .iter()
                .map(|(topic, p)| (topic.clone(), (p.next, p.metadata.clone())))
                .collect(),
        };
        let body = serde_json::to_vec(&file).map_err(std::io::Error::other)?;
        replace(self.disk.as_ref(), &self.path(name), &body)
    }

    fn put(&self, name: &str, group: Group) {
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), group);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.pos"))
    }
}

fn refused(why: String) -> Failure {
    Failure::Refused(LogError::Fatal(why))
}

pub(super) fn fenced(group: &str) -> LogError {
    LogError::Fatal(format!("group {group} has a newer reader"))
}

fn load(disk: &dyn Disk, path: &Path) -> Result<Group, Failure> {
    let file: GroupFile = serde_json::from_slice(&read_sealed(disk, path)?)
        .map_err(|e| Failure::Corrupt(format!("{}: {e}", path.display())))?;
    Ok(Group {
        topics: file.topics.map_or(Topics::All, Topics::Only),
        positions: file
            .positions
            .into_iter()
            .map(|(topic, (next, metadata))| (topic, Position { next, metadata }))
            .collect(),
        generation: Arc::default(),
    })
}

fn is_group_name(name: &str) -> bool {
    (1..=GROUP_NAME_BYTES_MAX).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Kafka refuses longer metadata for one topic and takes the others: refused here for all of them.
pub(in crate::log) fn check_metadata(positions: &BTreeMap<Topic, Position>) -> Result<(), LogError> {
    match positions.iter().find(|(_, p)| p.metadata.len() > COMMIT_METADATA_BYTES_MAX) {
        Some((topic, p)) => Err(LogError::Fatal(format!(
            "metadata of {topic} has {} bytes, more than {COMMIT_METADATA_BYTES_MAX}",
            p.metadata.len()
        ))),
        None => Ok(()),
    }
}
