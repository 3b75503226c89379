//! Apps of an administrator: kinds `account` and `server`, through the C door, on both providers.

mod common;

use std::sync::Barrier;
use std::thread;

use common::door::Outcome;
use common::{ANNA, Bridge, KEN, Library, World, meeting, scenario};
use meetbridge_sandbox::{Provider, Whose};
use serde_json::{Value, json};

/// Who may consent for the account; the sandbox's Anna is an administrator.
const ADMIN: &str = "Admin/Acme";
const MEMBER: &str = "Ken Sato/Osaka/Acme";

/// A world with one app, ready to serve.
fn ready<'a>(library: &'a Library, provider: &str, kind: &str) -> (World, Bridge<'a>) {
    let world = World::of_kind(provider, kind);
    let bridge = world.open(library);
    if kind == "account" {
        consent(&world, &bridge, provider, ADMIN, ANNA);
    }
    (world, bridge)
}

fn consent(world: &World, bridge: &Bridge<'_>, provider: &str, user: &str, person: &str) -> Value {
    let url = bridge.start(provider, user, None, None).expect("start");
    bridge.complete(Some(user), &world.consent(&url, person, true), None).expect("complete")
}

/// One user's calls.
struct As<'a>(&'a Bridge<'a>, &'a str, &'a str);

impl As<'_> {
    fn create(&self, meeting: &Value) -> Outcome<Value> {
        self.0.create(self.1, self.2, meeting)
    }

    fn call(&self, operation: &str, more: &[Option<&str>]) -> Outcome<Value> {
        self.0.about_meetings(operation, self.1, self.2, more)
    }

    fn get(&self, id: &str) -> Outcome<Value> {
        self.call("get_meeting", &[Some(id), None])
    }

    fn update(&self, id: &str, changes: Value) -> Outcome<Value> {
        self.call("update_meeting", &[Some(id), Some(&changes.to_string()), None])
    }

    fn list(&self, filter: Option<&str>) -> Outcome<Value> {
        self.call("list_meetings", &[filter, None])
    }

    fn topics(&self) -> Vec<String> {
        let filter = r#"{"from":"2030-01-01T00:00:00Z","to":"2030-12-01T00:00:00Z"}"#;
        let page = self.list(Some(filter)).expect("a list");
        let meetings = page["meetings"].as_array().unwrap().iter();
        meetings.map(|one| one["topic"].as_str().unwrap().to_owned()).collect()
    }

    fn delete(&self, id: &str) -> Outcome<()> {
        let texts = [Some(self.1), Some(self.2), Some(id), None];
        self.0.library.command("meetbridge_delete_meeting", self.0.handle, &texts)
    }

    fn invitation(&self, id: &str) -> Outcome<String> {
        let texts = [Some(self.1), Some(self.2), Some(id), None, None];
        self.0.library.call("meetbridge_get_invitation", self.0.handle, &texts)
    }
}

fn hosted_by(email: &str, topic: &str) -> Value {
    let mut meeting = meeting();
    meeting["host_email"] = json!(email);
    meeting["topic"] = json!(topic);
    meeting
}

fn id(meeting: &Value) -> &str {
    meeting["id"].as_str().expect("an id")
}

/// How a call failed, and that its message speaks of something.
fn fails<T: std::fmt::Debug>(outcome: Outcome<T>, status: &str, word: &str) {
    let failure = outcome.expect_err("it fails");
    let message = failure.error["message"].as_str().unwrap();
    assert_eq!(failure.name(), status, "{message}");
    assert!(message.contains(word), "{message:?} lacks {word:?}");
}

