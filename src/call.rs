//! One call of an operation: its options, its deadline, and whether it is still wanted.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result, Status};
use crate::json;

/// The longest `timeout_ms`: five minutes.
const MAX_TIMEOUT_MS: u64 = 300_000;

/// What the caller may say beside the operation's own parameters.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Instead of the settings' `http.timeout_seconds`.
    pub timeout_ms: Option<u64>,
    /// Who acts, where it is not the user himself. For the audit trail.
    pub acting_user: Option<String>,
    /// The host's own name of this call, written into every line of the log.
    pub correlation_id: Option<String>,
    /// The client id of the app to use, instead of the first that serves the user.
    pub app: Option<String>,
    /// A hash of a browser cookie: ties the callback to the browser that started.
    pub binding: Option<String>,
    pub include_host_secrets: bool,
    pub best_effort: bool,
    /// One date of a repeating meeting: its id or its original start.
    pub occurrence: Option<String>,
    /// Ending what is not there is no failure.
    pub ignore_missing: bool,
    /// How long housekeeping may take, in milliseconds.
    pub budget_ms: Option<u64>,
}

/// What every operation knows.
const COMMON: &[&str] = &["timeout_ms", "acting_user", "correlation_id"];

impl Options {
    /// Reads the document; a member that the operation does not know is refused.
    pub fn parse(text: Option<&str>, known: &[&str]) -> Result<Options> {
        let Some(text) = text else { return Ok(Options::default()) };
        let members: Map<String, Value> = json::argument(text, "options")?;
        let unknown =
            |name: &&String| !COMMON.contains(&name.as_str()) && !known.contains(&name.as_str());
        if let Some(name) = members.keys().find(unknown) {
            let detail = format!("options.{name}: this operation does not know it");
            return Err(Error::invalid_argument(detail));
        }
        // Null would be as if it were not said, and a date that is not said means the whole meeting.
        if let Some((name, _)) = members.iter().find(|(_, value)| value.is_null()) {
            return Err(Error::invalid_argument(format!("options.{name}: null")));
        }
        let options: Options = json::argument(text, "options")?;
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<()> {
        if self.timeout_ms.is_some_and(|ms| ms == 0 || ms > MAX_TIMEOUT_MS) {
            let detail = format!("options.timeout_ms: must be 1 to {MAX_TIMEOUT_MS}");
            return Err(Error::invalid_argument(detail));
        }
        let texts = [
            ("acting_user", &self.acting_user),
            ("correlation_id", &self.correlation_id),
            ("app", &self.app),
            ("binding", &self.binding),
            ("occurrence", &self.occurrence),
        ];
        for (name, text) in texts {
            if text.as_ref().is_some_and(|text| text.is_empty() || text.len() > 1000) {
                let detail = format!("options.{name}: must have 1 to 1000 bytes");
                return Err(Error::invalid_argument(detail));
            }
            // They are written into logs, and not every store takes a NUL.
            if text.as_ref().is_some_and(|text| text.contains(char::is_control)) {
                let detail = format!("options.{name}: has control characters");
                return Err(Error::invalid_argument(detail));
            }
        }
        Ok(())
    }
}

/// A call under way.
pub struct Call<'a> {
    pub options: Options,
    /// When it began, by the clock on the wall and by one that nobody sets.
    pub began_at: Timestamp,
    pub began: Instant,
    pub deadline: Instant,
    cancelled: &'a dyn Fn() -> bool,
}

impl<'a> Call<'a> {
    pub fn new(options: Options, timeout: Duration, cancelled: &'a dyn Fn() -> bool) -> Call<'a> {
        let timeout = options.timeout_ms.map_or(timeout, Duration::from_millis);
        let (began_at, began) = (Timestamp::now(), Instant::now());
        Call { options, began_at, began, deadline: began + timeout, cancelled }
    }

    /// Whether the bridge is being closed.
    pub fn cancelled(&self) -> bool {
        (self.cancelled)()
    }

    /// CLOSED or TIMEOUT when there is no use in going on.
    pub fn check(&self) -> Result<()> {
        if self.cancelled() {
            return Err(Error::new(Status::Closed, "the bridge was closed"));
        }
        if Instant::now() >= self.deadline {
            return Err(Error::new(Status::Timeout, "the deadline of the call passed"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_refuses_what_it_does_not_know() {
        let parse = |text| Options::parse(Some(text), &["app"]);
        assert_eq!(parse(r#"{"app":"x","timeout_ms":5}"#).unwrap().app.as_deref(), Some("x"));
        for (text, wanted) in [
            (r#"{"binding":"x"}"#, "options.binding"),
            (r#"{"tiemout_ms":1}"#, "options.tiemout_ms"),
            (r#"{"timeout_ms":0}"#, "options.timeout_ms"),
            (r#"{"timeout_ms":"1"}"#, "options.timeout_ms"),
            (r#"{"app":""}"#, "options.app"),
            (r#"{"acting_user":"a\u0000b"}"#, "options.acting_user"),
            (r#"{"app":null}"#, "options.app: null"),
            ("[]", "options"),
        ] {
            let error = parse(text).err().unwrap();
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.detail().starts_with(wanted), "{error}");
        }
    }
}
