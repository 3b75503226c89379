//! What a call ends with when the network or the provider fails in the middle: the right status,
//! in time, in bounded memory, and never a second meeting.

mod common;

use std::time::{Duration, Instant};

use common::{ANNA, Bridge, Library, World, meeting};
use serde_json::{Value, json};

const PROVIDERS: [&str; 2] = ["zoom", "webex"];
const OPERATIONS: [&str; 7] =
    ["create", "reference", "get", "update", "delete", "list", "invitation"];

/// Every way to fail, with what it means: whether it may pass by itself for who asks again, and
/// whether the provider may have done what was asked.
struct Fault {
    kind: Value,
    class: Class,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// "Not now": nothing was done, and asking again helps.
    Busy,
    /// A server error, which tells nothing.
    ServerError,
    /// No whole answer.
    Broken,
    /// An answer that is none.
    Nonsense,
    /// No answer at all until the deadline.
    Hang,
    /// Somewhere else, nothing done.
    Elsewhere,
    /// Refused for good.
    Refused,
}

fn faults() -> Vec<Fault> {
    let status = |code: u16| json!({"kind": "status", "code": code});
    let mut faults = Vec::new();
    let mut add = |class, kind| faults.push(Fault { kind, class });
    for code in [429, 503] {
        add(Class::Busy, status(code));
    }
    for code in [500, 502, 504] {
        add(Class::ServerError, status(code));
    }
    for kind in ["reset", "close", "half"] {
        add(Class::Broken, json!({"kind": kind}));
    }
    for kind in ["html", "empty", "wrong_types"] {
        add(Class::Nonsense, json!({"kind": kind}));
    }
    add(Class::Nonsense, json!({"kind": "huge", "bytes": 4_u64 << 30}));
    add(Class::Nonsense, json!({"kind": "redirect", "location": "https://login.example.com/"}));
    add(
        Class::Elsewhere,
        json!({"kind": "redirect", "location": "https://x.example/", "code": 307}),
    );
    add(Class::Hang, json!({"kind": "hang"}));
    add(Class::Refused, status(400));
    faults
}

/// What the table says: the status of the call, or none where the combination makes no sense.
fn wanted(route: &str, operation: &str, fault: &Fault, when: &str) -> Option<&'static str> {
    let Fault { kind, class } = fault;
    let done = when == "after";
    let creates = operation == "create" || operation == "reference";
    // What is done and answers with nothing.
    let is_plain = operation == "delete" || route == "zoom.update_meeting";
    Some(match class {
        // A provider that says "not now" has not done it.
        Class::Busy | Class::Refused | Class::Elsewhere if done && (creates || is_plain) => {
            return None;
        }
        Class::Busy => "OK",
        Class::Refused => "PROVIDER_REJECTED",
        Class::Elsewhere => "UNEXPECTED_ANSWER",
        Class::Hang if creates => "OUTCOME_UNKNOWN",
        Class::Hang => "TIMEOUT",
        Class::ServerError | Class::Broken | Class::Nonsense if operation == "create" => {
            "OUTCOME_UNKNOWN"
        }
        Class::ServerError | Class::Broken => "OK",
        Class::Nonsense if operation == "reference" => "OK",
        Class::Nonsense if is_plain && is_silent(kind) => "OK",
        Class::Nonsense => "UNEXPECTED_ANSWER",
    })
}

fn is_silent(kind: &Value) -> bool {
    kind["kind"] == "empty" || kind["kind"] == "wrong_types"
}

fn route(provider: &str, operation: &str) -> String {
    let name = match operation {
        "create" | "reference" => "create_meeting",
        "get" | "invitation" => "get_meeting",
        "update" => "update_meeting",
        "delete" => "delete_meeting",
        "list" => "list_meetings",
        other => panic!("no operation {other}"),
    };
    format!("{provider}.{name}")
}

#[test]
fn every_fault_at_every_moment_of_every_operation() {
    std::thread::scope(|scope| {
        for provider in PROVIDERS {
            for operation in OPERATIONS {
                scope.spawn(move || one_operation(provider, operation));
            }
        }
    });
    // Of everything that was sent, the library kept little at a time.
    let peak = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").trim().parse().unwrap();
    assert!(kilobytes < 600 * 1024, "{kilobytes} kB at most");
}

