//! What the providers' answers have in common.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use oauth2::{AccessToken, RefreshToken};
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::TokenAnswer;
use crate::error::{Error, Status};
use crate::http::Response;

/// The most of a provider's own words that is passed on, in characters.
const MAX_WORDS: usize = 300;
/// The longest wait that is passed on, in seconds: a month.
const LONGEST_WAIT: u64 = 31 * 86_400;
/// Longer than any word, shorter than any token, in bytes.
const LONGEST_WORD: usize = 40;

/// A provider's own words, fit for a log line: one line, bounded, and without anything as long as
/// a token, should the provider repeat one.
pub fn words(text: &str) -> String {
    // Most are the provider's own number of a request, in which there is nothing to mend.
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'=' | b';' | b':')
    };
    let is_short = |part: &str| part.len() <= LONGEST_WORD;
    if text.len() <= MAX_WORDS && text.bytes().all(is_plain) && text.split([';', ':']).all(is_short)
    {
        return text.to_owned();
    }
    let text: String = text.chars().take(MAX_WORDS).map(clean).collect();
    // What follows in a link may make its reader the host.
    let text: String = text.split_inclusive(' ').map(without_query).collect();
    let is_between = |c: char| !(c.is_alphanumeric() || "._~+/=-".contains(c));
    let is_long = |part: &str| part.trim_end_matches(is_between).len() > LONGEST_WORD;
    text.split_inclusive(is_between).map(|part| if is_long(part) { "… " } else { part }).collect()
}

/// Without line ends, and without marks that turn the text around.
fn clean(character: char) -> char {
    match character {
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => ' ',
        _ if character.is_control() => ' ',
        _ => character,
    }
}

fn without_query(word: &str) -> Cow<'_, str> {
    match word.split_once('?') {
        Some((link, _)) if link.contains("://") => Cow::Owned(format!("{link}?… ")),
        _ => Cow::Borrowed(word),
    }
}

/// A header as text, if it is there and readable.
pub fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(words)
}

/// `Retry-After` as seconds or an HTTP-date (RFC 9110, section 10.2.3), and as ISO 8601, which
/// Zoom sends for its daily limits.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds.clamp(1, LONGEST_WAIT)));
    }
    let until = value
        .parse::<Timestamp>()
        .or_else(|_| rfc2822::DateTimeParser::new().parse_timestamp(value))
        .ok()?;
    let seconds = until.duration_since(now).as_secs();
    Some(Duration::from_secs(seconds.max(1).unsigned_abs().min(LONGEST_WAIT)))
}

/// Seconds until the next midnight in UTC, when Zoom's daily limits start anew.
pub fn until_midnight(now: Timestamp) -> Duration {
    let second_of_day = now.as_second().rem_euclid(86_400);
    Duration::from_secs((86_400 - second_of_day).unsigned_abs())
}

/// The token endpoint's answer (RFC 6749, section 5.1), of which only the access token is needed:
/// Webex's documented example has neither `token_type` nor `scope`. `region` checks where the answer
/// wants the token to go.
pub fn token(
    response: &Response,
    default_lifetime: u64,
    region: impl Fn(&str) -> Option<String>,
) -> Option<TokenAnswer> {
    #[derive(Deserialize)]
    struct Body {
        access_token: String,
        #[serde(default, deserialize_with = "lenient")]
        refresh_token: Option<String>,
        #[serde(default, deserialize_with = "lenient")]
        expires_in: Option<u64>,
        #[serde(default, deserialize_with = "lenient")]
        scope: Option<String>,
        #[serde(default, deserialize_with = "lenient")]
        api_url: Option<String>,
    }
    let body: Body = serde_json::from_slice(response.body()).ok()?;
    Some(TokenAnswer {
        access: AccessToken::new(body.access_token),
        refresh: body.refresh_token.map(RefreshToken::new),
        expires_in: body.expires_in.unwrap_or(default_lifetime),
        scopes: body.scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect()),
        api_url: body.api_url.as_deref().and_then(region),
    })
}

/// A document; none if it is not as wanted.
pub fn document<'a, T: Deserialize<'a>>(response: &'a Response) -> Option<T> {
    // As a whole: text by text costs more.
    let text = std::str::from_utf8(response.body()).ok()?;
    serde_json::from_str(text).ok()
}

