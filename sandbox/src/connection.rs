//! One accepted connection: a socket that can be reset or cut off from within a handler.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// How a handler wants its connection to end.
#[derive(Debug, Default)]
pub struct Ending {
    /// Written as they are before the end: a head and a part of a body, or nothing.
    pub bytes: Vec<u8>,
    /// With RST instead of FIN.
    pub reset: bool,
}

/// A handler's hold on its connection.
#[derive(Clone, Debug)]
pub struct Connection {
    shared: Arc<Shared>,
    /// Whether the client speaks TLS with us.
    pub tls: bool,
}

#[derive(Debug, Default)]
struct Shared {
    ending: Mutex<Option<Ending>>,
    reset: std::sync::atomic::AtomicBool,
    wanted: Notify,
}

impl Connection {
    /// A fresh connection.
    pub fn new(tls: bool) -> Self {
        Connection { shared: Arc::default(), tls }
    }

    /// Ends the connection as described and never returns: the server drops the handler.
    pub async fn end(&self, ending: Ending) -> std::convert::Infallible {
        self.shared.reset.store(ending.reset, std::sync::atomic::Ordering::Relaxed);
        *self.shared.ending.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
        self.shared.wanted.notify_one();
        std::future::pending().await
    }

    /// Resolves when a handler has asked for an end.
    pub async fn ending(&self) -> Ending {
        self.shared.wanted.notified().await;
        let mut ending = self.shared.ending.lock().unwrap_or_else(PoisonError::into_inner);
        ending.take().unwrap_or_default()
    }
}

/// The socket below HTTP (and TLS).
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    connection: Connection,
}

impl Wire {
    /// Wraps an accepted socket. Nagle's algorithm is switched off: answers are single writes.
    pub fn new(stream: TcpStream, connection: Connection) -> Self {
        // A socket that has already died says so again at the first read.
        let _ = stream.set_nodelay(true);
        Wire { stream, connection }
    }
}

impl Drop for Wire {
    /// Closing with a linger time of zero sends RST (RFC 9293 3.10.4, abort).
    fn drop(&mut self) {
        if self.connection.shared.reset.load(std::sync::atomic::Ordering::Relaxed) {
            let _ = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
