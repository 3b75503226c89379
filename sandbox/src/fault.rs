//! Rules that make requests fail: what goes wrong, where, how often, and when.

use serde::{Deserialize, Deserializer, Serialize};
use std::sync::{Mutex, PoisonError};

/// When the fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Nothing happens in the simulator.
    #[default]
    Before,
    /// The operation is carried out, then its answer is spoiled.
    After,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Another status.
    Status {
        /// The code.
        code: u16,
        /// Its body; absent: a small JSON object.
        #[serde(default)]
        body: Option<String>,
        /// Its content type; absent: `application/json`.
        #[serde(default)]
        content_type: Option<String>,
        /// More headers, such as `retry-after`.
        #[serde(default)]
        headers: std::collections::BTreeMap<String, String>,
    },
    /// The right answer, late.
    Delay {
        /// By how much.
        ms: u64,
    },
    /// No answer until the client goes away, at most two minutes.
    Hang,
    /// The connection is reset (RST) without an answer.
    Reset,
    /// Headers with a `Content-Length` and half of the body, then the connection closes.
    Half,
    /// The connection closes without an answer.
    Close,
    /// 200 with a web page, as captive portals answer.
    Html,
    /// 200 with a chunked JSON string of this many bytes.
    Huge {
        /// Length of the body.
        bytes: u64,
    },
    /// A redirect.
    Redirect {
        /// Where to.
        location: String,
        /// 301, 302, 303, 307 or 308.
        #[serde(default = "found")]
        code: u16,
    },
    /// Valid JSON in which every value has another type.
    WrongTypes,
    /// 200 with an empty body.
    Empty,
}

fn found() -> u16 {
    302
}

/// One rule of the queue. In JSON: `{"route": "zoom.token", "times": 1, "when": "after",
/// "kind": "status", "code": 503}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A route's name, or `*` for every provider request; `zoom.*` for all of one provider.
    pub route: String,
    /// How many requests are left to strike; none: forever.
    #[serde(default = "once", deserialize_with = "times")]
    pub times: Option<u64>,
    /// Matching requests that pass unharmed first.
    #[serde(default)]
    pub skip: u64,
    /// Before or after the operation.
    #[serde(default)]
    pub when: When,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: Kind,
}

fn once() -> Option<u64> {
    Some(1)
}

/// A number, `null` or `"forever"`.
fn times<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Times {
        Number(u64),
        Word(String),
        Null(()),
    }
    match Times::deserialize(input)? {
        Times::Number(number) => Ok(Some(number)),
        Times::Word(word) if word == "forever" => Ok(None),
        Times::Null(()) => Ok(None),
        Times::Word(word) => Err(serde::de::Error::custom(format!(
            "times: \"{word}\" is not a number or \"forever\""
        ))),
    }
}

impl Fault {
    /// A fault that strikes the next request of a route, before anything happens.
    pub fn once(route: &str, kind: Kind) -> Self {
        Fault { route: route.to_owned(), times: Some(1), skip: 0, when: When::Before, kind }
    }

    /// The same, striking `times` requests.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// The same, without end.
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// The same, after letting `skip` requests pass.
    pub fn skipping(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// The same, after the operation has been carried out.
    pub fn after(mut self) -> Self {
        self.when = When::After;
        self
    }

    fn matches(&self, route: &str) -> bool {
        match self.route.strip_suffix('*') {
            Some(prefix) => route.starts_with(prefix),
            None => self.route == route,
        }
    }
}

impl Kind {
    /// A bare status.
    pub fn status(code: u16) -> Self {
        Kind::Status { code, body: None, content_type: None, headers: Default::default() }
    }

    /// A status with one header.
    pub fn status_with(code: u16, name: &str, value: &str) -> Self {
        let headers = [(name.to_owned(), value.to_owned())].into();
        Kind::Status { code, body: None, content_type: None, headers }
    }

    /// A status with a JSON body.
    pub fn status_json(code: u16, body: &str) -> Self {
        let body = Some(body.to_owned());
        Kind::Status { code, body, content_type: None, headers: Default::default() }
    }
}

/// The queue of rules.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Appends a rule.
    pub fn push(&self, fault: Fault) {
        self.rules().push(fault);
    }

    /// Removes all rules, or those of one route.
    pub fn clear(&self, route: Option<&str>) {
        self.rules().retain(|fault| route.is_some_and(|route| route != fault.route));
    }

    /// The rules that are left.
    pub fn list(&self) -> Vec<Fault> {
        self.rules().clone()
    }

    /// What strikes this request: the first rule of its route that is not used up.
    pub fn take(&self, route: &str) -> Option<(When, Kind)> {
        let mut rules = self.rules();
        let index = rules.iter().position(|fault| fault.matches(route))?;
        let fault = &mut rules[index];
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        let struck = (fault.when, fault.kind.clone());
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                rules.remove(index);
            }
        }
        Some(struck)
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
