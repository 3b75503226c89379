//! The scenarios of `tests/scenarios`: what every door must do on every provider.
//!
//! A scenario is a list of steps. A step names an `operation` and its parameters by the names of
//! the contract; `expect` says what the answer holds (see [`matches`]), `status` how the call ends
//! (OK unless said), `keep` what of the answer later steps call `$name`, and `only` on which
//! provider the step is taken.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::door::{Bridge, Caller, Failure};
use super::{ANNA, World, root, schema};

/// A door: an operation's name and its parameters in, a document (or a text) out.
pub type Door<'a> = dyn FnMut(&str, &Map<String, Value>) -> Result<Value, Failure> + 'a;

/// Every scenario, with the name of its file.
pub fn all() -> Vec<(String, Value)> {
    let folder = root().join("tests/scenarios");
    let mut found: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let scenario = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            (path.file_stem().unwrap().to_string_lossy().into_owned(), scenario)
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(found.len() >= 5, "the scenarios are gone");
    found
}

/// Runs a scenario on one provider.
pub fn run(name: &str, scenario: &Value, provider: &str, door: &mut Door<'_>) {
    let mut kept: HashMap<String, Value> = HashMap::new();
    for (at, step) in scenario["steps"].as_array().expect("steps").iter().enumerate() {
        if step["only"].as_str().is_some_and(|only| only != provider) {
            continue;
        }
        let place = format!("{name}, step {at} on {provider}");
        let operation = step["operation"].as_str().expect("an operation");
        let mut parameters = Map::new();
        for (name, value) in step.as_object().expect("a step") {
            if !["operation", "expect", "status", "keep", "only"].contains(&name.as_str()) {
                parameters.insert(name.clone(), filled(value, &kept));
            }
        }
        parameters.insert("provider".into(), provider.into());
        parameters.entry("user").or_insert(ANNA.into());
        let outcome = door(operation, &parameters);
        let status = step["status"].as_str().unwrap_or("OK");
        let answer = match outcome {
            Ok(answer) => {
                assert_eq!(status, "OK", "{place}: {answer:#}");
                answer
            }
            Err(failure) => {
                assert_eq!(failure.name(), status, "{place}: {:#}", failure.error);
                failure.error
            }
        };
        for (pointer, wanted) in step["expect"].as_object().into_iter().flatten() {
            let found = answer.pointer(pointer).unwrap_or(&Value::Null);
            let wanted = filled(wanted, &kept);
            assert!(matches(found, &wanted), "{place}: {pointer} is {found}, not {wanted}");
        }
        for (name, pointer) in step["keep"].as_object().into_iter().flatten() {
            let found = answer.pointer(pointer.as_str().expect("a pointer"));
            kept.insert(name.clone(), found.unwrap_or_else(|| panic!("{place}: {name}")).clone());
        }
    }
}

/// Every scenario through the C door, on both providers.
pub fn run_all<C: Caller>(world: &World, bridge: &Bridge<'_, C>) {
    world.change(json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
    for provider in ["zoom", "webex"] {
        world.authorize(bridge, provider, ANNA);
        for (name, scenario) in all() {
            run(&name, &scenario, provider, &mut |operation, parameters| {
                c_door(bridge, operation, parameters)
            });
        }
    }
    let left: u64 = world.sandbox.statistics().live_meetings.values().sum();
    assert_eq!(left, 0, "every scenario deletes what it makes");
}

/// The C door: calls a function of the header with the parameters in its order.
pub fn c_door<C: Caller>(
    bridge: &Bridge<'_, C>,
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

/// Whether a value is as wanted: the same, or as one of `{"contains": TEXT}`, `{"not": …}`,
/// `{"length": N}`, `{"one_of": […]}` and `{"starts_with": TEXT}` says.
fn matches(found: &Value, wanted: &Value) -> bool {
    let text = || found.as_str().map_or_else(|| found.to_string(), str::to_owned);
    match wanted.as_object().and_then(|wanted| wanted.iter().next()) {
        Some((kind, wanted)) => match kind.as_str() {
            "contains" => text().contains(wanted.as_str().unwrap()),
            "starts_with" => text().starts_with(wanted.as_str().unwrap()),
            "not" => !matches(found, wanted),
            "length" => found.as_array().map(Vec::len) == wanted.as_u64().map(|n| n as usize),
            "one_of" => wanted.as_array().unwrap().iter().any(|one| matches(found, one)),
            other => panic!("no expectation {other:?}"),
        },
        None => found == wanted,
    }
}

/// Puts what was kept in the place of `$name`.
fn filled(value: &Value, kept: &HashMap<String, Value>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$') {
            Some(name) => kept.get(name).unwrap_or_else(|| panic!("no {text}")).clone(),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, kept)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), filled(value, kept))).collect()
        }
        _ => value.clone(),
    }
}
