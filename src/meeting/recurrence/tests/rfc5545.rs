//! The examples of RFC 5545, section 3.8.5.3, in the order of the text.

use super::*;

/// What is expected of an example.
enum Wanted {
    /// Mapped, with these first dates, and so many dates in all where it ends.
    Dates(&'static str, Option<usize>),
    /// Refused for a reason with this text; the dates by expansion, if it ends.
    Refused(&'static str, Option<(&'static str, usize)>),
}
use Wanted::{Dates, Refused};

/// Start (9:00 in New York), rule, what is expected; dates are day and month, of the start's year
/// until a `/` names another.
const EXAMPLES: &[(&str, &str, Wanted)] = &[
    (
        "1997-09-02",
        "FREQ=DAILY;COUNT=10",
        Dates("09-02 09-03 09-04 09-05 09-06 09-07 09-08 09-09 09-10 09-11", Some(10)),
    ),
    ("1997-09-02", "FREQ=DAILY;UNTIL=19971224T000000Z", Dates("09-02 09-03 09-04", Some(113))),
    ("1997-09-02", "FREQ=DAILY;INTERVAL=2", Dates("09-02 09-04 09-06 09-08 09-10", None)),
    (
        "1997-09-02",
        "FREQ=DAILY;INTERVAL=10;COUNT=5",
        Dates("09-02 09-12 09-22 10-02 10-12", Some(5)),
    ),
    (
        "1998-01-01",
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        Refused("BYDAY", Some(("01-01 01-02 01-03", 93))),
    ),
    (
        "1998-01-01",
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
        Refused("BYMONTH", Some(("01-01 01-02 01-03", 93))),
    ),
    (
        "1997-09-02",
        "FREQ=WEEKLY;COUNT=10",
        Dates("09-02 09-09 09-16 09-23 09-30 10-07 10-14 10-21 10-28 11-04", Some(10)),
    ),
    (
        "1997-09-02",
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        Dates(
            "09-02 09-09 09-16 09-23 09-30 10-07 10-14 10-21 10-28 11-04 11-11 11-18 11-25 12-02 \
             12-09 12-16 12-23",
            Some(17),
        ),
    ),
    (
        "1997-09-02",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        Dates("09-02 09-16 09-30 10-14 10-28 11-11 11-25 12-09 12-23 1998/01-06 01-20", None),
    ),
    (
        "1997-09-02",
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        Dates("09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02", Some(10)),
    ),
    (
        "1997-09-02",
        "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
        Dates("09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02", Some(10)),
    ),
    (
        "1997-09-01",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        Dates(
            "09-01 09-03 09-05 09-15 09-17 09-19 09-29 10-01 10-03 10-13 10-15 10-17 10-27 10-29 \
             10-31 11-10 11-12 11-14 11-24 11-26 11-28 12-08 12-10 12-12 12-22",
            Some(25),
        ),
    ),
    (
        "1997-09-02",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        Dates("09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16", Some(8)),
    ),
    (
        "1997-09-05",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        Dates("09-05 10-03 11-07 12-05 1998/01-02 02-06 03-06 04-03 05-01 06-05", Some(10)),
    ),
    (
        "1997-09-05",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        Dates("09-05 10-03 11-07 12-05", Some(4)),
    ),
    (
        "1997-09-07",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        Refused(
            "BYDAY",
            Some(("09-07 09-28 11-02 11-30 1998/01-04 01-25 03-01 03-29 05-03 05-31", 10)),
        ),
    ),
    (
        "1997-09-22",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        Refused("BYDAY", Some(("09-22 10-20 11-17 12-22 1998/01-19 02-16", 6))),
    ),
    ("1997-09-28", "FREQ=MONTHLY;BYMONTHDAY=-3", Refused("BYMONTHDAY", None)),
    (
        "1997-09-02",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        Refused(
            "BYMONTHDAY",
            Some(("09-02 09-15 10-02 10-15 11-02 11-15 12-02 12-15 1998/01-02 01-15", 10)),
        ),
    ),
    (
        "1997-09-30",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        Refused(
            "BYMONTHDAY",
            Some(("09-30 10-01 10-31 11-01 11-30 12-01 12-31 1998/01-01 01-31 02-01", 10)),
        ),
    ),
    (
        "1997-09-10",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        Refused(
            "BYMONTHDAY",
            Some(("09-10 09-11 09-12 09-13 09-14 09-15 1999/03-10 03-11 03-12 03-13", 10)),
        ),
    ),
    ("1997-09-02", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", Refused("BYDAY", None)),
    (
        "1997-06-10",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        Refused("BYMONTH", Some(("06-10 07-10 1998/06-10 07-10 1999/06-10 07-10", 10))),
    ),
    (
        "1997-03-10",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        Refused("BYMONTH", Some(("03-10 1999/01-10 02-10 03-10 2001/01-10", 10))),
    ),
    (
        "1997-01-01",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        Refused("BYYEARDAY", Some(("01-01 04-10 07-19 2000/01-01 04-09 07-18", 10))),
    ),
    ("1997-05-19", "FREQ=YEARLY;BYDAY=20MO", Refused("BYDAY", None)),
    ("1997-05-12", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", Refused("BYWEEKNO", None)),
    ("1997-03-13", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", Refused("BYDAY", None)),
    ("1997-06-05", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", Refused("BYMONTH", None)),
    ("1997-09-02", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", Refused("BYMONTHDAY", None)),
    (
        "1997-09-13",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        Refused("BYMONTHDAY", None),
    ),
    (
        "1996-11-05",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        Refused("BYMONTHDAY", None),
    ),
    (
        "1997-09-04",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        Refused("BYSETPOS", Some(("09-04 10-07 11-06", 3))),
    ),
    ("1997-09-29", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", Refused("BYSETPOS", None)),
    ("1997-09-02", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", Refused("FREQ", None)),
    ("1997-09-02", "FREQ=MINUTELY;INTERVAL=15;COUNT=6", Refused("FREQ", None)),
    ("1997-09-02", "FREQ=MINUTELY;INTERVAL=90;COUNT=4", Refused("FREQ", None)),
    (
        "1997-09-02",
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        Refused("BYHOUR", None),
    ),
    (
        "1997-09-02",
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
        Refused("FREQ", None),
    ),
    (
        "1997-08-05",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        Dates("08-05 08-10 08-19 08-24", Some(4)),
    ),
    (
        "1997-08-05",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        Dates("08-05 08-17 08-19 08-31", Some(4)),
    ),
    (
        "2007-01-15",
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        Refused("BYMONTHDAY", Some(("01-15 01-30 02-15 03-15 03-30", 5))),
    ),
];

/// `09-02 1998/01-06 01-20` as dates.
fn list(start: &str, dates: &str) -> Vec<DateTime> {
    let mut year = start[..4].to_owned();
    let day = |word: &str| {
        let day = match word.split_once('/') {
            Some((next, day)) => {
                next.clone_into(&mut year);
                day
            }
            None => word,
        };
        at(&format!("{year}-{day}T09:00"))
    };
    dates.split_whitespace().map(day).collect()
}

#[test]
fn every_example_is_mapped_or_refused() {
    for (day, rule, wanted) in EXAMPLES {
        let start = at(&format!("{day}T09:00"));
        let found = Recurrence::parse(rule, start, &new_york());
        let set = Set { start, rules: &[rule], added: &[], removed: &[] };
        let expanded = expand(&set, &new_york(), 1000);
        match wanted {
            Dates(first, total) => {
                let found = found.unwrap_or_else(|why| panic!("{rule}: {why}"));
                let first = list(day, first);
                assert_eq!(found.dates(start, first.len()), first, "{rule}");
                let all = found.all_dates(start, 1000);
                assert_eq!(all.as_ref().map(Vec::len), *total, "{rule}");
                assert_eq!(all, expanded.ok(), "{rule}");
            }
            Refused(reason, dates) => {
                let why = found.expect_err(rule);
                assert!(why.contains(reason), "{rule}: {why}");
                if let Some((first, total)) = dates {
                    let first = list(day, first);
                    let expanded = expanded.unwrap_or_else(|why| panic!("{rule}: {why}"));
                    assert_eq!(expanded.len(), *total, "{rule}");
                    assert_eq!(expanded[..first.len()], first, "{rule}");
                }
            }
        }
    }
}

#[test]
fn the_last_dates_are_those_of_the_text() {
    let last = |rule: &str, start: &str| {
        let all = parse(rule, start).unwrap().all_dates(at(start), 1000).unwrap();
        all.last().copied().unwrap()
    };
    let december = "FREQ=DAILY;UNTIL=19971224T000000Z";
    assert_eq!(last(december, "1997-09-02T09:00"), at("1997-12-23T09:00"));
    let fridays = "FREQ=MONTHLY;COUNT=10;BYDAY=1FR";
    assert_eq!(last(fridays, "1997-09-05T09:00"), at("1998-06-05T09:00"));
}

#[test]
fn hours_are_expanded_though_not_mapped() {
    let start = at("1997-09-02T09:00");
    let rules = ["FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T190000Z"];
    let set = Set { start, rules: &rules, added: &[], removed: &[] };
    let wanted = [start, at("1997-09-02T12:00"), at("1997-09-02T15:00")];
    assert_eq!(expand(&set, &new_york(), 9).unwrap(), wanted);
}
