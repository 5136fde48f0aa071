//! From one machine to many (T1021.002, T1570, T1047): PsExec's service on each, network log-ons in a row.

use super::stage::Stage;
use crate::{
    emit::windows,
    model::{HostKind, Role},
};

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let source = stage.machine(HostKind::OfficePc)?;
    let who = stage.person(&[Role::It])?;
    let id = windows::Who { user: &who.name, rid: who.rid };
    let tag = format!("{:04x}", stage.rng.next_u64() & 0xffff);
    let image = format!("C:\\Users\\Public\\psexec{tag}.exe");
    let mut second = 0.0;
    for _ in 0..stage.rng.between(8, 16) {
        let target = stage.machine(HostKind::Workstation)?;
        stage.entity("host", &target.name);
        let at = stage.at(second);
        let command = format!("{image} \\\\{} -accepteula -s -d cmd.exe /c whoami", target.name);
        stage.command(at, source, id, &image, &command);
        let from = stage.from(source, 3);
        let at = stage.at(second + 0.4);
        windows::logon(&mut stage.batch, stage.unit, at, target, id, from);
        windows::privileges(&mut stage.batch, stage.unit, at, target, id);
        let at = stage.at(second + 0.9);
        let path = "%SystemRoot%\\PSEXESVC.exe";
        windows::service_installed(&mut stage.batch, stage.unit, at, target, "PSEXESVC", path);
        let at = stage.at(second + 1.0);
        stage.flow(at, source.ip, target.ip, 445, 380_000, 1);
        let at = stage.at(second + 1.4);
        stage.command(at, target, id, "C:\\Windows\\System32\\whoami.exe", "whoami /all");
        second += 12.0 + 25.0 * stage.rng.unit();
    }
    stage.entity("host", &source.name);
    stage.entity("account", &who.name);
    stage.entity("ip", source.ip);
    stage.mark(format!("psexec{tag}.exe"));
    Some(())
}
