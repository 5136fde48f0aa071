//! What goes wrong in the field gives a clear word, and nothing else stops.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{
    fs,
    net::{TcpListener, UdpSocket},
};

use support::{Ward, driven::metric, ward};

#[test]
fn a_broken_configuration_says_where() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = dir.path().join("ward.toml");
    for (text, says) in [
        ("colour = 'red'", "colour"),
        ("[region]\ntimezone = 'Mars/Olympus'", "Mars/Olympus"),
        ("[web]\nlisten = 'everywhere'", "listen"),
        ("[[collect]]\nsender = 'Bad Name'", "Bad Name"),
    ] {
        fs::write(&config, text).expect("written");
        let path = config.display().to_string();
        let (ok, _, err) =
            ward(&["up", "--config", &path, "--data", &dir.path().join("d").display().to_string()]);
        assert!(!ok && err.contains(says) && err.contains("ward.toml"), "{text}: {err}");
    }
    let (ok, _, err) = ward(&["up", "--config", "/nowhere/ward.toml"]);
    assert!(!ok && err.contains("/nowhere/ward.toml"), "{err}");
}

#[test]
fn a_port_in_use_and_a_missing_engine_are_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let data = dir.path().join("d");
    let (config, data) = (dir.path().join("ward.toml"), data.display().to_string());
    fs::write(
        dir.path().join("register.toml"),
        "[[unit]]\nid='u'\nname='u'\nkind='hospital'\n[[sender]]\nid='s'\nunits=['u']\n",
    )
    .expect("written");
    let start = |text: String| {
        fs::write(&config, text).expect("written");
        ward(&["up", "--config", &config.display().to_string(), "--data", &data])
    };
    let common = "register='register.toml'\n[web]\nlisten='127.0.0.1:0'\n[metrics]\nlisten='127.0.0.1:0'\n";
    let (ok, _, err) = start(format!("{common}[[collect]]\nsender='s'\nsyslog_tcp='{address}'\n"));
    assert!(!ok && err.contains(&address), "{err}");
    let (ok, _, err) = start(format!("{common}[store]\nengine_library='/nowhere/libchdb.so'\n"));
    assert!(!ok && err.contains("/nowhere/libchdb.so"), "{err}");
}

#[test]
fn a_broken_rule_is_refused_with_file_and_line_while_the_others_run() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(
        dir.path().join("good.yml"),
        "title: good\nid: 11111111-1111-4111-8111-111111111111\nlevel: high\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n  a:\n    CommandLine|contains: evil\n  condition: a\n",
    )
    .expect("written");
    fs::write(dir.path().join("broken.yml"), "title: broken\ndetection:\n  a: [\n").expect("written");
    let (ok, out, err) = ward(&["rules", "check", &dir.path().display().to_string(), "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out} {err}"));
    assert!(!ok, "a refused rule is no success");
    assert_eq!(report["loaded"], 1, "{out}");
    assert!(report["refused"][0]["file"].as_str().is_some_and(|f| f.ends_with("broken.yml")), "{out}");
    assert!(report["refused"][0]["line"].as_u64().is_some_and(|l| l > 0), "{out}");
}

#[test]
fn a_second_ward_on_the_same_data_is_refused_and_the_first_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = Ward::up(dir.path());
    let (ok, _, err) = ward(&["up", "--data", &dir.path().display().to_string(), "--ports", "auto"]);
    assert!(!ok, "two on one directory");
    assert!(!err.is_empty());
    assert_eq!(first.sql("SELECT 1"), "1");
}

/// The datagrams' own counter: those that the kernel threw away while nobody read.
#[test]
fn what_the_kernel_drops_is_counted() {
    const SENT: u64 = 60_000;
    let root = tempfile::tempdir().expect("a folder");
    let ward = Ward::up(root.path());
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let payload = format!("<13>1 - h a - - - {}", "z".repeat(1_000));
    // Held still, it reads nothing: the kernel's buffer takes what it can.
    support::signal(ward.child.id(), nix::sys::signal::Signal::SIGSTOP);
    for _ in 0..SENT {
        socket.send_to(payload.as_bytes(), ward.endpoint("syslog-udp")).expect("sent");
    }
    support::signal(ward.child.id(), nix::sys::signal::Signal::SIGCONT);
    let sum = |what: &str| {
        metric(ward.endpoint("metrics"), |name| name.starts_with(what) && name.contains("syslog-udp"))
    };
    let deadline = std::time::Instant::now() + support::PATIENCE;
    while sum("ward_in_total") as u64 != SENT {
        assert!(std::time::Instant::now() < deadline, "{} of {SENT} counted", sum("ward_in_total"));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let dropped = metric(ward.endpoint("metrics"), |name| {
        name.starts_with("ward_dropped_total") && name.contains("cause=\"kernel_buffer\"")
    });
    assert!(dropped > 0.0, "the kernel's buffer took all of it");
    let stored = (SENT - dropped as u64).to_string();
    ward.sql_until("SELECT count() FROM ward.events", |n| n == stored);
    ward.assert_balanced();
    ward.assert_complete();
}
