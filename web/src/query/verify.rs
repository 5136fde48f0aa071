//! What checks by machine ask of one unit: did it fire again, did a port answer, and who would have told.

use std::net::IpAddr;

use clickhouse::Row;
use serde::Deserialize;
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{
    QueryError, Reader,
    events::LATENESS_DAYS,
    sql::{Sql, Table},
};
use crate::scope::Scope;

/// The newest revision of an alert of a watched rule. Times in µs.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct FiredRow {
    pub rule_id: String,
    pub first_time: i64,
    pub last_time: i64,
    pub entity_types: Vec<String>,
    pub entity_values: Vec<String>,
}

/// What told of something: a source of a sender, and the device behind it, if it names one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Row, Deserialize)]
pub(crate) struct EarRow {
    pub sender: String,
    pub source: String,
    pub device: String,
}

/// What detection has said of a source. Times in µs.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct ToldRow {
    /// When it was heard last.
    pub heard: i64,
    /// Up to when detection had worked then.
    pub told: i64,
    /// Events since it was told before.
    pub events: u64,
}

/// A minute in which a device was heard, in µs.
#[derive(Debug, Clone, Copy, Row, Deserialize)]
struct MinuteRow {
    at: i64,
}

/// How often a port answered, as one ear has it. Times in µs.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct AnswerRow {
    pub sender: String,
    pub source: String,
    pub device: String,
    pub flows: u64,
    pub first: i64,
}

const FIRED_MAX: i64 = 1_000;
const EARS_MAX: i64 = 20;
/// Minutes of ten days, and a source's records of as many.
const HEARD_MAX: i64 = 14_400;

/// What the events of a device name it by.
macro_rules! device {
    () => {
        "multiIf(t.device_hostname != '', toString(t.device_hostname), t.device_uid != '', t.device_uid, \
         t.device_ip != toIPv6('::'), replaceOne(toString(t.device_ip), '::ffff:', ''), '')"
    };
}

/// When a flow began: what began before a port was closed may be told of afterwards.
macro_rules! began {
    () => {
        "if(toUnixTimestamp64Milli(t.start_time) > 0, toUnixTimestamp64Milli(t.start_time) * 1000, \
         toUnixTimestamp64Micro(t.time))"
    };
}

