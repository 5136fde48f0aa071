//! Suricata EVE JSON: flow, dns, http, tls, alert, with the keys of Suricata 7.

use std::net::IpAddr;

use ward_event::Micros;

use super::{Batch, Channel, Json, put, stamp::Suricata};
use crate::model::{Eve, TENANT_FIELD, Unit};

/// The two ends of a conversation as Suricata names it.
#[derive(Debug, Clone, Copy)]
pub struct Talk<'a> {
    pub flow_id: u64,
    pub src: IpAddr,
    pub sport: u16,
    pub dst: IpAddr,
    pub dport: u16,
    /// `TCP` or `UDP`.
    pub proto: &'a str,
    /// `http`, `dns`, `tls`, `dicom` …; empty where unknown.
    pub app: &'a str,
}

/// An HTTP request and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Http<'a> {
    pub host: &'a str,
    pub url: &'a str,
    pub agent: &'a str,
    pub method: &'a str,
    pub status: u16,
    pub length: u64,
}

/// A signature that fired.
#[derive(Debug, Clone, Copy)]
pub struct Signature<'a> {
    pub id: u32,
    pub text: &'a str,
    pub category: &'a str,
    /// 1 high … 3 low.
    pub severity: u8,
}

fn begin(batch: &mut Batch, unit: &Unit, at: Micros, kind: &str, talk: &Talk<'_>) -> usize {
    let start = batch.begin();
    put!(batch.bytes, "{{\"timestamp\":\"{}\",\"flow_id\":{},", Suricata(at), talk.flow_id);
    if unit.spec.is_tenant() {
        put!(batch.bytes, "\"{TENANT_FIELD}\":\"{}\",", unit.spec.tenant_code);
    }
    put!(
        batch.bytes,
        "\"in_iface\":\"eth1\",\"event_type\":\"{kind}\",\"src_ip\":\"{}\",\"src_port\":{},\"dest_ip\":\"{}\",\"dest_port\":{},\"proto\":\"{}\"",
        talk.src,
        talk.sport,
        talk.dst,
        talk.dport,
        talk.proto
    );
    if !talk.app.is_empty() {
        put!(batch.bytes, ",\"app_proto\":\"{}\"", talk.app);
    }
    start
}

fn end(batch: &mut Batch, unit: &Unit, at: Micros, start: usize) {
    batch.bytes.push(b'}');
    let channel = if unit.spec.eve == Eve::Tail { Channel::EveFile } else { Channel::EveHttp };
    batch.end(start, at, unit.index, channel, 1);
}

/// A flow that has ended: bytes and packets each way, and how long it lived.
pub fn flow(
    batch: &mut Batch,
    unit: &Unit,
    at: Micros,
    talk: &Talk<'_>,
    sent: u64,
    received: u64,
    age_secs: u32,
) {
    let start = begin(batch, unit, at, "flow", talk);
    let begun = Micros(at.0 - i64::from(age_secs) * 1_000_000);
    put!(
        batch.bytes,
        ",\"flow\":{{\"pkts_toserver\":{},\"pkts_toclient\":{},\"bytes_toserver\":{sent},\"bytes_toclient\":{received},\
         \"start\":\"{}\",\"end\":\"{}\",\"age\":{age_secs},\"state\":\"closed\",\"reason\":\"timeout\",\"alerted\":false}}",
        sent / 800 + 1,
        received / 1_100 + 1,
        Suricata(begun),
        Suricata(at)
    );
    end(batch, unit, at, start);
}

pub fn dns(batch: &mut Batch, unit: &Unit, at: Micros, talk: &Talk<'_>, name: &str, kind: &str) {
    let start = begin(batch, unit, at, "dns", talk);
    put!(
        batch.bytes,
        ",\"dns\":{{\"type\":\"query\",\"id\":{},\"rrname\":\"{}\",\"rrtype\":\"{kind}\",\"tx_id\":0}}",
        talk.flow_id % 65_536,
        Json(name)
    );
    end(batch, unit, at, start);
}

fn http_object(batch: &mut Batch, http: &Http<'_>) {
    put!(
        batch.bytes,
        ",\"tx_id\":0,\"http\":{{\"hostname\":\"{}\",\"url\":\"{}\",\"http_user_agent\":\"{}\",\"http_content_type\":\"text/html\",\
         \"http_method\":\"{}\",\"protocol\":\"HTTP/1.1\",\"status\":{},\"length\":{}}}",
        Json(http.host),
        Json(http.url),
        Json(http.agent),
        http.method,
        http.status,
        http.length
    );
}

pub fn http(batch: &mut Batch, unit: &Unit, at: Micros, talk: &Talk<'_>, http: &Http<'_>) {
    let start = begin(batch, unit, at, "http", talk);
    http_object(batch, http);
    end(batch, unit, at, start);
}

pub fn tls(batch: &mut Batch, unit: &Unit, at: Micros, talk: &Talk<'_>, name: &str) {
    let start = begin(batch, unit, at, "tls", talk);
    put!(
        batch.bytes,
        ",\"tls\":{{\"subject\":\"CN={0}\",\"issuerdn\":\"CN=Example CA\",\"sni\":\"{0}\",\"version\":\"TLS 1.3\"}}",
        Json(name)
    );
    end(batch, unit, at, start);
}

pub fn alert(
    batch: &mut Batch,
    unit: &Unit,
    at: Micros,
    talk: &Talk<'_>,
    sig: &Signature<'_>,
    with: Option<&Http<'_>>,
) {
    let start = begin(batch, unit, at, "alert", talk);
    put!(
        batch.bytes,
        ",\"alert\":{{\"action\":\"allowed\",\"gid\":1,\"signature_id\":{},\"rev\":2,\"signature\":\"{}\",\"category\":\"{}\",\"severity\":{}}}",
        sig.id,
        Json(sig.text),
        Json(sig.category),
        sig.severity
    );
    if let Some(http) = with {
        http_object(batch, http);
    }
    end(batch, unit, at, start);
}

/// Suricata's own counters: its sign of life.
pub fn stats(batch: &mut Batch, unit: &Unit, at: Micros, uptime: i64, packets: u64) {
    let start = batch.begin();
    put!(batch.bytes, "{{\"timestamp\":\"{}\",", Suricata(at));
    if unit.spec.is_tenant() {
        put!(batch.bytes, "\"{TENANT_FIELD}\":\"{}\",", unit.spec.tenant_code);
    }
    put!(
        batch.bytes,
        "\"event_type\":\"stats\",\"stats\":{{\"uptime\":{uptime},\"capture\":{{\"kernel_packets\":{packets},\"kernel_drops\":0}}}}"
    );
    end(batch, unit, at, start);
}
