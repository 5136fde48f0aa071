//! From where units are attacked: the public places of the events that alerts rest on. A place is looked
//! up once an alert.

use std::collections::BTreeMap;

use ward_event::{Micros, alert::Level, time::MICROS_PER_DAY};

use super::section::Arc;
use crate::{
    query::{QueryError, Reader, RecentAlert},
    scope::Scope,
};

/// The country in which places are told apart.
const HOME: &str = "CN";
/// Lines on the map: more are a hairball.
const ARCS_MAX: usize = 24;
/// Alerts whose events are looked for at once.
const LOOK_MAX: usize = 400;
/// An alert may be stored before the event it rests on; after so long it has no place.
const PATIENCE: i64 = 60_000_000;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Origin {
    from: String,
    home: bool,
}

/// Places by alert; `None` for one that has none.
#[derive(Debug, Default)]
pub(super) struct Attacks {
    places: BTreeMap<String, Option<Origin>>,
    pub error: Option<QueryError>,
}

impl Attacks {
    /// Looks up what is new among `alerts`, and forgets what is no longer among them.
    pub(super) async fn look(&mut self, reader: &Reader, scope: &Scope, alerts: &[RecentAlert], now: Micros) {
        let current: std::collections::BTreeSet<&str> = alerts.iter().map(|a| a.alert_id.as_str()).collect();
        self.places.retain(|id, _| current.contains(id.as_str()));
        let fresh: Vec<&RecentAlert> =
            alerts.iter().filter(|a| !self.places.contains_key(&a.alert_id)).take(LOOK_MAX).collect();
        if fresh.is_empty() {
            return;
        }
        let refs: Vec<(String, u64)> = fresh.iter().flat_map(|a| events_of(a)).collect();
        let rows = match reader.places(scope, refs, Micros(now.0 - 2 * MICROS_PER_DAY)).await {
            Ok(rows) => rows,
            Err(error) => {
                self.error = Some(error);
                return;
            }
        };
        self.error = None;
        let found: BTreeMap<(String, u64), Origin> = rows
            .into_iter()
            .map(|r| {
                let home = r.country == HOME;
                let inland = [r.city, r.region].into_iter().find(|p| !p.is_empty());
                let from = if home { inland.unwrap_or(r.country) } else { r.country };
                ((r.producer, r.seq), Origin { from, home })
            })
            .collect();
        for alert in fresh {
            let origin = events_of(alert).find_map(|event| found.get(&event).cloned());
            if origin.is_some() || now.0 - alert.time > PATIENCE {
                self.places.insert(alert.alert_id.clone(), origin);
            }
        }
    }

    /// One line for all alerts of a place and a target, the worst first.
    pub(super) fn arcs<'a>(
        &self,
        alerts: &'a [RecentAlert],
        target: impl Fn(&'a RecentAlert) -> Option<String>,
    ) -> Vec<Arc> {
        let mut pairs: BTreeMap<(&Origin, String), Arc> = BTreeMap::new();
        for alert in alerts {
            let Some(Some(origin)) = self.places.get(&alert.alert_id) else { continue };
            let Some(to) = target(alert) else { continue };
            let level = Level::from_name(&alert.level).unwrap_or(Level::Informational);
            let arc = pairs.entry((origin, to.clone())).or_insert_with(|| Arc {
                from: origin.from.clone(),
                home: origin.home,
                to,
                level: level.name(),
                count: 0,
                last: 0,
            });
            arc.count += 1;
            arc.last = arc.last.max(alert.time / 1_000);
            if Level::from_name(arc.level).is_none_or(|known| (known as usize) < level as usize) {
                arc.level = level.name();
            }
        }
        let mut arcs: Vec<Arc> = pairs.into_values().collect();
        let weight = |a: &Arc| (Level::from_name(a.level).map_or(0, |l| l as usize), a.count);
        arcs.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to))));
        arcs
    }

    pub(super) fn cap(mut arcs: Vec<Arc>) -> Vec<Arc> {
        arcs.truncate(ARCS_MAX);
        arcs
    }
}

fn events_of(alert: &RecentAlert) -> impl Iterator<Item = (String, u64)> {
    alert.event_producers.iter().cloned().zip(alert.event_seqs.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(id: usize, level: &str, hospital: &str) -> RecentAlert {
        RecentAlert {
            alert_id: format!("a{id}"),
            rule_id: "r".into(),
            title: "t".into(),
            title_zh: String::new(),
            level: level.into(),
            techniques: vec![],
            time: id as i64 * 1_000,
            hospital: hospital.into(),
            entity_types: vec![],
            entity_values: vec![],
            event_count: 1,
            event_producers: vec![],
            event_seqs: vec![],
        }
    }

    #[test]
    fn alerts_of_one_pair_are_one_line_of_the_worst_level() {
        let alerts: Vec<_> = (0..60)
            .map(|n| alert(n, if n == 2 { "critical" } else { "low" }, &format!("h{}", n % 30)))
            .collect();
        let mut attacks = Attacks::default();
        for (n, a) in alerts.iter().enumerate() {
            let origin = Origin { from: "NL".into(), home: false };
            attacks.places.insert(a.alert_id.clone(), (n != 5).then_some(origin));
        }
        let arcs = attacks.arcs(&alerts, |a| Some(a.hospital.clone()));
        assert_eq!(arcs.len(), 30);
        assert_eq!((arcs[0].to.as_str(), arcs[0].level, arcs[0].count), ("h2", "critical", 2));
        assert_eq!(arcs.iter().map(|a| a.count).sum::<u64>(), 59, "one has no place");
        assert_eq!(Attacks::cap(arcs).len(), ARCS_MAX);
    }
}
