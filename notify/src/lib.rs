//! Sends what the desk's outbox holds: by mail, by signed webhook, by SMS over HTTP.
//!
//! One task ([`Sender`]) claims what is due, tries it, and writes down how it ended. A try is on disk before it
//! begins; every try of a delivery carries the delivery's key, by which a receiver tells a repetition.

mod channel;
mod config;
mod http;
mod mail;
mod metrics;
mod sender;
mod sms;
mod text;
mod webhook;

pub use self::{
    config::NotifyError,
    sender::Sender,
    text::{mail_body, title},
};
