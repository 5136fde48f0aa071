//! A full disk, on a small tmpfs: clear words, back-pressure or counted drops, nothing acknowledged
//! lost, nothing else stopped; and it goes on by itself once there is room.
//!
//! Mounting wants root. Where it is refused the tests say so and try nothing.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use support::{PATIENCE, Ward, driven::metric, send_tcp, send_udp};
use ward_event::{SenderId, topic::Topic};

/// A tmpfs that is unmounted at the end.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(at).expect("a folder");
        let options = format!("size={megabytes}m,mode=0700");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        match done {
            Ok(done) if done.status.success() => Some(Self(at.to_owned())),
            refused => {
                eprintln!("\n*** NOT TESTED: a full disk; mounting a tmpfs is refused: {refused:?} ***\n");
                None
            }
        }
    }

    /// Takes all but so many bytes away.
    fn leave(&self, bytes: u64) -> PathBuf {
        let stat = nix::sys::statvfs::statvfs(&self.0).expect("statvfs");
        let free = stat.blocks_available() * stat.fragment_size();
        let ballast = self.0.join("ballast");
        let zeros = vec![0; usize::try_from(free - bytes).expect("fits")];
        fs::write(&ballast, zeros).expect("the ballast fits");
        ballast
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily: a process that is just ending may still hold it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A collector whose Kafka is away for good, so that all stays in its spool.
fn collector(root: &Path) -> Ward {
    let any = "127.0.0.1:0";
    fs::write(
        root.join("register.toml"),
        "[[unit]]\nid = 'h01'\nname = '市一院'\nkind = 'hospital'\n[[sender]]\nid = 'h01'\nunits = ['h01']\n",
    )
    .expect("written");
    let config = root.join("ward.toml");
    fs::write(
        &config,
        format!(
            "register = 'register.toml'\n[log]\nbackend = 'kafka'\nbrokers = '127.0.0.1:1'\n[metrics]\nlisten = '{any}'\n\
             [[collect]]\nsender = 'h01'\nsyslog_tcp = '{any}'\nsyslog_udp = '{any}'\nhttp = '{any}'\n"
        ),
    )
    .expect("written");
    let data = root.join("collect");
    let text = |p: &Path| p.display().to_string();
    Ward::start(&["collect", "--config", &text(&config), "--data", &text(&data)], &data)
}

/// One bulk request of a numbered document; the status, or nothing where no answer comes in two seconds.
fn bulk(address: &str, n: u64) -> Option<u16> {
    let padding = "x".repeat(20_000);
    let body = format!(
        "{{\"index\":{{\"_index\":\"d\",\"_id\":\"{n}\"}}}}\n{{\"bulk\":{n},\"message\":\"{padding}\"}}\n"
    );
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(2))).expect("set");
    write!(
        stream,
        "POST /_bulk HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("sent");
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head[9..]).ok()?.parse().ok()
}

/// Writes numbered lines as fast as they are taken, until told to stop.
fn pump(address: String, stop: Arc<AtomicBool>, written: Arc<AtomicU64>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).expect("connected");
        let padding = "y".repeat(4_000);
        while !stop.load(Ordering::Relaxed) {
            let n = written.load(Ordering::Relaxed);
            writeln!(stream, "<13>1 2026-11-20T10:00:00Z h load - - - tcp={n} {padding}").expect("written");
            written.fetch_add(1, Ordering::Relaxed);
        }
    })
}

