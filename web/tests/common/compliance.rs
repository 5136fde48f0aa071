//! What two hospitals of the seeded region have recorded, so that pages show every state.

use ward_desk::{Desk, Reach, Role, Viewer};
use ward_event::{register::Register, time::MICROS_PER_DAY};

/// A table of the first two hospitals, dated back from the desk's day.
pub(crate) fn table(desk: &Desk) -> String {
    let now = desk.clock().now();
    let ago =
        |days: i64| desk.compliance().day(ward_event::Micros(now.0 - days * MICROS_PER_DAY)).to_string();
    format!(
        "单位,系统,事项,内容,截至日期,依据材料\n\
         h01,医院信息系统（HIS）,等级测评结论,符合,{recent},CP-26-0117\n\
         h01,医院信息系统（HIS）,符合率,93.40%,{recent},CP-26-0117\n\
         h01,医院信息系统（HIS）,重大风险隐患数,0,{recent},CP-26-0117\n\
         h01,医院信息系统（HIS）,备案证明编号,33010000001-26001,{recent},\n\
         h01,医院信息系统（HIS）,密码应用安全性评估结论,基本符合,{recent},MP-26-0021\n\
         h01,检验信息系统（LIS）,等级测评结论,不符合,{recent},CP-26-0118\n\
         h01,互联网医院,等级测评结论,符合,{old},CP-25-0042\n\
         h01,,身份认证,达标,{recent},自查表 2026-03\n\
         h01,,数据防泄露,部分达标,{recent},自查表 2026-03\n\
         h01,,应用容灾,未达标,{recent},自查表 2026-03\n\
         h01,,电子病历系统应用水平,5,{recent},\n\
         h01,,远程登录多因素认证,部分启用,{recent},\n\
         h01,,核心数据最近一次备份,{yesterday},,\n\
         h01,,最近一次恢复演练,{nearly},,演练记录 12 号\n\
         h01,,网络安全事件应急预案,已印发,{recent},院发〔2026〕12号\n\
         h01,,最近一次应急演练,{old},,演练记录 7 号\n\
         h02,,远程登录多因素认证,未启用,{recent},\n",
        recent = ago(60),
        old = ago(400),
        nearly = ago(350),
        yesterday = ago(1),
    )
}

/// Takes it over, in an analyst's name.
pub(crate) async fn import(desk: &Desk, register: &Register, table: &str) {
    let by = Viewer {
        account: None,
        name: "analyst".into(),
        role: Role::Analyst,
        reach: Reach::Region,
        within: None,
        may_write: true,
    };
    let file = ("合规.csv", table.as_bytes());
    let taken = desk.compliance().import(&by, "127.0.0.1", file, None, register).await.expect("the desk");
    let taken = taken.expect("a table");
    assert!(taken.done.is_some(), "{:?}", taken.flaws);
}
