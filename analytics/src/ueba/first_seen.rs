//! Something an entity was never seen with: an address, a place, a program, a resource. Worth much
//! for an entity, and among peers, that seldom bring anything new; little for those that often do.

use ward_event::Micros;

use super::{
    day::{Item, Ref},
    evidence::{Case, Evidence, Family, surprise},
    facts::{ItemKind, is_inside},
    peers::{EntityKind, MEMBERS_MIN},
};

pub(crate) const SOURCE: &str = "new_source";
pub(crate) const PLACE: &str = "new_place";
pub(crate) const PROGRAM: &str = "new_program";
pub(crate) const RESOURCE: &str = "new_resource";

/// The peers' habit counts as so many days of the entity's own.
const PRIOR_DAYS: f64 = 4.0;
/// The share of days with novelty where there are too few peers to tell.
const RATE_UNKNOWN: f64 = 0.03;
/// No group is so steady that novelty would never happen.
const RATE_MIN: f64 = 0.002;
/// Settled member days that a group needs to tell its habit.
const GROUP_DAYS_MIN: u32 = 20;

/// An address of the own network: desks are moved and leases run out.
const SOURCE_INSIDE_MAX: f64 = 5.0;
/// A public address: its news is the place.
const SOURCE_OUTSIDE_MAX: f64 = 4.0;
const PROGRAM_MAX: f64 = 6.0;
const COUNTRY_MAX: f64 = 14.0;
const REGION_MAX: f64 = 10.0;
const NETWORK_MAX: f64 = 5.0;
/// For each doubling of the number of new resources on top of a single one.
const RESOURCE_DOUBLING: f64 = 1.8;
const RESOURCE_SINGLE_MAX: f64 = 2.5;
const RESOURCE_MAX: f64 = 8.0;
/// What two peers use already is less strange by so much.
const SHARED_FACTOR: f64 = 0.5;
/// Where two peers are at home is hardly strange.
const FREQUENTED_FACTOR: f64 = 0.3;

/// How surprising it is that today brings anything new of this kind.
fn novelty_bits(case: &Case<'_>, kind: ItemKind) -> f64 {
    let (days, novel) = case.peers.novelty[kind as usize];
    let rate = if days >= GROUP_DAYS_MIN && case.peers.members >= MEMBERS_MIN {
        ((f64::from(novel) + 0.5) / (f64::from(days) + 1.0)).max(RATE_MIN)
    } else {
        RATE_UNKNOWN
    };
    let (settled, own) = case.history.novelty(kind);
    surprise((f64::from(own) + PRIOR_DAYS * rate) / (f64::from(settled) + PRIOR_DAYS))
}

/// What is new today; nothing while the entity is being learnt.
fn news<'c>(case: &'c Case<'_>, kind: ItemKind) -> Vec<&'c Item> {
    if !case.is_learnt() {
        return Vec::new();
    }
    let new = |item: &&Item| !case.history.knows(kind, &item.value);
    case.today.items[kind as usize].iter().filter(new).collect()
}

fn refs(items: &[&Item]) -> Vec<Ref> {
    items.iter().flat_map(|i| i.refs.iter().copied()).collect()
}

fn span(items: &[&Item]) -> (Micros, Micros) {
    let first = items.iter().map(|i| i.first).min().unwrap_or_default();
    (first, items.iter().map(|i| i.last).max().unwrap_or_default())
}

fn days(case: &Case<'_>) -> u32 {
    case.history.active_days()
}

pub(crate) fn source(case: &Case<'_>, out: &mut Vec<Evidence>) {
    let items = news(case, ItemKind::Source);
    let base = novelty_bits(case, ItemKind::Source);
    let scored = items.iter().map(|item| {
        let inside = item.value.parse().is_ok_and(|ip| is_inside(&ip));
        let mut bits = base.min(if inside { SOURCE_INSIDE_MAX } else { SOURCE_OUTSIDE_MAX });
        if case.peers.users(ItemKind::Source, &item.value) >= 2 || (inside && near(case, &item.value)) {
            bits *= SHARED_FACTOR;
        }
        (bits, *item)
    });
    let Some((bits, item)) = scored.max_by(|a, b| a.0.total_cmp(&b.0)) else { return };
    let (n, known) = (days(case), case.history.known[ItemKind::Source as usize].len());
    out.push(Evidence {
        family: Family::Novelty,
        name: SOURCE,
        bits,
        value: item.value.to_string(),
        zh: format!("首次使用源地址 {}（此前 {n} 个活跃日只用过 {known} 个地址）", item.value),
        en: format!("first use of source address {} ({known} known over {n} active days)", item.value),
        refs: refs(&items),
        span: span(&items),
    });
}

