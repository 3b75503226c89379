//! Webex's API, version 1.

pub mod access;
pub mod change;
pub mod create;
pub mod draft;
pub mod invitees;
pub mod list;
pub mod meeting;
pub mod people;
pub mod read;
pub mod rrule;
pub mod times;
pub mod webhooks;

use crate::call::Answer;
use crate::options::Provider;
use crate::site::Site;
use serde_json::{Value, json};

/// The site that everybody has.
pub const SITE: &str = "sandbox.webex.com";

/// The text of 404.
pub const NOT_FOUND: &str = "The requested resource could not be found.";

/// The text that the OpenAPI's example of 400 shows.
pub const INVALID: &str = "The input parameters contain invalid items.";

/// `{"message", "errors": [{"description"}], "trackingId"}` and the `trackingid` header. Without
/// descriptions the message is repeated, as Webex does for 401.
pub fn error(site: &Site, status: u16, message: &str, descriptions: &[&str]) -> Answer {
    let tracking = site.tracking(Provider::Webex);
    let own = [message];
    let descriptions = if descriptions.is_empty() { &own[..] } else { descriptions };
    let errors: Vec<Value> =
        descriptions.iter().map(|text| json!({ "description": text })).collect();
    let body = json!({ "message": message, "errors": errors, "trackingId": tracking });
    Answer::json(status, &body).with("trackingid", &tracking)
}

/// A validation error.
pub fn invalid(site: &Site, description: &str) -> Answer {
    error(site, 400, INVALID, &[description])
}

/// JSON with the tracking header.
pub fn ok(site: &Site, body: &Value) -> Answer {
    Answer::json(200, body).with("trackingid", &site.tracking(Provider::Webex))
}

/// 204 with the tracking header.
pub fn done(site: &Site) -> Answer {
    Answer::empty(204).with("trackingid", &site.tracking(Provider::Webex))
}

/// One page of a list. Its `Link: <…>; rel="next"` (RFC 8288, once RFC 5988) repeats the query
/// with another offset; there is none on the last page.
pub fn page(site: &Site, call: &crate::call::Call, items: Vec<Value>, default: usize) -> Answer {
    let number = |name: &str, default: usize| match call.query(name) {
        None => Ok(default),
        Some(text) => {
            text.parse::<usize>().map_err(|_| invalid(site, &format!("'{name}' is not a number.")))
        }
    };
    let (most, offset) = match (number("max", default), number("offset", 0)) {
        (Ok(most), Ok(offset)) if (1..=100).contains(&most) => (most, offset),
        (Ok(_), Ok(_)) => return invalid(site, "'max' must be between 1 and 100."),
        (Err(answer), _) | (_, Err(answer)) => return answer,
    };
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip(offset).take(most).collect();
    let next = offset + shown.len();
    let answer = ok(site, &json!({ "items": shown }));
    if next >= total {
        return answer;
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in call.query.iter().filter(|(name, _)| name != "offset" && name != "max") {
        query.append_pair(name, value);
    }
    query.append_pair("max", &most.to_string()).append_pair("offset", &next.to_string());
    let link = format!("<{}{}?{}>; rel=\"next\"", call.base, call.path, query.finish());
    answer.with("link", &link)
}
