//! Aggregates of the walls: what kind of alerts where and when, from where attacks come, what crosses the
//! border of the region's networks, what the databases say. Times in seconds or µs as named.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::{Micros, ocsf, time::MICROS_PER_HOUR};

use super::{
    QueryError, Reader,
    rates::minutes_since,
    sql::{Sql, Table},
};
use crate::scope::Scope;

/// Alerts of one rule, level and unit in one step of ten minutes, newest revisions only.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct AlertCell {
    pub rule_id: String,
    pub title: String,
    pub title_zh: String,
    pub level: String,
    pub techniques: Vec<String>,
    pub hospital: String,
    /// Steps of ten minutes since the epoch.
    pub step: i64,
    pub count: u64,
}

/// One of the newest alerts, with the first events it rests on.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct RecentAlert {
    pub alert_id: String,
    pub rule_id: String,
    pub title: String,
    pub title_zh: String,
    pub level: String,
    pub techniques: Vec<String>,
    /// µs, of the newest revision.
    pub time: i64,
    pub hospital: String,
    pub entity_types: Vec<String>,
    pub entity_values: Vec<String>,
    pub event_count: u64,
    pub event_producers: Vec<String>,
    pub event_seqs: Vec<u64>,
}

/// Where an event came from.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct PlaceRow {
    pub producer: String,
    pub seq: u64,
    /// ISO 3166 code.
    pub country: String,
    pub region: String,
    pub city: String,
}

/// Traffic that crosses the region's border, by what it is counted by.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct EdgeRow {
    /// A country's code, or a port as text.
    pub key: String,
    pub count: u64,
    /// Distinct addresses inside.
    pub hosts: u64,
    pub units: u64,
    pub bytes: u64,
}

/// What the database audits of one unit told.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct DatabaseRow {
    pub hospital: String,
    pub count: u64,
    /// Rows that statements read.
    pub rows: u64,
    pub users: u64,
}

/// Events of one kind in one step of a trend.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct ClassStep {
    /// Seconds since the epoch.
    pub start: u32,
    pub count: u64,
}

/// More alerts than a region has on two bad days.
const CELLS_MAX: i64 = 40_000;

/// The place of an alert is looked for in its first two events.
const NEWEST: &str = "alert_id, rule_id, title, title_zh, level, techniques, \
    toUnixTimestamp64Micro(time) AS time_us, hospital, entities.type AS entity_types, \
    entities.value AS entity_values, event_count, arraySlice(events.producer, 1, 2) AS event_producers, \
    arraySlice(events.seq, 1, 2) AS event_seqs";

const RECENT: &str = "alert_id, toString(rule_id) AS rule_id, toString(title) AS title, \
    toString(title_zh) AS title_zh, toString(level) AS level, techniques, time_us AS time, \
    toString(hospital) AS hospital, entity_types, entity_values, toUInt64(event_count) AS event_count, \
    event_producers, event_seqs";

const EDGE_TAIL: &str = "GROUP BY key ORDER BY count DESC, key LIMIT ?";

