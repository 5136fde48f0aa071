//! A small reader of NetFlow v9 and IPFIX, written from the standards and not from the exporter, to check
//! it by.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

#[derive(Debug, Default)]
pub(crate) struct Decoder {
    templates: BTreeMap<u16, Vec<(u16, usize)>>,
    next: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) src: IpAddr,
    pub(crate) dst: IpAddr,
    pub(crate) sport: u16,
    pub(crate) dport: u16,
    pub(crate) proto: u8,
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
    pub(crate) start_ms: i64,
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, b| sum << 8 | u64::from(*b))
}

impl Decoder {
    /// The records of a datagram; checks the header's counts and the running number.
    pub(crate) fn read(&mut self, datagram: &[u8]) -> Result<Vec<Decoded>, String> {
        let ipfix = number(&datagram[..2]) == 10;
        let (header, sequence) = if ipfix { (16, &datagram[8..12]) } else { (20, &datagram[12..16]) };
        // Milliseconds of the exporter's boot (v9).
        let boot =
            if ipfix { 0 } else { number(&datagram[8..12]) as i64 * 1_000 - number(&datagram[4..8]) as i64 };
        if ipfix && number(&datagram[2..4]) as usize != datagram.len() {
            return Err("length".into());
        }
        let sequence = number(sequence) as u32;
        if self.next.is_some_and(|next| next != sequence) {
            return Err(format!("sequence {sequence}, not {:?}", self.next));
        }
        let mut flows = Vec::new();
        let mut at = header;
        let mut seen = 0;
        while at + 4 <= datagram.len() {
            let (id, length) =
                (number(&datagram[at..at + 2]) as u16, number(&datagram[at + 2..at + 4]) as usize);
            let set = datagram.get(at + 4..at + length).ok_or("a set reaches beyond the datagram")?;
            match id {
                0 | 2 => seen += self.learn(set),
                id => seen += self.records(id, set, boot, &mut flows)?,
            }
            at += length;
        }
        if !ipfix && number(&datagram[2..4]) as usize != seen {
            return Err(format!("{seen} records, count says otherwise"));
        }
        self.next = Some(sequence + if ipfix { flows.len() as u32 } else { 1 });
        Ok(flows)
    }

    fn learn(&mut self, mut set: &[u8]) -> usize {
        let mut learnt = 0;
        while set.len() >= 4 {
            let (id, count) = (number(&set[..2]) as u16, number(&set[2..4]) as usize);
            let fields = set[4..4 + 4 * count].chunks(4);
            let fields = fields.map(|f| (number(&f[..2]) as u16, number(&f[2..]) as usize)).collect();
            self.templates.insert(id, fields);
            set = &set[4 + 4 * count..];
            learnt += 1;
        }
        learnt
    }

    fn records(&self, id: u16, mut set: &[u8], boot: i64, flows: &mut Vec<Decoded>) -> Result<usize, String> {
        let template = self.templates.get(&id).ok_or("no template")?;
        let size: usize = template.iter().map(|(_, length)| length).sum();
        let mut count = 0;
        while set.len() >= size {
            let mut values = BTreeMap::new();
            let mut rest = &set[..size];
            for (element, length) in template {
                let (value, after) = rest.split_at(*length);
                values.insert(*element, value);
                rest = after;
            }
            flows.push(record(&values, boot));
            set = &set[size..];
            count += 1;
        }
        if set.len() >= 4 { Err("left over".into()) } else { Ok(count) }
    }
}

fn record(values: &BTreeMap<u16, &[u8]>, boot: i64) -> Decoded {
    let of = |element: u16| values.get(&element).map_or(0, |v| number(v));
    let address = |v4: u16, v6: u16| match values.get(&v4) {
        Some(v) => IpAddr::V4(Ipv4Addr::from(number(v) as u32)),
        None => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(values[&v6]).expect("16 bytes"))),
    };
    Decoded {
        src: address(8, 27),
        dst: address(12, 28),
        sport: of(7) as u16,
        dport: of(11) as u16,
        proto: of(4) as u8,
        bytes: of(1),
        packets: of(2),
        start_ms: if values.contains_key(&152) { of(152) as i64 } else { boot + of(22) as i64 },
    }
}
