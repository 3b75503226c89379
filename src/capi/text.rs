//! Strings across the C door: UTF-8, NUL-terminated, bounded.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::door::{MAX_TEXT, guard};
use crate::error::{Error, Result};

/// The bytes of a text, without its NUL. Of one that is too long only as much as shows that.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated string that nobody changes meanwhile.
pub unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller's promise; nothing behind the bound or the NUL is read.
    let length = unsafe { libc::strnlen(text, MAX_TEXT + 1) };
    // SAFETY: `strnlen` has found that many bytes readable.
    Some(unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length) })
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
        // SAFETY: it reads as many bytes as the text has. The system's search looks at many at once.
        let nul = unsafe { libc::memchr(text.as_ptr().cast(), 0, text.len()) };
        if !nul.is_null() {
            return Err(Error::internal("a result with a NUL byte"));
        }
        // A copy of the right length: to cut the text's own memory to it costs the allocator more.
        let mut exact = Vec::with_capacity(text.len() + 1);
        exact.extend_from_slice(text.as_bytes());
        // SAFETY: it has no NUL byte.
        let text = unsafe { CString::from_vec_unchecked(exact) };
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
