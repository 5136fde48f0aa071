//! Programs that other people wrote and hospitals run: what they sent is what is stored.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use support::Ward;

/// Lines each client sends.
const LINES: usize = 200;

/// Runs a program to its end; its absence is a failed set-up, not a skipped test.
fn run(program: &str, args: &[&str]) {
    let out = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e}; `make setup` installs it"));
    assert!(
        out.status.success(),
        "{program} {args:?}: {}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
}

struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// rsyslog reading a file and sending it by one action.
fn rsyslog(dir: &Path, name: &str, action: &str) -> Running {
    let input = dir.join(format!("{name}.log"));
    let lines: String = (0..LINES).map(|n| format!("{name} line {n}\n")).collect();
    fs::write(&input, lines).expect("written");
    let work = dir.join(format!("{name}.work"));
    fs::create_dir_all(&work).expect("a folder");
    let config = dir.join(format!("{name}.conf"));
    fs::write(
        &config,
        format!(
            "global(workDirectory=\"{work}\" maxMessageSize=\"64k\" defaultNetstreamDriver=\"gtls\" defaultNetstreamDriverCAFile=\"{ca}\")\n\
             module(load=\"imfile\" mode=\"polling\" pollingInterval=\"1\")\n\
             input(type=\"imfile\" file=\"{input}\" tag=\"{name}\")\n{action}\n",
            work = work.display(),
            input = input.display(),
            ca = dir.join("collect/local/tls-cert.pem").display(),
        ),
    )
    .expect("written");
    let child = Command::new("rsyslogd")
        .args(["-n", "-f", &config.display().to_string(), "-i", &work.join("pid").display().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("rsyslogd: {e}; `make setup` installs it"));
    Running(child)
}

fn split(address: &str) -> (&str, &str) {
    address.rsplit_once(':').expect("host:port")
}

#[test]
fn rsyslog_by_udp_tcp_tls_and_its_elasticsearch_output() {
    let dir = tempfile::tempdir().expect("a folder");
    let ward = Ward::up(dir.path());
    let forward = |listener: &str, more: &str| {
        let (host, port) = split(ward.endpoint(listener));
        format!(
            "action(type=\"omfwd\" target=\"{host}\" port=\"{port}\" template=\"RSYSLOG_SyslogProtocol23Format\" {more})"
        )
    };
    let (host, port) = split(ward.endpoint("http"));
    let elastic = format!(
        "module(load=\"omelasticsearch\")\n\
         template(name=\"doc\" type=\"list\" option.jsonf=\"on\") {{\n\
           property(outname=\"@timestamp\" name=\"timereported\" dateFormat=\"rfc3339\" format=\"jsonf\")\n\
           property(outname=\"host\" name=\"hostname\" format=\"jsonf\")\n\
           property(outname=\"message\" name=\"msg\" format=\"jsonf\")\n}}\n\
         action(type=\"omelasticsearch\" server=\"{host}\" serverport=\"{port}\" template=\"doc\" searchIndex=\"rsyslog\" bulkmode=\"on\" searchType=\"\")"
    );
    let _running = [
        rsyslog(dir.path(), "viaudp", &forward("syslog-udp", "protocol=\"udp\"")),
        rsyslog(
            dir.path(),
            "viatcp",
            &forward("syslog-tcp", "protocol=\"tcp\" tcp_framing=\"octet-counted\""),
        ),
        rsyslog(
            dir.path(),
            "viatls",
            &forward(
                "syslog-tls",
                "protocol=\"tcp\" streamDriver=\"gtls\" streamDriverMode=\"1\" streamDriverAuthMode=\"anon\"",
            ),
        ),
        rsyslog(dir.path(), "viaelastic", &elastic),
    ];
    for name in ["viaudp", "viatcp", "viatls", "viaelastic"] {
        let mine = format!("FROM ward.events WHERE match(message, '{name} line [0-9]+$')");
        ward.sql_until(&format!("SELECT count() >= {LINES} {mine}"), |a| a == "1");
        let got = ward.sql(&format!("SELECT count(), uniqExact(message) {mine}"));
        assert_eq!(got, format!("{LINES}\t{LINES}"), "{name}");
    }
    ward.assert_complete();
    ward.assert_balanced();
}

#[test]
fn the_python_elasticsearch_client_by_its_bulk_helper() {
    let dir = tempfile::tempdir().expect("a folder");
    let ward = Ward::up(dir.path());
    let script = dir.path().join("bulk.py");
    fs::write(
        &script,
        "import sys\nfrom elasticsearch import Elasticsearch, helpers\n\
         es = Elasticsearch(sys.argv[1])\nassert es.info()['version']['number']\n\
         docs = [{'_op_type': 'index', '_index': 'py', '_id': str(n), 'message': f'python {n}', 'n': n} for n in range(1000)]\n\
         for _ in range(2):\n    ok, errors = helpers.bulk(es, docs, chunk_size=300)\n    assert ok == 1000 and not errors, (ok, errors)\n",
    )
    .expect("written");
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/.setup/venv/bin/python");
    run(python, &[&script.display().to_string(), &format!("http://{}", ward.endpoint("http"))]);
    ward.sql_until("SELECT count() FROM ward.events WHERE startsWith(message, 'python')", |n| n == "1000");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(ward.sql("SELECT count(), uniqExact(message) FROM ward.events"), "1000\t1000");
    ward.assert_complete();
    ward.assert_balanced();
}

/// A capture of `flows` TCP exchanges, as libpcap writes it, so that softflowd has something to read.
fn capture(path: &Path, flows: u16) {
    let mut pcap = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        pcap.extend_from_slice(&word.to_le_bytes());
    }
    let mut packet = |n: u32, flow: u16, back: bool, flags: u8| {
        let (a, b) = ([10, 0, 0, 1], [10, 0, (flow >> 8) as u8, flow as u8]);
        let (src, dst) = if back { (b, a) } else { (a, b) };
        let (sport, dport) = if back { (443, 10_000 + flow) } else { (10_000 + flow, 443) };
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        frame.extend_from_slice(&[0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0]);
        frame.extend_from_slice(&src);
        frame.extend_from_slice(&dst);
        frame.extend_from_slice(&u16::to_be_bytes(sport));
        frame.extend_from_slice(&u16::to_be_bytes(dport));
        frame.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 4, 0, 0, 0, 0, 0]);
        for word in [1_780_000_000 + n / 1_000, (n % 1_000) * 1_000, frame.len() as u32, frame.len() as u32] {
            pcap.extend_from_slice(&word.to_le_bytes());
        }
        pcap.extend_from_slice(&frame);
    };
    let mut n = 0;
    for flow in 0..flows {
        for (back, flags) in [(false, 2), (true, 18), (false, 16), (false, 17), (true, 17)] {
            packet(n, flow, back, flags);
            n += 1;
        }
    }
    fs::write(path, pcap).expect("written");
}

