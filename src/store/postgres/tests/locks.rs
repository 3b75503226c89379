use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{open, server, store};
use crate::error::Status;
use crate::store::testing::{announce, await_announced, key, process, role, status, succeed};
use crate::store::{Guarded, Store};

fn name(test: &str) -> String {
    format!("store::postgres::tests::locks::{test}")
}

fn url(folder: &Path) -> String {
    fs::read_to_string(folder.join("url")).unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[test]
fn four_processes_never_hold_one_lock_together() {
    const ROUNDS: usize = 25;
    if let Some((_, folder)) = role() {
        let store = open(&url(&folder));
        let counter = folder.join("counter");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        let _held =
                            store.lock(Guarded::Grant(&key("anna")), soon(), &|| false).unwrap();
                        // Two at once would read the same number.
                        let count: usize = fs::read_to_string(&counter).unwrap().parse().unwrap();
                        thread::yield_now();
                        fs::write(&counter, (count + 1).to_string()).unwrap();
                    }
                });
            }
        });
        return;
    }
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("url"), server.url()).unwrap();
    fs::write(folder.path().join("counter"), "0").unwrap();
    let test = name("four_processes_never_hold_one_lock_together");
    let spawn = |role| process(&test, role, folder.path()).spawn().unwrap();
    succeed(["a", "b", "c", "d"].map(spawn).into());
    let count = fs::read_to_string(folder.path().join("counter")).unwrap();
    assert_eq!(count.parse(), Ok(4 * 4 * ROUNDS));
}

#[test]
fn a_lock_is_free_when_its_holder_is_killed() {
    if let Some((_, folder)) = role() {
        let store = open(&url(&folder));
        let _held = store.lock(Guarded::Grant(&key("anna")), soon(), &|| false).unwrap();
        announce(&folder, "locked");
        loop {
            thread::park();
        }
    }
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("url"), server.url()).unwrap();
    let store = store(&server.url());
    let test = name("a_lock_is_free_when_its_holder_is_killed");
    let mut holder = process(&test, "holder", folder.path()).spawn().unwrap();
    await_announced(folder.path(), "locked");
    let lock = |user, deadline| store.lock(Guarded::Grant(&key(user)), deadline, &|| false);
    let shortly = Instant::now() + Duration::from_millis(20);
    assert_eq!(status(lock("anna", shortly)), Status::Timeout);
    assert!(lock("bert", Instant::now()).is_ok());
    thread::scope(|scope| {
        let waiting = scope.spawn(|| lock("anna", soon()).map(drop));
        holder.kill().unwrap();
        holder.wait().unwrap();
        let killed = Instant::now();
        waiting.join().unwrap().unwrap();
        assert!(killed.elapsed() < Duration::from_secs(10));
    });
}

/// Who holds a lock of before must not give back the one that somebody else has now.
#[test]
fn a_restart_ends_locks_and_an_old_holder_ends_no_new_one() {
    let mut server = server();
    let [one, other, third] = [(); 3].map(|()| store(&server.url()));
    let at_once = |store: &super::Postgres, user| {
        store.lock(Guarded::Grant(&key(user)), Instant::now(), &|| false)
    };
    let old = at_once(&one, "anna").unwrap();
    assert_eq!(status(at_once(&other, "anna")), Status::Timeout);
    server.crash().unwrap();
    server.run().unwrap();
    let new = at_once(&other, "anna").unwrap();
    // The old holder's process has a session again, with other locks.
    let bert = at_once(&one, "bert").unwrap();
    drop(old);
    assert_eq!(status(at_once(&third, "anna")), Status::Timeout);
    assert_eq!(status(at_once(&third, "bert")), Status::Timeout);
    assert_eq!(status(at_once(&one, "anna")), Status::Timeout);
    drop((new, bert));
    assert!(at_once(&third, "anna").is_ok() && at_once(&third, "bert").is_ok());
}

/// The same session, once it is free again, takes and gives many keys.
#[test]
fn an_old_holder_does_not_end_a_new_lock_of_its_own_process() {
    let mut server = server();
    let (one, other) = (store(&server.url()), store(&server.url()));
    let lock = |store: &super::Postgres, user: &str, wait| {
        let deadline = Instant::now() + Duration::from_millis(wait);
        store.lock(Guarded::Grant(&key(user)), deadline, &|| false)
    };
    let old: Vec<_> = (0..20).map(|n| lock(&one, &n.to_string(), 0).unwrap()).collect();
    server.stop().unwrap();
    server.run().unwrap();
    thread::scope(|scope| {
        // Waits for the thread that has the turn, and so takes the lock on a new session.
        let waiting = scope.spawn(|| lock(&one, "7", 20_000).unwrap());
        drop(old);
        let new = waiting.join().unwrap();
        assert_eq!(status(lock(&other, "7", 0)), Status::Timeout);
        drop(new);
    });
    assert!(lock(&other, "7", 0).is_ok());
}
