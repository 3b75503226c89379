use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use super::super::rows;
use super::{place, store};
use crate::error::Error;
use crate::store::failure::Failure;
use crate::store::testing::{key, row};
use crate::store::{GrantRow, Store, beside, conformance};

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
    assert_eq!((summary.schema_version, summary.authorizations), (5, 0));
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

#[test]
fn what_fails_or_panics_half_way_is_undone() {
    let (_folder, path) = place();
    let store = store(&path);
    let half = |end: fn() -> Result<(), Failure>| {
        store.connections().unwrap().write(|transaction| {
            rows::upsert(transaction, &row("anna"))?;
            end()
        })
    };
    assert!(half(|| Err(Error::internal("no").into())).is_err());
    assert!(panic::catch_unwind(AssertUnwindSafe(|| half(|| panic!("oh")))).is_err());
    assert_eq!(store.read_grant(&key("anna")).unwrap(), None);
    half(|| Ok(())).unwrap();
    assert!(store.read_grant(&key("anna")).unwrap().is_some());
}

#[test]
fn a_renewal_on_the_same_day_writes_one_page() {
    // Of SQLite's log: a header and the page.
    const FRAME: u64 = 24 + 4096;
    let (_folder, path) = place();
    let store = store(&path);
    store.put_grant(&GrantRow { refreshed_at: 7, ..row("anna") }).unwrap();
    let log = || fs::metadata(beside(&path, "-wal")).unwrap().len();
    let pages = |before, refreshed_at| {
        let length = log();
        let renewed = GrantRow { refreshed_at, ..row("anna") };
        assert!(store.renew_grant(&renewed, before).unwrap().is_some());
        (log() - length) / FRAME
    };
    assert_eq!(pages(7, 86_399), 1);
    assert!(pages(86_399, 86_400) > 1);
    assert_eq!(pages(86_400, 86_401), 1);
}

#[test]
fn a_day_that_an_older_version_has_left_behind_makes_nothing_due() {
    const DAY: i64 = 86_400;
    let (_folder, path) = place();
    let store = store(&path);
    store.put_grant(&GrantRow { refreshed_at: 9 * DAY, ..row("anna") }).unwrap();
    let behind = "UPDATE grants SET refreshed_on = 0";
    store.connections().unwrap().write(|old| Ok(old.execute_batch(behind)?)).unwrap();
    let due = |before| {
        let rows = store.grants_refreshed_before("zoom", before, None, 10).unwrap();
        (store.count_refreshed_before("zoom", before).unwrap(), rows.len())
    };
    assert_eq!((due(5 * DAY), due(10 * DAY)), ((0, 0), (1, 1)));
    let renewed = GrantRow { refreshed_at: 11 * DAY, ..row("anna") };
    assert_eq!(store.renew_grant(&renewed, 9 * DAY).unwrap(), Some(2));
    assert_eq!((due(10 * DAY), due(12 * DAY)), ((0, 0), (1, 1)));
}
