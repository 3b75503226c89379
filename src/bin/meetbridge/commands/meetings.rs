//! A user's meetings.

use std::fs::File;
use std::io::{self, Read};

use meetbridge::administration::MAX_DOCUMENT;
use serde_json::{Map, Value, json};

use super::{columns, pages};
use crate::arguments::{Create, List};
use crate::output::{Outcome, Output, Trouble, clean, fields, read, text};
use crate::session::Session;

pub fn create<'a>(
    open: impl FnOnce() -> Outcome<Session<'a>>,
    create: &Create,
    output: &Output,
) -> Outcome {
    let meeting = match &create.meeting {
        Some(file) => document(file, output)?,
        None => spelled(create),
    };
    let whose = &create.whose;
    let options = json!({ "app": whose.app, "best_effort": create.best_effort });
    let arguments = [whose.provider.as_str(), &whose.user, &meeting].map(Some);
    let answer = open()?.call("create_meeting", &arguments, options)?;
    output.answer(&answer, |created| described(created, output)).inspect_err(|_| {
        // Whoever calls again would have two.
        if let Ok(created) = read(&answer) {
            output.note(&output.words.say("create-untold", &[("id", &text(&created, "id"))]));
        }
    })
}

pub fn list(session: &Session<'_>, list: &List, output: &Output) -> Outcome {
    let whose = &list.whose;
    let get = |filter: &str| {
        let arguments = [whose.provider.as_str(), &whose.user, filter].map(Some);
        Ok(session.call("list_meetings", &arguments, json!({ "app": whose.app }))?)
    };
    let host = [("host_email", list.host_email.as_ref())];
    pages(output, &list.part, &host, "meetings", get, |meeting| {
        columns(meeting, &["start", "duration_minutes", "id", "topic"])
    })
}

/// The request that the options spell.
fn spelled(create: &Create) -> String {
    let members = [
        ("topic", json!(create.topic)),
        ("start", json!(create.start)),
        ("time_zone", json!(create.time_zone)),
        ("duration_minutes", json!(create.duration)),
        ("reference", json!(create.reference)),
    ];
    let said = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(said.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
        .to_string()
}

/// A request from a file, or from the standard input. One byte more than the library takes, so
/// that the library refuses what is too long.
fn document(file: &str, output: &Output) -> Outcome<String> {
    let mut text = String::new();
    let read = |from: &mut dyn Read, text: &mut String| {
        from.take(MAX_DOCUMENT as u64 + 1).read_to_string(text)
    };
    let done = match file {
        "-" => read(&mut io::stdin().lock(), &mut text),
        _ => File::open(file).and_then(|mut file| read(&mut file, &mut text)),
    };
    done.map_err(|error| {
        let values = [("file", file), ("why", &error.to_string())];
        Trouble::Told(output.words.say("unreadable", &values))
    })?;
    Ok(text)
}

fn described(meeting: &Value, output: &Output) -> String {
    let word = |name: &str| output.words.text(&format!("field-{name}"));
    let names = ["topic", "start", "time_zone", "duration_minutes", "id", "join_url", "reference"];
    let mut rows: Vec<_> = names.map(|name| (word(name), text(meeting, name))).into();
    rows.push((word("host"), text(&meeting["host"], "email")));
    for warning in meeting["warnings"].as_array().into_iter().flatten() {
        rows.push((word("warning"), clean(warning.as_str().unwrap_or_default())));
    }
    fields(&rows)
}
