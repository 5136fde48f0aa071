//! What a report looked at, and what it therefore means that it does not mention something.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ward_event::Micros;

use crate::{Host, Protocol, Report, State, Tool};

/// Ports that were tried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ports {
    /// The report does not say.
    #[default]
    Unknown,
    /// A list that the scanner knows by a name of its own, e.g. Nessus' `default`.
    Named(String),
    /// From and to, both included, ascending.
    Listed(Vec<(u16, u16)>),
}

impl Ports {
    /// `1,3-4,80`; what is no list of ports is unknown.
    pub(crate) fn parse(text: &str) -> Self {
        let range = |part: &str| -> Option<(u16, u16)> {
            let (from, to) = part.trim().split_once('-').unwrap_or((part, part));
            let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            (from <= to).then_some((from, to))
        };
        let ranges: Option<Vec<_>> = text.split(',').filter(|p| !p.trim().is_empty()).map(range).collect();
        match ranges {
            Some(mut ranges) if !ranges.is_empty() => {
                ranges.sort_unstable();
                Self::Listed(ranges)
            }
            _ => Self::Unknown,
        }
    }

    /// As text for the database, and in words for people: ranges, or the name.
    pub fn as_text(&self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Named(name) => format!("={name}"),
            Self::Listed(ranges) => {
                let text = |(a, b): &(u16, u16)| if a == b { a.to_string() } else { format!("{a}-{b}") };
                ranges.iter().map(text).collect::<Vec<_>>().join(",")
            }
        }
    }

    pub fn from_text(text: &str) -> Self {
        match text.strip_prefix('=') {
            Some(name) => Self::Named(name.to_owned()),
            None => Self::parse(text),
        }
    }

    fn covers(&self, port: u16, before: &Self) -> bool {
        match self {
            Self::Unknown => false,
            // The same list found it once, so that the port is on it.
            Self::Named(_) => self == before,
            Self::Listed(ranges) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&port)),
        }
    }
}

/// How something was seen last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub host: String,
    pub port: u16,
    pub protocol: Protocol,
    pub check: String,
    pub tool: Tool,
    pub profile: String,
    /// The ports of the scan that saw it.
    pub ports: Ports,
    pub credentialed: bool,
    pub seen: Micros,
}

/// Why an absence proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Another tool looks for other things.
    Tool,
    /// Made no later than it was seen.
    Older,
    /// The host is not in the report.
    Host,
    /// The host did not answer, or its scan did not come to its end.
    Unfinished,
    /// The port was not tried, or nobody knows.
    Port,
    /// The check was not run, or nobody knows.
    Check,
    /// Seen with an account of the host, now looked at without.
    Credentials,
    /// The report lists only what it found.
    Explicit,
}

impl Doubt {
    pub const ALL: [Self; 8] = [
        Self::Tool,
        Self::Older,
        Self::Host,
        Self::Unfinished,
        Self::Port,
        Self::Check,
        Self::Credentials,
        Self::Explicit,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Older => "older",
            Self::Host => "host",
            Self::Unfinished => "unfinished",
            Self::Port => "port",
            Self::Check => "check",
            Self::Credentials => "credentials",
            Self::Explicit => "explicit",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.as_str() == name)
    }
}

/// What a report says of something that was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// It is still there.
    There,
    /// The report says itself that it has passed.
    Passed,
    /// Looked for in the same way, throughout, and not found.
    Gone,
    /// Not mentioned, which proves nothing.
    CannotTell(Doubt),
}

/// A report, ready to be asked for many things.
pub struct Looked<'a> {
    report: &'a Report,
    rows: BTreeMap<(&'a str, u16, Protocol, &'a str), State>,
    hosts: BTreeMap<&'a str, &'a Host>,
    made: Option<Micros>,
}

impl<'a> Looked<'a> {
    pub fn new(report: &'a Report) -> Self {
        let mut rows = BTreeMap::new();
        for row in &report.rows {
            let said = rows.entry((row.host.as_str(), row.port, row.protocol, row.check.as_str()));
            // Of two lines that contradict each other the bad one counts.
            said.and_modify(|state| *state = row.state.min(*state)).or_insert(row.state);
        }
        let hosts = report.hosts.iter().map(|h| (h.address.as_str(), h)).collect();
        Self { report, rows, hosts, made: report.made() }
    }

    /// Whether it shows that what was seen is gone. Absence counts only where a newer report looked at the
    /// same host and port, with the same check and no fewer rights, and came to its end.
    pub fn absence(&self, sighting: &Sighting) -> Absence {
        let key = (sighting.host.as_str(), sighting.port, sighting.protocol, sighting.check.as_str());
        let said = self.rows.get(&key).copied();
        if said.is_some_and(|state| state != State::Passed) {
            return Absence::There;
        }
        if self.report.tool != sighting.tool {
            return Absence::CannotTell(Doubt::Tool);
        }
        let host = self.hosts.get(sighting.host.as_str()).copied();
        let made = host.and_then(|h| h.ended).or(self.made);
        if made.is_none_or(|made| made <= sighting.seen) {
            return Absence::CannotTell(Doubt::Older);
        }
        if said.is_some() {
            return Absence::Passed;
        }
        match host {
            None => Absence::CannotTell(Doubt::Host),
            Some(_) if self.report.explicit => Absence::CannotTell(Doubt::Explicit),
            Some(host) => match doubt(sighting, self.report, host) {
                Some(doubt) => Absence::CannotTell(doubt),
                None => Absence::Gone,
            },
        }
    }
}

/// What one report says of one thing.
pub fn absence(sighting: &Sighting, report: &Report) -> Absence {
    Looked::new(report).absence(sighting)
}

fn doubt(sighting: &Sighting, report: &Report, host: &Host) -> Option<Doubt> {
    if !host.reached || host.ended.is_none() {
        return Some(Doubt::Unfinished);
    }
    let ports = match sighting.protocol {
        Protocol::Udp => &report.udp,
        Protocol::Tcp | Protocol::None => &report.tcp,
    };
    if sighting.port != 0 && !ports.covers(sighting.port, &sighting.ports) {
        return Some(Doubt::Port);
    }
    if sighting.credentialed && !host.credentialed {
        return Some(Doubt::Credentials);
    }
    let ran = match &report.checks {
        Some(checks) => checks.contains(&sighting.check),
        None => !report.profile.is_empty() && report.profile == sighting.profile,
    };
    (!ran).then_some(Doubt::Check)
}
