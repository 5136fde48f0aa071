//! Words for codes: levels, states, kinds of entity, classes, techniques. What has no word here is
//! shown as it came.

use ward_desk::Role;
use ward_event::{alert::Level, ocsf};

use crate::text::{Lang, Texts};

pub(crate) fn level(t: &Texts, name: &str) -> &'static str {
    match Level::from_name(name) {
        Some(Level::Critical) => t.level_critical,
        Some(Level::High) => t.level_high,
        Some(Level::Medium) => t.level_medium,
        Some(Level::Low) => t.level_low,
        Some(Level::Informational) => t.level_informational,
        None => t.unknown,
    }
}

/// A level's name as a CSS class: never a text from outside.
pub(crate) fn level_class(name: &str) -> &'static str {
    Level::from_name(name).map_or("none", Level::name)
}

/// The level's title where there is a Chinese one and it is asked for.
pub(crate) fn title<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    if (lang == Lang::Zh && !zh.is_empty()) || en.is_empty() { zh } else { en }
}

pub(crate) fn entity_kind<'a>(t: &Texts, kind: &'a str) -> &'a str {
    match kind {
        "account" => t.kind_account,
        "user" => t.kind_user,
        "host" => t.kind_host,
        "ip" => t.kind_ip,
        "source" => t.kind_source,
        "hospital" => t.kind_hospital,
        "domain" => t.kind_domain,
        "process" => t.kind_process,
        "file" => t.kind_file,
        "database" => t.kind_database,
        other => other,
    }
}

pub(crate) const fn role(t: &Texts, role: Role) -> &'static str {
    match role {
        Role::Leader => t.role_leader,
        Role::Analyst => t.role_analyst,
        Role::County => t.role_county,
        Role::Officer => t.role_officer,
        Role::Inspector => t.role_inspector,
        Role::SystemAdmin => t.role_system,
        Role::SecurityAdmin => t.role_security,
        Role::AuditAdmin => t.role_audit,
        Role::Wall => t.role_wall,
    }
}

pub(crate) fn unit_kind<'a>(t: &Texts, kind: &'a str) -> &'a str {
    match kind {
        "hospital" => t.unit_hospital,
        "community" => t.unit_community,
        "township" => t.unit_township,
        "cdc" => t.unit_cdc,
        "maternal" => t.unit_maternal,
        "internet-hospital" => t.unit_internet,
        "commission" => t.unit_commission,
        "tenant" => t.unit_tenant,
        other => other,
    }
}

/// A hospital's grade; the register writes it in Chinese.
pub(crate) fn grade(lang: Lang, grade: &str) -> &str {
    if lang == Lang::Zh {
        return grade;
    }
    match grade {
        "三级甲等" => "3A",
        "三级乙等" => "3B",
        "三级丙等" => "3C",
        "二级甲等" => "2A",
        "二级乙等" => "2B",
        "二级丙等" => "2C",
        "一级甲等" => "1A",
        "一级乙等" => "1B",
        "一级" => "1",
        "未定级" => "ungraded",
        other => other,
    }
}

pub(crate) fn source_status(t: &Texts, status: &str) -> (&'static str, &'static str) {
    match status {
        "ok" => ("ok", t.source_ok),
        "silent" => ("silent", t.source_silent),
        _ => ("unknown", t.source_unknown),
    }
}

/// Classes in the order of the filter's list.
pub(crate) const CLASSES: [u32; 20] = [
    ocsf::AUTHENTICATION,
    ocsf::ACCOUNT_CHANGE,
    ocsf::NETWORK_ACTIVITY,
    ocsf::HTTP_ACTIVITY,
    ocsf::DNS_ACTIVITY,
    ocsf::DHCP_ACTIVITY,
    ocsf::RDP_ACTIVITY,
    ocsf::SMB_ACTIVITY,
    ocsf::SSH_ACTIVITY,
    ocsf::PROCESS_ACTIVITY,
    ocsf::FILE_ACTIVITY,
    ocsf::MODULE_ACTIVITY,
    ocsf::SCHEDULED_JOB_ACTIVITY,
    ocsf::REGISTRY_KEY_ACTIVITY,
    ocsf::REGISTRY_VALUE_ACTIVITY,
    ocsf::EVENT_LOG_ACTIVITY,
    ocsf::DETECTION_FINDING,
    ocsf::DATASTORE_ACTIVITY,
    ocsf::API_ACTIVITY,
    ocsf::BASE_EVENT,
];

pub(crate) fn class(t: &Texts, uid: u32) -> String {
    let name = match uid {
        ocsf::AUTHENTICATION => t.class_authentication,
        ocsf::ACCOUNT_CHANGE => t.class_account_change,
        ocsf::NETWORK_ACTIVITY => t.class_network,
        ocsf::HTTP_ACTIVITY => t.class_http,
        ocsf::DNS_ACTIVITY => t.class_dns,
        ocsf::DHCP_ACTIVITY => t.class_dhcp,
        ocsf::RDP_ACTIVITY => t.class_rdp,
        ocsf::SMB_ACTIVITY => t.class_smb,
        ocsf::SSH_ACTIVITY => t.class_ssh,
        ocsf::PROCESS_ACTIVITY => t.class_process,
        ocsf::FILE_ACTIVITY => t.class_file,
        ocsf::MODULE_ACTIVITY => t.class_module,
        ocsf::SCHEDULED_JOB_ACTIVITY => t.class_job,
        ocsf::REGISTRY_KEY_ACTIVITY => t.class_registry_key,
        ocsf::REGISTRY_VALUE_ACTIVITY => t.class_registry_value,
        ocsf::EVENT_LOG_ACTIVITY => t.class_event_log,
        ocsf::DETECTION_FINDING => t.class_finding,
        ocsf::DATASTORE_ACTIVITY => t.class_datastore,
        ocsf::API_ACTIVITY => t.class_api,
        ocsf::BASE_EVENT => t.class_base,
        other => return other.to_string(),
    };
    name.to_owned()
}

