//! Where a panic ends, and where a `Result` becomes a status with the thread's last error.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};

use super::Door;
use crate::bridge;
use crate::error::{Error, Result, Status};
use crate::language::Language;
use crate::log::{self, Level};

/// What `meetbridge_last_error` says before anything has failed.
const NO_ERROR: &CStr = cr#"{"status":0,"name":"OK","message":"","remedy":""}"#;

thread_local! {
    static LAST_ERROR: RefCell<Option<CString>> = const { RefCell::new(None) };
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// How a call failed.
pub struct Failure {
    pub error: Error,
    language: Language,
}

impl Failure {
    /// The error document, in the language of the bridge.
    pub fn document(&self) -> String {
        let document =
            panic::catch_unwind(|| bridge::document(&self.error.document(self.language)));
        let status = self.error.status();
        match document {
            Ok(Ok(text)) => text,
            _ => format!(
                r#"{{"status":{},"name":"{}","message":"","remedy":""}}"#,
                status as i32,
                status.name()
            ),
        }
    }
}

/// Runs the body of a door function. A panic becomes INTERNAL.
pub fn catch<T>(body: impl FnOnce(&mut Door) -> Result<T>) -> std::result::Result<T, Failure> {
    hush_panics();
    let mut door = Door::default();
    let outer = GUARDED.replace(true);
    let caught = panic::catch_unwind(AssertUnwindSafe(|| body(&mut door)));
    GUARDED.set(outer);
    let outcome = caught.unwrap_or_else(|panic| {
        let words = words(&*panic);
        log::tell_host(Level::Error, format_args!("panic: {words}"));
        Err(Error::internal(words))
    });
    outcome.map_err(|error| Failure { error, language: door.language })
}

/// Runs the body of a function that returns a status; on failure the thread's last error is set.
pub fn run(body: impl FnOnce(&mut Door) -> Result<()>) -> i32 {
    match catch(body) {
        Ok(()) => Status::Ok as i32,
        Err(failure) => {
            // JSON has no NUL byte: it would be escaped.
            let text = CString::new(failure.document()).ok();
            let _ = LAST_ERROR.try_with(|last| *last.borrow_mut() = text);
            failure.error.status() as i32
        }
    }
}

/// REENTRANT inside a callback. Every body asks, but only after its outputs are defined.
pub fn enter() -> Result<()> {
    match log::in_sink() {
        true => Err(Error::new(Status::Reentrant, "called from inside a callback")),
        false => Ok(()),
    }
}

/// The thread's last error. The text changes only by the thread's next failing call.
pub fn last_error() -> *const c_char {
    LAST_ERROR
        .try_with(|last| last.borrow().as_deref().unwrap_or(NO_ERROR).as_ptr())
        // The thread is ending and its storage is gone.
        .unwrap_or(NO_ERROR.as_ptr())
}

/// The same as a document.
pub fn last_error_document() -> String {
    let last = LAST_ERROR
        .try_with(|last| last.borrow().as_deref().map(|text| text.to_string_lossy().into_owned()));
    last.ok().flatten().unwrap_or_else(|| NO_ERROR.to_string_lossy().into_owned())
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic".to_owned())
}

/// A panic inside a door is an error code and must not write to the host's standard error.
/// Panics elsewhere (of a Rust program that uses this crate) are reported as before.
fn hush_panics() {
    // Not a `Once`: a child that was forked while it runs would wait for ever.
    static HUSHED: AtomicBool = AtomicBool::new(false);
    // Looked at first: threads that write to one place wait for each other.
    if !HUSHED.load(Ordering::Relaxed) && !HUSHED.swap(true, Ordering::Relaxed) {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |information| {
            if !GUARDED.try_with(Cell::get).unwrap_or(true) {
                before(information);
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_status() {
        assert_eq!(run(|_| panic!("oh")), Status::Internal as i32);
        assert!(last_error_document().contains("oh"));
    }
}
