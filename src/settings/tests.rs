//! The settings as a whole. The example of the documentation is where each test starts.

mod refusals;
mod schemas;

use std::process::Command;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;

/// 32 bytes of 0x61 and of 0x62.
const KEY_A: &str = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=";
const KEY_B: &str = "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI=";

/// As in the documentation, but for an environment variable that every process has.
const EXAMPLE: &str = r#"{
  "apps": [
    { "provider": "zoom", "client_id": "…", "client_secret": "…",
      "redirect_urls": ["https://mail1.example.com/servlet/ontimegc/oauth/v1", "https://mail2.example.com/servlet/ontimegc/oauth/v1"],
      "members": ["*/Sales/Acme", "Anna Berg/HR/Acme", "営業部"], "exclude": ["Guest/Acme"] },
    { "provider": "webex", "client_id": "…", "client_secret": {"env": "PATH"},
      "redirect_urls": ["https://mail1.example.com/servlet/ontimegc/oauth/v1"], "scopes": ["meeting:schedules_read", "meeting:schedules_write"] }
  ],
  "redirect_url": "https://mail1.example.com/servlet/ontimegc/oauth/v1",
  "language": "ja",
  "log": { "file": "/local/meetbridge/meetbridge.log", "level": "info" },
  "groups": { "営業部": ["*/Sales/Acme", "Ken Sato/Osaka/Acme"] },
  "store": { "sqlite": "/local/meetbridge/meetbridge.db" },
  "key":   { "file": "/local/meetbridge/meetbridge.key" },
  "http":  { "timeout_seconds": 20, "proxy": null, "ca_file": null },
  "retry": { "mode": "status", "statuses": [429, 500, 502, 503, 504], "max": 3, "wait_ms": 500, "multiply": 2.0 }
}"#;

/// An absolute path of the system that runs the tests.
const ROOT: &str = if cfg!(windows) { "C:/" } else { "/" };

fn example() -> Value {
    let text = EXAMPLE.replace("\"/local", &format!("\"{ROOT}local"));
    serde_json::from_str(&text).unwrap()
}

fn parse(document: &Value) -> Result<Settings> {
    Settings::parse(&document.to_string())
}