/// OCSF's severity of an event, on the ramp of alert levels.
pub(crate) const fn severity_level(id: u8) -> &'static str {
    match id {
        1 => "informational",
        2 => "low",
        3 => "medium",
        4 => "high",
        5 | 6 => "critical",
        _ => "",
    }
}

/// Names of the ATT&CK techniques that Ward covers first; a sub-technique falls back to its parent.
pub(crate) fn technique(lang: Lang, id: &str) -> Option<&'static str> {
    let find = |id: &str| TECHNIQUES.iter().find(|(known, ..)| *known == id);
    let (_, zh, en) = find(id).or_else(|| find(id.split('.').next().unwrap_or(id)))?;
    Some(if lang == Lang::Zh { zh } else { en })
}

// id, Chinese, English
const TECHNIQUES: [(&str, &str, &str); 44] = [
    ("T1003", "操作系统凭据转储", "OS Credential Dumping"),
    ("T1005", "本地系统数据采集", "Data from Local System"),
    ("T1016", "网络配置发现", "System Network Configuration Discovery"),
    ("T1018", "远程系统发现", "Remote System Discovery"),
    ("T1021", "远程服务", "Remote Services"),
    ("T1021.001", "远程桌面", "Remote Desktop Protocol"),
    ("T1021.002", "SMB/管理共享", "SMB/Windows Admin Shares"),
    ("T1027", "混淆文件或信息", "Obfuscated Files or Information"),
    ("T1033", "用户发现", "System Owner/User Discovery"),
    ("T1036", "伪装", "Masquerading"),
    ("T1041", "经命令控制通道外传", "Exfiltration Over C2 Channel"),
    ("T1046", "网络服务扫描", "Network Service Discovery"),
    ("T1047", "WMI 执行", "Windows Management Instrumentation"),
    ("T1048", "经其他协议外传", "Exfiltration Over Alternative Protocol"),
    ("T1053", "计划任务", "Scheduled Task/Job"),
    ("T1055", "进程注入", "Process Injection"),
    ("T1059", "命令与脚本解释器", "Command and Scripting Interpreter"),
    ("T1059.001", "PowerShell", "PowerShell"),
    ("T1068", "利用漏洞提权", "Exploitation for Privilege Escalation"),
    ("T1070", "清除痕迹", "Indicator Removal"),
    ("T1071", "应用层协议", "Application Layer Protocol"),
    ("T1078", "合法账号", "Valid Accounts"),
    ("T1087", "账号发现", "Account Discovery"),
    ("T1098", "账号操纵", "Account Manipulation"),
    ("T1105", "工具传入", "Ingress Tool Transfer"),
    ("T1110", "暴力破解", "Brute Force"),
    ("T1110.003", "口令喷洒", "Password Spraying"),
    ("T1112", "修改注册表", "Modify Registry"),
    ("T1133", "外部远程服务", "External Remote Services"),
    ("T1136", "创建账号", "Create Account"),
    ("T1190", "利用面向公众的应用", "Exploit Public-Facing Application"),
    ("T1204", "诱使用户执行", "User Execution"),
    ("T1213", "信息库数据采集", "Data from Information Repositories"),
    ("T1218", "系统程序代理执行", "System Binary Proxy Execution"),
    ("T1486", "加密数据（勒索）", "Data Encrypted for Impact"),
    ("T1489", "停止服务", "Service Stop"),
    ("T1490", "阻止系统恢复", "Inhibit System Recovery"),
    ("T1491", "篡改页面", "Defacement"),
    ("T1496", "资源劫持（挖矿）", "Resource Hijacking"),
    ("T1543", "创建或修改系统服务", "Create or Modify System Process"),
    ("T1547", "自启动", "Boot or Logon Autostart Execution"),
    ("T1562", "削弱防御", "Impair Defenses"),
    ("T1567", "经网络服务外传", "Exfiltration Over Web Service"),
    ("T1570", "横向工具传送", "Lateral Tool Transfer"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_sorted_and_a_sub_technique_falls_back() {
        assert!(TECHNIQUES.windows(2).all(|p| p[0].0 < p[1].0));
        assert_eq!(technique(Lang::Zh, "T1110.001"), Some("暴力破解"));
        assert_eq!(technique(Lang::En, "T1021.001"), Some("Remote Desktop Protocol"));
        assert_eq!(technique(Lang::En, "T9999"), None);
    }

    #[test]
    fn a_title_is_never_empty_where_there_is_one() {
        assert_eq!(title(Lang::Zh, "", "Brute force"), "Brute force");
        assert_eq!(title(Lang::Zh, "暴力破解", "Brute force"), "暴力破解");
        assert_eq!(title(Lang::En, "暴力破解", ""), "暴力破解");
    }
}
