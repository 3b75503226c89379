//! The main job through the C door: authorize, create, renew, revoke, on both providers.

mod common;

use common::{ANNA, CALLBACK, KEN, Library, World, http_client, meeting};
use serde_json::json;

const PROVIDERS: [&str; 2] = ["zoom", "webex"];

#[test]
#[ignore = "run by the others"]
fn part() {
    common::part::run();
}

#[test]
fn a_user_authorizes_and_meetings_are_created() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        let authorization = world.authorize(&bridge, provider, ANNA);
        assert_eq!(authorization["provider"], provider);
        assert_eq!(authorization["user"], ANNA);
        assert_eq!(authorization["state"], "authorized");
        let same = bridge.authorization(provider, ANNA).unwrap();
        assert_eq!(same, authorization);

        let created = bridge.create(provider, ANNA, &meeting()).unwrap();
        assert_eq!(created["topic"], "Weekly planning");
        // 9 o'clock in Copenhagen, in winter.
        assert_eq!(created["start"], "2030-03-01T08:00:00Z");
        assert_eq!(created["duration_minutes"], 30);
        assert_eq!(created["existing"], false);
        assert_eq!(created["warnings"], json!([]));
        assert!(created.get("start_url").is_none() && created.get("host_key").is_none());
        let page = http_client().get(created["join_url"].as_str().unwrap()).send().unwrap();
        assert!(page.status().is_success());
        assert!(page.text().unwrap().contains("Weekly planning"));
    }
}

#[test]
fn every_field_reaches_the_provider() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    let mut full = meeting();
    for (name, value) in [
        ("agenda", json!("一年の計画 🗓")),
        ("invitees", json!([{"email": "guest@example.org", "name": "来客"}])),
        ("passcode", json!("Pa-55_w@")),
        ("waiting_room", json!(true)),
        ("join_before_host", json!(false)),
        ("auto_recording", json!("cloud")),
        ("send_email", json!(false)),
    ] {
        full[name] = value;
    }
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        let created = bridge.create(provider, ANNA, &full).unwrap();
        assert_eq!(created["passcode"], "Pa-55_w@", "{provider}");
        let secrets = Some(r#"{"include_host_secrets": true}"#);
        let created = bridge.create_with(provider, ANNA, &full, secrets).unwrap();
        let secret = if provider == "zoom" { "start_url" } else { "host_key" };
        assert!(created[secret].is_string(), "{provider}: {created}");
    }
}

#[test]
fn long_texts_are_cut_and_the_impossible_is_named() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    for (provider, topic, agenda) in [("zoom", 200, 2000), ("webex", 128, 1300)] {
        world.authorize(&bridge, provider, ANNA);
        let mut long = meeting();
        long["topic"] = json!("会".repeat(topic + 1));
        long["agenda"] = json!("議".repeat(agenda + 1));
        let created = bridge.create(provider, ANNA, &long).unwrap();
        assert_eq!(created["topic"], "会".repeat(topic));
        let fields: Vec<_> =
            created["warnings"].as_array().unwrap().iter().map(|w| &w["field"]).collect();
        assert_eq!(fields, ["topic", "agenda"]);

        let mut endless = meeting();
        endless["duration_minutes"] = json!(3000);
        let failure = bridge.create(provider, ANNA, &endless).unwrap_err();
        assert_eq!(failure.name(), "UNSUPPORTED");
        assert!(failure.error["message"].as_str().unwrap().contains("duration_minutes"));
        let best = Some(r#"{"best_effort": true}"#);
        let created = bridge.create_with(provider, ANNA, &endless, best).unwrap();
        assert_eq!(created["warnings"][0]["field"], "duration_minutes");
    }
}