/// In the same /24 (or the same text up to the last separator) as a known one.
fn near(case: &Case<'_>, value: &str) -> bool {
    let net = |v: &str| v.rsplit_once(['.', ':']).map(|(net, _)| net.to_owned());
    let own = net(value);
    own.is_some() && case.history.known[ItemKind::Source as usize].iter().any(|k| net(&k.0) == own)
}

pub(crate) fn place(case: &Case<'_>, out: &mut Vec<Evidence>) {
    let items = news(case, ItemKind::Place);
    let base = novelty_bits(case, ItemKind::Place);
    let scored = items.iter().map(|item| (place_bits(case, base, &item.value), *item));
    let Some((bits, item)) = scored.max_by(|a, b| a.0.total_cmp(&b.0)) else { return };
    let shown = shown(&item.value);
    let (zh, en) = match case.kind {
        EntityKind::Host => (
            format!("首次与 {shown} 的地址通信（此前 {} 个活跃日未见）", days(case)),
            format!("first traffic to {shown} in {} active days", days(case)),
        ),
        _ => (
            format!("首次从 {shown} 登录或访问（此前 {} 个活跃日未见）", days(case)),
            format!("first use from {shown} in {} active days", days(case)),
        ),
    };
    out.push(Evidence {
        family: Family::Novelty,
        name: PLACE,
        bits,
        value: shown,
        zh,
        en,
        refs: refs(&items),
        span: span(&items),
    });
}

fn parts(place: &str) -> (&str, &str, &str) {
    let mut parts = place.splitn(3, '/');
    let mut next = || parts.next().unwrap_or("");
    (next(), next(), next())
}

fn place_bits(case: &Case<'_>, base: f64, value: &str) -> f64 {
    let (country, region, _) = parts(value);
    let known = &case.history.known[ItemKind::Place as usize];
    let used_country = known.iter().any(|k| parts(&k.0).0 == country);
    let used_region = known.iter().any(|k| (parts(&k.0).0, parts(&k.0).1) == (country, region));
    // Hosts talk to many countries; an account is a person who is in one place.
    let person = case.kind == EntityKind::Account;
    let bits = match (used_country || country == case.home, used_region && !known.is_empty()) {
        (false, _) if person => (base * 1.6).min(COUNTRY_MAX),
        (false, _) => base.min(NETWORK_MAX),
        (true, false) if person => (base * 1.2).min(REGION_MAX),
        _ => base.min(NETWORK_MAX),
    };
    if case.peers.frequents(value) { bits * FREQUENTED_FACTOR } else { bits }
}

fn shown(place: &str) -> String {
    let (country, region, network) = parts(place);
    let named = [country, region, network].into_iter().filter(|p| !p.is_empty());
    named.collect::<Vec<_>>().join(" ")
}

pub(crate) fn program(case: &Case<'_>, out: &mut Vec<Evidence>) {
    let items = news(case, ItemKind::Program);
    let base = novelty_bits(case, ItemKind::Program).min(PROGRAM_MAX);
    let scored = items.iter().map(|item| {
        let shared = case.peers.users(ItemKind::Program, &item.value) >= 2;
        (if shared { base * SHARED_FACTOR } else { base }, *item)
    });
    let Some((bits, item)) = scored.max_by(|a, b| a.0.total_cmp(&b.0)) else { return };
    out.push(Evidence {
        family: Family::Novelty,
        name: PROGRAM,
        bits,
        value: item.value.to_string(),
        zh: format!("首次使用程序 {}（此前 {} 个活跃日未用过）", item.value, days(case)),
        en: format!("first use of program {} in {} active days", item.value, days(case)),
        refs: refs(&items),
        span: span(&items),
    });
}

