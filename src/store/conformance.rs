//! What every store must do, held against all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::seal::KeyId;
use super::testing::{key, ring, row, status};
use super::vault::Vault;
use super::{
    Account, AuditRow, GrantKey, GrantRow, GrantState, Guarded, Intent, Purge, Purged, Reason,
    ReferenceKey, ReferenceRow, Resealed, Store,
};
use crate::error::Status;
use crate::platform::ProcessId;

/// A test of a store that is new and has the key of `ring(&[1])`.
type Test = fn(&Arc<dyn Store>);

/// All tests, with their names.
pub(super) const ALL: [(&str, Test); 19] = [
    ("what_is_put_is_read", what_is_put_is_read),
    ("a_version_never_repeats", a_version_never_repeats),
    ("versions_of_many_threads_never_repeat", versions_of_many_threads_never_repeat),
    ("an_intent_belongs_to_a_version", an_intent_belongs_to_a_version),
    ("a_pair_is_renewed_only_in_its_own_place", a_pair_is_renewed_only_in_its_own_place),
    ("a_state_says_when_it_was_refused", a_state_says_when_it_was_refused),
    ("the_authorizations_of_an_account_are_found", the_authorizations_of_an_account_are_found),
    ("authorizations_are_listed_in_order", authorizations_are_listed_in_order),
    ("old_pairs_come_page_by_page", old_pairs_come_page_by_page),
    ("unchecked_webhooks_come_page_by_page", unchecked_webhooks_come_page_by_page),
    ("a_user_is_renamed_as_a_whole", a_user_is_renamed_as_a_whole),
    ("addresses_of_hosts_are_kept", addresses_of_hosts_are_kept),
    ("a_nonce_is_claimed_once", a_nonce_is_claimed_once),
    ("the_keys_that_are_needed_are_known", the_keys_that_are_needed_are_known),
    ("keys_of_two_servers_do_not_spoil_a_store", keys_of_two_servers_do_not_spoil_a_store),
    ("rows_are_sealed_anew", rows_are_sealed_anew),
    ("a_reference_is_kept_with_its_dates", a_reference_is_kept_with_its_dates),
    ("the_audit_trail_is_read_and_purged", the_audit_trail_is_read_and_purged),
    ("a_lock_is_held_by_one", a_lock_is_held_by_one),
];

fn account(user_id: &str) -> Account {
    Account { id: None, user_id: Some(user_id.to_owned()), email: Some("a@example.com".to_owned()) }
}

fn users(rows: Vec<GrantRow>) -> Vec<String> {
    rows.into_iter().map(|row| row.key.user).collect()
}

fn seconds_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

fn reference(user: &str, reference: &str, date: &str, meeting_id: Option<&str>) -> ReferenceRow {
    ReferenceRow {
        key: ReferenceKey {
            provider: "zoom",
            user: user.to_owned(),
            reference: reference.to_owned(),
            date: date.to_owned(),
        },
        client_id: "app".to_owned(),
        meeting_id: meeting_id.map(str::to_owned),
        asked_at: 1,
        kept_until: None,
        sealed: vec![1, 2, 3],
    }
}

