//! The headers of a request as the host passes them on: a JSON object.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::json;

/// Takes names in any case. INVALID_ARGUMENT for a name that stands twice, since only one of the
/// two may be the one that was verified, and for what no request can have carried.
pub fn parse(text: &str) -> Result<HeaderMap> {
    let members: Map<String, Value> = json::argument(text, "headers")?;
    let mut headers = HeaderMap::new();
    for (name, value) in members {
        let refuse =
            |why: &str| Error::invalid_argument(format!("headers.{}: {why}", json::name(&name)));
        let Value::String(value) = &value else { return Err(refuse("not a string")) };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("not a name"))?;
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| refuse("has control characters"))?;
        match headers.try_insert(key, value) {
            Ok(None) => {}
            Ok(Some(_)) => return Err(refuse("stands twice")),
            Err(_) => return Err(Error::invalid_argument("headers: too many")),
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    #[test]
    fn names_count_in_any_case_and_once() {
        let headers = parse(r#"{"X-Zm-Signature": "v0=1", "accept": "日本"}"#).unwrap();
        assert_eq!(headers["x-zm-signature"], "v0=1");
        assert_eq!(headers["accept"].as_bytes(), "日本".as_bytes());
        let many = (0..40_000).map(|number| format!(r#""h{number}": """#)).collect::<Vec<_>>();
        for (text, wanted) in [
            ("[]", "headers"),
            (r#"{"a": 1}"#, "headers.a: not a string"),
            (r#"{"a": ["1"]}"#, "headers.a: not a string"),
            (r#"{"a": null}"#, "headers.a: not a string"),
            (r#"{"": "1"}"#, "headers.: not a name"),
            (r#"{"a b": "1"}"#, "headers.a b: not a name"),
            (r#"{"a": "1\n2"}"#, "headers.a: has control characters"),
            (r#"{"a": "1", "A": "1"}"#, "headers.a: stands twice"),
            (r#"{"a": "1", "a": "1"}"#, "headers"),
            (&format!("{{{}}}", many.join(",")), "headers: too many"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.detail().starts_with(wanted), "{error}");
        }
    }
}
