//! What a report does to what is known: one pure function, for the preview and for taking over.

use std::collections::BTreeMap;

use ward_event::Micros;
use ward_scan::{Absence, Doubt, Looked, Ports, Protocol, Report, Row, Sighting, State, Tool};

use super::{Effect, Event, FindingState};

/// A check that sees a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub name: String,
    /// None for what was disclosed and never scanned.
    pub tool: Option<Tool>,
    pub profile: String,
    pub ports: Ports,
    pub credentialed: bool,
    pub seen: Micros,
    pub is_there: bool,
}

/// As much of a finding as decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub id: i64,
    pub key: Key,
    pub state: FindingState,
    pub last_seen: Micros,
    pub fixed_at: Option<Micros>,
    pub doubt: Option<Doubt>,
    pub checks: Vec<Check>,
}

/// One weakness of one port of one host of a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub host: String,
    pub port: u16,
    pub protocol: Protocol,
    pub weakness: String,
}

impl Key {
    /// The CVE where there is exactly one, so that two tools that see it see the same.
    pub(super) fn of(row: &Row) -> Self {
        let weakness = match row.cves.as_slice() {
            [one] => one.clone(),
            _ => row.check.clone(),
        };
        Self { host: row.host.clone(), port: row.port, protocol: row.protocol, weakness }
    }
}

/// What is seen: the row that tells it best, the checks that see it, when, and whether they are sure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen<'a> {
    pub key: Key,
    pub row: &'a Row,
    pub checks: Vec<Check>,
    pub at: Micros,
    pub sure: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change<'a> {
    New(Seen<'a>),
    /// Known, and seen by a newer report: as the event says.
    Again(i64, Event, FindingState, Seen<'a>),
    /// Seen by an older report that came later.
    Earlier(i64, Micros),
    /// These checks no longer see it; nothing else does where a state is given.
    Gone {
        id: i64,
        checks: Vec<String>,
        at: Micros,
        passed: bool,
        fixed: bool,
    },
    /// And whether the doubt is another than before.
    CannotTell(i64, Doubt, bool),
}

pub(super) fn effect(changes: &[Change<'_>]) -> Effect {
    let mut done = Effect::default();
    for change in changes {
        match change {
            Change::New(_) => done.new += 1,
            Change::Again(_, Event::Reopened, ..) => done.reopened += 1,
            Change::Again(..) | Change::Earlier(..) => done.seen += 1,
            Change::Gone { fixed: true, .. } => done.fixed += 1,
            Change::Gone { .. } => {}
            Change::CannotTell(..) => done.cannot_tell += 1,
        }
    }
    done
}

/// What is known of one unit against a report of that unit. `now` bounds what a wrong clock says.
pub(super) fn plan<'a>(known: &[Known], report: &'a Report, now: Micros) -> Vec<Change<'a>> {
    let mut by_key: BTreeMap<&Key, &Known> = known.iter().map(|k| (&k.key, k)).collect();
    let mut changes = Vec::new();
    for seen in seen(report, now) {
        // A suspicion of the host as a whole becomes the finding that a scan makes of it.
        let of_host = Key { port: 0, protocol: Protocol::None, ..seen.key.clone() };
        let disclosed =
            |k: &&Known| k.state == FindingState::Suspected && k.checks.iter().all(|c| c.tool.is_none());
        let found = by_key.get(&seen.key).copied();
        let found = found.or_else(|| by_key.get(&of_host).copied().filter(disclosed));
        match found {
            None => changes.push(Change::New(seen)),
            Some(known) => {
                by_key.remove(&known.key);
                changes.push(again(known, seen));
            }
        }
    }
    let looked = Looked::new(report);
    let made = report.made().map_or(now, |made| made.min(now));
    for known in by_key.values().filter(|k| k.state.is_open()) {
        changes.extend(unseen(known, &looked, made));
    }
    changes
}

/// The findings of a report, each once.
fn seen(report: &Report, now: Micros) -> Vec<Seen<'_>> {
    let made = report.made().unwrap_or(now);
    let hosts: BTreeMap<&str, _> = report.hosts.iter().map(|h| (h.address.as_str(), h)).collect();
    let mut all: BTreeMap<Key, Seen<'_>> = BTreeMap::new();
    for row in report.rows.iter().filter(|r| r.state != State::Passed) {
        let host = hosts.get(row.host.as_str());
        let at = row.seen.or_else(|| host.and_then(|h| h.ended)).unwrap_or(made).min(now);
        let ports = if row.protocol == Protocol::Udp { &report.udp } else { &report.tcp };
        let check = Check {
            name: row.check.clone(),
            tool: Some(report.tool),
            profile: report.profile.clone(),
            ports: match ports {
                // What was found on a listed port is judged by the next list; its own is not needed.
                Ports::Listed(_) => Ports::Unknown,
                other => other.clone(),
            },
            credentialed: host.is_some_and(|h| h.credentialed),
            seen: at,
            is_there: true,
        };
        let (key, sure) = (Key::of(row), row.state == State::Found);
        let one = all.entry(key.clone()).or_insert_with(|| Seen { key, row, checks: Vec::new(), at, sure });
        one.at = one.at.max(at);
        one.sure |= sure;
        if row.severity > one.row.severity {
            one.row = row;
        }
        if !one.checks.iter().any(|c| c.name == check.name) {
            one.checks.push(check);
        }
    }
    all.into_values().collect()
}

fn again<'a>(known: &Known, seen: Seen<'a>) -> Change<'a> {
    // An older report that is taken over later changes nothing but the beginning.
    if seen.at < known.last_seen || known.fixed_at.is_some_and(|fixed| seen.at <= fixed) {
        return Change::Earlier(known.id, seen.at);
    }
    let (event, state) = match (known.state, seen.sure) {
        (FindingState::Fixed, _) => (Event::Reopened, FindingState::Open),
        (FindingState::Suspected, true) => (Event::Confirmed, FindingState::Open),
        (state, _) => (Event::Seen, state),
    };
    Change::Again(known.id, event, state, seen)
}

fn unseen<'a>(known: &Known, looked: &Looked<'_>, made: Micros) -> Option<Change<'a>> {
    let (mut gone, mut passed, mut doubt) = (Vec::new(), false, None);
    let there: Vec<&Check> = known.checks.iter().filter(|c| c.is_there).collect();
    for check in &there {
        let tool = check.tool?;
        let sighting = Sighting {
            host: known.key.host.clone(),
            port: known.key.port,
            protocol: known.key.protocol,
            check: check.name.clone(),
            tool,
            profile: check.profile.clone(),
            ports: check.ports.clone(),
            credentialed: check.credentialed,
            seen: check.seen,
        };
        match looked.absence(&sighting) {
            Absence::Gone => gone.push(check.name.clone()),
            Absence::Passed => {
                passed = true;
                gone.push(check.name.clone());
            }
            // It is not about this host, or not about this kind of check: it says nothing either way.
            Absence::There | Absence::CannotTell(Doubt::Tool | Doubt::Older | Doubt::Host) => {}
            Absence::CannotTell(why) => doubt = Some(why),
        }
    }
    if !gone.is_empty() {
        let fixed = gone.len() == there.len();
        return Some(Change::Gone { id: known.id, checks: gone, at: made, passed, fixed });
    }
    doubt.map(|why| Change::CannotTell(known.id, why, known.doubt != doubt))
}
