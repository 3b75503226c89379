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
    let start = Instant::now();
    let result = transport.send(request(Method::POST, url, body), start + SHORT);
    assert_failed(result, Cause::Timeout, sent || client != Client::Ureq);
    // Clients count in whole milliseconds.
    let early = SHORT - Duration::from_millis(10);
    assert!((early..SOON).contains(&start.elapsed()), "{:?}", start.elapsed());
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
    a_passed_deadline_sends_nothing
    the_deadline_bounds_connecting
    the_deadline_bounds_the_handshake
    the_deadline_bounds_waiting
    the_deadline_bounds_sending
    the_deadline_bounds_trickled_headers
    the_deadline_bounds_a_trickled_body
    nobody_listens
    an_unknown_host
    tls_with_our_own_authority
    an_untrusted_authority
    a_wrong_host_name
    an_expired_certificate
    a_server_without_tls
    a_connection_lost_in_the_handshake
    a_body_cut_off_without_a_closure_alert_is_broken
    unusable_authority_files
    https_through_a_proxy
    http_through_a_proxy
    a_refusing_proxy
    a_proxy_that_nobody_runs
    a_silent_proxy
    the_environment_is_not_asked
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

fn a_passed_deadline_sends_nothing(client: Client) {
    let server = Server::plain(answering("hello"));
    let request = request(Method::GET, &server.http("/?secret"), "");
    let deadline = Instant::now();
    assert_failed(open(client).send(request, deadline), Cause::Timeout, false);
    assert_eq!(server.connections(), 0);
}

fn the_deadline_bounds_connecting(client: Client) {
    // Nobody accepts, and no more connections fit into the queue.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(socket) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        queue.push(socket);
    }
    assert_late(client, &*open(client), &format!("http://{address}/"), Vec::new(), false);
}

fn the_deadline_bounds_the_handshake(client: Client) {
    let silent = Server::plain(Peer::wait);
    assert_late(client, &*open(client), &silent.https("/"), Vec::new(), false);
    // The header of a TLS record of 4 KiB, and then a byte at a time.
    let trickling = Server::plain(|peer| {
        peer.write(b"\x16\x03\x03\x10\x00\x02\x00\x0f\xfc");
        trickle(peer, "x");
    });
    assert_late(client, &*open(client), &trickling.https("/"), Vec::new(), false);
}

fn trickle(peer: &mut Peer, part: &str) {
    while peer.write(part) {
        thread::sleep(Duration::from_millis(10));
    }
}

fn the_deadline_bounds_waiting(client: Client) {
    let server = Server::plain(Peer::wait);
    assert_late(client, &*open(client), &server.http("/?secret"), b"secret".into(), true);
}

fn the_deadline_bounds_sending(client: Client) {
    let authority = Authority::new();
    let (tell, told) = mpsc::channel::<()>();
    let told = Mutex::new(told);
    let server = Server::tls(authority.server("127.0.0.1"), move |peer| {
        // The handshake is done with the first byte; nothing more is read.
        peer.write("");
        let _ = told.lock().unwrap().recv();
    });
    let transport = open_trusting(client, &authority);
    assert_late(client, &*transport, &server.https("/"), vec![b'x'; 32 << 20], true);
    drop(tell);
}

fn the_deadline_bounds_trickled_headers(client: Client) {
    let server = Server::plain(|peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\nX-Long: ");
        trickle(peer, "x");
    });
    assert_late(client, &*open(client), &server.http("/"), Vec::new(), true);
}

fn the_deadline_bounds_a_trickled_body(client: Client) {
    let authority = Authority::new();
    let transport = open_trusting(client, &authority);
    let script = |peer: &mut Peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        trickle(peer, "x");
    };
    let server = Server::tls(authority.server("127.0.0.1"), script);
    assert_late(client, &*transport, &server.https("/"), Vec::new(), true);
    let server = Server::plain(script);
    assert_late(client, &*transport, &server.http("/"), Vec::new(), true);
}

