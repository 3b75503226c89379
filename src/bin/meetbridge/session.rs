//! How commands reach the library.

use meetbridge::administration::{Bridge, Failure};
use serde_json::{Map, Value, json};

use crate::arguments::Common;
use crate::output::{Outcome, Output, Trouble, clean};

/// An open installation, and what is said with each call.
pub struct Session<'a> {
    bridge: Bridge,
    common: &'a Common,
}

impl Session<'_> {
    pub fn open<'a>(common: &'a Common, output: &Output) -> Outcome<Session<'a>> {
        let settings = settings(common)?;
        let bridge = Bridge::open(settings.as_deref(), output.words.language)?;
        Ok(Session { bridge, common })
    }

    /// Calls an operation. The members of `options` that are null or false are not said.
    pub fn call(
        &self,
        operation: &str,
        arguments: &[Option<&str>],
        options: Value,
    ) -> Result<String, Failure> {
        self.bridge.call(operation, arguments, &self::options(self.common, options))
    }
}

/// The settings' file by its whole path; none leaves it to the environment.
///
/// A whole path, so that what was given is never taken for a document: secrets have no place on a
/// command line.
pub fn settings(common: &Common) -> Outcome<Option<String>> {
    let whole = |file: &String| {
        let path = std::path::absolute(file).map_err(|error| error.to_string())?;
        path.into_os_string().into_string().map_err(|path| path.display().to_string())
    };
    common
        .settings
        .as_ref()
        .map(|file| {
            whole(file).map_err(|why| Trouble::Told(format!("--settings: {}", clean(&why))))
        })
        .transpose()
}

/// What every operation is told, with what this one is told beside it.
pub fn options(common: &Common, options: Value) -> String {
    let said = |value: &Value| !value.is_null() && *value != Value::Bool(false);
    let mut all = Map::new();
    all.insert("timeout_ms".to_owned(), json!(common.timeout.map(|it| it.saturating_mul(1000))));
    all.insert("acting_user".to_owned(), json!(acting_user(common)));
    if let Value::Object(options) = options {
        all.extend(options);
    }
    all.retain(|_, value| said(value));
    Value::Object(all).to_string()
}

/// Who acts, for the audit trail: as the option says, else who is logged in.
fn acting_user(common: &Common) -> Option<String> {
    let login = || {
        let names = ["SUDO_USER", "USER", "LOGNAME"].iter();
        let mut names = names.filter_map(|name| std::env::var(name).ok());
        names.find(|name| !name.is_empty() && !name.contains(char::is_control))
    };
    common.acting_user.clone().or_else(login)
}
