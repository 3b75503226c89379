//! Small rules of text that several rooms share.

use jiff::Timestamp;
use ring::digest::{Context, SHA256};

/// The first `limit` characters, and whether anything was cut.
///
/// A character here is a Unicode scalar value; a combining mark or joiner is not torn from what
/// it belongs to at the cut: trailing ones are taken off with it.
pub fn cut(text: &str, limit: usize) -> (&str, bool) {
    // No text has more characters than bytes.
    if text.len() <= limit {
        return (text, false);
    }
    match text.char_indices().nth(limit) {
        None => (text, false),
        Some((end, next)) => {
            let mut kept = &text[..end];
            if joins(next) {
                kept = kept.trim_end_matches(joins);
                kept = &kept[..kept.char_indices().next_back().map_or(0, |(at, _)| at)];
            }
            (kept.trim_end_matches('\u{200d}').trim_end(), true)
        }
    }
}

/// Whether the character belongs to the one before it.
fn joins(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
        || matches!(character, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// RFC 3339 in UTC, to the second: `2027-03-01T09:00:00Z`.
pub fn utc(at: Timestamp) -> String {
    // Its own form is this one where it has no fraction.
    let second = at.as_duration().as_secs() - i64::from(at.subsec_nanosecond() < 0);
    Timestamp::from_second(second).unwrap_or(at).to_string()
}

/// The same of seconds since 1970; `None` outside the calendar.
pub fn utc_seconds(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds).ok().map(utc)
}

/// The same of milliseconds since 1970, to the millisecond: `2027-03-01T09:00:00.250Z`.
pub fn utc_millis(millis: i64) -> Option<String> {
    let at = Timestamp::from_millisecond(millis).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

/// The beginning of the SHA-256 of texts, each after its length: stands for them where they are
/// too long.
pub fn short_digest<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let digest = context.finish();
    let mut short = [0; N];
    short.copy_from_slice(&digest.as_ref()[..N]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("abc", 3), ("abc", false));
        assert_eq!(cut("abcd", 3), ("abc", true));
        assert_eq!(cut("会議のお知らせ", 2), ("会議", true));
        assert_eq!(cut("ab cd", 3), ("ab", true));
    }

    #[test]
    fn does_not_tear_a_character_from_its_marks() {
        assert_eq!(cut("ae\u{301}x", 2), ("a", true));
        assert_eq!(cut("a👩\u{200d}👧", 2), ("a", true));
        assert_eq!(cut("a👩\u{200d}👧", 3), ("a👩", true));
        assert_eq!(cut("\u{301}\u{301}\u{301}", 1), ("", true));
    }

    #[test]
    fn times_are_in_utc_to_the_second() {
        assert_eq!(utc("2027-03-01T18:00:00.5+09:00".parse().unwrap()), "2027-03-01T09:00:00Z");
        assert_eq!(utc_seconds(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(utc_seconds(i64::MAX), None);
    }
}
