//! What went wrong at the server or on the way to it, in the words of an administrator.

use std::error::Error as _;
use std::io;

use tokio_postgres::Error as Cause;
use tokio_postgres::error::{Severity, SqlState};

use super::address::Address;
use crate::error::{Error, Status};

/// Why an operation was not done.
pub(super) enum Failure {
    /// The connection is of no use any more, or the transaction was given up by the server: another
    /// try may succeed. Nothing was committed.
    Passing(Error),
    /// The connection broke, or time ran out, while the answer to a commit was awaited.
    Unknown(Error),
    /// The server, or what it keeps, says no. Nothing was committed.
    Lasting(Error),
}

impl Failure {
    pub(super) fn error(self) -> Error {
        let (Failure::Passing(error) | Failure::Unknown(error) | Failure::Lasting(error)) = self;
        error
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Lasting(error)
    }
}

/// A row that is not what its statement gives.
pub(super) enum Unreadable {
    Column(Cause),
    Value(&'static str),
}

impl From<Cause> for Unreadable {
    fn from(error: Cause) -> Unreadable {
        Unreadable::Column(error)
    }
}

impl Unreadable {
    pub(super) fn explain(&self, address: &Address) -> Error {
        match self {
            Unreadable::Column(error) => explain(address, error),
            Unreadable::Value(what) => {
                damaged(address, format_args!("unexpected content ({what})"))
            }
        }
    }
}

/// STORE_UNAVAILABLE.
pub(super) fn unavailable(address: &Address, what: impl std::fmt::Display) -> Error {
    Error::new(Status::StoreUnavailable, format!("{address}: {what}"))
}

/// STORE_DAMAGED.
pub(super) fn damaged(address: &Address, what: impl std::fmt::Display) -> Error {
    Error::new(Status::StoreDamaged, format!("{address}: {what}"))
}

/// What a statement's failure means; a connection or a transaction that is lost may be replaced.
pub(super) fn of_statement(address: &Address, cause: &Cause) -> Failure {
    let error = explain(address, cause);
    match cause.as_db_error() {
        Some(said) if is_alive(said.parsed_severity()) => match *said.code() {
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
                Failure::Passing(error)
            }
            _ => Failure::Lasting(error),
        },
        Some(_) => Failure::Passing(error),
        // What the server sent or was to be sent is of another kind than expected.
        None if error.status() == Status::StoreDamaged => Failure::Lasting(error),
        None => Failure::Passing(error),
    }
}

/// The same of a commit: only a server that goes on has certainly not carried it out.
pub(super) fn of_commit(address: &Address, cause: &Cause) -> Failure {
    let error = explain(address, cause);
    match cause.as_db_error() {
        Some(said) if is_alive(said.parsed_severity()) => Failure::Lasting(error),
        _ => Failure::Unknown(error),
    }
}

/// Whether the session goes on after an error of this severity.
fn is_alive(severity: Option<Severity>) -> bool {
    severity == Some(Severity::Error)
}

/// Sorts SQLSTATEs (<https://www.postgresql.org/docs/current/errcodes-appendix.html>) and failures
/// of the connection into the store's errors.
pub(super) fn explain(address: &Address, cause: &Cause) -> Error {
    let Some(said) = cause.as_db_error() else { return unsaid(address, cause) };
    let code = said.code();
    let what = match *code {
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => {
            return damaged(address, format_args!("the database is damaged ({})", said.message()));
        }
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN | SqlState::UNDEFINED_OBJECT => {
            let what = "its tables are not as this library made them";
            return damaged(address, format_args!("{what} ({})", said.message()));
        }
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "the server does not accept the user or its password"
        }
        SqlState::INVALID_CATALOG_NAME => "the server has no such database",
        SqlState::READ_ONLY_SQL_TRANSACTION => "the server is read-only",
        SqlState::INSUFFICIENT_PRIVILEGE => "the user has no permission for this",
        SqlState::TOO_MANY_CONNECTIONS => "the server has no connection left",
        SqlState::CANNOT_CONNECT_NOW => "the server is starting or stopping",
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN => "the server was stopped",
        SqlState::DISK_FULL => "the server's disk is full",
        SqlState::OUT_OF_MEMORY => "the server has no memory left",
        SqlState::CHARACTER_NOT_IN_REPERTOIRE => "a text holds a character that it cannot keep",
        SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => {
            "busy: something kept it locked for too long"
        }
        // A pooler does not know our settings for the session: what it says about that.
        _ if said.message().contains("unsupported startup parameter") => {
            "this is a connection pooler; locks need sessions of their own, so name the server itself"
        }
        _ => "the database does not work",
    };
    unavailable(address, format_args!("{what} (SQLSTATE {}: {})", code.code(), said.message()))
}

/// A failure of which the server said nothing.
fn unsaid(address: &Address, cause: &Cause) -> Error {
    let Some(source) = cause.source() else { return unavailable(address, cause) };
    let text = cause.to_string();
    let is_of_values = ["deserializing", "serializing", "invalid column"];
    if is_of_values.iter().any(|part| text.contains(part)) {
        return damaged(address, format_args!("unexpected content ({cause}: {source})"));
    }
    if let Some(error) = source.downcast_ref::<io::Error>()
        && let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return unavailable(address, format_args!("no TLS: {tls}"));
    }
    unavailable(address, format_args!("{cause}: {source}"))
}
