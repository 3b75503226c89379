//! A rule as Webex's `recurrence` text, from its reference of `POST /v1/meetings`.

use jiff::Span;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::meeting::recurrence::{Pattern, Recurrence};

/// "The actual furthest date accepted for the recurring meeting is five years from now."
const MAX_YEARS: i16 = 5;

/// The value of an RRULE.
///
/// Webex counts its five years from the day of the request; here, where there is no clock, they
/// are counted from the start, which is a looser bound.
///
/// # Errors
///
/// Why Webex would not repeat on exactly these dates.
pub fn of(recurrence: &Recurrence, start: DateTime, zone: &TimeZone) -> Result<String, String> {
    let (most, kind) = match recurrence.pattern {
        Pattern::Daily => (1826, "daily"),
        Pattern::Weekly { .. } => (261, "weekly"),
        Pattern::MonthlyDay { .. } | Pattern::MonthlyWeekday { .. } => (60, "monthly"),
        Pattern::YearlyDay { .. } | Pattern::YearlyWeekday { .. } => (5, "yearly"),
    };
    if !recurrence.is_endless() {
        let Some(dates) = recurrence.all_dates(start, most) else {
            return Err(format!("Webex allows at most {most} dates of a {kind} meeting"));
        };
        let furthest = start.checked_add(Span::new().years(MAX_YEARS)).unwrap_or(DateTime::MAX);
        if !recurrence.is_whole(&dates) {
            return Err("its dates leave the calendar".into());
        }
        match dates.last() {
            None => return Err("the rule has no dates".into()),
            Some(last) if *last > furthest => {
                return Err(format!("Webex repeats for at most {MAX_YEARS} years"));
            }
            Some(_) => {}
        }
    }
    Ok(recurrence.to_rrule(zone))
}
