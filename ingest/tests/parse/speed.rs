//! What one event costs, format by format: `cargo test --profile fast -p ward-ingest -- --ignored speed --nocapture`.

use ward_event::{Event, Format, config::Mask, json};
use ward_ingest::{
    mask::Masker,
    parse::{Input, parser},
};

use super::pairs::RECEIVED;

/// Time this thread has spent on a processor: other work on the machine does not count.
fn cpu_nanos() -> usize {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    text.split(' ').next().and_then(|n| n.parse().ok()).expect("nanoseconds")
}

/// Rounds of one measure; fewer under a profiler.
fn rounds() -> usize {
    std::env::var("WARD_SPEED_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200_000)
}

fn measure(what: &str, format: Format, line: &str) {
    let mut parser = parser(format).expect("a parser");
    let mut masker = Masker::new(&Mask::default());
    let input = Input { bytes: line.as_bytes(), peer: None, received: RECEIVED };
    let (rounds, mut events) = (rounds(), Vec::<Event>::new());
    let mut out = Vec::new();
    let mut time = |mask: bool, encode: bool| {
        let start = cpu_nanos();
        for _ in 0..rounds {
            events.clear();
            parser.parse(&input, &mut events).expect("an event");
            for event in &mut events {
                if mask {
                    masker.mask_event(event);
                }
                if encode {
                    out.clear();
                    json::encode(event, &mut out);
                }
            }
        }
        (cpu_nanos() - start) / rounds
    };
    let (parse, masked, encoded) = (time(false, false), time(true, false), time(true, true));
    println!(
        "{what:28} {:5} B  parse {parse:5} ns  mask {:5} ns  encode {:5} ns",
        line.len(),
        masked.saturating_sub(parse),
        encoded.saturating_sub(masked)
    );
}

#[test]
#[ignore = "a measure, not a test"]
fn speed() {
    let only = std::env::var("WARD_SPEED_ONLY").unwrap_or_default();
    let measure = |what: &str, format: Format, line: &str| {
        if what.contains(&only) {
            measure(what, format, line);
        }
    };
    let filler = "GET /his/api/v2/patients/search?dept=03&page=2 HTTP/1.1 200 5123 in 35 ms by worker-7 for ward 12, cache miss, upstream 10.20.30.40, request-id 7f3a9c";
    measure(
        "syslog 5424",
        Format::Syslog,
        &format!(
            "<134>1 2026-11-21T04:00:00.123456Z his-app-01 his 4711 REQ [origin ip=\"10.1.2.3\"] {filler}"
        ),
    );
    measure("syslog 3164", Format::Syslog, &format!("<134>Nov 21 12:00:00 his-app-01 his[4711]: {filler}"));
    measure(
        "syslog sshd",
        Format::Syslog,
        "<38>Nov 21 12:00:00 db01 sshd[4711]: Failed password for invalid user admin from 203.0.113.9 port 52114 ssh2",
    );
    measure(
        "syslog database audit",
        Format::Syslog,
        "<134>Nov 21 12:00:00 audit01 dbaudit: user=his_app client_ip=10.20.1.15 client_host=WS-0815 program=PLSQLDev.exe database=HISDB sql=\"select drug_name,sum(qty) from outp_presc group by drug_name\" rows=1250 return_code=0",
    );
    measure(
        "syslog firewall",
        Format::Syslog,
        "<134>date=2026-11-21 time=12:00:00 devname=FW01 devid=FG100 type=traffic subtype=forward srcip=10.1.2.3 srcport=51234 dstip=8.8.8.8 dstport=53 proto=17 action=accept sentbyte=120 rcvdbyte=240 duration=3",
    );
    measure(
        "eve alert",
        Format::Eve,
        r#"{"timestamp":"2026-11-21T04:00:00.037299+0000","flow_id":928532049924531,"event_type":"alert","src_ip":"10.0.0.1","src_port":26078,"dest_ip":"10.47.8.150","dest_port":22,"proto":"TCP","alert":{"action":"allowed","gid":1,"signature_id":2001219,"rev":20,"signature":"ET SCAN Potential SSH Scan","category":"Attempted Information Leak","severity":2},"flow":{"pkts_toserver":1,"pkts_toclient":0,"bytes_toserver":74,"bytes_toclient":0,"start":"2026-11-21T04:00:00.037299+0000"}}"#,
    );
    measure(
        "zeek conn",
        Format::Zeek,
        r#"{"_path":"conn","ts":1795233600.89971,"uid":"Cw1Hz43UWS4qXFei8f","id.orig_h":"10.0.1.4","id.orig_p":64842,"id.resp_h":"10.0.0.4","id.resp_p":53,"proto":"udp","service":"dns","duration":0.0015780925750732422,"orig_bytes":39,"resp_bytes":55,"conn_state":"SF","missed_bytes":0,"history":"Dd","orig_pkts":1,"orig_ip_bytes":67,"resp_pkts":1,"resp_ip_bytes":83}"#,
    );
    measure(
        "windows sysmon 1 (winlogbeat)",
        Format::Windows,
        r#"{"@timestamp":"2026-11-21T04:00:00.123Z","message":"Process Create","host":{"name":"WS-0815"},"agent":{"type":"winlogbeat","version":"8.11.0"},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","provider_name":"Microsoft-Windows-Sysmon","event_id":"1","record_id":4711,"computer_name":"WS-0815.his.local","process":{"pid":3500,"thread":{"id":4168}},"event_data":{"UtcTime":"2026-11-21 04:00:00.120","ProcessGuid":"{6a910b9d-498a-5ee0-c903-000000000400}","ProcessId":"6196","Image":"C:\\Windows\\System32\\cmd.exe","CommandLine":"cmd /c whoami","User":"HIS\\doctor1","LogonId":"0x33e8","ParentProcessId":"4000","ParentImage":"C:\\Windows\\explorer.exe","ParentCommandLine":"explorer.exe","Hashes":"SHA256=28A8E73239C7556FD420A5A09A05CBD04C38230E0CBEAEF7D6874135261221EE"}}}"#,
    );
    measure(
        "jsonl",
        Format::Jsonl,
        r#"{"time":"2026-11-21T12:00:00+08:00","level":"info","app":"emr","user":"doctor1","ip":"10.20.1.15","action":"open-record","message":"record opened","patient_ref":"p1.k1.abcdefghijklmnopqrstuvwxyz","rows":1,"elapsed_ms":35}"#,
    );
}
