//! The embedded store: one SQLite database, used by several processes of one machine at once.
//!
//! Beside the database `<path>` lie SQLite's own `<path>-wal` and `<path>-shm`, and `<path>.lock`,
//! whose bytes are locks: one for each authorization being refreshed and each calendar entry being
//! served, one for each process that has the store open, and one for making the database.

mod audit;
mod connections;
mod references;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod turns;

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use once_cell::sync::OnceCell;
use ring::digest::{Context, SHA256};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use self::connections::{BUSY_LIMIT, Connections, connect, locked};
use self::turns::{Patience, Turns};
use super::failure::{explain, unavailable};
use super::seal::KeyId;
use super::{
    Account, AuditRow, GrantKey, GrantRow, GrantState, Guarded, Intent, Lock, Purge, Purged,
    ReferenceKey, ReferenceRow, Resealed, Store, Summary, beside,
};
use crate::crash;
use crate::error::{Error, Result, Status};
use crate::platform::{FileLock, LockFile, PerProcess, ProcessId, reserve_space};

/// Where the bytes lie in the lock file: authorizations below the first, processes above it.
const PROCESSES_AT: u64 = 1 << 62;
const MAKING_AT: u64 = PROCESSES_AT | 1 << 61;

/// What an update may add to the log besides the new pair itself: the pages of the row and of the
/// indexes, for many refreshes at once.
const LOG_RESERVE: u64 = 512 * 1024;

/// How many expired nonces a claim removes: more than it adds, and never a long transaction.
const NONCES_AT_ONCE: u32 = 16;

/// A database. May be used by any number of threads; in a forked child it must be neither used nor
/// dropped ([`PerProcess`]).
pub struct Sqlite {
    /// Made at the first need, so that nothing exists before there is a key for it. Closed before
    /// the byte of this process is given back.
    connections: OnceCell<Connections>,
    /// Held while connections may be open.
    only_copy: OnceCell<FileLock>,
    path: PathBuf,
    locks: LockFile,
    turns: Arc<Turns>,
    /// Whether an earlier one of this process may still be closing.
    had_predecessor: bool,
}

impl Sqlite {
    /// The database at an absolute path; one for all who name it in this process.
    ///
    /// A database that exists is examined but not changed, and one that does not is not created:
    /// both happen at the first operation other than `is_new` and `key_ids`. So keys can be made
    /// or refused first.
    ///
    /// STORE_UNAVAILABLE if its folder does not exist, it cannot be opened, was made by a newer
    /// version, or another copy of the library in this process has it open; STORE_DAMAGED if it
    /// is damaged or something else.
    pub fn shared(path: &Path) -> Result<Arc<Sqlite>> {
        // Weak references that have died stay: they tell that a predecessor may be closing.
        static STORES: PerProcess<Mutex<HashMap<PathBuf, Weak<Sqlite>>>> = PerProcess::new();
        let path = canonical(path)?;
        let stores = STORES.get_or_try_init(|| Ok::<_, Error>(Mutex::default()))?;
        let mut stores = locked(&stores);
        let known = stores.get(&path);
        if let Some(store) = known.and_then(Weak::upgrade) {
            return Ok(store);
        }
        let store = Arc::new(Sqlite::open(path.clone(), known.is_some())?);
        stores.insert(path, Arc::downgrade(&store));
        Ok(store)
    }

    fn open(path: PathBuf, had_predecessor: bool) -> Result<Sqlite> {
        let store = Sqlite {
            connections: OnceCell::new(),
            only_copy: OnceCell::new(),
            locks: LockFile::new(beside(&path, ".lock")),
            path,
            turns: Arc::default(),
            had_predecessor,
        };
        if schema::exists(&store.path)? {
            store.claim_process()?;
            schema::examine_header(&store.path)?;
            store.examined()?;
        }
        Ok(store)
    }