fn what_is_put_is_read(store: &Arc<dyn Store>) {
    assert_eq!(store.read_grant(&key("anna")).unwrap(), None);
    for (version, state, account, scopes) in [
        (1, GrantState::Authorized, None, vec![]),
        (2, GrantState::Reauthorize(Reason::Expired), Some(account("u")), vec!["a:b".to_owned()]),
        (3, GrantState::Reauthorize(Reason::Superseded), None, vec![]),
        (4, GrantState::Reauthorize(Reason::Removed), None, vec![]),
        (5, GrantState::Reauthorize(Reason::Unknown), None, vec![]),
    ] {
        let sealed = (0..=255).collect();
        let row = GrantRow { state, account, scopes, sealed, ..row("anna") };
        assert_eq!(store.put_grant(&row).unwrap(), version);
        let expected = Some(GrantRow { version, ..row });
        assert_eq!(store.read_grant(&key("anna")).unwrap(), expected);
        assert_eq!(store.grant_version(&key("anna")).unwrap(), Some(version));
    }
    for other in [
        GrantKey { provider: "webex", ..key("anna") },
        GrantKey { client_id: "other".to_owned(), ..key("anna") },
        key("bert"),
    ] {
        assert_eq!(store.read_grant(&other).unwrap(), None);
        assert_eq!(store.grant_version(&other).unwrap(), None);
    }
    let name = "営業部/Åse O'Neill; --\\";
    store.put_grant(&row(name)).unwrap();
    assert_eq!(store.read_grant(&key(name)).unwrap().unwrap().user, name.to_uppercase());
    assert_eq!(store.summary().unwrap().authorizations, 2);
}

fn a_version_never_repeats(store: &Arc<dyn Store>) {
    for _ in 0..5 {
        store.put_grant(&row("anna")).unwrap();
    }
    assert!(store.set_state(&key("anna"), 5, GrantState::Reauthorize(Reason::Expired), 9).unwrap());
    assert!(!store.set_state(&key("anna"), 5, GrantState::Authorized, 9).unwrap());
    assert_eq!(store.grant_version(&key("anna")).unwrap(), Some(6));
    assert!(store.delete_grant(&key("anna")).unwrap());
    assert!(!store.delete_grant(&key("anna")).unwrap());
    assert_eq!(store.put_grant(&row("bert")).unwrap(), 7);
    assert!(store.delete_grant(&key("bert")).unwrap());
    assert_eq!(store.put_grant(&row("anna")).unwrap(), 8);
}

/// Some delete what others put.
fn versions_of_many_threads_never_repeat(store: &Arc<dyn Store>) {
    let versions = std::sync::Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in 0..6 {
            let versions = &versions;
            scope.spawn(move || {
                for _ in 0..40 {
                    if number < 4 {
                        let version = store.put_grant(&row("anna")).unwrap();
                        versions.lock().unwrap().push(version);
                    } else {
                        store.delete_grant(&key("anna")).unwrap();
                    }
                }
            });
        }
    });
    let mut versions = versions.into_inner().unwrap();
    let count = versions.len();
    versions.sort_unstable();
    versions.dedup();
    assert_eq!((count, versions.len()), (160, 160));
}

fn an_intent_belongs_to_a_version(store: &Arc<dyn Store>) {
    let version = store.put_grant(&row("anna")).unwrap();
    let owner = ProcessId { host: "host".to_owned(), pid: u32::MAX, start_time: u64::MAX };
    let now = store.now().unwrap();
    assert!((now - seconds_now()).abs() < 10);
    let intent = Intent { version, owner, at: now };
    let kept = || store.read_grant(&key("anna")).unwrap().unwrap().intent;
    let is_kept = || {
        let kept = kept().unwrap();
        (kept.at - now).abs() < 60 && Intent { at: now, ..kept } == intent
    };

    assert!(store.put_intent(&key("anna"), &intent, 4096).unwrap());
    assert!(is_kept());
    store.clear_intent(&key("anna"), intent.version + 1).unwrap();
    assert!(kept().is_some(), "another's intent stays");
    store.clear_intent(&key("anna"), intent.version).unwrap();
    assert_eq!(kept(), None);
    assert!(store.put_intent(&key("anna"), &intent, 4096).unwrap());
    assert_eq!(store.put_grant(&row("anna")).unwrap(), version + 1);
    assert_eq!(kept(), None);
    assert!(!store.put_intent(&key("anna"), &intent, 4096).unwrap());
    assert!(!store.put_intent(&key("bert"), &intent, 4096).unwrap());
    assert_eq!(kept(), None);
}

