//! Strings across the C door: UTF-8, NUL-terminated, bounded.

use std::ffi::{CString, c_char};
use std::ptr;

use super::guard;
use crate::error::{Error, Result};

/// The longest text that is taken, in bytes.
const MAX_LENGTH: usize = 1024 * 1024;

/// A text that must be there.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated string that nobody changes meanwhile.
pub unsafe fn required<'a>(text: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: the caller's promise is ours.
    let text = unsafe { optional(text, name) }?;
    text.ok_or_else(|| Error::invalid_argument(format!("{name}: NULL")))
}

/// A text that may be NULL.
///
/// # Safety
/// As for [`required`].
pub unsafe fn optional<'a>(text: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise; nothing behind the bound or the NUL is read.
    let length = unsafe { libc::strnlen(text, MAX_LENGTH + 1) };
    if length > MAX_LENGTH {
        return Err(Error::invalid_argument(format!("{name}: longer than 1 MiB")));
    }
    // SAFETY: `strnlen` has found that many bytes readable.
    let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length) };
    std::str::from_utf8(bytes)
        .map(Some)
        .map_err(|_| Error::invalid_argument(format!("{name}: not UTF-8")))
}

/// Where a result text goes. NULL is written at once, so that it is defined on failure too.
pub struct Out(*mut *mut c_char);

impl Out {
    /// # Safety
    /// `place` is NULL or may be written.
    pub unsafe fn new(place: *mut *mut c_char, name: &str) -> Result<Out> {
        if place.is_null() {
            return Err(Error::invalid_argument(format!("{name}: NULL")));
        }
        // SAFETY: not NULL, and the caller says that it may be written.
        unsafe { *place = ptr::null_mut() };
        guard::enter()?;
        Ok(Out(place))
    }

    /// Hands the text to the caller, who frees it with `meetbridge_string_free`.
    pub fn set(self, text: String) -> Result<()> {
        let text = CString::new(text).map_err(|_| Error::internal("a result with a NUL byte"))?;
        // SAFETY: checked in `new`.
        unsafe { *self.0 = text.into_raw() };
        Ok(())
    }
}

/// Frees a text that the library returned. NULL is fine.
///
/// Thread-safe. Freeing a text twice, or one that the library did not return, is undefined.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_string_free(string: *mut c_char) {
    if !string.is_null() {
        // SAFETY: it came from `Out::set`, says the caller.
        drop(unsafe { CString::from_raw(string) });
    }
}
