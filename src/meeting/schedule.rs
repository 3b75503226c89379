//! When a meeting is held: once, by a rule, or on a list of dates.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::recurrence::{self, Recurrence, Set};
use super::zone::{self, Zone};
use crate::error::{Error, Result};

/// The most dates that are taken, and to which a rule is expanded.
pub const MAX_DATES: usize = 1000;

/// When a meeting begins.
#[derive(Clone, Debug)]
pub struct Start {
    pub instant: Timestamp,
    /// The zone in which people are shown the time, and in which a repeating meeting keeps it.
    pub zone: Option<Zone>,
}

/// How a meeting repeats.
#[derive(Clone, Debug)]
pub enum Repeat {
    /// As before: nothing was said of it in a change.
    Keep,
    Once,
    Rule(Recurrence),
    /// Dates that no rule gives; `why` says what was in the way.
    Dates {
        /// The member that gave them.
        field: &'static str,
        dates: Vec<DateTime>,
        why: String,
    },
    /// One meeting that can be joined at any time.
    NoFixedTime,
}

/// One date of a rule that is not as the rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// When the rule has it, as wall time.
    pub original: DateTime,
    /// None if it is not held.
    pub moved: Option<Moved>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub start: DateTime,
    pub duration_minutes: u32,
}

#[derive(Clone, Debug)]
pub struct Schedule {
    pub start: Start,
    pub repeat: Repeat,
    pub exceptions: Vec<Exception>,
    /// Whether the start is the meeting's own, of which the caller said nothing.
    pub is_implied: bool,
}

/// What to do with dates that a provider cannot repeat.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Irregular {
    NoFixedTime,
    Separate,
    Error,
}

impl Start {
    /// A time with an offset, or a wall time in `time_zone`.
    pub fn parse(start: &str, time_zone: Option<&str>) -> Result<Start> {
        let invalid = |detail: &str| Error::invalid_argument(format!("meeting.start: {detail}"));
        let wall = wall_time(start);
        let zone = time_zone.map(|name| parse_zone(name, wall)).transpose()?;
        // A refusal of the parser costs more than the look.
        let exact = has_offset(start).then(|| start.parse::<Timestamp>().ok()).flatten();
        let instant = match (exact, wall, &zone) {
            (Some(instant), ..) => instant,
            (_, None, _) => return Err(invalid("neither RFC 3339 nor a local date and time")),
            (_, _, None) => return Err(invalid("a local time needs time_zone")),
            (_, Some(wall), Some(zone)) => {
                instant(wall, &zone.rules).ok_or_else(|| invalid("outside the calendar"))?
            }
        };
        // Nobody meets at the end of the calendar, and sums with it would overflow.
        instant
            .checked_add(SignedDuration::from_hours(48))
            .map_err(|_| invalid("outside the calendar"))?;
        Ok(Start { instant, zone })
    }

    /// The zone's rules; UTC where none was named.
    pub fn rules(&self) -> TimeZone {
        self.zone.as_ref().map_or(TimeZone::UTC, |zone| zone.rules.clone())
    }

    pub fn wall(&self) -> DateTime {
        self.rules().to_datetime(self.instant)
    }
}

impl Schedule {
    pub fn once(start: Start) -> Schedule {
        Schedule { start, repeat: Repeat::Once, exceptions: Vec::new(), is_implied: false }
    }

    /// A rule, or the dates that it gives where it cannot be said in the terms of the providers.
    pub fn by_rule(start: Start, rule: &str) -> Result<Schedule> {
        let (wall, rules) = (start.wall(), start.rules());
        let repeat = match Recurrence::parse(rule, wall, &rules) {
            Ok(rule) => Repeat::Rule(rule),
            Err(why) => {
                let set = Set { start: wall, rules: &[rule], added: &[], removed: &[] };
                match recurrence::expand(&set, &rules, MAX_DATES) {
                    Ok(dates) => Repeat::Dates { field: "recurrence", dates, why },
                    Err(_) => {
                        let what = format!("meeting.recurrence: {why}");
                        return Err(Error::invalid_argument(what));
                    }
                }
            }
        };
        Ok(Schedule { repeat, ..Schedule::once(start) })
    }

