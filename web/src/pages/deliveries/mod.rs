//! `/deliveries`: what was sent by mail, webhook and SMS and has not arrived; and the same of one notice.

mod words;

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Path},
};
use askama::Template;
use ward_desk::{
    DeskError, Refusal, Role,
    case::CallReason,
    delivery::{Address, Delivery, DeliveryState, LinkKind, Shown, Try},
};

use super::{
    cases::{Fields, go},
    errors,
    frame::{Frame, Nav},
    parts::unit_name,
};
use crate::{
    access::Refused,
    context::Ctx,
    text::{Deliveries, fill},
};

/// What of a refusal or an answer is shown in a line.
const SAID_CHARS: usize = 120;

/// One delivery with its tries.
pub(super) struct Line {
    pub id: i64,
    pub unit: String,
    pub href: String,
    pub subject: &'static str,
    pub document: String,
    pub channel: String,
    pub person: String,
    pub address: String,
    pub class: &'static str,
    pub state: &'static str,
    pub next: String,
    pub tries: Vec<TryLine>,
    /// What a person may do: the value of the button and its word.
    pub acts: Vec<(&'static str, &'static str)>,
    pub asks: bool,
}

pub(super) struct TryLine {
    pub at: String,
    pub how: &'static str,
    pub said: String,
}

struct ChannelLine {
    name: String,
    class: &'static str,
    state: String,
    last: String,
    said: String,
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct Page {
    p: Frame,
    d: &'static Deliveries,
    error: Option<String>,
    call_list: &'static str,
    counts: Vec<(&'static str, i64, &'static str)>,
    channels: Vec<ChannelLine>,
    all: bool,
    lines: Vec<Line>,
}

/// What the page of a notice shows of its sending.
pub(super) struct OfNotice {
    pub d: &'static Deliveries,
    pub has_channel: bool,
    pub lines: Vec<Line>,
    /// Whom nothing has reached: unit and why.
    pub unreached: Vec<(String, String)>,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, None).await
}

async fn show(ctx: &Ctx, error: Option<String>) -> HttpResponse {
    match read(ctx, error).await {
        Ok(page) => {
            let status = if page.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            ctx.html(status, &page)
        }
        Err(error) => {
            tracing::error!(%error, "deliveries cannot be read");
            errors::refused(ctx, Refused::Fault).await
        }
    }
}

async fn read(ctx: &Ctx, error: Option<String>) -> Result<Page, DeskError> {
    let (d, zone, desk) = (ctx.lang.deliveries(), ctx.zone(), &ctx.app.desk);
    let all = ctx.param("show") == Some("all");
    let shown = if all { Shown::All } else { Shown::Open };
    let deliveries = desk.deliveries();
    let units = ctx.scope.units();
    let (list, counts, channels) =
        tokio::join!(deliveries.list(&units, shown), deliveries.counts(), deliveries.channels());
    let counts = counts?;
    let count = |state: DeliveryState| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let hot = |n: i64| if n > 0 { "digits-high" } else { "" };
    let (ask, failed) = (count(DeliveryState::Ask), count(DeliveryState::Failed));
    let channel = |c: ward_desk::delivery::ChannelState| ChannelLine {
        class: match (c.stuck, c.last_sent) {
            (0, None) => "unknown",
            (0, Some(_)) => "ok",
            _ => "wrong",
        },
        state: match (c.stuck, c.last_sent) {
            (0, None) => d.channel_idle.to_owned(),
            (0, Some(_)) => d.channel_ok.to_owned(),
            (n, _) => fill(d.channel_stuck, &[&n]),
        },
        last: c.last_sent.map_or_else(|| "—".to_owned(), |at| zone.short(at)),
        said: short(&c.said),
        name: c.name,
    };
    Ok(Page {
        p: Frame::new(ctx, Nav::Notices, d.title).await,
        d,
        error,
        call_list: ctx.lang.cases().call_list,
        counts: vec![
            (d.count_waiting, count(DeliveryState::Waiting) + count(DeliveryState::Trying), ""),
            (d.count_ask, ask, hot(ask)),
            (d.count_failed, failed, hot(failed)),
        ],
        channels: channels?.into_iter().map(channel).collect(),
        all,
        // The list says how it stands; the tries are on the notice.
        lines: list?.iter().map(|one| line(ctx, one, &[])).collect(),
    })
}

