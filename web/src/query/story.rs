//! What stands beside one entity: who talks to it, who signs in on it, what alerts name it with, and since
//! when it is known.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::{Micros, UnitId};

use super::{
    EntityKey, QueryError, Reader, Side,
    entities::scores_since,
    events::{events_since, of_entity},
    sql::{Sql, Table},
};
use crate::scope::Scope;

/// One peer of an address, over all ports. Times in µs.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct TalkRow {
    pub peer: String,
    /// Of the side that is asked: the lowest few.
    pub ports: Vec<u64>,
    pub flows: u64,
    pub last: i64,
}

/// Who signed in where, from where; empty where the event does not say.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct SignInRow {
    pub account: String,
    pub host: String,
    pub address: String,
    pub count: u64,
    pub failed: u64,
    pub last: i64,
}

/// An entity that alerts name.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct BesideRow {
    pub kind: String,
    pub value: String,
    pub alerts: u64,
    /// The gravest level's rank: 1 informational … 5 critical.
    pub worst: u64,
    pub last: i64,
}

/// What was found of an asset when.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct KnownRow {
    pub hospital: String,
    /// `address`, `host`, `database`.
    pub form: String,
    pub name: String,
    pub first_seen: i64,
    pub last_seen: i64,
    pub ports: Vec<u64>,
    pub service_first: Vec<u64>,
    pub peers: Vec<String>,
    pub peer_flows: Vec<u64>,
}

/// A step of a score.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct StepRow {
    pub hospital: String,
    pub time: i64,
    pub score: f64,
    /// JSON array of `ward_event::alert::Reason`.
    pub reasons: String,
}

/// Rows of each kind: about as many as are drawn, and enough to fold the rest.
const TALKS_MAX: i64 = 200;
const SIGN_INS_MAX: i64 = 500;
const BESIDE_MAX: i64 = 150;
const KNOWN_MAX: i64 = 100;
const STEPS_MAX: i64 = 500;

impl Reader {
    /// With whom an address talked since `from`, busiest first.
    pub(crate) async fn talks(
        &self,
        scope: &Scope,
        unit: Option<&UnitId>,
        address: &str,
        side: Side,
        from: Micros,
    ) -> Result<Vec<TalkRow>, QueryError> {
        macro_rules! of {
            ($peer:literal) => {
                concat!(
                    "replaceOne(toString(",
                    $peer,
                    "), '::ffff:', '') AS peer, \
                     arraySlice(arraySort(groupUniqArray(20)(toUInt64(t.dst_port))), 1, 4) AS ports, \
                     count() AS flows, max(toUnixTimestamp64Micro(t.time)) AS last"
                )
            };
        }
        let (columns, own) = match side {
            Side::Asks => (of!("t.dst_ip"), "t.src_ip = toIPv6OrDefault(?) AND t.dst_ip != toIPv6('::')"),
            Side::IsAsked => (of!("t.src_ip"), "t.dst_ip = toIPv6OrDefault(?) AND t.src_ip != toIPv6('::')"),
        };
        let sql = events_since(columns, &scope.narrow(unit), from)
            .and_with(own, [address.into()])
            .and("t.class_uid BETWEEN 4001 AND 4007")
            .then_with("GROUP BY peer ORDER BY flows DESC, peer LIMIT ?", [TALKS_MAX.into()]);
        self.rows(sql).await
    }

    /// Sign-ins since `from` that an account, a host or an address had a part in, the most frequent first.
    pub(crate) async fn sign_ins(
        &self,
        scope: &Scope,
        key: &EntityKey,
        from: Micros,
    ) -> Result<Vec<SignInRow>, QueryError> {
        let columns = "toString(if(t.user_name = '', t.actor_user_name, t.user_name)) AS account, \
            toString(if(t.device_hostname = '', t.dst_hostname, t.device_hostname)) AS host, \
            replaceOne(toString(t.src_ip), '::ffff:', '') AS address, count() AS count, \
            countIf(lower(t.status) = 'failure') AS failed, max(toUnixTimestamp64Micro(t.time)) AS last";
        let sql = events_since(columns, &scope.narrow(key.unit.as_ref()), from).and("t.class_uid = 3002");
        let sql = of_entity(sql, &key.kind, &key.value).then_with(
            "GROUP BY account, host, address ORDER BY count DESC, account, host, address LIMIT ?",
            [SIGN_INS_MAX.into()],
        );
        self.rows(sql).await
    }

