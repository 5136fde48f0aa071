//! The public reports of `../shared/data/vuln-scans`: what stands in each file is counted as its list says.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use serde_json::Value;
use ward_event::time::Calendar;
use ward_scan::{Refused, Report, Severity, State, read};

fn shared() -> Option<PathBuf> {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let base = std::env::var_os("WARD_SHARED").map_or_else(usual, PathBuf::from);
    let path = base.join("data/vuln-scans");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("note: {} is not there; only the project's own samples are tested", path.display());
    None
}

fn of(path: &Path) -> Result<Report, Refused> {
    read(File::open(path).expect("a file"), Calendar::shanghai())
}

#[test]
fn golden_counts_of_the_public_reports() {
    let Some(folder) = shared() else { return };
    let expected: Vec<Value> =
        serde_json::from_reader(File::open(folder.join("expected.json")).expect("a list")).expect("JSON");
    assert_eq!(expected.len(), 20);
    for case in expected {
        let file = case["file"].as_str().expect("a name");
        let report = of(&folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(report.flaws, Vec::<String>::new(), "{file}");
        let counts = case["raw_counts"].as_object().expect("counts");
        for (what, wanted) in counts {
            if what == "severity" {
                let found = serde_json::to_value(&report.counts.severity).expect("JSON");
                assert_eq!(&found, wanted, "{file}");
                continue;
            }
            let found = match what.as_str() {
                "ReportHost" | "HOST" | "host" => report.counts.hosts,
                "ReportItem" | "VULN_INFO" | "result" | "port" | "csv_rows_after_header" => {
                    report.counts.items
                }
                "VULN_DETAILS" => report.counts.details,
                "open_ports" => report.counts.open_ports,
                other => panic!("{file}: {other}"),
            };
            assert_eq!(found as u64, wanted.as_u64().expect("a number"), "{file}: {what}");
        }
        let kept = report.rows.len() + report.counts.informative;
        let closed =
            if file.starts_with("nmap") { report.counts.items - report.counts.open_ports } else { 0 };
        assert_eq!(kept + closed, report.counts.items, "{file}: nothing is lost in silence");
    }
}

#[test]
fn golden_details_of_the_public_reports() {
    let Some(folder) = shared() else { return };
    let greenbone = of(&folder.join("openvas/report_detail_v2.xml")).expect("a report");
    let row = &greenbone.rows[0];
    assert_eq!((row.host.as_str(), row.port, row.severity), ("10.99.99.99", 42, Severity::Critical));
    assert_eq!((row.check.as_str(), row.score), ("openvas:1.3.6.1.4.1.25623.1.0.836484", Some(98)));
    assert!(
        row.cves.contains(&"CVE-2025-49659".to_owned()) && row.advice.starts_with("The vendor has released")
    );
    let table = of(&folder.join("openvas/report_detail_v2.csv")).expect("a report");
    assert_eq!(
        (&table.rows[0].check, table.rows[0].severity),
        (&row.check, row.severity),
        "the same from both"
    );

    let nessus = of(&folder.join("nessus/nessus_v_unknown.xml")).expect("a report");
    assert_eq!((nessus.rows.len(), nessus.counts.informative), (30, 266));
    let host = &nessus.hosts[0];
    assert_eq!(
        (host.address.as_str(), host.name.as_str(), host.credentialed),
        ("10.31.112.29", "qa3app09", false)
    );
    assert_eq!(host.ended.map(|t| t.secs()), Some(1_372_650_048));
    assert!(nessus.rows.iter().all(|r| r.check.starts_with("nessus:") && !r.title.is_empty()));
    assert!(nessus.checks.as_ref().is_some_and(|c| c.len() > 10_000), "the policy lists its plugins");

    let qualys = of(&folder.join("qualys/Qualys_Sample_Report.xml")).expect("a report");
    assert!(qualys.rows.iter().all(|r| !r.title.is_empty()), "every number is explained");
    assert!(qualys.rows.iter().any(|r| r.state == State::Suspected), "potential ones are not sure");
    assert!(qualys.rows.iter().any(|r| !r.cves.is_empty()));

    let nmap = of(&folder.join("nmap/issue12411.xml")).expect("a report");
    let ports: Vec<_> = nmap.rows.iter().map(|r| (r.host.as_str(), r.port)).collect();
    assert_eq!(
        ports,
        [("172.217.18.238", 80), ("172.217.18.238", 443), ("54.239.28.85", 80), ("54.239.28.85", 443)]
    );
}
