//! Passwords guessed until one fits (T1110): from outside on the web server's SSH, or from an inner
//! machine on a workstation's remote desktop.

use super::stage::Stage;
use crate::{
    emit::{linux, windows},
    model::{HostKind, Role, addresses},
};

const GUESSED: &[&str] = &["root", "admin", "oracle", "test", "postgres", "his", "ftpuser", "git"];

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    if stage.rng.chance(0.5) { by_ssh(stage) } else { by_remote_desktop(stage) }
}

fn by_ssh(stage: &mut Stage<'_>) -> Option<()> {
    let (_, attacker) = addresses::foreign(&mut stage.rng);
    let host = stage.machine(HostKind::Web)?;
    let tries = stage.rng.between(40, 120);
    let mut second = 0.0;
    for n in 0..tries {
        let user = if n % 3 == 0 { "root" } else { stage.rng.pick(GUESSED) };
        let ssh = stage.ssh(user, attacker);
        let at = stage.at(second);
        linux::ssh_failed(&mut stage.batch, stage.unit, at, host, ssh, user == "root");
        second += 0.4 + 2.0 * stage.rng.unit();
    }
    let ssh = stage.ssh("root", attacker);
    let at = stage.at(second);
    linux::ssh_accepted(&mut stage.batch, stage.unit, at, host, ssh, "password");
    stage.entity("ip", attacker);
    stage.entity("host", &host.name);
    stage.entity("account", "root");
    stage.mark(format!("from {attacker} port"));
    Some(())
}

fn by_remote_desktop(stage: &mut Stage<'_>) -> Option<()> {
    let source = stage.machine(HostKind::OfficePc)?;
    let target = stage.machine(HostKind::HisApp)?;
    let who = stage.person(&[Role::It, Role::Clerk])?;
    let tries = stage.rng.between(30, 80);
    let mut second = 0.0;
    for _ in 0..tries {
        let from = stage.from(source, 10);
        let at = stage.at(second);
        windows::logon_failed(&mut stage.batch, stage.unit, at, target, &who.name, from, true);
        second += 0.8 + 3.0 * stage.rng.unit();
    }
    let from = stage.from(source, 10);
    let id = windows::Who { user: &who.name, rid: who.rid };
    let at = stage.at(second);
    windows::logon(&mut stage.batch, stage.unit, at, target, id, from);
    stage.entity("account", &who.name);
    stage.entity("host", &target.name);
    stage.entity("ip", source.ip);
    stage.mark(source.name.clone());
    Some(())
}
