//! The settings as they are written. Nothing here is checked beyond names and types.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::source::{Source, ring};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub apps: Vec<App>,
    pub store: Store,
    #[serde(deserialize_with = "ring")]
    pub key: Vec<Source>,
    #[serde(default, deserialize_with = "given")]
    pub redirect_url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub language: Option<String>,
    #[serde(default)]
    pub groups: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub log: Log,
    #[serde(default)]
    pub http: Http,
    #[serde(default)]
    pub retry: Retry,
    #[serde(default)]
    pub audit: Audit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    pub keep_days: u64,
}

impl Default for Audit {
    fn default() -> Audit {
        Audit { keep_days: 365 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    pub provider: String,
    pub client_id: String,
    pub client_secret: Source,
    #[serde(default, deserialize_with = "given")]
    pub redirect_urls: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    pub members: Option<Vec<String>>,
    #[serde(default)]
    pub exclude: Vec<String>,
    #[serde(default, deserialize_with = "given")]
    pub scopes: Option<Vec<String>>,
    #[serde(default)]
    pub kind: super::AppKind,
    #[serde(default, deserialize_with = "given")]
    pub account_id: Option<String>,
    #[serde(default = "yes")]
    pub pkce: bool,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default, deserialize_with = "given")]
    pub authorization_url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub token_url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub revoke_url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub api_url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub webhook_url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub webhook_secret: Option<Source>,
    #[serde(default, deserialize_with = "given")]
    pub verification_token: Option<Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    #[serde(default, deserialize_with = "given")]
    pub sqlite: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub postgres: Option<Source>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    #[serde(default, deserialize_with = "given")]
    pub file: Option<String>,
    #[serde(default)]
    pub level: crate::log::Level,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    pub timeout_seconds: u64,
    /// Null, like absence, means none; so for `ca_file`.
    pub proxy: Option<Source>,
    pub ca_file: Option<String>,
    #[serde(deserialize_with = "given")]
    pub client: Option<String>,
}

impl Default for Http {
    fn default() -> Http {
        Http { timeout_seconds: 20, proxy: None, ca_file: None, client: None }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    pub mode: super::RetryMode,
    pub statuses: Vec<u16>,
    pub max: u64,
    pub wait_ms: u64,
    pub multiply: f64,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            mode: super::RetryMode::Status,
            statuses: vec![429, 500, 502, 503, 504],
            max: 3,
            wait_ms: 500,
            multiply: 2.0,
        }
    }
}

fn yes() -> bool {
    true
}

/// An optional member: left out or given, but never null.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
