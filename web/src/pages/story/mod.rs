//! The timeline and the graph of neighbours, as pages of entities and units show them.

mod graph;
mod layout;
mod timeline;

use self::{graph::GraphView, timeline::TimelineView};
use super::parts::Panel;
use crate::{context::Ctx, query::EntityKey, story, text::Story};

/// Both panels.
pub(super) struct StoryView {
    pub w: &'static Story,
    pub timeline: TimelineView,
    pub graph: Panel<GraphView>,
}

pub(super) async fn story(ctx: &Ctx, key: &EntityKey) -> StoryView {
    let (timeline, graph) = tokio::join!(story::Timeline::of(ctx, key), story::Neighbourhood::of(ctx, key));
    StoryView {
        w: ctx.lang.story(),
        timeline: timeline::view(ctx, key, timeline),
        graph: Panel::of(ctx.t(), graph, |found| graph::view(ctx, key, &found)),
    }
}
