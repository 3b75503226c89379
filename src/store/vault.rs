//! Authorizations with their tokens: sealed on the way into the store, opened and remembered on
//! the way out.

#[cfg(test)]
mod races;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use oauth2::{AccessToken, RefreshToken};
use serde::{Deserialize, Serialize};

use super::cache::Cache;
use super::journal::Entry;
use super::rescue::Rescue;
use super::seal::{KeyRing, Plain, SealError};
use super::{Account, GrantKey, GrantRow, GrantState, Intent, ReferenceKey, Store};
use crate::error::{Error, Result, Status};
use crate::lock::locked;

pub(super) const PURPOSE: &str = "grant";

/// How many authorizations are kept open in memory, at about 3 KB each.
const REMEMBERED: usize = 10_000;

/// What a provider gave us for a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tokens {
    #[serde(rename = "a")]
    pub access: AccessToken,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<RefreshToken>,
    /// Where the provider wants the calls of this user to go, if it said so.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
}

/// An authorization with its tokens.
#[derive(Clone, Debug)]
pub struct Grant {
    /// As in the store; `sealed` is empty.
    pub row: GrantRow,
    pub tokens: Arc<Tokens>,
}

/// A store together with the keys to it. May be used by any number of threads.
///
/// Every change of an authorization goes through here, so that what is remembered stays right;
/// [`Vault::store`] is for everything else.
///
/// A caller that has seen one version of an authorization never sees an older one, whichever
/// thread or process wrote it.
pub struct Vault {
    store: Arc<dyn Store>,
    keys: KeyRing,
    /// The first takes; what lies in any is restored.
    rescue: Vec<Rescue>,
    /// Shared by who finds what he asks for: one that loses its processor meanwhile holds up no
    /// others, but for the same user.
    memory: RwLock<Memory>,
}

struct Memory {
    grants: Cache<GrantKey, Remembered>,
    /// Counts our own writes. What was read before one of them is not remembered after it.
    writes: u64,
}

struct Remembered {
    /// None from a write until it is read again.
    known: Option<Known>,
    /// When a call last asked for it.
    used_at: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Known {
    grant: Arc<Grant>,
    /// The store's change counter at which this was the newest version.
    verified_at: Option<u64>,
}

impl Memory {
    fn known(&mut self, key: &GrantKey) -> Option<&mut Known> {
        self.grants.get(key)?.known.as_mut()
    }

    fn forget(&mut self, key: &GrantKey) {
        if let Some(remembered) = self.grants.get(key) {
            remembered.known = None;
        }
    }

    /// Without a use the time of the last one stays.
    fn remember(&mut self, key: &GrantKey, known: Known, used_at: Option<Instant>) {
        match self.grants.get(key) {
            Some(remembered) => {
                remembered.known = Some(known);
                if let Some(at) = used_at {
                    *locked(&remembered.used_at) = Some(at);
                }
            }
            None => {
                let used_at = Mutex::new(used_at);
                self.grants.insert(key.clone(), Remembered { known: Some(known), used_at });
            }
        }
    }
}

impl Vault {
    /// Takes possession of a store: makes sure that the ring opens everything in it, and records
    /// the key that seals before anything is sealed with it. What the store once fails to take is
    /// kept in the first of `rescue`; what the others hold was kept under earlier settings.
    ///
    /// WRONG_KEY if a key is missing from the ring; nothing is changed then.
    pub fn open(store: Arc<dyn Store>, keys: KeyRing, rescue: Vec<Rescue>) -> Result<Vault> {
        loop {
            let known = store.key_ids()?;
            if let Some(missing) = known.iter().find(|id| !keys.contains(**id)) {
                return Err(Error::new(
                    Status::WrongKey,
                    format!(
                        "rows of the store are sealed with key {missing}; configured are {keys:?}. \
                         A key may leave the ring when nothing is sealed with it any more"
                    ),
                ));
            }
            if known.last() == Some(&keys.first()) || store.add_key_id(keys.first(), &known)? {
                break;
            }
        }
        store.make_ready()?;
        let memory = RwLock::new(Memory { grants: Cache::new(REMEMBERED), writes: 0 });
        Ok(Vault { store, keys, rescue, memory })
    }

    /// For what changes no authorization: nonces, locks, queries.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    pub(super) fn rescue_files(&self) -> &[Rescue] {
        &self.rescue
    }

