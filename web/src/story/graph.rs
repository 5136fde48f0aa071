//! Who stands beside an entity: who talks to it, who signs in on it and from where, what it turns to, and what
//! alerts name with it. Seen from the one entity: nothing is guessed about its neighbours among themselves.

use std::collections::BTreeMap;

use ward_event::{Micros, alert::Level, time::MICROS_PER_DAY};

use super::scope;
use crate::{
    context::Ctx,
    query::{BesideRow, EntityKey, KnownRow, QueryError, Side, SignInRow, TalkRow},
};

/// Flows and sign-ins of a day, alerts of a month.
const TALK_BACK: i64 = MICROS_PER_DAY;
const ALERTS_BACK: i64 = 30 * MICROS_PER_DAY;
/// Neighbours of one tie that are told at all; the rest is a search.
const OF_TIE_MAX: usize = 200;

/// How a neighbour stands to the entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tie {
    /// It opens connections to the entity.
    Caller,
    /// An account that signs in on the entity, or from it.
    Account,
    /// An address that the entity is signed in to from, or that the account comes from.
    Origin,
    /// The entity opens connections to it.
    Called,
    /// A host that the entity signs in on.
    SignsInOn,
    /// An alert names both.
    Alert,
}

impl Tie {
    pub(crate) const ALL: [Self; 6] =
        [Self::Caller, Self::Account, Self::Origin, Self::Called, Self::SignsInOn, Self::Alert];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Account => "account",
            Self::Origin => "origin",
            Self::Called => "called",
            Self::SignsInOn => "signs_in_on",
            Self::Alert => "alert",
        }
    }

    /// Comes towards the entity: drawn to its left.
    pub(crate) const fn is_inward(self) -> bool {
        matches!(self, Self::Caller | Self::Account | Self::Origin)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Neighbour {
    pub kind: String,
    pub value: String,
    pub tie: Tie,
    /// Flows, sign-ins or alerts.
    pub count: u64,
    /// Sign-ins that failed.
    pub failed: u64,
    pub ports: Vec<u64>,
    /// Of the alerts that name both.
    pub worst: Option<Level>,
    pub last: Micros,
}

/// The busiest of each tie first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Neighbourhood {
    pub neighbours: Vec<Neighbour>,
    /// There were more than are told.
    pub more: bool,
}

/// What the store says.
#[derive(Default)]
struct Found {
    callers: Vec<TalkRow>,
    called: Vec<TalkRow>,
    sign_ins: Vec<SignInRow>,
    beside: Vec<BesideRow>,
    known: Vec<KnownRow>,
}

impl Neighbourhood {
    pub(crate) async fn of(ctx: &Ctx, key: &EntityKey) -> Result<Self, QueryError> {
        let (reader, scope) = (&ctx.app.reader, &scope(ctx, key));
        let unit = key.unit.as_ref();
        let (talk, alerts) = (Micros(ctx.now.0 - TALK_BACK), Micros(ctx.now.0 - ALERTS_BACK));
        let is_address = key.kind == "ip" && key.value.parse::<std::net::IpAddr>().is_ok();
        let signs_in = is_address || matches!(key.kind.as_str(), "host" | "account" | "user");
        let talks = async |side| match is_address {
            true => reader.talks(scope, unit, &key.value, side, talk).await,
            false => Ok(Vec::new()),
        };
        let sign_ins =
            async { if signs_in { reader.sign_ins(scope, key, talk).await } else { Ok(Vec::new()) } };
        let known =
            async { if is_address { reader.known(scope, key, alerts).await } else { Ok(Vec::new()) } };
        let (callers, called, sign_ins, beside, known) = tokio::try_join!(
            talks(Side::IsAsked),
            talks(Side::Asks),
            sign_ins,
            reader.beside(scope, key, alerts),
            known,
        )?;
        Ok(join(key, &Found { callers, called, sign_ins, beside, known }))
    }
}

/// One line a neighbour and tie.
#[derive(Default)]
struct Lines(BTreeMap<(Tie, String, String), Neighbour>);

impl Lines {
    fn add(&mut self, tie: Tie, kind: &str, value: &str, count: u64, last: i64) -> Option<&mut Neighbour> {
        if value.is_empty() || value == "::" || value == "0.0.0.0" {
            return None;
        }
        let line = self.0.entry((tie, kind.to_owned(), value.to_lowercase())).or_insert_with(|| Neighbour {
            kind: kind.to_owned(),
            value: value.to_owned(),
            tie,
            count: 0,
            failed: 0,
            ports: Vec::new(),
            worst: None,
            last: Micros(0),
        });
        line.count += count;
        line.last = line.last.max(Micros(last));
        Some(line)
    }
}

