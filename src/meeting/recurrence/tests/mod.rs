use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;

use super::*;

pub mod generated;
pub mod oracle;
mod rfc5545;

pub fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

pub fn new_york() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

pub fn parse(rule: &str, start: &str) -> Result<Recurrence, String> {
    Recurrence::parse(rule, at(start), &new_york())
}

fn says(rule: &str, start: &str) -> String {
    match parse(rule, start) {
        Ok(recurrence) => recurrence.to_rrule(&new_york()),
        Err(why) => format!("refused: {why}"),
    }
}

/// A Monday.
pub const START: &str = "2027-03-01T09:00:00";

#[test]
fn equal_rules_become_one() {
    for (rule, wanted) in [
        ("RRULE:FREQ=DAILY", "FREQ=DAILY;INTERVAL=1"),
        ("freq=daily;interval=1", "FREQ=DAILY;INTERVAL=1"),
        ("FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"),
        ("FREQ=DAILY;INTERVAL=14", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO,TU", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR"),
        ("FREQ=WEEKLY;BYDAY=FR,MO,MO;WKST=SU", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,FR"),
        ("FREQ=WEEKLY;BYDAY=SU,MO,TU,WE,TH,FR,SA", "FREQ=DAILY;INTERVAL=1"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR,SA,SU;WKST=MO",
        ),
        ("FREQ=MONTHLY;BYDAY=MO", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"),
        ("FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=1"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=1", "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=1"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO"),
        (
            "FREQ=MONTHLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYSETPOS=1",
            "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=1",
        ),
        ("FREQ=DAILY;BYMONTHDAY=1", "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=1"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=1"),
        ("FREQ=MONTHLY;INTERVAL=24", "FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYMONTHDAY=1"),
        ("FREQ=MONTHLY;BYMONTH=3", "FREQ=YEARLY;INTERVAL=1;BYMONTH=3;BYMONTHDAY=1"),
        ("FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=1;BYMONTH=3;BYMONTHDAY=1"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-31", "FREQ=YEARLY;INTERVAL=1;BYMONTH=3;BYMONTHDAY=1"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=1MO", "FREQ=YEARLY;INTERVAL=1;BYMONTH=3;BYDAY=1MO"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=MO;BYSETPOS=1", "FREQ=YEARLY;INTERVAL=1;BYMONTH=3;BYDAY=1MO"),
        ("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0;COUNT=3", "FREQ=DAILY;INTERVAL=1;COUNT=3"),
    ] {
        assert_eq!(says(rule, START), wanted, "{rule}");
    }
    let last_friday = "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1";
    assert_eq!(says(last_friday, "2027-03-26T09:00:00"), "FREQ=MONTHLY;INTERVAL=1;BYDAY=-1FR");
    let first_of_year = "FREQ=YEARLY;BYDAY=1MO";
    assert_eq!(
        says(first_of_year, "2027-01-04T09:00:00"),
        "FREQ=YEARLY;INTERVAL=1;BYMONTH=1;BYDAY=1MO"
    );
}

#[test]
fn what_cannot_be_said_is_refused_with_the_reason() {
    for (rule, wanted) in [
        ("", "frequency"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ twice"),
        ("FREQ=DAILY;RSCALE=GREGORIAN", "\"RSCALE\" is no part"),
        ("FREQ=YEARLY;BYEASTER=1", "\"BYEASTER\" is no part"),
        ("FREQ=DAILY;X-NAME=1", "\"X-NAME\" is no part"),
        ("FREQ=DAILY;COUNT", "not NAME=VALUE"),
        ("FREQ=DAILY;COUNT=", "COUNT: an empty value"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=99999999999", "count"),
        ("FREQ=DAILY;INTERVAL=0", "interval"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20280101", "exclude each other"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL: neither"),
        ("FREQ=DAILY;UNTIL=20270301T100000Z", "UNTIL: before the start"),
        ("FREQ=DAILY;UNTIL=20270228", "UNTIL: before the start"),
        ("FREQ=HOURLY", "FREQ: only"),
        ("FREQ=DAILY;BYHOUR=9,15", "BYHOUR: another time"),
        ("FREQ=DAILY;BYMONTH=3", "BYMONTH: a month"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", "DAILY on certain days"),
        ("FREQ=DAILY;BYDAY=1MO", "BYDAY: a numbered weekday"),
        ("FREQ=WEEKLY;BYDAY=2MO", "BYDAY: a numbered weekday"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with WEEKLY"),
        ("FREQ=WEEKLY;BYDAY=TU", "the start is not one of the dates"),
        ("FREQ=MONTHLY;BYMONTHDAY=2", "the start is not one of the dates"),
        ("FREQ=MONTHLY;BYDAY=2MO", "the start is not one of the dates"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "BYMONTHDAY: several"),
        ("FREQ=MONTHLY;BYMONTHDAY=-31", "BYMONTHDAY: a day counted from the month's end"),
        ("FREQ=MONTHLY;BYDAY=5MO", "BYDAY: only the first to fourth"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY: no such week"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "BYDAY: several"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=MO", "BYDAY: every such weekday"),
        ("FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=1", "BYDAY with BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "BYSETPOS: a choice among"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1,2", "BYSETPOS"),
        ("FREQ=YEARLY;BYMONTH=3,9", "BYMONTH: several"),
        ("FREQ=YEARLY;BYWEEKNO=9", "BYWEEKNO"),
        ("FREQ=YEARLY;BYYEARDAY=60", "BYYEARDAY"),
        ("FREQ=YEARLY;BYDAY=9MO", "BYDAY: only"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "BYMONTHDAY: a day counted from the end"),
        ("FREQ=YEARLY;BYMONTH=4", "the start is not one of the dates"),
    ] {
        let why = parse(rule, START).expect_err(rule);
        assert!(why.contains(wanted), "{rule}: {why}");
    }
    let long = format!("FREQ=MONTHLY;BYMONTHDAY=1{}", ",1".repeat(500));
    assert!(parse(&long, START).unwrap_err().contains("longer than"));
}

#[test]
fn hostile_text_is_refused_soon() {
    let many = "FREQ=YEARLY;".repeat(80_000);
    for text in [&many[..], "€€€", "RRULE:", "FREQ=DAILY;BYDAY=€", "FREQ=\u{0};=;=", "RRULé:x"]
    {
        assert!(parse(text, START).is_err());
    }
    let far = parse("FREQ=YEARLY;INTERVAL=4294967295", START).unwrap();
    assert_eq!(far.dates(at(START), 5), [at(START)]);
    assert!(!far.skips_short_months(at(START)));
    let weeks = parse("FREQ=WEEKLY;INTERVAL=4294967295;BYDAY=MO,SU", START).unwrap();
    assert_eq!(weeks.dates(at(START), 5).len(), 2);
    let last = parse("FREQ=DAILY", "9999-12-31T23:00:00").unwrap();
    assert_eq!(last.dates(at("9999-12-31T23:00:00"), 5).len(), 1);
    assert!(parse("FREQ=DAILY;UNTIL=99991231T235959Z", "9999-12-31T23:00:00").is_err());
}

#[test]
fn until_is_the_last_day_that_counts() {
    // 9:00 is 14:00 UTC in winter and 13:00 UTC in summer.
    for (until, wanted) in [
        ("20270310T140000Z", "2027-03-10T09:00:00"),
        ("20270310T135959Z", "2027-03-09T09:00:00"),
        ("20270320T130000Z", "2027-03-20T09:00:00"),
        ("20270321T035959Z", "2027-03-20T09:00:00"),
        ("20270310T090000", "2027-03-10T09:00:00"),
        ("20270310T085959", "2027-03-09T09:00:00"),
        ("20270310", "2027-03-10T09:00:00"),
    ] {
        let rule = parse(&format!("FREQ=DAILY;UNTIL={until}"), START).unwrap();
        assert_eq!(rule.end, End::Until(at(wanted)), "{until}");
        assert_eq!(rule.dates(at(START), 100).last(), Some(&at(wanted)), "{until}");
    }
    let summer = says("FREQ=WEEKLY;UNTIL=20270405", START);
    assert_eq!(summer, "FREQ=WEEKLY;INTERVAL=1;UNTIL=20270405T130000Z;BYDAY=MO");
}

#[test]
fn until_is_exact_where_clocks_change() {
    // 1:30 comes twice on 7 November 2027: meant is the first, 5:30 UTC.
    let start = "2027-11-06T01:30:00";
    let days = |until: &str| parse(until, start).unwrap().dates(at(start), 9).len();
    assert_eq!(days("FREQ=DAILY;UNTIL=20271107T053000Z"), 2);
    assert_eq!(days("FREQ=DAILY;UNTIL=20271107T061500Z"), 2);
    assert_eq!(days("FREQ=DAILY;UNTIL=20271107T052959Z"), 1);
    // 2:30 does not exist on 14 March 2027: meant is 3:30, 7:30 UTC.
    let start = "2027-03-13T02:30:00";
    let days = |until: &str| parse(until, start).unwrap().dates(at(start), 9).len();
    assert_eq!(days("FREQ=DAILY;UNTIL=20270314T073000Z"), 2);
    assert_eq!(days("FREQ=DAILY;UNTIL=20270314T071500Z"), 1);
}

#[test]
fn the_first_day_of_the_week_is_told_where_it_matters() {
    let start = "1997-08-05T09:00:00";
    let sunday = parse("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", start).unwrap();
    assert_eq!(sunday.week_start, Weekday::Sunday);
    assert!(sunday.depends_on_week_start(at(start)));
    let one = parse("FREQ=WEEKLY;INTERVAL=2;COUNT=1;BYDAY=TU,SU;WKST=SU", start).unwrap();
    assert!(!one.depends_on_week_start(at(start)));
    let days = parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=SU", start).unwrap();
    assert!(!days.depends_on_week_start(at(start)));
    assert_eq!(days.week_start, Weekday::Monday);
    let odd = parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=WE", start).unwrap();
    assert!(odd.depends_on_week_start(at(start)));
    assert!(odd.to_rrule(&new_york()).ends_with(";BYDAY=TU,TH;WKST=WE"));
}

#[test]
fn short_months_are_noticed() {
    let skips = |rule: &str, start: &str| parse(rule, start).unwrap().skips_short_months(at(start));
    let thirty_first = "2027-01-31T09:00:00";
    assert!(skips("FREQ=MONTHLY", thirty_first));
    assert!(skips("FREQ=MONTHLY;COUNT=2", thirty_first));
    assert!(!skips("FREQ=MONTHLY;COUNT=1", thirty_first));
    assert!(!skips("FREQ=MONTHLY;INTERVAL=2;COUNT=4", thirty_first));
    assert!(skips("FREQ=MONTHLY;INTERVAL=2;COUNT=5", thirty_first));
    assert!(!skips("FREQ=YEARLY", thirty_first));
    assert!(!skips("FREQ=MONTHLY;UNTIL=20270228", thirty_first));
    assert!(!skips("FREQ=MONTHLY;BYMONTHDAY=28", "2027-01-28T09:00:00"));
    assert!(skips("FREQ=MONTHLY;BYMONTHDAY=29", "2028-01-29T09:00:00"));
    assert!(!skips("FREQ=MONTHLY;BYMONTHDAY=29;COUNT=13", "2028-01-29T09:00:00"));
    assert!(skips("FREQ=YEARLY", "2028-02-29T09:00:00"));
    // 2100 is no leap year.
    assert!(skips("FREQ=YEARLY;INTERVAL=4", "2028-02-29T09:00:00"));
    assert!(!skips("FREQ=YEARLY;INTERVAL=400", "2000-02-29T09:00:00"));
}

#[test]
fn a_list_of_dates_becomes_its_simplest_rule() {
    for (days, wanted) in [
        (&["2027-03-01", "2027-03-02"][..], "FREQ=DAILY;INTERVAL=1;COUNT=2"),
        (&["2027-03-01", "2027-03-11", "2027-03-21"], "FREQ=DAILY;INTERVAL=10;COUNT=3"),
        (&["2027-03-01", "2027-03-15"], "FREQ=WEEKLY;INTERVAL=2;COUNT=2;BYDAY=MO"),
        (&["2027-03-01", "2027-03-03", "2027-03-08"], "FREQ=WEEKLY;INTERVAL=1;COUNT=3;BYDAY=MO,WE"),
        (
            &["2027-03-01", "2027-03-05", "2027-03-15", "2027-03-19"],
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=MO,FR;WKST=MO",
        ),
        (&["2027-03-15", "2027-04-15"], "FREQ=MONTHLY;INTERVAL=1;COUNT=2;BYMONTHDAY=15"),
        (&["2027-01-31", "2027-03-31"], "FREQ=MONTHLY;INTERVAL=2;COUNT=2;BYMONTHDAY=31"),
        (&["2027-03-09", "2027-04-13", "2027-05-11"], "FREQ=MONTHLY;INTERVAL=1;COUNT=3;BYDAY=2TU"),
        (&["2027-01-29", "2027-02-26", "2027-03-26"], "FREQ=WEEKLY;INTERVAL=4;COUNT=3;BYDAY=FR"),
        (&["2027-03-26", "2027-04-30", "2027-05-28"], "FREQ=MONTHLY;INTERVAL=1;COUNT=3;BYDAY=-1FR"),
        (&["2027-03-01", "2028-03-01"], "FREQ=YEARLY;INTERVAL=1;COUNT=2;BYMONTH=3;BYMONTHDAY=1"),
        (
            &["2027-03-08", "2028-03-13", "2029-03-12"],
            "FREQ=YEARLY;INTERVAL=1;COUNT=3;BYMONTH=3;BYDAY=2MO",
        ),
    ] {
        let dates: Vec<DateTime> = days.iter().map(|day| at(&format!("{day}T09:00"))).collect();
        let found = Recurrence::of_dates(&dates).expect(wanted);
        assert_eq!(found.to_rrule(&new_york()), wanted);
        assert_eq!(found.dates(dates[0], 99), dates);
    }
}

#[test]
fn an_irregular_list_has_no_rule() {
    let none = |days: &[&str]| {
        let dates: Vec<DateTime> = days.iter().map(|day| at(day)).collect();
        assert_eq!(Recurrence::of_dates(&dates), None, "{days:?}");
    };
    none(&[]);
    none(&["2027-03-01T09:00"]);
    none(&["2027-03-01T09:00", "2027-03-02T09:00", "2027-03-11T09:00"]);
    none(&["2027-03-01T09:00", "2027-03-02T10:00"]);
    none(&["2027-03-02T09:00", "2027-03-01T09:00"]);
    none(&["2027-03-01T09:00", "2027-03-01T09:00"]);
}

#[test]
fn a_list_has_every_rule_that_fits() {
    let dates = [at("2027-03-01T09:00"), at("2028-03-01T09:00")];
    let found = Recurrence::candidates(&dates);
    assert!(found.len() > 1, "{found:?}");
    for rule in found {
        assert_eq!(rule.dates(dates[0], 9), dates);
    }
}

#[test]
fn a_set_is_expanded() {
    let start = at(START);
    let day = |day: i8| start.with().day(day).build().unwrap();
    let all = |rules: &[&str], added: &[DateTime], removed: &[DateTime], limit| {
        expand(&Set { start, rules, added, removed }, &new_york(), limit)
    };
    assert_eq!(all(&[], &[day(9), day(5), day(9)], &[], 9), Ok(vec![start, day(5), day(9)]));
    assert_eq!(all(&["FREQ=DAILY;COUNT=3"], &[], &[day(2)], 2), Ok(vec![start, day(3)]));
    assert_eq!(all(&["FREQ=DAILY;COUNT=2"], &[], &[start], 2), Ok(vec![day(2)]));
    assert_eq!(
        all(&["FREQ=DAILY;COUNT=2", "FREQ=WEEKLY;UNTIL=20270308T140000Z"], &[day(5)], &[], 9),
        Ok(vec![start, day(2), day(5), day(8)])
    );
    for (rules, removed, wanted) in [
        (&["FREQ=DAILY"][..], &[][..], "the rule has no end"),
        (&["FREQ=DAILY;COUNT=10"], &[], "more than 9 dates"),
        (&["FREQ=DAILY;UNTIL=99991231"], &[], "more than 9 dates"),
        (&["FREQ=DAILY;COUNT=1"], &[start], "no date is left"),
        (&["FREQ=WEEKLY;BYDAY=TU;COUNT=2"], &[], "the start is not one of the dates"),
        (&["FREQ=YEARLY;INTERVAL=50;COUNT=4"], &[], "more than 100 years"),
        (&["FREQ=YEARLY;INTERVAL=50;UNTIL=99991231"], &[], "more than 100 years"),
        (&["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2"], &[], "more than 100 years"),
        (&["FREQ=SECONDLY;COUNT=2"], &[], "by the minute"),
        (&["nonsense"], &[], "not NAME=VALUE"),
    ] {
        let why = all(rules, &[], removed, 9).expect_err(wanted);
        assert!(why.contains(wanted), "{rules:?}: {why}");
    }
    assert_eq!(all(&["FREQ=DAILY;COUNT=10"], &[], &[day(3)], 9).map(|dates| dates.len()), Ok(9));
}

#[test]
fn no_rule_takes_long_to_expand() {
    let before = std::time::Instant::now();
    let start = at(START);
    let list = |from: i16, to: i16| {
        (from..=to).map(|number| number.to_string()).collect::<Vec<_>>().join(",")
    };
    let all_day = format!("FREQ=YEARLY;COUNT=9;BYHOUR={};BYMINUTE={}", list(0, 23), list(0, 59));
    let far =
        format!("FREQ=YEARLY;COUNT=999999;BYHOUR={};BYSETPOS={}", list(0, 23), list(250, 340));
    let never = format!("FREQ=DAILY;COUNT=9;BYMONTH=2;BYMONTHDAY=30;BYHOUR={}", list(0, 23));
    let hourly = "FREQ=HOURLY;COUNT=999999;BYSETPOS=2".to_owned();
    for rule in [all_day, far, never, hourly] {
        let rules = [rule.as_str(); 5];
        let set = Set { start, rules: &rules, added: &[], removed: &[] };
        assert!(expand(&set, &new_york(), 1000).is_err(), "{rule}");
    }
    assert!(before.elapsed().as_secs() < 10, "{:?}", before.elapsed());
}
