//! A rule as the value of an RRULE.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::DateTime};

use super::{End, Pattern, Recurrence};

pub(super) fn of(recurrence: &Recurrence, zone: &TimeZone) -> String {
    let (freq, by) = match &recurrence.pattern {
        Pattern::Daily => ("DAILY", String::new()),
        Pattern::Weekly { days } => {
            let names: Vec<&str> = days.iter().map(|day| name(*day)).collect();
            // With one day, or every week, it makes no difference where a week begins.
            let week_start = match days.len() > 1 && recurrence.interval > 1 {
                true => format!(";WKST={}", name(recurrence.week_start)),
                false => String::new(),
            };
            ("WEEKLY", format!(";BYDAY={}{week_start}", names.join(",")))
        }
        Pattern::MonthlyDay { day } => ("MONTHLY", format!(";BYMONTHDAY={day}")),
        Pattern::MonthlyWeekday { week, day } => {
            ("MONTHLY", format!(";BYDAY={week}{}", name(*day)))
        }
        Pattern::YearlyDay { month, day } => {
            ("YEARLY", format!(";BYMONTH={month};BYMONTHDAY={day}"))
        }
        Pattern::YearlyWeekday { month, week, day } => {
            ("YEARLY", format!(";BYMONTH={month};BYDAY={week}{}", name(*day)))
        }
    };
    let end = match recurrence.end {
        End::Never => String::new(),
        End::Count(count) => format!(";COUNT={count}"),
        End::Until(until) => format!(";UNTIL={}", utc(until, zone)),
    };
    format!("FREQ={freq};INTERVAL={}{end}{by}", recurrence.interval)
}

fn utc(wall: DateTime, zone: &TimeZone) -> String {
    // Only the last hours of the calendar have no instant.
    let instant = zone.to_timestamp(wall).unwrap_or(Timestamp::MAX);
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}
