//! Sockets and their names.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener, UdpSocket},
};

use socket2::{Domain, Protocol, Socket, Type};
use ward_event::SenderId;

use crate::{collector::CollectError, listen::udp::RECEIVE_BUFFER_BYTES};

/// A kind of listener; its name stands in `endpoints.json` and in the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    SyslogUdp,
    SyslogTcp,
    SyslogTls,
    Netflow,
    Http,
    Tail,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SyslogUdp => "syslog-udp",
            Self::SyslogTcp => "syslog-tcp",
            Self::SyslogTls => "syslog-tls",
            Self::Netflow => "netflow",
            Self::Http => "http",
            Self::Tail => "tail",
        }
    }
}

/// Listener name → `address:port`: `<sender>/<name>`, and for the first sender `<name>` too.
#[derive(Debug, Default)]
pub(crate) struct Endpoints(BTreeMap<String, String>);

impl Endpoints {
    pub(crate) fn add(&mut self, first: bool, sender: &SenderId, kind: Kind, address: SocketAddr) {
        if first {
            self.0.insert(kind.name().into(), address.to_string());
        }
        self.0.insert(format!("{sender}/{}", kind.name()), address.to_string());
    }

    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }
}

fn refused(
    sender: &SenderId,
    kind: Kind,
    address: SocketAddr,
) -> impl FnOnce(std::io::Error) -> CollectError {
    let sender = sender.clone();
    move |source| CollectError::Bind { sender, listener: kind.name(), address, source }
}

/// A listening socket, non-blocking.
pub(crate) fn tcp(sender: &SenderId, kind: Kind, address: SocketAddr) -> Result<TcpListener, CollectError> {
    let bind = || {
        let socket = TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    };
    bind().map_err(refused(sender, kind, address))
}

/// A datagram socket with a large receive buffer, non-blocking.
pub(crate) fn udp(sender: &SenderId, kind: Kind, address: SocketAddr) -> Result<UdpSocket, CollectError> {
    let bind = || {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        // Beyond the system's limit where we may, up to it where we may not.
        let forced = nix::sys::socket::setsockopt(
            &socket,
            nix::sys::socket::sockopt::RcvBufForce,
            &RECEIVE_BUFFER_BYTES,
        );
        if forced.is_err() {
            socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
        }
        socket.bind(&address.into())?;
        socket.set_nonblocking(true)?;
        Ok(socket.into())
    };
    bind().map_err(refused(sender, kind, address))
}
