use http::HeaderMap;
use secrecy::SecretString;

use super::*;

/// A body with an escape and letters beyond ASCII, that writing JSON anew would not give back.
const BODY: &str = concat!(
    r#"{"event":"meeting.started","event_ts":1700000000123,"payload":{"account_id":"AAAAAABBBB","#,
    r#""object":{"id":"1234567890","uuid":"4444AAAiAAAAAiAiAiiAii==","#,
    r#""host_id":"x1yCzABCDEfg23HiJKl4mN","topic":"Tür \/ \u20ac","type":2,"#,
    r#""start_time":"2023-11-14T22:13:20Z","duration":30}}}"#,
);
/// Computed with another implementation, for the secret `zoom-test-secret`.
const SIGNATURE: &str = "v0=1765e833e9d7ead924885f274bd7407307623ce0aa175a41c07023b91b14eb3d";
const TIME: i64 = 1_700_000_000;

struct Sent {
    headers: Vec<(&'static str, String)>,
    body: String,
    now: i64,
}

impl Sent {
    fn genuine() -> Sent {
        let headers = vec![
            ("x-zm-request-timestamp", TIME.to_string()),
            ("x-zm-signature", SIGNATURE.into()),
        ];
        Sent { headers, body: BODY.to_owned(), now: TIME }
    }

    fn with(mut self, name: &'static str, value: &str) -> Sent {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Sent {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    fn verified(&self, secret: Option<&str>, token: Option<&str>) -> Result<(), Untrusted> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(*name, value.parse().unwrap());
        }
        let (secret, token) = (secret.map(SecretString::from), token.map(SecretString::from));
        let secrets = Secrets { secret: secret.as_ref(), token: token.as_ref() };
        let delivery = Delivery { headers: &headers, body: self.body.as_bytes() };
        let now = Timestamp::from_second(self.now).unwrap();
        Zoom.verify(delivery, secrets, now).map(|_| ())
    }
}

#[test]
fn a_signature_is_of_time_and_body_and_not_old() {
    let secret = Some("zoom-test-secret");
    assert_eq!(BODY.len(), 272);
    assert_eq!(Sent::genuine().verified(secret, None), Ok(()));
    for (now, wanted) in [
        (TIME + 300, Ok(())),
        (TIME - 300, Ok(())),
        (TIME + 301, Err(Untrusted::Stale(301))),
        (TIME - 301, Err(Untrusted::Stale(-301))),
    ] {
        assert_eq!(Sent { now, ..Sent::genuine() }.verified(secret, None), wanted);
    }
    let anew: Value = serde_json::from_str(BODY).unwrap();
    let anew = Sent { body: anew.to_string(), ..Sent::genuine() };
    for (sent, wanted) in [
        (anew, Untrusted::Forged),
        (Sent { body: format!("{BODY} "), ..Sent::genuine() }, Untrusted::Forged),
        (Sent::genuine().with("x-zm-request-timestamp", "1700000001"), Untrusted::Forged),
        (Sent::genuine().with("x-zm-request-timestamp", "soon"), Untrusted::Forged),
        (Sent::genuine().with("x-zm-signature", &SIGNATURE[3..]), Untrusted::Forged),
        (Sent::genuine().with("x-zm-signature", "v0="), Untrusted::Forged),
        (Sent::genuine().with("x-zm-signature", ""), Untrusted::Forged),
        (Sent::genuine().without("x-zm-request-timestamp"), Untrusted::Unsigned),
        (Sent::genuine().without("x-zm-signature"), Untrusted::Unsigned),
    ] {
        assert_eq!(sent.verified(secret, None), Err(wanted), "{:?}", sent.headers);
    }
    assert_eq!(Sent::genuine().verified(Some("another"), None), Err(Untrusted::Forged));
    assert_eq!(Sent::genuine().verified(None, None), Err(Untrusted::NoSecret));
}

#[test]
fn the_older_token_counts_where_it_is_configured_and_nothing_is_signed() {
    let bare = || Sent::genuine().without("x-zm-signature");
    let (secret, token) = (Some("zoom-test-secret"), Some("token"));
    assert_eq!(bare().with("authorization", "token").verified(secret, token), Ok(()));
    assert_eq!(bare().with("authorization", "token").verified(None, token), Ok(()));
    let old = Sent { now: TIME + 301, ..bare() }.with("authorization", "token");
    assert_eq!(old.verified(secret, token), Err(Untrusted::Stale(301)));
    let wrong = bare().with("authorization", "Token");
    assert_eq!(wrong.verified(secret, token), Err(Untrusted::Forged));
    let unwanted = bare().with("authorization", "token");
    assert_eq!(unwanted.verified(secret, None), Err(Untrusted::Unsigned));
    let forged = Sent::genuine().with("authorization", "token").with("x-zm-signature", "v0=00");
    assert_eq!(forged.verified(secret, token), Err(Untrusted::Forged));
    assert_eq!(forged.verified(None, token), Err(Untrusted::NoSecret));
    assert_eq!(bare().verified(secret, token), Err(Untrusted::Unsigned));
}

fn read(body: Value, proof: Proof<'_>) -> Option<Notice> {
    Zoom.read(body.as_object().unwrap(), proof, Timestamp::UNIX_EPOCH)
}

