//! A stolen account (T1078): a log-in over the VPN from abroad, from a machine the hospital does not
//! know, with a program its owner never uses.

use super::stage::{Query, Stage};
use crate::{
    emit::{firewall, his, windows},
    model::{HostKind, Role, addresses},
};

const PROGRAMS: &[&str] = &["Navicat.exe", "dbeaver.exe", "HeidiSQL.exe"];

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let who = stage.person(&[Role::Doctor, Role::Clerk, Role::Statistician])?;
    let (_, abroad) = addresses::foreign(&mut stage.rng);
    // The VPN's pool: addresses that no desk has.
    let pool = std::net::Ipv4Addr::new(10, stage.unit.site.net, 2, stage.rng.between(200, 250) as u8);
    let machine = format!("DESKTOP-{:07X}", stage.rng.next_u64() & 0xfff_ffff);
    let at = stage.at(0.0);
    firewall::vpn(&mut stage.batch, stage.unit, at, &who.name, abroad.into(), "login", true);
    let server = stage.machine(HostKind::FileServer).or_else(|| stage.machine(HostKind::HisApp))?;
    let id = windows::Who { user: &who.name, rid: who.rid };
    let dc = stage.unit.host(HostKind::DomainController);
    for (second, on, kind) in [(70.0, dc, 3), (95.0, server, 10)] {
        let from = windows::From { ip: pool, host: &machine, port: stage.port(), kind };
        let at = stage.at(second);
        windows::logon(&mut stage.batch, stage.unit, at, on, id, from);
    }
    let program = stage.rng.pick(PROGRAMS);
    let image = format!("C:\\Users\\{}\\Downloads\\{program}", who.name);
    let at = stage.at(140.0);
    stage.command(at, server, id, &image, &format!("\"{image}\""));
    let mut second = 200.0;
    for n in 0..8 {
        let at = stage.at(second);
        if who.role.db_program().is_some() {
            let text = "SELECT NAME, ID_NO, PHONE_NUMBER_HOME FROM PAT_MASTER_INDEX WHERE CREATE_DATE > :1";
            let rows = stage.rng.lognormal(3_000.0, 0.5) as u64;
            let own = who.name.to_ascii_uppercase();
            let query = Query { program, db_user: &own, object: "PAT_MASTER_INDEX", text, rows };
            stage.statement(at, (&machine, pool), &who.name, query);
        } else {
            let u = his::Use {
                user: &who.name,
                src: pool.into(),
                host: &machine,
                department: who.department,
                action: if n == 0 { "login" } else { "query" },
                ok: true,
            };
            his::session(&mut stage.batch, stage.unit, at, &u);
        }
        second += 60.0 + 120.0 * stage.rng.unit();
    }
    stage.entity("account", &who.name);
    stage.entity("ip", abroad);
    stage.mark(machine);
    Some(())
}