#[test]
fn the_smallest_consent_is_enough() {
    let (library, world) = (Library::load(), World::new());
    world.change(json!({"granted_scopes": {ANNA: {
        "zoom": ["meeting:write"],
        "webex": ["meeting:schedules_read", "meeting:schedules_write"],
    }}}));
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        let authorization = world.authorize(&bridge, provider, ANNA);
        assert_eq!(authorization["account"], json!(null), "{provider} does not tell whose it is");
        bridge.create(provider, ANNA, &meeting()).unwrap();
        let authorization = bridge.authorization(provider, ANNA).unwrap();
        assert_eq!(authorization["account"]["email"], ANNA, "the first meeting's host tells");
    }
}

#[test]
fn a_missing_scope_is_named() {
    let (library, world) = (Library::load(), World::new());
    world.change(
        json!({"granted_scopes": {ANNA: {"zoom": ["user:read"], "webex": ["spark:people_read"]}}}),
    );
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        let failure = bridge.create(provider, ANNA, &meeting()).unwrap_err();
        assert_eq!(failure.name(), "SCOPE_MISSING", "{provider}");
        assert_eq!(failure.error["provider"], provider);
        assert!(failure.error["tracking_id"].is_string());
    }
    for (provider, scope) in [("zoom", "meeting:write"), ("webex", "meeting:schedules_write")] {
        let failure = bridge.create(provider, ANNA, &meeting()).unwrap_err();
        let missing = failure.error["missing_scopes"].as_array().unwrap();
        assert!(missing.iter().any(|one| one == scope), "{provider}: {missing:?}");
    }
}

#[test]
fn an_expired_token_is_renewed_once_and_a_refused_one_too() {
    let (library, world) = (Library::load(), World::new());
    // Within the margin of a minute, so that every call finds it due.
    world.change(json!({"zoom_access_seconds": 30, "webex_access_seconds": 30}));
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
    }
    world.change(json!({"zoom_access_seconds": 3600, "webex_access_seconds": 3600}));
    for provider in PROVIDERS {
        let before = bridge.authorization(provider, ANNA).unwrap();
        bridge.create(provider, ANNA, &meeting()).unwrap();
        let after = bridge.authorization(provider, ANNA).unwrap();
        assert!(
            after["expires_at"].as_str() > before["expires_at"].as_str(),
            "renewed before its end"
        );
        bridge.create(provider, ANNA, &meeting()).unwrap();
        assert_eq!(bridge.authorization(provider, ANNA).unwrap(), after, "and not again");

        world.expire();
        bridge.create(provider, ANNA, &meeting()).expect("renewed after a 401");
    }
}

#[test]
fn a_refresh_token_that_is_gone_means_reauthorize_and_nothing_else_does() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        world.expire();
        for fault in [
            json!({"kind": "status", "code": 500}),
            json!({"kind": "status", "code": 429}),
            json!({"kind": "status", "code": 503}),
            json!({"kind": "html"}),
            json!({"kind": "reset"}),
        ] {
            world.fail_once(&format!("{provider}.refresh"), "before", &fault);
            let failure = bridge.create(provider, ANNA, &meeting()).unwrap_err();
            assert_ne!(failure.name(), "REAUTHORIZE", "{provider} {fault}");
            let authorization = bridge.authorization(provider, ANNA).unwrap();
            assert_eq!(authorization["state"], "authorized", "{provider} {fault}");
        }
        bridge.create(provider, ANNA, &meeting()).expect("the outage is over");

        world.sandbox.revoke_grants(&Default::default()).unwrap();
        let failure = bridge.create(provider, ANNA, &meeting()).unwrap_err();
        assert_eq!(failure.name(), "REAUTHORIZE", "{provider}");
        let authorization = bridge.authorization(provider, ANNA).unwrap();
        assert_eq!(authorization["state"], "reauthorize");
        assert_eq!(authorization["reason"], "expired");
        world.authorize(&bridge, provider, ANNA);
        bridge.create(provider, ANNA, &meeting()).expect("authorized again");
    }
}

