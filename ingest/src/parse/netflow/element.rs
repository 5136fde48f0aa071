//! Information elements: number → name, type, hot field. Names and types by IANA's IPFIX registry;
//! enterprise elements by their owners' documents. What is not here is kept as `ie_<enterprise>_<id>`
//! with its octets in hex.

use compact_str::{CompactString, format_compact};
use ward_event::Field;

/// How an element's octets are read (RFC 7011, 6.1). Integers may be shortened (reduced-size encoding).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Unsigned,
    Float,
    Ipv4,
    Ipv6,
    Mac,
    Text,
    Octets,
    Boolean,
    Seconds,
    Millis,
    /// NTP timestamps: 32 bits of seconds since 1900, 32 of fraction.
    Ntp,
    /// Milliseconds of the exporter's uptime.
    Uptime,
    /// Selector octet and value: `13..1234` as most tools print it.
    Application,
    /// v9's forwarding status: two bits of status, six of reason.
    Forwarding,
    /// One entry of an MPLS label stack (RFC 3032), without or with its TTL.
    Mpls,
    /// Cisco ASA's identity of an access list and its entries: three words.
    Acl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) enterprise: u32,
    pub(super) id: u16,
    pub(super) name: &'static str,
    pub(super) kind: Type,
    pub(super) field: Option<Field>,
}

/// The element of that number, if it is known.
pub(super) fn find(enterprise: u32, id: u16) -> Option<&'static Element> {
    ELEMENTS.binary_search_by_key(&(enterprise, id), |e| (e.enterprise, e.id)).ok().map(|at| &ELEMENTS[at])
}

/// Enterprise number under which RFC 5103 counts an element of the other direction of a flow.
pub(super) const REVERSE: u32 = 29_305;

/// What v9 exporters mean by numbers that IANA later gave another meaning.
pub(super) static V9_CUSTOM: &[Element] = &[e(0, 201, "mplsLabelStackOctets", Mpls)];

/// The name under which an element's value stands.
pub(super) fn name(enterprise: u32, id: u16) -> CompactString {
    match find(enterprise, id) {
        Some(element) => CompactString::const_new(element.name),
        None if enterprise == REVERSE => match find(0, id) {
            Some(e) => format_compact!("reverse{}{}", e.name[..1].to_ascii_uppercase(), &e.name[1..]),
            None => format_compact!("ie_{enterprise}_{id}"),
        },
        None => format_compact!("ie_{enterprise}_{id}"),
    }
}

const fn e(enterprise: u32, id: u16, name: &'static str, kind: Type) -> Element {
    Element { enterprise, id, name, kind, field: None }
}

const fn f(id: u16, name: &'static str, kind: Type, field: Field) -> Element {
    Element { enterprise: 0, id, name, kind, field: Some(field) }
}

use Type::{
    Acl, Application, Boolean, Float, Forwarding, Ipv4, Ipv6, Mac, Millis, Mpls, Ntp, Octets, Seconds, Text,
    Unsigned, Uptime,
};