fn join(key: &EntityKey, found: &Found) -> Neighbourhood {
    let mut lines = Lines::default();
    for (rows, tie) in [(&found.callers, Tie::Caller), (&found.called, Tie::Called)] {
        for row in rows.iter().filter(|row| row.peer != key.value) {
            if let Some(line) = lines.add(tie, "ip", &row.peer, row.flows, row.last) {
                line.ports.clone_from(&row.ports);
            }
        }
    }
    // Whom it has answered for as long as it is known, where the day's flows do not tell.
    for row in &found.known {
        for (peer, flows) in row.peers.iter().zip(&row.peer_flows) {
            let told = lines.0.contains_key(&(Tie::Caller, "ip".to_owned(), peer.to_lowercase()));
            if !told && *peer != key.value {
                lines.add(Tie::Caller, "ip", peer, *flows, row.last_seen);
            }
        }
    }
    for row in &found.sign_ins {
        signed_in(&mut lines, key, row);
    }
    for row in &found.beside {
        let level =
            usize::try_from(row.worst).ok().and_then(|rank| Level::ALL.get(rank.checked_sub(1)?).copied());
        let mut marked = false;
        for line in lines.0.values_mut() {
            if line.tie != Tie::Alert && line.kind == row.kind && line.value.eq_ignore_ascii_case(&row.value)
            {
                line.worst = level;
                marked = true;
            }
        }
        if !marked && let Some(line) = lines.add(Tie::Alert, &row.kind, &row.value, row.alerts, row.last) {
            line.worst = level;
        }
    }
    let mut neighbours: Vec<Neighbour> = lines.0.into_values().collect();
    neighbours.sort_by(|a, b| {
        (a.tie, b.worst, b.count, &a.kind, &a.value).cmp(&(b.tie, a.worst, a.count, &b.kind, &b.value))
    });
    let mut counts: BTreeMap<Tie, usize> = BTreeMap::new();
    let all = neighbours.len();
    neighbours.retain(|n| {
        let count = counts.entry(n.tie).or_default();
        *count += 1;
        *count <= OF_TIE_MAX
    });
    Neighbourhood { more: neighbours.len() < all || counts.values().any(|n| *n >= OF_TIE_MAX), neighbours }
}

/// The other ends of one sign-in, by which of them the entity is.
fn signed_in(lines: &mut Lines, key: &EntityKey, row: &SignInRow) {
    let is_source = key.kind == "ip" && row.address == key.value;
    let ties: &[(Tie, &str, &str)] = match key.kind.as_str() {
        "ip" if is_source => &[(Tie::Account, "account", &row.account), (Tie::SignsInOn, "host", &row.host)],
        "ip" | "host" => &[(Tie::Account, "account", &row.account), (Tie::Origin, "ip", &row.address)],
        _ => &[(Tie::SignsInOn, "host", &row.host), (Tie::Origin, "ip", &row.address)],
    };
    for (tie, kind, value) in ties {
        if *kind == key.kind && value.eq_ignore_ascii_case(&key.value) {
            continue;
        }
        if let Some(line) = lines.add(*tie, kind, value, row.count, row.last) {
            line.failed += row.failed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: &str, value: &str) -> EntityKey {
        EntityKey { kind: kind.into(), value: value.into(), unit: None }
    }

    fn sign_in(account: &str, host: &str, address: &str, count: u64, failed: u64) -> SignInRow {
        SignInRow {
            account: account.into(),
            host: host.into(),
            address: address.into(),
            count,
            failed,
            last: 7,
        }
    }

    fn told(found: &Neighbourhood) -> Vec<(Tie, &str, u64)> {
        found.neighbours.iter().map(|n| (n.tie, n.value.as_str(), n.count)).collect()
    }

    #[test]
    fn a_sign_in_is_seen_from_the_entity_that_is_asked_for() {
        let sign_ins =
            vec![sign_in("li", "HIS-1", "10.0.0.7", 3, 1), sign_in("li", "his-1", "10.0.0.8", 2, 0)];
        let found = Found { sign_ins, ..Found::default() };
        assert_eq!(
            told(&join(&key("host", "HIS-1"), &found)),
            [(Tie::Account, "li", 5), (Tie::Origin, "10.0.0.7", 3), (Tie::Origin, "10.0.0.8", 2)]
        );
        let of_account = join(&key("account", "li"), &found);
        assert_eq!(
            told(&of_account),
            [(Tie::Origin, "10.0.0.7", 3), (Tie::Origin, "10.0.0.8", 2), (Tie::SignsInOn, "HIS-1", 5)]
        );
        assert_eq!(of_account.neighbours[2].failed, 1);
        let first = &found.sign_ins[..1];
        let of_address =
            join(&key("ip", "10.0.0.7"), &Found { sign_ins: first.to_vec(), ..Found::default() });
        assert_eq!(told(&of_address), [(Tie::Account, "li", 3), (Tie::SignsInOn, "HIS-1", 3)]);
    }

    #[test]
    fn an_alert_marks_a_neighbour_that_is_there_already_and_adds_one_that_is_not() {
        let talk = |peer: &str, flows| TalkRow { peer: peer.into(), ports: vec![445], flows, last: 9 };
        let beside = |kind: &str, value: &str, worst| BesideRow {
            kind: kind.into(),
            value: value.into(),
            alerts: 2,
            worst,
            last: 9,
        };
        let found = Found {
            callers: vec![talk("10.0.0.1", 900), talk("10.0.0.2", 4), talk("::", 1)],
            beside: vec![beside("ip", "10.0.0.2", 5), beside("account", "li", 3)],
            ..Found::default()
        };
        let joined = join(&key("ip", "10.0.0.9"), &found);
        // What an alert names stands before what is merely busy.
        assert_eq!(
            told(&joined),
            [(Tie::Caller, "10.0.0.2", 4), (Tie::Caller, "10.0.0.1", 900), (Tie::Alert, "li", 2)]
        );
        assert_eq!(joined.neighbours[0].worst, Some(Level::Critical));
        assert_eq!(joined.neighbours[2].worst, Some(Level::Medium));
    }
}
