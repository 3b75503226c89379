//! A thousand rules against the second opinion.

use super::oracle;
use super::*;

/// xorshift64: the same rules in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % sides
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.below(sides) == 0
    }
}

const DAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

fn start(dice: &mut Dice) -> DateTime {
    let day = at("2026-01-01T00:00").date();
    let day = day.checked_add(jiff::Span::new().days(dice.below(1461) as i64)).unwrap();
    day.at(dice.below(8) as i8 + 9, dice.pick(&[0, 15, 30]), 0, 0)
}

/// A weekday, most often the start's.
fn weekday(dice: &mut Dice, start: DateTime) -> &'static str {
    let own = start.weekday().to_sunday_zero_offset() as usize;
    if dice.one_in(3) { dice.pick(&DAYS) } else { DAYS[own] }
}

fn numbered(dice: &mut Dice, start: DateTime) -> String {
    let own = i64::from((start.day() - 1) / 7 + 1);
    let last = start.day() > start.date().days_in_month() - 7;
    let week = match dice.below(5) {
        0 => dice.pick(&[1, 2, 3, 4, 5, -1, -2]),
        1 | 2 if last => -1,
        _ => own,
    };
    format!("{week}{}", weekday(dice, start))
}

fn month_day(dice: &mut Dice, start: DateTime) -> i64 {
    match dice.below(6) {
        0 => dice.below(31) as i64 + 1,
        1 => -(dice.below(31) as i64) - 1,
        _ => i64::from(start.day()),
    }
}

fn month(dice: &mut Dice, start: DateTime) -> i64 {
    if dice.one_in(6) { dice.below(12) as i64 + 1 } else { i64::from(start.month()) }
}

fn rule(dice: &mut Dice, start: DateTime) -> String {
    let freq = dice.pick(&["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"]);
    let mut text = format!("FREQ={freq}");
    if dice.one_in(2) {
        text += &format!(";INTERVAL={}", dice.pick(&[1, 2, 2, 3, 4, 6, 7, 10, 12, 14, 24]));
    }
    match dice.below(5) {
        0 | 1 => text += &format!(";COUNT={}", dice.below(30) + 1),
        2 | 3 => {
            let days = dice.below(900) as i64;
            let until = start.checked_add(jiff::Span::new().days(days)).unwrap();
            let until = new_york().to_timestamp(until).unwrap();
            text += &format!(";UNTIL={}", until.strftime("%Y%m%dT%H%M%SZ"));
        }
        _ => {}
    }
    let days = |dice: &mut Dice, count: u64| {
        let mut days = vec![weekday(dice, start)];
        days.extend((0..dice.below(count)).map(|_| dice.pick(&DAYS)));
        days.join(",")
    };
    match (freq, dice.below(8)) {
        ("DAILY", 0) => text += &format!(";BYDAY={}", days(dice, 5)),
        ("DAILY", 1) => text += &format!(";BYMONTHDAY={}", month_day(dice, start)),
        ("DAILY", 2) => text += &format!(";BYMONTH={}", month(dice, start)),
        ("WEEKLY", 0..6) => text += &format!(";BYDAY={}", days(dice, 5)),
        ("MONTHLY", 0 | 1) => text += &format!(";BYDAY={}", numbered(dice, start)),
        ("MONTHLY", 2) => text += &format!(";BYMONTHDAY={}", month_day(dice, start)),
        ("MONTHLY", 3) => {
            let days = if dice.one_in(3) { days(dice, 7) } else { weekday(dice, start).into() };
            let position = dice.pick(&[1, 2, 3, 4, 5, -1, -2]);
            text += &format!(";BYDAY={days};BYSETPOS={position}");
        }
        ("MONTHLY", 4) => text += &format!(";BYDAY={}", weekday(dice, start)),
        ("MONTHLY", 5) => {
            let more = dice.below(28) + 1;
            text += &format!(";BYMONTHDAY={},{more}", month_day(dice, start));
        }
        ("YEARLY", 0 | 1) => {
            text += &format!(";BYMONTH={};BYDAY={}", month(dice, start), numbered(dice, start));
        }
        ("YEARLY", 2 | 3) => {
            text += &format!(";BYMONTH={}", month(dice, start));
            text += &format!(";BYMONTHDAY={}", month_day(dice, start));
        }
        ("YEARLY", 4) => text += &format!(";BYMONTH={}", month(dice, start)),
        ("YEARLY", 5) => text += &format!(";BYDAY={}", numbered(dice, start)),
        ("YEARLY", 6) => text += &format!(";BYMONTHDAY={}", month_day(dice, start)),
        _ => {}
    }
    if dice.one_in(4) {
        text += &format!(";WKST={}", dice.pick(&["SU", "MO", "SA"]));
    }
    text
}

