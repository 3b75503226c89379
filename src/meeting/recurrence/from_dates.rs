//! Finds rules with exactly given dates: Domino keeps the repeats of an entry as a list.

use jiff::civil::{Date, DateTime, Weekday};

use super::{End, Pattern, Recurrence};

pub(super) fn candidates(dates: &[DateTime]) -> Vec<Recurrence> {
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Vec::new() };
    let Ok(count) = u32::try_from(dates.len()) else { return Vec::new() };
    let ascending = dates.iter().zip(dates.iter().skip(1)).all(|(one, next)| one < next);
    let one_time = dates.iter().all(|date| date.time() == first.time());
    if count < 2 || !ascending || !one_time {
        return Vec::new();
    }
    let start = first.date();
    let days = step(dates.iter().map(|date| days_between(start, date.date())));
    let months = step(dates.iter().map(|date| months_between(start, date.date())));

    let mut found: Vec<Recurrence> = Vec::new();
    let mut offer = |pattern: Pattern, interval: Option<u32>, week_start: Weekday| {
        let Some(interval) = interval else { return };
        let end = End::Count(count);
        let rule = Recurrence { pattern, interval, week_start, end }.canonical(*first);
        // The year bounds the search where the rule leaves the list early.
        let fits = rule
            .iter(*first)
            .take_while(|date| date <= last)
            .take(dates.len())
            .eq(dates.iter().copied());
        if fits && !found.contains(&rule) {
            found.push(rule);
        }
    };

    if days == Some(1) {
        offer(Pattern::Daily, days, Weekday::Monday);
    }
    let weekdays = weekdays(dates);
    // The three days on which weeks begin somewhere (Unicode CLDR, weekData).
    for week_start in [Weekday::Monday, Weekday::Sunday, Weekday::Saturday] {
        let into_week = |date: Date| i64::from(date.weekday().since(week_start));
        let weeks = step(dates.iter().map(|date| {
            (days_between(start, date.date()) + into_week(start) - into_week(date.date())) / 7
        }));
        offer(Pattern::Weekly { days: weekdays.clone() }, weeks.or(Some(1)), week_start);
    }
    let years = months.filter(|months| months.is_multiple_of(12)).map(|months| months / 12);
    let weekday = start.weekday();
    let nth = (start.day() - 1) / 7 + 1;
    let is_last = start.day() > start.days_in_month() - 7;
    let mut weeks = Vec::new();
    if nth <= 4 {
        weeks.push(nth);
    }
    if is_last {
        weeks.push(-1);
    }
    let (month, day) = (start.month(), start.day());
    offer(Pattern::YearlyDay { month, day }, years, Weekday::Monday);
    for week in &weeks {
        let pattern = Pattern::YearlyWeekday { month, week: *week, day: weekday };
        offer(pattern, years, Weekday::Monday);
    }
    if years.is_none() {
        offer(Pattern::MonthlyDay { day }, months, Weekday::Monday);
        for week in &weeks {
            let pattern = Pattern::MonthlyWeekday { week: *week, day: weekday };
            offer(pattern, months, Weekday::Monday);
        }
    }
    if days.is_some_and(|days| !days.is_multiple_of(7)) {
        offer(Pattern::Daily, days, Weekday::Monday);
    }
    // Whoever begins the week elsewhere would meet on other days: last choice.
    found.sort_by_key(|rule| rule.depends_on_week_start(*first) || rule.skips_short_months(*first));
    found
}

/// The largest step that meets all the distances; `None` where all are 0.
fn step(distances: impl Iterator<Item = i64>) -> Option<u32> {
    let step = distances.fold(0, |step, distance| gcd(step, distance.unsigned_abs()));
    u32::try_from(step).ok().filter(|step| *step > 0)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

fn months_between(from: Date, to: Date) -> i64 {
    let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    months(to) - months(from)
}

fn weekdays(dates: &[DateTime]) -> Vec<Weekday> {
    let mut days: Vec<Weekday> = Vec::new();
    for date in dates {
        if !days.contains(&date.weekday()) {
            days.push(date.weekday());
        }
    }
    days
}
