//! What every transport must do, held against real servers on loopback.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ::http::{HeaderValue, Method};

use super::test_server::{Authority, Peer, Received, Server, answering};
use super::*;

/// Long enough for anything on loopback.
const AMPLE: Duration = Duration::from_secs(10);
/// For requests that must run into their deadline.
const SHORT: Duration = Duration::from_millis(250);
/// The latest that a request with [`SHORT`] may end, on a busy machine.
const SOON: Duration = Duration::from_secs(3);

fn open(client: Client) -> Box<dyn Transport> {
    transport(&Options { client, ..Options::default() }).unwrap()
}

/// A transport that trusts `authority`. The file may go: it is read only once.
fn open_trusting(client: Client, authority: &Authority) -> Box<dyn Transport> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(authority.pem.as_bytes()).unwrap();
    let ca_file = Some(file.path().to_owned());
    transport(&Options { client, ca_file, ..Options::default() }).unwrap()
}

fn open_through(client: Client, proxy: String, authority: &Authority) -> Box<dyn Transport> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(authority.pem.as_bytes()).unwrap();
    let ca_file = Some(file.path().to_owned());
    transport(&Options { client, proxy: Some(proxy), ca_file }).unwrap()
}

fn request(method: Method, url: &str, body: impl Into<Vec<u8>>) -> Request {
    ::http::Request::builder().method(method).uri(url).body(body.into()).unwrap()
}

fn get(transport: &dyn Transport, url: &str) -> Result<Response, Failure> {
    transport.send(request(Method::GET, url, ""), Instant::now() + AMPLE)
}

fn post(
    transport: &dyn Transport,
    url: &str,
    body: impl Into<Vec<u8>>,
) -> Result<Response, Failure> {
    transport.send(request(Method::POST, url, body), Instant::now() + AMPLE)
}

/// Asserts cause and certainty, and that the text gives nothing away.
#[track_caller]
fn assert_failed(result: Result<Response, Failure>, cause: Cause, sent: bool) {
    let failure = result.unwrap_err();
    assert_eq!((failure.cause, failure.may_have_been_sent), (cause, sent), "{failure}");
    assert!(!failure.detail.contains("secret"), "{failure}");
    assert!(failure.detail.len() < 300, "{failure}");
}

/// Asserts that the request ends soon after its deadline. Only ureq knows whether it was sent.
#[track_caller]
fn assert_late(client: Client, transport: &dyn Transport, url: &str, body: Vec<u8>, sent: bool) {
    // Where the request is to be on its way before the deadline, also on a busy machine.
    let limit = if sent { 8 * SHORT } else { SHORT };
    let start = Instant::now();
    let result = transport.send(request(Method::POST, url, body), start + limit);
    assert_failed(result, Cause::Timeout, sent || client != Client::Ureq);
    // Clients count in whole milliseconds.
    let early = limit - Duration::from_millis(10);
    assert!((early..limit + SOON).contains(&start.elapsed()), "{:?}", start.elapsed());
}

fn trickle(peer: &mut Peer, part: &str) {
    while peer.write(part) {
        thread::sleep(Duration::from_millis(10));
    }
}

/// Runs each test on each transport.
macro_rules! conformance {
    ($($test:ident)*) => {
        mod on_ureq {
            $(#[test] fn $test() { super::$test(super::Client::Ureq) })*
        }
        #[cfg(feature = "reqwest")]
        mod on_reqwest {
            $(#[test] fn $test() { super::$test(super::Client::Reqwest) })*
        }
    };
}
mod connecting;
mod deadlines;
mod process;

conformance! {
    sequential_requests_share_a_connection
    parallel_requests_share_connections
    a_body_arrives_byte_for_byte
    only_methods_with_a_body_have_a_length
    headers_arrive_and_ours_are_few
    any_status_is_an_answer
    redirects_are_answers
    bodies_of_all_framings
    an_answer_of_the_limit_is_not_too_large
    an_endless_answer_is_too_large
    a_chunked_endless_answer_is_too_large
    a_huge_length_is_refused_at_once
    an_endless_header_section_ends
    garbage_is_broken
    half_an_answer_is_broken
    a_reset_is_broken
    a_close_without_answer_is_broken_and_not_repeated
    an_idle_connection_closed_by_the_server_is_no_failure
}

/// An address that refuses connections.
fn refusing() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn sequential_requests_share_a_connection(client: Client) {
    let authority = Authority::new();
    let server = Server::tls(authority.server("127.0.0.1"), answering("hello"));
    let transport = open_trusting(client, &authority);
    for _ in 0..100 {
        assert_eq!(get(&*transport, &server.https("/")).unwrap().into_body(), b"hello");
    }
    assert_eq!(server.connections(), 1);
}

fn parallel_requests_share_connections(client: Client) {
    let server = Server::plain(answering("hello"));
    let transport = open(client);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..20 {
                    post(&*transport, &server.http("/"), "body").unwrap();
                }
            });
        }
    });
    // hyper may open one and then take another that has become idle meanwhile; it keeps both.
    let most = if client == Client::Ureq { 16 } else { 32 };
    assert!(server.connections() <= most, "{}", server.connections());
}