#[test]
fn one_local_user_for_one_zoom_account() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let url = bridge.start("zoom", KEN, None, None).unwrap();
    let callback = world.consent(&url, ANNA, true);
    bridge.complete(Some(KEN), &callback, None).unwrap();
    let first = bridge.authorization("zoom", ANNA).unwrap();
    assert_eq!((&first["state"], &first["reason"]), (&json!("reauthorize"), &json!("superseded")));
    assert_eq!(bridge.create("zoom", ANNA, &meeting()).unwrap_err().name(), "REAUTHORIZE");
    bridge.create("zoom", KEN, &meeting()).unwrap();
}

#[test]
fn revoking_ends_it_there_and_here() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        bridge.revoke(provider, ANNA).unwrap();
        for failure in [
            bridge.authorization(provider, ANNA).unwrap_err(),
            bridge.create(provider, ANNA, &meeting()).unwrap_err(),
            bridge.revoke(provider, ANNA).unwrap_err(),
        ] {
            assert_eq!(failure.name(), "NOT_AUTHORIZED");
        }
        world.authorize(&bridge, provider, ANNA);
        bridge.create(provider, ANNA, &meeting()).unwrap();
    }
}

#[test]
fn names_of_notes_users_are_one_user() {
    let (library, mut world) = (Library::load(), World::new());
    world.settings["apps"][0]["members"] = json!(["*/Acme", "営業部"]);
    world.settings["apps"][0]["exclude"] = json!(["Guest/Acme"]);
    world.settings["groups"] = json!({"営業部": ["Ken Sato/Osaka/Other"]});
    let bridge = world.open(&library);
    let url = bridge.start("zoom", "CN=Anna Berg/OU=HR/O=Acme", None, None).unwrap();
    let callback = world.consent(&url, ANNA, true);
    let authorization = bridge.complete(Some("anna berg/hr/ACME@Domain"), &callback, None).unwrap();
    assert_eq!(authorization["user"], "Anna Berg/HR/Acme");
    bridge.create("zoom", "ANNA BERG/HR/Acme", &meeting()).unwrap();
    bridge.start("zoom", "Ken Sato/Osaka/Other", None, None).unwrap();
    for stranger in ["Guest/Acme", "Anna Berg/HR/Other", ANNA] {
        let failure = bridge.start("zoom", stranger, None, None).unwrap_err();
        assert_eq!(failure.name(), "NOT_A_MEMBER", "{stranger}");
    }
    // Who is taken out of the members can no longer create, but can still revoke.
    world.settings["apps"][0]["members"] = json!(["営業部"]);
    bridge.reload(&world.settings.to_string()).unwrap();
    let failure = bridge.create("zoom", "Anna Berg/HR/Acme", &meeting()).unwrap_err();
    assert_eq!(failure.name(), "NOT_A_MEMBER");
    bridge.revoke("zoom", "Anna Berg/HR/Acme").unwrap();
}

#[test]
fn a_browser_stands_for_a_user_only_with_its_binding() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    let options = r#"{"binding": "hash-of-a-cookie"}"#;
    let url = bridge.start("zoom", ANNA, None, Some(options)).unwrap();
    let callback = world.consent(&url, ANNA, true);
    for other in [None, Some(r#"{"binding": "another-cookie"}"#)] {
        let failure = bridge.complete(None, &callback, other).unwrap_err();
        assert_eq!(failure.name(), "INVALID_ARGUMENT");
        let failure = bridge.complete(Some(ANNA), &callback, other).unwrap_err();
        assert_eq!(failure.name(), "USER_MISMATCH", "a given binding counts for known users too");
    }
    let authorization = bridge.complete(None, &callback, Some(options)).unwrap();
    assert_eq!(authorization["user"], ANNA);
}

