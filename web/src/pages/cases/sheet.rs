//! The list (整改台账) as a spreadsheet: exported in the commission's own columns, and taken back filled in, through a
//! preview of what each row would do.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Bytes, Payload},
};
use askama::Template;
use serde::{Deserialize, Serialize};
use ward_desk::{
    DeskError, Refusal,
    case::{Decision, Filled, Filter, Foreseen, Line, ListColumn, Shows},
};
use ward_report::sheet::{self, SheetError};

use super::{Asking, fault, form::Fields, list::filter, now, words};
use crate::{
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::unit_name,
    },
    routes::Body,
    show::words as shown,
    text::{Cases, Lang, Sheet, fill},
};

/// What may be chosen in the list. A risk that is accepted needs an owner and an end, and more time has its own form.
const ACTS: [&str; 9] = [
    "return",
    "no_machine",
    "proof_good",
    "proof_bad",
    "not_theirs",
    "false_alarm",
    "uphold",
    "close",
    "reopen",
];

fn decision(name: &str) -> Option<Decision> {
    Some(match name {
        "return" => Decision::Return,
        "no_machine" => Decision::NoMachine,
        "proof_good" => Decision::ProofGood,
        "proof_bad" => Decision::ProofBad,
        "not_theirs" => Decision::NotTheirs,
        "false_alarm" => Decision::FalseAlarm,
        "uphold" => Decision::Uphold,
        "close" => Decision::Close,
        "reopen" => Decision::Reopen,
        _ => return None,
    })
}

fn act_word(s: &Sheet, name: &str) -> &'static str {
    match name {
        "return" => s.act_return,
        "no_machine" => s.act_no_machine,
        "proof_good" => s.act_proof_good,
        "proof_bad" => s.act_proof_bad,
        "not_theirs" => s.act_not_theirs,
        "false_alarm" => s.act_false_alarm,
        "uphold" => s.act_uphold,
        "close" => s.act_close,
        _ => s.act_reopen,
    }
}

#[derive(Template)]
#[template(path = "notices_import.html")]
struct Page {
    p: Frame,
    w: &'static Cases,
    s: &'static Sheet,
    error: Option<String>,
    done: String,
    preview: Option<Preview>,
}

struct Preview {
    accepted: Vec<Row>,
    refused: Vec<Row>,
    /// What is sent back when it is confirmed; empty where nothing can be done.
    changes: String,
    apply: String,
}

struct Row {
    line: usize,
    unit: String,
    problem: String,
    act: String,
    opinion: String,
    from: &'static str,
    to: &'static str,
    why: String,
}

/// One accepted row, between the preview and its confirmation.
#[derive(Serialize, Deserialize)]
struct Change {
    row: i64,
    revision: i64,
    act: String,
    reason: String,
}

/// The list as .xlsx, as the page's filter has it.
/// Lines of one file.
const EXPORT_MAX: i64 = 50_000;

pub(crate) async fn export(ctx: Ctx) -> HttpResponse {
    let cases = ctx.app.desk.cases();
    let all = Filter { limit: Some(EXPORT_MAX), ..filter(&ctx) };
    let lines = match cases.list(&ctx.scope.units(), &all).await {
        Ok(lines) => lines,
        Err(error) => return fault(&ctx, &error).await,
    };
    let s = ctx.lang.sheet();
    let columns: Vec<sheet::Column> = cases
        .columns()
        .iter()
        .map(|c| sheet::Column {
            name: c.name.clone(),
            width: c.width,
            choices: match c.shows {
                Shows::Act => ACTS.iter().map(|act| act_word(s, act).to_owned()).collect(),
                _ => Vec::new(),
            },
        })
        .collect();
    let problems = lines.iter().filter(|line| line.row.is_some());
    let rows: Vec<Vec<String>> =
        problems.map(|line| cases.columns().iter().map(|c| cell(&ctx, c, line)).collect()).collect();
    match sheet::write(s.title, &columns, &rows) {
        Ok(bytes) => {
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            let name = format!("attachment; filename=\"ward-list-{}.xlsx\"", ctx.zone().date(now(&ctx)));
            HttpResponse::Ok()
                .insert_header((header::CONTENT_TYPE, kind))
                .insert_header((header::CONTENT_DISPOSITION, name))
                .insert_header((header::CACHE_CONTROL, "private, no-store"))
                .body(bytes)
        }
        Err(error) => {
            tracing::error!(%error, "the list cannot be written");
            errors::refused(&ctx, crate::access::Refused::Fault).await
        }
    }
}