fn a_pair_is_renewed_only_in_its_own_place(store: &Arc<dyn Store>) {
    let old = row("anna");
    let new = GrantRow { refreshed_at: 50, sealed: b"new".to_vec(), ..old.clone() };
    assert_eq!(store.renew_grant(&new, old.refreshed_at).unwrap(), None);
    assert_eq!(store.read_grant(&key("anna")).unwrap(), None);
    let version = store.put_grant(&old).unwrap();
    let intent = Intent { version, owner: ProcessId::current(), at: 0 };
    assert!(store.put_intent(&key("anna"), &intent, 100).unwrap());
    assert_eq!(store.renew_grant(&new, old.refreshed_at + 1).unwrap(), None);
    let consented = GrantRow { authorized_at: 7, ..new.clone() };
    assert_eq!(store.renew_grant(&consented, old.refreshed_at).unwrap(), None);
    assert_eq!(store.grant_version(&key("anna")).unwrap(), Some(version));

    assert_eq!(store.renew_grant(&new, old.refreshed_at).unwrap(), Some(version + 1));
    let expected = GrantRow { version: version + 1, ..new.clone() };
    assert_eq!(store.read_grant(&key("anna")).unwrap(), Some(expected));
    assert_eq!(store.renew_grant(&new, old.refreshed_at).unwrap(), None);

    // One that has ended comes to life again, and what is not of the pair stays.
    let account = Account { id: None, user_id: Some("u".to_owned()), email: None };
    store.set_account(&key("anna"), new.authorized_at, &account).unwrap();
    let ended = GrantState::Reauthorize(Reason::Expired);
    assert!(store.set_state(&key("anna"), version + 1, ended, 9).unwrap());
    let account = Some(account);
    let again = GrantRow { refreshed_at: 60, sealed: b"again".to_vec(), account, ..new.clone() };
    let version = store.renew_grant(&again, new.refreshed_at).unwrap().unwrap();
    let expected = GrantRow { version, ..again.clone() };
    assert_eq!(store.read_grant(&key("anna")).unwrap(), Some(expected));
    let last = GrantRow { refreshed_at: 70, scopes: vec!["meeting:read".to_owned()], ..again };
    let version = store.renew_grant(&last, 60).unwrap().unwrap();
    assert_eq!(store.read_grant(&key("anna")).unwrap(), Some(GrantRow { version, ..last }));
}

fn a_state_says_when_it_was_refused(store: &Arc<dyn Store>) {
    store.put_grant(&row("anna")).unwrap();
    let refused = || {
        let row = store.read_grant(&key("anna")).unwrap().unwrap();
        (row.version, row.state, row.refused_at)
    };
    let ended = GrantState::Reauthorize(Reason::ScopesChanged);
    assert!(store.set_state(&key("anna"), 1, ended, 9).unwrap());
    assert_eq!(refused(), (2, ended, Some(9)));
    assert!(store.set_state(&key("anna"), 2, GrantState::Authorized, 10).unwrap());
    assert_eq!(refused(), (3, GrantState::Authorized, None));
    assert!(store.set_state(&key("anna"), 3, ended, 11).unwrap());
    store.put_grant(&row("anna")).unwrap();
    assert_eq!(refused(), (5, GrantState::Authorized, None));
    assert!(!store.set_state(&key("bert"), 1, ended, 9).unwrap());
}

fn the_authorizations_of_an_account_are_found(store: &Arc<dyn Store>) {
    for user in ["anna", "bert", "carl"] {
        store.put_grant(&row(user)).unwrap();
    }
    store.set_account(&key("anna"), 1, &account("u-1")).unwrap();
    store.set_account(&key("carl"), 1, &account("u-1")).unwrap();
    store.set_account(&key("bert"), 1, &account("u-2")).unwrap();
    // Of another consent.
    store.set_account(&key("bert"), 2, &account("u-1")).unwrap();
    let found = |client, account| {
        let mut found = users(store.grants_of_account("zoom", client, account).unwrap());
        found.sort();
        found
    };
    assert_eq!(found("client", "u-1"), ["anna", "carl"]);
    assert_eq!(found("client", "u-2"), ["bert"]);
    assert!(found("other", "u-1").is_empty());
    let anna = store.read_grant(&key("anna")).unwrap().unwrap();
    assert_eq!((anna.version, anna.account), (1, Some(account("u-1"))));
}

