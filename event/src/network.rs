//! A range of addresses as the register writes it: CIDR, or one address.

use std::net::IpAddr;

/// Addresses with the same leading bits. IPv4 stands mapped into IPv6, so that one comparison serves both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    mask: u128,
}

impl Network {
    /// `10.20.1.0/24`, `fd00::/8`, `10.20.1.7`. None for anything else; bits behind the prefix are
    /// ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let ip: IpAddr = address.parse().ok()?;
        let (most, lead) = if ip.is_ipv4() { (32, 96) } else { (128, 0) };
        let length = length.unwrap_or(most);
        if length > most {
            return None;
        }
        let mask = u128::MAX.checked_shl(128 - (length + lead)).unwrap_or(0);
        Some(Self { bits: word(ip) & mask, mask })
    }

    #[inline]
    pub fn contains(&self, ip: IpAddr) -> bool {
        word(ip) & self.mask == self.bits
    }
}

#[inline]
fn word(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => 0xffff_0000_0000 | u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_the_addresses_with_its_prefix() {
        let holds = |network: &str, ip: &str| {
            Network::parse(network).expect("a network").contains(ip.parse().expect("an address"))
        };
        assert!(holds("10.20.1.0/24", "10.20.1.255") && !holds("10.20.1.0/24", "10.20.2.0"));
        assert!(holds("10.20.1.9/24", "10.20.1.1"), "bits behind the prefix do not count");
        assert!(holds("10.20.1.0/24", "::ffff:10.20.1.7"), "mapped is the same address");
        assert!(holds("10.20.1.7", "10.20.1.7") && !holds("10.20.1.7", "10.20.1.8"));
        assert!(holds("0.0.0.0/0", "192.0.2.1") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("::/0", "2001:db8::1") && holds("fd00::/8", "fdab::1"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "x/8", "10.0.0.0/-1", "fd00::/129"] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }
}
