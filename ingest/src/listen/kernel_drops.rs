//! Datagrams the kernel threw away because the socket's buffer was full (RcvbufErrors), told by
//! the column `drops` of `/proc/net/udp` and `udp6`, by the socket's inode.

use std::{fs, io, os::fd::AsFd};

/// The count of one socket.
pub(crate) struct KernelDrops {
    inode: u64,
    seen: u32,
}

impl KernelDrops {
    /// # Errors
    /// A socket that cannot be asked for its inode.
    pub(crate) fn of(socket: &impl AsFd) -> io::Result<Self> {
        let inode = nix::sys::stat::fstat(socket.as_fd())?.st_ino;
        Ok(Self { inode, seen: 0 })
    }

    /// Datagrams dropped since the last call.
    pub(crate) fn take(&mut self) -> u64 {
        let tables = ["/proc/net/udp", "/proc/net/udp6"];
        let now = tables.iter().find_map(|path| find(&fs::read_to_string(path).ok()?, self.inode));
        // A system without these tables counts nothing; the kernel's counter wraps at 32 bits.
        let Some(now) = now else { return 0 };
        let new = now.wrapping_sub(self.seen);
        self.seen = now;
        u64::from(new)
    }
}

/// Columns of `/proc/net/udp` (Linux, `net/ipv4/udp.c`), counted from 0.
const INODE: usize = 9;
const DROPS: usize = 12;

fn find(table: &str, inode: u64) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        let mut columns = line.split_ascii_whitespace();
        (columns.nth(INODE)?.parse() == Ok(inode)).then_some(())?;
        columns.nth(DROPS - INODE - 1)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sockets_own_line_is_read() {
        let table = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n  \
             56: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 7711 2 000000008f1d 0\n  \
             57: 0100007F:158B 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 7712 2 000000008f1e 4294967295\n";
        assert_eq!(find(table, 7711), Some(0));
        assert_eq!(find(table, 7712), Some(u32::MAX));
        assert_eq!(find(table, 7713), None);
    }

    #[test]
    fn a_full_buffer_is_noticed() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket2::SockRef::from(&socket).set_recv_buffer_size(4_096).expect("set");
        let mut drops = KernelDrops::of(&socket).expect("an inode");
        assert_eq!(drops.take(), 0);
        let to = socket.local_addr().expect("bound");
        let from = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        for _ in 0..100 {
            from.send_to(&[b'x'; 1_000], to).expect("sent");
        }
        socket.set_nonblocking(true).expect("set");
        let mut got = 0;
        while socket.recv(&mut [0; 2_000]).is_ok() {
            got += 1;
        }
        assert_eq!((drops.take(), drops.take()), (100 - got, 0));
    }
}
