//! A TCP connection that ends with a deadline.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::platform::{self, Waits};

/// The longest wait in one piece. The kernel rounds a long timeout of a socket up, by up to an
/// eighth: after 140 seconds it is 7 late.
const PIECE: Duration = Duration::from_millis(8192);
/// The shortest.
const LEAST: Duration = Duration::from_millis(1);

pub struct Wire {
    socket: TcpStream,
    deadline: Instant,
    waits: Waits,
}

impl Wire {
    /// Connects to the first of these that answers: each may take half of what is left.
    pub fn connect(addresses: &[SocketAddr], deadline: Instant) -> io::Result<Wire> {
        let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "it has no address");
        for (at, address) in addresses.iter().enumerate() {
            let left = left(deadline)?;
            let share = if at + 1 == addresses.len() { left } else { left / 2 };
            match TcpStream::connect_timeout(address, share.max(LEAST)) {
                Ok(socket) => {
                    socket.set_nodelay(true)?;
                    return Ok(Wire { waits: Waits::of(&socket)?, socket, deadline });
                }
                Err(error) => last = error,
            }
        }
        left(deadline).and(Err(last))
    }

    /// From now on reading and writing end then.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Whether an idle connection is still one: nobody has closed it, and nobody has sent what was
    /// not asked for.
    pub fn is_open(&self) -> bool {
        platform::is_quiet(&self.socket)
    }

    /// Waits until the deadline, in pieces of a few fixed lengths, so that the timeout of a socket
    /// is seldom set anew.
    fn wait<T>(
        &mut self,
        is_write: bool,
        mut work: impl FnMut(&mut TcpStream) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            let piece = piece_of(left(self.deadline)?);
            self.waits.limit(&self.socket, is_write, piece)?;
            match work(&mut self.socket) {
                Err(error) if is_over(&error) => {}
                outcome => return outcome,
            }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.wait(false, |socket| socket.read(into))
    }
}

/// In one piece, since std's vectored form would end a host that ignores no SIGPIPE.
impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wait(true, |socket| socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether the deadline has passed. The kernel's own error for a lost connection has its number.
pub fn is_late(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none()
}

fn left(deadline: Instant) -> io::Result<Duration> {
    match deadline.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
        left => Ok(left),
    }
}

/// A power of two in milliseconds that is not longer than what is left, but for the last one.
fn piece_of(left: Duration) -> Duration {
    let mut piece = PIECE;
    while piece > left && piece > LEAST {
        piece /= 2;
    }
    piece
}

/// Whether only this piece of the wait is over, or a signal came.
fn is_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_few_and_never_longer_than_what_is_left() {
        let mut seen = std::collections::HashSet::new();
        for millis in 1..140_000 {
            let left = Duration::from_millis(millis);
            let piece = piece_of(left);
            assert!(piece <= left && piece >= left.min(PIECE) / 2, "{left:?}: {piece:?}");
            seen.insert(piece);
        }
        assert_eq!(seen.len(), 14);
        assert_eq!(piece_of(Duration::from_micros(10)), LEAST);
    }
}
