//! Notifications through the C door, which the sandbox sends to a real receiver: what they say, to
//! whom they belong, and what ends an authorization.

mod common;

use std::sync::mpsc::Receiver;

use common::receiver::{LIMIT, Received, receive};
use common::webhook::{ZOOM_SECRET, event, hex, now, world, zoom, zoom_target};
use common::{ANNA, Bridge, KEN, Library, http_client, meeting, root};
use meetbridge_sandbox::{Event, Provider, Target, Whose};
use ring::hmac;
use serde_json::{Value, json};

/// The outcome of the next notification of this type.
fn next(outcomes: &Receiver<Value>, kind: &str) -> Value {
    let outcome = outcomes.recv_timeout(LIMIT).expect("a notification");
    assert_eq!(outcome["event"]["type"], kind, "{outcome:#}");
    assert_eq!(outcome["respond"]["status"], 200);
    assert_eq!(outcome["duplicate"], false, "{outcome:#}");
    outcome["event"].clone()
}

/// A host: gives what it receives to the bridge, and answers as it is told.
fn host(bridge: &Bridge<'_>, provider: &'static str) -> (String, Receiver<Value>) {
    let handle = bridge.handle;
    let (sender, outcomes) = std::sync::mpsc::channel();
    let url = receive(move |received: Received| {
        let (headers, body) = (received.headers.to_string(), &received.body);
        let body = (body.as_ptr(), body.len());
        let library = Library::load();
        match library.handle_webhook(handle, Some(provider), Some(&headers), body, None) {
            Ok(outcome) => {
                let respond = outcome["respond"].clone();
                sender.send(outcome).unwrap();
                let text = |name: &str| respond[name].as_str().unwrap().to_owned();
                (respond["status"].as_u64().unwrap() as u16, text("content_type"), text("body"))
            }
            Err(failure) => {
                sender.send(failure.error).unwrap();
                (401, "text/plain".to_owned(), String::new())
            }
        }
    });
    (url, outcomes)
}

/// Keeps what is sent and answers it without looking.
fn post_box() -> (String, Receiver<Received>) {
    let (sender, received) = std::sync::mpsc::channel();
    let url = receive(move |one| {
        sender.send(one).unwrap();
        (200, "text/plain".to_owned(), String::new())
    });
    (url, received)
}

fn sent(inbox: &Receiver<Received>) -> Received {
    inbox.recv_timeout(LIMIT).expect("a notification")
}

#[test]
fn zoom_tells_of_meetings_and_users() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let (url, outcomes) = host(&bridge, "zoom");
    world.sandbox.add_webhook(zoom_target(&url));

    // The administrator validates the address, and every three days Zoom does.
    for _ in 0..2 {
        let check = event(Provider::Zoom, "endpoint.url_validation");
        let delivery = world.sandbox.send_webhook(&check).unwrap().remove(0);
        let asked: Value = serde_json::from_str(&delivery.body).unwrap();
        let answer: Value = serde_json::from_str(&delivery.answer).unwrap();
        let plain = asked["payload"]["plainToken"].as_str().unwrap();
        assert_eq!(answer["plainToken"], plain);
        let encrypted = hex(hmac::HMAC_SHA256, ZOOM_SECRET, plain.as_bytes());
        assert_eq!(answer["encryptedToken"], encrypted);
        assert_eq!(next(&outcomes, "challenge")["raw"], Value::Null);
    }

    let mut request = meeting();
    request["reference"] = json!("UNID-1");
    let made = bridge.create("zoom", ANNA, &request).unwrap();
    let of_anna = |event: &Value| {
        assert_eq!(event["meeting_id"], made["id"]);
        assert_eq!((&event["reference"], &event["user"]), (&json!("UNID-1"), &json!(ANNA)));
        assert_eq!(event["email"], ANNA);
        assert_eq!(event["occurrences"], json!([]));
        let at: jiff::Timestamp = event["occurred_at"].as_str().unwrap().parse().unwrap();
        assert!((at.as_second() - now()).abs() < 60);
    };
    of_anna(&next(&outcomes, "meeting.created"));
    bridge.update("zoom", made["id"].as_str().unwrap(), &json!({"topic": "New"}), None).unwrap();
    of_anna(&next(&outcomes, "meeting.updated"));
    for kind in ["meeting.started", "meeting.ended"] {
        let meeting_id = made["id"].as_str().map(str::to_owned);
        let event = Event { meeting_id, ..event(Provider::Zoom, kind) };
        world.sandbox.send_webhook(&event).unwrap();
        let told = next(&outcomes, kind);
        of_anna(&told);
        assert_eq!(told["own"], false);
    }
    bridge.delete("zoom", made["id"].as_str().unwrap(), None).unwrap();
    let deleted = next(&outcomes, "meeting.deleted");
    assert_eq!((&deleted["meeting_id"], &deleted["user"]), (&made["id"], &json!(ANNA)));

    for (name, kind) in [
        ("user.created", "user.created"),
        ("user.updated", "user.updated"),
        ("user.deactivated", "other"),
        ("user.deleted", "user.deleted"),
    ] {
        for (person, user) in [(ANNA, json!(ANNA)), (KEN, Value::Null)] {
            let event = Event { user: Some(person.to_owned()), ..event(Provider::Zoom, name) };
            world.sandbox.send_webhook(&event).unwrap();
            let told = next(&outcomes, kind);
            assert_eq!((&told["email"], &told["user"]), (&json!(person), &user), "{name}");
            assert_eq!((&told["meeting_id"], &told["raw"]["event"]), (&Value::Null, &json!(name)));
        }
    }

    let object = json!({"id": 1, "host_key": "123456", "start_url": "https://x/?zak=z",
        "password": "guests"});
    let payload = Some(json!({"object": object}));
    let completed = Event { payload, ..event(Provider::Zoom, "recording.completed") };
    world.sandbox.send_webhook(&completed).unwrap();
    let raw = next(&outcomes, "recording.completed")["raw"]["payload"]["object"].clone();
    assert_eq!(raw, json!({"id": 1, "password": "guests"}));
}

