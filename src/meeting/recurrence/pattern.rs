//! Which [`Pattern`] a rule is, if it is one.

use ical::recur::{IcalRecurRule, IcalRecurWeekdayNum};
use jiff::civil::{Date, DateTime, Weekday};

use super::civil::weekday_from_ical;
use super::rule::Rule;
use super::{IcalRecurFreq as Freq, Pattern};

/// The pattern and its interval.
pub(super) fn of(rule: &Rule, start: DateTime) -> Result<(Pattern, u32), String> {
    let mut parts = rule.parts.clone();
    drop_times(&mut parts, start)?;
    if !parts.by_week_no.is_empty() {
        return Err("BYWEEKNO: weeks of the year cannot be said".into());
    }
    if !parts.by_year_day.is_empty() {
        return Err("BYYEARDAY: days of the year cannot be said".into());
    }
    resolve_positions(&mut parts)?;
    simplify(&mut parts, start)?;
    let (pattern, interval) = match parts.freq {
        Freq::Daily => daily(&parts, start)?,
        Freq::Weekly => weekly(&parts, start)?,
        Freq::Monthly => monthly(&parts, start)?,
        _ => (yearly(&parts, start)?, parts.interval),
    };
    if !pattern.holds(start.date()) {
        return Err("the start is not one of the dates of the rule".into());
    }
    Ok((pattern, interval))
}

/// All dates are at the start's time of day.
fn drop_times(parts: &mut IcalRecurRule, start: DateTime) -> Result<(), String> {
    if matches!(parts.freq, Freq::Secondly | Freq::Minutely | Freq::Hourly) {
        return Err("FREQ: only DAILY, WEEKLY, MONTHLY and YEARLY can be said".into());
    }
    let times = [
        ("BYHOUR", &mut parts.by_hour, start.hour()),
        ("BYMINUTE", &mut parts.by_minute, start.minute()),
        ("BYSECOND", &mut parts.by_second, start.second()),
    ];
    for (name, list, own) in times {
        if list.iter().any(|number| i16::from(*number) != i16::from(own)) {
            return Err(format!("{name}: another time of day than the start's"));
        }
        list.clear();
    }
    Ok(())
}

/// Turns BYSETPOS into other parts: of one weekday the n-th is a numbered weekday, of all seven
/// the n-th is a day of the month, and the only one is both the first and the last.
fn resolve_positions(parts: &mut IcalRecurRule) -> Result<(), String> {
    let Some(position) = parts.by_set_pos.first().copied() else { return Ok(()) };
    if only_one_candidate(parts) && parts.by_set_pos.iter().all(|at| matches!(at, 1 | -1)) {
        parts.by_set_pos.clear();
        return Ok(());
    }
    let in_month = match parts.freq {
        Freq::Monthly => true,
        Freq::Yearly => parts.by_month.len() == 1,
        _ => false,
    };
    let plain = parts.by_day.iter().all(|day| day.ordinal.is_none());
    if in_month && plain && parts.by_set_pos.len() == 1 && parts.by_month_day.is_empty() {
        match (parts.by_day.len(), i8::try_from(position)) {
            (1, _) => parts.by_day.iter_mut().for_each(|day| day.ordinal = Some(position)),
            (7, Ok(position @ -31..=31)) => {
                parts.by_day.clear();
                parts.by_month_day = vec![position];
            }
            _ => return Err("BYSETPOS: a choice among several weekdays cannot be said".into()),
        }
        parts.by_set_pos.clear();
        return Ok(());
    }
    Err("BYSETPOS: such a choice cannot be said".into())
}

/// Whether each period has one date at most.
fn only_one_candidate(parts: &IcalRecurRule) -> bool {
    let one_in_month = match (&parts.by_day[..], &parts.by_month_day[..]) {
        ([], []) => true,
        ([], [_]) => true,
        ([day], []) => day.ordinal.is_some(),
        _ => false,
    };
    match parts.freq {
        Freq::Daily => true,
        Freq::Weekly => parts.by_day.len() <= 1,
        Freq::Monthly => one_in_month,
        _ => match parts.by_month.len() {
            0 => parts.by_month_day.is_empty() && one_in_month,
            1 => one_in_month,
            _ => false,
        },
    }
}

/// Says a rule in the frequency that its parts are about, where that is the same.
fn simplify(parts: &mut IcalRecurRule, start: DateTime) -> Result<(), String> {
    let every = parts.interval == 1;
    if parts.by_month.len() == 12 {
        match (parts.freq, every) {
            (Freq::Yearly, true) => parts.freq = Freq::Monthly,
            (Freq::Yearly, false) => return Err("BYMONTH: several months".into()),
            _ => {}
        }
        parts.by_month.clear();
    }
    let by_days = !parts.by_day.is_empty();
    let by_month_days = !parts.by_month_day.is_empty();
    if by_days && by_month_days {
        return Err("BYDAY with BYMONTHDAY cannot be said".into());
    }
    if parts.freq == Freq::Weekly && by_month_days {
        return Err("BYMONTHDAY does not go with WEEKLY".into());
    }
    if parts.freq == Freq::Daily && by_month_days && every {
        parts.freq = Freq::Monthly;
    }
    if parts.freq == Freq::Monthly && parts.by_month.len() == 1 && every {
        parts.freq = Freq::Yearly;
    }
    if parts.freq == Freq::Yearly && parts.by_month.is_empty() && by_month_days {
        match every {
            true => parts.freq = Freq::Monthly,
            false => return Err("BYMONTHDAY: every month of some years cannot be said".into()),
        }
    }
    let plain = parts.by_day.iter().all(|day| day.ordinal.is_none());
    if by_days && plain && every && parts.by_month.is_empty() {
        parts.freq = Freq::Weekly;
    }
    if parts.freq == Freq::Daily && parts.interval.is_multiple_of(7) {
        // Whole weeks: the weekday never changes.
        let own = |day: &IcalRecurWeekdayNum| weekday_from_ical(day.weekday) == start.weekday();
        if by_days && !parts.by_day.iter().any(own) {
            return Err("BYDAY: the rule has no dates".into());
        }
        parts.by_day.clear();
    }
    if parts.by_month.len() > 1 {
        return Err("BYMONTH: several months".into());
    }
    if parts.freq != Freq::Yearly && !parts.by_month.is_empty() {
        return Err("BYMONTH: a month goes with YEARLY only".into());
    }
    Ok(())
}

