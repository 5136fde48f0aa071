//! The walls: seven scenes of one shell, fed by one stream of aggregates. What a screen without a keyboard
//! may show is made here, on the server, not hidden by a style sheet.

mod ask;
mod attacks;
mod frame;
mod handling;
mod hub;
mod map;
mod opening;
mod panels;
mod scene;
mod section;
mod stream;
mod tactics;
mod units;

pub(crate) use self::{
    hub::{WallHub, WallSources},
    map::RegionMap,
    opening::Opening,
    scene::Wall,
    stream::{events, region_map},
};
