//! Traces wiped (T1070.001): event logs cleared on a server, and the shell's history with them.

use super::stage::Stage;
use crate::{
    emit::{linux, windows},
    model::{HostKind, Role},
};

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let host = stage.machine(HostKind::HisApp)?;
    let who = stage.person(&[Role::It])?;
    let id = windows::Who { user: &who.name, rid: who.rid };
    let mut second = 0.0;
    for log in ["Security", "System", "Application", "Microsoft-Windows-Sysmon/Operational"] {
        let at = stage.at(second);
        stage.command(at, host, id, "C:\\Windows\\System32\\wevtutil.exe", &format!("wevtutil.exe cl {log}"));
        second += 2.0 + 3.0 * stage.rng.unit();
    }
    let at = stage.at(second);
    windows::log_cleared(&mut stage.batch, stage.unit, at, host, id);
    let at = stage.at(second + 20.0);
    let db = stage.unit.host(HostKind::HisDb);
    linux::sudo(
        &mut stage.batch,
        stage.unit,
        at,
        db,
        &who.name,
        "/usr/bin/rm -f /var/log/secure /root/.bash_history",
    );
    stage.entity("host", &host.name);
    stage.entity("account", &who.name);
    stage.mark("/root/.bash_history");
    Some(())
}
