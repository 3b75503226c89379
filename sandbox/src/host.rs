//! What a host of Meetbridge enters to use a sandbox.

use serde_json::{Value, json};

/// The `apps` of Meetbridge's settings, for the sandbox at this base address: one app of each
/// provider to which single users consent.
pub fn apps(base: &str, redirect_url: &str) -> Value {
    json!([
        {
            "provider": "zoom",
            "client_id": "sandbox-zoom",
            "client_secret": "sandbox-zoom-secret",
            "redirect_urls": [redirect_url],
            "authorization_url": format!("{base}/zoom/oauth/authorize"),
            "token_url": format!("{base}/zoom/oauth/token"),
            "revoke_url": format!("{base}/zoom/oauth/revoke"),
            "api_url": format!("{base}/zoom/v2"),
        },
        {
            "provider": "webex",
            "client_id": "sandbox-webex",
            "client_secret": "sandbox-webex-secret",
            "redirect_urls": [redirect_url],
            "authorization_url": format!("{base}/webex/v1/authorize"),
            "token_url": format!("{base}/webex/v1/access_token"),
            "api_url": format!("{base}/webex/v1"),
        },
    ])
}
