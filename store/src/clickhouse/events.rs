//! Rows of `events` back as events, for replays of rules and for the proof that nothing is lost
//! between an event and its row.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use ward_event::{
    EnrichedEvent, Enrichment, Event, Field, Format, Kind, Micros, Place, ProducerId, SenderId, SourceField,
    TimeQuality, UnitId, topic::Topic,
};

use super::{Store, StoreError};

/// Selected in front of the hot fields, in the order that [`Row::event`] takes them.
const CORE: &str = "hospital, sender, producer, seq, toUnixTimestamp64Micro(time), toUnixTimestamp64Micro(received), \
    time_quality, class_uid, activity_id, severity_id, format, parser, parser_version, mask_policy, encoding, \
    message, raw, claimed_hospital, explicit, mapKeys(unmapped), mapValues(unmapped), unmapped_json, \
    src_country, src_region, src_city, src_asn, src_as_org, dst_country, dst_region, dst_city, dst_asn, dst_as_org, \
    topic, partition, offset";

impl Store {
    /// Calls `each` with every event whose `time` lies in `from..to`, in the order of (time, producer,
    /// seq). Reads with the writer's rights and without the reader's limits: for an operator's replay,
    /// not for a page.
    ///
    /// # Errors
    /// See [`StoreError`]; a row that is no event is `Refused`.
    pub async fn events_between(
        &self,
        from: Micros,
        to: Micros,
        mut each: impl FnMut(EnrichedEvent),
    ) -> Result<u64, StoreError> {
        let hot: String = Field::ALL.iter().map(|f| format!(", {}", select(*f))).collect();
        let sql = format!(
            "SELECT {CORE}{hot} FROM events WHERE time >= fromUnixTimestamp64Micro({}, 'UTC') \
             AND time < fromUnixTimestamp64Micro({}, 'UTC') ORDER BY events.time, producer, seq",
            from.0, to.0
        );
        let query = self.writer.query_raw(&sql).with_setting("output_format_json_quote_64bit_integers", "0");
        let mut rows = query.fetch_bytes("JSONCompactEachRow")?;
        let mut rest: Vec<u8> = Vec::new();
        let mut count = 0;
        while let Some(chunk) = rows.next().await? {
            rest.extend_from_slice(&chunk);
            let mut begin = 0;
            // JSON text has no raw line feed within a row.
            while let Some(end) = rest[begin..].iter().position(|b| *b == b'\n') {
                each(parse(&rest[begin..begin + end])?);
                begin += end + 1;
                count += 1;
            }
            rest.drain(..begin);
        }
        Ok(count)
    }
}

fn select(field: Field) -> String {
    let column = field.column();
    match field.kind() {
        Kind::Time => format!("toUnixTimestamp64Milli({column})"),
        _ => column.to_owned(),
    }
}

fn parse(line: &[u8]) -> Result<EnrichedEvent, StoreError> {
    let bad = |why: String| StoreError::Refused(format!("a row of events is no event: {why}"));
    let values: Vec<Json> = serde_json::from_slice(line).map_err(|e| bad(e.to_string()))?;
    Row(values.into_iter()).event().map_err(bad)
}

/// The values of a row, taken one after the other.
struct Row(std::vec::IntoIter<Json>);

impl Row {
    fn take<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        let value = self.0.next().ok_or("it ends early")?;
        serde_json::from_value(value).map_err(|e| e.to_string())
    }

    fn text<T>(&mut self, make: impl FnOnce(&str) -> Option<T>) -> Result<T, String> {
        let text: String = self.take()?;
        make(&text).ok_or_else(|| format!("{text:?}"))
    }

    /// An identifier; the empty text is the unset one.
    fn id<T: Default>(&mut self, make: impl FnOnce(&str) -> Option<T>) -> Result<T, String> {
        self.text(|text| if text.is_empty() { Some(T::default()) } else { make(text) })
    }

    fn event(mut self) -> Result<EnrichedEvent, String> {
        let unit = |text: &str| UnitId::new(text).ok();
        let hospital = self.id(unit)?;
        let mut event = Event::default();
        event.sender = self.id(|t| SenderId::new(t).ok())?;
        event.producer = self.id(|t| ProducerId::new(t).ok())?;
        event.seq = self.take()?;
        event.time = Micros(self.take()?);
        event.received = Micros(self.take()?);
        event.time_quality = self.text(TimeQuality::from_name)?;
        event.class_uid = self.take()?;
        event.activity_id = self.take()?;
        event.severity_id = self.take()?;
        event.format =
            self.text(|t| if t.is_empty() { Some(None) } else { Format::from_name(t).map(Some) })?;
        event.parser = self.take::<String>()?.into();
        event.parser_version = self.take()?;
        event.mask_policy = self.take::<String>()?.into();
        event.encoding = self.take::<String>()?.into();
        event.message = self.take()?;
        event.raw = self.take()?;
        event.hospital = self.id(unit)?;
        let explicit: Vec<String> = self.take()?;
        // The sender's unit stands in the row only where it is another, and "unset" is another too.
        if event.hospital.is_unset() && !explicit.iter().any(|name| name == UNSET_HOSPITAL) {
            event.hospital = hospital.clone();
        }
        event.unmapped = self.unmapped()?;
        let enrichment = Enrichment { src: self.place()?, dst: self.place()? };
        let topic = self.text(Topic::from_name)?;
        let (partition, offset) = (self.take()?, self.take()?);
        for field in Field::ALL {
            self.hot(&mut event, *field, explicit.iter().any(|name| name == field.column()))?;
        }
        Ok(EnrichedEvent { event, hospital, enrichment, topic, partition, offset })
    }

    fn unmapped(&mut self) -> Result<Vec<SourceField>, String> {
        let (names, values): (Vec<String>, Vec<String>) = (self.take()?, self.take()?);
        let json: Vec<String> = self.take()?;
        let field = |(name, value): (String, String)| SourceField {
            is_json: json.contains(&name),
            name: name.into(),
            value: value.into(),
        };
        Ok(names.into_iter().zip(values).map(field).collect())
    }

    fn place(&mut self) -> Result<Option<Arc<Place>>, String> {
        let place = Place {
            country: self.take::<String>()?.into(),
            region: self.take::<String>()?.into(),
            city: self.take::<String>()?.into(),
            asn: self.take()?,
            as_org: self.take::<String>()?.into(),
        };
        Ok((place != Place::default()).then(|| Arc::new(place)))
    }

    fn hot(&mut self, event: &mut Event, field: Field, explicit: bool) -> Result<(), String> {
        match field.kind() {
            Kind::Text => {
                let text: String = self.take()?;
                if !text.is_empty() {
                    event.set_text(field, text);
                }
            }
            Kind::Uint => {
                let n: u64 = self.take()?;
                if n != 0 || explicit {
                    event.set_uint(field, n);
                }
            }
            Kind::Time => {
                // The column is signed; a hostile time beyond it has been wrapped and is wrapped back.
                let n: i64 = self.take()?;
                if n != 0 || explicit {
                    event.set_uint(field, n as u64);
                }
            }
            Kind::Ip => {
                let ip: Ipv6Addr = self.take()?;
                match (ip.to_ipv4_mapped(), explicit) {
                    (Some(v4), false) => event.set_ip(field, IpAddr::V4(v4)),
                    (None, false) if ip.is_unspecified() => {}
                    _ => event.set_ip(field, IpAddr::V6(ip)),
                }
            }
        }
        Ok(())
    }
}

/// In `explicit`: the sender named no unit, though the register found one.
pub(crate) const UNSET_HOSPITAL: &str = "claimed_hospital";
