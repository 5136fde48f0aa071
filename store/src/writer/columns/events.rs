//! Columns of `events`.

use std::net::IpAddr;

use ward_event::{EnrichedEvent, Field, Kind, Micros, Place, Value};

use crate::clickhouse::events::UNSET_HOSPITAL;

use super::{At, Block, Column, Fixed, Low, LowArray, LowMap, Text, block, columns, origin};

columns! {
    /// Events on their way into a block.
    CoreColumns "events" {
        hospital Low, "hospital" "LowCardinality(String)";
        sender Low, "sender" "LowCardinality(String)";
        producer Low, "producer" "LowCardinality(String)";
        seq Fixed<8>, "seq" "UInt64";
        time Fixed<8>, "time" "DateTime64(6, 'UTC')";
        received Fixed<8>, "received" "DateTime64(6, 'UTC')";
        time_quality Low, "time_quality" "LowCardinality(String)";
        class_uid Fixed<4>, "class_uid" "UInt32";
        activity_id Fixed<1>, "activity_id" "UInt8";
        severity_id Fixed<1>, "severity_id" "UInt8";
        format Low, "format" "LowCardinality(String)";
        parser Low, "parser" "LowCardinality(String)";
        parser_version Fixed<2>, "parser_version" "UInt16";
        mask_policy Low, "mask_policy" "LowCardinality(String)";
        encoding Low, "encoding" "LowCardinality(String)";
        message Text, "message" "String";
        raw Text, "raw" "String";
        claimed_hospital Low, "claimed_hospital" "LowCardinality(String)";
        explicit LowArray, "explicit" "Array(LowCardinality(String))";
        unmapped LowMap, "unmapped" "Map(LowCardinality(String), String)";
        unmapped_json LowArray, "unmapped_json" "Array(LowCardinality(String))";
        src_country Low, "src_country" "LowCardinality(String)";
        src_region Low, "src_region" "LowCardinality(String)";
        src_city Low, "src_city" "LowCardinality(String)";
        src_asn Fixed<4>, "src_asn" "UInt32";
        src_as_org Low, "src_as_org" "LowCardinality(String)";
        dst_country Low, "dst_country" "LowCardinality(String)";
        dst_region Low, "dst_region" "LowCardinality(String)";
        dst_city Low, "dst_city" "LowCardinality(String)";
        dst_asn Fixed<4>, "dst_asn" "UInt32";
        dst_as_org Low, "dst_as_org" "LowCardinality(String)";
        topic Low, "topic" "LowCardinality(String)";
        partition Fixed<4>, "partition" "Int32";
        offset Fixed<8>, "offset" "UInt64";
    }
}

/// A hot field's column, made when a row first has the field.
enum Hot {
    Text(Text),
    Low(Low),
    Word(Fixed<8>),
    Ip(Fixed<16>),
}

/// The texts that repeat: their columns are `LowCardinality(String)`.
const fn repeats(field: Field) -> bool {
    matches!(
        field,
        Field::Action
            | Field::ActorAppName
            | Field::AuthProtocol
            | Field::ProtocolName
            | Field::DeviceHostname
            | Field::DstService
            | Field::HttpMethod
            | Field::EventCode
            | Field::LogName
            | Field::LogProvider
            | Field::ProductName
            | Field::ProductVendor
            | Field::TenantUid
            | Field::QueryType
            | Field::ModuleName
            | Field::ProcName
            | Field::ParentName
            | Field::ServiceName
            | Field::ActorProcName
            | Field::UserDomain
            | Field::SrcDomain
            | Field::DstDomain
            | Field::ActorUserDomain
            | Field::Status
            | Field::StatusCode
            | Field::DatabaseName
            | Field::JobName
            | Field::FindingTitle
            | Field::SrcHostname
            | Field::DstHostname
            | Field::UserAgent
    )
}

/// A hot field's type in the table.
const fn kind(field: Field) -> &'static str {
    match field.kind() {
        Kind::Text if repeats(field) => "LowCardinality(String)",
        Kind::Text => "String",
        Kind::Uint => "UInt64",
        Kind::Ip => "IPv6",
        Kind::Time => "DateTime64(3, 'UTC')",
    }
}

impl Hot {
    fn new(field: Field) -> Self {
        match field.kind() {
            Kind::Text if repeats(field) => Self::Low(Low::default()),
            Kind::Text => Self::Text(Text::default()),
            Kind::Uint | Kind::Time => Self::Word(Fixed::default()),
            Kind::Ip => Self::Ip(Fixed::default()),
        }
    }

    fn column(&mut self) -> &mut dyn Column {
        match self {
            Self::Text(c) => c,
            Self::Low(c) => c,
            Self::Word(c) => c,
            Self::Ip(c) => c,
        }
    }

    /// A value of another kind than the field's cannot be: `Event` sets them by kind.
    #[inline]
    fn set(&mut self, row: usize, value: &Value) {
        match (self, value) {
            (Self::Text(c), Value::Text(text)) => c.set(row, text),
            (Self::Low(c), Value::Text(text)) => c.set(row, text),
            (Self::Word(c), Value::Uint(n)) => c.set(row, n.to_le_bytes()),
            (Self::Ip(c), Value::Ip(ip)) => c.set(row, v6(*ip)),
            _ => debug_assert!(false, "a value of another kind"),
        }
    }
}

