use serde_json::{Map, Value, json};

use super::webex::recurrence::of as webex_recurrence;
use super::zoom::recurrence::of as zoom_recurrence;
use crate::meeting::recurrence::Recurrence;
use crate::meeting::recurrence::tests::{START, at, generated, new_york, oracle, parse};

fn zoom(rule: &str, start: &str) -> Result<Value, String> {
    zoom_recurrence(&parse(rule, start).unwrap(), at(start)).map(Value::Object)
}

fn webex(rule: &str, start: &str) -> Result<String, String> {
    webex_recurrence(&parse(rule, start).unwrap(), at(start), &new_york())
}

#[test]
fn zoom_has_its_own_terms() {
    for (rule, start, wanted) in [
        ("FREQ=DAILY", START, json!({"type": 1, "repeat_interval": 1, "end_times": 0})),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=6",
            START,
            json!({"type": 2, "repeat_interval": 2, "weekly_days": "2,4", "end_times": 6}),
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO,SU;UNTIL=20270314",
            START,
            json!({"type": 2, "repeat_interval": 1, "weekly_days": "1,2", "end_times": 4}),
        ),
        (
            "FREQ=MONTHLY;COUNT=60",
            START,
            json!({"type": 3, "repeat_interval": 1, "monthly_day": 1, "end_times": 60}),
        ),
        (
            "FREQ=MONTHLY;INTERVAL=10;BYDAY=-1SA",
            "2027-02-27T09:00",
            json!({"type": 3, "repeat_interval": 10, "monthly_week": -1, "monthly_week_day": 7,
                   "end_times": 0}),
        ),
        // The last is 30 April.
        (
            "FREQ=DAILY;UNTIL=20270430T120000Z",
            START,
            json!({"type": 1, "repeat_interval": 1, "end_times": 60}),
        ),
    ] {
        assert_eq!(zoom(rule, start), Ok(wanted), "{rule}");
    }
}

#[test]
fn zoom_refuses_what_it_cannot_repeat() {
    for (rule, start, wanted) in [
        ("FREQ=DAILY;INTERVAL=100", START, "every 99 days"),
        ("FREQ=WEEKLY;INTERVAL=51", START, "every 50 weeks"),
        ("FREQ=MONTHLY;INTERVAL=11", START, "every 10 months"),
        ("FREQ=YEARLY;COUNT=2", START, "no yearly"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-31T09:00", "lack the day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", "1997-08-05T09:00", "weeks begin"),
        ("FREQ=DAILY;COUNT=61", START, "60 times at most"),
        ("FREQ=DAILY;UNTIL=99991231", START, "60 times at most"),
    ] {
        let why = zoom(rule, start).unwrap_err();
        assert!(why.contains(wanted), "{rule}: {why}");
    }
}

#[test]
fn webex_takes_the_text() {
    for (rule, wanted) in [
        ("FREQ=DAILY", "FREQ=DAILY;INTERVAL=1"),
        ("FREQ=DAILY;COUNT=1826", "FREQ=DAILY;INTERVAL=1;COUNT=1826"),
        ("FREQ=WEEKLY;COUNT=261", "FREQ=WEEKLY;INTERVAL=1;COUNT=261;BYDAY=MO"),
        ("FREQ=MONTHLY;COUNT=60", "FREQ=MONTHLY;INTERVAL=1;COUNT=60;BYMONTHDAY=1"),
        ("FREQ=YEARLY;COUNT=5", "FREQ=YEARLY;INTERVAL=1;COUNT=5;BYMONTH=3;BYMONTHDAY=1"),
        (
            "FREQ=WEEKLY;UNTIL=20270405;BYDAY=MO,FR",
            "FREQ=WEEKLY;INTERVAL=1;UNTIL=20270405T130000Z;BYDAY=MO,FR",
        ),
    ] {
        assert_eq!(webex(rule, START).as_deref(), Ok(wanted), "{rule}");
    }
    for (rule, wanted) in [
        ("FREQ=DAILY;COUNT=1827", "at most 1826 dates of a daily"),
        ("FREQ=WEEKLY;COUNT=262", "at most 261"),
        ("FREQ=MONTHLY;COUNT=61", "at most 60"),
        ("FREQ=YEARLY;UNTIL=20320301", "at most 5 dates"),
        ("FREQ=YEARLY;INTERVAL=2;COUNT=4", "at most 5 years"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=200", "at most 5 years"),
    ] {
        let why = webex(rule, START).unwrap_err();
        assert!(why.contains(wanted), "{rule}: {why}");
    }
}

/// Zoom's members read back as a rule, by what its documentation says of each.
fn read_zoom(members: &Map<String, Value>) -> String {
    const DAYS: [&str; 8] = ["", "SU", "MO", "TU", "WE", "TH", "FR", "SA"];
    let number = |name: &str| members.get(name).map(|value| value.as_i64().unwrap());
    let day = |number: i64| DAYS[usize::try_from(number).unwrap()];
    let mut text = format!("INTERVAL={};WKST=SU", number("repeat_interval").unwrap());
    text += match number("type") {
        Some(1) => ";FREQ=DAILY",
        Some(2) => ";FREQ=WEEKLY",
        _ => ";FREQ=MONTHLY",
    };
    if let Some(days) = members.get("weekly_days") {
        let days = days.as_str().unwrap().split(',');
        let days: Vec<&str> = days.map(|number| day(number.parse().unwrap())).collect();
        text += &format!(";BYDAY={}", days.join(","));
    }
    if let Some(day) = number("monthly_day") {
        text += &format!(";BYMONTHDAY={day}");
    }
    if let Some(week) = number("monthly_week") {
        text += &format!(";BYDAY={week}{}", day(number("monthly_week_day").unwrap()));
    }
    match number("end_times") {
        Some(0) => {}
        Some(count) => text += &format!(";COUNT={count}"),
        None => panic!("{members:?}"),
    }
    text
}

#[test]
fn both_repeat_on_the_dates_of_a_thousand_rules() {
    let (mut by_zoom, mut by_webex) = (0, 0);
    for (start, rule) in generated::rules() {
        let Ok(found) = Recurrence::parse(&rule, start, &new_york()) else { continue };
        let wanted = oracle::dates(&rule, start, 100);
        if let Ok(members) = zoom_recurrence(&found, start) {
            by_zoom += 1;
            let read = read_zoom(&members);
            assert_eq!(oracle::dates(&read, start, 100), wanted, "{start} {rule} {read}");
        }
        if let Ok(text) = webex_recurrence(&found, start, &new_york()) {
            by_webex += 1;
            assert_eq!(oracle::dates(&text, start, 100), wanted, "{start} {rule} {text}");
        }
    }
    assert!(by_zoom > 200 && by_webex > 400, "{by_zoom} {by_webex}");
}
