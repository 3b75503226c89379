//! The database file: what a new one is made of, and whether an existing one is ours.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, ffi};

use super::connections::{checkpoint_on_close, connect_to_write};
use crate::error::{Error, Result, Status};
use crate::platform::{create_private, sync_folder};
use crate::store::beside;
use crate::store::failure::{damaged, explain, unavailable};

/// "MtBr", in the header of every database of this library.
const APPLICATION_ID: i32 = 0x4d74_4272;

/// How each version of the schema is made from the one before; `user_version` counts them. Steps
/// only ever add, and exchange indexes, because processes of the older version may have the store
/// open. `sealing_keys` and the columns `key_id` are read before any step is taken and stay as they
/// are.
///
/// Nothing here is secret except `sealed`, and that is sealed.
const STEPS: &[&str] = &[
    "
CREATE TABLE grants (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    client_id TEXT NOT NULL,
    owner TEXT NOT NULL,            -- the user's name, normalized
    user_name TEXT NOT NULL,        -- as the host wrote it
    version INTEGER NOT NULL,
    state TEXT NOT NULL,            -- authorized | reauthorize
    reason TEXT,                    -- of reauthorize: why
    scopes TEXT NOT NULL,           -- separated by spaces
    account_id TEXT,
    account_user_id TEXT,
    account_email TEXT,
    authorized_at INTEGER NOT NULL, -- all times in seconds since 1970, UTC
    refreshed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    intent_version INTEGER,         -- a refresh of this version is under way
    intent_at INTEGER,
    intent_host TEXT,               -- by this process
    intent_pid INTEGER,
    intent_start_time INTEGER,
    key_id TEXT,                    -- the master key that sealed the next column
    sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX grants_owner ON grants (owner, provider, client_id);
CREATE INDEX grants_account ON grants (provider, client_id, account_user_id)
    WHERE account_user_id IS NOT NULL;
CREATE INDEX grants_key ON grants (key_id);
CREATE TABLE deleted_grants (highest_version INTEGER NOT NULL) STRICT;
INSERT INTO deleted_grants VALUES (0);
CREATE TABLE spent_nonces (
    nonce BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX spent_nonces_expiry ON spent_nonces (expires_at);
CREATE TABLE sealing_keys (
    number INTEGER PRIMARY KEY,     -- the highest belongs to the key that seals
    id TEXT NOT NULL UNIQUE,
    added_at INTEGER NOT NULL
) STRICT;
",
    "
CREATE TABLE meeting_references (
    owner TEXT NOT NULL,            -- the user's name, normalized
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,        -- the host's key of the calendar entry
    date TEXT NOT NULL,             -- where each date has a meeting of its own; else empty
    client_id TEXT NOT NULL,
    meeting_id TEXT,                -- null while the answer is not known
    asked_at INTEGER NOT NULL,      -- in milliseconds since 1970, UTC
    key_id TEXT,                    -- the master key that sealed the next column
    sealed BLOB NOT NULL,
    PRIMARY KEY (owner, provider, reference, date)
) STRICT, WITHOUT ROWID;
CREATE INDEX meeting_references_meeting ON meeting_references (provider, meeting_id)
    WHERE meeting_id IS NOT NULL;
CREATE INDEX meeting_references_key ON meeting_references (key_id);
",
    "
ALTER TABLE grants ADD COLUMN refused_at INTEGER;
ALTER TABLE grants ADD COLUMN webhooks_checked_at INTEGER;
CREATE INDEX grants_app ON grants (provider, client_id, authorized_at);
CREATE INDEX grants_refreshed ON grants (provider, refreshed_at, owner, client_id)
    WHERE state = 'authorized';
ALTER TABLE meeting_references ADD COLUMN kept_until INTEGER;
CREATE INDEX meeting_references_kept ON meeting_references (kept_until)
    WHERE kept_until IS NOT NULL;
CREATE TABLE host_emails (
    owner TEXT NOT NULL,            -- the user's name, normalized
    provider TEXT NOT NULL,
    client_id TEXT NOT NULL,
    email TEXT NOT NULL,
    PRIMARY KEY (owner, provider, client_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,            -- in milliseconds since 1970, UTC
    took INTEGER NOT NULL,          -- in milliseconds
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    provider TEXT,
    client_id TEXT,
    user_name TEXT,
    acting_user TEXT,
    meeting_id TEXT,
    reference TEXT,
    tracking_id TEXT,
    correlation_id TEXT
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_meeting ON audit (provider, meeting_id, at) WHERE meeting_id IS NOT NULL;
",
    "
CREATE TABLE audit_spool (          -- how much of the spool is in the table audit
    mark BLOB NOT NULL,             -- how the spool begins for which that is told
    moved INTEGER NOT NULL          -- in bytes
) STRICT;
",
    // In days since 1970, so that an index on it seldom changes. A process of an older version
    // leaves it behind, never ahead.
    "
ALTER TABLE grants ADD COLUMN refreshed_on INTEGER NOT NULL DEFAULT 0;
UPDATE grants SET refreshed_on = refreshed_at / 86400;
DROP INDEX grants_refreshed;
CREATE INDEX grants_refreshed ON grants (provider, refreshed_on, owner, client_id)
    WHERE state = 'authorized';
",
];

pub(super) const VERSION: u32 = STEPS.len() as u32;

/// Whether there is a database. An empty file is none.
///
/// STORE_DAMAGED if there is only the log of one: a new database would be spoilt by it ("How To
/// Corrupt An SQLite Database File", 1.4).
pub(super) fn exists(path: &Path) -> Result<bool> {
    if length(path)?.is_some_and(|length| length > 0) {
        return Ok(true);
    }
    match has_log(path)? {
        true => Err(damaged(&beside(path, "-wal"), "this log has lost its database")),
        false => Ok(false),
    }
}

fn length(path: &Path) -> Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(Some(found.len())),
        Ok(_) => {
            Err(Error::new(Status::StoreUnavailable, format!("{} is no file", path.display())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unavailable("cannot find the store", path, &error)),
    }
}

/// Looks at the header of the file itself, so that SQLite never touches a foreign one
/// (<https://sqlite.org/fileformat.html>, 1.3). A database of ours has its application id in the
/// file from the first moment.
///
/// No connection of this process may be open: closing the file would drop its POSIX locks.
pub(super) fn examine_header(path: &Path) -> Result<()> {
    let refused = || Err(damaged(path, "not a database of this library"));
    let mut header = [0; 100];
    match File::open(path).and_then(|mut file| file.read_exact(&mut header)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return refused(),
        Err(error) => return Err(unavailable("cannot read the store", path, &error)),
    }
    if !header.starts_with(b"SQLite format 3\0") || header[68..72] != APPLICATION_ID.to_be_bytes() {
        return refused();
    }
    // SQLite takes the end of a page that was cut off for zeros. Beside a log that is right: the
    // page may have been on its way from there when the disk was full.
    let page_size = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let is_cut = length(path)?.is_some_and(|length| length.checked_rem(page_size) != Some(0));
    match is_cut && !has_log(path)? {
        true => Err(damaged(path, "its end is missing")),
        false => Ok(()),
    }
}

/// Whether there is anything in the log.
pub(super) fn has_log(path: &Path) -> Result<bool> {
    Ok(length(&beside(path, "-wal"))?.is_some_and(|length| length > 0))
}

/// The schema version of a database, which must be ours and not newer than this library.
pub(super) fn examine(connection: &Connection, path: &Path) -> Result<u32> {
    let number = |name| {
        connection
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0))
            .map_err(|error| explain(&error, path))
    };
    if number("application_id")? != APPLICATION_ID {
        return Err(damaged(path, "not a database of this library"));
    }
    let version = number("user_version")? as u32;
    match version {
        1..=VERSION => Ok(version),
        0 => Err(damaged(path, "it has no schema")),
        _ => Err(Error::new(
            Status::StoreUnavailable,
            format!(
                "{} was made by a newer version of this library (schema {version}; this one \
                 knows {VERSION})",
                path.display()
            ),
        )),
    }
}

/// Makes a new database under another name and moves it into place when it is whole and durable.
/// The caller sees to it that nobody else does the same.
pub(super) fn create(path: &Path) -> Result<()> {
    let temporary = beside(path, ".new");
    let clear = || {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            // Of a process that died here, or without effect.
            let _ = fs::remove_file(beside(&temporary, suffix));
        }
    };
    clear();
    let created = create_at(&temporary).and_then(|()| {
        let folder = path.parent().unwrap_or(path);
        fs::rename(&temporary, path)
            .and_then(|()| sync_folder(folder))
            .map_err(|error| unavailable("cannot create the store", path, &error))
    });
    if created.is_err() {
        clear();
    }
    created
}

fn create_at(path: &Path) -> Result<()> {
    create_private(path).map_err(|error| unavailable("cannot create the store", path, &error))?;
    let mut connection = connect_to_write(path)?;
    prepare(&mut connection, path)?;
    // Moves everything from the log into the file and syncs it.
    connection.close().map_err(|(_, error)| explain(&error, path))
}

/// Takes the missing steps, all or none, and from now on writes to a log first, which closing the
/// last connection moves into the database.
pub(super) fn prepare(connection: &mut Connection, path: &Path) -> Result<()> {
    checkpoint_on_close(connection, path)?;
    let mut run = || {
        // A no-op where it is on.
        connection.pragma_update_and_check(None, "journal_mode", "wal", |mode| {
            match mode.get_ref(0)?.as_str()? {
                "wal" => Ok(()),
                // Refused where processes cannot share memory, as on a network drive.
                _ => Err(rusqlite::Error::SqliteFailure(
                    ffi::Error::new(ffi::SQLITE_CANTOPEN),
                    Some("no write-ahead log is possible here".to_owned()),
                )),
            }
        })?;
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version == VERSION {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        for step in &STEPS[version as usize..] {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()
    };
    run().map_err(|error: rusqlite::Error| explain(&error, path))
}
