//! `/exposure/disclosures`: weaknesses that were made public, matched to the declared assets.

use actix_web::{HttpResponse, http::StatusCode, web::Form};
use askama::Template;
use serde::Deserialize;
use ward_desk::{
    Role,
    finding::{Disclosure, NewDisclosure},
};
use ward_scan::Severity;

use super::{broken, may, words};
use crate::{
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::{Choice, LevelMark, When, when},
    },
    show::{grouped, link},
    text::{Exposure, fill},
};

#[derive(Template)]
#[template(path = "disclosures.html")]
struct Page {
    p: Frame,
    w: &'static Exposure,
    may_add: bool,
    severities: Vec<Choice>,
    lines: Vec<Line>,
    done: String,
    error: &'static str,
}

struct Line {
    mark: Option<LevelMark>,
    of: NewDisclosure,
    href: String,
    matched: String,
    when: When,
    by: String,
}

#[derive(Deserialize)]
pub(crate) struct Given {
    numbers: String,
    title: String,
    severity: String,
    vendor: String,
    product: String,
    versions: String,
    advice: String,
    source: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, String::new(), "").await
}

async fn show(ctx: &Ctx, done: String, error: &'static str) -> HttpResponse {
    let w = ctx.lang.exposure();
    let lines = match ctx.app.desk.findings().disclosures().await {
        Ok(lines) => lines,
        Err(error) => return broken(ctx, &error).await,
    };
    let page = Page {
        p: Frame::new(ctx, Nav::Exposure, w.disclosures_title).await,
        w,
        may_add: may(ctx, &[Role::Analyst]),
        severities: Severity::ALL
            .iter()
            .rev()
            .filter(|s| **s != Severity::Info)
            .map(|s| Choice {
                value: s.as_str().to_owned(),
                word: words::severity(ctx.t(), *s).word.to_owned(),
                chosen: false,
            })
            .collect(),
        lines: lines.into_iter().map(|d| line(ctx, d)).collect(),
        done,
        error,
    };
    ctx.html(if error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &page)
}

fn line(ctx: &Ctx, disclosure: Disclosure) -> Line {
    let number = disclosure.of.numbers.split_whitespace().next().unwrap_or("").to_owned();
    Line {
        mark: disclosure.of.severity.map(|s| words::severity(ctx.t(), s)),
        href: link::with_query("/exposure", [("q", number.as_str()), ("state", "all")]),
        matched: grouped(u64::try_from(disclosure.matched).unwrap_or(0)),
        when: when(ctx, disclosure.created_at),
        by: disclosure.created_by,
        of: disclosure.of,
    }
}

/// `POST /exposure/disclosures`
pub(crate) async fn submit(ctx: Ctx, Form(given): Form<Given>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    let w = ctx.lang.exposure();
    let new = NewDisclosure {
        numbers: given.numbers,
        title: given.title,
        severity: Severity::from_name(&given.severity),
        vendor: given.vendor,
        product: given.product,
        versions: given.versions,
        advice: given.advice,
        source: given.source,
    };
    let findings = ctx.app.desk.findings();
    match findings.disclose(by, ctx.address(), &new, &ctx.register).await {
        Ok(made) => show(&ctx, fill(w.disclosure_done, &[&made]), "").await,
        Err(error) => match words::refusal(w, &error) {
            Some(_) => show(&ctx, String::new(), w.disclosure_bad).await,
            None => broken(&ctx, &error).await,
        },
    }
}