#[test]
fn a_member_is_served_without_a_consent_of_his_own() {
    let library = Library::load();
    for (provider, kind) in World::KINDS {
        let (world, bridge) = ready(&library, provider, kind);
        let member = As(&bridge, provider, MEMBER);
        let made = member.create(&hosted_by(KEN, "First")).unwrap();
        assert_eq!(made["host"]["email"], KEN, "{provider} {kind}");

        // The later calls name nobody: the address is remembered.
        assert_eq!(member.get(id(&made)).unwrap()["topic"], "First");
        assert_eq!(member.topics(), ["First"]);
        assert!(member.invitation(id(&made)).unwrap().contains("First"));
        let people = json!({
            "topic": "Second", "invitees": [{"email": "x@example.org"}],
            "alternative_hosts": [ANNA],
        });
        assert_eq!(member.update(id(&made), people).unwrap()["topic"], "Second");
        let others = json!({"invitees": [{"email": "y@example.org"}], "host_email": KEN});
        member.update(id(&made), others).unwrap();
        member.delete(id(&made)).unwrap();
        fails(member.get(id(&made)), "MEETING_NOT_FOUND", "");
        assert!(member.topics().is_empty());
        assert_eq!(world.sandbox.statistics().tokens_issued.values().sum::<u64>(), 1);
    }
}

