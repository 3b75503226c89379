//! What must be remembered: authorizations, spent states, who is refreshing what, which meeting was
//! made for which calendar entry, and who did what.
//!
//! A [`Store`] keeps rows and never sees a secret: tokens reach it sealed. [`vault::Vault`] seals
//! them, opens them, and keeps opened ones in memory.

mod cache;
#[cfg(test)]
mod conformance;
mod failure;
pub mod journal;
mod key_file;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod rescue;
pub mod rotation;
pub mod seal;
pub mod sqlite;
mod statements;
#[cfg(test)]
mod testing;
mod turns;
pub mod vault;

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Instant;

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::platform::ProcessId;
#[cfg(feature = "cli")]
pub use key_file::make as make_key;

/// Whom an authorization belongs to. One owner, one grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantKey {
    pub provider: &'static str,
    pub client_id: String,
    /// Normalized, so that equal users are equal strings.
    pub user: String,
}

impl Hash for GrantKey {
    /// Users have one authorization or two: they tell enough, in a third of the time.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.user.hash(state);
    }
}

/// The account at the provider, where the consent or a first meeting told it. One of which
/// nothing is known is the same as none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: Option<String>,
    pub user_id: Option<String>,
    pub email: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantState {
    Authorized,
    Reauthorize(Reason),
}

impl GrantState {
    /// As the stores keep it: the state, and the reason.
    fn columns(self) -> (&'static str, Option<&'static str>) {
        match self {
            GrantState::Authorized => ("authorized", None),
            GrantState::Reauthorize(reason) => ("reauthorize", Some(reason.name())),
        }
    }

    /// Reads what `columns` tells; none if the state is not known.
    fn parse(state: &str, reason: Option<&str>) -> Option<GrantState> {
        match state {
            "authorized" => Some(GrantState::Authorized),
            "reauthorize" => Some(GrantState::Reauthorize(Reason::parse(reason))),
            _ => None,
        }
    }
}

/// Why a user must authorize again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The provider no longer accepts the refresh token.
    Expired,
    /// The app asks for other scopes than were granted.
    ScopesChanged,
    /// Another local user linked the same account at the provider.
    Superseded,
    /// The account's administrator has taken away the app, or the user.
    Removed,
    /// The provider refuses a pair of which a process that died may have spent the token.
    Unknown,
}

impl Reason {
    /// As in documents.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Expired => "expired",
            Reason::ScopesChanged => "scopes_changed",
            Reason::Superseded => "superseded",
            Reason::Removed => "removed",
            Reason::Unknown => "unknown",
        }
    }

    /// Reads what `name` tells; what a newer version may have written is `Unknown`.
    fn parse(name: Option<&str>) -> Reason {
        let known = [Reason::Expired, Reason::ScopesChanged, Reason::Superseded, Reason::Removed];
        known.into_iter().find(|reason| Some(reason.name()) == name).unwrap_or(Reason::Unknown)
    }
}

/// One authorization as the store keeps it. Times are seconds since 1970 in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    pub key: GrantKey,
    /// The user's name as the host wrote it.
    pub user: String,
    /// Grows with every change of the sealed pair or of the state.
    pub version: u64,
    pub state: GrantState,
    /// When the provider last refused to renew it; of no meaning while it is authorized.
    pub refused_at: Option<i64>,
    pub scopes: Vec<String>,
    pub account: Option<Account>,
    pub authorized_at: i64,
    pub refreshed_at: i64,
    /// When the access token ends.
    pub expires_at: i64,
    pub sealed: Vec<u8>,
    /// Set while a refresh is under way, or was when its process died.
    pub intent: Option<Intent>,
}

impl GrantRow {
    /// The day of `refreshed_at`.
    fn refreshed_on(&self) -> i64 {
        day_of(self.refreshed_at)
    }
}

/// How stores order pairs by their age: most renewals are of a pair of the same day, and need not
/// touch the index then.
fn day_of(seconds: i64) -> i64 {
    seconds.div_euclid(86_400)
}

/// Somebody is about to spend the refresh token of this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub version: u64,
    pub owner: ProcessId,
    pub at: i64,
}

