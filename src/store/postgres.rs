//! The shared store: one PostgreSQL database for several servers.
//!
//! Every operation ends within [`pool::LIMIT`], also when the server does not answer. What was
//! certainly not done because a connection was lost is tried once more on a new one; where nobody
//! knows whether it was done, it is looked up or reported as STORE_UNAVAILABLE.

mod address;
mod failure;
mod locks;
mod pool;
mod rows;
mod schema;
mod session;
#[cfg(all(test, unix))]
mod tests;
mod tls;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use once_cell::sync::OnceCell;

pub use self::address::Address;
use self::failure::Failure;
use self::locks::Locks;
use self::pool::{Dialer, Pool};
use self::session::{Parameters, Session};
use super::seal::KeyId;
use super::{
    Account, AuditRow, GrantKey, GrantRow, GrantState, Guarded, Intent, Lock, Purge, Purged,
    ReferenceKey, ReferenceRow, Resealed, Store, Summary, day_of, statements,
};
use crate::crash;
use crate::error::{Error, Result};
use crate::platform::PerProcess;

/// One connection for each thread would cost the server memory and gain nothing.
const MOST_CONNECTIONS: usize = 8;

/// How many expired nonces a claim removes: more than it adds, and never a long transaction.
const NONCES_AT_ONCE: i64 = 16;

const BEGIN: &str = "BEGIN";
/// Who changes the keys does so alone.
const BEGIN_KEYS: &str = "BEGIN; SELECT pg_advisory_xact_lock(x'4d74427200000003'::bigint)";

/// A database. May be used by any number of threads; in a forked child it must be neither used nor
/// dropped ([`PerProcess`]).
pub struct Postgres {
    pool: Pool,
    locks: Locks,
    /// Set when the tables are there.
    prepared: OnceCell<()>,
    changes: AtomicU64,
}

impl Postgres {
    /// The database at this address; one for all who name it alike in this process.
    ///
    /// Nothing is connected yet, and tables are made at the first operation other than `is_new`
    /// and `key_ids`, so that keys can be made or refused first.
    pub fn shared(address: &Address) -> Arc<Postgres> {
        type Known = HashMap<[u8; 32], Weak<Postgres>>;
        static STORES: PerProcess<Mutex<Known>> = PerProcess::new();
        let digest = address.digest();
        let stores = STORES.get_or_init(Mutex::default);
        let mut stores = stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(&digest).and_then(Weak::upgrade) {
            return store;
        }
        stores.retain(|_, store| store.strong_count() > 0);
        let store = Arc::new(Postgres::new(address.clone()));
        stores.insert(digest, Arc::downgrade(&store));
        store
    }

    fn new(address: Address) -> Postgres {
        let dialer = Arc::new(Dialer::new(address));
        Postgres {
            pool: Pool::new(dialer.clone(), MOST_CONNECTIONS),
            locks: Locks::new(dialer),
            prepared: OnceCell::new(),
            changes: AtomicU64::new(0),
        }
    }

    /// The connections, to a database that has its tables.
    fn pool(&self) -> Result<&Pool> {
        self.prepared.get_or_try_init(|| schema::prepare(&self.pool))?;
        Ok(&self.pool)
    }

    fn transaction<T>(
        &self,
        begin: &str,
        work: impl AsyncFn(&Session) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        self.pool()?.write(begin, work).map_err(Failure::error)
    }

    /// One statement that changes something; how many rows.
    fn write(&self, statement: &'static str, parameters: Parameters<'_>) -> Result<u64> {
        self.transaction(BEGIN, async |session| session.execute(statement, parameters).await)
    }

    fn rows<T>(
        &self,
        statement: &'static str,
        parameters: Parameters<'_>,
        read: impl Fn(&tokio_postgres::Row) -> std::result::Result<T, failure::Unreadable>,
    ) -> Result<Vec<T>> {
        self.pool()?.read(async |session| session.query(statement, parameters, &read).await)
    }

    fn grants(
        &self,
        statement: &'static str,
        parameters: Parameters<'_>,
        provider: &'static str,
    ) -> Result<Vec<GrantRow>> {
        self.rows(statement, parameters, |row| rows::grant(row, provider))
    }

    fn value<T: for<'a> tokio_postgres::types::FromSql<'a>>(
        &self,
        statement: &'static str,
        parameters: Parameters<'_>,
    ) -> Result<Option<T>> {
        self.pool()?.read(async |session| session.value(statement, parameters).await)
    }

