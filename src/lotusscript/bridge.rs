//! Bridges and their operations, from LotusScript.

use std::ffi::c_char;

use serde_json::{Map, Value};

use super::document::Document;
use super::{documents, text};
use crate::door::operation::{self, Answer, Operation};
use crate::door::{self, Door, guard};
use crate::error::{Error, Result};
use crate::json;

/// The library's version as a number, 0x00MMmmpp, as `meetbridge_version_number`; no status.
/// Thread-safe.
#[unsafe(no_mangle)]
pub extern "C" fn meetbridge_ls_version() -> i32 {
    door::version_number().cast_signed()
}

/// Opens a bridge, as `meetbridge_open`.
///
/// `settings` is a JSON object, or the path of a file that holds one, or "" for the path in the
/// environment variable MEETBRIDGE_SETTINGS; in UTF-8, which ASCII is. Thread-safe.
///
/// `*bridge` receives a handle (never 0) to be closed with `meetbridge_ls_close`; 0 on failure.
/// It is also one for the other functions of this header.
///
/// Errors: as for `meetbridge_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_ls_open(settings: *const c_char, bridge: *mut i32) -> i32 {
    guard::run(|door| {
        // SAFETY: the caller's to write.
        let out = unsafe { text::Out::new(bridge, "bridge") }?;
        // SAFETY: the caller passes NULL or a NUL-terminated string.
        let settings = unsafe { text::plain(settings, "settings") }?;
        let settings = Some(settings).filter(|settings| !settings.is_empty());
        out.set(door.open(settings)?.cast_signed());
        Ok(())
    })
}

/// Closes a bridge, as `meetbridge_close`. Thread-safe.
///
/// Errors: as for `meetbridge_close`.
#[unsafe(no_mangle)]
pub extern "C" fn meetbridge_ls_close(bridge: i32) -> i32 {
    guard::run(|door| door.close(bridge.cast_unsigned()))
}

/// Runs an operation of a bridge.
///
/// `operation` is the name of a function of this header that takes a bridge, without
/// `meetbridge_`: "create_meeting"; all of them but `close`. `request` is a document whose members
/// are that function's parameters by their names: `/provider`, `/user`, `/meeting/topic`,
/// `/options/timeout_ms`. Where the function takes JSON, the member is an object (or a text that
/// is JSON), else a text. A member that is absent or null is NULL to the function, and one that
/// the function does not have is MEETBRIDGE_INVALID_ARGUMENT. The request stays as it is and may be
/// used again. Thread-safe.
///
/// `*result` receives the handle of a document, to be freed with `meetbridge_ls_free`; 0 on
/// failure. It is what the function gives: a document; of a function that gives a text (an
/// authorization's URL, an invitation) a document that is this text, at the pointer ""; of one that
/// gives nothing an empty object.
///
/// Errors: those of the function, MEETBRIDGE_INVALID_ARGUMENT (also if too many documents are
/// open; nothing was done then), MEETBRIDGE_INVALID_HANDLE (of the bridge or of the request).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_ls_call(
    bridge: i32,
    operation: *const c_char,
    request: i32,
    result: *mut i32,
) -> i32 {
    guard::run(|door| {
        // SAFETY: the caller's to write.
        let out = unsafe { text::Out::new(result, "result") }?;
        // SAFETY: the caller passes NULL or a NUL-terminated string.
        let operation = unsafe { text::ascii(operation, "operation") }?;
        let request = documents::with(request, |document| Ok(document.value().clone()))?;
        // Before anything is done whose answer would have no place.
        let reserved = documents::Reserved::new();
        if let Some(warning) = documents::warning() {
            door.warn(bridge.cast_unsigned(), &warning);
        }
        let reserved = reserved?;
        let answer = call(door, bridge.cast_unsigned(), operation, &request)?;
        out.set(reserved.fill(answer)?);
        Ok(())
    })
}

/// Gives this thread's last failure as a document: `/message` and `/remedy` say what happened and
/// what to do, `/status` and `/name` which failure it is; see `meetbridge_last_error`. Thread-safe.
///
/// `*document` receives its handle, to be freed with `meetbridge_ls_free`; 0 on failure. Some are
/// left for this function when no more documents can be made.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_ls_last_error(document: *mut i32) -> i32 {
    guard::run(|_| {
        // SAFETY: the caller's to write.
        let out = unsafe { text::Out::new(document, "document") }?;
        out.set(documents::insert_error(Document::from(read(&guard::last_error_document())?))?);
        Ok(())
    })
}

fn call(door: &mut Door, bridge: u32, operation: &str, request: &Value) -> Result<Value> {
    let Value::Object(request) = request else {
        return Err(Error::invalid_argument("request: not an object"));
    };
    // The one function of a bridge that is no operation: it exchanges the bridge.
    if operation == "reload" {
        known(request, &["settings"])?;
        door.reload(bridge, bytes(&argument(request, "settings", true)?))?;
        return Ok(Value::Object(Map::new()));
    }
    let operation = operation::find(operation).ok_or_else(|| {
        Error::invalid_argument(format!("operation: {} is not known", json::name(operation)))
    })?;
    run(door, bridge, operation, request)
}

fn run(
    door: &mut Door,
    bridge: u32,
    operation: &Operation,
    request: &Map<String, Value>,
) -> Result<Value> {
    let parameters = operation.parameters.iter();
    let mut names: Vec<&str> = parameters.clone().map(|one| one.name).collect();
    names.push("options");
    known(request, &names)?;
    let texts = parameters
        .map(|one| argument(request, one.name, one.is_document))
        .collect::<Result<Vec<Option<String>>>>()?;
    let arguments: Vec<Option<&[u8]>> = texts.iter().map(bytes).collect();
    let options = argument(request, "options", true)?;
    let answer = door.call(bridge, operation, &arguments, bytes(&options))?.unwrap_or_default();
    match operation.answer {
        Answer::Nothing => Ok(Value::Object(Map::new())),
        Answer::Text => Ok(Value::String(answer)),
        Answer::Document => read(&answer),
    }
}

/// A script that misspells a name must learn it.
fn known(request: &Map<String, Value>, names: &[&str]) -> Result<()> {
    match request.keys().find(|key| !names.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(Error::invalid_argument(format!(
            "request: {}: unknown; known: {}",
            json::name(key),
            names.join(", ")
        ))),
    }
}

/// A text, or where a document is meant its JSON.
fn argument(request: &Map<String, Value>, name: &str, is_document: bool) -> Result<Option<String>> {
    match request.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) if is_document => Ok(Some(other.to_string())),
        Some(_) => Err(Error::invalid_argument(format!("{name}: not a text"))),
    }
}

fn bytes(text: &Option<String>) -> Option<&[u8]> {
    text.as_deref().map(str::as_bytes)
}

/// Our own JSON, which may be longer than what callers may send.
fn read(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Error::internal(error.to_string()))
}
