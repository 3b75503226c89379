//! The published schemas: well-formed, described throughout, and of one mind with the code.

use std::path::PathBuf;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{KEY_A, KEY_B, edited, example, parse};
use crate::error::{Error, Status};
use crate::language::Language;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

fn schema(name: &str) -> Value {
    let path = folder().join(format!("{name}.schema.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

pub fn validator(name: &str) -> Validator {
    jsonschema::draft202012::new(&schema(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A part of a schema, such as `create` of the meeting request.
fn part(name: &str, part: &str) -> Validator {
    let registry = jsonschema::Registry::new()
        .add(format!("urn:{name}"), schema(name))
        .and_then(|registry| registry.prepare())
        .unwrap();
    let reference = json!({ "$ref": format!("urn:{name}#/$defs/{part}") });
    jsonschema::options().with_registry(&registry).build(&reference).unwrap()
}

#[test]
fn every_schema_is_a_schema() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".schema.json").unwrap_or_else(|| panic!("{file}"));
        let schema = schema(name);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
            panic!("{name}: {error}");
        }
        validator(name);
        assert!(schema["description"].is_string() && schema["title"].is_string(), "{name}");
        described(&schema, name);
        names.push(name.to_owned());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "authorization",
            "diagnose-report",
            "error",
            "filter",
            "maintain-report",
            "meeting",
            "meeting-request",
            "options",
            "page",
            "settings",
            "webhook-headers",
            "webhook-outcome",
        ]
    );
}

/// Every member says what it is. Conditions (`if`, `not` …) only repeat members.
fn described(schema: &Value, path: &str) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}/{name}");
                if matches!(name.as_str(), "if" | "then" | "else" | "not" | "default") {
                    continue;
                }
                if let ("properties", Value::Object(properties)) = (name.as_str(), value) {
                    for (property, schema) in properties {
                        assert!(schema["description"].is_string(), "{path}/{property}");
                    }
                }
                described(value, &path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| described(item, path)),
        _ => {}
    }
}

#[test]
fn good_settings_fit_schema_and_code() {
    let validator = validator("settings");
    let file = format!("{}x", super::ROOT);
    let mut good = vec![example()];
    for (pointer, value) in [
        ("/apps", json!([])),
        ("/apps/0/members", json!([])),
        ("/apps/0/members", json!(["*", "*@acme.com", "*/OU=HR/O=Acme", "a@b.c", "CN=A/O=B"])),
        ("/apps/0/client_secret", json!({"env": "PATH"})),
        ("/apps/0/kind", json!("account")),
        ("/apps/0/account_id", json!("abc")),
        ("/apps/0/token_url", json!("http://127.0.0.1:8080/token")),
        ("/apps/0/token_url", json!("http://[::1]/token?x=y")),
        ("/apps/0/api_url", json!("http://LocalHost:1")),
        ("/apps/0/revoke_url", json!("https://zoomgov.com:8443/oauth/revoke")),
        ("/apps/0/webhook_url", json!("https://mail1.example.com/hook")),
        ("/apps/0/webhook_secret", json!("x")),
        ("/apps/0/verification_token", json!("x")),
        ("/apps/0/pkce", json!(false)),
        ("/apps/0/scopes", json!(["meeting:write:meeting", "user:read:user"])),
        ("/groups/Sales Team", json!(["*/Sales/Acme"])),
        ("/language", json!("en")),
        ("/log", json!({})),
        ("/key", json!(KEY_A)),
        ("/key", json!([KEY_A, KEY_B, {"file": file}])),
        ("/http", json!({})),
        ("/http/proxy", json!("http://user:p%40ss@proxy.example:3128")),
        ("/http/ca_file", json!(file)),
        ("/http/client", json!("ureq")),
        ("/http/timeout_seconds", json!(300)),
        ("/retry", json!({"mode": "none"})),
        ("/retry/multiply", json!(1)),
        ("/retry/statuses", json!([])),
    ] {
        good.push(edited(pointer, value));
    }
    let mut server = edited("/apps/0/kind", json!("server"));
    super::edit(&mut server, "/apps/0/account_id", Some(json!("abc")));
    super::edit(&mut server, "/apps/0/redirect_urls", None);
    good.push(server);
    for document in good {
        if let Err(error) = parse(&document) {
            panic!("{error}\n{document:#}");
        }
        if let Err(error) = validator.validate(&document) {
            panic!("{}: {error}\n{document:#}", error.instance_path());
        }
    }
}

