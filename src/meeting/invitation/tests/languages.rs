use std::collections::BTreeSet;

use fluent_bundle::{FluentResource, FluentValue};
use fluent_syntax::ast::Entry;

use super::super::Tag;
use super::super::messages::Messages;
use super::super::when::{self, Clock};
use super::{GOLDEN, at, bare};

#[test]
fn every_day_and_month_has_its_name() {
    for language in Tag::ALL {
        let messages = Messages::new(language);
        let clock = Clock::new(&messages, &bare());
        let day = |day: i32| at("2027-01-03T00:00:00Z").unwrap() + jiff::ToSpan::hours(24 * day);
        // From a Sunday and from a January on: each of them is another text.
        let days: BTreeSet<String> = (0..365).map(|number| clock.date(day(number))).collect();
        assert_eq!(days.len(), 365, "{language:?}");
        let name =
            |id: &'static str, key: &'static str| messages.say(id, [(id, FluentValue::from(key))]);
        let months: BTreeSet<String> = (1..=12).map(|it| name("month", when::month(it))).collect();
        assert_eq!(months.len(), 12, "{language:?}");
        let monday = jiff::civil::Weekday::Monday;
        let week: BTreeSet<String> =
            monday.cycle_forward().take(7).map(|it| name("weekday", when::weekday(it))).collect();
        assert_eq!(week.len(), 7, "{language:?}");
    }
}

fn ids(language: Tag) -> Vec<String> {
    let resource = FluentResource::try_new(language.source().to_owned()).expect("well-formed");
    let id = |entry: &Entry<&str>| match entry {
        Entry::Message(message) => Some(message.id.name.to_owned()),
        Entry::Comment(_) => None,
        other => panic!("{language:?}: {other:?}"),
    };
    resource.entries().filter_map(id).collect()
}

#[test]
fn every_language_has_the_same_messages() {
    let wanted = ids(Tag::English);
    assert_eq!(BTreeSet::from_iter(&wanted).len(), wanted.len(), "a message twice");
    for language in Tag::ALL {
        assert_eq!(ids(language), wanted, "{language:?}");
    }
    let code = concat!(include_str!("../../invitation.rs"), include_str!("../when.rs"));
    for id in wanted {
        let said = code.contains(&format!("\"{id}\""));
        assert!(said || Tag::English.source().contains(&format!("{{ {id} }}")), "{id} is not used");
    }
}

/// Whoever chooses by a plural category makes plural rules, which another language may need
/// otherwise; numbers as keys do for ours.
#[test]
fn no_message_needs_plural_rules() {
    for language in Tag::ALL {
        for category in ["zero", "one", "two", "few", "many", "other"] {
            assert!(!language.source().contains(&format!("[{category}]")), "{language:?}");
        }
    }
}

#[test]
fn the_words_survive_the_character_sets_of_mail() {
    use encoding_rs::{ISO_2022_JP, WINDOWS_1252};
    for (language, texts) in GOLDEN {
        let japanese = language == Tag::Japanese;
        let encoding = if japanese { ISO_2022_JP } else { WINDOWS_1252 };
        // The label that a provider gave is not ours.
        for words in [language.source(), &texts.replace("København", "Copenhagen")] {
            let (bytes, _, lost) = encoding.encode(words);
            assert!(!lost, "{language:?}");
            assert_eq!(encoding.decode(&bytes).0, words);
            for letter in words.chars().filter(|letter| !letter.is_ascii()) {
                if japanese {
                    // The tables of Java and of Windows differ in these (JIS X 0208).
                    let differs = "\u{301c}\u{ff5e}\u{2016}\u{2225}\u{2212}\u{ff0d}\u{a2}\u{ffe0}\u{a3}\u{ffe1}\u{ac}\u{ffe2}\u{2014}\u{2015}".contains(letter);
                    assert!(!differs, "{letter:?}");
                } else {
                    // ISO-8859-1 too; no space but the plain one.
                    assert!(('\u{a1}'..='\u{ff}').contains(&letter), "{language:?}: {letter:?}");
                }
            }
        }
    }
}
