//! What an administrator's host does now and then: maintain, key rotation, the audit trail.

mod common;

use std::fs;
use std::time::{Duration, Instant};

use common::part::{in_process, sql};
use common::{ANNA, Bridge, KEN, Library, World, meeting, person, populous};
use serde_json::{Value, json};

#[test]
#[ignore = "run by the others"]
fn part() {
    common::part::run();
}

const DAY: i64 = 86_400;

fn age(world: &World, days: i64) {
    let at = format!("refreshed_at = refreshed_at - {}", days * DAY);
    let on = format!("refreshed_on = refreshed_on - {days}");
    sql(world, &format!("UPDATE grants SET {at}, {on}"));
}

fn maintain(bridge: &Bridge<'_>) -> Value {
    bridge.maintain(None).expect("housekeeping")
}

#[test]
fn authorizations_that_would_lapse_unused_are_renewed() {
    let library = Library::load();
    let world = World::with(populous(6));
    let bridge = world.open(&library);
    for number in 0..6 {
        let provider = if number % 2 == 0 { "zoom" } else { "webex" };
        world.authorize(&bridge, provider, &person(number));
    }
    let count = |provider: &str| world.sandbox.statistics().count(&format!("{provider}.refresh"));
    let report = maintain(&bridge);
    assert_eq!((&report["complete"], &report["renewals"]["renewed"]), (&json!(true), &json!(0)));
    for (days, zoom, webex) in [(8, 0, 3), (31, 3, 6)] {
        age(&world, days);
        let report = maintain(&bridge);
        assert_eq!(report["complete"], true, "{report}");
        assert_eq!((count("zoom"), count("webex")), (zoom, webex), "{report}");
    }
    assert_eq!(maintain(&bridge)["renewals"]["renewed"], 0);
    // By a clock that was ten years ahead.
    age(&world, -3650);
    for renewed in [6, 0] {
        assert_eq!(maintain(&bridge)["renewals"]["renewed"], renewed);
    }

    // The provider is down: a few tries, no harm, and all is done the next time.
    age(&world, 40);
    let down = json!({ "kind": "status", "code": 503, "times": "forever" });
    world.fail_once("webex.refresh", "before", &down);
    let report = maintain(&bridge);
    assert_eq!(report["renewals"], json!({"renewed": 3, "failed": 3, "ended": 0, "unserved": 0}));
    assert_eq!((&report["complete"], &report["due"]["renewals"]), (&json!(false), &json!(3)));
    assert!(report["problems"][0].as_str().unwrap().contains("503"), "{report}");
    world.no_more_faults();
    let report = maintain(&bridge);
    assert_eq!((&report["complete"], &report["renewals"]["renewed"]), (&json!(true), &json!(3)));

    // One has ended at the provider, and an app has gone from the settings.
    age(&world, 40);
    let whose = meetbridge_sandbox::Whose::user(meetbridge_sandbox::Provider::Zoom, &person(2));
    world.sandbox.revoke_grants(&whose).unwrap();
    let mut fewer = world.settings.clone();
    fewer["apps"].as_array_mut().unwrap().remove(1);
    bridge.reload(&fewer.to_string()).unwrap();
    let report = maintain(&bridge);
    assert_eq!(report["renewals"], json!({"renewed": 2, "failed": 0, "ended": 1, "unserved": 3}));
    assert_eq!(report["complete"], true, "{report}");
    let ended = bridge.authorization("zoom", &person(2)).unwrap();
    assert_eq!((&ended["state"], &ended["reason"]), (&json!("reauthorize"), &json!("expired")));
}

