use std::sync::Arc;
use std::thread;

use super::{open, server, store};
use crate::error::Status;
use crate::store::testing::{grant, key, ring, row, status};
use crate::store::vault::Vault;
use crate::store::{GrantRow, Store, conformance};

#[test]
fn does_what_every_store_must_do() {
    let server = server();
    for (number, (name, test)) in conformance::ALL.into_iter().enumerate() {
        println!("{name}");
        let url = server.create_database(&format!("test_{number}")).unwrap();
        let store: Arc<dyn Store> = store(&url);
        test(&store);
    }
}

#[test]
fn tells_what_it_is_without_the_password() {
    let server = server();
    let summary = store(&server.url()).summary().unwrap();
    assert_eq!((summary.schema_version, summary.authorizations), (2, 0));
    assert_eq!(summary.location, format!("127.0.0.1:{}/postgres", server.port()));
    assert!(summary.engine.starts_with("postgresql 1"), "{}", summary.engine);
    assert!(summary.engine.len() < 20, "{}", summary.engine);
}

#[test]
fn asking_for_the_keys_makes_nothing() {
    let server = server();
    let store = open(&server.url());
    assert!(store.is_new().unwrap());
    assert_eq!(server.sql("SELECT to_regnamespace('meetbridge') IS NULL").unwrap(), "t");
    assert_eq!(store.read_grant(&key("anna")).unwrap(), None);
    assert_eq!(server.sql("SELECT to_regnamespace('meetbridge') IS NULL").unwrap(), "f");
    assert!(store.is_new().unwrap());
}

#[test]
fn servers_that_begin_at_once_with_different_keys_do_not_spoil_the_store() {
    let server = server();
    for number in 0..5 {
        let url = server.create_database(&format!("test_{number}")).unwrap();
        let outcomes: Vec<Status> = thread::scope(|scope| {
            let begin = |byte| {
                let url = url.clone();
                // As the bridge does it: first the question, then the key, then the vault.
                move || {
                    let store = open(&url);
                    let is_new = store.is_new().unwrap();
                    let opened = Vault::open(store, ring(&[byte]), Vec::new());
                    opened.and_then(|vault| vault.put(grant("anna", "x"))).map_err(|error| {
                        assert!(is_new || error.status() == Status::WrongKey, "{error}");
                        error
                    })
                }
            };
            let threads = [1, 2, 3, 4].map(|byte| scope.spawn(begin(byte)));
            threads.map(|thread| status(thread.join().unwrap())).into()
        });
        assert_eq!(outcomes.iter().filter(|it| **it == Status::Ok).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|it| **it == Status::WrongKey).count(), 3);
        assert_eq!(open(&url).key_ids().unwrap().len(), 1);
    }
}

#[test]
fn what_two_vaults_change_both_see() {
    let server = server();
    let vault = || Vault::open(store(&server.url()), ring(&[1]), Vec::new()).unwrap();
    let (one, other) = (vault(), vault());
    for round in 0..10 {
        let token = format!("token {round}");
        one.put(grant("anna", &token)).unwrap();
        let seen = other.get(&key("anna")).unwrap().unwrap();
        assert_eq!(*seen.tokens.access.secret(), token);
    }
    one.delete(&key("anna")).unwrap();
    assert!(other.get(&key("anna")).unwrap().is_none());
}

/// The largest that users, references and tokens can be.
#[test]
fn long_values_are_kept() {
    let server = server();
    let store = store(&server.url());
    let user = "営".repeat(320);
    let sealed = vec![7; 200_000];
    store.put_grant(&GrantRow { sealed: sealed.clone(), ..row(&user) }).unwrap();
    assert_eq!(store.read_grant(&key(&user)).unwrap().unwrap().sealed, sealed);
}

#[test]
fn a_commit_is_durable_whatever_the_server_is_set_to() {
    let server = server();
    server.sql("ALTER SYSTEM SET synchronous_commit = off").unwrap();
    server.sql("SELECT pg_reload_conf()").unwrap();
    let store = store(&server.url());
    let setting = |store: &super::Postgres| {
        let ask = "SELECT current_setting('synchronous_commit')";
        store.value::<String>(ask, &[]).unwrap().unwrap()
    };
    assert_eq!(setting(&store), "on");
    server.sql("ALTER SYSTEM SET synchronous_commit = remote_apply").unwrap();
    server.sql("SELECT pg_reload_conf()").unwrap();
    assert_eq!(setting(&super::store(&server.url())), "remote_apply");
}
