//! A thousand rules: what a provider makes of a rule is what RFC 5545 says (by the `rrule` crate, a
//! parser that the library does not use), or the rule is refused.

mod common;

use common::{ANNA, Library, World};
use jiff::Timestamp;
use serde_json::json;

const ZONE: &str = "America/New_York";
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/// How many dates are compared.
const DATES: u16 = 150;

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
}

/// A start and a rule of which it is often, but not always, the first date.
fn rule(dice: &mut Dice) -> (String, String) {
    let day = 1 + dice.below(28);
    let month = 1 + dice.below(12);
    let year = 2030 + dice.below(2);
    let hour = 8 + dice.below(10);
    let start = format!("{year}-{month:02}-{day:02}T{hour:02}:30:00");
    let date: jiff::civil::DateTime = start.parse().unwrap();
    let own = DAYS[date.weekday().to_monday_zero_offset() as usize];
    let frequency = dice.pick(&["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"]);
    let mut rule = format!("FREQ={frequency}");
    if dice.below(2) == 0 {
        rule += &format!(";INTERVAL={}", dice.pick(&[1, 2, 3, 4, 6, 12, 60]));
    }
    match dice.below(6) {
        0 | 1 => rule += &format!(";COUNT={}", 1 + dice.below(40)),
        2 => rule += &format!(";COUNT={}", 1 + dice.below(400)),
        3 | 4 => rule += &format!(";UNTIL={}1231T235959Z", year + 1 + dice.below(2)),
        _ => {}
    }
    let week = (day - 1) / 7 + 1;
    match (frequency, dice.below(4)) {
        ("WEEKLY", 0) => rule += &format!(";BYDAY={own}"),
        ("WEEKLY", 1) => rule += &format!(";BYDAY={own},{}", dice.pick(&DAYS)),
        ("WEEKLY", 2) => rule += &format!(";BYDAY={},{}", dice.pick(&DAYS), dice.pick(&DAYS)),
        ("MONTHLY", 0) => rule += &format!(";BYDAY={week}{own}"),
        ("MONTHLY", 1) => rule += &format!(";BYMONTHDAY={day}"),
        ("MONTHLY", 2) => rule += &format!(";BYDAY={own};BYSETPOS={week}"),
        ("MONTHLY", 3) => rule += &format!(";BYMONTHDAY={day},{}", 1 + dice.below(31)),
        ("YEARLY", 0) => rule += &format!(";BYMONTH={month};BYDAY={week}{own}"),
        ("DAILY", 0) => rule += ";BYDAY=MO,TU,WE,TH,FR",
        ("DAILY", 1) => rule += ";BYHOUR=9,17",
        _ => {}
    }
    (start, rule)
}

/// The first dates by the other parser.
fn by_rfc(start: &str, rule: &str) -> Vec<Timestamp> {
    let start = start.replace(['-', ':'], "");
    let set: rrule::RRuleSet =
        format!("DTSTART;TZID={ZONE}:{start}\nRRULE:{rule}").parse().expect("a rule");
    let dates = set.all(DATES).dates;
    dates.iter().map(|date| Timestamp::from_second(date.timestamp()).unwrap()).collect()
}

