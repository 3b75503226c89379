//! The command's own words, in the languages of the library.

use std::ffi::OsString;

use fluent_bundle::FluentArgs;
use meetbridge::administration::{Bundle, Language, bundle};

use crate::output::clean;

/// The messages of one language.
pub struct Words {
    bundle: Bundle,
    pub language: Language,
}

impl Words {
    pub fn new(language: Language) -> Words {
        Words { bundle: bundle(language.tag(), source(language)), language }
    }

    pub fn text(&self, id: &str) -> String {
        self.say(id, &[])
    }

    /// The message with its values, which may be anybody's.
    pub fn say(&self, id: &str, values: &[(&str, &str)]) -> String {
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        let values: FluentArgs<'_> =
            values.iter().map(|(name, value)| (*name, clean(value))).collect();
        let mut errors = Vec::new();
        let text =
            pattern.map(|pattern| self.bundle.format_pattern(pattern, Some(&values), &mut errors));
        debug_assert!(text.is_some() && errors.is_empty(), "{id}: {errors:?}");
        text.map_or_else(|| id.to_owned(), |text| text.into_owned())
    }
}

fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../../locales/command/en.ftl"),
        Language::Japanese => include_str!("../../../locales/command/ja.ftl"),
    }
}

/// Which language is wanted: by `--language`, which must be known before the arguments can be
/// explained, else by the locale as POSIX has it.
pub fn language(given: &[OsString]) -> Language {
    let mut rest = given.iter().filter_map(|argument| argument.to_str());
    while let Some(argument) = rest.next() {
        let tag = match argument.strip_prefix("--language") {
            Some("") => rest.next(),
            Some(value) => value.strip_prefix('='),
            None => None,
        };
        if let Some(language) = tag.and_then(of_tag) {
            return language;
        }
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| {
        let value = std::env::var(name).ok();
        value.filter(|value| !value.is_empty())
    });
    let tag = locale.as_deref().and_then(|locale| locale.split(['_', '.', '@']).next());
    tag.and_then(of_tag).unwrap_or_default()
}

fn of_tag(tag: &str) -> Option<Language> {
    Language::ALL.into_iter().find(|language| language.tag() == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_comes_before_the_locale() {
        let of = |words: &[&str]| {
            language(&words.iter().map(|word| OsString::from(*word)).collect::<Vec<_>>())
        };
        assert_eq!(of(&["meetbridge", "--language", "ja", "users"]), Language::Japanese);
        assert_eq!(of(&["meetbridge", "users", "--language=ja"]), Language::Japanese);
        assert_eq!(of(&["meetbridge", "--language=en"]), Language::English);
    }
}
