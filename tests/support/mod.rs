//! A running `ward` for black-box tests: started on a temporary directory, talked to over its sockets,
//! asked by `ward sql`, killed at the end whatever happens.

#![allow(dead_code, unreachable_pub, reason = "each test target uses its own part")]

pub mod cluster;
pub mod driven;
pub mod oracle;

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long anything may take on two busy cores before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_ward"))
}

/// Runs `ward` to its end; returns (success, stdout, stderr).
pub fn ward(args: &[&str]) -> (bool, String, String) {
    let out = Command::new(binary()).args(args).env("WARD_LOG", "warn").output().expect("ward runs");
    (
        out.status.success(),
        String::from_utf8_lossy(&out.stdout).into_owned(),
        String::from_utf8_lossy(&out.stderr).into_owned(),
    )
}

/// One running process of a stage.
pub struct Ward {
    pub child: Child,
    pub dir: PathBuf,
    pub endpoints: BTreeMap<String, String>,
    args: Vec<String>,
}

impl Ward {
    /// `ward up` on a directory, all ports free ones.
    pub fn up(dir: &Path) -> Self {
        Self::start(&["up", "--data", &dir.display().to_string(), "--ports", "auto"], dir)
    }

    /// Starts and waits until its endpoints are written.
    pub fn start(args: &[&str], dir: &Path) -> Self {
        let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
        let mut ward =
            Self { child: spawn(&args, dir), dir: dir.to_owned(), endpoints: BTreeMap::new(), args };
        ward.wait_ready();
        ward
    }

