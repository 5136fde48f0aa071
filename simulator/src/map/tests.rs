use super::*;
use crate::model::Region;

/// The seed of the map that is shipped.
const SEED: u64 = 7;

fn inside(ring: &[Point], at: Point) -> bool {
    let crossings = ring.windows(2).filter(|p| {
        let [a, b] = [p[0], p[1]];
        (a[1] > at[1]) != (b[1] > at[1]) && at[0] < (b[0] - a[0]) * (at[1] - a[1]) / (b[1] - a[1]) + a[0]
    });
    crossings.count() % 2 == 1
}

#[test]
fn the_shipped_map_is_the_generators_own() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/demo/map.geojson");
    let expected = geojson(&Region::demo(), SEED);
    if std::env::var_os("WARD_REGENERATE").is_some() {
        std::fs::write(path, &expected).expect("written");
    }
    let shipped = std::fs::read_to_string(path).expect("deploy/demo/map.geojson");
    assert!(shipped == expected, "run this test once with WARD_REGENERATE=1");
    assert_ne!(geojson(&Region::demo(), SEED + 1), expected, "the seed matters");
}

#[test]
fn every_unit_stands_in_its_county_and_borders_are_shared() {
    let region = Region::demo();
    for seed in SEED..SEED + 5 {
        let ground = Ground::of(&region, seed);
        let rings = border::counties(&ground);
        assert_eq!(rings.len(), 5);
        for unit in &region.units {
            let spec = unit.spec;
            let at: Vec<&str> = rings
                .iter()
                .filter(|(_, ring)| inside(ring, spec.position))
                .map(|(county, _)| ground.counties[*county].as_str())
                .collect();
            assert_eq!(at, [spec.county], "{} with seed {seed}", spec.id);
        }
        // Each stretch of border belongs to one county (the edge) or to two, once in either direction.
        let mut stretches: std::collections::BTreeMap<String, i32> = std::collections::BTreeMap::new();
        for (_, ring) in &rings {
            assert_eq!(ring.first(), ring.last(), "closed");
            assert!(border::area(ring) > 0.0, "counter-clockwise");
            for p in ring.windows(2) {
                let (forth, back) = (format!("{:?}{:?}", p[0], p[1]), format!("{:?}{:?}", p[1], p[0]));
                *stretches.entry(if forth < back { forth } else { back }).or_default() += 1;
            }
        }
        assert!(stretches.values().all(|n| *n <= 2));
        assert!(stretches.values().filter(|n| **n == 2).count() > 100, "neighbours share their borders");
    }
}

#[test]
fn rivers_and_roads_stay_in_the_region() {
    let ground = Ground::of(&Region::demo(), SEED);
    let lines = lines::lines(&ground, SEED);
    assert!(lines.iter().filter(|l| l.kind == "river").count() >= 2);
    assert!(lines.iter().filter(|l| l.kind == "road").count() >= 5);
    assert!(lines.iter().flat_map(|l| &l.points).all(|p| ground.county_at(*p).is_some()));
}