/// A server that reports each request.
fn reporting() -> (Server, mpsc::Receiver<Received>) {
    let (tell, told) = mpsc::channel();
    let server = Server::plain(move |peer| {
        while let Some(received) = peer.request() {
            let _ = tell.send(received);
            peer.answer("hello");
        }
    });
    (server, told)
}

fn a_body_arrives_byte_for_byte(client: Client) {
    let (server, told) = reporting();
    let transport = open(client);
    for length in [0, 1, 16 * 1024 - 1, 16 * 1024, 100_000] {
        let body: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        post(&*transport, &server.http("/"), body.clone()).unwrap();
        let received = told.recv().unwrap();
        assert_eq!(received.header("content-length"), [length.to_string()]);
        assert!(received.header("transfer-encoding").is_empty());
        assert_eq!(received.body, body);
    }
}

fn only_methods_with_a_body_have_a_length(client: Client) {
    let (server, told) = reporting();
    let transport = open(client);
    for method in [Method::GET, Method::DELETE] {
        let url = server.http("/path?query=%20");
        transport.send(request(method.clone(), &url, ""), Instant::now() + AMPLE).unwrap();
        let received = told.recv().unwrap();
        assert!(received.head.starts_with(&format!("{method} /path?query=%20 HTTP/1.1\r\n")));
        assert!(received.header("content-length").is_empty(), "{}", received.head);
        assert!(received.header("transfer-encoding").is_empty(), "{}", received.head);
    }
    // Webex and Zoom update with PATCH and PUT; a DELETE with a body is legal.
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let request = request(method, &server.http("/"), "{}");
        transport.send(request, Instant::now() + AMPLE).unwrap();
        assert_eq!(told.recv().unwrap().header("content-length"), ["2"]);
    }
}

fn headers_arrive_and_ours_are_few(client: Client) {
    let (server, told) = reporting();
    let transport = open(client);
    let bearer = format!("Bearer {}", "s".repeat(4096));
    let mut value = HeaderValue::from_str(&bearer).unwrap();
    value.set_sensitive(true);
    let mut request = request(Method::POST, &server.http("/"), "{}");
    request.headers_mut().insert("authorization", value);
    request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    transport.send(request, Instant::now() + AMPLE).unwrap();
    let received = told.recv().unwrap();
    assert_eq!(received.header("authorization"), [bearer]);
    assert_eq!(received.header("content-type"), ["application/json"]);
    assert_eq!(received.header("user-agent"), [USER_AGENT]);
    assert_eq!(received.header("host"), [server.address.to_string()]);
    let mut names: Vec<_> = received.head.lines().filter_map(|l| l.split_once(": ")).collect();
    names.retain(|(name, _)| !name.eq_ignore_ascii_case("accept"));
    assert_eq!(names.len(), 5, "{}", received.head);
}

/// A server that writes the same thing to each request.
fn writing(answer: impl Into<Vec<u8>>) -> Server {
    let answer = answer.into();
    Server::plain(move |peer| while peer.request().is_some() && peer.write(&answer) {})
}