#[test]
fn one_date_that_is_cancelled_is_told_as_one() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let (url, outcomes) = host(&bridge, "zoom");
    world.sandbox.add_webhook(zoom_target(&url));
    let mut series = meeting();
    series["recurrence"] = json!("FREQ=DAILY;COUNT=3");
    let made = bridge.create("zoom", ANNA, &series).unwrap();
    assert_eq!(next(&outcomes, "meeting.created")["occurrences"], json!([]));
    let date = &made["occurrences"][1]["id"];
    let options = json!({"occurrence": date}).to_string();
    bridge.delete("zoom", made["id"].as_str().unwrap(), Some(&options)).unwrap();
    let deleted = next(&outcomes, "meeting.deleted");
    assert_eq!((&deleted["meeting_id"], &deleted["occurrences"]), (&made["id"], &json!([date])));
}

#[test]
fn webex_webhooks_are_made_for_each_user_and_find_him_again() {
    let (library, mut world) = (Library::load(), world());
    let bridge = world.open(&library);
    let (url, outcomes) = host(&bridge, "webex");
    world.settings["apps"][1]["webhook_url"] = json!(url);
    bridge.reload(&world.settings.to_string()).unwrap();
    for user in [ANNA, KEN] {
        world.authorize(&bridge, "webex", user);
    }
    let count = |route: &str| world.sandbox.statistics().count(&format!("webex.{route}"));
    assert_eq!(count("create_webhook"), 10);

    // Nothing of an account is known: only the webhook's name tells whose it is.
    let account = &bridge.authorization("webex", KEN).unwrap()["account"];
    assert!(account.is_null(), "{account}");
    let made = bridge.create_with("webex", ANNA, &meeting(), None).unwrap();
    let told = next(&outcomes, "meeting.created");
    assert_eq!((&told["user"], &told["email"]), (&json!(ANNA), &json!(ANNA)));
    assert_eq!(told["meeting_id"], made["id"]);
    for (name, kind) in [("started", "meeting.started"), ("ended", "meeting.ended")] {
        let meeting_id = made["id"].as_str().map(str::to_owned);
        let event = Event { meeting_id, ..event(Provider::Webex, name) };
        world.sandbox.send_webhook(&event).unwrap();
        let told = next(&outcomes, kind);
        let raw = told["raw"]["data"]["id"].as_str().unwrap();
        assert!(raw.starts_with(&format!("{}_I_", made["id"].as_str().unwrap())));
        assert_eq!((&told["user"], &told["meeting_id"]), (&json!(ANNA), &made["id"]));
    }
    bridge.delete("webex", made["id"].as_str().unwrap(), None).unwrap();
    assert_eq!(next(&outcomes, "meeting.deleted")["user"], ANNA);

    // Looking after them: nothing to do, switched off, one too many and one too few.
    let before = count("update_webhook");
    world.authorize(&bridge, "webex", ANNA);
    assert_eq!((count("create_webhook"), count("update_webhook") - before), (10, 0));
    world.sandbox.switch_off_webhooks();
    world.authorize(&bridge, "webex", ANNA);
    assert_eq!((count("create_webhook"), count("update_webhook") - before), (10, 5));
    let token = world.sandbox.secrets().access_tokens.last().unwrap().clone();
    let webhooks = format!("{}/webex/v1/webhooks", world.sandbox.url());
    let api = |method: &str, path: &str, body: Value| -> Value {
        let request = http_client().request(method.parse().unwrap(), format!("{webhooks}{path}"));
        let request = request.bearer_auth(&token).header("content-type", "application/json");
        let text = request.body(body.to_string()).send().unwrap().text().unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    };
    let known = api("GET", "", json!({}));
    let of = |event: &str| {
        let mut all = known["items"].as_array().unwrap().iter();
        all.find(|hook| hook["event"] == event).unwrap()["id"].as_str().unwrap().to_owned()
    };
    api("DELETE", &format!("/{}", of("ended")), json!({}));
    let started = json!({"name": "x", "resource": "meetings", "event": "started"});
    let hook = |url: &str| {
        let mut hook = started.clone();
        hook["targetUrl"] = json!(url);
        hook
    };
    api("POST", "", hook(&url));
    api("POST", "", hook("https://example.com/of-somebody-else"));
    world.authorize(&bridge, "webex", ANNA);
    assert_eq!((count("create_webhook"), count("delete_webhook")), (13, 2));
    assert_eq!(count("update_webhook") - before, 5, "the good one was kept");

    // Who ends his consent takes his own with him.
    bridge.revoke("webex", ANNA).unwrap();
    assert_eq!(count("delete_webhook"), 7);
    bridge.forget(KEN, None).unwrap();
    assert_eq!(count("delete_webhook"), 12);
}

