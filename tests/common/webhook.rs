//! What the tests of notifications share: secrets, signatures, and what the sandbox sends where.

use meetbridge_sandbox::{Event, Provider, Target};
use ring::hmac;
use serde_json::{Value, json};

use super::World;

pub const ZOOM_SECRET: &str = "zoom-test-secret";
pub const WEBEX_SECRET: &str = "webex-test-secret";

/// A world whose apps have secrets for notifications.
pub fn world() -> World {
    let mut world = World::new();
    world.settings["apps"][0]["webhook_secret"] = json!(ZOOM_SECRET);
    world.settings["apps"][1]["webhook_secret"] = json!(WEBEX_SECRET);
    world
}

pub fn zoom_target(url: &str) -> Target {
    Target {
        provider: Provider::Zoom,
        url: url.to_owned(),
        secret: Some(ZOOM_SECRET.to_owned()),
        client_id: Some("sandbox-zoom".to_owned()),
        events: Vec::new(),
        verification_token: None,
    }
}

pub fn event(provider: Provider, name: &str) -> Event {
    Event { provider, event: name.into(), meeting_id: None, user: None, payload: None }
}

pub fn hex(algorithm: hmac::Algorithm, secret: &str, message: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), message);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The headers of a notification of Zoom.
pub fn zoom(secret: &str, time: i64, body: &[u8]) -> Value {
    let message = [format!("v0:{time}:").as_bytes(), body].concat();
    let signature = format!("v0={}", hex(hmac::HMAC_SHA256, secret, &message));
    json!({"x-zm-request-timestamp": time.to_string(), "x-zm-signature": signature})
}

/// The headers of a notification of Webex.
pub fn webex(secret: &str, body: &[u8]) -> Value {
    json!({"X-Spark-Signature": hex(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, body)})
}