/// IPv4 as IPv4-mapped IPv6.
#[inline]
fn v6(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// True where the column alone does not say that the value is there, or that it was IPv6.
#[inline]
fn is_explicit(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::Uint(n) => *n == 0,
        Value::Ip(IpAddr::V4(_)) => false,
        Value::Ip(IpAddr::V6(ip)) => ip.is_unspecified() || ip.to_ipv4_mapped().is_some(),
    }
}

/// Events on their way into a block.
pub(crate) struct EventColumns {
    core: CoreColumns,
    hot: [Option<Box<Hot>>; Field::ALL.len()],
}

impl Default for EventColumns {
    fn default() -> Self {
        Self { core: CoreColumns::default(), hot: [const { None }; Field::ALL.len()] }
    }
}

impl EventColumns {
    pub(crate) const TABLE: &'static str = CoreColumns::TABLE;

    pub(crate) fn rows(&self) -> usize {
        self.core.rows()
    }

    pub(crate) fn push(&mut self, enriched: &EnrichedEvent, at: At<'_>) {
        let event = &enriched.event;
        let c = &mut self.core;
        let row = c.rows;
        c.hospital.set(row, enriched.hospital.as_str());
        if event.hospital != enriched.hospital {
            c.claimed_hospital.set(row, event.hospital.as_str());
        }
        c.sender.set(row, event.sender.as_str());
        origin!(c, row, event.producer, event.seq, at);
        c.time.set(row, event.time.0.to_le_bytes());
        c.received.set(row, event.received.0.to_le_bytes());
        c.time_quality.set(row, event.time_quality.name());
        c.class_uid.set(row, event.class_uid.to_le_bytes());
        c.activity_id.set(row, [event.activity_id]);
        c.severity_id.set(row, [event.severity_id]);
        c.format.set(row, event.format.map_or("", ward_event::Format::name));
        c.parser.set(row, &event.parser);
        c.parser_version.set(row, event.parser_version.to_le_bytes());
        c.mask_policy.set(row, &event.mask_policy);
        c.encoding.set(row, &event.encoding);
        c.message.set(row, &event.message);
        c.raw.set(row, &event.raw);
        c.unmapped.set(row, event.unmapped.iter().map(|f| (f.name.as_str(), f.value.as_str())));
        c.unmapped_json.set(row, event.unmapped.iter().filter(|f| f.is_json).map(|f| f.name.as_str()));
        c.places(row, enriched);
        let fields = event.fields();
        for (field, value) in fields {
            self.hot[*field as usize].get_or_insert_with(|| Box::new(Hot::new(*field))).set(row, value);
        }
        let explicit = fields.iter().filter(|(_, v)| is_explicit(v)).map(|(f, _)| f.column());
        let unset = event.hospital.is_unset() && !enriched.hospital.is_unset();
        self.core.explicit.set(row, explicit.chain(unset.then_some(UNSET_HOSPITAL)));
        self.core.rows += 1;
    }

    /// Ends the block and begins the next.
    pub(crate) fn take(&mut self, ingested_at: Micros) -> Block {
        let Self { core, hot } = self;
        let rows = core.rows;
        let hot = Field::ALL.iter().zip(hot.iter_mut()).filter_map(|(field, column)| {
            let column = column.as_mut()?.column();
            // A field is only there with a value, but the value may be the default.
            column.pad(rows).then_some((field.column(), kind(*field), column))
        });
        let block = block(Self::TABLE, rows, ingested_at, core.set().into_iter().chain(hot));
        // The columns keep the room that they left themselves for the next block.
        core.rows = 0;
        block
    }
}

impl CoreColumns {
    fn places(&mut self, row: usize, enriched: &EnrichedEvent) {
        let unknown = |p: &&Place| **p != Place::default();
        if let Some(place) = enriched.enrichment.src.as_deref().filter(unknown) {
            self.src_country.set(row, &place.country);
            self.src_region.set(row, &place.region);
            self.src_city.set(row, &place.city);
            self.src_asn.set(row, place.asn.to_le_bytes());
            self.src_as_org.set(row, &place.as_org);
        }
        if let Some(place) = enriched.enrichment.dst.as_deref().filter(unknown) {
            self.dst_country.set(row, &place.country);
            self.dst_region.set(row, &place.region);
            self.dst_city.set(row, &place.city);
            self.dst_asn.set(row, place.asn.to_le_bytes());
            self.dst_as_org.set(row, &place.as_org);
        }
    }
}

/// Every column a block may bring, with its type, for the test that holds them against the tables.
pub(crate) fn event_columns() -> Vec<(&'static str, &'static str)> {
    let hot = Field::ALL.iter().map(|f| (f.column(), kind(*f)));
    CoreColumns::columns().into_iter().chain(hot).collect()
}
