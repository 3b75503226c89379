//! The scenarios through the C door, on both providers.

mod common;

use std::collections::BTreeSet;

use common::{Library, World, root, scenario};
use serde_json::Value;

#[test]
fn every_scenario_through_the_c_door() {
    every_scenario(&World::new());
}

#[cfg(feature = "postgres")]
#[test]
fn every_scenario_with_the_store_in_postgresql() {
    every_scenario(&World::on_postgres());
}

fn every_scenario(world: &World) {
    let library = Library::load();
    scenario::run_all(world, &world.open(&library));
}

/// What is settled when a meeting is created, and is no part of a change.
const WITHOUT: [(&str, &str, &[&str]); 2] = [
    ("create_meeting", "meeting", &[]),
    ("update_meeting", "changes", &["host_email", "reference", "template_id"]),
];

#[test]
fn every_member_of_a_request_is_taken_on_both_providers() {
    let schema = std::fs::read(root().join("docs/schemas/meeting-request.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let members: BTreeSet<&str> =
        schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let scenarios = scenario::all();
    for provider in ["zoom", "webex"] {
        for (operation, document, without) in WITHOUT {
            let steps = scenarios.iter().flat_map(|(_, one)| one["steps"].as_array().unwrap());
            let taken = steps.filter(|step| {
                step["operation"] == operation
                    && step["status"].is_null()
                    && step["only"].as_str().is_none_or(|only| only == provider)
            });
            let taken: BTreeSet<&str> = taken
                .filter_map(|step| step[document].as_object())
                .flat_map(|document| document.keys().map(String::as_str))
                .collect();
            let missing: Vec<&str> = members.difference(&taken).copied().collect();
            assert_eq!(missing, without, "{operation} on {provider}");
        }
    }
}
