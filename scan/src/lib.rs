//! Reports of scanners and checks: bytes → what was found, and what was looked at.
//!
//! A format is one file. Every reader streams, keeps little, and takes what comes from outside for hostile:
//! no entity is expanded, nothing is fetched, every size, depth and count has its end ([`Refused`] says
//! which). What a report covered matters as much as what it found, since only that tells what an absence
//! is worth ([`absence`]).

mod bytes;
mod cover;
mod nessus;
mod nmap;
mod openvas;
mod qualys;
mod report;
mod table;
mod time;
mod webtest;
mod xml;

pub use self::{
    bytes::read,
    cover::{Absence, Doubt, Looked, Ports, Sighting, absence},
    report::{Counts, Host, Kind, Protocol, Refused, Report, Row, Severity, State, Tool, Verdict},
    webtest::{Answer, Judged, Method, Rating, method},
};
