//! What the analyst does: forms that work without a script, and the same for one.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Bytes,
};
use askama::Template;
use serde_json::json;
use ward_desk::{
    DeskError, Refusal,
    triage::{Act, Acted, Edit},
};
use ward_event::control::Finding;

use super::{FRAGMENT, failed, filter::QueueFilter, panel::Panel, row::Row};
use crate::{
    context::Ctx,
    show::{grouped, link},
    text::{Texts, fill},
};

/// Groups of one act.
const EDITS_MAX: usize = 500;

/// A verdict with the reasons that are usual for it: two keys, or a text of one's own.
pub(super) struct VerdictChoice {
    pub key: usize,
    pub name: &'static str,
    pub word: &'static str,
    pub reasons: Vec<(usize, &'static str)>,
}

pub(super) fn verdicts(t: &Texts) -> Vec<VerdictChoice> {
    let all = [
        (Finding::FalsePositive, [t.reason_false_1, t.reason_false_2, t.reason_false_3]),
        (Finding::Benign, [t.reason_benign_1, t.reason_benign_2, t.reason_benign_3]),
        (Finding::TruePositive, [t.reason_true_1, t.reason_true_2, t.reason_true_3]),
        (Finding::AuthorisedTest, [t.reason_test_1, t.reason_test_2, t.reason_test_3]),
    ];
    (1..)
        .zip(all)
        .map(|(key, (finding, reasons))| VerdictChoice {
            key,
            name: finding.name(),
            word: super::row::verdict_word(t, finding),
            reasons: (1..).zip(reasons).collect(),
        })
        .collect()
}

pub(super) const fn refusal(t: &'static Texts, refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Changed => t.queue_stale,
        Refusal::NotThere => t.error_404_advice,
        Refusal::EndUnfit => t.exception_end_unfit,
        _ => t.queue_not_allowed,
    }
}

/// The fields of a form; some may stand in it several times.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(body: &Bytes) -> Self {
        Self(link::query_pairs(&String::from_utf8_lossy(body)))
    }

    pub(super) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// A page of this console to go back to.
    pub(super) fn back(&self, elsewhere: &'static str) -> String {
        let back = self.one("back");
        let ours = ["/queue", "/exceptions"].iter().any(|own| {
            back.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '/']))
        });
        if ours && !back.contains(['\r', '\n']) { back.to_owned() } else { elsewhere.to_owned() }
    }
}

fn edit(text: &str) -> Option<Edit> {
    let mut parts = text.split(':');
    let (group, version, seen) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Edit { group: group.to_owned(), version, seen })
}

fn act_of(fields: &Fields) -> Option<Act> {
    let reason = fields.one("reason").to_owned();
    Some(match fields.one("action") {
        "take" => Act::Take,
        "release" => Act::Release,
        "assign" => Act::Assign(Some(fields.one("owner")).filter(|o| !o.is_empty())?.to_owned()),
        "reopen" => Act::Reopen { reason },
        "close" => {
            let verdict = Finding::from_name(fields.one("verdict")).filter(|v| *v != Finding::Undecided)?;
            if reason.is_empty() {
                return None;
            }
            Act::Close { verdict, reason }
        }
        _ => return None,
    })
}

pub(crate) async fn submit(ctx: Ctx, body: Bytes, request: HttpRequest) -> HttpResponse {
    let fields = Fields::read(&body);
    let edits: Vec<Edit> = fields.all("group").filter_map(edit).take(EDITS_MAX).collect();
    let (Some(act), Some(viewer), false) = (act_of(&fields), ctx.viewer(), edits.is_empty()) else {
        return incomplete(&ctx, &fields, &request).await;
    };
    let units = ctx.scope.units();
    match ctx.app.desk.triage().act(viewer, ctx.address(), &units, edits, act).await {
        Ok(acted) => answer(&ctx, &fields, &request, acted).await,
        Err(error) => failed(&ctx, &error).await,
    }
}

async fn incomplete(ctx: &Ctx, fields: &Fields, request: &HttpRequest) -> HttpResponse {
    if request.headers().contains_key(FRAGMENT) {
        return HttpResponse::UnprocessableEntity().json(json!({ "message": ctx.t().queue_incomplete }));
    }
    see_other(&with_said(&fields.back("/queue"), "incomplete", 0, 0))
}