/// What a host calls one of its calendar entries; one meeting each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceKey {
    pub provider: &'static str,
    /// Normalized.
    pub user: String,
    pub reference: String,
    /// The wall time of its beginning where each date has a meeting of its own; else empty.
    pub date: String,
}

/// That a meeting was asked for, and which it is once that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceRow {
    pub key: ReferenceKey,
    /// Through which app it was asked.
    pub client_id: String,
    /// None from before the request is sent until its answer is known.
    pub meeting_id: Option<String>,
    /// When the request was sent, in milliseconds since 1970 in UTC.
    pub asked_at: i64,
    /// When nobody will ask for it any more, in seconds since 1970 in UTC; none while that cannot
    /// be known.
    pub kept_until: Option<i64>,
    pub sealed: Vec<u8>,
}

/// One line of the audit trail: who did what to whom, and how it ended. Never a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Grows from line to line; given by the store.
    #[serde(skip)]
    pub number: i64,
    /// When the operation began, in milliseconds since 1970 in UTC.
    pub at: i64,
    /// How long it took, in milliseconds.
    pub took: i64,
    /// For example `create_meeting`.
    pub operation: String,
    /// The name of its status, for example `OK`.
    pub outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The user's name as the host wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Who acted, where it was not the user himself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acting_user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The provider's own name of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_id: Option<String>,
    /// The host's own name of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// A sealed row that is put in the place of the same one under another key.
#[derive(Clone, Debug)]
pub struct Resealed<K> {
    pub key: K,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
}

/// What has had its time: all in seconds since 1970 in UTC.
#[derive(Clone, Copy, Debug)]
pub struct Purge {
    /// Nonces and references whose own time ended before this.
    pub now: i64,
    /// Lines of the audit trail from before this.
    pub audit_before: i64,
    /// How many of each kind at most.
    pub limit: u32,
}

/// How many were purged of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    pub nonces: u64,
    pub references: u64,
    pub audit: u64,
}

/// What [`Store::lock`] guards.
#[derive(Clone, Copy, Debug)]
pub enum Guarded<'a> {
    /// The token pair of one authorization.
    Grant(&'a GrantKey),
    /// The meetings of one calendar entry.
    Reference { provider: &'a str, user: &'a str, reference: &'a str },
}

impl Guarded<'_> {
    /// By which number it is locked.
    fn hash(&self) -> u64 {
        match self {
            // Three fields, as the first version had them: it may be running beside this one.
            Guarded::Grant(key) => {
                hash(&[key.provider.as_bytes(), key.client_id.as_bytes(), key.user.as_bytes()])
            }
            Guarded::Reference { provider, user, reference } => {
                hash(&[b"reference", provider.as_bytes(), user.as_bytes(), reference.as_bytes()])
            }
        }
    }
}

/// What `diagnose` tells of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// For example `sqlite 3.50.4` or `postgresql 15.18`.
    pub engine: String,
    /// Where it is; never a password.
    pub location: String,
    pub schema_version: u32,
    pub authorizations: u64,
}

/// A place that remembers. Every write is durable before the call returns.
///
/// Errors are STORE_UNAVAILABLE (cannot be opened, read or written; full; read-only) and
/// STORE_DAMAGED. Nothing is overwritten after either.
pub trait Store: Send + Sync {
    /// A number that changes when another connection, of any process, may have written.
    /// Two vaults on one store rely on it: writes of this process change it too.
    fn change_counter(&self) -> Result<u64>;

    fn read_grant(&self, key: &GrantKey) -> Result<Option<GrantRow>>;

    /// The version alone, cheaper than the row.
    fn grant_version(&self, key: &GrantKey) -> Result<Option<u64>>;

    /// Inserts or replaces; clears the intent. The row's own `version` is ignored: the new one,
    /// one above the row it replaces, is returned. A version never repeats for a key, not even
    /// after a delete.
    fn put_grant(&self, row: &GrantRow) -> Result<u64>;

    /// Commits the intent and reserves `room` bytes beside it, if the row still has the intent's
    /// version; false if it has not.
    fn put_intent(&self, key: &GrantKey, intent: &Intent, room: usize) -> Result<bool>;

