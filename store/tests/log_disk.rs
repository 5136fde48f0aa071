//! The disk log as a process sees it: threads, quotas, the lock, and its end after a failed sync.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking and shows figures")]

use std::{
    any::Any,
    collections::BTreeMap,
    io,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ward_event::{SenderId, topic::Topic};
use ward_store::{
    log::{
        Append, Log, LogError, Position, Topics,
        disk::{Disk, DiskFile, DiskLog, DiskOptions, RECORD_BYTES_MAX, RealDisk},
    },
    testing::SimDisk,
};

fn topic(sender: &str) -> Topic {
    Topic::events(&SenderId::new(sender).expect("an id"))
}

fn records(topic: &Topic, count: usize, bytes: usize) -> Vec<Append> {
    vec![Append { topic: topic.clone(), payload: vec![b'r'; bytes].into() }; count]
}

fn at(topic: &Topic, next: u64) -> BTreeMap<Topic, Position> {
    BTreeMap::from([(topic.clone(), Position { next, metadata: String::new() })])
}

/// Counts syncs, so that a group commit can be seen.
struct Counting(Arc<AtomicU64>);

struct CountingFile(Arc<dyn DiskFile>, Arc<AtomicU64>);

impl Disk for Counting {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        RealDisk.create_dir(dir)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(dir)
    }
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(CountingFile(RealDisk.create(path)?, self.0.clone())))
    }
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(CountingFile(RealDisk.open(path)?, self.0.clone())))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        RealDisk.sync_dir(dir)
    }
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send>> {
        RealDisk.lock(path)
    }
}

impl DiskFile for CountingFile {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_at(position, into)
    }
    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_at(position, bytes)
    }
    fn truncate(&self, len: u64) -> io::Result<()> {
        self.0.truncate(len)
    }
    fn sync(&self) -> io::Result<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        // As a disk with a moving head: what comes meanwhile is gathered.
        std::thread::sleep(Duration::from_millis(5));
        self.0.sync()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_share_a_sync_and_each_gets_its_own_offsets() {
    let dir = tempfile::tempdir().expect("a folder");
    let syncs = Arc::new(AtomicU64::new(0));
    let disk = Arc::new(Counting(syncs.clone()));
    let log = Arc::new(DiskLog::open_on(disk, dir.path(), DiskOptions::default()).expect("opens"));
    let before = syncs.load(Ordering::Relaxed);
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut offsets = Vec::new();
                for _ in 0..10 {
                    offsets.extend(log.append(records(&topic("shared"), 3, 10)).await.expect("appended"));
                }
                offsets
            })
        })
        .collect();
    let mut all = Vec::new();
    for caller in callers {
        let offsets = caller.await.expect("no panic");
        assert!(offsets.is_sorted(), "a caller's records keep their order");
        assert!(offsets.chunks(3).all(|c| c[2] == c[0] + 2), "a call's records stay together");
        all.extend(offsets);
    }
    all.sort_unstable();
    assert_eq!(all, (0..1_500).collect::<Vec<_>>());
    let syncs = syncs.load(Ordering::Relaxed) - before;
    assert!(syncs <= 100, "{syncs} syncs for 500 calls");
}

#[tokio::test]
async fn a_sender_at_its_quota_is_pushed_back_alone_until_its_records_are_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = DiskOptions { quota_bytes: 10_000, ..DiskOptions::default() };
    let log = DiskLog::open(dir.path(), options).expect("opens");
    let (full, other) = (topic("full"), topic("other"));
    let mut reader = log.reader("publisher", Topics::All).await.expect("a reader");
    log.append(records(&full, 9, 1_000)).await.expect("below the quota");
    let dead = Topic::dead(&SenderId::new("full").expect("an id"));
    let refused = log.append(records(&dead, 2, 1_000)).await;
    assert!(matches!(&refused, Err(LogError::QuotaFull { topic }) if *topic == dead), "{refused:?}");
    assert_eq!(log.ends().await.expect("ends").get(&dead), None, "nothing of a refused call is there");
    log.append(records(&other, 9, 1_000)).await.expect("another sender");
    log.append(records(&Topic::ALERTS, 20, 1_000)).await.expect("no sender's topic has no quota");

    assert_eq!(reader.poll(100, Duration::from_secs(1)).await.expect("polls").len(), 38);
    assert!(log.append(records(&full, 2, 1_000)).await.is_err(), "reading alone frees nothing");
    reader.commit(&at(&full, 9)).await.expect("committed");
    assert_eq!(log.append(records(&full, 10, 1_000)).await.expect("room again").len(), 10);
    assert!(log.append(records(&full, 1, 1)).await.is_err());
    log.forget_group("publisher").await.expect("forgotten");
    log.append(records(&full, 1, 1)).await.expect("nobody's unread bytes are no bytes");
}

