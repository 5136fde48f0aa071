//! OpenVAS and Greenbone: `report` in `report`, with `results` of `result`.

use std::io::BufRead;

use ward_event::time::Calendar;

use crate::{
    Host, Kind, Ports, Protocol, Refused, Report, Row, Severity, State, Tool,
    report::{canonical, clean, tenths},
    time,
    xml::{Node, Tag, Xml},
};

/// Below this its own pages hide a result: a guess by a version alone.
const QUALITY_SURE: u32 = 70;

#[derive(Default)]
struct Scan {
    task: String,
    filter: String,
    done: bool,
    /// Fewer than all: a page of the results alone.
    partial: bool,
    host: Option<(String, Option<ward_event::Micros>)>,
}

pub(crate) fn read(xml: &mut Xml<impl BufRead>, root: &Tag) -> Result<Report, Refused> {
    let mut report = Report::new(Tool::OpenVas, Kind::Vulnerability);
    let mut scan = Scan { task: root.get("id").to_owned(), ..Scan::default() };
    let mut row: Option<Row> = None;
    loop {
        match xml.next()? {
            Node::End => break,
            Node::Open(tag) => match tag.name.as_str() {
                "result" if xml.above(1) == "results" => {
                    report.counts.items += 1;
                    row = Some(Row::new("", String::new(), ""));
                }
                "task" if row.is_none() => tag.get("id").clone_into(&mut scan.task),
                "nvt" => {
                    if let Some(row) = &mut row {
                        row.check = clean(&format!("openvas:{}", tag.get("oid")), 120);
                    }
                }
                "ref" => {
                    if let Some(row) = &mut row {
                        row.name_all(tag.get("id"));
                    }
                }
                "host" if row.is_none() && xml.above(1) == "report" => {
                    scan.host = Some((String::new(), None));
                }
                "results" => scan.partial = scan.partial || !matches!(tag.get("start"), "" | "1"),
                _ => {}
            },
            Node::Close(name, text) => match &mut row {
                Some(_) if name == "result" => {
                    if let Some(row) = row.take() {
                        keep(&mut report, row)?;
                    }
                }
                Some(row) => detail(row, &name, xml.above(0), &text),
                None => around(&mut report, &mut scan, &name, xml.above(0), &text)?,
            },
        }
    }
    let whole = scan.done && !scan.partial;
    report.profile = clean(&format!("{} {}", scan.task, scan.filter), 300);
    // Which ports a task tries stands in the task, so that one task's reports tried the same.
    report.tcp = Ports::Named(scan.task.clone());
    report.udp = Ports::Named(scan.task);
    for host in &mut report.hosts {
        host.ended = host.ended.filter(|_| whole);
    }
    let named: std::collections::BTreeSet<String> = report.hosts.iter().map(|h| h.address.clone()).collect();
    let found: std::collections::BTreeSet<String> = report.rows.iter().map(|r| r.host.clone()).collect();
    // Hosts that stand in the results alone were reached; that their scan ended nobody says.
    for address in found.difference(&named) {
        report.host(Host {
            address: address.clone(),
            name: String::new(),
            ended: None,
            reached: true,
            credentialed: false,
        })?;
    }
    report.counts.hosts = report.hosts.len();
    Ok(report)
}

/// What stands around the results.
fn around(report: &mut Report, scan: &mut Scan, name: &str, parent: &str, text: &str) -> Result<(), Refused> {
    let utc = Calendar::fixed(0);
    match (name, parent) {
        ("name", "task") => report.name = clean(text, 200),
        ("scan_run_status", _) => scan.done = text.trim() == "Done",
        ("scan_start", _) => report.started = time::parse(text, utc),
        ("scan_end", _) => report.ended = time::parse(text, utc),
        ("term", "filters") => {
            let kept =
                |w: &&str| w.starts_with("levels=") || w.starts_with("min_qod=") || w.starts_with("severity");
            scan.filter = text.split_whitespace().filter(kept).collect::<Vec<_>>().join(" ");
            let rows = text.split_whitespace().find_map(|w| w.strip_prefix("rows="));
            scan.partial = rows.is_some_and(|rows| rows != "-1");
        }
        ("ip", "host") => {
            if let Some((address, _)) = &mut scan.host {
                *address = canonical(text);
            }
        }
        ("end", "host") => {
            if let Some((_, end)) = &mut scan.host {
                *end = time::parse(text, utc);
            }
        }
        ("host", "report") => {
            if let Some((address, ended)) = scan.host.take().filter(|(a, _)| !a.is_empty()) {
                report.host(Host {
                    address,
                    name: String::new(),
                    ended,
                    reached: true,
                    credentialed: false,
                })?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn detail(row: &mut Row, name: &str, parent: &str, text: &str) {
    match (name, parent) {
        ("name", "result") => row.title = clean(text, 300),
        ("host", "result") => row.host = canonical(text),
        ("port", "result") => {
            // `42/tcp`, `general/tcp`
            let (port, protocol) = text.trim().split_once('/').unwrap_or((text.trim(), ""));
            row.port = port.parse().unwrap_or(0);
            row.protocol = match protocol {
                _ if row.port == 0 => Protocol::None,
                "udp" => Protocol::Udp,
                _ => Protocol::Tcp,
            };
        }
        ("severity", "result") => {
            row.score = tenths(text);
            if let Some(score) = row.score {
                row.severity = Severity::of_score(score);
            }
        }
        ("threat", "result") if row.score.is_none() => {
            row.severity = match text.trim() {
                "Critical" => Severity::Critical,
                "High" => Severity::High,
                "Medium" => Severity::Medium,
                "Low" => Severity::Low,
                _ => Severity::Info,
            };
        }
        ("value", "qod") if text.trim().parse().is_ok_and(|n: u32| n < QUALITY_SURE) => {
            row.state = State::Suspected;
        }
        ("cve", "nvt") => row.name_all(text),
        ("description", "result") => {
            let advice = std::mem::take(&mut row.advice);
            row.tell(text, &advice);
        }
        ("solution", "nvt") => {
            let evidence = std::mem::take(&mut row.evidence);
            row.tell(&evidence, text);
        }
        ("modification_time" | "creation_time", "result") if row.seen.is_none() => {
            row.seen = time::parse(text, Calendar::fixed(0));
        }
        _ => {}
    }
}

fn keep(report: &mut Report, row: Row) -> Result<(), Refused> {
    *report.counts.severity.entry(row.severity.as_str().to_owned()).or_default() += 1;
    if row.severity == Severity::Info || row.host.is_empty() {
        report.counts.informative += 1;
        return Ok(());
    }
    report.row(row)
}
