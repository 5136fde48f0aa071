//! 统方: drug sales per doctor, read from the prescription tables with a desktop SQL tool.

use super::stage::{Query, Stage};
use crate::model::Role;

const PROGRAMS: &[&str] = &["PL/SQL Developer", "Navicat.exe", "Toad.exe", "sqlplus.exe", "EXCEL.EXE"];

const QUERIES: &[(&str, &str)] = &[
    (
        "DRUG_PRESC_DETAIL",
        "SELECT M.ORDERED_BY, M.PRESCRIBED_BY, D.DRUG_NAME, SUM(D.QUANTITY) FROM DRUG_PRESC_MASTER M, \
         DRUG_PRESC_DETAIL D WHERE M.PRESC_DATE = D.PRESC_DATE AND M.PRESC_NO = D.PRESC_NO AND M.PRESC_DATE \
         BETWEEN TO_DATE(:1) AND TO_DATE(:2) GROUP BY M.ORDERED_BY, M.PRESCRIBED_BY, D.DRUG_NAME",
    ),
    (
        "DOCT_DRUG_PRESC_DETAIL",
        "SELECT PRESCRIBED_BY, DRUG_CODE, DRUG_SPEC, COUNT(*), SUM(COSTS) FROM DOCT_DRUG_PRESC_DETAIL WHERE \
         PRESC_DATE >= TRUNC(SYSDATE,'MM') GROUP BY PRESCRIBED_BY, DRUG_CODE, DRUG_SPEC",
    ),
    (
        "OUTP_BILL_ITEMS",
        "SELECT S.NAME AS 医生姓名, D.DRUG_NAME AS 药品名称, SUM(B.AMOUNT) AS 数量, SUM(B.COSTS) AS 金额 FROM \
         OUTP_BILL_ITEMS B, STAFF_DICT S, DRUG_DICT D WHERE B.ORDERED_BY_DOCTOR = S.EMP_NO AND B.ITEM_CODE = \
         D.DRUG_CODE AND B.VISIT_DATE > SYSDATE - 30 GROUP BY S.NAME, D.DRUG_NAME",
    ),
];

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let who = stage.person(&[Role::Pharmacist, Role::It, Role::Clerk])?;
    let desk = stage.desk(who);
    let program = stage.rng.pick(PROGRAMS);
    let mut second = 0.0;
    let first = stage.rng.below(QUERIES.len());
    for n in 0..stage.rng.between(3, 5) as usize {
        let (object, text) = QUERIES[(first + n) % QUERIES.len()];
        let rows = stage.rng.lognormal(2_400.0, 0.4) as u64;
        let query = Query { program, db_user: "HIS", object, text, rows };
        let at = stage.at(second);
        stage.statement(at, (&desk.name, desk.ip), &who.name, query);
        second += 30.0 + 120.0 * stage.rng.unit();
    }
    stage.entity("account", &who.name);
    stage.entity("account", "his");
    stage.entity("host", &desk.name);
    Some(())
}
