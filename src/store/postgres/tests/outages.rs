//! Servers that stop, crash, freeze and come back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use meetbridge_sandbox::postgres::{Postgres as Server, PostgresOptions};

use super::{server, store};
use crate::error::Status;
use crate::platform::ProcessId;
use crate::store::postgres::Postgres;
use crate::store::postgres::pool::LIMIT;
use crate::store::testing::{key, row, status};
use crate::store::{AuditRow, Guarded, Intent, Store};

/// Longer than an operation may take.
const ALLOWED: Duration = Duration::from_millis(LIMIT.as_millis() as u64 + 3000);

/// Uses all connections at once, so that all are open.
fn warm_up(store: &Postgres) {
    thread::scope(|scope| {
        for number in 0..16 {
            scope.spawn(move || store.put_grant(&row(&format!("warm {number}"))).unwrap());
        }
    });
}

#[test]
fn the_first_operation_after_a_restart_succeeds() {
    let mut server = server();
    let store = store(&server.url());
    for (round, crash) in [false, true, false, true].into_iter().enumerate() {
        warm_up(&store);
        match crash {
            true => server.crash().unwrap(),
            false => server.stop().unwrap(),
        }
        let refused = store.read_grant(&key("anna")).unwrap_err();
        assert_eq!(refused.status(), Status::StoreUnavailable);
        warm_up_fails(&store);
        server.run().unwrap();
        let version = store.put_grant(&row("anna")).unwrap();
        assert_eq!(store.grant_version(&key("anna")).unwrap(), Some(version));
        assert!(store.claim_nonce(&[round as u8], i64::MAX).unwrap());
    }
    // With connections that nobody has found dead yet: a read, a write, a lock.
    type Operation = fn(&Postgres) -> crate::error::Result<()>;
    let operations: [Operation; 4] = [
        |store| store.read_grant(&key("anna")).map(drop),
        |store| store.put_grant(&row("anna")).map(drop),
        |store| store.append_audit(&AuditRow::default()),
        |store| store.lock(Guarded::Grant(&key("anna")), Instant::now(), &|| false).map(drop),
    ];
    for operation in operations {
        warm_up(&store);
        store.lock(Guarded::Grant(&key("anna")), Instant::now(), &|| false).unwrap();
        server.crash().unwrap();
        server.run().unwrap();
        operation(&store).unwrap();
    }
}

fn warm_up_fails(store: &Postgres) {
    let began = Instant::now();
    assert_eq!(status(store.put_grant(&row("warm 0"))), Status::StoreUnavailable);
    assert!(began.elapsed() < LIMIT, "a server that refuses costs little");
}

/// What was reported as written is there, with the durability that a crash needs.
#[test]
fn eight_threads_lose_nothing_in_restarts() {
    let options = PostgresOptions { fsync: true, ..PostgresOptions::default() };
    let mut server = Server::start(options).unwrap();
    let store = store(&server.url());
    let (stop, failures, done) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let claims: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..8_u64)
            .map(|thread| {
                let (store, stop, failures, done) = (&store, &stop, &failures, &done);
                scope.spawn(move || {
                    let user = format!("user {thread}");
                    let (mut newest, mut claims, mut round) = (0, 0, 0_u64);
                    while !stop.load(Ordering::Relaxed) {
                        round += 1;
                        let began = Instant::now();
                        match store.put_grant(&row(&user)) {
                            Ok(version) => {
                                assert!(version > newest, "{version} after {newest}");
                                newest = version;
                                done.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(error) => {
                                assert_eq!(error.status(), Status::StoreUnavailable, "{error}");
                                failures.fetch_add(1, Ordering::Relaxed);
                                thread::sleep(Duration::from_millis(5));
                            }
                        }
                        // Eight claim the same: at most one gets it.
                        if store.claim_nonce(&round.to_be_bytes(), i64::MAX).unwrap_or(false) {
                            claims += 1;
                        }
                        assert!(began.elapsed() < 2 * ALLOWED, "{:?}", began.elapsed());
                    }
                    (user, newest, claims)
                })
            })
            .collect();
        for crash in [false, true, false, true] {
            let before = done.load(Ordering::Relaxed);
            while done.load(Ordering::Relaxed) < before + 100 {
                thread::sleep(Duration::from_millis(1));
            }
            match crash {
                true => server.crash().unwrap(),
                false => server.stop().unwrap(),
            }
            server.run().unwrap();
        }
        let before = done.load(Ordering::Relaxed);
        while done.load(Ordering::Relaxed) < before + 100 {
            thread::sleep(Duration::from_millis(1));
        }
        stop.store(true, Ordering::Relaxed);
        let ended: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        for (user, newest, _) in &ended {
            let kept = store.grant_version(&key(user)).unwrap().unwrap_or(0);
            assert!(kept >= *newest, "{user}: {kept} is left of {newest}");
        }
        ended.iter().map(|(.., claims)| claims).sum()
    });
    let nonces: u64 =
        server.sql("SELECT count(*) FROM meetbridge.spent_nonces").unwrap().parse().unwrap();
    assert!(claims <= nonces, "{claims} claims of {nonces} nonces");
    println!("{done:?} writes, {failures:?} failures, {claims} claims of {nonces} nonces");
}

#[test]
fn a_frozen_server_holds_nobody_longer_than_allowed() {
    let mut server = server();
    let store = store(&server.url());
    warm_up(&store);
    let (anna, ken) = (key("anna"), key("ken"));
    store.put_grant(&row("anna")).unwrap();
    let held = store.lock(Guarded::Grant(&anna), Instant::now(), &|| false).unwrap();
    server.freeze().unwrap();
    type Operation<'a> = Box<dyn Fn() -> crate::error::Result<()> + Send + 'a>;
    let intent = Intent { version: 1, owner: ProcessId::current(), at: 0 };
    let operations: Vec<Operation<'_>> = vec![
        Box::new(|| store.read_grant(&anna).map(drop)),
        Box::new(|| store.put_grant(&row("anna")).map(drop)),
        Box::new(|| store.renew_grant(&row("anna"), 2).map(drop)),
        Box::new(|| store.put_intent(&anna, &intent, 100).map(drop)),
        Box::new(|| store.claim_nonce(b"nonce", 0).map(drop)),
        Box::new(|| store.append_audit(&AuditRow::default())),
        Box::new(|| store.key_ids().map(drop)),
        Box::new(|| store.now().map(drop)),
        Box::new(|| store.summary().map(drop)),
        Box::new(|| store.lock(Guarded::Grant(&ken), Instant::now(), &|| false).map(drop)),
        // One that was never connected.
        Box::new(|| super::open(&server.socket_url()).is_new().map(drop)),
    ];
    thread::scope(|scope| {
        for (number, operation) in operations.into_iter().enumerate() {
            scope.spawn(move || {
                let began = Instant::now();
                let outcome = operation();
                assert_eq!(status(outcome), Status::StoreUnavailable, "operation {number}");
                assert!(began.elapsed() < ALLOWED, "{number}: {:?}", began.elapsed());
            });
        }
    });
    let began = Instant::now();
    drop(held);
    assert!(began.elapsed() < ALLOWED);
    server.thaw().unwrap();
    store.put_grant(&row("anna")).unwrap();
    assert!(store.lock(Guarded::Grant(&anna), Instant::now() + ALLOWED, &|| false).is_ok());
}
