//! Network gear over UDP: RFC 3164, half of it in Chinese and GB18030 as the gear was set up.

use ward_event::Micros;

use super::{
    Batch, Channel, put,
    syslog::{self, pri},
};
use crate::{
    model::{HostKind, Unit},
    rng::Rng,
};

/// One line of a switch.
pub fn switch(batch: &mut Batch, unit: &Unit, at: Micros, rng: &mut Rng) {
    let switches = unit.of_kind(HostKind::Switch);
    let Some(&at_host) = switches.get(rng.below(switches.len())) else { return };
    let host = &unit.hosts[at_host].name;
    let port = rng.between(1, 48);
    let chinese = unit.index.is_multiple_of(2);
    let message = match (rng.below(4), chinese) {
        (0, true) => format!("%%10IFNET/3/LINK_UPDOWN: 接口 GigabitEthernet1/0/{port} 链路状态变为 UP"),
        (0, false) => format!("%%10IFNET/3/LINK_UPDOWN: GigabitEthernet1/0/{port} link status is UP"),
        (1, true) => format!("%%10LLDP/6/LLDP_CREATE_NEIGHBOR: 端口 GigabitEthernet1/0/{port} 发现新邻居"),
        (1, false) => {
            format!("%%10LLDP/6/LLDP_CREATE_NEIGHBOR: neighbor created on port GigabitEthernet1/0/{port}")
        }
        (2, true) => format!("%%10NTP/5/NTP_CLOCK_CHANGE: 系统时钟已与 10.{}.1.11 同步", unit.site.net),
        (2, false) => {
            format!("%%10NTP/5/NTP_CLOCK_CHANGE: system clock synchronised with 10.{}.1.11", unit.site.net)
        }
        (_, true) => format!("%%10DEVM/5/POWER_NORMAL: 电源模块 {} 工作正常", port % 2 + 1),
        (_, false) => format!("%%10DEVM/5/POWER_NORMAL: power module {} is normal", port % 2 + 1),
    };
    let priority = if message.contains("/3/") { pri::LOCAL7_ERROR } else { pri::LOCAL7_NOTICE };
    let start = syslog::rfc3164(batch, priority, at, host);
    if chinese {
        batch.bytes.extend_from_slice(&encoding_rs::GB18030.encode(&message).0);
    } else {
        put!(batch.bytes, "{message}");
    }
    batch.end(start, at, unit.index, Channel::SyslogUdp, 1);
}
