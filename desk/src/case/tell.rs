//! Who is told of a notice by mail, webhook and SMS: intended in the transaction of what is told. A unit that nobody
//! can be told at is called.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sqlx::Row;
use ward_event::{
    Micros, UnitId,
    delivery::{ChannelConfig, ChannelKind, DeliveryConfig},
    register::{Contact, Unit},
    time::Calendar,
};

use super::{
    decide::unit,
    rows::Problem,
    tx::{Told, Who, problems},
};
use crate::{
    Connection, DeskError,
    delivery::{Address, Document, Intent, LinkKind, Message, Outlets, Subject, intend},
};

/// One sending.
pub(super) struct Sending<'a> {
    pub(super) notice: i64,
    pub(super) subject: Subject,
    /// The number of the document.
    pub(super) number: String,
    /// The same one is sent once.
    pub(super) occasion: String,
    /// To one unit; None for every unit that has the notice.
    pub(super) unit: Option<&'a UnitId>,
    /// Those above the responsible person are told, too.
    pub(super) above: bool,
    /// It says until when.
    pub(super) has_deadline: bool,
    /// Until when something else than its problems is due.
    pub(super) due: Option<Micros>,
}

/// Puts it into the outbox, and on the call list whom nothing of it can reach. Without channels it does nothing.
pub(super) async fn tell(c: &mut Connection, who: &Who, sending: &Sending<'_>) -> Result<(), DeskError> {
    let Some(outlets) = who.outlets.as_deref().filter(|o| !o.config.channel.is_empty()) else {
        return Ok(());
    };
    const PARTS: &str = "SELECT unit FROM case_unit WHERE notice_id = $1 AND ($2 = '' OR unit = $2)
        AND sent_at IS NOT NULL AND withdrawn_at IS NULL ORDER BY unit";
    let one = sending.unit.map_or("", UnitId::as_str);
    let parts = sqlx::query(PARTS).bind(sending.notice).bind(one).fetch_all(&mut *c).await?;
    let parts: Vec<UnitId> = parts.iter().map(|row| unit(row.get(0))).collect();
    let rows = problems(c, sending.notice).await?;
    for part in &parts {
        tell_unit(c, who, outlets, sending, part, &rows).await?;
    }
    for channel in groups(&outlets.config, sending) {
        let covered: Vec<&UnitId> = parts.iter().filter(|u| covers(channel, u)).collect();
        if covered.is_empty() {
            continue;
        }
        let whose = match channel.units.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        let due = rows.iter().filter(|r| covered.contains(&&r.of.unit));
        put(c, who, sending, channel, (Address::Group, String::new(), whose), earliest(due)).await?;
    }
    Ok(())
}

/// What waits of a notice, or of one unit's part, is not sent any more.
pub(super) async fn hold_back(
    c: &mut Connection,
    now: Micros,
    notice: i64,
    unit: Option<&UnitId>,
) -> Result<(), DeskError> {
    const END: &str =
        "UPDATE delivery SET state = 'given_up', ended_at = $4 WHERE link_kind = $1 AND link_id = $2
        AND ($3 = '' OR unit = $3) AND state IN ('waiting', 'failed', 'ask')";
    let unit = unit.map_or("", UnitId::as_str);
    sqlx::query(END)
        .bind(LinkKind::Task.as_str())
        .bind(notice)
        .bind(unit)
        .bind(now.0)
        .execute(&mut *c)
        .await?;
    Ok(())
}

async fn tell_unit(
    c: &mut Connection,
    who: &Who,
    outlets: &Outlets,
    sending: &Sending<'_>,
    part: &UnitId,
    rows: &[Problem],
) -> Result<(), DeskError> {
    let (config, register) = (&outlets.config, outlets.register());
    let mine = || rows.iter().filter(move |r| r.of.unit == *part);
    let systems: BTreeSet<&str> = mine().map(|r| r.of.system.as_str()).collect();
    let people = register.unit(part).map_or_else(Vec::new, |u| people(u, config, &systems, sending.above));
    for channel in &config.channel {
        for person in &people {
            if let Some(address) = address(channel.kind, person) {
                let to = (address, format!("{} {}", person.role, person.name), Some(part.clone()));
                put(c, who, sending, channel, to, earliest(mine())).await?;
            }
        }
    }
    let is_personal = config.channel.iter().any(|ch| ch.kind.is_personal());
    let by_group = |ch: &ChannelConfig| covers(ch, part) && !(is_personal && ch.units.is_empty());
    let why = if people.is_empty() {
        if groups(config, sending).any(by_group) {
            return Ok(());
        }
        "no_contact"
    } else if people.iter().all(|p| is_stale(&p.confirmed, who.now, config.confirmed_days)) {
        "stale"
    } else {
        return Ok(());
    };
    const UNREACHED: &str = "INSERT INTO case_unreached (notice_id, unit, occasion, why, at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (notice_id, unit, occasion) DO NOTHING";
    sqlx::query(UNREACHED)
        .bind(sending.notice)
        .bind(part.as_str())
        .bind(&sending.occasion)
        .bind(why)
        .bind(who.now.0)
        .execute(&mut *c)
        .await?;
    who.tell(c, Told::notice(sending.notice, why, "").unit(part)).await
}

