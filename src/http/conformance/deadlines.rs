//! A request ends by its deadline, whatever the other side does.

use super::*;

conformance! {
    a_passed_deadline_sends_nothing
    the_deadline_bounds_connecting
    the_deadline_bounds_the_handshake
    the_deadline_bounds_waiting
    the_deadline_bounds_sending
    the_deadline_bounds_trickled_headers
    the_deadline_bounds_a_trickled_body
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
