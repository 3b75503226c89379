//! Settings, and the JSON of all documents from outside.

use meetbridge::fuzzing::{Settings, Status, UserName, parse_json, to_json};
use serde_json::Value;

use super::oracle::{hides, rewritten, secrets, soon, told};

/// Whose values must never be shown; of the addresses, the passwords in them.
const SECRET: [&str; 6] =
    ["client_secret", "webhook_secret", "verification_token", "key", "proxy", "postgres"];

pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let document = json(text);
    let secrets = document.as_ref().map(|it| secrets(it, &SECRET)).unwrap_or_default();
    let settings = match soon(|| Settings::parse(text)) {
        Ok(settings) => settings,
        Err(error) => {
            assert_eq!(error.status(), Status::InvalidSettings);
            return hides(&told(&error), &secrets);
        }
    };
    hides(&format!("{settings:?}"), &secrets);
    if let Some(other) = document.as_ref().and_then(rewritten) {
        let again = Settings::parse(&other).expect("the same settings written otherwise");
        assert_eq!(again.fingerprint(), settings.fingerprint());
    }
    for name in ["anna@example.com", "Anna Berg/HR/Acme", "営業部"] {
        let user = UserName::parse(name).expect("a name");
        for provider in ["zoom", "webex"] {
            match settings.app_for(provider, &user, None) {
                Ok(app) => drop(settings.redirect_for(app, None).map_err(|error| told(&error))),
                Err(error) => hides(&told(&error), &secrets),
            }
        }
    }
}

/// What our reader takes is what the other one takes, and is written as the other one writes it.
fn json(text: &str) -> Option<Value> {
    let read = soon(|| parse_json::<Value>(text, "document"));
    let Ok(document) = read else { return None };
    let other: Value = serde_json::from_str(text).expect("what is read is JSON");
    assert_eq!(document, other);
    let written = to_json(&document).expect("a value can be written");
    assert_eq!(written, serde_json::to_string(&document).expect("a value can be written"));
    Some(document)
}
