//! The sandbox, and the settings that lead to it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use meetbridge_sandbox::{Fault, Options, Sandbox, apps};
use serde_json::{Value, json};

use super::super::files::folder;

/// Where consents lead.
pub const CALLBACK: &str = "http://127.0.0.1:8931/callback";
/// Who consents at the provider.
const PERSON: &str = "anna@example.com";
pub const WEBHOOK_SECRET: &str = "5ecret-of-webhooks";

pub struct World {
    pub sandbox: Sandbox,
    users: AtomicU64,
}

impl World {
    pub fn shared() -> &'static World {
        static WORLD: LazyLock<World> = LazyLock::new(|| {
            let sandbox = Sandbox::start(Options::default()).expect("the sandbox starts");
            World { sandbox, users: AtomicU64::new(0) }
        });
        // Neither the last one's meetings nor his faults.
        WORLD.sandbox.reset();
        &WORLD
    }

    pub fn next_user(&self) -> String {
        format!("user-{}@example.com", self.users.fetch_add(1, Ordering::Relaxed))
    }

    /// What a browser and a person do with an authorization URL.
    pub fn consent(&self, url: &str, allow: bool) -> Option<String> {
        self.sandbox.consent(url, PERSON, allow).ok()
    }

    /// Lets the next request fail, in a way that takes no time.
    pub fn fail(&self, kind: usize) {
        let faults = [
            json!({ "kind": "status", "code": 500 }),
            json!({ "kind": "status", "code": 429 }),
            json!({ "kind": "status", "code": 401 }),
            json!({ "kind": "reset" }),
            json!({ "kind": "half" }),
            json!({ "kind": "close" }),
            json!({ "kind": "html" }),
            json!({ "kind": "wrong_types" }),
            json!({ "kind": "empty" }),
        ];
        let mut fault = faults[kind % faults.len()].clone();
        fault["route"] = json!("*");
        fault["when"] =
            json!(if (kind / faults.len()).is_multiple_of(2) { "before" } else { "after" });
        let fault: Fault = serde_json::from_value(fault).expect("a fault");
        self.sandbox.fault(fault);
    }

    /// Settings by a name. What names nothing is taken as it is, unless it could name a file: what
    /// an input makes up is no place to write to.
    pub fn settings(&self, name: &[u8]) -> Vec<u8> {
        let mut settings = self.good();
        match name {
            b"" | b"good" => {}
            b"japanese" => settings["language"] = json!("ja"),
            b"no-zoom" => settings["apps"][0]["enabled"] = json!(false),
            b"nobody" => settings["apps"][0]["members"] = json!(["nobody"]),
            b"closed" => settings["apps"][0]["api_url"] = json!("http://127.0.0.1:1/v2"),
            b"other-key" => settings["key"] = json!("CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg="),
            _ if name.iter().any(|byte| b"/\\".contains(byte)) => {}
            _ => return name.to_vec(),
        }
        settings.to_string().into_bytes()
    }

    fn good(&self) -> Value {
        let mut apps = apps(&self.sandbox.url(), CALLBACK);
        for app in apps.as_array_mut().expect("a list") {
            app["webhook_secret"] = json!(WEBHOOK_SECRET);
        }
        json!({
            "apps": apps,
            "store": { "sqlite": folder().join("door.db") },
            "key": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
            "http": { "timeout_seconds": 5 },
            "retry": { "max": 1, "wait_ms": 1 },
        })
    }
}
