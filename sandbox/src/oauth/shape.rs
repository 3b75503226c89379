//! What codes and tokens look like. Clients must treat them as opaque, but their length and
//! alphabet matter to buffers, columns and headers.

use crate::ids::{Ids, hex, uuid};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// The instant that tokens of a seeded sandbox claim to be issued at: their text must not depend
/// on the time of day. Real expiry is kept beside the token, never read from it.
const ISSUED: i64 = 1_795_000_000;

/// A Zoom token: JWT-like, about 700 characters (Zoom's OAuth pages show `eyJ…`, HS512).
pub fn zoom_token(ids: &Ids, kind: &str, client_id: &str, uid: &str, account: &str) -> String {
    let label = format!("zoom {kind} {client_id} {uid}");
    let head =
        json!({ "sv": "000002", "alg": "HS512", "v": "2.0", "kid": uuid(&ids.bytes(&label, 16)) });
    let body = json!({
        "aud": "https://oauth.zoom.us", "uid": uid, "ver": 10,
        "auid": hex(&ids.bytes(&label, 32)),
        "nbf": ISSUED, "iat": ISSUED, "exp": ISSUED + 3600,
        "code": ids.base64url(&label, 24), "iss": format!("zm:cid:{client_id}"),
        "gno": 0, "tid": 0, "aid": account,
        "pad": ids.base64url(&label, if kind == "access" { 108 } else { 84 }),
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(&head), part(&body), ids.base64url(&label, 64))
}

/// A Webex token: `<opaque>_<cluster>_<organization>`.
pub fn webex_token(ids: &Ids, kind: &str, client_id: &str, user: &str, org: &str) -> String {
    let label = format!("webex {kind} {client_id} {user}");
    format!("{}_P0A1_{org}", URL_SAFE_NO_PAD.encode(ids.hex(&label, 36)))
}

/// An authorization code.
pub fn code(ids: &Ids, provider: &str, client_id: &str, user: &str) -> String {
    ids.base64url(&format!("{provider} code {client_id} {user}"), 36)
}
