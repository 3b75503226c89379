//! What Webex is told of a meeting.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Map, Value, json};

use super::recurrence;
use crate::error::{Error, Result, Status};
use crate::meeting::{AutoRecording, Checks, Details, Repeat, Schedule, merge};
use crate::provider::Part;

/// What Webex's schema of `POST /v1/meetings` allows.
pub const MAX_TITLE: usize = 128;
const MAX_AGENDA: usize = 1300;
const MIN_MINUTES: u32 = 10;
const MAX_MINUTES: u32 = 23 * 60 + 59;
pub const MAX_INVITEES: usize = 1000;
/// "Not 10 years ahead".
const HORIZON: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

/// The members of a request; empty if there is nothing to say.
pub fn body(details: &Details, part: Part, checks: &mut Checks) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    if let Some(topic) = &details.topic {
        body.insert("title".into(), checks.cut("topic", topic, MAX_TITLE).into());
    }
    if let Some(schedule) = &details.schedule {
        times(&mut body, schedule, details.duration_minutes, part, checks)?;
    }
    match &details.agenda {
        // "null clears".
        Some(agenda) if agenda.is_empty() && part != Part::New => {
            body.insert("agenda".into(), Value::Null);
        }
        Some(agenda) => {
            body.insert("agenda".into(), checks.cut("agenda", agenda, MAX_AGENDA).into());
        }
        None => {}
    }
    if let Some(passcode) = &details.passcode {
        body.insert("password".into(), passcode.as_str().into());
    }
    if let Some(template) = &details.template_id {
        body.insert("templateId".into(), template.as_str().into());
    }
    if let Some(on) = details.join_before_host {
        body.insert("enabledJoinBeforeHost".into(), on.into());
    }
    if let Some(on) = details.waiting_room {
        let security = if on { "allowJoinWithLobby" } else { "allowJoin" };
        body.insert("unlockedMeetingJoinSecurity".into(), security.into());
    }
    if details.mute_on_entry == Some(true) {
        checks.cannot("mute_on_entry", "Webex cannot set it for one meeting")?;
    }
    match details.auto_recording {
        Some(AutoRecording::Cloud) => {
            body.insert("enabledAutoRecordMeeting".into(), true.into());
        }
        Some(AutoRecording::None) => {
            body.insert("enabledAutoRecordMeeting".into(), false.into());
        }
        Some(AutoRecording::Local) => {
            checks.cannot("auto_recording", "Webex records in its cloud only")?;
        }
        None => {}
    }
    match part {
        Part::New => {
            let invitees = invitees(details, checks)?;
            if !invitees.is_empty() {
                body.insert("invitees".into(), invitees.into());
            }
        }
        // They are changed by requests of their own.
        Part::Whole => {}
        Part::Date => {
            for (field, given) in [
                ("invitees", details.invitees.is_some()),
                ("alternative_hosts", details.alternative_hosts.is_some()),
            ] {
                if given {
                    checks.cannot(field, "they belong to the whole meeting")?;
                }
            }
        }
    }
    merge(&mut body, &details.provider_options);
    // Webex mails host and invitees unless it is told not to.
    if part == Part::New || !body.is_empty() {
        let mails = details.send_email.unwrap_or(false);
        body.entry("sendEmail").or_insert(mails.into());
    }
    Ok(body)
}

fn times(
    body: &mut Map<String, Value>,
    schedule: &Schedule,
    minutes: Option<u32>,
    part: Part,
    checks: &mut Checks,
) -> Result<()> {
    let start = &schedule.start;
    if start.instant.duration_since(Timestamp::now()) > HORIZON {
        return Err(Error::new(
            Status::Unsupported,
            "start: Webex takes no meeting more than ten years ahead",
        ));
    }
    let asked = minutes.unwrap_or(MIN_MINUTES);
    let minutes = asked.clamp(MIN_MINUTES, MAX_MINUTES);
    if asked != minutes {
        let why = format!("Webex allows {MIN_MINUTES} to {MAX_MINUTES}");
        checks.cannot("duration_minutes", why)?;
    }
    // With an offset the instant counts; the zone is what people are shown, and in which a rule is
    // meant.
    match (&start.zone, &schedule.repeat) {
        (Some(zone), _) => {
            body.insert("timezone".into(), zone.name.as_str().into());
        }
        (None, Repeat::Rule(_)) => {
            body.insert("timezone".into(), "UTC".into());
        }
        (None, _) => {}
    }
    let rules = start.rules();
    let end = start.instant + SignedDuration::from_mins(minutes.into());
    // Webex takes no start in the past, not even that of a series that has begun.
    if !(schedule.is_implied && matches!(schedule.repeat, Repeat::Keep)) {
        body.insert("start".into(), with_offset(start.instant, &rules).into());
    }
    body.insert("end".into(), with_offset(end, &rules).into());
    match (&schedule.repeat, part) {
        (Repeat::Keep, _) | (Repeat::Once, Part::New | Part::Date) => {}
        (_, Part::Date) => checks.cannot("recurrence", "one date cannot repeat")?,
        // "null clears".
        (Repeat::Once, Part::Whole) => {
            body.insert("recurrence".into(), Value::Null);
        }
        (Repeat::Rule(rule), _) => match recurrence::of(rule, start.wall(), &rules) {
            Ok(rule) => {
                body.insert("recurrence".into(), rule.into());
            }
            // The bridge has asked before.
            Err(why) => checks.cannot("recurrence", why)?,
        },
        (Repeat::Dates { why, .. }, _) => checks.cannot("dates", why.as_str())?,
        (Repeat::NoFixedTime, _) => {
            checks.cannot("irregular", "Webex has no meetings without a fixed time")?;
        }
    }
    Ok(())
}

/// Webex has no alternative hosts; its co-hosts are invitees with a mark.
pub fn invitees(details: &Details, checks: &mut Checks) -> Result<Vec<Value>> {
    let asked = details.invitees.as_deref().unwrap_or_default();
    let hosts = details.alternative_hosts.as_deref().unwrap_or_default();
    if asked.len().max(hosts.len()) > MAX_INVITEES {
        checks.cannot("invitees", format!("Webex allows at most {MAX_INVITEES}"))?;
    }
    let asked = &asked[..asked.len().min(MAX_INVITEES)];
    let hosts = &hosts[..hosts.len().min(MAX_INVITEES)];
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let is_host = |email: &str| hosts.iter().any(|host| same(host, email));
    let mut invitees: Vec<Value> = Vec::new();
    for invitee in asked {
        let mut entry = json!({ "email": invitee.email, "coHost": is_host(&invitee.email) });
        if let Some(name) = &invitee.name {
            entry["displayName"] = checks.cut("invitees", name, MAX_TITLE).into();
        }
        invitees.push(entry);
    }
    let invited = |email: &str| asked.iter().any(|invitee| same(&invitee.email, email));
    for host in hosts.iter().filter(|host| !invited(host)) {
        invitees.push(json!({ "email": host, "coHost": true }));
    }
    if invitees.len() > MAX_INVITEES {
        checks.cannot("invitees", format!("Webex allows at most {MAX_INVITEES}"))?;
        invitees.truncate(MAX_INVITEES);
    }
    Ok(invitees)
}

/// ISO 8601 with the zone's offset, to the second: `2027-03-01T18:00:00+09:00`.
fn with_offset(at: Timestamp, zone: &TimeZone) -> String {
    Zoned::new(at, zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
