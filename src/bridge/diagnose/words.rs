//! What findings say, in the administrator's language.

use fluent_bundle::FluentArgs;

use crate::language::{Bundle, Language, bundle};

/// The messages of one language. Made anew for each diagnosis: nothing is shared between threads.
pub struct Words(Bundle);

/// A message, and its remedy where it has one.
pub struct Said {
    pub message: String,
    pub remedy: Option<String>,
}

impl Words {
    pub fn new(language: Language) -> Words {
        Words(bundle(language.tag(), source(language)))
    }

    pub fn say(&self, id: &str, values: &[(&str, String)]) -> Said {
        let values: FluentArgs<'_> =
            values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut errors = Vec::new();
        let mut format =
            |pattern| self.0.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        let message = self.0.get_message(id);
        let said = Said {
            // Never needed (tests see to that), but a finding must not be lost for want of a text.
            message: message
                .as_ref()
                .and_then(|message| message.value())
                .map_or_else(|| id.to_owned(), &mut format),
            remedy: message
                .and_then(|message| message.get_attribute("remedy"))
                .map(|remedy| format(remedy.value())),
        };
        debug_assert!(errors.is_empty() && said.message != id, "{id}: {errors:?}");
        said
    }
}

fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../../locales/diagnose/en.ftl"),
        Language::Japanese => include_str!("../../../locales/diagnose/ja.ftl"),
    }
}
