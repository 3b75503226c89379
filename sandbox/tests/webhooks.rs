//! Webhook deliveries: signatures, bodies, what is kept of them.

mod common;

use common::*;
use meetbridge_sandbox::{Event, Options, Provider, Sandbox, Target, Whose};
use ring::hmac;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// What a receiver got.
struct Got {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A receiver on loopback that answers everything with `answer`.
fn receiver(answer: &'static str) -> (String, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
    let (sender, got) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let mut headers = BTreeMap::new();
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            assert_eq!(line, "POST /hook?x=1 HTTP/1.1\r\n");
            loop {
                line.clear();
                reader.read_line(&mut line).unwrap();
                let Some((name, value)) = line.trim_end().split_once(": ") else { break };
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            let mut body = vec![0; headers["content-length"].parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            if sender.send(Got { headers, body }).is_err() {
                return;
            }
        }
    });
    (url, got)
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn hex(algorithm: hmac::Algorithm, secret: &str, parts: &[&[u8]]) -> String {
    let key = hmac::Key::new(algorithm, secret.as_bytes());
    let tag = hmac::sign(&key, &parts.concat());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_zoom_signature(got: &Got) {
    let timestamp = &got.headers["x-zm-request-timestamp"];
    let parts = [b"v0:", timestamp.as_bytes(), b":", &got.body];
    let signature = hex(hmac::HMAC_SHA256, "zoom-test-secret", &parts);
    assert_eq!(got.headers["x-zm-signature"], format!("v0={signature}"));
    assert_eq!(got.headers["clientid"], "sandbox-zoom");
}

fn zoom_target(url: &str) -> Target {
    Target {
        provider: Provider::Zoom,
        url: url.to_owned(),
        secret: Some("zoom-test-secret".to_owned()),
        client_id: Some("sandbox-zoom".to_owned()),
        events: Vec::new(),
        verification_token: None,
    }
}

fn event(name: &str, meeting: Option<&Value>, user: Option<&str>) -> Event {
    Event {
        provider: Provider::Zoom,
        event: name.to_owned(),
        meeting_id: meeting.map(Value::to_string),
        user: user.map(str::to_owned),
        payload: None,
    }
}

#[test]
fn zoom_tells_about_meetings_users_and_itself() {
    let schemas = specs("zoom-webhook-events.json");
    let check = |body: &Value| {
        let name = body["event"].as_str().unwrap();
        let Some(schema) = schemas.as_ref().and_then(|all| all.get(name)) else { return };
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft4)
            .should_validate_formats(true)
            .build(&schema["schema"])
            .unwrap();
        let errors: Vec<String> = validator
            .iter_errors(body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}\n{body:#}");
    };
    let sandbox = frozen();
    let (url, inbox) = receiver(OK);
    sandbox.add_webhook(zoom_target(&url));
    let next = |name: &str| {
        let got = inbox.recv_timeout(LIMIT).unwrap();
        check_zoom_signature(&got);
        let body = got.json();
        assert_eq!(body["event"], name);
        assert_eq!(body["event_ts"], 1_798_804_800_000_u64);
        check(&body);
        body
    };
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    let recurrence = json!({ "type": 1, "end_times": 2 });
    let body = json!({ "type": 8, "topic": "x", "recurrence": recurrence });
    let made = zoom.post("/users/me/meetings", body).expect(201).json();
    let created = next("meeting.created");
    assert_eq!(created["payload"]["object"]["id"], made["id"]);
    assert_eq!(created["payload"]["object"]["creation_source"], "open_api");

    let path = format!("/meetings/{}", made["id"]);
    let changes = json!({ "topic": "y", "settings": { "waiting_room": true } });
    zoom.patch(&path, changes).expect(204);
    let updated = next("meeting.updated");
    assert_eq!(updated["payload"]["scope"], "all");
    assert_eq!(updated["payload"]["object"]["topic"], "y");
    assert_eq!(updated["payload"]["old_object"]["topic"], "x");
    assert_eq!(updated["payload"]["old_object"]["settings"]["waiting_room"], false);

    let sent = sandbox.send_webhook(&event("meeting.started", Some(&made["id"]), None)).unwrap();
    assert_eq!((sent[0].status, sent[0].answer.as_str()), (Some(200), "ok"));
    let started = next("meeting.started");
    assert_eq!(started["payload"]["object"]["id"], made["id"].to_string());
    assert_eq!(zoom.get(&path).json()["status"], "started");
    sandbox.send_webhook(&event("meeting.ended", Some(&made["id"]), None)).unwrap();
    next("meeting.ended");

    let one = made["occurrences"][1]["occurrence_id"].as_str().unwrap();
    zoom.delete(&format!("{path}?occurrence_id={one}")).expect(204);
    assert_eq!(next("meeting.deleted")["payload"]["operation"], "single");
    zoom.delete(&path).expect(204);
    assert_eq!(next("meeting.deleted")["payload"]["operation"], "all");
    zoom.call("PUT", &format!("{path}/status"), Some(&json!({ "action": "recover" }))).expect(204);
    next("meeting.recovered");

    let user = Some("ken@example.com");
    sandbox.send_webhook(&event("user.deactivated", None, user)).unwrap();
    assert_eq!(next("user.deactivated")["payload"]["object"]["email"], "ken@example.com");
    sandbox.send_webhook(&event("endpoint.url_validation", None, None)).unwrap();
    assert!(next("endpoint.url_validation")["payload"]["plainToken"].is_string());

    // Our own revocation comes back as a deauthorization, an administrator's too.
    let me = zoom.get("/users/me").expect(200).json();
    sandbox.revoke_grants(&Whose { notify: true, ..Whose::default() }).unwrap();
    let gone = next("app_deauthorized");
    assert_eq!(gone["payload"]["user_id"], me["id"]);
    assert_eq!(gone["payload"]["account_id"], me["account_id"]);
    let tokens = authorize(&sandbox, "sandbox-zoom", "ken@example.com");
    let basic = basic("sandbox-zoom");
    let url = format!("{}/zoom/oauth/revoke", sandbox.url());
    let token = tokens["access_token"].as_str().unwrap();
    form(&url, &[("authorization", &basic)], &[("token", token)]).expect(200);
    next("app_deauthorized");
    // An app that this target is not for.
    authorize(&sandbox, "sandbox-zoom-classic", "ken@example.com");
    sandbox.revoke_grants(&Whose { notify: true, ..Whose::default() }).unwrap();

    assert!(sandbox.wait_for_deliveries(11, LIMIT));
    let all = sandbox.deliveries();
    assert_eq!(all.len(), 11);
    assert!(all.iter().all(|one| one.status == Some(200)));
    assert!(sandbox.secrets().webhook_secrets.contains(&"zoom-test-secret".to_owned()));
}

#[test]
fn webex_signs_with_the_secret_of_the_webhook() {
    let sandbox = start();
    let (url, inbox) = receiver(OK);
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    for event in ["created", "updated", "deleted", "started", "ended"] {
        let hook = json!({ "name": event, "targetUrl": url, "resource": "meetings", "event": event,
                           "secret": "webex-test-secret" });
        webex.post("/webhooks", hook).expect(200);
    }
    // Another user's webhook hears nothing of Anna's meetings.
    let ken = Api::new(&sandbox, "sandbox-webex", "ken@example.com");
    let hook = json!({ "name": "k", "targetUrl": url, "resource": "meetings", "event": "created" });
    ken.post("/webhooks", hook).expect(200);
    let next = |event: &str| {
        let got = inbox.recv_timeout(LIMIT).unwrap();
        let algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
        let signature = hex(algorithm, "webex-test-secret", &[&got.body]);
        assert_eq!(got.headers["x-spark-signature"], signature);
        let body = got.json();
        assert_eq!(body["event"], event);
        assert_eq!(body.get("secret"), None);
        assert_eq!(body["data"].get("title"), None);
        body
    };
    let start = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let end = start + jiff::SignedDuration::from_hours(1);
    let body = json!({ "title": "x", "start": start.to_string(), "end": end.to_string() });
    let made = webex.post("/meetings", body).expect(200).json();
    let id = made["id"].as_str().unwrap();
    assert_eq!(next("created")["data"]["id"], id);
    webex.patch(&format!("/meetings/{id}"), json!({ "title": "y" })).expect(200);
    next("updated");
    for event in ["started", "ended"] {
        let wish = json!({ "provider": "webex", "event": event, "meeting_id": id });
        let control = format!("{}/_sandbox/webhooks/send", sandbox.url());
        let sent = send("POST", &control, &[], wish.to_string().as_bytes()).unwrap().expect(200);
        assert_eq!(sent.json()[0]["status"], 200);
        let data = next(event)["data"].clone();
        assert!(data["id"].as_str().unwrap().starts_with(&format!("{id}_I_")));
        assert_eq!(data["meetingType"], "meeting");
    }
    webex.delete(&format!("/meetings/{id}")).expect(204);
    next("deleted");
}

#[test]
fn failed_deliveries_are_kept_and_can_be_repeated() {
    let sandbox = start();
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/hook", listener.local_addr().unwrap())
    };
    let (url, inbox) = receiver("HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops");
    sandbox.add_webhook(zoom_target(&closed));
    sandbox.add_webhook(zoom_target(&url));
    let sent = sandbox.send_webhook(&event("endpoint.url_validation", None, None)).unwrap();
    assert!(sent[0].error.is_some() && sent[0].status.is_none());
    assert_eq!((sent[1].status, sent[1].answer.as_str()), (Some(500), "oops"));
    let first = inbox.recv_timeout(LIMIT).unwrap();
    let control = format!("{}/_sandbox/webhooks/deliveries", sandbox.url());
    send("POST", &format!("{control}/2/repeat"), &[], b"").unwrap().expect(200);
    let second = inbox.recv_timeout(LIMIT).unwrap();
    assert_eq!(first.body, second.body);
    assert_eq!(get(&format!("{control}?wait=3")).expect(200).json().as_array().unwrap().len(), 3);
}

#[test]
fn https_receivers_with_a_certificate_of_the_authority() {
    // A second sandbox with TLS serves as the receiver; it is of another authority.
    let options = || Options { tls: true, ..Options::default() };
    let sandbox = Sandbox::start(options()).unwrap();
    let own = format!("{}/_sandbox/webhooks/send", sandbox.tls_url().unwrap());
    let foreign = Sandbox::start(options()).unwrap();
    let foreign_url = format!("{}/_sandbox/webhooks/send", foreign.tls_url().unwrap());
    sandbox.add_webhook(zoom_target(&own));
    sandbox.add_webhook(zoom_target(&foreign_url));
    let sent = sandbox.send_webhook(&event("endpoint.url_validation", None, None)).unwrap();
    assert_eq!(sent[0].status, Some(400), "{:?}", sent[0].error);
    assert!(sent[1].error.is_some());
}
