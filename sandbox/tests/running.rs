//! Starting, TLS, determinism, load, the control API, the program.

mod common;

use common::*;
use meetbridge_sandbox::{Options, Provider, Sandbox};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

fn trusting(pem: &str) -> ureq::Agent {
    let root = Certificate::from_pem(pem.as_bytes()).unwrap();
    let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(vec![root]))).build();
    let config = ureq::Agent::config_builder().tls_config(tls).proxy(None);
    config.http_status_as_error(false).build().into()
}

#[test]
fn tls_with_the_private_authority() {
    let sandbox = Sandbox::start(Options { tls: true, ..Options::default() }).unwrap();
    let url = sandbox.tls_url().unwrap();
    let trusting = trusting(sandbox.ca_pem().unwrap());
    let tokens = authorize(&sandbox, "sandbox-zoom", "anna@example.com");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    for host in ["localhost", "127.0.0.1"] {
        let path = format!("{}/zoom/v2/users/me/meetings", url.replace("localhost", host));
        let reply = send_with(&trusting, "POST", &path, &headers, b"{}").unwrap().expect(201);
        let link = reply.json()["join_url"].as_str().unwrap().to_owned();
        assert!(link.starts_with(&format!("https://{host}:")), "{link}");
        send_with(&trusting, "GET", &link, &[], b"").unwrap().expect(200);
    }
    // Faults that end the connection work below TLS as well.
    for kind in ["reset", "close", "half"] {
        let rule = json!({ "route": "zoom.me", "kind": kind });
        let control = format!("{}/_sandbox/faults", sandbox.url());
        send("POST", &control, &[], rule.to_string().as_bytes()).unwrap().expect(200);
        let path = format!("{url}/zoom/v2/users/me");
        assert!(send_with(&trusting, "GET", &path, &headers, b"").is_err(), "{kind}");
        send_with(&trusting, "GET", &path, &headers, b"").unwrap().expect(200);
    }
    // Nobody else trusts it.
    assert!(send("GET", &format!("{url}/_sandbox/"), &[], b"").is_err());
}

/// One run of everything that makes ids; ports differ between runs, so links are cut off.
fn story(seed: u64) -> Vec<String> {
    let sandbox = Sandbox::start(Options {
        seed: Some(seed),
        frozen_at: Some("2027-01-01T12:00:00Z".to_owned()),
        public_base: Some("https://sandbox.example".to_owned()),
        ..Options::default()
    })
    .unwrap();
    let mut told = Vec::new();
    for (_, client_id) in BOTH {
        let tokens = authorize(&sandbox, client_id, "anna@example.com");
        let token = tokens["refresh_token"].as_str().unwrap();
        let new = refresh(&sandbox, client_id, token).expect(200);
        let api = Api::with(&sandbox, client_id, new.json()["access_token"].as_str().unwrap());
        told.extend([tokens.to_string(), new.text]);
        if client_id.contains("zoom") {
            let made = api.post("/users/me/meetings", json!({ "topic": "x" })).expect(201);
            told.extend([made.text, api.get("/users/me").text]);
        } else {
            let body = json!({ "title": "x", "start": "2027-02-01T09:00:00Z",
                               "end": "2027-02-01T10:00:00Z" });
            told.extend([api.post("/meetings", body).expect(200).text, api.get("/people/me").text]);
        }
    }
    told.push(json!(sandbox.secrets()).to_string());
    told
}

#[test]
fn a_seed_makes_everything_repeatable() {
    assert_eq!(story(1), story(1));
    let (one, two) = (story(1), story(2));
    for (a, b) in one.iter().zip(&two) {
        assert_ne!(a, b);
    }
    let (a, b) = (start(), start());
    let id = |sandbox: &Sandbox| authorize(sandbox, "sandbox-zoom", "anna@example.com");
    assert_ne!(id(&a)["access_token"], id(&b)["access_token"]);
}

#[test]
fn sixty_four_clients_with_keep_alive() {
    let sandbox = start();
    sandbox.change_settings(|s| s.zoom_daily_limit = None);
    let tokens = authorize(&sandbox, "sandbox-zoom", "anna@example.com");
    let token = tokens["access_token"].as_str().unwrap();
    let before = sandbox.statistics().connections;
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            let api = Api::with(&sandbox, "sandbox-zoom", token);
            scope.spawn(move || {
                for _ in 0..25 {
                    api.post("/users/me/meetings", json!({ "topic": "x" })).expect(201);
                }
            });
        }
    });
    println!("1600 creates by 64 clients in {:?}", begin.elapsed());
    let statistics = sandbox.statistics();
    assert_eq!(statistics.live_meetings[&Provider::Zoom], 1600);
    assert_eq!(statistics.connections - before, 64);
    assert_eq!(statistics.status("zoom.create_meeting", 201), 1600);
}

