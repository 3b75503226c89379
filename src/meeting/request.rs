//! What a caller asks for, checked as far as no provider is needed to check it.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::Warning;
use super::schedule::{Irregular, Repeat, Schedule, Start, instant, parse_zone, wall_time};
use super::{entry, icalendar};
use crate::error::{Error, Result};
use crate::json;

/// The longest reference, in bytes.
const MAX_REFERENCE: usize = 255;

/// The document as it comes in. Unknown members are refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    topic: Option<String>,
    start: Option<String>,
    dates: Option<Vec<String>>,
    duration_minutes: Option<u32>,
    agenda: Option<String>,
    time_zone: Option<String>,
    #[serde(default, deserialize_with = "told")]
    recurrence: Option<Option<String>>,
    irregular: Option<Irregular>,
    icalendar: Option<String>,
    reference: Option<String>,
    invitees: Option<Vec<Invitee>>,
    alternative_hosts: Option<Vec<String>>,
    host_email: Option<String>,
    passcode: Option<String>,
    waiting_room: Option<bool>,
    join_before_host: Option<bool>,
    mute_on_entry: Option<bool>,
    auto_recording: Option<AutoRecording>,
    send_email: Option<bool>,
    template_id: Option<String>,
    #[serde(default)]
    provider_options: Map<String, Value>,
    #[serde(skip)]
    warnings: Vec<Warning>,
}

