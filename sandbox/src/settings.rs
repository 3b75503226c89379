//! What can be changed while the sandbox runs.

use crate::options::Provider;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What Zoom shows when an administrator has not approved the app (4738). The real answer is not
/// published, so a test can have either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unapproved {
    /// An error page; the browser never comes back.
    #[default]
    Page,
    /// `error=access_denied` at the redirect URI.
    Redirect,
}

/// Settings of a running sandbox; `PATCH /_sandbox/settings` merges into them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Creates and updates allowed for each Zoom host and UTC day; null: no limit. Zoom's own
    /// number is 100 (Zoom API reference, "Create a meeting").
    pub zoom_daily_limit: Option<u32>,
    /// Creates allowed for each Webex user in 24 hours, failed ones counted; null: no limit
    /// (Webex API reference, "Create a Meeting": 100).
    pub webex_daily_limit: Option<u32>,
    /// Added before every request is looked at.
    pub latency_ms: u64,
    /// Seconds by which the sandbox's clock is ahead of the machine's.
    pub clock_offset_s: i64,
    /// Zoom gives a new refresh token at every refresh; the old one dies at once.
    pub zoom_rotate: bool,
    /// Whether a Zoom refresh also ends the earlier access token. Zoom says nothing about it.
    pub zoom_refresh_ends_access: bool,
    /// `api_url` of Zoom's token answers.
    pub zoom_api_url: String,
    /// Lifetime of Zoom access tokens.
    pub zoom_access_seconds: i64,
    /// Lifetime of Zoom refresh tokens.
    pub zoom_refresh_seconds: i64,
    /// Page or redirect for apps that are not approved.
    pub zoom_unapproved: Unapproved,
    /// Whether Webex gives a new refresh token at a refresh.
    pub webex_rotate: bool,
    /// Whether Webex leaves `refresh_token` out of a refresh's answer.
    pub webex_omit_refresh_token: bool,
    /// Whether Webex adds `token_type` and `scope`, as newer answers do.
    pub webex_type_and_scope: bool,
    /// Lifetime of Webex access tokens (14 days).
    pub webex_access_seconds: i64,
    /// Lifetime of Webex refresh tokens (90 days).
    pub webex_refresh_seconds: i64,
    /// Scopes that a user's consent is narrowed to: user -> provider -> scopes.
    pub granted_scopes: BTreeMap<String, BTreeMap<Provider, Vec<String>>>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            zoom_daily_limit: Some(100),
            webex_daily_limit: Some(100),
            latency_ms: 0,
            clock_offset_s: 0,
            zoom_rotate: true,
            zoom_refresh_ends_access: false,
            zoom_api_url: "https://api.zoom.us".to_owned(),
            zoom_access_seconds: 3600,
            zoom_refresh_seconds: 90 * 24 * 3600,
            zoom_unapproved: Unapproved::Page,
            webex_rotate: false,
            webex_omit_refresh_token: false,
            webex_type_and_scope: false,
            webex_access_seconds: 1_209_600,
            webex_refresh_seconds: 7_776_000,
            granted_scopes: BTreeMap::new(),
        }
    }
}
