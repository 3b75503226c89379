//! Why a sandbox could not start or a control call was refused.

use std::{fmt, io};

/// The crate's one error.
#[derive(Debug)]
pub enum Error {
    /// A port could not be opened, or the runtime could not start.
    Io(io::Error),
    /// The private certificate authority could not be made.
    Tls(String),
    /// A database server could not be found, made or started.
    Postgres(String),
    /// An option or a control call makes no sense; the text says which part.
    Invalid(String),
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io(error) => write!(f, "cannot listen: {error}"),
            Error::Tls(text) => write!(f, "cannot make the certificate authority: {text}"),
            Error::Postgres(text) => write!(f, "PostgreSQL: {text}"),
            Error::Invalid(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Io(error)
    }
}

impl From<rcgen::Error> for Error {
    fn from(error: rcgen::Error) -> Self {
        Error::Tls(error.to_string())
    }
}

impl From<rustls::Error> for Error {
    fn from(error: rustls::Error) -> Self {
        Error::Tls(error.to_string())
    }
}
