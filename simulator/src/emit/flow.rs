//! NetFlow v9 (RFC 3954) and IPFIX (RFC 7011) exporters: templates, records of IPv4 and IPv6, sequence
//! numbers as each standard counts them.

use std::net::IpAddr;

use ward_event::Micros;

use super::{Batch, Channel};
use crate::model::Flow;

/// One unidirectional flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowRecord {
    pub unit: u16,
    /// When the flow ended, which is when it is exported.
    pub time: Micros,
    pub start: Micros,
    pub src: IpAddr,
    pub dst: IpAddr,
    pub sport: u16,
    pub dport: u16,
    pub proto: u8,
    pub tcp_flags: u8,
    pub bytes: u64,
    pub packets: u64,
    /// RFC 5102: 0 ingress, 1 egress, as seen from the unit.
    pub outbound: bool,
}

/// A datagram is kept below the usual MTU.
const DATAGRAM_BYTES_MAX: usize = 1_400;

/// Templates are sent again after so long: a collector that starts late waits no longer than this.
const TEMPLATE_EVERY: i64 = 60 * 1_000_000;

/// NetFlow v9 counts milliseconds since boot in 32 bits (49.7 days): exporters here reboot every 30 days.
const BOOT_EVERY: i64 = 30 * 86_400 * 1_000_000;

const TEMPLATE_V4: u16 = 260;
const TEMPLATE_V6: u16 = 261;

/// (element, length) in the order of [`put_record`]. The ids of both standards agree up to 127.
const COMMON: [(u16, u16); 6] = [(1, 8), (2, 8), (4, 1), (6, 1), (7, 2), (11, 2)];
const ADDRESSES_V4: [(u16, u16); 2] = [(8, 4), (12, 4)];
const ADDRESSES_V6: [(u16, u16); 2] = [(27, 16), (28, 16)];
const REST: [(u16, u16); 3] = [(10, 4), (14, 4), (61, 1)];
/// v9: FIRST_SWITCHED, LAST_SWITCHED in milliseconds since boot.
const TIMES_V9: [(u16, u16); 2] = [(22, 4), (21, 4)];
/// IPFIX: flowStartMilliseconds, flowEndMilliseconds since the epoch.
const TIMES_IPFIX: [(u16, u16); 2] = [(152, 8), (153, 8)];

/// The exporter of one unit.
#[derive(Debug, Clone)]
pub struct Exporter {
    unit: usize,
    ipfix: bool,
    /// v9: datagrams sent. IPFIX: records sent.
    sequence: u32,
    last_template: Option<Micros>,
    /// When the datagram before was sent: numbers and times must rise together.
    last_sent: Micros,
}

impl Exporter {
    /// None where the unit exports no flows.
    pub fn new(unit: usize, flow: Flow) -> Option<Self> {
        let ipfix = match flow {
            Flow::None => return None,
            Flow::V9 => false,
            Flow::Ipfix => true,
        };
        Some(Self { unit, ipfix, sequence: 0, last_template: None, last_sent: Micros(i64::MIN) })
    }

    /// Packs records, which are in the order of time, into datagrams.
    pub fn pack(&mut self, mut records: &[FlowRecord], batch: &mut Batch) {
        while let Some(first) = records.first() {
            let v6 = first.src.is_ipv6();
            let fits = self.fits(first.time, v6);
            let same = records.iter().take(fits).take_while(|r| r.src.is_ipv6() == v6).count();
            let (now, rest) = records.split_at(same);
            self.datagram(now, v6, batch);
            records = rest;
        }
    }

    fn template_due(&self, at: Micros) -> bool {
        self.last_template.is_none_or(|last| at.0 - last.0 >= TEMPLATE_EVERY)
    }

    fn fields(&self, v6: bool) -> impl Iterator<Item = (u16, u16)> + Clone {
        let addresses = if v6 { ADDRESSES_V6 } else { ADDRESSES_V4 };
        let times = if self.ipfix { TIMES_IPFIX } else { TIMES_V9 };
        COMMON.into_iter().chain(addresses).chain(REST).chain(times)
    }

    fn record_bytes(&self, v6: bool) -> usize {
        self.fields(v6).map(|(_, length)| usize::from(length)).sum()
    }