    fn count(&self, statement: &'static str, parameters: Parameters<'_>) -> Result<u64> {
        self.value(statement, parameters).map(|count: Option<i64>| count.unwrap_or(0) as u64)
    }

    /// Whether a pair was stored although the answer to the commit was lost. Where it is not there,
    /// the server may still be at it, and the outcome stays unknown.
    fn settle(&self, row: &GrantRow, version: Option<u64>, unknown: Error) -> Result<u64> {
        let Some(version) = version else { return Err(unknown) };
        let found = self.pool.read(async |session| rows::has_grant(session, row, version).await);
        match found {
            Ok(true) => Ok(version),
            _ => Err(unknown),
        }
    }
}

impl Store for Postgres {
    /// Never the same: PostgreSQL does not tell whether others have written, so that whoever asks
    /// must look at the row's version, which costs the same one question.
    fn change_counter(&self) -> Result<u64> {
        Ok(self.changes.fetch_add(1, Ordering::Relaxed))
    }

    fn read_grant(&self, key: &GrantKey) -> Result<Option<GrantRow>> {
        let GrantKey { provider, client_id, user } = key;
        let found = self.grants(statements::GRANT, &[user, provider, client_id], provider)?;
        Ok(found.into_iter().next())
    }

    fn grant_version(&self, key: &GrantKey) -> Result<Option<u64>> {
        let GrantKey { provider, client_id, user } = key;
        let version: Option<i64> =
            self.value(statements::GRANT_VERSION, &[user, provider, client_id])?;
        Ok(version.map(|version| version as u64))
    }

    fn put_grant(&self, row: &GrantRow) -> Result<u64> {
        let version = Cell::new(None);
        let put = self.pool()?.write(rows::BEGIN_PUT, async |session| {
            let put = rows::put_grant(session, row).await?;
            version.set(Some(put));
            crash::point("store.grant.before");
            Ok(put)
        });
        let put = match put {
            Err(Failure::Unknown(error)) => self.settle(row, version.get(), error)?,
            put => put.map_err(Failure::error)?,
        };
        crash::point("store.grant.after");
        Ok(put)
    }

    /// No room can be reserved in PostgreSQL. A new pair that cannot be stored because the
    /// server's disk has filled up meanwhile is as one that finds no server: whoever has it keeps
    /// trying and then saves it beside the key.
    fn put_intent(&self, key: &GrantKey, intent: &Intent, _room: usize) -> Result<bool> {
        let GrantKey { provider, client_id, user } = key;
        let version = intent.version as i64;
        let owner = &intent.owner;
        let (pid, start_time) = (i64::from(owner.pid), owner.start_time as i64);
        let parameters: Parameters<'_> =
            &[user, provider, client_id, &version, &owner.host, &pid, &start_time];
        let put = self.pool()?.write(BEGIN, async |session| {
            let put = session.execute(rows::SET_INTENT, parameters).await? == 1;
            crash::point("store.intent.before");
            Ok(put)
        });
        let put = match put {
            Err(Failure::Unknown(error)) => {
                let row = self.read_grant(key).ok().flatten();
                let kept = row.filter(|row| row.version == intent.version);
                match kept.and_then(|row| row.intent) {
                    Some(found) if found.owner == *owner => true,
                    _ => return Err(error),
                }
            }
            put => put.map_err(Failure::error)?,
        };
        crash::point("store.intent.after");
        Ok(put)
    }

    fn clear_intent(&self, key: &GrantKey, version: u64) -> Result<()> {
        let GrantKey { provider, client_id, user } = key;
        let version = version as i64;
        self.write(statements::CLEAR_INTENT, &[user, provider, client_id, &version]).map(drop)
    }

    fn renew_grant(&self, row: &GrantRow, refreshed_before: i64) -> Result<Option<u64>> {
        let GrantKey { provider, client_id, user } = &row.key;
        let version = Cell::new(None);
        let pair: Parameters<'_> =
            &[user, provider, client_id, &row.authorized_at, &refreshed_before];
        let put = self.pool()?.write(rows::BEGIN_PUT, async |session| {
            version.set(None);
            if session.value::<i32>(rows::HOLD_PAIR, pair).await?.is_some() {
                version.set(Some(rows::put_grant(session, row).await?));
            }
            crash::point("store.grant.before");
            Ok(version.get())
        });
        let put = match put {
            Err(Failure::Unknown(error)) => Some(self.settle(row, version.get(), error)?),
            put => put.map_err(Failure::error)?,
        };
        crash::point("store.grant.after");
        Ok(put)
    }