#[test]
fn every_scenario_that_names_no_host() {
    let library = Library::load();
    for (provider, kind) in World::KINDS {
        let (world, bridge) = ready(&library, provider, kind);
        world.change(json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
        let mut run = 0;
        for (name, steps) in scenario::all() {
            if !steps.to_string().contains("host_email") {
                run += 1;
                scenario::run(&name, &steps, provider, &mut |operation, parameters| {
                    scenario::c_door(&bridge, operation, parameters)
                });
            }
        }
        assert!(run >= 7, "{run} scenarios");
        let left: u64 = world.sandbox.statistics().live_meetings.values().sum();
        assert_eq!(left, 0, "every scenario deletes what it makes");
    }
}

#[test]
fn a_reference_is_one_meeting_of_the_member() {
    let library = Library::load();
    for (provider, kind) in World::KINDS {
        let (world, bridge) = ready(&library, provider, kind);
        let member = As(&bridge, provider, MEMBER);
        let mut request = hosted_by(KEN, "Once");
        request["reference"] = json!("entry");
        let first = member.create(&request).unwrap();
        let again = member.create(&request).unwrap();
        assert_eq!((id(&first), &again["existing"]), (id(&again), &json!(true)));
        assert_eq!(member.get(id(&first)).unwrap()["reference"], "entry");

        // A lost answer is looked for in the host's list.
        request["reference"] = json!("lost");
        let fault = json!({"kind": "status", "code": 504});
        world.fail_once(&format!("{provider}.create_meeting"), "after", &fault);
        let found = member.create(&request).unwrap();
        assert_ne!(id(&found), id(&first));
        assert_eq!(world.sandbox.statistics().live_meetings.values().sum::<u64>(), 2);

        // Another member's reference of the same name is another meeting.
        let other = As(&bridge, provider, "Other/Acme").create(&request).unwrap();
        assert_ne!(id(&other), id(&found));
    }
}

#[test]
fn a_reference_keeps_its_host() {
    let library = Library::load();
    for (provider, kind) in World::KINDS {
        let (world, bridge) = ready(&library, provider, kind);
        let member = As(&bridge, provider, MEMBER);
        let mut kept = hosted_by(KEN, "Kept");
        kept["reference"] = json!("kept");
        let made = member.create(&kept).unwrap();
        // Of this one nobody knows whether it was made.
        let mut lost = meeting();
        (lost["reference"], lost["topic"]) = (json!("lost"), json!("Lost"));
        let fault = |code: u16| json!({"kind": "status", "code": code});
        world.fail_once(&format!("{provider}.create_meeting"), "after", &fault(504));
        world.fail_once(&format!("{provider}.list_meetings"), "before", &fault(400));
        fails(member.create(&lost), "OUTCOME_UNKNOWN", "");

        // From now on another is the host.
        member.create(&hosted_by(ANNA, "Anna's")).unwrap();
        assert_eq!(member.topics(), ["Anna's"]);
        let found = member.create(&lost).unwrap();
        assert_eq!(found["existing"], true, "{provider} {kind}: {found}");
        assert_eq!(found["host"]["email"], KEN);
        let again = member.create(&kept).unwrap();
        assert_eq!((id(&again), &again["existing"]), (id(&made), &json!(true)));
        fails(
            member.create(&{
                let mut other = kept.clone();
                other["host_email"] = json!(ANNA);
                other
            }),
            "REFERENCE_CONFLICT",
            id(&made),
        );
        member.create(&hosted_by(ANNA, "Anna's")).unwrap();
        assert_eq!(member.get(id(&made)).unwrap()["topic"], "Kept");
        member.update(id(&made), json!({"topic": "Changed"})).unwrap();
        assert!(member.invitation(id(&made)).unwrap().contains("Changed"));
        member.delete(id(&made)).unwrap();
        assert_eq!(world.sandbox.statistics().live_meetings.values().sum::<u64>(), 3);
    }
}

#[test]
fn members_see_the_meetings_of_their_own_hosts() {
    let library = Library::load();
    for (provider, kind) in World::KINDS {
        let (_world, bridge) = ready(&library, provider, kind);
        let ken = As(&bridge, provider, MEMBER);
        let anna = As(&bridge, provider, "Anna Berg/HR/Acme");
        ken.create(&hosted_by(KEN, "Ken's")).unwrap();
        anna.create(&hosted_by(ANNA, "Anna's")).unwrap();
        assert_eq!((ken.topics(), anna.topics()), (vec!["Ken's".into()], vec!["Anna's".into()]));
        // A name that is an address is the host; a filter may name another.
        assert_eq!(As(&bridge, provider, "KEN@example.com").topics(), ["Ken's"]);
        let new = As(&bridge, provider, "New/Acme");
        let filter = json!({"from": "2030-01-01T00:00:00Z", "host_email": KEN}).to_string();
        let page = new.list(Some(&filter)).unwrap();
        assert_eq!(page["meetings"][0]["topic"], "Ken's");
        assert_eq!(new.topics(), ["Ken's"], "the filter's host is remembered");
    }
}

#[test]
fn each_page_is_of_the_same_host() {
    let library = Library::load();
    for (provider, kind) in World::KINDS {
        let (_world, bridge) = ready(&library, provider, kind);
        let ken = As(&bridge, provider, MEMBER);
        for topic in ["1", "2", "3"] {
            ken.create(&hosted_by(KEN, topic)).unwrap();
        }
        let mut filter = json!({"from": "2030-01-01T00:00:00Z", "page_size": 2});
        let first = ken.list(Some(&filter.to_string())).unwrap();
        filter["next"] = first["next"].clone();
        assert!(filter["next"].is_string(), "{first}");
        let second = ken.list(Some(&filter.to_string())).unwrap();
        assert_eq!(first["meetings"].as_array().unwrap().len(), 2);
        assert_eq!(second["meetings"].as_array().unwrap().len(), 1);
        // The end of one host's page begins no page of another's.
        filter["host_email"] = json!(ANNA);
        match As(&bridge, provider, "Anna/Acme").list(Some(&filter.to_string())) {
            Ok(page) => assert_eq!(page["meetings"], json!([])),
            Err(failure) => assert_eq!(failure.name(), "PROVIDER_REJECTED"),
        }
    }
}

#[test]
fn the_host_must_be_known() {
    let library = Library::load();
    for (provider, kind) in World::KINDS {
        let (world, bridge) = ready(&library, provider, kind);
        let member = As(&bridge, provider, MEMBER);
        fails(member.create(&meeting()), "INVALID_ARGUMENT", "meeting.host_email: missing");
        fails(member.list(None), "INVALID_ARGUMENT", "filter.host_email: missing");
        let nobody = hosted_by("nobody+x@example.com", "None");
        fails(member.create(&nobody), "INVALID_ARGUMENT", "host_email: nobody");
        let filter = json!({"host_email": "nobody@example.com"}).to_string();
        fails(member.list(Some(&filter)), "INVALID_ARGUMENT", "host_email: nobody");
        // What failed is not remembered.
        fails(member.list(None), "INVALID_ARGUMENT", "filter.host_email: missing");
        let wrong = json!({"host_email": "Ken Sato"}).to_string();
        fails(member.list(Some(&wrong)), "INVALID_ARGUMENT", "filter.host_email");
        let live = world.sandbox.statistics().live_meetings.values().sum::<u64>();
        assert_eq!(live, 0);

        // On Zoom a meeting's number is enough, on Webex it is not.
        let made = As(&bridge, provider, "Other/Acme").create(&hosted_by(KEN, "Ken's")).unwrap();
        match provider {
            "zoom" => assert_eq!(member.get(id(&made)).unwrap()["topic"], "Ken's"),
            _ => fails(member.get(id(&made)), "INVALID_ARGUMENT", "host_email: missing"),
        }
    }
}

#[test]
fn a_host_without_a_licence_is_told_apart() {
    let library = Library::load();
    for kind in ["account", "server"] {
        let (world, bridge) = ready(&library, "zoom", kind);
        world.sandbox.patch_user(KEN, &json!({"can_host": false})).unwrap();
        let outcome = As(&bridge, "zoom", MEMBER).create(&hosted_by(KEN, "x"));
        fails(outcome, "LICENSE_REQUIRED", "");
    }
}

#[test]
fn an_administrator_must_consent_first() {
    let library = Library::load();
    for provider in ["zoom", "webex"] {
        let world = World::of_kind(provider, "account");
        let bridge = world.open(&library);
        let member = As(&bridge, provider, MEMBER);
        fails(member.create(&hosted_by(KEN, "x")), "NOT_AUTHORIZED", "an administrator");
        fails(bridge.authorization(provider, MEMBER), "NOT_AUTHORIZED", "an administrator");

        let given = consent(&world, &bridge, provider, ADMIN, ANNA);
        assert_eq!((&given["user"], &given["state"]), (&json!(ADMIN), &json!("authorized")));
        let seen = bridge.authorization(provider, MEMBER).unwrap();
        assert_eq!((&seen["user"], &seen["app"]), (&json!(ADMIN), &given["app"]));
        member.create(&hosted_by(KEN, "x")).unwrap();
        let account = bridge.authorization(provider, MEMBER).unwrap()["account"].clone();
        assert_ne!(account["email"], KEN, "a member's meeting tells nothing of the administrator");

        // The consent is the administrator's to take back.
        fails(bridge.revoke(provider, MEMBER), "NOT_AUTHORIZED", "");
        member.topics();
        bridge.revoke(provider, ADMIN).unwrap();
        fails(member.create(&hosted_by(KEN, "y")), "NOT_AUTHORIZED", "an administrator");
    }
}

#[test]
fn another_administrator_takes_over() {
    let library = Library::load();
    for (provider, whose) in [("zoom", Provider::Zoom), ("webex", Provider::Webex)] {
        let (world, bridge) = ready(&library, provider, "account");
        let member = As(&bridge, provider, MEMBER);
        let end = |person: &str| {
            world.expire();
            assert_ne!(world.sandbox.revoke_grants(&Whose::user(whose, person)).unwrap(), 0);
        };
        member.create(&hosted_by(KEN, "First")).unwrap();
        end(ANNA);
        fails(member.list(None), "REAUTHORIZE", ADMIN);
        let seen = bridge.authorization(provider, MEMBER).unwrap();
        assert_eq!((&seen["state"], &seen["reason"]), (&json!("reauthorize"), &json!("expired")));
        // Also while somebody else's tokens wait beside the store.
        let line = json!({
            "provider": "other", "client_id": "x", "user": "x", "user_name": "x", "scopes": [],
            "account": null, "authorized_at": 1, "refreshed_at": 2, "expires_at": 3,
            "refreshed_before": 1, "sealed": "AAAA",
        });
        let rescue = world.path("meetbridge.key.rescue");
        std::fs::write(&rescue, format!("{line}\n")).unwrap();
        fails(member.list(None), "REAUTHORIZE", ADMIN);
        std::fs::remove_file(&rescue).expect("it stays until it is taken");

        world.sandbox.patch_user(KEN, &json!({"administrator": true})).unwrap();
        consent(&world, &bridge, provider, "Boss/Acme", KEN);
        assert_eq!(member.topics(), ["First"]);
        assert_eq!(bridge.authorization(provider, MEMBER).unwrap()["user"], "Boss/Acme");

        // With two consents, whichever works; members notice nothing.
        consent(&world, &bridge, provider, ADMIN, ANNA);
        for ended in [ANNA, KEN] {
            assert_eq!(member.topics(), ["First"]);
            end(ended);
        }
        fails(member.list(None), "REAUTHORIZE", "");
    }
}

#[test]
fn a_renewal_is_the_administrators_own() {
    let library = Library::load();
    for (provider, whose) in [("zoom", Provider::Zoom), ("webex", Provider::Webex)] {
        let (world, bridge) = ready(&library, provider, "account");
        As(&bridge, provider, MEMBER).create(&hosted_by(KEN, "x")).unwrap();
        world.expire();
        let barrier = Barrier::new(4);
        thread::scope(|scope| {
            for user in [MEMBER, "Anna Berg/HR/Acme", KEN, ANNA] {
                let (bridge, barrier) = (&bridge, &barrier);
                let filter = json!({"host_email": KEN}).to_string();
                scope.spawn(move || {
                    barrier.wait();
                    As(bridge, provider, user).list(Some(&filter)).unwrap();
                });
            }
        });
        let refreshes = world.sandbox.statistics().refreshes;
        assert_eq!((refreshes.len(), refreshes[ANNA][&whose]), (1, 1));
        let listed = bridge.list_authorizations(None).unwrap();
        assert_eq!(listed["authorizations"].as_array().unwrap().len(), 1);
        assert_eq!(listed["authorizations"][0]["user"], ADMIN);
    }
}

#[test]
fn a_server_app_asks_once_for_all() {
    let library = Library::load();
    let (world, bridge) = ready(&library, "zoom", "server");
    let issued = || world.sandbox.statistics().tokens_issued.values().sum::<u64>();
    let at_once = || {
        let barrier = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    barrier.wait();
                    As(&bridge, "zoom", KEN).list(None).unwrap();
                });
            }
        });
    };
    at_once();
    assert_eq!(issued(), 1, "the first token");
    at_once();
    assert_eq!(issued(), 1, "it lasts");
    world.expire();
    at_once();
    assert_eq!(issued(), 2, "and is replaced once");
    // Another bridge on the same store takes the one that is there.
    let mut settings = world.settings.clone();
    settings["http"]["timeout_seconds"] = json!(11);
    let other = library.open(&settings.to_string()).unwrap();
    As(&other, "zoom", KEN).list(None).unwrap();
    assert_eq!(issued(), 2);
}

