//! Which ground belongs to which county, on a fine grid: to that of the nearest unit, with a border
//! that noise bends; what lies too far from all units is abroad.

use super::Point;
use crate::model::Region;

/// Degrees of a cell.
pub(super) const CELL: f64 = 0.009;
/// How far the region reaches beyond its outermost units.
const MARGIN: f64 = 0.1;
/// A degree of longitude against one of latitude, at this latitude.
const LON: f64 = 0.87;

/// The grid of cells; rows from south to north.
pub struct Ground {
    pub counties: Vec<String>,
    /// Each county's foremost unit, where roads meet.
    pub seats: Vec<Point>,
    pub(super) origin: Point,
    pub(super) width: usize,
    pub(super) height: usize,
    cells: Vec<Option<usize>>,
}

impl Ground {
    pub(super) fn of(region: &Region, seed: u64) -> Self {
        let mut counties: Vec<String> = Vec::new();
        let mut seats = Vec::new();
        let mut units: Vec<(Point, usize)> = Vec::new();
        for unit in &region.units {
            let spec = unit.spec;
            let known = counties.iter().position(|c| c == spec.county);
            let county = known.unwrap_or_else(|| {
                counties.push(spec.county.to_owned());
                seats.push(spec.position);
                counties.len() - 1
            });
            units.push((spec.position, county));
        }
        let bound = |axis: usize, pick: fn(f64, f64) -> f64, start: f64| {
            units.iter().map(|(p, _)| p[axis]).fold(start, pick)
        };
        let low = [0, 1].map(|axis| bound(axis, f64::min, f64::MAX) - 2.0 * MARGIN);
        let high = [0, 1].map(|axis| bound(axis, f64::max, f64::MIN) + 2.0 * MARGIN);
        let [width, height] = [0, 1].map(|axis| ((high[axis] - low[axis]) / CELL).ceil() as usize);
        let hull = hull(units.iter().map(|(p, _)| *p).collect());
        let mut ground = Self { counties, seats, origin: low, width, height, cells: Vec::new() };
        let noise = Noise(seed);
        ground.cells = (0..width * height)
            .map(|i| {
                let at = ground.centre(i % width, i / width);
                let bend = [noise.at(at, 0.11, 1), noise.at(at, 0.11, 2)];
                let bent = [at[0] + 0.05 * bend[0], at[1] + 0.05 * bend[1]];
                let coast = 0.05 * noise.at(at, 0.2, 3)
                    + 0.035 * noise.at(at, 0.055, 4)
                    + 0.012 * noise.at(at, 0.025, 7);
                let nearest = units.iter().min_by(|a, b| {
                    // Close to a unit the bend fades: it stands on its own county's ground.
                    let far = |u: &Point| distance(at, *u).min(0.06) / 0.06;
                    let to = |u: &Point| distance(at, *u) * (1.0 - far(u)) + distance(bent, *u) * far(u);
                    to(&a.0).total_cmp(&to(&b.0))
                });
                nearest.filter(|_| outside(&hull, at) < MARGIN + coast).map(|(_, county)| *county)
            })
            .collect();
        ground.tidy();
        ground
    }

    fn centre(&self, x: usize, y: usize) -> Point {
        [self.origin[0] + (x as f64 + 0.5) * CELL, self.origin[1] + (y as f64 + 0.5) * CELL]
    }