    fn wait_ready(&mut self) {
        let path = self.dir.join("endpoints.json");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("ward ended with {status}:\n{}", self.log());
            }
            if let Some(endpoints) = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok())
            {
                self.endpoints = endpoints;
                return;
            }
            assert!(Instant::now() < deadline, "not ready after {PATIENCE:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("stderr.log")).unwrap_or_default()
    }

    pub fn endpoint(&self, name: &str) -> &str {
        self.endpoints.get(name).unwrap_or_else(|| panic!("no endpoint {name} in {:?}", self.endpoints))
    }

    /// kill -9, then the same again.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        self.restart();
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(self.dir.join("endpoints.json"));
    }

    pub fn restart(&mut self) {
        self.child = spawn(&self.args, &self.dir);
        self.wait_ready();
    }

    /// SIGTERM, and waits for a clean end.
    pub fn stop(&mut self) {
        signal(self.child.id(), nix::sys::signal::Signal::SIGTERM);
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("wait") {
                assert!(status.success(), "stopped with {status}:\n{}", self.log());
                return;
            }
            assert!(Instant::now() < deadline, "did not stop:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A query by `ward sql`; tab-separated rows.
    pub fn sql(&self, query: &str) -> String {
        let dir = self.dir.display().to_string();
        let (ok, out, err) = ward(&["sql", "--data", &dir, "--format", "TSV", query]);
        assert!(ok, "{query}: {err}\n{}", self.log());
        out.trim_end().to_owned()
    }

    /// Asks until the answer is as wanted.
    pub fn sql_until(&self, query: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.sql_until_within(PATIENCE, query, wanted)
    }

    pub fn sql_until_within(&self, patience: Duration, query: &str, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + patience;
        let dir = self.dir.display().to_string();
        loop {
            // An engine that was just killed is away for a moment.
            let (ok, out, err) = ward(&["sql", "--data", &dir, "--format", "TSV", query]);
            let answer = out.trim_end();
            if ok && wanted(answer) {
                return answer.to_owned();
            }
            assert!(Instant::now() < deadline, "{query}: still {answer:?} {err}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    pub fn get(&self, name: &str, path: &str) -> (u16, String) {
        http(self.endpoint(name), "GET", path, "", b"").expect("an answer")
    }

    /// in − out − dropped − held of every stage and source, from `/metrics`; empty when all balance.
    pub fn unbalanced(&self) -> Vec<String> {
        let (_, text) = self.get("metrics", "/metrics");
        let mut residual: BTreeMap<String, i64> = BTreeMap::new();
        for line in text.lines().filter(|l| l.starts_with("ward_")) {
            let Some((name, rest)) = line.split_once('{') else { continue };
            let Some((labels, value)) = rest.rsplit_once("} ") else { continue };
            let sign = match name {
                "ward_in_total" => 1,
                "ward_out_total" | "ward_dropped_total" | "ward_held" => -1,
                _ => continue,
            };
            let mut key: Vec<_> = labels.split(',').filter(|l| !l.starts_with("cause=")).collect();
            key.sort_unstable();
            *residual.entry(key.join(",")).or_default() +=
                sign * value.parse::<f64>().unwrap_or(f64::NAN) as i64;
        }
        residual.into_iter().filter(|(_, n)| *n != 0).map(|(key, n)| format!("{key}: {n}")).collect()
    }

    /// The books come to rest and balance.
    pub fn assert_balanced(&self) {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            let unbalanced = self.unbalanced();
            if unbalanced.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "books do not balance: {unbalanced:#?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The proof of completeness: of every producer, over events and dead letters,
    /// count = distinct = max − min + 1.
    pub fn assert_complete(&self) {
        let holes = self.sql(
            "SELECT producer, count(), uniqExact(seq), max(seq) - min(seq) + 1 AS span FROM \
             (SELECT producer, seq FROM ward.events UNION ALL SELECT producer, seq FROM ward.dead) \
             GROUP BY producer HAVING count() != uniqExact(seq) OR count() != span",
        );
        assert_eq!(holes, "", "producer, rows, distinct, span");
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(args: &[String], dir: &Path) -> Child {
    fs::create_dir_all(dir).expect("a folder");
    let log = fs::OpenOptions::new().create(true).append(true).open(dir.join("stderr.log")).expect("a log");
    Command::new(binary())
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("ward starts")
}

pub fn signal(pid: u32, signal: nix::sys::signal::Signal) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a pid"));
    let _ = nix::sys::signal::kill(pid, signal);
}

/// One HTTP/1.1 request on a connection of its own; status and body, or why there was no answer.
pub fn http(
    address: &str,
    method: &str,
    path: &str,
    content_type: &str,
    body: &[u8],
) -> std::io::Result<(u16, String)> {
    let at = address.to_socket_addrs()?.next().ok_or(std::io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(&at, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|s| s.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("no HTTP answer"))?;
    let body = text.split_once("\r\n\r\n").map(|(_, b)| b.to_owned()).unwrap_or_default();
    Ok((status, body))
}

/// The engine's process: the child of `ward up` that runs `ward engine`.
pub fn engine_pid(parent: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    let mut pids: Vec<u32> = children.split_whitespace().filter_map(|p| p.parse().ok()).collect();
    // A child started by another thread stands under that thread.
    for task in fs::read_dir(format!("/proc/{parent}/task")).ok()?.flatten() {
        let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        pids.extend(text.split_whitespace().filter_map(|p| p.parse::<u32>().ok()));
    }
    pids.into_iter().find(|pid| {
        fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|c| String::from_utf8_lossy(&c).contains("engine"))
    })
}

/// Copies a folder with all that is in it.
pub fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy_dir(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("copied");
        }
    }
}

pub fn send_udp(address: &str, bytes: &[u8]) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.send_to(bytes, address).expect("sent");
}

pub fn send_tcp(address: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.write_all(bytes).expect("sent");
}

/// The shared public data, if it is there. A test that goes without says so.
pub fn shared() -> Option<PathBuf> {
    let path = std::env::var_os("WARD_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
        .join("data");
    if !path.is_dir() {
        eprintln!("note: {} is not there; only the project's own samples are tested", path.display());
        return None;
    }
    Some(path)
}
