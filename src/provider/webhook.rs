//! Notifications: what proves that the provider sent one, and what it says. Pure as all of this
//! room: the time is passed in, and nothing is obeyed here.

use std::fmt;

use http::HeaderMap;
use jiff::Timestamp;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// For a provider that sends notifications.
pub trait Webhooks: Sync {
    /// The events that an administrator subscribes to for the whole app; none where each user's
    /// are asked for.
    #[cfg(feature = "cli")]
    fn events(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// How this notification proves that it comes from whoever shares these secrets; fails closed.
    /// `now` is this machine's time.
    fn verify<'a>(
        &self,
        delivery: Delivery<'_>,
        secrets: Secrets<'a>,
        now: Timestamp,
    ) -> Result<Proof<'a>, Untrusted>;

    /// What a verified notification says; none if it is not of the provider's form.
    fn read(
        &self,
        document: &Map<String, Value>,
        proof: Proof<'_>,
        now: Timestamp,
    ) -> Option<Notice>;
}

/// A notification as it was received.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    pub headers: &'a HeaderMap,
    /// Byte for byte: it is what was signed.
    pub body: &'a [u8],
}

impl Delivery<'_> {
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name).map(|value| value.as_bytes())
    }
}

/// What an app and its provider share.
#[derive(Clone, Copy)]
pub struct Secrets<'a> {
    pub secret: Option<&'a SecretString>,
    /// Zoom's older proof.
    pub token: Option<&'a SecretString>,
}

/// By what a notification was believed.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// By a signature with this secret over all of it.
    Signature(&'a SecretString),
    /// By a token that says nothing of the body.
    Token,
}

/// Why a notification is not believed; the one that says most is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Untrusted {
    /// The settings hold nothing to verify it with.
    NoSecret,
    /// It is longer than any notification.
    TooLong,
    /// It holds nothing to be verified by.
    Unsigned,
    /// It was signed with another secret, or changed on its way.
    Forged,
    /// It was signed so many seconds ago; negative: so many from now.
    Stale(i64),
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Untrusted::NoSecret => f.write_str("set the app's webhook_secret in the settings"),
            Untrusted::TooLong => f.write_str("its body is too long"),
            Untrusted::Unsigned => f.write_str("it is not signed"),
            Untrusted::Forged => f.write_str("its signature is not of the app's webhook_secret"),
            Untrusted::Stale(age) => {
                let side = if *age < 0 { "ahead of" } else { "behind" };
                let age = age.unsigned_abs();
                write!(f, "its time is {age} seconds {side} this server's clock")
            }
        }
    }
}

/// What a notification says, in the house's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    pub kind: Kind,
    /// The meeting, as the API takes its id: of a series, that of the whole.
    pub meeting_id: Option<String>,
    /// The dates of it that alone are meant, by the provider's own ids; empty: the whole meeting.
    pub dates: Vec<String>,
    /// The provider's user who is concerned: a meeting's host, or who was changed.
    pub user_id: Option<String>,
    pub email: Option<String>,
    pub occurred_at: Option<Timestamp>,
    /// The name of the webhook, where the provider tells it.
    pub webhook_name: Option<String>,
    /// Whether it is known that no program has caused it.
    pub by_hand: bool,
}

/// What kind of thing happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    MeetingCreated,
    MeetingUpdated,
    MeetingDeleted,
    MeetingStarted,
    MeetingEnded,
    WebinarEnded,
    RecordingCompleted,
    UserCreated,
    UserUpdated,
    UserDeleted,
    /// A user, or his administrator, has taken the app away.
    Deauthorized {
        client_id: Option<String>,
    },
    /// The provider wants to see that we have the secret.
    Challenge {
        /// The JSON document that shows it.
        answer: String,
    },
    #[default]
    Other,
}

impl Kind {
    /// As in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::MeetingCreated => "meeting.created",
            Kind::MeetingUpdated => "meeting.updated",
            Kind::MeetingDeleted => "meeting.deleted",
            Kind::MeetingStarted => "meeting.started",
            Kind::MeetingEnded => "meeting.ended",
            Kind::WebinarEnded => "webinar.ended",
            Kind::RecordingCompleted => "recording.completed",
            Kind::UserCreated => "user.created",
            Kind::UserUpdated => "user.updated",
            Kind::UserDeleted => "user.deleted",
            Kind::Deauthorized { .. } => "authorization.revoked",
            Kind::Challenge { .. } => "challenge",
            Kind::Other => "other",
        }
    }
}

/// Whether `signature` is the MAC of `message` in hexadecimal digits. Takes as long for a wrong
/// one as for a right one.
pub fn is_signed(
    algorithm: hmac::Algorithm,
    secret: &SecretString,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let key = hmac::Key::new(algorithm, secret.expose_secret().as_bytes());
    unhex(signature).is_some_and(|tag| hmac::verify(&key, message, &tag).is_ok())
}

/// The MAC in hexadecimal digits.
pub fn sign(algorithm: hmac::Algorithm, secret: &SecretString, message: &[u8]) -> String {
    let key = hmac::Key::new(algorithm, secret.expose_secret().as_bytes());
    let tag = hmac::sign(&key, message);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether two texts are equal, without telling by the time how much of them is.
pub fn is_token(secret: &SecretString, given: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"verification token");
    let tag = hmac::sign(&key, secret.expose_secret().as_bytes());
    hmac::verify(&key, given, tag.as_ref()).is_ok()
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.chunks(2).map(|pair| match *pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    });
    pairs.collect()
}

/// The text of a member that may stand deeper.
pub fn text(document: &Map<String, Value>, path: &[&str]) -> Option<String> {
    let (first, rest) = path.split_first()?;
    let found = rest.iter().try_fold(document.get(*first)?, |value, name| value.get(name))?;
    found.as_str().map(str::to_owned).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_whole_and_of_the_one_secret() {
        let secret = SecretString::from("secret");
        let signature = sign(hmac::HMAC_SHA256, &secret, b"message");
        let is = |secret: &str, message: &[u8], signature: &str| {
            is_signed(hmac::HMAC_SHA256, &secret.into(), message, signature.as_bytes())
        };
        assert!(is("secret", b"message", &signature));
        assert!(is("secret", b"message", &signature.to_uppercase()));
        assert!(!is("Secret", b"message", &signature));
        assert!(!is("secret", b"message ", &signature));
        for wrong in ["", "0", "zz", &signature[2..], &format!("{signature}00")] {
            assert!(!is("secret", b"message", wrong), "{wrong}");
        }
    }

    #[test]
    fn tokens_are_equal_or_not() {
        let token = SecretString::from("token");
        assert!(is_token(&token, b"token"));
        for wrong in ["", "toke", "tokens", "Token", "token\0"] {
            assert!(!is_token(&token, wrong.as_bytes()), "{wrong}");
        }
    }
}
