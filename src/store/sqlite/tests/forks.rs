use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{place, store};
use crate::platform::testing::fork;
use crate::store::sqlite::Sqlite;
use crate::store::testing::{announce, await_announced, key, row};
use crate::store::{Guarded, Store};

/// Without care the child would rely on locks that only its parent has, and the parent, closing
/// as if it were the last, would delete the log into which the child still writes.
#[test]
fn a_child_opens_its_own_and_loses_nothing_when_the_parent_closes() {
    let (folder, path) = place();
    let parents = store(&path);
    parents.put_grant(&row("parent")).unwrap();
    let child = fork(|| {
        let own = Sqlite::shared(&path).unwrap();
        assert!(!std::sync::Arc::ptr_eq(&own, &parents));
        assert!(own.read_grant(&key("parent")).unwrap().is_some());
        own.put_grant(&row("before")).unwrap();
        announce(folder.path(), "opened");
        await_announced(folder.path(), "closed");
        own.put_grant(&row("after")).unwrap();
        mem::forget(own);
        true
    });
    await_announced(folder.path(), "opened");
    drop(parents);
    announce(folder.path(), "closed");
    assert!(child.wait());
    let again = Sqlite::shared(&path).unwrap();
    for user in ["parent", "before", "after"] {
        assert!(again.read_grant(&key(user)).unwrap().is_some(), "{user} is lost");
    }
}

#[test]
fn a_child_of_a_busy_parent_works() {
    let (_folder, path) = place();
    let parents = store(&path);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..4 {
            let (parents, stop) = (&parents, &stop);
            scope.spawn(move || {
                let user = format!("parent {number}");
                while !stop.load(Ordering::Relaxed) {
                    parents.put_grant(&row(&user)).unwrap();
                    parents.read_grant(&key(&user)).unwrap();
                }
            });
        }
        let worked = (0..20).all(|number| {
            let user = format!("child {number}");
            fork(|| {
                let own = Sqlite::shared(&path).unwrap();
                own.put_grant(&row(&user)).unwrap();
                let deadline = Instant::now() + Duration::from_secs(5);
                let _lock = own.lock(Guarded::Grant(&key(&user)), deadline, &|| false).unwrap();
                own.read_grant(&key(&user)).unwrap().is_some()
            })
            .wait()
        });
        stop.store(true, Ordering::Relaxed);
        assert!(worked);
    });
    for number in 0..20 {
        assert!(parents.read_grant(&key(&format!("child {number}"))).unwrap().is_some());
    }
}
