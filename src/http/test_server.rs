//! Servers on loopback for tests: threads, plain TCP or TLS, and a script for each connection.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// One accepted connection.
pub struct Peer {
    stream: Box<dyn ReadWrite>,
    socket: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    /// Counts the connections of the server from 0.
    pub number: usize,
}

trait ReadWrite: Read + Write + Send {}
impl<T: Read + Write + Send> ReadWrite for T {}

/// A request as it came over the wire.
pub struct Received {
    /// Request line and header section, ending with an empty line.
    pub head: String,
    pub body: Vec<u8>,
}

impl Received {
    /// All values of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }
}

impl Peer {
    /// The next request; `None` when the client is gone.
    pub fn request(&mut self) -> Option<Received> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let mut received = Received { head: String::from_utf8(head).unwrap(), body: Vec::new() };
        let length = received.header("content-length").first().map_or(0, |n| n.parse().unwrap());
        received.body.resize(length, 0);
        self.stream.read_exact(&mut received.body).ok()?;
        Some(received)
    }

    /// Writes what it is given; false when the client is gone.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush()).is_ok()
    }

    /// Answers with status 200.
    pub fn answer(&mut self, body: impl AsRef<[u8]>) -> bool {
        let body = body.as_ref();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        self.write([head.as_bytes(), body].concat())
    }

    /// Waits until the client closes.
    pub fn wait(&mut self) {
        let _ = io::copy(&mut self.stream, &mut io::sink());
    }

    /// Waits until something has arrived that is not read yet. Dropping the peer then resets the
    /// connection, because the system throws away what was sent.
    pub fn wait_for_unread(&mut self) {
        let _ = self.socket.peek(&mut [0]);
    }

    /// Ends our direction of the connection.
    pub fn shut_down(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// From here on the connection is TLS; for a proxy that plays the target too.
    pub fn start_tls(&mut self, config: &Arc<ServerConfig>) {
        self.tls = Some(config.clone());
        self.secure();
    }

    fn secure(&mut self) {
        if let Some(config) = &self.tls {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let socket = self.socket.try_clone().unwrap();
            self.stream = Box::new(StreamOwned::new(connection, socket));
        }
    }
}

/// Runs a script for each connection, each on a thread, until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    pub fn plain(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Server {
        Server::start(None, script)
    }

    pub fn tls(
        config: Arc<ServerConfig>,
        script: impl Fn(&mut Peer) + Send + Sync + 'static,
    ) -> Server {
        Server::start(Some(config), script)
    }

    fn start(
        tls: Option<Arc<ServerConfig>>,
        script: impl Fn(&mut Peer) + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server {
            address: listener.local_addr().unwrap(),
            connections: Arc::default(),
            stopped: Arc::default(),
        };
        let (connections, stopped) = (server.connections.clone(), server.stopped.clone());
        let script = Arc::new(script);
        thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                socket.set_nodelay(true).unwrap();
                let mut peer = Peer {
                    stream: Box::new(socket.try_clone().unwrap()),
                    socket,
                    tls: tls.clone(),
                    number: connections.fetch_add(1, Ordering::SeqCst),
                };
                let script = script.clone();
                thread::spawn(move || {
                    peer.secure();
                    script(&mut peer);
                });
            }
        });
        server
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn http(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn https(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// Answers every request on every connection.
pub fn answering(body: &'static str) -> impl Fn(&mut Peer) {
    move |peer| while peer.request().is_some() && peer.answer(body) {}
}

/// A certificate authority of our own.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

impl Authority {
    pub fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let pem = pem(certificate.der());
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// What a server for `name` (or IP address) needs.
    pub fn server(&self, name: &str) -> Arc<ServerConfig> {
        self.issue(CertificateParams::new([name.to_owned()]).unwrap())
    }

    /// The same, with a certificate that is no longer valid.
    pub fn expired(&self, name: &str) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        self.issue(params)
    }

    fn issue(&self, params: CertificateParams) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }
}

/// RFC 7468.
fn pem(der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|l| str::from_utf8(l).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
