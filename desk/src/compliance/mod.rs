//! The ledger of compliance (合规台账): what a unit and its systems are said to fulfil, as of when, on what evidence.
//!
//! What is asked is a data file ([`Catalogue`]); what was recorded is kept as versions; what it is worth today is a
//! pure function ([`judge()`]). What nobody has recorded is unknown, and never good.

mod catalogue;
mod file;
mod judge;
mod sheet;
mod store;
mod systems;
#[cfg(test)]
mod tests;

pub use self::{
    catalogue::{Catalogue, Choice, Counts, Group, Item, Kind, Mandatory, Per, day},
    file::{Column, FileFlaw, Flaw, RowFlaw, Taken},
    judge::{Held, Judged, State, Subject, judge},
    sheet::{Line, Sheet, SystemSheet},
    store::{Compliance, NewRecord, Record, Version},
    systems::{System, is_same},
};
