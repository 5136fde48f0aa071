//! `DIR/endpoints.json`: what listens where, written when all of it does.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};

/// Replaces the file in one step, so that a reader sees the old one, none, or the whole new one.
pub(crate) fn write(dir: &Path, endpoints: &BTreeMap<String, String>) -> Result<()> {
    let path = dir.join("endpoints.json");
    let temporary = dir.join("endpoints.json.new");
    std::fs::write(&temporary, serde_json::to_vec_pretty(endpoints)?)
        .and_then(|()| std::fs::rename(&temporary, &path))
        .with_context(|| format!("writing {}", path.display()))
}

pub(crate) fn remove(dir: &Path) {
    // Not there is as good.
    let _ = std::fs::remove_file(dir.join("endpoints.json"));
}