#[tokio::test]
async fn only_one_opens_it_and_a_closed_one_refuses() {
    let dir = tempfile::tempdir().expect("a folder");
    let log = DiskLog::open(dir.path(), DiskOptions::default()).expect("opens");
    let second = DiskLog::open(dir.path(), DiskOptions::default());
    assert!(matches!(second.err(), Some(LogError::Fatal(_))));
    let too_large = records(&topic("a"), 1, RECORD_BYTES_MAX + 1);
    assert!(matches!(log.append(too_large).await, Err(LogError::Fatal(_))));
    let mut reader = log.reader("group", Topics::All).await.expect("a reader");
    assert!(matches!(log.reader("../group", Topics::All).await.err(), Some(LogError::Fatal(_))));
    assert!(matches!(reader.commit(&at(&topic("a"), 1)).await, Err(LogError::Fatal(_))), "behind the end");
    log.close().await.expect("closed");
    assert!(matches!(log.append(records(&topic("a"), 1, 1)).await, Err(LogError::Fatal(_))));
    assert!(matches!(reader.poll(1, Duration::from_secs(9)).await, Err(LogError::Fatal(_))));
    DiskLog::open(dir.path(), DiskOptions::default()).expect("opens again");
}

/// The same bytes are a torn write after a crash, and corruption after a clean stop.
#[tokio::test]
async fn a_broken_last_batch_is_cut_after_a_crash_and_told_after_a_clean_stop() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("data/00000000000000000000.log");
    let log = DiskLog::open(dir.path(), DiskOptions::default()).expect("opens");
    log.append(records(&topic("a"), 3, 100)).await.expect("appended");
    log.append(records(&topic("a"), 3, 100)).await.expect("appended");
    log.close().await.expect("closed");
    let mut bytes = std::fs::read(&file).expect("a segment");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).expect("written");
    let told = DiskLog::open(dir.path(), DiskOptions::default()).err();
    assert!(matches!(&told, Some(LogError::Corrupt(what)) if what.contains(".log")), "{told:?}");

    std::fs::remove_file(dir.path().join("clean")).expect("as after a crash");
    let log = DiskLog::open(dir.path(), DiskOptions::default()).expect("opens");
    assert_eq!(log.ends().await.expect("ends").get(&topic("a")), Some(&3));
    assert_eq!(log.append(records(&topic("a"), 1, 1)).await.expect("goes on"), [3]);
}

/// The child of the test below: fills until the disk's sync fails, and must not come back.
#[tokio::test]
async fn child_appends_on_a_disk_whose_sync_fails() {
    if std::env::var_os("WARD_CHILD").is_none() {
        return;
    }
    let disk = SimDisk::new(1);
    let log =
        DiskLog::open_on(Arc::new(disk.clone()), Path::new("/log"), DiskOptions::default()).expect("opens");
    log.append(records(&topic("a"), 1, 1)).await.expect("appended");
    disk.fail_sync();
    let answer = log.append(records(&topic("a"), 1, 1)).await;
    panic!("the process went on after a failed sync: {answer:?}");
}

#[test]
fn a_failed_sync_ends_the_process() {
    let child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child_appends_on_a_disk_whose_sync_fails"])
        .env("WARD_CHILD", "1")
        .output()
        .expect("runs");
    assert_eq!(child.status.signal(), Some(nix::libc::SIGABRT), "{}", String::from_utf8_lossy(&child.stdout));
}