fn cell(ctx: &Ctx, column: &ListColumn, line: &Line) -> String {
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let Some(row) = &line.row else { return String::new() };
    let time = |at: Option<ward_event::Micros>| at.map_or_else(String::new, |at| zone.full(at));
    match column.shows {
        Shows::Key => format!("{}-{}", row.id, row.revision),
        Shows::Number => line.number.clone(),
        Shows::Title => line.title.clone(),
        Shows::Unit => unit_name(ctx.t(), ctx.lang, &ctx.register, row.of.unit.as_str()),
        Shows::System => row.of.system.clone(),
        Shows::Address => row.of.address.clone(),
        Shows::Problem => row.of.title.clone(),
        Shows::Kind => words::problem(w, row.of.kind).to_owned(),
        Shows::Level => shown::level(ctx.t(), row.of.level.name()).to_owned(),
        Shows::State => words::row(w, row.state).to_owned(),
        Shows::Due => time(row.due),
        Shows::Sent => time(line.sent),
        Shows::Claimed => time(row.claimed),
        Shows::Cause => row.cause.clone(),
        Shows::Measures => row.measures.clone(),
        Shows::Returned => row.returned.to_string(),
        Shows::Verdict => row.verdict.clone(),
        Shows::Act | Shows::Opinion => String::new(),
    }
}

pub(crate) async fn import(ctx: Ctx) -> HttpResponse {
    let page = blank(&ctx).await;
    ctx.html(StatusCode::OK, &page)
}

async fn blank(ctx: &Ctx) -> Page {
    let s = ctx.lang.sheet();
    Page {
        p: Frame::new(ctx, Nav::Notices, s.import).await,
        w: ctx.lang.cases(),
        s,
        error: None,
        done: String::new(),
        preview: None,
    }
}

