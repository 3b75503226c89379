//! One fault at a time: each is refused, and the message begins with its path.

use serde_json::Value;

use super::schemas::validator;
use super::{edit, example, parse};
use crate::error::Status;

/// Where in the example what is put (nothing: taken away), the path that the message names, and
/// whether the schema can express the fault too.
const FAULTS: &[(&str, &str, &str, bool)] = &[
    ("/apps", "", "apps", true),
    ("/store", "", "store", true),
    ("/key", "", "key", true),
    ("/app", "[]", "app", true),
    ("/apps", "{}", "apps", true),
    ("/apps", "null", "apps", true),
    ("/apps/0", "[]", "apps[0]", true),
    ("/apps/0", r#""zoom""#, "apps[0]", true),
    ("/apps/0/provider", "", "apps[0].provider", true),
    ("/apps/0/provider", r#""teams""#, "apps[0].provider", true),
    ("/apps/0/provider", r#""Zoom""#, "apps[0].provider", true),
    ("/apps/1/client_id", "", "apps[1].client_id", true),
    ("/apps/1/client_id", r#"" ""#, "apps[1].client_id", true),
    ("/apps/1/client_id", "4711", "apps[1].client_id", true),
    ("/apps/1/client_secret", "", "apps[1].client_secret", true),
    ("/apps/1/client_secret", r#""""#, "apps[1].client_secret", true),
    ("/apps/1/client_secret", "null", "apps[1].client_secret", true),
    ("/apps/1/client_secret", "{}", "apps[1].client_secret", true),
    ("/apps/1/client_secret", r#"["a"]"#, "apps[1].client_secret", true),
    ("/apps/1/client_secret", r#"{"env":"PATH","file":"/x"}"#, "apps[1].client_secret", true),
    ("/apps/1/client_secret", r#"{"vault":"x"}"#, "apps[1].client_secret.vault", true),
    ("/apps/1/client_secret", r#"{"env":1}"#, "apps[1].client_secret.env", true),
    ("/apps/1/client_secret", r#"{"env":"MEETBRIDGE_NO_SUCH"}"#, "apps[1].client_secret", false),
    ("/apps/1/client_secret", r#"{"file":"secret"}"#, "apps[1].client_secret.file", true),
    ("/apps/1/client_secret", r#"{"file":"/no/such"}"#, "apps[1].client_secret", false),
    ("/apps/1/webhook_secret", r#""""#, "apps[1].webhook_secret", true),
    ("/apps/1/verification_token", "null", "apps[1].verification_token", true),
    ("/apps/1/redirect_urls", "", "apps[1].redirect_urls", true),
    ("/apps/1/redirect_urls", "[]", "apps[1].redirect_urls", true),
    ("/apps/1/redirect_urls", r#""https://a.example""#, "apps[1].redirect_urls", true),
    ("/apps/1/redirect_urls/0", r#""/oauth/v1""#, "apps[1].redirect_urls[0]", true),
    ("/apps/1/redirect_urls/0", r#""ftp://a.example/""#, "apps[1].redirect_urls[0]", true),
    ("/apps/1/redirect_urls/0", r#""https://a.example/#x""#, "apps[1].redirect_urls[0]", true),
    ("/apps/1/redirect_urls/0", r#""https://a.example/ ""#, "apps[1].redirect_urls[0]", true),
    ("/apps/1/redirect_urls/0", "1", "apps[1].redirect_urls[0]", true),
    ("/apps/1/redirect_urls/0", r#""https://b.example/""#, "redirect_url", false),
    ("/apps/0/members", r#""Anna/Acme""#, "apps[0].members", true),
    ("/apps/0/members", "null", "apps[0].members", true),
    ("/apps/0/members/1", "true", "apps[0].members[1]", true),
    ("/apps/0/members/1", r#"" ""#, "apps[0].members[1]", true),
    ("/apps/0/members/2", r#""Anna*/Acme""#, "apps[0].members[2]", true),
    ("/apps/0/members/2", r#""*Acme""#, "apps[0].members[2]", true),
    ("/apps/0/exclude/0", r#""*/""#, "apps[0].exclude[0]", true),
    ("/apps/0/exclude/0", r#""a\u0000b""#, "apps[0].exclude[0]", false),
    ("/apps/1/scopes", r#""meeting:write""#, "apps[1].scopes", true),
    ("/apps/1/scopes/0", r#""a b""#, "apps[1].scopes[0]", true),
    ("/apps/1/scopes/0", r#""""#, "apps[1].scopes[0]", true),
    ("/apps/0/kind", r#""admin""#, "apps[0].kind", true),
    ("/apps/0/kind", r#""server""#, "apps[0].account_id", true),
    ("/apps/0/account_id", r#""""#, "apps[0].account_id", true),
    ("/apps/1/kind", r#""server""#, "apps[1].kind", true),
    ("/apps/0/pkce", r#""yes""#, "apps[0].pkce", true),
    ("/apps/0/enabled", "1", "apps[0].enabled", true),
    ("/apps/0/enabled", "null", "apps[0].enabled", true),
    ("/apps/0/token_url", r#""http://zoom.us/oauth/token""#, "apps[0].token_url", true),
    ("/apps/0/token_url", r#""zoom.us""#, "apps[0].token_url", true),
    ("/apps/0/authorization_url", r#""http://10.0.0.1/""#, "apps[0].authorization_url", true),
    ("/apps/0/revoke_url", r#""http://localhost.evil/""#, "apps[0].revoke_url", true),
    ("/apps/0/api_url", r#""https://a:b@api.zoom.us/v2""#, "apps[0].api_url", true),
    ("/apps/0/api_url", "null", "apps[0].api_url", true),
    ("/apps/0/webhook_url", r#""http://mail1.example.com/""#, "apps[0].webhook_url", true),
    ("/apps/0/client_secert", r#""x""#, "apps[0].client_secert", true),
    ("/redirect_url", r#""https://other.example/""#, "redirect_url", false),
    (
        "/redirect_url",
        r#""https://mail2.example.com/servlet/ontimegc/oauth/v1""#,
        "redirect_url",
        false,
    ),
    ("/redirect_url", r#""mail1""#, "redirect_url", true),
    ("/redirect_url", "null", "redirect_url", true),
    ("/language", r#""fr""#, "language", true),
    ("/language", r#""ja-JP""#, "language", true),
    ("/language", "1", "language", true),
    ("/log", r#""/x""#, "log", true),
    ("/log/file", r#""meetbridge.log""#, "log.file", true),
    ("/log/level", r#""verbose""#, "log.level", true),
    ("/log/size", "1", "log.size", true),
    ("/groups", "[]", "groups", true),
    ("/groups/A", r#""B""#, "groups.A", true),
    ("/groups/A", r#"["B", 1]"#, "groups.A[1]", true),
    ("/groups/A", r#"["B", "x*"]"#, "groups.A[1]", true),
    ("/groups/A@b", "[]", "groups.A@b", true),
    ("/groups/*", "[]", "groups.*", true),
    ("/store", "{}", "store.sqlite", true),
    ("/store/sqlite", r#""meetbridge.db""#, "store.sqlite", true),
    ("/store/sqlite", r#""""#, "store.sqlite", true),
    ("/store/postgres", r#""host=db""#, "store.postgres", true),
    ("/store", r#"{"postgres": "host=db"}"#, "store.postgres", true),
    ("/store", r#"{"postgres": ""}"#, "store.postgres", true),
    ("/store", r#"{"postgres": "postgresql://u@db/d?x=y"}"#, "store.postgres", false),
    ("/store", r#"{"postgres": "postgresql://db/d"}"#, "store.postgres", false),
    ("/store", r#"{"postgres": {"env": "MEETBRIDGE_NOT_SET"}}"#, "store.postgres", false),
    ("/store/mysql", r#""x""#, "store.mysql", true),
    ("/key", r#""c2hvcnQ=""#, "key", true),
    ("/key", r#""not base64""#, "key", true),
    ("/key", "[]", "key", true),
    ("/key", "null", "key", true),
    ("/key", r#"{"file":"meetbridge.key"}"#, "key.file", true),
    ("/key", r#"{"env":"MEETBRIDGE_NO_SUCH"}"#, "key", false),
    ("/key", r#"[{"file":"/a"}, 1]"#, "key[1]", true),
    ("/key", r#"[{"file":"/a"}, {"file":"b"}]"#, "key[1].file", true),
    ("/key", r#"[{"file":"/a"}, {"path":"/b"}]"#, "key[1].path", true),
    ("/key", r#"[{"file":"/a"}, {"file":"/a"}]"#, "key[1]", true),
    ("/http/timeout_seconds", "0", "http.timeout_seconds", true),
    ("/http/timeout_seconds", "301", "http.timeout_seconds", true),
    ("/http/timeout_seconds", "-1", "http.timeout_seconds", true),
    ("/http/timeout_seconds", "1.5", "http.timeout_seconds", true),
    ("/http/timeout_seconds", r#""20""#, "http.timeout_seconds", true),
    ("/http/proxy", r#""https://proxy:3128""#, "http.proxy", true),
    ("/http/proxy", r#""proxy:3128""#, "http.proxy", true),
    ("/http/proxy", r#""http://proxy""#, "http.proxy", true),
    ("/http/ca_file", r#""ca.pem""#, "http.ca_file", true),
    ("/http/client", r#""curl""#, "http.client", true),
    ("/http/verify", "false", "http.verify", true),
    ("/retry/mode", r#""always""#, "retry.mode", true),
    ("/retry/mode", r#"{"any":1}"#, "retry.mode", true),
    ("/retry/statuses", "503", "retry.statuses", true),
    ("/retry/statuses/1", "200", "retry.statuses[1]", true),
    ("/retry/statuses/1", "600", "retry.statuses[1]", true),
    ("/retry/statuses/1", r#""5xx""#, "retry.statuses[1]", true),
    ("/retry/max", "11", "retry.max", true),
    ("/retry/wait_ms", "-1", "retry.wait_ms", true),
    ("/retry/wait_ms", "300001", "retry.wait_ms", true),
    ("/retry/multiply", "0.9", "retry.multiply", true),
    ("/retry/multiply", "101", "retry.multiply", true),
    ("/retry/multiply", "null", "retry.multiply", true),
];

#[test]
fn each_fault_is_refused_by_its_path() {
    let schema = validator("settings");
    for (pointer, value, path, in_schema) in FAULTS {
        let value = Some(*value).filter(|value| !value.is_empty());
        let root = format!("\"{}", super::ROOT);
        let value = value.map(|value| value.replace("\"/", &root).parse::<Value>().unwrap());
        let mut document = example();
        edit(&mut document, pointer, value);
        let fault = document.pointer(pointer).map(Value::to_string);
        let error = parse(&document).expect_err(pointer);
        assert_eq!(error.status(), Status::InvalidSettings);
        let detail = error.detail();
        assert!(detail.starts_with(&format!("{path}: ")), "{pointer} {fault:?}: {detail}");
        assert_eq!(schema.is_valid(&document), !in_schema, "{pointer} {fault:?}");
    }
}

#[test]
fn each_disabled_app_is_checked_too() {
    let mut document = example();
    edit(&mut document, "/apps/0/enabled", Some(Value::Bool(false)));
    edit(&mut document, "/apps/0/client_secret", Some("".into()));
    assert!(parse(&document).unwrap_err().detail().starts_with("apps[0].client_secret: "));
}

#[test]
fn no_two_apps_are_the_same() {
    let mut document = example();
    let first = document["apps"][0].clone();
    edit(&mut document, "/apps/-", Some(first));
    let error = parse(&document).unwrap_err();
    assert_eq!(error.detail(), "apps[2].client_id: the same as in apps[0]");
}

#[test]
fn no_key_stands_twice() {
    let twice = serde_json::json!([super::KEY_A, super::KEY_B, format!(" {}\n", super::KEY_A)]);
    let error = parse(&super::edited("/key", twice)).unwrap_err();
    assert_eq!(error.detail(), "key[2]: the same as key[0]");
}

#[cfg(not(feature = "reqwest"))]
#[test]
fn a_client_that_is_not_built_in_is_refused() {
    let error = parse(&super::edited("/http/client", "reqwest".into())).unwrap_err();
    assert!(error.detail().starts_with("http.client: this build"), "{error}");
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_store_that_is_not_built_in_is_refused() {
    let store = serde_json::json!({"postgres": "postgresql://u:hush@db/d"});
    let error = parse(&super::edited("/store", store)).unwrap_err();
    assert!(error.detail().starts_with("store.postgres: this build"), "{error}");
}

#[test]
fn messages_list_what_is_known_and_never_what_was_written() {
    for (pointer, expected) in [
        ("/apps/0/provider", "apps[0].provider: unknown; known: zoom, webex"),
        ("/apps/0/kind", "apps[0].kind: unknown; known: user, account, server"),
        ("/language", "language: unknown; known: en, ja"),
        ("/log/level", "log.level: unknown; known: error, warn, info, debug, trace"),
        ("/retry/mode", "retry.mode: unknown; known: none, any, status"),
        ("/http/client", "http.client: unknown; known: ureq, reqwest"),
    ] {
        let error = parse(&super::edited(pointer, "hush".into())).unwrap_err();
        assert_eq!(error.detail(), expected);
    }
    // Any value anywhere: no message holds it.
    for (pointer, ..) in FAULTS {
        for value in ["\"hush\"", "[\"hush\"]", "{\"env\":[\"hush\"]}", "\"http://u:hush@h\""] {
            let mut document = example();
            edit(&mut document, pointer, Some(value.parse().unwrap()));
            if let Err(error) = parse(&document) {
                assert!(!error.detail().contains("hush"), "{pointer} {value}: {error}");
            }
        }
    }
}
