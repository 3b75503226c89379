//! A secret never leaves: the real values are searched for in everything that anyone can read.

mod common;

use std::ffi::{CStr, c_char, c_void};
use std::path::Path;
use std::sync::Mutex;

use common::{ANNA, Library, World, meeting};
use serde_json::{Value, json};

/// Every line that the library told its host.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

unsafe extern "C" fn remember(_: *mut c_void, _: i32, message: *const c_char) {
    // SAFETY: the library passes a NUL-terminated string.
    let line = unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned();
    LINES.lock().unwrap().push(line);
}

#[test]
fn no_secret_in_store_log_errors_or_documents() {
    let (library, mut world) = (Library::load(), World::new());
    library.set_log(Some(remember), std::ptr::null_mut(), 5).unwrap();
    let bridge = world.open(&library);
    let mut told = Vec::new();
    for provider in ["zoom", "webex"] {
        told.extend(everything(&world, &bridge, provider));
    }
    // A secret that the provider does not know, and a proxy with a password that is not there.
    world.settings["apps"][0]["client_secret"] = json!("a-wrong-client-secret");
    world.settings["http"]["proxy"] = json!("http://proxy-user:proxy-password@127.0.0.1:1");
    bridge.reload(&world.settings.to_string()).unwrap();
    told.push(bridge.create("zoom", ANNA, &meeting()).unwrap_err().error.to_string());
    told.push(bridge.diagnose().unwrap().to_string());
    // Settings that are refused.
    world.settings["http"]["proxy"] = json!("proxy-user:proxy-password");
    told.push(bridge.reload(&world.settings.to_string()).unwrap_err().error.to_string());
    world.settings["key"] = json!("bm90LWEta2V5LWJ1dC1zZWNyZXQ=");
    told.push(bridge.reload(&world.settings.to_string()).unwrap_err().error.to_string());

    let mut secrets = secrets(&world);
    secrets.extend(["a-wrong-client-secret", "proxy-password"].map(str::to_owned));
    secrets.push("bm90LWEta2V5LWJ1dC1zZWNyZXQ".to_owned());
    let key = std::fs::read_to_string(world.path("meetbridge.key")).unwrap();
    secrets.push(key.trim().to_owned());
    assert!(secrets.len() > 20, "the sandbox remembers: {}", secrets.len());

    let lines = LINES.lock().unwrap().clone();
    assert!(lines.len() > 50, "the log was at its finest: {}", lines.len());
    absent(&secrets, "the callback's log", lines.join("\n").as_bytes());
    absent(&secrets, "a document or error", told.join("\n").as_bytes());
    let mut files = 0;
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.file_name() != Some("meetbridge.key".as_ref()) {
            absent(&secrets, &path.display().to_string(), &std::fs::read(&path).unwrap());
            files += 1;
        }
    }
    assert!(files >= 3, "store, journal and log were searched");
    assert!(mode(&world.path("meetbridge.key")) & 0o077 == 0);
    assert!(mode(&world.path("meetbridge.db")) & 0o077 == 0);
}

/// All that can happen to an authorization, good and bad; what callers are told of it.
fn everything(world: &World, bridge: &common::Bridge<'_>, provider: &str) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |value: Result<Value, common::door::Failure>| {
        told.push(value.unwrap_or_else(|failure| failure.error).to_string());
    };
    let url = bridge.start(provider, ANNA, None, None).unwrap();
    tell(bridge.complete(Some(ANNA), &world.consent(&url, ANNA, false), None));
    let callback = world.consent(&url, ANNA, true);
    tell(bridge.complete(Some("ken"), &callback, None));
    tell(bridge.complete(Some(ANNA), &callback, None));
    tell(bridge.complete(Some(ANNA), &callback, None));
    tell(bridge.authorization(provider, ANNA));
    let mut private = meeting();
    private["passcode"] = json!("Pa55-w_rd");
    tell(bridge.create(provider, ANNA, &private));
    for fault in [
        json!({"kind": "status", "code": 500}),
        json!({"kind": "status", "code": 401, "body": "{}"}),
        json!({"kind": "html"}),
        json!({"kind": "wrong_types"}),
        json!({"kind": "half"}),
        json!({"kind": "reset"}),
    ] {
        for route in ["create_meeting", "refresh"] {
            world.expire();
            world.fail_once(&format!("{provider}.{route}"), "before", &fault);
            tell(bridge.create(provider, ANNA, &meeting()));
        }
    }
    // An answer that gives a secret back: a provider's words are passed on only in part.
    world.expire();
    tell(bridge.create(provider, ANNA, &meeting()));
    let url = bridge.start(provider, ANNA, None, None).unwrap();
    world.fail_once(&format!("{provider}.token"), "after", &json!({"kind": "wrong_types"}));
    tell(bridge.complete(Some(ANNA), &world.consent(&url, ANNA, true), None));
    world.sandbox.revoke_grants(&Default::default()).unwrap();
    tell(bridge.create(provider, ANNA, &meeting()));
    world.authorize(bridge, provider, ANNA);
    tell(bridge.revoke(provider, ANNA).map(|()| Value::Null));
    world.authorize(bridge, provider, ANNA);
    told
}

/// Every token, code, secret and verifier that ever existed.
fn secrets(world: &World) -> Vec<String> {
    let all = world.sandbox.secrets();
    assert!(!all.code_verifiers.is_empty(), "PKCE was used");
    [
        all.access_tokens,
        all.refresh_tokens,
        all.codes,
        all.code_verifiers,
        all.client_secrets,
        all.zak_tokens,
    ]
    .concat()
}

fn absent(secrets: &[String], place: &str, content: &[u8]) {
    for secret in secrets {
        // A part would be as bad as the whole.
        let part = &secret.as_bytes()[..secret.len().min(24)];
        let found = content.windows(part.len()).any(|window| window == part);
        assert!(!found, "a secret is in {place}");
    }
}

fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions())
}
