//! The SQL of an ordinary day: the application's short reads and writes, the keepers' checks, the
//! statistics office's reports.

use crate::rng::Rng;

/// An operation on a table.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    pub op: &'static str,
    pub object: &'static str,
    pub text: &'static str,
    /// Median rows.
    pub rows: f64,
}

const fn sql(op: &'static str, object: &'static str, text: &'static str, rows: f64) -> Sql {
    Sql { op, object, text, rows }
}

const SERVICE: &[Sql] = &[
    sql(
        "SELECT",
        "PAT_MASTER_INDEX",
        "SELECT NAME, SEX, DATE_OF_BIRTH FROM PAT_MASTER_INDEX WHERE PATIENT_ID = :1",
        1.0,
    ),
    sql(
        "SELECT",
        "ORDERS",
        "SELECT ORDER_NO, ORDER_TEXT, DOSAGE FROM ORDERS WHERE PATIENT_ID = :1 AND VISIT_ID = :2",
        8.0,
    ),
    sql(
        "INSERT",
        "DRUG_PRESC_DETAIL",
        "INSERT INTO DRUG_PRESC_DETAIL (PRESC_NO, ITEM_NO, DRUG_CODE, QUANTITY) VALUES (:1, :2, :3, :4)",
        1.0,
    ),
    sql(
        "SELECT",
        "DRUG_DICT",
        "SELECT DRUG_CODE, DRUG_NAME, DRUG_SPEC FROM DRUG_DICT WHERE INPUT_CODE LIKE :1",
        12.0,
    ),
    sql("UPDATE", "OUTP_BILL_ITEMS", "UPDATE OUTP_BILL_ITEMS SET CHARGE_STATUS = :1 WHERE RCPT_NO = :2", 2.0),
    sql(
        "SELECT",
        "CLINIC_INDEX",
        "SELECT CLINIC_LABEL, DOCTOR FROM CLINIC_INDEX WHERE CLINIC_DEPT = :1",
        15.0,
    ),
    sql(
        "SELECT",
        "LAB_RESULT",
        "SELECT REPORT_ITEM_NAME, RESULT, UNITS FROM LAB_RESULT WHERE TEST_NO = :1",
        20.0,
    ),
];

const KEEPER: &[Sql] = &[
    sql(
        "SELECT",
        "V$SESSION",
        "SELECT SID, SERIAL#, USERNAME, STATUS FROM V$SESSION WHERE STATUS = 'ACTIVE'",
        40.0,
    ),
    sql(
        "SELECT",
        "DBA_TABLESPACE_USAGE",
        "SELECT TABLESPACE_NAME, USED_PERCENT FROM DBA_TABLESPACE_USAGE_METRICS",
        14.0,
    ),
    sql("SELECT", "DBA_JOBS", "SELECT JOB, WHAT, LAST_DATE, BROKEN FROM DBA_JOBS", 22.0),
    sql(
        "UPDATE",
        "SYS_PARAMETER",
        "UPDATE SYS_PARAMETER SET PARAMETER_VALUE = :1 WHERE PARAMETER_NAME = :2",
        1.0,
    ),
    sql("SELECT", "ORDERS", "SELECT COUNT(*) FROM ORDERS WHERE ENTER_DATE_TIME > SYSDATE - 1/24", 1.0),
];

const REPORT: &[Sql] = &[
    sql(
        "SELECT",
        "CLINIC_MASTER",
        "SELECT VISIT_DEPT, COUNT(*) FROM CLINIC_MASTER WHERE VISIT_DATE = TRUNC(SYSDATE) - 1 GROUP BY VISIT_DEPT",
        42.0,
    ),
    sql(
        "SELECT",
        "BED_REC",
        "SELECT DEPT_CODE, BED_STATUS, COUNT(*) FROM BED_REC GROUP BY DEPT_CODE, BED_STATUS",
        90.0,
    ),
    sql(
        "SELECT",
        "INP_SETTLE_MASTER",
        "SELECT CHARGE_TYPE, SUM(COSTS) FROM INP_SETTLE_MASTER WHERE SETTLING_DATE > :1 GROUP BY CHARGE_TYPE",
        9.0,
    ),
    sql(
        "SELECT",
        "PAT_VISIT",
        "SELECT PATIENT_ID, VISIT_ID, DEPT_DISCHARGE_FROM FROM PAT_VISIT WHERE DISCHARGE_DATE_TIME > :1",
        180.0,
    ),
];

/// What a person or service of this sort asks a database.
pub fn of(role: crate::model::Role, rng: &mut Rng) -> (Sql, u64) {
    use crate::model::Role;
    let from = match role {
        Role::Service => SERVICE,
        Role::Statistician => REPORT,
        _ => KEEPER,
    };
    let sql = rng.pick(from);
    let rows = if sql.rows <= 2.0 { sql.rows } else { rng.lognormal(sql.rows, 0.5) };
    (sql, rows.round().max(0.0) as u64)
}