    /// Two copies of SQLite in one process would drop each other's locks on the database ("How To
    /// Corrupt An SQLite Database File", 2.2.1). Every copy tries the same byte, so that the
    /// second finds it taken.
    fn claim_process(&self) -> Result<()> {
        let wait = if self.had_predecessor { BUSY_LIMIT } else { Duration::ZERO };
        self.only_copy.get_or_try_init(|| {
            let ProcessId { host, pid, start_time } = ProcessId::current();
            let numbers = [u64::from(pid).to_be_bytes(), start_time.to_be_bytes()];
            let hash = hash(&[host.as_bytes(), &numbers[0], &numbers[1]]);
            self.try_lock_for(wait, PROCESSES_AT | hash >> 3)?.ok_or_else(|| {
                Error::new(
                    Status::StoreUnavailable,
                    format!(
                        "{}: another copy of this library in the same process has the store \
                         open; load the library from one path only",
                        self.path.display()
                    ),
                )
            })
        })?;
        Ok(())
    }

    fn try_lock_for(&self, limit: Duration, offset: u64) -> Result<Option<FileLock>> {
        let deadline = Instant::now() + limit;
        loop {
            let tried = self.locks.try_lock(offset);
            match tried.map_err(|error| unavailable("cannot lock", self.locks.path(), &error))? {
                None if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
                outcome => return Ok(outcome),
            }
        }
    }

    /// A connection to a database that exists, with a schema known to this library. It leaves the
    /// file as it is, and the log of a process that died too.
    fn examined(&self) -> Result<Connection> {
        self.claim_process()?;
        let has_log = schema::has_log(&self.path)?;
        let connection = connect(&self.path)?;
        schema::examine(&connection, &self.path)?;
        if !has_log {
            // Closing normally then only removes the empty files that opening made.
            connection
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
                .map_err(|error| explain(&error, &self.path))?;
        }
        Ok(connection)
    }

    fn connections(&self) -> Result<&Connections> {
        self.connections.get_or_try_init(|| {
            self.claim_process()?;
            // One process makes or changes the schema, the others find it done.
            let _making = self.try_lock_for(BUSY_LIMIT, MAKING_AT)?.ok_or_else(|| {
                let path = self.path.display();
                let what = format!("{path}: busy, another process is making it");
                Error::new(Status::StoreUnavailable, what)
            })?;
            if !schema::exists(&self.path)? {
                schema::create(&self.path)?;
            }
            Connections::open(&self.path)
        })
    }

    fn grants(
        &self,
        statement: &str,
        parameters: &[&dyn ToSql],
        provider: &'static str,
    ) -> Result<Vec<GrantRow>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(statement)?
                .query_map(parameters, |row| rows::read(row, provider))?
                .collect()
        })
    }

    fn count(&self, statement: &str, parameters: &[&dyn ToSql]) -> Result<u64> {
        let count: i64 = self.connections()?.read(|connection| {
            connection.prepare_cached(statement)?.query_row(parameters, |row| row.get(0))
        })?;
        Ok(count as u64)
    }

    fn write(&self, statement: &str, parameters: &[&dyn ToSql]) -> Result<()> {
        self.connections()?.write(|transaction| {
            transaction.prepare_cached(statement)?.execute(parameters)?;
            Ok(())
        })
    }

    /// Sees to it that the log can take `room` bytes more even if the disk fills up. The pages of
    /// the database itself are written from the log, at leisure.
    fn reserve(&self, room: usize) -> Result<()> {
        let log = beside(&self.path, "-wal");
        // SQLite locks the database and the -shm file, so this descriptor disturbs no lock.
        let reserved = OpenOptions::new()
            .write(true)
            .open(&log)
            .and_then(|file| reserve_space(&file, LOG_RESERVE + room as u64));
        reserved.map_err(|error| unavailable("no room for a new token in", &log, &error))
    }
}

impl Store for Sqlite {
    fn change_counter(&self) -> Result<u64> {
        self.connections()?.data_version()
    }