    fn set_state(&self, key: &GrantKey, version: u64, state: GrantState, at: i64) -> Result<bool> {
        let GrantKey { provider, client_id, user } = key;
        let refused_at = (state != GrantState::Authorized).then_some(at);
        let (state, reason) = state.columns();
        let version = version as i64;
        let parameters: Parameters<'_> =
            &[user, provider, client_id, &version, &state, &reason, &refused_at];
        self.write(statements::SET_STATE, parameters).map(|changed| changed == 1)
    }

    fn set_account(&self, key: &GrantKey, authorized_at: i64, account: &Account) -> Result<()> {
        let GrantKey { provider, client_id, user } = key;
        let Account { id, user_id, email } = account;
        let parameters: Parameters<'_> =
            &[user, provider, client_id, id, user_id, email, &authorized_at];
        self.write(statements::SET_ACCOUNT, parameters).map(drop)
    }

    fn delete_grant(&self, key: &GrantKey) -> Result<bool> {
        self.transaction(rows::BEGIN_DELETE, async |session| rows::delete_grant(session, key).await)
    }

    fn grants_of_account(
        &self,
        provider: &'static str,
        client_id: &str,
        account_user_id: &str,
    ) -> Result<Vec<GrantRow>> {
        let parameters: Parameters<'_> = &[&provider, &client_id, &account_user_id];
        self.grants(statements::GRANTS_OF_ACCOUNT, parameters, provider)
    }

    fn grants_after(
        &self,
        provider: &'static str,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let (user, client_id) = after.unwrap_or_default();
        let parameters: Parameters<'_> = &[&provider, &user, &client_id, &i64::from(limit)];
        self.grants(statements::GRANTS_AFTER, parameters, provider)
    }

    fn grants_of_user(&self, provider: &'static str, user: &str) -> Result<Vec<GrantRow>> {
        self.grants(statements::GRANTS_OF_USER, &[&user, &provider], provider)
    }

    fn grants_of_app(
        &self,
        provider: &'static str,
        client_id: &str,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let parameters: Parameters<'_> = &[&provider, &client_id, &i64::from(limit)];
        self.grants(statements::GRANTS_OF_APP, parameters, provider)
    }

    fn grants_refreshed_before(
        &self,
        provider: &'static str,
        before: i64,
        after: Option<(i64, &GrantKey)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let (day, user, client_id) =
            after.map_or((i64::MIN, "", ""), |(at, key)| (day_of(at), &key.user, &key.client_id));
        let limit = i64::from(limit);
        let parameters: Parameters<'_> =
            &[&provider, &before, &day_of(before), &day, &user, &client_id, &limit];
        self.grants(statements::GRANTS_REFRESHED_BEFORE, parameters, provider)
    }

    fn count_refreshed_before(&self, provider: &str, before: i64) -> Result<u64> {
        self.count(statements::COUNT_REFRESHED_BEFORE, &[&provider, &before, &day_of(before)])
    }

    fn grants_unchecked_since(
        &self,
        provider: &'static str,
        client_id: &str,
        before: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let limit = i64::from(limit);
        let parameters: Parameters<'_> = &[&provider, &client_id, &before, &after, &limit];
        self.grants(statements::GRANTS_UNCHECKED, parameters, provider)
    }

    fn set_webhooks_checked(&self, key: &GrantKey, at: i64) -> Result<()> {
        let GrantKey { provider, client_id, user } = key;
        self.write(statements::SET_CHECKED, &[user, provider, client_id, &at]).map(drop)
    }

    fn rename(
        &self,
        (old_user, new_user): (&str, &str),
        grants: &[(GrantKey, GrantRow)],
        references: &[(ReferenceKey, ReferenceRow)],
    ) -> Result<()> {
        self.transaction(rows::BEGIN_DELETE, async |session| {
            rows::rename_host_emails(session, old_user, new_user).await?;
            for (old, row) in grants {
                if *old != row.key {
                    rows::delete_grant(session, old).await?;
                }
                rows::put_grant(session, row).await?;
            }
            for (old, row) in references {
                rows::delete_reference(session, old).await?;
                rows::put_reference(session, row).await?;
            }
            crash::point("store.rename.before");
            Ok(())
        })
    }

