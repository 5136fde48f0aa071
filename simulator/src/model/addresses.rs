//! Addresses: `10.<unit>.0.0/16` inside, documentation ranges for the units' own public side, and a
//! few ranges for people and attackers outside that free GeoIP databases and MaxMind's test databases
//! both know, so that places can be told.

use std::net::Ipv4Addr;

use super::units::Spec;
use crate::rng::Rng;

/// The networks of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The second octet of its private network.
    pub net: u8,
    index: u8,
}

/// A zone of a unit: its name in the register and its third octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// HIS, LIS, PACS, EMR.
    Core,
    Dmz,
    Operations,
    Security,
    Dicom,
    Clinical,
    Office,
    Things,
}

impl Zone {
    pub const ALL: [Self; 8] = [
        Self::Core,
        Self::Dmz,
        Self::Operations,
        Self::Security,
        Self::Dicom,
        Self::Clinical,
        Self::Office,
        Self::Things,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "内网核心业务区",
            Self::Dmz => "互联网区",
            Self::Operations => "运维区",
            Self::Security => "安全管理中心",
            Self::Dicom => "DICOM网段",
            Self::Clinical => "内网终端区",
            Self::Office => "外网办公区",
            Self::Things => "物联网接入区",
        }
    }

    /// First third octet and prefix length.
    const fn range(self) -> (u8, u8) {
        match self {
            Self::Core => (1, 24),
            Self::Dmz => (2, 24),
            Self::Operations => (3, 24),
            Self::Security => (4, 24),
            Self::Dicom => (8, 24),
            Self::Clinical => (16, 20),
            Self::Office => (32, 21),
            Self::Things => (48, 22),
        }
    }
}

impl Site {
    pub fn new(index: usize, spec: &Spec) -> Self {
        // Tenants live in the cloud operator's network.
        let base: usize = if spec.is_tenant() { 180 } else { 20 };
        Self { net: (base + index) as u8, index: index as u8 }
    }

    /// The `n`th address of a zone.
    pub fn address(self, zone: Zone, n: usize) -> Ipv4Addr {
        let (first, _) = zone.range();
        let n = n + 10;
        Ipv4Addr::new(10, self.net, first + (n / 240) as u8, (n % 240 + 1) as u8)
    }

    pub fn cidr(self, zone: Zone) -> String {
        let (first, bits) = zone.range();
        format!("10.{}.{first}.0/{bits}", self.net)
    }

    /// Its own public address (RFC 5737 documentation range: nobody's).
    pub fn public(self) -> Ipv4Addr {
        Ipv4Addr::new(203, 0, 113, 10 + self.index)
    }
}

/// Where staff and patients of the region sit when at home: two ranges that databases place in China.
pub fn domestic(rng: &mut Rng) -> Ipv4Addr {
    if rng.chance(0.2) {
        Ipv4Addr::new(175, 16, 199, rng.between(1, 254) as u8)
    } else {
        Ipv4Addr::new(111, 235, (160 + rng.below(4)) as u8, rng.between(1, 254) as u8)
    }
}

/// Ranges that both MaxMind's test databases and the free ones place outside China: country code, first address, how many.
const FOREIGN: &[(&str, [u8; 4], usize)] = &[
    ("GB", [81, 2, 69, 144], 16),
    ("GB", [2, 125, 160, 216], 8),
    ("SE", [89, 160, 20, 112], 16),
    ("US", [216, 160, 83, 56], 8),
    ("US", [214, 78, 3, 0], 200),
    ("BT", [67, 43, 156, 0], 200),
];

/// An address abroad and its country.
pub fn foreign(rng: &mut Rng) -> (&'static str, Ipv4Addr) {
    let (country, first, count) = rng.pick(FOREIGN);
    let address = Ipv4Addr::from(u32::from(Ipv4Addr::from(first)) + rng.below(count) as u32);
    (country, address)
}

/// Servers out there that people's machines talk to: documentation range, nobody's.
pub fn internet(rng: &mut Rng) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, rng.between(1, 254) as u8)
}