/// By bytes, whatever the language of the database.
fn authorizations_are_listed_in_order(store: &Arc<dyn Store>) {
    let names = ["Z", "a", "b b", "b-a", "ba", "é", "営"];
    for (number, name) in names.iter().rev().enumerate() {
        store.put_grant(&GrantRow { authorized_at: number as i64, ..row(name) }).unwrap();
    }
    let other = GrantKey { client_id: "other".to_owned(), ..key("a") };
    store.put_grant(&GrantRow { key: other, ..row("a") }).unwrap();
    store
        .put_grant(&GrantRow { key: GrantKey { provider: "webex", ..key("a") }, ..row("a") })
        .unwrap();

    let mut listed = Vec::new();
    let mut after: Option<(String, String)> = None;
    loop {
        let last = after.as_ref().map(|(user, client)| (user.as_str(), client.as_str()));
        let page = store.grants_after("zoom", last, 3).unwrap();
        let Some(row) = page.last() else { break };
        assert!(page.len() <= 3);
        after = Some((row.key.user.clone(), row.key.client_id.clone()));
        listed.extend(page.into_iter().map(|row| (row.key.user, row.key.client_id)));
    }
    let mut expected: Vec<_> =
        names.iter().map(|name| ((*name).to_owned(), "client".to_owned())).collect();
    expected.insert(2, ("a".to_owned(), "other".to_owned()));
    assert_eq!(listed, expected);

    assert_eq!(store.grants_of_user("zoom", "a").unwrap().len(), 2);
    assert_eq!(store.grants_of_user("webex", "a").unwrap().len(), 1);
    assert_eq!(users(store.grants_of_app("zoom", "client", 3).unwrap()), ["Z", "a", "b b"]);
    assert_eq!(users(store.grants_of_app("zoom", "other", 3).unwrap()), ["a"]);
}

fn old_pairs_come_page_by_page(store: &Arc<dyn Store>) {
    const DAY: i64 = 86_400;
    let pairs = [
        ("a", 30 * DAY),
        ("b", 10 * DAY + 9),
        ("c", 20 * DAY),
        ("d", 10 * DAY),
        ("e", 40 * DAY),
        ("f", 5 * DAY),
        ("h", 40 * DAY - 1),
        ("j", 40 * DAY + 100),
    ];
    for (user, refreshed_at) in pairs {
        store.put_grant(&GrantRow { refreshed_at, ..row(user) }).unwrap();
    }
    store.set_state(&key("f"), 1, GrantState::Reauthorize(Reason::Expired), 1).unwrap();
    let webex = GrantKey { provider: "webex", ..key("g") };
    store.put_grant(&GrantRow { key: webex, ..row("g") }).unwrap();

    let found = |before| {
        let mut found = Vec::new();
        let mut after: Option<(i64, GrantKey)> = None;
        loop {
            let last = after.as_ref().map(|(at, key)| (*at, key));
            let page = store.grants_refreshed_before("zoom", before, last, 2).unwrap();
            let Some(row) = page.last() else { return found };
            after = Some((row.refreshed_at, row.key.clone()));
            found.extend(users(page));
        }
    };
    let count = |before| store.count_refreshed_before("zoom", before).unwrap();
    assert_eq!(found(40 * DAY), ["b", "d", "c", "a", "h"]);
    assert_eq!(count(40 * DAY), 5);
    // In the middle of a day.
    assert_eq!(found(40 * DAY + 100), ["b", "d", "c", "a", "h", "e"]);
    assert_eq!(count(40 * DAY + 100), 6);
    assert_eq!(store.count_refreshed_before("webex", 40).unwrap(), 1);

    // A renewal comes where its new day is, whether or not that is another.
    for (user, before, at) in [("b", 10 * DAY + 9, 50 * DAY), ("d", 10 * DAY, 10 * DAY + 60)] {
        let renewed = GrantRow { refreshed_at: at, ..row(user) };
        assert_eq!(store.renew_grant(&renewed, before).unwrap(), Some(2));
    }
    assert_eq!(found(40 * DAY), ["d", "c", "a", "h"]);
    assert_eq!(count(10 * DAY + 60), 0);
    assert_eq!(count(10 * DAY + 61), 1);
}

