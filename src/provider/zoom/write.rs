//! What Zoom is told of a meeting.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{recurrence, zones};
use crate::error::Result;
use crate::meeting::{AutoRecording, Checks, Details, Repeat, Schedule};
use crate::provider::Part;
use crate::text;

/// What Zoom's schema of `POST /users/{userId}/meetings` allows.
pub const MAX_TOPIC: usize = 200;
const MAX_AGENDA: usize = 2000;
const MAX_MINUTES: u32 = 1440;
const MAX_PASSCODE: usize = 10;

/// The types of meetings: "Scheduled", "Recurring with no fixed time", "Recurring with fixed
/// time".
const SCHEDULED: u8 = 2;
const WITHOUT_TIME: u8 = 3;
const RECURRING: u8 = 8;

/// The members of a request.
#[derive(Default, PartialEq, Serialize)]
pub struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agenda: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    kind: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Settings<'a>>,
}

#[derive(Default, PartialEq, Serialize)]
struct Settings<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_room: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    join_before_host: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mute_upon_entry: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_recording: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternative_hosts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternative_hosts_email_notification: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_invitees: Option<Vec<Invitee<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_notification: Option<bool>,
}

#[derive(PartialEq, Serialize)]
struct Invitee<'a> {
    email: &'a str,
}

impl Body<'_> {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Body::default()
    }
}

/// What Zoom is to be told, but for the caller's raw members.
pub fn body<'a>(details: &'a Details, part: Part, checks: &mut Checks) -> Result<Body<'a>> {
    let mut body = Body::default();
    if part == Part::Date {
        refuse_for_one_date(details, checks)?;
    } else if let Some(topic) = &details.topic {
        body.topic = Some(checks.cut("topic", topic, MAX_TOPIC));
    }
    if let Some(agenda) = &details.agenda {
        body.agenda = Some(checks.cut("agenda", agenda, MAX_AGENDA));
    }
    if let Some(schedule) = &details.schedule {
        times(&mut body, schedule, part, checks)?;
    }
    let has_time = !matches!(details.schedule, Some(Schedule { repeat: Repeat::NoFixedTime, .. }));
    if let Some(minutes) = details.duration_minutes.filter(|_| has_time) {
        if minutes > MAX_MINUTES {
            checks.cannot("duration_minutes", format!("Zoom allows at most {MAX_MINUTES}"))?;
        }
        body.duration = Some(minutes.min(MAX_MINUTES));
    }
    if part != Part::Date {
        if let Some(passcode) = &details.passcode {
            let fits = passcode.len() <= MAX_PASSCODE
                && passcode.chars().all(|c| c.is_ascii_alphanumeric() || "@-_*".contains(c));
            if fits {
                body.password = Some(passcode);
            } else {
                let why = "Zoom allows at most 10 letters, digits and @ - _ *";
                checks.cannot("passcode", why)?;
            }
        }
        body.template_id = details.template_id.as_deref();
    }
    let settings = settings(details, part, checks);
    body.settings = (settings != Settings::default()).then_some(settings);
    Ok(body)
}

/// "Update a meeting", `occurrence_id`: one date takes agenda, start_time, duration and a few
/// settings.
fn refuse_for_one_date(details: &Details, checks: &mut Checks) -> Result<()> {
    for (field, given) in [
        ("topic", details.topic.is_some()),
        ("passcode", details.passcode.is_some()),
        ("invitees", details.invitees.is_some()),
        ("alternative_hosts", details.alternative_hosts.is_some()),
        ("send_email", details.send_email == Some(true)),
    ] {
        if given {
            checks.cannot(field, "Zoom cannot change it for one date")?;
        }
    }
    Ok(())
}

fn times(body: &mut Body<'_>, schedule: &Schedule, part: Part, checks: &mut Checks) -> Result<()> {
    let start = &schedule.start;
    if part == Part::Date {
        if !matches!(schedule.repeat, Repeat::Keep | Repeat::Once) {
            checks.cannot("recurrence", "one date cannot repeat")?;
        }
        body.start_time = Some(text::utc(start.instant));
        return Ok(());
    }
    let kind = match &schedule.repeat {
        Repeat::Keep => None,
        Repeat::Once => Some(SCHEDULED),
        Repeat::Rule(rule) => {
            match recurrence::of(rule, start.wall()) {
                Ok(recurrence) => body.recurrence = Some(recurrence),
                // The bridge has asked before.
                Err(why) => checks.cannot("recurrence", why)?,
            }
            Some(RECURRING)
        }
        Repeat::Dates { why, .. } => {
            checks.cannot("dates", why.as_str())?;
            Some(WITHOUT_TIME)
        }
        Repeat::NoFixedTime => Some(WITHOUT_TIME),
    };
    body.kind = kind;
    if kind == Some(WITHOUT_TIME) || schedule.is_implied {
        return Ok(());
    }
    // In UTC, since a wall time is two instants in the hour that a clock change repeats.
    body.start_time = Some(text::utc(start.instant));
    body.timezone = zone_id(schedule, checks)?;
    Ok(())
}

/// Zoom knows fewer zones than there are: one with the same clock serves as well. For a meeting
/// held once any zone does, since its time is given in UTC.
fn zone_id(schedule: &Schedule, checks: &mut Checks) -> Result<Option<&'static str>> {
    let Some(zone) = &schedule.start.zone else {
        // Otherwise the account's own, in which a rule may mean other days.
        return Ok(matches!(schedule.repeat, Repeat::Rule(_)).then_some("UTC"));
    };
    if let Some(id) = zones::id(zone, schedule.start.instant, || schedule.horizon()) {
        return Ok(Some(id));
    }
    let why = format!("Zoom knows no zone with the clock of {}", zone.name);
    match schedule.repeat {
        Repeat::Once => checks.warn("time_zone", format!("{why}; the time is shown in UTC")),
        // A series may keep the clock of the zone that it has.
        Repeat::Keep => {
            checks.warn("time_zone", format!("{why}; the meeting keeps its own"));
            return Ok(None);
        }
        _ => checks.cannot("time_zone", why)?,
    }
    Ok(Some("UTC"))
}

fn settings<'a>(details: &'a Details, part: Part, checks: &mut Checks) -> Settings<'a> {
    if details.waiting_room == Some(true) && details.join_before_host == Some(true) {
        checks.warn("join_before_host", "Zoom ignores it where the waiting room is on");
    }
    let mut settings = Settings {
        waiting_room: details.waiting_room,
        join_before_host: details.join_before_host,
        mute_upon_entry: details.mute_on_entry,
        auto_recording: details.auto_recording.map(|recording| match recording {
            AutoRecording::None => "none",
            AutoRecording::Local => "local",
            AutoRecording::Cloud => "cloud",
        }),
        ..Settings::default()
    };
    if part == Part::Date {
        return settings;
    }
    settings.email_notification = details.send_email.or((part == Part::New).then_some(false));
    let is_told = |people: usize| part == Part::Whole || people > 0;
    if let Some(hosts) = details.alternative_hosts.as_deref().filter(|it| is_told(it.len())) {
        // Zoom separates them by semicolons.
        settings.alternative_hosts = Some(hosts.join(";"));
        settings.alternative_hosts_email_notification = Some(details.send_email.unwrap_or(false));
    }
    if let Some(invitees) = details.invitees.as_deref().filter(|it| is_told(it.len())) {
        let invitees = invitees.iter().map(|invitee| Invitee { email: &invitee.email });
        settings.meeting_invitees = Some(invitees.collect());
    }
    settings
}