#[test]
fn every_error_fits() {
    let validator = validator("error");
    assert!(validator.is_valid(&json!({"status": 0, "name": "OK", "message": "", "remedy": ""})));
    assert!(
        !validator
            .is_valid(&json!({"status": 501, "name": "INTERNAL", "message": "", "remedy": "x"}))
    );
    for language in Language::ALL {
        for status in Status::ALL.iter().filter(|status| **status != Status::Ok) {
            let error = Error::new(*status, "detail")
                .with_provider("zoom")
                .with_provider_status(429)
                .with_provider_code(Some("4711".to_owned()))
                .with_tracking_id(Some("x".to_owned()))
                .with_retry_after(Some(std::time::Duration::from_secs(30)))
                .with_missing_scopes(vec!["meeting:write".to_owned()]);
            for error in [error, Error::new(*status, "")] {
                let document = serde_json::to_value(error.document(language)).unwrap();
                assert!(validator.is_valid(&document), "{document:#}");
            }
        }
    }
}

#[test]
fn a_new_meeting_needs_more_than_a_change() {
    let (change, create) = (validator("meeting-request"), part("meeting-request", "create"));
    let whole = json!({
        "topic": "週次", "duration_minutes": 30, "start": "2027-03-01T09:00:00", "time_zone": "Asia/Tokyo",
        "invitees": [{"email": "a@b.c", "name": "A"}], "alternative_hosts": ["d@e.f"],
        "irregular": "separate", "auto_recording": "cloud", "send_email": false,
        "provider_options": {"settings": {"use_pmi": true}},
    });
    assert!(change.is_valid(&whole) && create.is_valid(&whole));
    assert!(create.is_valid(&json!({"icalendar": "BEGIN:VCALENDAR"})));
    let dates = json!({"topic": "x", "duration_minutes": 1, "dates": ["2027-03-01T09:00:00"]});
    assert!(create.is_valid(&dates));
    for few in
        [json!({}), json!({"topic": "x"}), json!({"topic": "x", "start": "2027-03-01T09:00:00Z"})]
    {
        assert!(change.is_valid(&few) && !create.is_valid(&few), "{few}");
    }
    for bad in [
        json!({"topik": "x"}),
        json!({"topic": ""}),
        json!({"duration_minutes": 0}),
        json!({"start": "tomorrow"}),
        json!({"start": "2027-03-01"}),
        json!({"invitees": [{"name": "A"}]}),
        json!({"alternative_hosts": "d@e.f"}),
        json!({"auto_recording": true}),
    ] {
        assert!(!change.is_valid(&bad) && !create.is_valid(&bad), "{bad}");
    }
}

#[test]
fn each_operation_knows_its_options() {
    let knows = |operation: &str, option: Value| part("options", operation).is_valid(&option);
    assert!(knows("create_meeting", json!({"best_effort": true, "timeout_ms": 1, "app": "x"})));
    assert!(!knows("create_meeting", json!({"occurrence": "x"})));
    assert!(!knows("create_meeting", json!({"timeout_ms": 0})));
    assert!(knows("delete_meeting", json!({"ignore_missing": true, "occurrence": "x"})));
    assert!(knows("complete_authorization", json!({"binding": "x"})));
    assert!(!knows("diagnose", json!({"app": "x"})));
    let operations = schema("options")["$defs"].as_object().unwrap().len() - 2;
    assert_eq!(operations, 17, "as many as take options");
}

#[test]
fn documents_that_go_out_fit() {
    for (name, document) in [
        ("page", json!({"meetings": [], "next": null})),
        ("filter", json!({"from": "2027-03-01T09:00:00+09:00", "page_size": 30})),
        ("webhook-headers", json!({"X-Zm-Signature": "v0=00"})),
        (
            "webhook-outcome",
            json!({
                "respond": {"status": 200, "content_type": "application/json", "body": "{}"},
                "duplicate": false,
                "event": {"type": "meeting.started", "provider": "zoom", "meeting_id": "1",
                    "occurrences": [], "reference": null, "user": null, "email": null, "own": false,
                    "occurred_at": "2027-03-01T09:00:00Z", "raw": {}},
            }),
        ),
        (
            "authorization",
            json!({
                "provider": "zoom", "user": "Anna Berg/HR/Acme", "app": "x", "state": "authorized",
                "reason": null, "scopes": ["meeting:write"], "account": null,
                "authorized_at": "2027-03-01T09:00:00Z", "refreshed_at": null, "expires_at": null,
            }),
        ),
        (
            "diagnose-report",
            json!({
                "status": "warning",
                "findings": [{"check": "clock", "severity": "ok", "message": "agrees"},
                    {"check": "key", "severity": "warning", "message": "x", "remedy": "y"}],
                "library": {"version": "0.1.0"},
                "store": {"engine": "sqlite 3.50.4", "authorizations": 0},
            }),
        ),
    ] {
        if let Err(error) = validator(name).validate(&document) {
            panic!("{name}: {}: {error}", error.instance_path());
        }
    }
}
