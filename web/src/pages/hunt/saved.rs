//! Hunts that are kept under a name: a menu beside the query, and the two changes of it.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{Form, Path},
};
use serde::Deserialize;

use super::super::{account::words::refusal, errors};
use crate::{access::Refused, context::Ctx, show::link};

/// What of a hunt's address is kept; a place in its rows is none of it.
const PAIRS: [&str; 6] = ["q", "range", "from", "to", "cols", "top"];

/// A line of the menu.
pub(super) struct Kept {
    pub name: String,
    pub href: String,
    /// Whose it is, where it is somebody else's.
    pub owner: Option<String>,
    /// Where its removal goes, where it is one's own.
    pub remove: Option<String>,
    pub shared: bool,
}

/// What the viewer may open. A desk that cannot be read costs the menu, not the hunt.
pub(super) async fn kept(ctx: &Ctx) -> Vec<Kept> {
    let Some(viewer) = ctx.viewer() else { return Vec::new() };
    let hunts = ctx.app.desk.saved().list(viewer).await.unwrap_or_else(|error| {
        tracing::error!(%error, "saved hunts cannot be read");
        Vec::new()
    });
    let own = |hunt: &ward_desk::saved::SavedHunt| viewer.account == Some(hunt.owner);
    hunts
        .into_iter()
        .map(|hunt| Kept {
            href: format!("/hunt?{}", hunt.state),
            remove: own(&hunt).then(|| format!("/hunt/saved/{}/remove", hunt.id)),
            owner: (!own(&hunt)).then(|| hunt.owner_name.clone()),
            name: hunt.name,
            shared: hunt.shared,
        })
        .collect()
}

#[derive(Deserialize)]
pub(crate) struct Given {
    name: String,
    /// The hunt's address without its path.
    state: String,
    #[serde(default)]
    shared: Option<String>,
}

pub(crate) async fn save(ctx: Ctx, Form(given): Form<Given>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    // Written anew: what is kept is what a hunt's address can be, however it was sent.
    let pairs = link::query_pairs(&given.state);
    let known = pairs.iter().filter(|(name, _)| PAIRS.contains(&name.as_str()));
    let address = link::with_query("/hunt", known.map(|(n, v)| (n.as_str(), v.as_str())));
    let state = address.strip_prefix("/hunt?").unwrap_or_default();
    let saved =
        ctx.app.desk.saved().save(by, ctx.address(), &given.name, state, given.shared.is_some()).await;
    match saved {
        Ok(_) => back(&address),
        Err(error) => match refusal(ctx.t(), &error) {
            Some(words) => {
                errors::told(&ctx, StatusCode::UNPROCESSABLE_ENTITY, words, ctx.t().hunt.kept_unfit).await
            }
            None => errors::refused(&ctx, Refused::Fault).await,
        },
    }
}

pub(crate) async fn remove(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    match ctx.app.desk.saved().remove(by, ctx.address(), *id).await {
        Ok(()) => back("/hunt"),
        Err(error) if refusal(ctx.t(), &error).is_some() => errors::missing(&ctx).await,
        Err(_) => errors::refused(&ctx, Refused::Fault).await,
    }
}

fn back(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
}
