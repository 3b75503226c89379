//! Which zone a TZID means: by its name, else by the rules of its VTIMEZONE.

use ical::recur::expand::IcalRecurExpand;
use ical::recur::{IcalRecurFreq, IcalRecurRule};
use ical::value::utc_offset::IcalUtcOffset;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use super::calendar::{Component, ZoneComponent};
use crate::meeting::recurrence::civil::{from_ical, to_ical};
use crate::meeting::recurrence::{Rule, Stamp, Until};
use crate::meeting::zone::{self, DaylightRule, Switch, Zone};

/// The zones of one text, each looked up once.
pub(super) struct Zones<'a> {
    components: &'a [ZoneComponent<'a>],
    found: Vec<(String, Result<Zone, String>)>,
}

/// An entry has two or three; each costs a look through the whole database.
const MAX_FOUND: usize = 20;
/// The longest histories of real zones have a hundred.
const MAX_OBSERVANCES: usize = 300;

impl<'a> Zones<'a> {
    pub fn new(components: &'a [ZoneComponent<'a>]) -> Zones<'a> {
        Zones { components, found: Vec::new() }
    }

    /// `at`: a wall time for which the zone is wanted.
    pub fn get(&mut self, id: &str, at: DateTime) -> Result<Zone, String> {
        if let Some((_, zone)) = self.found.iter().find(|(known, _)| known == id) {
            return zone.clone();
        }
        if self.found.len() >= MAX_FOUND {
            return Err(format!("more than {MAX_FOUND} time zones"));
        }
        let component = self.components.iter().find(|component| component.id == id);
        let clock = component.and_then(|component| Clock::read(component, at.year()));
        let zone = choose(id, clock.as_ref(), at);
        self.found.push((id.to_owned(), zone.clone()));
        zone
    }
}

/// The name of a region is stronger than rules, which may be of long ago; not so an abbreviation:
/// for Notes `GMT` is London, for others `EST` is New York.
fn choose(id: &str, clock: Option<&Clock>, at: DateTime) -> Result<Zone, String> {
    let named = zone::parse(id, Some(at));
    let Some(clock) = clock else { return named };
    let refused = match named {
        Ok(zone) if clock.agrees(&zone.rules) => return Ok(zone),
        Ok(mut zone) if zone.name.contains(char::is_lowercase) => {
            let year = at.year();
            zone.warning.get_or_insert_with(|| {
                format!("the rules that came with {id:?} are not those of {} in {year}", zone.name)
            });
            return Ok(zone);
        }
        Ok(zone) => {
            format!("{id:?} came with other rules than {}, and no zone has them", zone.name)
        }
        Err(why) => why,
    };
    let windows = zone::parse(&format!("{id} Standard Time"), Some(at)).ok();
    let fitting = windows.filter(|zone| clock.agrees(&zone.rules));
    fitting.or_else(|| clock.zone(at)).ok_or(refused)
}

/// What a VTIMEZONE says of one year, and since when.
struct Clock {
    year: i16,
    /// The changes in order: when, by the clock before; from and to which offset; whether to
    /// daylight saving time.
    changes: Vec<Change>,
}

#[derive(Clone, Copy)]
struct Change {
    at: DateTime,
    from: Offset,
    to: Offset,
    daylight: bool,
}

impl Clock {
    /// `None` if it is not understood.
    fn read(component: &ZoneComponent<'_>, year: i16) -> Option<Clock> {
        if component.observances.len() > MAX_OBSERVANCES {
            return None;
        }
        let mut changes = Vec::new();
        for (daylight, observance) in &component.observances {
            let (from, to) =
                (offset(observance, "TZOFFSETFROM")?, offset(observance, "TZOFFSETTO")?);
            for at in onsets(observance, from, year)? {
                changes.push(Change { at, from, to, daylight: *daylight });
            }
        }
        changes.sort_by_key(|change| change.at);
        (!changes.is_empty()).then_some(Clock { year, changes })
    }

    fn offset(&self, wall: DateTime) -> Option<Offset> {
        let before = self.changes.iter().rev().find(|change| change.at <= wall);
        before.map(|change| change.to).or_else(|| self.changes.first().map(|change| change.from))
    }

