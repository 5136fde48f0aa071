//! Nessus v2: `NessusClientData_v2`, with its policy in front.

use std::io::BufRead;

use ward_event::time::Calendar;

use crate::{
    Host, Kind, Ports, Protocol, Refused, Report, Row, Severity, Tool,
    report::{canonical, clean, push, tenths},
    time,
    xml::{Node, Tag, Xml},
};

/// Plugin numbers of one policy: Tenable has some 300,000.
const CHECKS_MAX: usize = 1_000_000;

/// One host while it is read.
struct Open {
    host: Host,
    rows: Vec<Row>,
}

pub(crate) fn read(xml: &mut Xml<impl BufRead>, calendar: Calendar) -> Result<Report, Refused> {
    let mut report = Report::new(Tool::Nessus, Kind::Vulnerability);
    let mut open: Option<Open> = None;
    let mut row: Option<Row> = None;
    let (mut tag, mut preference) = (String::new(), String::new());
    loop {
        match xml.next()? {
            Node::End => break,
            Node::Open(node) => match node.name.as_str() {
                "Report" => report.name = clean(node.get("name"), 200),
                "ReportHost" => {
                    report.counts.hosts += 1;
                    open = Some(begin(node.get("name")));
                }
                "ReportItem" if open.is_some() => {
                    report.count(node.get("severity"));
                    row = open.as_ref().map(|o| item(&node, &o.host.address));
                }
                "tag" => node.get("name").clone_into(&mut tag),
                _ => {}
            },
            Node::Close(name, text) => match (name.as_str(), &mut row, &mut open) {
                ("ReportHost", _, open) => {
                    if let Some(done) = open.take() {
                        finish(&mut report, done)?;
                    }
                }
                ("ReportItem", row, Some(open)) => {
                    if let Some(row) = row.take() {
                        take(&mut report, open, row)?;
                    }
                }
                ("tag", None, Some(open)) => property(&mut open.host, &tag, &text, calendar),
                (field, Some(row), Some(open)) => detail(row, &mut open.host, field, &text),
                ("policyName", ..) => report.profile = clean(&text, 200),
                ("name", ..) if xml.above(0) == "preference" => preference = text,
                ("value", ..) if xml.above(0) == "preference" => setting(&mut report, &preference, &text)?,
                _ => {}
            },
        }
    }
    Ok(report)
}

fn begin(name: &str) -> Open {
    let host = Host {
        address: canonical(name),
        name: clean(name, 120),
        ended: None,
        reached: true,
        credentialed: false,
    };
    Open { host, rows: Vec::new() }
}

fn property(host: &mut Host, tag: &str, text: &str, calendar: Calendar) {
    match tag {
        "host-ip" => host.address = canonical(text),
        "host-fqdn" | "netbios-name" if host.name.is_empty() || host.name == host.address => {
            host.name = clean(text, 120);
        }
        "HOST_END_TIMESTAMP" => host.ended = time::epoch(text).or(host.ended),
        "HOST_END" if host.ended.is_none() => host.ended = time::parse(text, calendar),
        "Credentialed_Scan" => host.credentialed = text.trim() == "true",
        _ => {}
    }
}

fn item(node: &Tag, host: &str) -> Row {
    let mut row = Row::new(host, format!("nessus:{}", node.get("pluginID")), node.get("pluginName"));
    row.port = node.get("port").parse().unwrap_or(0);
    row.protocol = match node.get("protocol") {
        _ if row.port == 0 => Protocol::None,
        "udp" => Protocol::Udp,
        _ => Protocol::Tcp,
    };
    row.severity = match node.get("severity") {
        "1" => Severity::Low,
        "2" => Severity::Medium,
        "3" => Severity::High,
        "4" => Severity::Critical,
        _ => Severity::Info,
    };
    row
}

fn detail(row: &mut Row, host: &mut Host, field: &str, text: &str) {
    match field {
        "cve" => row.name_all(text),
        "cnvd" | "cnnvd" | "xref" => row.name_all(text),
        "cvss3_base_score" => row.score = tenths(text).or(row.score),
        "cvss_base_score" if row.score.is_none() => row.score = tenths(text),
        "solution" => {
            let evidence = std::mem::take(&mut row.evidence);
            row.tell(&evidence, text);
        }
        "plugin_output" => {
            // What the scanner says of itself: dead hosts were not looked at, and accounts see more.
            if row.check == "nessus:10180" && text.contains("considered as dead") {
                host.reached = false;
            }
            if row.check == "nessus:19506" && text.contains("Credentialed checks : yes") {
                host.credentialed = true;
            }
            let advice = std::mem::take(&mut row.advice);
            row.tell(text, &advice);
        }
        _ => {}
    }
}

fn take(report: &mut Report, open: &mut Open, row: Row) -> Result<(), Refused> {
    if row.severity == Severity::Info {
        report.counts.informative += 1;
        return Ok(());
    }
    push(&mut open.rows, row)
}

/// Its address may stand behind its items, so that they are told it at its end.
fn finish(report: &mut Report, open: Open) -> Result<(), Refused> {
    for mut row in open.rows {
        row.host.clone_from(&open.host.address);
        report.row(row)?;
    }
    report.host(open.host)
}

fn setting(report: &mut Report, name: &str, value: &str) -> Result<(), Refused> {
    match name.trim() {
        "port_range" => {
            let value = value.trim();
            let ports = match value {
                "default" | "all" => Ports::Named(value.to_owned()),
                // `T:1-1024,U:53` says it of each protocol; what is not plain is not known.
                _ => Ports::parse(value),
            };
            report.udp = match &ports {
                Ports::Named(_) => ports.clone(),
                // Without a UDP scanner a plain range is one of TCP.
                _ => Ports::Unknown,
            };
            report.tcp = if value == "all" { Ports::Listed(vec![(1, u16::MAX)]) } else { ports };
        }
        "plugin_set" => {
            let list = report.checks.get_or_insert_default();
            for number in value.split(';').map(str::trim).filter(|n| n.bytes().all(|b| b.is_ascii_digit())) {
                if list.len() >= CHECKS_MAX {
                    return Err(Refused::TooMany("plugins", CHECKS_MAX));
                }
                if !number.is_empty() && number.len() < 12 {
                    list.insert(format!("nessus:{number}"));
                }
            }
        }
        _ => {}
    }
    Ok(())
}