fn daily(parts: &IcalRecurRule, start: DateTime) -> Result<(Pattern, u32), String> {
    if !parts.by_day.is_empty() || !parts.by_month_day.is_empty() {
        return Err("DAILY on certain days, but not every day, cannot be said".into());
    }
    Ok(match parts.interval {
        days if days.is_multiple_of(7) => {
            (Pattern::Weekly { days: vec![start.weekday()] }, days / 7)
        }
        days => (Pattern::Daily, days),
    })
}

fn weekly(parts: &IcalRecurRule, start: DateTime) -> Result<(Pattern, u32), String> {
    let days: Vec<Weekday> = match parts.by_day.is_empty() {
        true => vec![start.weekday()],
        false => parts.by_day.iter().map(|day| weekday_from_ical(day.weekday)).collect(),
    };
    Ok(match days.len() {
        7 if parts.interval == 1 => (Pattern::Daily, 1),
        _ => (Pattern::Weekly { days }, parts.interval),
    })
}

fn monthly(parts: &IcalRecurRule, start: DateTime) -> Result<(Pattern, u32), String> {
    let pattern = match (&parts.by_month_day[..], &parts.by_day[..]) {
        ([], []) => Pattern::MonthlyDay { day: start.day() },
        ([day], []) if *day > 0 => Pattern::MonthlyDay { day: *day },
        ([_], []) => return Err("BYMONTHDAY: a day counted from the month's end".into()),
        ([], [day]) => Pattern::MonthlyWeekday { week: week(day)?, day: plain_day(day) },
        ([], _) => return Err("BYDAY: several weekdays of a month".into()),
        _ => return Err("BYMONTHDAY: several days of a month".into()),
    };
    if !parts.interval.is_multiple_of(12) {
        return Ok((pattern, parts.interval));
    }
    let month = start.month();
    let pattern = match pattern {
        Pattern::MonthlyDay { day } => Pattern::YearlyDay { month, day },
        Pattern::MonthlyWeekday { week, day } => Pattern::YearlyWeekday { month, week, day },
        other => other,
    };
    Ok((pattern, parts.interval / 12))
}

fn yearly(parts: &IcalRecurRule, start: DateTime) -> Result<Pattern, String> {
    let named = parts.by_month.first().and_then(|month| i8::try_from(*month).ok());
    let month = named.unwrap_or(start.month());
    Ok(match (&parts.by_month_day[..], &parts.by_day[..]) {
        ([], []) => Pattern::YearlyDay { month, day: start.day() },
        ([day], []) if *day > 0 => Pattern::YearlyDay { month, day: *day },
        // From the end is a fixed day wherever the month's length is.
        ([day], []) if month != 2 => {
            let days = Date::new(2027, month, 1).map_or(0, |first| first.days_in_month());
            Pattern::YearlyDay { month, day: days + 1 + day }
        }
        ([_], []) => return Err("BYMONTHDAY: a day counted from the end of February".into()),
        ([], [day]) => {
            let week = week(day)?;
            // Without a month the weeks of the year are counted: the first is in January, the
            // last in December.
            let month = named.unwrap_or(if week < 0 { 12 } else { 1 });
            Pattern::YearlyWeekday { month, week, day: plain_day(day) }
        }
        ([], _) => return Err("BYDAY: several weekdays of a year".into()),
        _ => return Err("BYMONTHDAY: several days of a month".into()),
    })
}

fn plain_day(day: &IcalRecurWeekdayNum) -> Weekday {
    weekday_from_ical(day.weekday)
}

fn week(day: &IcalRecurWeekdayNum) -> Result<i8, String> {
    match day.ordinal.map(i8::try_from) {
        Some(Ok(week @ (1..=4 | -1))) => Ok(week),
        None => Err("BYDAY: every such weekday of certain months".into()),
        _ => Err("BYDAY: only the first to fourth and the last weekday can be said".into()),
    }
}

impl Pattern {
    /// Whether it can fall on this day.
    fn holds(&self, date: Date) -> bool {
        let falls = |week: i8, day: Weekday| {
            date.nth_weekday_of_month(week, day).is_ok_and(|found| found == date)
        };
        match self {
            Pattern::Daily => true,
            Pattern::Weekly { days } => days.contains(&date.weekday()),
            Pattern::MonthlyDay { day } => date.day() == *day,
            Pattern::MonthlyWeekday { week, day } => falls(*week, *day),
            Pattern::YearlyDay { month, day } => date.month() == *month && date.day() == *day,
            Pattern::YearlyWeekday { month, week, day } => {
                date.month() == *month && falls(*week, *day)
            }
        }
    }
}
