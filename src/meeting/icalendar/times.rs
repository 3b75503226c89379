//! The times of an entry, told by one clock.

use ical::tree::param::{tzid::TZID, value::VALUE};
use ical::value::duration::IcalDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Clock;
use super::calendar::Component;
use super::lines::Line;
use super::time_zone::Zones;
use crate::meeting::recurrence::Stamp;

/// Reads the times of an entry by the clock of its start.
pub(super) struct Times<'z, 'a> {
    pub clock: Clock,
    /// The TZID of the start.
    id: Option<String>,
    /// UTC for a start without a zone too: sums come out the same.
    rules: TimeZone,
    zones: &'z mut Zones<'a>,
}

/// A year: nobody meets longer.
const MAX_MINUTES: i64 = 366 * 24 * 60;

impl<'z, 'a> Times<'z, 'a> {
    /// The clock of a DTSTART, and its wall time.
    pub fn of(
        start: &Line<'_>,
        zones: &'z mut Zones<'a>,
    ) -> Result<(Times<'z, 'a>, DateTime), String> {
        let id = zone_id(start);
        let (clock, wall) = match stamp(start, &start.raw())? {
            Stamp::Utc(instant) => (Clock::Utc, TimeZone::UTC.to_datetime(instant)),
            Stamp::Wall(wall) => match &id {
                Some(id) => {
                    let zone = zones.get(id, wall).map_err(|why| start.fail(why))?;
                    (Clock::Zone(zone), wall)
                }
                None => (Clock::Floating, wall),
            },
            Stamp::Day(_) => return Err(start.fail("a whole day is no time to meet")),
        };
        let rules = match &clock {
            Clock::Zone(zone) => zone.rules.clone(),
            Clock::Utc | Clock::Floating => TimeZone::UTC,
        };
        let id = id.filter(|_| matches!(clock, Clock::Zone(_)));
        Ok((Times { clock, id, rules, zones }, wall))
    }

    /// A time of a line as a wall time of the clock.
    pub fn wall(&mut self, line: &Line<'_>, text: &str) -> Result<DateTime, String> {
        let stamp = stamp(line, text)?;
        // Not by way of an instant: a wall time that a clock change skips would become another.
        if let Stamp::Wall(wall) = stamp
            && (zone_id(line).is_none() || zone_id(line) == self.id)
        {
            self.instant(line, stamp)?;
            return Ok(wall);
        }
        self.instant(line, stamp).map(|instant| self.rules.to_datetime(instant))
    }

    /// A date of the set, of which some write the day alone.
    pub fn date(
        &mut self,
        line: &Line<'_>,
        text: &str,
        start: DateTime,
    ) -> Result<DateTime, String> {
        match stamp(line, text)? {
            Stamp::Day(day) => Ok(day.to_datetime(start.time())),
            _ => self.wall(line, text),
        }
    }

    fn instant(&mut self, line: &Line<'_>, stamp: Stamp) -> Result<Timestamp, String> {
        let outside = |_| line.fail("outside the calendar");
        let wall = match (stamp, &self.clock) {
            (Stamp::Day(_), _) => return Err(line.fail("a whole day is no time to meet")),
            (Stamp::Utc(_), Clock::Floating) => {
                return Err(line.fail("in UTC, but DTSTART has no time zone"));
            }
            (Stamp::Utc(instant), _) => return Ok(instant),
            (Stamp::Wall(wall), _) => wall,
        };
        match (zone_id(line), &self.clock) {
            (Some(_), Clock::Floating) => Err(line.fail("with a time zone, but DTSTART has none")),
            (None, Clock::Utc) => Err(line.fail("without a time zone, but DTSTART is in UTC")),
            (Some(id), _) if Some(&id) != self.id.as_ref() => {
                let zone = self.zones.get(&id, wall).map_err(|why| line.fail(why))?;
                zone.rules.to_timestamp(wall).map_err(outside)
            }
            _ => self.rules.to_timestamp(wall).map_err(outside),
        }
    }

    /// Minutes from DTSTART to DTEND, or DURATION.
    pub fn minutes(&mut self, component: &Component<'_>, start: &Line<'_>) -> Result<u32, String> {
        let (line, length) = match (component.one("DTEND")?, component.one("DURATION")?) {
            (Some(line), None) => {
                let begin = stamp(start, &start.raw())?;
                let end = stamp(line, &line.raw())?;
                let begin = self.instant(start, begin)?;
                (line, self.instant(line, end)?.duration_since(begin))
            }
            (None, Some(line)) => (line, length(line, &line.raw())?),
            (Some(_), Some(line)) => return Err(line.fail("together with DTEND")),
            (None, None) => return Err(start.fail("neither DTEND nor DURATION tells the end")),
        };
        minutes(line, length)
    }

    /// An RDATE's item: its start, and its length where it is a period.
    pub fn period(
        &mut self,
        line: &Line<'_>,
        text: &str,
    ) -> Result<(DateTime, Option<u32>), String> {
        let Some((begin, end)) = text.split_once('/') else {
            return Ok((self.wall(line, text)?, None));
        };
        let wall = self.wall(line, begin)?;
        let length = match end.trim().starts_with(['P', 'p', '+']) {
            true => length(line, end)?,
            false => {
                let (begin, end) = (stamp(line, begin)?, stamp(line, end)?);
                let begin = self.instant(line, begin)?;
                self.instant(line, end)?.duration_since(begin)
            }
        };
        minutes(line, length).map(|minutes| (wall, Some(minutes)))
    }
}

/// The time zone that a line names; a time in UTC has none (RFC 5545, section 3.2.19).
fn zone_id(line: &Line<'_>) -> Option<String> {
    line.param::<TZID>().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty())
}

fn stamp(line: &Line<'_>, text: &str) -> Result<Stamp, String> {
    let day = line.param::<VALUE>().is_some_and(|kind| kind.eq_ignore_ascii_case("DATE"));
    match Stamp::parse(text.trim()) {
        Some(Stamp::Wall(wall)) if day => Ok(Stamp::Day(wall.date())),
        Some(stamp) => Ok(stamp),
        None => Err(line.fail("not a date-time")),
    }
}

fn length(line: &Line<'_>, text: &str) -> Result<SignedDuration, String> {
    let seconds = IcalDuration(text.trim().into()).seconds();
    seconds.map(SignedDuration::from_secs).ok_or_else(|| line.fail("not a duration"))
}

/// Whole minutes, a begun one counted.
fn minutes(line: &Line<'_>, length: SignedDuration) -> Result<u32, String> {
    let minutes = length.as_secs().saturating_add(59).div_euclid(60);
    match u32::try_from(minutes) {
        Ok(0) | Err(_) => Err(line.fail("the meeting ends before it has begun")),
        Ok(_) if minutes > MAX_MINUTES => Err(line.fail("longer than a year")),
        Ok(minutes) => Ok(minutes),
    }
}
