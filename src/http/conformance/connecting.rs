//! Names, TLS and proxies: what happens before a request is sent.

use super::*;

conformance! {
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
    let result = get(&*transport, &server.https("/?secret"));
    let why = result.as_ref().unwrap_err().to_string();
    assert!(client != Client::Ureq || why.contains("expired"), "{why}");
    assert_failed(result, Cause::Tls, false);
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
