//! One MaxMind-format file.

use std::{net::IpAddr, path::Path};

use maxminddb::Reader;
use sha2::{Digest, Sha256};
use ward_event::{Place, alert::hex};

use super::{GeoIpError, record::Record};

/// Larger than any city database there is (dbip-city: 130 MB); a larger file is a mistake.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// A database, checked as a whole when it is opened: no look-up meets a broken pointer later.
pub(super) struct Database {
    reader: Reader<Vec<u8>>,
    hash: String,
    v6: bool,
}

impl Database {
    pub(super) fn open(path: &Path) -> Result<Self, GeoIpError> {
        let name = || path.display().to_string();
        let read = |source| GeoIpError::Read { path: name(), source };
        if std::fs::metadata(path).map_err(read)?.len() > FILE_BYTES_MAX {
            return Err(GeoIpError::Damaged { path: name(), reason: "larger than 1 GiB".to_owned() });
        }
        let bytes = std::fs::read(path).map_err(read)?;
        let hash = hex(&Sha256::digest(&bytes)[..8]);
        let damaged =
            |e: maxminddb::MaxMindDbError| GeoIpError::Damaged { path: name(), reason: e.to_string() };
        let reader = Reader::from_source(bytes).map_err(damaged)?;
        if let Err(error) = reader.verify() {
            // Free databases leave the description empty, which harms nobody; lookups of a tree that
            // is broken further down give errors, never a crash.
            if !error.to_string().contains("description") {
                return Err(damaged(error));
            }
        }
        let v6 = reader.metadata().ip_version == 6;
        Ok(Self { reader, hash, v6 })
    }

    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// Where the record of an address stands, which many networks share.
    #[inline]
    pub(super) fn offset(&self, ip: IpAddr) -> Option<usize> {
        if ip.is_ipv6() && !self.v6 {
            return None;
        }
        self.reader.lookup(ip).ok()?.offset()
    }

    /// Adds what the database knows of an address. A record of a strange layout adds nothing.
    pub(super) fn add_to(&self, ip: IpAddr, place: &mut Place) {
        if let Ok(found) = self.reader.lookup(ip)
            && let Ok(Some(record)) = found.decode::<Record<'_>>()
        {
            record.add_to(place);
        }
    }

    #[cfg(test)]
    pub(super) fn reader(&self) -> &Reader<Vec<u8>> {
        &self.reader
    }
}