/// Tells null from absent.
fn told<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Invitee {
    pub email: String,
    pub name: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum AutoRecording {
    None,
    Local,
    Cloud,
}

/// What may be said of a meeting, new or changed. None: nothing was said.
#[derive(Clone, Debug, Default)]
pub struct Details {
    pub topic: Option<String>,
    pub agenda: Option<String>,
    pub schedule: Option<Schedule>,
    pub duration_minutes: Option<u32>,
    pub invitees: Option<Vec<Invitee>>,
    /// Those who may start the meeting instead of the host.
    pub alternative_hosts: Option<Vec<String>>,
    pub host_email: Option<String>,
    pub passcode: Option<String>,
    pub waiting_room: Option<bool>,
    pub join_before_host: Option<bool>,
    pub mute_on_entry: Option<bool>,
    pub auto_recording: Option<AutoRecording>,
    pub send_email: Option<bool>,
    pub template_id: Option<String>,
    pub provider_options: Map<String, Value>,
    /// What was understood otherwise than it was said.
    pub warnings: Vec<Warning>,
}

/// A meeting to be made: topic, schedule and duration are there.
#[derive(Clone, Debug)]
pub struct NewMeeting {
    pub details: Details,
    pub reference: Option<String>,
    pub irregular: Option<Irregular>,
    /// Of everything that was asked but the reference, whatever the order of the members; empty
    /// without a reference, for which alone it is needed.
    pub digest: String,
}

/// What is to be otherwise about a meeting.
#[derive(Clone, Debug)]
pub struct Changes {
    pub details: Details,
    pub irregular: Option<Irregular>,
    /// A rule without a start, for which the meeting's own start counts: `Some(None)` ends the
    /// repetition.
    pub rule: Option<Option<String>>,
    /// The original beginning of the one date that the calendar entry speaks of.
    pub instance: Option<Timestamp>,
}

impl NewMeeting {
    pub fn parse(text: &str) -> Result<NewMeeting> {
        let document: Document = json::closed_argument(text, "meeting")?;
        let reference = document.reference.clone();
        if let Some(reference) = &reference
            && (reference.trim().is_empty()
                || reference.len() > MAX_REFERENCE
                || reference.contains('\0'))
        {
            let what = format!("meeting.reference: must have 1 to {MAX_REFERENCE} bytes, no NUL");
            return Err(Error::invalid_argument(what));
        }
        let irregular = document.irregular;
        let (mut details, ..) = document.details()?;
        if details.topic.is_none() {
            return Err(missing("topic"));
        }
        match &mut details.schedule {
            None => return Err(missing("start")),
            Some(schedule) if matches!(schedule.repeat, Repeat::Keep) => {
                schedule.repeat = Repeat::Once;
            }
            Some(_) => {}
        }
        if details.duration_minutes.is_none() {
            return Err(missing("duration_minutes"));
        }
        let digest = reference.as_ref().map(|_| digest_of(text)).transpose()?.unwrap_or_default();
        Ok(NewMeeting { details, reference, irregular, digest })
    }
}

impl Changes {
    pub fn parse(text: &str) -> Result<Changes> {
        let document: Document = json::closed_argument(text, "changes")?;
        for (name, given) in [
            ("reference", document.reference.is_some()),
            ("template_id", document.template_id.is_some()),
        ] {
            if given {
                let what = format!("meeting.{name}: is settled when the meeting is created");
                return Err(Error::invalid_argument(what));
            }
        }
        let irregular = document.irregular;
        let (details, rule, instance) = document.details()?;
        Ok(Changes { details, irregular, rule, instance })
    }
}

impl Document {
    fn details(mut self) -> Result<(Details, Option<Option<String>>, Option<Timestamp>)> {
        let (schedule, instance) = match self.take_icalendar()? {
            Some((schedule, instance)) => (Some(schedule), instance),
            None => (self.schedule()?, None),
        };
        let zone = schedule.as_ref().and_then(|schedule| schedule.start.zone.as_ref());
        if let Some(warning) = zone.and_then(|zone| zone.warning.clone()) {
            self.warn("time_zone", &warning);
        }
        let rule = match &schedule {
            Some(_) => None,
            None => self.recurrence.take(),
        };
        if let Some(topic) = &self.topic
            && topic.trim().is_empty()
        {
            return Err(Error::invalid_argument("meeting.topic: empty"));
        }
        if self.duration_minutes == Some(0) {
            return Err(Error::invalid_argument("meeting.duration_minutes: must be at least 1"));
        }
        for (name, text) in [("passcode", &self.passcode), ("template_id", &self.template_id)] {
            if text.as_deref() == Some("") {
                return Err(Error::invalid_argument(format!("meeting.{name}: empty")));
            }
        }
        self.check_addresses()?;
        if let Some(invitees) = &mut self.invitees {
            keep_first(invitees, |invitee| &invitee.email);
        }
        if let Some(hosts) = &mut self.alternative_hosts {
            keep_first(hosts, |host| host);
        }
        let details = Details {
            topic: self.topic,
            agenda: self.agenda,
            schedule,
            duration_minutes: self.duration_minutes,
            invitees: self.invitees,
            alternative_hosts: self.alternative_hosts,
            host_email: self.host_email,
            passcode: self.passcode,
            waiting_room: self.waiting_room,
            join_before_host: self.join_before_host,
            mute_on_entry: self.mute_on_entry,
            auto_recording: self.auto_recording,
            send_email: self.send_email,
            template_id: self.template_id,
            provider_options: self.provider_options,
            warnings: self.warnings,
        };
        Ok((details, rule, instance))
    }

    fn schedule(&mut self) -> Result<Option<Schedule>> {
        let both = |one: &str, other: &str| {
            Error::invalid_argument(format!("meeting.{one}: not together with {other}"))
        };
        let zone_text = self.time_zone.take();
        let rule = self.recurrence.is_some();
        match (self.start.take(), self.dates.take()) {
            (Some(_), Some(_)) => Err(both("dates", "start")),
            (None, Some(_)) if rule => Err(both("recurrence", "dates")),
            (None, Some(dates)) => dates_in(&dates, zone_text.as_deref()).map(Some),
            (Some(start), None) => {
                let start = Start::parse(&start, zone_text.as_deref())?;
                match self.recurrence.take() {
                    None => Ok(Some(Schedule { repeat: Repeat::Keep, ..Schedule::once(start) })),
                    Some(None) => Ok(Some(Schedule::once(start))),
                    Some(Some(rule)) => Schedule::by_rule(start, &rule).map(Some),
                }
            }
            (None, None) if zone_text.is_some() => {
                Err(Error::invalid_argument("meeting.time_zone: needs start or dates"))
            }
            (None, None) => Ok(None),
        }
    }

    /// Takes over what the calendar entry says. Its times stand alone, but for the zone where it
    /// names none; its words only where the caller has none of his own.
    fn take_icalendar(&mut self) -> Result<Option<(Schedule, Option<Timestamp>)>> {
        let Some(text) = self.icalendar.take() else { return Ok(None) };
        for (name, given) in [
            ("start", self.start.is_some()),
            ("dates", self.dates.is_some()),
            ("recurrence", self.recurrence.is_some()),
            ("duration_minutes", self.duration_minutes.is_some()),
        ] {
            if given {
                let what = format!("meeting.{name}: not together with icalendar");
                return Err(Error::invalid_argument(what));
            }
        }
        let invalid = |why: String| Error::invalid_argument(format!("meeting.icalendar: {why}"));
        let mut event = icalendar::parse(&text).map_err(invalid)?;
        if let Some(name) = self.time_zone.take() {
            let zone = parse_zone(&name, Some(event.start))?;
            event = event.in_zone(&zone).map_err(invalid)?;
        }
        let schedule = entry::schedule(&event)?;
        if event.moved.iter().any(|moved| moved.topic.is_some()) {
            self.warn("icalendar", "a date with a topic of its own keeps that of all");
        }
        let is_longer = |moved: &icalendar::Moved| moved.duration_minutes != event.duration_minutes;
        if schedule.exceptions.is_empty() && event.moved.iter().any(is_longer) {
            self.warn("icalendar", "a date with a length of its own gets that of all");
        }
        self.duration_minutes = Some(event.duration_minutes);
        self.topic = self.topic.take().or(event.topic);
        self.agenda = self.agenda.take().or(event.agenda);
        if self.invitees.is_none() && !event.invitees.is_empty() {
            let invitees = event.invitees.into_iter();
            self.invitees = Some(invitees.map(|(email, name)| Invitee { email, name }).collect());
        }
        let original = |wall| instant(wall, &schedule.start.rules());
        let instance = event.instance.and_then(original);
        Ok(Some((schedule, instance)))
    }

    fn warn(&mut self, field: &'static str, message: &str) {
        self.warnings.push(Warning { field, message: message.to_owned() });
    }

    /// Refuses what cannot be an address, above all the separators that would make one two.
    fn check_addresses(&self) -> Result<()> {
        let wrong =
            |field: String| Error::invalid_argument(format!("{field}: not an e-mail address"));
        for (at, invitee) in self.invitees.iter().flatten().enumerate() {
            if !is_address(&invitee.email) {
                return Err(wrong(format!("meeting.invitees[{at}].email")));
            }
        }
        for (at, host) in self.alternative_hosts.iter().flatten().enumerate() {
            if !is_address(host) {
                return Err(wrong(format!("meeting.alternative_hosts[{at}]")));
            }
        }
        match &self.host_email {
            Some(email) if !is_address(email) => Err(wrong("meeting.host_email".into())),
            _ => Ok(()),
        }
    }
}

fn dates_in(dates: &[String], zone: Option<&str>) -> Result<Schedule> {
    /// Its instant, if it has an offset, and what a clock beside it would show.
    type Date = (Option<Timestamp>, DateTime);
    let read = |(at, date): (usize, &String)| -> Result<Date> {
        let exact = date.parse::<Timestamp>().ok();
        let wall = exact.map(|exact| TimeZone::UTC.to_datetime(exact)).or_else(|| wall_time(date));
        let wrong = || format!("meeting.dates[{at}]: neither RFC 3339 nor a local date and time");
        Ok((exact, wall.ok_or_else(|| Error::invalid_argument(wrong()))?))
    };
    let dates = dates.iter().enumerate().map(read).collect::<Result<Vec<Date>>>()?;
    let zone = zone.ok_or_else(|| missing("time_zone"))?;
    let zone = parse_zone(zone, dates.first().map(|(_, wall)| *wall))?;
    let there = |(exact, wall): Date| exact.map_or(wall, |exact| zone.rules.to_datetime(exact));
    Schedule::by_dates(dates.into_iter().map(there).collect(), zone.clone(), "dates")
}

/// Takes out who was named before.
fn keep_first<T>(people: &mut Vec<T>, email: impl Fn(&T) -> &str) {
    let mut known = HashSet::new();
    people.retain(|one| known.insert(email(one).to_lowercase()));
}

fn missing(name: &str) -> Error {
    Error::invalid_argument(format!("meeting.{name}: missing"))
}

/// Whether this can be one e-mail address.
pub fn is_address(email: &str) -> bool {
    email.len() <= 254
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !email.contains(|c: char| c.is_whitespace() || c.is_control() || ",;<>".contains(c))
}

/// SHA-256 of the document without its reference, in a form that does not depend on spaces and the
/// order of members, nor on when and how often a calendar entry was written.
fn digest_of(text: &str) -> Result<String> {
    let mut members: Map<String, Value> = json::argument(text, "meeting")?;
    members.remove("reference");
    if let Some(Value::String(text)) = members.get("icalendar")
        && let Ok(event) = icalendar::parse(text)
    {
        members.insert("icalendar".to_owned(), event.meaning());
    }
    let mut plain = Value::Object(members);
    plain.sort_all_objects();
    let plain = serde_json::to_vec(&plain).map_err(|error| Error::internal(error.to_string()))?;
    let hex = digest(&SHA256, &plain).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(hex)
}

#[cfg(test)]
mod tests;
