//! What the scenarios do not show: small consents, limits, lists of many pages, retries, outages.

mod common;

use std::time::{Duration, Instant};

use common::{ANNA, Library, World, meeting};
use serde_json::{Value, json};

const PROVIDERS: [&str; 2] = ["zoom", "webex"];

fn world() -> World {
    let mut world = World::new();
    world.settings["retry"] = json!({"wait_ms": 10});
    world
}

/// Zoom's smallest consent allows to make meetings but not to read them.
#[test]
fn the_smallest_consent_serves_for_the_whole_life() {
    let (library, world) = (Library::load(), world());
    world.change(json!({"granted_scopes": {ANNA: {"zoom": ["meeting:write"]}}}));
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let mut request = meeting();
    request["reference"] = json!("entry");
    let created = bridge.create("zoom", ANNA, &request).unwrap();
    let again = bridge.create("zoom", ANNA, &request).unwrap();
    assert_eq!(again["existing"], true);
    assert_eq!(again["join_url"], created["join_url"], "remembered, since it cannot be read");

    let id = created["id"].as_str().unwrap();
    let changed = bridge.update("zoom", id, &json!({"topic": "Other"}), None).unwrap();
    assert_eq!((&changed["id"], &changed["topic"]), (&created["id"], &json!("Other")));
    assert_eq!(changed["join_url"], Value::Null);
    assert_eq!(changed["warnings"][0]["field"], "join_url");
    assert_eq!(bridge.get("zoom", id, None).unwrap_err().name(), "SCOPE_MISSING");
    bridge.delete("zoom", id, None).unwrap();
}

#[test]
fn lists_of_many_pages() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        for day in 1..=7 {
            let mut one = meeting();
            one["start"] = json!(format!("2030-03-{day:02}T09:00:00Z"));
            bridge.create(provider, ANNA, &one).unwrap();
        }
        let mut filter =
            json!({"from": "2030-03-01T00:00:00Z", "to": "2030-03-07T00:00:00Z", "page_size": 2});
        let mut starts = Vec::new();
        for page in 1.. {
            let text = filter.to_string();
            let answer = bridge.list(provider, Some(&text)).unwrap();
            let meetings = answer["meetings"].as_array().unwrap();
            starts.extend(meetings.iter().map(|one| one["start"].as_str().unwrap().to_owned()));
            match answer["next"].as_str() {
                Some(next) => filter["next"] = json!(next),
                None => break,
            }
            assert!(page < 10, "{provider}: no end");
        }
        let wanted: Vec<String> =
            (1..=6).map(|day| format!("2030-03-{day:02}T09:00:00Z")).collect();
        assert_eq!(starts, wanted, "{provider}");
        for next in ["x y", "a#b", "ä", "\n"] {
            let text = json!({"next": next}).to_string();
            let failure = bridge.list(provider, Some(&text)).unwrap_err();
            assert_eq!(failure.name(), "INVALID_ARGUMENT", "{next}");
        }
    }
}

#[test]
fn a_link_to_another_host_is_not_followed() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "webex", ANNA);
    let elsewhere = r#"<https://evil.example/v1/meetings?max=1>; rel="next""#;
    let fault = json!({"kind": "status", "code": 200, "body": "{\"items\": []}",
                       "headers": {"link": elsewhere}});
    world.fail_once("webex.list_meetings", "before", &fault);
    assert_eq!(bridge.list("webex", None).unwrap_err().name(), "UNEXPECTED_ANSWER");
}