    fn host_email(&self, key: &GrantKey) -> Result<Option<String>> {
        let GrantKey { provider, client_id, user } = key;
        self.value(statements::HOST_EMAIL, &[user, provider, client_id])
    }

    fn set_host_email(&self, key: &GrantKey, email: &str) -> Result<()> {
        let GrantKey { provider, client_id, user } = key;
        self.write(statements::PUT_HOST_EMAIL, &[user, provider, client_id, &email]).map(drop)
    }

    fn delete_host_emails(&self, user: &str) -> Result<bool> {
        Ok(self.write(statements::DELETE_HOST_EMAILS, &[&user])? > 0)
    }

    fn claim_nonce(&self, nonce: &[u8], expires_at: i64) -> Result<bool> {
        let claimed = self.transaction(BEGIN, async |session| {
            let claim: Parameters<'_> = &[&nonce, &expires_at];
            let claimed = session.execute(statements::CLAIM_NONCE, claim).await? == 1;
            if claimed {
                session.execute(rows::FORGET_NONCES, &[&nonce, &NONCES_AT_ONCE]).await?;
            }
            Ok(claimed)
        })?;
        crash::point("store.nonce.after");
        Ok(claimed)
    }

    fn key_ids(&self) -> Result<Vec<KeyId>> {
        let is_prepared = self.prepared.get().is_some();
        self.pool.read(async |session| {
            match is_prepared || schema::examine(session, self.pool.address()).await?.is_some() {
                true => rows::key_ids(session).await,
                false => Ok(Vec::new()),
            }
        })
    }

    fn add_key_id(&self, id: KeyId, known: &[KeyId]) -> Result<bool> {
        self.transaction(BEGIN_KEYS, async |session| {
            if rows::key_ids(session).await? != known {
                return Ok(false);
            }
            session.execute(rows::ADD_KEY_ID, &[&id.to_string()]).await?;
            Ok(true)
        })
    }

    fn grants_sealed_otherwise(
        &self,
        provider: &'static str,
        id: KeyId,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let (user, client_id) = after.unwrap_or_default();
        let (id, limit) = (id.to_string(), i64::from(limit));
        let parameters: Parameters<'_> = &[&provider, &id, &user, &client_id, &limit];
        self.grants(statements::GRANTS_SEALED_OTHERWISE, parameters, provider)
    }

    fn references_sealed_otherwise(
        &self,
        provider: &'static str,
        id: KeyId,
        after: Option<&ReferenceKey>,
        limit: u32,
    ) -> Result<Vec<ReferenceRow>> {
        let (user, reference, date) =
            after.map_or(("", "", ""), |key| (&key.user, &key.reference, &key.date));
        let (id, limit) = (id.to_string(), i64::from(limit));
        let parameters: Parameters<'_> = &[&provider, &id, &user, &reference, &date, &limit];
        self.rows(statements::REFERENCES_SEALED_OTHERWISE, parameters, |row| {
            rows::reference(row, provider)
        })
    }

    fn count_sealed_otherwise(&self, id: KeyId) -> Result<u64> {
        self.count(statements::COUNT_SEALED_OTHERWISE, &[&id.to_string()])
    }

    fn reseal(
        &self,
        grants: &[Resealed<GrantKey>],
        references: &[Resealed<ReferenceKey>],
    ) -> Result<u64> {
        self.transaction(BEGIN, async |session| {
            let mut resealed = 0;
            for Resealed { key, old, new } in grants {
                let GrantKey { provider, client_id, user } = key;
                let id = rows::key_id(new);
                let parameters: Parameters<'_> = &[user, provider, client_id, old, &id, new];
                resealed += session.execute(statements::RESEAL_GRANT, parameters).await?;
            }
            for Resealed { key, old, new } in references {
                let ReferenceKey { provider, user, reference, date } = key;
                let id = rows::key_id(new);
                let parameters: Parameters<'_> = &[user, provider, reference, date, old, &id, new];
                resealed += session.execute(statements::RESEAL_REFERENCE, parameters).await?;
            }
            crash::point("store.reseal.before");
            Ok(resealed)
        })
    }

