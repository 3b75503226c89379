//! The change counter that SQLite's processes share, read where it lies.

use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::{Connection, Error, Result, ffi};

const MAIN: &CStr = c"main";
/// How large the pieces are that SQLite maps of the file `-shm`.
const PIECE: c_int = 32 * 1024;
/// The words of its header that are read here (<https://sqlite.org/walformat.html>, 2.1): which
/// format, how many transactions were committed, and a checksum of all the header.
const FORMAT: usize = 0;
const CHANGES: usize = 2;
const CHECKSUM: usize = 10;
const WORDS: usize = 12;
/// The only format there has ever been.
const KNOWN: u32 = 3_007_000;

/// Counts what all connections of all processes commit to a database that has a log.
///
/// `PRAGMA data_version` tells the same, but asks the system for two locks each time.
pub struct ChangeCounter {
    /// The header of the index that all processes map.
    header: NonNull<[AtomicU32; WORDS]>,
    /// Keeps it mapped, and does nothing else.
    _connection: Connection,
}

// SAFETY: the connection may be closed by any thread, and what the pointer leads to is there for
// all of them.
unsafe impl Send for ChangeCounter {}
// SAFETY: the header is only read here, atomically, and the connection not used until it is
// closed. SQLite, in whatever process, writes the header by memcpy, this copy after the other one:
// a torn number is one that was not seen before, and who then reads does so in SQLite's own way,
// which compares both.
unsafe impl Sync for ChangeCounter {}

impl ChangeCounter {
    /// An error if the database has no log or is not to be shared.
    pub fn new(connection: Connection) -> Result<ChangeCounter> {
        // Where nothing was read yet, the index may not be there or not be right.
        connection.query_row("PRAGMA data_version", [], |_| Ok(()))?;
        Ok(ChangeCounter { header: header(&connection)?, _connection: connection })
    }

    /// Another one after every commit, whichever its process: one that has returned anywhere is
    /// seen. Takes no lock.
    pub fn now(&self) -> u64 {
        // SAFETY: the connection, and with it the mapping, is there until this value is dropped.
        let header = unsafe { self.header.as_ref() };
        // A writer that is not done yet has committed nothing yet: any other number is right.
        let [changes, checksum] = [CHANGES, CHECKSUM].map(|at| header[at].load(Ordering::Acquire));
        u64::from(changes) << u32::BITS | u64::from(checksum)
    }
}

fn header(connection: &Connection) -> Result<NonNull<[AtomicU32; WORDS]>> {
    let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
    // SAFETY: the connection is open, and this request writes one pointer to a file that is open
    // as long as it.
    let status = unsafe {
        let file = (&raw mut file).cast();
        let request = ffi::SQLITE_FCNTL_FILE_POINTER;
        ffi::sqlite3_file_control(connection.handle(), MAIN.as_ptr(), request, file)
    };
    check(status)?;
    // SAFETY: SQLite's own file, with the methods of its file system; null if it is not open.
    let map = unsafe { file.as_ref().and_then(|file| file.pMethods.as_ref()) }
        .filter(|methods| methods.iVersion >= 2)
        .and_then(|methods| methods.xShmMap);
    let mut start: *mut c_void = ptr::null_mut();
    // SAFETY: nobody else uses the connection now. As SQLite calls it for the first piece, which
    // stays mapped until the connection is closed.
    check(map.map_or(ffi::SQLITE_CANTOPEN, |map| unsafe { map(file, 0, PIECE, 0, &mut start) }))?;
    let header = NonNull::new(start.cast::<[AtomicU32; WORDS]>());
    // SAFETY: a piece is larger than the header, aligned as memory of the system is, and only
    // read here.
    let is_known = |header: &NonNull<[AtomicU32; WORDS]>| unsafe {
        header.as_ref()[FORMAT].load(Ordering::Acquire) == KNOWN
    };
    header.filter(is_known).ok_or_else(|| failure(ffi::SQLITE_CANTOPEN))
}

fn check(status: c_int) -> Result<()> {
    if status == ffi::SQLITE_OK { Ok(()) } else { Err(failure(status)) }
}

fn failure(status: c_int) -> Error {
    let what = "the log of this database cannot be shared here".to_owned();
    Error::SqliteFailure(ffi::Error::new(status), Some(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &std::path::Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = wal").unwrap();
        connection
    }

    #[test]
    fn it_moves_with_each_commit_of_any_connection_and_with_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let counter = ChangeCounter::new(open(&path)).unwrap();
        let [one, other] = [open(&path), open(&path)];
        let version =
            || one.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
        other.execute_batch("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (0)").unwrap();
        let mut before = (counter.now(), version());
        other.execute_batch("ROLLBACK; SELECT count(*) FROM t").unwrap();
        assert_eq!((counter.now(), version()), before);
        for number in 0..1000 {
            other.execute("INSERT INTO t VALUES (?1)", [number]).unwrap();
            let now = (counter.now(), version());
            assert!(now.0 != before.0 && now.1 != before.1);
            before = now;
            if number % 100 == 0 {
                // From the log into the database, so that the log begins anew.
                other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
            }
        }
    }

    #[test]
    fn a_database_without_a_log_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("test.db")).unwrap();
        connection.execute_batch("CREATE TABLE t (a)").unwrap();
        assert!(ChangeCounter::new(connection).is_err());
    }
}