/// Zoom allows 100 creations and changes a day and host, and says so without `Retry-After`.
#[test]
fn the_daily_limit_says_when_it_ends_and_is_not_run_against() {
    let (library, world) = (Library::load(), world());
    world.change(json!({"zoom_daily_limit": 2}));
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    for _ in 0..2 {
        bridge.create("zoom", ANNA, &meeting()).unwrap();
    }
    let before = world.sandbox.statistics().count("zoom.create_meeting");
    let failure = bridge.create("zoom", ANNA, &meeting()).unwrap_err();
    assert_eq!(failure.name(), "RATE_LIMITED");
    let wait = failure.error["retry_after_seconds"].as_u64().unwrap();
    let midnight = 86_400 - std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() % 86_400;
    assert!(wait.abs_diff(midnight) < 60, "{wait} s, {midnight} s to midnight");
    assert_eq!(world.sandbox.statistics().count("zoom.create_meeting"), before + 1, "asked once");
}

#[test]
fn retry_after_is_honoured_in_its_three_forms() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let busy =
        |after: &str| json!({"kind": "status", "code": 429, "headers": {"retry-after": after}});
    world.fail_once("zoom.create_meeting", "before", &busy("1"));
    let began = Instant::now();
    bridge.create("zoom", ANNA, &meeting()).unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "the provider asked for a second");
    for later in ["3600", "Fri, 01 Mar 2030 00:00:00 GMT", "2030-03-01T00:00:00Z"] {
        world.fail_once("zoom.create_meeting", "before", &busy(later));
        let began = Instant::now();
        let failure = bridge.create("zoom", ANNA, &meeting()).unwrap_err();
        assert_eq!(failure.name(), "RATE_LIMITED", "{later}");
        assert!(failure.error["retry_after_seconds"].as_u64().unwrap() >= 3600, "{later}");
        assert!(began.elapsed() < Duration::from_secs(1), "no waiting that cannot help");
    }
}

#[test]
fn the_settings_say_what_is_tried_again() {
    let (library, mut world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let created = bridge.create("zoom", ANNA, &meeting()).unwrap();
    let id = created["id"].as_str().unwrap();
    for (retry, code, tries) in [
        (json!({"mode": "none"}), 503, 1),
        (json!({"mode": "status", "wait_ms": 1}), 503, 4),
        (json!({"mode": "status", "wait_ms": 1, "max": 1}), 503, 2),
        (json!({"mode": "status", "wait_ms": 1, "statuses": [429]}), 503, 1),
        (json!({"mode": "any", "wait_ms": 1, "statuses": [429]}), 500, 4),
        (json!({"mode": "any", "wait_ms": 1}), 400, 1),
    ] {
        world.settings["retry"] = retry.clone();
        bridge.reload(&world.settings.to_string()).unwrap();
        let rule = json!({"kind": "status", "code": code, "times": "forever"});
        world.fail_once("zoom.get_meeting", "before", &rule);
        let before = world.sandbox.statistics().count("zoom.get_meeting");
        bridge.get("zoom", id, None).unwrap_err();
        let sent = world.sandbox.statistics().count("zoom.get_meeting") - before;
        assert_eq!(sent, tries, "{retry} {code}");
        world.no_more_faults();
    }
}

#[test]
fn an_outage_costs_the_host_little() {
    let (library, mut world) = (Library::load(), world());
    world.settings["retry"] = json!({"mode": "none"});
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    world.authorize(&bridge, "webex", ANNA);
    // A port on which nobody listens.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    world.settings["apps"][0]["api_url"] = json!(format!("http://127.0.0.1:{port}/v2"));
    bridge.reload(&world.settings.to_string()).unwrap();
    for _ in 0..5 {
        assert_eq!(bridge.create("zoom", ANNA, &meeting()).unwrap_err().name(), "NETWORK");
    }
    let failure = bridge.create("zoom", ANNA, &meeting()).unwrap_err();
    assert_eq!(failure.name(), "PROVIDER_UNAVAILABLE");
    let wait = failure.error["retry_after_seconds"].as_u64().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    bridge.create("webex", ANNA, &meeting()).expect("the other provider is not concerned");
}

#[test]
fn a_start_in_the_past_is_an_error_before_anything_is_sent() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    let mut past = meeting();
    past["start"] = json!("2020-03-01T09:00:00Z");
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        let route = format!("{provider}.create_meeting");
        let before = world.sandbox.statistics().count(&route);
        let failure = bridge.create(provider, ANNA, &past).unwrap_err();
        assert_eq!(failure.name(), "UNSUPPORTED", "{provider}");
        assert_eq!(world.sandbox.statistics().count(&route), before, "{provider}: nothing sent");
        let created = bridge.create(provider, ANNA, &meeting()).unwrap();
        let id = created["id"].as_str().unwrap();
        let change = json!({"start": "2020-03-01T09:00:00Z"});
        assert_eq!(bridge.update(provider, id, &change, None).unwrap_err().name(), "UNSUPPORTED");
    }
}