/// An address that refuses connections.
fn refusing() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn nobody_listens(client: Client) {
    let url = format!("https://{}/?secret", refusing());
    assert_failed(get(&*open(client), &url), Cause::Connect, false);
}

fn an_unknown_host(client: Client) {
    let result = get(&*open(client), "https://does-not-exist.invalid/?secret");
    assert_failed(result, Cause::Resolve, false);
}

fn tls_with_our_own_authority(client: Client) {
    let authority = Authority::new();
    let transport = open_trusting(client, &authority);
    for name in ["127.0.0.1", "localhost"] {
        let server = Server::tls(authority.server(name), answering("hello"));
        let url = format!("https://{name}:{}/", server.address.port());
        assert_eq!(post(&*transport, &url, "{}").unwrap().into_body(), b"hello");
    }
}

fn an_untrusted_authority(client: Client) {
    let server = Server::tls(Authority::new().server("127.0.0.1"), answering("hello"));
    assert_failed(get(&*open(client), &server.https("/?secret")), Cause::Tls, false);
}

fn a_wrong_host_name(client: Client) {
    let authority = Authority::new();
    let server = Server::tls(authority.server("zoom.us"), answering("hello"));
    let transport = open_trusting(client, &authority);
    assert_failed(get(&*transport, &server.https("/?secret")), Cause::Tls, false);
}

fn an_expired_certificate(client: Client) {
    let authority = Authority::new();
    let server = Server::tls(authority.expired("127.0.0.1"), answering("hello"));
    let transport = open_trusting(client, &authority);
    assert_failed(get(&*transport, &server.https("/?secret")), Cause::Tls, false);
}

fn a_server_without_tls(client: Client) {
    let server = Server::plain(|peer| {
        peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.wait();
    });
    assert_failed(get(&*open(client), &server.https("/?secret")), Cause::Tls, false);
}

fn a_connection_lost_in_the_handshake(client: Client) {
    // Reset, because the client's hello is not read, and closed, because it is not answered.
    let reset = Server::plain(Peer::wait_for_unread);
    assert_failed(get(&*open(client), &reset.https("/")), Cause::Connect, false);
    let closed = Server::plain(|peer| {
        peer.shut_down();
        peer.wait();
    });
    assert_failed(get(&*open(client), &closed.https("/")), Cause::Connect, false);
}

fn a_body_cut_off_without_a_closure_alert_is_broken(client: Client) {
    let authority = Authority::new();
    let server = Server::tls(authority.server("127.0.0.1"), |peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\n\r\n{\"complete\": true}");
        peer.shut_down();
        peer.wait();
    });
    let transport = open_trusting(client, &authority);
    assert_failed(get(&*transport, &server.https("/")), Cause::Broken, true);
}

fn unusable_authority_files(client: Client) {
    let directory = tempfile::tempdir().unwrap();
    let block =
        |content| format!("-----BEGIN CERTIFICATE-----\n{content}\n-----END CERTIFICATE-----\n");
    for (name, content) in [
        ("missing.pem", None),
        ("empty.pem", Some(String::new())),
        ("garbage.pem", Some("garbage".to_owned())),
        ("base64.pem", Some(block("*"))),
        ("der.pem", Some(block("AAAA"))),
        ("unfinished.pem", Some("-----BEGIN CERTIFICATE-----\nAAAA".to_owned())),
    ] {
        let path = directory.path().join(name);
        content.into_iter().for_each(|content| std::fs::write(&path, content).unwrap());
        let options = Options { client, ca_file: Some(path), ..Options::default() };
        let failure = transport(&options).err().unwrap();
        assert_eq!((failure.cause, failure.may_have_been_sent), (Cause::Tls, false));
        assert!(failure.detail.contains(name), "{failure}");
    }
}