    /// Whether there is room for a new pair, as [`Store::put_intent`] would find it; where the store
    /// cannot tell, there is.
    fn check_room(&self, _room: usize) -> Result<()> {
        Ok(())
    }

    /// Clears the intent of this version, whose request was never sent, was answered with an error, or whose answer
    /// nobody waits for any more.
    fn clear_intent(&self, key: &GrantKey, version: u64) -> Result<()>;

    /// As [`Store::put_grant`], but only in the place of the pair that `row` descends from: of the
    /// same consent, refreshed at `refreshed_before`. None if that pair is no longer there.
    fn renew_grant(&self, row: &GrantRow, refreshed_before: i64) -> Result<Option<u64>>;

    /// Changes the state alone (and the version), if the row still has `version`. `refused_at` is
    /// `at` for [`GrantState::Reauthorize`], else none.
    fn set_state(&self, key: &GrantKey, version: u64, state: GrantState, at: i64) -> Result<bool>;

    /// Remembers the account alone, without a new version, if the row is still of the consent
    /// given at `authorized_at`.
    fn set_account(&self, key: &GrantKey, authorized_at: i64, account: &Account) -> Result<()>;

    /// Whether there was one.
    fn delete_grant(&self, key: &GrantKey) -> Result<bool>;

    /// All authorizations that belong to this user of the provider.
    fn grants_of_account(
        &self,
        provider: &'static str,
        client_id: &str,
        account_user_id: &str,
    ) -> Result<Vec<GrantRow>>;

