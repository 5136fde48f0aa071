//! Assets: what was found, who talks to it, and what was alerted on it.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::{Micros, UnitId};

use super::{
    QueryError, Reader,
    events::events_since,
    sql::{Sql, Table},
};
use crate::scope::Scope;

/// One found asset. Times in µs.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct AssetRow {
    pub hospital: String,
    /// `address`, `host`, `database`.
    pub form: String,
    pub name: String,
    pub host: String,
    pub mac: String,
    /// The guess at what it is.
    pub kind: String,
    pub zone: String,
    pub protocols: Vec<String>,
    pub ports: Vec<u64>,
    pub service_bytes: Vec<u64>,
    pub service_first: Vec<u64>,
    pub sources: Vec<String>,
    pub first_seen: i64,
    pub last_seen: i64,
}

/// When a machine was last seen, by its address and its name in lower case.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct HeardRow {
    pub hospital: String,
    pub name: String,
    pub host: String,
    pub last_seen: i64,
}

/// How many things there are.
#[derive(Debug, Clone, Default, Row, Deserialize)]
pub(crate) struct AssetCount {
    pub all: u64,
    /// That answer on a port.
    pub servers: u64,
}

/// One peer of an address, on one port, over the time asked for.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct PeerRow {
    pub peer: String,
    pub port: u64,
    pub flows: u64,
    pub volume: u64,
    pub last: i64,
}

/// What was alerted on an entity.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct EntityAlerts {
    pub hospital: String,
    pub entity_type: String,
    pub entity: String,
    /// The gravest level's rank: 1 informational … 5 critical.
    pub worst: u64,
}

/// Which of a unit's assets are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// What answers on a port, and databases.
    Servers,
    All,
}

/// A unit has 8,192 at most; of a region servers alone are listed.
const ROWS_MAX: i64 = 20_000;
/// Of a region of a thousand units with as many servers as a large one has.
const ANSWERING_MAX: i64 = 500_000;
/// Names of one statement: the store reads statements of 256 KB.
const NAMES_MAX: usize = 2_000;
const PEERS_MAX: i64 = 25;
const ENTITIES_MAX: i64 = 20_000;

const NEWEST: &str = "hospital, asset_type, asset, same_as, host, mac, kind, zone, \
    services.protocol AS protocols, services.port AS ports, services.bytes AS service_bytes, \
    services.first_seen AS service_first, sources, \
    toUnixTimestamp64Micro(first_seen) AS first_us, toUnixTimestamp64Micro(last_seen) AS last_us";
const NEWEST_OF_KEY: &str =
    "ORDER BY hospital, asset_type, asset, t.time DESC LIMIT 1 BY hospital, asset_type, asset";
const ROW: &str = "toString(hospital) AS hospital, toString(asset_type) AS form, toString(asset) AS name, host, mac, \
    toString(kind) AS kind, toString(zone) AS zone, protocols, ports, service_bytes, service_first, sources, first_us AS first_seen, last_us AS last_seen";

/// Which end of a conversation an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Asks,
    IsAsked,
}

impl Reader {
    /// Found assets, by unit, kind of identity and name.
    pub(crate) async fn assets(
        &self,
        scope: &Scope,
        unit: Option<&UnitId>,
        which: Found,
    ) -> Result<Vec<AssetRow>, QueryError> {
        let inner = Sql::select(NEWEST, Table::AssetNow, &scope.narrow(unit));
        let mut sql = Sql::over(ROW, inner.then(NEWEST_OF_KEY)).and("same_as = ''");
        if which == Found::Servers {
            sql = sql.and("(notEmpty(ports) OR asset_type = 'database')");
        }
        self.rows(sql.then_with("ORDER BY hospital, form, name LIMIT ?", [ROWS_MAX.into()])).await
    }

    /// What answers on a port, and databases, seen since then; names and addresses in lower case.
    pub(crate) async fn answering(&self, scope: &Scope, since: Micros) -> Result<Vec<HeardRow>, QueryError> {
        let newest = "hospital, asset_type, asset, host, same_as, services.port AS ports, \
            toUnixTimestamp64Micro(last_seen) AS last_us";
        let columns = "toString(hospital) AS hospital, lower(asset) AS name, lower(host) AS host, \
            last_us AS last_seen";
        let inner = Sql::select(newest, Table::AssetNow, scope).then(NEWEST_OF_KEY);
        let sql = Sql::over(columns, inner)
            .and("same_as = '' AND (notEmpty(ports) OR asset_type = 'database')")
            .and_with("last_us >= ?", [since.0.into()]);
        self.rows(sql.then_with("ORDER BY hospital, name LIMIT ?", [ANSWERING_MAX.into()])).await
    }

