//! The HIS application's own log, key=value over syslog TCP: log-ins, queries, prescriptions. Here stand
//! patients' numbers in clear, as they do in real ones.

use std::net::IpAddr;

use ward_event::Micros;

use super::{
    Batch, Channel, put,
    syslog::{self, pri},
};
use crate::model::{HostKind, Unit};

/// Something a user did in the application.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    pub user: &'a str,
    pub src: IpAddr,
    pub host: &'a str,
    pub department: &'a str,
    /// `login`, `logout`, `query`, `prescribe`, `register`, `charge`, `report`.
    pub action: &'a str,
    pub ok: bool,
}

fn begin(batch: &mut Batch, unit: &Unit, at: Micros, u: &Use<'_>) -> usize {
    let device = &unit.host(HostKind::HisApp).name;
    let start = syslog::rfc5424(batch, pri::LOCAL0_INFO, at, device, "his", None);
    syslog::tenant(batch, unit);
    let result = if u.ok { "success" } else { "failure" };
    put!(
        batch.bytes,
        "app=HIS action={} user={} src={} src_host={} dept=\"{}\" result={result}",
        u.action,
        u.user,
        u.src,
        u.host,
        u.department
    );
    start
}

pub fn session(batch: &mut Batch, unit: &Unit, at: Micros, u: &Use<'_>) {
    let start = begin(batch, unit, at, u);
    put!(batch.bytes, " program=HISClient.exe");
    batch.end(start, at, unit.index, Channel::SyslogTcp, 1);
}

/// With a patient's file opened; some screens write the patient's numbers into the log.
pub fn patient(
    batch: &mut Batch,
    unit: &Unit,
    at: Micros,
    u: &Use<'_>,
    patient: u64,
    numbers: Option<(&str, &str)>,
) {
    let start = begin(batch, unit, at, u);
    put!(batch.bytes, " patient={patient}");
    if let Some((id, mobile)) = numbers {
        put!(batch.bytes, " id_no={id} tel={mobile} msg=\"患者身份证{id}，联系电话{mobile}\"");
    }
    batch.end(start, at, unit.index, Channel::SyslogTcp, 1);
}
