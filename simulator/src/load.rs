//! A load of RFC 5424 lines over TCP for benchmarks: lines are built once, and only their number and time
//! are written anew, so that the generator takes little of the machine that it measures.

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use ward_event::{Micros, clock::Clock};

use crate::{
    SimulatorError,
    emit::{put, stamp::Local},
    model::patients,
    rng::Rng,
};

/// What to send.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub target: SocketAddr,
    /// Lines a second over all connections; 0 for as many as are taken.
    pub rate: u64,
    /// Bytes a line, the frame's length prefix not counted; at least [`LINE_BYTES_MIN`].
    pub bytes: usize,
    pub seconds: u64,
    pub connections: usize,
}

/// The fixed parts of the longest template.
pub const LINE_BYTES_MIN: usize = 220;

/// Lines of one write: some 50 KB.
const BLOCK_LINES: usize = 200;

/// What was sent. Lines are numbered from 1 in each connection: `seq=` and ten digits, `conn=` and two.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Report {
    pub sent: u64,
    pub bytes: u64,
    pub seconds: f64,
    /// The generator's own threads, user and system.
    pub cpu_seconds: f64,
    /// When the last line was written, microseconds since the epoch.
    pub finished: Micros,
}

/// Sends and waits until all is written. Blocks: run it on a thread of its own.
///
/// # Errors
/// A connection that is refused or breaks; a line length below the least.
pub fn run(load: Load) -> Result<Report, SimulatorError> {
    if load.bytes < LINE_BYTES_MIN {
        return Err(SimulatorError::content("load", format!("lines of {LINE_BYTES_MIN} bytes at least")));
    }
    let connections = load.connections.max(1);
    let begun = Instant::now();
    let threads: Vec<_> = (0..connections)
        .map(|n| thread::spawn(move || Connection::open(load, n, connections)?.send()))
        .collect();
    let mut report = Report::default();
    for one in threads {
        let part = one.join().map_err(|_| SimulatorError::content("load", "a thread failed"))?;
        let part = part.map_err(SimulatorError::io(load.target.to_string()))?;
        report.sent += part.sent;
        report.bytes += part.bytes;
        report.cpu_seconds += part.cpu_seconds;
    }
    report.seconds = begun.elapsed().as_secs_f64();
    report.finished = Clock::system().now();
    Ok(report)
}

/// Lines ready to be sent, with the places of what changes.
struct Block {
    bytes: Vec<u8>,
    /// Offsets of time and number, line by line.
    places: Vec<(usize, usize)>,
}

/// Stand where time and number are written later.
const TIME: &str = "2026-08-01T00:00:00.000000+08:00";
const NUMBER: &str = "0000000000";

impl Block {
    fn new(bytes: usize, connection: usize) -> Self {
        let mut rng = Rng::keyed(connection as u64, &[0x6c6f_6164]);
        let mut block = Self { bytes: Vec::new(), places: Vec::new() };
        for n in 0..BLOCK_LINES {
            let line = line(n, bytes, connection, &mut rng);
            put!(block.bytes, "{} ", line.len());
            let start = block.bytes.len();
            // Both stand in every template of `line`.
            let place = |what: &str| start + line.find(what).unwrap_or(0);
            block.places.push((place(TIME), place(NUMBER)));
            block.bytes.extend_from_slice(line.as_bytes());
        }
        block
    }

    /// Numbers the lines from `first` and gives them all the time `at`.
    fn renew(&mut self, first: u64, at: Micros) {
        let time = Local(at).to_string();
        for (n, (time_at, number_at)) in self.places.iter().enumerate() {
            self.bytes[*time_at..time_at + TIME.len()].copy_from_slice(time.as_bytes());
            let mut number = first + n as u64;
            for digit in self.bytes[*number_at..number_at + NUMBER.len()].iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        }
    }
}

