//! `/exposure/import`: a report is uploaded, shown with what it would do, and taken over when it is confirmed.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Form, Payload},
};
use askama::Template;
use serde::Deserialize;
use ward_desk::{
    DeskError, Refusal,
    finding::{Effect, Preview},
};
use ward_event::UnitId;
use ward_scan::{Ports, Report, State};

use super::{super::multipart::parts, broken, words};
use crate::{
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::{Choice, LevelMark, unit_name},
    },
    routes::Body,
    show::grouped,
    text::{Exposure, fill},
};

/// Rows that a preview shows.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "exposure_import.html")]
struct Page {
    p: Frame,
    w: &'static Exposure,
    units: Vec<Choice>,
    done: String,
    refused: String,
    checked: Option<Checked>,
    /// What lists that people fill in must be headed with.
    columns: [(&'static str, &'static str); 3],
}

/// A report that could be read.
struct Checked {
    file: String,
    id: Option<String>,
    effect: String,
    facts: Vec<(&'static str, String)>,
    flaws_head: String,
    flaws: Vec<String>,
    shown: String,
    rows: Vec<Line>,
}

struct Line {
    mark: LevelMark,
    title: String,
    host: String,
    numbers: String,
    passed: bool,
}

#[derive(Deserialize)]
pub(crate) struct Confirm {
    id: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let page = blank(&ctx).await;
    ctx.html(StatusCode::OK, &page)
}

async fn blank(ctx: &Ctx) -> Page {
    let w = ctx.lang.exposure();
    let asked = ctx.param("hospital").unwrap_or("");
    let mine = ctx.register.units.iter().filter(|u| ctx.scope.allows(&u.id));
    let choice = |u: &ward_event::register::Unit| Choice {
        value: u.id.to_string(),
        word: unit_name(ctx.t(), ctx.lang, &ctx.register, u.id.as_str()),
        chosen: u.id.as_str() == asked,
    };
    Page {
        p: Frame::new(ctx, Nav::Exposure, w.import_title).await,
        w,
        units: mine.map(choice).collect(),
        done: String::new(),
        refused: String::new(),
        checked: None,
        columns: [
            (w.import_columns_password, "IP地址,端口,服务,账号,弱口令类型,是否弱口令,检测时间"),
            (w.import_columns_baseline, "IP地址,检查项编号,检查项,检查结果,严重程度"),
            (w.import_columns_web, "系统,类,项,结果,严重程度"),
        ],
    }
}

/// `POST /exposure/import`: reads the report and says what it would do.
pub(crate) async fn check(ctx: Ctx, request: HttpRequest, payload: Payload) -> HttpResponse {
    let Some(viewer) = ctx.viewer() else { return errors::missing(&ctx).await };
    let w = ctx.lang.exposure();
    // Whole, as the guard has let it through: what the framework takes by itself is a sixtieth of it.
    let body = payload.to_bytes_limited(Body::Upload.bytes_max()).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let parts = parts(kind, &body);
    let find = |name: &str| parts.iter().find(|p| p.name == name);
    let (file, bytes) =
        find("file").map_or(("", Vec::new()), |p| (p.file.as_deref().unwrap_or_default(), p.bytes.to_vec()));
    let unit = find("unit").and_then(|p| UnitId::new(std::str::from_utf8(p.bytes).ok()?).ok());
    let mut page = blank(&ctx).await;
    let Some(unit) = unit.filter(|u| ctx.scope.allows(u)) else {
        w.import_unit_bad.clone_into(&mut page.refused);
        return ctx.html(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    page.units.iter_mut().for_each(|c| c.chosen = c.value == unit.as_str());
    let findings = ctx.app.desk.findings();
    let read = findings.preview(viewer, &unit, file, bytes, &ctx.register).await;
    let status = match read {
        Ok(Ok(preview)) => {
            page.checked = Some(checked(&ctx, file, preview));
            StatusCode::OK
        }
        Ok(Err(refused)) => {
            page.refused = words::refused(w, &refused);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(DeskError::Refused(_)) => {
            w.import_unit_bad.clone_into(&mut page.refused);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(error) => return broken(&ctx, &error).await,
    };
    ctx.html(status, &page)
}

/// `POST /exposure/import/confirm`: takes over what was shown.
pub(crate) async fn confirm(ctx: Ctx, form: Form<Confirm>) -> HttpResponse {
    let Some(viewer) = ctx.viewer() else { return errors::missing(&ctx).await };
    let w = ctx.lang.exposure();
    let findings = ctx.app.desk.findings();
    let done = findings.confirm(viewer, ctx.address(), &form.id, &ctx.register).await;
    let mut page = blank(&ctx).await;
    let status = match done {
        Ok((_, effect)) => {
            page.done = in_words(w.import_done, effect);
            StatusCode::OK
        }
        Err(DeskError::Refused(refusal)) => {
            let words = if refusal == Refusal::Changed { w.import_known } else { w.import_over };
            words.clone_into(&mut page.refused);
            StatusCode::CONFLICT
        }
        Err(error) => return broken(&ctx, &error).await,
    };
    ctx.html(status, &page)
}

fn in_words(text: &str, effect: Effect) -> String {
    let Effect { new, seen, reopened, fixed, cannot_tell } = effect;
    fill(text, &[&new, &seen, &reopened, &fixed, &cannot_tell])
}

fn checked(ctx: &Ctx, file: &str, preview: Preview) -> Checked {
    let w = ctx.lang.exposure();
    let Preview { id, report, effect } = preview;
    let mut rows: Vec<_> = report.rows.iter().collect();
    rows.sort_by_key(|r| std::cmp::Reverse(r.severity));
    let line = |row: &&ward_scan::Row| Line {
        mark: words::severity(ctx.t(), row.severity),
        title: row.title.clone(),
        host: if row.port == 0 {
            row.host.clone()
        } else {
            format!("{} {}/{}", row.host, row.port, row.protocol.as_str())
        },
        numbers: row.cves.iter().chain(&row.cnvds).take(2).cloned().collect::<Vec<_>>().join(" "),
        passed: row.state == State::Passed,
    };
    Checked {
        file: file.to_owned(),
        effect: if id.is_some() { in_words(w.import_effect, effect) } else { String::new() },
        id,
        facts: facts(ctx, &report),
        flaws_head: match report.flaws.len() {
            0 => String::new(),
            n => fill(w.import_flaws, &[&n]),
        },
        shown: fill(w.import_first, &[&rows.len().min(SHOWN)]),
        rows: rows.iter().take(SHOWN).map(line).collect(),
        flaws: report.flaws,
    }
}

/// What the report says it looked at: without that an absence is worth nothing.
fn facts(ctx: &Ctx, report: &Report) -> Vec<(&'static str, String)> {
    let w = ctx.lang.exposure();
    let said = |text: String| if text.is_empty() { w.import_not_said.to_owned() } else { text };
    let ports = match &report.tcp {
        Ports::Named(name) => name.clone(),
        other => other.as_text(),
    };
    let checks = report.checks.as_ref();
    vec![
        (w.import_tool, words::tool(w, report.tool).to_owned()),
        (w.import_made, said(report.made().map_or(String::new(), |at| ctx.zone().full(at)))),
        (w.import_hosts, grouped(report.counts.hosts as u64)),
        (w.import_items, grouped(report.counts.items as u64)),
        (w.import_informative, grouped(report.counts.informative as u64)),
        (w.import_profile, said(report.profile.clone())),
        (w.import_ports, said(ports.chars().take(120).collect())),
        (w.import_checks, said(checks.map_or(String::new(), |c| fill(w.import_checks_count, &[&c.len()])))),
    ]
}
