//! Gigabytes to an address abroad (T1041, T1567), seen by the border's flows and the firewall.

use super::stage::Stage;
use crate::{
    emit::firewall,
    model::{HostKind, addresses},
};

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let host = stage.machine(HostKind::OfficePc).or_else(|| stage.machine(HostKind::Workstation))?;
    let (_, abroad) = addresses::foreign(&mut stage.rng);
    let mut second = 0.0;
    for _ in 0..stage.rng.between(8, 14) {
        let long = stage.rng.between(30, 60);
        second += long as f64 + 5.0;
        let bytes = stage.rng.lognormal(1.4e9, 0.3) as u64;
        let at = stage.at(second);
        stage.flow(at, host.ip, abroad, 443, bytes, long);
        let session = firewall::Session {
            src: host.ip.into(),
            dst: abroad.into(),
            sport: stage.port(),
            dport: 443,
            proto: 6,
            sent: bytes,
            rcvd: bytes / 200,
            policy: 31,
            accept: true,
        };
        firewall::session(&mut stage.batch, stage.unit, at, &session);
    }
    stage.entity("host", &host.name);
    stage.entity("host", host.ip);
    stage.entity("ip", host.ip);
    stage.entity("ip", abroad);
    stage.mark(format!("dst={abroad}"));
    Some(())
}
