//! sshd and PAM: who logged in from where, and whether it worked.

use compact_str::CompactString;
use ward_event::{
    Event, Field,
    ocsf::{self, status},
};

use super::Message;
use crate::parse::{complete::complete, fields};

const LOGON: u8 = 1;
const LOGOFF: u8 = 2;

/// What one line says.
#[derive(Debug, Default)]
struct Login<'a> {
    activity: u8,
    status: u64,
    user: &'a str,
    /// Address or name.
    from: &'a str,
    port: &'a str,
    method: &'a str,
    service: &'a str,
    detail: &'static str,
}

pub(super) fn read(event: &mut Event, message: &Message<'_>) -> bool {
    let text = repeated(message.text);
    let login = match message.app {
        "sshd" | "sshd-session" | "dropbear" => sshd(text).or_else(|| pam(text)),
        _ if text.starts_with("pam_") => pam(text),
        "su" | "sudo" | "login" | "cron" | "CRON" | "systemd-logind" | "gdm" | "vsftpd" | "proftpd"
        | "gdm-password" | "polkitd" | "systemd" => pam(text).or_else(|| su(message.app, text)),
        _ => None,
    };
    let Some(login) = login else { return false };
    event.class_uid = ocsf::AUTHENTICATION;
    event.activity_id = login.activity;
    event.set_uint(Field::StatusId, login.status);
    fields::assign_text(event, Field::UserName, login.user);
    if !fields::assign_text(event, Field::SrcIp, login.from) {
        fields::assign_text(event, Field::SrcHostname, login.from);
    }
    fields::assign_text(event, Field::SrcPort, login.port);
    fields::assign_text(event, Field::AuthProtocol, login.method);
    let service = if login.service.is_empty() { message.app } else { login.service };
    event.set_text(Field::ServiceName, service);
    event.set_text(Field::StatusDetail, CompactString::const_new(login.detail));
    complete(event);
    true
}

/// The line inside "message repeated 3 times: [ … ]".
fn repeated(text: &str) -> &str {
    let inner = text.strip_prefix("message repeated ").and_then(|t| t.split_once(" times: ["));
    inner.map_or(text, |(_, line)| line.trim_end_matches(']').trim())
}

fn sshd(text: &str) -> Option<Login<'_>> {
    let mut login = Login { activity: LOGON, service: "sshd", ..Login::default() };
    let (verb, rest) = text.split_once(' ')?;
    match verb {
        "Accepted" | "Failed" => {
            let (method, rest) = rest.split_once(" for ")?;
            login.method = method;
            login.status = if verb == "Accepted" { status::SUCCESS } else { status::FAILURE };
            let valid = rest.strip_prefix("invalid user ");
            if valid.is_some() {
                login.detail = "invalid user";
            }
            origin(valid.unwrap_or(rest), &mut login)?;
        }
        "Invalid" | "Illegal" => {
            login.status = status::FAILURE;
            login.detail = "invalid user";
            origin(rest.strip_prefix("user ")?, &mut login)?;
        }
        "error:" => {
            let rest = rest.strip_prefix("maximum authentication attempts exceeded for ")?;
            login.status = status::FAILURE;
            login.detail = "maximum attempts exceeded";
            origin(rest.strip_prefix("invalid user ").unwrap_or(rest), &mut login)?;
        }
        "Disconnected" => {
            login.activity = LOGOFF;
            login.status = status::SUCCESS;
            let rest = rest.strip_prefix("from user ")?;
            let (user, rest) = rest.split_once(' ')?;
            login.user = user;
            (login.from, login.port) = address(rest);
        }
        _ => return None,
    }
    Some(login)
}

/// `USER from ADDRESS port N …`. The user may hold anything, " from " too: the last one counts.
fn origin<'a>(rest: &'a str, login: &mut Login<'a>) -> Option<()> {
    let (user, behind) = match rest.strip_prefix("from ") {
        Some(behind) => ("", behind), // an empty user name
        None => rest.rsplit_once(" from ")?,
    };
    login.user = user;
    (login.from, login.port) = address(behind);
    Some(())
}

fn address(text: &str) -> (&str, &str) {
    let mut words = text.split(' ');
    let from = words.next().unwrap_or("");
    let port = if words.next() == Some("port") { words.next().unwrap_or("") } else { "" };
    (from, port)
}

/// `pam_unix(sshd:auth): authentication failure; logname= uid=0 … rhost=1.2.3.4  user=root`,
/// `pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)`.
fn pam(text: &str) -> Option<Login<'_>> {
    let (service, rest) = text.strip_prefix("pam_")?.split_once('(')?.1.split_once("): ")?;
    let service = service.split_once(':').map_or(service, |(service, _)| service);
    let mut login = Login { activity: LOGON, status: status::SUCCESS, service, ..Login::default() };
    if let Some(user) = rest.strip_prefix("session opened for user ") {
        // sshd has said "Accepted" already.
        if service == "sshd" {
            return None;
        }
        login.user = user;
    } else if let Some(user) = rest.strip_prefix("session closed for user ") {
        login.activity = LOGOFF;
        login.user = user;
    } else if rest.contains("authentication failure") {
        login.status = status::FAILURE;
        let pair = |key: &str| {
            rest.split(' ').filter_map(|w| w.split_once('=')).find(|(k, _)| *k == key).map_or("", |(_, v)| v)
        };
        login.user = if pair("user").is_empty() { pair("ruser") } else { pair("user") };
        login.from = pair("rhost");
    } else {
        return None;
    }
    login.user = login.user.split(['(', ' ']).next().unwrap_or("");
    Some(login)
}

/// `FAILED SU (to root) bob on pts/0`, `Successful su for root by bob`.
fn su<'a>(app: &str, text: &'a str) -> Option<Login<'a>> {
    if app != "su" {
        return None;
    }
    let mut login = Login { activity: LOGON, ..Login::default() };
    if let Some(rest) = text.strip_prefix("FAILED SU (to ").or_else(|| text.strip_prefix("FAILED su for ")) {
        login.status = status::FAILURE;
        login.user = rest.split([')', ' ']).next().unwrap_or("");
    } else {
        login.status = status::SUCCESS;
        let rest = text.strip_prefix("Successful su for ").or_else(|| text.strip_prefix("(to "))?;
        login.user = rest.split([')', ' ']).next().unwrap_or("");
    }
    Some(login)
}
