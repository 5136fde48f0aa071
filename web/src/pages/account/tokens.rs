//! `/tokens`: tokens for programs; the security administrator sees all of them.

use std::collections::BTreeSet;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{Form, Path},
};
use askama::Template;
use serde::Deserialize;
use ward_desk::{
    Reach,
    token::{NewToken, TokenRow, TokenUse},
};
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};

use super::{mine::in_words, words::refusal};
use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        alerts::unit_choices,
        errors,
        frame::{Frame, Nav},
        parts::{Choice, When, when},
    },
};

#[derive(Template)]
#[template(path = "tokens.html")]
struct Page {
    p: Frame,
    lines: Vec<Line>,
    units: Vec<Choice>,
    /// Shown once, right after it was made.
    secret: Option<String>,
    error: Option<&'static str>,
}

struct Line {
    id: i64,
    name: String,
    purpose: &'static str,
    reach: String,
    owner: String,
    made: When,
    ends: String,
    used: Option<When>,
    live: bool,
}

#[derive(Deserialize)]
pub(crate) struct Given {
    name: String,
    #[serde(default)]
    hospital: String,
    days: i64,
    #[serde(default)]
    may_write: Option<String>,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, None, None).await
}

/// The tokens that the viewer may see, or the answer to who may see none.
pub(crate) async fn listed(ctx: &Ctx) -> Result<Vec<TokenRow>, HttpResponse> {
    let Some(by) = ctx.viewer() else { return Err(errors::missing(ctx).await) };
    match ctx.app.desk.tokens().list(by).await {
        Ok(rows) => Ok(rows),
        Err(error) => {
            tracing::error!(%error, "tokens cannot be read");
            Err(errors::refused(ctx, Refused::Fault).await)
        }
    }
}

async fn show(ctx: &Ctx, secret: Option<String>, error: Option<&'static str>) -> HttpResponse {
    let rows = match listed(ctx).await {
        Ok(rows) => rows,
        Err(refused) => return refused,
    };
    let page = Page {
        p: Frame::new(ctx, Nav::Tokens, ctx.t().nav_tokens).await,
        lines: rows.into_iter().map(|row| line(ctx, row)).collect(),
        units: unit_choices(ctx),
        secret,
        error,
    };
    ctx.html(if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

fn line(ctx: &Ctx, row: TokenRow) -> Line {
    let t = ctx.t();
    let (purpose, reach) = match &row.purpose {
        TokenUse::Api { within, may_write } => {
            let word = if *may_write { t.token_api_write } else { t.token_api_read };
            (word, within.as_ref().map_or_else(|| t.token_as_owner.to_owned(), |reach| in_words(ctx, reach)))
        }
        TokenUse::Wall { wall, reach } => (t.role_wall, format!("{wall} · {}", in_words(ctx, reach))),
        TokenUse::Brief => (t.token_brief, String::new()),
    };
    Line {
        id: row.id,
        name: row.name,
        purpose,
        reach,
        owner: row.owner,
        made: when(ctx, row.created_at),
        ends: ctx.zone().full(row.expires_at),
        used: row.used_at.map(|at| when(ctx, at)),
        live: row.revoked_at.is_none() && row.expires_at > ctx.now,
    }
}

pub(crate) async fn issue(ctx: Ctx, Form(given): Form<Given>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    let within = match given.hospital.as_str() {
        "" => None,
        id => match UnitId::new(id).ok().filter(|id| ctx.scope.allows(id)) {
            Some(id) => Some(Reach::Units(BTreeSet::from([id]))),
            None => return show(&ctx, None, Some(ctx.t().account_reach_unfit)).await,
        },
    };
    let expires_at = Micros(ctx.now.0.saturating_add(given.days.saturating_mul(MICROS_PER_DAY)));
    let purpose = TokenUse::Api { within, may_write: given.may_write.is_some() };
    let new = NewToken { name: given.name.trim().to_owned(), purpose, expires_at };
    match ctx.app.desk.tokens().issue(by, ctx.address(), new).await {
        Ok(issued) => show(&ctx, Some(issued.secret), None).await,
        Err(error) => match refusal(ctx.t(), &error) {
            Some(words) => show(&ctx, None, Some(words)).await,
            None => errors::refused(&ctx, Refused::Fault).await,
        },
    }
}

pub(crate) async fn revoke(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    end(&ctx, *id, "/tokens").await
}

/// Revokes a token and goes back to the page that listed it.
pub(crate) async fn end(ctx: &Ctx, id: i64, back: &'static str) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(ctx).await };
    match ctx.app.desk.tokens().revoke(by, ctx.address(), id).await {
        Ok(()) => HttpResponse::SeeOther().insert_header((header::LOCATION, back)).finish(),
        Err(error) if refusal(ctx.t(), &error).is_some() => errors::missing(ctx).await,
        Err(_) => errors::refused(ctx, Refused::Fault).await,
    }
}