/// What one line of the file asks for; `Err` says why it cannot be understood.
type Asked = (usize, Result<(Filled, &'static str), String>);

/// Lines of the file that say what is to be done.
fn asked(ctx: &Ctx, rows: &[Vec<String>]) -> Result<Vec<Asked>, String> {
    let s = ctx.lang.sheet();
    let cases = ctx.app.desk.cases();
    let columns = cases.columns();
    let head = rows.first().map_or(&[][..], Vec::as_slice);
    let place = |shows: Shows| {
        let name = columns.iter().find(|c| c.shows == shows).map_or("", |c| c.name.as_str());
        head.iter().position(|h| h.trim() == name).ok_or_else(|| fill(s.file_columns, &[&name]))
    };
    let (key, act, opinion) = (place(Shows::Key)?, place(Shows::Act)?, place(Shows::Opinion)?);
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for (i, row) in rows.iter().enumerate().skip(1) {
        let at = |place: usize| row.get(place).map_or("", |cell| cell.trim());
        if at(act).is_empty() {
            continue;
        }
        // In either language, whoever filled it in.
        let named = ACTS
            .into_iter()
            .find(|name| [Lang::Zh, Lang::En].iter().any(|lang| act_word(lang.sheet(), name) == at(act)));
        let parsed = at(key).split_once('-').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let one = match (parsed, named.and_then(|name| Some((name, decision(name)?)))) {
            (None, _) => Err(s.key_unfit.to_owned()),
            (_, None) => Err(fill(s.act_unknown, &[&at(act)])),
            (Some((row, _)), _) if !seen.insert(row) => Err(s.key_twice.to_owned()),
            (Some((row, revision)), Some((name, decision))) => {
                Ok((Filled { row, revision, decision, reason: at(opinion).to_owned() }, name))
            }
        };
        out.push((i + 1, one));
    }
    Ok(out)
}

/// `POST /notices/import`: reads a file and says what it would do.
pub(crate) async fn check(ctx: Ctx, request: HttpRequest, payload: Payload) -> HttpResponse {
    // Whole, as the guard has let it through.
    let body = payload.to_bytes_limited(Body::Upload.bytes_max()).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let files = Fields::read(&request, &body).files("file");
    let bytes = files.into_iter().next().map(|f| f.bytes).unwrap_or_default();
    let mut page = blank(&ctx).await;
    let s = page.s;
    let asked = sheet::read(&bytes).map_err(|e| flaw(s, e)).and_then(|rows| asked(&ctx, &rows));
    let asked = match asked {
        Ok(asked) => asked,
        Err(why) => {
            page.error = Some(why);
            return ctx.html(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let rows = asked.iter().filter_map(|(_, one)| one.as_ref().ok()).map(|(filled, _)| filled.clone());
    let work = async {
        let asking = Asking::of(&ctx)?;
        ctx.app.desk.cases().foresee(asking.by(), rows.collect()).await
    };
    match work.await {
        Ok(foreseen) => page.preview = Some(preview(&ctx, asked, foreseen)),
        Err(error) => match words::refusal(&ctx, &error) {
            Some(why) => page.error = Some(why),
            None => return fault(&ctx, &error).await,
        },
    }
    ctx.html(StatusCode::OK, &page)
}

const fn flaw_word(s: &Sheet, error: SheetError) -> &'static str {
    match error {
        SheetError::Kind => s.file_kind,
        SheetError::TooLarge => s.file_large,
        SheetError::Broken => s.file_broken,
    }
}

fn flaw(s: &Sheet, error: SheetError) -> String {
    flaw_word(s, error).to_owned()
}

fn preview(ctx: &Ctx, asked: Vec<Asked>, foreseen: Vec<Foreseen>) -> Preview {
    let (s, w) = (ctx.lang.sheet(), ctx.lang.cases());
    let (mut accepted, mut refused, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    let mut foreseen = foreseen.into_iter();
    for (line, one) in asked {
        let mut row = Row {
            line,
            unit: String::new(),
            problem: String::new(),
            act: String::new(),
            opinion: String::new(),
            from: "",
            to: "",
            why: String::new(),
        };
        let (filled, name) = match one {
            Ok(one) => one,
            Err(why) => {
                refused.push(Row { why, ..row });
                continue;
            }
        };
        act_word(s, name).clone_into(&mut row.act);
        row.opinion.clone_from(&filled.reason);
        let Some(told) = foreseen.next() else { continue };
        if let Some(problem) = &told.problem {
            row.unit = unit_name(ctx.t(), ctx.lang, &ctx.register, problem.of.unit.as_str());
            row.problem.clone_from(&problem.of.title);
            row.from = words::row(w, problem.state);
        }
        match told.becomes {
            Ok(to) => {
                row.to = words::row(w, to);
                accepted.push(row);
                let (act, reason) = (name.to_owned(), filled.reason);
                changes.push(Change { row: filled.row, revision: filled.revision, act, reason });
            }
            Err(Refusal::NotThere) => refused.push(Row { why: s.not_there.to_owned(), ..row }),
            Err(refusal) => {
                let why = words::refusal(ctx, &DeskError::Refused(refusal)).unwrap_or_default();
                refused.push(Row { why, ..row });
            }
        }
    }
    let apply = fill(s.apply, &[&changes.len()]);
    let changes = if changes.is_empty() { String::new() } else { serde_json::json!(changes).to_string() };
    Preview { accepted, refused, changes, apply }
}

/// `POST /notices/import/apply`: does what was shown; all of it or nothing.
pub(crate) async fn apply(ctx: Ctx, request: HttpRequest, payload: Payload) -> HttpResponse {
    let body = payload.to_bytes_limited(Body::Upload.bytes_max()).await;
    let body: Bytes = body.ok().and_then(Result::ok).unwrap_or_default();
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let changes: Vec<Change> =
            serde_json::from_str(fields.one("changes")).map_err(|_| Refusal::FileUnfit)?;
        let rows = changes.into_iter().map(|c| {
            let decision = decision(&c.act).ok_or(Refusal::WrongState)?;
            Ok(Filled { row: c.row, revision: c.revision, decision, reason: c.reason })
        });
        let rows = rows.collect::<Result<Vec<_>, Refusal>>()?;
        ctx.app.desk.cases().decide_all(asking.by(), rows).await
    };
    let done: Result<usize, DeskError> = work.await;
    let mut page = blank(&ctx).await;
    let status = match done {
        Ok(count) => {
            page.done = fill(page.s.done, &[&count]);
            StatusCode::OK
        }
        Err(error) => match words::refusal(&ctx, &error) {
            Some(why) => {
                page.error = Some(format!("{} · {why}", page.s.failed));
                StatusCode::CONFLICT
            }
            None => return fault(&ctx, &error).await,
        },
    };
    ctx.html(status, &page)
}
