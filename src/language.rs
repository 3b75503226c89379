//! The languages in which the library speaks to administrators.

use std::sync::LazyLock;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use unic_langid::LanguageIdentifier;

use crate::error::Status;

type Bundle = FluentBundle<FluentResource>;

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
            LazyLock::new(|| build(Language::English, include_str!("../locales/en.ftl")));
        static JAPANESE: LazyLock<Bundle> =
            LazyLock::new(|| build(Language::Japanese, include_str!("../locales/ja.ftl")));
        match self {
            Language::English => &ENGLISH,
            Language::Japanese => &JAPANESE,
        }
    }
}

fn build(language: Language, source: &str) -> Bundle {
    // What can be read of a faulty file is used; tests refuse the file.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(part, _)| part);
    let language = language.tag().parse::<LanguageIdentifier>();
    let mut bundle = Bundle::new_concurrent(vec![language.unwrap_or_default()]);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

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