/// One line of the mix: sessions, log-ins, patients' files with numbers to mask, statements.
fn line(n: usize, bytes: usize, connection: usize, rng: &mut Rng) -> String {
    let (a, b, port) = (rng.below(250), rng.below(250), rng.between(1_024, 65_000));
    let mark = format!("conn={connection:02} seq={NUMBER}");
    let mut text = match n % 8 {
        0..4 => format!(
            "<166>1 {TIME} H01-FW01 firewall - - - devname=\"H01-FW01\" type=traffic action=accept src=10.21.16.{a} \
             sport={port} dst=10.21.1.{b} dport=8080 proto=6 sent=1822 rcvd=40213 policy=12 {mark}"
        ),
        4 | 5 => format!(
            "<86>1 {TIME} H01-WEB01 sshd 2211 - - Accepted publickey for xx0001 from 10.21.3.{a} port {port} ssh2 {mark}"
        ),
        6 => format!(
            "<134>1 {TIME} H01-HISAPP01 his - - - app=HIS action=query user=ys{:04} src=10.21.16.{a} \
             id_no={} tel={} {mark}",
            rng.below(999),
            patients::id_number(rng),
            patients::mobile(rng)
        ),
        _ => format!(
            "<174>1 {TIME} H01-DBAUDIT01 dbaudit - - - session={port} client_ip=10.21.1.{a} db_user=HIS object=ORDERS \
             op=SELECT statement=\"SELECT ORDER_NO FROM ORDERS WHERE PATIENT_ID = :1\" rows=8 ret=0 {mark}"
        ),
    };
    if text.len() + 5 < bytes {
        text.push_str(" pad=");
    }
    while text.len() < bytes {
        text.push('x');
    }
    text.truncate(bytes);
    text
}

struct Connection {
    stream: TcpStream,
    load: Load,
    number: usize,
    connections: usize,
}

impl Connection {
    fn open(load: Load, number: usize, connections: usize) -> std::io::Result<Self> {
        let stream = TcpStream::connect(load.target)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, load, number, connections })
    }

    fn send(mut self) -> std::io::Result<Report> {
        let mut block = Block::new(self.load.bytes, self.number);
        let clock = Clock::system();
        let begun = Instant::now();
        let end = Duration::from_secs(self.load.seconds);
        let rate = self.load.rate as f64 / self.connections as f64;
        let mut sent = 0_u64;
        let mut bytes = 0_u64;
        while begun.elapsed() < end {
            block.renew(sent + 1, clock.now());
            self.stream.write_all(&block.bytes)?;
            sent += BLOCK_LINES as u64;
            bytes += block.bytes.len() as u64;
            if rate > 0.0 {
                let due = Duration::from_secs_f64(sent as f64 / rate);
                if let Some(early) = due.checked_sub(begun.elapsed()) {
                    thread::sleep(early);
                }
            }
        }
        self.stream.flush()?;
        self.stream.shutdown(std::net::Shutdown::Write)?;
        Ok(Report { sent, bytes, cpu_seconds: thread_cpu_seconds(), ..Report::default() })
    }
}

/// CPU time of the calling thread from Linux' scheduler statistics (nanoseconds, first number); 0 where
/// the kernel keeps none.
fn thread_cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, io::Read, net::TcpListener};

    use super::*;

    #[test]
    fn every_line_has_its_length_and_its_own_number() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let target = listener.local_addr().expect("an address");
        let reader = thread::spawn(move || {
            let mut all = Vec::new();
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().expect("a connection");
                all.push(thread::spawn(move || {
                    let mut bytes = Vec::new();
                    stream.read_to_end(&mut bytes).expect("read");
                    bytes
                }));
            }
            all.into_iter().map(|t| t.join().expect("joined")).collect::<Vec<_>>()
        });
        let load = Load { target, rate: 20_000, bytes: 250, seconds: 1, connections: 2 };
        let report = run(load).expect("sent");
        assert!((10_000..=22_000).contains(&report.sent), "{report:?}");
        let mut seen = BTreeSet::new();
        for bytes in reader.join().expect("joined") {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                assert!(rest.starts_with(b"250 <"));
                let line = std::str::from_utf8(&rest[4..254]).expect("text");
                let at = line.find("conn=").expect("a mark");
                assert!(seen.insert(line[at..at + 22].to_owned()), "{line}");
                rest = &rest[254..];
            }
        }
        assert_eq!(seen.len() as u64, report.sent);
        assert!(report.cpu_seconds > 0.0 && report.cpu_seconds < report.seconds * 2.0);
        println!("{report:?}");
    }
}
