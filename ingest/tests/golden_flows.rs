//! NetFlow and IPFIX against what two other collectors make of the same datagrams. Every difference
//! stands with its reason in `tests/golden/differences.csv`; a new or a stale row fails.

#![allow(clippy::expect_used, unreachable_pub, reason = "a test fails by panicking")]

mod golden;

use std::{collections::BTreeMap, fs, net::IpAddr, path::Path};

use serde_json::Value;
use ward_event::{Event, Field, Format, Micros, ocsf};
use ward_ingest::parse::{Input, parser};

/// The codec's names (v5 and v9) → IANA's, under which our fields stand.
const NAMES: &[(&str, &str)] = &[
    ("in_bytes", "octetDeltaCount"),
    ("in_permanent_bytes", "octetTotalCount"),
    ("in_pkts", "packetDeltaCount"),
    ("out_bytes", "postOctetDeltaCount"),
    ("out_pkts", "postPacketDeltaCount"),
    ("protocol", "protocolIdentifier"),
    ("src_tos", "ipClassOfService"),
    ("tcp_flags", "tcpControlBits"),
    ("l4_src_port", "sourceTransportPort"),
    ("l4_dst_port", "destinationTransportPort"),
    ("ipv4_src_addr", "sourceIPv4Address"),
    ("ipv4_dst_addr", "destinationIPv4Address"),
    ("ipv4_src_prefix", "sourceIPv4Prefix"),
    ("ipv4_next_hop", "ipNextHopIPv4Address"),
    ("ipv4_ident", "fragmentIdentification"),
    ("src_mask", "sourceIPv4PrefixLength"),
    ("dst_mask", "destinationIPv4PrefixLength"),
    ("input_snmp", "ingressInterface"),
    ("output_snmp", "egressInterface"),
    ("src_as", "bgpSourceAsNumber"),
    ("dst_as", "bgpDestinationAsNumber"),
    ("last_switched", "flowEndSysUpTime"),
    ("first_switched", "flowStartSysUpTime"),
    ("flow_start_msec", "flowStartMilliseconds"),
    ("event_time_msec", "observationTimeMilliseconds"),
    ("sampling_interval", "samplingInterval"),
    ("sampling_algorithm", "samplingAlgorithm"),
    ("flow_active_timeout", "flowActiveTimeout"),
    ("flow_inactive_timeout", "flowIdleTimeout"),
    ("total_bytes_exp", "exportedOctetTotalCount"),
    ("total_pkts_exp", "exportedMessageTotalCount"),
    ("total_flows_exp", "exportedFlowRecordTotalCount"),
    ("flow_sampler_id", "samplerId"),
    ("in_src_mac", "sourceMacAddress"),
    ("in_dst_mac", "destinationMacAddress"),
    ("out_src_mac", "postSourceMacAddress"),
    ("out_dst_mac", "postDestinationMacAddress"),
    ("src_vlan", "vlanId"),
    ("dst_vlan", "postVlanId"),
    ("ip_protocol_version", "ipVersion"),
    ("ip_dscp", "ipDiffServCodePoint"),
    ("direction", "flowDirection"),
    ("if_desc", "interfaceDescription"),
    ("forwarding_status", "forwardingStatus"),
    ("src_traffic_index", "srcTrafficIndex"),
    ("dst_traffic_index", "dstTrafficIndex"),
    ("application_description", "applicationDescription"),
    ("application_id", "applicationId"),
    ("application_name", "applicationName"),
    ("mpls_label_stack_octets", "mplsLabelStackOctets"),
    ("flows", "deltaFlowCount"),
    ("tcp_src_port", "tcpSourcePort"),
    ("udp_dst_port", "udpDestinationPort"),
    ("conn_id", "flowId"),
    ("icmp_type", "icmpTypeIPv4"),
    ("icmp_code", "icmpCodeIPv4"),
    ("xlate_src_addr_ipv4", "xlateSourceAddressIPv4"),
    ("xlate_dst_addr_ipv4", "xlateDestinationAddressIPv4"),
    ("xlate_src_port", "xlateSourcePort"),
    ("xlate_dst_port", "xlateDestinationPort"),
    ("fw_event", "firewallEvent"),
    ("fw_ext_event", "fwExtEvent"),
    ("ingress_acl_id", "ingressAclId"),
    ("egress_acl_id", "egressAclId"),
    ("username", "aaaUsername"),
    ("nprobe_proto", "nprobeProtocol"),
    ("nprobe_proto_name", "nprobeProtocolName"),
    ("scope_system", "scopeSystem"),
    ("flowset_id", "templateId"),
    ("flow_seq_num", "flowSequence"),
    ("flow_records", "flowRecords"),
    ("engine_type", "engineType"),
    ("engine_id", "engineId"),
];