/// Puts `value` at a JSON pointer, or takes away what is there.
fn edit(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match (document.pointer_mut(parent).unwrap(), value) {
        (Value::Object(members), Some(value)) => drop(members.insert(name.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(name).unwrap()),
        (Value::Array(items), Some(value)) if name == "-" => items.push(value),
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        (parent, _) => panic!("{parent} has no {name}"),
    }
}

fn edited(pointer: &str, value: Value) -> Value {
    let mut document = example();
    edit(&mut document, pointer, Some(value));
    document
}

fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

#[test]
fn the_example_is_read() {
    let settings = parse(&example()).unwrap();
    let [zoom, webex] = settings.apps.as_slice() else { panic!("two apps") };
    assert_eq!((zoom.provider.name(), webex.provider.name()), ("zoom", "webex"));
    assert_eq!(zoom.client_secret.secret(), "…");
    assert_eq!(*webex.client_secret.secret(), std::env::var("PATH").unwrap());
    assert_eq!(zoom.redirect_urls.len(), 2);
    assert!(zoom.pkce && zoom.enabled && zoom.uses_default_api);
    assert_eq!(zoom.client().endpoints.api_url.as_str(), zoom.provider.defaults().api_url);
    assert!(zoom.serves(&user("Ken Sato/Osaka/Acme")) && !zoom.serves(&user("Guest/Acme")));
    assert_eq!(webex.scopes.len(), 2);
    assert_eq!(settings.language, Language::Japanese);
    assert_eq!(settings.log.level, crate::log::Level::Info);
    assert!(settings.store.path().unwrap().ends_with("meetbridge.db"));
    assert!(matches!(settings.keys.as_slice(), [KeySource::File(_)]));
    assert_eq!(settings.http.timeout.as_secs(), 20);
    assert_eq!(settings.retry.statuses, [429, 500, 502, 503, 504]);
    assert!(settings.unknown_groups().is_empty());
}

#[test]
fn what_is_left_out_has_the_values_of_the_example() {
    let mut short = example();
    for pointer in ["/http", "/retry", "/log/level"] {
        edit(&mut short, pointer, None);
    }
    let (short, long) = (parse(&short).unwrap(), parse(&example()).unwrap());
    assert_eq!((&short.http, &short.retry, &short.log), (&long.http, &long.retry, &long.log));
    assert_eq!(short.fingerprint(), long.fingerprint());

    let mut least = json!({ "apps": [], "store": { "sqlite": format!("{ROOT}db") } });
    least["key"] = json!(KEY_A);
    let least = parse(&least).unwrap();
    assert_eq!((least.language, least.redirect_url), (Language::English, None));
    assert_eq!((least.log.file, least.http.transport.proxy), (None, None));
}

#[test]
fn the_first_app_that_serves_a_user_is_his() {
    let mut document = example();
    let mut second = document["apps"][0].clone();
    second["client_id"] = json!("second");
    second["members"] = json!(["*/Acme"]);
    edit(&mut document, "/apps/-", Some(second));
    let settings = parse(&document).unwrap();
    let id = |name: &str| {
        settings.app_for("zoom", &user(name), None).map(|app| app.client_id.to_string())
    };
    assert_eq!(id("Anna Berg/HR/Acme").unwrap(), "…");
    assert_eq!(id("Eva/HR/Acme").unwrap(), "second");
    assert_eq!(id("Guest/Acme").unwrap_err().status(), Status::NotAMember);
    assert_eq!(id("Eva/Beta").unwrap_err().status(), Status::NotAMember);

    let anna = user("Anna Berg/HR/Acme");
    let named = settings.app_for("zoom", &anna, Some("second")).unwrap();
    assert_eq!(named.client_id.as_str(), "second");
    for (provider, id) in [("teams", None), ("Zoom", None), ("webex", Some("second"))] {
        let error = settings.app_for(provider, &anna, id).unwrap_err();
        assert_eq!(error.status(), Status::UnknownProvider, "{provider}");
    }
    edit(&mut document, "/apps/1/enabled", Some(json!(false)));
    let error = parse(&document).unwrap().app_for("webex", &anna, None).unwrap_err();
    assert_eq!(error.status(), Status::UnknownProvider);
}

#[test]
fn a_redirect_is_one_that_is_configured() {
    let mut document = example();
    let second = "https://mail2.example.com/servlet/ontimegc/oauth/v1";
    let settings = parse(&document).unwrap();
    let app = &settings.apps[0];
    assert_eq!(settings.redirect_for(app, None).unwrap().url.as_str(), document["redirect_url"]);
    assert_eq!(settings.redirect_for(app, Some(second)).unwrap().url.as_str(), second);
    for wrong in
        ["https://evil.example/", "", "https://mail2.example.com/servlet/ontimegc/oauth/v1/"]
    {
        let error = settings.redirect_for(app, Some(wrong)).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument);
    }
    edit(&mut document, "/apps/1/redirect_urls", Some(json!([second, "http://localhost/x"])));
    edit(&mut document, "/redirect_url", None);
    let settings = parse(&document).unwrap();
    assert_eq!(settings.redirect_for(&settings.apps[1], None).unwrap().url.as_str(), second);
}

#[test]
fn a_server_app_redirects_nobody() {
    let mut document = example();
    edit(&mut document, "/apps/0/redirect_urls", None);
    edit(&mut document, "/apps/0/kind", Some(json!("server")));
    edit(&mut document, "/apps/0/account_id", Some(json!("abc")));
    let settings = parse(&document).unwrap();
    assert_eq!(settings.apps[0].kind, AppKind::Server);
    assert!(settings.redirect_for(&settings.apps[0], None).is_err());
}

