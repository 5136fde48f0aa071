//! How values look on a page: numbers, times, words, links, and what may not pass as it is.

mod escape;
pub(crate) mod link;
mod number;
mod time;
pub(crate) mod words;

pub(crate) use self::{
    escape::Html,
    number::{compact, grouped, points},
    time::{Zone, age},
};
