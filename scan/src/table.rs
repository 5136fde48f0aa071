//! Tables: the CSV of scanners, of weak-password and of baseline checks, and of the web test.
//!
//! A table lists lines and says nothing of what else was looked at, so that an absence from it proves
//! nothing; a line that passed does. A password itself is never read: its column is left alone.

use std::{collections::BTreeMap, io::Read};

use encoding_rs::GB18030;
use ward_event::time::Calendar;

use crate::{
    Host, Kind, Protocol, Refused, Report, Row, Severity, State, Tool, qualys,
    report::{canonical, clean, tenths},
    time,
    webtest::{Answer, method},
};

/// A list of fifty thousand lines with its texts.
const TABLE_BYTES_MAX: u64 = 64 << 20;
const LINES_MAX: usize = 100_000;
const COLUMNS_MAX: usize = 200;
/// Bad lines that are named.
const FLAWS_MAX: usize = 50;

/// What a column is called, by any of its names.
const COLUMNS: &[(&str, &[&str])] = &[
    (
        "address",
        &["ip", "ipaddress", "host", "ip地址", "主机", "主机地址", "地址", "address", "资产", "资产地址"],
    ),
    ("name", &["dns", "dnsname", "hostname", "fqdn", "netbiosname", "主机名", "设备名称", "资产名称"]),
    ("system", &["系统", "系统名称", "所属系统", "system", "url", "网址"]),
    ("port", &["port", "端口"]),
    ("protocol", &["protocol", "portprotocol", "协议"]),
    ("plugin", &["pluginid", "plugin"]),
    ("oid", &["nvtoid"]),
    ("qid", &["qid"]),
    ("title", &["pluginname", "nvtname", "title", "漏洞名称", "名称"]),
    ("risk", &["risk", "severity", "riskfactor", "风险等级", "严重程度", "危险等级", "等级", "级别"]),
    (
        "score",
        &["cvssv30basescore", "cvssv3basescore", "cvss3base", "cvss", "cvssv20basescore", "cvssv2basescore"],
    ),
    ("ids", &["cve", "cveid", "cves", "crossreferences", "xref", "cnvd", "cnnvd", "漏洞编号"]),
    (
        "evidence",
        &[
            "pluginoutput",
            "plugintext",
            "specificresult",
            "results",
            "证据",
            "检查结果说明",
            "说明",
            "备注",
            "实际值",
        ],
    ),
    ("advice", &["solution", "整改建议", "修复建议", "加固建议", "建议", "advice"]),
    ("quality", &["qod"]),
    ("status", &["vulnstatus"]),
    ("type", &["type"]),
    (
        "seen",
        &["lastobserved", "lastdetected", "timestamp", "检测时间", "检查时间", "扫描时间", "时间", "time"],
    ),
    ("account", &["账号", "帐号", "用户名", "用户", "account", "username", "user", "弱口令账号"]),
    ("service", &["服务", "服务类型", "类型", "service", "协议类型", "应用"]),
    ("weakness", &["弱口令类型", "口令问题", "问题", "问题类型", "weakness"]),
    ("result", &["结果", "检查结果", "是否符合", "符合情况", "是否弱口令", "result", "测试结果", "判定"]),
    ("item", &["检查项", "检查项名称", "检查内容", "检查点", "check", "checkname", "item"]),
    ("itemid", &["检查项编号", "检查编号", "编号", "checkid", "项", "测试项", "项号"]),
    ("class", &["类", "测试类", "类别", "class"]),
];

/// One line's cells by what they mean.
struct Line<'a> {
    columns: &'a BTreeMap<&'static str, Vec<usize>>,
    cells: &'a csv::StringRecord,
}

