//! `/audit`: who saw, exported, changed what; and its export, each line of which can be verified.

use std::io::{self, Write};

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use ward_desk::{
    DeskError,
    audit::{Action, Record, Search},
};
use ward_event::UnitId;

use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::unit_name,
    },
    show::{link, words},
    text::Texts,
};

const LINES: i64 = 100;
/// An export is made whole before the first byte leaves.
const EXPORT_BYTES_MAX: usize = 64 << 20;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    p: Frame,
    account: String,
    unit: String,
    object: String,
    document: String,
    from: String,
    to: String,
    actions: Vec<Choice>,
    lines: Vec<Line>,
    next: Option<String>,
    export: String,
}

struct Choice {
    value: &'static str,
    word: &'static str,
    chosen: bool,
}

struct Line {
    number: i64,
    time: String,
    account: String,
    role: String,
    address: String,
    action: String,
    unit: String,
    object: String,
    document: String,
    outcome: &'static str,
    class: &'static str,
    detail: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let search = Search { limit: Some(LINES + 1), ..search(&ctx) };
    let mut records = match ctx.app.desk.audit().search(&search).await {
        Ok(records) => records,
        Err(error) => return failed(&ctx, &error).await,
    };
    let more = records.len() as i64 > LINES;
    records.truncate(LINES as usize);
    let asked = |name: &str| ctx.param(name).unwrap_or("").to_owned();
    let address = |path: &str, set: (&str, &str)| {
        let kept = ctx.query.iter().filter(|(n, _)| n != "before" && n != "lang");
        link::with_query(path, kept.map(|(n, v)| (n.as_str(), v.as_str())).chain([set]))
    };
    let last = records.last().filter(|_| more).map(|record| record.number.to_string());
    let page = Page {
        p: Frame::new(&ctx, Nav::Audit, ctx.t().nav_audit).await,
        account: asked("account"),
        unit: asked("hospital"),
        object: asked("object"),
        document: asked("document"),
        from: asked("from"),
        to: asked("to"),
        actions: Action::ALL
            .iter()
            .map(|a| Choice {
                value: a.as_str(),
                word: action_word(ctx.t(), a.as_str()).unwrap_or(""),
                chosen: search.action == Some(*a),
            })
            .collect(),
        lines: records.into_iter().map(|record| line(&ctx, record)).collect(),
        next: last.as_deref().map(|before| address("/audit", ("before", before))),
        export: address("/audit/export", ("", "")),
    };
    ctx.html(StatusCode::OK, &page)
}

/// JSON lines, in the chain's order.
pub(crate) async fn export(ctx: Ctx) -> HttpResponse {
    let mut out = Capped::default();
    match ctx.app.desk.audit().export(&search(&ctx), &mut out).await {
        Ok(_) => {}
        Err(_) if out.full => {
            let t = ctx.t();
            return errors::told(&ctx, StatusCode::PAYLOAD_TOO_LARGE, t.error_heavy, t.audit_export_large)
                .await;
        }
        Err(error) => return failed(&ctx, &error).await,
    }
    let name = format!("attachment; filename=\"ward-audit-{}.jsonl\"", ctx.now.secs());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jsonl"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(out.bytes)
}

#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
    full: bool,
}

impl Write for Capped {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + part.len() > EXPORT_BYTES_MAX {
            self.full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn search(ctx: &Ctx) -> Search {
    let text = |name: &str| ctx.param(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
    let instant = |name: &str| ctx.param(name).and_then(|v| ctx.zone().parse_input(v));
    Search {
        account: text("account"),
        action: ctx.param("action").and_then(|a| Action::ALL.into_iter().find(|known| known.as_str() == a)),
        // What is no id names no unit: nothing may be found, rather than everything.
        unit: ctx.unit_param().unwrap_or_else(|()| UnitId::new("no-such-unit").ok()),
        object: text("object").and_then(|o| o.split_once(':').map(|(k, v)| (k.to_owned(), v.to_owned()))),
        document: text("document"),
        from: instant("from"),
        to: instant("to"),
        before: ctx.param("before").and_then(|n| n.parse().ok()),
        limit: None,
    }
}

async fn failed(ctx: &Ctx, error: &DeskError) -> HttpResponse {
    tracing::error!(%error, "the audit cannot be read");
    errors::refused(ctx, Refused::Fault).await
}

fn line(ctx: &Ctx, r: Record) -> Line {
    let t = ctx.t();
    let role = r.role.parse().ok().map_or(String::new(), |role| words::role(t, role).to_owned());
    let (class, outcome) = match r.outcome.as_str() {
        "done" => ("ok", t.audit_done),
        "refused" => ("partial", t.audit_refused),
        _ => ("wrong", t.audit_failed),
    };
    Line {
        number: r.number,
        time: ctx.zone().full(r.time),
        account: r.account,
        role,
        address: r.address,
        action: action_word(t, &r.action).map_or(r.action.clone(), str::to_owned),
        unit: if r.unit.is_empty() { r.unit } else { unit_name(t, ctx.lang, &ctx.register, &r.unit) },
        object: [r.object_kind, r.object_id]
            .into_iter()
            .filter(|p| !p.is_empty())
            .collect::<Vec<_>>()
            .join(":"),
        document: r.document,
        outcome,
        class,
        detail: if r.detail == "null" { String::new() } else { r.detail },
    }
}

fn action_word(t: &'static Texts, action: &str) -> Option<&'static str> {
    Some(match action {
        "sign_in" => t.sign_in,
        "sign_in_failed" => t.action_sign_in_failed,
        "sign_out" => t.sign_out,
        "lock" => t.action_lock,
        "enrol" => t.enrol_do,
        "view" => t.action_view,
        "search" => t.action_search,
        "export" => t.action_export,
        "change" => t.action_change,
        "grant" => t.action_grant,
        "revoke" => t.action_revoke,
        "judge" => t.action_judge,
        "hand_over" => t.action_hand_over,
        "system" => t.action_system,
        _ => return None,
    })
}
