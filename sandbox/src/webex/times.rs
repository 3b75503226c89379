//! Times as Webex reads and writes them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads ISO 8601, also with a space and without seconds (the reference's example is
/// `2019-11-01 20:00:00`). Without an offset the time is local in `zone`. Seconds are cut off.
pub fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let instant = match text.parse::<Timestamp>() {
        Ok(instant) => instant,
        Err(_) => zone.to_zoned(text.parse::<DateTime>().ok()?).ok()?.timestamp(),
    };
    let minutes = instant.as_second().div_euclid(60);
    Timestamp::from_second(minutes * 60).ok()
}

/// The zone of an IANA name.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// An instant in a zone: `…Z` for UTC, otherwise with the offset.
pub fn show(instant: Timestamp, zone: &TimeZone) -> String {
    if zone.iana_name().is_none_or(|name| name == "UTC") {
        return crate::clock::utc(instant);
    }
    instant.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `20200516T230000Z`, the second half of an occurrence's id.
pub fn basic(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}
