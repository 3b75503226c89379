//! What a caller asks for, checked as far as no provider is needed to check it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result, Status};
use crate::json;

/// The document as it comes in. Unknown members are refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    topic: Option<String>,
    start: Option<String>,
    duration_minutes: Option<u32>,
    agenda: Option<String>,
    time_zone: Option<String>,
    #[serde(default)]
    invitees: Vec<Invitee>,
    #[serde(default)]
    alternative_hosts: Vec<String>,
    passcode: Option<String>,
    waiting_room: Option<bool>,
    join_before_host: Option<bool>,
    mute_on_entry: Option<bool>,
    auto_recording: Option<AutoRecording>,
    #[serde(default)]
    send_email: bool,
    template_id: Option<String>,
    #[serde(default)]
    provider_options: Map<String, Value>,

    // Members of the contract whose work is not built yet: known, and refused by name.
    dates: Option<Value>,
    recurrence: Option<Value>,
    irregular: Option<Value>,
    icalendar: Option<Value>,
    reference: Option<Value>,
    host_email: Option<Value>,
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

/// When a meeting begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    pub instant: Timestamp,
    /// The IANA name of the zone in which people are shown the time.
    pub time_zone: Option<String>,
}

/// A meeting that can be asked of any provider.
#[derive(Clone)]
pub struct NewMeeting {
    pub topic: String,
    pub start: Start,
    pub duration_minutes: u32,
    pub agenda: Option<String>,
    pub invitees: Vec<Invitee>,
    pub alternative_hosts: Vec<String>,
    pub passcode: Option<String>,
    pub waiting_room: Option<bool>,
    pub join_before_host: Option<bool>,
    pub mute_on_entry: Option<bool>,
    pub auto_recording: Option<AutoRecording>,
    pub send_email: bool,
    pub template_id: Option<String>,
    pub provider_options: Map<String, Value>,
}

impl NewMeeting {
    pub fn parse(text: &str) -> Result<NewMeeting> {
        let document: Document = json::argument(text, "meeting")?;
        document.refuse_unbuilt()?;
        let topic = required(document.topic, "topic")?;
        if topic.trim().is_empty() {
            return Err(Error::invalid_argument("meeting.topic: empty"));
        }
        let start = required(document.start, "start")?;
        let duration_minutes = required(document.duration_minutes, "duration_minutes")?;
        if duration_minutes == 0 {
            return Err(Error::invalid_argument("meeting.duration_minutes: must be at least 1"));
        }
        check_addresses(&document.invitees, &document.alternative_hosts)?;
        Ok(NewMeeting {
            topic,
            start: Start::parse(&start, document.time_zone.as_deref())?,
            duration_minutes,
            agenda: document.agenda,
            invitees: document.invitees,
            alternative_hosts: document.alternative_hosts,
            passcode: document.passcode,
            waiting_room: document.waiting_room,
            join_before_host: document.join_before_host,
            mute_on_entry: document.mute_on_entry,
            auto_recording: document.auto_recording,
            send_email: document.send_email,
            template_id: document.template_id,
            provider_options: document.provider_options,
        })
    }
}

impl Document {
    fn refuse_unbuilt(&self) -> Result<()> {
        let members = [
            ("dates", &self.dates),
            ("recurrence", &self.recurrence),
            ("irregular", &self.irregular),
            ("icalendar", &self.icalendar),
            ("reference", &self.reference),
            ("host_email", &self.host_email),
        ];
        match members.iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => Err(Error::new(
                Status::NotAvailable,
                format!("meeting.{name}: not available in this version"),
            )),
            None => Ok(()),
        }
    }
}

impl Start {
    /// A time with an offset, or a wall time in `time_zone`.
    fn parse(start: &str, time_zone: Option<&str>) -> Result<Start> {
        let invalid = |detail: &str| Error::invalid_argument(format!("meeting.start: {detail}"));
        let zone = time_zone.map(parse_zone).transpose()?;
        // A date alone would be read as midnight.
        let wall = start.parse::<DateTime>().ok().filter(|_| start.len() > "2027-03-01".len());
        let instant = match (start.parse::<Timestamp>(), wall, &zone) {
            (Ok(instant), ..) => instant,
            (_, None, _) => return Err(invalid("neither RFC 3339 nor a local date and time")),
            (_, _, None) => return Err(invalid("a local time needs time_zone")),
            // A wall time that a clock change skips moves on by the length of the gap.
            (_, Some(wall), Some((_, zone))) => {
                zone.to_timestamp(wall).map_err(|_| invalid("outside the calendar"))?
            }
        };
        // Nobody meets at the end of the calendar, and sums with it would overflow.
        instant
            .checked_add(SignedDuration::from_hours(48))
            .map_err(|_| invalid("outside the calendar"))?;
        Ok(Start { instant, time_zone: zone.map(|(name, _)| name) })
    }
}