    /// A list of wall times; a rule if one gives exactly these.
    pub fn by_dates(mut dates: Vec<DateTime>, zone: Zone, field: &'static str) -> Result<Schedule> {
        dates.sort_unstable();
        dates.dedup();
        let invalid = |what: &str| Error::invalid_argument(format!("meeting.{field}: {what}"));
        let first = *dates.first().ok_or_else(|| invalid("empty"))?;
        if dates.len() > MAX_DATES {
            return Err(invalid(&format!("more than {MAX_DATES}")));
        }
        let outside = || invalid("outside the calendar");
        let last =
            dates.last().and_then(|last| last.checked_add(SignedDuration::from_hours(72)).ok());
        last.ok_or_else(outside)?;
        let at = instant(first, &zone.rules).ok_or_else(outside)?;
        let repeat = match dates.len() {
            1 => Repeat::Once,
            _ => match Recurrence::of_dates(&dates) {
                Some(rule) => Repeat::Rule(rule),
                None => {
                    let why = "no rule gives exactly these dates".to_owned();
                    Repeat::Dates { field, dates, why }
                }
            },
        };
        let start = Start { instant: at, zone: Some(zone) };
        Ok(Schedule { repeat, ..Schedule::once(start) })
    }

    /// All dates as wall times with the exceptions in force, if there are not more than
    /// [`MAX_DATES`].
    pub fn dates(&self) -> Option<Vec<DateTime>> {
        let first = self.start.wall();
        let mut dates = match &self.repeat {
            Repeat::Dates { dates, .. } => dates.clone(),
            Repeat::Rule(rule) => rule.all_dates(first, MAX_DATES)?,
            Repeat::Keep | Repeat::Once | Repeat::NoFixedTime => vec![first],
        };
        // All that go first: one may move to where another was.
        dates.retain(|date| !self.exceptions.iter().any(|one| one.original == *date));
        let moved = self.exceptions.iter().filter_map(|one| one.moved.as_ref());
        dates.extend(moved.map(|moved| moved.start));
        dates.sort_unstable();
        dates.dedup();
        Some(dates)
    }

    /// When it is over for good, as far as it matters for clock changes: five years for what
    /// does not end.
    pub fn horizon(&self) -> Timestamp {
        const LONGEST: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);
        const DAY: SignedDuration = SignedDuration::from_hours(24);
        let start = self.start.instant;
        let last = match &self.repeat {
            Repeat::Keep | Repeat::NoFixedTime => None,
            _ => self.dates().and_then(|dates| instant(*dates.last()?, &self.start.rules())),
        };
        let last = last.and_then(|last| last.checked_add(DAY).ok());
        last.or_else(|| start.checked_add(LONGEST).ok()).unwrap_or(start)
    }
}

/// A wall time that a clock change skips moves on by the length of the gap; of one that comes
/// twice the first is meant (RFC 5545, section 3.3.5).
pub fn instant(wall: DateTime, rules: &TimeZone) -> Option<Timestamp> {
    rules.to_timestamp(wall).ok()
}

/// A local date and time. A date alone would be read as midnight.
pub fn wall_time(text: &str) -> Option<DateTime> {
    text.parse::<DateTime>().ok().filter(|_| text.len() > "2027-03-01".len())
}

/// Whether a date and time can be one that says its offset from UTC.
fn has_offset(text: &str) -> bool {
    text.get("2027-03-01".len()..).is_some_and(|time| time.contains(['Z', 'z', '+', '-']))
}

