//! Notifications: the headers as a JSON object on the first line, then the body.

use http::HeaderMap;
use jiff::Timestamp;
use meetbridge::fuzzing::{
    Delivery, Event, PROVIDERS, Proof, Provider, Secrets, parse_headers, parse_json, to_json,
};
use ring::hmac;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::oracle::{soon, told};

/// What no input can know: nothing is compared with it byte by byte.
const SECRET: &str = "what-the-app-and-its-provider-share";
const TOKEN: &str = "what-zoom-sends-in-old-apps";
const NOW: i64 = 1_900_000_000;

pub fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (head, body) = data.split_at(end);
    let body = body.get(1..).unwrap_or_default();
    let headers = str::from_utf8(head)
        .ok()
        .and_then(|head| soon(|| parse_headers(head)).inspect_err(|error| drop(told(error))).ok());
    let (secret, token) = (SecretString::from(SECRET), SecretString::from(TOKEN));
    let secrets = Secrets { secret: Some(&secret), token: Some(&token) };
    let now = Timestamp::from_second(NOW).expect("a time");
    for provider in PROVIDERS {
        let verify = |headers: &HeaderMap, body: &[u8]| {
            let delivery = Delivery { headers, body };
            provider.webhooks().verify(delivery, secrets, now).map(drop)
        };
        if let Some(headers) = &headers {
            assert!(soon(|| verify(headers, body)).is_err(), "nobody signed it");
        }
        let signed = sign(*provider, body);
        assert!(verify(&signed, body).is_ok());
        let mut other = body.to_vec();
        match other.get_mut(body.len() / 2) {
            Some(byte) => *byte ^= 1,
            None => other.push(0),
        }
        assert!(verify(&signed, &other).is_err(), "it was changed on its way");
        for proof in [Proof::Signature(&secret), Proof::Token] {
            soon(|| read(*provider, body, proof, now));
        }
    }
}

/// The headers of the provider who sends this body now.
fn sign(provider: &dyn Provider, body: &[u8]) -> HeaderMap {
    let mac = |algorithm, message: &[u8]| {
        let tag = hmac::sign(&hmac::Key::new(algorithm, SECRET.as_bytes()), message);
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let headers = match provider.name() {
        "zoom" => {
            let message = [format!("v0:{NOW}:").as_bytes(), body].concat();
            let signature = format!("v0={}", mac(hmac::HMAC_SHA256, &message));
            vec![("x-zm-request-timestamp", NOW.to_string()), ("x-zm-signature", signature)]
        }
        _ => vec![("x-spark-signature", mac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, body))],
    };
    let header = |(name, value): (&'static str, String)| {
        (http::HeaderName::from_static(name), value.parse().expect("a header"))
    };
    headers.into_iter().map(header).collect()
}

fn read(provider: &dyn Provider, body: &[u8], proof: Proof<'_>, now: Timestamp) {
    let Ok(text) = str::from_utf8(body) else { return };
    let Ok(document) = parse_json::<Map<String, Value>>(text, "body") else { return };
    let Some(notice) = provider.webhooks().read(&document, proof, now) else { return };
    if let Some(id) = &notice.meeting_id {
        assert!(provider.is_meeting_id(id), "{id:?} would become part of a path");
    }
    assert!(!format!("{notice:?}").contains(SECRET));
    let told = Event::without_secrets(document);
    let told = to_json(&told).expect("a document can be written");
    assert!(serde_json::from_str::<Value>(&told).is_ok());
}
