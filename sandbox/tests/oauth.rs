//! Consent, codes, tokens, refresh, revocation, scopes.

mod common;

use common::*;
use meetbridge_sandbox::{Provider, Whose};
use serde_json::json;

fn scope_of(client_id: &str) -> Option<&'static str> {
    client_id.contains("webex").then_some(WEBEX_SCOPES)
}

#[test]
fn a_person_allows_on_the_page_and_the_code_becomes_tokens() {
    let sandbox = start();
    for (_, client_id) in BOTH {
        let url = authorization_url(&sandbox, client_id, scope_of(client_id));
        let page = get(&url).expect(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        for part in [
            "id=\"allow\"",
            "id=\"deny\"",
            "<label",
            "name=\"viewport\"",
            "佐藤 健",
            "name=\"state\" value=\"s/1 ä\"",
        ] {
            assert!(page.text.contains(part), "{part}");
        }
        assert!(!page.text.contains("<script"));

        // What the browser sends: the hidden fields, the chosen user, the pressed button.
        let query: Vec<(String, String)> =
            url::Url::parse(&url).unwrap().query_pairs().into_owned().collect();
        let mut fields: Vec<(&str, &str)> =
            query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push(("user", "ken@example.com"));
        fields.push(("decision", "allow"));
        let answer = form(&url, &[], &fields).expect(302);
        let location = answer.header("location").unwrap();
        assert!(location.starts_with(REDIRECT), "{location}");
        assert_eq!(parameter(location, "state").as_deref(), Some("s/1 ä"));
        let code = parameter(location, "code").unwrap();

        let tokens = exchange(&sandbox, client_id, &code).expect(200).json();
        let access = tokens["access_token"].as_str().unwrap();
        if client_id.contains("webex") {
            assert!(access.ends_with(&access[access.len() - 36..]) && access.contains("_P0A1_"));
            assert_eq!(tokens["expires_in"], 1_209_600);
            assert_eq!(tokens["refresh_token_expires_in"], 7_776_000);
            assert_eq!(tokens.get("token_type"), None);
        } else {
            assert!((600..900).contains(&access.len()), "{}", access.len());
            assert!(access.starts_with("eyJ"));
            assert_eq!(tokens["token_type"], "bearer");
            assert_eq!(tokens["expires_in"], 3600);
            assert_eq!(tokens["api_url"], "https://api.zoom.us");
            assert!(tokens["scope"].as_str().unwrap().contains("meeting:write:meeting"));
        }

        // A code is good once.
        exchange(&sandbox, client_id, &code).expect(400);
    }
    let statistics = sandbox.statistics();
    assert_eq!(statistics.codes.issued, 2);
    assert_eq!(statistics.codes.exchanged, 2);
    assert_eq!(statistics.codes.replayed, 2);
    assert_eq!(statistics.status("zoom.token", 200), 1);
    let secrets = sandbox.secrets();
    assert_eq!(secrets.access_tokens.len(), 2);
    assert!(secrets.code_verifiers.iter().all(|verifier| verifier == VERIFIER));
    assert!(secrets.client_secrets.contains(&"sandbox-zoom-secret".to_owned()));
}

#[test]
fn a_person_denies() {
    let sandbox = start();
    for (_, client_id) in BOTH {
        let url = authorization_url(&sandbox, client_id, scope_of(client_id));
        let location = sandbox.consent(&url, "anna@example.com", false).unwrap();
        assert_eq!(parameter(&location, "error").as_deref(), Some("access_denied"));
        assert_eq!(parameter(&location, "state").as_deref(), Some("s/1 ä"));
        assert_eq!(parameter(&location, "code"), None);
    }
}

#[test]
fn a_wrong_request_is_never_redirected_to_a_wrong_place() {
    let sandbox = start();
    let patch = json!({ "redirect_uris": ["https://mail1.example.com/cb"] });
    sandbox.patch_app("sandbox-zoom", &patch).unwrap();
    let page = get(&authorization_url(&sandbox, "sandbox-zoom", None)).expect(400);
    assert!(page.text.contains("4709"));
    assert!(page.header("location").is_none());
    let evil = authorization_url(&sandbox, "sandbox-webex", Some(WEBEX_SCOPES))
        .replace("127.0.0.1%3A9", "evil.example");
    get(&evil).expect(400);
    get(&authorization_url(&sandbox, "nobody", None)).expect(400);
    // The Server-to-Server app has no authorization page.
    get(&authorization_url(&sandbox, "sandbox-zoom-server", None)).expect(400);

    // Webex: the scope is required and must be the app's.
    for scope in [None, Some("spark:all")] {
        let answer = get(&authorization_url(&sandbox, "sandbox-webex", scope)).expect(302);
        let location = answer.header("location").unwrap();
        assert_eq!(parameter(location, "error").as_deref(), Some("invalid_scope"));
    }
    let text = authorization_url(&sandbox, "sandbox-webex", Some(WEBEX_SCOPES));
    let answer = get(&text.replace("response_type=code", "response_type=token")).expect(302);
    let location = answer.header("location").unwrap();
    assert_eq!(parameter(location, "error").as_deref(), Some("unsupported_response_type"));

    // Not approved: a page, or a redirect, as set.
    sandbox.patch_app("sandbox-zoom-classic", &json!({ "approved": false })).unwrap();
    let url = authorization_url(&sandbox, "sandbox-zoom-classic", None);
    assert!(get(&url).expect(400).text.contains("4738"));
    sandbox.change_settings(|s| s.zoom_unapproved = meetbridge_sandbox::Unapproved::Redirect);
    get(&url).expect(302);
}

#[test]
fn the_exchange_is_checked() {
    let sandbox = start();
    let code = || {
        let url = authorization_url(&sandbox, "sandbox-zoom", None);
        let location = sandbox.consent(&url, "anna@example.com", true).unwrap();
        parameter(&location, "code").unwrap()
    };
    let text = code();
    let with = |verifier: &str, redirect: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", text.as_str()),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        token_call(&sandbox, "sandbox-zoom", &fields)
    };
    let wrong = "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong";
    assert_eq!(with(wrong, REDIRECT).expect(400).json()["error"], "invalid_grant");
    assert_eq!(with(VERIFIER, "http://127.0.0.1/").expect(400).json()["error"], "invalid_request");
    // Another app's code.
    exchange(&sandbox, "sandbox-zoom-classic", &text).expect(400);
    with(VERIFIER, REDIRECT).expect(200);

    // Five minutes.
    let text = code();
    sandbox.change_settings(|s| s.clock_offset_s = 301);
    let answer = exchange(&sandbox, "sandbox-zoom", &text).expect(400);
    assert_eq!(answer.json()["error"], "invalid_grant");

    // Zoom takes Basic only; Webex the body only.
    let url = format!("{}/zoom/oauth/token", sandbox.url());
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", "sandbox-zoom"),
        ("client_secret", "sandbox-zoom-secret"),
    ];
    assert_eq!(form(&url, &[], &fields).expect(401).json()["error"], "invalid_client");
    let url = format!("{}/webex/v1/access_token", sandbox.url());
    let basic = basic("sandbox-webex");
    let answer = form(&url, &[("authorization", &basic)], &fields[..1]).expect(401);
    assert_eq!(answer.header("trackingid"), answer.json()["trackingId"].as_str());
    assert!(answer.json()["errors"][0]["description"].is_string());

    // A disabled app.
    sandbox.patch_app("sandbox-zoom", &json!({ "enabled": false })).unwrap();
    let answer = refresh(&sandbox, "sandbox-zoom", "x").expect(401);
    assert_eq!(answer.json()["error"], "unauthorized_client");
}

