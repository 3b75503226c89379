//! Every Windows name that CLDR has, through another door of ICU4X than the code under test takes.

use icu_time::provider::{Baked, windows::WindowsZonesToBcp47Map};
use icu_time::zone::iana::IanaParserExtended;

use super::*;

/// Windows names and the IANA names of territory 001, as CLDR lists them.
fn listed() -> Vec<(String, String)> {
    let table: &WindowsZonesToBcp47Map = Baked::SINGLETON_TIMEZONE_IDENTIFIERS_WINDOWS_V1;
    let names = IanaParserExtended::new();
    let of = |zone| names.iter().find(|name| Some(name.time_zone) == zone).unwrap().canonical;
    let rows = table.map.iter().filter_map(|(key, value)| {
        let (name, territory) = key.split_once('/').unwrap();
        (territory == "001").then(|| (name.to_owned(), of(table.bcp47_ids.get(value)).to_owned()))
    });
    rows.collect()
}

#[test]
fn every_windows_name_is_found_in_any_case() {
    let listed = listed();
    assert!(listed.len() >= 142, "{}", listed.len());
    for (windows, iana) in listed {
        let spellings =
            [windows.clone(), windows.to_ascii_lowercase(), windows.to_ascii_uppercase()];
        let whole = spellings.iter().map(|spelling| (spelling.as_str(), false));
        let short = spellings.iter().filter_map(|spelling| {
            let at = spelling.len().checked_sub(" Standard Time".len())?;
            let (short, suffix) = spelling.split_at(at);
            suffix.eq_ignore_ascii_case(" Standard Time").then_some((short, true))
        });
        for (spelling, is_short) in whole.chain(short) {
            // "GMT" alone is UTC; in a Notes string it is London.
            if is_short && spelling.eq_ignore_ascii_case("GMT") {
                continue;
            }
            let zone = parse(spelling, None).unwrap();
            assert_same(&zone.rules, &expected(&iana), spelling);
            if !is_short {
                let wanted = if iana == "Etc/UTC" { "UTC" } else { iana.as_str() };
                assert_eq!(zone.name, wanted, "{spelling}");
            }
            let zone = parse(&format!("ZN={spelling}"), None).unwrap();
            assert_same(&zone.rules, &expected(&iana), spelling);
        }
    }
}

#[test]
fn some_windows_names() {
    for (text, wanted) in [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("tokyo standard time", "Asia/Tokyo"),
        ("Tokyo", "Asia/Tokyo"),
        ("W. Europe", "Europe/Berlin"),
        ("FLE", "Europe/Kyiv"),
        ("Pacific Standard Time (Mexico)", "America/Tijuana"),
        ("aus central w. standard time", "Australia/Eucla"),
        ("aus central standard time", "Australia/Darwin"),
        ("utc-11", "Etc/GMT+11"),
        ("Mexico Standard Time 2", "America/Mazatlan"),
        ("Mexico", "America/Mexico_City"),
        ("mexico standard time", "America/Mexico_City"),
        ("Mid-Atlantic Standard Time", "Atlantic/South_Georgia"),
        ("KAMCHATKA", "Asia/Kamchatka"),
        ("Armenian Standard Time", "Asia/Yerevan"),
    ] {
        assert_eq!(name(text).as_deref(), Some(wanted), "{text}");
    }
}

/// A name that CLDR takes up again is to leave the list.
#[test]
fn old_names_are_not_in_cldr() {
    for (name, iana) in super::super::windows::OLD {
        let whole = format!("{name} Standard Time");
        assert!(listed().iter().all(|(listed, _)| listed != name && *listed != whole), "{name}");
        assert_same(&parse(name, None).unwrap().rules, &expected(iana), name);
    }
}
