//! Where the nodes of a graph stand: two columns beside the entity, group under group. The same neighbours always
//! give the same picture, and nothing moves.

use std::{collections::BTreeMap, net::IpAddr};

use crate::story::{Neighbour, Tie};

/// The picture's own units.
pub(super) const WIDTH: i32 = 1120;
pub(super) const NODE: (i32, i32) = (316, 28);
/// The entity in the middle.
pub(super) const CENTRE: (i32, i32) = (228, 56);
const GAP: i32 = 6;
const HEAD: i32 = 26;
/// Nodes of one tie; what is more is folded.
const OF_TIE_MAX: usize = 8;

/// What one node stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stands<'a> {
    One(&'a Neighbour),
    /// Addresses of one network (a /24, or a /64).
    Net(String, Vec<&'a Neighbour>),
    Rest(Vec<&'a Neighbour>),
}

impl Stands<'_> {
    pub(super) fn all(&self) -> &[&Neighbour] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Net(_, all) | Self::Rest(all) => all,
        }
    }
}

/// One node with its place: its left upper corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node<'a> {
    pub x: i32,
    pub y: i32,
    pub stands: Stands<'a>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group<'a> {
    pub tie: Tie,
    pub x: i32,
    /// Of its heading's base line.
    pub y: i32,
    pub nodes: Vec<Node<'a>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout<'a> {
    pub height: i32,
    pub groups: Vec<Group<'a>>,
}

/// Puts neighbours into their places. `by_kind` draws addresses that alerts name on the left, too: of a hospital
/// there is nothing else.
pub(super) fn layout(neighbours: &[Neighbour], by_kind: bool) -> Layout<'_> {
    let mut sides = [Vec::new(), Vec::new()];
    for tie in Tie::ALL {
        let of_tie: Vec<&Neighbour> = neighbours.iter().filter(|n| n.tie == tie).collect();
        let (left, right): (Vec<_>, Vec<_>) =
            of_tie.into_iter().partition(|n| tie.is_inward() || (by_kind && n.kind == "ip"));
        for (side, all) in sides.iter_mut().zip([left, right]) {
            if !all.is_empty() {
                side.push((tie, fold(all)));
            }
        }
    }
    let tall = |side: &[(Tie, Vec<Stands<'_>>)]| {
        side.iter().map(|(_, nodes)| HEAD + height_of(nodes.len())).sum::<i32>()
    };
    let height = tall(&sides[0]).max(tall(&sides[1])).max(CENTRE.1 + 2 * HEAD) + GAP;
    let mut groups = Vec::new();
    for (side, x) in sides.into_iter().zip([0, WIDTH - NODE.0]) {
        let mut y = (height - tall(&side)) / 2;
        for (tie, stands) in side {
            let head = y + HEAD - 9;
            y += HEAD;
            let mut nodes = Vec::with_capacity(stands.len());
            for stands in stands {
                nodes.push(Node { x, y, stands });
                y += NODE.1 + GAP;
            }
            groups.push(Group { tie, x, y: head, nodes });
        }
    }
    Layout { height, groups }
}

fn height_of(nodes: usize) -> i32 {
    i32::try_from(nodes).unwrap_or(0) * (NODE.1 + GAP)
}

/// At most [`OF_TIE_MAX`] nodes: first the gravest and busiest, then networks, then all that is left.
fn fold(all: Vec<&Neighbour>) -> Vec<Stands<'_>> {
    if all.len() <= OF_TIE_MAX {
        return all.into_iter().map(Stands::One).collect();
    }
    let (alone, rest) = all.split_at(OF_TIE_MAX / 2);
    let mut nodes: Vec<Stands<'_>> = alone.iter().map(|n| Stands::One(n)).collect();
    let mut nets: BTreeMap<String, Vec<&Neighbour>> = BTreeMap::new();
    let mut left = Vec::new();
    for one in rest {
        match net(one) {
            Some(net) => nets.entry(net).or_default().push(one),
            None => left.push(*one),
        }
    }
    let mut nets: Vec<_> = nets.into_iter().collect();
    nets.sort_by(|a, b| (b.1.len(), &a.0).cmp(&(a.1.len(), &b.0)));
    for (net, of_net) in nets {
        if nodes.len() + 1 < OF_TIE_MAX && of_net.len() > 1 {
            nodes.push(Stands::Net(net, of_net));
        } else {
            left.extend(of_net);
        }
    }
    match left.as_slice() {
        [] => {}
        [one] => nodes.push(Stands::One(one)),
        _ => nodes.push(Stands::Rest(left)),
    }
    nodes
}

/// The network that an address is folded into.
fn net(one: &Neighbour) -> Option<String> {
    if one.kind != "ip" {
        return None;
    }
    match one.value.parse().ok()? {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Some(format!("{}/64", std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use ward_event::Micros;

    use super::*;

    fn caller(value: String) -> Neighbour {
        Neighbour {
            kind: "ip".into(),
            value,
            tie: Tie::Caller,
            count: 1,
            failed: 0,
            ports: Vec::new(),
            worst: None,
            last: Micros(0),
        }
    }

    #[test]
    fn many_addresses_are_folded_by_network_and_none_is_lost() {
        let all: Vec<Neighbour> = (0..120).map(|n| caller(format!("10.0.{}.{}", n % 7, n))).collect();
        let made = layout(&all, false);
        let [group] = made.groups.as_slice() else { panic!("one group: {made:?}") };
        assert_eq!(group.nodes.len(), OF_TIE_MAX);
        assert_eq!(group.nodes.iter().map(|n| n.stands.all().len()).sum::<usize>(), 120);
        assert!(matches!(&group.nodes[4].stands, Stands::Net(net, _) if net == "10.0.0.0/24"), "{group:?}");
        assert!(matches!(group.nodes[7].stands, Stands::Rest(_)));
        assert_eq!(made, layout(&all, false), "the same picture again");
    }

    #[test]
    fn no_two_nodes_lie_on_each_other_and_all_lie_in_the_picture() {
        let ties = Tie::ALL.into_iter().flat_map(|tie| (0..9).map(move |n| (tie, n)));
        let all: Vec<Neighbour> = ties
            .map(|(tie, n)| Neighbour { tie, kind: "account".into(), ..caller(format!("u{n}")) })
            .collect();
        let made = layout(&all, false);
        let nodes: Vec<&Node<'_>> = made.groups.iter().flat_map(|g| &g.nodes).collect();
        for (i, a) in nodes.iter().enumerate() {
            assert!(a.y >= 0 && a.y + NODE.1 <= made.height && a.x >= 0 && a.x + NODE.0 <= WIDTH, "{a:?}");
            let hits = |b: &&&Node<'_>| a.x == b.x && (a.y - b.y).abs() < NODE.1;
            assert_eq!(nodes[i + 1..].iter().filter(hits).count(), 0, "{a:?}");
        }
    }
}