fn parse_zone(name: &str) -> Result<(String, TimeZone)> {
    let zone = TimeZone::get(name).map_err(|_| {
        Error::invalid_argument(format!("meeting.time_zone: {name:?} is not an IANA time zone"))
    })?;
    Ok((zone.iana_name().unwrap_or(name).to_owned(), zone))
}

fn required<T>(value: Option<T>, name: &str) -> Result<T> {
    value.ok_or_else(|| Error::invalid_argument(format!("meeting.{name}: missing")))
}

/// Refuses what cannot be an address, above all the separators that would make one two.
fn check_addresses(invitees: &[Invitee], hosts: &[String]) -> Result<()> {
    let fits = |email: &str| {
        email.len() <= 254
            && email.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && !host.is_empty() && !host.contains('@')
            })
            && !email.contains(|c: char| c.is_whitespace() || c.is_control() || ",;<>".contains(c))
    };
    let wrong = |field: String| Error::invalid_argument(format!("{field}: not an e-mail address"));
    if let Some(at) = invitees.iter().position(|invitee| !fits(&invitee.email)) {
        return Err(wrong(format!("meeting.invitees[{at}].email")));
    }
    if let Some(at) = hosts.iter().position(|email| !fits(email)) {
        return Err(wrong(format!("meeting.alternative_hosts[{at}]")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(members: &str) -> Result<NewMeeting> {
        NewMeeting::parse(&format!(
            r#"{{"topic":"Weekly","duration_minutes":30,"start":"2027-03-01T09:00:00Z"{members}}}"#
        ))
    }

    fn start(start: &str, zone: Option<&str>) -> Result<Start> {
        Start::parse(start, zone)
    }

    #[test]
    fn a_time_with_an_offset_is_an_instant() {
        let start = start("2027-03-01T18:00:00+09:00", None).unwrap();
        assert_eq!(start.instant, "2027-03-01T09:00:00Z".parse().unwrap());
        assert_eq!(start.time_zone, None);
        for last in ["9999-12-30T21:59:59Z", "9999-12-29T00:00:00Z"] {
            assert!(self::start(last, None).is_err(), "{last}");
        }
    }

    #[test]
    fn a_wall_time_needs_its_zone() {
        let there = start("2027-03-01T18:00:00", Some("Asia/Tokyo")).unwrap();
        assert_eq!(there.instant, "2027-03-01T09:00:00Z".parse().unwrap());
        let error = start("2027-03-01T18:00:00", None).err().unwrap();
        assert_eq!(error.detail(), "meeting.start: a local time needs time_zone");
        let error = start("2027-03-01T18:00:00", Some("Tokyo")).err().unwrap();
        assert!(error.detail().starts_with("meeting.time_zone"), "{error}");
    }

    #[test]
    fn a_wall_time_that_does_not_exist_moves_on() {
        let start = start("2027-03-28T02:30:00", Some("Europe/Copenhagen")).unwrap();
        assert_eq!(start.instant, "2027-03-28T03:30:00+02:00".parse().unwrap());
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (text, wanted) in [
            ("{}", "meeting.topic: missing"),
            (r#"{"topic":" ","start":"x","duration_minutes":1}"#, "meeting.topic: empty"),
            (r#"{"topic":"x"}"#, "meeting.start: missing"),
            (r#"{"topic":"x","start":"now"}"#, "meeting.duration_minutes: missing"),
        ] {
            assert_eq!(NewMeeting::parse(text).err().unwrap().detail(), wanted);
        }
        for (members, wanted) in [
            (r#","invitees":[{"email":"a@b.c"},{"email":"a;b@c"}]"#, "meeting.invitees[1].email"),
            (r#","alternative_hosts":["anna"]"#, "meeting.alternative_hosts[0]"),
            (r#","wating_room":true"#, "wating_room"),
        ] {
            let error = parse(members).err().unwrap();
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.detail().contains(wanted), "{error}");
        }
    }

    #[test]
    fn what_is_not_built_is_refused_by_name() {
        let error = parse(r#","recurrence":"FREQ=DAILY""#).err().unwrap();
        assert_eq!(error.status(), Status::NotAvailable);
        assert!(error.detail().contains("recurrence"), "{error}");
    }
}
