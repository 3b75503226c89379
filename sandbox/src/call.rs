//! A request as handlers see it, and an answer as they give it.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use bytes::Bytes;
use serde_json::Value;

/// A request, read to its end.
#[derive(Clone, Debug)]
pub struct Call {
    /// GET, POST, …
    pub method: Method,
    /// The path as sent.
    pub path: String,
    /// The raw query string.
    pub raw_query: String,
    /// Decoded query.
    pub query: Vec<(String, String)>,
    /// Decoded path parameters.
    pub params: Vec<(String, String)>,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// Scheme and host under which this client reaches us; links in answers begin with it.
    pub base: String,
}

impl Call {
    /// A header's text, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The first query parameter of a name.
    pub fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// A query parameter read as a boolean; absent or odd is the default.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        match self.query(name) {
            Some("true" | "1") => true,
            Some("false" | "0") => false,
            _ => default,
        }
    }

    /// A path parameter; routes are the only callers, so it is there.
    pub fn param(&self, name: &str) -> &str {
        first(&self.params, name).unwrap_or_default()
    }

    /// The body as a form.
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The token of `Authorization: Bearer …`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

/// The first value of a name in a decoded form or query.
pub fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// An answer before it is put on the wire.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Content type, if there is a body.
    pub content_type: &'static str,
    /// More headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// JSON.
    pub fn json(status: u16, value: &Value) -> Self {
        Answer {
            status,
            content_type: "application/json;charset=UTF-8",
            headers: Vec::new(),
            body: Bytes::from(value.to_string()),
        }
    }

    /// HTML. Never cached: the pages depend on what tests did meanwhile.
    pub fn html(status: u16, text: String) -> Self {
        Answer {
            status,
            content_type: "text/html; charset=utf-8",
            headers: vec![("cache-control".to_owned(), "no-store".to_owned())],
            body: Bytes::from(text),
        }
    }

    /// Nothing but a status.
    pub fn empty(status: u16) -> Self {
        Answer { status, content_type: "", headers: Vec::new(), body: Bytes::new() }
    }

    /// 302 to somewhere.
    pub fn redirect(location: &str) -> Self {
        Answer::empty(302).with("location", location).with("cache-control", "no-store")
    }

    /// The same with one more header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The answer for axum.
    pub fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if !self.content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                headers.append(name, value);
            }
        }
        response
    }
}