/// A unit's responsible people are told that a report of theirs is out. Without channels it does nothing.
pub(crate) async fn tell_report(
    c: &mut Connection,
    outlets: Option<&Outlets>,
    now: Micros,
    (report, of): (i64, &UnitId),
) -> Result<(), DeskError> {
    let Some(outlets) = outlets else { return Ok(()) };
    let (config, register) = (&outlets.config, outlets.register());
    let none = BTreeSet::new();
    let people = register.unit(of).map_or_else(Vec::new, |u| people(u, config, &none, false));
    for channel in &config.channel {
        let own_group = !channel.kind.is_personal() && channel.units.as_slice() == std::slice::from_ref(of);
        let to_people = people.iter().filter_map(|p| {
            Some((address(channel.kind, p)?, format!("{} {}", p.role, p.name).trim().to_owned()))
        });
        for (address, person) in to_people.chain(own_group.then(|| (Address::Group, String::new()))) {
            let link = (LinkKind::Report, report);
            let (subject, items) = (Subject::Report, Vec::new());
            let message = Message { subject, document: None, deadline: None, items, link };
            let (channel, unit) = (channel.name.clone(), Some(of.clone()));
            let intent = Intent { channel, address, message, person, unit, occasion: "published".into() };
            intend(c, now, &intent).await?;
        }
    }
    Ok(())
}

async fn put(
    c: &mut Connection,
    who: &Who,
    sending: &Sending<'_>,
    channel: &ChannelConfig,
    (address, person, unit): (Address, String, Option<UnitId>),
    due: Option<Micros>,
) -> Result<(), DeskError> {
    let message = Message {
        subject: sending.subject,
        document: Document::new(&sending.number),
        deadline: due.into_iter().chain(sending.due).min().filter(|_| sending.has_deadline),
        link: (LinkKind::Task, sending.notice),
        items: Vec::new(),
    };
    let occasion = sending.occasion.clone();
    let intent = Intent { channel: channel.name.clone(), address, message, person, unit, occasion };
    intend(c, who.now, &intent).await.map(|_| ())
}

/// Puts a message to the responsible people of one unit, and to its own groups, into the outbox; returns how many it
/// became.
pub(crate) async fn tell_people(
    c: &mut Connection,
    now: Micros,
    outlets: Option<&Outlets>,
    unit: &UnitId,
    message: &Message,
    occasion: &str,
) -> Result<i64, DeskError> {
    let Some(outlets) = outlets else { return Ok(0) };
    let register = outlets.register();
    let people =
        register.unit(unit).map_or_else(Vec::new, |u| people(u, &outlets.config, &BTreeSet::new(), false));
    let mut count = 0;
    for channel in &outlets.config.channel {
        let personal = people.iter().filter_map(|person| {
            Some((address(channel.kind, person)?, format!("{} {}", person.role, person.name)))
        });
        let group = (!channel.kind.is_personal() && channel.units.contains(unit))
            .then(|| (Address::Group, String::new()));
        for (address, person) in personal.chain(group) {
            let (channel, occasion) = (channel.name.clone(), occasion.to_owned());
            let unit = Some(unit.clone());
            let intent = Intent { channel, address, message: message.clone(), person, unit, occasion };
            intend(c, now, &intent).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Groups that are told: of one unit's affair only its own.
fn groups<'a>(config: &'a DeliveryConfig, sending: &Sending<'_>) -> impl Iterator<Item = &'a ChannelConfig> {
    let of_one = sending.unit.is_some();
    config.channel.iter().filter(move |ch| !(ch.kind.is_personal() || of_one && ch.units.is_empty()))
}

fn covers(channel: &ChannelConfig, unit: &UnitId) -> bool {
    channel.units.is_empty() || channel.units.contains(unit)
}

fn earliest<'a>(rows: impl Iterator<Item = &'a Problem>) -> Option<Micros> {
    rows.filter(|r| r.state.is_owed()).filter_map(|r| r.due).min()
}

fn address(kind: ChannelKind, person: &Contact) -> Option<Address> {
    match kind {
        ChannelKind::Mail => Address::mail(&person.email),
        ChannelKind::Sms => Address::phone(&person.phone),
        _ => None,
    }
}

/// The people of a unit who are told, of those that a channel reaches: the first role of which there is somebody, who
/// answers for the systems in question, and from 督办 on those above. Where that is nobody, everybody.
fn people<'a>(
    unit: &'a Unit,
    config: &DeliveryConfig,
    systems: &BTreeSet<&str>,
    above: bool,
) -> Vec<&'a Contact> {
    let reached = |p: &&Contact| config.channel.iter().any(|ch| address(ch.kind, p).is_some());
    let all: Vec<&Contact> = unit.contacts.iter().filter(reached).collect();
    let of_role = |role: &String| -> Vec<&'a Contact> {
        all.iter().copied().filter(|p| p.systems.is_empty() && p.role == *role).collect()
    };
    let mut people = config.roles.iter().map(of_role).find(|some| !some.is_empty()).unwrap_or_default();
    let answers = |p: &&Contact| p.systems.iter().any(|s| systems.contains(s.as_str()));
    people.extend(all.iter().copied().filter(answers));
    if above {
        people.extend(config.above.iter().flat_map(of_role));
    }
    if people.is_empty() { all } else { people }
}

