//! What the host's process sees of the store.

use std::fs;
use std::mem;
use std::thread;
use std::time::{Duration, Instant};

use meetbridge_sandbox::postgres::{Postgres as Server, PostgresOptions};

use super::{Address, Postgres, server, store};
use crate::platform::testing::fork;
use crate::store::testing::{key, process, role, row};
use crate::store::{Guarded, Store};

/// In a process of its own, where no other test makes threads.
#[test]
fn no_thread_is_made() {
    if let Some((_, folder)) = role() {
        let threads = || fs::read_dir("/proc/self/task").unwrap().count();
        let url = fs::read_to_string(folder.join("url")).unwrap();
        let before = threads();
        let store = store(&url);
        store.put_grant(&row("anna")).unwrap();
        let held = store.lock(Guarded::Grant(&key("anna")), Instant::now(), &|| false).unwrap();
        assert_eq!(threads(), before);
        drop(held);
        // A place that is not there, by a name.
        let lost = super::open("postgresql://u@localhost:1/d");
        assert!(lost.is_new().is_err());
        drop(store);
        assert_eq!(threads(), before);
        return;
    }
    let (server, folder) = with_tls();
    let test = "store::postgres::tests::processes::no_thread_is_made";
    assert!(process(test, "alone", folder.path()).status().unwrap().success());
    drop(server);
}

#[test]
fn a_small_stack_is_enough() {
    let (_server, folder) = with_tls();
    let url = fs::read_to_string(folder.path().join("url")).unwrap();
    let work = move || {
        let store = store(&url);
        store.put_grant(&row("anna")).unwrap();
        assert!(store.lock(Guarded::Grant(&key("anna")), Instant::now(), &|| false).is_ok());
        assert!(store.read_grant(&key("anna")).unwrap().is_some());
    };
    thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap().join().unwrap();
}

/// A server over TLS, and a folder that holds a URL which trusts it.
fn with_tls() -> (Server, tempfile::TempDir) {
    let options = PostgresOptions { tls: true, ..PostgresOptions::default() };
    let server = Server::start(options).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    fs::write(&ca_file, server.ca_pem().unwrap()).unwrap();
    let url = format!("{}?sslmode=verify-full&sslrootcert={}", server.url(), ca_file.display());
    fs::write(folder.path().join("url"), url).unwrap();
    (server, folder)
}

#[test]
fn a_child_opens_its_own_and_leaves_the_parents_alone() {
    let server = server();
    let address = Address::parse(&server.url()).unwrap();
    let parents = Postgres::shared(&address);
    assert!(std::sync::Arc::ptr_eq(&parents, &Postgres::shared(&address)));
    parents.put_grant(&row("parent")).unwrap();
    let held = parents.lock(Guarded::Grant(&key("anna")), Instant::now(), &|| false).unwrap();
    for number in 0..5 {
        let user = format!("child {number}");
        let child = fork(|| {
            let own = Postgres::shared(&address);
            assert!(!std::sync::Arc::ptr_eq(&own, &parents));
            own.put_grant(&row(&user)).unwrap();
            let deadline = Instant::now() + Duration::from_millis(20);
            let contested = own.lock(Guarded::Grant(&key("anna")), deadline, &|| false);
            let is_held = contested.is_err();
            let works = own.read_grant(&key("parent")).unwrap().is_some();
            drop(own);
            is_held && works
        });
        assert!(child.wait());
        assert!(parents.read_grant(&key(&user)).unwrap().is_some());
    }
    drop(held);
    mem::drop(parents);
}
