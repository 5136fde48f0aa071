//! What an absence is worth, and tables that people fill in.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

use ward_event::{Micros, time::Calendar};
use ward_scan::{Absence, Doubt, Ports, Protocol, Report, Severity, Sighting, State, Tool, absence, read};

fn of(text: &str) -> Report {
    read(text.as_bytes(), Calendar::shanghai()).expect("a report")
}

/// A Nessus report of one host: its policy's plugins, whether it ended, what was found.
fn nessus(end: &str, plugins: &str, range: &str, credentials: bool, items: &str) -> Report {
    of(&format!(
        "<?xml version=\"1.0\"?><NessusClientData_v2><Policy><policyName>全面</policyName><Preferences><ServerPreferences>\
         <preference><name>port_range</name><value>{range}</value></preference>\
         <preference><name>plugin_set</name><value>{plugins}</value></preference></ServerPreferences></Preferences></Policy>\
         <Report name=\"月度\"><ReportHost name=\"his-db\"><HostProperties><tag name=\"host-ip\">10.1.0.9</tag>\
         <tag name=\"Credentialed_Scan\">{credentials}</tag>{end}</HostProperties>{items}</ReportHost></Report></NessusClientData_v2>"
    ))
}

const END: &str = "<tag name=\"HOST_END_TIMESTAMP\">1790000000</tag>";
const ITEM: &str = "<ReportItem port=\"445\" protocol=\"tcp\" severity=\"4\" pluginID=\"97833\" pluginName=\"MS17-010\">\
    <cve>CVE-2017-0144</cve><cvss3_base_score>8.1</cvss3_base_score><solution>打补丁</solution>\
    <plugin_output>远程检测</plugin_output><xref>CNVD:CNVD-2017-02679</xref></ReportItem>";

fn sighting() -> Sighting {
    Sighting {
        host: "10.1.0.9".into(),
        port: 445,
        protocol: Protocol::Tcp,
        check: "nessus:97833".into(),
        tool: Tool::Nessus,
        profile: "全面".into(),
        ports: Ports::from_text("=default"),
        credentialed: false,
        seen: Micros::from_secs(1_780_000_000),
    }
}

#[test]
fn an_item_says_all_that_a_finding_needs() {
    let report = nessus(END, "97833;1", "default", false, ITEM);
    let row = &report.rows[0];
    assert_eq!((row.host.as_str(), row.port, row.protocol), ("10.1.0.9", 445, Protocol::Tcp));
    assert_eq!((row.severity, row.score, row.state), (Severity::Critical, Some(81), State::Found));
    assert_eq!(
        (row.cves.as_slice(), row.cnvds.as_slice()),
        (&["CVE-2017-0144".into()][..], &["CNVD-2017-02679".into()][..])
    );
    assert_eq!((row.advice.as_str(), row.evidence.as_str()), ("打补丁", "远程检测"));
    assert_eq!(report.made(), Some(Micros::from_secs(1_790_000_000)));
}

#[test]
fn an_absence_counts_only_where_the_same_was_looked_for_throughout() {
    let judge = |report: &Report| absence(&sighting(), report);
    let tell = Absence::CannotTell;
    assert_eq!(judge(&nessus(END, "97833", "default", false, ITEM)), Absence::There);
    assert_eq!(judge(&nessus(END, "97833", "default", false, "")), Absence::Gone);
    assert_eq!(judge(&nessus(END, "97833", "1-1024", false, "")), Absence::Gone);
    assert_eq!(judge(&nessus(END, "97833", "all", true, "")), Absence::Gone);
    assert_eq!(judge(&nessus(END, "97833", "1-100", false, "")), tell(Doubt::Port));
    assert_eq!(judge(&nessus(END, "10180;11219", "default", false, "")), tell(Doubt::Check));
    assert_eq!(
        judge(&nessus("", "97833", "default", false, "")),
        tell(Doubt::Older),
        "it says no time at all"
    );
    let older = END.replace("1790000000", "1770000000");
    assert_eq!(judge(&nessus(&older, "97833", "default", false, "")), tell(Doubt::Older));
    let dead = "<ReportItem port=\"0\" severity=\"0\" pluginID=\"10180\" pluginName=\"Ping\">\
        <plugin_output>The remote host (10.1.0.9) is considered as dead - not scanning</plugin_output></ReportItem>";
    assert_eq!(judge(&nessus(END, "97833", "default", false, dead)), tell(Doubt::Unfinished));
    let with_account = Sighting { credentialed: true, ..sighting() };
    let without = nessus(END, "97833", "default", false, "");
    assert_eq!(absence(&with_account, &without), tell(Doubt::Credentials));
    let elsewhere = Sighting { host: "10.1.0.8".into(), ..sighting() };
    assert_eq!(absence(&elsewhere, &without), tell(Doubt::Host));
    let ports = "<nmaprun start=\"1790000000\"></nmaprun>";
    assert_eq!(judge(&of(ports)), tell(Doubt::Tool));
}

