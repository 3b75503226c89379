//! Rules and time zones: a zone on the first line, a wall time on the second, then an RRULE.

use jiff::civil::DateTime;
use meetbridge::fuzzing::{Recurrence, Schedule, Start, Status, zone};

use super::oracle::{soon, told};

/// How many dates of a rule are compared.
const COMPARED: usize = 60;

pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (name, start, rule) = (line(), line(), line());
    let at = start.parse::<DateTime>().ok();
    let _ = soon(|| zone::parse(name, None));
    let Ok(zone) = soon(|| zone::parse(name, at)) else { return };
    let again = zone::parse(&zone.name, at).expect("a zone's own name is known");
    assert_eq!(again.name, zone.name);
    match soon(|| Start::parse(start, Some(name))) {
        Ok(start) => schedule(start, rule),
        Err(error) => {
            assert_eq!(error.status(), Status::InvalidArgument);
            told(&error);
        }
    }
}

fn schedule(start: Start, rule: &str) {
    let (wall, rules) = (start.wall(), start.rules());
    let said = soon(|| Recurrence::parse(rule, wall, &rules));
    match soon(|| Schedule::by_rule(start, rule)) {
        Ok(schedule) => drop(soon(|| schedule.dates())),
        Err(error) => {
            assert!(said.is_err());
            told(&error);
        }
    }
    let Ok(recurrence) = said else { return };
    let dates = soon(|| recurrence.dates(wall, COMPARED));
    assert!(dates.is_sorted());
    soon(|| (recurrence.depends_on_week_start(wall), recurrence.skips_short_months(wall)));
    // An end in an hour that the zone's clocks skip or show twice has no exact instant.
    let written = recurrence.to_rrule(&rules);
    if rules == jiff::tz::TimeZone::UTC {
        let again = Recurrence::parse(&written, wall, &rules);
        assert_eq!(again.as_ref(), Ok(&recurrence), "{written}");
    }
    // Whatever rules give these dates, they give no others.
    if let Some(all) = recurrence.all_dates(wall, COMPARED).filter(|all| all.len() > 1) {
        for other in soon(|| Recurrence::candidates(&all)) {
            assert_eq!(other.all_dates(all[0], COMPARED).as_ref(), Some(&all), "{other:?}");
        }
    }
}
