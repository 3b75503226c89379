//! Zoom's notifications (Zoom, "Using webhooks"; schemas in Zoom's "Meetings events").

use jiff::Timestamp;
use ring::hmac;
use serde_json::{Map, Value, json};

use super::Zoom;
use crate::provider::Provider;
use crate::provider::webhook::{
    Delivery, Kind, Notice, Proof, Secrets, Untrusted, Webhooks, is_signed, is_token, sign, text,
};

/// How far the time of a notification may lie from ours, in seconds.
const WINDOW: u64 = 300;
/// More than a meeting has.
const MAX_DATES: usize = 400;
/// Longer than any token that Zoom wants to see signed, in bytes.
const MAX_PLAIN_TOKEN: usize = 256;

/// What a host can tell apart. A user who was deactivated or has changed to another account is not
/// deleted, and may come back; a meeting that was recovered is neither new nor changed.
static EVENTS: [(&str, Kind); 11] = [
    ("meeting.created", Kind::MeetingCreated),
    ("meeting.updated", Kind::MeetingUpdated),
    ("meeting.deleted", Kind::MeetingDeleted),
    ("meeting.permanently_deleted", Kind::MeetingDeleted),
    ("meeting.started", Kind::MeetingStarted),
    ("meeting.ended", Kind::MeetingEnded),
    ("webinar.ended", Kind::WebinarEnded),
    ("recording.completed", Kind::RecordingCompleted),
    ("user.created", Kind::UserCreated),
    ("user.updated", Kind::UserUpdated),
    ("user.deleted", Kind::UserDeleted),
];

impl Webhooks for Zoom {
    #[cfg(feature = "cli")]
    fn events(&self) -> Vec<&'static str> {
        EVENTS.iter().map(|(event, _)| *event).collect()
    }

    /// `v0=` and HMAC-SHA256 over `v0:TIME:BODY`; else, if configured, the verification token
    /// that Zoom has deprecated. A signature that is wrong is not made good by a token.
    fn verify<'a>(
        &self,
        delivery: Delivery<'_>,
        secrets: Secrets<'a>,
        now: Timestamp,
    ) -> Result<Proof<'a>, Untrusted> {
        let time = delivery.header("x-zm-request-timestamp");
        let proof = match (delivery.header("x-zm-signature"), delivery.header("authorization")) {
            (Some(signature), _) => {
                let secret = secrets.secret.ok_or(Untrusted::NoSecret)?;
                let message = [b"v0:", time.ok_or(Untrusted::Unsigned)?, b":", delivery.body];
                let signature = signature.strip_prefix(b"v0=").ok_or(Untrusted::Forged)?;
                match is_signed(hmac::HMAC_SHA256, secret, &message.concat(), signature) {
                    true => Proof::Signature(secret),
                    false => return Err(Untrusted::Forged),
                }
            }
            (None, Some(given)) => match secrets.token {
                Some(token) if is_token(token, given) => Proof::Token,
                Some(_) => return Err(Untrusted::Forged),
                None if secrets.secret.is_none() => return Err(Untrusted::NoSecret),
                None => return Err(Untrusted::Unsigned),
            },
            (None, None) if secrets.secret.or(secrets.token).is_none() => {
                return Err(Untrusted::NoSecret);
            }
            (None, None) => return Err(Untrusted::Unsigned),
        };
        // A token's time is not signed, but if it is told it must be right too.
        match time {
            None => Ok(proof),
            Some(time) => check_time(time, now).map(|()| proof),
        }
    }

    fn read(
        &self,
        document: &Map<String, Value>,
        proof: Proof<'_>,
        _: Timestamp,
    ) -> Option<Notice> {
        let event = text(document, &["event"])?;
        let at = || {
            let at = Timestamp::from_millisecond(document.get("event_ts")?.as_i64()?).ok();
            at.filter(|at| at.as_second() >= 0)
        };
        if event == "endpoint.url_validation" {
            let answer = answer(&text(document, &["payload", "plainToken"])?, proof)?;
            let kind = Kind::Challenge { answer };
            return Some(Notice { kind, occurred_at: at(), ..Notice::default() });
        }
        let payload = document.get("payload")?.as_object()?;
        if event == "app_deauthorized" {
            let told = text(payload, &["deauthorization_time"]);
            return Some(Notice {
                kind: Kind::Deauthorized { client_id: text(payload, &["client_id"]) },
                user_id: text(payload, &["user_id"]),
                occurred_at: told.and_then(|time| time.parse().ok()).or_else(at),
                ..Notice::default()
            });
        }
        let notice = match event.split('.').next() {
            Some("user") => about_user(payload),
            Some("meeting" | "webinar" | "recording") => about_meeting(payload),
            _ => Notice::default(),
        };
        let by_hand = event == "meeting.created"
            && text(payload, &["object", "creation_source"]).is_some_and(|by| by != "open_api");
        Some(Notice { kind: kind(&event), occurred_at: at(), by_hand, ..notice })
    }
}

