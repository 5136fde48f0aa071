//! Rivers and roads: smooth lines through given places, bent by noise, cut at the region's edge.

use super::{
    Point,
    ground::{Ground, Noise, distance},
};

pub(super) struct Line {
    pub kind: &'static str,
    pub name: &'static str,
    pub points: Vec<Point>,
}

/// The river through the city from the hills to the reed lakes, and its tributary.
const RIVERS: [(&str, &[Point]); 2] = [
    (
        "澜江",
        &[
            [121.86, 30.12],
            [122.07, 29.86],
            [122.29, 29.79],
            [122.44, 29.705],
            [122.56, 29.62],
            [122.66, 29.52],
            [122.72, 29.4],
            [122.74, 29.1],
        ],
    ),
    ("云溪", &[[122.99, 30.22], [122.79, 29.94], [122.65, 29.87], [122.54, 29.775], [122.455, 29.698]]),
];

pub(super) fn lines(ground: &Ground, seed: u64) -> Vec<Line> {
    let noise = Noise(seed);
    let rivers = RIVERS.iter().flat_map(|(name, through)| {
        let bent = bent(through, &noise, 0.022);
        within(ground, bent).into_iter().map(|points| Line { kind: "river", name, points })
    });
    let roads = roads(ground).into_iter().flat_map(|through| {
        let bent = bent(&through, &noise, 0.03);
        within(ground, bent).into_iter().map(|points| Line { kind: "road", name: "", points })
    });
    rivers.chain(roads).collect()
}

/// Roads from seat to seat (the shortest tree that joins all), and on from the outer seats to the edge.
fn roads(ground: &Ground) -> Vec<Vec<Point>> {
    let seats = &ground.seats;
    let mut joined = vec![0];
    let mut roads = Vec::new();
    while joined.len() < seats.len() {
        let pairs = joined.iter().flat_map(|a| (0..seats.len()).map(move |b| (*a, b)));
        let free = pairs.filter(|(_, b)| !joined.contains(b));
        let nearest =
            free.min_by(|p, q| distance(seats[p.0], seats[p.1]).total_cmp(&distance(seats[q.0], seats[q.1])));
        let Some((a, b)) = nearest else { break };
        joined.push(b);
        roads.push(vec![seats[a], seats[b]]);
        let away = [0, 1].map(|i| seats[b][i] + 1.3 * (seats[b][i] - seats[0][i]));
        roads.push(vec![seats[b], away]);
    }
    roads
}

/// A Catmull-Rom curve through the places, pushed about by noise between them.
fn bent(through: &[Point], noise: &Noise, strength: f64) -> Vec<Point> {
    const STEPS: usize = 14;
    let mut points = Vec::new();
    for i in 0..through.len() - 1 {
        let at = |k: usize| through[k.min(through.len() - 1)];
        let [a, b, c, d] = [at(i.saturating_sub(1)), at(i), at(i + 1), at(i + 2)];
        for step in 0..=STEPS {
            if step == STEPS && i + 2 < through.len() {
                break;
            }
            let t = step as f64 / STEPS as f64;
            let curve = |x: usize| {
                let (t2, t3) = (t * t, t * t * t);
                0.5 * (2.0 * b[x]
                    + (c[x] - a[x]) * t
                    + (2.0 * a[x] - 5.0 * b[x] + 4.0 * c[x] - d[x]) * t2
                    + (3.0 * b[x] - a[x] - 3.0 * c[x] + d[x]) * t3)
            };
            let p = [curve(0), curve(1)];
            // Straight at the places themselves.
            let ease = (std::f64::consts::PI * t).sin() * strength;
            points.push([p[0] + ease * noise.at(p, 0.07, 5), p[1] + ease * noise.at(p, 0.07, 6)]);
        }
    }
    points
}

/// The parts of a line that lie in the region.
fn within(ground: &Ground, points: Vec<Point>) -> Vec<Vec<Point>> {
    let mut parts: Vec<Vec<Point>> = vec![Vec::new()];
    for p in points {
        if ground.county_at(p).is_some() {
            if let Some(part) = parts.last_mut() {
                part.push(p);
            }
        } else if parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(Vec::new());
        }
    }
    parts.retain(|part| part.len() > 1);
    parts
}