#[test]
fn equal_meaning_has_one_fingerprint() {
    let fingerprint = |document: &Value| parse(document).unwrap().fingerprint();
    let original = fingerprint(&example());
    for (pointer, same) in [
        ("/apps/0/pkce", json!(true)),
        ("/apps/0/kind", json!("user")),
        ("/apps/0/api_url", json!("https://api.zoom.us/v2")),
        ("/apps/0/scopes", json!([])),
        ("/apps/0/members", json!(["営業部", "CN=anna berg/OU=HR/O=Acme", "*/Sales/Acme"])),
        ("/apps/1/exclude", json!([])),
        ("/http/client", json!("ureq")),
        ("/retry/statuses", json!([500, 429, 502, 504, 503])),
    ] {
        assert_eq!(fingerprint(&edited(pointer, same)), original, "{pointer}");
    }
    let mut without = example();
    edit(&mut without, "/redirect_url", None);
    assert_eq!(fingerprint(&without), original, "the first is meant");

    let mut seen = vec![original];
    for (pointer, other) in [
        ("/apps/0/client_id", json!("x")),
        ("/apps/0/client_secret", json!("x")),
        ("/apps/0/members", json!([])),
        ("/apps/0/exclude", json!([])),
        ("/apps/0/pkce", json!(false)),
        ("/apps/0/enabled", json!(false)),
        ("/apps/0/kind", json!("account")),
        ("/apps/0/account_id", json!("x")),
        ("/apps/0/webhook_secret", json!("x")),
        ("/apps/0/verification_token", json!("x")),
        ("/apps/0/webhook_url", json!("https://a.example/")),
        ("/apps/0/token_url", json!("https://a.example/")),
        ("/apps/1/scopes", json!([])),
        ("/groups", json!({"営業部": []})),
        ("/language", json!("en")),
        ("/log/level", json!("debug")),
        ("/store/sqlite", json!(format!("{ROOT}other.db"))),
        #[cfg(feature = "postgres")]
        ("/store", json!({"postgres": "postgresql://u:one@db/d"})),
        #[cfg(feature = "postgres")]
        ("/store", json!({"postgres": "postgresql://u:other@db/d"})),
        ("/key", json!(KEY_A)),
        ("/key", json!([KEY_A, KEY_B])),
        ("/key", json!([KEY_B, KEY_A])),
        ("/http/timeout_seconds", json!(21)),
        ("/http/proxy", json!("http://proxy:3128")),
        ("/http/ca_file", json!(format!("{ROOT}ca.pem"))),
        ("/retry/max", json!(4)),
        ("/retry/mode", json!("any")),
        ("/retry/multiply", json!(2.5)),
    ] {
        let fingerprint = fingerprint(&edited(pointer, other));
        assert!(!seen.contains(&fingerprint), "{pointer}");
        seen.push(fingerprint);
    }
}

#[test]
fn secrets_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let document = edited("/apps/0/client_secret", json!({"file": path}));
    let secret = |content: &[u8]| {
        std::fs::write(&path, content).unwrap();
        parse(&document).map(|settings| settings.apps[0].client_secret.secret().clone())
    };
    for content in ["hush", "hush\n", "hush\r\n", "\u{feff}hush"] {
        assert_eq!(secret(content.as_bytes()).unwrap(), "hush");
    }
    assert_eq!(secret(b" hush \n\n").unwrap(), " hush \n");
    let before = parse(&document).unwrap().fingerprint();
    for content in [b"".as_slice(), b"\n", b"hush\xff", &[b'x'; 70_000]] {
        let error = secret(content).unwrap_err();
        let detail = error.detail();
        assert!(detail.starts_with("apps[0].client_secret: "), "{detail}");
        assert!(detail.contains(path.to_str().unwrap()) && !detail.contains("hush"), "{detail}");
    }
    secret(b"changed").unwrap();
    assert_ne!(parse(&document).unwrap().fingerprint(), before);
    std::fs::remove_file(&path).unwrap();
    let error = parse(&document).unwrap_err();
    assert!(error.detail().contains("cannot be read"), "{error}");
    let error = parse(&edited("/apps/0/client_secret", json!({"file": folder.path()})));
    assert!(error.unwrap_err().detail().ends_with("is no regular file"));
}

#[test]
fn debug_shows_no_secret() {
    let mut document = example();
    for (pointer, value) in [
        ("/apps/0/client_secret", json!("hush-1")),
        ("/apps/0/webhook_secret", json!("hush-2")),
        ("/apps/0/verification_token", json!("hush-3")),
        ("/apps/0/webhook_url", json!("https://a.example/hush-4")),
        ("/http/proxy", json!("http://hush-5:hush-6@proxy:3128")),
        ("/key", json!([KEY_A, KEY_B])),
    ] {
        edit(&mut document, pointer, Some(value));
    }
    let settings = parse(&document).unwrap();
    assert!(
        matches!(&settings.keys[1], KeySource::Value(key) if *key.expose_secret() == [b'b'; 32])
    );
    for shown in [format!("{settings:?}"), format!("{settings:#?}")] {
        assert!(!shown.contains("hush"), "{shown}");
        for trace in ["YWFh", "YmJi", "97, 97", "98, 98", "0x61", "aaaa"] {
            assert!(!shown.contains(trace), "{shown}");
        }
        assert!(shown.contains("proxy:3128") && shown.contains("mail1.example.com"), "{shown}");
    }
}

