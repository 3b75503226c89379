use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::Vault;
use crate::error::{Result, Status};
use crate::platform::ProcessId;
use crate::store::rescue::{Rescue, Restored};
use crate::store::rotation::Rotation;
use crate::store::sqlite::Sqlite;
use crate::store::testing::{content, grant, key, process, ring, role, status, succeed};
use crate::store::{Account, GrantState, Intent, Reason, beside};

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    (folder, path)
}

fn open(path: &Path, keys: &[u8]) -> Result<Vault> {
    Vault::open(Sqlite::shared(path)?, ring(keys), vec![Rescue::beside(path)])
}

fn access(vault: &Vault, user: &str) -> Option<String> {
    let grant = vault.get(&key(user)).unwrap()?;
    Some(grant.tokens.access.secret().clone())
}

#[test]
fn tokens_come_back_as_they_were_put() {
    let (_folder, path) = place();
    let vault = open(&path, &[1]).unwrap();
    assert!(vault.get(&key("anna")).unwrap().is_none());
    let put = vault.put(grant("anna", "one")).unwrap();
    assert_eq!(put.row.version, 1);
    for _ in 0..3 {
        let got = vault.get(&key("anna")).unwrap().unwrap();
        assert_eq!(got.row, put.row);
        assert_eq!(got.tokens.access.secret(), "one");
        assert_eq!(got.tokens.refresh.as_ref().unwrap().secret(), "refresh-one");
        assert_eq!(got.tokens.api_url.as_deref(), Some("https://api-us.zoom.us"));
    }
    drop(vault);
    let vault = open(&path, &[1]).unwrap();
    assert_eq!(vault.get(&key("anna")).unwrap().unwrap().row, put.row);
    let shown = format!("{:?}", vault.get(&key("anna")).unwrap());
    assert!(!shown.contains("\"one") && !shown.contains("refresh-"), "{shown}");
}

#[test]
fn a_small_stack_is_enough() {
    let (_folder, path) = place();
    let work = move || {
        let vault = open(&path, &[1]).unwrap();
        vault.put(grant("anna", "one")).unwrap();
        assert_eq!(access(&vault, "anna").as_deref(), Some("one"));
    };
    thread::Builder::new().stack_size(128 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn every_change_of_ours_is_seen() {
    let (_folder, path) = place();
    let vault = open(&path, &[1]).unwrap();
    let anna = key("anna");
    vault.put(grant("anna", "one")).unwrap();
    let now = || vault.get(&anna).unwrap().unwrap();
    now();
    let account = Account { email: Some("a@example.com".to_owned()), ..Account::default() };
    vault.set_account(&anna, 1, &account).unwrap();
    assert_eq!(now().row.account, Some(account));
    let intent = Intent { version: 1, owner: ProcessId::current(), at: 5 };
    assert!(vault.put_intent(&anna, &intent, 100).unwrap());
    assert_eq!(now().row.intent, Some(intent));
    vault.clear_intent(&anna, 1).unwrap();
    assert_eq!(now().row.intent, None);
    let ended = GrantState::Reauthorize(Reason::Expired);
    assert!(vault.set_state(&anna, 1, ended, 9).unwrap());
    assert_eq!((now().row.state, now().row.version), (ended, 2));
    vault.put(grant("anna", "two")).unwrap();
    assert_eq!(access(&vault, "anna").as_deref(), Some("two"));
    assert_eq!(vault.read(&anna).unwrap().unwrap().row, now().row);
    assert!(vault.delete(&anna).unwrap());
    assert_eq!(access(&vault, "anna"), None);
}

#[test]
fn a_store_does_not_open_with_other_keys() {
    let (_folder, path) = place();
    drop(open(&path, &[1]).unwrap());
    let before = content(&path);
    // Even if nothing was sealed yet.
    assert_eq!(status(open(&path, &[2])), Status::WrongKey);
    assert!(content(&path) == before);
    let vault = open(&path, &[1]).unwrap();
    vault.put(grant("anna", "one")).unwrap();
    drop(vault);
    let before = content(&path);
    assert_eq!(status(open(&path, &[2])), Status::WrongKey);
    assert!(content(&path) == before);

    // A new first key, and the old one as long as something is sealed with it.
    let vault = open(&path, &[2, 1]).unwrap();
    assert_eq!(access(&vault, "anna").as_deref(), Some("one"));
    drop(vault);
    assert_eq!(status(open(&path, &[2])), Status::WrongKey);
    assert_eq!(status(open(&path, &[1])), Status::WrongKey);
    open(&path, &[2, 1]).unwrap().put(grant("anna", "two")).unwrap();
    assert_eq!(access(&open(&path, &[2]).unwrap(), "anna").as_deref(), Some("two"));
}

#[test]
fn processes_with_different_keys_do_not_spoil_a_new_store() {
    let (_folder, path) = place();
    let store = Sqlite::shared(&path).unwrap();
    let opened = [1, 2].map(|key| Vault::open(store.clone(), ring(&[key]), Vec::new()));
    assert_eq!(opened.map(status), [Status::Ok, Status::WrongKey]);
    assert!(Vault::open(store, ring(&[1]), Vec::new()).is_ok());
}

#[test]
fn a_row_that_does_not_open_harms_nobody_else() {
    let (_folder, path) = place();
    let vault = open(&path, &[1]).unwrap();
    for user in ["anna", "bert", "carl", "dora"] {
        vault.put(grant(user, user)).unwrap();
    }
    drop(vault);
    let plain = rusqlite::Connection::open(&path).unwrap();
    // A moved pair, a changed one, and one of a key that is not there.
    plain
        .execute_batch(
            "UPDATE grants SET sealed = (SELECT sealed FROM grants WHERE owner = 'bert')
                 WHERE owner = 'anna';
             UPDATE grants SET sealed = unhex(hex(substr(sealed, 1, 60)) || '00')
                 WHERE owner = 'carl';
             UPDATE grants SET sealed = unhex('010102030405060708' || hex(substr(sealed, 10)))
                 WHERE owner = 'dora';",
        )
        .unwrap();
    drop(plain);
    let vault = open(&path, &[1]).unwrap();
    for (user, expected) in
        [("anna", Status::StoreDamaged), ("carl", Status::StoreDamaged), ("dora", Status::WrongKey)]
    {
        let error = vault.get(&key(user)).unwrap_err();
        assert_eq!(error.status(), expected);
        assert!(error.detail().contains(user) && error.detail().contains("zoom"), "{error}");
    }
    assert_eq!(access(&vault, "bert").as_deref(), Some("bert"));
}

#[test]
fn no_secret_reaches_the_disk() {
    let (_folder, path) = place();
    let vault = open(&path, &[1]).unwrap();
    for number in 0..50 {
        vault.put(grant("anna", &format!("very-secret-{number}"))).unwrap();
    }
    let clear = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        ["very-secret", "refresh-", "api-us"]
            .iter()
            .any(|secret| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()))
    };
    assert!(!clear(&beside(&path, "-wal")));
    drop(vault);
    assert!(!clear(&path));
}