/// So that the next call of a user who is at work need not wait for it.
#[test]
fn what_ends_soon_and_was_used_is_renewed_before() {
    let library = Library::load();
    let world = World::with(populous(2));
    let bridge = world.open(&library);
    world.change(json!({ "zoom_access_seconds": 900 }));
    for number in 0..2 {
        world.authorize(&bridge, "zoom", &person(number));
    }
    world.change(json!({ "zoom_access_seconds": 3600 }));
    assert_eq!(maintain(&bridge)["renewals"]["renewed"], 0, "nobody has used his");
    bridge.list_of("zoom", &person(1)).unwrap();
    let down = json!({ "kind": "status", "code": 503, "times": "forever" });
    world.fail_once("zoom.refresh", "before", &down);
    let report = maintain(&bridge);
    assert_eq!(report["renewals"], json!({"renewed": 0, "failed": 1, "ended": 0, "unserved": 0}));
    world.no_more_faults();
    bridge.list_of("zoom", &person(1)).expect("the old one is good still");
    for renewed in [1, 0] {
        let report = maintain(&bridge);
        assert_eq!(report["renewals"]["renewed"], renewed, "{report}");
        assert_eq!(report["complete"], true, "{report}");
    }
    bridge.list_of("zoom", &person(1)).unwrap();
    // One was refused above.
    assert_eq!(world.sandbox.statistics().count("zoom.refresh"), 2);
}

#[test]
fn some_damaged_rows_do_not_keep_the_others_from_being_renewed() {
    let library = Library::load();
    let world = World::with(populous(8));
    let bridge = world.open(&library);
    for number in 0..8 {
        world.authorize(&bridge, "zoom", &person(number));
    }
    age(&world, 40);
    // The oldest come first.
    sql(
        &world,
        "UPDATE grants SET sealed = x'00', refreshed_at = 1, refreshed_on = 0
         WHERE id IN (SELECT id FROM grants LIMIT 5)",
    );
    let report = maintain(&bridge);
    assert_eq!(report["renewals"], json!({"renewed": 3, "failed": 5, "ended": 0, "unserved": 0}));
    assert_eq!(report["complete"], false);
    assert_eq!(report["problems"].as_array().unwrap().len(), 5, "{report}");
}

#[cfg(feature = "crash-points")]
#[test]
fn a_meeting_that_was_found_again_keeps_its_reference() {
    let world = World::new();
    let library = Library::load();
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    bridge.close().unwrap();
    let part = "reference zoom entry OK";
    let mut dying = common::part::command(part, &world.settings);
    assert!(
        !dying.env("MEETBRIDGE_CRASH_AT", "create.answered").output().unwrap().status.success()
    );
    in_process(part, &world.settings);
    sql(&world, &format!("UPDATE meeting_references SET kept_until = kept_until - {}", 31 * DAY));
    in_process("maintain", &world.settings);
    in_process(part, &world.settings);
    let live: u64 = world.sandbox.statistics().live_meetings.values().sum();
    assert_eq!(live, 1);

    // Nobody knows for how long one will be held that was moved.
    let bridge = world.open(&library);
    let list = r#"{"to": "2040-01-01T00:00:00Z"}"#;
    let id = bridge.list("zoom", Some(list)).unwrap()["meetings"][0]["id"].clone();
    let id = id.as_str().unwrap();
    bridge.update("zoom", id, &json!({"start": "2035-01-01T09:00:00Z"}), None).unwrap();
    sql(&world, &format!("UPDATE meeting_references SET kept_until = kept_until - {}", 9999 * DAY));
    assert_eq!(maintain(&bridge)["purged"]["references"], 0);
}

