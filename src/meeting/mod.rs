//! Meetings as hosts speak of them, whatever the provider.

mod entry;
mod icalendar;
pub mod invitation;
pub mod recurrence;
mod request;
mod schedule;
pub mod zone;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::error::{Error, Result, Status};
use crate::text;

pub use request::{AutoRecording, Changes, Details, Invitee, NewMeeting, is_address};
pub use schedule::{Exception, Irregular, Repeat, Schedule, Start, instant, parse_zone};

/// A meeting as the provider made it: the document that callers get.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Meeting {
    pub provider: String,
    pub id: String,
    pub uuid: Option<String>,
    /// What a person dials or types, without spaces.
    pub number: Option<String>,
    pub topic: Option<String>,
    #[serde(serialize_with = "utc")]
    pub start: Option<Timestamp>,
    pub time_zone: Option<String>,
    pub duration_minutes: Option<u32>,
    /// None only where the consent does not allow to read the meeting.
    pub join_url: Option<String>,
    pub passcode: Option<String>,
    pub host: Option<Host>,
    pub dial_in: Vec<DialIn>,
    pub sip: Option<String>,
    pub occurrences: Vec<Occurrence>,
    pub reference: Option<String>,
    /// Whether the meeting was there before this call.
    pub existing: bool,
    #[serde(skip_deserializing)]
    pub warnings: Vec<Warning>,
    /// Only with the option `include_host_secrets`: whoever has it is the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_url: Option<String>,
    /// Only with the option `include_host_secrets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_key: Option<String>,
    /// When the provider made it, where it says so.
    #[serde(skip)]
    pub created_at: Option<Timestamp>,
    /// Whether it is held on several dates.
    #[serde(skip)]
    pub repeats: bool,
    /// Our own marks on it, where the provider keeps such.
    #[serde(skip)]
    pub marks: Vec<String>,
}

/// The provider's user who owns the meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialIn {
    pub number: String,
    pub label: Option<String>,
    pub country: Option<String>,
    pub toll_free: Option<bool>,
}

/// One date of a repeating meeting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Occurrence {
    pub id: String,
    #[serde(serialize_with = "utc")]
    pub start: Option<Timestamp>,
    pub duration_minutes: Option<u32>,
    /// Only where this date has a link of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_url: Option<String>,
}

/// Something that was done otherwise than asked, without harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The member of the request.
    pub field: &'static str,
    pub message: String,
}

impl Meeting {
    /// Takes away what makes its reader the host.
    pub fn without_host_secrets(mut self) -> Meeting {
        self.start_url = None;
        self.host_key = None;
        self
    }
}

/// What a provider cannot do is an error, or a warning where the caller wants its best effort.
#[derive(Debug)]
pub struct Checks {
    pub best_effort: bool,
    pub warnings: Vec<Warning>,
}

impl Checks {
    pub fn new(best_effort: bool) -> Checks {
        Checks { best_effort, warnings: Vec::new() }
    }

    /// Reports something that is left out.
    pub fn cannot(&mut self, field: &'static str, why: impl Into<String>) -> Result<()> {
        let message = why.into();
        if !self.best_effort {
            return Err(Error::new(Status::Unsupported, format!("{field}: {message}")));
        }
        self.warn(field, message);
        Ok(())
    }

    /// Cuts a text that is too long. Never an error: a long subject must not prevent a meeting.
    pub fn cut<'a>(&mut self, field: &'static str, text: &'a str, limit: usize) -> &'a str {
        let (kept, was_cut) = text::cut(text, limit);
        if was_cut {
            self.warn(field, format!("cut to {limit} characters"));
        }
        kept
    }

    pub fn warn(&mut self, field: &'static str, message: impl Into<String>) {
        self.warnings.push(Warning { field, message: message.into() });
    }
}

/// Lays the caller's raw members over a provider's request; objects are merged, all else
/// replaced.
pub fn merge(request: &mut Map<String, Value>, raw: &Map<String, Value>) {
    for (name, value) in raw {
        match (request.get_mut(name), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => merge(inner, value),
            _ => {
                request.insert(name.clone(), value.clone());
            }
        }
    }
}

/// RFC 3339 in UTC, to the second.
fn utc<S: Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.serialize_str(&text::utc(*at)),
        None => serializer.serialize_none(),
    }
}