fn until(what: &str, ward: &Ward, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited for {what}\n{}", ward.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_full_spool_pushes_back_and_goes_on_when_there_is_room() {
    const DATAGRAMS: u64 = 200;
    let root = tempfile::tempdir().expect("a folder");
    let Some(disk) = Tmpfs::mount(&root.path().join("collect/spool"), 200) else { return };
    let mut ward = collector(root.path());
    let ballast = disk.leave(8 << 20);
    let ready = |ward: &Ward| ward.get("metrics", "/health/ready").0;
    assert_eq!(ready(&ward), 200);

    let (stop, written) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
    let client = pump(ward.endpoint("syslog-tcp").to_owned(), stop.clone(), written.clone());
    until("the disk to be full", &ward, || ready(&ward) == 503);
    // TCP waits: the memory of a sender is bounded, then nothing more is read.
    let mut before = u64::MAX;
    until("back-pressure", &ward, || {
        let now = written.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(1_500));
        std::mem::replace(&mut before, now) == now
    });
    // HTTP is refused, UDP has to be dropped or kept: it is counted either way.
    let refused: Vec<_> = (0..5).map(|n| bulk(ward.endpoint("http"), n)).collect();
    assert!(refused.iter().all(|s| matches!(s, Some(429 | 503))), "{refused:?}");
    for n in 0..DATAGRAMS {
        send_udp(ward.endpoint("syslog-udp"), format!("<13>1 - h a - - - udp={n}").as_bytes());
    }
    assert!(ward.log().contains("No space left"), "{}", ward.log());
    assert_eq!(ward.get("metrics", "/health/live").0, 200, "the process lives");

    fs::remove_file(ballast).expect("removed");
    until("the disk to be used again", &ward, || ready(&ward) == 200);
    let stood = written.load(Ordering::Relaxed);
    until("the connection to go on", &ward, || written.load(Ordering::Relaxed) > stood + 100);
    stop.store(true, Ordering::Relaxed);
    client.join().expect("the client");
    let acknowledged: Vec<u64> = (0..5).filter(|n| bulk(ward.endpoint("http"), *n) == Some(200)).collect();
    assert_eq!(acknowledged, [0, 1, 2, 3, 4]);
    let sum = |ward: &Ward, what: &str| {
        metric(ward.endpoint("metrics"), |name| name.starts_with(what) && name.contains("syslog-udp"))
    };
    until("all datagrams to be counted", &ward, || sum(&ward, "ward_in_total") as u64 == DATAGRAMS);
    ward.assert_balanced();
    let dropped = sum(&ward, "ward_dropped_total") as u64;
    let sent = written.load(Ordering::Relaxed);
    eprintln!("{sent} lines, {dropped} of {DATAGRAMS} datagrams dropped and counted");
    ward.stop();

    let mut seqs = BTreeSet::new();
    let (mut tcp, mut udp, mut ids) = (Vec::new(), 0, BTreeSet::new());
    for record in spooled(&root.path().join("collect/spool")) {
        assert!(seqs.insert(record["ward"]["seq"].as_u64().expect("a number")), "a number twice");
        let message = record["message"].as_str().unwrap_or_default();
        let number = |m: &str| m.split(' ').next().and_then(|n| n.parse::<u64>().ok());
        if let Some(n) = message.strip_prefix("tcp=").and_then(number) {
            tcp.push(n);
        } else if message.starts_with("udp=") {
            udp += 1;
        } else {
            let id = record["unmapped"]["bulk"].as_u64().expect("a document");
            assert!(ids.insert(id), "document {id} twice");
        }
    }
    assert_eq!(tcp, (0..sent).collect::<Vec<_>>(), "every line once, in order");
    assert_eq!(udp + dropped, DATAGRAMS, "stored or counted");
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), acknowledged);
    let (first, last) = (seqs.first().expect("some"), seqs.last().expect("some"));
    assert_eq!(seqs.len() as u64, last - first + 1, "numbers without a gap");
}

/// The events of a stopped collector's spool.
fn spooled(dir: &Path) -> Vec<serde_json::Value> {
    use ward_store::log::{
        Log, Topics,
        disk::{DiskLog, DiskOptions},
    };
    let log = DiskLog::open(dir, DiskOptions::default()).expect("the spool");
    let topic = Topic::events(&SenderId::new("h01").expect("an id"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let end = log.ends().await.expect("ends").get(&topic).copied().unwrap_or(0);
        let topics = Topics::Only(vec![topic]);
        let mut reader = log.follow(topics, Default::default()).await.expect("follows");
        let mut found = Vec::new();
        while (found.len() as u64) < end {
            let more = reader.poll(4_096, Duration::from_secs(5)).await.expect("polled");
            found.extend(more.iter().map(|r| serde_json::from_slice(&r.payload).expect("JSON")));
        }
        found
    })
}

/// Analytics cannot save where it stands: it says so and goes on, and is saved again when there is room.
#[test]
fn detection_goes_on_while_its_snapshot_has_no_room() {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path();
    let Some(disk) = Tmpfs::mount(&dir.join("analyze"), 4) else { return };
    let mut ward = Ward::up(dir);
    ward.stop();
    let config = fs::read_to_string(dir.join("ward.toml")).expect("written");
    fs::write(dir.join("ward.toml"), config.replace("snapshot_secs = 30", "snapshot_secs = 1"))
        .expect("written");
    ward.restart();
    let ballast = disk.leave(0);
    until("the word that there is no room", &ward, || ward.log().contains("snapshot"));
    let line = |n: u32| format!("<13>1 - h app - - - number {n}\n");
    send_tcp(ward.endpoint("syslog-tcp"), (line(1) + &line(2)).as_bytes());
    ward.sql_until("SELECT count() FROM ward.events", |n| n == "2");
    let failing = metric(ward.endpoint("metrics"), |name| name == "ward_snapshot_failures_total");
    assert!(failing > 0.0, "not counted\n{}", ward.log());
    let old = fs::read(dir.join("analyze/snapshot")).expect("the old one is whole");
    fs::remove_file(ballast).expect("removed");
    until("a snapshot", &ward, || fs::read(dir.join("analyze/snapshot")).is_ok_and(|now| now != old));
    ward.kill_and_restart();
    send_tcp(ward.endpoint("syslog-tcp"), line(3).as_bytes());
    ward.sql_until("SELECT count() FROM ward.events", |n| n == "3");
    ward.assert_complete();
    ward.assert_balanced();
    ward.stop();
}