/// Threads of two processes write and read the same authorizations: who has seen a version never
/// sees an older one, and the token always is that of the version.
#[test]
fn what_is_remembered_is_never_older_than_what_was_seen() {
    const USERS: usize = 3;
    const ROUNDS: u64 = 60;
    if let Some((_, folder)) = role() {
        let vault = &open(&folder.join("test.db"), &[1]).unwrap();
        let newest: &[AtomicU64; USERS] = &Default::default();
        let seen = |user: usize| {
            let at_least = newest[user].load(Ordering::SeqCst);
            let version = match vault.get(&key(&user.to_string())).unwrap() {
                Some(grant) => {
                    // Written by a put, whose token tells the version before it.
                    let before: u64 = grant.tokens.access.secret().parse().unwrap();
                    assert!(before < grant.row.version);
                    grant.row.version
                }
                None => return,
            };
            assert!(version >= at_least, "{version} after {at_least}");
            newest[user].fetch_max(version, Ordering::SeqCst);
        };
        thread::scope(|scope| {
            for number in 0..8 {
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        let user = (round as usize + number) % USERS;
                        let name = user.to_string();
                        if number < 3 {
                            let before = newest[user].load(Ordering::SeqCst);
                            let put = vault.put(grant(&name, &before.to_string())).unwrap();
                            newest[user].fetch_max(put.row.version, Ordering::SeqCst);
                        } else if number == 3 && round % 10 == 0 {
                            vault.delete(&key(&name)).unwrap();
                        }
                        for _ in 0..20 {
                            seen(user);
                        }
                    }
                });
            }
        });
        return;
    }
    let (folder, path) = place();
    let vault = open(&path, &[1]).unwrap();
    let name = "store::vault::tests::what_is_remembered_is_never_older_than_what_was_seen";
    let spawn = |role| process(name, role, folder.path()).spawn().unwrap();
    succeed(["a", "b"].map(spawn).into());
    let total: u64 = (0..USERS)
        .filter_map(|user| vault.get(&key(&user.to_string())).unwrap())
        .map(|grant| grant.row.version)
        .sum();
    assert!(total > 0);
}