fn unchecked_webhooks_come_page_by_page(store: &Arc<dyn Store>) {
    for user in ["a", "b", "c", "d"] {
        store.put_grant(&row(user)).unwrap();
    }
    store.set_webhooks_checked(&key("b"), 100).unwrap();
    store.set_webhooks_checked(&key("c"), 50).unwrap();
    store.set_state(&key("d"), 1, GrantState::Reauthorize(Reason::Expired), 1).unwrap();
    let unchecked = |before, after: &str, limit| {
        users(store.grants_unchecked_since("zoom", "client", before, after, limit).unwrap())
    };
    assert_eq!(unchecked(100, "", 10), ["a", "c"]);
    assert_eq!(unchecked(101, "", 2), ["a", "b"]);
    assert_eq!(unchecked(101, "b", 2), ["c"]);
    assert!(store.grants_unchecked_since("zoom", "other", 101, "", 9).unwrap().is_empty());
    assert_eq!(store.grant_version(&key("b")).unwrap(), Some(1));
}

fn a_user_is_renamed_as_a_whole(store: &Arc<dyn Store>) {
    store.put_grant(&row("old")).unwrap();
    store.put_grant(&row("new")).unwrap();
    store.put_reference(&reference("old", "a", "", Some("7"))).unwrap();
    store.set_host_email(&key("old"), "old@example.com").unwrap();
    store.set_host_email(&key("new"), "new@example.com").unwrap();
    let other = GrantKey { client_id: "other".to_owned(), ..key("new") };
    store.set_host_email(&other, "other@example.com").unwrap();

    let moved = GrantRow { key: key("new"), sealed: b"moved".to_vec(), ..row("old") };
    let entry = reference("new", "a", "", Some("7"));
    let old_entry = reference("old", "a", "", None).key;
    store.rename(("old", "new"), &[(key("old"), moved)], &[(old_entry, entry.clone())]).unwrap();
    assert_eq!(store.read_grant(&key("old")).unwrap(), None);
    let new = store.read_grant(&key("new")).unwrap().unwrap();
    assert_eq!((new.sealed.as_slice(), new.user.as_str()), (b"moved".as_slice(), "OLD"));
    assert!(new.version > 1);
    assert_eq!(store.references("zoom", "old", "a").unwrap(), []);
    assert_eq!(store.references("zoom", "new", "a").unwrap(), [entry]);
    assert_eq!(store.host_email(&key("old")).unwrap(), None);
    assert_eq!(store.host_email(&key("new")).unwrap().as_deref(), Some("old@example.com"));
    assert_eq!(store.host_email(&other).unwrap().as_deref(), Some("other@example.com"));
}

fn addresses_of_hosts_are_kept(store: &Arc<dyn Store>) {
    let email = |user: &str| store.host_email(&key(user)).unwrap();
    assert_eq!(email("anna"), None);
    store.set_host_email(&key("anna"), "a@example.com").unwrap();
    store.set_host_email(&key("anna"), "b@example.com").unwrap();
    store.set_host_email(&key("bert"), "c@example.com").unwrap();
    assert_eq!(email("anna").as_deref(), Some("b@example.com"));
    assert!(store.delete_host_emails("anna").unwrap());
    assert!(!store.delete_host_emails("anna").unwrap());
    assert_eq!((email("anna"), email("bert").as_deref()), (None, Some("c@example.com")));
}

