//! `/exceptions`: suppressions, allow-list entries and authorised tests, made and lifted.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Bytes};
use askama::Template;
use serde_json::json;
use ward_desk::triage::{Exception, NewException};
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{
    FRAGMENT,
    act::{Fields, said, went},
    failed,
};
use crate::{
    context::Ctx,
    pages::{
        frame::{Frame, Nav},
        parts::{When, unit_name, when},
    },
    text::Texts,
};

/// Exceptions that are listed, ended ones among them.
const LISTED: i64 = 300;
const DAYS_MAX: i64 = 365;

#[derive(Template)]
#[template(path = "exceptions.html")]
struct Page {
    p: Frame,
    csrf: String,
    lines: Vec<Line>,
    said: String,
}

struct Line {
    id: String,
    kind: &'static str,
    rule: String,
    what: String,
    unit: String,
    reason: String,
    account: String,
    made: When,
    ends: String,
    state: &'static str,
    live: bool,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let all = match ctx.app.desk.triage().exceptions(&ctx.scope.units(), LISTED).await {
        Ok(all) => all,
        Err(error) => return failed(&ctx, &error).await,
    };
    let page = Page {
        p: Frame::new(&ctx, Nav::Queue, ctx.t().exceptions).await,
        csrf: ctx.csrf(),
        lines: all.iter().map(|e| line(&ctx, e)).collect(),
        said: said(&ctx),
    };
    ctx.html(StatusCode::OK, &page)
}

const fn kind_word(t: &'static Texts, kind: &str) -> &'static str {
    match kind.as_bytes() {
        b"suppress" => t.exception_suppress,
        b"allow" => t.exception_allow,
        _ => t.exception_test,
    }
}

fn line(ctx: &Ctx, e: &Exception) -> Line {
    let t = ctx.t();
    let live = e.lifted.is_none() && e.until > ctx.now;
    Line {
        id: e.id.clone(),
        kind: kind_word(t, &e.kind),
        rule: if e.rule_id.is_empty() { t.exception_every_rule.into() } else { e.rule_id.clone() },
        what: if e.kind == "test_window" {
            format!("{} → {}", e.field, if e.value.is_empty() { t.all } else { &e.value })
        } else {
            format!("{} = {}", e.field, e.value)
        },
        unit: if e.hospital.is_empty() {
            t.all_units.into()
        } else {
            unit_name(t, ctx.lang, &ctx.register, &e.hospital)
        },
        reason: e.reason.clone(),
        account: e.account.clone(),
        made: when(ctx, e.at),
        ends: ctx.zone().full(e.until),
        state: if live {
            t.exception_live
        } else if e.lifted.is_some() {
            t.exception_was_lifted
        } else {
            t.exception_over
        },
        live,
    }
}

/// Days from now, or nothing for what is no number of them.
fn until(ctx: &Ctx, fields: &Fields) -> Option<Micros> {
    let days: i64 = fields.one("days").parse().ok()?;
    (1..=DAYS_MAX).contains(&days).then(|| Micros(ctx.now.0 + days * MICROS_PER_DAY))
}

fn new_of(ctx: &Ctx, fields: &Fields) -> Option<NewException> {
    let text = |name: &str| fields.one(name).to_owned();
    let list = |name: &str| {
        fields
            .one(name)
            .split([' ', ',', '，', '\n'])
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(String::from)
            .collect()
    };
    let until = until(ctx, fields)?;
    let hospital = if fields.one("everywhere").is_empty() { text("hospital") } else { String::new() };
    // A field and its value come in one choice.
    let (field, value) = match fields.one("what").split_once('=') {
        Some((field, value)) => (field.to_owned(), value.to_owned()),
        None => (text("field"), text("value")),
    };
    Some(match fields.one("kind") {
        "suppress" => {
            NewException::Suppress { rule_id: text("rule"), entity_type: field, value, hospital, until }
        }
        "allow" => {
            let rule_id = if fields.one("every_rule").is_empty() { text("rule") } else { String::new() };
            NewException::Allow { rule_id, field, value, hospital, until }
        }
        "test_window" => {
            NewException::Test { from: ctx.now, until, testers: list("testers"), targets: list("targets") }
        }
        _ => return None,
    })
}

pub(crate) async fn make(ctx: Ctx, body: Bytes, request: HttpRequest) -> HttpResponse {
    let fields = Fields::read(&body);
    let back = fields.back("/exceptions");
    let script = request.headers().contains_key(FRAGMENT);
    let (Some(new), Some(viewer), false) =
        (new_of(&ctx, &fields), ctx.viewer(), fields.one("reason").is_empty())
    else {
        if script {
            return HttpResponse::UnprocessableEntity().json(json!({ "message": ctx.t().queue_incomplete }));
        }
        return went(&back, "incomplete");
    };
    let (units, reason) = (ctx.scope.units(), fields.one("reason"));
    match ctx.app.desk.triage().except(viewer, ctx.address(), &units, new, reason).await {
        Ok(_) if script => HttpResponse::Ok().json(json!({ "message": ctx.t().exception_made })),
        Ok(_) => went(&back, "excepted"),
        Err(error) => failed(&ctx, &error).await,
    }
}

pub(crate) async fn lift(ctx: Ctx, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&body);
    let Some(viewer) = ctx.viewer() else { return went("/exceptions", "incomplete") };
    let (units, id) = (ctx.scope.units(), fields.one("id"));
    match ctx.app.desk.triage().lift(viewer, ctx.address(), &units, id, fields.one("reason")).await {
        Ok(()) => went(&fields.back("/exceptions"), "lifted"),
        Err(error) => failed(&ctx, &error).await,
    }
}
