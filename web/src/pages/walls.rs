//! `/walls`: the walls with their links, and the tokens that open them on screens without a keyboard.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Form, Path},
};
use askama::Template;
use serde::Deserialize;
use ward_desk::{
    Reach,
    token::{NewToken, TokenUse},
};
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};

use super::{
    account::words::refusal,
    errors,
    frame::{Frame, Nav},
    parts::{Choice, When, when},
    wall::title,
};
use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        account::{mine::in_words, tokens},
        alerts::unit_choices,
    },
    show::link,
    text::wall::Texts,
    wall::{Opening, Wall},
};

#[derive(Template)]
#[template(path = "walls.html")]
struct Page {
    p: Frame,
    w: &'static Texts,
    walls: Vec<WallLine>,
    lines: Vec<Line>,
    units: Vec<Choice>,
    localities: Vec<String>,
    /// A link, shown once, right after it was made.
    made: Option<String>,
    error: Option<&'static str>,
}

struct WallLine {
    name: &'static str,
    title: &'static str,
}

struct Line {
    id: i64,
    name: String,
    wall: String,
    reach: String,
    owner: String,
    ends: String,
    used: Option<When>,
    live: bool,
}

#[derive(Deserialize)]
pub(crate) struct Given {
    name: String,
    wall: String,
    /// `locality:NAME`, `unit:ID`, or empty for the viewer's whole reach.
    #[serde(default)]
    reach: String,
    days: i64,
    #[serde(default)]
    visitors: Option<String>,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, None, None).await
}

async fn show(ctx: &Ctx, made: Option<String>, error: Option<&'static str>) -> HttpResponse {
    let rows = match tokens::listed(ctx).await {
        Ok(rows) => rows,
        Err(refused) => return refused,
    };
    let w = Texts::of(ctx.lang);
    let all = Wall::SCENES.into_iter().chain([Wall::Rotation]);
    let line = |row: ward_desk::token::TokenRow| {
        let TokenUse::Wall { wall, reach } = &row.purpose else { return None };
        let opening = Opening::from_bound(wall)?;
        let visitors = if opening.visitors { format!(" · {}", w.visitors) } else { String::new() };
        Some(Line {
            id: row.id,
            wall: format!("{}{visitors}", title(w, opening.wall)),
            reach: in_words(ctx, reach),
            owner: row.owner,
            ends: ctx.zone().full(row.expires_at),
            used: row.used_at.map(|at| when(ctx, at)),
            live: row.revoked_at.is_none() && row.expires_at > ctx.now,
            name: row.name,
        })
    };
    let localities: BTreeSet<&str> =
        ctx.register.units.iter().filter(|u| ctx.scope.allows(&u.id)).map(|u| u.locality.as_str()).collect();
    let page = Page {
        p: Frame::new(ctx, Nav::Walls, w.walls).await,
        w,
        walls: all.map(|wall| WallLine { name: wall.name(), title: title(w, wall) }).collect(),
        lines: rows.into_iter().filter_map(line).collect(),
        units: unit_choices(ctx),
        localities: localities.into_iter().filter(|l| !l.is_empty()).map(str::to_owned).collect(),
        made,
        error,
    };
    ctx.html(if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

/// A wall's reach as the form names it; `None` for what is not the viewer's to give.
fn reach(ctx: &Ctx, given: &str) -> Option<Reach> {
    match given.split_once(':') {
        None => ctx.viewer().map(|v| v.reach.clone()),
        Some(("locality", name)) => {
            let known = ctx.register.units.iter().any(|u| u.locality == name && ctx.scope.allows(&u.id));
            known.then(|| Reach::Locality(name.to_owned()))
        }
        Some(("unit", id)) => {
            let id = UnitId::new(id).ok().filter(|id| ctx.scope.allows(id))?;
            Some(Reach::Units(BTreeSet::from([id])))
        }
        Some(_) => None,
    }
}

pub(crate) async fn issue(ctx: Ctx, request: HttpRequest, Form(given): Form<Given>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    let Some(wall) = Wall::from_name(&given.wall) else { return errors::missing(&ctx).await };
    let Some(reach) = reach(&ctx, &given.reach) else {
        return show(&ctx, None, Some(ctx.t().account_reach_unfit)).await;
    };
    let opening = Opening { wall, visitors: given.visitors.is_some() };
    let expires_at = Micros(ctx.now.0.saturating_add(given.days.saturating_mul(MICROS_PER_DAY)));
    let purpose = TokenUse::Wall { wall: opening.bound(), reach };
    let new = NewToken { name: given.name.trim().to_owned(), purpose, expires_at };
    match ctx.app.desk.tokens().issue(by, ctx.address(), new).await {
        Ok(issued) => {
            let path =
                link::with_query(&format!("/wall/{}/open", wall.name()), [("token", issued.secret.as_str())]);
            show(&ctx, Some(format!("{}{path}", ctx.origin(&request))), None).await
        }
        Err(error) => match refusal(ctx.t(), &error) {
            Some(words) => show(&ctx, None, Some(words)).await,
            None => errors::refused(&ctx, Refused::Fault).await,
        },
    }
}

pub(crate) async fn revoke(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    tokens::end(&ctx, *id, "/walls").await
}

/// A screen keeps its cookie over a restart of its browser; the token's own end and revocation are asked
/// for at every request.
const KEPT_SECS: u32 = 366 * 86_400;

/// `/wall/{name}/open?token=…`: the token is swapped for a cookie, and the address without it is shown.
pub(crate) async fn open(ctx: Ctx, request: HttpRequest, name: Path<String>) -> HttpResponse {
    let Some(token) = ctx.param("token") else { return errors::missing(&ctx).await };
    let agent = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
    match ctx.app.desk.tokens().swap(token, ctx.address(), agent).await {
        Ok(Some((secret, bearer))) => {
            let TokenUse::Wall { wall, .. } = &bearer.purpose else { return errors::missing(&ctx).await };
            let Some(opening) = Opening::from_bound(wall).filter(|o| o.wall.name() == name.as_str()) else {
                return errors::missing(&ctx).await;
            };
            let jar = ctx.app.jar;
            let cookie = format!("{}; Max-Age={KEPT_SECS}", jar.set(jar.wall(), &secret));
            HttpResponse::SeeOther()
                .insert_header((header::LOCATION, format!("/wall/{}", opening.wall.name())))
                .insert_header((header::SET_COOKIE, cookie))
                .finish()
        }
        Ok(None) => errors::missing(&ctx).await,
        Err(error) => {
            tracing::error!(%error, "a wall's token cannot be looked up");
            errors::refused(&ctx, Refused::Fault).await
        }
    }
}
