//! Every example of `docs/documents.md` is run and held to its schema, and every member has one.

mod common;

use std::collections::HashSet;

use common::door::Outcome;
use common::{ANNA, Bridge, Library, World, root, schema};
use serde_json::{Value, json};

/// A fenced block: the words of its info string after `json`, and the document.
fn blocks() -> Vec<(Vec<String>, Value)> {
    let text = std::fs::read_to_string(root().join("docs/documents.md")).unwrap();
    let mut blocks = Vec::new();
    for block in text.split("\n```json ").skip(1) {
        let (info, rest) = block.split_once('\n').expect("a line of its own");
        let (body, _) = rest.split_once("\n```").expect("an end");
        let document = serde_json::from_str(body).unwrap_or_else(|e| panic!("{info}: {e}\n{body}"));
        blocks.push((info.split_whitespace().map(str::to_owned).collect(), document));
    }
    assert!(blocks.len() > 30, "{} examples", blocks.len());
    blocks
}

#[test]
fn every_example_does_what_it_says() {
    let (library, world) = (Library::load(), World::new());
    world.change(json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
    let bridge = world.open(&library);
    let own: Vec<(&str, &Bridge<'_>)> = ["zoom", "webex"].map(|name| (name, &bridge)).into();
    for (provider, _) in &own {
        world.authorize(&bridge, provider, ANNA);
    }
    // Examples with the word `account` are for apps of an administrator.
    let worlds = World::KINDS.map(|(provider, kind)| (provider, World::of_kind(provider, kind)));
    let opened = worlds.each_ref().map(|(provider, world)| (*provider, world.open(&library)));
    let account: Vec<(&str, &Bridge<'_>)> =
        opened.iter().map(|(provider, bridge)| (*provider, bridge)).collect();
    for (at, (provider, kind)) in World::KINDS.iter().enumerate() {
        if *kind == "account" {
            worlds[at].1.authorize(&opened[at].1, provider, ANNA);
        }
    }
    for (info, document) in blocks() {
        let (schema, words) = info.split_first().expect("a schema");
        let places = if words.iter().any(|word| word == "account") { &account } else { &own };
        match (schema.as_str(), words) {
            ("options", [operation]) => schema::check_part("options", operation, &document),
            ("filter", [list, ..]) if list == "list" => {
                schema::check("filter", &document);
                for (provider, bridge) in places {
                    let outcome = bridge.list(provider, Some(&document.to_string()));
                    // A `next` of an earlier page can only be told apart by the provider.
                    assert!(outcome.is_ok() || document.get("next").is_some(), "{document}");
                }
            }
            ("meeting-request", words) => {
                schema::check("meeting-request", &document);
                run(places, words, &document);
            }
            (name, _) => schema::check(name, &document),
        }
    }
}

/// Runs an example wherever it is meant to be run.
fn run(places: &[(&str, &Bridge<'_>)], words: &[String], document: &Value) {
    let has = |word: &str| words.iter().any(|other| other == word);
    let wanted = words.iter().find_map(|word| word.strip_prefix("fails:")).unwrap_or("OK");
    let (action, only) = words[0].split_once(':').unwrap_or((&words[0], ""));
    let wanted_at = |(name, _): &&(&str, &Bridge<'_>)| only.is_empty() || only == *name;
    for (provider, bridge) in places.iter().filter(wanted_at) {
        let place = format!("{words:?} on {provider}: {document}");
        let mut options = json!({});
        if has("best_effort") {
            options["best_effort"] = json!(true);
        }
        let outcome = match action {
            "create" => {
                let options = options.to_string();
                bridge.create_with(provider, ANNA, document, Some(&options))
            }
            "update" => {
                let base = json!({
                    "topic": "Weekly planning", "start": "2030-03-04T09:00:00",
                    "time_zone": "Europe/Copenhagen", "duration_minutes": 30,
                    "recurrence": "FREQ=WEEKLY;COUNT=4",
                });
                let base = bridge.create(provider, ANNA, &base).unwrap();
                if has("occurrence") {
                    options["occurrence"] = base["occurrences"][1]["id"].clone();
                }
                let options = options.to_string();
                let id = base["id"].as_str().unwrap();
                let outcome = bridge.update(provider, id, document, Some(&options));
                if outcome.is_err() || has("occurrence") {
                    bridge.delete(provider, id, None).unwrap();
                }
                outcome
            }
            other => panic!("no action {other}"),
        };
        let name = outcome.as_ref().map_or_else(|failure| failure.name(), |_| "OK");
        assert_eq!(name, wanted, "{place} {:?}", outcome.as_ref().err().map(|f| &f.error));
        if !has("occurrence") {
            clear(bridge, provider, outcome);
        }
    }
}

/// Deletes what an example has made.
fn clear(bridge: &Bridge<'_>, provider: &str, outcome: Outcome<Value>) {
    let Ok(made) = outcome else { return };
    let own = |date: &&Value| date.get("join_url").is_some();
    let mut ids: Vec<&Value> = made["occurrences"]
        .as_array()
        .unwrap()
        .iter()
        .filter(own)
        .map(|date| &date["id"])
        .collect();
    ids.push(&made["id"]);
    let gone = Some(r#"{"ignore_missing": true}"#);
    for id in ids {
        bridge.delete(provider, id.as_str().unwrap(), gone).unwrap();
    }
}

#[test]
fn every_member_has_an_example() {
    let blocks = blocks();
    for name in ["meeting-request", "filter", "options", "settings"] {
        let mut used = HashSet::new();
        for (info, document) in &blocks {
            if info[0] == name {
                used.extend(document.as_object().unwrap().keys().cloned());
            }
        }
        let path = root().join(format!("docs/schemas/{name}.schema.json"));
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for member in schema["properties"].as_object().unwrap().keys() {
            assert!(used.contains(member), "{name}.{member} has no example");
        }
    }
}