    /// The newest version, from memory where no other process has changed it. Of `intent` and
    /// `account`, which change without a new version, it may tell what was true before: who
    /// depends on them holds the lock and calls `read`.
    ///
    /// STORE_DAMAGED or WRONG_KEY if the tokens do not open; other authorizations still do.
    pub fn get(&self, key: &GrantKey) -> Result<Option<Arc<Grant>>> {
        let counter = self.store.change_counter()?;
        let now = Some(Instant::now());
        let (known, writes) = self.recall(key, now);
        let Some(Known { grant, verified_at }) = known else {
            return self.load(key, counter, writes, now);
        };
        if verified_at == Some(counter) {
            return Ok(Some(grant));
        }
        if self.store.grant_version(key)? != Some(grant.row.version) {
            return self.load(key, counter, writes, now);
        }
        if let Some(known) = self.memory().known(key)
            && Arc::ptr_eq(&known.grant, &grant)
        {
            known.verified_at = Some(counter);
        }
        Ok(Some(grant))
    }

    /// The remembered ones that calls of this process have asked for since then, as they were when
    /// they were last seen.
    pub fn used_since(&self, since: Instant) -> Vec<Arc<Grant>> {
        let memory = self.shared_memory();
        let lately = |it: &&Remembered| locked(&it.used_at).is_some_and(|at| at >= since);
        let used = memory.grants.values().filter(lately);
        used.filter_map(|it| it.known.as_ref()).map(|known| known.grant.clone()).collect()
    }

    /// The authorization as the store has it now, with everything.
    pub fn read(&self, key: &GrantKey) -> Result<Option<Arc<Grant>>> {
        let counter = self.store.change_counter()?;
        let writes = self.shared_memory().writes;
        self.load(key, counter, writes, None)
    }

    /// Inserts or replaces, as `Store::put_grant` does; what is returned has the new version and
    /// no intent. It is durable before anybody sees it.
    pub fn put(&self, grant: Grant) -> Result<Arc<Grant>> {
        let put = self.put_by(grant, |row| self.store.put_grant(row).map(Some))?;
        put.ok_or_else(|| Error::internal("a row that was put is not there"))
    }

    /// As [`Vault::put`], but only in the place of the pair that this one descends from; none if
    /// it is no longer there. See `Store::renew_grant`.
    pub fn renew(&self, grant: Grant, refreshed_before: i64) -> Result<Option<Arc<Grant>>> {
        self.put_by(grant, |row| self.store.renew_grant(row, refreshed_before))
    }

    fn put_by(
        &self,
        grant: Grant,
        put: impl FnOnce(&GrantRow) -> Result<Option<u64>>,
    ) -> Result<Option<Arc<Grant>>> {
        let Grant { mut row, tokens } = grant;
        row.sealed = self.seal(&row.key, &tokens)?;
        let writes = self.shared_memory().writes;
        let stored = put(&row);
        let mut memory = self.forget(&row.key);
        let Some(version) = stored? else { return Ok(None) };
        row.version = version;
        row.state = GrantState::Authorized;
        row.refused_at = None;
        row.sealed = Vec::new();
        row.intent = None;
        let grant = Arc::new(Grant { row, tokens });
        if memory.writes == writes + 1 {
            // The counter of before the write would prove nothing, that of after it too much.
            let known = Known { grant: grant.clone(), verified_at: None };
            memory.remember(&grant.row.key, known, None);
        }
        Ok(Some(grant))
    }

    /// Puts a row that is sealed already in the place of the one that it descends from.
    pub(super) fn renew_row(&self, row: &GrantRow, refreshed_before: i64) -> Result<Option<u64>> {
        self.write(&row.key, |store| store.renew_grant(row, refreshed_before))
    }

    /// Gives authorizations and journal entries to another user, all or none: each grant and entry
    /// has its new key. The caller holds the locks of all keys.
    pub fn rename(
        &self,
        users: (&str, &str),
        grants: &[(GrantKey, Grant)],
        entries: &[(ReferenceKey, Entry)],
    ) -> Result<()> {
        let sealed = |(old, grant): &(GrantKey, Grant)| {
            let sealed = self.seal(&grant.row.key, &grant.tokens)?;
            Ok((old.clone(), GrantRow { sealed, ..grant.row.clone() }))
        };
        let rows = grants.iter().map(sealed).collect::<Result<Vec<_>>>()?;
        let sealed =
            |(old, entry): &(ReferenceKey, Entry)| Ok((old.clone(), self.seal_entry(entry)?));
        let references = entries.iter().map(sealed).collect::<Result<Vec<_>>>()?;
        let renamed = self.store.rename(users, &rows, &references);
        for (old, grant) in grants {
            drop(self.forget(old));
            drop(self.forget(&grant.row.key));
        }
        renamed
    }

