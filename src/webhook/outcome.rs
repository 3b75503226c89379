//! What a host is told of a notification.

use serde::Serialize;
use serde_json::{Map, Value};

/// Members of providers' documents that make their reader the host, or let him take what is the
/// user's. A passcode is not among them: guests need it.
const SECRETS: [&str; 9] = [
    "start_url",
    "startUrl",
    "startLink",
    "host_key",
    "hostKey",
    "zak",
    "download_token",
    "secret",
    "signature",
];

/// The outcome document.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pub respond: Respond,
    pub duplicate: bool,
    pub event: Event,
}

/// The HTTP answer that the host sends back as it is.
#[derive(Debug, Serialize)]
pub struct Respond {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

/// What happened.
#[derive(Debug, Serialize)]
pub struct Event {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub provider: &'static str,
    pub meeting_id: Option<String>,
    /// The dates that alone are meant; empty: the whole meeting.
    pub occurrences: Vec<String>,
    pub reference: Option<String>,
    pub user: Option<String>,
    pub email: Option<String>,
    /// Whether a call of this library caused it.
    pub own: bool,
    pub occurred_at: Option<String>,
    pub raw: Option<Map<String, Value>>,
}

impl Respond {
    pub fn with(body: String) -> Respond {
        Respond { status: 200, content_type: "application/json", body }
    }
}

impl Event {
    /// The provider's document without the secrets in it.
    pub fn without_secrets(mut document: Map<String, Value>) -> Map<String, Value> {
        clean(&mut document);
        document
    }
}

/// As deep as the document was allowed to be.
fn clean(members: &mut Map<String, Value>) {
    members.retain(|name, _| !SECRETS.contains(&name.as_str()));
    members.values_mut().for_each(clean_value);
}

fn clean_value(value: &mut Value) {
    match value {
        Value::Object(members) => clean(members),
        Value::Array(items) => items.iter_mut().for_each(clean_value),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_taken_out_at_any_depth() {
        let document = json!({
            "payload": {"signature": "s", "object": {"start_url": "u", "password": "p", "list": [
                {"hostKey": "k", "id": 1}, [{"zak": "z"}]]}},
            "download_token": "d",
        });
        let Value::Object(document) = document else { unreachable!() };
        let wanted = json!({"payload": {"object": {"password": "p", "list": [{"id": 1}, [{}]]}}});
        assert_eq!(Value::Object(Event::without_secrets(document)), wanted);
    }
}
