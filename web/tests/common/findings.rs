//! Findings in a desk: reports are taken over as an analyst does it.

use std::collections::BTreeSet;

use ward_desk::{Desk, Reach, Role, Viewer};
use ward_event::{UnitId, register::Register};

/// A Nessus report of one host of the invented region, `hours` before `now` (seconds).
pub(crate) fn nessus(now: i64, hours: i64, items: &str) -> String {
    let end = now - hours * 3_600;
    format!(
        "<NessusClientData_v2><Policy><policyName>full</policyName><Preferences><ServerPreferences>\
         <preference><name>port_range</name><value>default</value></preference>\
         <preference><name>plugin_set</name><value>97833;42873;10396</value></preference></ServerPreferences></Preferences></Policy>\
         <Report name=\"monthly\"><ReportHost name=\"10.12.0.10\"><HostProperties>\
         <tag name=\"HOST_END_TIMESTAMP\">{end}</tag></HostProperties>{items}</ReportHost></Report></NessusClientData_v2>"
    )
}

pub(crate) const SMB: &str = "<ReportItem port=\"445\" protocol=\"tcp\" severity=\"4\" pluginID=\"97833\" \
    pluginName=\"MS17-010: Security Update for Microsoft Windows SMB Server\"><cve>CVE-2017-0144</cve>\
    <cvss3_base_score>8.1</cvss3_base_score><solution>Install the update.</solution>\
    <plugin_output>SMBv1 answered as an unpatched host does.</plugin_output><xref>CNVD:CNVD-2017-02679</xref></ReportItem>";
pub(crate) const TLS: &str = "<ReportItem port=\"443\" protocol=\"tcp\" severity=\"2\" pluginID=\"42873\" \
    pluginName=\"SSL Medium Strength Cipher Suites Supported (SWEET32)\"><cve>CVE-2016-2183</cve></ReportItem>";

/// Takes a report over for a unit.
pub(crate) async fn import(desk: &Desk, register: &Register, unit: &str, report: &str) {
    let unit = UnitId::new(unit).expect("an id");
    let analyst = Viewer {
        account: None,
        name: "seed".into(),
        role: Role::Analyst,
        reach: Reach::Units(BTreeSet::from([unit.clone()])),
        within: None,
        may_write: true,
    };
    let findings = desk.findings();
    let preview = findings.preview(&analyst, &unit, "monthly.nessus", report.into(), register).await;
    let id = preview.expect("the database").expect("a report").id.expect("not taken over before");
    findings.confirm(&analyst, "127.0.0.1", &id, register).await.expect("taken over");
}
