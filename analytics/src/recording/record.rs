//! Making a recording of what is on the log.

use std::{
    collections::BTreeMap,
    io::{BufWriter, Write},
    path::Path,
    time::Duration,
};

use sha2::{Digest, Sha256};
use ward_event::{
    Micros,
    alert::hex,
    clock::ClockRecord,
    control::RuleFile,
    topic::{Topic, TopicKind},
};
use ward_store::log::{Log, Record, Topics};

use super::{File, MANIFEST, Manifest, RULES, RecordingError, SNAPSHOT, VERSION, file_name};
use crate::snapshot;

const POLL_RECORDS: usize = 4_096;
const POLL_WAIT: Duration = Duration::from_millis(200);

/// Where a recording begins: a shard's snapshot, the rules in force then, and the next offset to judge
/// of every topic, `ward.clock` and `ward.control` among them.
#[derive(Debug, Clone)]
pub struct Start {
    pub snapshot: Vec<u8>,
    pub rules: Vec<RuleFile>,
    pub cursor: BTreeMap<Topic, u64>,
}

/// Records what lies between the snapshot and the last clock record that is not later than `until` and
/// on the log now. The folder is made; files in it are overwritten.
///
/// # Errors
/// A log that no longer holds the records from the cursor on, a folder that cannot be written.
pub async fn record(
    log: &dyn Log,
    start: &Start,
    until: Micros,
    dir: &Path,
) -> Result<Manifest, RecordingError> {
    let header = snapshot::header(&start.snapshot)?;
    std::fs::create_dir_all(dir).map_err(RecordingError::io(dir))?;
    let mut files = BTreeMap::new();
    files.insert(SNAPSHOT.to_owned(), put(dir, SNAPSHOT, &start.snapshot)?);
    let rules = serde_json::to_vec(&start.rules).map_err(|e| RecordingError::content(&dir.join(RULES), e))?;
    files.insert(RULES.to_owned(), put(dir, RULES, &rules)?);
    let held = log.ends().await?;
    let from = |topic: &Topic| start.cursor.get(topic).copied().unwrap_or(0);
    let mut ends: BTreeMap<Topic, u64> = BTreeMap::new();
    let mut to = header.now;
    let mut clocks = TopicFile::create(dir, &Topic::CLOCK)?;
    let end = held.get(&Topic::CLOCK).copied().unwrap_or(0);
    read(log, &Topic::CLOCK, from(&Topic::CLOCK), end, &mut |record| {
        let clock: ClockRecord =
            serde_json::from_slice(&record.payload).map_err(|e| RecordingError::content(&clocks.path, e))?;
        if clock.time > until {
            return Ok(false);
        }
        to = to.max(clock.time);
        for (topic, end) in clock.ends {
            ends.insert(topic, end);
        }
        clocks.write(record)?;
        Ok(true)
    })
    .await?;
    let (name, file) = clocks.finish()?;
    files.insert(name, file);
    let judged = |kind| matches!(kind, TopicKind::Events | TopicKind::Control);
    for (topic, end) in ends.iter().filter(|(topic, _)| judged(topic.kind())) {
        let mut out = TopicFile::create(dir, topic)?;
        read(log, topic, from(topic), *end, &mut |record| out.write(record).map(|()| true)).await?;
        let (name, file) = out.finish()?;
        files.insert(name, file);
    }
    let manifest = Manifest {
        version: VERSION,
        from: header.now,
        to,
        rules_version: header.rules_version,
        geoip_version: header.geoip_version,
        register_version: header.register_version,
        files,
    };
    let path = dir.join(MANIFEST);
    let json = serde_json::to_vec_pretty(&manifest).map_err(|e| RecordingError::content(&path, e))?;
    put(dir, MANIFEST, &json)?;
    Ok(manifest)
}

/// Hands on the records of one topic from an offset to before an end, until told to stop.
async fn read(
    log: &dyn Log,
    topic: &Topic,
    from: u64,
    end: u64,
    take: &mut (dyn FnMut(&Record) -> Result<bool, RecordingError> + Send),
) -> Result<(), RecordingError> {
    let mut next = from;
    if next >= end {
        return Ok(());
    }
    let start = BTreeMap::from([(topic.clone(), from)]);
    let mut reader = log.follow(Topics::Only(vec![topic.clone()]), start).await?;
    while next < end {
        for record in reader.poll(POLL_RECORDS, POLL_WAIT).await? {
            if record.offset != next {
                return Err(RecordingError::Gone {
                    topic: topic.clone(),
                    wanted: next,
                    found: record.offset,
                });
            }
            if next >= end || !take(&record)? {
                return Ok(());
            }
            next += 1;
        }
    }
    Ok(())
}

fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<File, RecordingError> {
    let path = dir.join(name);
    std::fs::write(&path, bytes).map_err(RecordingError::io(&path))?;
    Ok(File { sha256: hex(&Sha256::digest(bytes)), ..File::default() })
}

/// A topic's file while it is written.
struct TopicFile {
    name: String,
    path: std::path::PathBuf,
    out: BufWriter<std::fs::File>,
    hash: Sha256,
    file: File,
}

impl TopicFile {
    fn create(dir: &Path, topic: &Topic) -> Result<Self, RecordingError> {
        let name = file_name(topic);
        let path = dir.join(&name);
        let out = BufWriter::new(std::fs::File::create(&path).map_err(RecordingError::io(&path))?);
        let file = File { topic: Some(topic.clone()), ..File::default() };
        Ok(Self { name, path, out, hash: Sha256::new(), file })
    }

    fn write(&mut self, record: &Record) -> Result<(), RecordingError> {
        let mut line = format!("{{\"offset\":{},\"record\":", record.offset).into_bytes();
        line.extend_from_slice(&record.payload);
        line.extend_from_slice(b"}\n");
        self.hash.update(&line);
        self.out.write_all(&line).map_err(RecordingError::io(&self.path))?;
        self.file.first.get_or_insert(record.offset);
        self.file.records += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<(String, File), RecordingError> {
        self.out.flush().map_err(RecordingError::io(&self.path))?;
        self.file.sha256 = hex(&self.hash.finalize());
        Ok((self.name, self.file))
    }
}
