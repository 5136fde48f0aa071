//! What a report says, whatever its format.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ward_event::Micros;

use crate::Ports;

/// Hosts of one report.
pub(crate) const HOSTS_MAX: usize = 20_000;
/// Findings of one report.
pub(crate) const ROWS_MAX: usize = 50_000;
/// Characters of a title.
const TITLE_MAX: usize = 300;
/// Characters of evidence and of advice; what a scanner adds to that is in its own report.
const TEXT_MAX: usize = 1_500;
/// Identifiers of one kind on one finding: monthly updates name many.
const IDS_MAX: usize = 200;

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type { $($(#[$vdoc])* #[serde(rename = $name)] $variant),* }

        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the database and in addresses.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.as_str() == name)
            }
        }
    };
}

names! {
    /// What made the report.
    Tool {
        Nessus "nessus",
        OpenVas "openvas",
        Qualys "qualys",
        Nmap "nmap",
        Passwords "passwords",
        Baseline "baseline",
        WebTest "web_test",
    }
}

names! {
    /// What was looked for.
    Kind {
        Vulnerability "vulnerability",
        Port "port",
        Password "password",
        Baseline "baseline",
        Web "web",
    }
}

names! {
    Severity {
        Info "info",
        Low "low",
        Medium "medium",
        High "high",
        Critical "critical",
    }
}

names! {
    Protocol {
        /// Of the host as a whole.
        None "",
        Tcp "tcp",
        Udp "udp",
    }
}

names! {
    /// What a report says of a row.
    State {
        Found "found",
        /// Found, but the scanner is not sure (a version alone, a potential vulnerability).
        Suspected "suspected",
        /// Looked at and not, or no longer, there: said by the report itself.
        Passed "passed",
    }
}

names! {
    /// A class of the web test.
    Verdict {
        Conform "conform",
        Not "not_conform",
        NotConcerned "not_concerned",
    }
}

impl Severity {
    /// By CVSS v3's own bands; tools that know no "critical" have it from their score.
    pub fn of_score(tenths: u8) -> Self {
        match tenths {
            0 => Self::Info,
            1..40 => Self::Low,
            40..70 => Self::Medium,
            70..90 => Self::High,
            _ => Self::Critical,
        }
    }
}

/// One thing that was found, or found to be gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The host's address, or its name where it has none; as in [`Host::address`].
    pub host: String,
    /// 0 for the host as a whole.
    pub port: u16,
    pub protocol: Protocol,
    /// The tool's own name of the check, e.g. `nessus:42873`.
    pub check: String,
    pub title: String,
    pub severity: Severity,
    /// CVSS base score in tenths, where the report has one.
    pub score: Option<u8>,
    pub cves: Vec<String>,
    pub cnvds: Vec<String>,
    pub cnnvds: Vec<String>,
    pub evidence: String,
    pub advice: String,
    pub state: State,
    /// When it was last seen, where the report says that of each row.
    pub seen: Option<Micros>,
}

impl Row {
    pub(crate) fn new(host: &str, check: String, title: &str) -> Self {
        Self {
            host: host.to_owned(),
            port: 0,
            protocol: Protocol::None,
            check: clean(&check, 120),
            title: clean(title, TITLE_MAX),
            severity: Severity::Info,
            score: None,
            cves: Vec::new(),
            cnvds: Vec::new(),
            cnnvds: Vec::new(),
            evidence: String::new(),
            advice: String::new(),
            state: State::Found,
            seen: None,
        }
    }

    /// Takes every CVE, CNVD and CNNVD number out of a text.
    pub fn name_all(&mut self, text: &str) {
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
            let word = word.to_ascii_uppercase();
            let list = match word.split('-').next() {
                Some("CVE") => &mut self.cves,
                Some("CNVD") => &mut self.cnvds,
                Some("CNNVD") => &mut self.cnnvds,
                _ => continue,
            };
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            if (8..=16).contains(&digits) && word.len() <= 24 && list.len() < IDS_MAX && !list.contains(&word)
            {
                list.push(word);
            }
        }
    }

    pub(crate) fn tell(&mut self, evidence: &str, advice: &str) {
        self.evidence = clean(evidence, TEXT_MAX);
        self.advice = clean(advice, TEXT_MAX);
    }
}

/// A host that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Canonical address, else the name in lower case.
    pub address: String,
    pub name: String,
    /// When its scan came to its end; none where it did not, or where the report does not say.
    pub ended: Option<Micros>,
    /// It answered: what did not answer was not looked at.
    pub reached: bool,
    /// Checks ran with an account of the host, so that what is installed was seen and not guessed.
    pub credentialed: bool,
}