#[test]
fn settings_are_reloaded_without_a_restart_and_atomically() {
    let (library, mut world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let good = world.settings.clone();
    world.settings["apps"][0]["redirect_urls"][0] = json!("not a URL");
    let failure = bridge.reload(&world.settings.to_string()).unwrap_err();
    assert_eq!(failure.name(), "INVALID_SETTINGS");
    let message = failure.error["message"].as_str().unwrap();
    assert!(message.contains("apps[0].redirect_urls[0]"), "{message}");
    bridge.create("zoom", ANNA, &meeting()).expect("the old settings are in force");

    world.settings = good;
    world.settings["language"] = json!("ja");
    bridge.reload(&world.settings.to_string()).unwrap();
    bridge.create("zoom", ANNA, &meeting()).expect("the store is the same");
    let failure = bridge.authorization("webex", ANNA).unwrap_err();
    let message = failure.error["message"].as_str().unwrap();
    assert!(message.chars().any(|c| ('ぁ'..='ん').contains(&c)), "not Japanese: {message}");
}

#[test]
fn diagnose_tells_what_is_in_order_and_what_is_not() {
    let (library, mut world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    let report = bridge.diagnose().unwrap();
    assert_eq!(report["store"]["authorizations"], 0);
    let severity = |report: &serde_json::Value, check: &str| {
        let findings = report["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|f| f["check"] == check).map(|f| f["severity"].clone())
    };
    assert_eq!(severity(&report, "reachability"), Some(json!("ok")), "{report:#}");
    assert_eq!(severity(&report, "clock"), Some(json!("ok")), "{report:#}");

    // The smallest consent cannot read; another's is from long ago.
    world.change(json!({"granted_scopes": {ANNA: {"zoom": ["meeting:write:meeting"]}}}));
    world.authorize(&bridge, "zoom", ANNA);
    world.authorize(&bridge, "webex", ANNA);
    let age = "UPDATE grants SET refreshed_at = 1, refreshed_on = 0 WHERE provider = 'webex'";
    common::part::sql(&world, age);
    let report = bridge.diagnose().unwrap();
    assert_eq!(severity(&report, "scopes"), Some(json!("warning")), "{report:#}");
    assert!(report.to_string().contains("meeting:read:list_meetings (1)"), "{report:#}");
    assert_eq!(severity(&report, "renewals"), Some(json!("warning")), "{report:#}");
    assert_eq!(severity(&report, "authorizations"), None);
    world.sandbox.revoke_grants(&Default::default()).unwrap();
    bridge.list("zoom", None).expect_err("it has ended");
    let report = bridge.diagnose().unwrap();
    assert_eq!(severity(&report, "authorizations"), Some(json!("warning")), "{report:#}");

    let rescue = world.path("meetbridge.key.rescue");
    std::fs::write(&rescue, "").unwrap();
    world.settings["apps"][0]["webhook_url"] = json!("https://mail.example.com/webhook");
    let hosts = json!([CALLBACK, "https://mail2.example.com/callback"]);
    world.settings["apps"][1]["redirect_urls"] = hosts;
    world.settings["apps"][1]["webhook_secret"] = json!("hush");
    bridge.reload(&world.settings.to_string()).unwrap();
    let report = bridge.diagnose().unwrap();
    assert_eq!(severity(&report, "redirect_urls"), Some(json!("warning")), "{report:#}");
    assert_eq!(severity(&report, "webhooks"), Some(json!("error")), "{report:#}");
    assert!(!report.to_string().contains("hush"));
    assert_eq!(severity(&report, "rescue"), None, "opening has emptied it: {report:#}");

    world.settings["apps"][1]["token_url"] = json!("http://127.0.0.1:1/none");
    bridge.reload(&world.settings.to_string()).unwrap();
    let report = bridge.diagnose().unwrap();
    assert_eq!(report["status"], "error");
}

#[test]
fn over_tls_with_an_authority_of_ones_own() {
    let (library, world) = (Library::load(), World::with_tls());
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        bridge.create(provider, ANNA, &meeting()).unwrap();
    }
    let mut stranger = world.settings.clone();
    stranger["http"].as_object_mut().unwrap().remove("ca_file");
    bridge.reload(&stranger.to_string()).unwrap();
    let failure = bridge.create("zoom", ANNA, &meeting()).unwrap_err();
    assert_eq!(failure.name(), "TLS");
    assert_eq!(bridge.start("zoom", ANNA, Some(CALLBACK), None).map(|_| ()).ok(), Some(()));
}
