//! The languages in which the library speaks to administrators.

use std::sync::LazyLock;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use unic_langid::LanguageIdentifier;

use crate::error::Status;

/// The messages of a file.
pub type Bundle = FluentBundle<FluentResource>;

/// A language of messages and invitations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    #[default]
    English,
    Japanese,
}

impl Language {
    pub const ALL: [Language; 2] = [Language::English, Language::Japanese];

    /// The shortest tag, as the settings write it.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Japanese => "ja",
        }
    }

    /// What happened, in one sentence.
    pub fn status_message(self, status: Status) -> String {
        self.text(status, None)
    }

    /// What the administrator or the user can do about it.
    pub fn status_remedy(self, status: Status) -> String {
        self.text(status, Some("remedy"))
    }

    fn text(self, status: Status, attribute: Option<&str>) -> String {
        let bundle = self.bundle();
        let pattern = bundle.get_message(status.name()).and_then(|message| match attribute {
            None => message.value(),
            Some(name) => message.get_attribute(name).map(|attribute| attribute.value()),
        });
        // Never needed (a test sees to that), but an error must not fail for want of its text.
        pattern.map_or_else(
            || status.name().to_owned(),
            |pattern| bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned(),
        )
    }

    fn bundle(self) -> &'static Bundle {
        static ENGLISH: LazyLock<Bundle> =
            LazyLock::new(|| bundle(Language::English.tag(), include_str!("../locales/en.ftl")));
        static JAPANESE: LazyLock<Bundle> =
            LazyLock::new(|| bundle(Language::Japanese.tag(), include_str!("../locales/ja.ftl")));
        match self {
            Language::English => &ENGLISH,
            Language::Japanese => &JAPANESE,
        }
    }
}

/// The messages of a file in the language of this tag.
pub fn bundle(tag: &str, source: &str) -> Bundle {
    // What can be read of a faulty file is used; tests refuse the file.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(part, _)| part);
    let language = tag.parse::<LanguageIdentifier>();
    let mut bundle = Bundle::new_concurrent(vec![language.unwrap_or_default()]);
    // No marks U+2068 and U+2069: values are copied, terminals show them as something, and other
    // character sets than Unicode's do not have them.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, HashSet};
    use std::path::Path;

    use super::*;

    #[test]
    fn the_files_are_faultless() {
        for source in [include_str!("../locales/en.ftl"), include_str!("../locales/ja.ftl")] {
            let resource = FluentResource::try_new(source.to_owned()).expect("well-formed");
            assert_eq!(resource.entries().count(), Status::ALL.len());
            let mut bundle = Bundle::new_concurrent(vec![LanguageIdentifier::default()]);
            bundle.add_resource(resource).expect("no message twice");
            for status in Status::ALL {
                let name = status.name();
                let message = bundle.get_message(name).unwrap_or_else(|| panic!("{name}"));
                let remedy = message.get_attribute("remedy").unwrap_or_else(|| panic!("{name}"));
                assert_eq!(message.attributes().count(), 1, "{name}");
                let mut errors = Vec::new();
                for pattern in [message.value().expect("a value"), remedy.value()] {
                    bundle.format_pattern(pattern, None, &mut errors);
                }
                assert!(errors.is_empty(), "{name}: {errors:?}");
            }
        }
    }

    /// Each message and attribute, with the variables that it names.
    fn shape(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut shape: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut message = String::new();
        let mut current = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split_once(" =").map_or("", |(name, _)| name);
            let is_name = |name: &str| !name.is_empty() && !name.contains([' ', '{', '[']);
            match name.trim_start().strip_prefix('.') {
                Some(attribute) => current = format!("{message}.{attribute}"),
                None if is_name(name) => (message, current) = (name.to_owned(), name.to_owned()),
                None => {}
            }
            let names = line.split('$').skip(1).map(|rest| {
                let is_end = |letter: char| !letter.is_alphanumeric() && letter != '_';
                rest.split(is_end).next().unwrap_or_default().to_owned()
            });
            shape.entry(current.clone()).or_default().extend(names);
        }
        shape
    }

    #[test]
    fn every_language_says_the_same() {
        for folder in ["", "command", "diagnose"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(folder);
            let read = |file: &Path| std::fs::read_to_string(file).expect("a file");
            let wanted = shape(&read(&folder.join("en.ftl")));
            assert!(wanted.len() > 20, "{wanted:?}");
            let files = std::fs::read_dir(&folder).expect("a folder").map(|it| it.unwrap().path());
            for file in files.filter(|file| file.is_file()) {
                let source = read(&file);
                assert_eq!(shape(&source), wanted, "{}", file.display());
                let resource = FluentResource::try_new(source).expect("well-formed");
                let mut bundle = Bundle::new_concurrent(vec![LanguageIdentifier::default()]);
                bundle.add_resource(resource).expect("no message twice");
            }
        }
    }

    #[test]
    fn every_status_says_what_and_what_to_do() {
        let mut seen = HashSet::new();
        for language in Language::ALL {
            let end = if language == Language::Japanese { '。' } else { '.' };
            for status in Status::ALL {
                for text in [language.status_message(*status), language.status_remedy(*status)] {
                    assert!(text.ends_with(end) && !text.contains('\n'), "{text}");
                    assert_eq!(text.is_ascii(), language == Language::English, "{text}");
                    assert!(seen.insert(text.clone()), "twice: {text}");
                }
            }
        }
    }

    #[test]
    fn speaks_to_many_threads_at_once() {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| Language::Japanese.status_message(Status::RateLimited));
            }
        });
    }
}
