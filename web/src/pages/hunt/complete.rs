//! `/hunt/complete?q=TEXT UP TO THE CURSOR`: what could stand there, as JSON.

use std::time::Duration;

use actix_web::HttpResponse;
use serde::Serialize;
use ward_event::Micros;

use super::{super::parts::plain_ip, label, list, state::State};
use crate::{
    context::Ctx,
    hunt::{
        Node, Slot,
        fields::{self, FieldInfo, Kind, Target},
        slot,
    },
    query::{HuntQuery, Terms},
    show::words,
};

const OFFERS_MAX: usize = 12;
/// Values are looked for in the newest part of the range only, and not for long: a list that comes
/// late is of no use.
const LOOK_BACK: i64 = 6 * 3_600_000_000;
const PATIENCE: Duration = Duration::from_millis(1_500);

#[derive(Serialize)]
struct Offer {
    /// What is put in place of the slot.
    text: String,
    /// What it is, in words; may be empty.
    note: String,
}

#[derive(Serialize)]
struct Offers {
    /// Characters (UTF-16, as scripts count) of the text that stay.
    from: usize,
    offers: Vec<Offer>,
}

pub(crate) async fn complete(ctx: Ctx) -> HttpResponse {
    let text = ctx.query.iter().find(|(n, _)| n == "q").map_or("", |(_, v)| v.as_str());
    let Some(slot) = slot(text) else {
        return HttpResponse::Ok().json(Offers { from: 0, offers: Vec::new() });
    };
    let from = text.get(..slot.from).map_or(0, |front| front.encode_utf16().count());
    let offers = match &slot.field {
        None => names(&ctx, &slot.prefix),
        Some(field) => values(&ctx, field, &slot).await,
    };
    HttpResponse::Ok().json(Offers { from, offers })
}

fn names(ctx: &Ctx, prefix: &str) -> Vec<Offer> {
    let prefix = prefix.to_lowercase();
    let rank = |field: &FieldInfo| {
        let part = field.name.split('.').any(|part| part.starts_with(&prefix));
        let begins = |n: &str| n.to_lowercase().starts_with(&prefix);
        match () {
            () if prefix.is_empty() && field.aliases.is_empty() => None,
            () if field.names().any(begins) => Some(0),
            () if part => Some(1),
            () if prefix.len() > 2 && field.names().any(|n| n.to_lowercase().contains(&prefix)) => Some(2),
            () => None,
        }
    };
    let mut found: Vec<_> = fields::all().iter().filter_map(|f| rank(f).map(|r| (r, f))).collect();
    // Ward's own and the named ones are what most look for.
    // What was begun in one language or form is ended in it, in the shortest way.
    let typed = |field: &'static FieldInfo| {
        let fit = field.names().filter(|n| !prefix.is_empty() && n.to_lowercase().starts_with(&prefix));
        fit.min_by_key(|n| n.len()).unwrap_or(field.name)
    };
    found.sort_by_key(|(rank, field)| {
        (*rank, field.aliases.is_empty(), prefix.len().min(1) * typed(field).len())
    });
    let offer = |field: &'static FieldInfo| {
        let name = typed(field);
        let note = if name == field.name { label(ctx, field) } else { field.name };
        Offer { text: format!("{name}:"), note: note.to_owned() }
    };
    found.into_iter().take(OFFERS_MAX).map(|(_, field)| offer(field)).collect()
}

async fn values(ctx: &Ctx, name: &str, slot: &Slot) -> Vec<Offer> {
    let Some(target) = fields::resolve(name) else { return Vec::new() };
    let prefix = slot.prefix.to_lowercase();
    let offer = |text: &str, note: &str| Offer {
        text: format!("{} ", crate::hunt::Pattern::literal(text)),
        note: note.to_owned(),
    };
    let begins = |texts: &[&str]| texts.iter().any(|t| t.to_lowercase().contains(&prefix));
    let t = ctx.t();
    if let Target::Known(field) = &target {
        match field.kind {
            Kind::Class => {
                let all = words::CLASSES.iter().map(|uid| (words::class(t, *uid), uid.to_string()));
                let fit = all.filter(|(word, uid)| begins(&[word, uid]));
                return fit.take(OFFERS_MAX).map(|(word, uid)| offer(&word, &uid)).collect();
            }
            Kind::Severity => {
                let all = (1..=5).map(words::severity_level);
                let fit = all.map(|l| (l, words::level(t, l))).filter(|(l, w)| begins(&[l, w]));
                return fit.map(|(level, word)| offer(level, word)).collect();
            }
            Kind::Unit => {
                let units = ctx.register.units.iter().filter(|u| ctx.scope.allows(&u.id));
                let fit = units.filter(|u| begins(&[u.id.as_str(), &u.name, &u.name_en]));
                return fit.take(OFFERS_MAX).map(|u| offer(u.id.as_str(), &u.name)).collect();
            }
            _ if !field.is_countable() => return Vec::new(),
            _ => {}
        }
    }
    let state = State::of(ctx);
    let terms = Terms { register: &ctx.register, zone: ctx.zone() };
    let from = state.from.max(Micros(state.to.0 - LOOK_BACK));
    let Ok(query) = HuntQuery::new(&Node::All, &terms, from, state.to) else { return Vec::new() };
    let limit = i64::try_from(OFFERS_MAX).unwrap_or(12);
    let asked = ctx.app.reader.hunt_values(&ctx.scope, &query, &target, &prefix, limit);
    let kind = if let Target::Known(field) = &target { field.kind } else { Kind::Text };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(rows)) => rows
            .iter()
            .map(|row| {
                let value = if kind == Kind::Address { plain_ip(&row.value) } else { &row.value };
                offer(value, &list::shown(ctx, Kind::Number, &crate::show::grouped(row.count)).0)
            })
            .collect(),
        _ => Vec::new(),
    }
}