    /// When these machines were last seen; names and addresses in lower case.
    pub(crate) async fn heard(&self, scope: &Scope, names: &[String]) -> Result<Vec<HeardRow>, QueryError> {
        let mut rows = Vec::new();
        for names in names.chunks(NAMES_MAX) {
            let inner = Sql::select(
                "hospital, asset_type, asset, host, toUnixTimestamp64Micro(last_seen) AS last_us",
                Table::AssetNow,
                scope,
            )
            .and_with(
                "(lower(asset) IN ? OR lower(host) IN ?)",
                [names.to_vec().into(), names.to_vec().into()],
            )
            .then(NEWEST_OF_KEY);
            let columns = "toString(hospital) AS hospital, lower(asset) AS name, lower(host) AS host, \
                last_us AS last_seen";
            rows.extend(self.rows::<HeardRow>(Sql::over(columns, inner)).await?);
        }
        Ok(rows)
    }

    /// How many there are that were first seen since then.
    pub(crate) async fn asset_counts(
        &self,
        scope: &Scope,
        since: Micros,
    ) -> Result<Vec<AssetCount>, QueryError> {
        let inner = Sql::select(
            "hospital, asset_type, asset, same_as, notEmpty(services.port) OR asset_type = 'database' AS serves, \
             toUnixTimestamp64Micro(first_seen) AS first_us",
            Table::AssetNow,
            scope,
        )
        .then(NEWEST_OF_KEY);
        let sql = Sql::over("count() AS all, countIf(serves) AS servers", inner)
            .and_with("same_as = '' AND first_us >= ?", [since.0.into()]);
        self.rows(sql).await
    }

    /// With whom an address talked since `from`, by the peer's port or its own, busiest first.
    pub(crate) async fn peers(
        &self,
        scope: &Scope,
        unit: &UnitId,
        address: &str,
        side: Side,
        from: Micros,
    ) -> Result<Vec<PeerRow>, QueryError> {
        macro_rules! of {
            ($peer:literal) => {
                concat!(
                    "replaceOne(toString(",
                    $peer,
                    "), '::ffff:', '') AS peer, toUInt64(t.dst_port) AS port, count() AS flows, \
                     sum(greatest(t.bytes, t.bytes_in + t.bytes_out)) AS volume, \
                     max(toUnixTimestamp64Micro(t.time)) AS last"
                )
            };
        }
        let (columns, own) = match side {
            Side::Asks => (of!("t.dst_ip"), "t.src_ip = toIPv6OrDefault(?)"),
            Side::IsAsked => (of!("t.src_ip"), "t.dst_ip = toIPv6OrDefault(?)"),
        };
        let sql = events_since(columns, &scope.narrow(Some(unit)), from)
            .and_with(own, [address.into()])
            .and("t.class_uid BETWEEN 4001 AND 4007")
            .then_with("GROUP BY peer, port ORDER BY flows DESC, peer, port LIMIT ?", [PEERS_MAX.into()]);
        self.rows(sql).await
    }

    /// What was alerted on each entity since `from`.
    pub(crate) async fn entity_alerts(
        &self,
        scope: &Scope,
        from: Micros,
    ) -> Result<Vec<EntityAlerts>, QueryError> {
        let newest = Sql::select(
            "hospital, alert_id, revision, indexOf(['informational', 'low', 'medium', 'high', 'critical'], level) AS rank, \
             arrayJoin(arrayZip(entities.type, entities.value)) AS pair",
            Table::Alerts,
            scope,
        )
        .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()])
        .then("ORDER BY revision DESC LIMIT 1 BY alert_id, pair");
        let sql = Sql::over(
            "toString(hospital) AS hospital, toString(pair.1) AS entity_type, toString(pair.2) AS entity, \
             toUInt64(max(rank)) AS worst",
            newest,
        );
        let tail = "GROUP BY hospital, entity_type, entity ORDER BY worst DESC, hospital, entity LIMIT ?";
        self.rows(sql.then_with(tail, [ENTITIES_MAX.into()])).await
    }
}