    /// The entities that stand in the same alerts since `from`; of a hospital, all that its alerts name.
    pub(crate) async fn beside(
        &self,
        scope: &Scope,
        key: &EntityKey,
        from: Micros,
    ) -> Result<Vec<BesideRow>, QueryError> {
        let mut newest = Sql::select(
            "alert_id, revision, indexOf(['informational', 'low', 'medium', 'high', 'critical'], level) AS rank, \
             toUnixTimestamp64Micro(time) AS time_us, arrayZip(entities.type, entities.value) AS pairs",
            Table::Alerts,
            &scope.narrow(key.unit.as_ref()),
        )
        .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()]);
        // Whom an alert names is what it is grouped by: all its revisions name them.
        if key.kind != "hospital" {
            newest = newest.and_with(
                "arrayExists((t, v) -> t = ? AND v = ?, entities.type, entities.value)",
                [key.kind.as_str().into(), key.value.as_str().into()],
            );
        }
        let newest = newest.newest_alerts();
        let named = Sql::over("arrayJoin(arrayDistinct(pairs)) AS pair, rank, time_us", newest);
        let columns = "toString(pair.1) AS kind, toString(pair.2) AS value, count() AS alerts, \
            toUInt64(max(rank)) AS worst, max(time_us) AS last";
        let sql = Sql::over(columns, named)
            .and_with(
                "pair.1 != 'hospital' AND NOT (pair.1 = ? AND pair.2 = ?)",
                [key.kind.as_str().into(), key.value.as_str().into()],
            )
            .then_with(
                "GROUP BY kind, value ORDER BY worst DESC, alerts DESC, kind, value LIMIT ?",
                [BESIDE_MAX.into()],
            );
        self.rows(sql).await
    }

    /// What was found of an address, a host or a database; of a hospital, what was first seen since `from`.
    pub(crate) async fn known(
        &self,
        scope: &Scope,
        key: &EntityKey,
        from: Micros,
    ) -> Result<Vec<KnownRow>, QueryError> {
        let newest = Sql::select(
            "hospital, asset_type, asset, same_as, toUnixTimestamp64Micro(first_seen) AS first_us, \
             toUnixTimestamp64Micro(last_seen) AS last_us, services.port AS ports, \
             services.first_seen AS service_first, peers.address AS peers, peers.flows AS peer_flows",
            Table::AssetNow,
            &scope.narrow(key.unit.as_ref()),
        );
        let newest = match key.kind.as_str() {
            "ip" => newest.and_with("asset_type = 'address' AND asset = ?", [key.value.as_str().into()]),
            "host" => newest.and_with(
                "(asset_type = 'host' AND lower(asset) = lower(?) OR lower(host) = lower(?))",
                [key.value.as_str().into(), key.value.as_str().into()],
            ),
            "database" => {
                newest.and_with("asset_type = 'database' AND asset = ?", [key.value.as_str().into()])
            }
            "hospital" => newest,
            _ => newest.and("0"),
        };
        let newest = newest
            .then("ORDER BY hospital, asset_type, asset, t.time DESC LIMIT 1 BY hospital, asset_type, asset");
        let columns = "toString(hospital) AS hospital, toString(asset_type) AS form, toString(asset) AS name, \
            first_us AS first_seen, last_us AS last_seen, ports, service_first, peers, peer_flows";
        let mut sql = Sql::over(columns, newest).and("same_as = ''");
        if key.kind == "hospital" {
            sql = sql.and_with("first_us >= ?", [from.0.into()]);
        }
        self.rows(sql.then_with("ORDER BY first_seen DESC, form, name LIMIT ?", [KNOWN_MAX.into()])).await
    }

    /// An entity's scores since `from` in each unit of the scope, oldest first.
    pub(crate) async fn score_steps(
        &self,
        scope: &Scope,
        key: &EntityKey,
        from: Micros,
    ) -> Result<Vec<StepRow>, QueryError> {
        let sql = scores_since(
            "toString(t.hospital) AS hospital, toUnixTimestamp64Micro(t.time) AS time, \
             toFloat64(t.score) AS score, t.reasons AS reasons",
            &scope.narrow(key.unit.as_ref()),
            from,
        )
        .and_with("entity_type = ? AND entity = ?", [key.kind.as_str().into(), key.value.as_str().into()])
        .then_with("ORDER BY time DESC LIMIT ?", [STEPS_MAX.into()]);
        let mut rows: Vec<StepRow> = self.rows(sql).await?;
        rows.reverse();
        Ok(rows)
    }
}
