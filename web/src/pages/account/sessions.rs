//! `/sessions`: who is signed in now; the security administrator may end it.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Path,
};
use askama::Template;
use ward_desk::session::SessionRow;

use super::words::refusal;
use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::{When, when},
    },
    show::words,
};

#[derive(Template)]
#[template(path = "sessions.html")]
struct Page {
    p: Frame,
    lines: Vec<Line>,
}

struct Line {
    id: String,
    name: String,
    role: &'static str,
    address: String,
    agent: String,
    begun: When,
    seen: When,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    let rows = match ctx.app.desk.sessions().list(by).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::error!(%error, "sessions cannot be read");
            return errors::refused(&ctx, Refused::Fault).await;
        }
    };
    let page = Page {
        p: Frame::new(&ctx, Nav::Sessions, ctx.t().nav_sessions).await,
        lines: rows.into_iter().map(|row| line(&ctx, row)).collect(),
    };
    ctx.html(StatusCode::OK, &page)
}

fn line(ctx: &Ctx, row: SessionRow) -> Line {
    Line {
        id: row.id,
        role: words::role(ctx.t(), row.viewer.role),
        name: if row.display_name.is_empty() { row.viewer.name } else { row.display_name },
        address: row.address,
        agent: row.agent,
        begun: when(ctx, row.created_at),
        seen: when(ctx, row.seen_at),
    }
}

pub(crate) async fn end(ctx: Ctx, id: Path<String>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    match ctx.app.desk.sessions().end(by, ctx.address(), &id).await {
        Ok(()) => HttpResponse::SeeOther().insert_header((header::LOCATION, "/sessions")).finish(),
        Err(error) if refusal(ctx.t(), &error).is_some() => errors::missing(&ctx).await,
        Err(_) => errors::refused(&ctx, Refused::Fault).await,
    }
}
