//! Every scenario once more with prism between library and sandbox: what is sent and what is
//! answered keeps to the providers' own OpenAPI files. Needs those files and npm.

mod common;

use common::openapi::OpenApi;
use common::prism::{self, Prism};
use common::relay::Relay;
use common::{ANNA, Bridge, Library, World, app_of_kind, http_client, meeting, scenario};
use meetbridge_sandbox::Options;
use serde_json::{Value, json};

const PROVIDERS: [&str; 2] = ["zoom", "webex"];

/// What the library must have asked the providers for in the end: the operations, and under each
/// the members of the query (with `?`) and of the body.
const SENT: &[(&str, &[&str])] = &[
    ("GET /zoom/v2/users/{userId}", &[]),
    (
        "GET /zoom/v2/users/{userId}/meetings",
        &["?type", "?page_size", "?from", "?to", "?next_page_token"],
    ),
    (
        "POST /zoom/v2/users/{userId}/meetings",
        &[
            "topic",
            "agenda",
            "type",
            "start_time",
            "timezone",
            "duration",
            "password",
            "template_id",
            "recurrence.type",
            "recurrence.repeat_interval",
            "recurrence.weekly_days",
            "recurrence.monthly_day",
            "recurrence.monthly_week",
            "recurrence.monthly_week_day",
            "recurrence.end_times",
            "settings.waiting_room",
            "settings.join_before_host",
            "settings.mute_upon_entry",
            "settings.auto_recording",
            "settings.alternative_hosts",
            "settings.alternative_hosts_email_notification",
            "settings.meeting_invitees.email",
            "settings.email_notification",
        ],
    ),
    ("GET /zoom/v2/meetings/{meetingId}", &["?show_previous_occurrences", "?occurrence_id"]),
    (
        "PATCH /zoom/v2/meetings/{meetingId}",
        &[
            "?occurrence_id",
            "topic",
            "agenda",
            "type",
            "start_time",
            "timezone",
            "duration",
            "password",
            "recurrence.type",
            "recurrence.repeat_interval",
            "recurrence.weekly_days",
            "recurrence.monthly_day",
            "recurrence.monthly_week",
            "recurrence.monthly_week_day",
            "recurrence.end_times",
            "settings.waiting_room",
            "settings.join_before_host",
            "settings.mute_upon_entry",
            "settings.auto_recording",
            "settings.alternative_hosts",
            "settings.alternative_hosts_email_notification",
            "settings.meeting_invitees.email",
            "settings.email_notification",
        ],
    ),
    ("DELETE /zoom/v2/meetings/{meetingId}", &["?occurrence_id", "?schedule_for_reminder"]),
    ("GET /zoom/v2/meetings/{meetingId}/invitation", &[]),
    ("GET /webex/v1/people/me", &[]),
    (
        "GET /webex/v1/meetings",
        &[
            "?meetingType",
            "?from",
            "?to",
            "?max",
            "?offset",
            "?meetingSeriesId",
            "?integrationTag",
            "?hostEmail",
        ],
    ),
    (
        "POST /webex/v1/meetings",
        &[
            "title",
            "agenda",
            "start",
            "end",
            "timezone",
            "recurrence",
            "password",
            "templateId",
            "enabledJoinBeforeHost",
            "unlockedMeetingJoinSecurity",
            "enabledAutoRecordMeeting",
            "invitees.email",
            "invitees.displayName",
            "invitees.coHost",
            "sendEmail",
            "integrationTags",
            "hostEmail",
        ],
    ),
    ("GET /webex/v1/meetings/{meetingId}", &["?hostEmail"]),
    (
        "PATCH /webex/v1/meetings/{meetingId}",
        &[
            "title",
            "agenda",
            "start",
            "end",
            "timezone",
            "recurrence",
            "password",
            "enabledJoinBeforeHost",
            "unlockedMeetingJoinSecurity",
            "enabledAutoRecordMeeting",
            "sendEmail",
            "integrationTags",
            "hostEmail",
        ],
    ),
    ("DELETE /webex/v1/meetings/{meetingId}", &["?sendEmail", "?hostEmail"]),
    ("GET /webex/v1/meetingInvitees", &["?meetingId", "?max", "?offset", "?hostEmail"]),
    (
        "POST /webex/v1/meetingInvitees/bulkInsert",
        &[
            "meetingId",
            "items.email",
            "items.displayName",
            "items.coHost",
            "items.sendEmail",
            "hostEmail",
        ],
    ),
    (
        "PUT /webex/v1/meetingInvitees/{meetingInviteeId}",
        &["email", "displayName", "coHost", "sendEmail", "hostEmail"],
    ),
    ("DELETE /webex/v1/meetingInvitees/{meetingInviteeId}", &["?sendEmail", "?hostEmail"]),
];

