//! The few connections of a process to its database.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::schema;
use crate::error::{Error, Result, Status};
use crate::lock::locked;
use crate::platform::{ChangeCounter, prepare_sqlite_for_fork};
use crate::store::failure::{Failure, explain, unavailable};

/// How long a lock of another process is waited for, and how often it is tried. SQLite's own
/// waiting grows to 100 ms between tries and starves writers.
pub(super) const BUSY_LIMIT: Duration = Duration::from_secs(5);
const BUSY_PAUSE: Duration = Duration::from_micros(100);

/// One connection for each thread would cost memory and gain nothing: opened tokens are cached.
const MOST_READERS: usize = 4;
/// How much of the database a reader keeps at most, in KiB and negative as SQLite wants it: the
/// inner pages of a million authorizations, so that only leaves are read from the system.
const CACHE: i32 = -8 * 1024;

/// Several readers, a writer, and a counter of changes. May be used by any number of threads. But
/// for the first reader they are opened at the first need: each reads the schema anew, which is
/// most of what opening costs.
pub(super) struct Connections {
    path: PathBuf,
    // Closed first: only another one, as the last, moves the log into the database.
    changes: ChangeCounter,
    readers: Mutex<Readers>,
    returned: Condvar,
    writer: OnceCell<Mutex<Connection>>,
}

struct Readers {
    idle: Vec<Connection>,
    count: usize,
    waiting: usize,
}

impl Connections {
    /// Brings the database of this connection up to the schema of this library.
    pub(super) fn open(mut connection: Connection, path: &Path) -> Result<Connections> {
        schema::examine(&connection, path)?;
        schema::prepare(&mut connection, path)?;
        enlarge_cache(&connection, path)?;
        let readers = Readers { idle: vec![connection], count: 1, waiting: 0 };
        Ok(Connections {
            path: path.to_owned(),
            changes: ChangeCounter::new(connect(path)?).map_err(|error| explain(&error, path))?,
            readers: Mutex::new(readers),
            returned: Condvar::new(),
            writer: OnceCell::new(),
        })
    }

    fn writer(&self) -> Result<MutexGuard<'_, Connection>> {
        let writer = self.writer.get_or_try_init(|| {
            let connection = connect_to_write(&self.path)?;
            checkpoint_on_close(&connection, &self.path)?;
            Ok::<_, Error>(Mutex::new(connection))
        })?;
        // Not [`locked`]: it is kept while the disk is waited for.
        Ok(writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs `work` in a transaction that is durable when this returns, or has not happened.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        self.commit(&*self.writer()?, work)
    }

    /// As [`Connections::write`], but a loss of power may undo it.
    pub(super) fn write_lightly<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        let writer = self.writer()?;
        let lightly = Lightly(&writer);
        lightly.sync("NORMAL").map_err(|error| explain(&error, &self.path))?;
        let outcome = self.commit(&writer, work);
        lightly.sync("FULL").map_err(|error| explain(&error, &self.path)).and(outcome)
    }

    fn commit<T>(
        &self,
        writer: &Connection,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        let run = || {
            let transaction = Transaction::begin(writer)?;
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

    /// Another one whenever something was committed, by whatever process.
    pub(super) fn changes(&self) -> u64 {
        self.changes.now()
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
                checkpoint_on_close(&connection, &self.path)?;
                enlarge_cache(&connection, &self.path)?;
                reader.connection = Some(connection);
                return Ok(reader);
            }
            readers.waiting += 1;
            readers = self.returned.wait(readers).unwrap_or_else(PoisonError::into_inner);
            readers.waiting -= 1;
        }
    }
}

/// Lets a connection be less careful for a while: a panic too ends that.
struct Lightly<'a>(&'a Connection);

impl Lightly<'_> {
    fn sync(&self, how: &str) -> rusqlite::Result<()> {
        self.0.pragma_update(None, "synchronous", how)
    }
}

impl Drop for Lightly<'_> {
    fn drop(&mut self) {
        // Where it matters that this failed, it was told already.
        let _ = self.sync("FULL");
    }
}

/// A transaction that writes, undone unless it is committed. It is as rusqlite's own, but what
/// begins and ends it is prepared once: to parse that each time takes as long as to change a row.
pub(super) struct Transaction<'a>(&'a Connection);

impl Transaction<'_> {
    /// An error where the connection is in one already.
    fn begin(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Transaction(connection))
    }

    fn commit(self) -> rusqlite::Result<()> {
        self.prepare_cached("COMMIT")?.execute([]).map(drop)
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Some failures have ended it already.
        if !self.is_autocommit() {
            // What fails here fails at the next beginning too, and is told there.
            let _ = self.execute_batch("ROLLBACK");
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

/// The last connection to close moves the log into the database, whichever that is.
pub(super) fn checkpoint_on_close(connection: &Connection, path: &Path) -> Result<()> {
    let set = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
    set.map(drop).map_err(|error| explain(&error, path))
}

fn enlarge_cache(connection: &Connection, path: &Path) -> Result<()> {
    let set = connection.pragma_update(None, "cache_size", CACHE);
    set.map_err(|error| explain(&error, path))
}

/// As [`connect`], to write or to see whether one may.
pub(super) fn connect_to_write(path: &Path) -> Result<Connection> {
    let connection = connect(path)?;
    // A commit is on the disk, in the log, when it returns. Reads the schema.
    let set = connection.pragma_update(None, "synchronous", "FULL");
    set.map_err(|error| explain(&error, path))?;
    Ok(connection)
}

/// Opens an existing file; nothing is written to it by that, and little read.
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
