//! A meeting as calendars write it: iCalendar (RFC 5545), of Notes, Outlook, Google and Apple.
//!
//! What would change the times if it were passed over is refused; everything else is.

mod calendar;
mod lines;
mod people;
#[cfg(test)]
mod tests;
mod time_zone;
mod times;

use ical::tree::param::range::RANGE;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::meeting::recurrence::Rule;
use crate::meeting::zone::Zone;
use calendar::{Calendar, Component};
use lines::{Line, Unfolded};
use time_zone::Zones;
use times::Times;

pub use people::Invitee;

/// In bytes.
const MAX_TEXT: usize = 1 << 20;
/// RDATE, EXDATE and changed instances together.
const MAX_DATES: usize = 10_000;

/// The clock by which the wall times of an entry are told.
#[derive(Clone, Debug)]
pub enum Clock {
    Zone(Zone),
    Utc,
    /// Wherever the reader is (RFC 5545, section 3.3.5): the caller must know the zone.
    Floating,
}

/// A meeting. All times are wall times of `clock`.
#[derive(Clone, Debug)]
pub struct Event {
    pub topic: Option<String>,
    pub agenda: Option<String>,
    pub clock: Clock,
    pub start: DateTime,
    pub duration_minutes: u32,
    /// The text is of one instance of a series only: which one, by its original start.
    pub instance: Option<DateTime>,
    /// The value of RRULE.
    pub recurrence: Option<String>,
    /// The dates of RDATE, with the start, in order, each once; empty without RDATE.
    pub dates: Vec<DateTime>,
    /// The dates of EXDATE and of cancelled instances, in order, each once.
    pub cancelled: Vec<DateTime>,
    /// Instances that differ, in order of their original start.
    pub moved: Vec<Moved>,
    pub invitees: Vec<Invitee>,
}

/// An instance that is at another time, of another length or about another topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub original: DateTime,
    pub start: DateTime,
    pub duration_minutes: u32,
    /// Where it is not the topic of the series.
    pub topic: Option<String>,
}

/// Reads the one meeting of a text: VCALENDAR, or VEVENTs without it.
///
/// # Errors
///
/// The reason, with the number of the line.
pub fn parse(text: &str) -> Result<Event, String> {
    if text.len() > MAX_TEXT {
        return Err(format!("longer than {MAX_TEXT} bytes"));
    }
    let text = text.trim_start_matches('\u{feff}');
    // Line ends of a carriage return alone are of no standard, but old hosts have them.
    if text.contains('\r') && !text.contains('\n') {
        return read(&text.replace('\r', "\n"));
    }
    read(text)
}

fn read(text: &str) -> Result<Event, String> {
    let text = Unfolded::of(text);
    let calendar = Calendar::read(&text)?;
    check_uids(&calendar.events)?;
    let mut zones = Zones::new(&calendar.zones);
    let (series, instances) = split(&calendar.events)?;
    let start = series
        .one("DTSTART")?
        .ok_or_else(|| format!("line {}: VEVENT without DTSTART", series.number))?;
    let (mut times, wall) = Times::of(start, &mut zones)?;
    let status = series.one("STATUS")?;
    if let Some(line) = status.filter(|line| line.is("CANCELLED")) {
        return Err(line.fail("the meeting is cancelled"));
    }
    let minutes = times.minutes(series, start)?;
    let value = |name: &str| series.lines.iter().find(|line| line.name == name)?.text();
    let mut event = Event {
        topic: value("SUMMARY"),
        agenda: value("DESCRIPTION"),
        clock: times.clock.clone(),
        start: wall,
        duration_minutes: minutes,
        instance: None,
        recurrence: None,
        dates: Vec::new(),
        cancelled: Vec::new(),
        moved: Vec::new(),
        invitees: people::of(series),
    };
    match series.one("RECURRENCE-ID")? {
        // Notes gives such an entry an RDATE, which is its own start.
        Some(line) => {
            whole(series)?;
            event.instance = Some(times.date(line, &line.raw(), wall)?);
        }
        None => event.read_dates(series, &mut times)?,
    }
    for instance in instances {
        event.read_instance(instance, &mut times)?;
    }
    event.finish();
    Ok(event)
}

