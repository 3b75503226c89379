//! Notifications that are not what they seem, and those that come again.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use common::part::{READY, check, command};
use common::webhook::{WEBEX_SECRET, ZOOM_SECRET, now, webex, world, zoom};
use common::{ANNA, Bridge, KEN, Library, World};
use serde_json::{Value, json};

/// What [`command`] runs.
#[test]
#[ignore = "run by the others"]
fn part() {
    common::part::run();
}

/// The body of a deauthorization that would end Anna's authorization, were it believed.
fn deauthorization(authorization: &Value) -> Vec<u8> {
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(5);
    let account = &authorization["account"];
    let payload = json!({
        "account_id": account["id"], "user_id": account["user_id"],
        "client_id": "sandbox-zoom", "deauthorization_time": at.to_string(), "signature": "827edc",
        "note": "Tür/marker-of-the-body",
    });
    let body = json!({"event": "app_deauthorized", "event_ts": 1_740_439_732_278_i64,
        "payload": payload});
    // As providers write and we would not: with an escape that is not needed.
    body.to_string().replace("Tür/", "T\\u00fcr\\/").into_bytes()
}

#[test]
fn what_is_not_zooms_is_not_obeyed() {
    let (library, mut world) = (Library::load(), world());
    world.settings["apps"][0]["verification_token"] = json!("the-token");
    let bridge = world.open(&library);
    let body = deauthorization(&world.authorize(&bridge, "zoom", ANNA));
    let anew: Value = serde_json::from_slice(&body).unwrap();
    let (anew, good) = (anew.to_string().into_bytes(), zoom(ZOOM_SECRET, now(), &body));
    assert_ne!(anew, body);
    let without = |name: &str| {
        let mut headers = good.clone();
        headers.as_object_mut().unwrap().remove(name);
        headers
    };
    let with = |name: &str, value: &str| {
        let mut headers = good.clone();
        headers[name] = json!(value);
        headers
    };
    let mut tokened = with("x-zm-signature", "v0=00");
    tokened["authorization"] = json!("the-token");
    let mut wrong_token = without("x-zm-signature");
    wrong_token["authorization"] = json!("the-other-token");
    let huge = [&body[..], &vec![b' '; 1 << 20]].concat();
    let not_json = &body[1..];
    let changed = String::from_utf8(body.clone()).unwrap().replace("sandbox-zoom", "sandbox-zoon");
    let untrusted = "WEBHOOK_UNTRUSTED";
    let cases: [(&str, Value, &[u8], &str); 19] = [
        ("unsigned", json!({}), &body, untrusted),
        ("without a signature", without("x-zm-signature"), &body, untrusted),
        ("without a time", without("x-zm-request-timestamp"), &body, untrusted),
        ("an empty signature", with("x-zm-signature", ""), &body, untrusted),
        ("forged", with("x-zm-signature", &format!("v0={}", "0".repeat(64))), &body, untrusted),
        ("another version", with("x-zm-signature", "v1=00"), &body, untrusted),
        ("wrong secret", zoom("another secret", now(), &body), &body, untrusted),
        ("the secret of Webex", zoom(WEBEX_SECRET, now(), &body), &body, untrusted),
        ("signed as Webex does", webex(ZOOM_SECRET, &body), &body, untrusted),
        ("stale", zoom(ZOOM_SECRET, now() - 302, &body), &body, untrusted),
        ("of the future", zoom(ZOOM_SECRET, now() + 310, &body), &body, untrusted),
        ("in milliseconds", zoom(ZOOM_SECRET, now() * 1000, &body), &body, untrusted),
        (
            "another time",
            with("x-zm-request-timestamp", &(now() + 1).to_string()),
            &body,
            untrusted,
        ),
        ("re-serialized", good.clone(), &anew, untrusted),
        ("changed", good.clone(), changed.as_bytes(), untrusted),
        ("huge", zoom(ZOOM_SECRET, now(), &huge), &huge, untrusted),
        ("nothing", good.clone(), b"", untrusted),
        ("a wrong signature and the token", tokened, &body, untrusted),
        ("a wrong token", wrong_token, &body, untrusted),
    ];
    for (name, headers, body, wanted) in cases {
        let failure = bridge.webhook("zoom", &headers, body, None).unwrap_err();
        assert_eq!(failure.name(), wanted, "{name}: {}", failure.error);
        assert!(!failure.error.to_string().contains("marker"), "{name}");
    }
    let signed = |body: &[u8]| (zoom(ZOOM_SECRET, now(), body), body.to_vec());
    let deep = format!("{{\"event\":{}1{}}}", "[".repeat(70), "]".repeat(70));
    for (name, (headers, body)) in [
        ("not JSON", signed(not_json)),
        ("not UTF-8", signed(b"{\"event\":\"\xff\"}")),
        ("with a NUL", signed(b"{\"event\":\"x\"}\0")),
        ("an array", signed(b"[]")),
        ("too deep", signed(deep.as_bytes())),
        ("without an event", signed(b"{}")),
        ("a member twice", signed(br#"{"event":"a","event":"app_deauthorized","payload":{}}"#)),
    ] {
        let failure = bridge.webhook("zoom", &headers, &body, None).unwrap_err();
        assert_eq!(failure.name(), "UNEXPECTED_ANSWER", "{name}: {}", failure.error);
    }
    let state = |bridge: &Bridge<'_>| bridge.authorization("zoom", ANNA).unwrap()["state"].clone();
    assert_eq!(state(&bridge), "authorized", "nothing was obeyed");
    let log = std::fs::read_to_string(world.path("meetbridge.log")).unwrap();
    assert!(log.contains("WEBHOOK_UNTRUSTED") && !log.contains("marker"), "{log}");

    // An app of another name changes nothing either.
    let other = String::from_utf8(body.clone()).unwrap().replace("sandbox-zoom", "sandbox-other");
    let headers = zoom(ZOOM_SECRET, now(), other.as_bytes());
    let outcome = bridge.webhook("zoom", &headers, other.as_bytes(), None).unwrap();
    assert_eq!(outcome["event"]["user"], Value::Null);
    assert_eq!(state(&bridge), "authorized");

    // The genuine one is new: nothing of the others was kept.
    let outcome = bridge.webhook("zoom", &good, &body, None).unwrap();
    assert_eq!((&outcome["duplicate"], &outcome["event"]["user"]), (&json!(false), &json!(ANNA)));
    assert!(outcome["event"]["raw"]["payload"].get("signature").is_none());
    assert_eq!(bridge.authorization("zoom", ANNA).unwrap_err().name(), "NOT_AUTHORIZED");
    let outcome = bridge.webhook("zoom", &good, &body, None).unwrap();
    assert_eq!((&outcome["duplicate"], &outcome["event"]["user"]), (&json!(true), &Value::Null));
    assert_eq!(outcome["respond"]["status"], 200, "or Zoom would go on sending it");
    // Signed anew it is the same notification.
    let again = zoom(ZOOM_SECRET, now() + 2, &body);
    assert_eq!(bridge.webhook("zoom", &again, &body, None).unwrap()["duplicate"], true);
}

#[test]
fn what_is_not_webexs_is_not_believed() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    let id = "870f51ff287b41be84648412901e0402";
    let head = r#"{"id":"Y2lz","resource":"meetings","event":"created","data":{"id":""#;
    let body = format!("{head}{id}\"}}}}");
    let body = body.as_bytes();
    let spaced = [body, b" "].concat();
    let huge = vec![b' '; (1 << 20) + 1];
    for (name, headers, body) in [
        ("unsigned", json!({}), body),
        ("empty", json!({"x-spark-signature": ""}), body),
        ("forged", json!({"x-spark-signature": "0".repeat(40)}), body),
        ("wrong secret", webex("another secret", body), body),
        ("signed as Zoom does", zoom(WEBEX_SECRET, now(), body), body),
        ("changed", webex(WEBEX_SECRET, body), &spaced),
        ("huge", webex(WEBEX_SECRET, &huge), &huge),
    ] {
        let failure = bridge.webhook("webex", &headers, body, None).unwrap_err();
        assert_eq!(failure.name(), "WEBHOOK_UNTRUSTED", "{name}: {}", failure.error);
    }
    let failure = bridge.webhook("webex", &webex(WEBEX_SECRET, b"x"), b"x", None).unwrap_err();
    assert_eq!(failure.name(), "UNEXPECTED_ANSWER");
    // The published vector.
    let headers = json!({"X-SPARK-signature": "f716ab5f8e9092d908fec8d153955870049b32a0"});
    let outcome = bridge.webhook("webex", &headers, body, None).unwrap();
    assert_eq!(outcome["event"]["meeting_id"], id);
    assert_eq!(outcome["duplicate"], false);
    assert_eq!(bridge.webhook("webex", &headers, body, None).unwrap()["duplicate"], true);
}

#[test]
fn arguments_and_settings_that_are_wrong_say_so() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    let body = br#"{"event":"meeting.ended","event_ts":1,"payload":{"object":{"id":1}}}"#;
    let good = zoom(ZOOM_SECRET, now(), body);
    let call = |provider, headers: &str, body, options| {
        let outcome =
            library.handle_webhook(bridge.handle, Some(provider), Some(headers), body, options);
        outcome.map_or_else(|failure| failure.name().to_owned(), |_| "OK".to_owned())
    };
    let (text, bytes) = (good.to_string(), (body.as_ptr(), body.len()));
    let twice = text.replacen('{', r#"{"X-ZM-Signature":"v0=00","#, 1);
    let other = Some(r#"{"app": "sandbox-webex"}"#);
    for (provider, headers, body, options, wanted) in [
        ("zoom", &*text, (std::ptr::null(), 1), None, "INVALID_ARGUMENT"),
        ("zoom", &text, (std::ptr::null(), 0), None, "WEBHOOK_UNTRUSTED"),
        ("zoom", "[]", bytes, None, "INVALID_ARGUMENT"),
        ("zoom", &twice, bytes, None, "INVALID_ARGUMENT"),
        ("zoom", r#"{"x-zm-signature": 1}"#, bytes, None, "INVALID_ARGUMENT"),
        ("zoom", &text, bytes, Some(r#"{"occurrence": "1"}"#), "INVALID_ARGUMENT"),
        ("zoom", &text, bytes, other, "UNKNOWN_PROVIDER"),
        ("skype", &text, bytes, None, "UNKNOWN_PROVIDER"),
        ("webex", &text, bytes, None, "WEBHOOK_UNTRUSTED"),
        ("zoom", &text, bytes, Some(r#"{"app": "sandbox-zoom"}"#), "OK"),
    ] {
        assert_eq!(call(provider, headers, body, options), wanted, "{provider} {headers}");
    }
    let failure = library.handle_webhook(bridge.handle, None, Some(&text), bytes, None);
    assert_eq!(failure.unwrap_err().name(), "INVALID_ARGUMENT");

    let bare = World::new();
    let bridge = bare.open(&library);
    let failure = bridge.webhook("zoom", &good, body, None).unwrap_err();
    assert_eq!(failure.name(), "WEBHOOK_UNTRUSTED");
    assert!(failure.error["message"].as_str().unwrap().contains("webhook_secret"));
}

#[test]
fn the_app_is_the_one_whose_secret_fits() {
    let (library, mut world) = (Library::load(), world());
    let mut second = world.settings["apps"][0].clone();
    second["client_id"] = json!("sandbox-zoom-classic");
    second["client_secret"] = json!("sandbox-zoom-classic-secret");
    second["webhook_secret"] = json!("second-secret");
    second["members"] = json!([KEN]);
    world.settings["apps"].as_array_mut().unwrap().insert(0, second);
    let bridge = world.open(&library);
    for user in [ANNA, KEN] {
        world.authorize(&bridge, "zoom", user);
    }
    let ids = world.sandbox.meetings();
    assert!(ids["zoom"].as_array().unwrap().is_empty());
    for (user, secret, app) in
        [(ANNA, ZOOM_SECRET, "sandbox-zoom"), (KEN, "second-secret", "sandbox-zoom-classic")]
    {
        let account = bridge.authorization("zoom", user).unwrap()["account"].clone();
        let object = json!({"id": 7, "host_id": account["user_id"]});
        let body = json!({"event": "meeting.ended", "event_ts": 1, "payload": {"object": object}});
        let body = body.to_string();
        let headers = zoom(secret, now(), body.as_bytes());
        let only = |app: &str| json!({"app": app}).to_string();
        let (right, wrong) = match app {
            "sandbox-zoom" => (only(app), only("sandbox-zoom-classic")),
            _ => (only(app), only("sandbox-zoom")),
        };
        let failure = bridge.webhook("zoom", &headers, body.as_bytes(), Some(&wrong)).unwrap_err();
        assert_eq!(failure.name(), "WEBHOOK_UNTRUSTED");
        let outcome = bridge.webhook("zoom", &headers, body.as_bytes(), None).unwrap();
        assert_eq!(outcome["event"]["user"], user);
        let again = bridge.webhook("zoom", &headers, body.as_bytes(), Some(&right)).unwrap();
        assert_eq!(again["duplicate"], true);
    }
}

#[test]
fn of_many_processes_one_has_the_notification_first() {
    let world = world();
    let library = Library::load();
    // The store and its key are there before.
    world.open(&library).close().unwrap();
    for (provider, body) in [
        ("zoom", r#"{"event":"meeting.ended","event_ts":1,"payload":{"object":{"id":1}}}"#),
        ("webex", r#"{"resource":"meetings","event":"ended","data":{"id":"a"}}"#),
    ] {
        let headers = match provider {
            "zoom" => zoom(ZOOM_SECRET, now(), body.as_bytes()),
            _ => webex(WEBEX_SECRET, body.as_bytes()),
        };
        let file = world.path(provider);
        std::fs::write(&file, json!({"headers": headers, "body": body}).to_string()).unwrap();
        let part = format!("webhook {provider} {}", file.display());
        let mut children: Vec<_> = (0..4)
            .map(|_| {
                let mut command = command(&part, &world.settings);
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
                let mut child = command.spawn().unwrap();
                let mut told = BufReader::new(child.stdout.take().unwrap());
                let mut line = String::new();
                while line.trim_end() != READY {
                    line.clear();
                    assert!(told.read_line(&mut line).unwrap() > 0, "it ended before");
                }
                (child, told)
            })
            .collect();
        for (child, _) in &mut children {
            child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        }
        let mut first = 0;
        for (child, mut told) in children {
            let mut text = String::new();
            told.read_to_string(&mut text).unwrap();
            let mut output = child.wait_with_output().unwrap();
            output.stdout = text.clone().into_bytes();
            check(&part, output);
            first += text.matches("duplicate: false").count();
        }
        assert_eq!(first, 1, "{provider}");
    }
}

#[test]
fn a_failure_leaves_the_notification_to_be_sent_again() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    let authorization = world.authorize(&bridge, "zoom", ANNA);
    let object = json!({"id": 7, "host_id": authorization["account"]["user_id"]});
    let at = jiff::Timestamp::now().as_millisecond();
    let body = json!({"event": "meeting.updated", "event_ts": at, "payload": {"object": object}});
    let (body, headers) = (body.to_string(), zoom(ZOOM_SECRET, now(), body.to_string().as_bytes()));
    // Ends while it waits for a call of ours that might have caused it.
    let hurry = Some(r#"{"timeout_ms": 30}"#);
    let failure = bridge.webhook("zoom", &headers, body.as_bytes(), hurry).unwrap_err();
    assert_eq!(failure.name(), "TIMEOUT");
    let outcome = bridge.webhook("zoom", &headers, body.as_bytes(), None).unwrap();
    assert_eq!((&outcome["duplicate"], &outcome["event"]["own"]), (&json!(false), &json!(false)));
    assert_eq!(outcome["event"]["user"], ANNA);
}