#[test]
fn a_server_app_needs_no_consent() {
    let library = Library::load();
    let (world, bridge) = ready(&library, "zoom", "server");
    fails(bridge.start("zoom", MEMBER, None, None), "UNSUPPORTED", "needs no consent");
    let shown = bridge.authorization("zoom", MEMBER).unwrap();
    assert_eq!((&shown["user"], &shown["state"]), (&json!(MEMBER), &json!("authorized")));
    assert_eq!(shown["account"]["id"], json!(world.sandbox.zoom_account_id()));
    assert_eq!(bridge.list_authorizations(None).unwrap()["authorizations"], json!([]));
    // Only the token is forgotten; the next call asks for another.
    bridge.revoke("zoom", MEMBER).unwrap();
    fails(bridge.revoke("zoom", MEMBER), "NOT_AUTHORIZED", "");
    As(&bridge, "zoom", KEN).list(None).unwrap();
    assert_eq!(world.sandbox.statistics().count("zoom.revoke"), 0);
    assert_eq!(world.sandbox.statistics().tokens_issued.values().sum::<u64>(), 2);
}

#[test]
fn a_server_app_that_is_refused_recovers() {
    let library = Library::load();
    let (world, bridge) = ready(&library, "zoom", "server");
    let ken = As(&bridge, "zoom", KEN);
    let app = "sandbox-zoom-server";
    let set = |patch: Value| world.sandbox.patch_app(app, &patch).unwrap();
    // Before there is a token, and in the place of one that has ended.
    for _ in 0..2 {
        for (broken, mended) in [
            (json!({"client_secret": "other"}), json!({"client_secret": format!("{app}-secret")})),
            (json!({"enabled": false}), json!({"enabled": true})),
        ] {
            set(broken);
            world.expire();
            fails(ken.list(None), "APP_REJECTED", "");
            fails(ken.create(&meeting()), "APP_REJECTED", "");
            set(mended);
            ken.list(None).unwrap();
        }
        let state = bridge.authorization("zoom", KEN).unwrap()["state"].clone();
        assert_eq!(state, "authorized");
    }
    // An outage is none of the app's faults.
    world.expire();
    world.fail_once("zoom.token", "before", &json!({"kind": "status", "code": 503}));
    fails(ken.list(None), "PROVIDER_UNAVAILABLE", "");
    ken.list(None).unwrap();
    // Another account's token is another one.
    let mut settings = world.settings.clone();
    settings["apps"][0]["account_id"] = json!("another");
    bridge.reload(&settings.to_string()).unwrap();
    fails(ken.list(None), "APP_REJECTED", "");
    bridge.reload(&world.settings.to_string()).unwrap();
    ken.list(None).unwrap();
    // A token that the provider takes back early is replaced.
    world.sandbox.revoke_grants(&Whose::default()).unwrap();
    ken.list(None).unwrap();
}

