//! The doors of the benchmarks to single stages of a call, and to the store.
//!
//! Only with the feature `stages`; nothing here is for hosts.

use std::path::Path;
use std::sync::Arc;

use oauth2::{AccessToken, RefreshToken};

use crate::bridge::document;
use crate::error::{Error, Result};
use crate::meeting::{Checks, NewMeeting};
use crate::provider::{self, Access, Host, Provider};
use crate::store::seal::{KeyRing, KeySource};
use crate::store::sqlite::{Sqlite, row_id};
use crate::store::vault::{Grant, Tokens, Vault};
use crate::store::{Account, GrantKey, GrantRow, GrantState, Store as _};
use crate::user::UserName;

const CLIENT: &str = "bench";
const API: &str = "https://api.zoom.us/v2";
/// In seconds since 1970: when everything was written, and when tokens end.
const WRITTEN_AT: i64 = 1_750_000_000;
const FAR: i64 = 4_000_000_000;

fn zoom() -> Result<&'static dyn Provider> {
    provider::by_name("zoom").ok_or_else(|| Error::internal("no such provider"))
}

/// The normalized name of a user.
pub fn user(name: &str) -> Result<String> {
    UserName::parse(name).map(|user| user.key)
}

/// What a caller asks for.
pub struct Asked(NewMeeting);

impl Asked {
    pub fn parse(document: &str) -> Result<Asked> {
        NewMeeting::parse(document).map(Asked)
    }

    /// The body of the request to Zoom.
    pub fn request(&self, token: &AccessToken) -> Result<Vec<u8>> {
        let access = Access { token, api_url: API, host: Host::Me };
        let mut checks = Checks::new(false);
        let request = zoom()?.create_request(access, &self.0.details, None, &mut checks)?;
        Ok(request.into_body())
    }
}

/// Reads Zoom's answer and writes the caller's result.
pub fn result(answer: &http::Response<Vec<u8>>) -> Result<String> {
    let meeting = zoom()?.read_created(answer)?;
    document(&meeting.without_host_secrets())
}

/// A token pair as long as Zoom's.
pub fn tokens() -> Tokens {
    let token =
        |kind: char| format!("{kind}{}", "eyJzdiI6IjAwMDAwMiIsImFsZyI6IkhTNTEyIi".repeat(20));
    Tokens {
        access: AccessToken::new(token('a')[..695].to_owned()),
        refresh: Some(RefreshToken::new(token('r')[..695].to_owned())),
        api_url: None,
    }
}

/// An embedded store, with authorizations of the app `bench` at Zoom.
pub struct Store(Vault);

impl Store {
    /// Makes what does not exist.
    pub fn open(database: &Path, key: &Path) -> Result<Store> {
        let store = Sqlite::shared(database)?;
        let keys = KeyRing::load(&[KeySource::File(key.to_owned())], store.is_new()?)?;
        Vault::open(store, keys, Vec::new()).map(Store)
    }

    /// The key that seals.
    pub fn key_id(&self) -> String {
        self.0.keys().first().to_string()
    }

    pub fn seal(&self, user: &str, tokens: &Tokens) -> Result<Vec<u8>> {
        self.0.seal(&key(user), tokens)
    }

    pub fn unseal(&self, user: &str, sealed: &[u8]) -> Result<Tokens> {
        self.0.unseal(&key(user), sealed.to_vec())
    }

    /// The length of a user's access token; none if he has none.
    pub fn look_up(&self, user: &str) -> Result<Option<usize>> {
        let grant = self.0.get(&key(user))?;
        Ok(grant.map(|grant| grant.tokens.access.secret().len()))
    }

    /// The row id under which a user's authorization lies.
    pub fn row_id(&self, user: &str) -> i64 {
        row_id(&key(user))
    }

    /// What a consent writes.
    pub fn put(&self, user: &str, tokens: &Tokens) -> Result<()> {
        self.0.put(grant(user, tokens)).map(drop)
    }

    /// What a renewal writes; false if there was nothing to renew.
    pub fn renew(&self, user: &str, tokens: &Tokens) -> Result<bool> {
        self.0.renew(grant(user, tokens), WRITTEN_AT).map(|renewed| renewed.is_some())
    }
}

fn key(user: &str) -> GrantKey {
    GrantKey { provider: "zoom", client_id: CLIENT.to_owned(), user: user.to_owned() }
}

fn grant(user: &str, tokens: &Tokens) -> Grant {
    let row = GrantRow {
        key: key(user),
        user: user.to_owned(),
        version: 0,
        state: GrantState::Authorized,
        refused_at: None,
        scopes: ["meeting:write:meeting", "meeting:read:meeting"].map(str::to_owned).to_vec(),
        account: Some(Account { user_id: Some(user.to_owned()), ..Account::default() }),
        authorized_at: WRITTEN_AT,
        refreshed_at: WRITTEN_AT,
        expires_at: FAR,
        sealed: Vec::new(),
        intent: None,
    };
    Grant { row, tokens: Arc::new(tokens.clone()) }
}
