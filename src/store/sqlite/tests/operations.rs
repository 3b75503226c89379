use std::sync::Arc;

use super::{place, store};
use crate::store::testing::{key, row};
use crate::store::{Store, conformance};

#[test]
fn does_what_every_store_must_do() {
    for (name, test) in conformance::ALL {
        println!("{name}");
        let (_folder, path) = place();
        let store: Arc<dyn Store> = store(&path);
        test(&store);
    }
}

#[test]
fn tells_what_it_is() {
    let (_folder, path) = place();
    let summary = store(&path).summary().unwrap();
    assert_eq!((summary.schema_version, summary.authorizations), (4, 0));
    assert_eq!(summary.location, path.canonicalize().unwrap().display().to_string());
}

/// An authorization is found wherever it lies, and comes to its place when it is written next.
#[test]
fn an_authorization_in_an_earlier_versions_place_is_found_and_moved() {
    let (_folder, path) = place();
    let store = store(&path);
    for user in ["anna", "bert"] {
        store.put_grant(&row(user)).unwrap();
    }
    let database = rusqlite::Connection::open(&path).unwrap();
    let ids = || -> Vec<i64> {
        let mut all = database.prepare("SELECT id FROM grants ORDER BY owner").unwrap();
        all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let placed = ids();
    // As an earlier version counts them; then as if bert's hash were anna's.
    for (anna, bert, then) in [(1, 2, placed[0]), (1, placed[0], 1)] {
        for (user, id) in [("anna", -1), ("bert", -2), ("anna", anna), ("bert", bert)] {
            database.execute("UPDATE grants SET id = ?2 WHERE owner = ?1", (user, id)).unwrap();
        }
        for user in ["anna", "bert"] {
            assert_eq!(store.read_grant(&key(user)).unwrap().unwrap().key, key(user));
            assert!(store.grant_version(&key(user)).unwrap().is_some());
        }
        let version = store.grant_version(&key("anna")).unwrap().unwrap();
        assert_eq!(store.put_grant(&row("anna")).unwrap(), version + 1);
        assert_eq!(ids(), [then, bert]);
        assert_eq!(store.grant_version(&key("anna")).unwrap(), Some(version + 1));
    }
    assert!(store.read_grant(&key("carl")).unwrap().is_none());
}