#[test]
fn zoom_rotates_and_knows_replays() {
    let sandbox = start();
    let first = authorize(&sandbox, "sandbox-zoom", "anna@example.com");
    let old = first["refresh_token"].as_str().unwrap();
    let second = refresh(&sandbox, "sandbox-zoom", old).expect(200).json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let again = refresh(&sandbox, "sandbox-zoom", old).expect(400);
    assert_eq!(again.json(), json!({ "reason": "Invalid Token!", "error": "invalid_grant" }));
    assert!(again.header("x-zm-trackingid").is_some());
    let new = second["refresh_token"].as_str().unwrap();
    let third = refresh(&sandbox, "sandbox-zoom", new).expect(200).json();
    let statistics = sandbox.statistics();
    assert_eq!(statistics.refresh_replays, 1);
    assert_eq!(statistics.refreshes["anna@example.com"][&Provider::Zoom], 2);
    assert_eq!(statistics.count("zoom.refresh"), 3);
    assert_eq!(statistics.count("zoom.token"), 1);

    // A second authorization of the same user ends the first pair.
    let other = authorize(&sandbox, "sandbox-zoom", "ken@example.com");
    authorize(&sandbox, "sandbox-zoom", "anna@example.com");
    refresh(&sandbox, "sandbox-zoom", third["refresh_token"].as_str().unwrap()).expect(400);
    let token = third["access_token"].as_str().unwrap();
    let answer = Api::with(&sandbox, "sandbox-zoom", token).get("/users/me").expect(401);
    assert_eq!(answer.json(), json!({ "code": 124, "message": "Invalid access token." }));
    let token = other["access_token"].as_str().unwrap();
    Api::with(&sandbox, "sandbox-zoom", token).get("/users/me").expect(200);
}

