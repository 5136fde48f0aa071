//! One region in one process, from the outside: bytes in by every listener, rows and alerts out.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use support::{Ward, driven::metric, http, send_tcp, send_udp};

const SSHD: &str = "<38>1 2026-11-20T10:00:00.123456+08:00 his-db sshd 411 - - Failed password for root from 10.0.0.9 port 4022 ssh2";
const AUDIT: &str = concat!(
    "<110>1 2026-11-20T02:14:07+08:00 dbaudit-01 dbaudit - - - time=\"2026-11-20 02:14:07\" session=88123 ",
    "client_ip=10.1.9.77 client_port=50122 client_host=PC-0977 os_user=admin program=\"PL/SQL Developer\" ",
    "db_user=HIS instance=ORCL schema=HIS object=DRUG_PRESC_DETAIL op=SELECT ",
    "statement=\"SELECT ORDERED_BY, DRUG_NAME, SUM(QUANTITY) FROM DRUG_PRESC_DETAIL GROUP BY ORDERED_BY, DRUG_NAME\" ",
    "rows=1830 ret=0 duration_ms=941 risk=high"
);

#[test]
fn what_is_sent_is_stored_once_and_an_attack_becomes_an_alert() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut ward = Ward::up(dir.path());
    send_udp(ward.endpoint("syslog-udp"), SSHD.as_bytes());
    send_tcp(ward.endpoint("syslog-tcp"), format!("{} {AUDIT}", AUDIT.len()).as_bytes());
    let (gb, _) = ("<13>Nov 20 10:00:01 交换机 端口 关闭".to_owned(), ());
    send_udp(ward.endpoint("syslog-udp"), gb.as_bytes());
    let bulk = "{\"create\":{\"_index\":\"x\",\"_id\":\"1\"}}\n{\"message\":\"one\",\"patient\":\"11010519491231002X\"}\n";
    for _ in 0..2 {
        let (status, body) =
            http(ward.endpoint("http"), "POST", "/_bulk", "application/x-ndjson", bulk.as_bytes())
                .expect("an answer");
        assert_eq!(status, 200, "{body}");
        assert!(body.contains("\"errors\":false"), "{body}");
    }
    let (status, _) = http(ward.endpoint("http"), "POST", "/ingest/eve", "application/json",
        br#"{"timestamp":"2026-11-20T10:00:02.000000+0800","event_type":"flow","src_ip":"10.0.0.1","src_port":1,"dest_ip":"10.0.0.2","dest_port":2,"proto":"TCP","flow":{"bytes_toserver":10,"bytes_toclient":20,"pkts_toserver":1,"pkts_toclient":1}}"#).expect("an answer");
    assert!((200..300).contains(&status));

    ward.sql_until("SELECT count() FROM ward.events", |n| n == "5");
    let alert = ward.sql_until("SELECT rule_id, hospital, level FROM ward.alerts LIMIT 5", |a| !a.is_empty());
    assert!(alert.contains("local"), "{alert}");
    let detection = |what: &str| {
        metric(ward.endpoint("metrics"), |name| name.starts_with("ward_detection_") && name.contains(what))
    };
    assert!(detection("what=\"matches\"") >= 1.0 && detection("what=\"events\"") >= 4.0);
    assert!(detection("state=\"running\"") >= 30.0 && detection("state=\"idle\"") >= 1.0);
    assert_eq!(ward.get("metrics", "/health/ready").0, 200);
    let clear = ward.sql("SELECT count() FROM ward.events WHERE raw LIKE '%11010519491231002X%' OR toString(unmapped) LIKE '%11010519491231002X%' OR message LIKE '%11010519491231002X%'");
    assert_eq!(clear, "0", "an identity number in clear");
    ward.assert_balanced();
    ward.assert_complete();

    ward.stop();
    ward.restart();
    assert_eq!(ward.sql("SELECT count(), uniqExact(producer, seq) FROM ward.events"), "5\t5");
    let alerts = ward.sql("SELECT count() = uniqExact(producer, seq) FROM ward.alerts");
    assert_eq!(alerts, "1");
    send_udp(ward.endpoint("syslog-udp"), SSHD.as_bytes());
    ward.sql_until("SELECT count() FROM ward.events", |n| n == "6");
    ward.assert_complete();
    ward.assert_balanced();
}

#[test]
fn what_cannot_be_parsed_is_kept_and_found() {
    let dir = tempfile::tempdir().expect("a folder");
    let ward = Ward::up(dir.path());
    send_udp(ward.endpoint("netflow"), &[0, 9, 0, 1]);
    send_udp(ward.endpoint("netflow"), &[7, 7, 7]);
    send_udp(ward.endpoint("syslog-udp"), b"");
    let long = vec![b'x'; (1 << 20) + 100];
    send_tcp(ward.endpoint("syslog-tcp"), &[&long[..], b"\n<13>1 - h a - - - after\n"].concat());
    ward.sql_until("SELECT count() FROM ward.events WHERE message = 'after'", |n| n == "1");
    let dead = ward.sql_until("SELECT count() FROM ward.dead", |n| n == "3");
    assert_eq!(dead, "3", "{}", ward.sql("SELECT format, cause, detail FROM ward.dead"));
    ward.assert_balanced();
    ward.assert_complete();
}

#[test]
fn only_what_is_allowed_can_be_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    let ward = Ward::up(dir.path());
    let data = dir.path().display().to_string();
    for query in [
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "INSERT INTO ward.events (message) VALUES ('x')",
        "DROP TABLE ward.events",
        "SET max_memory_usage = 0",
    ] {
        let (ok, out, _) = support::ward(&["sql", "--data", &data, query]);
        assert!(!ok, "{query} was answered: {out}");
    }
    let audit = std::fs::read_to_string(dir.path().join("audit/sql.log")).expect("audited");
    assert_eq!(audit.lines().count(), 5, "{audit}");
    assert_eq!(ward.sql("SELECT 1"), "1");
}
