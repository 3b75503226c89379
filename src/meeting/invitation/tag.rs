//! The languages in which invitations are written, and the choice among them.

use oxilangtag::LanguageTag;

/// A language of invitations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tag {
    Danish,
    Dutch,
    #[default]
    English,
    French,
    German,
    Italian,
    Japanese,
    Norwegian,
    Portuguese,
    Spanish,
    Swedish,
}

macro_rules! source {
    ($tag:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/invitation/", $tag, ".ftl"))
    };
}

impl Tag {
    pub const ALL: [Tag; 11] = [
        Tag::Danish,
        Tag::Dutch,
        Tag::English,
        Tag::French,
        Tag::German,
        Tag::Italian,
        Tag::Japanese,
        Tag::Norwegian,
        Tag::Portuguese,
        Tag::Spanish,
        Tag::Swedish,
    ];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Tag::Danish => "da",
            Tag::Dutch => "nl",
            Tag::English => "en",
            Tag::French => "fr",
            Tag::German => "de",
            Tag::Italian => "it",
            Tag::Japanese => "ja",
            Tag::Norwegian => "nb",
            Tag::Portuguese => "pt-BR",
            Tag::Spanish => "es",
            Tag::Swedish => "sv",
        }
    }

    /// The file of messages.
    pub(super) const fn source(self) -> &'static str {
        match self {
            Tag::Danish => source!("da"),
            Tag::Dutch => source!("nl"),
            Tag::English => source!("en"),
            Tag::French => source!("fr"),
            Tag::German => source!("de"),
            Tag::Italian => source!("it"),
            Tag::Japanese => source!("ja"),
            Tag::Norwegian => source!("nb"),
            Tag::Portuguese => source!("pt-BR"),
            Tag::Spanish => source!("es"),
            Tag::Swedish => source!("sv"),
        }
    }
}

/// The best of our languages for a BCP 47 tag: `ja-JP` is Japanese, `de-CH-1901` German. A
/// language that we do not speak gets the fallback.
///
/// Err: the reason, without the parameter's name.
pub fn negotiate(tag: &str, fallback: Tag) -> Result<Tag, String> {
    let wanted = LanguageTag::parse(tag)
        .map_err(|_| "not a language tag such as \"ja\" or \"pt-BR\" (BCP 47)".to_owned())?;
    let language = match wanted.primary_language() {
        // Of the two written forms of Norwegian ours serves the other's readers too.
        language if ["no", "nn"].iter().any(|other| language.eq_ignore_ascii_case(other)) => "nb",
        language => language,
    };
    let speaks = |ours: &Tag| {
        let ours = ours.tag().split_once('-').map_or(ours.tag(), |(language, _)| language);
        ours.eq_ignore_ascii_case(language)
    };
    // There is one form of each language: script, region and variant decide nothing.
    Ok(Tag::ALL.into_iter().find(speaks).unwrap_or(fallback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_best_of_our_languages() {
        for (tag, wanted) in [
            ("ja", Tag::Japanese),
            ("ja-JP", Tag::Japanese),
            ("JA-jp", Tag::Japanese),
            ("ja-Latn-hepburn", Tag::Japanese),
            ("ja-JP-u-ca-japanese", Tag::Japanese),
            ("pt", Tag::Portuguese),
            ("pt-BR", Tag::Portuguese),
            ("pt-PT", Tag::Portuguese),
            ("de-CH-1901", Tag::German),
            ("de-DE-x-goethe", Tag::German),
            ("en-GB", Tag::English),
            ("no", Tag::Norwegian),
            ("nn-NO", Tag::Norwegian),
            ("nb", Tag::Norwegian),
            ("es-419", Tag::Spanish),
        ] {
            assert_eq!(negotiate(tag, Tag::Dutch), Ok(wanted), "{tag}");
        }
        for ours in Tag::ALL {
            assert_eq!(negotiate(ours.tag(), Tag::default()), Ok(ours));
        }
    }

    #[test]
    fn a_language_we_do_not_speak_gets_the_fallback() {
        for tag in ["zh-cmn-Hans-CN", "ko", "dan", "und", "mul", "i-klingon", "x-house", "ast"] {
            assert_eq!(negotiate(tag, Tag::Japanese), Ok(Tag::Japanese), "{tag}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let long = "a".repeat(1 << 20);
        let many = "en-".repeat(300_000);
        for tag in [
            "",
            " ",
            "-",
            "e",
            "en-",
            "en--US",
            "en US",
            "ja_JP",
            "日本語",
            "en\0",
            "*",
            &long,
            &many,
        ] {
            let reason = negotiate(tag, Tag::English).unwrap_err();
            assert!(reason.starts_with("not a language tag") && reason.len() < 100, "{reason}");
        }
    }
}