    /// The county of a cell; `None` abroad and beyond the grid.
    pub(super) fn cell(&self, x: i64, y: i64) -> Option<usize> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        if x < self.width && y < self.height { self.cells[y * self.width + x] } else { None }
    }

    /// The county at a place.
    pub fn county_at(&self, at: Point) -> Option<usize> {
        let [x, y] = [0, 1].map(|axis| ((at[axis] - self.origin[axis]) / CELL).floor() as i64);
        self.cell(x, y)
    }

    /// Each county is one piece: smaller ones fall to a neighbour.
    fn tidy(&mut self) {
        let mut piece = vec![usize::MAX; self.cells.len()];
        let mut sizes: Vec<usize> = Vec::new();
        for start in 0..self.cells.len() {
            if piece[start] != usize::MAX {
                continue;
            }
            let (id, mut todo) = (sizes.len(), vec![start]);
            piece[start] = id;
            sizes.push(0);
            while let Some(i) = todo.pop() {
                sizes[id] += 1;
                for next in self.beside(i) {
                    if piece[next] == usize::MAX && self.cells[next] == self.cells[i] {
                        piece[next] = id;
                        todo.push(next);
                    }
                }
            }
        }
        for kind in std::iter::once(None).chain((0..self.counties.len()).map(Some)) {
            let of_kind = |i: &usize| self.cells[*i] == kind;
            let largest =
                (0..self.cells.len()).filter(of_kind).map(|i| piece[i]).max_by_key(|id| (sizes[*id], *id));
            let strays: Vec<usize> =
                (0..self.cells.len()).filter(|i| of_kind(i) && Some(piece[*i]) != largest).collect();
            for i in strays {
                let other = self.beside(i).map(|n| self.cells[n]).find(|c| *c != kind);
                self.cells[i] = other.unwrap_or(kind);
            }
        }
    }

    fn beside(&self, i: usize) -> impl Iterator<Item = usize> + use<> {
        let (w, h, x, y) = (self.width, self.height, i % self.width, i / self.width);
        let steps = [(x > 0, 1, true), (x + 1 < w, 1, false), (y > 0, w, true), (y + 1 < h, w, false)];
        steps
            .into_iter()
            .filter(|(fits, ..)| *fits)
            .map(move |(_, by, back)| if back { i - by } else { i + by })
    }
}

pub(super) fn distance(a: Point, b: Point) -> f64 {
    ((a[0] - b[0]) * LON).hypot(a[1] - b[1])
}

/// The convex hull, counter-clockwise (Andrew's monotone chain).
fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let turn = |o: Point, a: Point, b: Point| (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for p in points {
            while chain.len() > 1 && turn(chain[chain.len() - 2], chain[chain.len() - 1], p) <= 0.0 {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut lower = half(&mut points.iter().copied());
    lower.extend(half(&mut points.iter().rev().copied()));
    lower
}

/// How far a place lies outside a counter-clockwise hull; at most 0 within it.
fn outside(hull: &[Point], at: Point) -> f64 {
    let sides = hull.iter().zip(hull.iter().cycle().skip(1));
    let mut inside = true;
    let mut nearest = f64::MAX;
    for (a, b) in sides {
        let (ab, ap) = ([b[0] - a[0], b[1] - a[1]], [at[0] - a[0], at[1] - a[1]]);
        inside &= ab[0] * ap[1] - ab[1] * ap[0] >= 0.0;
        let share = ((ab[0] * ap[0] + ab[1] * ap[1]) / (ab[0] * ab[0] + ab[1] * ab[1])).clamp(0.0, 1.0);
        nearest = nearest.min(distance(at, [a[0] + share * ab[0], a[1] + share * ab[1]]));
    }
    if inside { -nearest } else { nearest }
}

/// Smooth noise of −1 … 1 over the map.
pub(super) struct Noise(pub u64);

impl Noise {
    /// `grain` in degrees; `layer` tells independent noises apart.
    pub(super) fn at(&self, at: Point, grain: f64, layer: u64) -> f64 {
        let [x, y] = at.map(|v| v / grain);
        let (left, low) = (x.floor(), y.floor());
        let ease = |t: f64| t * t * (3.0 - 2.0 * t);
        let (tx, ty) = (ease(x - left), ease(y - low));
        let corner = |dx: f64, dy: f64| self.hash((left + dx) as i64, (low + dy) as i64, layer);
        let south = corner(0.0, 0.0) * (1.0 - tx) + corner(1.0, 0.0) * tx;
        let north = corner(0.0, 1.0) * (1.0 - tx) + corner(1.0, 1.0) * tx;
        south * (1.0 - ty) + north * ty
    }

    fn hash(&self, x: i64, y: i64, layer: u64) -> f64 {
        let mut h = self.0 ^ layer.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for part in [x as u64, y as u64] {
            h = (h ^ part).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            h ^= h >> 29;
            h = h.wrapping_mul(0x94d0_49bb_1331_11eb);
            h ^= h >> 32;
        }
        (h >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}
