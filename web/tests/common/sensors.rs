//! Sensors of one hospital as the store has them: events by minute, what detection says of their source, and what a
//! rule makes of them.

use ward_event::{
    Micros,
    alert::Alert,
    time::{MICROS_PER_HOUR, MICROS_PER_SECOND},
};
use ward_store::Store;

use super::seed::{decimal, decimal_ms, quoted, run};

const STEP: i64 = 300 * MICROS_PER_SECOND;

/// A device that tells by a source of its unit's sender.
#[derive(Clone, Copy)]
pub(crate) struct Sensor<'a> {
    pub unit: &'a str,
    pub source: &'a str,
    pub device: &'a str,
}

impl Sensor<'_> {
    /// Something is told every five minutes of `[from, to)`.
    pub(crate) async fn tells(&self, store: &Store, from: Micros, to: Micros) {
        let Self { unit, source, device } = self;
        let (start, count) = (from.0, (to.0 - from.0) / STEP);
        run(store, &format!(
            "INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, activity_id,
                severity_id, format, parser, device_hostname, message)
             WITH fromUnixTimestamp64Micro(toInt64({start}) + toInt64(number) * {STEP}) AS t
             SELECT '{unit}', '{unit}', concat('{unit}.', {device}), toUInt64({start}) + number, t, t, t, 'ok', 3002, 1, 1, '{source}',
                '{source}', {device}, 'heartbeat' FROM numbers({count})", device = quoted(device))).await;
    }

    /// Detection works on for `[from, to)`, and hears the source or not.
    pub(crate) async fn detected(&self, store: &Store, from: Micros, to: Micros, heard: bool) {
        let Self { unit, source, .. } = self;
        let (start, count) = (from.0, (to.0 - from.0) / STEP);
        let (status, last, events) = match heard {
            true => ("ok", "t".to_owned(), 1),
            false => ("silent", format!("fromUnixTimestamp64Micro(toInt64({start}))"), 0),
        };
        run(store, &format!(
            "INSERT INTO source (hospital, sender, source, status, last_seen, events, time, producer, seq, ingested_at)
             WITH fromUnixTimestamp64Micro(toInt64({start}) + toInt64(number) * {STEP}) AS t
             SELECT '{unit}', '{unit}', '{source}', '{status}', {last}, {events}, t, 'shard.1', toUInt64({start}) + number, t
             FROM numbers({count})")).await;
    }

    /// It tells, and detection hears it.
    pub(crate) async fn works(&self, store: &Store, from: Micros, to: Micros) {
        self.tells(store, from, to).await;
        self.detected(store, from, to, true).await;
    }

    /// An alert of the seeded ransomware rule on a host, resting on one event of this sensor.
    pub(crate) async fn alert(&self, store: &Store, id: &str, host: &str, at: Micros) {
        let Self { unit, source, device } = self;
        let (t, ms, device) = (decimal(at.0), decimal_ms(at.0), quoted(device));
        run(store, &format!(
            "INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, activity_id,
                severity_id, format, parser, device_hostname, message)
             VALUES ('{unit}', '{unit}', 'attack.{id}', 1, {t}, {t}, {ms}, 'ok', 1007, 1, 5, '{source}', '{source}', {device},
                'vssadmin delete shadows')")).await;
        let reasons = r#"[{"field":"message","value":"vssadmin","zh":"删除全部卷影副本","en":"all shadow copies deleted","points":60.0}]"#;
        run(store, &format!(
            "INSERT INTO alerts (alert_id, revision, rule_id, title, title_zh, level, techniques, time, first_time, last_time, hospital,
                entities.type, entities.value, reasons, events.producer, events.seq, event_count, score, versions, producer, seq, ingested_at)
             VALUES ('{id}', 0, 'ward-ransom-shadow', 'Shadow copies deleted', '勒索前兆：删除卷影副本', 'critical', ['T1490'], {t}, {t}, {t},
                '{unit}', ['host', 'ip'], [{host}, '203.0.113.9'], {reasons}, ['attack.{id}'], [1], 1, 90, '{{}}', 'shard.3',
                toUInt64({seq}), {ms})", host = quoted(host), reasons = quoted(reasons), seq = at.0)).await;
    }

    /// The same, as it stands on the log.
    pub(crate) fn told(&self, id: &str, host: &str, at: Micros) -> Alert {
        let alert = serde_json::json!({
            "alert_id": id, "revision": 0, "rule_id": "ward-ransom-shadow", "title": "Shadow copies deleted",
            "title_zh": "勒索前兆：删除卷影副本", "level": "critical", "techniques": ["T1490"], "time": at, "first_time": at,
            "last_time": at, "hospital": self.unit,
            "entities": [{ "type": "host", "value": host }, { "type": "ip", "value": "203.0.113.9" }],
            "reasons": [], "events": [], "event_count": 1, "score": 90.0, "producer": "s.1", "seq": 1,
            "versions": { "rules": "", "baseline": "", "intel": "", "register": "", "geoip": "" },
        });
        serde_json::from_value(alert).expect("an alert")
    }

    /// This device, a flow exporter, saw a port answer.
    pub(crate) async fn saw_answer(&self, store: &Store, address: &str, port: u16, at: Micros) {
        let Self { unit, source, device } = self;
        let (t, ms) = (decimal(at.0), decimal_ms(at.0));
        run(store, &format!(
            "INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, activity_id,
                severity_id, format, parser, device_hostname, src_ip, src_port, dst_ip, dst_port, protocol_num, bytes_in, bytes_out)
             VALUES ('{unit}', '{unit}', 'flow.{unit}', {seq}, {t}, {t}, {ms}, 'ok', 4001, 6, 1, '{source}', '{source}', {device},
                toIPv6('198.51.100.7'), 51000, toIPv6('{address}'), {port}, 6, 900, 300)", device = quoted(device), seq = at.0)).await;
    }
}

pub(crate) const fn hours(n: i64) -> i64 {
    n * MICROS_PER_HOUR
}
