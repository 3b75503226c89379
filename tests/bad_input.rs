//! Bad input and bad callbacks at the C door: each has its status, a message that names what is
//! wrong, and leaves an authorization that was there as it was.

mod common;

use std::ptr;

use common::{ANNA, KEN, Library, World, meeting};
use serde_json::json;

#[test]
fn callbacks_that_must_not_count() {
    let (library, world) = (Library::load(), World::new());
    let elsewhere = World::new();
    let bridge = world.open(&library);
    for provider in ["zoom", "webex"] {
        let before = world.authorize(&bridge, provider, ANNA);
        let start = || bridge.start(provider, ANNA, None, None).unwrap();
        let refuse = |user: &str, callback: &str, wanted: &str| {
            let failure = bridge.complete(Some(user), callback, None).unwrap_err();
            assert_eq!(failure.name(), wanted, "{provider}: {callback}");
            assert_eq!(bridge.authorization(provider, ANNA).unwrap(), before, "{wanted}");
            failure
        };

        // The provider's own Install button.
        refuse(ANNA, "http://127.0.0.1:8931/callback?code=abc", "STATE_MISSING");
        refuse(ANNA, "", "STATE_MISSING");
        refuse(ANNA, "?state=&code=abc", "STATE_MISSING");

        let callback = world.consent(&start(), ANNA, true);
        let state = query(&callback, "state");
        for tampered in [
            flip(&state, 0),
            flip(&state, state.len() / 2),
            flip(&state, state.len() - 1),
            state[..state.len() - 4].to_owned(),
            "A".repeat(600),
            "%00".to_owned(),
            "x".to_owned(),
        ] {
            refuse(ANNA, &callback.replace(&state, &tampered), "STATE_INVALID");
        }
        // Another installation's state, with its own key.
        {
            let foreign = elsewhere.open(&library);
            let url = foreign.start(provider, ANNA, None, None).unwrap();
            let foreign = callback.replace(&state, &query(&url, "state"));
            refuse(ANNA, &foreign, "STATE_INVALID");
        }
        refuse(KEN, &callback, "USER_MISMATCH");
        // All that did not spend the state; the right user still can, once.
        bridge.complete(Some(ANNA), &callback, None).unwrap();
        let before = bridge.authorization(provider, ANNA).unwrap();
        let failure = bridge.complete(Some(ANNA), &callback, None).unwrap_err();
        assert_eq!(failure.name(), "STATE_REPLAYED");
        assert_eq!(bridge.authorization(provider, ANNA).unwrap(), before);
    }
}

#[test]
fn refusals_have_their_own_status() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    for provider in ["zoom", "webex"] {
        let before = world.authorize(&bridge, provider, ANNA);
        let url = bridge.start(provider, ANNA, None, None).unwrap();
        let callback = world.consent(&url, ANNA, false);
        let failure = bridge.complete(Some(ANNA), &callback, None).unwrap_err();
        assert_eq!(failure.name(), "ACCESS_DENIED");

        let state = query(&url, "state");
        for (error, wanted) in [
            ("invalid_scope", "SCOPE_MISSING"),
            ("unauthorized_client", "APP_REJECTED"),
            ("server_error", "PROVIDER_UNAVAILABLE"),
        ] {
            let callback = format!("?error={error}&state={state}");
            let failure = bridge.complete(Some(ANNA), &callback, None).unwrap_err();
            assert_eq!(failure.name(), wanted);
            assert!(!failure.error["remedy"].as_str().unwrap().is_empty());
        }
        // The refusal did not spend the state: the user may think again. A made-up code is
        // refused by the provider.
        let callback = format!("?code=made-up&state={state}");
        let failure = bridge.complete(Some(ANNA), &callback, None).unwrap_err();
        assert_eq!(failure.name(), "PROVIDER_REJECTED", "{provider}: {}", failure.error);
        assert_eq!(bridge.authorization(provider, ANNA).unwrap(), before);
    }
}

