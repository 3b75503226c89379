//! Commits whose answer is lost.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use super::{server, store};
use crate::error::Status;
use crate::platform::ProcessId;
use crate::store::testing::{key, row, status};
use crate::store::{GrantRow, Intent, Store};

const PASS: u8 = 0;
/// The next commit does not reach the server.
const CUT_BEFORE: u8 = 1;
/// The answer to the next commit does not reach the client.
const CUT_AFTER: u8 = 2;

/// Stands between the store and its server, and cuts one connection when it is told to. Its
/// threads end with the connections and, at the latest, with the tests.
struct Relay {
    port: u16,
    order: Arc<AtomicU8>,
}

impl Relay {
    fn start(server_port: u16) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let order = Arc::new(AtomicU8::new(PASS));
        let orders = order.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)) else { return };
                let (back, front) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let orders = orders.clone();
                let cut = Arc::new(AtomicU8::new(PASS));
                let cut_too = cut.clone();
                thread::spawn(move || requests(client, server, &orders, &cut));
                thread::spawn(move || answers(back, front, &cut_too));
            }
        });
        Relay { port, order }
    }
}

fn requests(mut client: TcpStream, mut server: TcpStream, orders: &AtomicU8, cut: &AtomicU8) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        if buffer[..length].windows(7).any(|part| part == b"COMMIT\0") {
            match orders.swap(PASS, Ordering::SeqCst) {
                CUT_BEFORE => break,
                order => cut.store(order, Ordering::SeqCst),
            }
        }
        if server.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn answers(mut server: TcpStream, mut client: TcpStream, cut: &AtomicU8) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        if cut.load(Ordering::SeqCst) == CUT_AFTER || client.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

#[test]
fn what_may_have_been_committed_is_looked_up_or_reported_and_never_done_twice() {
    let server = server();
    let relay = Relay::start(server.port());
    let url = server.url().replace(&format!(":{}", server.port()), &format!(":{}", relay.port));
    let store = store(&url);
    let anna = key("anna");
    assert_eq!(store.put_grant(&row("anna")).unwrap(), 1);
    let cut = |order| relay.order.store(order, Ordering::SeqCst);
    let version = || store.grant_version(&anna).unwrap();
    let pair = |sealed: &[u8]| GrantRow { sealed: sealed.to_vec(), ..row("anna") };

    cut(CUT_AFTER);
    assert_eq!(store.put_grant(&pair(b"two")).unwrap(), 2);
    assert_eq!(relay.order.load(Ordering::SeqCst), PASS, "the cut was made");
    assert_eq!(version(), Some(2));
    cut(CUT_BEFORE);
    assert_eq!(status(store.put_grant(&pair(b"lost"))), Status::StoreUnavailable);
    assert_eq!(version(), Some(2));

    cut(CUT_AFTER);
    assert_eq!(store.renew_grant(&pair(b"three"), 2).unwrap(), Some(3));
    cut(CUT_BEFORE);
    assert_eq!(status(store.renew_grant(&pair(b"lost"), 2)), Status::StoreUnavailable);
    assert_eq!(store.read_grant(&anna).unwrap().unwrap().sealed, b"three");

    let intent = Intent { version: 3, owner: ProcessId::current(), at: 0 };
    cut(CUT_BEFORE);
    assert_eq!(status(store.put_intent(&anna, &intent, 100)), Status::StoreUnavailable);
    assert_eq!(store.read_grant(&anna).unwrap().unwrap().intent, None);
    cut(CUT_AFTER);
    assert!(store.put_intent(&anna, &intent, 100).unwrap());

    for (order, is_free) in [(CUT_BEFORE, true), (CUT_AFTER, false)] {
        cut(order);
        assert_eq!(status(store.claim_nonce(&[order], i64::MAX)), Status::StoreUnavailable);
        assert_eq!(store.claim_nonce(&[order], i64::MAX).unwrap(), is_free);
    }
}
