//! `/enrol`: whoever holds a one-time link sets a password and a second factor.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Form,
};
use askama::Template;
use serde::Deserialize;
use ward_desk::{DeskError, Refusal, account::Enrolling, session::SignInError};
use ward_report::qr::Qr;

use super::words::factors;
use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
    },
    show::words,
    text::fill,
};

#[derive(Template)]
#[template(path = "enrol.html")]
struct Page {
    p: Frame,
    /// Password managers tie the new password to it.
    name: String,
    who: String,
    link: String,
    secret: String,
    qr: Option<Qr>,
    error: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Given {
    link: String,
    password: String,
    again: String,
    code: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let link = ctx.param("link").unwrap_or("").to_owned();
    show(&ctx, &link, None).await
}

pub(crate) async fn submit(ctx: Ctx, Form(given): Form<Given>) -> HttpResponse {
    if given.password != given.again {
        return show(&ctx, &given.link, Some(ctx.t().password_differs.to_owned())).await;
    }
    let code: String = given.code.chars().filter(|c| !c.is_whitespace()).collect();
    match ctx.app.desk.accounts().enrol(&given.link, &given.password, &code, ctx.address()).await {
        Ok(()) => {
            HttpResponse::SeeOther().insert_header((header::LOCATION, "/sign-in?after=enrolled")).finish()
        }
        Err(SignInError::Desk(DeskError::Refused(Refusal::LinkInvalid))) => invalid(&ctx).await,
        Err(error) => match factors(ctx.t(), &error) {
            Some(words) => show(&ctx, &given.link, Some(words)).await,
            None => errors::refused(&ctx, Refused::Fault).await,
        },
    }
}

async fn show(ctx: &Ctx, link: &str, error: Option<String>) -> HttpResponse {
    match ctx.app.desk.accounts().enrolling(link).await {
        Ok(enrolling) => {
            let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            let page = view(ctx, link, enrolling, error).await;
            ctx.html(status, &page)
        }
        Err(DeskError::Refused(_)) => invalid(ctx).await,
        Err(error) => {
            tracing::error!(%error, "nobody can enrol");
            errors::refused(ctx, Refused::Fault).await
        }
    }
}

async fn view(ctx: &Ctx, link: &str, enrolling: Enrolling, error: Option<String>) -> Page {
    let t = ctx.t();
    let role = words::role(t, enrolling.role);
    Page {
        p: Frame::new(ctx, Nav::None, t.enrol_title).await,
        who: fill(t.enrol_for, &[&enrolling.name, &role]),
        name: enrolling.name,
        link: link.to_owned(),
        qr: Qr::of(&enrolling.totp_url),
        secret: in_fours(&enrolling.totp_secret),
        error,
    }
}

/// For typing in.
fn in_fours(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The same for what is used up, over, withdrawn or never was.
async fn invalid(ctx: &Ctx) -> HttpResponse {
    let t = ctx.t();
    errors::told(ctx, StatusCode::GONE, t.enrol_invalid, t.enrol_invalid_advice).await
}