/// The rules of RFC 5545, section 3.8.5.3, that repeat at least daily, with their starts in 1997
/// moved to 2031, which has the same weekdays.
const EXAMPLES: &[(&str, &str)] = &[
    ("2031-09-02T09:00:00", "FREQ=DAILY;COUNT=10"),
    ("2031-09-02T09:00:00", "FREQ=DAILY;UNTIL=20311224T000000Z"),
    ("2031-09-02T09:00:00", "FREQ=DAILY;INTERVAL=2"),
    ("2031-09-02T09:00:00", "FREQ=DAILY;INTERVAL=10;COUNT=5"),
    ("2031-09-02T09:00:00", "FREQ=WEEKLY;COUNT=10"),
    ("2031-09-02T09:00:00", "FREQ=WEEKLY;UNTIL=20311224T000000Z"),
    ("2031-09-02T09:00:00", "FREQ=WEEKLY;INTERVAL=2;WKST=SU"),
    ("2031-09-02T09:00:00", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH"),
    ("2031-09-01T09:00:00", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20311224T000000Z;WKST=SU;BYDAY=MO,WE,FR"),
    ("2031-09-02T09:00:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH"),
    ("2031-09-05T09:00:00", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR"),
    ("2031-09-05T09:00:00", "FREQ=MONTHLY;UNTIL=20311224T000000Z;BYDAY=1FR"),
    ("2031-09-07T09:00:00", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU"),
    ("2031-09-22T09:00:00", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO"),
    ("2031-09-28T09:00:00", "FREQ=MONTHLY;BYMONTHDAY=-3"),
    ("2031-09-02T09:00:00", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15"),
    ("2031-09-30T09:00:00", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1"),
    ("2031-09-10T09:00:00", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15"),
    ("2031-09-02T09:00:00", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU"),
    ("2031-06-10T09:00:00", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7"),
    ("2031-03-10T09:00:00", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3"),
    ("2031-01-01T09:00:00", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200"),
    ("2031-05-19T09:00:00", "FREQ=YEARLY;BYDAY=20MO"),
    ("2031-05-12T09:00:00", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"),
    ("2031-03-13T09:00:00", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH"),
    ("2031-09-13T09:00:00", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13"),
    ("2031-09-04T09:00:00", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3"),
    ("2031-09-29T09:00:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2"),
    ("2031-08-05T09:00:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO"),
    ("2031-08-05T09:00:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU"),
    ("2031-01-15T09:00:00", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5"),
];

#[test]
fn a_rule_gives_the_same_dates_at_the_provider_or_is_refused() {
    let mut dice = Dice(0x5eed_5eed);
    let mut rules: Vec<(String, String)> = (0..1000).map(|_| rule(&mut dice)).collect();
    rules.extend(EXAMPLES.iter().map(|(start, rule)| ((*start).to_owned(), (*rule).to_owned())));
    std::thread::scope(|scope| {
        for provider in ["zoom", "webex"] {
            let rules = &rules;
            scope.spawn(move || on(provider, rules));
        }
    });
}

fn on(provider: &str, rules: &[(String, String)]) {
    let (library, world) = (Library::load(), World::new());
    world.change(json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
    let bridge = world.open(&library);
    world.authorize(&bridge, provider, ANNA);
    let mut mapped = 0;
    for (start, rule) in rules {
        let meeting = json!({"topic": "x", "start": start, "time_zone": ZONE,
                             "duration_minutes": 30, "recurrence": rule});
        let place = format!("{provider}: {start} {rule}");
        let created = match bridge.create(provider, ANNA, &meeting) {
            Ok(created) => created,
            Err(failure) => {
                let name = failure.name();
                assert!(["UNSUPPORTED", "INVALID_ARGUMENT"].contains(&name), "{place}: {name}");
                let message = failure.error["message"].as_str().unwrap();
                assert!(message.contains("recurrence: "), "{place}: {message}");
                continue;
            }
        };
        mapped += 1;
        assert_eq!(created["warnings"], json!([]), "{place}");
        let mut found: Vec<Timestamp> = created["occurrences"]
            .as_array()
            .unwrap()
            .iter()
            .map(|date| date["start"].as_str().unwrap().parse().unwrap())
            .collect();
        let mut wanted = by_rfc(start, rule);
        assert!(!found.is_empty(), "{place}");
        let is_whole = rule.contains("COUNT") || rule.contains("UNTIL");
        if !is_whole || wanted.len() == DATES as usize {
            // Without an end, or a long one: the provider shows some, and so does the parser.
            let some = found.len().min(wanted.len());
            assert!(some > 0, "{place}");
            found.truncate(some);
            wanted.truncate(some);
        }
        assert_eq!(found, wanted, "{place}");
        bridge.delete(provider, created["id"].as_str().unwrap(), None).unwrap();
    }
    println!("{provider}: {mapped} of {} mapped", rules.len());
    assert!(mapped > 300, "{provider}: only {mapped}");
}
