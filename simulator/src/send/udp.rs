//! Datagrams. The wire has no acknowledgement; what the kernel will not take is tried again.

use std::time::Duration;

use tokio::net::UdpSocket;

use super::lane::{Chunk, Road};

/// So many datagrams at once fit a receiver's usual buffer (208 KiB); then it gets a moment to read.
const BURST: usize = 24;
const PAUSE: Duration = Duration::from_millis(1);

pub(super) async fn run(mut road: Road, to: String) {
    let mut socket = None;
    while let Some(chunk) = road.next().await {
        let mut sent = 0;
        loop {
            let result = match &socket {
                Some(socket) => send(socket, &chunk, &mut sent, &road).await,
                None => match connect(&to).await {
                    Ok(new) => {
                        road.counters().connected();
                        socket = Some(new);
                        continue;
                    }
                    Err(error) => Err(error),
                },
            };
            match result {
                Ok(()) => {
                    road.recovered();
                    break;
                }
                Err(error) => {
                    socket = None;
                    if !road.back_off(&error).await {
                        road.gave_up(chunk.pieces().skip(sent).map(|(_, events)| u64::from(events)).sum());
                        break;
                    }
                }
            }
        }
    }
}

async fn connect(to: &str) -> std::io::Result<UdpSocket> {
    let address = tokio::net::lookup_host(to)
        .await?
        .next()
        .ok_or_else(|| std::io::Error::other(format!("{to}: no address")))?;
    let local = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(address).await?;
    Ok(socket)
}

/// Sends what is left of a chunk; `sent` counts its pieces.
async fn send(socket: &UdpSocket, chunk: &Chunk, sent: &mut usize, road: &Road) -> std::io::Result<()> {
    for (bytes, events) in chunk.pieces().skip(*sent) {
        socket.send(bytes).await?;
        road.counters().sent(u64::from(events), bytes.len());
        *sent += 1;
        if sent.is_multiple_of(BURST) {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}
