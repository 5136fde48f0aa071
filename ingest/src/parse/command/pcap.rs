//! UDP payloads of a capture file (libpcap's classic format; Ethernet, raw IP and Linux "cooked" links).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One datagram and who sent it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Datagram<'a> {
    pub(super) from: IpAddr,
    pub(super) payload: &'a [u8],
}

const LITTLE: [[u8; 4]; 2] = [[0xd4, 0xc3, 0xb2, 0xa1], [0x4d, 0x3c, 0xb2, 0xa1]];
const BIG: [[u8; 4]; 2] = [[0xa1, 0xb2, 0xc3, 0xd4], [0xa1, 0xb2, 0x3c, 0x4d]];

pub(super) fn is_capture(bytes: &[u8]) -> bool {
    bytes.first_chunk::<4>().is_some_and(|magic| LITTLE.contains(magic) || BIG.contains(magic))
}

/// The datagrams in order; packets that are none, and fragments, are passed over.
///
/// # Errors
/// A header that is cut off, or a link layer that is not known.
pub(super) fn datagrams(bytes: &[u8]) -> Result<Vec<Datagram<'_>>, String> {
    let little = bytes.first_chunk::<4>().is_some_and(|magic| LITTLE.contains(magic));
    let word = |at: usize| {
        let four = bytes.get(at..at + 4).and_then(|b| b.first_chunk::<4>())?;
        Some(if little { u32::from_le_bytes(*four) } else { u32::from_be_bytes(*four) })
    };
    let link = word(20).ok_or("capture cut off in its header")? & 0xffff;
    let skip = match link {
        1 => 14,
        101 | 228 | 229 => 0,
        113 => 16,
        other => return Err(format!("link layer {other} is not known")),
    };
    let mut found = Vec::new();
    let mut at = 24;
    while let Some(len) = word(at + 8) {
        let from = at + 16;
        let Some(packet) = from.checked_add(len as usize).and_then(|to| bytes.get(from..to)) else { break };
        found.extend(network(packet, skip).and_then(datagram));
        at = from + len as usize;
    }
    Ok(found)
}

/// The IP packet behind the link header, VLAN tags passed over.
fn network(packet: &[u8], mut skip: usize) -> Option<&[u8]> {
    while skip >= 14 && packet.get(skip - 2..skip) == Some(&[0x81, 0x00]) {
        skip += 4;
    }
    packet.get(skip..)
}

fn datagram(ip: &[u8]) -> Option<Datagram<'_>> {
    let (from, protocol, udp): (IpAddr, u8, &[u8]) = match ip.first()? >> 4 {
        4 => {
            let fragment = u16::from_be_bytes([*ip.get(6)?, *ip.get(7)?]) & 0x3fff;
            if fragment != 0 {
                return None;
            }
            let from = Ipv4Addr::from(*ip.get(12..16)?.first_chunk::<4>()?);
            (from.into(), *ip.get(9)?, ip.get(usize::from(ip[0] & 15) * 4..)?)
        }
        6 => {
            let from = Ipv6Addr::from(*ip.get(8..24)?.first_chunk::<16>()?);
            (from.into(), *ip.get(6)?, ip.get(40..)?)
        }
        _ => return None,
    };
    let len = usize::from(u16::from_be_bytes([*udp.get(4)?, *udp.get(5)?]));
    (protocol == 17).then_some(Datagram { from, payload: udp.get(8..len)? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn capture(packets: &[&[u8]]) -> Vec<u8> {
        let mut file =
            vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0];
        for packet in packets {
            file.extend([0; 8]);
            file.extend((packet.len() as u32).to_le_bytes());
            file.extend((packet.len() as u32).to_le_bytes());
            file.extend_from_slice(packet);
        }
        file
    }

    fn udp(payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; 12];
        packet.extend([0x81, 0, 0, 7, 8, 0]); // VLAN 7, IPv4
        packet.extend([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        packet.extend([1, 2, 3, 4, 0, 8 + payload.len() as u8, 0, 0]);
        packet.extend_from_slice(payload);
        packet
    }

    #[test]
    fn datagrams_are_found_behind_their_headers() {
        let packet = udp(b"flow");
        let file = capture(&[&packet, b"short", &packet]);
        assert!(is_capture(&file));
        let found = datagrams(&file).expect("a capture");
        let expected = Datagram { from: "10.0.0.1".parse().expect("an address"), payload: b"flow" };
        assert_eq!(found, [Datagram { ..expected }, Datagram { from: found[0].from, payload: b"flow" }]);
    }

    proptest! {
        #[test]
        fn hostile_captures_never_panic(packet in proptest::collection::vec(any::<u8>(), 0..80), cut in 0..200usize) {
            let mut file = capture(&[&packet, &udp(&packet)]);
            file.truncate(cut.max(4));
            let _ = datagrams(&file);
        }
    }
}
