//! What findings say, in the administrator's language.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::language::Language;

/// The messages of one language. Made anew for each diagnosis: nothing is shared between threads.
pub struct Words(FluentBundle<FluentResource>);

/// A message, and its remedy where it has one.
pub struct Said {
    pub message: String,
    pub remedy: Option<String>,
}

impl Words {
    pub fn new(language: Language) -> Words {
        // What can be read of a faulty file is used; tests refuse the file.
        let resource = FluentResource::try_new(source(language).to_owned());
        let resource = resource.unwrap_or_else(|(part, _)| part);
        let identifier = language.tag().parse::<LanguageIdentifier>().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![identifier]);
        // Paths and addresses are copied from it.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Words(bundle)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_faultless_and_say_the_same() {
        let shape = |language| {
            FluentResource::try_new(source(language).to_owned()).expect("well-formed");
            let names = |line: &str| Some(line.split_once(" =")?.0.to_owned());
            let shape: Vec<String> = source(language).lines().filter_map(names).collect();
            assert!(shape.len() > 30);
            shape
        };
        assert_eq!(shape(Language::English), shape(Language::Japanese));
    }
}