#[test]
fn webhooks_that_cannot_be_made_prevent_no_authorization() {
    let (library, mut world) = (Library::load(), world());
    world.settings["apps"][1]["webhook_url"] = json!("http://127.0.0.1:9/hook");
    let bridge = world.open(&library);
    for status in [403, 500] {
        world.fail_once(
            "webex.list_webhooks",
            "before",
            &json!({"kind": "status", "code": status}),
        );
        assert_eq!(world.authorize(&bridge, "webex", ANNA)["state"], "authorized");
        assert_eq!(world.faults_left(), 0);
    }
    world.fail_once("webex.list_webhooks", "before", &json!({"kind": "reset"}));
    bridge.revoke("webex", ANNA).unwrap();
    assert_eq!(world.faults_left(), 0);
    assert_eq!(bridge.authorization("webex", ANNA).unwrap_err().name(), "NOT_AUTHORIZED");
}

#[test]
fn every_published_example_is_verified_and_told() {
    let folder = std::env::var_os("MEETBRIDGE_SPECS")
        .map_or_else(|| root().join("../shared/specs"), std::path::PathBuf::from);
    let Ok(text) = std::fs::read_to_string(folder.join("zoom-webhook-events.json")) else {
        eprintln!("SKIPPED: Zoom's published events are not here");
        return;
    };
    let examples: Value = serde_json::from_str(&text).unwrap();
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    let mut told = 0;
    for (name, example) in examples.as_object().unwrap() {
        let body = example["example"].to_string();
        let headers = zoom(ZOOM_SECRET, now(), body.as_bytes());
        let outcome = bridge.webhook("zoom", &headers, body.as_bytes(), None).unwrap();
        let event = &outcome["event"];
        let wanted = match name.as_str() {
            "meeting.created" | "meeting.updated" | "meeting.deleted" => name,
            "meeting.started" | "meeting.ended" => name,
            "meeting.permanently_deleted" => "meeting.deleted",
            _ => "other",
        };
        assert_eq!((&event["type"], &outcome["duplicate"]), (&json!(wanted), &json!(false)));
        let id = &example["example"]["payload"]["object"]["id"];
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        assert_eq!((&event["meeting_id"], &event["own"]), (&json!(id), &json!(false)), "{name}");
        assert_eq!(event["occurred_at"], "2021-07-14T02:44:51Z", "{name}");
        assert_eq!(event["raw"], example["example"], "{name}");
        let host = &example["example"]["payload"]["object"]["host_email"];
        assert_eq!(&event["email"], host, "{name}");
        let of_one_date = example["example"]["payload"]["operation"] == "single";
        assert_eq!(event["occurrences"].as_array().unwrap().len(), usize::from(of_one_date));
        told += 1;
    }
    assert_eq!(told, 10);
}

#[test]
fn who_takes_the_app_away_is_forgotten_before_it_is_told() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    let mut request = meeting();
    request["reference"] = json!("UNID-1");
    for provider in ["zoom", "webex"] {
        world.authorize(&bridge, provider, ANNA);
    }
    world.authorize(&bridge, "zoom", KEN);
    bridge.create("zoom", ANNA, &request).unwrap();
    let (url, outcomes) = host(&bridge, "zoom");
    world.sandbox.add_webhook(zoom_target(&url));
    // The time of an authorization is kept in whole seconds.
    world.change(json!({"clock_offset_s": 5}));
    let whose = Whose { notify: true, ..Whose::user(Provider::Zoom, ANNA) };
    assert_eq!(world.sandbox.revoke_grants(&whose).unwrap(), 1);
    let told = next(&outcomes, "authorization.revoked");
    assert_eq!((&told["user"], &told["email"]), (&json!(ANNA), &json!(ANNA)));
    assert_eq!(bridge.authorization("zoom", ANNA).unwrap_err().name(), "NOT_AUTHORIZED");
    for (provider, user) in [("zoom", KEN), ("webex", ANNA)] {
        assert_eq!(bridge.authorization(provider, user).unwrap()["state"], "authorized");
    }
    world.authorize(&bridge, "zoom", ANNA);
    let made = bridge.create("zoom", ANNA, &request).unwrap();
    assert_eq!(made["existing"], false, "its references are forgotten too");
}

