//! Time zones by what their clocks do.

use icu_time::zone::iana::IanaParserExtended;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::{Zone, iana};

/// The year whose rules are taken where no date is given: beyond every change that is announced.
const LASTING: i16 = 2037;

/// Enough for the 400 years after which the calendar, and with it every rule, repeats.
const MAX_COMPARED: usize = 1000;

/// What daylight saving time adds: everywhere but on Lord Howe Island, and there.
pub(super) const ADDED: [SignedDuration; 2] =
    [SignedDuration::from_hours(1), SignedDuration::from_mins(30)];

/// The zones to take first of those with the same rules, so that people know the name.
pub const WELL_KNOWN: [&str; 44] = [
    "UTC",
    "Pacific/Pago_Pago",
    "Pacific/Honolulu",
    "Pacific/Gambier",
    "America/Anchorage",
    "Pacific/Pitcairn",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Denver",
    "America/Mexico_City",
    "America/Guatemala",
    "America/Edmonton",
    "America/Chicago",
    "America/Bogota",
    "America/New_York",
    "America/La_Paz",
    "America/Halifax",
    "America/Sao_Paulo",
    "America/Nuuk",
    "America/Noronha",
    "Atlantic/Cape_Verde",
    "Europe/London",
    "Africa/Casablanca",
    "Africa/Lagos",
    "Europe/Berlin",
    "Africa/Johannesburg",
    "Europe/Bucharest",
    "Asia/Hebron",
    "Asia/Riyadh",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Dhaka",
    "Asia/Yangon",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Australia/Sydney",
    "Pacific/Guadalcanal",
    "Pacific/Fiji",
    "Pacific/Tongatapu",
    "Pacific/Kiritimati",
];

/// When the clocks are put forward and back, by the day alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaylightRule {
    /// The day on which standard time ends.
    pub start: Switch,
    /// The day on which it begins again.
    pub end: Switch,
    /// The offset between them. `None`: one hour more than standard, or half an hour where no
    /// zone does that.
    pub offset: Option<Offset>,
}

/// The `week`th `weekday` of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// From 1 to 12.
    pub month: i8,
    /// From 1 to 4; 5 and -1 are the last.
    pub week: i8,
    pub weekday: Weekday,
}

impl Switch {
    /// The day in a year; `None` where there is no such week or month.
    pub fn day(&self, year: i16) -> Option<Date> {
        let week = match self.week {
            1..=4 => self.week,
            5 | -1 => -1,
            _ => return None,
        };
        Date::new(year, self.month, 1).ok()?.nth_weekday_of_month(week, self.weekday).ok()
    }
}

impl DaylightRule {
    /// Whether it is daylight saving time on this day; `None` on the days of the switches, as
    /// their hour is not known, and for a rule without such days.
    pub(super) fn observed(&self, day: Date) -> Option<bool> {
        let (start, end) = (self.start.day(day.year())?, self.end.day(day.year())?);
        if day == start || day == end {
            return None;
        }
        let between = day > start.min(end) && day < start.max(end);
        // South of the equator the year begins with it.
        Some(between == (start < end))
    }
}

/// A zone that has this behaviour all through the year of `at`: the offsets and the days of the
/// switches are compared. Of several the best known, always the same one.
///
/// Looks at every zone of the database if none fits, which takes some milliseconds.
pub fn by_rules(standard: Offset, daylight: Option<DaylightRule>, at: DateTime) -> Option<Zone> {
    in_year(standard, daylight, at.year())
}

/// The same where no date is known: a zone that is to have this behaviour for good.
pub(super) fn lasting(standard: Offset, daylight: Option<DaylightRule>) -> Option<Zone> {
    in_year(standard, daylight, LASTING)
}

fn in_year(standard: Offset, daylight: Option<DaylightRule>, year: i16) -> Option<Zone> {
    let Some(rule) = daylight else {
        return candidate(&Year { first: standard, switches: None }, year);
    };
    let (start, end) = (rule.start.day(year)?, rule.end.day(year)?);
    let offsets = match rule.offset {
        Some(offset) => [Some(offset), None],
        None => ADDED.map(|added| standard.checked_add(added).ok()),
    };
    offsets.into_iter().flatten().find_map(|offset| {
        let (to, back) = ((start, offset), (end, standard));
        let wanted = if start < end {
            Year { first: standard, switches: Some([to, back]) }
        } else {
            Year { first: offset, switches: Some([back, to]) }
        };
        candidate(&wanted, year)
    })
}

/// What the clocks of a zone do in one year.
struct Year {
    /// The offset with which it begins.
    first: Offset,
    /// The days on which that changes, in order, and to what.
    switches: Option<[(Date, Offset); 2]>,
}

fn candidate(wanted: &Year, year: i16) -> Option<Zone> {
    let begin = Date::new(year, 1, 1).ok()?.at(0, 0, 0, 0);
    let end = Date::new(year, 12, 31).ok()?.at(23, 59, 59, 0);
    let last = wanted.switches.map_or(wanted.first, |[_, (_, last)]| last);
    let from = wanted.first.to_timestamp(begin).ok()?;
    let until = last.to_timestamp(end).ok()?;
    let all = IanaParserExtended::new();
    let names = WELL_KNOWN.into_iter().chain(all.iter().map(|candidate| candidate.canonical));
    names.filter_map(iana).find(|zone| wanted.is_of(&zone.rules, from, until))
}

impl Year {
    fn is_of(&self, rules: &TimeZone, from: Timestamp, until: Timestamp) -> bool {
        let mut offset = self.first;
        let mut changes = changes(rules, from, until);
        let as_wanted = rules.to_offset(from) == offset
            && self.switches.iter().flatten().all(|&(day, to)| {
                let before = std::mem::replace(&mut offset, to);
                changes.next().is_some_and(|(at, new)| new == to && is_on(at, before, day))
            });
        as_wanted && changes.next().is_none()
    }
}

/// Whether a switch at this instant is said to be on this day, or at its end: Windows says
/// Saturday where IANA says Sunday, 0:00.
fn is_on(at: Timestamp, before: Offset, day: Date) -> bool {
    let moment_before = at.checked_sub(SignedDuration::from_secs(1)).unwrap_or(at);
    [at, moment_before].into_iter().any(|at| before.to_datetime(at).date() == day)
}

/// Whether two zones show the same wall times from `from` until `until`.
pub fn same_rules(a: &TimeZone, b: &TimeZone, from: Timestamp, until: Timestamp) -> bool {
    let of = |zone| changes(zone, from, until).take(MAX_COMPARED);
    a.to_offset(from) == b.to_offset(from) && of(a).eq(of(b))
}

/// The instants after `from` and up to `until` at which the offset changes, and the new offset.
///
/// The database has transitions too at which only the abbreviation changes.
fn changes(
    zone: &TimeZone,
    from: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = (Timestamp, Offset)> {
    let mut offset = zone.to_offset(from);
    zone.following(from)
        .take_while(move |next| next.timestamp() <= until)
        .map(|next| (next.timestamp(), next.offset()))
        .filter(move |next| std::mem::replace(&mut offset, next.1) != next.1)
}