/// One text tells of one meeting.
fn check_uids(events: &[Component<'_>]) -> Result<(), String> {
    let mut first: Option<String> = None;
    for event in events {
        let Some(line) = event.one("UID")? else { continue };
        let uid = line.raw().trim().to_owned();
        match &first {
            Some(known) if *known != uid => return Err(line.fail("a second meeting")),
            Some(_) => {}
            None => first = Some(uid),
        }
    }
    Ok(())
}

/// The entry of the series, or the only one, and those of changed instances.
fn split<'c, 'a>(
    events: &'c [Component<'a>],
) -> Result<(&'c Component<'a>, Vec<&'c Component<'a>>), String> {
    let of_series = |event: &&Component<'_>| !event.lines.iter().any(Line::names_instance);
    let mut series = events.iter().filter(of_series);
    match (series.next(), series.next()) {
        (Some(_), Some(second)) => {
            Err(format!("line {}: a second VEVENT without RECURRENCE-ID", second.number))
        }
        (Some(series), None) => {
            Ok((series, events.iter().filter(|event| !of_series(event)).collect()))
        }
        (None, _) => match events {
            [] => Err("no VEVENT".into()),
            [instance] => Ok((instance, Vec::new())),
            [_, second, ..] => {
                Err(format!("line {}: instances without their series", second.number))
            }
        },
    }
}

/// Refuses a change of more than one instance.
fn whole(instance: &Component<'_>) -> Result<(), String> {
    if let Some(line) = instance.lines.iter().find(|line| line.param::<RANGE>().is_some()) {
        return Err(line.fail("RANGE: changes of all later instances are not read"));
    }
    Ok(())
}

impl Line<'_> {
    fn names_instance(&self) -> bool {
        self.name == "RECURRENCE-ID"
    }
}

impl Event {
    /// RRULE, RDATE and EXDATE.
    fn read_dates(
        &mut self,
        series: &Component<'_>,
        times: &mut Times<'_, '_>,
    ) -> Result<(), String> {
        if let Some(line) = series.one("RRULE")? {
            Rule::parse(&line.raw()).map_err(|why| line.fail(why))?;
            self.recurrence = Some(line.raw().trim().to_owned());
        }
        for line in &series.lines {
            match line.name.as_str() {
                "RDATE" => {
                    for item in line.raw().split(',').filter(|item| !item.trim().is_empty()) {
                        self.make_room(line)?;
                        let (date, minutes) = times.period(line, item)?;
                        self.dates.push(date);
                        let duration_minutes = minutes.unwrap_or(self.duration_minutes);
                        if duration_minutes != self.duration_minutes {
                            let (original, start, topic) = (date, date, None);
                            self.moved.push(Moved { original, start, duration_minutes, topic });
                        }
                    }
                }
                "EXDATE" => {
                    for item in line.raw().split(',').filter(|item| !item.trim().is_empty()) {
                        self.make_room(line)?;
                        self.cancelled.push(times.date(line, item, self.start)?);
                    }
                }
                "EXRULE" => return Err(line.fail("rules of exceptions are not read")),
                _ => {}
            }
        }
        if !self.dates.is_empty() {
            self.dates.push(self.start);
        }
        Ok(())
    }

