//! Reminders: what a unit still owes, told in one message a working day; at night only what is critical.
//!
//! What is owed now is decided by a pure function of what is open, what was told before, the calendar and the clock
//! (`decide.rs`); what is told is put into the outbox in the transaction that writes down that it was (`follow.rs`). So
//! it may be asked as often as one likes, after any pause, and nothing is told twice.

mod decide;
mod follow;

pub use self::decide::{Owed, Reminder, Reminding, owed_now};
