//! A Zoom meeting and the answer that shows it.

use super::{repeat, settings, zones};
use crate::clock::{utc, whole_second};
use crate::recurrence::Rule;
use crate::world::World;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// One date of a recurring meeting with fixed times.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Milliseconds since 1970 of the original start, as text.
    pub id: String,
    /// When it begins.
    pub start: Timestamp,
    /// Minutes.
    pub duration: i64,
    /// Cancelled by itself.
    pub deleted: bool,
    /// Its own agenda.
    pub agenda: Option<String>,
    /// Its own settings.
    pub settings: Map<String, Value>,
}

/// A meeting.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// Meeting number, up to 64 bits.
    pub id: u64,
    /// Base64; another one for each instance.
    pub uuid: String,
    /// The host.
    pub host: usize,
    /// 1 instant, 2 scheduled, 3 recurring without fixed time, 8 with fixed time, 10 screen share.
    pub kind: u8,
    /// Title.
    pub topic: String,
    /// Description.
    pub agenda: String,
    /// Begin; types 1 and 3 have none to show.
    pub start: Timestamp,
    /// An id of Zoom's list.
    pub time_zone: String,
    /// Minutes.
    pub duration: i64,
    /// Passcode, may be empty.
    pub password: String,
    /// `pwd` of the join link.
    pub encrypted_password: String,
    /// Token of the start link: a host secret.
    pub zak: String,
    /// When it was created.
    pub created: Timestamp,
    /// Type 8: the rule as sent and as understood.
    pub recurrence: Option<(Value, Rule)>,
    /// Type 8: the dates.
    pub occurrences: Vec<Occurrence>,
    /// Settings that were sent; the rest are Zoom's defaults.
    pub settings: Map<String, Value>,
    /// Tracking fields.
    pub tracking_fields: Option<Value>,
    /// Scheme and host of its links.
    pub base: String,
    /// Gone, but recoverable.
    pub deleted: bool,
    /// In progress.
    pub started: bool,
}

impl Meeting {
    /// The zone's rules.
    pub fn zone(&self) -> TimeZone {
        zones::zone(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// Makes the dates of a recurring meeting from its rule.
    pub fn regenerate(&mut self) {
        let Some((_, rule)) = &self.recurrence else {
            self.occurrences.clear();
            return;
        };
        let zone = self.zone();
        let first = self.start.to_zoned(zone.clone()).datetime();
        let dates = rule.expand(first, &zone, repeat::MOST_OCCURRENCES);
        self.occurrences = dates
            .into_iter()
            .map(|start| Occurrence {
                id: start.as_millisecond().to_string(),
                start,
                duration: self.duration,
                deleted: false,
                agenda: None,
                settings: Map::new(),
            })
            .collect();
        // The series begins with its first date, which may be later than the start that was sent.
        if let Some(first) = self.occurrences.first() {
            self.start = first.start;
        }
    }

    /// When the meeting, or its last date, is over. Meetings without a time never are.
    pub fn end(&self) -> Option<Timestamp> {
        match self.kind {
            3 | 10 => None,
            8 => {
                let last = self.occurrences.iter().rfind(|one| !one.deleted)?;
                Some(after(last.start, last.duration))
            }
            _ => Some(after(self.start, self.duration)),
        }
    }

    /// The link for participants.
    pub fn join_url(&self) -> String {
        match self.encrypted_password.as_str() {
            "" => format!("{}/zoom/j/{}", self.base, self.id),
            pwd => format!("{}/zoom/j/{}?pwd={pwd}", self.base, self.id),
        }
    }

    /// Dates for an answer. Past ones are shown on demand only (`show_previous_occurrences`).
    pub fn show_occurrences(&self, from: Option<Timestamp>) -> Vec<Value> {
        let shown =
            |one: &&Occurrence| from.is_none_or(|from| after(one.start, one.duration) > from);
        self.occurrences.iter().filter(shown).map(show_occurrence).collect()
    }

    /// The body of create and get.
    pub fn show(&self, world: &World, occurrences: Vec<Value>) -> Value {
        let host = &world.people[self.host];
        let mut body = json!({
            "uuid": self.uuid, "id": self.id, "host_id": host.zoom_id,
            "host_email": host.user.email, "assistant_id": "", "topic": self.topic,
            "type": self.kind, "status": if self.started { "started" } else { "waiting" },
            "timezone": self.time_zone, "agenda": self.agenda, "created_at": utc(self.created),
            "start_url": format!("{}/zoom/s/{}?zak={}", self.base, self.id, self.zak),
            "join_url": self.join_url(), "pre_schedule": false, "creation_source": "open_api",
        });
        // Moved in, not through the macro, which would copy it.
        body["settings"] = settings::complete(&self.settings);
        if self.kind != 3 {
            body["start_time"] = json!(utc(self.start));
        }
        if self.kind != 1 {
            body["duration"] = json!(self.duration);
        }
        if !self.password.is_empty() {
            body["password"] = json!(self.password);
            body["h323_password"] = json!(digits(&self.password));
            body["pstn_password"] = json!(digits(&self.password));
            body["encrypted_password"] = json!(self.encrypted_password);
        }
        if let Some((recurrence, _)) = &self.recurrence {
            body["recurrence"] = repeat::show(recurrence);
            body["occurrences"] = Value::Array(occurrences);
        }
        if let Some(fields) = &self.tracking_fields {
            body["tracking_fields"] = fields.clone();
        }
        if self.settings.get("use_pmi") == Some(&json!(true)) {
            body["pmi"] = json!(host.pmi.to_string());
        }
        body
    }
}

/// One date.
pub fn show_occurrence(one: &Occurrence) -> Value {
    json!({
        "occurrence_id": one.id, "start_time": utc(one.start), "duration": one.duration,
        "status": if one.deleted { "deleted" } else { "available" },
    })
}

/// So many minutes later.
pub fn after(start: Timestamp, minutes: i64) -> Timestamp {
    start.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(start)
}

/// "If a value is not provided or is in the past, it defaults to the current time" (Zoom API
/// reference, `start_time`).
pub fn start_or_now(start: Option<Timestamp>, now: Timestamp) -> Timestamp {
    start.filter(|start| *start > now).unwrap_or_else(|| whole_second(now))
}

/// A passcode for telephones: digits only.
fn digits(password: &str) -> String {
    if password.bytes().all(|b| b.is_ascii_digit()) {
        return password.to_owned();
    }
    let sum = password.bytes().fold(7_u32, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
    format!("{:06}", sum % 1_000_000)
}
