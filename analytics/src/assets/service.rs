//! Which of two ends of a conversation answered on a service port, if any did.
//!
//! A connection that nobody answered is no service: a scan would else invent a server at every
//! address it tries.

use std::net::IpAddr;

use ward_event::{Event, Field, Format, Value, ocsf};

/// An end that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) server: IpAddr,
    pub(crate) client: IpAddr,
    pub(crate) port: u16,
    pub(crate) udp: bool,
    pub(crate) bytes: u64,
}

/// Ports above 1023 on which hospitals' servers are known to answer. Sites vary: others count too, but
/// must be seen more than once.
const KNOWN: &[u16] = &[
    1433, 1434, 1521, 1522, 2049, 2375, 2575, 2761, 2762, 3128, 3268, 3269, 3306, 3389, 4000, 5000, 5060,
    5236, 5432, 5601, 5672, 5900, 5985, 5986, 6379, 6443, 6661, 7001, 8000, 8080, 8081, 8088, 8443, 8600,
    8888, 9000, 9042, 9090, 9092, 9200, 9300, 10000, 10050, 10051, 11112, 11211, 15672, 27017, 47808, 50000,
];

/// Clients take ports from here on; older systems a little lower, which the table of known ports covers.
const EPHEMERAL: u16 = 32_768;

/// The system's own range and the table.
pub(crate) fn is_known(port: u16) -> bool {
    port != 0 && (port < 1_024 || KNOWN.binary_search(&port).is_ok())
}

fn may_serve(port: u16, other: u16) -> bool {
    is_known(port) || (port != 0 && port < EPHEMERAL && other >= EPHEMERAL)
}

mod tcp {
    pub(super) const SYN: u64 = 0x02;
    pub(super) const RST: u64 = 0x04;
    pub(super) const PSH: u64 = 0x08;
    pub(super) const ACK: u64 = 0x10;
}

#[derive(Default)]
struct Ends {
    src: Option<IpAddr>,
    dst: Option<IpAddr>,
    sport: u16,
    dport: u16,
    flags: Option<u64>,
    udp: bool,
    /// Bytes or packets that came back to the source.
    back: u64,
    bytes: u64,
}

impl Ends {
    fn of(event: &Event) -> Self {
        let mut ends = Self::default();
        for (field, value) in event.fields() {
            match (field, value) {
                (Field::SrcIp, Value::Ip(ip)) => ends.src = Some(ip.to_canonical()),
                (Field::DstIp, Value::Ip(ip)) => ends.dst = Some(ip.to_canonical()),
                (Field::SrcPort, Value::Uint(n)) => ends.sport = u16::try_from(*n).unwrap_or(0),
                (Field::DstPort, Value::Uint(n)) => ends.dport = u16::try_from(*n).unwrap_or(0),
                (Field::TcpFlags, Value::Uint(n)) => ends.flags = Some(*n),
                (Field::ProtocolNum, Value::Uint(n)) => ends.udp = *n == 17,
                (Field::ProtocolName, Value::Text(name)) => ends.udp = name.eq_ignore_ascii_case("udp"),
                (Field::BytesIn | Field::PacketsIn, Value::Uint(n)) => {
                    ends.back = ends.back.saturating_add(*n);
                    if *field == Field::BytesIn {
                        ends.bytes = ends.bytes.saturating_add(*n);
                    }
                }
                (Field::BytesOut, Value::Uint(n)) => ends.bytes = ends.bytes.saturating_add(*n),
                (Field::Bytes, Value::Uint(n)) => ends.bytes = ends.bytes.max(*n),
                _ => {}
            }
        }
        ends
    }

    /// The destination answered the source.
    fn answered(&self, event: &Event) -> bool {
        self.back > 0
            // A client acknowledges only what it was sent.
            || (!self.udp && self.flags.is_some_and(|f| f & tcp::ACK != 0 && f & tcp::SYN != 0))
            || speaks_protocol(event)
    }

    /// The record is itself an answer: sent from a service port, and no refusal.
    fn is_answer(&self) -> bool {
        match self.flags {
            Some(f) if !self.udp => {
                f & tcp::ACK != 0 && (f & tcp::RST == 0 || f & (tcp::SYN | tcp::PSH) != 0)
            }
            _ => self.udp,
        }
    }
}