/// A proxy that also plays every target: it answers CONNECT and then speaks as the target.
/// Reports each request, and demands `authorization` if there is one.
fn proxy(
    authority: &Authority,
    authorization: Option<&'static str>,
) -> (Server, mpsc::Receiver<Received>) {
    let config = authority.server("meetings.invalid");
    let (tell, told) = mpsc::channel();
    let server = Server::plain(move |peer| {
        while let Some(received) = peer.request() {
            let connect = received.head.starts_with("CONNECT");
            let secure = received.head.starts_with("CONNECT meetings.invalid:443 HTTP/1.1\r\n");
            // Inside of a tunnel nobody asks for credentials.
            let direct = received.head.split(' ').nth(1).unwrap().starts_with('/');
            let expected: Vec<_> = authorization.into_iter().collect();
            let accepted = direct || received.header("proxy-authorization") == expected;
            let _ = tell.send(received);
            if !accepted {
                peer.write("HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                return;
            } else if connect {
                peer.write("HTTP/1.1 200 Connection established\r\n\r\n");
            } else {
                peer.answer("hello");
            }
            if secure {
                peer.start_tls(&config);
            }
        }
    });
    (server, told)
}

fn https_through_a_proxy(client: Client) {
    let authority = Authority::new();
    // The second is "us er:p@ss".
    for (userinfo, authorization) in
        [("", None), ("us%20er:p%40ss@", Some("Basic dXMgZXI6cEBzcw=="))]
    {
        let (proxy, told) = proxy(&authority, authorization);
        let url = format!("http://{userinfo}{}", proxy.address);
        let transport = open_through(client, url, &authority);
        for _ in 0..3 {
            // The name is not resolved here.
            let answer = post(&*transport, "https://meetings.invalid/path", "{}").unwrap();
            assert_eq!(answer.into_body(), b"hello");
        }
        assert_eq!(proxy.connections(), 1);
        let connect = told.recv().unwrap();
        assert_eq!(connect.header("host"), ["meetings.invalid:443"]);
        assert_eq!(connect.header("user-agent"), [USER_AGENT]);
        let inner = told.recv().unwrap();
        assert!(inner.head.starts_with("POST /path HTTP/1.1\r\n"), "{}", inner.head);
        assert!(inner.header("proxy-authorization").is_empty());
    }
}

fn http_through_a_proxy(client: Client) {
    let authority = Authority::new();
    let (proxy, told) = proxy(&authority, Some("Basic dXNlcjpwYXNz"));
    let url = format!("http://user:pass@{}", proxy.address);
    let transport = open_through(client, url, &authority);
    assert_eq!(get(&*transport, "http://meetings.invalid/").unwrap().into_body(), b"hello");
    let asked = told.recv().unwrap().head;
    let expected = if client == Client::Ureq {
        "CONNECT meetings.invalid:80 HTTP/1.1\r\n"
    } else {
        "GET http://meetings.invalid/ HTTP/1.1\r\n"
    };
    assert!(asked.starts_with(expected), "{asked}");
}

fn a_refusing_proxy(client: Client) {
    let authority = Authority::new();
    let (proxy, _told) = proxy(&authority, Some("Basic other"));
    let url = format!("http://user:secret@{}", proxy.address);
    let transport = open_through(client, url, &authority);
    for url in ["https://meetings.invalid/?secret", "http://meetings.invalid/?secret"] {
        assert_failed(get(&*transport, url), Cause::Proxy, false);
    }
    // Something that is not a proxy.
    let server = Server::plain(|peer| {
        peer.request();
        peer.write("SSH-2.0-OpenSSH_9.6\r\n\r\n");
    });
    let transport = open_through(client, server.http(""), &authority);
    assert_failed(get(&*transport, "https://meetings.invalid/"), Cause::Proxy, false);
}

fn a_proxy_that_nobody_runs(client: Client) {
    let authority = Authority::new();
    let url = format!("http://user:secret@{}", refusing());
    let transport = open_through(client, url, &authority);
    assert_failed(get(&*transport, "https://meetings.invalid/?secret"), Cause::Connect, false);
    let transport =
        open_through(client, "http://user:secret@does-not-exist.invalid".to_owned(), &authority);
    assert_failed(get(&*transport, "https://meetings.invalid/?secret"), Cause::Resolve, false);
    let options = Options { client, proxy: Some("socks5://h:1".to_owned()), ..Options::default() };
    assert_eq!(transport_failure(&options), Cause::Proxy);
}

fn transport_failure(options: &Options) -> Cause {
    transport(options).err().unwrap().cause
}

fn a_silent_proxy(client: Client) {
    let authority = Authority::new();
    let silent = Server::plain(Peer::wait);
    let transport = open_through(client, silent.http(""), &authority);
    assert_late(client, &*transport, "https://meetings.invalid/", Vec::new(), false);
    let trickling = Server::plain(|peer| {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\nX-Long: ");
        trickle(peer, "x");
    });
    let transport = open_through(client, trickling.http(""), &authority);
    assert_late(client, &*transport, "https://meetings.invalid/", Vec::new(), false);
}

/// Says that this process is one that [`in_child`] started.
const CHILD: &str = "MEETBRIDGE_TEST_URL";

/// Runs a test of this module again in a process of its own, with these variables set.
fn in_child(test: &str, url: String, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{}::{test}", module_path!().split_once("::").unwrap().1)])
        .args(["--nocapture", "--test-threads=1"])
        .env(CHILD, url)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
}

fn the_environment_is_not_asked(client: Client) {
    if let Ok(url) = std::env::var(CHILD) {
        assert_eq!(get(&*open(client), &url).unwrap().into_body(), b"hello");
        return;
    }
    let server = Server::plain(answering("hello"));
    let nobody = format!("http://{}", refusing());
    let names =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let module = if client == Client::Ureq { "on_ureq" } else { "on_reqwest" };
    in_child(
        &format!("{module}::the_environment_is_not_asked"),
        server.http("/"),
        &names.map(|name| (name, nobody.as_str())),
    );
}

/// The transport must create no thread, not even for a moment. In a process of its own, where
/// nobody else does; the server stays here. There no thread of the usual size can be created at
/// all, and one that is on the watch looks for others.
#[test]
fn ureq_creates_no_thread() {
    let Ok(url) = std::env::var(CHILD) else {
        let server = Server::plain(answering("hello"));
        let impossible = [("RUST_MIN_STACK", "1125899906842624")];
        return in_child("ureq_creates_no_thread", server.http("/"), &impossible);
    };
    assert!(thread::Builder::new().spawn(|| ()).is_err());
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let (ready, watching) = mpsc::channel();
    let watch = move || {
        let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
        let before = threads();
        ready.send(()).unwrap();
        while !stopped.load(Ordering::SeqCst) {
            assert_eq!(threads(), before, "a thread was created");
        }
    };
    let watcher = thread::Builder::new().stack_size(256 * 1024).spawn(watch).unwrap();
    watching.recv().unwrap();
    let transport = open(Client::Ureq);
    let named = url.replace("127.0.0.1", "localhost");
    for _ in 0..200 {
        get(&*transport, &url).unwrap();
        get(&*transport, &named).unwrap();
    }
    // Each of these resolves and connects anew.
    for _ in 0..20 {
        get(&*transport, "http://does-not-exist.invalid/").unwrap_err();
        get(&*transport, &format!("http://{}/", refusing())).unwrap_err();
    }
    stop.store(true, Ordering::SeqCst);
    watcher.join().unwrap();
}

/// Domino's threads may be this small.
#[test]
fn a_small_stack_is_enough_for_tls() {
    let authority = Authority::new();
    let server = Server::tls(authority.server("localhost"), answering("hello"));
    thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || {
            let transport = open_trusting(Client::Ureq, &authority);
            let url = format!("https://localhost:{}/", server.address.port());
            assert_eq!(post(&*transport, &url, "x".repeat(50_000)).unwrap().body(), b"hello");
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn options_show_no_credentials() {
    let proxy = Some("http://user:secret@proxy:3128".to_owned());
    let shown = format!("{:?}", Options { proxy, ..Options::default() });
    assert!(shown.contains("proxy:3128") && !shown.contains("secret"), "{shown}");
}
