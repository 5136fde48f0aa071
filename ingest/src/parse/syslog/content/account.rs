//! Log-ins to HIS, EMR, PACS and other applications, as pairs: `action=login user=… ip=… result=…`.

use ward_event::{Event, Field, ocsf};

use super::{
    Record,
    slots::{Slot, push_pairs},
};
use crate::parse::{complete::complete, fields, known};

pub(super) fn read(event: &mut Event, record: &Record<'_>) -> bool {
    let slots = &record.slots;
    let Some(activity) = slots.get(Slot::Operation).and_then(known::logon_activity) else { return false };
    let Some(user) = slots.get(Slot::User) else { return false };
    event.class_uid = ocsf::AUTHENTICATION;
    event.activity_id = activity;
    slots.assign(event);
    fields::assign_text(event, Field::UserName, user);
    let service = slots.get(Slot::Program).unwrap_or(record.message.app);
    fields::assign_text(event, Field::ServiceName, service);
    if let Some(status) = slots.status() {
        event.set_uint(Field::StatusId, status);
    }
    push_pairs(event, record.pairs);
    complete(event);
    true
}
