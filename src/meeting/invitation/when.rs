//! Dates and times of an invitation, in the words and patterns of its language.

use fluent_bundle::FluentValue;
use jiff::civil::Weekday;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use super::Messages;
use crate::meeting::{Meeting, zone};

/// Shows times in one zone and one language.
pub struct Clock<'a> {
    messages: &'a Messages,
    zone: TimeZone,
    name: String,
}

impl<'a> Clock<'a> {
    /// Of the meeting's zone; UTC where it names none that is known.
    pub fn new(messages: &'a Messages, meeting: &Meeting) -> Clock<'a> {
        let zone = meeting.time_zone.as_deref().and_then(zone::iana).map(|zone| zone.rules);
        let known = zone.filter(|zone| !zone.is_unknown());
        let zone = known.unwrap_or(TimeZone::UTC);
        let name = zone.iana_name().unwrap_or("UTC").to_owned();
        Clock { messages, zone, name }
    }

    /// The name of the zone (IANA).
    pub fn zone(&self) -> &str {
        &self.name
    }

    /// From when until when. The end's date and offset are told where they are not the start's;
    /// the end is left out where the duration is not known.
    pub fn period(&self, start: Timestamp, minutes: Option<u32>) -> String {
        let from = start.to_zoned(self.zone.clone());
        let length = minutes.filter(|minutes| *minutes > 0).map(i64::from);
        let end =
            length.and_then(|length| start.checked_add(SignedDuration::from_mins(length)).ok());
        let Some(until) = end.map(|end| end.to_zoned(self.zone.clone())) else {
            return self.moment(&from);
        };
        if (from.date(), from.offset()) != (until.date(), until.offset()) {
            let values = [("from", self.moment(&from)), ("until", self.moment(&until))];
            return self.say("period-long", values);
        }
        let values = [
            ("date", self.day(&from)),
            ("from", self.time(&from)),
            ("until", self.time(&until)),
            ("offset", offset(from.offset())),
        ];
        self.say("period", values)
    }

    /// The day alone.
    pub fn date(&self, at: Timestamp) -> String {
        self.day(&at.to_zoned(self.zone.clone()))
    }

    fn moment(&self, at: &Zoned) -> String {
        let values =
            [("date", self.day(at)), ("time", self.time(at)), ("offset", offset(at.offset()))];
        self.say("moment", values)
    }

    fn day(&self, at: &Zoned) -> String {
        let values = [
            ("weekday", FluentValue::from(weekday(at.weekday()))),
            ("day", FluentValue::from(at.day())),
            ("month", FluentValue::from(month(at.month()))),
            ("year", FluentValue::from(at.year())),
        ];
        self.messages.say("date", values)
    }

    /// Each language takes of the two clocks what it uses, with or without a leading zero.
    fn time(&self, at: &Zoned) -> String {
        let hour = at.hour();
        let values = [
            ("hour", format!("{hour}")),
            ("hour-two-digits", format!("{hour:02}")),
            ("hour-of-twelve", format!("{}", if hour % 12 == 0 { 12 } else { hour % 12 })),
            ("half", if hour < 12 { "am" } else { "pm" }.to_owned()),
            ("minute", format!("{:02}", at.minute())),
        ];
        self.say("clock", values)
    }

    fn say<const N: usize>(&self, id: &str, values: [(&'static str, String); N]) -> String {
        self.messages.say(id, values.map(|(name, value)| (name, FluentValue::from(value))))
    }
}

/// As `UTC+05:30`; with seconds only where history has them.
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match seconds {
        0 => format!("UTC{sign}{hours:02}:{minutes:02}"),
        _ => format!("UTC{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

/// The name by which the messages choose.
pub(super) const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

/// The name by which the messages choose, from 1 for January.
pub(super) const fn month(number: i8) -> &'static str {
    match number {
        1 => "january",
        2 => "february",
        3 => "march",
        4 => "april",
        5 => "may",
        6 => "june",
        7 => "july",
        8 => "august",
        9 => "september",
        10 => "october",
        11 => "november",
        _ => "december",
    }
}