#[test]
fn membership_decides_who_is_served() {
    let library = Library::load();
    for (provider, kind) in World::KINDS {
        let mut world = World::of_kind(provider, kind);
        world.settings["apps"][0]["members"] = json!(["*/Acme"]);
        world.settings["apps"][0]["exclude"] = json!(["Guest/Acme"]);
        let bridge = world.open(&library);
        if kind == "account" {
            consent(&world, &bridge, provider, ADMIN, ANNA);
        }
        As(&bridge, provider, MEMBER).create(&hosted_by(KEN, "x")).unwrap();
        for stranger in ["Guest/Acme", "Ken Sato/Elsewhere", KEN] {
            let outcome = As(&bridge, provider, stranger).create(&hosted_by(KEN, "x"));
            fails(outcome, "NOT_A_MEMBER", "");
            fails(bridge.authorization(provider, stranger), "NOT_A_MEMBER", "");
            fails(bridge.revoke(provider, stranger), "NOT_A_MEMBER", "");
        }
    }
}

#[test]
fn an_app_of_each_user_has_no_other_host() {
    let (library, world) = (Library::load(), World::new());
    let bridge = world.open(&library);
    for provider in ["zoom", "webex"] {
        world.authorize(&bridge, provider, ANNA);
        let anna = As(&bridge, provider, ANNA);
        fails(anna.create(&hosted_by(ANNA, "x")), "UNSUPPORTED", "host_email");
        let filter = json!({"host_email": ANNA}).to_string();
        fails(anna.list(Some(&filter)), "UNSUPPORTED", "filter.host_email");
        let made = anna.create(&meeting()).unwrap();
        let outcome = anna.update(id(&made), json!({"host_email": ANNA}));
        fails(outcome, "INVALID_ARGUMENT", "meeting.host_email");
    }
    let filter = json!({"host_email": ANNA}).to_string();
    fails(bridge.list_authorizations(Some(&filter)), "INVALID_ARGUMENT", "filter.host_email");
}

