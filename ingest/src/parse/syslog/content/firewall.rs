//! Firewall and gateway records: who spoke to whom, and whether it was let through.

use ward_event::{Event, Field, ocsf};

use super::{
    Record,
    slots::{Slot, push_pairs},
};
use crate::parse::{complete::complete, fields};

pub(super) fn read(event: &mut Event, record: &Record<'_>) -> bool {
    let slots = &record.slots;
    let is_address = |slot: Slot| {
        slots.get(slot).is_some_and(|v| {
            fields::ip(v.split_once(':').map_or(v, |(ip, _)| ip)).is_some() || fields::ip(v).is_some()
        })
    };
    if !is_address(Slot::SrcIp) || !is_address(Slot::DstIp) {
        return false;
    }
    event.class_uid = ocsf::NETWORK_ACTIVITY;
    slots.assign(event);
    if let Some(Ok(number)) = slots.get(Slot::Protocol).map(str::parse::<u8>) {
        event.unset(Field::ProtocolName);
        event.set_uint(Field::ProtocolNum, number.into());
    }
    let verdict = slots.get(Slot::Operation).map_or(Verdict::Unknown, verdict);
    let verdict = if verdict == Verdict::Unknown { prefix_verdict(record.message.text) } else { verdict };
    event.activity_id = if verdict == Verdict::Denied { 5 } else { 6 };
    if verdict != Verdict::Unknown {
        event.set_uint(Field::ActionId, verdict as u64);
    }
    if let Some(action) = slots.get(Slot::Operation) {
        fields::assign_text(event, Field::Action, action);
    }
    if let Some(user) = slots.get(Slot::User) {
        fields::assign_text(event, Field::ActorUserName, user);
    }
    if let Some(device) = slots.get(Slot::Device)
        && event.text(Field::DeviceHostname).is_none()
    {
        fields::assign_text(event, Field::DeviceHostname, device);
    }
    push_pairs(event, record.pairs);
    complete(event);
    true
}

/// OCSF's `action_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Unknown = 0,
    Allowed = 1,
    Denied = 2,
}

fn verdict(word: &str) -> Verdict {
    match word.to_ascii_lowercase().as_str() {
        "accept" | "allow" | "allowed" | "permit" | "permitted" | "pass" | "close" | "start" | "timeout"
        | "client-rst" | "server-rst" | "ip-conn" | "允许" | "放行" => Verdict::Allowed,
        "deny" | "denied" | "drop" | "dropped" | "block" | "blocked" | "reject" | "refuse" | "拒绝"
        | "丢弃" | "阻断" => Verdict::Denied,
        _ => Verdict::Unknown,
    }
}

/// netfilter has no pair for it; the rule's prefix says it: `[UFW BLOCK] IN=…`.
fn prefix_verdict(text: &str) -> Verdict {
    let prefix = text.split_once('=').map_or("", |(prefix, _)| prefix);
    prefix
        .split(|c: char| !c.is_ascii_alphabetic())
        .map(verdict)
        .find(|v| *v != Verdict::Unknown)
        .unwrap_or(Verdict::Unknown)
}
