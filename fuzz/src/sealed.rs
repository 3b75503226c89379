//! Sealed messages that were mangled on the disk or on their way: none of them opens.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use meetbridge::fuzzing::{
    GrantKey, GrantRow, GrantState, KeyRing, Settings, Sqlite, State, Status, Vault,
};

use super::callback::KEYS;
use super::oracle::{soon, told};

const NOW: i64 = 1_900_000_000;

/// A store in memory's own file system, where there is one.
static VAULT: LazyLock<Vault> = LazyLock::new(|| {
    let folder = super::files::folder().join("sealed.db");
    let keys = Settings::parse(&super::files::settings(&folder)).expect("good settings").keys;
    let keys = KeyRing::load(&keys, true).expect("a ring");
    Vault::open(Sqlite::shared(&folder).expect("a store"), keys, Vec::new()).expect("a vault")
});

pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let _ = state(&mut input);
    let _ = grant(&mut input);
}

/// What becomes of a message: some bytes are changed, some taken away, some added.
fn mangled(input: &mut Unstructured<'_>, mut message: Vec<u8>) -> Result<Vec<u8>> {
    for _ in 0..input.int_in_range(1..=4)? {
        let at = input.choose_index(message.len() + 1)?;
        match input.int_in_range(0..=3)? {
            0 if at < message.len() => message[at] ^= input.arbitrary::<u8>()?,
            1 => message.truncate(at),
            2 => message.insert(at, input.arbitrary()?),
            _ => {
                let piece: &[u8] = input.arbitrary()?;
                message.splice(at..at, piece.iter().copied());
            }
        }
    }
    Ok(message)
}

fn state(input: &mut Unstructured<'_>) -> Result<()> {
    let sealed = KEYS.seal("state 2", &[], b"what a state is").expect("sealed");
    assert!(KEYS.open("state 2", &[], sealed.clone()).is_ok());
    let other = mangled(input, sealed.clone())?;
    if other == sealed {
        return Ok(());
    }
    let error = State::open(&KEYS, &URL_SAFE_NO_PAD.encode(&other), NOW).expect_err("mangled");
    assert_eq!(error.status(), Status::StateInvalid);
    told(&error);
    // Not for another purpose either, nor in another place.
    assert!(KEYS.open("grant", &[], sealed.clone()).is_err());
    assert!(KEYS.open("state 2", &[input.arbitrary()?], sealed).is_err());
    Ok(())
}

/// A row whose tokens do not open is an error that says so; it is never a token.
fn grant(input: &mut Unstructured<'_>) -> Result<()> {
    let key = GrantKey { provider: "zoom", client_id: "app".to_owned(), user: "anna".to_owned() };
    let place = [&b"zoom"[..], b"app", b"anna"];
    let tokens = br#"{"a":"5ecret-access","r":"5ecret-refresh"}"#;
    let sealed = VAULT.keys().seal("grant", &place, tokens).expect("sealed");
    let other = mangled(input, sealed.clone())?;
    let row = |sealed: &[u8]| GrantRow {
        key: key.clone(),
        user: "Anna".to_owned(),
        version: 0,
        state: GrantState::Authorized,
        refused_at: None,
        scopes: Vec::new(),
        account: None,
        authorized_at: NOW,
        refreshed_at: NOW,
        expires_at: NOW,
        sealed: sealed.to_vec(),
        intent: None,
    };
    VAULT.store().put_grant(&row(&sealed)).expect("stored");
    assert!(VAULT.read(&key).is_ok_and(|grant| grant.is_some()));
    if other != sealed {
        VAULT.store().put_grant(&row(&other)).expect("stored");
        let error = soon(|| VAULT.read(&key)).expect_err("mangled");
        assert!(matches!(error.status(), Status::StoreDamaged | Status::WrongKey), "{error}");
        assert!(!told(&error).contains(super::oracle::MARK));
    }
    Ok(())
}
