//! Log-ins to HIS, EMR, PACS and other applications, as pairs: `action=login user=… ip=… result=…`.

use ward_event::{Event, Field, ocsf};

use super::{
    Message,
    slots::{Slot, Slots, push_pairs},
};
use crate::parse::{complete::complete, fields};

pub(super) fn read(event: &mut Event, message: &Message<'_>) -> bool {
    let slots = Slots::of(message.pairs);
    let Some(activity) = slots.get(Slot::Operation).and_then(activity) else { return false };
    let Some(user) = slots.get(Slot::User) else { return false };
    event.class_uid = ocsf::AUTHENTICATION;
    event.activity_id = activity;
    slots.assign(event);
    fields::assign_text(event, Field::UserName, user);
    let service = slots.get(Slot::Program).unwrap_or(message.app);
    fields::assign_text(event, Field::ServiceName, service);
    if let Some(status) = slots.status() {
        event.set_uint(Field::StatusId, status);
    }
    push_pairs(event, message.pairs);
    complete(event);
    true
}

/// Logon 1, Logoff 2.
fn activity(word: &str) -> Option<u8> {
    match word.to_ascii_lowercase().as_str() {
        "login" | "logon" | "log in" | "signin" | "sign in" | "user_login" | "登录" | "登陆" => Some(1),
        "logout" | "logoff" | "log out" | "signout" | "sign out" | "user_logout" | "登出" | "退出"
        | "注销" => Some(2),
        _ => None,
    }
}