pub fn rules() -> Vec<(DateTime, String)> {
    let mut dice = Dice(0x2027_0301_0900_0001);
    (0..1000)
        .map(|_| {
            let start = start(&mut dice);
            let rule = rule(&mut dice, start);
            (start, rule)
        })
        .collect()
}

/// As many dates as are compared.
const FIRST: u16 = 40;

#[test]
fn a_thousand_rules_keep_their_dates() {
    let (mut mapped, mut not_first) = (0, 0);
    for (start, rule) in rules() {
        let wanted = oracle::dates(&rule, start, FIRST);
        match Recurrence::parse(&rule, start, &new_york()) {
            Ok(found) => {
                mapped += 1;
                assert_eq!(found.dates(start, FIRST.into()), wanted, "{start} {rule}");
                let again = found.to_rrule(&new_york());
                assert_eq!(oracle::dates(&again, start, FIRST), wanted, "{start} {rule} {again}");
                assert_eq!(Recurrence::parse(&again, start, &new_york()), Ok(found), "{again}");
            }
            Err(why) if why.starts_with("the start is not") => {
                not_first += 1;
                assert_ne!(wanted.first(), Some(&start), "{start} {rule}");
            }
            Err(why) => assert!(why.len() > 10, "{rule}: {why}"),
        }
    }
    // Else the generator would test nothing.
    assert!((500..800).contains(&mapped), "{mapped}");
    assert!((50..300).contains(&not_first), "{not_first}");
}

#[test]
fn a_thousand_rules_expand_alike() {
    let mut expanded = 0;
    for (start, rule) in rules() {
        let set = Set { start, rules: &[&rule], added: &[], removed: &[] };
        match expand(&set, &new_york(), 1000) {
            Ok(dates) => {
                expanded += 1;
                assert_eq!(dates, oracle::dates(&rule, start, 1001), "{start} {rule}");
            }
            Err(why) if why == "the rule has no end" => {
                assert!(!rule.contains("COUNT") && !rule.contains("UNTIL"), "{rule}");
            }
            Err(why) if why.contains("100 years") => assert!(rule.contains("YEARLY"), "{rule}"),
            Err(why) => {
                assert!(why.contains("the start is not one"), "{start} {rule}: {why}");
                assert_ne!(oracle::dates(&rule, start, 1).first(), Some(&start), "{start} {rule}");
            }
        }
    }
    assert!(expanded > 500, "{expanded}");
}

#[test]
fn lists_give_back_their_dates() {
    let mut dice = Dice(42);
    let (mut found_again, mut none) = (0, 0);
    for (start, rule) in rules() {
        let set = Set { start, rules: &[&rule], added: &[], removed: &[] };
        let Ok(mut dates) = expand(&set, &new_york(), 200) else { continue };
        if dates.len() < 2 {
            continue;
        }
        let mapped = Recurrence::parse(&rule, start, &new_york());
        match Recurrence::of_dates(&dates) {
            Some(found) => {
                found_again += 1;
                assert_eq!(found.end, End::Count(dates.len() as u32));
                assert_eq!(found.all_dates(start, 200).as_ref(), Some(&dates), "{rule}");
            }
            None => assert!(mapped.is_err(), "{start} {rule}"),
        }
        let at = dice.below(dates.len() as u64) as usize;
        match dice.below(3) {
            0 => drop(dates.remove(at)),
            1 => dates[at] = dates[at].checked_add(jiff::Span::new().days(1)).unwrap(),
            _ => dates[at] = dates[at].checked_add(jiff::Span::new().hours(1)).unwrap(),
        }
        for found in Recurrence::candidates(&dates) {
            assert_eq!(found.all_dates(dates[0], 200).as_ref(), Some(&dates), "{rule}");
        }
        none += usize::from(Recurrence::of_dates(&dates).is_none());
    }
    assert!(found_again > 400, "{found_again}");
    assert!(none > 300, "{none}");
}
