//! Events: the newest by filter, those an alert names, one with all its fields.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};

use super::{
    QueryError, Reader,
    sql::{Sql, Table},
};
use crate::scope::Scope;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct EventFilter {
    pub from: Micros,
    pub to: Option<Micros>,
    pub unit: Option<UnitId>,
    pub class: Option<i64>,
    pub format: Option<String>,
    /// (type, value)
    pub entity: Option<(String, String)>,
    /// Where the page before ended: time, producer, seq.
    pub after: Option<(i64, String, i64)>,
    pub limit: i64,
}

/// One line of a list of events.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct EventRow {
    pub hospital: String,
    pub producer: String,
    pub seq: u64,
    /// µs
    pub time: i64,
    /// µs
    pub ingested: i64,
    pub time_quality: String,
    pub class_uid: u32,
    pub severity_id: u8,
    pub format: String,
    pub src: String,
    pub dst: String,
    pub dst_port: u32,
    pub user: String,
    pub device: String,
    /// The message, or the beginning of the raw text.
    pub summary: String,
}

/// One event, whole: its columns as the store writes them.
pub(crate) type Event = serde_json::Map<String, serde_json::Value>;

/// How much earlier or later than its own time an event may have come in and still be looked for.
pub(super) const LATENESS_DAYS: i64 = 2;

const LIST: &str = "toString(hospital) AS hospital, toString(producer) AS producer, toUInt64(seq) AS seq, \
    toUnixTimestamp64Micro(time) AS time, \
    toUnixTimestamp64Micro(ingested_at) AS ingested, toString(time_quality) AS time_quality, toUInt32(class_uid) AS class_uid, \
    toUInt8(severity_id) AS severity_id, toString(format) AS format, toString(src_ip) AS src, \
    toString(dst_ip) AS dst, toUInt32(dst_port) AS dst_port, \
    toString(if(user_name = '', actor_user_name, user_name)) AS user, \
    toString(if(device_hostname = '', src_hostname, device_hostname)) AS device, \
    substringUTF8(if(message = '', raw, message), 1, 300) AS summary";

const WHOLE: &str = "* REPLACE (toUnixTimestamp64Micro(time) AS time, toUnixTimestamp64Micro(received) AS received, \
    toUnixTimestamp64Milli(ingested_at) AS ingested_at, toUnixTimestamp64Milli(start_time) AS start_time, \
    toUnixTimestamp64Milli(end_time) AS end_time)";

impl Reader {
    pub(crate) async fn events(
        &self,
        scope: &Scope,
        filter: &EventFilter,
    ) -> Result<Vec<EventRow>, QueryError> {
        let mut sql = events_since(LIST, &scope.narrow(filter.unit.as_ref()), filter.from);
        if let Some(to) = filter.to {
            sql = sql.and_with("t.time < fromUnixTimestamp64Micro(toInt64(?))", [to.0.into()]);
        }
        if let Some(class) = filter.class {
            sql = sql.and_with("t.class_uid = ?", [class.into()]);
        }
        if let Some(format) = &filter.format {
            sql = sql.and_with("t.format = ?", [format.as_str().into()]);
        }
        if let Some((kind, value)) = &filter.entity {
            sql = of_entity(sql, kind, value);
        }
        if let Some((time, producer, seq)) = &filter.after {
            sql = sql.and_with(
                "(t.time, t.producer, t.seq) < (fromUnixTimestamp64Micro(toInt64(?)), ?, toUInt64(?))",
                [(*time).into(), producer.as_str().into(), (*seq).into()],
            );
        }
        let tail = "ORDER BY t.time DESC, t.producer DESC, t.seq DESC LIMIT ?";
        self.rows(sql.then_with(tail, [filter.limit.into()])).await
    }

    /// Events by identity, looked for among those received around `[from, to]`.
    pub(crate) async fn events_by_id(
        &self,
        scope: &Scope,
        refs: Vec<(String, u64)>,
        from: Micros,
        to: Micros,
    ) -> Result<Vec<Event>, QueryError> {
        if refs.is_empty() {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(refs.len()).unwrap_or(i64::MAX);
        let slack = LATENESS_DAYS * MICROS_PER_DAY;
        let sql = Sql::select(WHOLE, Table::Events, scope)
            .and_with(
                "t.ingested_at >= fromUnixTimestamp64Micro(toInt64(?)) \
                 AND t.ingested_at < fromUnixTimestamp64Micro(toInt64(?))",
                [(from.0 - slack).into(), (to.0 + slack).into()],
            )
            .and_with("(producer, seq) IN ?", [refs.into()])
            .then_with("ORDER BY t.time, producer, seq LIMIT ?", [limit.into()]);
        self.json_rows(sql).await
    }
}

/// `columns` of events since `from`; days that came in long before are not even looked at.
pub(super) fn events_since(columns: &'static str, scope: &Scope, from: Micros) -> Sql {
    Sql::select(columns, Table::Events, scope).and_with(
        "t.time >= fromUnixTimestamp64Micro(toInt64(?)) AND t.ingested_at >= fromUnixTimestamp64Micro(toInt64(?))",
        [from.0.into(), (from.0 - LATENESS_DAYS * MICROS_PER_DAY).into()],
    )
}

/// Where an entity's value stands in an event. A type without a place of its own matches nothing.
pub(super) fn of_entity(sql: Sql, kind: &str, value: &str) -> Sql {
    match kind {
        "ip" => match value.parse::<std::net::IpAddr>() {
            Ok(_) => sql.and_with(
                "(src_ip = toIPv6(?) OR dst_ip = toIPv6(?) OR device_ip = toIPv6(?))",
                [value.into(), value.into(), value.into()],
            ),
            Err(_) => sql.and("0"),
        },
        "account" | "user" => {
            // `DOMAIN\name` and `name@domain` are one account's names; events carry the bare one.
            let bare = value.rsplit('\\').next().unwrap_or(value);
            let bare = bare.split('@').next().unwrap_or(bare);
            sql.and_with(
                "(lower(user_name) IN (lower(?), lower(?)) OR lower(actor_user_name) IN (lower(?), lower(?)))",
                [value.into(), bare.into(), value.into(), bare.into()],
            )
        }
        "host" => sql.and_with(
            "(lower(device_hostname) = lower(?) OR lower(src_hostname) = lower(?) OR lower(dst_hostname) = lower(?))",
            [value.into(), value.into(), value.into()],
        ),
        "source" => sql.and_with("t.format = ?", [value.into()]),
        "hospital" => sql.and_with("t.hospital = ?", [value.into()]),
        _ => sql.and("0"),
    }
}
