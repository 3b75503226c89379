//! The strings in which Notes and Domino keep a time zone.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, Offset};

use super::rules::{self, DaylightRule, Switch};
use super::{Zone, iana, unknown, windows};

/// Whether this is such a string: it has one of their parts.
pub(super) fn is_notes(text: &str) -> bool {
    text.split('$').any(|part| part.split_once('=').is_some_and(|(key, _)| Parts::has(key)))
}

/// `Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZX=70$ZN=W. Europe`, the parts in any order.
pub(super) fn parse(text: &str, at: Option<DateTime>) -> Result<Zone, String> {
    let parts = Parts::read(text)?;
    let rule = Rule::read(&parts);
    let name = parts.name.unwrap_or_default();
    // A Windows name first: "GMT" is the time of London here.
    if let Some(mut zone) = windows::zone(name).or_else(|| iana(name)) {
        zone.warning = match rule {
            Ok(rule) => at.and_then(|at| rule.against(name, &zone, at)),
            // The name alone is enough.
            Err(_) if parts.offset.is_none() => None,
            Err(reason) => Some(format!("{reason}; the zone was taken by its name, {name:?}")),
        };
        return Ok(zone);
    }
    let rule = match rule {
        Err(_) if parts.offset.is_none() && !name.is_empty() => return Err(unknown(name)),
        rule => rule?,
    };
    let found = match at {
        Some(at) => rules::by_rules(rule.standard, rule.daylight, at),
        None => rules::lasting(rule.standard, rule.daylight),
    };
    // Zones of one clock today need not be of one clock tomorrow.
    let guessed = |zone: Zone| {
        let warning = format!("the text names no known zone; {} has the same clock", zone.name);
        Zone { warning: Some(warning), ..zone }
    };
    found.map(guessed).ok_or_else(|| {
        let named = if name.is_empty() { "no ZN".to_owned() } else { unknown(name) };
        let daylight = match (rule.daylight, parts.switches) {
            (Some(_), Some(days)) => format!("daylight saving time by {days:?}"),
            _ => "no daylight saving time".to_owned(),
        };
        let year = at.map_or("for good".to_owned(), |at| format!("in {}", at.year()));
        format!("{named}, and no zone has UTC{} and {daylight} {year}", rule.standard)
    })
}

/// The parts that count. ZX, an index of the machine that wrote the string, does not.
#[derive(Default)]
struct Parts<'a> {
    /// Z
    offset: Option<&'a str>,
    /// DO
    observed: Option<&'a str>,
    /// DL
    switches: Option<&'a str>,
    /// ZN
    name: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn has(key: &str) -> bool {
        matches!(key.trim(), "Z" | "DO" | "DL" | "ZX" | "ZN")
    }

    fn read(text: &'a str) -> Result<Parts<'a>, String> {
        let mut parts = Parts::default();
        for part in text.split('$').filter(|part| !part.trim().is_empty()) {
            let (key, value) =
                part.split_once('=').ok_or_else(|| format!("{part:?} is no part of a zone"))?;
            let place = match key.trim() {
                "Z" => &mut parts.offset,
                "DO" => &mut parts.observed,
                "DL" => &mut parts.switches,
                "ZN" => &mut parts.name,
                _ => continue,
            };
            if place.replace(value.trim()).is_some() {
                return Err(format!("{} stands twice", key.trim()));
            }
        }
        Ok(parts)
    }
}

/// The law as it was when the writing system was last patched.
struct Rule {
    standard: Offset,
    daylight: Option<DaylightRule>,
}

impl Rule {
    fn read(parts: &Parts<'_>) -> Result<Rule, String> {
        let offset = parts.offset.ok_or("Z is missing")?;
        let standard = parse_offset(offset)
            .ok_or_else(|| format!("Z: {offset:?} is no offset from Greenwich"))?;
        let daylight = match parts.observed {
            None | Some("0") => None,
            Some("1") => {
                let days = parts.switches.ok_or("DL is missing")?;
                let rule = parse_switches(days);
                Some(rule.ok_or_else(|| format!("DL: {days:?} is not two days of a year"))?)
            }
            Some(other) => return Err(format!("DO: {other:?} is neither 0 nor 1")),
        };
        Ok(Rule { standard, daylight })
    }

    /// What to say if the zone has another offset at `at` than the rule.
    fn against(&self, name: &str, zone: &Zone, at: DateTime) -> Option<String> {
        let observed = match self.daylight {
            None => Some(false),
            Some(rule) => rule.observed(at.date()),
        };
        let daylight = rules::ADDED.map(|added| self.standard.checked_add(added).ok());
        let allows = |offset: Offset| {
            (observed != Some(true) && offset == self.standard)
                || (observed != Some(false) && daylight.contains(&Some(offset)))
        };
        let actual = match zone.rules.to_ambiguous_timestamp(at).offset() {
            AmbiguousOffset::Unambiguous { offset } => [offset; 2],
            AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
                [before, after]
            }
        };
        if actual.into_iter().any(allows) {
            return None;
        }
        let ([actual, _], [daylight, _]) = (actual, daylight);
        let said = if observed == Some(true) { daylight? } else { self.standard };
        Some(format!(
            "ZN says {name:?}, which is {} with UTC{actual} on {}, but Z and DL say UTC{said}; \
             the name was followed",
            zone.name,
            at.date(),
        ))
    }
}

/// Hours west of Greenwich; what is not a full hour is put before them: `-4505` is +05:45.
fn parse_offset(text: &str) -> Option<Offset> {
    let west: i32 = text.parse().ok()?;
    let (minutes, hours) = (west.unsigned_abs() / 100, west.unsigned_abs() % 100);
    if minutes > 59 || hours > 14 {
        return None;
    }
    let seconds = i32::try_from((hours * 60 + minutes) * 60).ok()?;
    Offset::from_seconds(if west < 0 { seconds } else { -seconds }).ok()
}

/// Month, week and weekday (Sunday is 1) of the start, then of the end.
fn parse_switches(text: &str) -> Option<DaylightRule> {
    let numbers: Vec<i8> =
        text.split_whitespace().map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let &[month, week, weekday, end_month, end_week, end_weekday] = numbers.as_slice() else {
        return None;
    };
    let switch = |month, week, weekday| {
        let weekday = Weekday::from_sunday_one_offset(weekday).ok()?;
        let switch = Switch { month, week, weekday };
        // Any year will do to see whether there is such a day.
        switch.day(2000).map(|_| switch)
    };
    let (start, end) = (switch(month, week, weekday)?, switch(end_month, end_week, end_weekday)?);
    (start != end).then_some(DaylightRule { start, end, offset: None })
}