fn any_status_is_an_answer(client: Client) {
    let transport = open(client);
    for status in [201, 204, 400, 401, 404, 407, 429, 500, 503] {
        let length = if status == 204 { "" } else { "Content-Length: 0\r\n" };
        let server = writing(format!("HTTP/1.1 {status} X\r\n{length}Retry-After: 30\r\n\r\n"));
        let answer = post(&*transport, &server.http("/"), "{}").unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["retry-after"], "30");
    }
    let server =
        writing("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(get(&*transport, &server.http("/")).unwrap().status(), 200);
}

fn redirects_are_answers(client: Client) {
    let elsewhere = Server::plain(answering("stolen"));
    let transport = open(client);
    for status in [301, 302, 303, 307, 308] {
        let location = elsewhere.http("/");
        let server = writing(format!(
            "HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 4\r\n\r\nmove"
        ));
        for method in [Method::GET, Method::POST] {
            let request = request(method, &server.http("/"), "");
            let answer = transport.send(request, Instant::now() + AMPLE).unwrap();
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()["location"], location);
            assert_eq!(answer.body(), b"move");
        }
    }
    assert_eq!(elsewhere.connections(), 0);
}

fn bodies_of_all_framings(client: Client) {
    let transport = open(client);
    for answer in [
        "Content-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5;extension=1\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n",
    ] {
        let server = writing(format!("HTTP/1.1 200 OK\r\n{answer}"));
        for _ in 0..2 {
            assert_eq!(get(&*transport, &server.http("/")).unwrap().into_body(), b"hello");
        }
        assert_eq!(server.connections(), 1, "{answer}");
    }
    // Until the connection ends (RFC 9112 §6.3, case 8).
    let server = Server::plain(|peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\n\r\nhello");
    });
    assert_eq!(get(&*transport, &server.http("/")).unwrap().into_body(), b"hello");
}

fn an_answer_of_the_limit_is_not_too_large(client: Client) {
    let transport = open(client);
    let body = "x".repeat(MAX_ANSWER);
    let server = Server::plain(move |peer| while peer.request().is_some() && peer.answer(&body) {});
    for _ in 0..2 {
        assert_eq!(get(&*transport, &server.http("/")).unwrap().body().len(), MAX_ANSWER);
    }
    assert_eq!(server.connections(), 1);
    let over = writing(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(MAX_ANSWER + 1)));
    assert_failed(get(&*transport, &over.http("/")), Cause::TooLarge, true);
}

/// Writes `head`, then `part` for as long as the client listens; returns how many bytes.
fn endless(head: &'static str, part: String) -> (Server, mpsc::Receiver<usize>) {
    let (tell, told) = mpsc::channel();
    let server = Server::plain(move |peer| {
        peer.request();
        peer.write(head);
        let mut parts = 0;
        while peer.write(&part) {
            parts += 1;
        }
        let _ = tell.send(parts * part.len());
    });
    (server, told)
}

/// What sockets and clients buffer beyond the limit.
const BUFFERED: usize = 24 * 1024 * 1024;

fn an_endless_answer_is_too_large(client: Client) {
    let (server, written) = endless("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(64 * 1024));
    assert_failed(get(&*open(client), &server.http("/")), Cause::TooLarge, true);
    assert!(written.recv().unwrap() < MAX_ANSWER + BUFFERED);
}

fn a_chunked_endless_answer_is_too_large(client: Client) {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (server, written) = endless(head, format!("10000\r\n{}\r\n", "x".repeat(0x10000)));
    assert_failed(get(&*open(client), &server.http("/")), Cause::TooLarge, true);
    assert!(written.recv().unwrap() < MAX_ANSWER + BUFFERED);
}

fn a_huge_length_is_refused_at_once(client: Client) {
    for length in [MAX_ANSWER as u64 + 1, 4 << 30, u64::MAX] {
        let server = Server::plain(move |peer| {
            peer.request();
            peer.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nabc"));
            peer.wait();
        });
        let result = get(&*open(client), &server.http("/"));
        if length == u64::MAX {
            // hyper does not take this number for a length.
            assert!(result.unwrap_err().may_have_been_sent);
        } else {
            assert_failed(result, Cause::TooLarge, true);
        }
    }
}

fn an_endless_header_section_ends(client: Client) {
    for part in ["X-Header: value\r\n".to_owned(), "x".repeat(1000)] {
        let (server, written) = endless("HTTP/1.1 200 OK\r\nX-Long: ", part);
        let failure = get(&*open(client), &server.http("/")).unwrap_err();
        // Either the section or the number of its lines; hyper does not tell.
        assert!(matches!(failure.cause, Cause::TooLarge | Cause::Broken), "{failure}");
        assert!(failure.may_have_been_sent);
        assert!(written.recv().unwrap() < BUFFERED);
    }
    // What a talkative server really sends is no problem.
    let server = writing(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Security-Policy: {}\r\n\r\n",
        "x".repeat(12_000)
    ));
    assert_eq!(get(&*open(client), &server.http("/")).unwrap().status(), 200);
}