impl Reader {
    pub(crate) async fn alert_cells(
        &self,
        scope: &Scope,
        from: Micros,
    ) -> Result<Vec<AlertCell>, QueryError> {
        let inner = Sql::select(
            "alert_id, rule_id, title, title_zh, level, techniques, hospital, \
             toUnixTimestamp64Micro(time) AS time_us",
            Table::Alerts,
            scope,
        )
        .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()])
        .newest_alerts();
        let columns = "toString(rule_id) AS rule_id, toString(any(title)) AS title, \
            toString(any(title_zh)) AS title_zh, toString(level) AS level, any(techniques) AS techniques, \
            toString(hospital) AS hospital, intDiv(time_us, 600000000) AS step, count() AS count";
        let sql = Sql::over(columns, inner).then_with(
            "GROUP BY rule_id, level, hospital, step ORDER BY step DESC, count DESC, rule_id, hospital LIMIT ?",
            [CELLS_MAX.into()],
        );
        self.rows(sql).await
    }

    /// The newest alerts first.
    pub(crate) async fn recent_alerts(
        &self,
        scope: &Scope,
        from: Micros,
        limit: i64,
    ) -> Result<Vec<RecentAlert>, QueryError> {
        let inner = Sql::select(NEWEST, Table::Alerts, scope)
            .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()])
            .newest_alerts();
        let sql = Sql::over(RECENT, inner);
        self.rows(sql.then_with("ORDER BY time DESC, alert_id LIMIT ?", [limit.into()])).await
    }

    /// The places that events were sent from, of those that have one.
    pub(crate) async fn places(
        &self,
        scope: &Scope,
        refs: Vec<(String, u64)>,
        from: Micros,
    ) -> Result<Vec<PlaceRow>, QueryError> {
        if refs.is_empty() {
            return Ok(Vec::new());
        }
        let sql = Sql::select(
            "toString(producer) AS producer, toUInt64(seq) AS seq, toString(src_country) AS country, \
             toString(src_region) AS region, toString(src_city) AS city",
            Table::Events,
            scope,
        )
        .and_with("t.ingested_at >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()])
        .and("t.src_country != ''")
        .and_with("(producer, seq) IN ?", [refs.into()]);
        self.rows(sql.then("LIMIT 5000")).await
    }

    /// Connections from public addresses to the region's own, by the port they asked for.
    pub(crate) async fn inbound_ports(
        &self,
        scope: &Scope,
        from: Micros,
        limit: i64,
    ) -> Result<Vec<EdgeRow>, QueryError> {
        let columns = "toString(dst_port) AS key, count() AS count, uniq(hospital, dst_ip) AS hosts, \
            uniq(hospital) AS units, toUInt64(sum(t.bytes)) AS bytes";
        let sql = inbound(columns, scope, from).and("t.dst_port > 0");
        self.rows(sql.then_with(EDGE_TAIL, [limit.into()])).await
    }

    /// The same by the country they come from.
    pub(crate) async fn inbound_countries(
        &self,
        scope: &Scope,
        from: Micros,
        limit: i64,
    ) -> Result<Vec<EdgeRow>, QueryError> {
        let columns = "toString(src_country) AS key, count() AS count, uniq(hospital, dst_ip) AS hosts, \
            uniq(hospital) AS units, toUInt64(sum(t.bytes)) AS bytes";
        self.rows(inbound(columns, scope, from).then_with(EDGE_TAIL, [limit.into()])).await
    }

    /// What goes out to public addresses, by the country it goes to.
    pub(crate) async fn outbound_countries(
        &self,
        scope: &Scope,
        from: Micros,
        limit: i64,
    ) -> Result<Vec<EdgeRow>, QueryError> {
        let columns = "toString(dst_country) AS key, count() AS count, uniq(hospital, src_ip) AS hosts, \
            uniq(hospital) AS units, toUInt64(sum(if(t.bytes_out > 0, t.bytes_out, t.bytes))) AS bytes";
        let sql = received(columns, scope, from).and("t.dst_country != '' AND t.src_country = ''");
        let tail = "GROUP BY key ORDER BY bytes DESC, count DESC, key LIMIT ?";
        self.rows(sql.then_with(tail, [limit.into()])).await
    }

    /// What databases were asked, by unit.
    pub(crate) async fn database_use(
        &self,
        scope: &Scope,
        from: Micros,
    ) -> Result<Vec<DatabaseRow>, QueryError> {
        let columns = "toString(t.hospital) AS hospital, count() AS count, toUInt64(sum(t.rows)) AS rows, \
            uniq(if(user_name = '', actor_user_name, user_name)) AS users";
        let sql = received(columns, scope, from)
            .and_with("t.class_uid = ?", [i64::from(ocsf::DATASTORE_ACTIVITY).into()]);
        self.rows(sql.then("GROUP BY t.hospital ORDER BY count DESC, hospital LIMIT 2000")).await
    }

    /// Machines that were heard, by unit; an estimate within two per cent.
    pub(crate) async fn hosts_heard(
        &self,
        scope: &Scope,
        from: Micros,
    ) -> Result<Vec<(String, u64)>, QueryError> {
        #[derive(Row, Deserialize)]
        struct Heard {
            hospital: String,
            hosts: u64,
        }
        let columns = "toString(t.hospital) AS hospital, uniq(device_hostname) AS hosts";
        let sql = received(columns, scope, from).and("device_hostname != ''");
        let rows: Vec<Heard> =
            self.rows(sql.then("GROUP BY t.hospital ORDER BY hosts DESC, hospital LIMIT 2000")).await?;
        Ok(rows.into_iter().map(|r| (r.hospital, r.hosts)).collect())
    }

    /// Database events in steps of ten minutes.
    pub(crate) async fn database_trend(
        &self,
        scope: &Scope,
        from: Micros,
    ) -> Result<Vec<ClassStep>, QueryError> {
        let columns =
            "toUInt32(intDiv(toUnixTimestamp(minute), 600) * 600) AS start, toUInt64(sum(t.count)) AS count";
        let sql = minutes_since(columns, scope, from)
            .and_with("class_uid = ?", [i64::from(ocsf::DATASTORE_ACTIVITY).into()]);
        self.rows(sql.then("GROUP BY start ORDER BY start")).await
    }
}

/// Events that happened and came in since `from`; a late one may have come in an hour before it says.
fn received(columns: &'static str, scope: &Scope, from: Micros) -> Sql {
    Sql::select(columns, Table::Events, scope).and_with(
        "t.time >= fromUnixTimestamp64Micro(toInt64(?)) AND t.ingested_at >= fromUnixTimestamp64Micro(toInt64(?))",
        [from.0.into(), (from.0 - MICROS_PER_HOUR).into()],
    )
}

/// From a public address to one of the region's own: only public ones have a country.
fn inbound(columns: &'static str, scope: &Scope, from: Micros) -> Sql {
    received(columns, scope, from)
        .and("t.src_country != '' AND t.dst_country = '' AND t.dst_ip != toIPv6('::')")
}
