//! PRI: facility and severity (RFC 5424 §6.2.1).

use ward_event::ocsf::severity as ocsf;

/// The priority and what is behind it; none, and the whole line, where there is no `<0>` to `<191>`.
pub(super) fn split(line: &str) -> (Option<u8>, &str) {
    match pri(line.as_bytes()) {
        Some((pri, len)) => (Some(pri), &line[len..]),
        None => (None, line),
    }
}

fn pri(bytes: &[u8]) -> Option<(u8, usize)> {
    let rest = bytes.strip_prefix(b"<")?;
    let digits = rest.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 || digits > 3 || rest.get(digits) != Some(&b'>') {
        return None;
    }
    let n = rest[..digits].iter().fold(0u16, |n, b| n * 10 + u16::from(b - b'0'));
    (n <= 191).then_some((n as u8, digits + 2))
}

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

pub(super) fn facility(pri: u8) -> &'static str {
    FACILITIES[usize::from(pri >> 3) % FACILITIES.len()]
}

pub(super) fn severity(pri: u8) -> &'static str {
    SEVERITIES[usize::from(pri & 7)]
}

/// Eight steps onto OCSF's six: alert and crit are both critical, info and debug informational.
pub(super) const fn severity_id(pri: u8) -> u8 {
    [
        ocsf::FATAL,
        ocsf::CRITICAL,
        ocsf::CRITICAL,
        ocsf::HIGH,
        ocsf::MEDIUM,
        ocsf::LOW,
        ocsf::INFORMATIONAL,
        ocsf::INFORMATIONAL,
    ][(pri & 7) as usize]
}
