//! A recording of a whole data directory's log, from a fresh shard on: what `ward admin record` makes and
//! `ward detect --recording` replays to the same alerts.

use std::{path::Path, sync::Arc};

use ward_event::{Micros, config::Config, topic::Topic};
use ward_store::log::Log;

use super::{RunError, follow, saved::Saved};
use crate::{
    enrich::GeoIp,
    recording::{Manifest, Start, record},
    rules::RuleSet,
    shard::{Settings, Shard},
};

/// Records everything the log holds, to its last clock record not later than `until`.
///
/// # Errors
/// A directory without a snapshot (detection has never run there), a log that no longer holds its
/// beginning, a folder that cannot be written.
pub async fn record_all(
    config: &Config,
    log: Arc<dyn Log>,
    until: Micros,
    out: &Path,
) -> Result<Manifest, RunError> {
    let saved = Saved::new(&config.data.join("analyze"))?;
    let Some((head, _)) = saved.read()? else {
        return Err(saved.error(&"detection has never run on this directory"));
    };
    let geoip = GeoIp::open(&config.analyze.geoip_city, &config.analyze.geoip_asn)?;
    let first = follow::first_register(&log).await?;
    let shard = Shard::new(
        Settings::from_config(config),
        first,
        Arc::new(RuleSet::load(&[]).0),
        geoip.version(),
        head.producer,
    );
    let snapshot = shard.snapshot().map_err(|e| saved.error(&e))?;
    // Before a topic's first kept record there is nothing to begin at.
    let start = Start { snapshot, rules: Vec::new(), cursor: [(Topic::CLOCK, 0)].into() };
    record(log.as_ref(), &start, until, out)
        .await
        .map_err(|e| RunError::Snapshot { path: out.into(), reason: e.to_string() })
}