/// What was sent of a notice, as far as the viewer may see it.
pub(super) async fn of_notice(ctx: &Ctx, id: i64) -> Result<OfNotice, DeskError> {
    let (d, desk, units) = (ctx.lang.deliveries(), &ctx.app.desk, ctx.scope.units());
    let sent = desk.deliveries().of(&units, LinkKind::Task, id).await?;
    let unreached = desk.cases().unreached(Some(id)).await?;
    Ok(OfNotice {
        d,
        has_channel: !desk.deliveries().channels().await?.is_empty(),
        lines: sent.iter().map(|(one, tries)| line(ctx, one, tries)).collect(),
        unreached: unreached
            .iter()
            .filter(|((_, unit), _)| ctx.scope.allows(unit))
            .map(|((_, unit), why)| (name(ctx, unit.as_str()), reasons(ctx, why).join(" · ")))
            .collect(),
    })
}

/// Why a unit is called, in words.
pub(super) fn reasons(ctx: &Ctx, why: &BTreeSet<CallReason>) -> Vec<&'static str> {
    why.iter().map(|why| words::why(ctx.lang.deliveries(), *why)).collect()
}

fn name(ctx: &Ctx, unit: &str) -> String {
    unit_name(ctx.t(), ctx.lang, &ctx.register, unit)
}

fn short(said: &str) -> String {
    said.chars().take(SAID_CHARS).collect()
}

fn line(ctx: &Ctx, one: &Delivery, tries: &[Try]) -> Line {
    let (d, zone) = (ctx.lang.deliveries(), ctx.zone());
    let (class, state) = words::state(d, one);
    let tried =
        |t: &Try| TryLine { at: zone.full(t.begun), how: words::outcome(d, t.outcome), said: short(&t.said) };
    let last = || TryLine { at: String::new(), how: "", said: short(&one.said) };
    Line {
        id: one.id,
        unit: one.unit.as_ref().map_or_else(|| d.group.to_owned(), |u| name(ctx, u.as_str())),
        href: match one.message.link {
            (LinkKind::Task, id) => format!("/notices/{id}"),
            (kind, id) => format!("/{}/{id}", kind.as_str()),
        },
        subject: words::subject(d, one.message.subject),
        document: one.message.document.as_ref().map_or_else(String::new, |n| n.as_str().to_owned()),
        channel: one.channel.clone(),
        person: one.person.clone(),
        address: match &one.address {
            Address::Mail(address) | Address::Phone(address) => address.clone(),
            Address::Group => String::new(),
        },
        class,
        state,
        next: if one.state == DeliveryState::Waiting && one.tries > 0 {
            fill(d.next_at, &[&zone.full(one.next_at)])
        } else {
            String::new()
        },
        tries: match tries {
            [] if one.said.is_empty() => Vec::new(),
            [] => vec![last()],
            tries => tries.iter().map(tried).collect(),
        },
        acts: if ctx.role() == Some(Role::Analyst) { words::acts(d, one) } else { Vec::new() },
        asks: one.state == DeliveryState::Ask,
    }
}

/// A person decides: it goes again, or not any more.
pub(crate) async fn settle(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let viewer = ctx.viewer().cloned().ok_or(Refusal::NotAllowed)?;
        let again = match fields.one("act") {
            "again" => true,
            "stop" => false,
            _ => return Err(Refusal::WrongState.into()),
        };
        ctx.app.desk.deliveries().settle(&viewer, ctx.address(), *id, again).await
    };
    let done: Result<(), DeskError> = work.await;
    match done {
        Ok(()) => match fields.number("notice") {
            notice if notice > 0 => go(&format!("/notices/{notice}#deliveries")),
            _ => go("/deliveries"),
        },
        Err(DeskError::Refused(_)) => show(&ctx, Some(ctx.lang.deliveries().changed.to_owned())).await,
        Err(error) => {
            tracing::error!(%error, "a delivery is not settled");
            errors::refused(&ctx, Refused::Fault).await
        }
    }
}
