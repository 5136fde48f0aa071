//! Qualys: `ASSET_DATA_REPORT`: hosts with numbers of checks, then what each number means.

use std::{collections::BTreeMap, io::BufRead};

use ward_event::time::Calendar;

use crate::{
    Host, Kind, Protocol, Refused, Report, Row, Severity, State, Tool,
    report::{ROWS_MAX, canonical, clean, tenths},
    time,
    xml::{Node, Xml},
};

#[derive(Default)]
struct Detail {
    title: String,
    level: u8,
    ids: String,
    score: Option<u8>,
    advice: String,
}

pub(crate) fn read(xml: &mut Xml<impl BufRead>, calendar: Calendar) -> Result<Report, Refused> {
    let mut report = Report::new(Tool::Qualys, Kind::Vulnerability);
    // A report of assets, not of a scan: what it leaves out it says nothing of, what is fixed it says.
    report.explicit = true;
    let mut details: BTreeMap<String, Detail> = BTreeMap::new();
    let (mut host, mut row): (Option<Host>, Option<(Row, String)>) = (None, None);
    let (mut qid, mut detail) = (String::new(), None::<Detail>);
    loop {
        match xml.next()? {
            Node::End => break,
            Node::Open(tag) => match tag.name.as_str() {
                "HOST" => {
                    report.counts.hosts += 1;
                    host = Some(Host {
                        address: String::new(),
                        name: String::new(),
                        ended: None,
                        reached: true,
                        credentialed: false,
                    });
                }
                "VULN_INFO" => row = Some((Row::new("", String::new(), ""), String::new())),
                "VULN_DETAILS" => {
                    report.counts.details += 1;
                    detail = Some(Detail::default());
                }
                _ => {}
            },
            Node::Close(name, text) => match name.as_str() {
                "VULN_INFO" => {
                    if let (Some((mut done, kind)), Some(host)) = (row.take(), &host) {
                        report.count(&kind);
                        done.host.clone_from(&host.address);
                        if kind == "Ig" { report.counts.informative += 1 } else { report.row(done)? }
                    }
                }
                "HOST" => {
                    if let Some(host) = host.take() {
                        report.host(host)?;
                    }
                }
                "VULN_DETAILS" => {
                    if let Some(done) = detail.take() {
                        if details.len() >= ROWS_MAX {
                            return Err(Refused::TooMany("checks", ROWS_MAX));
                        }
                        details.insert(std::mem::take(&mut qid), done);
                    }
                }
                "QID" if detail.is_some() => qid = clean(&text, 40),
                field if detail.is_some() => {
                    if let Some(detail) = &mut detail {
                        explain(detail, field, &text);
                    }
                }
                field if row.is_some() => {
                    if let Some((row, kind)) = &mut row {
                        seen(row, kind, field, &text, calendar);
                    }
                }
                "IP" => {
                    if let Some(host) = &mut host {
                        host.address = canonical(&text);
                    }
                }
                "DNS" | "NETBIOS" => {
                    if let Some(host) = host.as_mut().filter(|h| h.name.is_empty()) {
                        host.name = clean(&text, 120);
                    }
                }
                "TEMPLATE" => report.profile = clean(&text, 200),
                "GENERATION_DATETIME" => report.ended = time::parse(&text, calendar),
                _ => {}
            },
        }
    }
    report.name.clone_from(&report.profile);
    for row in &mut report.rows {
        let Some(detail) = row.check.strip_prefix("qualys:").and_then(|qid| details.get(qid)) else {
            continue;
        };
        row.title.clone_from(&detail.title);
        row.severity = level(detail.level);
        row.score = detail.score;
        row.name_all(&detail.ids);
        let evidence = std::mem::take(&mut row.evidence);
        row.tell(&evidence, &detail.advice);
    }
    Ok(report)
}

/// Qualys' levels: minimal, medium, serious, critical, urgent.
pub(crate) const fn level(level: u8) -> Severity {
    match level {
        5 => Severity::Critical,
        4 => Severity::High,
        3 => Severity::Medium,
        _ => Severity::Low,
    }
}

fn explain(detail: &mut Detail, field: &str, text: &str) {
    match field {
        "TITLE" => detail.title = clean(text, 300),
        "SEVERITY" => detail.level = text.trim().parse().unwrap_or(1),
        "SOLUTION" => detail.advice = clean(text, 1_500),
        "CVSS3_BASE" | "CVSS_BASE" => detail.score = detail.score.or_else(|| tenths(text)),
        "ID" if detail.ids.len() < 4_096 => {
            detail.ids.push(' ');
            detail.ids.push_str(text);
        }
        _ => {}
    }
}

fn seen(row: &mut Row, kind: &mut String, field: &str, text: &str, calendar: Calendar) {
    match field {
        "QID" => row.check = clean(&format!("qualys:{}", text.trim()), 120),
        "TYPE" => {
            *kind = clean(text, 24);
            if kind == "Practice" && row.state == State::Found {
                row.state = State::Suspected;
            }
        }
        "PORT" => {
            row.port = text.trim().parse().unwrap_or(0);
            if row.port != 0 && row.protocol == Protocol::None {
                row.protocol = Protocol::Tcp;
            }
        }
        "PROTOCOL" if text.trim() == "udp" => row.protocol = Protocol::Udp,
        "VULN_STATUS" if text.trim() == "Fixed" => row.state = State::Passed,
        "RESULT" => row.tell(text, ""),
        "LAST_FOUND" | "LAST_FIXED" => row.seen = time::parse(text, calendar).max(row.seen),
        _ => {}
    }
}
