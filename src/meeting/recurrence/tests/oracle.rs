//! A second opinion: the `rrule` crate, which shares no code with ours.

use jiff::civil::DateTime;

/// The first dates of a rule whose start is in New York's time.
pub fn dates(rule: &str, start: DateTime, limit: u16) -> Vec<DateTime> {
    let start = start.strftime("%Y%m%dT%H%M%S");
    let text = format!("DTSTART;TZID=America/New_York:{start}\nRRULE:{rule}");
    let set: rrule::RRuleSet = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
    let found = set.all(limit).dates;
    found.iter().map(|date| date.naive_local().to_string().parse().unwrap()).collect()
}