/// Names that stand in a hot field alone.
const HOT: &[(&str, Field)] = &[
    ("octetDeltaCount", Field::Bytes),
    ("octetTotalCount", Field::Bytes),
    ("packetDeltaCount", Field::Packets),
    ("packetTotalCount", Field::Packets),
    ("postOctetDeltaCount", Field::BytesOut),
    ("postPacketDeltaCount", Field::PacketsOut),
    ("ixiaRevOctetDeltaCount", Field::BytesIn),
    ("protocolIdentifier", Field::ProtocolNum),
    ("tcpControlBits", Field::TcpFlags),
    ("sourceTransportPort", Field::SrcPort),
    ("destinationTransportPort", Field::DstPort),
    ("sourceIPv4Address", Field::SrcIp),
    ("destinationIPv4Address", Field::DstIp),
    ("sourceIPv6Address", Field::SrcIp),
    ("destinationIPv6Address", Field::DstIp),
    ("sourceMacAddress", Field::SrcMac),
    ("destinationMacAddress", Field::DstMac),
    ("flowEndSysUpTime", Field::EndTime),
    ("flowStartSysUpTime", Field::StartTime),
    ("flowStartSeconds", Field::StartTime),
    ("flowEndSeconds", Field::EndTime),
    ("flowStartMilliseconds", Field::StartTime),
    ("flowEndMilliseconds", Field::EndTime),
    ("flowDurationMilliseconds", Field::Duration),
    ("userName", Field::UserName),
];

fn decode(dir: &Path, packets: &[String]) -> Vec<Event> {
    let mut parser = parser(Format::Netflow).expect("in the table");
    let mut events = Vec::new();
    for packet in packets {
        let bytes = fs::read(dir.join(packet)).expect(packet);
        let input = Input { bytes: &bytes, peer: None, received: Micros(0) };
        // A datagram that is refused is a dead letter; the cases that must not fail mean no panic.
        let _ = parser.parse(&input, &mut events);
    }
    events
}

/// Our value under one of IANA's names, as the golden files write it.
fn ours(event: &Event, name: &str, wanted: &Value) -> Option<Value> {
    if let Some(source) = event.source(name) {
        return Some(if source.is_json {
            serde_json::from_str(&source.value).expect("JSON")
        } else {
            Value::from(source.value.as_str())
        });
    }
    if let Some(parts) = wanted.as_object() {
        let part = |p: &String| {
            Some((p.clone(), serde_json::from_str(&event.source(&format!("{name}.{p}"))?.value).ok()?))
        };
        return parts.keys().map(part).collect::<Option<serde_json::Map<_, _>>>().map(Value::from);
    }
    let field = HOT.iter().find(|(n, _)| *n == name)?.1;
    match event.get(field)? {
        ward_event::Value::Text(t) => Some(Value::from(t.as_str())),
        ward_event::Value::Ip(ip) => Some(Value::from(ip.to_string())),
        ward_event::Value::Uint(n) if wanted.is_string() => {
            Some(Value::from(Micros::from_millis(i64::try_from(*n).ok()?).rfc3339()))
        }
        ward_event::Value::Uint(n) if name.ends_with("Seconds") => Some(Value::from(n / 1_000)),
        ward_event::Value::Uint(n) => Some(Value::from(*n)),
    }
}

