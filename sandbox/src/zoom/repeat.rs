//! Zoom's `recurrence` object (Zoom API reference, "Create a meeting").

use crate::recurrence::{End, Frequency, Rule};
use jiff::Timestamp;
use jiff::civil::Weekday;
use serde_json::{Value, json};

/// "end_times: 1 to 60"; a series without end is shown this far.
pub const MOST_OCCURRENCES: usize = 60;

/// Reads and checks a `recurrence`; the names of wrong fields on failure.
pub fn read(value: &Value) -> Result<Rule, Vec<String>> {
    let mut wrong = Vec::new();
    let number = |name: &str| match &value[name] {
        Value::Null => Ok(None),
        other => other.as_i64().map(Some).ok_or(()),
    };
    let mut field = |name: &str, low: i64, high: i64| match number(name) {
        Ok(found) if found.is_none_or(|n| (low..=high).contains(&n)) => found,
        _ => {
            wrong.push(format!("recurrence.{name}"));
            None
        }
    };
    let kind = field("type", 1, 3);
    let most = match kind {
        Some(1) => 99,
        Some(2) => 50,
        _ => 10,
    };
    let interval = field("repeat_interval", 1, most).unwrap_or(1);
    let month_day = field("monthly_day", 1, 31);
    let month_week = field("monthly_week", -1, 4).filter(|week| *week != 0);
    let month_week_day = field("monthly_week_day", 1, 7);
    let end_times = field("end_times", 0, MOST_OCCURRENCES as i64);
    let weekdays = match &value["weekly_days"] {
        Value::Null => Some(vec![Weekday::Sunday]),
        Value::String(days) => days.split(',').map(|day| weekday(day.parse().ok()?)).collect(),
        _ => None,
    };
    let weekdays = weekdays.unwrap_or_else(|| {
        wrong.push("recurrence.weekly_days".to_owned());
        Vec::new()
    });
    let end_date = match &value["end_date_time"] {
        Value::Null => None,
        Value::String(text) if text.ends_with('Z') => match text.parse::<Timestamp>() {
            Ok(end) => Some(end),
            Err(_) => {
                wrong.push("recurrence.end_date_time".to_owned());
                None
            }
        },
        _ => {
            wrong.push("recurrence.end_date_time".to_owned());
            None
        }
    };
    // "Cannot be used with end_date_time", says each of the two.
    if end_times.is_some() && end_date.is_some() {
        wrong.push("recurrence.end_times".to_owned());
    }
    // "monthly_week … must be used with monthly_week_day".
    if month_week.is_some() != month_week_day.is_some() {
        wrong.push("recurrence.monthly_week".to_owned());
    }
    let frequency = match kind {
        Some(1) => Frequency::Daily,
        Some(2) => Frequency::Weekly,
        Some(3) => Frequency::Monthly,
        _ => {
            wrong.push("recurrence.type".to_owned());
            Frequency::Daily
        }
    };
    if !wrong.is_empty() {
        wrong.dedup();
        return Err(wrong);
    }
    let nth_weekday = month_week
        .zip(month_week_day.and_then(weekday))
        .and_then(|(week, day)| Some((i8::try_from(week).ok()?, day)));
    Ok(Rule {
        frequency,
        interval,
        weekdays,
        week_start: Weekday::Sunday,
        month_day: month_day.and_then(|day| i8::try_from(day).ok()),
        nth_weekday,
        month: None,
        end: match (end_times, end_date) {
            (_, Some(end)) => End::Until(end),
            (Some(0), None) => End::Never,
            // "default: 1".
            (count, None) => End::Count(usize::try_from(count.unwrap_or(1)).unwrap_or(1)),
        },
    })
}

/// 1 is Sunday.
fn weekday(number: i64) -> Option<Weekday> {
    let offset = i8::try_from(number).ok().filter(|n| (1..=7).contains(n))?;
    Weekday::from_sunday_one_offset(offset).ok()
}

/// The recurrence as Zoom gives it back: with the defaults of what was left out.
pub fn show(value: &Value) -> Value {
    let mut shown = value.clone();
    if shown["repeat_interval"].is_null() {
        shown["repeat_interval"] = json!(1);
    }
    if shown["type"] == json!(2) && shown["weekly_days"].is_null() {
        shown["weekly_days"] = json!("1");
    }
    shown
}
