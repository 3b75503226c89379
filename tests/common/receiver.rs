//! The smallest HTTP server that a provider can send notifications to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Map, Value};

/// How long a notification is waited for.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A request as it came in.
pub struct Received {
    /// Name and value as text, as a host would pass them on.
    pub headers: Value,
    pub body: Vec<u8>,
}

/// Answers every request on loopback with what `answer` says: status, content type and body. Gives
/// its URL. It ends with the test.
pub fn receive(answer: impl Fn(Received) -> (u16, String, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let (status, content_type, body) = answer(read(&mut reader));
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} Told\r\ncontent-type: {content_type}\r\n\
                 content-length: {length}\r\nconnection: close\r\n\r\n"
            );
            // Whoever has sent it may no longer wait.
            let _ = reader.get_mut().write_all(format!("{head}{body}").as_bytes());
        }
    });
    url
}

fn read(reader: &mut BufReader<TcpStream>) -> Received {
    let (mut headers, mut length, mut line) = (Map::new(), 0, String::new());
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "POST /hook HTTP/1.1\r\n");
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        headers.insert(name.to_owned(), value.into());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Received { headers: headers.into(), body }
}
