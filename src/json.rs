//! JSON that comes from outside: bounded, strict, and named by path when it is refused.

mod node;
mod tree;
mod write;

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use crate::error::{Error, Status};
use node::Node;
use tree::Tree;

pub use tree::Key;
pub use write::to_string;

/// The longest document that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// The deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: usize = 64;

/// Why a document was refused.
///
/// Names places and types, never the value that stood there: it could be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    what: String,
    path: String,
    message: String,
}

impl JsonError {
    fn new(what: &str, path: String, message: String) -> JsonError {
        JsonError { what: what.to_owned(), path, message }
    }

    /// As INVALID_SETTINGS, in which the path comes first: `apps[1].redirect_urls[0]: …`.
    pub fn invalid_settings(self) -> Error {
        let place = if self.path.is_empty() { self.what } else { self.path };
        Error::new(Status::InvalidSettings, format!("{place}: {}", self.message))
    }

    /// As INVALID_ARGUMENT, in which the document comes first: `meeting.invitees[0].email: …`.
    pub fn invalid_argument(self) -> Error {
        Error::invalid_argument(self.to_string())
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        write!(f, "{}{dot}{}: {}", self.what, self.path, self.message)
    }
}

impl std::error::Error for JsonError {}

/// Reads a document of at most [`MAX_BYTES`] and [`MAX_DEPTH`]; `what` names it in errors.
///
/// A member that stands twice is refused at any depth. A hand-written `Deserialize` of `T` must
/// not put the value into a custom message, since that is passed on.
pub fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, JsonError> {
    parse_within(text, what, MAX_BYTES)
}

/// As [`parse`], of another length.
fn parse_within<T: DeserializeOwned>(
    text: &str,
    what: &str,
    max_bytes: usize,
) -> Result<T, JsonError> {
    let refuse = |message: String| JsonError::new(what, String::new(), message);
    if text.len() > max_bytes {
        return Err(refuse(format!("longer than {max_bytes} bytes")));
    }
    if nested_too_deep(text) {
        return Err(refuse(format!("nested deeper than {MAX_DEPTH}")));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Tree::deserialize(&mut reader).ok().filter(|_| reader.end().is_ok());
    match value.and_then(|tree| T::deserialize(Node(tree)).ok()) {
        Some(value) => Ok(value),
        None => explain(text, what),
    }
}

/// Reads once more what was refused, to say where it is wrong.
fn explain<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, JsonError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let tree: Tree<'_> = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| JsonError::new(what, path(error.path()), error.inner().to_string()))?;
    reader.end().map_err(|error| JsonError::new(what, String::new(), error.to_string()))?;
    serde_path_to_error::deserialize(Node(tree)).map_err(|error| {
        let mut path = path(error.path());
        if let Some(field) = error.inner().missing() {
            push_name(&mut path, field);
        }
        JsonError::new(what, path, error.inner().to_string())
    })
}

/// As [`parse`], for what a caller passes: INVALID_ARGUMENT.
pub fn argument<T: DeserializeOwned>(text: &str, what: &str) -> crate::error::Result<T> {
    parse(text, what).map_err(JsonError::invalid_argument)
}

/// As [`argument`], for a type that refuses members that it does not know, and so those that stand
/// twice. Most such documents have no object within, and no array within another: there serde is
/// as strict as the tree, which is left out.
pub fn closed_argument<T: DeserializeOwned>(text: &str, what: &str) -> crate::error::Result<T> {
    let is_simple = text.starts_with('{') && count(text, b'{') == 1 && count(text, b'[') <= 1;
    let is_short = text.len() <= MAX_BYTES;
    match (is_short && is_simple).then(|| serde_json::from_str(text).ok()).flatten() {
        Some(value) => Ok(value),
        None => argument(text, what),
    }
}

/// As [`argument`], for a text whose characters may all be escaped, with six bytes each.
pub fn escaped_argument<T: DeserializeOwned>(text: &str, what: &str) -> crate::error::Result<T> {
    parse_within(text, what, 6 * MAX_BYTES).map_err(JsonError::invalid_argument)
}

/// Whether brackets outside of strings go too deep. Right for well-formed text; on other text the
/// parser stops by itself, at 128 at the latest.
fn nested_too_deep(text: &str) -> bool {
    // Seldom more are opened at all.
    if count(text, b'[') + count(text, b'{') <= MAX_DEPTH {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// How often an ASCII character stands in a text. Counted in bytes, so that the processor can take
/// many at once.
fn count(text: &str, sought: u8) -> usize {
    let found = |byte: &u8| u8::from(*byte == sought);
    text.as_bytes().chunks(128).map(|part| usize::from(part.iter().map(found).sum::<u8>())).sum()
}

/// The path as `apps[1].redirect_urls[0]`; empty for the document itself. Names come from the
/// caller, so that they are cut and their control characters replaced.
fn path(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key } => push_name(&mut text, key),
            // A variant is written as a string: a value, not a place.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    text
}

fn push_name(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&name(key));
}

/// The name of a member as it may stand in a message.
pub fn name(key: &str) -> String {
    const LONGEST: usize = 80;
    let clean = |letter: char| {
        if letter.is_control() { '\u{fffd}' } else { letter }
    };
    let mut text: String = key.chars().take(LONGEST).map(clean).collect();
    if key.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