impl Line<'_> {
    /// The first of the columns with that meaning that says something.
    fn get(&self, column: &str) -> &str {
        let found = self.columns.get(column).map_or(&[][..], Vec::as_slice);
        let cell = |i: &usize| self.cells.get(*i).map(str::trim).filter(|c| !c.is_empty());
        found.iter().find_map(cell).unwrap_or("")
    }

    fn all(&self, column: &str) -> impl Iterator<Item = &str> {
        let found = self.columns.get(column).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|i| self.cells.get(*i))
    }
}

/// A line's finding, nothing where it is only information, or why it is left out.
type Taken = Result<Option<Row>, String>;

pub(crate) fn read(input: impl Read, calendar: Calendar) -> Result<Report, Refused> {
    let mut bytes = Vec::new();
    let unreadable = |e: std::io::Error| Refused::Unreadable(e.to_string());
    input.take(TABLE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > TABLE_BYTES_MAX {
        return Err(Refused::TooLarge(TABLE_BYTES_MAX));
    }
    if bytes.contains(&0) {
        return Err(Refused::Encoding);
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(bad) => GB18030
            .decode_without_bom_handling_and_without_replacement(bad.as_bytes())
            .ok_or(Refused::Encoding)?
            .into_owned(),
    };
    let first = text.lines().find(|l| !l.trim().is_empty()).ok_or(Refused::Empty)?;
    let count = |mark: char| first.matches(mark).count();
    let delimiter = [b'\t', b';'].into_iter().find(|d| count(char::from(*d)) > count(',')).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = records.next().and_then(Result::ok).ok_or(Refused::Empty)?;
    if header.len() > COLUMNS_MAX {
        return Err(Refused::TooMany("columns", COLUMNS_MAX));
    }
    let columns = columns(&header);
    let (tool, kind) = tool(&columns)?;
    let mut report = Report::new(tool, kind);
    report.explicit = true;
    let mut hosts = BTreeMap::new();
    for record in records {
        let record = record.map_err(|e| Refused::Malformed(0, e.to_string()))?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        report.counts.items += 1;
        if report.counts.items > LINES_MAX {
            return Err(Refused::TooMany("lines", LINES_MAX));
        }
        let line = Line { columns: &columns, cells: &record };
        match take(&mut report, &line, calendar) {
            Ok(Some(row)) => {
                let name = clean(line.get("name"), 120);
                hosts.entry(row.host.clone()).or_insert(name);
                report.row(row)?;
            }
            Ok(None) => report.counts.informative += 1,
            Err(why) if report.flaws.len() < FLAWS_MAX => {
                let number = record.position().map_or(0, csv::Position::line);
                report.flaws.push(format!("{number}: {why}"));
            }
            Err(_) => {}
        }
    }
    report.counts.hosts = hosts.len();
    for (address, name) in hosts {
        report.host(Host { address, name, ended: None, reached: true, credentialed: false })?;
    }
    Ok(report)
}

fn columns(header: &csv::StringRecord) -> BTreeMap<&'static str, Vec<usize>> {
    let mut found: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (i, cell) in header.iter().enumerate() {
        let cell = cell.split(['(', '（']).next().unwrap_or(cell);
        let kept = |c: &char| c.is_alphanumeric();
        let cell: String = cell.chars().filter(kept).flat_map(char::to_lowercase).collect();
        if let Some((column, _)) = COLUMNS.iter().find(|(_, names)| names.contains(&cell.as_str())) {
            found.entry(column).or_default().push(i);
        }
    }
    found
}

fn tool(columns: &BTreeMap<&'static str, Vec<usize>>) -> Result<(Tool, Kind), Refused> {
    let has = |names: &[&str]| names.iter().all(|n| columns.contains_key(n));
    let found = if has(&["class", "itemid", "result"]) {
        (Tool::WebTest, Kind::Web)
    } else if has(&["plugin", "address"]) {
        (Tool::Nessus, Kind::Vulnerability)
    } else if has(&["oid", "address"]) {
        (Tool::OpenVas, Kind::Vulnerability)
    } else if has(&["qid", "address"]) {
        (Tool::Qualys, Kind::Vulnerability)
    } else if has(&["address", "account"]) {
        (Tool::Passwords, Kind::Password)
    } else if has(&["address", "item", "result"]) {
        (Tool::Baseline, Kind::Baseline)
    } else if has(&["item", "result"]) || has(&["account", "service"]) || columns.contains_key("plugin") {
        return Err(Refused::NoColumn("IP地址"));
    } else {
        return Err(Refused::Unknown);
    };
    Ok(found)
}