#[test]
fn a_wrong_client_secret_is_the_apps_fault() {
    let (library, mut world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    for (index, provider) in ["zoom", "webex"].iter().enumerate() {
        world.authorize(&bridge, provider, ANNA);
        world.settings["apps"][index]["client_secret"] = json!("wrong");
    }
    bridge.reload(&world.settings.to_string()).unwrap();
    world.expire();
    for provider in ["zoom", "webex"] {
        let url = bridge.start(provider, ANNA, None, None).unwrap();
        let callback = world.consent(&url, ANNA, true);
        let failure = bridge.complete(Some(ANNA), &callback, None).unwrap_err();
        assert_eq!(failure.name(), "APP_REJECTED", "{provider}: {}", failure.error);
        let failure = bridge.create(provider, ANNA, &meeting()).unwrap_err();
        assert_eq!(failure.name(), "APP_REJECTED", "{provider}: {}", failure.error);
        assert_eq!(bridge.authorization(provider, ANNA).unwrap()["state"], "authorized");
    }
}

#[test]
fn a_provider_that_is_down_during_the_exchange() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    for provider in ["zoom", "webex"] {
        let before = world.authorize(&bridge, provider, ANNA);
        for (fault, wanted) in [
            (json!({"kind": "status", "code": 503}), "PROVIDER_UNAVAILABLE"),
            (json!({"kind": "status", "code": 429}), "RATE_LIMITED"),
            (json!({"kind": "html"}), "UNEXPECTED_ANSWER"),
            (json!({"kind": "wrong_types"}), "UNEXPECTED_ANSWER"),
            (
                json!({"kind": "redirect", "location": "https://example.org/", "code": 302}),
                "UNEXPECTED_ANSWER",
            ),
            (json!({"kind": "reset"}), "NETWORK"),
            (json!({"kind": "close"}), "NETWORK"),
            (json!({"kind": "hang"}), "TIMEOUT"),
        ] {
            let url = bridge.start(provider, ANNA, None, None).unwrap();
            let callback = world.consent(&url, ANNA, true);
            world.fail_once(&format!("{provider}.token"), "before", &fault);
            let options = Some(r#"{"timeout_ms": 500}"#);
            let began = std::time::Instant::now();
            let failure = bridge.complete(Some(ANNA), &callback, options).unwrap_err();
            assert_eq!(failure.name(), wanted, "{provider} {fault}: {}", failure.error);
            assert!(began.elapsed().as_millis() < 1500, "{fault} took {:?}", began.elapsed());
            assert_eq!(bridge.authorization(provider, ANNA).unwrap(), before, "{fault}");
        }
    }
}

#[test]
fn arguments() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let huge = format!("{{\"topic\":\"{}\"}}", "x".repeat(1024 * 1024));
    let create = |meeting: &str| {
        let texts = [Some("zoom"), Some(ANNA), Some(meeting), None];
        library.call("meetbridge_create_meeting", bridge.handle, &texts).unwrap_err()
    };
    world.authorize(&bridge, "zoom", ANNA);
    for meeting in ["", "{", "null", "[]", "{}", "\"\"", &deep, &huge, r#"{"topik":"x"}"#] {
        assert_eq!(create(meeting).name(), "INVALID_ARGUMENT", "{:.40}", meeting);
    }
    let start = |provider: &str, user: &str, redirect, options| {
        bridge.start(provider, user, redirect, options).unwrap_err()
    };
    assert_eq!(start("teams", ANNA, None, None).name(), "UNKNOWN_PROVIDER");
    assert_eq!(start("", ANNA, None, None).name(), "UNKNOWN_PROVIDER");
    for (user, redirect, options) in [
        ("", None, None),
        ("  ", None, None),
        ("a\nb", None, None),
        (ANNA, Some("http://evil.example.com/"), None),
        (ANNA, None, Some("{\"unknown\": 1}")),
        (ANNA, None, Some("{\"timeout_ms\": -1}")),
        (ANNA, None, Some("nonsense")),
        (ANNA, None, Some(deep.as_str())),
    ] {
        assert_eq!(
            start("zoom", user, redirect, options).name(),
            "INVALID_ARGUMENT",
            "{user} {options:?}"
        );
    }
    let long = "x".repeat(321);
    assert_eq!(start("zoom", &long, None, None).name(), "INVALID_ARGUMENT");
    let name = "営".repeat(106);
    let url = bridge.start("zoom", &name, None, None).unwrap();
    let state = query(&url, "state");
    assert!(state.len() <= 600, "a state of {} characters", state.len());
}

#[test]
fn null_bad_utf8_and_unterminated_outputs() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    let names: [(&str, &[Option<&str>]); 5] = [
        ("meetbridge_start_authorization", &[None, Some(ANNA), None, None]),
        ("meetbridge_complete_authorization", &[Some(ANNA), None, None]),
        ("meetbridge_complete_authorization", &[None, Some("?state=x"), None]),
        ("meetbridge_get_authorization", &[Some("zoom"), None, None]),
        ("meetbridge_create_meeting", &[Some("zoom"), Some(ANNA), None, None]),
    ];
    for (name, texts) in names {
        let failure = library.call(name, bridge.handle, texts).unwrap_err();
        let wanted =
            if texts.contains(&Some("?state=x")) { "STATE_INVALID" } else { "INVALID_ARGUMENT" };
        assert_eq!(failure.name(), wanted, "{name}");
    }
    type Get = unsafe extern "C" fn(u32, *const u8, *const u8, *const u8, *mut *mut u8) -> i32;
    let get = library.function::<Get>("meetbridge_get_authorization");
    let mut out = ptr::dangling_mut();
    // SAFETY: NUL-terminated strings; the second is not UTF-8.
    let status = unsafe {
        get(bridge.handle, c"zoom".as_ptr().cast(), [0xff, 0].as_ptr(), ptr::null(), &mut out)
    };
    assert_eq!(library.outcome(status).unwrap_err().name(), "INVALID_ARGUMENT");
    assert!(out.is_null());
    // SAFETY: as above, without a place for the result.
    let status = unsafe {
        get(
            bridge.handle,
            c"zoom".as_ptr().cast(),
            c"a".as_ptr().cast(),
            ptr::null(),
            ptr::null_mut(),
        )
    };
    assert_eq!(library.outcome(status).unwrap_err().name(), "INVALID_ARGUMENT");
}

#[test]
fn stale_foreign_and_twice_closed_handles() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    let old = bridge.handle;
    bridge.close().unwrap();
    for handle in [old, 0, 1, old ^ 1, old.wrapping_add(1 << 12), u32::MAX, 1 << 31] {
        let failure = library.command("meetbridge_close", handle, &[]).unwrap_err();
        assert_eq!(failure.name(), "INVALID_HANDLE");
        let failure = library.call("meetbridge_diagnose", handle, &[None]).unwrap_err();
        assert_eq!(failure.name(), "INVALID_HANDLE");
    }
    let again = world.open(&library);
    assert_ne!(again.handle, old, "the generation has moved on");
    assert!(again.handle < 1 << 31);
}

/// A parameter of a URL's query, decoded.
fn query(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').expect("a query");
    let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name} in {url}")).to_owned()
}

/// The text with another character at one place. Base64's last character has spare bits: the
/// first change of it must not be one that decodes to the same bytes.
fn flip(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'Q' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}
