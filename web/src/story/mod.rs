//! What is known of one entity, put together from store and desk: what happened, in order, and what stands beside
//! it. Pages draw it, the API tells it; both within the viewer's scope.

mod graph;
mod timeline;

pub(crate) use self::{
    graph::{Neighbour, Neighbourhood, Tie},
    timeline::{Moment, Part, Timeline, What},
};
use ward_event::UnitId;

use crate::{context::Ctx, query::EntityKey, scope::Scope};

/// Whose rows may tell of it: never more than the viewer's, and of a hospital its own alone.
fn scope(ctx: &Ctx, key: &EntityKey) -> Scope {
    if key.kind != "hospital" {
        return ctx.scope.narrow(key.unit.as_ref());
    }
    UnitId::new(&key.value).map_or_else(|_| Scope::nothing(), |unit| ctx.scope.narrow(Some(&unit)))
}

/// The entity as the desk asks for it: a hospital is a unit, which is asked for by the scope alone.
fn named(key: &EntityKey) -> Option<(&str, &str)> {
    (key.kind != "hospital").then_some((key.kind.as_str(), key.value.as_str()))
}
