//! Which part of a list is wanted.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::json;
use crate::meeting::is_address;

const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);
const MAX_PAGE: u32 = 300;
const MAX_NEXT: usize = 2000;

/// A part of a list: of a user's meetings by their beginning, of authorizations by when they were
/// given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub from: Timestamp,
    /// Not before `from`.
    pub to: Timestamp,
    pub page_size: u32,
    /// Where the page before ended, in the provider's own words.
    pub next: Option<String>,
    /// Whose meetings, for apps that act for an account.
    pub host_email: Option<String>,
}

impl Filter {
    /// Of meetings: by default from `now` to one year on, 30 at a time.
    pub fn parse(text: Option<&str>, now: Timestamp) -> Result<Filter> {
        Filter::read(text, now, None)
    }

    /// Of anything else: by default from one time to another, 30 at a time.
    pub fn parse_within(text: Option<&str>, from: Timestamp, to: Timestamp) -> Result<Filter> {
        let filter = Filter::read(text, from, Some(to))?;
        match filter.host_email {
            Some(_) => Err(Error::invalid_argument("filter.host_email: only of meetings")),
            None => Ok(filter),
        }
    }

    /// Without an end, to one year after the beginning.
    fn read(text: Option<&str>, from: Timestamp, end: Option<Timestamp>) -> Result<Filter> {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Document {
            from: Option<String>,
            to: Option<String>,
            page_size: Option<u32>,
            next: Option<String>,
            host_email: Option<String>,
        }
        let document: Document = match text {
            Some(text) => json::argument(text, "filter")?,
            None => Document::default(),
        };
        let invalid = |what: &str| Error::invalid_argument(format!("filter.{what}"));
        let time = |text: Option<String>, name: &str| -> Result<Option<Timestamp>> {
            let parsed = text.map(|text| text.parse()).transpose();
            parsed.map_err(|_| invalid(&format!("{name}: not RFC 3339")))
        };
        let from = time(document.from, "from")?.unwrap_or(from);
        let to = match time(document.to, "to")?.or(end) {
            Some(to) => to,
            None => from.checked_add(YEAR).map_err(|_| invalid("from: outside the calendar"))?,
        };
        if to < from {
            return Err(invalid("to: before from"));
        }
        let page_size = document.page_size.unwrap_or(30);
        if page_size == 0 || page_size > MAX_PAGE {
            return Err(invalid(&format!("page_size: must be 1 to {MAX_PAGE}")));
        }
        // It becomes part of a query.
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"#<>\"".contains(&byte);
        let fits =
            |next: &String| (1..=MAX_NEXT).contains(&next.len()) && next.bytes().all(is_plain);
        if document.next.as_ref().is_some_and(|next| !fits(next)) {
            return Err(invalid("next: not what a page gave"));
        }
        if document.host_email.as_deref().is_some_and(|email| !is_address(email)) {
            return Err(invalid("host_email: not an e-mail address"));
        }
        let Document { next, host_email, .. } = document;
        Ok(Filter { from, to, page_size, next, host_email })
    }

    /// Whether a time lies inside; of what has no fixed time it always does.
    pub fn holds(&self, at: Option<Timestamp>) -> bool {
        at.is_none_or(|at| self.from <= at && at < self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_now_to_one_year_on() {
        let now: Timestamp = "2027-03-01T00:00:00Z".parse().unwrap();
        let filter = Filter::parse(None, now).unwrap();
        assert_eq!((filter.from, filter.page_size), (now, 30));
        assert_eq!(filter.to, "2028-02-29T00:00:00Z".parse().unwrap());
        assert!(filter.holds(Some(now)) && !filter.holds(Some(filter.to)) && filter.holds(None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let now: Timestamp = "2027-03-01T00:00:00Z".parse().unwrap();
        for (text, wanted) in [
            (r#"{"from": "today"}"#, "filter.from"),
            (r#"{"to": "2026-01-01T00:00:00Z"}"#, "filter.to: before from"),
            (r#"{"page_size": 0}"#, "filter.page_size"),
            (r#"{"page_size": 301}"#, "filter.page_size"),
            (r#"{"next": ""}"#, "filter.next"),
            (r#"{"host_email": "Ken Sato"}"#, "filter.host_email"),
            (r#"{"form": "x"}"#, "form"),
            (r#"{"from": "9999-12-30T00:00:00Z"}"#, "filter.from: outside"),
        ] {
            let error = Filter::parse(Some(text), now).err().unwrap();
            assert!(error.detail().contains(wanted), "{error}");
        }
    }
}
