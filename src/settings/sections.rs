//! The parts of the settings beside the apps.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::source::Source;
use super::{absolute_path, document, refuse, urls};
use crate::error::Result;
use crate::http::{Client, Options};
use crate::log::Level;
#[cfg(feature = "postgres")]
use crate::store::postgres::Address;
use crate::store::seal::KeySource;

/// Where the library writes its own log, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// `None`: the host's callback only.
    pub file: Option<PathBuf>,
    pub level: Level,
}

impl LogSettings {
    pub(super) fn check(document: document::Log) -> Result<LogSettings> {
        Ok(LogSettings {
            file: document.file.map(|file| absolute_path(file, "log.file")).transpose()?,
            level: document.level,
        })
    }
}

/// What remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreSettings {
    /// A database file, made when it does not exist.
    Sqlite(PathBuf),
    /// A database that several servers share.
    #[cfg(feature = "postgres")]
    Postgres(Address),
}

impl StoreSettings {
    pub(super) fn check(document: document::Store) -> Result<StoreSettings> {
        match (document.sqlite, document.postgres) {
            (Some(file), None) => absolute_path(file, "store.sqlite").map(StoreSettings::Sqlite),
            (None, Some(source)) => StoreSettings::postgres(source),
            (None, None) => Err(refuse("store.sqlite", "missing, and so is store.postgres")),
            (Some(_), Some(_)) => Err(refuse("store.postgres", "not beside store.sqlite")),
        }
    }

    #[cfg(feature = "postgres")]
    fn postgres(source: Source) -> Result<StoreSettings> {
        let url = source.resolve("store.postgres")?;
        let address = Address::parse(&url).map_err(|why| refuse("store.postgres", why))?;
        Ok(StoreSettings::Postgres(address))
    }

    #[cfg(not(feature = "postgres"))]
    fn postgres(_: Source) -> Result<StoreSettings> {
        let why = "this build of the library does not have PostgreSQL; use store.sqlite";
        Err(refuse("store.postgres", why))
    }

    /// The database's file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            StoreSettings::Sqlite(file) => Some(file),
            #[cfg(feature = "postgres")]
            StoreSettings::Postgres(_) => None,
        }
    }
}

/// For texts; never a secret.
impl fmt::Display for StoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreSettings::Sqlite(file) => write!(f, "{}", file.display()),
            #[cfg(feature = "postgres")]
            StoreSettings::Postgres(address) => write!(f, "{address}"),
        }
    }
}

pub(super) fn keys(sources: Vec<Source>) -> Result<Vec<KeySource>> {
    let path = |index: usize| {
        if sources.len() == 1 { "key".to_owned() } else { format!("key[{index}]") }
    };
    let paths: Vec<_> = (0..sources.len()).map(path).collect();
    let mut keys: Vec<KeySource> = Vec::with_capacity(sources.len());
    for (source, path) in sources.into_iter().zip(paths) {
        let key = source.key(&path)?;
        if let Some(first) = keys.iter().position(|known| *known == key) {
            return Err(refuse(path, format_args!("the same as key[{first}]")));
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(refuse("key", "must name at least one")) } else { Ok(keys) }
}

pub(super) fn audit_days(document: &document::Audit) -> Result<i64> {
    within(document.keep_days, 1..=36_500, "audit.keep_days").map(|days| days as i64)
}

/// How the providers are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// How long a call may take when it does not say so itself.
    pub timeout: Duration,
    pub transport: Options,
}

impl HttpSettings {
    pub(super) fn check(document: document::Http) -> Result<HttpSettings> {
        let timeout = within(document.timeout_seconds, 1..=300, "http.timeout_seconds")?;
        let client = match document.client.as_deref() {
            None | Some("ureq") => Client::Ureq,
            #[cfg(feature = "reqwest")]
            Some("reqwest") => Client::Reqwest,
            #[cfg(not(feature = "reqwest"))]
            Some("reqwest") => {
                let why = "this build of the library does not have reqwest; use ureq";
                return Err(refuse("http.client", why));
            }
            Some(_) => return Err(refuse("http.client", "unknown; known: ureq, reqwest")),
        };
        let proxy = document.proxy.map(|source| source.resolve("http.proxy")).transpose()?;
        if let Some(proxy) = &proxy {
            urls::proxy(proxy, "http.proxy")?;
        }
        let ca_file = document.ca_file.map(|file| absolute_path(file, "http.ca_file"));
        Ok(HttpSettings {
            timeout: Duration::from_secs(timeout),
            transport: Options { proxy, ca_file: ca_file.transpose()?, client },
        })
    }
}

/// Which failures are tried again, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct RetrySettings {
    pub mode: RetryMode,
    /// HTTP statuses that are tried again in [`RetryMode::Status`].
    pub statuses: Vec<u16>,
    /// How often after the first try.
    pub max: u32,
    /// Before the first repetition.
    pub wait: Duration,
    /// By how much each wait is longer than the one before.
    pub multiply: f64,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum RetryMode {
    /// Nothing is tried again.
    None,
    /// Every answer that may be another the next time (408, 423, 425, 429 and 5xx), and connections
    /// that break or cannot be made.
    Any,
    /// Answers with one of the statuses, and connections that break or cannot be made.
    Status,
}

impl RetrySettings {
    pub(super) fn check(document: document::Retry) -> Result<RetrySettings> {
        for (index, status) in document.statuses.iter().enumerate() {
            within(*status, 400..=599, &format!("retry.statuses[{index}]"))?;
        }
        let mut statuses = document.statuses;
        statuses.sort_unstable();
        statuses.dedup();
        Ok(RetrySettings {
            mode: document.mode,
            statuses,
            max: within(document.max, 0..=10, "retry.max")? as u32,
            wait: Duration::from_millis(within(document.wait_ms, 0..=300_000, "retry.wait_ms")?),
            multiply: within(document.multiply, 1.0..=100.0, "retry.multiply")?,
        })
    }
}

fn within<T: PartialOrd + fmt::Display>(
    value: T,
    range: RangeInclusive<T>,
    path: &str,
) -> Result<T> {
    match range.contains(&value) {
        true => Ok(value),
        false => Err(refuse(path, format_args!("not from {} to {}", range.start(), range.end()))),
    }
}
