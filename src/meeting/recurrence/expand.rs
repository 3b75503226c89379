//! All dates of a recurrence set (RFC 5545, section 3.8.5), of whatever shape its rules are.

use std::collections::BTreeSet;

use ical::recur::expand::IcalRecurExpand;
use jiff::Span;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::IcalRecurFreq;
use super::civil;
use super::rule::Rule;

/// What an entry says about its dates, all in wall time of one zone.
#[derive(Clone, Copy, Debug)]
pub struct Set<'a> {
    /// DTSTART, always a date of the set unless it is removed.
    pub start: DateTime,
    /// The values of RRULE.
    pub rules: &'a [&'a str],
    /// RDATE
    pub added: &'a [DateTime],
    /// EXDATE
    pub removed: &'a [DateTime],
}

/// Nobody plans further; bounds the search of a rule that never meets a date.
const MAX_YEARS: i16 = 100;
/// More rules than any calendar writes.
const MAX_RULES: usize = 5;

/// The dates in order, at most `limit`.
///
/// # Errors
///
/// Why there is no such list: a rule without end, more than `limit` dates, none at all, or a rule
/// that is wrong.
pub fn expand(set: &Set<'_>, zone: &TimeZone, limit: usize) -> Result<Vec<DateTime>, String> {
    if set.rules.len() > MAX_RULES {
        return Err(format!("more than {MAX_RULES} rules"));
    }
    let too_many = || format!("more than {limit} dates");
    let most = limit.saturating_add(set.removed.len());
    let mut dates: BTreeSet<DateTime> = set.added.iter().copied().collect();
    for rule in set.rules {
        let found = of_rule(rule, set.start, zone, most)?;
        if found.len() > most {
            return Err(too_many());
        }
        dates.extend(found);
    }
    if !set.rules.is_empty() && !dates.contains(&set.start) {
        // RFC 5545, section 3.8.5.3, leaves open what the dates are then.
        return Err("the start is not one of the dates of the rule".into());
    }
    dates.insert(set.start);
    for date in set.removed {
        dates.remove(date);
    }
    match dates.len() {
        0 => Err("no date is left".into()),
        count if count > limit => Err(too_many()),
        _ => Ok(dates.into_iter().collect()),
    }
}

/// The dates of one rule, one more than `most` where it has more.
fn of_rule(
    text: &str,
    start: DateTime,
    zone: &TimeZone,
    most: usize,
) -> Result<Vec<DateTime>, String> {
    let Rule { mut parts, until } = Rule::parse(text)?;
    if matches!(parts.freq, IcalRecurFreq::Secondly | IcalRecurFreq::Minutely) {
        return Err("FREQ: a meeting does not repeat by the minute".into());
    }
    let years = Span::new().years(MAX_YEARS);
    let horizon = start.checked_add(years).unwrap_or(DateTime::MAX);
    let bound = match (until, parts.count) {
        (None, None) => return Err("the rule has no end".into()),
        // A day more, since a wall time alone does not tell in the hour of a clock change.
        (Some(until), _) => {
            let day = until.day(zone);
            day.tomorrow().unwrap_or(day).to_datetime(start.time()).min(horizon)
        }
        (None, Some(_)) => horizon,
    };
    let bound = bound.date().to_datetime(jiff::civil::Time::MAX);
    parts.until = Some(civil::to_ical(bound));
    let count = parts.count;
    let dates: Vec<DateTime> = IcalRecurExpand::new(parts, civil::to_ical(start))
        .filter_map(civil::from_ical)
        .filter(|date| until.is_none_or(|until| until.allows(*date, zone)))
        .take(most.saturating_add(1))
        .collect();
    let complete = match (until, count) {
        (_, Some(count)) => usize::try_from(count).is_ok_and(|count| dates.len() >= count),
        (Some(until), None) => until.day(zone) <= horizon.date(),
        (None, None) => true,
    };
    if !complete && dates.len() <= most {
        return Err(format!("the rule goes on for more than {MAX_YEARS} years"));
    }
    Ok(dates)
}
