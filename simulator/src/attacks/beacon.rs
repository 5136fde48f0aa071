//! A machine that calls home at regular intervals: a command channel, or a mining pool (T1071, T1496).

use super::stage::Stage;
use crate::{
    emit::{eve, windows},
    model::{HostKind, Role, addresses},
};

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let who = stage.person(&[Role::Clerk, Role::Doctor, Role::Nurse])?;
    let host = stage.machine(HostKind::OfficePc).or_else(|| stage.machine(HostKind::Workstation))?;
    let (_, abroad) = addresses::foreign(&mut stage.rng);
    let mining = stage.rng.chance(0.5);
    let (domain, port, image, command) = if mining {
        (
            "xmr.pool-mining.example",
            3_333,
            "C:\\Windows\\Temp\\xmrig.exe",
            "xmrig.exe -o stratum+tcp://xmr.pool-mining.example:3333 -u wallet --donate-level 1",
        )
    } else {
        (
            "cdn-sync.update-check.example",
            443,
            "C:\\Users\\Public\\rundll.exe",
            "C:\\Users\\Public\\rundll.exe -k netsvc",
        )
    };
    let id = windows::Who { user: &who.name, rid: who.rid };
    let at = stage.at(0.0);
    stage.command(at, host, id, image, command);
    let sig = if mining {
        (
            2_024_792,
            "ET COINMINER Stratum Protocol Mining Pool Login",
            "Crypto Currency Mining Activity Detected",
        )
    } else {
        (
            2_027_000,
            "ET MALWARE Cobalt Strike Beacon Observed",
            "Malware Command and Control Activity Detected",
        )
    };
    for n in 0..stage.rng.between(20, 30) {
        call(stage, n, host, id, (abroad, port), domain, image, sig);
    }
    stage.entity("host", &host.name);
    stage.entity("ip", host.ip);
    stage.entity("ip", abroad);
    stage.mark(domain);
    Some(())
}

#[expect(clippy::too_many_arguments, reason = "a call home has that many parts")]
fn call(
    stage: &mut Stage<'_>,
    n: i64,
    host: &crate::model::Host,
    who: windows::Who<'_>,
    peer: (std::net::Ipv4Addr, u16),
    domain: &str,
    image: &str,
    (id, text, category): (u32, &str, &str),
) {
    let second = 10.0 + 30.0 * n as f64 + stage.rng.unit();
    let mut talk = eve::Talk {
        flow_id: stage.rng.next_u64() >> 12,
        src: host.ip.into(),
        sport: stage.port(),
        dst: stage.unit.host(HostKind::DomainController).ip.into(),
        dport: 53,
        proto: "UDP",
        app: "dns",
    };
    let at = stage.at(second);
    eve::dns(&mut stage.batch, stage.unit, at, &talk, domain, "A");
    talk = eve::Talk { dst: peer.0.into(), dport: peer.1, proto: "TCP", app: "tls", ..talk };
    let at = stage.at(second + 0.05);
    if n % 8 == 0 {
        let sig = eve::Signature { id, text, category, severity: 1 };
        eve::alert(&mut stage.batch, stage.unit, at, &talk, &sig, None);
        let c = windows::Connection {
            pid: 7_788,
            image,
            src: host.ip,
            sport: talk.sport,
            dst: peer.0,
            dport: peer.1,
        };
        windows::connection(&mut stage.batch, stage.unit, at, host, who, &c);
    }
    let at = stage.at(second + 1.0);
    eve::flow(&mut stage.batch, stage.unit, at, &talk, 1_240, 860, 1);
    stage.flow(at, host.ip, peer.0, peer.1, 1_240, 1);
}
