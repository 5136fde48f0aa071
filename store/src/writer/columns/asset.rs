//! Columns of `asset`.

use ward_event::{
    Micros,
    state::{Asset, AssetService, StateRecord},
};

use super::{At, Block, Column, Fixed, Low, LowArray, Text, TextArray, WordArray, block, columns, origin};

columns! {
    /// Assets on their way into a block.
    AssetColumns "asset" {
        hospital Low, "hospital" "LowCardinality(String)";
        asset_type Low, "asset_type" "LowCardinality(String)";
        asset Text, "asset" "String";
        same_as Text, "same_as" "String";
        host Text, "host" "String";
        mac Text, "mac" "String";
        kind Low, "kind" "LowCardinality(String)";
        zone Low, "zone" "LowCardinality(String)";
        protocols LowArray, "services.protocol" "Array(LowCardinality(String))";
        ports WordArray, "services.port" "Array(UInt64)";
        service_bytes WordArray, "services.bytes" "Array(UInt64)";
        service_first WordArray, "services.first_seen" "Array(UInt64)";
        service_last WordArray, "services.last_seen" "Array(UInt64)";
        peers TextArray, "peers.address" "Array(String)";
        peer_flows WordArray, "peers.flows" "Array(UInt64)";
        peers_more Fixed<1>, "peers_more" "UInt8";
        sources LowArray, "sources" "Array(LowCardinality(String))";
        bytes Fixed<8>, "bytes" "UInt64";
        first_seen Fixed<8>, "first_seen" "DateTime64(6, 'UTC')";
        last_seen Fixed<8>, "last_seen" "DateTime64(6, 'UTC')";
        time Fixed<8>, "time" "DateTime64(6, 'UTC')";
        producer Low, "producer" "LowCardinality(String)";
        seq Fixed<8>, "seq" "UInt64";
        topic Low, "topic" "LowCardinality(String)";
        partition Fixed<4>, "partition" "Int32";
        offset Fixed<8>, "offset" "UInt64";
    }
}

impl AssetColumns {
    pub(crate) fn push(&mut self, record: &StateRecord, asset: &Asset, at: At<'_>) {
        let row = self.rows;
        self.hospital.set(row, asset.hospital.as_str());
        self.asset_type.set(row, &asset.by);
        self.asset.set(row, &asset.name);
        self.same_as.set(row, &asset.same_as);
        self.host.set(row, &asset.host);
        self.mac.set(row, &asset.mac);
        self.kind.set(row, &asset.role);
        self.zone.set(row, &asset.zone);
        self.services(row, &asset.services);
        self.peers.set(row, asset.peers.iter().map(|p| p.address.as_str()));
        self.peer_flows.set(row, asset.peers.iter().map(|p| &p.flows));
        self.peers_more.set(row, [u8::from(asset.peers_more)]);
        self.sources.set(row, asset.sources.iter().map(String::as_str));
        self.bytes.set(row, asset.bytes.to_le_bytes());
        self.first_seen.set(row, asset.first_seen.0.to_le_bytes());
        self.last_seen.set(row, asset.last_seen.0.to_le_bytes());
        self.time.set(row, record.time.0.to_le_bytes());
        origin!(self, row, record.producer, record.seq, at);
        self.rows += 1;
    }

    fn services(&mut self, row: usize, services: &[AssetService]) {
        let words = |of: fn(&AssetService) -> u64| services.iter().map(of).collect::<Vec<u64>>();
        self.protocols.set(row, services.iter().map(|s| s.protocol.as_str()));
        self.ports.set(row, words(|s| u64::from(s.port)).iter());
        self.service_bytes.set(row, words(|s| s.bytes).iter());
        self.service_first.set(row, words(|s| s.first_seen.0.max(0).unsigned_abs()).iter());
        self.service_last.set(row, words(|s| s.last_seen.0.max(0).unsigned_abs()).iter());
    }

    /// Ends the block and begins the next.
    pub(crate) fn take(&mut self, ingested_at: Micros) -> Block {
        let block = block(Self::TABLE, self.rows, ingested_at, self.set().into_iter());
        *self = Self::default();
        block
    }
}
