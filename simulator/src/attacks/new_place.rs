//! A log-in from a place where this account never was (T1133, T1078), and nothing else.

use super::stage::Stage;
use crate::{
    emit::{firewall, his},
    model::{Role, addresses},
};

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let who = stage.person(&[Role::Doctor, Role::It])?;
    let (_, abroad) = addresses::foreign(&mut stage.rng);
    let at = stage.at(0.0);
    firewall::vpn(&mut stage.batch, stage.unit, at, &who.name, abroad.into(), "login", true);
    for (second, action) in [(45.0, "login"), (400.0, "query")] {
        let u = his::Use {
            user: &who.name,
            src: abroad.into(),
            host: "-",
            department: who.department,
            action,
            ok: true,
        };
        let at = stage.at(second);
        his::session(&mut stage.batch, stage.unit, at, &u);
    }
    let at = stage.at(600.0);
    firewall::vpn(&mut stage.batch, stage.unit, at, &who.name, abroad.into(), "logout", true);
    stage.entity("account", &who.name);
    stage.entity("ip", abroad);
    stage.mark(format!("user={} src={abroad}", who.name));
    Some(())
}
