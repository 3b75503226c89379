//! A relay on the loopback that writes down every exchange it carries.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use reqwest::blocking::{Client, Response};

use super::http_client;

/// Headers that belong to one connection and not to the message (RFC 9110, section 7.6.1), or that
/// are written anew.
const OWN: [&str; 5] = ["connection", "content-length", "host", "keep-alive", "transfer-encoding"];

/// What the relay answers with when its target does not.
pub const FAILED: &str = "application/x-relay-failed";

/// A request and its answer. Names of headers are in lower case.
pub struct Exchange {
    pub method: String,
    pub target: String,
    pub body: Vec<u8>,
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub answer: Vec<u8>,
}

/// A relay whose address is known before it leads anywhere.
pub struct Relay {
    listener: TcpListener,
    seen: Arc<Mutex<Vec<Exchange>>>,
}

impl Relay {
    pub fn new() -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Relay { listener, seen: Arc::default() }
    }

    /// Scheme and host.
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().expect("it is bound"))
    }

    /// From now on requests go to this scheme and host, until the process ends.
    pub fn lead_to(&self, base: &str) {
        let listener = self.listener.try_clone().expect("a second handle");
        let (base, seen, client) = (base.to_owned(), self.seen.clone(), http_client());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (base, seen, client) = (base.clone(), seen.clone(), client.clone());
                thread::spawn(move || carry(stream, &client, &base, &seen));
            }
        });
    }

    /// What was carried since the last time. An exchange is written down before it is answered.
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

/// One request for each connection.
fn carry(
    mut stream: TcpStream,
    client: &Client,
    base: &str,
    seen: &Mutex<Vec<Exchange>>,
) -> io::Result<()> {
    let request = Request::read(&mut BufReader::new(&stream))?;
    let answer = request.send(client, base).and_then(|response| {
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect::<HashMap<_, _>>();
        response.bytes().map(|answer| (status, headers, answer.to_vec()))
    });
    let (status, headers, answer) = answer.unwrap_or_else(|error| {
        let headers = [("content-type".to_owned(), FAILED.to_owned())];
        (502, headers.into(), error.to_string().into_bytes())
    });
    let mut bytes = format!("HTTP/1.1 {status} -\r\nconnection: close\r\n").into_bytes();
    if status != 204 {
        bytes.extend(format!("content-length: {}\r\n", answer.len()).into_bytes());
    }
    for (name, value) in headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(&answer);
    let Request { method, target, body, .. } = request;
    seen.lock().unwrap().push(Exchange { method, target, body, status, headers, answer });
    stream.write_all(&bytes)
}

struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// HTTP/1.1 with a `Content-Length`, which is all that the library sends.
    fn read(stream: &mut impl BufRead) -> io::Result<Request> {
        let mut line = || {
            let mut line = String::new();
            stream.read_line(&mut line).map(|_| line.trim_end().to_owned())
        };
        let first = line()?;
        let mut words = first.split(' ').map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let mut headers = Vec::new();
        loop {
            let line = line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, length)| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        Ok(Request { method, target, headers, body })
    }

    fn send(&self, client: &Client, base: &str) -> reqwest::Result<Response> {
        let method = self.method.parse().expect("a method");
        let mut request = client.request(method, format!("{base}{}", self.target));
        for (name, value) in self.headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            request = request.header(name, value);
        }
        if !self.body.is_empty() {
            request = request.body(self.body.clone());
        }
        request.send()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
