//! One document in a script's hand: built and read part by part, bounded in length and depth.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use serde_json::{Map, Value};

use super::pointer::Pointer;
use crate::error::{Error, Result};
use crate::json;

/// A JSON document, at first an empty object.
pub struct Document {
    value: Value,
    /// At most so many bytes long, if it was written as JSON.
    bound: usize,
}

impl Document {
    pub fn new() -> Document {
        Document::from(Value::Object(Map::new()))
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    /// About how long it is as JSON, in bytes; never less.
    pub fn bound(&self) -> usize {
        self.bound
    }

    /// After a refusal nothing has changed.
    pub fn set(&mut self, pointer: Pointer<'_>, value: Value) -> Result<()> {
        if pointer.depth() + depth(&value) > json::MAX_DEPTH {
            let detail = format!("the document would be nested deeper than {}", json::MAX_DEPTH);
            return Err(Error::invalid_argument(detail));
        }
        let more = pointer.weight() + length(&value);
        if self.bound + more > json::MAX_BYTES {
            let replaced = pointer.get(&self.value).map_or(0, length);
            self.bound = length(&self.value);
            if self.bound - replaced + more > json::MAX_BYTES {
                let detail = format!("the document would be longer than {} bytes", json::MAX_BYTES);
                return Err(Error::invalid_argument(detail));
            }
        }
        pointer.set(&mut self.value, value)?;
        self.bound += more;
        Ok(())
    }

    /// A scalar in words; empty for null and for what is absent. Not for arrays and objects, whose
    /// parts are asked for one by one.
    pub fn text(&self, pointer: Pointer<'_>) -> Result<String> {
        match pointer.get(&self.value) {
            None | Some(Value::Null) => Ok(String::new()),
            // A script's string would end at a NUL.
            Some(Value::String(text)) => Ok(text.replace('\0', "\u{fffd}")),
            Some(Value::Array(_) | Value::Object(_)) => Err(Error::invalid_argument(
                "pointer: leads to an array or an object, which is no text",
            )),
            Some(scalar) => Ok(scalar.to_string()),
        }
    }

    /// A part as JSON in ASCII; empty for what is absent.
    pub fn json(&self, pointer: Pointer<'_>) -> Result<String> {
        let Some(part) = pointer.get(&self.value) else { return Ok(String::new()) };
        let mut text = Vec::new();
        part.serialize(&mut Serializer::with_formatter(&mut text, Ascii))
            .map_err(|error| Error::internal(error.to_string()))?;
        String::from_utf8(text).map_err(|_| Error::internal("JSON that is not ASCII"))
    }

    /// How much stands there: elements or members; 1 for a text, a number or a boolean, 0 for
    /// null; none if nothing does.
    pub fn count(&self, pointer: Pointer<'_>) -> Option<usize> {
        Some(match pointer.get(&self.value)? {
            Value::Null => 0,
            Value::Array(items) => items.len(),
            Value::Object(members) => members.len(),
            _ => 1,
        })
    }
}

impl From<Value> for Document {
    fn from(value: Value) -> Document {
        let bound = length(&value);
        Document { value, bound }
    }
}

/// How deep arrays and objects are nested in a value.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The length of a value as JSON, in bytes.
fn length(value: &Value) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting cannot fail, and what is counted is no more than the value.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

/// Writes nothing but ASCII.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for part in fragment.split_inclusive(|letter: char| !letter.is_ascii()) {
            let plain = part.trim_end_matches(|letter: char| !letter.is_ascii());
            CompactFormatter.write_string_fragment(writer, plain)?;
            for unit in part[plain.len()..].encode_utf16() {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(pointer: &str) -> Pointer<'_> {
        Pointer::new(pointer).unwrap()
    }

