//! The names that Windows gives to time zones, as Unicode's CLDR maps them.

use icu_time::zone::WindowsParser;
use icu_time::zone::iana::IanaParserExtended;

use super::{Zone, iana};

const SUFFIX: &str = " Standard Time";

/// The words that Windows writes in capitals, in whatever case they come.
const CAPITALS: [&str; 8] = ["AUS", "FLE", "GMT", "GTB", "SA", "SE", "US", "UTC"];

/// Names of older Windows versions that CLDR no longer maps but Notes still writes.
pub(super) const OLD: [(&str, &str); 6] = [
    ("Armenian", "Asia/Yerevan"),
    ("Kamchatka", "Asia/Kamchatka"),
    ("Malay Peninsula", "Asia/Kuala_Lumpur"),
    ("Mexico", "America/Mexico_City"),
    // The "2" stands behind the suffix.
    ("Mexico Standard Time 2", "America/Mazatlan"),
    // Nobody lives by the daylight saving time that Windows has for it.
    ("Mid-Atlantic", "Atlantic/South_Georgia"),
];

/// The zone of a Windows name, in any case, with or without " Standard Time".
pub(super) fn zone(name: &str) -> Option<Zone> {
    spellings(name)
        .iter()
        .find_map(|spelling| {
            mapped(spelling).or_else(|| mapped(&format!("{spelling}{SUFFIX}"))).and_then(iana)
        })
        .or_else(|| old(name))
}

/// The IANA name that CLDR has for the whole world (territory 001); the name in Windows' spelling.
fn mapped(name: &str) -> Option<&'static str> {
    let zone = WindowsParser::new().parse(name, None)?;
    let mut names = IanaParserExtended::new().iter();
    names.find(|candidate| candidate.time_zone == zone).map(|candidate| candidate.canonical)
}

fn old(name: &str) -> Option<Zone> {
    let shorter = name.len().checked_sub(SUFFIX.len()).and_then(|at| name.split_at_checked(at));
    let short = match shorter {
        Some((short, suffix)) if suffix.eq_ignore_ascii_case(SUFFIX) => short,
        _ => name,
    };
    OLD.iter().find(|(key, _)| key.eq_ignore_ascii_case(short)).and_then(|(_, name)| iana(name))
}

/// CLDR's parser minds the case: the name as it is, then as Windows would write it.
///
/// "AUS Central" and "Aus Central W." are different zones, hence the third.
fn spellings(name: &str) -> [String; 3] {
    let words =
        |word: &dyn Fn(&str) -> String| name.split(' ').map(word).collect::<Vec<_>>().join(" ");
    let with_capitals = |word: &str| {
        let known = CAPITALS.iter().find(|known| {
            // "UTC-11"
            let letters = word.split(['-', '+']).next().unwrap_or_default();
            known.eq_ignore_ascii_case(letters)
        });
        if known.is_some() { word.to_ascii_uppercase() } else { title(word) }
    };
    [name.to_owned(), words(&with_capitals), words(&title)]
}

/// "EUROPE" → "Europe", "(MEXICO)" → "(Mexico)".
fn title(word: &str) -> String {
    let mut inside = false;
    word.chars()
        .map(|letter| {
            let first = !inside;
            inside = letter.is_ascii_alphabetic();
            if first { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
        })
        .collect()
}
