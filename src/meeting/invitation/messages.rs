//! The translated messages of invitations.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::Tag;

/// The messages of one language.
///
/// Made anew for each invitation, which takes some 20 microseconds beside a call to the
/// provider: nothing is shared between threads, so a fork can catch no lock.
pub struct Messages(FluentBundle<FluentResource>);

impl Messages {
    pub fn new(language: Tag) -> Messages {
        // What can be read of a faulty file is used; tests refuse the file.
        let resource =
            FluentResource::try_new(language.source().to_owned()).unwrap_or_else(|(part, _)| part);
        let identifier = language.tag().parse::<LanguageIdentifier>().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![identifier]);
        // The marks U+2068 and U+2069 have no place in other character sets than Unicode's.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Messages(bundle)
    }

    /// The message with its values, on one line.
    pub fn say(
        &self,
        id: &str,
        values: impl IntoIterator<Item = (&'static str, FluentValue<'static>)>,
    ) -> String {
        let pattern = self.0.get_message(id).and_then(|message| message.value());
        let values: FluentArgs<'_> = values.into_iter().collect();
        let mut errors = Vec::new();
        let text =
            pattern.map(|pattern| self.0.format_pattern(pattern, Some(&values), &mut errors));
        if cfg!(test) {
            assert!(text.is_some() && errors.is_empty(), "{id}: {errors:?}");
        }
        // Never needed (tests see to that), but an invitation must not fail for want of a text.
        text.map_or_else(|| id.to_owned(), |text| text.into_owned())
    }
}