fn garbage_is_broken(client: Client) {
    let transport = open(client);
    for garbage in [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "<html>\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: secret\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n",
    ] {
        let server = Server::plain(move |peer| {
            peer.request();
            peer.write(garbage);
        });
        assert_failed(get(&*transport, &server.http("/?code=secret")), Cause::Broken, true);
    }
}

fn half_an_answer_is_broken(client: Client) {
    let transport = open(client);
    for half in [
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nhello",
    ] {
        let server = Server::plain(move |peer| {
            peer.request();
            peer.write(half);
        });
        assert_failed(get(&*transport, &server.http("/")), Cause::Broken, true);
    }
}

fn a_reset_is_broken(client: Client) {
    let transport = open(client);
    let server = Server::plain(Peer::wait_for_unread);
    assert_failed(post(&*transport, &server.http("/"), "{}"), Cause::Broken, true);
    let server = Server::plain(|peer| {
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
        peer.wait_for_unread();
    });
    assert_failed(post(&*transport, &server.http("/"), "{}"), Cause::Broken, true);
}

fn a_close_without_answer_is_broken_and_not_repeated(client: Client) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = requests.clone();
    let server = Server::plain(move |peer| {
        // The second request on this connection is read and left unanswered.
        for answered in [true, false] {
            if peer.request().is_some() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            if answered {
                peer.answer("hello");
            }
        }
    });
    let transport = open(client);
    for sent in [Method::GET, Method::POST] {
        get(&*transport, &server.http("/")).unwrap();
        let request = request(sent, &server.http("/"), "");
        assert_failed(transport.send(request, Instant::now() + AMPLE), Cause::Broken, true);
    }
    assert_eq!((requests.load(Ordering::SeqCst), server.connections()), (4, 2));
}

fn an_idle_connection_closed_by_the_server_is_no_failure(client: Client) {
    let authority = Authority::new();
    let (tell, told) = mpsc::channel();
    let server = Server::tls(authority.server("127.0.0.1"), move |peer| {
        peer.request();
        peer.answer(peer.number.to_string());
        peer.shut_down();
        let _ = tell.send("shut down");
        peer.wait();
        let _ = tell.send("gone");
    });
    let transport = open_trusting(client, &authority);
    for number in 0..3 {
        let answer = post(&*transport, &server.https("/"), "{}").unwrap();
        assert_eq!(answer.into_body(), number.to_string().as_bytes());
        // ureq looks when it needs a connection; reqwest's thread notices by itself and leaves.
        let noticed = if client == Client::Ureq { "shut down" } else { "gone" };
        while told.recv().unwrap() != noticed {}
    }
}

/// Whether it lies in our buffer, in rustls's or in the socket's.
#[test]
fn what_follows_an_answer_answers_nobody() {
    const RECORD: usize = 16 * 1024;
    let authority = Authority::new();
    for length in [5, RECORD - 100, RECORD, 3 * RECORD] {
        let head = |body: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {body}\r\n\r\n");
        let body = length - head(length).len().min(length - 5);
        let answer = head(body) + &"x".repeat(body) + &head(3) + "bad";
        let talk = move |peer: &mut Peer| {
            peer.request();
            peer.write(&answer);
            peer.wait();
        };
        let server = Server::tls(authority.server("127.0.0.1"), talk);
        let transport = open_trusting(Client::Ureq, &authority);
        for connections in 1..4 {
            let answer = post(&*transport, &server.https("/"), "{}").unwrap();
            assert_eq!(answer.body().len(), body);
            assert_eq!(server.connections(), connections);
        }
    }
}
