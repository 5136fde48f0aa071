//! The collector from outside: real sockets, the real disk log.

mod bulk;
mod restart;
mod speed;
mod support;
mod tail;
mod tcp;
mod tls;
mod udp;