#[test]
fn a_budget_bounds_the_work_and_the_next_call_goes_on() {
    let library = Library::load();
    let world = World::with(populous(30));
    let bridge = world.open(&library);
    for number in 0..30 {
        world.authorize(&bridge, "webex", &person(number));
    }
    age(&world, 10);
    world.change(json!({ "latency_ms": 50 }));
    let began = Instant::now();
    let report = bridge.maintain(Some(r#"{"budget_ms": 400}"#)).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let renewed = report["renewals"]["renewed"].as_u64().unwrap();
    assert!((1..30).contains(&renewed), "{report}");
    assert_eq!(report["due"]["renewals"], 30 - renewed);
    assert_eq!(report["complete"], false);
    let report = maintain(&bridge);
    assert_eq!(report["renewals"]["renewed"], 30 - renewed);
    assert_eq!(report["complete"], true);
    assert_eq!(world.sandbox.statistics().count("webex.refresh"), 30);
    for (options, what) in [(r#"{"budget_ms": 0}"#, "budget_ms"), (r#"{"app": "x"}"#, "app")] {
        let failure = bridge.maintain(Some(options)).expect_err(what);
        assert_eq!(failure.name(), "INVALID_ARGUMENT");
    }
}

#[test]
fn what_has_had_its_time_is_purged_and_nothing_else() {
    let library = Library::load();
    let world = World::new();
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    world.authorize(&bridge, "zoom", KEN);
    for reference in ["old", "new"] {
        let mut meeting = meeting();
        meeting["reference"] = json!(reference);
        bridge.create("zoom", ANNA, &meeting).unwrap();
    }
    // Until it is read, its newest lines are not in the database.
    bridge.audit(None).unwrap();
    sql(&world, "UPDATE spent_nonces SET expires_at = 1 WHERE rowid = 1");
    sql(&world, "UPDATE meeting_references SET kept_until = 1 WHERE reference = 'old'");
    sql(&world, "UPDATE audit SET at = 1 WHERE operation = 'complete_authorization'");
    let report = maintain(&bridge);
    assert_eq!(report["purged"], json!({"nonces": 1, "references": 1, "audit": 2}), "{report}");
    let report = maintain(&bridge);
    assert_eq!(report["purged"], json!({"nonces": 0, "references": 0, "audit": 0}), "{report}");
    let mut meeting = meeting();
    meeting["reference"] = json!("new");
    assert_eq!(bridge.create("zoom", ANNA, &meeting).unwrap()["existing"], true);
    assert_eq!(
        bridge.list_authorizations(None).unwrap()["authorizations"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_new_key_takes_over_while_the_store_is_used() {
    let library = Library::load();
    let world = World::with(populous(40));
    let bridge = world.open(&library);
    for number in 0..40 {
        world.authorize(&bridge, "zoom", &person(number));
    }
    let mut entry = meeting();
    entry["reference"] = json!("entry");
    let created = bridge.create("zoom", &person(1), &entry).unwrap();
    let (old, new) = (world.path("meetbridge.key"), world.path("new.key"));
    fs::write(&new, "bmV3IGtleSBvZiB0aGlydHktdHdvIGJ5dGVzLCBvaCE=\n").unwrap();
    let settings = |keys: Value| {
        let mut settings = world.settings.clone();
        settings["key"] = keys;
        settings
    };
    let both = settings(json!([{ "file": &new }, { "file": &old }]));
    let only = settings(json!({ "file": &new }));
    let refused = library.open(&only.to_string()).map(drop).expect_err("all rows need the old");
    assert_eq!(refused.name(), "WRONG_KEY");

    bridge.reload(&both.to_string()).unwrap();
    let findings = bridge.diagnose().unwrap()["findings"].to_string();
    assert!(findings.contains("41 rows are still sealed with an older key"), "{findings}");
    // A process dies in the middle of it; others work on.
    #[cfg(feature = "crash-points")]
    {
        let mut dying = common::part::command("maintain", &both);
        let output = dying.env("MEETBRIDGE_CRASH_AT", "store.reseal.before").output().unwrap();
        assert!(!output.status.success());
    }
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            for number in 0..40 {
                bridge.list_of("zoom", &person(number)).expect("both keys open");
            }
        });
        in_process("maintain", &both);
        reading.join().unwrap();
    });
    let report = maintain(&bridge);
    assert_eq!((&report["resealed"], &report["due"]["reseals"]), (&json!(0), &json!(0)));

    bridge.reload(&only.to_string()).expect("nothing needs the old key any more");
    assert_eq!(bridge.create("zoom", &person(1), &entry).unwrap()["id"], created["id"]);
    world.expire();
    bridge.list_of("zoom", &person(7)).expect("with the new key alone");
    in_process("open WRONG_KEY", &world.settings);
}

#[test]
fn the_audit_trail_tells_who_did_what_and_no_secret() {
    let library = Library::load();
    let world = World::new();
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    let mut entry = meeting();
    entry["reference"] = json!("unid-1");
    let options = r#"{"acting_user": "CN=Ken Sato/O=Acme", "correlation_id": "call-1"}"#;
    let created = bridge.create_with("zoom", ANNA, &entry, Some(options)).unwrap();
    let id = created["id"].as_str().unwrap();
    bridge.get("zoom", id, None).unwrap();
    bridge.get("zoom", id, Some(options)).unwrap();
    bridge.delete("zoom", id, None).unwrap();
    bridge.delete("zoom", id, None).expect_err("it is gone");
    // Anybody can send this.
    bridge.complete(Some(ANNA), "code=x&state=junk", None).expect_err("not ours");
    bridge.delete("zoom", &"9".repeat(100_000), None).expect_err("no id");
    world.sandbox.revoke_grants(&Default::default()).unwrap();
    bridge.list("zoom", None).expect_err("ended");
    bridge.rename(ANNA, "New Name/Acme").unwrap();
    bridge.forget("New Name/Acme", None).unwrap();

    let page = bridge.audit(None).unwrap();
    let entries = page["entries"].as_array().unwrap();
    let lines: Vec<(&str, &str)> = entries
        .iter()
        .map(|it| (it["operation"].as_str().unwrap(), it["outcome"].as_str().unwrap()))
        .collect();
    let wanted = [
        ("complete_authorization", "OK"),
        ("create_meeting", "OK"),
        ("get_meeting", "OK"),
        ("delete_meeting", "OK"),
        ("delete_meeting", "MEETING_NOT_FOUND"),
        ("delete_meeting", "INVALID_ARGUMENT"),
        ("end_authorization", "REAUTHORIZE"),
        ("rename_user", "OK"),
        ("forget_user", "OK"),
    ];
    assert_eq!(lines, wanted);
    let line = &entries[1];
    for (member, wanted) in [
        ("provider", "zoom"),
        ("app", "sandbox-zoom"),
        ("user", ANNA),
        ("acting_user", "CN=Ken Sato/O=Acme"),
        ("correlation_id", "call-1"),
        ("meeting_id", id),
        ("reference", "unid-1"),
    ] {
        assert_eq!(line[member], wanted, "{line}");
    }
    assert!(line["tracking_id"].as_str().is_some_and(|id| !id.is_empty()), "{line}");
    for line in entries.iter().filter(|line| line["operation"] == "end_authorization") {
        assert_eq!((&line["provider"], &line["app"]), (&json!("zoom"), &json!("sandbox-zoom")));
    }
    assert!(page.to_string().len() < 10_000, "bounded");
    let secrets = world.sandbox.secrets();
    for secret in secrets.access_tokens.iter().chain(&secrets.refresh_tokens) {
        assert!(!page.to_string().contains(secret));
    }

    let mut seen = Vec::new();
    let mut next = None;
    loop {
        let filter = json!({ "page_size": 3, "next": next });
        let filter = if next.is_none() { json!({ "page_size": 3 }) } else { filter };
        let page = bridge.audit(Some(&filter.to_string())).unwrap();
        seen.extend(page["entries"].as_array().unwrap().iter().cloned());
        next = page["next"].as_str().map(str::to_owned);
        if next.is_none() {
            break;
        }
    }
    assert_eq!(&seen, entries);
    let later = r#"{"from": "2100-01-01T00:00:00Z"}"#;
    assert_eq!(bridge.audit(Some(later)).unwrap()["entries"], json!([]));
    for filter in [r#"{"next": "x"}"#, r#"{"next": "-1"}"#, r#"{"user": "x"}"#] {
        assert_eq!(bridge.audit(Some(filter)).expect_err(filter).name(), "INVALID_ARGUMENT");
    }
}