/// Sorted by enterprise and number.
#[rustfmt::skip]
static ELEMENTS: &[Element] = &[
    f(1, "octetDeltaCount", Unsigned, Field::Bytes),
    f(2, "packetDeltaCount", Unsigned, Field::Packets),
    e(0, 3, "deltaFlowCount", Unsigned),
    f(4, "protocolIdentifier", Unsigned, Field::ProtocolNum),
    e(0, 5, "ipClassOfService", Unsigned),
    f(6, "tcpControlBits", Unsigned, Field::TcpFlags),
    f(7, "sourceTransportPort", Unsigned, Field::SrcPort),
    f(8, "sourceIPv4Address", Ipv4, Field::SrcIp),
    e(0, 9, "sourceIPv4PrefixLength", Unsigned),
    e(0, 10, "ingressInterface", Unsigned),
    f(11, "destinationTransportPort", Unsigned, Field::DstPort),
    f(12, "destinationIPv4Address", Ipv4, Field::DstIp),
    e(0, 13, "destinationIPv4PrefixLength", Unsigned),
    e(0, 14, "egressInterface", Unsigned),
    e(0, 15, "ipNextHopIPv4Address", Ipv4),
    e(0, 16, "bgpSourceAsNumber", Unsigned),
    e(0, 17, "bgpDestinationAsNumber", Unsigned),
    e(0, 18, "bgpNextHopIPv4Address", Ipv4),
    e(0, 19, "postMCastPacketDeltaCount", Unsigned),
    e(0, 20, "postMCastOctetDeltaCount", Unsigned),
    f(21, "flowEndSysUpTime", Uptime, Field::EndTime),
    f(22, "flowStartSysUpTime", Uptime, Field::StartTime),
    f(23, "postOctetDeltaCount", Unsigned, Field::BytesOut),
    f(24, "postPacketDeltaCount", Unsigned, Field::PacketsOut),
    e(0, 25, "minimumIpTotalLength", Unsigned),
    e(0, 26, "maximumIpTotalLength", Unsigned),
    f(27, "sourceIPv6Address", Ipv6, Field::SrcIp),
    f(28, "destinationIPv6Address", Ipv6, Field::DstIp),
    e(0, 29, "sourceIPv6PrefixLength", Unsigned),
    e(0, 30, "destinationIPv6PrefixLength", Unsigned),
    e(0, 31, "flowLabelIPv6", Unsigned),
    e(0, 32, "icmpTypeCodeIPv4", Unsigned),
    e(0, 33, "igmpType", Unsigned),
    e(0, 34, "samplingInterval", Unsigned),
    e(0, 35, "samplingAlgorithm", Unsigned),
    e(0, 36, "flowActiveTimeout", Unsigned),
    e(0, 37, "flowIdleTimeout", Unsigned),
    e(0, 38, "engineType", Unsigned),
    e(0, 39, "engineId", Unsigned),
    e(0, 40, "exportedOctetTotalCount", Unsigned),
    e(0, 41, "exportedMessageTotalCount", Unsigned),
    e(0, 42, "exportedFlowRecordTotalCount", Unsigned),
    e(0, 43, "ipv4RouterSc", Ipv4),
    e(0, 44, "sourceIPv4Prefix", Ipv4),
    e(0, 45, "destinationIPv4Prefix", Ipv4),
    e(0, 46, "mplsTopLabelType", Unsigned),
    e(0, 47, "mplsTopLabelIPv4Address", Ipv4),
    e(0, 48, "samplerId", Unsigned),
    e(0, 49, "samplerMode", Unsigned),
    e(0, 50, "samplerRandomInterval", Unsigned),
    e(0, 52, "minimumTTL", Unsigned),
    e(0, 53, "maximumTTL", Unsigned),
    e(0, 54, "fragmentIdentification", Unsigned),
    e(0, 55, "postIpClassOfService", Unsigned),
    f(56, "sourceMacAddress", Mac, Field::SrcMac),
    e(0, 57, "postDestinationMacAddress", Mac),
    e(0, 58, "vlanId", Unsigned),
    e(0, 59, "postVlanId", Unsigned),
    e(0, 60, "ipVersion", Unsigned),
    e(0, 61, "flowDirection", Unsigned),
    e(0, 62, "ipNextHopIPv6Address", Ipv6),
    e(0, 63, "bgpNextHopIPv6Address", Ipv6),
    e(0, 64, "ipv6ExtensionHeaders", Unsigned),
    e(0, 70, "mplsTopLabelStackSection", Mpls),
    e(0, 71, "mplsLabelStackSection2", Mpls),
    e(0, 72, "mplsLabelStackSection3", Mpls),
    f(80, "destinationMacAddress", Mac, Field::DstMac),
    e(0, 81, "postSourceMacAddress", Mac),
    e(0, 82, "interfaceName", Text),
    e(0, 83, "interfaceDescription", Text),
    e(0, 84, "samplerName", Text),
    f(85, "octetTotalCount", Unsigned, Field::Bytes),
    f(86, "packetTotalCount", Unsigned, Field::Packets),
    e(0, 88, "fragmentOffset", Unsigned),
    e(0, 89, "forwardingStatus", Forwarding),
    e(0, 92, "srcTrafficIndex", Unsigned),
    e(0, 93, "dstTrafficIndex", Unsigned),
    e(0, 94, "applicationDescription", Text),
    e(0, 95, "applicationId", Application),
    e(0, 96, "applicationName", Text),
    e(0, 98, "postIpDiffServCodePoint", Unsigned),
    e(0, 128, "bgpNextAdjacentAsNumber", Unsigned),
    e(0, 129, "bgpPrevAdjacentAsNumber", Unsigned),
    e(0, 130, "exporterIPv4Address", Ipv4),
    e(0, 131, "exporterIPv6Address", Ipv6),
    e(0, 132, "droppedOctetDeltaCount", Unsigned),
    e(0, 133, "droppedPacketDeltaCount", Unsigned),
    e(0, 136, "flowEndReason", Unsigned),
    e(0, 137, "commonPropertiesId", Unsigned),
    e(0, 138, "observationPointId", Unsigned),
    e(0, 139, "icmpTypeCodeIPv6", Unsigned),
    e(0, 141, "lineCardId", Unsigned),
    e(0, 142, "portId", Unsigned),
    e(0, 143, "meteringProcessId", Unsigned),
    e(0, 144, "exportingProcessId", Unsigned),
    e(0, 145, "templateId", Unsigned),
    e(0, 148, "flowId", Unsigned),
    e(0, 149, "observationDomainId", Unsigned),
    f(150, "flowStartSeconds", Seconds, Field::StartTime),
    f(151, "flowEndSeconds", Seconds, Field::EndTime),
    f(152, "flowStartMilliseconds", Millis, Field::StartTime),
    f(153, "flowEndMilliseconds", Millis, Field::EndTime),
    f(154, "flowStartMicroseconds", Ntp, Field::StartTime),
    f(155, "flowEndMicroseconds", Ntp, Field::EndTime),
    f(156, "flowStartNanoseconds", Ntp, Field::StartTime),
    f(157, "flowEndNanoseconds", Ntp, Field::EndTime),
    e(0, 158, "flowStartDeltaMicroseconds", Unsigned),
    e(0, 159, "flowEndDeltaMicroseconds", Unsigned),
    e(0, 160, "systemInitTimeMilliseconds", Unsigned),
    f(161, "flowDurationMilliseconds", Unsigned, Field::Duration),
    e(0, 163, "observedFlowTotalCount", Unsigned),
    e(0, 173, "flowKeyIndicator", Unsigned),
    e(0, 176, "icmpTypeIPv4", Unsigned),
    e(0, 177, "icmpCodeIPv4", Unsigned),
    e(0, 178, "icmpTypeIPv6", Unsigned),
    e(0, 179, "icmpCodeIPv6", Unsigned),
    e(0, 180, "udpSourcePort", Unsigned),
    e(0, 181, "udpDestinationPort", Unsigned),
    e(0, 182, "tcpSourcePort", Unsigned),
    e(0, 183, "tcpDestinationPort", Unsigned),
    e(0, 184, "tcpSequenceNumber", Unsigned),
    e(0, 185, "tcpAcknowledgementNumber", Unsigned),
    e(0, 186, "tcpWindowSize", Unsigned),
    e(0, 189, "ipHeaderLength", Unsigned),
    e(0, 190, "totalLengthIPv4", Unsigned),
    e(0, 192, "ipTTL", Unsigned),
    e(0, 195, "ipDiffServCodePoint", Unsigned),
    e(0, 196, "ipPrecedence", Unsigned),
    e(0, 197, "fragmentFlags", Unsigned),
    e(0, 201, "mplsLabelStackLength", Unsigned),
    e(0, 202, "mplsLabelStackDepth", Unsigned),
    e(0, 203, "mplsTopLabelExp", Unsigned),
    e(0, 206, "isMulticast", Unsigned),
    e(0, 209, "tcpOptions", Unsigned),
    e(0, 210, "paddingOctets", Octets),
    e(0, 214, "exportProtocolVersion", Unsigned),
    e(0, 215, "exportTransportProtocol", Unsigned),
    e(0, 216, "collectorTransportPort", Unsigned),
    e(0, 217, "exporterTransportPort", Unsigned),
    e(0, 218, "tcpSynTotalCount", Unsigned),
    e(0, 225, "postNATSourceIPv4Address", Ipv4),
    e(0, 226, "postNATDestinationIPv4Address", Ipv4),
    e(0, 227, "postNAPTSourceTransportPort", Unsigned),
    e(0, 228, "postNAPTDestinationTransportPort", Unsigned),
    e(0, 229, "natOriginatingAddressRealm", Unsigned),
    e(0, 230, "natEvent", Unsigned),
    f(231, "initiatorOctets", Unsigned, Field::BytesOut),
    f(232, "responderOctets", Unsigned, Field::BytesIn),
    e(0, 233, "firewallEvent", Unsigned),
    e(0, 234, "ingressVRFID", Unsigned),
    e(0, 235, "egressVRFID", Unsigned),
    e(0, 236, "VRFname", Text),
    e(0, 239, "biflowDirection", Unsigned),
    e(0, 243, "dot1qVlanId", Unsigned),
    e(0, 244, "dot1qPriority", Unsigned),
    e(0, 252, "ingressPhysicalInterface", Unsigned),
    e(0, 253, "egressPhysicalInterface", Unsigned),
    e(0, 256, "ethernetType", Unsigned),
    e(0, 276, "dataRecordsReliability", Boolean),
    e(0, 281, "postNATSourceIPv6Address", Ipv6),
    e(0, 282, "postNATDestinationIPv6Address", Ipv6),
    f(298, "initiatorPackets", Unsigned, Field::PacketsOut),
    f(299, "responderPackets", Unsigned, Field::PacketsIn),
    e(0, 300, "observationDomainName", Text),
    e(0, 302, "selectorId", Unsigned),
    e(0, 303, "informationElementId", Unsigned),
    e(0, 304, "selectorAlgorithm", Unsigned),
    e(0, 305, "samplingPacketInterval", Unsigned),
    e(0, 306, "samplingPacketSpace", Unsigned),
    e(0, 309, "samplingSize", Unsigned),
    e(0, 310, "samplingPopulation", Unsigned),
    e(0, 311, "samplingProbability", Float),
    e(0, 318, "selectorIdTotalPktsObserved", Unsigned),
    e(0, 319, "selectorIdTotalPktsSelected", Unsigned),
    e(0, 322, "observationTimeSeconds", Seconds),
    e(0, 323, "observationTimeMilliseconds", Unsigned),
    e(0, 324, "observationTimeMicroseconds", Ntp),
    e(0, 325, "observationTimeNanoseconds", Ntp),
    e(0, 335, "collectionTimeMilliseconds", Unsigned),
    e(0, 346, "privateEnterpriseNumber", Unsigned),
    e(0, 351, "layer2SegmentId", Unsigned),
    e(0, 352, "layer2OctetDeltaCount", Unsigned),
    e(0, 361, "portRangeStart", Unsigned),
    e(0, 362, "portRangeEnd", Unsigned),
    f(371, "userName", Text, Field::UserName),
    e(0, 372, "applicationCategoryName", Text),
    e(0, 373, "applicationSubCategoryName", Text),
    e(0, 374, "applicationGroupName", Text),
    e(0, 378, "dot1qServiceInstanceTag", Unsigned),
    e(0, 410, "sectionOffset", Unsigned),
    e(0, 459, "httpRequestMethod", Text),
    e(0, 460, "httpRequestHost", Text),
    e(0, 461, "httpRequestTarget", Text),
    // Used beyond IANA's range by v9 exporters: Cisco ASA's NSEL.
    e(0, 33_000, "ingressAclId", Acl),
    e(0, 33_001, "egressAclId", Acl),
    e(0, 33_002, "fwExtEvent", Unsigned),
    e(0, 40_000, "aaaUsername", Text),
    e(0, 40_001, "xlateSourceAddressIPv4", Ipv4),
    e(0, 40_002, "xlateDestinationAddressIPv4", Ipv4),
    e(0, 40_003, "xlateSourcePort", Unsigned),
    e(0, 40_004, "xlateDestinationPort", Unsigned),
    e(0, 40_005, "firewallEvent", Unsigned),
    // nProbe
    e(0, 57_590, "nprobeProtocol", Unsigned),
    e(0, 57_591, "nprobeProtocolName", Text),
    // Nokia
    e(637, 91, "natInsideSvcid", Unsigned),
    e(637, 92, "natOutsideSvcid", Unsigned),
    e(637, 93, "natSubString", Text),
    // Ixia
    e(3_054, 110, "ixiaL7AppId", Unsigned),
    e(3_054, 111, "ixiaL7AppName", Text),
    e(3_054, 120, "ixiaSrcCountryCode", Text),
    e(3_054, 121, "ixiaSrcCountryName", Text),
    e(3_054, 122, "ixiaSrcRegionCode", Text),
    e(3_054, 123, "ixiaSrcRegionName", Text),
    e(3_054, 125, "ixiaSrcCityName", Text),
    e(3_054, 126, "ixiaSrcLatitude", Float),
    e(3_054, 127, "ixiaSrcLongitude", Float),
    e(3_054, 140, "ixiaDstCountryCode", Text),
    e(3_054, 141, "ixiaDstCountryName", Text),
    e(3_054, 142, "ixiaDstRegionCode", Text),
    e(3_054, 143, "ixiaDstRegionName", Text),
    e(3_054, 145, "ixiaDstCityName", Text),
    e(3_054, 146, "ixiaDstLatitude", Float),
    e(3_054, 147, "ixiaDstLongitude", Float),
    e(3_054, 160, "ixiaDeviceId", Unsigned),
    e(3_054, 161, "ixiaDeviceName", Text),
    e(3_054, 162, "ixiaBrowserId", Unsigned),
    e(3_054, 163, "ixiaBrowserName", Text),
    e(3_054, 176, "ixiaRevOctetDeltaCount", Unsigned),
    e(3_054, 177, "ixiaRevPacketDeltaCount", Unsigned),
    e(3_054, 178, "ixiaEncryptType", Text),
    e(3_054, 179, "ixiaEncryptCipher", Text),
    e(3_054, 180, "ixiaEncryptKeyLength", Unsigned),
    e(3_054, 182, "ixiaHttpUserAgent", Text),
    e(3_054, 183, "ixiaHttpHostName", Text),
    e(3_054, 184, "ixiaHttpUri", Text),
    e(3_054, 185, "ixiaDnsTxt", Text),
    e(3_054, 186, "ixiaSrcAsName", Text),
    e(3_054, 187, "ixiaDstAsName", Text),
    e(3_054, 188, "ixiaLatency", Unsigned),
    e(3_054, 192, "ixiaThreatType", Text),
    e(3_054, 193, "ixiaThreatIPv4", Ipv4),
    // Barracuda
    e(10_704, 1, "Timestamp", Unsigned),
    e(10_704, 2, "LogOp", Unsigned),
    e(10_704, 3, "TrafficType", Unsigned),
    e(10_704, 4, "FW_Rule", Text),
    e(10_704, 5, "ServiceName", Text),
    e(10_704, 6, "Reason", Unsigned),
    e(10_704, 7, "ReasonText", Text),
    e(10_704, 8, "BindIPv4Address", Ipv4),
    e(10_704, 9, "BindTransportPort", Unsigned),
    e(10_704, 10, "ConnIPv4Address", Ipv4),
    e(10_704, 11, "ConnTransportPort", Unsigned),
    e(10_704, 12, "AuditCounter", Unsigned),
    // Viptela
    e(41_916, 4_321, "viptelaVPNId", Unsigned),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_fields_fit_their_types() {
        for pair in ELEMENTS.windows(2) {
            assert!((pair[0].enterprise, pair[0].id) < (pair[1].enterprise, pair[1].id), "{:?}", pair[1]);
        }
        assert_eq!(find(0, 8).map(|e| e.name), Some("sourceIPv4Address"));
        assert_eq!(find(0, 9_999), None);
    }
}