impl Reader {
    /// Alerts of these rules that fired since `from`; those of authorised tests are left out.
    pub(crate) async fn fired(
        &self,
        scope: &Scope,
        rules: Vec<String>,
        from: Micros,
    ) -> Result<Vec<FiredRow>, QueryError> {
        let inner = Sql::select(
            "alert_id, revision, rule_id, toUnixTimestamp64Micro(first_time) AS first_us, \
             toUnixTimestamp64Micro(last_time) AS last_us, entities.type AS entity_types, \
             entities.value AS entity_values, authorised_test",
            Table::Alerts,
            scope,
        )
        .and_with("t.rule_id IN ?", [rules.into()])
        .and_with("t.time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()])
        .newest_alerts();
        let sql = Sql::over(
            "toString(rule_id) AS rule_id, first_us AS first_time, last_us AS last_time, \
             entity_types, entity_values",
            inner,
        )
        .and("authorised_test = ''")
        .and_with("last_us >= ?", [from.0.into()])
        .then_with("ORDER BY last_us, alert_id LIMIT ?", [FIRED_MAX.into()]);
        self.rows(sql).await
    }

    /// Whence these events came.
    pub(crate) async fn ears(
        &self,
        scope: &Scope,
        refs: Vec<(String, u64)>,
        from: Micros,
        to: Micros,
    ) -> Result<Vec<EarRow>, QueryError> {
        if refs.is_empty() {
            return Ok(Vec::new());
        }
        let slack = LATENESS_DAYS * MICROS_PER_DAY;
        let columns = concat!(
            "toString(t.sender) AS sender, toString(t.format) AS source, toString(",
            device!(),
            ") AS device"
        );
        let sql = Sql::select(columns, Table::Events, scope)
            .and_with(
                "t.ingested_at >= fromUnixTimestamp64Micro(toInt64(?)) \
                 AND t.ingested_at < fromUnixTimestamp64Micro(toInt64(?))",
                [(from.0 - slack).into(), (to.0 + slack).into()],
            )
            .and_with("(t.producer, t.seq) IN ?", [refs.into()])
            .then_with(
                "GROUP BY sender, source, device ORDER BY sender, source, device LIMIT ?",
                [EARS_MAX.into()],
            );
        self.rows(sql).await
    }

    /// What detection has said of a source since `from`, in order.
    pub(crate) async fn told_of(
        &self,
        scope: &Scope,
        ear: &EarRow,
        from: Micros,
    ) -> Result<Vec<ToldRow>, QueryError> {
        let sql = Sql::select(
            "toUnixTimestamp64Micro(t.last_seen) AS heard, toUnixTimestamp64Micro(t.time) AS told, \
             toUInt64(t.events) AS events",
            Table::Source,
            scope,
        )
        .and_with("t.sender = ? AND t.source = ?", [ear.sender.as_str().into(), ear.source.as_str().into()])
        .and_with("t.time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()])
        .then_with("ORDER BY t.time, t.seq LIMIT ?", [HEARD_MAX.into()]);
        self.rows(sql).await
    }

    /// The minutes since `from` in which something was received of a device.
    pub(crate) async fn heard_of(
        &self,
        scope: &Scope,
        ear: &EarRow,
        from: Micros,
    ) -> Result<Vec<Micros>, QueryError> {
        let sql = Sql::select(
            "toInt64(intDiv(toUnixTimestamp64Micro(t.received), 60000000) * 60000000) AS at",
            Table::Events,
            scope,
        )
        .and_with("t.sender = ? AND t.format = ?", [ear.sender.as_str().into(), ear.source.as_str().into()])
        .and_with(concat!(device!(), " = ?"), [ear.device.as_str().into()])
        .and_with(
            "t.received >= fromUnixTimestamp64Micro(toInt64(?)) \
             AND t.ingested_at >= fromUnixTimestamp64Micro(toInt64(?)) \
             AND t.time >= fromUnixTimestamp64Micro(toInt64(?))",
            [from.0.into(), from.0.into(), (from.0 - MICROS_PER_DAY).into()],
        )
        .then_with("GROUP BY at ORDER BY at LIMIT ?", [HEARD_MAX.into()]);
        Ok(self.rows::<MinuteRow>(sql).await?.into_iter().map(|row| Micros(row.at)).collect())
    }

    /// Conversations begun in `[from, to)` in which a port of an address answered, by who told of them. A connection
    /// that nobody answered is none.
    pub(crate) async fn answers(
        &self,
        scope: &Scope,
        (address, port): (IpAddr, u16),
        from: Micros,
        to: Micros,
    ) -> Result<Vec<AnswerRow>, QueryError> {
        let columns = concat!(
            "toString(t.sender) AS sender, toString(t.format) AS source, toString(",
            device!(),
            ") AS device, count() AS flows, min(",
            began!(),
            ") AS first"
        );
        let (text, number) = (address.to_canonical().to_string(), i64::from(port));
        let values = [text.as_str().into(), number.into(), text.as_str().into(), number.into()];
        let sql = Sql::select(columns, Table::Events, scope)
            .and("t.class_uid BETWEEN 4001 AND 4007")
            .and_with(
                "((t.dst_ip = toIPv6(?) AND t.dst_port = ? AND (t.bytes_in + t.packets_in > 0 \
                   OR (t.protocol_num != 17 AND bitAnd(t.tcp_flags, 18) = 18) \
                   OR (t.class_uid = 4002 AND t.http_status > 0) \
                   OR (t.format IN ('eve', 'zeek') AND t.class_uid IN (4005, 4006, 4007)))) \
                 OR (t.src_ip = toIPv6(?) AND t.src_port = ? AND (t.protocol_num = 17 \
                   OR (bitAnd(t.tcp_flags, 16) = 16 \
                       AND (bitAnd(t.tcp_flags, 4) = 0 OR bitAnd(t.tcp_flags, 10) > 0)))))",
                values,
            )
            .and_with(
                "t.time >= fromUnixTimestamp64Micro(toInt64(?)) AND t.time < fromUnixTimestamp64Micro(toInt64(?))",
                [from.0.into(), (to.0 + MICROS_PER_DAY).into()],
            )
            .and_with(
                concat!(began!(), " >= ? AND ", began!(), " < ?"),
                [from.0.into(), to.0.into()],
            )
            .then_with(
                "GROUP BY sender, source, device ORDER BY sender, source, device LIMIT ?",
                [EARS_MAX.into()],
            );
        self.rows(sql).await
    }
}
