//! The smallest HTTP client that can deliver a webhook.

use super::Parcel;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

/// Posts a parcel; status and body of the answer, or the reason why there is none. Redirects are
/// not followed: a receiver has to answer itself.
pub async fn post(
    parcel: &Parcel,
    tls: Option<Arc<ClientConfig>>,
) -> Result<(u16, String), String> {
    let url = Url::parse(&parcel.url).map_err(|error| error.to_string())?;
    let host = url.host_str().ok_or("the URL has no host")?.to_owned();
    let port = url.port_or_known_default().ok_or("the URL has no port")?;
    let plain = host.trim_matches(['[', ']']).to_owned();
    let stream =
        TcpStream::connect((plain.as_str(), port)).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    if url.scheme() != "https" {
        return talk(stream, &url, parcel).await;
    }
    let config = tls.ok_or("https needs the sandbox's TLS listener")?;
    let name = ServerName::try_from(plain).map_err(|error| error.to_string())?;
    let connector = TlsConnector::from(config);
    let stream = connector.connect(name, stream).await.map_err(|error| error.to_string())?;
    talk(stream, &url, parcel).await
}

async fn talk<S>(stream: S, url: &Url, parcel: &Parcel) -> Result<(u16, String), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let mut path = url.path().to_owned();
    if let Some(query) = url.query() {
        path.push('?');
        path.push_str(query);
    }
    let authority = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let mut request = Request::post(path)
        .header("host", authority)
        .header("content-type", "application/json; charset=utf-8");
    for (name, value) in &parcel.headers {
        request = request.header(name, value);
    }
    let body = Full::new(Bytes::from(parcel.body.clone()));
    let request = request.body(body).map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), 1 << 20).collect().await;
    let body = body.map_err(|error| error.to_string())?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
