//! Carries out a fault.

use crate::call::Answer;
use crate::connection::{Connection, Ending};
use crate::fault::Kind;
use axum::body::Body;
use axum::http::Response;
use bytes::Bytes;
use http_body::Frame;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// How long `hang` keeps a connection at most.
const LONGEST_HANG: Duration = Duration::from_secs(120);

/// The fault's name in statistics.
pub fn word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Hang => "hang",
        Kind::Reset => "reset",
        Kind::Half => "half",
        Kind::Close => "close",
        _ => "fault",
    }
}

/// Spoils an answer; `answer` is the real one when the operation was carried out.
pub async fn spoil(
    connection: &Connection,
    route: &str,
    kind: Kind,
    answer: Option<Answer>,
) -> Response<Body> {
    match kind {
        Kind::Status { code, body, content_type, headers } => {
            let body = body.unwrap_or_else(|| json!({ "message": "a fault" }).to_string());
            let mut spoiled = Answer::empty(code);
            spoiled.body = Bytes::from(body);
            let kind = content_type.as_deref().unwrap_or("application/json");
            spoiled = spoiled.with("content-type", kind);
            for (name, value) in &headers {
                spoiled = spoiled.with(name, value);
            }
            spoiled.into_response()
        }
        Kind::Delay { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            answer.unwrap_or_else(|| Answer::empty(200)).into_response()
        }
        Kind::Hang => {
            // When the client goes away the server drops this future.
            tokio::time::sleep(LONGEST_HANG).await;
            end(connection, Ending::default()).await
        }
        Kind::Reset => end(connection, Ending { bytes: Vec::new(), reset: true }).await,
        Kind::Close => end(connection, Ending::default()).await,
        Kind::Half => {
            let body = answer.map(|answer| answer.body).unwrap_or_default();
            let body = if body.len() < 2 { Bytes::from_static(PLACEHOLDER) } else { body };
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let mut bytes = head.into_bytes();
            bytes.extend_from_slice(&body[..body.len() / 2]);
            end(connection, Ending { bytes, reset: false }).await
        }
        Kind::Html => Answer::html(
            200,
            "<!doctype html><title>Sign in to the network</title><h1>Welcome, please sign in</h1>"
                .to_owned(),
        )
        .into_response(),
        Kind::Huge { bytes } => {
            let mut response = Response::new(Body::new(Huge { left: bytes, begun: false }));
            let kind = axum::http::HeaderValue::from_static("application/json");
            response.headers_mut().insert("content-type", kind);
            response
        }
        Kind::Redirect { location, code } => {
            Answer::empty(code).with("location", &location).into_response()
        }
        Kind::WrongTypes => {
            let (status, value) = match &answer {
                Some(answer) => (answer.status, serde_json::from_slice(&answer.body).ok()),
                None => (if route == "zoom.create_meeting" { 201 } else { 200 }, None),
            };
            let value = value.unwrap_or_else(typical);
            Answer::json(status, &twist(&value)).into_response()
        }
        Kind::Empty => Answer::empty(200).into_response(),
    }
}

const PLACEHOLDER: &[u8] =
    br#"{"id":12345678901,"access_token":"half","topic":"half of an answer"}"#;

async fn end(connection: &Connection, ending: Ending) -> Response<Body> {
    match connection.end(ending).await {}
}

/// What answers usually hold, for `wrong_types` before there is an answer.
fn typical() -> Value {
    json!({
        "access_token": "a", "token_type": "bearer", "refresh_token": "r", "expires_in": 3600,
        "scope": "s", "id": 1, "uuid": "u", "topic": "t", "title": "t", "join_url": "j",
        "webLink": "w", "start": "s", "end": "e", "start_time": "s", "duration": 60,
        "meetings": [], "items": [], "email": "e", "emails": []
    })
}

/// The same shape with every value's type exchanged.
fn twist(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(value) => json!(if *value { "yes" } else { "no" }),
        Value::Number(number) => json!([number]),
        Value::String(text) => json!(text.len()),
        Value::Array(_) => json!({ "list": true }),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), twist(value))).collect()
        }
    }
}

/// A body that is made while it is sent: a JSON string of a given length.
struct Huge {
    left: u64,
    begun: bool,
}

static PIECE: [u8; 65_536] = [b'x'; 65_536];

impl http_body::Body for Huge {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = if self.left == 0 {
            return Poll::Ready(None);
        } else if !self.begun || self.left == 1 {
            self.begun = true;
            Bytes::from_static(b"\"")
        } else {
            let length = (self.left - 1).min(PIECE.len() as u64);
            Bytes::from_static(&PIECE[..usize::try_from(length).unwrap_or(PIECE.len())])
        };
        self.left -= piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}