/// The errors that every HTTP service means the same way, whatever its body says.
pub fn common_error(response: &Response, message: &str, now: Timestamp) -> Error {
    let status = response.status().as_u16();
    let outcome = match status {
        429 | 423 => Status::RateLimited,
        500..=599 => Status::ProviderUnavailable,
        400..=499 => Status::ProviderRejected,
        _ => Status::UnexpectedAnswer,
    };
    let detail = match message.is_empty() {
        true => format!("HTTP {status}"),
        false => format!("HTTP {status}: {}", words(message)),
    };
    Error::new(outcome, detail)
        .with_provider_status(status)
        .with_retry_after(retry_after(response.headers(), now))
}

/// An answer that is not what the provider documents.
pub fn unexpected(response: &Response, what: &str) -> Error {
    Error::new(Status::UnexpectedAnswer, format!("{what} in the answer"))
        .with_provider_status(response.status().as_u16())
}

/// Whether a successful answer without content is one: a web page, as networks that want a login
/// answer to everything, is not.
pub fn is_done(response: &Response) -> bool {
    let body = response.body();
    body.is_empty() || serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// Which of the hosts an error speaks of: by name, or as such with one of these phrases; none if
/// it is about something else.
pub fn refused_hosts(words: &str, hosts: &[String], phrases: &[&str]) -> Option<Vec<String>> {
    let words = words.to_lowercase();
    // Whole addresses: one may end like another.
    let apart = |c: char| c.is_whitespace() || ",;:<>()[]{}\"'".contains(c);
    let parts: Vec<&str> = words.split(apart).map(|part| part.trim_matches('.')).collect();
    let named = hosts.iter().filter(|host| parts.contains(&host.to_lowercase().as_str()));
    let named: Vec<String> = named.cloned().collect();
    let about = !named.is_empty() || phrases.iter().any(|phrase| words.contains(phrase));
    about.then_some(named)
}

/// Reads any JSON value as `None` unless it has the wanted shape: an answer must not become
/// unreadable because a member that we could do without has changed.
pub fn lenient<'de, D: Deserializer<'de>, T: Plain>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Lenient::new())
}

/// What can be read, or left out, in one pass.
pub trait Plain: Sized {
    fn of_text(_: &str) -> Option<Self> {
        None
    }

    fn of_number(_: i128) -> Option<Self> {
        None
    }

    fn of_truth(_: bool) -> Option<Self> {
        None
    }

    fn of_items<'de, A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    /// See [`parts`].
    fn of_members<'de, A: MapAccess<'de>>(mut members: A) -> Result<Option<Self>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Plain for String {
    fn of_text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}

impl Plain for Timestamp {
    fn of_text(text: &str) -> Option<Timestamp> {
        text.parse().ok()
    }
}

impl Plain for bool {
    fn of_truth(truth: bool) -> Option<bool> {
        Some(truth)
    }
}

impl<T: Plain> Plain for Vec<T> {
    fn of_items<'de, A: SeqAccess<'de>>(mut items: A) -> Result<Option<Vec<T>>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Lenient::new())? {
            all.extend(item);
        }
        Ok(Some(all))
    }
}