/// The time is in seconds: Zoom's documents do not say so, its own samples and others' do.
fn check_time(time: &[u8], now: Timestamp) -> Result<(), Untrusted> {
    let time = std::str::from_utf8(time).ok().and_then(|time| time.parse::<i64>().ok());
    let time = time.ok_or(Untrusted::Forged)?;
    match time.abs_diff(now.as_second()) {
        ..=WINDOW => Ok(()),
        _ => Err(Untrusted::Stale(now.as_second().saturating_sub(time))),
    }
}

/// What shows Zoom that we have the secret. Only who has signed the request gets it, and only for
/// what cannot be part of another signed message: else we would sign for anybody.
fn answer(plain: &str, proof: Proof<'_>) -> Option<String> {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+/".contains(&byte);
    let Proof::Signature(secret) = proof else { return None };
    if plain.len() > MAX_PLAIN_TOKEN || !plain.bytes().all(harmless) {
        return None;
    }
    let encrypted = sign(hmac::HMAC_SHA256, secret, plain.as_bytes());
    Some(json!({"plainToken": plain, "encryptedToken": encrypted}).to_string())
}

fn kind(event: &str) -> Kind {
    let known = EVENTS.iter().find(|(name, _)| *name == event);
    known.map_or(Kind::Other, |(_, kind)| kind.clone())
}

fn about_meeting(payload: &Map<String, Value>) -> Notice {
    // A number in some events and a string in others.
    let id = payload.get("object").and_then(|object| object.get("id")).and_then(|id| match id {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    });
    let user_id = text(payload, &["object", "host_id"]);
    let email = text(payload, &["object", "host_email"]).or_else(|| operator(payload, &user_id));
    Notice {
        meeting_id: id.filter(|id| Zoom.is_meeting_id(id)),
        dates: dates(payload).unwrap_or_default(),
        user_id,
        email,
        ..Notice::default()
    }
}

/// The dates, where the operation was not about all of them.
fn dates(payload: &Map<String, Value>) -> Option<Vec<String>> {
    if !matches!(payload.get("operation")?.as_str()?, "single" | "range") {
        return None;
    }
    let dates = payload.get("object")?.get("occurrences")?.as_array()?;
    let dates = dates.iter().take(MAX_DATES);
    Some(dates.filter_map(|date| text(date.as_object()?, &["occurrence_id"])).collect())
}

/// `user.updated` tells only what has changed: the address may be among what was before.
fn about_user(payload: &Map<String, Value>) -> Notice {
    let user_id = text(payload, &["object", "id"]);
    let email = text(payload, &["object", "email"])
        .or_else(|| text(payload, &["old_object", "email"]))
        .or_else(|| operator(payload, &user_id));
    Notice { user_id, email, ..Notice::default() }
}

/// The address of who did it, if that is the user concerned.
fn operator(payload: &Map<String, Value>, user_id: &Option<String>) -> Option<String> {
    let same = user_id.is_some() && text(payload, &["operator_id"]) == *user_id;
    text(payload, &["operator"]).filter(|_| same)
}

#[cfg(test)]
mod tests;