    fn read_grant(&self, key: &GrantKey) -> Result<Option<GrantRow>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(rows::SELECT_BY_KEY)?
                .query_row(rows::key(key), |row| rows::read(row, key.provider))
                .optional()
        })
    }

    fn grant_version(&self, key: &GrantKey) -> Result<Option<u64>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(rows::SELECT_VERSION)?
                .query_row(rows::key(key), |row| row.get(0).map(|version: i64| version as u64))
                .optional()
        })
    }

    fn put_grant(&self, row: &GrantRow) -> Result<u64> {
        let version = self.connections()?.write(|transaction| {
            let version = rows::upsert(transaction, row)?;
            crash::point("store.grant.before");
            Ok(version)
        })?;
        crash::point("store.grant.after");
        Ok(version)
    }

    fn put_intent(&self, key: &GrantKey, intent: &Intent, room: usize) -> Result<bool> {
        let put = self.connections()?.write(|transaction| {
            let put = rows::set_intent(transaction, key, intent)?;
            if put {
                self.reserve(room)?;
            }
            crash::point("store.intent.before");
            Ok(put)
        })?;
        crash::point("store.intent.after");
        Ok(put)
    }

    fn clear_intent(&self, key: &GrantKey) -> Result<()> {
        self.write(rows::CLEAR_INTENT, params![key.user, key.provider, key.client_id])
    }

    fn renew_grant(&self, row: &GrantRow, refreshed_before: i64) -> Result<Option<u64>> {
        let version = self.connections()?.write(|transaction| {
            let version = match rows::has_pair(transaction, row, refreshed_before)? {
                true => Some(rows::upsert(transaction, row)?),
                false => None,
            };
            crash::point("store.grant.before");
            Ok(version)
        })?;
        crash::point("store.grant.after");
        Ok(version)
    }

    fn set_state(&self, key: &GrantKey, version: u64, state: GrantState, at: i64) -> Result<bool> {
        self.connections()?
            .write(|transaction| Ok(rows::set_state(transaction, key, version, state, at)?))
    }

    fn set_account(&self, key: &GrantKey, authorized_at: i64, account: &Account) -> Result<()> {
        let fields = params![
            key.user,
            key.provider,
            key.client_id,
            account.id,
            account.user_id,
            account.email,
            authorized_at
        ];
        self.write(rows::SET_ACCOUNT, fields)
    }

    fn delete_grant(&self, key: &GrantKey) -> Result<bool> {
        self.connections()?.write(|transaction| Ok(rows::delete(transaction, key)?))
    }

    fn grants_of_account(
        &self,
        provider: &'static str,
        client_id: &str,
        account_user_id: &str,
    ) -> Result<Vec<GrantRow>> {
        let parameters = params![provider, client_id, account_user_id];
        self.grants(rows::SELECT_BY_ACCOUNT, parameters, provider)
    }

    fn grants_after(
        &self,
        provider: &'static str,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let (user, client_id) = after.unwrap_or_default();
        self.grants(rows::SELECT_AFTER, params![provider, user, client_id, limit], provider)
    }

    fn grants_of_user(&self, provider: &'static str, user: &str) -> Result<Vec<GrantRow>> {
        self.grants(rows::SELECT_BY_USER, params![user, provider], provider)
    }

    fn grants_of_app(
        &self,
        provider: &'static str,
        client_id: &str,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        self.grants(rows::SELECT_BY_APP, params![provider, client_id, limit], provider)
    }

    fn grants_refreshed_before(
        &self,
        provider: &'static str,
        before: i64,
        after: Option<(i64, &GrantKey)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let (at, user, client_id) =
            after.map_or((i64::MIN, "", ""), |(at, key)| (at, &key.user, &key.client_id));
        let parameters = params![provider, before, at, user, client_id, limit];
        self.grants(rows::SELECT_REFRESHED_BEFORE, parameters, provider)
    }

    fn count_refreshed_before(&self, provider: &str, before: i64) -> Result<u64> {
        self.count(rows::COUNT_REFRESHED_BEFORE, params![provider, before])
    }

    fn grants_unchecked_since(
        &self,
        provider: &'static str,
        client_id: &str,
        before: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let parameters = params![provider, client_id, before, after, limit];
        self.grants(rows::SELECT_UNCHECKED, parameters, provider)
    }

    fn set_webhooks_checked(&self, key: &GrantKey, at: i64) -> Result<()> {
        self.write(rows::SET_CHECKED, params![key.user, key.provider, key.client_id, at])
    }

    fn rename(
        &self,
        (old_user, new_user): (&str, &str),
        grants: &[(GrantKey, GrantRow)],
        references: &[(ReferenceKey, ReferenceRow)],
    ) -> Result<()> {
        self.connections()?.write(|transaction| {
            transaction
                .prepare_cached("UPDATE OR REPLACE host_emails SET owner = ?2 WHERE owner = ?1")?
                .execute([old_user, new_user])?;
            for (old, row) in grants {
                if *old != row.key {
                    rows::delete(transaction, old)?;
                }
                rows::upsert(transaction, row)?;
            }
            for (old, row) in references {
                references::delete(transaction, old)?;
                references::put(transaction, row)?;
            }
            crash::point("store.rename.before");
            Ok(())
        })
    }

    fn host_email(&self, key: &GrantKey) -> Result<Option<String>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT email FROM host_emails
                     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3",
                )?
                .query_row(rows::key(key), |row| row.get(0))
                .optional()
        })
    }

    fn set_host_email(&self, key: &GrantKey, email: &str) -> Result<()> {
        let fields = params![key.user, key.provider, key.client_id, email];
        self.write("INSERT OR REPLACE INTO host_emails VALUES (?1, ?2, ?3, ?4)", fields)
    }

    fn delete_host_emails(&self, user: &str) -> Result<()> {
        self.write("DELETE FROM host_emails WHERE owner = ?1", params![user])
    }

    fn claim_nonce(&self, nonce: &[u8], expires_at: i64) -> Result<bool> {
        let now = seconds_now();
        let claimed = self.connections()?.write(|transaction| {
            let claimed = transaction
                .prepare_cached("INSERT OR IGNORE INTO spent_nonces VALUES (?1, ?2)")?
                .execute(params![nonce, expires_at])?
                == 1;
            if claimed {
                transaction
                    .prepare_cached(
                        "DELETE FROM spent_nonces WHERE rowid IN (SELECT rowid FROM spent_nonces
                         WHERE expires_at < ?1 AND nonce <> ?2 LIMIT ?3)",
                    )?
                    .execute(params![now, nonce, NONCES_AT_ONCE])?;
            }
            Ok(claimed)
        })?;
        crash::point("store.nonce.after");
        Ok(claimed)
    }

    fn key_ids(&self) -> Result<Vec<KeyId>> {
        if let Some(connections) = self.connections.get() {
            return connections.read(rows::key_ids);
        }
        if !schema::exists(&self.path)? {
            return Ok(Vec::new());
        }
        rows::key_ids(&self.examined()?).map_err(|error| explain(&error, &self.path))
    }

    fn add_key_id(&self, id: KeyId, known: &[KeyId]) -> Result<bool> {
        self.connections()?.write(|transaction| {
            if rows::key_ids(transaction)? != known {
                return Ok(false);
            }
            transaction.execute(
                "INSERT OR REPLACE INTO sealing_keys (id, added_at) VALUES (?1, unixepoch())",
                [id.to_string()],
            )?;
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
        let parameters = params![provider, id.to_string(), user, client_id, limit];
        self.grants(rows::SELECT_SEALED_OTHERWISE, parameters, provider)
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
        let parameters = params![provider, id.to_string(), user, reference, date, limit];
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(references::SELECT_SEALED_OTHERWISE)?
                .query_map(parameters, |row| references::read(row, provider))?
                .collect()
        })
    }

    fn count_sealed_otherwise(&self, id: KeyId) -> Result<u64> {
        self.count(rows::COUNT_SEALED_OTHERWISE, params![id.to_string()])
    }

    fn reseal(
        &self,
        grants: &[Resealed<GrantKey>],
        references: &[Resealed<ReferenceKey>],
    ) -> Result<u64> {
        self.connections()?.write(|transaction| {
            let mut resealed = 0;
            for Resealed { key, old, new } in grants {
                let id = KeyId::of_sealed(new).map(|id| id.to_string());
                resealed += transaction.prepare_cached(rows::RESEAL)?.execute(params![
                    key.user,
                    key.provider,
                    key.client_id,
                    old,
                    id,
                    new
                ])?;
            }
            for Resealed { key, old, new } in references {
                let id = KeyId::of_sealed(new).map(|id| id.to_string());
                let ReferenceKey { provider, user, reference, date } = key;
                resealed += transaction
                    .prepare_cached(references::RESEAL)?
                    .execute(params![user, provider, reference, date, old, id, new])?;
            }
            crash::point("store.reseal.before");
            Ok(resealed as u64)
        })
    }

    fn references(
        &self,
        provider: &'static str,
        user: &str,
        reference: &str,
    ) -> Result<Vec<ReferenceRow>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(references::SELECT)?
                .query_map([user, provider, reference], |row| references::read(row, provider))?
                .collect()
        })
    }

    fn references_of_user(&self, provider: &'static str, user: &str) -> Result<Vec<ReferenceRow>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(references::SELECT_OF_USER)?
                .query_map([user, provider], |row| references::read(row, provider))?
                .collect()
        })
    }

    fn put_reference(&self, row: &ReferenceRow) -> Result<()> {
        self.connections()?.write(|transaction| {
            references::put(transaction, row)?;
            crash::point("store.reference.before");
            Ok(())
        })?;
        crash::point("store.reference.after");
        Ok(())
    }

    fn delete_reference(&self, key: &ReferenceKey) -> Result<()> {
        self.connections()?.write(|transaction| Ok(references::delete(transaction, key)?))
    }

    fn release_meeting(
        &self,
        provider: &str,
        user: &str,
        meeting_id: &str,
        client_id: Option<&str>,
    ) -> Result<()> {
        self.write(references::RELEASE, params![user, provider, meeting_id, client_id])
    }

    fn references_of_meeting(
        &self,
        provider: &'static str,
        meeting_id: &str,
    ) -> Result<Vec<ReferenceKey>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(references::SELECT_OF_MEETING)?
                .query_map([provider, meeting_id], |row| references::read_key(row, provider))?
                .collect()
        })
    }

    fn append_audit(&self, row: &AuditRow) -> Result<()> {
        self.connections()?.write_lightly(|transaction| Ok(audit::append(transaction, row)?))
    }

    fn audit(&self, from: i64, to: i64, after: i64, limit: u32) -> Result<Vec<AuditRow>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(audit::SELECT)?
                .query_map(params![from, to, after, limit], audit::read)?
                .collect()
        })
    }

    fn audit_of_meeting(
        &self,
        provider: &str,
        meeting_id: &str,
        since: i64,
    ) -> Result<Vec<AuditRow>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(audit::SELECT_OF_MEETING)?
                .query_map(params![provider, meeting_id, since], audit::read)?
                .collect()
        })
    }

    fn purge(&self, what: &Purge) -> Result<Purged> {
        self.connections()?.write(|transaction| Ok(audit::purge(transaction, what)?))
    }

    fn locks_outlive_outages(&self) -> bool {
        true
    }

    fn now(&self) -> Result<i64> {
        Ok(seconds_now())
    }

    fn lock(
        &self,
        what: Guarded<'_>,
        deadline: Instant,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Lock>> {
        let hash = match what {
            // Three fields, as the first version had them: it may be running beside this one.
            Guarded::Grant(key) => {
                hash(&[key.provider.as_bytes(), key.client_id.as_bytes(), key.user.as_bytes()])
            }
            Guarded::Reference { provider, user, reference } => {
                hash(&[b"reference", provider.as_bytes(), user.as_bytes(), reference.as_bytes()])
            }
        };
        let offset = hash >> 2;
        self.turns.wait(&self.locks, offset, &Patience { deadline, cancelled })
    }

    fn summary(&self) -> Result<Summary> {
        Ok(Summary {
            engine: format!("sqlite {}", rusqlite::version()),
            location: self.path.display().to_string(),
            schema_version: schema::VERSION,
            authorizations: self.count("SELECT count(*) FROM grants", &[])?,
        })
    }
}

/// The one path by which a store is known in this process.
fn canonical(path: &Path) -> Result<PathBuf> {
    let refused = |what| {
        let what = format!("store.sqlite: {} {what}", path.display());
        Error::new(Status::StoreUnavailable, what)
    };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(refused("is not the path of a file"));
    };
    if !path.is_absolute() {
        return Err(refused("is not an absolute path"));
    }
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        outcome => return outcome.map_err(|error| unavailable("cannot find", path, &error)),
    }
    if fs::symlink_metadata(path).is_ok() {
        return Err(refused("is a link that leads nowhere"));
    }
    match folder.canonicalize() {
        Ok(folder) if folder.is_dir() => Ok(folder.join(name)),
        Ok(_) => Err(refused("lies in something that is no folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(refused("lies in a folder that does not exist; create it first"))
        }
        Err(error) => Err(unavailable("cannot find", folder, &error)),
    }
}

fn seconds_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64
}

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