    /// The authorizations of a provider that follow this user and client id, in that order.
    fn grants_after(
        &self,
        provider: &'static str,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>>;

    /// All authorizations of a user at a provider.
    fn grants_of_user(&self, provider: &'static str, user: &str) -> Result<Vec<GrantRow>>;

    /// All authorizations of an app, the newest consent first.
    fn grants_of_app(
        &self,
        provider: &'static str,
        client_id: &str,
        limit: u32,
    ) -> Result<Vec<GrantRow>>;

    /// The authorized ones of a provider that were refreshed before this, those of the oldest day
    /// first and then by user and client id; those that follow `after` in this order.
    fn grants_refreshed_before(
        &self,
        provider: &'static str,
        before: i64,
        after: Option<(i64, &GrantKey)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>>;

    fn count_refreshed_before(&self, provider: &str, before: i64) -> Result<u64>;

    /// The authorized ones of an app whose webhooks were not looked at since `before`, in the
    /// order of their users; those after the user `after`.
    fn grants_unchecked_since(
        &self,
        provider: &'static str,
        client_id: &str,
        before: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<GrantRow>>;

    /// Notes when the webhooks of an authorization were looked at; no new version.
    fn set_webhooks_checked(&self, key: &GrantKey, at: i64) -> Result<()>;

    /// Gives all that belongs to a user to another name, all or none: puts rows in the place of
    /// others, and moves the user's address as a host. The new versions are as of
    /// [`Store::put_grant`].
    fn rename(
        &self,
        users: (&str, &str),
        grants: &[(GrantKey, GrantRow)],
        references: &[(ReferenceKey, ReferenceRow)],
    ) -> Result<()>;

    /// The e-mail address under which somebody hosts through an app to which an administrator has
    /// consented.
    fn host_email(&self, key: &GrantKey) -> Result<Option<String>>;

    fn set_host_email(&self, key: &GrantKey, email: &str) -> Result<()>;

    /// Forgets all addresses of a user; whether there was one.
    fn delete_host_emails(&self, user: &str) -> Result<bool>;

    /// Claims a nonce once and for all; false if it was claimed before. `expires_at` says when
    /// it may be forgotten.
    fn claim_nonce(&self, nonce: &[u8], expires_at: i64) -> Result<bool>;

    /// The identities of the keys that rows are sealed with, and last the one added last; empty
    /// in a new store. A store that does not exist yet is not created by asking.
    fn key_ids(&self) -> Result<Vec<seal::KeyId>>;

    /// Makes `id` the one added last, if the identities still are `known`; false if they are not,
    /// because another process was faster.
    fn add_key_id(&self, id: seal::KeyId, known: &[seal::KeyId]) -> Result<bool>;

    /// Does now what the first operation after the examination of the keys would have to do. The
    /// connection that they were read with is used further.
    fn make_ready(&self) -> Result<()> {
        Ok(())
    }

    /// Whether nothing was ever kept here, so that its keys may be made.
    fn is_new(&self) -> Result<bool> {
        Ok(self.key_ids()?.is_empty())
    }

    /// The authorizations of a provider that another key than this sealed, after this user and
    /// client id, in that order.
    fn grants_sealed_otherwise(
        &self,
        provider: &'static str,
        id: seal::KeyId,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>>;

    /// The references of a provider that another key than this sealed, after this user, reference
    /// and date, in that order.
    fn references_sealed_otherwise(
        &self,
        provider: &'static str,
        id: seal::KeyId,
        after: Option<&ReferenceKey>,
        limit: u32,
    ) -> Result<Vec<ReferenceRow>>;

    /// How many rows of either kind another key than this sealed.
    fn count_sealed_otherwise(&self, id: seal::KeyId) -> Result<u64>;

    /// Exchanges the seals of rows that still have the old one, in one transaction and without a
    /// new version; how many had.
    fn reseal(
        &self,
        grants: &[Resealed<GrantKey>],
        references: &[Resealed<ReferenceKey>],
    ) -> Result<u64>;

    /// Every row of this reference, the dates in order.
    fn references(
        &self,
        provider: &'static str,
        user: &str,
        reference: &str,
    ) -> Result<Vec<ReferenceRow>>;

    /// Every row of this user.
    fn references_of_user(&self, provider: &'static str, user: &str) -> Result<Vec<ReferenceRow>>;

    /// Inserts or replaces.
    fn put_reference(&self, row: &ReferenceRow) -> Result<()>;

    fn delete_reference(&self, key: &ReferenceKey) -> Result<()>;

    /// Sets the references of this user's meeting free; only those of one app, if it is named.
    fn release_meeting(
        &self,
        provider: &str,
        user: &str,
        meeting_id: &str,
        client_id: Option<&str>,
    ) -> Result<()>;

    /// The references under which this meeting was made: one, or none.
    fn references_of_meeting(
        &self,
        provider: &'static str,
        meeting_id: &str,
    ) -> Result<Vec<ReferenceKey>>;

    /// Adds a line to the audit trail; its `number` is ignored. The only write that a loss of
    /// power may undo; the death of the process does not.
    fn append_audit(&self, row: &AuditRow) -> Result<()>;

    /// The lines of operations that began at or after `from` and before `to` (milliseconds since
    /// 1970) and whose number is above `after`, by number.
    fn audit(&self, from: i64, to: i64, after: i64, limit: u32) -> Result<Vec<AuditRow>>;

    /// The lines about a meeting of operations that began at or after `since`.
    fn audit_of_meeting(
        &self,
        provider: &str,
        meeting_id: &str,
        since: i64,
    ) -> Result<Vec<AuditRow>>;

    /// Deletes what has had its time.
    fn purge(&self, what: &Purge) -> Result<Purged>;

    /// Waits for the right to change what is guarded, against threads and processes.
    ///
    /// TIMEOUT at the deadline; CLOSED as soon as `cancelled` says true.
    fn lock(
        &self,
        what: Guarded<'_>,
        deadline: Instant,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Lock>>;

    /// Whether a lock that nobody holds proves its last owner gone. Where it does not, an intent
    /// may belong to somebody who still waits for the answer.
    fn locks_outlive_outages(&self) -> bool;

    /// The clock by which all who share the store go, in seconds since 1970 in UTC. The `at` of an
    /// intent is told by it.
    fn now(&self) -> Result<i64>;

    fn summary(&self) -> Result<Summary>;
}

/// The right to change what is guarded; given back when dropped, or when the process dies.
pub trait Lock: Send {}

/// Of fields that each follow their length, so that no two lists give the same bytes.
fn hash(fields: &[&[u8]]) -> u64 {
    let mut context = Context::new(&SHA256);
    for field in fields {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    let digest = context.finish();
    digest.as_ref().first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// The path of a file that lies beside another one and has its name with something appended.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}
