//! The `recurrence` field: an RRULE's value (RFC 5545 3.3.10) with Webex's restrictions.

use crate::recurrence::{End, Frequency, Rule};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

/// An endless or long series is shown this far: "daily: at most 1826 occurrences" is the largest
/// limit of the reference.
pub const MOST_OCCURRENCES: usize = 1826;

/// Reads a rule; the reason on failure.
pub fn read(text: &str, zone: &TimeZone) -> Result<Rule, String> {
    let mut rule = Rule {
        frequency: Frequency::Daily,
        interval: 1,
        weekdays: Vec::new(),
        week_start: Weekday::Monday,
        month_day: None,
        nth_weekday: None,
        month: None,
        end: End::Never,
    };
    let mut frequency = None;
    let mut days: Vec<(i8, Weekday)> = Vec::new();
    let mut position = None;
    for part in text.trim_end_matches(';').split(';') {
        let (name, value) =
            part.split_once('=').ok_or_else(|| format!("'{part}' is not a part of an RRULE"))?;
        let bad = || format!("{name} of the recurrence is invalid");
        match name {
            "FREQ" => {
                frequency = Some(match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    _ => return Err(bad()),
                });
            }
            "INTERVAL" => {
                rule.interval = value.parse().ok().filter(|n| *n > 0).ok_or_else(bad)?;
            }
            "COUNT" => {
                let count = value.parse().ok().filter(|n| *n > 0).ok_or_else(bad)?;
                rule.end = End::Count(count);
            }
            "UNTIL" => rule.end = End::Until(until(value, zone).ok_or_else(bad)?),
            "WKST" => rule.week_start = weekday(value).ok_or_else(bad)?,
            "BYDAY" => {
                for day in value.split(',') {
                    days.push(nth(day).ok_or_else(bad)?);
                }
            }
            // "If multiple days or dates are specified for monthly or yearly, only the first day
            // or date is taken".
            "BYMONTHDAY" => {
                let first = value.split(',').next().unwrap_or_default();
                let day = first.parse::<i8>().ok().filter(|d| (-31..=31).contains(d) && *d != 0);
                rule.month_day = Some(day.ok_or_else(bad)?);
            }
            "BYMONTH" => {
                let first = value.split(',').next().unwrap_or_default();
                rule.month =
                    Some(first.parse().ok().filter(|m| (1..=12).contains(m)).ok_or_else(bad)?);
            }
            "BYSETPOS" => position = Some(value.parse::<i8>().map_err(|_| bad())?),
            _ => return Err(format!("{name} is not supported in a recurrence")),
        }
    }
    rule.frequency = frequency.ok_or("FREQ is missing in the recurrence")?;
    match rule.frequency {
        Frequency::Daily | Frequency::Weekly => {
            rule.weekdays = days.into_iter().map(|(_, day)| day).collect();
            if rule.frequency == Frequency::Daily && !rule.weekdays.is_empty() {
                // FREQ=DAILY;BYDAY=… is a weekly rule in other words.
                rule.frequency = Frequency::Weekly;
            }
        }
        Frequency::Monthly | Frequency::Yearly => {
            rule.nth_weekday = days.first().map(|(nth, day)| match (*nth, position) {
                (0, Some(position)) => (position, *day),
                (0, None) => (1, *day),
                (nth, _) => (nth, *day),
            });
        }
    }
    // "at most 5 yearly, 60 monthly, 261 weekly, 1826 daily occurrences" for rules with an end.
    let most = match rule.frequency {
        Frequency::Daily => 1826,
        Frequency::Weekly => 261,
        Frequency::Monthly => 60,
        Frequency::Yearly => 5,
    };
    match rule.end {
        End::Count(count) if count > most => {
            Err("The recurrence has too many occurrences".to_owned())
        }
        _ => Ok(rule),
    }
}

fn until(value: &str, zone: &TimeZone) -> Option<Timestamp> {
    if value.len() == 8 {
        let end = Date::strptime("%Y%m%d", value).ok()?.to_datetime(Time::MAX);
        return Some(zone.to_zoned(end).ok()?.timestamp());
    }
    if let Some(utc) = value.strip_suffix('Z') {
        let end = DateTime::strptime("%Y%m%dT%H%M%S", utc).ok()?;
        return Some(TimeZone::UTC.to_zoned(end).ok()?.timestamp());
    }
    let end = DateTime::strptime("%Y%m%dT%H%M%S", value).ok()?;
    Some(zone.to_zoned(end).ok()?.timestamp())
}

/// `MO`, `2TU`, `-1FR`; 0 stands for no number.
fn nth(text: &str) -> Option<(i8, Weekday)> {
    let split = text.len().checked_sub(2)?;
    let (number, day) = (text.get(..split)?, text.get(split..)?);
    let number = match number {
        "" => 0,
        number => number.parse().ok().filter(|n| (-5..=5).contains(n) && *n != 0)?,
    };
    Some((number, weekday(day)?))
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(rule: &str, first: &str) -> Vec<String> {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let rule = read(rule, &zone).unwrap();
        let found = rule.expand(first.parse().unwrap(), &zone, 10);
        found.into_iter().map(crate::clock::utc).collect()
    }

    #[test]
    fn rules_of_the_reference_and_of_calendars() {
        assert_eq!(texts("FREQ=DAILY;INTERVAL=1;COUNT=20", "2027-01-01T09:00:00").len(), 10);
        assert_eq!(
            texts("FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270108", "2027-01-01T09:00:00"),
            ["2027-01-04T00:00:00Z", "2027-01-06T00:00:00Z"]
        );
        assert_eq!(
            texts("FREQ=MONTHLY;BYDAY=2TU;COUNT=2", "2027-01-01T09:00:00"),
            ["2027-01-12T00:00:00Z", "2027-02-09T00:00:00Z"]
        );
        assert_eq!(
            texts("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31;COUNT=2", "2027-01-01T09:00:00"),
            ["2027-03-31T00:00:00Z", "2028-03-31T00:00:00Z"]
        );
    }

    #[test]
    fn what_webex_refuses() {
        let zone = TimeZone::UTC;
        for text in ["RRULE:FREQ=DAILY", "FREQ=HOURLY", "COUNT=3", "FREQ=YEARLY;COUNT=6", "x"] {
            assert!(read(text, &zone).is_err(), "{text}");
        }
    }
}
