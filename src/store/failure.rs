//! What went wrong in a file, in the words of an administrator.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::{Error, Status};

/// STORE_UNAVAILABLE: `path` could not be read, written or created.
pub(super) fn unavailable(doing: &str, path: &Path, error: &io::Error) -> Error {
    let path = path.display();
    Error::new(Status::StoreUnavailable, format!("{doing} {path}: {}", words(error)))
}

/// STORE_UNAVAILABLE: a file could not be given the room that a new token takes.
pub(super) fn no_room(bytes: u64, path: &Path, error: &io::Error) -> Error {
    let folder = path.parent().unwrap_or(path).display();
    let what = format!("keeping {bytes} bytes in {folder} free for a new token: {}", words(error));
    Error::new(Status::StoreUnavailable, what)
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "the server's user has no permission for this file or its folder".to_owned()
        }
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        _ => error.to_string(),
    }
}

pub(super) fn damaged(path: &Path, what: &str) -> Error {
    Error::new(Status::StoreDamaged, format!("{}: {what}", path.display()))
}

/// A failure inside a transaction: SQLite's, or one that is explained already.
pub(super) enum Failure {
    Sqlite(rusqlite::Error),
    Explained(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        Failure::Sqlite(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Explained(error)
    }
}

impl Failure {
    pub(super) fn explain(self, path: &Path) -> Error {
        match self {
            Failure::Sqlite(error) => explain(&error, path),
            Failure::Explained(error) => error,
        }
    }
}

/// Sorts SQLite's result codes (<https://sqlite.org/rescode.html>) into the store's errors.
pub(super) fn explain(error: &rusqlite::Error, path: &Path) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        // A value that is not what its column holds.
        return damaged(path, &format!("unexpected content ({error})"));
    };
    let (status, what) = match failure.code {
        ErrorCode::DatabaseCorrupt | ErrorCode::Unknown | ErrorCode::TypeMismatch => {
            (Status::StoreDamaged, "the database is damaged")
        }
        ErrorCode::NotADatabase => (Status::StoreDamaged, "not a database of this library"),
        ErrorCode::OutOfMemory => (Status::OutOfMemory, "no memory"),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            (Status::StoreUnavailable, "busy: another process kept it locked for too long")
        }
        ErrorCode::DiskFull => (Status::StoreUnavailable, "the disk is full"),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => (
            Status::StoreUnavailable,
            "the server's user has no permission to write to it or its folder",
        ),
        ErrorCode::CannotOpen => (
            Status::StoreUnavailable,
            "it or a file beside it cannot be opened or created: look at the folder's permissions",
        ),
        ErrorCode::SystemIoFailure => {
            (Status::StoreUnavailable, "reading or writing failed: the disk may be full or broken")
        }
        _ => (Status::StoreUnavailable, "the database does not work"),
    };
    let message = message.as_deref().unwrap_or_default();
    let code = failure.extended_code;
    Error::new(status, format!("{}: {what} (SQLite {code}: {message})", path.display()))
}
