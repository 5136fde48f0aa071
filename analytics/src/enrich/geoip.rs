//! Places of addresses, decoded once a record and remembered by address.
//!
//! A record stands for many networks: its place is made at the first look-up and shared. In front of
//! the search through the tree (some 24 steps) stands a table by address, as most events repeat the
//! addresses of those before.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, DefaultHasher},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use ward_event::{Place, alert::content_hash};

use super::database::Database;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoIpError {
    #[error("GeoIP database {path}: {source}")]
    Read { path: String, source: io::Error },
    #[error("GeoIP database {path} is damaged: {reason}")]
    Damaged { path: String, reason: String },
}

/// Addresses remembered of each family: for IPv4 half a mebibyte, which the processor's cache holds.
/// An address that falls on another's slot takes it.
const SLOTS: usize = 1 << 16;

/// Places kept by record. dbip-city has some 300,000; above this the table begins anew.
const PLACES_MAX: usize = 1 << 18;

/// Hashes without a random seed, as everything in analytics; hostile addresses can only make each
/// other forgotten.
type Hashing = BuildHasherDefault<DefaultHasher>;

/// City and ASN, each perhaps in a file for IPv4 and one for IPv6.
const DATABASES_MAX: usize = 4;

/// The number of a place in the cache.
type PlaceId = u32;

/// City and ASN databases as one.
#[derive(Default)]
pub struct GeoIp {
    databases: Vec<Database>,
    version: String,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    /// By the offset of the record in each database.
    ids: HashMap<[Option<usize>; DATABASES_MAX], PlaceId, Hashing>,
    /// The first is that of addresses that no database knows.
    places: Vec<Option<Arc<Place>>>,
    v4: Slots<u32>,
    v6: Slots<u128>,
}

/// Address and place, by the address's hash. All zero where there is none: neither `0.0.0.0` nor `::`
/// is asked for.
struct Slots<A>(Vec<(A, PlaceId)>);

impl<A> Default for Slots<A> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<A: Copy + Default + Eq> Slots<A> {
    #[inline]
    fn at(&mut self, hash: u64) -> &mut (A, PlaceId) {
        if self.0.is_empty() {
            self.0 = vec![(A::default(), 0); SLOTS];
        }
        // MurmurHash3's finaliser: addresses of one network differ in few bits.
        let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        &mut self.0[(mixed >> (64 - SLOTS.trailing_zeros())) as usize]
    }
}

impl GeoIp {
    /// Opens a City (or Country) and an ASN database. An empty path is none, and a file that is not
    /// there is said and done without. Of `NAME-ipv4.mmdb` the file `NAME-ipv6.mmdb` beside it is read
    /// too: some makers split their data so.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn open(city: &Path, asn: &Path) -> Result<Self, GeoIpError> {
        let mut databases = Vec::new();
        for path in [city, asn].into_iter().filter(|p| !p.as_os_str().is_empty()) {
            if !path.exists() {
                tracing::warn!(path = %path.display(), "no GeoIP database there; places stay empty");
                continue;
            }
            databases.push(Database::open(path)?);
            let sibling =
                path.to_str().and_then(|p| p.strip_suffix("-ipv4.mmdb")).map(|p| format!("{p}-ipv6.mmdb"));
            if let Some(sibling) = sibling.filter(|s| Path::new(s).exists()) {
                databases.push(Database::open(Path::new(&sibling))?);
            }
        }
        let hashes: Vec<_> = databases.iter().map(Database::hash).collect();
        let version =
            if hashes.is_empty() { String::new() } else { content_hash(hashes.join(" ").as_bytes()) };
        Ok(Self { databases, version, cache: Mutex::default() })
    }

    /// The place of an address. None for addresses of no place (private, local, reserved) and for
    /// those that no database knows.
    #[inline]
    pub fn place(&self, ip: IpAddr) -> Option<Arc<Place>> {
        let ip = ip.to_canonical();
        if self.databases.is_empty() || !is_public(ip) {
            return None;
        }
        // A panic elsewhere while it is held leaves at worst an entry less.
        let cache = &mut *self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let id = match ip {
            IpAddr::V4(v4) => {
                let address = u32::from(v4);
                let known = *cache.v4.at(u64::from(address));
                if known.0 == address {
                    known.1
                } else {
                    let id = self.look_up(ip, cache);
                    *cache.v4.at(u64::from(address)) = (address, id);
                    id
                }
            }
            IpAddr::V6(v6) => {
                let address = u128::from(v6);
                let hash = (address >> 64) as u64 ^ (address as u64).rotate_left(29);
                let known = *cache.v6.at(hash);
                if known.0 == address {
                    known.1
                } else {
                    let id = self.look_up(ip, cache);
                    *cache.v6.at(hash) = (address, id);
                    id
                }
            }
        };
        cache.places.get(id as usize).cloned().flatten()
    }

    /// Hash of the databases' contents; empty without any.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn look_up(&self, ip: IpAddr, cache: &mut Cache) -> PlaceId {
        let mut key = [None; DATABASES_MAX];
        for (slot, database) in key.iter_mut().zip(&self.databases) {
            *slot = database.offset(ip);
        }
        if let Some(id) = cache.ids.get(&key) {
            return *id;
        }
        if cache.places.len() >= PLACES_MAX {
            *cache = Cache::default();
        }
        if cache.places.is_empty() {
            cache.places.push(None);
        }
        let mut place = Place::default();
        for database in &self.databases {
            database.add_to(ip, &mut place);
        }
        let id = if place == Place::default() {
            0
        } else {
            cache.places.push(Some(Arc::new(place)));
            cache.places.len() as PlaceId - 1
        };
        cache.ids.insert(key, id);
        id
    }
}

/// Whether an address can have a place: not private, loopback, link-local, shared (RFC 6598),
/// documentation, benchmarking, multicast or reserved.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let protocol = a == 192 && b == 0 && c == 0;
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || shared
        || benchmark
        || protocol
        || a == 0
        || a >= 224)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let documentation = a == 0x2001 && b == 0xdb8;
    // Global unicast is 2000::/3; all else is local, multicast or reserved.
    (0x2000..0x4000).contains(&a) && !documentation
}
