//! Database audit records: who ran which statement against which database from where, how many rows
//! came back. What 统方 detection lives on.

use ward_event::{Event, Field, ocsf};

use super::{
    Record,
    slots::{Slot, push_pairs},
};
use crate::parse::{complete::complete, fields};

pub(super) fn read(event: &mut Event, record: &Record<'_>) -> bool {
    let slots = &record.slots;
    let named = slots.has(Slot::Database) && slots.has(Slot::Operation) && slots.has(Slot::User);
    if !slots.has(Slot::Statement) && !named {
        return false;
    }
    if slots.has(Slot::Statement) && !slots.has(Slot::Database) && !slots.has(Slot::User) {
        return false;
    }
    event.class_uid = ocsf::DATASTORE_ACTIVITY;
    let verb = slots.get(Slot::Statement).or(slots.get(Slot::Operation)).unwrap_or("");
    event.activity_id = activity(verb);
    slots.assign(event);
    if !slots.has(Slot::Database) {
        // Not every appliance says which; without a name the class would not be complete, and the
        // statement not be looked at as one.
        event.set_text(Field::DatabaseName, "unknown");
    }
    if let Some(user) = slots.get(Slot::User) {
        fields::assign_text(event, Field::ActorUserName, user);
    }
    if let Some(status) = slots.status() {
        event.set_uint(Field::StatusId, status);
    }
    push_pairs(event, record.pairs);
    complete(event);
    true
}

/// The class's activity by the statement's first word.
fn activity(statement: &str) -> u8 {
    let verb = statement.trim_start_matches(['(', ' ']).split([' ', '\t', '\n', '(']).next().unwrap_or("");
    match verb.to_ascii_lowercase().as_str() {
        "select" | "with" | "query" | "查询" => 4,
        "read" | "fetch" => 1,
        "update" | "merge" | "alter" | "grant" | "revoke" | "更新" | "修改" => 2,
        "connect" | "login" | "logon" | "登录" => 3,
        "insert" | "write" | "load" | "replace" | "插入" => 5,
        "create" => 6,
        "delete" | "drop" | "truncate" | "删除" => 7,
        "show" | "desc" | "describe" | "list" => 8,
        _ => 99,
    }
}
