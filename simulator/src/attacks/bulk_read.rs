//! A great deal read in the small hours, by an account that may read, from its own machine with its own
//! program: only hour and amount give it away (T1213, T1005).

use super::stage::{Query, Stage};
use crate::{
    emit::windows,
    model::{HostKind, Role},
};

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let who = stage.person(&[Role::Statistician]).or_else(|| stage.person(&[Role::Dba]))?;
    let desk = stage.desk(who);
    let dc = stage.unit.host(HostKind::DomainController);
    let id = windows::Who { user: &who.name, rid: who.rid };
    let from = stage.from(desk, 3);
    let at = stage.at(0.0);
    windows::logon(&mut stage.batch, stage.unit, at, dc, id, from);
    let own = who.name.to_ascii_uppercase();
    let program = who.role.db_program().unwrap_or("sqlplus");
    let mut second = 90.0;
    for table in ["PAT_MASTER_INDEX", "PAT_VISIT", "DIAGNOSIS", "LAB_RESULT", "ORDERS", "PAT_MASTER_INDEX"] {
        let text = format!("SELECT * FROM {table} WHERE ROWNUM < 500000");
        let rows = stage.rng.lognormal(90_000.0, 0.35) as u64;
        let query = Query { program, db_user: &own, object: table, text: &text, rows };
        let at = stage.at(second);
        stage.statement(at, (&desk.name, desk.ip), &who.name, query);
        second += 60.0 + 150.0 * stage.rng.unit();
    }
    stage.entity("account", &who.name);
    stage.entity("host", &desk.name);
    Some(())
}