#[test]
fn settings_are_text_or_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    let load = |text: &str| Settings::load(Some(text));
    let text = example().to_string();
    assert!(load(&text).is_ok() && load(&format!("\u{feff}\n  {text}\n")).is_ok());

    let name = path.to_str().unwrap();
    for content in [text.clone(), format!("\u{feff}{text}")] {
        std::fs::write(&path, content).unwrap();
        assert!(load(name).is_ok());
    }
    let longest = format!("{text}{}", " ".repeat(json::MAX_BYTES - text.len()));
    std::fs::write(&path, &longest).unwrap();
    assert!(load(name).is_ok());
    for content in [format!("{longest} "), "{".to_owned(), String::new(), "{}".to_owned()] {
        std::fs::write(&path, content).unwrap();
        let error = load(name).unwrap_err();
        assert_eq!(error.status(), Status::InvalidSettings);
        assert!(error.detail().starts_with(name), "{error}");
    }
    // Comments of a file, and its lines as they are.
    let commented = |text: &str| std::fs::write(&path, text).map(|()| load(name)).unwrap();
    assert!(commented(&format!("// one\n {}\n  // two", text.replacen(',', ",\n//\n", 1))).is_ok());
    let error = commented("{\n// one\n  \"apps\" []\n}").unwrap_err();
    assert!(error.detail().ends_with("at line 3 column 10"), "{error}");
    assert!(load("/nowhere/settings.json").unwrap_err().detail().starts_with("/nowhere/settings"));
    // What may be half a document is not repeated.
    for text in ["", "  ", "[{\"client_secret\": \"hush\"}]", "\"client_secret\": \"hush\"}"] {
        let error = load(text).unwrap_err();
        assert_eq!(error.detail(), "neither a JSON object nor the path of a file");
    }
}

/// The environment is a process's own, so that this test runs itself in another one.
#[test]
fn settings_and_secrets_come_from_the_environment() {
    const CHILD: &str = "MEETBRIDGE_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let settings = Settings::load(None).unwrap();
        assert_eq!(settings.apps[0].client_secret.secret(), "hush");
        assert!(matches!(settings.keys.as_slice(), [KeySource::Value(_)]));
        return;
    }
    if std::env::var_os(VARIABLE).is_none() {
        let error = Settings::load(None).unwrap_err();
        assert!(error.detail().contains(VARIABLE), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    let mut document = edited("/apps/0/client_secret", json!({"env": "MEETBRIDGE_TEST_SECRET"}));
    edit(&mut document, "/key", Some(json!({"env": "MEETBRIDGE_TEST_KEY"})));
    std::fs::write(&path, document.to_string()).unwrap();
    let name = "settings::tests::settings_and_secrets_come_from_the_environment";
    let run = |secret: &str, key: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", name]).env(CHILD, "1").env(VARIABLE, &path);
        command.env("MEETBRIDGE_TEST_SECRET", secret).env("MEETBRIDGE_TEST_KEY", key);
        command.output().unwrap()
    };
    assert!(run("hush", KEY_A).status.success());
    for (secret, key, expected) in [
        ("", KEY_A, "apps[0].client_secret: MEETBRIDGE_TEST_SECRET is empty"),
        ("hush", "hush", "key: not the base64 of 32 bytes"),
    ] {
        let output = run(secret, key);
        let said =
            String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && said.contains(expected), "{said}");
        assert!(!said.contains("hush"), "{said}");
    }
}

#[test]
fn a_small_stack_is_enough() {
    let mut document = example();
    edit(&mut document, "/groups/x", Some(json!(["*/Acme"])));
    let deep = format!(r#"{{"apps":{}{}}}"#, "[".repeat(62), "]".repeat(62));
    let thread = std::thread::Builder::new().stack_size(128 * 1024);
    let read = move || (parse(&document).is_ok(), Settings::parse(&deep).is_err());
    assert_eq!(thread.spawn(read).unwrap().join().unwrap(), (true, true));
}

#[cfg(feature = "postgres")]
#[test]
fn a_database_is_named_without_its_password() {
    let url = "postgresql://anna:hush@db.example,other:6000/meet?sslmode=require";
    let settings = parse(&edited("/store", json!({"postgres": url}))).unwrap();
    assert_eq!(settings.store.to_string(), "db.example:5432,other:6000/meet");
    assert_eq!(settings.store.path(), None);
    assert!(!format!("{settings:?}").contains("hush"));
}