fn take(report: &mut Report, line: &Line<'_>, calendar: Calendar) -> Taken {
    let mut row = match report.tool {
        Tool::Nessus => scanner(line, "nessus", "plugin", named(line.get("risk")))?,
        Tool::OpenVas => {
            let score = line.all("score").find_map(tenths);
            let mut row = scanner(
                line,
                "openvas",
                "oid",
                score.map_or_else(|| named(line.get("risk")), |s| Some(Severity::of_score(s))),
            )?;
            if line.get("quality").parse().is_ok_and(|n: u32| n < 70) {
                row.state = State::Suspected;
            }
            row
        }
        Tool::Qualys => {
            let kind = line.get("type");
            let level = line.get("risk").parse().map(qualys::level).ok();
            let mut row =
                scanner(line, "qualys", "qid", if kind == "Ig" { Some(Severity::Info) } else { level })?;
            row.state = match line.get("status") {
                "Fixed" => State::Passed,
                _ if kind == "Practice" => State::Suspected,
                _ => State::Found,
            };
            row
        }
        Tool::Passwords => password(line)?,
        Tool::Baseline => match baseline(line)? {
            Some(row) => row,
            None => return Ok(None),
        },
        Tool::WebTest => match web(line)? {
            Some(row) => row,
            None => return Ok(None),
        },
        Tool::Nmap => return Ok(None),
    };
    *report.counts.severity.entry(row.severity.as_str().to_owned()).or_default() += 1;
    row.seen = time::parse(line.get("seen"), calendar);
    row.score = line.all("score").find_map(tenths);
    line.all("ids").for_each(|text| row.name_all(text));
    let port = line.get("port");
    if !port.is_empty() {
        row.port = port.parse().map_err(|_| format!("端口 {}", clean(port, 20)))?;
    }
    row.protocol = match line.get("protocol").to_ascii_lowercase().as_str() {
        _ if row.port == 0 => Protocol::None,
        "udp" => Protocol::Udp,
        _ => Protocol::Tcp,
    };
    if row.evidence.is_empty() {
        row.tell(line.get("evidence"), line.get("advice"));
    }
    Ok((row.severity != Severity::Info).then_some(row))
}

fn address(line: &Line<'_>) -> Result<String, String> {
    let address = canonical(line.get("address"));
    if address.is_empty() { Err("缺少 IP 地址".into()) } else { Ok(address) }
}

fn scanner(line: &Line<'_>, tool: &str, column: &str, severity: Option<Severity>) -> Result<Row, String> {
    let number = line.get(column);
    if number.is_empty() {
        return Err("缺少检查编号".into());
    }
    let mut row = Row::new(&address(line)?, format!("{tool}:{number}"), line.get("title"));
    let told = clean(line.get("risk"), 20);
    row.severity = severity.ok_or_else(|| format!("严重程度 {told}"))?;
    Ok(row)
}

/// In the words that tools and people use.
fn named(word: &str) -> Option<Severity> {
    match word.to_ascii_lowercase().as_str() {
        "严重" | "紧急" | "危急" | "超危" | "critical" | "urgent" | "4" => Some(Severity::Critical),
        "高" | "高危" | "high" | "serious" | "3" => Some(Severity::High),
        "中" | "中危" | "medium" | "2" => Some(Severity::Medium),
        "低" | "低危" | "low" | "1" => Some(Severity::Low),
        "信息" | "提示" | "none" | "info" | "log" | "0" => Some(Severity::Info),
        _ => None,
    }
}

