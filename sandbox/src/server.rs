//! Listeners and connections: HTTP/1.1 over TCP, with or without TLS.

use crate::connection::{Connection, Wire};
use crate::site::Site;
use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

/// Opens a loopback port with a backlog that a burst of 64 threads does not fill.
pub fn listen(port: u16) -> io::Result<std::net::TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    // A fixed port must be free again at once after a restart.
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    socket.listen(1024)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Accepts for ever.
pub async fn accept(
    listener: std::net::TcpListener,
    tls: Option<TlsAcceptor>,
    site: Arc<Site>,
    router: Router,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        // Out of descriptors, or a client that left the queue: neither is a reason to stop.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            continue;
        };
        site.book.change(|statistics| statistics.connections += 1);
        tokio::spawn(serve(stream, tls.clone(), router.clone()));
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router) {
    let connection = Connection::new(tls.is_some());
    let wire = Wire::new(stream, connection.clone());
    match tls {
        None => talk(wire, connection, router).await,
        Some(acceptor) => {
            // A client that does not trust us has gone already.
            if let Ok(stream) = acceptor.accept(wire).await {
                talk(stream, connection, router).await;
            }
        }
    }
}

/// Speaks HTTP until the client or a handler ends the connection.
async fn talk<S>(stream: S, connection: Connection, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handle = connection.clone();
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(connection.clone());
        router.clone().call(request)
    });
    let mut http = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    let ending = tokio::select! {
        _ = &mut http => return,
        ending = handle.ending() => ending,
    };
    // Taking the connection apart drops the handler that asked for the end.
    let mut stream = http.into_parts().io.into_inner();
    if !ending.bytes.is_empty() {
        let _ = stream.write_all(&ending.bytes).await;
        let _ = stream.flush().await;
    }
    if !ending.reset {
        let _ = stream.shutdown().await;
    }
}
