//! The dates of a calendar entry: a rule with its exceptions, or a list.

use super::icalendar::{Clock, Event};
use super::recurrence::{self, Set};
use super::schedule::{Exception, MAX_DATES, Moved, Repeat, Schedule, Start, instant, parse_zone};
use super::zone::Zone;
use crate::error::{Error, Result};

const FIELD: &str = "icalendar";

pub fn schedule(event: &Event) -> Result<Schedule> {
    let zone = match &event.clock {
        Clock::Zone(zone) => zone.clone(),
        Clock::Utc => parse_zone("UTC", None)?,
        Clock::Floating => return Err(invalid("it names no time zone; time_zone must")),
    };
    let mut schedule = dates(event, &zone)?;
    schedule.exceptions = exceptions(event);
    if schedule.exceptions.is_empty() {
        return Ok(schedule);
    }
    // A list has no exceptions, it has other dates; and a shorter rule may say it all.
    let Some(dates) = schedule.dates() else { return Ok(schedule) };
    let plain = Schedule::by_dates(dates, zone, FIELD)?;
    let by_rule = matches!(schedule.repeat, Repeat::Rule(_));
    let says_all = !matches!(plain.repeat, Repeat::Dates { .. }) && !changes_more(event);
    Ok(if by_rule && !says_all { schedule } else { plain })
}

fn dates(event: &Event, zone: &Zone) -> Result<Schedule> {
    let start = |zone: &Zone| -> Result<Start> {
        let instant = instant(event.start, &zone.rules);
        let instant = instant.ok_or_else(|| invalid("DTSTART: outside the calendar"))?;
        Ok(Start { instant, zone: Some(zone.clone()) })
    };
    match &event.recurrence {
        Some(rule) if event.dates.is_empty() => Schedule::by_rule(start(zone)?, rule),
        Some(rule) => {
            let set = Set { start: event.start, rules: &[rule], added: &event.dates, removed: &[] };
            let dates = recurrence::expand(&set, &zone.rules, MAX_DATES);
            Schedule::by_dates(dates.map_err(|why| invalid(&why))?, zone.clone(), FIELD)
        }
        None => {
            let mut dates = event.dates.clone();
            dates.push(event.start);
            Schedule::by_dates(dates, zone.clone(), FIELD)
        }
    }
}

fn exceptions(event: &Event) -> Vec<Exception> {
    let cancelled = event.cancelled.iter().map(|date| Exception { original: *date, moved: None });
    let moved = event.moved.iter().map(|moved| Exception {
        original: moved.original,
        moved: Some(Moved { start: moved.start, duration_minutes: moved.duration_minutes }),
    });
    cancelled.chain(moved).collect()
}

/// Whether a date differs in more than its beginning.
fn changes_more(event: &Event) -> bool {
    event.moved.iter().any(|moved| moved.duration_minutes != event.duration_minutes)
}

fn invalid(what: &str) -> Error {
    Error::invalid_argument(format!("meeting.{FIELD}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::super::icalendar;
    use super::*;

    /// A weekly entry in Berlin with these further lines, and further components.
    fn weekly(lines: &str, more: &str) -> Result<Schedule> {
        let text = format!(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART;TZID=Europe/Berlin:20300304T090000\n\
             DURATION:PT30M\n{lines}\nEND:VEVENT\n{more}"
        );
        schedule(&icalendar::parse(&text).map_err(|why| invalid(&why))?)
    }

    fn is_rule(schedule: &Schedule) -> bool {
        matches!(schedule.repeat, Repeat::Rule(_))
    }

    #[test]
    fn an_excepted_date_in_the_middle_stays_an_exception_and_one_at_the_end_shortens() {
        let rule = "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=Europe/Berlin:";
        let middle = weekly(&format!("{rule}20300311T090000"), "").unwrap();
        assert!(is_rule(&middle) && middle.exceptions.len() == 1);
        assert_eq!(middle.dates().unwrap().len(), 3);
        let end = weekly(&format!("{rule}20300325T090000"), "").unwrap();
        assert!(is_rule(&end) && end.exceptions.is_empty());
        assert_eq!(end.dates().unwrap().len(), 3);
    }

    #[test]
    fn a_moved_date_of_a_list_makes_another_list() {
        let moved = "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=Europe/Berlin:20300311T090000\n\
                     DTSTART;TZID=Europe/Berlin:20300312T100000\nDURATION:PT30M\nEND:VEVENT";
        let list = "RDATE;TZID=Europe/Berlin:20300311T090000,20300320T090000";
        let list = weekly(list, moved).unwrap();
        assert!(matches!(list.repeat, Repeat::Dates { .. }) && list.exceptions.is_empty());
        let rule = weekly("RRULE:FREQ=WEEKLY;COUNT=4", moved).unwrap();
        assert!(is_rule(&rule) && rule.exceptions.len() == 1);
        assert_eq!(rule.dates().unwrap()[1], "2030-03-12T10:00".parse().unwrap());
    }

    #[test]
    fn a_rule_with_more_dates_becomes_a_list_and_an_endless_one_is_refused() {
        let more = "RDATE;TZID=Europe/Berlin:20300305T090000";
        let both = weekly(&format!("RRULE:FREQ=WEEKLY;COUNT=2\n{more}"), "").unwrap();
        assert_eq!(both.dates().unwrap().len(), 3);
        let endless = weekly(&format!("RRULE:FREQ=WEEKLY\n{more}"), "").err().unwrap();
        assert!(endless.detail().starts_with("meeting.icalendar: "), "{endless}");
    }
}