/// A severity where the line has one; a word that nobody knows is a flaw and not the usual.
fn severity_or(line: &Line<'_>, usual: Severity) -> Result<Severity, String> {
    match line.get("risk") {
        "" => Ok(usual),
        word => named(word).ok_or_else(|| format!("严重程度 {}", clean(word, 20))),
    }
}

fn password(line: &Line<'_>) -> Result<Row, String> {
    let (account, service) = (line.get("account"), line.get("service"));
    if account.is_empty() {
        return Err("缺少账号".into());
    }
    let title =
        ["弱口令", service, account].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    let mut row = Row::new(&address(line)?, format!("password:{}:{account}", service.to_lowercase()), &title);
    row.severity = severity_or(line, Severity::High)?;
    row.state = match line.get("result").to_ascii_lowercase().as_str() {
        "" | "是" | "弱" | "弱口令" | "存在" | "weak" | "yes" | "未修复" => State::Found,
        "否" | "正常" | "不存在" | "合格" | "通过" | "strong" | "no" | "已修复" => State::Passed,
        other => return Err(format!("结果 {}", clean(other, 20))),
    };
    row.tell(line.get("weakness"), line.get("advice"));
    Ok(row)
}

fn baseline(line: &Line<'_>) -> Result<Option<Row>, String> {
    let item = line.get("item");
    let number = line.get("itemid");
    let check = if number.is_empty() { item } else { number };
    if check.is_empty() {
        return Err("缺少检查项".into());
    }
    let mut row = Row::new(&address(line)?, format!("baseline:{check}"), item);
    row.severity = severity_or(line, Severity::Medium)?;
    row.state = match line.get("result").to_ascii_lowercase().as_str() {
        "符合" | "通过" | "合格" | "是" | "pass" | "passed" | "compliant" | "yes" => State::Passed,
        "不符合" | "部分符合" | "不通过" | "不合格" | "否" | "fail" | "failed" | "noncompliant" | "no" => {
            State::Found
        }
        "不适用" | "不涉及" | "n/a" | "notapplicable" => return Ok(None),
        other => return Err(format!("结果 {}", clean(other, 20))),
    };
    Ok(Some(row))
}

fn web(line: &Line<'_>) -> Result<Option<Row>, String> {
    let method = method()?;
    let class = line.get("class");
    let by_name = method.class.iter().position(|c| c.name == class).map(|i| i + 1);
    let class = by_name.or_else(|| class.parse().ok()).ok_or_else(|| format!("类 {}", clean(class, 20)))?;
    // `9.3` names the class again.
    let number = line.get("itemid").rsplit('.').next().unwrap_or("");
    let item = number.parse().map_err(|_| format!("项 {}", clean(number, 20)))?;
    if !method.has(class, item) {
        return Err(format!("方法中没有 {class}.{item}"));
    }
    let answer = line.get("result");
    let answer = Answer::from_word(answer).ok_or_else(|| format!("结果 {}", clean(answer, 20)))?;
    let host = if line.get("address").is_empty() { line.get("system") } else { line.get("address") };
    if host.is_empty() {
        return Err("缺少系统".into());
    }
    let name = method.class.get(class - 1).map_or("", |c| c.name.as_str());
    let item_name = line.get("item");
    let title =
        if item_name.is_empty() { format!("{name} {class}.{item}") } else { format!("{name}：{item_name}") };
    let mut row = Row::new(&canonical(host), format!("web:{class}.{item}"), &title);
    match answer {
        Answer::NotConcerned => return Ok(None),
        Answer::Absent => {
            row.state = State::Passed;
            row.severity = Severity::Low;
        }
        Answer::Present => {
            let told = line.get("risk");
            row.severity = named(told).ok_or_else(|| format!("严重程度 {}", clean(told, 20)))?;
        }
    }
    Ok(Some(row))
}
