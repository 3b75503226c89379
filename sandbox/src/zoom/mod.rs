//! Zoom's API, version 2.

pub mod access;
pub mod change;
pub mod create;
pub mod draft;
pub mod list;
pub mod meeting;
pub mod read;
pub mod repeat;
pub mod settings;
pub mod user;
pub mod zones;

use crate::call::Answer;
use crate::options::Provider;
use crate::site::Site;
use serde_json::{Value, json};

/// `{"code": …, "message": …}`, with the tracking header that every Zoom answer carries.
pub fn error(site: &Site, status: u16, code: u32, message: &str) -> Answer {
    tracked(site, Answer::json(status, &json!({ "code": code, "message": message })))
}

/// A validation error: `400`, code 300, with the fields at fault (Zoom API "Errors").
pub fn invalid(site: &Site, fields: &[String]) -> Answer {
    let errors: Vec<Value> =
        fields.iter().map(|field| json!({ "field": field, "message": "Invalid field." })).collect();
    let body = json!({ "code": 300, "message": "Validation Failed.", "errors": errors });
    tracked(site, Answer::json(400, &body))
}

/// The body was no JSON object (Zoom API "Errors").
pub fn not_json(site: &Site) -> Answer {
    error(site, 400, 300, "Request Body should be a valid JSON object.")
}

/// JSON with the tracking header.
pub fn ok(site: &Site, status: u16, body: &Value) -> Answer {
    tracked(site, Answer::json(status, body))
}

/// 204 with the tracking header.
pub fn done(site: &Site) -> Answer {
    tracked(site, Answer::empty(204))
}

fn tracked(site: &Site, answer: Answer) -> Answer {
    answer.with("x-zm-trackingid", &site.tracking(Provider::Zoom))
}