#[test]
fn the_control_api() {
    let sandbox = start();
    let control = |method: &str, path: &str, body: Value| {
        let url = format!("{}/_sandbox/{path}", sandbox.url());
        let text = if body.is_null() { String::new() } else { body.to_string() };
        send(method, &url, &[], text.as_bytes()).unwrap()
    };
    let no = Value::Null;
    assert!(control("GET", "", no.clone()).expect(200).json()["what"].is_string());
    let settings =
        control("PATCH", "settings", json!({ "zoom_daily_limit": null, "latency_ms": 1 }));
    assert_eq!(settings.expect(200).json()["zoom_daily_limit"], Value::Null);
    assert_eq!(sandbox.settings().latency_ms, 1);
    assert!(
        control("PATCH", "settings", json!({ "nonsense": 1 }))
            .expect(400)
            .text
            .contains("nonsense")
    );
    let url = authorization_url(&sandbox, "sandbox-zoom", None);
    let wish = json!({ "authorization_url": url, "user": "anna@example.com", "decision": "allow" });
    let location = control("POST", "consent", wish).expect(200).json()["location"].clone();
    let code = parameter(location.as_str().unwrap(), "code").unwrap();
    let tokens = exchange(&sandbox, "sandbox-zoom", &code).expect(200).json();
    let token = tokens["access_token"].as_str().unwrap();
    let zoom = Api::with(&sandbox, "sandbox-zoom", token);
    zoom.post("/users/me/meetings", json!({ "topic": "seen" })).expect(201);
    let statistics = control("GET", "statistics", no.clone()).json();
    assert_eq!(statistics["received"]["zoom.create_meeting"], 1);
    assert_eq!(statistics["answered"]["zoom.create_meeting"]["201"], 1);
    assert_eq!(statistics["live_meetings"]["zoom"], 1);
    assert_eq!(control("GET", "meetings", no.clone()).json()["zoom"][0]["topic"], "seen");
    // Requests are remembered without credentials.
    let requests = control("GET", "requests", no.clone()).expect(200);
    assert!(!requests.text.contains(token) && !requests.text.contains(&code));
    let last = requests.json().as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["headers"]["authorization"], "Bearer (removed)");
    assert_eq!(last["body"], "{\"topic\":\"seen\"}");
    let secrets = control("GET", "secrets", no.clone()).text;
    assert!(secrets.contains(token) && secrets.contains(&code) && secrets.contains(VERIFIER));
    let users = control("GET", "users", no.clone()).json();
    assert_eq!(users["users"][2]["licensed"], false);
    control("PATCH", "users/guest@example.com", json!({ "licensed": true })).expect(200);
    control("PATCH", "users/nobody@example.com", json!({})).expect(400);
    assert_eq!(control("POST", "expire", no.clone()).json()["expired"], 1);
    zoom.get("/users/me").expect(401);
    control("POST", "reset", no.clone()).expect(200);
    assert_eq!(sandbox.settings().zoom_daily_limit, Some(100));
    assert_eq!(control("GET", "statistics", no).json()["live_meetings"]["zoom"], 0);
    assert!(sandbox.secrets().access_tokens.contains(&token.to_owned()));
}

#[test]
fn dropping_a_sandbox_ends_it() {
    let sandbox = start();
    let url = format!("{}/_sandbox/", sandbox.url());
    get(&url).expect(200);
    drop(sandbox);
    assert!(send("GET", &url, &[], b"").is_err());
    let taken = start();
    let port = taken.url().rsplit(':').next().unwrap().parse().unwrap();
    assert!(Sandbox::start(Options { plain_port: port, ..Options::default() }).is_err());
    let wrong = Options { frozen_at: Some("yesterday".to_owned()), ..Options::default() };
    assert!(Sandbox::start(wrong).is_err());
}

#[cfg(unix)]
#[test]
fn the_program_says_where_it_listens_and_stops_when_told() {
    let folder = std::env::temp_dir().join(format!("meetbridge-sandbox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (ca, ready) = (folder.join("ca.pem"), folder.join("ready"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_meetbridge-sandbox"))
        .args(["--tls-port", "0", "--seed", "1", "--ca-file"])
        .arg(&ca)
        .arg("--ready-file")
        .arg(&ready)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let mut next = || lines.next().unwrap().unwrap();
    let plain = next().strip_prefix("listening on ").unwrap().to_owned();
    let secure = next().strip_prefix("listening on ").unwrap().to_owned();
    assert!(next().contains("/_sandbox/"));
    let agent = trusting(&std::fs::read_to_string(&ca).unwrap());
    get(&format!("{plain}/_sandbox/")).expect(200);
    send_with(&agent, "GET", &format!("{secure}/_sandbox/"), &[], b"").unwrap().expect(200);
    let begin = Instant::now();
    while !ready.exists() && begin.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
    assert_eq!(std::fs::read_to_string(&ready).unwrap(), format!("{plain}\n{secure}\n"));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "quiet unless asked");
    std::fs::remove_dir_all(folder).unwrap();
}