#[test]
fn a_challenge_is_answered_to_who_has_signed_it() {
    let secret = SecretString::from("zoom-test-secret");
    let challenge = |token: &str| {
        let payload = json!({"plainToken": token});
        json!({"event": "endpoint.url_validation", "event_ts": 1, "payload": payload})
    };
    let answer = |token: &str, proof| match read(challenge(token), proof)?.kind {
        Kind::Challenge { answer } => Some(answer),
        _ => None,
    };
    let answered = answer("qgg8vlvZRS6UYooatFL8Aw", Proof::Signature(&secret)).unwrap();
    let answered: Value = serde_json::from_str(&answered).unwrap();
    let encrypted = "ae7c940e5051b2a17c1c49f4818fff9a88e210f5d820ff3c862635e27c93a4d9";
    let wanted = json!({"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": encrypted});
    assert_eq!(answered, wanted);
    assert_eq!(answer("qgg8vlvZRS6UYooatFL8Aw", Proof::Token), None);
    // Nobody gets a notification signed as a challenge.
    assert_eq!(answer(r#"v0:1700000000:{"event":"x"}"#, Proof::Signature(&secret)), None);
    assert_eq!(answer(&"x".repeat(257), Proof::Signature(&secret)), None);
}

#[test]
fn events_are_told_in_our_words() {
    let secret = SecretString::from("s");
    let read = |event: &str, payload: Value| {
        let body = json!({"event": event, "event_ts": 1_700_000_000_123_i64, "payload": payload});
        read(body, Proof::Signature(&secret)).unwrap()
    };
    let started = read("meeting.started", json!({"object": {"id": "123", "host_id": "h"}}));
    assert_eq!(started.kind, Kind::MeetingStarted);
    assert_eq!(started.meeting_id.as_deref(), Some("123"));
    assert_eq!(started.occurred_at.unwrap().to_string(), "2023-11-14T22:13:20.123Z");

    let one = json!([{"occurrence_id": "1", "start_time": "x"}, {"occurrence_id": 2}]);
    let object = json!({"id": 91234567890_u64, "host_id": "h", "occurrences": one});
    let host = json!({"operator": "a@x", "operator_id": "h", "object": object});
    let of = |operation: &str| {
        let mut payload = host.clone();
        payload["operation"] = json!(operation);
        payload
    };
    let deleted = read("meeting.deleted", of("single"));
    assert_eq!(deleted.meeting_id.as_deref(), Some("91234567890"));
    assert_eq!((deleted.dates, deleted.email), (vec!["1".to_owned()], Some("a@x".to_owned())));
    assert!(read("meeting.deleted", of("all")).dates.is_empty());

    for (source, by_hand) in [("open_api", false), ("web_portal", true), ("other", true)] {
        let object = json!({"object": {"id": 1, "creation_source": source}});
        assert_eq!(read("meeting.created", object).by_hand, by_hand, "{source}");
    }
    // A user's id is no meeting's, and somebody else's address is not his.
    let user = json!({"operator": "boss@x", "operator_id": "b", "object": {"id": "77"}});
    let updated = read("user.updated", user);
    assert_eq!((updated.kind, updated.meeting_id), (Kind::UserUpdated, None));
    assert_eq!((updated.user_id.as_deref(), updated.email), (Some("77"), None));
    let before = json!({"object": {"id": "7"}, "old_object": {"email": "a@x"}});
    assert_eq!(read("user.updated", before).email.as_deref(), Some("a@x"));

    for (id, wanted) in [(json!("../x"), None), (json!(1.5), None), (json!(null), None)] {
        let notice = read("meeting.ended", json!({"object": {"id": id}}));
        assert_eq!(notice.meeting_id, wanted);
    }
    assert_eq!(read("user.deactivated", json!({"object": {"id": "7"}})).kind, Kind::Other);
    assert_eq!(read("phone.ringing", json!({"object": {"id": "7"}})).meeting_id, None);
}

#[test]
fn the_end_of_a_consent_has_its_own_time() {
    let secret = SecretString::from("s");
    let payload = json!({"user_id": "u", "account_id": "a", "client_id": "c",
        "deauthorization_time": "2019-06-17T13:52:28.632Z", "signature": "827edc"});
    let body = json!({"event": "app_deauthorized", "event_ts": 0, "payload": payload});
    let notice = read(body, Proof::Signature(&secret)).unwrap();
    assert_eq!(notice.kind, Kind::Deauthorized { client_id: Some("c".to_owned()) });
    assert_eq!(notice.user_id.as_deref(), Some("u"));
    assert_eq!(notice.occurred_at.unwrap().to_string(), "2019-06-17T13:52:28.632Z");
}

#[test]
fn what_is_not_of_the_form_is_not_read() {
    let secret = SecretString::from("s");
    for body in [
        json!({}),
        json!({"event": 1, "payload": {}}),
        json!({"event": "meeting.started"}),
        json!({"event": "meeting.started", "payload": []}),
        json!({"event": "endpoint.url_validation", "payload": {"plainToken": 1}}),
    ] {
        assert_eq!(read(body.clone(), Proof::Signature(&secret)), None, "{body}");
    }
}
