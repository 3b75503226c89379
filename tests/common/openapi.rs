//! The providers' OpenAPI files, where they are on this machine.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::root;

/// The files, and what goes before their paths: the sandbox has both providers at one address.
const FILES: [(&str, &str); 3] = [
    ("zoom-meetings.json", "/zoom"),
    ("zoom-users.json", "/zoom"),
    ("webex-meeting.json", "/webex"),
];

/// One document made of all files, with the sandbox's paths.
pub struct OpenApi(pub Value);

/// An operation of the document.
pub struct Operation {
    /// `GET /zoom/v2/meetings/{meetingId}`.
    pub name: String,
    /// The parameters that it takes in the query.
    pub query: Vec<String>,
}

impl OpenApi {
    /// None, with a word about it, where the files are absent.
    pub fn read() -> Option<OpenApi> {
        let folder = match std::env::var_os("MEETBRIDGE_SPECS") {
            Some(folder) => PathBuf::from(folder),
            None => root().join("../shared/specs"),
        };
        let mut whole = json!({
            "openapi": "3.0.0",
            "info": { "title": "Zoom and Webex", "version": "1" },
            "servers": [{ "url": "http://127.0.0.1" }],
            "security": [{ "bearer": [] }],
            "paths": {},
            "components": {},
        });
        for (name, prefix) in FILES {
            let path = folder.join(name);
            let Ok(text) = std::fs::read(&path) else {
                eprintln!("SKIPPED: {} is not there; set MEETBRIDGE_SPECS", path.display());
                return None;
            };
            add(&mut whole, serde_json::from_slice(&text).expect("JSON"), prefix, &path);
        }
        // "The `agenda`, `recurrence`, and `trackingCodes` attributes can be specified as `null`",
        // says the description of Webex's PATCH; the schema does not.
        let patch = &mut whole["components"]["schemas"]["PatchMeetingObject"]["properties"];
        for name in ["agenda", "recurrence", "trackingCodes"] {
            patch[name]["nullable"] = true.into();
        }
        Some(OpenApi(whole))
    }

    /// The operation that a request is for; the path is without its query.
    pub fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        let method = method.to_ascii_lowercase();
        let paths = self.0["paths"].as_object()?;
        let candidates = paths
            .iter()
            .filter(|(template, item)| item.get(&method).is_some() && fits(path, template));
        // `/meetings/join` before `/meetings/{meetingId}`.
        let (template, item) =
            candidates.min_by_key(|(template, _)| template.matches('{').count())?;
        let parameters = [&item["parameters"], &item[&method]["parameters"]];
        let query = parameters.iter().filter_map(|list| list.as_array()).flatten();
        let query = query.filter(|parameter| parameter["in"] == "query");
        let query = query.filter_map(|parameter| parameter["name"].as_str());
        Some(Operation {
            name: format!("{} {template}", method.to_ascii_uppercase()),
            query: query.map(str::to_owned).collect(),
        })
    }
}

fn add(whole: &mut Value, mut part: Value, prefix: &str, path: &Path) {
    for (name, item) in part["paths"].as_object_mut().expect("paths") {
        whole["paths"][format!("{prefix}{name}")] = item.take();
    }
    for (kind, members) in part["components"].as_object_mut().expect("components") {
        for (name, member) in members.as_object_mut().into_iter().flatten() {
            let place = &mut whole["components"][kind.as_str()][name.as_str()];
            assert!(place.is_null() || place == member, "{name} of {path:?} has two meanings");
            *place = member.take();
        }
    }
}

fn fits(path: &str, template: &str) -> bool {
    let (path, template) = (path.split('/'), template.split('/'));
    path.clone().count() == template.clone().count()
        && path.zip(template).all(|(segment, wanted)| wanted.starts_with('{') || segment == wanted)
}