    fn fits(&self, at: Micros, v6: bool) -> usize {
        let templates = if self.template_due(at) { 4 + 2 * 4 + 8 * self.fields(false).count() } else { 0 };
        (DATAGRAM_BYTES_MAX - 20 - 4 - 3 - templates) / self.record_bytes(v6)
    }

    fn datagram(&mut self, records: &[FlowRecord], v6: bool, batch: &mut Batch) {
        let Some(last) = records.last() else { return };
        let at = last.time.max(self.last_sent);
        self.last_sent = at;
        let start = batch.begin();
        let with_templates = self.template_due(records[0].time);
        self.header(at, records.len() + if with_templates { 2 } else { 0 }, batch);
        if with_templates {
            self.templates(batch);
            self.last_template = Some(records[0].time);
        }
        self.data(records, v6, at, batch);
        if self.ipfix {
            let length = (batch.bytes.len() - start) as u16;
            batch.bytes[start + 2..start + 4].copy_from_slice(&length.to_be_bytes());
            self.sequence = self.sequence.wrapping_add(records.len() as u32);
        } else {
            self.sequence = self.sequence.wrapping_add(1);
        }
        batch.end(start, at, self.unit, Channel::Netflow, records.len() as u16);
    }

    /// RFC 3954 § 5.1 (20 bytes); RFC 7011 § 3.1 (16 bytes, the length is set when it is known).
    fn header(&self, at: Micros, count: usize, batch: &mut Batch) {
        // Whole seconds, rounded up: v9 readers take the boot time from seconds and uptime together.
        let at = Micros::from_secs(at.secs() + 1);
        let out = &mut batch.bytes;
        if self.ipfix {
            out.extend_from_slice(&10_u16.to_be_bytes());
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(&(at.secs() as u32).to_be_bytes());
        } else {
            out.extend_from_slice(&9_u16.to_be_bytes());
            out.extend_from_slice(&(count as u16).to_be_bytes());
            out.extend_from_slice(&uptime(at, at).to_be_bytes());
            out.extend_from_slice(&(at.secs() as u32).to_be_bytes());
        }
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&(self.unit as u32 + 1).to_be_bytes());
    }

    fn templates(&self, batch: &mut Batch) {
        let at = batch.bytes.len();
        let out = &mut batch.bytes;
        out.extend_from_slice(&(if self.ipfix { 2_u16 } else { 0 }).to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        for (id, v6) in [(TEMPLATE_V4, false), (TEMPLATE_V6, true)] {
            out.extend_from_slice(&id.to_be_bytes());
            out.extend_from_slice(&(self.fields(v6).count() as u16).to_be_bytes());
            for (element, length) in self.fields(v6) {
                out.extend_from_slice(&element.to_be_bytes());
                out.extend_from_slice(&length.to_be_bytes());
            }
        }
        let length = (out.len() - at) as u16;
        out[at + 2..at + 4].copy_from_slice(&length.to_be_bytes());
    }

    fn data(&self, records: &[FlowRecord], v6: bool, at: Micros, batch: &mut Batch) {
        let set = batch.bytes.len();
        let out = &mut batch.bytes;
        out.extend_from_slice(&(if v6 { TEMPLATE_V6 } else { TEMPLATE_V4 }).to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        for record in records {
            put_record(out, record);
            if self.ipfix {
                out.extend_from_slice(&(record.start.millis() as u64).to_be_bytes());
                out.extend_from_slice(&(record.time.millis() as u64).to_be_bytes());
            } else {
                out.extend_from_slice(&uptime(record.start, at).to_be_bytes());
                out.extend_from_slice(&uptime(record.time, at).to_be_bytes());
            }
        }
        while !(out.len() - set).is_multiple_of(4) {
            out.push(0);
        }
        let length = (out.len() - set) as u16;
        out[set + 2..set + 4].copy_from_slice(&length.to_be_bytes());
    }
}

/// Milliseconds from the exporter's boot (that of instant `now`) to `at`; 0 for what began before it.
fn uptime(at: Micros, now: Micros) -> u32 {
    let boot = now.0.div_euclid(BOOT_EVERY) * BOOT_EVERY;
    ((at.0 - boot).max(0) / 1_000) as u32
}

fn put_record(out: &mut Vec<u8>, r: &FlowRecord) {
    out.extend_from_slice(&r.bytes.to_be_bytes());
    out.extend_from_slice(&r.packets.to_be_bytes());
    out.push(r.proto);
    out.push(r.tcp_flags);
    out.extend_from_slice(&r.sport.to_be_bytes());
    out.extend_from_slice(&r.dport.to_be_bytes());
    match (r.src, r.dst) {
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            out.extend_from_slice(&src.octets());
            out.extend_from_slice(&dst.octets());
        }
        (src, dst) => {
            for address in [src, dst] {
                // Ends of one family: the generator makes them from one host table.
                let v4 = match address {
                    IpAddr::V4(v4) => v4,
                    IpAddr::V6(_) => std::net::Ipv4Addr::UNSPECIFIED,
                };
                out.extend_from_slice(&v4.octets());
            }
        }
    }
    let (input, output) = if r.outbound { (1_u32, 2_u32) } else { (2, 1) };
    out.extend_from_slice(&input.to_be_bytes());
    out.extend_from_slice(&output.to_be_bytes());
    out.push(u8::from(r.outbound));
}

