//! Wall times as iCalendar writes them and as its library holds them.

use ical::recur::{IcalRecurDateTime, IcalRecurWeekday};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

/// A date or a time as it is written (RFC 5545, sections 3.3.4 and 3.3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// `20270301`
    Day(Date),
    /// `20270301T090000`
    Wall(DateTime),
    /// `20270301T090000Z`
    Utc(Timestamp),
}

impl Stamp {
    /// `None` for anything that is not exactly of one of the three forms.
    pub fn parse(text: &str) -> Option<Stamp> {
        let (wall, utc) = match text.strip_suffix(['Z', 'z']) {
            Some(wall) => (wall, true),
            None => (text, false),
        };
        let (day, time) = match wall.split_once(['T', 't']) {
            Some((day, time)) => (day, Some(time)),
            None => (wall, None),
        };
        let [year, year2, month, day] = pairs(day)?;
        let year = i16::from(year) * 100 + i16::from(year2);
        let day = Date::new(year, month, day).ok()?;
        let Some(time) = time else {
            return (!utc).then_some(Stamp::Day(day));
        };
        let [hour, minute, second] = pairs(time)?;
        // A leap second is the last one of its minute to everybody's calendar.
        let second = if second == 60 { 59 } else { second };
        let wall = day.to_datetime(Time::new(hour, minute, second, 0).ok()?);
        match utc {
            true => TimeZone::UTC.to_timestamp(wall).ok().map(Stamp::Utc),
            false => Some(Stamp::Wall(wall)),
        }
    }
}

/// Exactly `N` numbers of two digits each.
fn pairs<const N: usize>(text: &str) -> Option<[i8; N]> {
    let bytes = text.as_bytes();
    if bytes.len() != 2 * N || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut numbers = [0; N];
    for (number, pair) in numbers.iter_mut().zip(bytes.chunks_exact(2)) {
        for digit in pair {
            *number = *number * 10 + i8::try_from(digit - b'0').ok()?;
        }
    }
    Some(numbers)
}

pub(crate) fn to_ical(wall: DateTime) -> IcalRecurDateTime {
    IcalRecurDateTime {
        year: i32::from(wall.year()),
        month: wall.month().unsigned_abs(),
        day: wall.day().unsigned_abs(),
        hour: wall.hour().unsigned_abs(),
        minute: wall.minute().unsigned_abs(),
        second: wall.second().unsigned_abs(),
    }
}

/// `None` outside the calendar.
pub(crate) fn from_ical(wall: IcalRecurDateTime) -> Option<DateTime> {
    let small = |number: u8| i8::try_from(number).ok();
    let year = i16::try_from(wall.year).ok()?;
    let date = Date::new(year, small(wall.month)?, small(wall.day)?).ok()?;
    let time = Time::new(small(wall.hour)?, small(wall.minute)?, small(wall.second)?, 0).ok()?;
    Some(date.to_datetime(time))
}

pub(super) fn weekday_to_ical(day: Weekday) -> IcalRecurWeekday {
    match day {
        Weekday::Sunday => IcalRecurWeekday::Sunday,
        Weekday::Monday => IcalRecurWeekday::Monday,
        Weekday::Tuesday => IcalRecurWeekday::Tuesday,
        Weekday::Wednesday => IcalRecurWeekday::Wednesday,
        Weekday::Thursday => IcalRecurWeekday::Thursday,
        Weekday::Friday => IcalRecurWeekday::Friday,
        Weekday::Saturday => IcalRecurWeekday::Saturday,
    }
}

pub(super) fn weekday_from_ical(day: IcalRecurWeekday) -> Weekday {
    match day {
        IcalRecurWeekday::Sunday => Weekday::Sunday,
        IcalRecurWeekday::Monday => Weekday::Monday,
        IcalRecurWeekday::Tuesday => Weekday::Tuesday,
        IcalRecurWeekday::Wednesday => Weekday::Wednesday,
        IcalRecurWeekday::Thursday => Weekday::Thursday,
        IcalRecurWeekday::Friday => Weekday::Friday,
        IcalRecurWeekday::Saturday => Weekday::Saturday,
    }
}
