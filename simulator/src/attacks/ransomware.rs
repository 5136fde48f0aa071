//! What comes before and with encryption (T1490, T1489, T1562, T1486): shadow copies and backups
//! deleted, services stopped, defences switched off, then files written by the hundred.

use super::stage::Stage;
use crate::{
    emit::windows,
    model::{HostKind, Role},
};

const COMMANDS: &[(&str, &str)] = &[
    ("C:\\Windows\\System32\\net.exe", "net stop MSSQLSERVER /y"),
    ("C:\\Windows\\System32\\sc.exe", "sc config HISInterface start= disabled"),
    ("C:\\Windows\\System32\\taskkill.exe", "taskkill /f /im sqlservr.exe"),
    (
        "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
        "powershell.exe -ExecutionPolicy Bypass -Command Set-MpPreference -DisableRealtimeMonitoring $true",
    ),
    ("C:\\Windows\\System32\\vssadmin.exe", "vssadmin.exe delete shadows /all /quiet"),
    ("C:\\Windows\\System32\\wbem\\WMIC.exe", "wmic shadowcopy delete"),
    ("C:\\Windows\\System32\\wbadmin.exe", "wbadmin delete catalog -quiet"),
    ("C:\\Windows\\System32\\bcdedit.exe", "bcdedit /set {default} recoveryenabled no"),
];

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let host = stage.machine(HostKind::FileServer).or_else(|| stage.machine(HostKind::HisApp))?;
    let who = stage.person(&[Role::It])?;
    let id = windows::Who { user: &who.name, rid: who.rid };
    let tag = format!("{:06x}", stage.rng.next_u64() & 0xff_ffff);
    let extension = stage.rng.pick(&["locked", "weaxor", "mallox"]);
    let image = format!("C:\\ProgramData\\{tag}\\svc{tag}.exe");
    let at = stage.at(0.0);
    stage.command(at, host, id, &image, &format!("{image} -p \\\\{}\\share", host.name));
    let mut second = 4.0;
    for (program, command) in COMMANDS {
        let at = stage.at(second);
        stage.command(at, host, id, program, command);
        second += 2.0 + 6.0 * stage.rng.unit();
    }
    let pid = stage.pid();
    for n in 0..stage.rng.between(180, 320) {
        let target = format!("D:\\share\\病历归档\\{:04}\\record{n:05}.docx.{extension}", n / 40);
        let at = stage.at(second);
        windows::file(&mut stage.batch, stage.unit, at, host, id, (pid, &image), &target);
        second += 0.15 + 0.3 * stage.rng.unit();
    }
    let at = stage.at(second);
    let note = "D:\\share\\HOW_TO_RECOVER_FILES.txt";
    windows::file(&mut stage.batch, stage.unit, at, host, id, (pid, &image), note);
    stage.entity("host", &host.name);
    stage.entity("account", &who.name);
    stage.mark(format!("svc{tag}.exe"));
    Some(())
}
