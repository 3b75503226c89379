//! The translated messages of invitations.

use fluent_bundle::{FluentArgs, FluentValue};

use super::Tag;
use crate::language::{Bundle, bundle};

/// The messages of one language.
///
/// Made anew for each invitation, which takes some 20 microseconds beside a call to the
/// provider: nothing is shared between threads, so a fork can catch no lock.
pub struct Messages(Bundle);

impl Messages {
    pub fn new(language: Tag) -> Messages {
        Messages(bundle(language.tag(), language.source()))
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
