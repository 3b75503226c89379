use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use super::{place, store};
use crate::error::Status;
use crate::store::sqlite::Sqlite;
use crate::store::testing::{
    announce, await_announced, key, process, ring, role, row, status, succeed,
};
use crate::store::{Guarded, Store};

fn name(test: &str) -> String {
    format!("store::sqlite::tests::processes::{test}")
}

#[test]
fn processes_that_make_the_store_at_once_all_succeed() {
    if let Some((role, folder)) = role() {
        await_announced(&folder, "go");
        let store = Sqlite::shared(&folder.join("test.db")).unwrap();
        while store.key_ids().unwrap().is_empty() {
            store.add_key_id(ring(&[1]).first(), &[]).unwrap();
        }
        store.put_grant(&row(&role)).unwrap();
        return;
    }
    for _ in 0..5 {
        let (folder, path) = place();
        let users = ["a", "b", "c", "d"];
        let spawn = |user| {
            let test = name("processes_that_make_the_store_at_once_all_succeed");
            process(&test, user, folder.path()).spawn().unwrap()
        };
        let children = users.map(spawn).into();
        thread::sleep(Duration::from_millis(50));
        announce(folder.path(), "go");
        succeed(children);
        let store = Sqlite::shared(&path).unwrap();
        assert!(users.iter().all(|user| store.read_grant(&key(user)).unwrap().is_some()));
        assert_eq!(store.key_ids().unwrap().len(), 1);
    }
}

#[test]
fn writers_of_several_processes_lose_nothing() {
    const WRITES: u64 = 50;
    if let Some((role, folder)) = role() {
        let store = Sqlite::shared(&folder.join("test.db")).unwrap();
        thread::scope(|scope| {
            for number in 0..4 {
                let user = format!("{role} {number}");
                let store = &store;
                scope.spawn(move || {
                    for _ in 0..WRITES {
                        store.put_grant(&row("common")).unwrap();
                        store.put_grant(&row(&user)).unwrap();
                    }
                });
            }
        });
        return;
    }
    let (folder, path) = place();
    let store = store(&path);
    let test = name("writers_of_several_processes_lose_nothing");
    let spawn = |role| process(&test, role, folder.path()).spawn().unwrap();
    succeed(["a", "b", "c"].map(spawn).into());
    assert_eq!(store.grant_version(&key("common")).unwrap(), Some(3 * 4 * WRITES));
    assert_eq!(store.grant_version(&key("b 3")).unwrap(), Some(WRITES));
}

/// The last to close moves the log away while others open.
#[test]
fn processes_that_open_and_close_at_once_lose_nothing() {
    const ROUNDS: u64 = 40;
    if let Some((role, folder)) = role() {
        for round in 1..=ROUNDS {
            let store = Sqlite::shared(&folder.join("test.db")).unwrap();
            assert_eq!(store.put_grant(&row(&role)).unwrap(), round);
        }
        return;
    }
    let (folder, path) = place();
    drop(store(&path));
    let test = name("processes_that_open_and_close_at_once_lose_nothing");
    let spawn = |role| process(&test, role, folder.path()).spawn().unwrap();
    succeed(["a", "b", "c"].map(spawn).into());
    let store = Sqlite::shared(&path).unwrap();
    assert!(
        ["a", "b", "c"]
            .iter()
            .all(|user| { store.grant_version(&key(user)).unwrap() == Some(ROUNDS) })
    );
}

#[test]
fn a_commit_of_another_process_moves_the_counter() {
    if let Some((_, folder)) = role() {
        Sqlite::shared(&folder.join("test.db")).unwrap().put_grant(&row("anna")).unwrap();
        return;
    }
    let (folder, path) = place();
    let store = store(&path);
    let mut seen = HashSet::new();
    for version in 1..=3 {
        let before = store.change_counter().unwrap();
        assert_eq!(store.change_counter().unwrap(), before);
        assert!(seen.insert(before));
        let test = name("a_commit_of_another_process_moves_the_counter");
        assert!(process(&test, "writer", folder.path()).status().unwrap().success());
        assert!(seen.insert(store.change_counter().unwrap()));
        assert_eq!(store.grant_version(&key("anna")).unwrap(), Some(version));
        store.claim_nonce(&[version as u8], 0).unwrap();
    }
}

