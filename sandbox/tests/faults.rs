//! Every kind of fault, as a client meets it.

mod common;

use common::*;
use meetbridge_sandbox::{Fault, Kind, Sandbox};
use serde_json::{Value, json};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A create on a socket of its own: what came back until the end, and how it ended.
fn raw_create(sandbox: &Sandbox, token: &str) -> (String, std::io::Result<()>) {
    let address = sandbox.url().replace("http://", "");
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let body = r#"{"topic":"raw"}"#;
    let head = format!(
        "POST /zoom/v2/users/me/meetings HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut all = Vec::new();
    let end = socket.read_to_end(&mut all).map(drop);
    (String::from_utf8_lossy(&all).into_owned(), end)
}

struct Case {
    sandbox: Sandbox,
    token: String,
    api: Api,
}

fn case() -> Case {
    let sandbox = start();
    let tokens = authorize(&sandbox, "sandbox-zoom", "anna@example.com");
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let api = Api::with(&sandbox, "sandbox-zoom", &token);
    Case { sandbox, token, api }
}

impl Case {
    fn create(&self, kind: Kind) -> Reply {
        self.sandbox.fault(Fault::once("zoom.create_meeting", kind));
        self.plain_create()
    }

    fn plain_create(&self) -> Reply {
        self.api.post("/users/me/meetings", json!({ "topic": "x" }))
    }

    fn live(&self) -> u64 {
        self.sandbox.statistics().live_meetings[&meetbridge_sandbox::Provider::Zoom]
    }
}

#[test]
fn answers_that_are_wrong() {
    let case = case();
    let answer = case.create(Kind::status_with(429, "retry-after", "7")).expect(429);
    assert_eq!(answer.header("retry-after"), Some("7"));
    let answer = case.create(Kind::status_json(503, r#"{"code":1}"#)).expect(503);
    assert_eq!(answer.json(), json!({ "code": 1 }));
    let answer = case.create(Kind::Html).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(case.create(Kind::Empty).expect(200).text, "");
    let kind = Kind::Redirect { location: "https://evil.example/".to_owned(), code: 307 };
    let answer = case.create(kind).expect(307);
    assert_eq!(answer.header("location"), Some("https://evil.example/"));
    let answer = case.create(Kind::WrongTypes).expect(201);
    assert!(answer.json()["id"].is_array() && answer.json()["join_url"].is_number());
    let answer = case.create(Kind::Huge { bytes: 300_001 }).expect(200);
    assert_eq!(answer.text.len(), 300_001);
    assert_eq!(answer.header("content-length"), None);
    assert!(answer.json().is_string());
    assert_eq!(case.live(), 0);
    assert!(case.sandbox.faults().is_empty());
    assert_eq!(case.sandbox.statistics().faults, 7);
}

#[test]
fn after_means_that_the_operation_was_carried_out() {
    let case = case();
    case.sandbox.fault(Fault::once("zoom.create_meeting", Kind::status(502)).after());
    case.plain_create().expect(502);
    assert_eq!(case.live(), 1);
    case.sandbox.fault(Fault::once("zoom.create_meeting", Kind::WrongTypes).after());
    let answer = case.plain_create().expect(201).json();
    assert!(answer["id"].is_array() && answer["settings"]["host_video"].is_string());
    assert_eq!(case.live(), 2);
    // A refresh whose answer is lost: the old token is dead, the new one nobody knows.
    let tokens = authorize(&case.sandbox, "sandbox-zoom", "ken@example.com");
    let token = tokens["refresh_token"].as_str().unwrap();
    case.sandbox.fault(Fault::once("zoom.refresh", Kind::status(500)).after());
    refresh(&case.sandbox, "sandbox-zoom", token).expect(500);
    refresh(&case.sandbox, "sandbox-zoom", token).expect(400);
}

#[test]
fn connections_that_end() {
    let case = case();
    let fault = |kind| case.sandbox.fault(Fault::once("zoom.*", kind));
    fault(Kind::Reset);
    let (text, end) = raw_create(&case.sandbox, &case.token);
    assert_eq!(text, "");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    fault(Kind::Close);
    let (text, end) = raw_create(&case.sandbox, &case.token);
    assert_eq!(text, "");
    end.unwrap();
    fault(Kind::Half);
    let (text, end) = raw_create(&case.sandbox, &case.token);
    end.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = head.split("content-length: ").nth(1).unwrap().parse::<usize>().unwrap();
    assert_eq!(body.len(), length / 2);
    assert_eq!(case.live(), 0);
    // With the real answer.
    case.sandbox.fault(Fault::once("zoom.create_meeting", Kind::Half).after());
    let (text, _) = raw_create(&case.sandbox, &case.token);
    assert!(text.contains("\"topic\"") || text.contains("\"agenda\""), "{text}");
    assert_eq!(case.live(), 1);
    let statistics = case.sandbox.statistics();
    assert_eq!(statistics.answered["zoom.create_meeting"]["reset"], 1);
    assert_eq!(statistics.count("zoom.create_meeting"), 4);
}

#[test]
fn answers_that_are_late() {
    let case = case();
    let begin = Instant::now();
    case.create(Kind::Delay { ms: 120 }).expect(201);
    assert!(begin.elapsed() >= Duration::from_millis(120));
    assert_eq!(case.live(), 1);
    case.sandbox.change_settings(|s| s.latency_ms = 80);
    let begin = Instant::now();
    case.plain_create().expect(201);
    assert!(begin.elapsed() >= Duration::from_millis(80));
    case.sandbox.change_settings(|s| s.latency_ms = 0);

    // Hang: the client gives up, nothing was done, the next call works.
    case.sandbox.fault(Fault::once("zoom.create_meeting", Kind::Hang));
    let before = case.sandbox.statistics().count("zoom.create_meeting");
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2)));
    let agent: ureq::Agent = config.proxy(None).build().into();
    let url = format!("{}/zoom/v2/users/me/meetings", case.sandbox.url());
    assert!(send_with(&agent, "POST", &url, &[], b"{}").is_err());
    let seen = case
        .sandbox
        .wait_until(Duration::from_secs(5), |s| s.count("zoom.create_meeting") == before + 1);
    assert!(seen);
    assert_eq!(case.live(), 2);
    case.plain_create().expect(201);
}

#[test]
fn rules_count_skip_and_are_read_from_json() {
    let case = case();
    let url = format!("{}/_sandbox/faults", case.sandbox.url());
    let post = |body: Value| {
        send("POST", &url, &[("content-type", "application/json")], body.to_string().as_bytes())
            .unwrap()
    };
    let rule = json!({
        "route": "zoom.create_meeting", "times": 2, "skip": 1, "when": "before", "kind": "status",
        "code": 500, "headers": { "x-why": "test" },
    });
    post(rule).expect(200);
    let statuses: Vec<u16> = (0..4).map(|_| case.plain_create().status).collect();
    assert_eq!(statuses, [201, 500, 500, 201]);
    post(json!([{ "route": "*", "times": "forever", "kind": "empty" }])).expect(200);
    for _ in 0..3 {
        assert_eq!(case.plain_create().status, 200);
    }
    assert_eq!(get(&url).json()[0]["times"], Value::Null);
    send("DELETE", &url, &[], b"").unwrap().expect(200);
    case.plain_create().expect(201);
    post(json!({ "route": "*", "kind": "nonsense" })).expect(400);
    post(json!({ "route": "*", "times": "often", "kind": "hang" })).expect(400);
}