#[test]
fn what_the_store_did_not_take_is_restored_once() {
    let (_folder, path) = place();
    let vault = open(&path, &[1]).unwrap();
    let file = beside(&path, ".rescue");
    let old = vault.put(grant("anna", "old")).unwrap();
    let renewed = |access| {
        let mut new = grant("anna", access);
        (new.row.authorized_at, new.row.refreshed_at) = (old.row.authorized_at, 50);
        new
    };
    vault.rescue(&renewed("new"), old.row.refreshed_at).unwrap();
    vault.put(grant("bert", "one")).unwrap();
    assert!(vault.rescued().is_some());
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains("new") && text.ends_with('\n'), "{text}");

    // Another's is not touched; a torn line of somebody who died is no hindrance.
    assert_eq!(vault.restore(&key("bert")).unwrap(), Restored { kept: 1, ..Restored::default() });
    fs::write(&file, format!("{text}{{\"provider\": \"zo")).unwrap();
    let outcome = vault.restore(&key("anna")).unwrap();
    assert_eq!(outcome, Restored { restored: 1, damaged: 1, ..Restored::default() });
    assert_eq!(access(&vault, "anna").as_deref(), Some("new"));
    assert!(vault.rescued().is_none() && !file.exists());

    // A second time it has been outlived: by itself, by a newer consent, or by a deletion.
    vault.rescue(&renewed("newer"), old.row.refreshed_at).unwrap();
    let outlived = Restored { outlived: 1, ..Restored::default() };
    assert_eq!(vault.restore_all(&["zoom"]).unwrap(), outlived);
    vault.rescue(&renewed("newest"), 50).unwrap();
    let mut consent = grant("anna", "consent");
    consent.row.authorized_at = 99;
    vault.put(consent).unwrap();
    assert_eq!(vault.restore_all(&["zoom"]).unwrap(), outlived);
    assert_eq!(access(&vault, "anna").as_deref(), Some("consent"));
}

#[test]
fn the_rescued_replace_even_what_was_given_up() {
    let (_folder, path) = place();
    let vault = open(&path, &[1]).unwrap();
    let old = vault.put(grant("anna", "old")).unwrap();
    let ended = GrantState::Reauthorize(Reason::Unknown);
    assert!(vault.set_state(&key("anna"), old.row.version, ended, 60).unwrap());
    assert_eq!(vault.read(&key("anna")).unwrap().unwrap().row.refused_at, Some(60));
    let mut new = grant("anna", "new");
    new.row.refreshed_at = 50;
    vault.rescue(&new, old.row.refreshed_at).unwrap();
    assert_eq!(vault.restore_all(&["webex"]).unwrap().kept, 1);
    assert_eq!(vault.restore_all(&["zoom", "webex"]).unwrap().restored, 1);
    let row = vault.read(&key("anna")).unwrap().unwrap().row.clone();
    assert_eq!((row.state, row.refused_at), (GrantState::Authorized, None));
}

#[test]
fn a_new_key_seals_everything_while_the_old_one_still_opens() {
    let (_folder, path) = place();
    let log = crate::log::Log::open(None, crate::log::Level::Error).unwrap();
    let old = open(&path, &[1]).unwrap();
    for number in 0..250 {
        old.put(grant(&format!("user-{number}"), "one")).unwrap();
    }
    drop(old);
    let both = open(&path, &[2, 1]).unwrap();
    assert_eq!(both.sealed_otherwise().unwrap(), 250);
    // No time for more than a part.
    let mut rounds = 0;
    let once = || {
        rounds += 1;
        rounds <= 1
    };
    let part = both.rotate(&["zoom", "webex"], &log, once).unwrap();
    assert_eq!(part, Rotation { resealed: 100, unopened: 0 });
    drop(both);
    assert_eq!(status(open(&path, &[2])), Status::WrongKey, "150 rows still need the old key");
    let both = open(&path, &[2, 1]).unwrap();
    let version = both.get(&key("user-7")).unwrap().unwrap().row.version;
    assert_eq!(both.rotate(&["zoom", "webex"], &log, || true).unwrap().resealed, 150);
    assert_eq!(both.get(&key("user-7")).unwrap().unwrap().row.version, version);
    assert_eq!(both.sealed_otherwise().unwrap(), 0);
    drop(both);
    let new = open(&path, &[2]).unwrap();
    for number in 0..250 {
        assert_eq!(access(&new, &format!("user-{number}")).as_deref(), Some("one"));
    }
}
