//! The few connections of a process to its database.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::schema;
use crate::error::{Error, Result, Status};
use crate::platform::prepare_sqlite_for_fork;
use crate::store::failure::{Failure, explain, unavailable};

/// How long a lock of another process is waited for, and how often it is tried. SQLite's own
/// waiting grows to 100 ms between tries and starves writers.
pub(super) const BUSY_LIMIT: Duration = Duration::from_secs(5);
const BUSY_PAUSE: Duration = Duration::from_micros(300);

/// One connection for each thread would cost memory and gain nothing: opened tokens are cached.
const MOST_READERS: usize = 4;
/// How much of the database a reader keeps at most, in KiB and negative as SQLite wants it: the
/// inner pages of a million authorizations, so that only leaves are read from the system.
const CACHE: i32 = -8 * 1024;

/// Several readers, a writer, and one that only watches for changes. May be used by any number
/// of threads.
pub(super) struct Connections {
    path: PathBuf,
    watcher: Mutex<Connection>,
    readers: Mutex<Readers>,
    returned: Condvar,
    // Dropped last: the last connection to close moves the log into the database.
    writer: Mutex<Connection>,
}

#[derive(Default)]
struct Readers {
    idle: Vec<Connection>,
    count: usize,
    waiting: usize,
}

impl Connections {
    /// Opens an existing database, and brings it up to the schema of this library.
    pub(super) fn open(path: &Path) -> Result<Connections> {
        let mut writer = connect(path)?;
        schema::examine(&writer, path)?;
        schema::prepare(&mut writer, path)?;
        Ok(Connections {
            path: path.to_owned(),
            watcher: Mutex::new(connect(path)?),
            readers: Mutex::default(),
            returned: Condvar::new(),
            writer: Mutex::new(writer),
        })
    }

    /// Runs `work` in a transaction that is durable when this returns, or has not happened.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        self.commit(&mut locked(&self.writer), work)
    }

    /// As [`Connections::write`], but a loss of power may undo it.
    pub(super) fn write_lightly<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        let mut writer = locked(&self.writer);
        let sync = |writer: &Connection, how: &str| {
            let set = writer.pragma_update(None, "synchronous", how);
            set.map_err(|error| explain(&error, &self.path))
        };
        sync(&writer, "NORMAL")?;
        let outcome = self.commit(&mut writer, work);
        sync(&writer, "FULL").and(outcome)
    }

    fn commit<T>(
        &self,
        writer: &mut Connection,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        let run = || {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|failure: Failure| failure.explain(&self.path))
    }

    /// Runs `work` on a connection that only reads.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let reader = self.reader()?;
        work(&reader).map_err(|error| explain(&error, &self.path))
    }

    /// Changes whenever another connection than the watcher, of any process, has committed
    /// (<https://sqlite.org/pragma.html#pragma_data_version>).
    pub(super) fn data_version(&self) -> Result<u64> {
        let watcher = locked(&self.watcher);
        watcher
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
            .map(|version| version as u64)
            .map_err(|error| explain(&error, &self.path))
    }

    fn reader(&self) -> Result<Reader<'_>> {
        let mut readers = locked(&self.readers);
        loop {
            if let Some(connection) = readers.idle.pop() {
                return Ok(Reader { connections: self, connection: Some(connection) });
            }
            if readers.count < MOST_READERS {
                readers.count += 1;
                // From here on the place is given back even if opening fails.
                let mut reader = Reader { connections: self, connection: None };
                drop(readers);
                let connection = connect(&self.path)?;
                let cache = connection.pragma_update(None, "cache_size", CACHE);
                cache.map_err(|error| explain(&error, &self.path))?;
                reader.connection = Some(connection);
                return Ok(reader);
            }
            readers.waiting += 1;
            readers = self.returned.wait(readers).unwrap_or_else(PoisonError::into_inner);
            readers.waiting -= 1;
        }
    }
}

/// A reading connection on loan.
struct Reader<'a> {
    connections: &'a Connections,
    connection: Option<Connection>,
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a reader has its connection until it is dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut readers = locked(&self.connections.readers);
        match self.connection.take() {
            Some(connection) => readers.idle.push(connection),
            None => readers.count -= 1,
        }
        // A system call, rarely needed.
        if readers.waiting > 0 {
            self.connections.returned.notify_one();
        }
    }
}

/// Opens an existing file; nothing is written to it by that.
pub(super) fn connect(path: &Path) -> Result<Connection> {
    prepare_sqlite_for_fork()
        .map_err(|error| unavailable("cannot prepare SQLite for", path, &error))?;
    // Not the flag that creates: the file is made by us, private. No mutex: we have ours.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_handler(Some(busy_handler()))?;
        connection.set_prepared_statement_cache_capacity(32);
        for (option, on) in [
            // Only who was let in by its schema and its keys may change the database.
            (DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
            // The schema of a manipulated file must not run anything.
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        ] {
            connection.set_db_config(option, on)?;
        }
        // A commit is on the disk, in the log, when it returns.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Damage is noticed rather than read.
        connection.pragma_update(None, "cell_size_check", true)?;
        Ok(connection)
    };
    let connection = open().map_err(|error: rusqlite::Error| explain(&error, path))?;
    match connection.is_readonly("main") {
        Ok(false) => Ok(connection),
        Ok(true) => Err(Error::new(
            Status::StoreUnavailable,
            format!("{}: the server's user has no permission to write to it", path.display()),
        )),
        Err(error) => Err(explain(&error, path)),
    }
}

fn busy_handler() -> impl FnMut(i32) -> bool + Send + 'static {
    let mut began = Instant::now();
    move |tries| {
        if tries == 0 {
            began = Instant::now();
        }
        thread::sleep(BUSY_PAUSE);
        began.elapsed() < BUSY_LIMIT
    }
}

/// What a panicking thread left behind is sound: a transaction rolls back, a pool is whole.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