fn iana(name: &str) -> &str {
    NAMES.iter().find(|(theirs, _)| *theirs == name).map_or(name, |(_, iana)| iana)
}

/// That codec borrows no second when it takes one fraction of a second from another: its times from
/// uptime are right or exactly one second late.
fn a_second_late(name: &str, ours: &Value, theirs: &Value) -> bool {
    let time = |v: &Value| v.as_str()?.parse::<jiff::Timestamp>().ok().map(|t| t.as_millisecond());
    name.ends_with("SysUpTime") && time(ours).is_some_and(|t| Some(t + 1_000) == time(theirs))
}

/// Two values say the same: numbers by value, times to the millisecond, addresses as addresses.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            (a - b).abs() <= b.abs() * 1e-7
        }
        (Value::String(a), Value::String(b)) => {
            let time = |t: &str| t.parse::<jiff::Timestamp>().ok().map(|t| t.as_millisecond());
            let ip = |t: &str| t.parse::<IpAddr>().ok();
            a == b || (time(a).is_some() && time(a) == time(b)) || (ip(a).is_some() && ip(a) == ip(b))
        }
        _ => ours == theirs,
    }
}

#[test]
fn golden_logstash() {
    let Some(shared) = golden::shared("flows/logstash") else { return };
    let cases: Vec<Value> =
        serde_json::from_slice(&fs::read(shared.join("expected.json")).expect("expected.json"))
            .expect("JSON");
    let mut found = golden::Differences::new("flows-logstash");
    let (mut counts, mut wholes, mut values) = ((0, 0), (0, 0), (0, 0));
    for case in &cases {
        let name = case["name"].as_str().expect("a name");
        let packets: Vec<String> = serde_json::from_value(case["packets"].clone()).expect("packets");
        let events = decode(&shared, &packets);
        if let Some(n) = case["expected_event_count"].as_u64() {
            counts.1 += 1;
            if events.len() as u64 == n {
                counts.0 += 1;
            } else {
                found.note(name, "count", &format!("{} events, theirs {n}", events.len()));
            }
        }
        for assert in case["field_asserts"].as_array().expect("asserts") {
            values.1 += 1;
            let theirs = &assert["value"];
            let at = usize::try_from(assert["event"].as_u64().expect("index")).expect("small");
            let field = assert["field"].as_str().expect("a field");
            let mine = events.get(at).and_then(|e| ours(e, iana(field), theirs));
            if mine.as_ref().is_some_and(|m| same(m, theirs)) {
                values.0 += 1;
            } else {
                found.note(name, field, &format!("{mine:?}, theirs {theirs}"));
            }
        }
        for full in case["full_events"].as_array().expect("events") {
            wholes.1 += 1;
            let at = usize::try_from(full["event"].as_u64().expect("index")).expect("small");
            let mut wrong = Vec::new();
            for (field, theirs) in full["json"]["netflow"].as_object().expect("fields") {
                let mine = events.get(at).and_then(|e| ours(e, iana(field), theirs));
                if !mine.as_ref().is_some_and(|m| same(m, theirs) || a_second_late(iana(field), m, theirs)) {
                    wrong.push((field.clone(), format!("{mine:?}, theirs {theirs}")));
                }
            }
            if wrong.is_empty() {
                wholes.0 += 1;
            }
            for (field, what) in wrong {
                found.note(&format!("{name} event {at}"), &field, &what);
            }
        }
    }
    eprintln!("logstash flows: counts {counts:?}, whole events {wholes:?}, values {values:?}");
    found.check();
    assert_eq!(counts, (23, 23));
    assert!(wholes.0 >= 34 && wholes.1 == 36, "{wholes:?}");
    assert!(values.0 >= 88 && values.1 == 91, "{values:?}");
}