/// One host of an Nmap run.
fn nmap(status: &str, ports: &str, finished: &str) -> Report {
    of(&format!(
        "<nmaprun start=\"1790000000\" args=\"nmap\"><scaninfo type=\"syn\" protocol=\"tcp\" services=\"1-100,445\"/>\
         <host starttime=\"1790000000\" endtime=\"1790000100\">{status}<address addr=\"10.1.0.9\" addrtype=\"ipv4\"/>\
         <ports>{ports}</ports></host><runstats>{finished}</runstats></nmaprun>"
    ))
}

#[test]
fn a_port_is_closed_only_where_somebody_answered() {
    let open = Sighting { tool: Tool::Nmap, check: "nmap:open".into(), profile: "port".into(), ..sighting() };
    let (up, assumed) =
        ("<status state=\"up\" reason=\"echo-reply\"/>", "<status state=\"up\" reason=\"user-set\"/>");
    let (closed, silent) =
        ("<extraports state=\"closed\" count=\"101\"/>", "<extraports state=\"filtered\" count=\"101\"/>");
    let done = "<finished time=\"1790000200\" exit=\"success\"/>";
    assert_eq!(absence(&open, &nmap(up, closed, done)), Absence::Gone);
    assert_eq!(absence(&open, &nmap(assumed, closed, done)), Absence::Gone);
    let unfinished = Absence::CannotTell(Doubt::Unfinished);
    assert_eq!(absence(&open, &nmap(assumed, silent, done)), unfinished, "nobody answered at all");
    assert_eq!(absence(&open, &nmap(up, closed, "")), unfinished);
    let other = Sighting { port: 3389, ..open.clone() };
    assert_eq!(absence(&other, &nmap(up, closed, done)), Absence::CannotTell(Doubt::Port));
    let still = "<port protocol=\"tcp\" portid=\"445\"><state state=\"open\"/><service name=\"microsoft-ds\"/></port>";
    assert_eq!(absence(&open, &nmap(up, still, done)), Absence::There);
}

#[test]
fn a_password_is_never_read_and_a_line_that_passed_counts() {
    let table = "IP地址,端口,服务,账号,密码,弱口令类型,是否弱口令,检测时间\n\
        10.1.0.9,22,ssh,root,Secret-1234,与账号相同,是,2026-10-01 10:00:00\n\
        10.1.0.9,3306,mysql,root,Secret-9,空口令,否,2026-10-01 10:00:00\n\
        10.1.0.9,22,ssh,,x,,是,\n\
        10.1.0.9,22,ssh,a,x,,也许,\n";
    let report = of(table);
    assert!(!format!("{report:?}").contains("Secret"));
    let told: Vec<_> = report.rows.iter().map(|r| (r.check.as_str(), r.state, r.severity)).collect();
    assert_eq!(
        told,
        [
            ("password:ssh:root", State::Found, Severity::High),
            ("password:mysql:root", State::Passed, Severity::High)
        ]
    );
    assert_eq!(report.flaws, ["4: 缺少账号", "5: 结果 也许"]);
    let before =
        Sighting { port: 3306, check: "password:mysql:root".into(), tool: Tool::Passwords, ..sighting() };
    assert_eq!(absence(&before, &report), Absence::Passed);
    let unmentioned = Sighting { port: 21, check: "password:ftp:root".into(), ..before };
    assert_eq!(absence(&unmentioned, &report), Absence::CannotTell(Doubt::Explicit));
}

#[test]
fn baseline_and_web_tests_are_read() {
    let baseline =
        of("IP地址\t检查项编号\t检查项\t检查结果\t严重程度\n10.1.0.9\tB-1\t口令长度\t不符合\t高\n\
        10.1.0.9\tB-2\t审计\t符合\t中\n10.1.0.9\tB-3\t蓝牙\t不适用\t\n");
    let told: Vec<_> = baseline.rows.iter().map(|r| (r.check.as_str(), r.state, r.severity)).collect();
    assert_eq!(
        told,
        [("baseline:B-1", State::Found, Severity::High), ("baseline:B-2", State::Passed, Severity::Medium)]
    );
    let web = of("系统,类,项,结果,严重程度\nhttps://h.example/,输入验证,9.3,存在漏洞,高危\n\
        https://h.example/,14,7,不存在漏洞,\nhttps://h.example/,14,8,不存在漏洞,\nhttps://h.example/,1,1,不涉及,\n");
    let told: Vec<_> = web.rows.iter().map(|r| (r.check.as_str(), r.state, r.title.as_str())).collect();
    assert_eq!(
        told,
        [("web:9.3", State::Found, "输入验证 9.3"), ("web:14.7", State::Passed, "客户端安全 14.7")]
    );
    assert_eq!((web.flaws.as_slice(), web.counts.informative), (&["4: 方法中没有 14.8".to_owned()][..], 1));
}