    fn references(
        &self,
        provider: &'static str,
        user: &str,
        reference: &str,
    ) -> Result<Vec<ReferenceRow>> {
        let parameters: Parameters<'_> = &[&user, &provider, &reference];
        self.rows(statements::REFERENCES, parameters, |row| rows::reference(row, provider))
    }

    fn references_of_user(&self, provider: &'static str, user: &str) -> Result<Vec<ReferenceRow>> {
        let parameters: Parameters<'_> = &[&user, &provider];
        self.rows(statements::REFERENCES_OF_USER, parameters, |row| rows::reference(row, provider))
    }

    fn put_reference(&self, row: &ReferenceRow) -> Result<()> {
        self.transaction(BEGIN, async |session| {
            rows::put_reference(session, row).await?;
            crash::point("store.reference.before");
            Ok(())
        })?;
        crash::point("store.reference.after");
        Ok(())
    }

    fn delete_reference(&self, key: &ReferenceKey) -> Result<()> {
        self.transaction(BEGIN, async |session| rows::delete_reference(session, key).await)
    }

    fn release_meeting(
        &self,
        provider: &str,
        user: &str,
        meeting_id: &str,
        client_id: Option<&str>,
    ) -> Result<()> {
        let parameters: Parameters<'_> = &[&user, &provider, &meeting_id, &client_id];
        self.write(statements::RELEASE_MEETING, parameters).map(drop)
    }

    fn references_of_meeting(
        &self,
        provider: &'static str,
        meeting_id: &str,
    ) -> Result<Vec<ReferenceKey>> {
        self.rows(statements::REFERENCES_OF_MEETING, &[&provider, &meeting_id], |row| {
            rows::reference_key(row, provider)
        })
    }

    fn append_audit(&self, row: &AuditRow) -> Result<()> {
        let parameters: Parameters<'_> = &[
            &row.at,
            &row.took,
            &row.operation,
            &row.outcome,
            &row.provider,
            &row.client_id,
            &row.user,
            &row.acting_user,
            &row.meeting_id,
            &row.reference,
            &row.tracking_id,
            &row.correlation_id,
        ];
        self.transaction(rows::BEGIN_AUDIT, async |session| {
            session.execute(statements::APPEND_AUDIT, parameters).await.map(drop)
        })
    }

    fn audit(&self, from: i64, to: i64, after: i64, limit: u32) -> Result<Vec<AuditRow>> {
        self.rows(statements::AUDIT, &[&from, &to, &after, &i64::from(limit)], rows::audit)
    }

    fn audit_of_meeting(
        &self,
        provider: &str,
        meeting_id: &str,
        since: i64,
    ) -> Result<Vec<AuditRow>> {
        let parameters: Parameters<'_> = &[&provider, &meeting_id, &since];
        self.rows(statements::AUDIT_OF_MEETING, parameters, rows::audit)
    }

    fn purge(&self, what: &Purge) -> Result<Purged> {
        let limit = i64::from(what.limit);
        let audit_before = what.audit_before.saturating_mul(1000);
        self.transaction(BEGIN, async |session| {
            let purge = [&what.now, &limit];
            let nonces = session.execute(statements::PURGE_NONCES, &[purge[0], purge[1]]).await?;
            let references =
                session.execute(statements::PURGE_REFERENCES, &[purge[0], purge[1]]).await?;
            let audit = session.execute(statements::PURGE_AUDIT, &[&audit_before, &limit]).await?;
            Ok(Purged { nonces, references, audit })
        })
    }

    fn lock(
        &self,
        what: Guarded<'_>,
        deadline: Instant,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Lock>> {
        self.locks.wait(what.hash() as i64, deadline, cancelled)
    }

    /// A restart of the server, or a lost connection, ends the locks of the living.
    fn locks_outlive_outages(&self) -> bool {
        false
    }

    fn now(&self) -> Result<i64> {
        let now: Option<i64> =
            self.pool.read(async |session| session.value(rows::NOW, &[]).await)?;
        now.ok_or_else(|| Error::internal("a clock without a time"))
    }

    fn summary(&self) -> Result<Summary> {
        let version = "SELECT split_part(current_setting('server_version'), ' ', 1)";
        let version: Option<String> = self.value(version, &[])?;
        Ok(Summary {
            engine: format!("postgresql {}", version.unwrap_or_default()),
            location: self.pool.address().to_string(),
            schema_version: schema::VERSION,
            authorizations: self.count(statements::COUNT_GRANTS, &[])?,
        })
    }
}