#[test]
fn many_threads_make_one_meeting_of_a_reference() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        let mut request = meeting();
        request["reference"] = json!("entry");
        let ids: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        let created = bridge.create(provider, ANNA, &request).unwrap();
                        created["id"].as_str().unwrap().to_owned()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{provider}: {ids:?}");
        bridge.delete(provider, &ids[0], None).unwrap();
    }
    let live: u64 = world.sandbox.statistics().live_meetings.values().sum();
    assert_eq!(live, 0);
}

#[test]
fn a_meeting_that_its_host_deleted_at_the_provider_is_made_anew() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        let mut request = meeting();
        request["reference"] = json!("entry");
        let first = bridge.create(provider, ANNA, &request).unwrap();
        world.sandbox.delete_meetings();
        let second = bridge.create(provider, ANNA, &request).unwrap();
        assert_eq!(second["existing"], false, "{provider}");
        assert_ne!(first["id"], second["id"]);
    }
}

#[test]
fn invitees_are_changed_as_one_operation() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "webex", ANNA);
    let mut request = meeting();
    request["invitees"] = json!([{"email": "a@example.org"}, {"email": "b@example.org"}]);
    request["alternative_hosts"] = json!(["ken@example.com"]);
    let created = bridge.create("webex", ANNA, &request).unwrap();
    let id = created["id"].as_str().unwrap();
    let invited = || -> Vec<(String, bool)> {
        let all = world.sandbox.meetings();
        let one = all["webex"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
        let mut people: Vec<_> = one["invitees"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["email"].as_str().unwrap().to_owned(), one["coHost"] == true))
            .collect();
        people.sort();
        people
    };
    let person = |email: &str, host| (email.to_owned(), host);
    bridge
        .update(
            "webex",
            id,
            &json!({"invitees": [{"email": "B@example.org"}, {"email": "c@example.org"}]}),
            None,
        )
        .unwrap();
    assert_eq!(
        invited(),
        [
            person("b@example.org", false),
            person("c@example.org", false),
            person("ken@example.com", true)
        ]
    );
    bridge.update("webex", id, &json!({"alternative_hosts": ["c@example.org"]}), None).unwrap();
    assert_eq!(
        invited(),
        [person("b@example.org", false), person("c@example.org", true)],
        "who is no longer a host was invited only as one"
    );
}

#[test]
fn a_lost_answer_to_an_invitation_invites_nobody_twice() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "webex", ANNA);
    let created = bridge.create("webex", ANNA, &meeting()).unwrap();
    let id = created["id"].as_str().unwrap();
    for (number, fault) in
        [json!({"kind": "status", "code": 502}), json!({"kind": "reset"})].iter().enumerate()
    {
        world.fail_once("webex.create_invitees", "after", fault);
        let people =
            json!([{"email": format!("{number}@example.org")}, {"email": "b@example.org"}]);
        bridge.update("webex", id, &json!({"invitees": people}), None).unwrap();
        assert_eq!(world.faults_left(), 0);
        let all = world.sandbox.meetings();
        assert_eq!(all["webex"][0]["invitees"].as_array().unwrap().len(), 2, "{all}");
    }
}

