//! Borders of the grid's counties as smooth lines. A line between two counties is made once and both
//! use it, so that no gap and no overlap can be between them.

use std::collections::BTreeMap;

use super::{
    Point,
    ground::{CELL, Ground},
};

/// A corner of cells.
type Corner = (i64, i64);

/// A border between two junctions, or a closed one.
struct Chain {
    sides: [Option<usize>; 2],
    corners: Vec<Corner>,
    points: Vec<Point>,
}

/// Each county with its ring: closed, counter-clockwise.
pub(super) fn counties(ground: &Ground) -> Vec<(usize, Vec<Point>)> {
    let chains = chains(ground);
    (0..ground.counties.len()).map(|county| (county, ring(&chains, county))).collect()
}

/// The four steps from a corner, and the cells on the left and right of each.
const STEPS: [(i64, i64); 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

fn sides(ground: &Ground, (x, y): Corner, step: (i64, i64)) -> [Option<usize>; 2] {
    match step {
        (1, 0) => [ground.cell(x, y), ground.cell(x, y - 1)],
        (-1, 0) => [ground.cell(x - 1, y - 1), ground.cell(x - 1, y)],
        (0, 1) => [ground.cell(x - 1, y), ground.cell(x, y)],
        _ => [ground.cell(x, y - 1), ground.cell(x - 1, y - 1)],
    }
}

fn chains(ground: &Ground) -> Vec<Chain> {
    let mut edges: BTreeMap<Corner, Vec<(i64, i64)>> = BTreeMap::new();
    for y in 0..=ground.height as i64 {
        for x in 0..=ground.width as i64 {
            let of = STEPS.into_iter().filter(|s| {
                let [left, right] = sides(ground, (x, y), *s);
                left != right
            });
            let of: Vec<_> = of.collect();
            if !of.is_empty() {
                edges.insert((x, y), of);
            }
        }
    }
    let mut used = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    let junctions: Vec<Corner> = edges.iter().filter(|(_, e)| e.len() != 2).map(|(c, _)| *c).collect();
    let all: Vec<Corner> = edges.keys().copied().collect();
    // From junctions first; what is left are closed rings.
    for start in junctions.into_iter().chain(all) {
        for step in edges[&start].clone() {
            if used.contains(&(start, step)) {
                continue;
            }
            let mut corners = vec![start];
            let (mut at, mut going) = (start, step);
            loop {
                used.insert((at, going));
                at = (at.0 + going.0, at.1 + going.1);
                used.insert((at, (-going.0, -going.1)));
                corners.push(at);
                let onward = &edges[&at];
                if onward.len() != 2 || at == start {
                    break;
                }
                let back = (-going.0, -going.1);
                going = if onward[0] == back { onward[1] } else { onward[0] };
            }
            let points = smooth(ground, &corners);
            found.push(Chain { sides: sides(ground, start, step), corners, points });
        }
    }
    found
}

/// Rounds the stairs off; the ends stay, since other chains end there too.
fn smooth(ground: &Ground, corners: &[Corner]) -> Vec<Point> {
    let place = |c: &Corner| [ground.origin[0] + c.0 as f64 * CELL, ground.origin[1] + c.1 as f64 * CELL];
    let mut points: Vec<Point> = corners.iter().map(place).collect();
    let closed = corners.first() == corners.last();
    for _ in 0..4 {
        let before = points.clone();
        let last = before.len() - 1;
        for i in 0..before.len() {
            let (previous, next) = match i {
                0 if closed => (before[last - 1], before[1]),
                0 => continue,
                i if i == last && closed => (before[last - 1], before[1]),
                i if i == last => continue,
                i => (before[i - 1], before[i + 1]),
            };
            points[i] = [0, 1].map(|a| (previous[a] + 2.0 * before[i][a] + next[a]) / 4.0);
        }
    }
    // Every second point of a line this smooth says nothing.
    let last = points.len() - 1;
    points.into_iter().enumerate().filter(|(i, _)| i % 2 == 0 || *i == last).map(|(_, p)| p).collect()
}

fn ring(chains: &[Chain], county: usize) -> Vec<Point> {
    let mut left: Vec<&Chain> = chains.iter().filter(|c| c.sides.contains(&Some(county))).collect();
    let mut points: Vec<Point> = Vec::new();
    let Some(first) = left.pop() else { return points };
    points.extend(&first.points);
    let mut end = first.corners.last().copied();
    while let Some(i) = left.iter().position(|c| {
        let ends = [c.corners.first().copied(), c.corners.last().copied()];
        ends.contains(&end)
    }) {
        let next = left.swap_remove(i);
        if next.corners.first().copied() == end {
            points.extend(next.points.iter().skip(1));
            end = next.corners.last().copied();
        } else {
            points.extend(next.points.iter().rev().skip(1));
            end = next.corners.first().copied();
        }
    }
    if area(&points) < 0.0 {
        points.reverse();
    }
    points
}

/// Twice the signed area.
pub(super) fn area(ring: &[Point]) -> f64 {
    ring.windows(2).map(|p| p[0][0] * p[1][1] - p[1][0] * p[0][1]).sum()
}