/// Whether nobody has confirmed it for so many days, or ever.
fn is_stale(confirmed: &str, now: Micros, days: u32) -> bool {
    let Ok(date) = confirmed.parse::<Date>() else { return true };
    let since = date.since(Date::constant(1970, 1, 1)).map_or(0, |span| span.get_days());
    i64::from(Calendar::shanghai().day(now)) - i64::from(since) > i64::from(days)
}

#[cfg(test)]
mod tests {
    use ward_event::time::MICROS_PER_DAY;

    use super::*;

    fn contact(role: &str, email: &str, systems: &[&str]) -> Contact {
        let systems = systems.iter().map(|s| (*s).to_owned()).collect();
        let (name, phone) = (String::new(), String::new());
        Contact { role: role.into(), name, phone, email: email.into(), confirmed: String::new(), systems }
    }

    fn unit(contacts: Vec<Contact>) -> Unit {
        let text = "[[unit]]\nid = 'a'\nname = '甲'\nkind = 'hospital'";
        let register = ward_event::register::Register::parse(text).expect("a register");
        Unit { contacts, ..register.units[0].clone() }
    }

    fn told(contacts: Vec<Contact>, systems: &[&str], above: bool) -> Vec<String> {
        let mail = ChannelConfig { name: "mail".into(), ..ChannelConfig::default() };
        let config = DeliveryConfig { channel: vec![mail], ..DeliveryConfig::default() };
        let systems = systems.iter().copied().collect();
        people(&unit(contacts), &config, &systems, above).iter().map(|p| p.email.clone()).collect()
    }

    #[test]
    fn the_responsible_person_is_told_and_who_answers_for_the_system() {
        let all = || {
            vec![
                contact("分管领导", "lead@h.x", &[]),
                contact("责任人", "", &[]),
                contact("联络员", "liaison@h.x", &[]),
                contact("责任人", "pacs@h.x", &["PACS"]),
            ]
        };
        assert_eq!(told(all(), &["HIS"], false), ["liaison@h.x"], "who has no address cannot be told");
        assert_eq!(told(all(), &["PACS"], false), ["liaison@h.x", "pacs@h.x"]);
        assert_eq!(told(all(), &["HIS"], true), ["liaison@h.x", "lead@h.x"]);
        assert_eq!(told(vec![contact("门卫", "gate@h.x", &[])], &[], false), ["gate@h.x"]);
        assert!(told(vec![contact("责任人", "not an address", &[])], &[], false).is_empty());
    }

    #[test]
    fn what_was_not_confirmed_for_long_is_stale() {
        let now = Micros(Calendar::shanghai().day_start(20_000).0 + MICROS_PER_DAY / 2);
        // Day 20,000 is 2024-10-04.
        for (date, stale) in [("2024-10-04", false), ("2024-07-06", false), ("2024-07-05", true), ("", true)]
        {
            assert_eq!(is_stale(date, now, 90), stale, "{date}");
        }
    }
}