fn one_operation(provider: &str, operation: &str) {
    let (library, mut world) = (Library::load(), World::new());
    world.change(json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
    world.settings["retry"] = json!({"wait_ms": 20});
    let bridge = world.open(&library);
    world.authorize(&bridge, provider, ANNA);
    for (number, fault) in faults().iter().enumerate() {
        for when in ["before", "after"] {
            let route = route(provider, operation);
            let Some(wanted) = wanted(&route, operation, fault, when) else { continue };
            let cell = format!("{provider} {operation} {when} {}", fault.kind);
            let known = match operation {
                "create" | "reference" => None,
                _ => Some(bridge.create(provider, ANNA, &meeting()).unwrap()),
            };
            let id = known.as_ref().map(|known| known["id"].as_str().unwrap());
            let before = live(&world);
            world.fail_once(&route, when, &fault.kind);
            let timeout = if fault.class == Class::Hang { 700 } else { 8000 };
            let reference = format!("{number}-{when}");
            let began = Instant::now();
            let outcome = act(&bridge, provider, operation, id, &reference, timeout);
            let took = began.elapsed();
            // Far from the time without a limit; what else the machine does has room.
            assert!(took < Duration::from_millis(timeout + 5000), "{cell}: {took:?}");
            let found = outcome.as_ref().map_or_else(|failure| failure.name(), |()| "OK");
            assert_eq!(found, wanted, "{cell}: {:?}", outcome.as_ref().err().map(|f| &f.error));
            assert_eq!(world.faults_left(), 0, "{cell} happened");
            let made = live(&world) as i64 - before as i64;
            match operation {
                // Whoever has no reference learns that it is unknown, and nothing was doubled.
                "create" => assert!(made <= 1 && (made == 1 || wanted != "OK"), "{cell}: {made}"),
                "reference" => {
                    if wanted == "PROVIDER_REJECTED" || wanted == "UNEXPECTED_ANSWER" {
                        assert_eq!(made, 0, "{cell}");
                    }
                    act(&bridge, provider, operation, id, &reference, 8000)
                        .unwrap_or_else(|failure| panic!("{cell}, again: {}", failure.error));
                    assert_eq!(live(&world) - before, 1, "{cell}: one meeting");
                }
                "delete" if wanted == "OK" && !(is_silent(&fault.kind) && when == "before") => {
                    assert_eq!(made, -1, "{cell}");
                }
                "update" if wanted == "OK" && !(is_silent(&fault.kind) && when == "before") => {
                    let topic = bridge.get(provider, id.unwrap(), None).unwrap()["topic"].clone();
                    assert_eq!(topic, "Other", "{cell}");
                }
                "delete" => assert!(made == 0 || made == -1, "{cell}: {made}"),
                _ => assert_eq!(made, 0, "{cell}"),
            }
        }
    }
}

fn act(
    bridge: &Bridge<'_>,
    provider: &str,
    operation: &str,
    id: Option<&str>,
    reference: &str,
    timeout: u64,
) -> Result<(), common::door::Failure> {
    let options = json!({"timeout_ms": timeout}).to_string();
    let options = Some(options.as_str());
    match (operation, id) {
        ("create", _) => bridge.create_with(provider, ANNA, &meeting(), options).map(drop),
        ("reference", _) => {
            let mut meeting = meeting();
            meeting["reference"] = reference.into();
            meeting["topic"] = reference.into();
            bridge.create_with(provider, ANNA, &meeting, options).map(drop)
        }
        ("get", Some(id)) => bridge.get(provider, id, options).map(drop),
        ("update", Some(id)) => {
            bridge.update(provider, id, &json!({"topic": "Other"}), options).map(drop)
        }
        ("delete", Some(id)) => bridge.delete(provider, id, options),
        ("list", _) => {
            bridge.about_meetings("list_meetings", provider, ANNA, &[None, options]).map(drop)
        }
        ("invitation", Some(id)) => bridge.invitation_with(provider, id, None, options).map(drop),
        _ => unreachable!(),
    }
}

fn live(world: &World) -> u64 {
    world.sandbox.statistics().live_meetings.values().sum()
}