    /// A VEVENT with RECURRENCE-ID.
    fn read_instance(
        &mut self,
        instance: &Component<'_>,
        times: &mut Times<'_, '_>,
    ) -> Result<(), String> {
        whole(instance)?;
        let Some(id) = instance.one("RECURRENCE-ID")? else { return Ok(()) };
        self.make_room(id)?;
        if let Some(line) = instance.one("RRULE")? {
            return Err(line.fail("an instance does not repeat"));
        }
        let original = times.date(id, &id.raw(), self.start)?;
        if instance.one("STATUS")?.is_some_and(|line| line.is("CANCELLED")) {
            self.cancelled.push(original);
            return Ok(());
        }
        let line = instance
            .one("DTSTART")?
            .ok_or_else(|| format!("line {}: VEVENT without DTSTART", instance.number))?;
        let start = times.wall(line, &line.raw())?;
        let duration_minutes = times.minutes(instance, line)?;
        let summary = instance.lines.iter().find(|line| line.name == "SUMMARY");
        let topic = summary.and_then(Line::text).filter(|topic| Some(topic) != self.topic.as_ref());
        let changed = start != original || topic.is_some();
        // The entry of the instance is the better witness of its length than a period.
        self.moved.retain(|moved| moved.original != original);
        if changed || duration_minutes != self.duration_minutes {
            self.moved.push(Moved { original, start, duration_minutes, topic });
        }
        Ok(())
    }

    /// What is to be said of the zone.
    #[cfg(test)]
    fn warning(&self) -> Option<&str> {
        match &self.clock {
            Clock::Zone(zone) => zone.warning.as_deref(),
            Clock::Utc | Clock::Floating => None,
        }
    }

    /// Everything that was read, in one value.
    pub fn meaning(&self) -> Value {
        let clock = match &self.clock {
            Clock::Zone(zone) => &zone.name,
            Clock::Utc => "utc",
            Clock::Floating => "floating",
        };
        let moved = self.moved.iter().map(|moved| {
            let Moved { original, start, duration_minutes, topic } = moved;
            json!([original.to_string(), start.to_string(), duration_minutes, topic])
        });
        let texts =
            |dates: &[DateTime]| -> Vec<String> { dates.iter().map(DateTime::to_string).collect() };
        json!({
            "topic": self.topic, "agenda": self.agenda, "clock": clock,
            "start": self.start.to_string(), "minutes": self.duration_minutes,
            "instance": self.instance.map(|instance| instance.to_string()),
            "rule": self.recurrence, "dates": texts(&self.dates),
            "cancelled": texts(&self.cancelled), "moved": moved.collect::<Vec<_>>(),
            "invitees": self.invitees,
        })
    }

    fn make_room(&self, line: &Line<'_>) -> Result<(), String> {
        let dates = self.dates.len() + self.cancelled.len() + self.moved.len();
        if dates >= MAX_DATES {
            return Err(line.fail(format_args!("more than {MAX_DATES} dates")));
        }
        Ok(())
    }

    fn finish(&mut self) {
        for list in [&mut self.dates, &mut self.cancelled] {
            list.sort_unstable();
            list.dedup();
        }
        self.moved.sort_by_key(|moved| moved.original);
    }

    /// The same meeting by the clock of a zone that the caller knows, where the text names none:
    /// Domino writes many entries in UTC, by which the dates of a series are at one time of day
    /// in summer and at another in winter.
    ///
    /// A text that does name its zone keeps it.
    ///
    /// # Errors
    ///
    /// A rule in UTC cannot be told by another clock.
    pub fn in_zone(mut self, zone: &Zone) -> Result<Event, String> {
        match self.clock {
            Clock::Zone(_) => return Ok(self),
            Clock::Floating => {}
            Clock::Utc if self.recurrence.is_some() => {
                return Err("RRULE: repeats in UTC, not by the clock of the time zone".into());
            }
            Clock::Utc => {
                let told = |wall: &mut DateTime| {
                    if let Ok(instant) = TimeZone::UTC.to_timestamp(*wall) {
                        *wall = zone.rules.to_datetime(instant);
                    }
                };
                told(&mut self.start);
                self.instance.iter_mut().for_each(told);
                self.dates.iter_mut().for_each(told);
                self.cancelled.iter_mut().for_each(told);
                for moved in &mut self.moved {
                    told(&mut moved.original);
                    told(&mut moved.start);
                }
            }
        }
        self.clock = Clock::Zone(zone.clone());
        Ok(self)
    }
}
