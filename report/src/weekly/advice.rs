//! What is advised for the time that comes, by what was seen.

use super::{Classes, Section, view::View};

/// What the title of the advice ends with, by which its words are found again.
pub(super) const ADVICE_TITLE: &str = "工作建议";

/// What is advised for a class that was seen.
const ADVICE: &[(&str, &str)] = &[
    ("ransomware", "勒索病毒：核查备份是否离线、能否恢复，隔离出现加密或删除卷影副本行为的主机。"),
    ("mining", "挖矿：清除挖矿程序并查明入口，封禁矿池地址。"),
    ("data", "数据安全与统方：核对涉事账号的统计审批单，对工具直连数据库的行为逐条说明。"),
    ("credentials", "口令与凭据：对被爆破账号强制改密，远程登录启用双因素。"),
    ("web", "Web 攻击：核查被攻击系统的补丁与访问日志，必要时下线整改。"),
    ("internet", "互联网侧：关闭不必要的互联网端口，影像与 HL7 协议不得直接暴露。"),
    ("lateral", "横向移动与后门：排查同网段主机的新增服务、账号与计划任务。"),
    ("remote", "远程访问：远程控制软件一律经堡垒机，清理未登记的工具。"),
    ("behaviour", "行为异常：向账号与主机使用人核实，不能说明的按事件处置。"),
    ("visibility", "数据源静默：恢复上报前，以人工方式补查静默期间的日志。"),
];

pub(super) fn advice(view: &View<'_>, classes: &Classes) -> Section {
    let mut paragraphs = Vec::new();
    for (id, text) in ADVICE {
        let is = |rule: &super::RuleFacts| classes.of(&rule.id).is_some_and(|c| c.id == *id);
        let quiet = *id == "visibility" && view.sum(super::UnitFacts::quiet) > 0;
        if view.levels_of(false, is).total() > 0 || quiet {
            paragraphs.push((*text).to_owned());
        }
    }
    if paragraphs.is_empty() {
        paragraphs.push("保持日常监测，按计划完成补丁与备份检查。".to_owned());
    }
    let title = format!("{}{ADVICE_TITLE}", view.facts.period.span.words().1);
    Section { title, paragraphs, ..Section::default() }
}
