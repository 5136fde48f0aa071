//! What changes by itself on a page: one task asks the store once a second, makes one immutable
//! snapshot of it, and every viewer is given the same.

mod answer;
mod build;
mod frame;
mod hub;
mod hubs;
mod rate;
mod snapshot;
mod status;
mod stream;

pub(crate) use self::{
    answer::Answer,
    build::Builder,
    hub::{Hub, HubSources},
    hubs::Hubs,
    snapshot::{FeedAlert, Part, Parts, RiskyEntity, RuleShare, Snapshot, Unit},
    status::Status,
    stream::events,
};
