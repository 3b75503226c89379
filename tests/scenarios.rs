//! The scenarios through the C door, on both providers.

mod common;

use common::door::Failure;
use common::{ANNA, Bridge, Library, World, scenario, schema};
use serde_json::{Map, Value};

#[test]
fn every_scenario_through_the_c_door() {
    let (library, world) = (Library::load(), World::new());
    world.change(serde_json::json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
    let bridge = world.open(&library);
    for provider in ["zoom", "webex"] {
        world.authorize(&bridge, provider, ANNA);
        for (name, steps) in scenario::all() {
            scenario::run(&name, &steps, provider, &mut |operation, parameters| {
                call(&bridge, operation, parameters)
            });
        }
    }
    let left: u64 = world.sandbox.statistics().live_meetings.values().sum();
    assert_eq!(left, 0, "every scenario deletes what it makes");
}

/// Calls a function of the header with the parameters in its order.
fn call(
    bridge: &Bridge<'_>,
    operation: &str,
    parameters: &Map<String, Value>,
) -> Result<Value, Failure> {
    let names: &[&str] = match operation {
        "create_meeting" => &["meeting"],
        "get_meeting" | "delete_meeting" => &["meeting_id"],
        "update_meeting" => &["meeting_id", "changes"],
        "list_meetings" => &["filter"],
        "get_invitation" => &["meeting_id", "language"],
        other => panic!("no operation {other}"),
    };
    if let Some(meeting) = parameters.get("meeting").or(parameters.get("changes")) {
        schema::check("meeting-request", meeting);
    }
    let text = |name: &str| match parameters.get(name) {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(document) => Some(document.to_string()),
    };
    let texts: Vec<Option<String>> =
        names.iter().chain(&["options"]).map(|name| text(name)).collect();
    let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
    let (provider, user) = (text("provider").unwrap(), text("user").unwrap());
    match operation {
        "delete_meeting" => {
            bridge.delete(&provider, texts[0].unwrap(), texts[1]).map(|()| Value::Null)
        }
        "get_invitation" => {
            bridge.invitation(&provider, texts[0].unwrap(), texts[1]).map(Value::String)
        }
        _ => bridge.about_meetings(operation, &provider, &user, &texts),
    }
}
