//! The embedded store: one SQLite database, used by several processes of one machine at once.
//!
//! Beside the database `<path>` lie SQLite's own `<path>-wal` and `<path>-shm`, `<path>.audit` with
//! the newest lines of the audit trail, and `<path>.lock`, whose bytes are locks: one for each
//! authorization being refreshed and each calendar entry being served, one for each process that
//! has the store open, and one for making the database.

mod audit;
mod connections;
mod references;
mod rows;
mod schema;
mod spool;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use rusqlite::{Connection, ToSql};

#[cfg(feature = "stages")]
pub(crate) use self::rows::id as row_id;

use self::connections::{BUSY_LIMIT, Connections, checkpoint_on_close, connect_to_write};
use self::spool::Spool;
use super::failure::{no_room, unavailable};
use super::turns::Turns;
use super::{GrantRow, beside, hash};
use crate::error::{Error, Result, Status};
use crate::lock::locked;
use crate::platform::{FileLock, LockFile, PerProcess, ProcessId, open_existing, reserve_space};

/// Where the bytes lie in the lock file: authorizations below the first, processes above it.
const PROCESSES_AT: u64 = 1 << 62;
const MAKING_AT: u64 = PROCESSES_AT | 1 << 61;

/// What an update may add to the log besides the new pair itself: the pages of the row and of the
/// indexes, for many refreshes at once.
const LOG_RESERVE: u64 = 512 * 1024;

/// A database. May be used by any number of threads; in a forked child it must be neither used nor
/// dropped ([`PerProcess`]).
pub struct Sqlite {
    /// Made at the first need, so that nothing exists before there is a key for it. Closed before
    /// the byte of this process is given back.
    connections: OnceCell<Connections>,
    /// What a database was examined with, until it is used.
    examined: Mutex<Option<Connection>>,
    /// Held while connections may be open.
    only_copy: OnceCell<FileLock>,
    path: PathBuf,
    locks: LockFile,
    spool: Spool,
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
            examined: Mutex::default(),
            only_copy: OnceCell::new(),
            locks: LockFile::new(beside(&path, ".lock")),
            spool: Spool::new(beside(&path, ".audit")),
            path,
            turns: Arc::default(),
            had_predecessor,
        };
        if schema::exists(&store.path)? {
            store.claim_process()?;
            schema::examine_header(&store.path)?;
            *locked(&store.examined) = Some(store.examine()?);
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
    fn examine(&self) -> Result<Connection> {
        self.claim_process()?;
        let has_log = schema::has_log(&self.path)?;
        let connection = connect_to_write(&self.path)?;
        schema::examine(&connection, &self.path)?;
        if !has_log {
            // Closing normally then only removes the empty files that opening made.
            checkpoint_on_close(&connection, &self.path)?;
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
            let mut examined = locked(&self.examined).take();
            if !schema::exists(&self.path)? {
                // It may have been taken away since.
                examined = None;
                schema::create(&self.path)?;
            }
            let connection = examined.map_or_else(|| connect_to_write(&self.path), Ok)?;
            Connections::open(connection, &self.path)
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
        let bytes = LOG_RESERVE + room as u64;
        // SQLite locks the database and the -shm file, so this descriptor disturbs no lock.
        let reserved = open_existing(&log).and_then(|file| reserve_space(&file, bytes));
        reserved.map_err(|error| no_room(bytes, &log, &error))
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
