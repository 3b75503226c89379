//! What Zoom is told of a meeting.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{recurrence, zones};
use crate::error::Result;
use crate::meeting::{AutoRecording, Checks, Details, Repeat, Schedule, merge};
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

/// The members of a request; empty if there is nothing to say.
pub fn body(details: &Details, part: Part, checks: &mut Checks) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    if part == Part::Date {
        refuse_for_one_date(details, checks)?;
    } else if let Some(topic) = &details.topic {
        body.insert("topic".into(), checks.cut("topic", topic, MAX_TOPIC).into());
    }
    if let Some(agenda) = &details.agenda {
        body.insert("agenda".into(), checks.cut("agenda", agenda, MAX_AGENDA).into());
    }
    if let Some(schedule) = &details.schedule {
        times(&mut body, schedule, part, checks)?;
    }
    let has_time = !matches!(details.schedule, Some(Schedule { repeat: Repeat::NoFixedTime, .. }));
    if let Some(minutes) = details.duration_minutes.filter(|_| has_time) {
        if minutes > MAX_MINUTES {
            checks.cannot("duration_minutes", format!("Zoom allows at most {MAX_MINUTES}"))?;
        }
        body.insert("duration".into(), minutes.min(MAX_MINUTES).into());
    }
    if part != Part::Date {
        if let Some(passcode) = &details.passcode {
            let fits = passcode.len() <= MAX_PASSCODE
                && passcode.chars().all(|c| c.is_ascii_alphanumeric() || "@-_*".contains(c));
            if fits {
                body.insert("password".into(), passcode.as_str().into());
            } else {
                let why = "Zoom allows at most 10 letters, digits and @ - _ *";
                checks.cannot("passcode", why)?;
            }
        }
        if let Some(template) = &details.template_id {
            body.insert("template_id".into(), template.as_str().into());
        }
    }
    let settings = settings(details, part, checks)?;
    if !settings.is_empty() {
        body.insert("settings".into(), settings.into());
    }
    merge(&mut body, &details.provider_options);
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

fn times(
    body: &mut Map<String, Value>,
    schedule: &Schedule,
    part: Part,
    checks: &mut Checks,
) -> Result<()> {
    let start = &schedule.start;
    if part == Part::Date {
        if !matches!(schedule.repeat, Repeat::Keep | Repeat::Once) {
            checks.cannot("recurrence", "one date cannot repeat")?;
        }
        body.insert("start_time".into(), text::utc(start.instant).into());
        return Ok(());
    }
    let kind = match &schedule.repeat {
        Repeat::Keep => None,
        Repeat::Once => Some(SCHEDULED),
        Repeat::Rule(rule) => {
            match recurrence::of(rule, start.wall()) {
                Ok(recurrence) => {
                    body.insert("recurrence".into(), recurrence.into());
                }
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
    if let Some(kind) = kind {
        body.insert("type".into(), kind.into());
    }
    if kind == Some(WITHOUT_TIME) || schedule.is_implied {
        return Ok(());
    }
    // In UTC, since a wall time is two instants in the hour that a clock change repeats.
    body.insert("start_time".into(), text::utc(start.instant).into());
    if let Some(id) = zone_id(schedule, checks)? {
        body.insert("timezone".into(), id.into());
    }
    Ok(())
}

/// Zoom knows fewer zones than there are: one with the same clock serves as well. For a meeting
/// held once any zone does, since its time is given in UTC.
fn zone_id(schedule: &Schedule, checks: &mut Checks) -> Result<Option<&'static str>> {
    let Some(zone) = &schedule.start.zone else {
        // Otherwise the account's own, in which a rule may mean other days.
        return Ok(matches!(schedule.repeat, Repeat::Rule(_)).then_some("UTC"));
    };
    let until: Timestamp = schedule.horizon();
    if let Some(id) = zones::id(zone, schedule.start.instant, until) {
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

fn settings(details: &Details, part: Part, checks: &mut Checks) -> Result<Map<String, Value>> {
    let mut settings = Map::new();
    let switches = [
        ("waiting_room", details.waiting_room),
        ("join_before_host", details.join_before_host),
        ("mute_upon_entry", details.mute_on_entry),
    ];
    for (name, switch) in switches {
        if let Some(on) = switch {
            settings.insert(name.into(), on.into());
        }
    }
    if details.waiting_room == Some(true) && details.join_before_host == Some(true) {
        checks.warn("join_before_host", "Zoom ignores it where the waiting room is on");
    }
    if let Some(recording) = details.auto_recording {
        let kind = match recording {
            AutoRecording::None => "none",
            AutoRecording::Local => "local",
            AutoRecording::Cloud => "cloud",
        };
        settings.insert("auto_recording".into(), kind.into());
    }
    if part == Part::Date {
        return Ok(settings);
    }
    let mails = details.send_email.or((part == Part::New).then_some(false));
    if let Some(hosts) = details.alternative_hosts.as_deref()
        && (part == Part::Whole || !hosts.is_empty())
    {
        // Zoom separates them by semicolons.
        settings.insert("alternative_hosts".into(), hosts.join(";").into());
        let notify = details.send_email.unwrap_or(false);
        settings.insert("alternative_hosts_email_notification".into(), notify.into());
    }
    if let Some(invitees) = details.invitees.as_deref()
        && (part == Part::Whole || !invitees.is_empty())
    {
        let emails = invitees.iter().map(|invitee| json!({ "email": invitee.email }));
        settings.insert("meeting_invitees".into(), emails.collect());
    }
    if let Some(on) = mails {
        settings.insert("email_notification".into(), on.into());
    }
    Ok(settings)
}
