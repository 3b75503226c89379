//! JSON pointers (RFC 6901), with which scripts address the parts of a document.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::json;

/// Where something stands, or is to stand, in a document.
#[derive(Clone, Copy, Debug)]
pub struct Pointer<'a>(&'a str);

impl<'a> Pointer<'a> {
    /// INVALID_ARGUMENT for what is no pointer, or one that leads deeper than documents may go.
    pub fn new(text: &'a str) -> Result<Pointer<'a>> {
        let refuse = |why: &str| Error::invalid_argument(format!("pointer: {why}"));
        if !text.is_empty() && !text.starts_with('/') {
            return Err(refuse("must be empty or begin with /"));
        }
        if text.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1'])) {
            return Err(refuse("~ must be followed by 0 or 1"));
        }
        let pointer = Pointer(text);
        match pointer.depth() > json::MAX_DEPTH {
            true => Err(refuse(&format!("deeper than {}", json::MAX_DEPTH))),
            false => Ok(pointer),
        }
    }

    /// How many arrays and objects are around the place.
    pub fn depth(self) -> usize {
        self.0.matches('/').count()
    }

    /// How long a document may become by what this pointer creates, in bytes.
    pub fn weight(self) -> usize {
        // `{"":}` and perhaps a comma; each character is escaped with six at most.
        6 * (self.depth() + self.0.len())
    }

    pub fn get(self, root: &Value) -> Option<&Value> {
        root.pointer(self.0)
    }

    /// Puts a value there, and what is missing around it: objects, and an array where the next
    /// token is `-` or 0. Null counts as missing. After a refusal nothing has changed.
    pub fn set(self, root: &mut Value, value: Value) -> Result<()> {
        let tokens: Vec<String> = self.tokens().collect();
        let mut place = root;
        for (at, token) in tokens.iter().enumerate() {
            let refuse = |why: &str| {
                Error::invalid_argument(format!("pointer: {}: {why}", json::name(token)))
            };
            place = match place {
                Value::Null => {
                    *place = created(&tokens[at..], value);
                    return Ok(());
                }
                Value::Object(members) => members.entry(token.as_str()).or_insert(Value::Null),
                Value::Array(items) => {
                    let index = match token.as_str() {
                        "-" => items.len(),
                        token => index(token).ok_or_else(|| refuse("not an index of an array"))?,
                    };
                    if index > items.len() {
                        return Err(refuse("beyond the end of the array; - stands for its end"));
                    }
                    if index == items.len() {
                        items.push(Value::Null);
                    }
                    &mut items[index]
                }
                _ => return Err(refuse("stands in neither an object nor an array")),
            };
        }
        *place = value;
        Ok(())
    }

    fn tokens(self) -> impl Iterator<Item = String> {
        self.0.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
    }
}

/// The value within what the tokens say must be around it.
fn created(tokens: &[String], value: Value) -> Value {
    tokens.iter().rev().fold(value, |value, token| match token.as_str() {
        "-" | "0" => Value::Array(vec![value]),
        _ => Value::Object(Map::from_iter([(token.clone(), value)])),
    })
}

/// Digits without a sign or leading zeros.
fn index(token: &str) -> Option<usize> {
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    let leading = token.len() > 1 && token.starts_with('0');
    if digits && !leading { token.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(root: &mut Value, pointer: &str, value: Value) -> Result<()> {
        Pointer::new(pointer)?.set(root, value)
    }

    /// RFC 6901, section 5.
    #[test]
    fn the_examples_of_the_standard() {
        let document = json!({
            "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
            "k\"l": 6, " ": 7, "m~n": 8,
        });
        let get = |pointer| Pointer::new(pointer).unwrap().get(&document).cloned();
        assert_eq!(get(""), Some(document.clone()));
        assert_eq!(get("/foo"), Some(json!(["bar", "baz"])));
        assert_eq!(get("/foo/0"), Some(json!("bar")));
        for (pointer, wanted) in [
            ("/", 0),
            ("/a~1b", 1),
            ("/c%d", 2),
            ("/e^f", 3),
            ("/g|h", 4),
            ("/i\\j", 5),
            ("/k\"l", 6),
            ("/ ", 7),
            ("/m~0n", 8),
        ] {
            assert_eq!(get(pointer), Some(json!(wanted)), "{pointer}");
            let mut copy = document.clone();
            set(&mut copy, pointer, json!("new")).unwrap();
            assert_eq!(Pointer::new(pointer).unwrap().get(&copy), Some(&json!("new")));
            assert_eq!(copy.as_object().unwrap().len(), document.as_object().unwrap().len());
        }
        for absent in ["/fo", "/foo/2", "/foo/-", "/foo/00", "/foo/+1", "/foo/0/x", "/~01"] {
            assert_eq!(get(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_is_missing_is_created() {
        let mut document = json!({});
        for (pointer, value) in [
            ("/meeting/topic", json!("Plan")),
            ("/meeting/dates/-", json!("one")),
            ("/meeting/dates/-", json!("two")),
            ("/meeting/dates/2", json!("three")),
            ("/meeting/dates/0", json!("first")),
            ("/meeting/invitees/0/email", json!("a@example.com")),
            ("/meeting/invitees/0/name", json!("A")),
            ("/meeting/invitees/-/email", json!("b@example.com")),
            ("/a~1b/~0", json!(true)),
            ("/-", json!(null)),
            ("/-/x", json!("null counts as missing")),
            ("/7/8", json!("names of members")),
        ] {
            set(&mut document, pointer, value).unwrap();
        }
        let wanted = json!({
            "meeting": {
                "topic": "Plan",
                "dates": ["first", "two", "three"],
                "invitees": [{"email": "a@example.com", "name": "A"}, {"email": "b@example.com"}],
            },
            "a/b": {"~": true},
            "-": {"x": "null counts as missing"},
            "7": {"8": "names of members"},
        });
        assert_eq!(document, wanted);
        set(&mut document, "", json!("whole")).unwrap();
        assert_eq!(document, json!("whole"));
    }

    #[test]
    fn refusals_change_nothing() {
        let document = json!({"list": [1], "text": "x", "deep": {"list": []}});
        for pointer in [
            "/text/x",
            "/text/0/y",
            "/list/2",
            "/list/01",
            "/list/x",
            "/list/-1",
            "/list/18446744073709551616",
            "/deep/list/1/x",
            "/list/",
            "x",
            "list/0",
            "/a~",
            "/a~2",
            "/~/x",
            "/~~0",
            &"/-".repeat(65),
            &"/".repeat(100_000),
        ] {
            let mut copy = document.clone();
            let error = set(&mut copy, pointer, json!(1)).unwrap_err();
            assert!(error.detail().starts_with("pointer: "), "{error}");
            assert!(error.detail().len() < 200, "{error}");
            assert_eq!(copy, document, "{pointer:.40}");
        }
    }
}
