//! A provider that costs next to nothing: TLS 1.3 and HTTP/1.1 on loopback, a thread for each
//! connection, and every answer in one write.
//!
//! It is a process of its own, so that it can have a processor of its own. Lines on its input
//! command it, each is answered by one line, and it ends when its input does.

use std::io::{self, BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{HandshakeKind, ServerConfig, ServerConnection};
use serde_json::json;

const ANSWER: &str = include_str!("../clients/answer.json");
/// Such that an access token with "Bearer " before it has 702 bytes.
const TOKEN: usize = 695;

struct Provider {
    tls: Arc<ServerConfig>,
    latency_ms: AtomicU64,
    token_seconds: AtomicI64,
    connections: AtomicU64,
    handshakes: AtomicU64,
    resumed: AtomicU64,
    answers: AtomicU64,
    meetings: AtomicU64,
    refreshes: AtomicU64,
    tokens: AtomicU64,
}

/// Runs until the input ends; the authority's certificate goes into the folder.
pub fn run(folder: &Path) -> io::Result<()> {
    let provider = Arc::new(Provider {
        tls: tls(folder).map_err(io::Error::other)?,
        latency_ms: AtomicU64::new(0),
        token_seconds: AtomicI64::new(3600),
        connections: AtomicU64::new(0),
        handshakes: AtomicU64::new(0),
        resumed: AtomicU64::new(0),
        answers: AtomicU64::new(0),
        meetings: AtomicU64::new(0),
        refreshes: AtomicU64::new(0),
        tokens: AtomicU64::new(0),
    });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    let accepting = provider.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let provider = accepting.clone();
            // A client that goes away in the middle is its own affair.
            std::thread::spawn(move || drop(provider.serve(stream)));
        }
    });
    for line in io::stdin().lock().lines() {
        println!("{}", provider.obey(&line?));
    }
    Ok(())
}

impl Provider {
    fn obey(&self, line: &str) -> String {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("latency_ms", value) => self.latency_ms.store(value.parse().unwrap(), Relaxed),
            ("token_seconds", value) => self.token_seconds.store(value.parse().unwrap(), Relaxed),
            _ => {}
        }
        json!({
            "connections": self.connections.load(Relaxed),
            "handshakes": self.handshakes.load(Relaxed),
            "resumed": self.resumed.load(Relaxed),
            "answers": self.answers.load(Relaxed),
            "meetings": self.meetings.load(Relaxed),
            "refreshes": self.refreshes.load(Relaxed),
        })
        .to_string()
    }

    /// The way there and back, which loopback does not have.
    fn travel(&self) {
        let latency = self.latency_ms.load(Relaxed);
        if latency > 0 {
            std::thread::sleep(Duration::from_millis(latency));
        }
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        self.connections.fetch_add(1, Relaxed);
        self.travel();
        let mut tls = ServerConnection::new(self.tls.clone()).map_err(io::Error::other)?;
        let mut received = Vec::with_capacity(16 * 1024);
        loop {
            let was_handshaking = tls.is_handshaking();
            if tls.read_tls(&mut stream)? == 0 {
                return Ok(());
            }
            let state = tls.process_new_packets().map_err(io::Error::other)?;
            if was_handshaking && tls.is_handshaking() && tls.wants_write() {
                // What follows the client's last flight, the tickets, nobody waits for.
                self.handshakes.fetch_add(1, Relaxed);
                self.travel();
            }
            if was_handshaking && tls.handshake_kind() == Some(HandshakeKind::Resumed) {
                self.resumed.fetch_add(u64::from(!tls.is_handshaking()), Relaxed);
            }
            let more = state.plaintext_bytes_to_read();
            let before = received.len();
            received.resize(before + more, 0);
            tls.reader().read_exact(&mut received[before..])?;
            while let Some(request) = Request::first(&received) {
                let answer = self.answer(&request);
                received.drain(..request.length);
                self.answers.fetch_add(1, Relaxed);
                self.travel();
                tls.writer().write_all(&answer)?;
            }
            while tls.wants_write() {
                tls.write_tls(&mut stream)?;
            }
        }
    }

    fn answer(&self, request: &Request<'_>) -> Vec<u8> {
        match request.line {
            "POST /oauth/token HTTP/1.1" => {
                let consent = request.body.split_once("refresh_token=").map(|(_, token)| token);
                self.refreshes.fetch_add(u64::from(consent.is_some()), Relaxed);
                http("200 OK", &self.token(consent.and_then(consent_of)))
            }
            "POST /v2/users/me/meetings HTTP/1.1" => {
                let number = self.meetings.fetch_add(1, Relaxed);
                http("201 Created", &meeting(number, &host(request.consent)))
            }
            "GET /v2/users/me HTTP/1.1" => {
                let body =
                    json!({ "id": host(request.consent), "account_id": "EAAAAbbbbbCCCCHMA" });
                http("200 OK", &body.to_string())
            }
            _ => http("404 Not Found", "{}"),
        }
    }

    /// A fresh pair, of this consent or of a new one.
    fn token(&self, consent: Option<u64>) -> String {
        let number = self.tokens.fetch_add(1, Relaxed);
        let consent = consent.unwrap_or(number);
        let token = |kind: char| {
            let end = format!(".{kind}{number:010}.{consent:010}");
            let mut token = String::with_capacity(TOKEN);
            // The letters of base64 in an order that no compressor would like.
            let letters = (0u64..).map(|at| {
                let mixed = (at + number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[mixed as usize]
            });
            token.extend(letters.map(char::from).take(TOKEN - end.len()));
            token + &end
        };
        json!({
            "access_token": token('a'),
            "token_type": "bearer",
            "refresh_token": token('r'),
            "expires_in": self.token_seconds.load(Relaxed),
            "scope": "meeting:delete:meeting meeting:read:list_meetings meeting:read:meeting \
                      meeting:update:meeting meeting:write:meeting user:read:user",
            "api_url": "https://api.zoom.us",
        })
        .to_string()
    }
}