#[test]
fn webex_keeps_its_refresh_token_unless_told_otherwise() {
    let sandbox = start();
    let first = authorize(&sandbox, "sandbox-webex", "anna@example.com");
    let old = first["refresh_token"].as_str().unwrap();
    let second = refresh(&sandbox, "sandbox-webex", old).expect(200).json();
    assert_eq!(second["refresh_token"], first["refresh_token"]);
    assert_ne!(second["access_token"], first["access_token"]);
    sandbox.change_settings(|s| s.webex_omit_refresh_token = true);
    let third = refresh(&sandbox, "sandbox-webex", old).expect(200).json();
    assert_eq!(third.get("refresh_token"), None);
    sandbox.change_settings(|s| s.webex_rotate = true);
    let fourth = refresh(&sandbox, "sandbox-webex", old).expect(200).json();
    assert_ne!(fourth["refresh_token"], first["refresh_token"]);
    let gone = refresh(&sandbox, "sandbox-webex", old).expect(400);
    assert!(gone.json()["message"].is_string());

    // Use renews the 90 days; without use they end.
    sandbox.change_settings(|s| (s.webex_rotate, s.clock_offset_s) = (false, 80 * 86_400));
    let token = fourth["refresh_token"].as_str().unwrap();
    refresh(&sandbox, "sandbox-webex", token).expect(200);
    sandbox.change_settings(|s| s.clock_offset_s = 160 * 86_400);
    refresh(&sandbox, "sandbox-webex", token).expect(200);
    sandbox.change_settings(|s| s.clock_offset_s = 251 * 86_400);
    refresh(&sandbox, "sandbox-webex", token).expect(400);
}

#[test]
fn access_tokens_expire_and_are_revoked() {
    let sandbox = start();
    let tokens = authorize(&sandbox, "sandbox-zoom", "anna@example.com");
    let anna = Api::with(&sandbox, "sandbox-zoom", tokens["access_token"].as_str().unwrap());
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    let whose = Whose::user(Provider::Zoom, "anna@example.com");
    assert_eq!(sandbox.expire(&whose).unwrap(), 1);
    let answer = anna.get("/users/me").expect(401);
    assert_eq!(answer.json()["message"], "Access token has expired.");
    webex.get("/people/me").expect(200);
    sandbox.change_settings(|s| s.clock_offset_s = 1_209_601);
    let answer = webex.get("/people/me").expect(401);
    let text = "The request requires a valid access token set in the Authorization request header.";
    assert_eq!(answer.json()["message"], text);
    assert_eq!(answer.json()["errors"][0]["description"], text);
    sandbox.change_settings(|s| s.clock_offset_s = 0);

    let new = refresh(&sandbox, "sandbox-zoom", tokens["refresh_token"].as_str().unwrap());
    let new = new.expect(200).json();
    let token = new["access_token"].as_str().unwrap();
    let query = format!("{}/zoom/v2/users/me?access_token={token}", sandbox.url());
    assert!(get(&query).expect(401).text.contains("query parameter"));
    let basic = basic("sandbox-zoom");
    let url = format!("{}/zoom/oauth/revoke", sandbox.url());
    let answer = form(&url, &[("authorization", &basic)], &[("token", token)]).expect(200);
    assert_eq!(answer.json(), json!({ "status": "success" }));
    Api::with(&sandbox, "sandbox-zoom", token).get("/users/me").expect(401);
    refresh(&sandbox, "sandbox-zoom", new["refresh_token"].as_str().unwrap()).expect(400);

    let everyone = sandbox.revoke_grants(&Whose::default()).unwrap();
    assert_eq!(everyone, 1);
    webex.get("/people/me").expect(401);
}