#[test]
fn a_lock_excludes_other_processes_until_its_holder_is_killed() {
    if let Some((_, folder)) = role() {
        let store = Sqlite::shared(&folder.join("test.db")).unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        let _lock = store.lock(Guarded::Grant(&key("anna")), deadline, &|| false).unwrap();
        announce(&folder, "locked");
        loop {
            thread::park();
        }
    }
    let (folder, path) = place();
    let store = store(&path);
    let test = name("a_lock_excludes_other_processes_until_its_holder_is_killed");
    let mut holder = process(&test, "holder", folder.path()).spawn().unwrap();
    await_announced(folder.path(), "locked");
    let lock = |user, milliseconds| {
        let deadline = Instant::now() + Duration::from_millis(milliseconds);
        store.lock(Guarded::Grant(&key(user)), deadline, &|| false)
    };
    assert_eq!(status(lock("anna", 20)), Status::Timeout);
    assert!(lock("bert", 0).is_ok());
    thread::scope(|scope| {
        let waiting = scope.spawn(|| lock("anna", 20_000).map(drop));
        thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished());
        holder.kill().unwrap();
        holder.wait().unwrap();
        let killed = Instant::now();
        waiting.join().unwrap().unwrap();
        assert!(killed.elapsed() < Duration::from_secs(2));
    });
}

/// What a process that dies at a named point leaves behind.
#[cfg(feature = "crash-points")]
#[test]
fn what_survives_is_all_or_nothing() {
    use crate::platform::ProcessId;
    use crate::store::Intent;
    use crate::store::testing::{content, grant};
    use crate::store::vault::Vault;

    const TEST: &str = "what_survives_is_all_or_nothing";
    if let Some((role, folder)) = role() {
        let store = Sqlite::shared(&folder.join("test.db")).unwrap();
        let sources = [crate::store::seal::KeySource::File(folder.join("test.key"))];
        let keys = crate::store::seal::KeyRing::load(&sources, store.is_new().unwrap()).unwrap();
        let vault = Vault::open(store, keys, Vec::new()).unwrap();
        if role == "first" {
            vault.put(grant("anna", "old")).unwrap();
            return;
        }
        let intent = Intent { version: 1, owner: ProcessId::current(), at: 0 };
        assert!(vault.put_intent(&key("anna"), &intent, 1000).unwrap());
        vault.put(grant("anna", "new")).unwrap();
        vault.store().claim_nonce(b"nonce", 0).unwrap();
        return;
    }
    let run = |folder: &std::path::Path, role, point| {
        let mut command = process(&name(TEST), role, folder);
        command.env("MEETBRIDGE_CRASH_AT", point).status().unwrap().success()
    };
    for (point, version, intent, free) in [
        ("store.intent.before", 1, false, true),
        ("store.intent.after", 1, true, true),
        ("store.grant.before", 1, true, true),
        ("store.grant.after", 2, false, true),
        ("store.nonce.after", 2, false, false),
    ] {
        let (folder, path) = place();
        assert!(!run(folder.path(), "first", "store.key.before_rename"));
        assert!(!path.exists() && content(&folder.path().join("test.key")).is_none());
        assert!(run(folder.path(), "first", "none"));
        assert!(!run(folder.path(), "second", point), "{point}");
        let store = Sqlite::shared(&path).unwrap();
        let found = store.read_grant(&key("anna")).unwrap().unwrap();
        assert_eq!((found.version, found.intent.is_some()), (version, intent), "{point}");
        assert_eq!(store.claim_nonce(b"nonce", 0).unwrap(), free, "{point}");
    }
}