#[test]
fn what_users_consented_to_for_themselves_serves_nobody_else() {
    let library = Library::load();
    for provider in ["zoom", "webex"] {
        let mut world = World::new();
        let bridge = world.open(&library);
        world.authorize(&bridge, provider, ANNA);
        let made = As(&bridge, provider, ANNA).create(&meeting()).unwrap();
        // The administrator makes it an app of the account, without consenting anew.
        for app in world.settings["apps"].as_array_mut().unwrap() {
            app["kind"] = json!("account");
        }
        bridge.reload(&world.settings.to_string()).unwrap();
        let member = As(&bridge, provider, KEN);
        fails(member.get(id(&made)), "NOT_AUTHORIZED", "an administrator");
    }
}

#[test]
fn a_server_apps_token_is_no_administrators_consent() {
    let library = Library::load();
    let (world, bridge) = ready(&library, "zoom", "server");
    As(&bridge, "zoom", KEN).list(None).unwrap();
    let mut settings = world.settings.clone();
    settings["apps"][0]["kind"] = json!("account");
    settings["apps"][0]["redirect_urls"] = json!([common::CALLBACK]);
    bridge.reload(&settings.to_string()).unwrap();
    fails(As(&bridge, "zoom", KEN).list(None), "NOT_AUTHORIZED", "an administrator");
    fails(bridge.authorization("zoom", KEN), "NOT_AUTHORIZED", "an administrator");
}

