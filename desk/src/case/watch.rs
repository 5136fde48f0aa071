//! What is to be checked by machine, and what a check has said. A watch is not kept: it follows from the claim, the
//! rules and what the problem was found by, so that it goes on by itself after any pause.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};
use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{
    Cases,
    machine::{Actor, RowAct},
    names::named,
    rows::{NewRow, ProblemKind},
    tx::{go_row, problem, read_problem, settle},
    verify::{Span, Verdict},
};
use crate::{Connection, DeskError};

/// Alerts of one incident whose rules are watched.
const ALERTS_MAX: i64 = 50;

named! {
    /// Which check was made.
    CheckKind {
        /// The rules that fired stay quiet.
        Rule "rule",
        /// A newer scan does not find it.
        Scan "scan",
        /// The port does not answer in flows.
        Port "port",
        /// No check fits what it was found by.
        None "none",
    }
}

/// By what a problem can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Alerts whose rules have to stay quiet on what they were about.
    Rule(Vec<String>),
    Scan(i64),
    Port(SocketAddr),
    None,
}

impl Target {
    pub const fn kind(&self) -> CheckKind {
        match self {
            Self::Rule(_) => CheckKind::Rule,
            Self::Scan(_) => CheckKind::Scan,
            Self::Port(_) => CheckKind::Port,
            Self::None => CheckKind::None,
        }
    }

    /// By what a problem was found; an incident's other alerts are not known here.
    pub fn of(row: &NewRow) -> Self {
        if let Some(finding) = row.finding {
            return Self::Scan(finding);
        }
        if !row.alert.is_empty() {
            return Self::Rule(vec![row.alert.clone()]);
        }
        match row.kind {
            ProblemKind::Exposure => socket(&row.address).map_or(Self::None, Self::Port),
            _ => Self::None,
        }
    }
}

/// `10.1.1.5:3389`, `[::1]:80`, `tcp://10.1.1.5:3389/`, `10.1.1.5 3389/tcp`.
fn socket(text: &str) -> Option<SocketAddr> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let text = text.split('/').next().unwrap_or(text).trim();
    if let Ok(socket) = text.parse() {
        return Some(socket);
    }
    let (address, port) = text.split_once([' ', '：', '，', ','])?;
    Some(SocketAddr::new(address.parse::<IpAddr>().ok()?, port.trim().parse().ok()?))
}

/// A problem that its unit says is put right, to be checked by machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub row: i64,
    pub revision: i64,
    pub unit: UnitId,
    pub target: Target,
    /// From the claim on.
    pub watch: Span,
    /// When the notice was sent: the problem was there before.
    pub sent: Micros,
}

/// What a check by machine rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    pub watch: Span,
    /// Up to when what was asked was known.
    pub as_of: Micros,
    /// Rules, a finding's weakness, or a port.
    pub asked: Vec<String>,
    /// On whom or what.
    pub about: Vec<String>,
    /// How often it was seen in the watch.
    pub seen: u64,
    /// What was listened to.
    pub heard: Vec<Heard>,
    /// The scan that looked: its number, tool and file.
    pub scan: Option<(i64, String, String)>,
}

/// One source, or a device of it, in a watch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Heard {
    pub name: String,
    /// Minutes in which it was heard.
    pub minutes: u64,
    /// The longest pause, and what is normal, in minutes.
    pub pause: u64,
    pub allowed: u64,
}

/// A verdict on its way into the database.
pub(super) struct Checked<'a> {
    judge: &'a str,
    verdict: &'a str,
    reason: &'a str,
    kind: &'a str,
    evidence: &'a str,
}

impl<'a> Checked<'a> {
    pub(super) const fn person(judge: &'a str, verdict: &'a str, reason: &'a str) -> Self {
        Self { judge, verdict, reason, kind: "", evidence: "" }
    }
}

/// Puts a check's verdict down.
pub(super) async fn checked(
    c: &mut Connection,
    now: Micros,
    row: i64,
    of: &Checked<'_>,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO case_check (row_id, no, at, judge, verdict, reason, kind, evidence)
         VALUES ($1, (SELECT COALESCE(MAX(no), 0) + 1 FROM case_check WHERE row_id = $1), $2, $3, $4, $5, $6, $7)",
    )
    .bind(row)
    .bind(now.0)
    .bind(of.judge)
    .bind(of.verdict)
    .bind(of.reason)
    .bind(of.kind)
    .bind(of.evidence)
    .execute(&mut *c)
    .await?;
    Ok(())
}