pub fn parse_zone(name: &str, at: Option<DateTime>) -> Result<Zone> {
    zone::parse(name, at)
        .map_err(|why| Error::invalid_argument(format!("meeting.time_zone: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_an_offset_is_an_instant() {
        let start = Start::parse("2027-03-01T18:00:00+09:00", None).unwrap();
        assert_eq!(start.instant, "2027-03-01T09:00:00Z".parse().unwrap());
        assert!(start.zone.is_none());
        for last in ["9999-12-30T21:59:59Z", "9999-12-29T00:00:00Z"] {
            assert!(Start::parse(last, None).is_err(), "{last}");
        }
    }

    #[test]
    fn a_wall_time_needs_its_zone() {
        let there = Start::parse("2027-03-01T18:00:00", Some("Asia/Tokyo")).unwrap();
        assert_eq!(there.instant, "2027-03-01T09:00:00Z".parse().unwrap());
        let error = Start::parse("2027-03-01T18:00:00", None).err().unwrap();
        assert_eq!(error.detail(), "meeting.start: a local time needs time_zone");
        let error = Start::parse("2027-03-01T18:00:00", Some("Atlantis")).err().unwrap();
        assert!(error.detail().starts_with("meeting.time_zone"), "{error}");
    }

    #[test]
    fn a_wall_time_that_does_not_exist_moves_on() {
        let start = Start::parse("2027-03-28T02:30:00", Some("Europe/Copenhagen")).unwrap();
        assert_eq!(start.instant, "2027-03-28T03:30:00+02:00".parse().unwrap());
    }

    fn by_dates(dates: &[&str]) -> Result<Schedule> {
        let dates = dates.iter().map(|date| date.parse().unwrap()).collect();
        Schedule::by_dates(dates, zone::parse("Europe/Berlin", None).unwrap(), "dates")
    }

    #[test]
    fn dates_become_a_rule_where_one_gives_them() {
        let weekly = by_dates(&["2027-03-08T09:00", "2027-03-01T09:00", "2027-03-15T09:00"]);
        let weekly = weekly.unwrap();
        assert!(matches!(weekly.repeat, Repeat::Rule(_)));
        assert_eq!(weekly.start.instant, "2027-03-01T08:00:00Z".parse().unwrap());
        let odd = by_dates(&["2027-03-01T09:00", "2027-03-03T09:00", "2027-03-04T11:00"]).unwrap();
        assert!(matches!(odd.repeat, Repeat::Dates { .. }));
        let one = by_dates(&["2027-03-01T09:00", "2027-03-01T09:00"]).unwrap();
        assert!(matches!(one.repeat, Repeat::Once));
        assert!(by_dates(&[]).is_err());
    }

    #[test]
    fn exceptions_change_the_dates() {
        let mut weekly =
            by_dates(&["2027-03-01T09:00", "2027-03-08T09:00", "2027-03-15T09:00"]).unwrap();
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        weekly.exceptions = vec![
            Exception { original: at("2027-03-08T09:00"), moved: None },
            Exception {
                original: at("2027-03-01T09:00"),
                moved: Some(Moved { start: at("2027-03-02T10:00"), duration_minutes: 30 }),
            },
        ];
        assert_eq!(weekly.dates().unwrap(), [at("2027-03-02T10:00"), at("2027-03-15T09:00")]);
        // Each a week later than the rule has it.
        let all = weekly.exceptions.len();
        let later = |original: &str, start: &str| Exception {
            original: at(original),
            moved: Some(Moved { start: at(start), duration_minutes: 30 }),
        };
        weekly.exceptions = vec![
            later("2027-03-08T09:00", "2027-03-15T09:00"),
            later("2027-03-15T09:00", "2027-03-22T09:00"),
        ];
        for _ in 0..all {
            weekly.exceptions.reverse();
            let days = weekly.dates().unwrap().iter().map(|date| date.day()).collect::<Vec<_>>();
            assert_eq!(days, [1, 15, 22], "whatever the order");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_said_gives_dates_or_its_reason() {
        let start = || Start::parse("2027-03-01T09:00:00", Some("Europe/Berlin")).unwrap();
        let twice = Schedule::by_rule(start(), "FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4").unwrap();
        assert!(matches!(twice.repeat, Repeat::Dates { ref dates, .. } if dates.len() == 4));
        for endless in ["FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=SOMETIMES", ""] {
            let error = Schedule::by_rule(start(), endless).err().unwrap();
            assert!(error.detail().starts_with("meeting.recurrence: "), "{error}");
        }
    }
}