#[test]
fn missing_scopes_are_those_of_an_administrator() {
    let library = Library::load();
    let (world, bridge) = ready(&library, "zoom", "account");
    let narrow = json!({"granted_scopes": {ANNA: {"zoom": ["meeting:read:list_meetings:admin"]}}});
    world.change(narrow);
    consent(&world, &bridge, "zoom", ADMIN, ANNA);
    let failure = As(&bridge, "zoom", MEMBER).create(&hosted_by(KEN, "x")).unwrap_err();
    assert_eq!(failure.error["missing_scopes"], json!(["meeting:write:meeting:admin"]));

    // Webex gives the scopes to anybody, but not the right.
    let world = World::of_kind("webex", "account");
    let bridge = world.open(&library);
    consent(&world, &bridge, "webex", "No Admin/Acme", KEN);
    let failure = As(&bridge, "webex", MEMBER).create(&hosted_by(ANNA, "x")).unwrap_err();
    assert_eq!(failure.error["missing_scopes"], json!(["meeting:admin_schedule_write"]));
    let filter = json!({"host_email": ANNA}).to_string();
    let failure = As(&bridge, "webex", MEMBER).list(Some(&filter)).unwrap_err();
    assert_eq!(failure.error["missing_scopes"], json!(["meeting:admin_schedule_read"]));
}

#[test]
fn the_remembered_host_moves_and_goes_with_the_user() {
    let library = Library::load();
    for (provider, kind) in World::KINDS {
        let (_world, bridge) = ready(&library, provider, kind);
        As(&bridge, provider, MEMBER).create(&hosted_by(KEN, "Ken's")).unwrap();
        bridge.rename(MEMBER, "Ken Sato/Tokyo/Acme").unwrap();
        fails(As(&bridge, provider, MEMBER).list(None), "INVALID_ARGUMENT", "filter.host_email");
        let renamed = As(&bridge, provider, "Ken Sato/Tokyo/Acme");
        assert_eq!(renamed.topics(), ["Ken's"]);
        bridge.forget("Ken Sato/Tokyo/Acme", Some(r#"{"ignore_missing": true}"#)).unwrap();
        fails(renamed.list(None), "INVALID_ARGUMENT", "filter.host_email");
        // Others are still served.
        As(&bridge, provider, ANNA).list(None).unwrap();
    }
}