    #[test]
    fn parts_are_read_as_text_as_json_and_counted() {
        let document = Document::from(json!({
            "topic": "毎週の計画 🗓 \"x\"\n", "n": 30, "f": -1.5, "yes": true, "none": null,
            "list": [1, [], {}], "empty": "", "nul": "a\0b", "object": {"é": {}},
        }));
        for (pointer, text, json, count) in [
            (
                "/topic",
                "毎週の計画 🗓 \"x\"\n",
                r#""\u6bce\u9031\u306e\u8a08\u753b \ud83d\uddd3 \"x\"\n""#,
                Some(1),
            ),
            ("/n", "30", "30", Some(1)),
            ("/f", "-1.5", "-1.5", Some(1)),
            ("/yes", "true", "true", Some(1)),
            ("/none", "", "null", Some(0)),
            ("/empty", "", r#""""#, Some(1)),
            ("/nul", "a\u{fffd}b", r#""a\u0000b""#, Some(1)),
            ("/list/0", "1", "1", Some(1)),
            ("/absent", "", "", None),
            ("/list/-", "", "", None),
        ] {
            assert_eq!(document.text(at(pointer)).unwrap(), text, "{pointer}");
            assert_eq!(document.json(at(pointer)).unwrap(), json, "{pointer}");
            assert_eq!(document.count(at(pointer)), count, "{pointer}");
        }
        for (pointer, json, count) in
            [("/list", "[1,[],{}]", 3), ("/list/1", "[]", 0), ("/object", r#"{"\u00e9":{}}"#, 1)]
        {
            assert!(document.text(at(pointer)).is_err(), "{pointer}");
            assert_eq!(document.json(at(pointer)).unwrap(), json);
            assert_eq!(document.count(at(pointer)), Some(count));
        }
    }

    #[test]
    fn a_document_stays_within_its_bounds() {
        let mut document = Document::new();
        // Text after text of a hundred thousand bytes.
        let text = Value::from("x".repeat(100_000));
        let set = |document: &mut Document, pointer| document.set(at(pointer), text.clone());
        for _ in 0..10 {
            set(&mut document, "/list/-").unwrap();
        }
        let before = document.json(at("")).unwrap();
        let error = set(&mut document, "/list/-").unwrap_err();
        assert_eq!(error.detail(), "the document would be longer than 1048576 bytes");
        assert_eq!(document.json(at("")).unwrap(), before);
        // What replaces another text needs no room for both.
        let long = Value::from("x".repeat(600_000));
        let mut one = Document::new();
        for _ in 0..5 {
            one.set(at("/agenda"), long.clone()).unwrap();
            assert!(length(one.value()) <= one.bound());
        }
        // Shortened it takes more again, as often as one likes.
        for _ in 0..50 {
            document.set(at("/list/0"), Value::Null).unwrap();
            set(&mut document, "/list/0").unwrap();
        }
        let deep = (0..40).fold(json!(1), |value, _| json!([value]));
        document.set(at(&"/a".repeat(24)), deep.clone()).unwrap();
        let error = document.set(at(&"/a".repeat(25)), deep).unwrap_err();
        assert_eq!(error.detail(), "the document would be nested deeper than 64");
        document.set(at(&"/b".repeat(64)), json!(1)).unwrap();
    }

    /// Whatever is written where: it can be read there, or nothing has changed.
    #[test]
    fn random_writes_are_done_or_refused_as_a_whole() {
        let mut state = 1u64;
        let mut random = |below: usize| {
            // Knuth's linear congruential generator.
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize % below
        };
        let tokens = ["a", "b", "-", "0", "1", "2", "01", "~0", "~1", "", "é\u{1}\"", "9"];
        let values =
            [json!(null), json!([]), json!({}), json!("x"), json!([[{"a": 1}]]), json!(-1.5)];
        let (mut document, mut done, mut refused) = (Document::new(), 0, 0);
        for round in 0..20_000 {
            if round % 50 == 0 {
                document = Document::new();
            }
            let pointer: String =
                (0..random(5)).map(|_| format!("/{}", tokens[random(tokens.len())])).collect();
            let value = values[random(values.len())].clone();
            let (before, at) = (document.value().clone(), at(&pointer));
            match document.set(at, value.clone()) {
                Ok(()) => {
                    done += 1;
                    // `-` stands for a place only while it is written.
                    let found = at.get(document.value()).is_none_or(|found| *found == value);
                    assert!(found || pointer.contains('-'), "{pointer} in {before}");
                    assert!(at.get(document.value()).is_some() || pointer.contains('-'));
                }
                Err(_) => {
                    refused += 1;
                    assert_eq!(document.value(), &before, "{pointer}");
                }
            }
            assert!(length(document.value()) <= document.bound, "{pointer} in {before}");
        }
        assert!(done > 5_000 && refused > 500, "{done} done, {refused} refused");
    }
}