/// One line of Influx line protocol, its fields by name.
fn influx(line: &str) -> BTreeMap<String, String> {
    let (_, rest) = line.split_once(' ').expect("fields");
    let mut fields = BTreeMap::new();
    let (mut part, mut quoted) = (String::new(), false);
    let mut end = |part: &mut String| {
        if let Some((name, value)) = part.split_once('=') {
            fields.insert(name.to_owned(), value.trim_matches('"').to_owned());
        }
        part.clear();
    };
    for c in rest.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                end(&mut part);
                continue;
            }
            ' ' if !quoted => break,
            _ => {}
        }
        part.push(c);
    }
    end(&mut part);
    fields
}

/// Telegraf's field → our hot field, for those whose meaning is one number or address.
const TELEGRAF: &[(&str, Field)] = &[
    ("src", Field::SrcIp),
    ("dst", Field::DstIp),
    ("src_port", Field::SrcPort),
    ("dst_port", Field::DstPort),
    ("in_bytes", Field::Bytes),
    ("in_packets", Field::Packets),
    ("in_total_bytes", Field::Bytes),
    ("in_total_packets", Field::Packets),
    ("flow_start_ms", Field::StartTime),
    ("flow_end_ms", Field::EndTime),
    ("in_src_mac", Field::SrcMac),
    ("protocol", Field::ProtocolName),
];

#[test]
fn golden_telegraf() {
    let Some(shared) = golden::shared("flows/telegraf") else { return };
    let mut found = golden::Differences::new("flows-telegraf");
    for case in ["netflow_v5_example", "netflow_v9_example", "ipfix_example", "ipfix_options", "issue_13305"]
    {
        let dir = shared.join(case);
        let mut packets: Vec<String> = fs::read_dir(&dir)
            .expect("a case")
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .filter(|n| n.ends_with(".bin"))
            .collect();
        packets.sort();
        let events = decode(&dir, &packets);
        let expected = fs::read_to_string(dir.join("expected.out")).expect("expected.out");
        let theirs: Vec<_> = expected
            .lines()
            .filter(|l| !l.is_empty())
            .map(|l| (l.starts_with("netflow_options"), influx(l)))
            .collect();
        if events.len() != theirs.len() {
            found.note(case, "count", &format!("{} events, theirs {}", events.len(), theirs.len()));
        }
        let flows: Vec<_> = events.iter().filter(|e| e.class_uid == ocsf::NETWORK_ACTIVITY).collect();
        // Their lines have no order of their own: a record is found by what identifies it.
        for (n, (is_options, line)) in theirs.iter().enumerate() {
            let matches = |event: &&&Event| {
                TELEGRAF.iter().all(|(name, field)| {
                    line.get(*name).is_none_or(|value| {
                        let value = value.trim_end_matches('u');
                        match event.get(*field) {
                            Some(ward_event::Value::Text(t)) => t == value,
                            Some(ward_event::Value::Ip(ip)) => value.parse() == Ok(*ip),
                            Some(ward_event::Value::Uint(m)) => value.parse() == Ok(*m),
                            None => false,
                        }
                    })
                })
            };
            let hit = if *is_options {
                line.iter().all(|(name, value)| match name.as_str() {
                    "app_desc" | "app_name" => {
                        events.iter().any(|e| e.unmapped.iter().any(|f| f.value == *value))
                    }
                    _ => true,
                })
            } else {
                flows.iter().any(|e| matches(&e))
            };
            if !hit {
                found.note(case, &format!("record {}", n + 1), &format!("none of ours: {line:?}"));
            }
        }
    }
    found.check();
}

proptest::proptest! {
    #[test]
    fn hostile_datagrams_never_panic(version in 0u8..12, bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let mut parser = parser(Format::Netflow).expect("in the table");
        let mut datagram = vec![0, version];
        datagram.extend(bytes);
        let mut out = Vec::new();
        let _ = parser.parse(&Input { bytes: &datagram, peer: None, received: Micros(0) }, &mut out);
    }
}