fn a_nonce_is_claimed_once(store: &Arc<dyn Store>) {
    let now = seconds_now();
    assert!(store.claim_nonce(b"first", now + 600).unwrap());
    assert!(!store.claim_nonce(b"first", now + 600).unwrap());
    for number in 0..40_u8 {
        assert!(store.claim_nonce(&[number], now - 5).unwrap());
    }
    assert!(store.claim_nonce(b"second", now + 600).unwrap());
    assert!(!store.claim_nonce(b"first", now + 600).unwrap());
    // Each claim has removed expired ones, and only those: nothing is left but the last and two.
    let far = Purge { now: i64::MAX, audit_before: 0, limit: 100 };
    assert_eq!(store.purge(&far).unwrap(), Purged { nonces: 2, ..Purged::default() });

    let claimed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                if store.claim_nonce(b"contested", now + 600).unwrap() {
                    claimed.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(claimed.into_inner(), 1);
}

fn the_keys_that_are_needed_are_known(store: &Arc<dyn Store>) {
    let (old, new) = (ring(&[1]), ring(&[2]));
    let ids = || store.key_ids().unwrap();
    assert_eq!(ids(), [old.first()]);
    let sealed = old.seal("grant", &[], b"").unwrap();
    store.put_grant(&GrantRow { sealed, ..row("anna") }).unwrap();

    assert!(!store.add_key_id(new.first(), &[]).unwrap());
    assert_eq!(ids(), [old.first()]);
    assert!(store.add_key_id(new.first(), &ids()).unwrap());
    assert_eq!(ids(), [old.first(), new.first()]);
    let sealed = new.seal("grant", &[], b"").unwrap();
    store.put_grant(&GrantRow { sealed, ..row("anna") }).unwrap();
    assert_eq!(ids(), [new.first()]);
    let sealed = old.seal("reference", &[], b"").unwrap();
    store.put_reference(&ReferenceRow { sealed, ..reference("anna", "a", "", None) }).unwrap();
    assert_eq!(ids(), [old.first(), new.first()]);
    assert!(store.add_key_id(old.first(), &ids()).unwrap());
    assert_eq!(ids(), [new.first(), old.first()]);
    assert!(!store.is_new().unwrap());
}

/// All add a key to the same ones: one is first.
fn keys_of_two_servers_do_not_spoil_a_store(store: &Arc<dyn Store>) {
    let known = store.key_ids().unwrap();
    let added = AtomicUsize::new(0);
    thread::scope(|scope| {
        for byte in 2..8 {
            let (known, added) = (&known, &added);
            scope.spawn(move || {
                if store.add_key_id(ring(&[byte]).first(), known).unwrap() {
                    added.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(added.into_inner(), 1);
    let opened = [1, 100].map(|byte| status(Vault::open(store.clone(), ring(&[byte]), Vec::new())));
    assert_eq!(opened, [Status::WrongKey, Status::WrongKey]);
}

fn rows_are_sealed_anew(store: &Arc<dyn Store>) {
    let (old, new) = (ring(&[1]), ring(&[2]));
    let seal = |ring: &super::seal::KeyRing| ring.seal("grant", &[], b"x").unwrap();
    for user in ["a", "b", "c"] {
        store.put_grant(&GrantRow { sealed: seal(&old), ..row(user) }).unwrap();
    }
    // Of no key at all.
    store.put_grant(&row("d")).unwrap();
    for date in ["1", "2"] {
        let row = reference("a", "r", date, None);
        store.put_reference(&ReferenceRow { sealed: seal(&old), ..row }).unwrap();
    }
    let id: KeyId = new.first();
    assert_eq!(store.count_sealed_otherwise(id).unwrap(), 6);
    assert_eq!(store.count_sealed_otherwise(old.first()).unwrap(), 1);
    let page = store.grants_sealed_otherwise("zoom", id, None, 2).unwrap();
    assert_eq!(users(page.clone()), ["a", "b"]);
    let rest = store.grants_sealed_otherwise("zoom", id, Some(("b", "client")), 9).unwrap();
    assert_eq!(users(rest), ["c", "d"]);
    let entries = store.references_sealed_otherwise("zoom", id, None, 1).unwrap();
    let later = store.references_sealed_otherwise("zoom", id, Some(&entries[0].key), 9).unwrap();
    assert_eq!((entries[0].key.date.as_str(), later[0].key.date.as_str()), ("1", "2"));

    let grants: Vec<_> = page
        .iter()
        .map(|row| Resealed { key: row.key.clone(), old: row.sealed.clone(), new: seal(&new) })
        .collect();
    let entry =
        Resealed { key: later[0].key.clone(), old: later[0].sealed.clone(), new: seal(&new) };
    // Somebody has renewed this one meanwhile.
    store.put_grant(&GrantRow { sealed: seal(&old), ..row("b") }).unwrap();
    assert_eq!(store.reseal(&grants, &[entry]).unwrap(), 2);
    let anna = store.read_grant(&key("a")).unwrap().unwrap();
    assert_eq!((anna.version, &anna.sealed), (1, &grants[0].new));
    assert_eq!(store.count_sealed_otherwise(id).unwrap(), 4);
    assert_eq!(store.reseal(&grants, &[]).unwrap(), 0);
}

fn a_reference_is_kept_with_its_dates(store: &Arc<dyn Store>) {
    let second = reference("anna", "a", "2030-03-02T09:00:00", None);
    let first = reference("anna", "a", "2030-03-01T09:00:00", Some("7"));
    for row in [&second, &first, &reference("anna", "b", "", Some("8"))] {
        store.put_reference(row).unwrap();
    }
    assert_eq!(store.references("zoom", "anna", "a").unwrap(), [first.clone(), second.clone()]);
    for (provider, user) in [("webex", "anna"), ("zoom", "bert")] {
        assert_eq!(store.references(provider, user, "a").unwrap(), []);
    }
    assert_eq!(store.references_of_user("zoom", "anna").unwrap().len(), 3);
    assert_eq!(store.references_of_meeting("zoom", "7").unwrap(), std::slice::from_ref(&first.key));
    assert_eq!(store.references_of_meeting("webex", "7").unwrap(), []);
    let known = ReferenceRow { meeting_id: Some("9".to_owned()), kept_until: Some(70), ..second };
    store.put_reference(&known).unwrap();
    assert_eq!(store.references_of_meeting("zoom", "9").unwrap(), std::slice::from_ref(&known.key));
    store.delete_reference(&first.key).unwrap();
    assert_eq!(store.references("zoom", "anna", "a").unwrap(), std::slice::from_ref(&known));

    store.release_meeting("zoom", "bert", "9", None).unwrap();
    store.release_meeting("zoom", "anna", "9", Some("another")).unwrap();
    assert_eq!(store.references("zoom", "anna", "a").unwrap(), [known]);
    store.release_meeting("zoom", "anna", "9", Some("app")).unwrap();
    assert_eq!(store.references("zoom", "anna", "a").unwrap(), []);
    store.release_meeting("zoom", "anna", "8", None).unwrap();
    assert_eq!(store.references_of_user("zoom", "anna").unwrap(), []);

    for (date, kept_until) in [("1", Some(10)), ("2", Some(20)), ("3", Some(30)), ("4", None)] {
        let row = reference("anna", "a", date, None);
        store.put_reference(&ReferenceRow { kept_until, ..row }).unwrap();
    }
    let purge =
        |now, limit| store.purge(&Purge { now, audit_before: 0, limit }).unwrap().references;
    assert_eq!([purge(25, 1), purge(25, 9), purge(30, 9)], [1, 1, 0]);
    assert_eq!(store.references("zoom", "anna", "a").unwrap().len(), 2);
}

fn the_audit_trail_is_read_and_purged(store: &Arc<dyn Store>) {
    let line = |at: i64, meeting_id: Option<&str>| AuditRow {
        number: 0,
        at,
        took: 12,
        operation: "create_meeting".to_owned(),
        outcome: "OK".to_owned(),
        provider: Some("zoom".to_owned()),
        client_id: Some("client".to_owned()),
        user: Some("Anna".to_owned()),
        acting_user: Some("Ken".to_owned()),
        meeting_id: meeting_id.map(str::to_owned),
        reference: Some("r".to_owned()),
        tracking_id: Some("t".to_owned()),
        correlation_id: Some("c".to_owned()),
    };
    store.append_audit(&line(5000, Some("7"))).unwrap();
    store.append_audit(&line(3000, None)).unwrap();
    let least = AuditRow { at: 9000, operation: "open".to_owned(), ..AuditRow::default() };
    store.append_audit(&least).unwrap();
    let all = store.audit(0, i64::MAX, 0, 10).unwrap();
    let unnumbered: Vec<_> = all.iter().map(|row| AuditRow { number: 0, ..row.clone() }).collect();
    assert_eq!(unnumbered, [line(5000, Some("7")), line(3000, None), least]);
    assert!(all.is_sorted_by(|one, other| one.number < other.number));
    assert_eq!(store.audit(3000, 9000, 0, 10).unwrap(), all[..2]);
    assert_eq!(store.audit(0, i64::MAX, 0, 2).unwrap(), all[..2]);
    assert_eq!(store.audit(0, i64::MAX, all[1].number, 2).unwrap(), all[2..]);
    assert_eq!(store.audit_of_meeting("zoom", "7", 5000).unwrap(), all[..1]);
    assert_eq!(store.audit_of_meeting("zoom", "7", 5001).unwrap(), []);
    assert_eq!(store.audit_of_meeting("webex", "7", 0).unwrap(), []);

    let purge =
        |audit_before, limit| store.purge(&Purge { now: 0, audit_before, limit }).unwrap().audit;
    assert_eq!([purge(3, 9), purge(6, 1), purge(6, 9), purge(6, 9)], [0, 1, 1, 0]);
    assert_eq!(store.audit(0, i64::MAX, 0, 10).unwrap(), all[2..]);

    // Who reads on from the last number that it has seen misses no line.
    let seen = thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    store.append_audit(&line(10_000, None)).unwrap();
                }
            });
        }
        let (mut last, mut seen) = (all[2].number, 0);
        let began = Instant::now();
        while seen < 100 && began.elapsed() < Duration::from_secs(60) {
            let page = store.audit(0, i64::MAX, last, 7).unwrap();
            seen += page.len();
            last = page.last().map_or(last, |row| row.number);
        }
        seen
    });
    assert_eq!(seen, 100);
}

fn a_lock_is_held_by_one(store: &Arc<dyn Store>) {
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let deadline = Instant::now() + Duration::from_secs(30);
                    let what = Guarded::Grant(&key("anna"));
                    let _held = store.lock(what, deadline, &|| false).unwrap();
                    most.fetch_max(inside.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(most.into_inner(), 0);
    let at_once = |what| store.lock(what, Instant::now(), &|| false);
    let entry = Guarded::Reference { provider: "zoom", user: "anna", reference: "r" };
    let (anna, ken) = (key("anna"), key("ken"));
    let held = at_once(Guarded::Grant(&anna)).unwrap();
    let others = [at_once(Guarded::Grant(&ken)), at_once(entry)];
    assert!(others.iter().all(Result::is_ok));
    assert_eq!(status(at_once(Guarded::Grant(&anna))), Status::Timeout);
    let deadline = Instant::now() + Duration::from_secs(20);
    assert_eq!(status(store.lock(entry, deadline, &|| true)), Status::Closed);
    drop(held);
    assert!(at_once(Guarded::Grant(&anna)).is_ok());
}
