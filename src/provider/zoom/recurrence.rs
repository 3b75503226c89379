//! A rule as Zoom's `recurrence` object, from its schema of `POST /users/{userId}/meetings`.

use jiff::civil::{DateTime, Weekday};
use serde_json::{Map, Value};

use crate::meeting::recurrence::{Pattern, Recurrence};

const MAX_DAYS: u32 = 99;
const MAX_WEEKS: u32 = 50;
const MAX_MONTHS: u32 = 10;
/// The most that `end_times` may say.
const MAX_COUNT: usize = 60;

/// The members of `recurrence`.
///
/// # Errors
///
/// Why Zoom cannot repeat on exactly these dates.
pub fn of(recurrence: &Recurrence, start: DateTime) -> Result<Map<String, Value>, String> {
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
    members.insert("end_times".into(), end_times(recurrence, start)?.into());
    Ok(members)
}

/// `1` is Sunday.
fn weekly_days(days: &[Weekday]) -> String {
    let mut numbers: Vec<i8> = days.iter().map(|day| day.to_sunday_one_offset()).collect();
    numbers.sort_unstable();
    numbers.iter().map(i8::to_string).collect::<Vec<_>>().join(",")
}

/// `end_times`: a count means the same in every time zone, which `end_date_time` does not. Without
/// an end it is 0; left out, it would be 1.
fn end_times(recurrence: &Recurrence, start: DateTime) -> Result<usize, String> {
    if recurrence.is_endless() {
        return Ok(0);
    }
    match recurrence.all_dates(start, MAX_COUNT) {
        None => Err(format!("Zoom repeats {MAX_COUNT} times at most")),
        Some(dates) if !recurrence.is_whole(&dates) => Err("its dates leave the calendar".into()),
        Some(dates) if dates.is_empty() => Err("the rule has no dates".into()),
        Some(dates) => Ok(dates.len()),
    }
}