    /// See `Store::put_intent`.
    pub fn put_intent(&self, key: &GrantKey, intent: &Intent, room: usize) -> Result<bool> {
        self.write(key, |store| store.put_intent(key, intent, room))
    }

    /// See `Store::clear_intent`.
    pub fn clear_intent(&self, key: &GrantKey, version: u64) -> Result<()> {
        self.write(key, |store| store.clear_intent(key, version))
    }

    /// See `Store::set_state`.
    pub fn set_state(
        &self,
        key: &GrantKey,
        version: u64,
        state: GrantState,
        at: i64,
    ) -> Result<bool> {
        self.write(key, |store| store.set_state(key, version, state, at))
    }

    /// See `Store::set_account`.
    pub fn set_account(&self, key: &GrantKey, authorized_at: i64, account: &Account) -> Result<()> {
        self.write(key, |store| store.set_account(key, authorized_at, account))
    }

    /// See `Store::delete_grant`.
    pub fn delete(&self, key: &GrantKey) -> Result<bool> {
        self.write(key, |store| store.delete_grant(key))
    }

    /// What is remembered, with the count of our writes at that moment.
    fn recall(&self, key: &GrantKey, now: Option<Instant>) -> (Option<Known>, u64) {
        let use_now = |remembered: &Remembered| {
            *locked(&remembered.used_at) = now;
            remembered.known.clone()
        };
        {
            let memory = self.shared_memory();
            if let Some(remembered) = memory.grants.young(key) {
                return (use_now(remembered), memory.writes);
            }
        }
        let mut memory = self.memory();
        (memory.grants.get(key).and_then(|remembered| use_now(remembered)), memory.writes)
    }

    fn shared_memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory(&self) -> RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, key: &GrantKey, work: impl FnOnce(&dyn Store) -> Result<T>) -> Result<T> {
        let outcome = work(&*self.store);
        // Also after a failure, which may have come too late.
        drop(self.forget(key));
        outcome
    }

    fn forget(&self, key: &GrantKey) -> RwLockWriteGuard<'_, Memory> {
        let mut memory = self.memory();
        memory.writes += 1;
        memory.forget(key);
        memory
    }

    /// Reads the row; `counter` and `writes` are of a moment before.
    fn load(
        &self,
        key: &GrantKey,
        counter: u64,
        writes: u64,
        used_at: Option<Instant>,
    ) -> Result<Option<Arc<Grant>>> {
        let Some(mut row) = self.store.read_grant(key)? else {
            self.memory().grants.remove(key);
            return Ok(None);
        };
        let sealed = std::mem::take(&mut row.sealed);
        let tokens = Arc::new(self.unseal(key, sealed)?);
        let grant = Arc::new(Grant { row, tokens });

        let mut memory = self.memory();
        let newer = memory.known(key).filter(|it| it.grant.row.version > grant.row.version);
        if let Some(known) = newer {
            return Ok(Some(known.grant.clone()));
        }
        match memory.writes == writes {
            true => {
                let known = Known { grant: grant.clone(), verified_at: Some(counter) };
                memory.remember(key, known, used_at);
            }
            false => memory.forget(key),
        }
        Ok(Some(grant))
    }

    pub(crate) fn seal(&self, key: &GrantKey, tokens: &Tokens) -> Result<Vec<u8>> {
        // Large enough never to move, which would leave a copy behind.
        let mut plain = Plain(Vec::with_capacity(16 * 1024));
        serde_json::to_writer(&mut plain.0, tokens)
            .map_err(|_| Error::internal("tokens that cannot be written"))?;
        self.keys.seal(PURPOSE, &place(key), &plain)
    }

    pub(crate) fn unseal(&self, key: &GrantKey, sealed: Vec<u8>) -> Result<Tokens> {
        let opened = self.keys.open(PURPOSE, &place(key), sealed);
        let tokens =
            opened.and_then(|plain| serde_json::from_slice(&plain).map_err(|_| SealError::Damaged));
        tokens.map_err(|error| {
            let (status, what) = match error {
                SealError::UnknownKey(id) => (Status::WrongKey, format!("sealed with key {id}")),
                SealError::Damaged => (Status::StoreDamaged, "damaged".to_owned()),
            };
            let GrantKey { provider, user, .. } = key;
            Error::new(status, format!("the authorization of {user} for {provider} is {what}"))
                .with_provider(provider)
        })
    }
}

/// What a sealed pair is bound to: it opens in no other row.
pub(super) fn place(key: &GrantKey) -> [&[u8]; 3] {
    [key.provider.as_bytes(), key.client_id.as_bytes(), key.user.as_bytes()]
}