impl Cases<'_> {
    /// When a check of this kind that begins at `from` ends.
    pub fn watch(&self, kind: CheckKind, from: Micros) -> Span {
        let rules = self.rules();
        let to = match kind {
            CheckKind::Rule => rules.calendar.end(from, rules.watch_quiet),
            CheckKind::Scan => rules.calendar.end(from, rules.watch_scan),
            CheckKind::Port => rules.calendar.end(from, rules.watch_port),
            CheckKind::None => from,
        };
        Span { from, to }
    }

    /// Everything that was said to be put right and is not checked yet, longest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claimed(&self) -> Result<Vec<Claimed>, DeskError> {
        const CLAIMED: &str = "SELECT r.*, n.sent_at, n.incident_id FROM case_row r
            JOIN case_notice n ON n.id = r.notice_id
            WHERE r.state = 'rectified' AND r.claimed_at IS NOT NULL ORDER BY r.claimed_at, r.id";
        const SAME: &str = "SELECT alert_id FROM case_incident_alert WHERE incident_id = $1
            AND EXISTS (SELECT 1 FROM case_incident_alert WHERE incident_id = $1 AND alert_id = $2)
            ORDER BY alert_id <> $2, last_seen DESC LIMIT $3";
        let pool = self.0.readers();
        let mut claimed = Vec::new();
        for row in sqlx::query(CLAIMED).fetch_all(pool).await? {
            let problem = read_problem(&row)?;
            let mut target = Target::of(&problem.of);
            if let (Target::Rule(alerts), Some(incident)) =
                (&mut target, row.get::<Option<i64>, _>("incident_id"))
            {
                let same = sqlx::query(SAME).bind(incident).bind(&problem.of.alert).bind(ALERTS_MAX);
                let same: Vec<String> = same.fetch_all(pool).await?.iter().map(|row| row.get(0)).collect();
                if !same.is_empty() {
                    *alerts = same;
                }
            }
            let from = problem.claimed.unwrap_or_default();
            claimed.push(Claimed {
                row: problem.id,
                revision: problem.revision,
                unit: problem.of.unit.clone(),
                watch: self.watch(target.kind(), from),
                target,
                sent: row.get::<Option<i64>, _>("sent_at").map_or(from, Micros),
            });
        }
        Ok(claimed)
    }

    /// What a machine's check said of a claimed problem: verified, opened again with the reason, or left to a person.
    ///
    /// # Errors
    /// [`Refusal::WrongState`](crate::Refusal::WrongState) for a problem that is not claimed;
    /// [`Refusal::ChangedBy`](crate::Refusal::ChangedBy) where it has moved on, which is nobody's fault.
    pub async fn machine_says(
        &self,
        row: i64,
        revision: i64,
        kind: CheckKind,
        verdict: Verdict,
        evidence: &Evidence,
    ) -> Result<(), DeskError> {
        let evidence = serde_json::to_string(evidence).map_err(|e| DeskError::Broken(e.to_string()))?;
        self.change_itself(move |c, who| {
            Box::pin(async move {
                let row = problem(c, who, row, revision).await?;
                let (act, name) = match verdict {
                    Verdict::Good(_) => (RowAct::MachineGood, "good"),
                    Verdict::Bad(_) => (RowAct::MachineBad, "bad"),
                    Verdict::Cannot(_) => (RowAct::NoMachine, "cannot"),
                };
                let reason = verdict.reason();
                go_row(c, who, &row, act, &Actor::PLATFORM, reason).await?;
                let judge = &who.viewer.name;
                let of = Checked { judge, verdict: name, reason, kind: kind.as_str(), evidence: &evidence };
                checked(c, who.now, row.id, &of).await?;
                settle(c, who, row.notice).await
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_read_as_people_write_it() {
        let expected = Some(SocketAddr::from(([10, 1, 1, 5], 3389)));
        for text in ["10.1.1.5:3389", " tcp://10.1.1.5:3389/ ", "10.1.1.5 3389/tcp", "10.1.1.5，3389"] {
            assert_eq!(socket(text), expected, "{text}");
        }
        assert_eq!(socket("[2001:db8::5]:443").map(|s| s.port()), Some(443));
        for text in ["", "10.1.1.5", "his.example", "10.1.1.5:99999", "http://10.1.1.5/login"] {
            assert_eq!(socket(text), None, "{text}");
        }
    }
}
