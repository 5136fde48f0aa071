//! Where bytes come in. Each listener frames, hands messages to a [`worker::Worker`] on its own
//! task, and gives the drafts to the sender's sequencer.

pub(crate) mod connection;
pub(crate) mod framing;
pub(crate) mod http;
pub(crate) mod kernel_drops;
pub(crate) mod source;
pub(crate) mod tail;
pub(crate) mod tcp;
pub(crate) mod tls;
pub(crate) mod udp;
pub(crate) mod worker;
