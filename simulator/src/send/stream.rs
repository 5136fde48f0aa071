//! Syslog over TCP and TLS with octet counting (RFC 6587 § 3.4.1, RFC 5425).

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    lane::{Chunk, Road},
    tls,
};
use crate::emit::put;

pub(super) enum Target {
    Plain(String),
    Tls(String, tls::Connector),
}

trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

pub(super) async fn run(mut road: Road, target: Target) {
    let mut connection: Option<Box<dyn Connection>> = None;
    let mut wire = Wire::default();
    while let Some(chunk) = road.next().await {
        wire.frame(&chunk);
        loop {
            let result = match &mut connection {
                Some(open) => wire.write(open).await,
                None => match connect(&target).await {
                    Ok(new) => {
                        road.counters().connected();
                        connection = Some(new);
                        continue;
                    }
                    Err(error) => Err(error),
                },
            };
            match result {
                Ok(()) => {
                    road.counters().sent(chunk.events, wire.bytes.len());
                    road.recovered();
                    break;
                }
                Err(error) => {
                    connection = None;
                    wire.rewind();
                    if !road.back_off(&error).await {
                        road.gave_up(chunk.events - wire.whole());
                        road.counters().sent(wire.whole(), wire.written);
                        break;
                    }
                }
            }
        }
    }
    if let Some(mut open) = connection {
        let _ = open.shutdown().await;
    }
}

async fn connect(target: &Target) -> std::io::Result<Box<dyn Connection>> {
    let (Target::Plain(to) | Target::Tls(to, _)) = target;
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    match target {
        Target::Plain(_) => Ok(Box::new(stream)),
        Target::Tls(to, with) => Ok(Box::new(with.connect(to, stream).await?)),
    }
}

/// A chunk as it goes over the wire, and how much of it the kernel has taken. After a break it goes on at
/// the first frame that was not taken whole: nothing is sent twice, and what the kernel had taken may be
/// lost, as with any syslog client.
#[derive(Debug, Default)]
struct Wire {
    bytes: Vec<u8>,
    starts: Vec<usize>,
    written: usize,
}

impl Wire {
    fn frame(&mut self, chunk: &Chunk) {
        self.bytes.clear();
        self.starts.clear();
        self.written = 0;
        for (message, _) in chunk.pieces() {
            self.starts.push(self.bytes.len());
            put!(self.bytes, "{} ", message.len());
            self.bytes.extend_from_slice(message);
        }
    }

    async fn write(&mut self, to: &mut Box<dyn Connection>) -> std::io::Result<()> {
        while self.written < self.bytes.len() {
            let taken = to.write(&self.bytes[self.written..]).await?;
            if taken == 0 {
                return Err(std::io::ErrorKind::WriteZero.into());
            }
            self.written += taken;
        }
        to.flush().await
    }

    /// Back to the start of the frame that was cut.
    fn rewind(&mut self) {
        if self.written < self.bytes.len() {
            let whole = self.starts.partition_point(|start| *start <= self.written);
            self.written = self.starts[whole.saturating_sub(1)];
        } else {
            self.written = self.bytes.len();
        }
    }

    /// Frames taken whole.
    fn whole(&self) -> u64 {
        if self.written == self.bytes.len() {
            return self.starts.len() as u64;
        }
        self.starts.partition_point(|start| *start < self.written) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_frame_is_sent_again_from_its_start() {
        let mut chunk = Chunk::default();
        chunk.push(b"first", 1);
        chunk.push(b"second", 1);
        let mut wire = Wire::default();
        wire.frame(&chunk);
        assert_eq!(wire.bytes, b"5 first6 second");
        for (written, rewound, whole) in [(0, 0, 0), (3, 0, 0), (7, 7, 1), (9, 7, 1), (15, 15, 2)] {
            wire.written = written;
            wire.rewind();
            assert_eq!((wire.written, wire.whole()), (rewound, whole), "{written} bytes taken");
        }
    }
}