#[test]
fn softflowd_over_netflow_v9_and_ipfix() {
    const FLOWS: u16 = 300;
    let dir = tempfile::tempdir().expect("a folder");
    let ward = Ward::up(dir.path());
    let pcap = dir.path().join("flows.pcap");
    capture(&pcap, FLOWS);
    let mut before = 0;
    for version in ["9", "10"] {
        // Reading a file it looks at an uninitialised poll result of its control socket, and may wait
        // there for ever: so none.
        run(
            "softflowd",
            &[
                "-r",
                &pcap.display().to_string(),
                "-n",
                ward.endpoint("netflow"),
                "-v",
                version,
                "-d",
                "-c",
                "none",
                "-p",
                &dir.path().join("pid").display().to_string(),
            ],
        );
        // Each direction is a record of its own.
        let wanted = before + 2 * u64::from(FLOWS);
        const MINE: &str = "FROM ward.events WHERE class_uid = 4001";
        ward.sql_until(&format!("SELECT count() {MINE}"), |n| n == wanted.to_string());
        before = wanted;
    }
    let packets = ward
        .sql("SELECT sum(packets), uniqExact(src_port, dst_port) FROM ward.events WHERE class_uid = 4001");
    assert_eq!(packets, format!("{}\t{}", 2 * 5 * u64::from(FLOWS), 2 * u64::from(FLOWS)));
    ward.assert_complete();
    ward.assert_balanced();
}