/// A whole request at the beginning of what came in.
struct Request<'a> {
    line: &'a str,
    /// Of the bearer.
    consent: Option<u64>,
    body: &'a str,
    length: usize,
}

impl Request<'_> {
    fn first(received: &[u8]) -> Option<Request<'_>> {
        let end = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = std::str::from_utf8(&received[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let line = lines.next()?;
        let (mut length, mut consent) = (0, None);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok()?;
            } else if name.eq_ignore_ascii_case("authorization") {
                consent = consent_of(value);
            }
        }
        let body = std::str::from_utf8(received.get(end..end + length)?).ok()?;
        Some(Request { line, consent, body, length: end + length })
    }
}

/// The consent from which a token comes; it ends with its number.
fn consent_of(token: &str) -> Option<u64> {
    token.rsplit_once('.').and_then(|(_, number)| number.parse().ok())
}

/// Each consent is another person's.
fn host(consent: Option<u64>) -> String {
    format!("KdYKjnimT4KP{:010}", consent.unwrap_or_default())
}

/// Head and body, to leave in one write.
fn http(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json;charset=UTF-8\r\n\
         Content-Length: {}\r\nConnection: keep-alive\r\n\
         x-zm-trackingid: v=2.0;clid=us05;rid=WEB_3f9a5c0d7b1e4a62a8d0c4f1e2b3a495\r\n\
         X-RateLimit-Category: Light\r\nCache-Control: no-cache, no-store, must-revalidate\r\n\
         Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n\r\n{body}",
        body.len(),
    )
    .into_bytes()
}

/// A meeting as Zoom tells of it ("Create a meeting", 201), with a number and a host of its own.
fn meeting(number: u64, host: &str) -> String {
    let id = (80_000_000_000 + number).to_string();
    ANSWER.trim_end().replace("80000000000", &id).replace("KdYKjnimT4KP0000000000", host)
}

/// A certificate for loopback, whose authority clients find in the folder.
fn tls(folder: &Path) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error + Send + Sync>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "provider");
    // Python's ssl module insists on it.
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &ca)?;
    std::fs::write(folder.join("ca.pem"), ca.as_ref().pem())?;
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