#[test]
fn scopes_are_checked_on_every_call() {
    let sandbox = start();
    sandbox.change_settings(|s| {
        let by = s.granted_scopes.entry("anna@example.com".to_owned()).or_default();
        by.insert(Provider::Zoom, vec!["meeting:write".to_owned()]);
        by.insert(Provider::Webex, vec!["meeting:schedules_write".to_owned()]);
    });
    let zoom = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    let answer = zoom.get("/users/me").expect(400).json();
    assert_eq!(answer["code"], 4711);
    let text = "Invalid access token, does not contain scopes:[user:read, user:read:admin].";
    assert_eq!(answer["message"], text);
    zoom.post("/users/me/meetings", json!({ "topic": "x" })).expect(201);
    let webex = Api::new(&sandbox, "sandbox-webex", "anna@example.com");
    let answer = webex.get("/people/me").expect(403);
    assert_eq!(answer.header("trackingid"), answer.json()["trackingId"].as_str());
    webex.get("/meetings").expect(403);

    // Zoom: fewer than the app's.
    let url = authorization_url(&sandbox, "sandbox-zoom", Some("meeting:write:meeting"));
    let location = sandbox.consent(&url, "ken@example.com", true).unwrap();
    let code = parameter(&location, "code").unwrap();
    let tokens = exchange(&sandbox, "sandbox-zoom", &code).expect(200).json();
    assert_eq!(tokens["scope"], "meeting:write:meeting");
}

#[test]
fn kinds_of_zoom_apps() {
    let sandbox = start();
    // A user-level token knows only "me".
    let user = Api::new(&sandbox, "sandbox-zoom", "anna@example.com");
    let answer = user.get("/users/anna@example.com").expect(400).json();
    assert_eq!(answer["code"], 4711);
    // Classic scopes.
    let classic = Api::new(&sandbox, "sandbox-zoom-classic", "anna@example.com");
    classic.get("/users/me").expect(200);
    classic.get("/users/me/meetings").expect(200);
    // Account level: anybody.
    let account = Api::new(&sandbox, "sandbox-zoom-account", "anna@example.com");
    let url = authorization_url(&sandbox, "sandbox-zoom-account", None);
    assert!(sandbox.consent(&url, "ken@example.com", true).is_err(), "no administrator");
    let ken = account.get("/users/ken@example.com").expect(200).json();
    assert_eq!(ken["email"], "ken@example.com");
    let id = ken["id"].as_str().unwrap();
    let path = format!("/users/{id}/meetings");
    let made = account.post(&path, json!({ "topic": "for Ken" })).expect(201).json();
    assert_eq!(made["host_email"], "ken@example.com");
    account.get("/users/nobody@example.com").expect(404);
    // Server to server: no consent, no refresh token, no "me".
    let fields =
        [("grant_type", "account_credentials"), ("account_id", &sandbox.zoom_account_id())];
    let tokens = token_call(&sandbox, "sandbox-zoom-server", &fields).expect(200).json();
    assert_eq!(tokens.get("refresh_token"), None);
    let token = tokens["access_token"].as_str().unwrap();
    let server = Api::with(&sandbox, "sandbox-zoom-server", token);
    server.get("/users/me").expect(404);
    server.get("/users/ken@example.com").expect(200);
    token_call(&sandbox, "sandbox-zoom", &fields).expect(400);
}
