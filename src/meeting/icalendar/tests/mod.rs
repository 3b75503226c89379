mod hostile;
mod samples;
mod small;

use jiff::civil::DateTime;

use super::*;

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn all(list: &[&str]) -> Vec<DateTime> {
    list.iter().map(|text| at(text)).collect()
}

/// The name of the zone of an event.
fn zone(event: &Event) -> &str {
    match &event.clock {
        Clock::Zone(zone) => &zone.name,
        Clock::Utc => "in UTC",
        Clock::Floating => "floating",
    }
}

/// An entry with these lines, the first of which is line 3.
fn entry(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

fn refused(text: &str) -> String {
    match parse(text) {
        Ok(event) => panic!("{text}: {event:?}"),
        Err(why) => why,
    }
}
