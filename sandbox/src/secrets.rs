//! A ledger of every secret that ever existed here, so that a test can search a store, a log or a
//! core dump for the real values.

use serde::Serialize;
use std::sync::{Mutex, PoisonError};

/// All secrets so far, oldest first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Secrets {
    /// Bearer tokens of both providers.
    pub access_tokens: Vec<String>,
    /// Refresh tokens of both providers.
    pub refresh_tokens: Vec<String>,
    /// Authorization codes.
    pub codes: Vec<String>,
    /// PKCE verifiers that clients sent.
    pub code_verifiers: Vec<String>,
    /// Secrets of the registered apps.
    pub client_secrets: Vec<String>,
    /// Secrets that webhooks are signed with.
    pub webhook_secrets: Vec<String>,
    /// Zoom's tokens within start URLs.
    pub zak_tokens: Vec<String>,
    /// Webex's host keys: six digits, so a short text may contain one by chance.
    pub host_keys: Vec<String>,
}

/// The ledger.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Secrets>);

impl Ledger {
    /// Writes something down.
    pub fn add(&self, write: impl FnOnce(&mut Secrets)) {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A copy of the ledger.
    pub fn all(&self) -> Secrets {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
