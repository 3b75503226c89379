//! Reads the body of a create or an update and checks it as Webex does.

use super::{rrule, times};
use crate::recurrence::Rule;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// A field that can be absent, cleared with null, or set.
#[derive(Clone, Debug, Default)]
pub enum Change<T> {
    /// Not in the body.
    #[default]
    Keep,
    /// Null.
    Clear,
    /// A value.
    Set(T),
}

/// What a body says.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// `title`.
    pub title: Option<String>,
    /// `agenda`.
    pub agenda: Change<String>,
    /// `password`.
    pub password: Option<String>,
    /// `timezone`.
    pub time_zone: Option<String>,
    /// `start`.
    pub start: Option<Timestamp>,
    /// `end`.
    pub end: Option<Timestamp>,
    /// `recurrence`, as sent and as understood.
    pub recurrence: Change<(String, Rule)>,
    /// `integrationTags`.
    pub tags: Option<Vec<String>>,
    /// `invitees`, create only.
    pub invitees: Vec<Value>,
    /// `hostEmail`.
    pub host_email: Option<String>,
    /// `sendEmail`; true when absent.
    pub send_email: bool,
    /// Everything else that answers give back.
    pub extras: Map<String, Value>,
}

const BOOLEANS: &[&str] = &[
    "enabledAutoRecordMeeting",
    "allowAnyUserToBeCoHost",
    "enabledJoinBeforeHost",
    "enableConnectAudioBeforeHost",
    "excludePassword",
    "publicMeeting",
    "enabledWebcastView",
    "enableAutomaticLock",
    "allowFirstUserToBeCoHost",
    "allowAuthenticatedDevices",
    "enabledBreakoutSessions",
    "enabledAudioWatermark",
    "enabledVisualWatermark",
    "requireAttendeeLogin",
    "restrictToInvitees",
    "enabledLiveStream",
];

const NUMBERS: &[&str] =
    &["reminderTime", "sessionTypeId", "automaticLockMinutes", "visualWatermarkOpacity"];

const OBJECTS: &[&str] = &["meetingOptions", "attendeePrivileges", "audioConnectionOptions"];

impl Draft {
    /// Reads a body. `zone` is what local times are in unless the body names another; the reason
    /// on failure. Unknown fields are ignored.
    pub fn read(body: &Map<String, Value>, zone: &TimeZone) -> Result<Draft, String> {
        let mut draft = Draft { send_email: true, ..Draft::default() };
        let mut zone = zone.clone();
        if let Some(name) = body.get("timezone") {
            let name = name.as_str().unwrap_or_default();
            zone = times::zone(name).ok_or("'timezone' is not a known time zone.")?;
            draft.time_zone = Some(name.to_owned());
        }
        for (name, value) in body {
            draft.take(name, value, &zone)?;
        }
        Ok(draft)
    }

    fn take(&mut self, name: &str, value: &Value, zone: &TimeZone) -> Result<(), String> {
        let wrong = || format!("'{name}' is invalid.");
        let text = |longest: usize| {
            let text = value.as_str().filter(|text| text.chars().count() <= longest);
            text.map(str::to_owned).ok_or_else(wrong)
        };
        match name {
            "title" => {
                self.title = Some(text(128)?);
                if self.title.as_ref().is_some_and(|title| title.trim().is_empty()) {
                    return Err(wrong());
                }
            }
            "agenda" => {
                self.agenda =
                    if value.is_null() { Change::Clear } else { Change::Set(text(1300)?) };
            }
            "password" => self.password = Some(text(128)?),
            "start" => self.start = Some(times::read(&text(40)?, zone).ok_or_else(wrong)?),
            "end" => self.end = Some(times::read(&text(40)?, zone).ok_or_else(wrong)?),
            "recurrence" => {
                self.recurrence = match value {
                    Value::Null => Change::Clear,
                    _ => {
                        let text = text(500)?;
                        let rule = rrule::read(&text, zone)?;
                        Change::Set((text, rule))
                    }
                };
            }
            // "integrationTags: at most 3, each at most 64 characters".
            "integrationTags" => {
                let list = value.as_array().filter(|list| list.len() <= 3).ok_or_else(wrong)?;
                let tag = |tag: &Value| {
                    Some(tag.as_str().filter(|t| t.chars().count() <= 64)?.to_owned())
                };
                self.tags = Some(list.iter().map(tag).collect::<Option<_>>().ok_or_else(wrong)?);
            }
            "invitees" => {
                self.invitees =
                    value.as_array().filter(|l| l.len() <= 1000).ok_or_else(wrong)?.clone();
            }
            "hostEmail" => self.host_email = Some(text(320)?),
            "sendEmail" => self.send_email = value.as_bool().ok_or_else(wrong)?,
            "joinBeforeHostMinutes" => {
                let good = value.as_i64().is_some_and(|n| [0, 5, 10, 15].contains(&n));
                self.keep(name, value, good).ok_or_else(wrong)?;
            }
            "unlockedMeetingJoinSecurity" => {
                let words = ["allowJoin", "allowJoinWithLobby", "blockFromJoin"];
                let good = value.as_str().is_some_and(|text| words.contains(&text));
                self.keep(name, value, good).ok_or_else(wrong)?;
            }
            "scheduledType" => {
                let words = ["meeting", "webinar", "personalRoomMeeting"];
                let good = value.as_str().is_some_and(|text| words.contains(&text));
                self.keep(name, value, good).ok_or_else(wrong)?;
            }
            "trackingCodes" => {
                let good = value.is_null() || value.is_array();
                self.keep(name, value, good).ok_or_else(wrong)?;
            }
            _ if BOOLEANS.contains(&name) => {
                self.keep(name, value, value.is_boolean()).ok_or_else(wrong)?;
            }
            _ if NUMBERS.contains(&name) => {
                self.keep(name, value, value.is_number()).ok_or_else(wrong)?;
            }
            _ if OBJECTS.contains(&name) => {
                self.keep(name, value, value.is_object()).ok_or_else(wrong)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, name: &str, value: &Value, good: bool) -> Option<()> {
        good.then(|| {
            self.extras.insert(name.to_owned(), value.clone());
        })
    }
}

/// The rules for start and end ("Create a Meeting"): not in the past (the current minute moves on
/// to the next), 10 minutes to 23 hours 59 minutes, less than 10 years ahead.
pub fn check_times(
    start: Timestamp,
    end: Timestamp,
    now: Timestamp,
) -> Result<(Timestamp, i64), String> {
    let this_minute = now.as_second().div_euclid(60) * 60;
    let mut start = start;
    if start.as_second() == this_minute {
        start = start.checked_add(SignedDuration::from_mins(1)).unwrap_or(start);
    }
    if start < now {
        return Err("'start' can not be in the past.".to_owned());
    }
    if start.duration_since(now) > SignedDuration::from_hours(10 * 365 * 24) {
        return Err("'start' is more than 10 years from now.".to_owned());
    }
    let minutes = end.duration_since(start).as_mins();
    if !(10..=23 * 60 + 59).contains(&minutes) {
        return Err("The duration must be from 10 minutes to 23 hours 59 minutes.".to_owned());
    }
    Ok((start, minutes))
}