pub(crate) fn resource(case: &Case<'_>, out: &mut Vec<Evidence>) {
    let items = news(case, ItemKind::Resource);
    let Some(first) = items.first() else { return };
    let count = items.len() as u64 + case.today.more[ItemKind::Resource as usize].min(1_000);
    let mut single = novelty_bits(case, ItemKind::Resource).min(RESOURCE_SINGLE_MAX);
    if items.iter().all(|i| case.peers.users(ItemKind::Resource, &i.value) >= 2) {
        single *= SHARED_FACTOR;
    }
    // The doublings count in proportion to how steady the entity has been.
    let steady = single / RESOURCE_SINGLE_MAX;
    let bits = (single + steady * RESOURCE_DOUBLING * (count as f64).log2()).min(RESOURCE_MAX);
    out.push(Evidence {
        family: Family::Novelty,
        name: RESOURCE,
        bits,
        value: first.value.to_string(),
        zh: format!("访问了 {count} 个从未访问过的资源，如 {}", first.value),
        en: format!("{count} resources never used before, such as {}", first.value),
        refs: refs(&items),
        span: span(&items),
    });
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            day::{DayState, tests::day_with},
            history::History,
            peers::Group,
        },
        *,
    };

    fn judged(past: &[&str], today: &str, peers: &Group) -> Vec<Evidence> {
        let mut history = None;
        for (source, day) in past.iter().zip(0..) {
            history = History::close(history.as_ref(), day, Some(&day_with(day, 9, source, 5)), 28, None);
        }
        let today = day_with(past.len() as i32, 9, today, 5);
        run(&history.unwrap_or_default(), &today, peers, source)
    }

    fn run(
        history: &History,
        today: &DayState,
        peers: &Group,
        detector: fn(&Case<'_>, &mut Vec<Evidence>),
    ) -> Vec<Evidence> {
        let case = Case {
            kind: EntityKind::Account,
            today,
            history,
            baseline_day: today.day - 1,
            unit_days: 7,
            peers,
            home: "CN",
        };
        let mut out = Vec::new();
        detector(&case, &mut out);
        out
    }

    #[test]
    fn a_steady_entity_surprises_and_a_restless_one_does_not() {
        let none = Group::default();
        assert!(judged(&["10.0.0.1"; 7], "10.0.0.1", &none).is_empty());
        let steady = judged(&["10.0.0.1"; 7], "10.9.9.9", &none)[0].bits;
        let restless = judged(&["a", "b", "c", "d", "e", "f", "g"], "10.9.9.9", &none)[0].bits;
        assert!(steady >= 4.0 && restless < 2.0, "{steady} {restless}");
        let near = judged(&["10.0.0.1"; 7], "10.0.0.9", &none)[0].bits;
        assert!(near < steady, "{near} {steady}");
        assert!(judged(&["10.0.0.1"; 2], "10.9.9.9", &none).is_empty(), "still learning");
    }

    #[test]
    fn peers_that_often_bring_news_make_it_less_strange() {
        let busy = Group { members: 50, novelty: [(200, 100); 4], ..Group::default() };
        let quiet = Group { members: 50, novelty: [(200, 0); 4], ..Group::default() };
        let at = |group| judged(&["10.0.0.1"; 7], "10.9.9.9", group)[0].bits;
        assert!(at(&busy) < 2.5 && at(&quiet) >= 5.0, "{} {}", at(&busy), at(&quiet));
    }

    #[test]
    fn a_foreign_country_weighs_more_than_a_province_and_that_more_than_a_network() {
        let mut history = None;
        for day in 0..7 {
            let mut today = day_with(day, 9, "1.2.3.4", 2);
            today.items[1] = vec![item("CN/浙江省/AS4134")];
            history = History::close(history.as_ref(), day, Some(&today), 28, None);
        }
        let history = history.expect("active");
        let quiet = Group { members: 50, novelty: [(200, 0); 4], ..Group::default() };
        let bits = |place: &str| {
            let mut today = day_with(7, 9, "1.2.3.4", 2);
            today.items[1] = vec![item(place)];
            run(&history, &today, &quiet, super::place).first().map_or(0.0, |e| e.bits)
        };
        let (abroad, province, network) =
            (bits("RU/Moscow/AS12389"), bits("CN/云南省/AS4134"), bits("CN/浙江省/AS9808"));
        assert!(
            abroad >= 13.0 && (9.0..=10.0).contains(&province) && network <= 5.0,
            "{abroad} {province} {network}"
        );
        assert_eq!(bits("CN/浙江省/AS4134"), 0.0);
    }

    fn item(value: &str) -> Item {
        Item { value: value.into(), first: Default::default(), last: Default::default(), refs: Vec::new() }
    }
}