#[test]
fn the_echo_of_our_own_revoking_ends_no_newer_consent() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let (url, inbox) = post_box();
    world.sandbox.add_webhook(zoom_target(&url));
    bridge.revoke("zoom", ANNA).unwrap();
    let echo = sent(&inbox);
    let given = world.authorize(&bridge, "zoom", ANNA);
    let outcome = bridge.webhook("zoom", &echo.headers, &echo.body, None).unwrap();
    let event = &outcome["event"];
    assert_eq!((&event["type"], &event["user"]), (&json!("authorization.revoked"), &Value::Null));
    assert_eq!(bridge.authorization("zoom", ANNA).unwrap(), given);
    bridge.create("zoom", ANNA, &meeting()).unwrap();
}

#[test]
fn only_what_was_given_before_is_ended() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    let given = world.authorize(&bridge, "zoom", ANNA);
    let at: jiff::Timestamp = given["authorized_at"].as_str().unwrap().parse().unwrap();
    assert!((at.as_second() - now()).abs() < 60);
    for (after_ms, user) in
        [(-3_600_000, Value::Null), (-1, Value::Null), (999, Value::Null), (1000, json!(ANNA))]
    {
        let time = at + jiff::SignedDuration::from_millis(after_ms);
        let payload = json!({"user_id": given["account"]["user_id"], "client_id": "sandbox-zoom",
            "deauthorization_time": time.to_string()});
        let body = json!({"event": "app_deauthorized", "event_ts": 1, "payload": payload});
        let body = body.to_string();
        let headers = zoom(ZOOM_SECRET, now(), body.as_bytes());
        let outcome = bridge.webhook("zoom", &headers, body.as_bytes(), None).unwrap();
        assert_eq!(outcome["event"]["user"], user, "{after_ms}");
        assert_eq!(bridge.authorization("zoom", ANNA).is_err(), user == ANNA, "{after_ms}");
    }
}

#[test]
fn the_older_token_is_believed_where_it_is_set_but_gets_no_answer_signed() {
    let (library, mut world) = (Library::load(), world());
    world.settings["apps"][0]["verification_token"] = json!("the-token");
    let bridge = world.open(&library);
    let (url, outcomes) = host(&bridge, "zoom");
    let verification_token = Some("the-token".to_owned());
    world.sandbox.add_webhook(Target { secret: None, verification_token, ..zoom_target(&url) });
    let user = Some(KEN.to_owned());
    world.sandbox.send_webhook(&Event { user, ..event(Provider::Zoom, "user.deleted") }).unwrap();
    assert_eq!(next(&outcomes, "user.deleted")["email"], KEN);
    let challenge = event(Provider::Zoom, "endpoint.url_validation");
    assert_eq!(world.sandbox.send_webhook(&challenge).unwrap()[0].status, Some(401));
    assert_eq!(outcomes.recv_timeout(LIMIT).unwrap()["name"], "UNEXPECTED_ANSWER");
}

/// Needs the audit trail, which tells what we have done.
#[test]
fn what_we_have_done_ourselves_is_marked() {
    let (library, mut world) = (Library::load(), world());
    let bridge = world.open(&library);
    let (zoom_url, of_zoom) = host(&bridge, "zoom");
    let (webex_url, of_webex) = host(&bridge, "webex");
    world.settings["apps"][1]["webhook_url"] = json!(webex_url);
    bridge.reload(&world.settings.to_string()).unwrap();
    world.sandbox.add_webhook(zoom_target(&zoom_url));
    for (provider, outcomes) in [("zoom", of_zoom), ("webex", of_webex)] {
        world.authorize(&bridge, provider, ANNA);
        let made = bridge.create(provider, ANNA, &meeting()).unwrap();
        let id = made["id"].as_str().unwrap();
        assert_eq!(next(&outcomes, "meeting.created")["own"], true, "{provider}");
        bridge.update(provider, id, &json!({"topic": "New"}), None).unwrap();
        assert_eq!(next(&outcomes, "meeting.updated")["own"], true, "{provider}");
        bridge.delete(provider, id, None).unwrap();
        assert_eq!(next(&outcomes, "meeting.deleted")["own"], true, "{provider}");
    }
}