/// A sensor that read the protocol itself has seen the server speak.
fn speaks_protocol(event: &Event) -> bool {
    let sensor = matches!(event.format, Some(Format::Eve | Format::Zeek));
    sensor
        && match event.class_uid {
            ocsf::HTTP_ACTIVITY => event.get(Field::HttpStatus).is_some(),
            ocsf::DNS_ACTIVITY => event.activity_id == 2,
            ocsf::RDP_ACTIVITY | ocsf::SMB_ACTIVITY | ocsf::SSH_ACTIVITY => true,
            _ => false,
        }
}

/// The service that a network event shows.
pub(crate) fn answer(event: &Event) -> Option<Answer> {
    let ends = Ends::of(event);
    let (src, dst) = (ends.src?, ends.dst?);
    let forward = match (may_serve(ends.dport, ends.sport), may_serve(ends.sport, ends.dport)) {
        (true, false) => true,
        (false, true) => false,
        (false, false) => return None,
        // Two servers: the one on the lower port is asked, and a tie is the destination.
        (true, true) => ends.dport <= ends.sport,
    };
    if forward {
        ends.answered(event).then_some(Answer {
            server: dst,
            client: src,
            port: ends.dport,
            udp: ends.udp,
            bytes: ends.bytes,
        })
    } else {
        ends.is_answer().then_some(Answer {
            server: src,
            client: dst,
            port: ends.sport,
            udp: ends.udp,
            bytes: ends.bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(src: (&str, u64), dst: (&str, u64), proto: u64, flags: Option<u64>, back: u64) -> Event {
        let mut event = Event::new(ocsf::NETWORK_ACTIVITY, 6);
        event.set_ip_text(Field::SrcIp, src.0);
        event.set_uint(Field::SrcPort, src.1);
        event.set_ip_text(Field::DstIp, dst.0);
        event.set_uint(Field::DstPort, dst.1);
        event.set_uint(Field::ProtocolNum, proto);
        if let Some(flags) = flags {
            event.set_uint(Field::TcpFlags, flags);
        }
        if back > 0 {
            event.set_uint(Field::BytesIn, back);
        }
        event
    }

    #[test]
    fn the_table_can_be_searched() {
        assert!(KNOWN.windows(2).all(|p| p[0] < p[1]));
    }

    #[test]
    fn who_answered_is_the_server_and_a_scan_makes_none() {
        let (a, b) = (("10.1.0.9", 51_000), ("10.1.0.1", 1_521));
        let server = |e: &Event| answer(e).map(|x| (x.server.to_string(), x.port));
        let there = Some(("10.1.0.1".to_owned(), 1_521));
        assert_eq!(server(&flow(a, b, 6, Some(0x1b), 0)), there, "the client acknowledged");
        assert_eq!(server(&flow(b, a, 6, Some(0x1a), 0)), there, "the answering half");
        assert_eq!(server(&flow(a, b, 6, None, 300)), there, "bytes came back");
        for (what, event) in [
            ("a SYN alone", flow(a, b, 6, Some(0x02), 0)),
            ("a SYN and a reset of a half-open scan", flow(a, b, 6, Some(0x06), 0)),
            ("the refusal of a closed port", flow(b, a, 6, Some(0x14), 0)),
            ("nobody knows", flow(a, b, 6, None, 0)),
            ("a question by UDP", flow(a, ("10.1.0.1", 53), 17, None, 0)),
            ("two clients", flow(a, ("10.1.0.1", 52_000), 6, Some(0x1b), 9)),
        ] {
            assert_eq!(answer(&event), None, "{what}");
        }
        assert_eq!(server(&flow(("10.1.0.1", 53), a, 17, None, 0)), Some(("10.1.0.1".to_owned(), 53)));
        let between = flow(("10.1.0.1", 1_521), ("10.1.0.2", 445), 6, Some(0x1b), 9);
        assert_eq!(server(&between), Some(("10.1.0.2".to_owned(), 445)));
    }
}
