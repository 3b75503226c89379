//! Reads the body of a create or an update and checks it as Zoom does.

use super::{repeat, settings, zones};
use crate::recurrence::Rule;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// `start_time` comes in two forms (Zoom API reference, "Create a meeting").
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// `yyyy-MM-ddTHH:mm:ssZ`.
    Instant(Timestamp),
    /// `yyyy-MM-ddTHH:mm:ss`, local in `timezone`.
    Local(DateTime),
}

impl Start {
    /// The instant, by the meeting's zone.
    pub fn resolve(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Start::Instant(instant) => Some(instant),
            Start::Local(local) => Some(zone.to_zoned(local).ok()?.timestamp()),
        }
    }
}

/// What a body says; absent fields are none.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// `type`.
    pub kind: Option<u8>,
    /// `topic`.
    pub topic: Option<String>,
    /// `agenda`.
    pub agenda: Option<String>,
    /// `start_time`.
    pub start: Option<Start>,
    /// `timezone`, an id of Zoom's list.
    pub time_zone: Option<String>,
    /// `duration` in minutes.
    pub duration: Option<i64>,
    /// `password`.
    pub password: Option<String>,
    /// `default_password`.
    pub default_password: Option<bool>,
    /// `schedule_for`.
    pub schedule_for: Option<String>,
    /// `recurrence`, as sent and as understood.
    pub recurrence: Option<(Value, Rule)>,
    /// `settings`.
    pub settings: Map<String, Value>,
    /// `tracking_fields`.
    pub tracking_fields: Option<Value>,
    /// Names of everything that was sent.
    pub names: Vec<String>,
}

impl Draft {
    /// Reads a body; the wrong fields on failure. Unknown fields are accepted.
    pub fn read(body: &Map<String, Value>) -> Result<Draft, Vec<String>> {
        let mut draft = Draft { names: body.keys().cloned().collect(), ..Draft::default() };
        let mut wrong = Vec::new();
        for (name, value) in body {
            if draft.take(name, value, &mut wrong).is_none() {
                wrong.push(name.clone());
            }
        }
        if wrong.is_empty() { Ok(draft) } else { Err(wrong) }
    }

    /// Takes one field; none when it is wrong.
    fn take(&mut self, name: &str, value: &Value, wrong: &mut Vec<String>) -> Option<()> {
        match name {
            "topic" => self.topic = Some(text(value, 200)?),
            "agenda" => self.agenda = Some(text(value, 2000)?),
            "type" => {
                let kind = value.as_u64().filter(|kind| [1, 2, 3, 8, 10].contains(kind))?;
                self.kind = u8::try_from(kind).ok();
            }
            "duration" => {
                self.duration = Some(value.as_i64().filter(|n| (1..=1440).contains(n))?);
            }
            "password" => self.password = Some(password(value)?),
            "default_password" => self.default_password = Some(value.as_bool()?),
            "pre_schedule" => {
                value.as_bool()?;
            }
            "schedule_for" => self.schedule_for = Some(text(value, 320)?),
            "template_id" | "sensitivity_label_id" => {
                text(value, 200)?;
            }
            "start_time" => self.start = Some(start(value.as_str()?)?),
            "timezone" => {
                let id = value.as_str()?;
                zones::zone(id)?;
                self.time_zone = Some(id.to_owned());
            }
            "recurrence" => match repeat::read(value) {
                Ok(rule) => self.recurrence = Some((value.clone(), rule)),
                Err(fields) => wrong.extend(fields),
            },
            "settings" => {
                settings::check(value.as_object()?, wrong);
                self.settings = value.as_object()?.clone();
            }
            "tracking_fields" => {
                let list = value.as_array()?;
                if !list.iter().all(|one| one["field"].is_string()) {
                    return None;
                }
                self.tracking_fields = Some(value.clone());
            }
            _ => {}
        }
        Some(())
    }
}

fn text(value: &Value, longest: usize) -> Option<String> {
    let text = value.as_str()?;
    (text.chars().count() <= longest).then(|| text.to_owned())
}

/// At most ten characters; "may only contain [a-z A-Z 0-9 @ - _ *]" (Zoom API reference, "Update
/// a meeting").
fn password(value: &Value) -> Option<String> {
    let text = text(value, 10)?;
    let good = |c: char| c.is_ascii_alphanumeric() || "@-_*".contains(c);
    text.chars().all(good).then_some(text)
}

fn start(text: &str) -> Option<Start> {
    if text.len() < 19 || text.as_bytes()[10] != b'T' {
        return None;
    }
    let tail = text.get(19..)?;
    if tail.contains(['Z', '+', '-']) {
        return text.parse::<Timestamp>().ok().map(Start::Instant);
    }
    text.parse::<DateTime>().ok().map(Start::Local)
}