#[test]
fn an_absurd_wait_is_no_disaster() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    for after in ["18446744073709551615", "9999-12-31T00:00:00Z", "-1", "soon"] {
        let fault = json!({"kind": "status", "code": 429, "headers": {"retry-after": after}});
        world.fail_once("zoom.create_meeting", "before", &fault);
        let name = bridge
            .create("zoom", ANNA, &meeting())
            .map_or_else(|f| f.name().to_owned(), |_| "OK".into());
        assert!(["OK", "RATE_LIMITED"].contains(&name.as_str()), "{after}: {name}");
    }
}

/// A page of a gateway is not the provider's word about a meeting.
#[test]
fn a_web_page_with_404_frees_no_reference() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    let mut request = meeting();
    request["reference"] = json!("entry");
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        let created = bridge.create(provider, ANNA, &request).unwrap();
        let page = json!({"kind": "status", "code": 404, "body": "<html>no such page</html>",
                          "content_type": "text/html"});
        for route in ["get_meeting", "delete_meeting"] {
            world.fail_once(&format!("{provider}.{route}"), "before", &page);
            let name = match route {
                "get_meeting" => bridge.create(provider, ANNA, &request).unwrap_err(),
                _ => bridge.delete(provider, created["id"].as_str().unwrap(), None).unwrap_err(),
            };
            assert_eq!(name.name(), "PROVIDER_REJECTED", "{provider} {route}");
        }
        let again = bridge.create(provider, ANNA, &request).unwrap();
        assert_eq!(again["id"], created["id"], "{provider}: still the one meeting");
    }
}

/// Zoom takes no mark, so equal meetings can only be told apart by who has which.
#[test]
fn equal_meetings_with_lost_answers_are_shared_out() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        let fault = json!({"kind": "reset", "times": 6});
        world.fail_once(&format!("{provider}.create_meeting"), "after", &fault);
        let create = |number: usize| {
            let mut request = meeting();
            request["reference"] = json!(format!("equal-{number}"));
            let created =
                bridge.create_with(provider, ANNA, &request, Some(r#"{"timeout_ms": 20000}"#));
            created.unwrap()["id"].as_str().unwrap().to_owned()
        };
        let mut ids: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|number| scope.spawn(move || create(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let again: Vec<String> = (0..8).map(create).collect();
        assert_eq!(ids, again, "{provider}: each keeps its own");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 8, "{provider}: a meeting for each");
        let live: u64 = world.sandbox.statistics().live_meetings.values().sum();
        assert_eq!(live, 8, "{provider}: and none is left over");
        world.sandbox.delete_meetings();
    }
}

#[test]
fn a_conflict_with_a_meeting_that_is_gone_is_none() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        let mut request = meeting();
        request["reference"] = json!("entry");
        bridge.create(provider, ANNA, &request).unwrap();
        request["topic"] = json!("Other");
        assert_eq!(
            bridge.create(provider, ANNA, &request).unwrap_err().name(),
            "REFERENCE_CONFLICT"
        );
        world.sandbox.delete_meetings();
        assert_eq!(bridge.create(provider, ANNA, &request).unwrap()["existing"], false);
    }
}

#[test]
fn a_passcode_that_the_provider_quotes_stays_out_of_errors_and_the_log() {
    let (library, world) = (Library::load(), world());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let mut request = meeting();
    request["passcode"] = json!("Sup3rPa5s");
    let words = r#"{"code": 300, "message": "password Sup3rPa5s is weak, see https://zoom.us/s/1?zak=ZAKZAK"}"#;
    let fault = json!({"kind": "status", "code": 400, "body": words});
    world.fail_once("zoom.create_meeting", "before", &fault);
    let failure = bridge.create("zoom", ANNA, &request).unwrap_err();
    let log = std::fs::read_to_string(world.path("meetbridge.log")).unwrap();
    for secret in ["Sup3rPa5s", "ZAKZAK"] {
        assert!(!failure.error.to_string().contains(secret), "{}", failure.error);
        assert!(!log.contains(secret), "{log}");
    }
    assert!(failure.error["message"].as_str().unwrap().contains("is weak"));
}
