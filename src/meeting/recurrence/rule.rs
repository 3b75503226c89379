//! The text of an RRULE, read strictly: what is not understood is refused, since leaving it out
//! would change the dates.

use ical::recur::{IcalRecurRule, IcalRecurWeekdayNum};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use super::civil::{self, Stamp};
use super::{End, IcalRecurFreq};

/// Far more than any calendar writes; it bounds the lists, and so the work of an expansion.
const MAX_TEXT: usize = 500;

/// As often as by the hour; the days of a year times this is what an expansion holds at once.
const MAX_TIMES: usize = 24;

/// The parts of RFC 5545, section 3.3.10. Those of RFC 7529 are not among them.
const PARTS: [&str; 14] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
];

/// A rule as it is written, its lists sorted and without doubles.
pub(crate) struct Rule {
    /// Without `until`, which needs a time zone.
    pub parts: IcalRecurRule,
    pub until: Option<Until>,
}

/// The value of `UNTIL`.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    Day(Date),
    Wall(DateTime),
    Utc(Timestamp),
}

impl Until {
    /// Whether a date of the rule is not after this.
    pub fn allows(self, date: DateTime, zone: &TimeZone) -> bool {
        match self {
            Until::Day(day) => date.date() <= day,
            Until::Wall(wall) => date <= wall,
            // As instants: wall times lie in the hours that a clock change skips or repeats.
            Until::Utc(instant) => zone.to_timestamp(date).is_ok_and(|date| date <= instant),
        }
    }

    /// The last day on which it can allow a date.
    pub fn day(self, zone: &TimeZone) -> Date {
        match self {
            Until::Day(day) => day,
            Until::Wall(wall) => wall.date(),
            Until::Utc(instant) => zone.to_datetime(instant).date(),
        }
    }
}

impl Rule {
    pub fn parse(text: &str) -> Result<Rule, String> {
        let text = text.trim();
        let text = match text.get(..6) {
            Some(name) if name.eq_ignore_ascii_case("RRULE:") => &text[6..],
            _ => text,
        };
        if text.len() > MAX_TEXT {
            return Err(format!("longer than {MAX_TEXT} characters"));
        }
        let mut until = None;
        let mut seen = Vec::new();
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) =
                part.split_once('=').ok_or_else(|| format!("{part:?} is not NAME=VALUE"))?;
            let (name, value) = (name.trim(), value.trim());
            let known = PARTS.iter().find(|known| name.eq_ignore_ascii_case(known));
            let known = *known.ok_or_else(|| format!("{name:?} is no part of a rule"))?;
            if seen.contains(&known) {
                return Err(format!("{known} twice"));
            }
            seen.push(known);
            if value.split(',').any(str::is_empty) {
                return Err(format!("{known}: an empty value"));
            }
            if known == "UNTIL" {
                until = Some(match Stamp::parse(value) {
                    Some(Stamp::Day(day)) => Until::Day(day),
                    Some(Stamp::Wall(wall)) => Until::Wall(wall),
                    Some(Stamp::Utc(instant)) => Until::Utc(instant),
                    None => return Err("UNTIL: neither a date nor a date-time".into()),
                });
            }
        }
        let mut parts = IcalRecurRule::parse(text).map_err(|why| why.to_string())?;
        parts.until = None;
        if until.is_some() && parts.count.is_some() {
            return Err("UNTIL and COUNT exclude each other".into());
        }
        if parts.count == Some(0) {
            return Err("COUNT: must be at least 1".into());
        }
        let numbered = |day: &IcalRecurWeekdayNum| day.ordinal.is_some();
        let monthly = matches!(parts.freq, IcalRecurFreq::Monthly | IcalRecurFreq::Yearly);
        if !monthly && parts.by_day.iter().any(numbered) {
            return Err("BYDAY: a numbered weekday needs MONTHLY or YEARLY".into());
        }
        let fits = |day: &IcalRecurWeekdayNum| !matches!(day.ordinal, Some(0 | 54.. | ..=-54));
        if !parts.by_day.iter().all(fits) {
            return Err("BYDAY: no such week".into());
        }
        sort(&mut parts);
        let times = [&parts.by_hour, &parts.by_minute, &parts.by_second];
        if times.iter().map(|list| list.len().max(1)).product::<usize>() > MAX_TIMES {
            return Err(format!("more than {MAX_TIMES} times of a day"));
        }
        Ok(Rule { parts, until })
    }

    pub fn week_start(&self) -> Weekday {
        civil::weekday_from_ical(self.parts.week_start)
    }

    /// `UNTIL` as the last day that counts, at the start's time of day: so both sides of a clock
    /// change agree which date is the last.
    pub fn end(&self, start: DateTime, zone: &TimeZone) -> Result<End, String> {
        if let Some(count) = self.parts.count {
            return Ok(End::Count(count));
        }
        let Some(until) = self.until else { return Ok(End::Never) };
        let before = || "UNTIL: before the start".to_owned();
        let day = until.day(zone);
        let last = [Some(day), day.yesterday().ok()]
            .into_iter()
            .flatten()
            .map(|day| day.to_datetime(start.time()))
            .find(|date| until.allows(*date, zone))
            .ok_or_else(before)?;
        if last < start { Err(before()) } else { Ok(End::Until(last)) }
    }
}

fn sort(parts: &mut IcalRecurRule) {
    fn each<T: Ord>(list: &mut Vec<T>) {
        list.sort_unstable();
        list.dedup();
    }
    each(&mut parts.by_second);
    each(&mut parts.by_minute);
    each(&mut parts.by_hour);
    each(&mut parts.by_month_day);
    each(&mut parts.by_year_day);
    each(&mut parts.by_week_no);
    each(&mut parts.by_month);
    each(&mut parts.by_set_pos);
    parts.by_day.sort_by_key(|day| (day.ordinal, day.weekday));
    parts.by_day.dedup();
}
