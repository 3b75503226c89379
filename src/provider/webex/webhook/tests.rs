use http::HeaderMap;
use secrecy::SecretString;
use serde_json::json;

use super::*;

const BODY: &str = concat!(
    r#"{"id":"Y2lz","resource":"meetings","event":"created","#,
    r#""data":{"id":"870f51ff287b41be84648412901e0402"}}"#,
);
/// Computed with another implementation, for the secret `webex-test-secret`.
const SIGNED: &str = "f716ab5f8e9092d908fec8d153955870049b32a0";

fn verified(signature: Option<&str>, body: &str, secret: Option<&str>) -> Result<(), Untrusted> {
    let mut headers = HeaderMap::new();
    if let Some(signature) = signature {
        headers.insert("X-Spark-Signature", signature.parse().unwrap());
    }
    let secret = secret.map(SecretString::from);
    let secrets = Secrets { secret: secret.as_ref(), token: secret.as_ref() };
    let delivery = Delivery { headers: &headers, body: body.as_bytes() };
    Webex.verify(delivery, secrets, Timestamp::now()).map(|_| ())
}

#[test]
fn a_signature_is_of_the_body() {
    let secret = Some("webex-test-secret");
    assert_eq!(verified(Some(SIGNED), BODY, secret), Ok(()));
    assert_eq!(verified(Some(&SIGNED.to_uppercase()), BODY, secret), Ok(()));
    assert_eq!(verified(None, BODY, secret), Err(Untrusted::Unsigned));
    assert_eq!(verified(Some(SIGNED), BODY, None), Err(Untrusted::NoSecret));
    for (signature, body, secret) in [
        (SIGNED, &*format!("{BODY}\n"), secret),
        (SIGNED, BODY, Some("another")),
        (&SIGNED[1..], BODY, secret),
        ("", BODY, secret),
        ("sha1=f716ab5f8e9092d908fec8d153955870049b32a0", BODY, secret),
    ] {
        assert_eq!(verified(Some(signature), body, secret), Err(Untrusted::Forged), "{signature}");
    }
}

fn read(document: Value) -> Option<Notice> {
    let secret = SecretString::from("s");
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    Webex.read(document.as_object().unwrap(), Proof::Signature(&secret), now)
}

/// The example of Webex's "Access Meeting Resources Guide".
#[test]
fn the_published_example() {
    let instance = "501e995485e2460bb129410116757b13_I_194316955237236650";
    let example = json!({
        "id": "w", "name": "n", "targetUrl": "https://example.com", "resource": "meetings",
        "event": "ended", "orgId": "o", "createdBy": "c", "appId": "a", "ownedBy": "creator",
        "status": "active", "created": "2021-05-14T20:20:01.024Z", "actorId": "c",
        "data": {"id": instance, "meetingType": "meeting", "timezone": "UTC",
            "start": "2021-05-14T20:25:19Z", "end": "2021-05-14T20:26:54Z", "hostUserId": "h",
            "state": "ended", "hostEmail": "anna@example.com", "siteUrl": "s", "orgId": "o"},
    });
    let wanted = Notice {
        kind: Kind::MeetingEnded,
        meeting_id: Some("501e995485e2460bb129410116757b13".to_owned()),
        user_id: Some("h".to_owned()),
        email: Some("anna@example.com".to_owned()),
        occurred_at: Some("2021-05-14T20:26:54Z".parse().unwrap()),
        webhook_name: Some("n".to_owned()),
        ..Notice::default()
    };
    assert_eq!(read(example), Some(wanted));
}

#[test]
fn events_are_told_in_our_words() {
    let event = |resource: &str, event: &str, data: Value| {
        read(json!({"resource": resource, "event": event, "createdBy": "c", "data": data})).unwrap()
    };
    let date = event("meetings", "deleted", json!({"id": "dfb4_20200516T230000Z"}));
    assert_eq!(date.meeting_id.as_deref(), Some("dfb4"));
    assert_eq!(date.dates, ["dfb4_20200516T230000Z"]);
    assert_eq!((date.kind, date.user_id.as_deref()), (Kind::MeetingDeleted, Some("c")));
    let odd = event("meetings", "updated", json!({"id": "dfb4_x"}));
    assert_eq!((odd.meeting_id.as_deref(), odd.dates.len()), (Some("dfb4_x"), 0));
    let planned = json!({"id": "a", "meetingType": "meeting", "start": "2030-01-01T00:00:00Z"});
    assert_eq!(event("meetings", "started", planned).occurred_at, None);
    let recording = event("recordings", "created", json!({"id": "r", "meetingId": "m_I_1"}));
    assert_eq!((recording.kind, recording.meeting_id.as_deref()), (Kind::Other, Some("m")));
    assert_eq!(event("meetings", "joined", json!({"id": "a/b"})).meeting_id, None);
    assert_eq!(event("meetings", "created", json!(7)).kind, Kind::MeetingCreated);
}

#[test]
fn what_is_not_of_the_form_is_not_read() {
    for body in [json!({}), json!({"resource": "meetings"}), json!({"resource": 1, "event": "x"})] {
        assert_eq!(read(body.clone()), None, "{body}");
    }
}
