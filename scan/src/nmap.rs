//! Nmap: `nmaprun`. An open port is a fact, and becomes a finding of its own kind.

use std::io::BufRead;

use crate::{
    Host, Kind, Ports, Protocol, Refused, Report, Row, Tool,
    report::{canonical, clean, push},
    time,
    xml::{Node, Tag, Xml},
};

struct Open {
    host: Host,
    /// Somebody answered on a port; with `-Pn` a host is "up" because it was said to be.
    answered: bool,
    assumed: bool,
    rows: Vec<Row>,
}

pub(crate) fn read(xml: &mut Xml<impl BufRead>, root: &Tag) -> Result<Report, Refused> {
    let mut report = Report::new(Tool::Nmap, Kind::Port);
    report.started = time::epoch(root.get("start"));
    report.name = clean(root.get("args"), 200);
    let (mut open, mut port): (Option<Open>, Option<Row>) = (None, None);
    let mut is_open = false;
    loop {
        match xml.next()? {
            Node::End => break,
            Node::Open(tag) => match tag.name.as_str() {
                "scaninfo" => scope(&mut report, &tag),
                "host" if xml.above(1) == "nmaprun" => {
                    report.counts.hosts += 1;
                    open = Some(begin(&tag));
                }
                "finished" => {
                    let good = tag.get("exit") != "error";
                    report.ended = time::epoch(tag.get("time")).filter(|_| good);
                }
                name => {
                    let Some(open) = &mut open else { continue };
                    match name {
                        "status" => {
                            open.host.reached = tag.get("state") == "up";
                            open.assumed = tag.get("reason") == "user-set";
                        }
                        "address" if tag.get("addrtype") != "mac" => {
                            open.host.address = canonical(tag.get("addr"))
                        }
                        "hostname" if open.host.name.is_empty() => {
                            open.host.name = clean(tag.get("name"), 120)
                        }
                        "extraports" => open.answered |= tag.get("state") == "closed",
                        "port" if xml.above(1) == "ports" => {
                            report.counts.items += 1;
                            port = Some(begin_port(&tag));
                            is_open = false;
                        }
                        "state" if port.is_some() && xml.above(1) == "port" => {
                            is_open = tag.get("state") == "open";
                            open.answered |= is_open || tag.get("state") == "closed";
                        }
                        "service" => {
                            if let Some(row) = &mut port {
                                let words = [tag.get("name"), tag.get("product"), tag.get("version")];
                                let words = words.into_iter().filter(|w| !w.is_empty());
                                row.evidence = clean(&words.collect::<Vec<_>>().join(" "), 200);
                            }
                        }
                        _ => {}
                    }
                }
            },
            Node::Close(name, _) => match name.as_str() {
                "port" => {
                    if let (Some(row), Some(open), true) = (port.take(), &mut open, is_open) {
                        report.counts.open_ports += 1;
                        push(&mut open.rows, row)?;
                    }
                }
                "host" => {
                    if let Some(open) = open.take() {
                        finish(&mut report, open)?;
                    }
                }
                _ => {}
            },
        }
    }
    // A run that did not come to its end may have left out anything.
    if report.ended.is_none() {
        report.hosts.iter_mut().for_each(|h| h.ended = None);
    }
    Ok(report)
}

/// The ports that were tried, by protocol: `type="connect" protocol="tcp" services="1,3-4"`.
fn scope(report: &mut Report, tag: &Tag) {
    let ports = Ports::parse(tag.get("services"));
    match tag.get("protocol") {
        "tcp" => report.tcp = ports,
        "udp" => report.udp = ports,
        _ => {}
    }
    report.profile = "port".into();
}

fn begin(tag: &Tag) -> Open {
    let host = Host {
        address: String::new(),
        name: String::new(),
        ended: time::epoch(tag.get("endtime")),
        reached: false,
        credentialed: false,
    };
    Open { host, answered: false, assumed: false, rows: Vec::new() }
}

fn begin_port(tag: &Tag) -> Row {
    let protocol = Protocol::from_name(tag.get("protocol")).unwrap_or(Protocol::None);
    let number = tag.get("portid");
    let mut row = Row::new("", "nmap:open".into(), &format!("{number}/{}", protocol.as_str()));
    row.port = number.parse().unwrap_or(0);
    row.protocol = protocol;
    row
}

fn finish(report: &mut Report, mut open: Open) -> Result<(), Refused> {
    if open.host.address.is_empty() {
        open.host.address = canonical(&open.host.name);
    }
    open.host.reached &= open.answered || !open.assumed;
    for mut row in open.rows {
        row.host.clone_from(&open.host.address);
        row.seen = open.host.ended;
        report.row(row)?;
    }
    report.host(open.host)
}