#[cfg(test)]
pub(crate) mod decode;

#[cfg(test)]
mod tests {
    use super::*;

    fn record(n: u16, v6: bool) -> FlowRecord {
        let (src, dst): (IpAddr, IpAddr) = if v6 {
            ("fd12::1".parse().expect("an address"), "fd12::2".parse().expect("an address"))
        } else {
            ("10.1.2.3".parse().expect("an address"), "10.1.1.9".parse().expect("an address"))
        };
        let time = Micros(1_785_895_200_000_000 + i64::from(n) * 1_000);
        FlowRecord {
            unit: 4,
            time,
            start: Micros(time.0 - 2_000_000),
            src,
            dst,
            sport: 50_000 + n,
            dport: 104,
            proto: 6,
            tcp_flags: 0x1b,
            bytes: 5_000_000_000 + u64::from(n),
            packets: 7,
            outbound: false,
        }
    }

    #[test]
    fn both_exporters_are_read_back_record_by_record() {
        for flow in [Flow::V9, Flow::Ipfix] {
            let mut exporter = Exporter::new(4, flow).expect("exports");
            let mut batch = Batch::default();
            let records: Vec<_> = (0..100).map(|n| record(n, n >= 60)).collect();
            exporter.pack(&records, &mut batch);
            let mut decoder = decode::Decoder::default();
            let mut back = Vec::new();
            for item in &batch.items {
                let datagram = batch.slice(item);
                assert!(datagram.len() <= DATAGRAM_BYTES_MAX);
                let flows = decoder.read(datagram).expect("read");
                assert_eq!(flows.len(), usize::from(item.events));
                back.extend(flows);
            }
            assert_eq!(back.len(), records.len());
            for (got, sent) in back.iter().zip(&records) {
                assert_eq!(
                    (got.src, got.dst, got.sport, got.dport),
                    (sent.src, sent.dst, sent.sport, sent.dport)
                );
                assert_eq!((got.bytes, got.packets, got.proto), (sent.bytes, sent.packets, sent.proto));
                assert_eq!(got.start_ms, sent.start.millis());
            }
            let counted = if flow == Flow::Ipfix { records.len() } else { batch.items.len() };
            assert_eq!(exporter.sequence as usize, counted);
        }
    }

    #[test]
    fn templates_come_again_after_a_minute_and_not_before() {
        let mut exporter = Exporter::new(4, Flow::V9).expect("exports");
        let mut sizes = Vec::new();
        for second in [0, 30, 59, 60, 61] {
            let mut batch = Batch::default();
            let mut one = record(0, false);
            one.time = Micros(one.time.0 + second * 1_000_000);
            exporter.pack(&[one], &mut batch);
            sizes.push(batch.bytes.len());
        }
        assert!(sizes[0] > sizes[1] && sizes[1] == sizes[2] && sizes[3] == sizes[0] && sizes[4] == sizes[1]);
    }
}