pub(crate) async fn undo(ctx: Ctx, body: Bytes, request: HttpRequest) -> HttpResponse {
    let fields = Fields::read(&body);
    let Some(viewer) = ctx.viewer() else { return incomplete(&ctx, &fields, &request).await };
    let mut acted = Vec::new();
    for text in fields.all("act").take(EDITS_MAX) {
        let Some((group, id)) = text.split_once(':').and_then(|(g, id)| Some((g, id.parse::<i64>().ok()?)))
        else {
            continue;
        };
        let done = match ctx.app.desk.triage().undo(viewer, ctx.address(), &ctx.scope.units(), id).await {
            Ok(id) => Ok(id),
            Err(DeskError::Refused(refusal)) => Err(refusal),
            Err(error) => return failed(&ctx, &error).await,
        };
        acted.push(Acted { group: group.to_owned(), done, changed: 0 });
    }
    answer(&ctx, &fields, &request, acted).await
}

async fn answer(ctx: &Ctx, fields: &Fields, request: &HttpRequest, acted: Vec<Acted>) -> HttpResponse {
    let done = acted.iter().filter(|a| a.done.is_ok()).count();
    let stale = acted.len() - done;
    if !request.headers().contains_key(FRAGMENT) {
        return see_other(&with_said(&fields.back("/queue"), "done", done, stale));
    }
    match parts(ctx, &acted).await {
        Ok((rows, panel)) => {
            let acts = acted.iter().filter_map(|a| Some(format!("{}:{}", a.group, a.done.as_ref().ok()?)));
            HttpResponse::build(if stale > 0 { StatusCode::CONFLICT } else { StatusCode::OK }).json(json!({
                "acts": acts.collect::<Vec<_>>(),
                "rows": rows,
                "panel": panel,
                "message": message(ctx, done, stale),
            }))
        }
        Err(error) => failed(ctx, &error).await,
    }
}

/// The lines as they are now, and the panel of the last.
async fn parts(
    ctx: &Ctx,
    acted: &[Acted],
) -> Result<(serde_json::Map<String, serde_json::Value>, String), DeskError> {
    let filter = QueueFilter::read(ctx);
    let written = |html: askama::Result<String>| html.map_err(|e| DeskError::Broken(e.to_string()));
    let mut rows = serde_json::Map::new();
    let mut last = None;
    for one in acted {
        if let Some(group) = ctx.app.desk.triage().group(&one.group, &ctx.scope.units()).await? {
            rows.insert(group.id.clone(), written(Row::of(ctx, &group, false, &filter).render())?.into());
            last = Some(group);
        }
    }
    let panel = match last {
        Some(group) => written(Panel::of(ctx, &group).await?.render())?,
        None => String::new(),
    };
    Ok((rows, panel))
}

fn message(ctx: &Ctx, done: usize, stale: usize) -> String {
    let t = ctx.t();
    let done = fill(t.queue_done, &[&grouped(done as u64)]);
    if stale == 0 {
        return done;
    }
    format!("{done}{}{}", t.list_comma, fill(t.queue_left, &[&grouped(stale as u64)]))
}

fn with_said(back: &str, said: &str, done: usize, stale: usize) -> String {
    let (path, query) = back.split_once('?').unwrap_or((back, ""));
    let kept = link::query_pairs(query);
    let kept = kept.iter().filter(|(n, _)| !["said", "done", "left"].contains(&n.as_str()));
    let (done, stale) = (done.to_string(), stale.to_string());
    let more = [("said", said), ("done", done.as_str()), ("left", stale.as_str())];
    link::with_query(path, kept.map(|(n, v)| (n.as_str(), v.as_str())).chain(more))
}

/// What the act before this page came to.
pub(super) fn said(ctx: &Ctx) -> String {
    let number = |name: &str| ctx.param(name).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
    match ctx.param("said") {
        Some("done") => message(ctx, number("done"), number("left")),
        Some("incomplete") => ctx.t().queue_incomplete.to_owned(),
        Some("excepted") => ctx.t().exception_made.to_owned(),
        Some("lifted") => ctx.t().exception_lifted.to_owned(),
        _ => String::new(),
    }
}

pub(super) fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, to.to_owned())).finish()
}

pub(super) fn went(back: &str, said: &str) -> HttpResponse {
    see_other(&with_said(back, said, 0, 0))
}
