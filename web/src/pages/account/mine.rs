//! `/account`: one's own account: who one is, the password.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Form,
};
use askama::Template;
use serde::Deserialize;
use ward_desk::{Reach, Viewer};

use super::words::factors;
use crate::{
    access::{Proof, Refused},
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::unit_name,
    },
    show::words,
};

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    p: Frame,
    facts: Vec<(&'static str, String)>,
    /// Not for the demo's analyst, who has no password.
    may_change: bool,
    error: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Given {
    old: String,
    new: String,
    again: String,
    code: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, StatusCode::OK, None).await
}

async fn show(ctx: &Ctx, status: StatusCode, error: Option<String>) -> HttpResponse {
    let Some(viewer) = ctx.viewer() else { return errors::missing(ctx).await };
    let t = ctx.t();
    let page = Page {
        p: Frame::new(ctx, Nav::None, t.account_title).await,
        facts: vec![
            (t.login_name, viewer.name.clone()),
            (t.display_name, ctx.asker.as_ref().map(|a| a.display_name.clone()).unwrap_or_default()),
            (t.role, words::role(t, viewer.role).to_owned()),
            (t.reach, reach(ctx, viewer)),
        ],
        may_change: ctx.asker.as_ref().is_some_and(|a| matches!(a.proof, Proof::Session(_))),
        error,
    };
    ctx.html(status, &page)
}

/// Whose rows, in words.
fn reach(ctx: &Ctx, viewer: &Viewer) -> String {
    if ctx.scope == crate::scope::Scope::nothing() {
        return ctx.t().none.to_owned();
    }
    in_words(ctx, &viewer.reach)
}

pub(in crate::pages) fn in_words(ctx: &Ctx, reach: &Reach) -> String {
    match reach {
        Reach::Region => ctx.t().all_units.to_owned(),
        Reach::Locality(name) => name.clone(),
        Reach::Units(units) => {
            let names = units.iter().map(|id| unit_name(ctx.t(), ctx.lang, &ctx.register, id.as_str()));
            names.collect::<Vec<_>>().join(ctx.t().list_comma)
        }
    }
}

pub(crate) async fn password(ctx: Ctx, Form(given): Form<Given>) -> HttpResponse {
    let t = ctx.t();
    let Some(viewer) = ctx.viewer() else { return errors::missing(&ctx).await };
    if given.new != given.again {
        return show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, Some(t.password_differs.to_owned())).await;
    }
    let code: String = given.code.chars().filter(|c| !c.is_whitespace()).collect();
    let accounts = ctx.app.desk.accounts();
    match accounts.change_password(viewer, ctx.address(), &given.old, &given.new, &code).await {
        Ok(()) => signed_out(&ctx, "changed"),
        Err(error) => match factors(t, &error) {
            Some(words) => show(&ctx, StatusCode::UNPROCESSABLE_ENTITY, Some(words)).await,
            None => errors::refused(&ctx, Refused::Fault).await,
        },
    }
}

/// Ends one's sessions in every browser, this one too.
pub(crate) async fn sign_out_all(ctx: Ctx) -> HttpResponse {
    let Some(viewer) = ctx.viewer() else { return errors::missing(&ctx).await };
    match ctx.app.desk.sessions().end_own(viewer, ctx.address()).await {
        Ok(()) => signed_out(&ctx, "out"),
        Err(error) => {
            tracing::error!(%error, "sessions were not ended");
            errors::refused(&ctx, Refused::Fault).await
        }
    }
}

fn signed_out(ctx: &Ctx, after: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("/sign-in?after={after}")))
        .append_header((header::SET_COOKIE, ctx.app.jar.clear(ctx.app.jar.session())))
        .finish()
}