/// Parts of an answer: objects of which no member is needed, and none can spoil the others, whatever
/// it holds and however often it stands.
macro_rules! parts {
    ($($(#[$note:meta])* struct $name:ident { $($key:literal => $member:ident: $kind:ty,)* })*) => {
        $($(#[$note])*
        #[derive(Default)]
        struct $name {
            $($member: Option<$kind>,)*
        }

        impl $crate::provider::answer::Plain for $name {
            fn of_members<'de, A: serde::de::MapAccess<'de>>(
                mut members: A,
            ) -> std::result::Result<Option<$name>, A::Error> {
                let mut part = $name::default();
                while let Some(key) = members.next_key::<$crate::json::Key<'de>>()? {
                    match &*key.0 {
                        $($key => {
                            let seed = $crate::provider::answer::Lenient::new();
                            part.$member = members.next_value_seed(seed)?;
                        })*
                        _ => drop(members.next_value::<serde::de::IgnoredAny>()?),
                    }
                }
                Ok(Some(part))
            }
        })*
    };
}
pub(super) use parts;

macro_rules! plain_numbers {
    ($($number:ty)*) => {
        $(impl Plain for $number {
            fn of_number(number: i128) -> Option<$number> {
                number.try_into().ok()
            }
        })*
    };
}

plain_numbers! { u8 u32 u64 i64 }

pub struct Lenient<T>(PhantomData<T>);

impl<T> Lenient<T> {
    pub fn new() -> Lenient<T> {
        Lenient(PhantomData)
    }
}

impl<'de, T: Plain> DeserializeSeed<'de> for Lenient<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Plain> Visitor<'de> for Lenient<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<T>, E> {
        Ok(T::of_text(text))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Option<T>, E> {
        Ok(T::of_number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Option<T>, E> {
        Ok(T::of_number(number.into()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Option<T>, E> {
        Ok(T::of_truth(truth))
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Option<T>, A::Error> {
        T::of_items(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Option<T>, A::Error> {
        T::of_members(members)
    }
}

/// An id that some answers write as a number and others as a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(String);

impl Id {
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Plain for Id {
    fn of_text(text: &str) -> Option<Id> {
        Some(Id(text.to_owned()))
    }

    fn of_number(number: i128) -> Option<Id> {
        u64::try_from(number).ok().map(|number| Id(number.to_string()))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        lenient(deserializer)?.ok_or_else(|| D::Error::custom("no id"))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn wait(value: &'static str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        let now = "2026-11-22T23:59:00Z".parse().unwrap();
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_in_its_three_forms() {
        assert_eq!(wait("30"), Some(30));
        assert_eq!(wait("0"), Some(1));
        assert_eq!(wait("2026-11-23T00:00:00Z"), Some(60));
        assert_eq!(wait("Mon, 23 Nov 2026 00:00:30 GMT"), Some(90));
        assert_eq!(wait("2020-05-31T00:00:00Z"), Some(1));
        assert_eq!(wait("18446744073709551615"), Some(LONGEST_WAIT));
        assert_eq!(wait("9999-01-01T00:00:00Z"), Some(LONGEST_WAIT));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-5"), None);
    }

    #[test]
    fn a_repeated_token_is_left_out() {
        assert_eq!(words("a\nb\u{202e}c"), "a b c");
        assert_eq!(words("see https://zoom.us/s/1?zak=Z now"), "see https://zoom.us/s/1?… now");
        let token = "eyJhbGciOiJIUzUxMiIs.ImtpZCI6IjEifQ.abcdefgh";
        assert_eq!(words(&format!("the token {token} is bad")), "the token … is bad");
        assert_eq!(words(&token[..43]), "… ");
        for own in ["v=2.0;clid=us02;rid=WEB_0123456789abcdef0123456789abcdef", "ROUTERGW_1-2"] {
            assert_eq!(words(own), own);
            let word = "x".repeat(LONGEST_WORD + 1);
            assert_eq!(words(&format!("{own};{word}")), format!("{own};… "));
        }
    }

    #[test]
    fn the_hosts_that_an_error_names_are_found_whole() {
        let hosts = ["anna@x.com".to_owned(), "joanna@x.com".to_owned()];
        let named = |words: &str| refused_hosts(words, &hosts, &["alternative host"]);
        assert_eq!(named("User joanna@x.com cannot host."), Some(vec![hosts[1].clone()]));
        assert_eq!(named("Does not exist: Anna@X.com."), Some(vec![hosts[0].clone()]));
        assert_eq!(named("An alternative host is not licensed"), Some(vec![]));
        assert_eq!(named("Invalid field."), None);
    }

    #[test]
    fn midnight_is_at_most_a_day_away() {
        let at = |text: &str| until_midnight(text.parse().unwrap()).as_secs();
        assert_eq!(at("2026-11-22T23:59:59Z"), 1);
        assert_eq!(at("2026-11-22T00:00:00Z"), 86_400);
    }

    #[test]
    fn a_wrong_type_is_left_out_and_not_an_error() {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default, deserialize_with = "lenient")]
            duration: Option<u32>,
        }
        let read = |text| serde_json::from_str::<Answer>(text).unwrap().duration;
        assert_eq!(read(r#"{"duration": 30}"#), Some(30));
        assert_eq!(read(r#"{"duration": "half an hour"}"#), None);
        assert_eq!(read(r#"{"duration": null}"#), None);
        assert_eq!(read(r#"{"duration": [1, {"a": [2]}]}"#), None);
        assert_eq!(read(r#"{"duration": {"duration": 1}}"#), None);
        assert_eq!(read(r#"{"duration": -1}"#), None);
        assert_eq!(read(r#"{"duration": 4294967296}"#), None);
        assert_eq!(read("{}"), None);
        parts! {
            struct Part {
                "name" => name: String,
                "more" => more: Vec<u32>,
            }
        }
        #[derive(Deserialize)]
        struct Whole {
            #[serde(default, deserialize_with = "lenient")]
            parts: Option<Vec<Part>>,
        }
        let text = r#"{"parts": [{"name": 1, "name": "a", "more": [1, "x", -1, 2], "no": {}}, 7]}"#;
        let parts = serde_json::from_str::<Whole>(text).unwrap().parts.unwrap();
        assert_eq!((parts[0].name.as_deref(), &parts[0].more), (Some("a"), &Some(vec![1, 2])));
        assert_eq!(parts.len(), 1);
    }
}
