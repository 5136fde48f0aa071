//! The map of the invented region, as GeoJSON: counties that share their borders, rivers, roads. A
//! function of its seed alone; the units' own positions decide which ground belongs to which county.

mod border;
mod ground;
mod lines;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

pub use self::ground::Ground;
use crate::model::Region;

/// Names in English of the counties, which the register does not carry.
const ENGLISH: [(&str, &str); 5] = [
    ("澜江区", "Lanjiang"),
    ("云溪区", "Yunxi"),
    ("望川县", "Wangchuan"),
    ("鹿原县", "Luyuan"),
    ("苇湖县", "Weihu"),
];

pub(crate) type Point = [f64; 2];

/// GeoJSON (RFC 7946): counties as polygons with `kind`, `name`, `name_en`, `seat`; rivers and roads as lines.
pub fn geojson(region: &Region, seed: u64) -> String {
    let ground = Ground::of(region, seed);
    let mut features: Vec<Value> = border::counties(&ground)
        .into_iter()
        .map(|(county, ring)| {
            let name = &ground.counties[county];
            let english = ENGLISH.iter().find(|(zh, _)| zh == name).map_or("", |(_, en)| en);
            let properties =
                json!({ "kind": "county", "name": name, "name_en": english, "seat": ground.seats[county] });
            feature(properties, "Polygon", json!([rounded(&ring)]))
        })
        .collect();
    for line in lines::lines(&ground, seed) {
        let properties = json!({ "kind": line.kind, "name": line.name });
        features.push(feature(properties, "LineString", json!(rounded(&line.points))));
    }
    let lines: Vec<String> = features.iter().map(Value::to_string).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", lines.join(",\n"))
}

fn feature(properties: Value, kind: &str, coordinates: Value) -> Value {
    json!({ "type": "Feature", "properties": properties, "geometry": { "type": kind, "coordinates": coordinates } })
}

/// A tenth of a thousandth of a degree is ten metres.
fn rounded(points: &[Point]) -> Vec<Point> {
    points.iter().map(|p| p.map(|x| (x * 1e4).round() / 1e4)).collect()
}