    /// Whether a zone has the same offsets through the year.
    fn agrees(&self, zone: &TimeZone) -> bool {
        (1..=12).all(|month| {
            let Ok(day) = Date::new(self.year, month, 15) else { return true };
            let noon = day.at(12, 0, 0, 0);
            let instant = zone.to_timestamp(noon);
            instant.is_ok_and(|instant| self.offset(noon) == Some(zone.to_offset(instant)))
        })
    }

    /// A zone with these rules.
    fn zone(&self, at: DateTime) -> Option<Zone> {
        let real = |change: &&Change| change.at.year() == self.year && change.from != change.to;
        let changes: Vec<&Change> = self.changes.iter().filter(real).collect();
        match changes[..] {
            [] => zone::by_rules(self.offset(at)?, None, at),
            [one, two] if one.daylight != two.daylight => {
                let (start, end) = if one.daylight { (one, two) } else { (two, one) };
                let rule = DaylightRule {
                    start: switch(start.at.date()),
                    end: switch(end.at.date()),
                    offset: Some(start.to),
                };
                zone::by_rules(end.to, Some(rule), at)
            }
            _ => None,
        }
    }
}

/// The day, as a week of its month.
fn switch(day: Date) -> Switch {
    let week = (day.day() - 1) / 7 + 1;
    let week = if week > 4 { -1 } else { week };
    Switch { month: day.month(), week, weekday: day.weekday() }
}

fn offset(observance: &Component<'_>, name: &str) -> Option<Offset> {
    let line = observance.lines.iter().find(|line| line.name == name)?;
    let seconds = IcalUtcOffset::from(line.raw().trim()).seconds()?;
    Offset::from_seconds(seconds).ok()
}

/// When an observance begins, as far as it matters around the year; `None` for rules that no
/// time zone has.
fn onsets(observance: &Component<'_>, from: Offset, year: i16) -> Option<Vec<DateTime>> {
    let wall = |text: &str| match Stamp::parse(text.trim()) {
        Some(Stamp::Wall(wall)) => Some(wall),
        Some(Stamp::Utc(instant)) => Some(from.to_datetime(instant)),
        _ => None,
    };
    let value = |name: &str| observance.lines.iter().find(|line| line.name == name);
    let start = wall(&value("DTSTART")?.raw())?;
    let mut found = vec![start];
    for line in observance.lines.iter().filter(|line| line.name == "RDATE") {
        found.extend(line.raw().split(',').filter_map(wall));
    }
    if let Some(line) = value("RRULE") {
        let Rule { parts, until } = Rule::parse(&line.raw()).ok()?;
        if parts.freq != IcalRecurFreq::Yearly || parts.interval != 1 || parts.count.is_some() {
            return None;
        }
        let clock = TimeZone::fixed(from);
        let last = until.map_or(year, |until| until.day(&clock).year()).min(year);
        found.extend(yearly(&parts, start, last, until, &clock));
    }
    Some(found)
}

/// The onsets of the last years up to `last`.
fn yearly(
    parts: &IcalRecurRule,
    start: DateTime,
    last: i16,
    until: Option<Until>,
    clock: &TimeZone,
) -> Vec<DateTime> {
    // Outlook's rules begin in 1601: only the last years are worth a search.
    let first = start.year().max(last.saturating_sub(2));
    let Ok(moved) = start.with().year(first).build() else { return Vec::new() };
    // Of the start such a rule takes the time of day alone.
    let by_day = !parts.by_day.is_empty() || !parts.by_month_day.is_empty();
    let whole = by_day && !parts.by_month.is_empty();
    let from_day = match whole && first > start.year() {
        true => moved.date().first_of_year().to_datetime(start.time()),
        false => moved,
    };
    let end = Date::new(last, 12, 31).map(|day| day.to_datetime(Time::MAX));
    let bounded = IcalRecurRule { until: end.ok().map(to_ical), ..parts.clone() };
    IcalRecurExpand::new(bounded, to_ical(from_day))
        .map_while(from_ical)
        .take(10)
        .filter(|onset| until.is_none_or(|until| until.allows(*onset, clock)))
        .collect()
}
