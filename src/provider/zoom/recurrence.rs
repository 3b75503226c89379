//! A rule as Zoom's `recurrence` object, from its schema of `POST /users/{userId}/meetings`.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::meeting::recurrence::{End, Pattern, Recurrence};

const MAX_DAYS: u32 = 99;
const MAX_WEEKS: u32 = 50;
const MAX_MONTHS: u32 = 10;
/// The most that `end_times` may say.
const MAX_COUNT: usize = 60;
/// Zoom repeats by the day at most, and nobody for longer than this.
const MAX_DATES: usize = 20_000;

/// The members of `recurrence`.
///
/// # Errors
///
/// Why Zoom cannot repeat on exactly these dates.
pub fn of(
    recurrence: &Recurrence,
    start: DateTime,
    zone: &TimeZone,
) -> Result<Map<String, Value>, String> {
    if recurrence.depends_on_week_start(start) {
        return Err("where Zoom's weeks begin is not known, and here it matters".into());
    }
    if recurrence.skips_short_months(start) {
        return Err("some months lack the day, and what Zoom does then is not known".into());
    }
    let mut members = Map::new();
    let kind = match &recurrence.pattern {
        Pattern::Daily => 1,
        Pattern::Weekly { days } => {
            members.insert("weekly_days".into(), weekly_days(days).into());
            2
        }
        Pattern::MonthlyDay { day } => {
            members.insert("monthly_day".into(), (*day).into());
            3
        }
        Pattern::MonthlyWeekday { week, day } => {
            members.insert("monthly_week".into(), (*week).into());
            members.insert("monthly_week_day".into(), day.to_sunday_one_offset().into());
            3
        }
        Pattern::YearlyDay { .. } | Pattern::YearlyWeekday { .. } => {
            return Err("Zoom has no yearly meetings".into());
        }
    };
    let (most, unit) = match kind {
        1 => (MAX_DAYS, "days"),
        2 => (MAX_WEEKS, "weeks"),
        _ => (MAX_MONTHS, "months"),
    };
    if recurrence.interval > most {
        return Err(format!("Zoom repeats every {most} {unit} at most"));
    }
    members.insert("type".into(), kind.into());
    members.insert("repeat_interval".into(), recurrence.interval.into());
    let (name, end) = end(recurrence, start, zone)?;
    members.insert(name.into(), end);
    Ok(members)
}

/// `1` is Sunday.
fn weekly_days(days: &[Weekday]) -> String {
    let mut numbers: Vec<i8> = days.iter().map(|day| day.to_sunday_one_offset()).collect();
    numbers.sort_unstable();
    numbers.iter().map(i8::to_string).collect::<Vec<_>>().join(",")
}

/// A count where it is allowed: it means the same in every time zone.
fn end(
    recurrence: &Recurrence,
    start: DateTime,
    zone: &TimeZone,
) -> Result<(&'static str, Value), String> {
    if recurrence.end == End::Never {
        // Left out, it would be 1.
        return Ok(("end_times", 0.into()));
    }
    let dates = recurrence
        .all_dates(start, MAX_DATES)
        .ok_or_else(|| format!("more than {MAX_DATES} dates"))?;
    match dates.last() {
        None => Err("the rule has no dates".into()),
        Some(_) if dates.len() <= MAX_COUNT => Ok(("end_times", dates.len().into())),
        // The end of that day: whether an end on the second of the last start still includes it
        // is not documented, and the next date is a day later at least.
        Some(last) => {
            let end = last.date().to_datetime(Time::constant(23, 59, 59, 0));
            let end = zone.to_timestamp(end).unwrap_or(Timestamp::MAX);
            Ok(("end_date_time", end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()))
        }
    }
}