#[test]
fn library_and_sandbox_keep_to_the_providers_openapi() {
    let Some(document) = OpenApi::read() else { return };
    let Some(program) = prism::program() else { return };
    let relay = Relay::new();
    // Webex's links to the next page name the address that was asked.
    let address = relay.url();
    let mut world =
        World::with(Options { public_base: Some(address.clone()), ..Options::default() });
    world.change(json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
    for app in world.settings["apps"].as_array_mut().unwrap() {
        let here = app["api_url"].as_str().unwrap().replace(&world.sandbox.url(), &address);
        app["api_url"] = here.into();
    }
    // Without it Webex is not asked who the user is.
    world.settings["apps"][1]["scopes"] =
        json!(["meeting:schedules_read", "meeting:schedules_write", "spark:people_read"]);
    let mut prism = Prism::start(&program, document, relay, &world.sandbox.url());

    let library = Library::load();
    let bridge = world.open(&library);
    for provider in PROVIDERS {
        world.authorize(&bridge, provider, ANNA);
        none(&mut prism, provider);
        if provider == "zoom" {
            it_notices_what_is_wrong(&world, &mut prism, &address);
        }
        for (name, steps) in scenario::all() {
            scenario::run(&name, &steps, provider, &mut |operation, parameters| {
                let outcome = scenario::c_door(&bridge, operation, parameters);
                none(&mut prism, &format!("{name} on {provider}, {operation}"));
                outcome
            });
        }
        it_looks_for_a_lost_meeting(&world, &bridge, provider);
        none(&mut prism, &format!("a lost answer of {provider}"));
    }
    it_reads_all_invitees(&bridge);
    none(&mut prism, "many invitees");
    for (provider, kind) in World::KINDS {
        let mut settings = world.settings.clone();
        let mut app = app_of_kind(&world.sandbox, provider, kind);
        app["api_url"] =
            app["api_url"].as_str().unwrap().replace(&world.sandbox.url(), &address).into();
        settings["apps"] = json!([app]);
        let bridge = library.open(&settings.to_string()).expect("the settings are good");
        if kind == "account" {
            world.authorize(&bridge, provider, ANNA);
        }
        for (name, steps) in scenario::all().iter().filter(|(name, _)| name == "life") {
            scenario::run(name, steps, provider, &mut |operation, parameters| {
                scenario::c_door(&bridge, operation, parameters)
            });
        }
        it_looks_for_a_lost_meeting(&world, &bridge, provider);
        if provider == "webex" {
            it_reads_all_invitees(&bridge);
        }
        none(&mut prism, &format!("an app of an administrator, {provider} {kind}"));
    }
    let left: u64 = world.sandbox.statistics().live_meetings.values().sum();
    assert_eq!(left, 0, "every scenario deletes what it makes");

    let members = |(operation, members): &(&str, &[&str])| {
        let members = members.iter().map(|member| format!("{operation} {member}"));
        members.chain([operation.to_string()]).collect::<Vec<_>>()
    };
    let unseen = SENT.iter().flat_map(members).filter(|one| !prism.seen.contains(one));
    assert_eq!(unseen.collect::<Vec<_>>(), Vec::<String>::new(), "no scenario sends these");
}

fn none(prism: &mut Prism, place: &str) {
    let found = prism.violations();
    assert!(found.is_empty(), "{place}:\n{}", found.join("\n"));
}

/// The test of the test: faults of either side are found, and none where there is none.
fn it_notices_what_is_wrong(world: &World, prism: &mut Prism, address: &str) {
    let seen = prism.seen.clone();
    let client = http_client();
    let token = world.sandbox.secrets().access_tokens.pop().expect("a user has authorized");
    let mut sent = |method: &str, path: &str, body: Option<Value>| {
        let mut request = client
            .request(method.parse().unwrap(), format!("{address}{path}"))
            .bearer_auth(&token)
            .header("accept", "application/json");
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let status = request.send().unwrap().status().as_u16();
        (status, prism.violations())
    };
    let (status, found) = sent("GET", "/zoom/v2/users/me", None);
    assert_eq!((status, found), (200, Vec::new()));
    let (status, found) = sent("GET", "/zoom/v2/meetings/1", None);
    assert_eq!((status, found), (404, Vec::new()), "an error of the provider is none of ours");

    for (method, path, body, wanted, word) in [
        ("POST", "/zoom/v2/users/me/meetings", Some(json!({"topic": 1})), 422, "topic"),
        ("POST", "/zoom/v2/users/me/meetings", Some(json!({"tipoc": "x"})), 422, "tipoc"),
        ("GET", "/zoom/v2/users/me/meetings?page_size=1000", None, 422, "page_size"),
        ("GET", "/zoom/v2/users/me/meetings?pages=1", None, 200, "pages"),
        ("GET", "/zoom/v2/user/me", None, 404, "hasn't been found"),
        ("PUT", "/zoom/v2/meetings/1", None, 405, "put"),
        ("POST", "/webex/v1/meetings", Some(json!({"title": "x"})), 422, "start"),
    ] {
        let (status, found) = sent(method, path, body);
        let all = found.join("\n");
        assert!(status == wanted && all.contains(word), "{method} {path}: {status} {all}");
    }
    world.fail_once("zoom.me", "before", &json!({"kind": "wrong_types"}));
    let (status, found) = sent("GET", "/zoom/v2/users/me", None);
    assert!(status == 500 && !found.is_empty(), "{status} {found:?}");
    prism.seen = seen;
}

/// A request whose answer is lost is looked for among the user's meetings.
fn it_looks_for_a_lost_meeting(world: &World, bridge: &Bridge<'_>, provider: &str) {
    let mut meeting = meeting();
    meeting["reference"] = "lost".into();
    let fault = json!({"kind": "status", "code": 504});
    world.fail_once(&format!("{provider}.create_meeting"), "after", &fault);
    let created = bridge.create(provider, ANNA, &meeting).expect("it is found");
    bridge.delete(provider, created["id"].as_str().unwrap(), None).expect("it is deleted");
}

/// More invitees than one page of Webex holds, and than are added at once.
fn it_reads_all_invitees(bridge: &Bridge<'_>) {
    let many = |name: &str| -> Vec<Value> {
        (0..101).map(|n| json!({"email": format!("{name}{n}@example.org"), "name": name})).collect()
    };
    let mut meeting = meeting();
    meeting["invitees"] = many("one").into();
    let created = bridge.create("webex", ANNA, &meeting).expect("it is created");
    let id = created["id"].as_str().unwrap();
    bridge.update("webex", id, &json!({"invitees": many("two")}), None).expect("it is changed");
    let host = json!({"alternative_hosts": ["two0@example.org"]});
    bridge.update("webex", id, &host, None).expect("it is changed");
    bridge.delete("webex", id, None).expect("it is deleted");
}
