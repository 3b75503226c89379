//! Making documents, and writing and reading their parts.

use std::ffi::c_char;

use serde_json::Value;

use super::document::Document;
use super::pointer::Pointer;
use super::{documents, text};
use crate::door::guard;
use crate::error::Result;
use crate::json;

/// Makes a document, at first an empty JSON object.
///
/// `*document` receives its handle (below 2^31, never 0), to be freed with `meetbridge_ls_free`; 0
/// on failure. A process holds at most 4000, of 64 MiB together; when they are used up, those that
/// nobody has used for an hour are dropped, else the one that was unused for longest, if for more
/// than a minute; the log tells of it. A document belongs to the process that made it: in a forked
/// child it is MEETBRIDGE_INVALID_HANDLE. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT (also if too many documents are open), MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_ls_new(document: *mut i32) -> i32 {
    guard::run(|_| {
        // SAFETY: the caller's to write.
        let out = unsafe { text::Out::new(document, "document") }?;
        out.set(documents::insert(Document::new())?);
        Ok(())
    })
}

/// Frees a document. 0 is fine. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_HANDLE (it was freed already, or is none), MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub extern "C" fn meetbridge_ls_free(document: i32) -> i32 {
    guard::run(|_| {
        guard::enter()?;
        if document == 0 { Ok(()) } else { documents::free(document) }
    })
}

/// Writes a text into a document.
///
/// `pointer` is a JSON pointer (RFC 6901) in ASCII: "/meeting/topic"; "/meeting/dates/-" appends to
/// an array; "" is the whole document. What is missing around the place is created: objects, and an
/// array where the next part of the pointer is "-" or 0. Null counts as missing. `text` is UTF-16
/// in native order, NUL-terminated, at most 1 MiB units; half a surrogate pair becomes U+FFFD. A
/// document is at most 1 MiB of JSON, nested at most 64 deep. After a failure it is unchanged.
/// Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_ls_set_text(
    document: i32,
    pointer: *const c_char,
    text: *const u16,
) -> i32 {
    guard::run(|_| {
        guard::enter()?;
        // SAFETY: the caller passes NULL or NUL-terminated strings.
        let (pointer, text) =
            unsafe { (text::ascii(pointer, "pointer")?, text::unicode(text, "text")?) };
        set(document, pointer, Value::String(text))
    })
}

/// Writes JSON into a document: a number, `true`, `false`, `null`, an array, an object or a string.
///
/// `pointer` and the bounds as for `meetbridge_ls_set_text`. `json` is ASCII, NUL-terminated;
/// other characters are written `\uXXXX`. No member may stand twice in an object. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_ls_set_json(
    document: i32,
    pointer: *const c_char,
    json: *const c_char,
) -> i32 {
    guard::run(|_| {
        guard::enter()?;
        // SAFETY: the caller passes NULL or NUL-terminated strings.
        let (pointer, json) =
            unsafe { (text::ascii(pointer, "pointer")?, text::ascii(json, "json")?) };
        set(document, pointer, json::escaped_argument(json, "json")?)
    })
}

/// Reads a text, a number or a boolean from a document, as text.
///
/// `pointer` as for `meetbridge_ls_set_text`. `buffer` has room for `capacity` units of UTF-16.
/// `*length` receives the length of the text in units, without a NUL. If it is not more than
/// `capacity`, the text is written into `buffer` in native order, and a NUL behind it if there is
/// room for one. Else the call fails with MEETBRIDGE_BUFFER_TOO_SMALL, `buffer` is untouched, and
/// the call can be repeated with a larger one. With `capacity` 0 the buffer may be NULL. What is
/// absent or null has the length 0; `meetbridge_ls_count` tells them apart. The character U+0000
/// becomes U+FFFD. `*length` is 0 on any other failure. Thread-safe.
///
/// Errors: MEETBRIDGE_BUFFER_TOO_SMALL, MEETBRIDGE_INVALID_ARGUMENT (also for an array or an
/// object), MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_ls_get_text(
    document: i32,
    pointer: *const c_char,
    buffer: *mut u16,
    capacity: i32,
    length: *mut i32,
) -> i32 {
    guard::run(|_| {
        // SAFETY: the caller's to write, as far as he says.
        let out = unsafe { text::Buffer::new(buffer, capacity, length) }?;
        // SAFETY: the caller passes NULL or a NUL-terminated string.
        let pointer = Pointer::new(unsafe { text::ascii(pointer, "pointer") }?)?;
        let text = documents::with(document, |document| document.text(pointer))?;
        out.fill(text.encode_utf16().collect())
    })
}

/// Reads any part of a document as JSON in ASCII; other characters are written `\uXXXX`.
///
/// As `meetbridge_ls_get_text`, with `capacity` and `*length` in bytes. What is absent has the
/// length 0; null is `null`. Thread-safe.
///
/// Errors: MEETBRIDGE_BUFFER_TOO_SMALL, MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_HANDLE,
/// MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_ls_get_json(
    document: i32,
    pointer: *const c_char,
    buffer: *mut c_char,
    capacity: i32,
    length: *mut i32,
) -> i32 {
    guard::run(|_| {
        // SAFETY: the caller's to write, as far as he says.
        let out = unsafe { text::Buffer::new(buffer.cast::<u8>(), capacity, length) }?;
        // SAFETY: the caller passes NULL or a NUL-terminated string.
        let pointer = Pointer::new(unsafe { text::ascii(pointer, "pointer") }?)?;
        out.fill(documents::with(document, |document| document.json(pointer))?.into_bytes())
    })
}

/// Tells how much stands at a place of a document.
///
/// `pointer` as for `meetbridge_ls_set_text`. `*count` receives the number of an array's elements
/// or of an object's members; 1 for a text, a number or a boolean, also for an empty text; 0 for
/// null; -1 if nothing stands there, which is no failure. 0 on failure. Thread-safe.
///
/// Errors: MEETBRIDGE_INVALID_ARGUMENT, MEETBRIDGE_INVALID_HANDLE, MEETBRIDGE_REENTRANT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn meetbridge_ls_count(
    document: i32,
    pointer: *const c_char,
    count: *mut i32,
) -> i32 {
    guard::run(|_| {
        // SAFETY: the caller's to write.
        let out = unsafe { text::Out::new(count, "count") }?;
        // SAFETY: the caller passes NULL or a NUL-terminated string.
        let pointer = Pointer::new(unsafe { text::ascii(pointer, "pointer") }?)?;
        match documents::with(document, |document| Ok(document.count(pointer)))? {
            Some(count) => out.set_length(count),
            None => {
                out.set(-1);
                Ok(())
            }
        }
    })
}

fn set(document: i32, pointer: &str, value: Value) -> Result<()> {
    let pointer = Pointer::new(pointer)?;
    documents::with(document, |document| document.set(pointer, value))
}
