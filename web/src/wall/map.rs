//! The region's map: a GeoJSON file by configuration, checked once and sent as it is.

use std::path::Path;

use bytes::Bytes;
use serde_json::Value;

/// More than any region's map, simplified for a screen.
const MAP_BYTES_MAX: u64 = 16 << 20;

/// GeoJSON: polygons with `name` (counties, as the register calls them) and lines of `kind` river or road.
#[derive(Debug, Clone, Default)]
pub(crate) struct RegionMap(Option<Bytes>);

impl RegionMap {
    /// An empty path is no map: units are then shown by county without one.
    ///
    /// # Errors
    /// A file that cannot be read, is too large, or is no collection of features with polygons.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        if path.as_os_str().is_empty() {
            return Ok(Self(None));
        }
        let told = |reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
        let size = std::fs::metadata(path).map_err(|e| told(&e))?.len();
        if size > MAP_BYTES_MAX {
            return Err(told(&format_args!("{size} bytes; {MAP_BYTES_MAX} at most")));
        }
        let bytes = std::fs::read(path).map_err(|e| told(&e))?;
        let map: Value = serde_json::from_slice(&bytes).map_err(|e| told(&e))?;
        let features = map["features"].as_array().map_or(&[][..], Vec::as_slice);
        let polygons = features.iter().filter(|f| {
            let kind = f["geometry"]["type"].as_str();
            matches!(kind, Some("Polygon" | "MultiPolygon")) && f["properties"]["name"].is_string()
        });
        if map["type"] != "FeatureCollection" || polygons.count() == 0 {
            return Err(told(&"no GeoJSON with named polygons"));
        }
        Ok(Self(Some(Bytes::from(bytes))))
    }

    pub(crate) fn bytes(&self) -> Option<Bytes> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_map_is_taken_and_what_is_none_is_refused() {
        let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/demo/map.geojson");
        assert!(RegionMap::read(Path::new(demo)).expect("a map").bytes().is_some());
        assert!(RegionMap::read(Path::new("")).expect("none").bytes().is_none());
        for (name, content) in
            [("a", "{}"), ("b", "no json"), ("c", r#"{"type":"FeatureCollection","features":[]}"#)]
        {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("written");
            let refused = RegionMap::read(&path).expect_err("refused");
            assert!(refused.contains(name), "{refused}");
        }
        assert!(RegionMap::read(Path::new("/nowhere/map.json")).is_err());
    }
}
