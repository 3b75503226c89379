//! Who has an authorization, who was renamed, who has left.

mod common;

use common::{ANNA, Bridge, KEN, Library, World, meeting};
use serde_json::{Value, json};

const NEW: &str = "Anna Berg-Sato/HR/Acme";

fn names(page: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let all = page["authorizations"].as_array().unwrap().iter();
    all.map(|one| (text(one, "provider"), text(one, "user"))).collect()
}

fn pair(provider: &str, user: &str) -> (String, String) {
    (provider.to_owned(), user.to_owned())
}

fn everybody(bridge: &Bridge<'_>) -> Vec<(String, String)> {
    names(&bridge.list_authorizations(None).unwrap())
}

#[test]
fn authorizations_are_listed_page_by_page() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    assert_eq!(bridge.list_authorizations(None).unwrap()["next"], Value::Null);
    for user in [ANNA, KEN] {
        for provider in ["zoom", "webex"] {
            world.authorize(&bridge, provider, user);
        }
    }
    let all = [pair("zoom", ANNA), pair("zoom", KEN), pair("webex", ANNA), pair("webex", KEN)];
    assert_eq!(everybody(&bridge), all);
    for size in 1..=5 {
        let mut found = Vec::new();
        let mut filter = json!({"page_size": size});
        loop {
            let page = bridge.list_authorizations(Some(&filter.to_string())).unwrap();
            found.extend(names(&page));
            match page["next"].as_str() {
                Some(next) => filter["next"] = json!(next),
                None => break,
            }
        }
        assert_eq!(found, all, "{size} at a time");
    }
    let later = r#"{"from": "2100-01-01T00:00:00Z"}"#;
    assert_eq!(names(&bridge.list_authorizations(Some(later)).unwrap()), []);
    for next in ["x", "eA", "ej8", "bm8AdAB4"] {
        let failure = bridge.list_authorizations(Some(&json!({"next": next}).to_string()));
        assert_eq!(failure.unwrap_err().name(), "INVALID_ARGUMENT", "{next}");
    }
}

#[test]
fn a_renamed_user_keeps_what_is_his() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    let mut request = meeting();
    request["reference"] = json!("entry");
    let mut made = Vec::new();
    for provider in ["zoom", "webex"] {
        world.authorize(&bridge, provider, ANNA);
        made.push(bridge.create(provider, ANNA, &request).unwrap());
    }
    bridge.rename(ANNA, NEW).unwrap();
    for (provider, made) in ["zoom", "webex"].into_iter().zip(&made) {
        assert_eq!(bridge.authorization(provider, ANNA).unwrap_err().name(), "NOT_AUTHORIZED");
        assert_eq!(bridge.authorization(provider, NEW).unwrap()["user"], NEW);
        let again = bridge.create(provider, NEW, &request).unwrap();
        assert_eq!((&again["existing"], &again["id"]), (&json!(true), &made["id"]));
    }
    // The tokens are sealed for the new name, and are renewed under it.
    world.expire();
    bridge.create("zoom", NEW, &meeting()).unwrap();
    bridge.rename(ANNA, NEW).expect("done before, and nothing is left to do");
    bridge.rename(NEW, "ANNA BERG-SATO/HR/ACME").expect("other letters");
    assert_eq!(bridge.authorization("zoom", NEW).unwrap()["user"], "ANNA BERG-SATO/HR/ACME");

    world.authorize(&bridge, "webex", KEN);
    let failure = bridge.rename(KEN, NEW).unwrap_err();
    assert_eq!(failure.name(), "INVALID_ARGUMENT");
    assert!(failure.error["message"].as_str().unwrap().contains("webex"));
    assert_eq!(bridge.authorization("webex", KEN).unwrap()["state"], "authorized");
}

#[test]
fn who_has_left_is_forgotten() {
    let (library, mut world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    let mut request = meeting();
    request["reference"] = json!("entry");
    for provider in ["zoom", "webex"] {
        world.authorize(&bridge, provider, ANNA);
        world.authorize(&bridge, provider, KEN);
        bridge.create(provider, ANNA, &request).unwrap();
    }
    // Also where the app is no longer configured.
    let apps = world.settings["apps"].as_array_mut().unwrap();
    apps.truncate(1);
    bridge.reload(&world.settings.to_string()).unwrap();
    bridge.forget(ANNA, None).unwrap();
    assert_eq!(everybody(&bridge), [pair("zoom", KEN), pair("webex", KEN)]);
    assert_eq!(world.sandbox.statistics().count("zoom.revoke"), 1);
    assert_eq!(bridge.forget(ANNA, None).unwrap_err().name(), "NOT_AUTHORIZED");
    bridge.forget(ANNA, Some(r#"{"ignore_missing": true}"#)).unwrap();
    world.authorize(&bridge, "zoom", ANNA);
    let made = bridge.create("zoom", ANNA, &request).unwrap();
    assert_eq!(made["existing"], false, "the references are forgotten too");
}

#[test]
fn two_who_are_renamed_crosswise_do_not_wait_for_each_other() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            for (old, new) in [(ANNA, NEW), (NEW, ANNA)] {
                let bridge = &bridge;
                scope.spawn(move || (0..10).for_each(|_| bridge.rename(old, new).unwrap()));
            }
        }
    });
    assert_eq!(everybody(&bridge).len(), 1, "one authorization, of the one or the other");
}
