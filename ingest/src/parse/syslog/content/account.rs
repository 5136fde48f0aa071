//! Log-ins to HIS, EMR, PACS and other applications, as pairs: `action=login user=… ip=… result=…`.

use ward_event::{Event, Field, ocsf};

use super::{
    Message,
    slots::{Slot, Slots, push_pairs},
};
use crate::parse::{complete::complete, fields, known};

pub(super) fn read(event: &mut Event, message: &Message<'_>) -> bool {
    let slots = Slots::of(message.pairs);
    let Some(activity) = slots.get(Slot::Operation).and_then(known::logon_activity) else { return false };
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
