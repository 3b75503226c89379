use std::time::{SystemTime, UNIX_EPOCH};

use super::{place, store};
use crate::platform::ProcessId;
use crate::store::testing::{key, ring, row};
use crate::store::{
    Account, GrantKey, GrantRow, GrantState, Intent, Reason, ReferenceKey, ReferenceRow, Store,
};

fn account(user_id: &str) -> Account {
    Account { id: None, user_id: Some(user_id.to_owned()), email: Some("a@example.com".to_owned()) }
}

#[test]
fn what_is_put_is_read() {
    let (_folder, path) = place();
    let store = store(&path);
    assert_eq!(store.read_grant(&key("anna")).unwrap(), None);
    for (version, state, account, scopes) in [
        (1, GrantState::Authorized, None, vec![]),
        (2, GrantState::Reauthorize(Reason::Expired), Some(account("u")), vec!["a:b".to_owned()]),
        (3, GrantState::Reauthorize(Reason::Superseded), None, vec![]),
        (4, GrantState::Reauthorize(Reason::Unknown), None, vec![]),
    ] {
        let row = GrantRow { state, account, scopes, ..row("anna") };
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
    let summary = store.summary().unwrap();
    assert_eq!((summary.schema_version, summary.authorizations), (3, 1));
}

#[test]
fn a_version_never_repeats() {
    let (_folder, path) = place();
    let store = store(&path);
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

#[test]
fn an_intent_belongs_to_a_version() {
    let (_folder, path) = place();
    let store = store(&path);
    let version = store.put_grant(&row("anna")).unwrap();
    let intent = Intent { version, owner: ProcessId::current(), at: 1_700_000_000 };
    let kept = || store.read_grant(&key("anna")).unwrap().unwrap().intent;

    assert!(store.put_intent(&key("anna"), &intent, 4096).unwrap());
    assert_eq!(kept(), Some(intent.clone()));
    store.clear_intent(&key("anna")).unwrap();
    assert_eq!(kept(), None);
    assert!(store.put_intent(&key("anna"), &intent, 4096).unwrap());
    assert_eq!(store.put_grant(&row("anna")).unwrap(), version + 1);
    assert_eq!(kept(), None);
    assert!(!store.put_intent(&key("anna"), &intent, 4096).unwrap());
    assert!(!store.put_intent(&key("bert"), &intent, 4096).unwrap());
    assert_eq!(kept(), None);
}

#[test]
fn the_authorizations_of_an_account_are_found() {
    let (_folder, path) = place();
    let store = store(&path);
    for user in ["anna", "bert", "carl"] {
        store.put_grant(&row(user)).unwrap();
    }
    store.set_account(&key("anna"), 1, &account("u-1")).unwrap();
    store.set_account(&key("carl"), 1, &account("u-1")).unwrap();
    store.set_account(&key("bert"), 1, &account("u-2")).unwrap();
    let users = |client, account| {
        let found = store.grants_of_account("zoom", client, account).unwrap();
        found.into_iter().map(|row| row.key.user).collect::<Vec<_>>()
    };
    assert_eq!(users("client", "u-1"), ["anna", "carl"]);
    assert_eq!(users("client", "u-2"), ["bert"]);
    assert!(users("other", "u-1").is_empty());
    let anna = store.read_grant(&key("anna")).unwrap().unwrap();
    assert_eq!((anna.version, anna.account), (1, Some(account("u-1"))));
}

#[test]
fn a_nonce_is_claimed_once_and_forgotten_when_it_has_expired() {
    let (_folder, path) = place();
    let store = store(&path);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    assert!(store.claim_nonce(b"first", now + 600).unwrap());
    assert!(!store.claim_nonce(b"first", now + 600).unwrap());
    for number in 0..40_u8 {
        assert!(store.claim_nonce(&[number], now - 1).unwrap());
    }
    assert!(store.claim_nonce(b"second", now + 600).unwrap());
    assert!(!store.claim_nonce(b"first", now + 600).unwrap());
    let kept: u32 = rusqlite::Connection::open(&path)
        .and_then(|plain| {
            plain.query_row("SELECT count(*) FROM spent_nonces", [], |row| row.get(0))
        })
        .unwrap();
    assert_eq!(kept, 2);
}

#[test]
fn the_keys_that_are_needed_are_known() {
    let (_folder, path) = place();
    let store = store(&path);
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
    assert!(store.add_key_id(old.first(), &ids()).unwrap());
    assert_eq!(ids(), [new.first(), old.first()]);
}

#[test]
fn a_reference_is_kept_with_its_dates_until_it_is_deleted() {
    let (_folder, path) = place();
    let store = store(&path);
    let row = |reference: &str, date: &str, meeting_id: Option<&str>| ReferenceRow {
        key: ReferenceKey {
            provider: "zoom",
            user: "anna".to_owned(),
            reference: reference.to_owned(),
            date: date.to_owned(),
        },
        client_id: "app".to_owned(),
        meeting_id: meeting_id.map(str::to_owned),
        asked_at: 1,
        kept_until: None,
        sealed: vec![1, 2, 3],
    };
    let (second, first) =
        (row("a", "2030-03-02T09:00:00", None), row("a", "2030-03-01T09:00:00", Some("7")));
    for row in [&second, &first, &row("b", "", Some("8"))] {
        store.put_reference(row).unwrap();
    }
    assert_eq!(store.references("zoom", "anna", "a").unwrap(), [first.clone(), second.clone()]);
    for (provider, user) in [("webex", "anna"), ("zoom", "bert")] {
        assert_eq!(store.references(provider, user, "a").unwrap(), []);
    }
    assert_eq!(store.references_of_meeting("zoom", "7").unwrap(), std::slice::from_ref(&first.key));
    assert_eq!(store.references_of_meeting("webex", "7").unwrap(), []);
    let known = ReferenceRow { meeting_id: Some("9".to_owned()), ..second };
    store.put_reference(&known).unwrap();
    assert_eq!(store.references_of_meeting("zoom", "9").unwrap(), std::slice::from_ref(&known.key));
    store.delete_reference(&first.key).unwrap();
    assert_eq!(store.references("zoom", "anna", "a").unwrap(), [known]);
}