/// What stands in the file, counted before anything is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub hosts: usize,
    /// Items, results, ports, lines.
    pub items: usize,
    /// Only of Nmap.
    pub open_ports: usize,
    /// Only of Qualys: descriptions of checks.
    pub details: usize,
    /// By the tool's own number or word.
    pub severity: BTreeMap<String, usize>,
    /// Items that are no weakness (information) and not kept.
    pub informative: usize,
}

/// A report that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub tool: Tool,
    pub kind: Kind,
    /// The report's own name.
    pub name: String,
    /// With which policy it was made: reports of one profile looked for the same.
    pub profile: String,
    pub started: Option<Micros>,
    pub ended: Option<Micros>,
    pub hosts: Vec<Host>,
    pub tcp: Ports,
    pub udp: Ports,
    /// The checks that ran, where the report lists them.
    pub checks: Option<BTreeSet<String>>,
    /// Says itself what passed; what it does not mention it says nothing of.
    pub explicit: bool,
    pub rows: Vec<Row>,
    pub counts: Counts,
    /// Lines that were left out, with the reason (`line: reason`); the first of them.
    pub flaws: Vec<String>,
}

impl Report {
    pub(crate) fn new(tool: Tool, kind: Kind) -> Self {
        Self {
            tool,
            kind,
            name: String::new(),
            profile: String::new(),
            started: None,
            ended: None,
            hosts: Vec::new(),
            tcp: Ports::Unknown,
            udp: Ports::Unknown,
            checks: None,
            explicit: false,
            rows: Vec::new(),
            counts: Counts::default(),
            flaws: Vec::new(),
        }
    }

    pub(crate) fn host(&mut self, host: Host) -> Result<(), Refused> {
        if self.hosts.len() >= HOSTS_MAX {
            return Err(Refused::TooMany("hosts", HOSTS_MAX));
        }
        self.hosts.push(host);
        Ok(())
    }

    pub(crate) fn row(&mut self, row: Row) -> Result<(), Refused> {
        push(&mut self.rows, row)
    }

    pub(crate) fn count(&mut self, severity: &str) {
        self.counts.items += 1;
        // A tool knows a handful of words; a hostile file could invent thousands.
        if self.counts.severity.len() < 16 || self.counts.severity.contains_key(severity) {
            *self.counts.severity.entry(clean(severity, 24)).or_default() += 1;
        }
    }

    /// When it was made, as far as it says.
    pub fn made(&self) -> Option<Micros> {
        let ends = self.hosts.iter().filter_map(|h| h.ended).chain(self.ended);
        ends.chain(self.rows.iter().filter_map(|r| r.seen)).max().or(self.started)
    }
}

/// Why nothing of a file is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the file is empty")]
    Empty,
    #[error("an archive or a workbook ({0}): unpack it, or save it as XML or CSV")]
    Archive(&'static str),
    #[error("neither UTF-8 nor GB18030")]
    Encoding,
    #[error("no format that is known here")]
    Unknown,
    #[error("more than {0} bytes")]
    TooLarge(u64),
    #[error("it defines entities of its own, which no scanner does")]
    Entities,
    #[error("elements lie more than {0} deep")]
    TooDeep(usize),
    #[error("one value has more than {0} bytes")]
    TooLong(u64),
    #[error("more than {1} {0}")]
    TooMany(&'static str, usize),
    #[error("it ends in the middle")]
    Truncated,
    #[error("not well-formed near byte {0}: {1}")]
    Malformed(u64, String),
    #[error("the column {0:?} is missing")]
    NoColumn(&'static str),
    #[error("it could not be read: {0}")]
    Unreadable(String),
}

/// Adds a finding where there is room for it.
pub(crate) fn push(rows: &mut Vec<Row>, row: Row) -> Result<(), Refused> {
    if rows.len() >= ROWS_MAX {
        return Err(Refused::TooMany("findings", ROWS_MAX));
    }
    rows.push(row);
    Ok(())
}

/// A text without what cannot be seen, cut to its length; line ends stay.
pub(crate) fn clean(text: &str, chars_max: usize) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut out: String = text.trim().chars().filter(|c| !hidden(*c)).take(chars_max + 1).collect();
    if out.chars().count() > chars_max {
        out.pop();
        out.push('…');
    }
    out
}

/// An address in its one form; else a name in lower case.
pub(crate) fn canonical(address: &str) -> String {
    match address.trim().parse::<std::net::IpAddr>() {
        Ok(ip) => ip.to_canonical().to_string(),
        Err(_) => clean(address, 120).to_lowercase(),
    }
}

/// `7.5` as 75; what is no score from 0 to 10 is none.
pub(crate) fn tenths(text: &str) -> Option<u8> {
    let score: f64 = text.trim().parse().ok()?;
    // In range, so the cast loses nothing.
    (0.0..=10.0).contains(&score).then(|| (score * 10.0).round() as u8)
}
