//! The LotusScript door: documents, and buffers that end where AddressSanitizer looks.

use super::Caller;
use super::calls::{Text, check, pointer};
use super::script::Line;

unsafe extern "C" {
    fn meetbridge_ls_call(bridge: i32, operation: Text, request: i32, result: *mut i32) -> i32;
    fn meetbridge_ls_last_error(document: *mut i32) -> i32;
    fn meetbridge_ls_new(document: *mut i32) -> i32;
    fn meetbridge_ls_free(document: i32) -> i32;
    fn meetbridge_ls_set_text(document: i32, at: Text, text: *const u16) -> i32;
    fn meetbridge_ls_set_json(document: i32, at: Text, json: Text) -> i32;
    #[rustfmt::skip]
    fn meetbridge_ls_get_text(
        document: i32,
        at: Text,
        buffer: *mut u16,
        size: i32,
        length: *mut i32,
    ) -> i32;
    #[rustfmt::skip]
    fn meetbridge_ls_get_json(
        document: i32,
        at: Text,
        buffer: *mut u8,
        size: i32,
        length: *mut i32,
    ) -> i32;
    fn meetbridge_ls_count(document: i32, at: Text, count: *mut i32) -> i32;
}

/// The largest buffer that is tried.
const LARGEST: i32 = 4096;

fn keep(caller: &mut Caller, status: i32, document: i32) {
    match check(status) {
        true => caller.documents.push(document),
        false => assert_eq!(document, 0, "the handle of a call that failed"),
    }
}

pub fn new(caller: &mut Caller, _: &Line<'_>) {
    let mut document = -1;
    // SAFETY: a place for the handle.
    let status = unsafe { meetbridge_ls_new(&mut document) };
    keep(caller, status, document);
}

pub fn free(caller: &mut Caller, line: &Line<'_>) {
    free_document(caller.document(line));
}

pub fn free_document(document: i32) {
    // SAFETY: any number may be freed.
    check(unsafe { meetbridge_ls_free(document) });
}

pub fn set_text(caller: &mut Caller, line: &Line<'_>) {
    let at = caller.argument(line, 0, "/provider");
    let text = caller.argument(line, 1, "zoom").unwrap_or_default();
    // Whatever the bytes are, also halves of pairs.
    let mut units: Vec<u16> = match text.to_str() {
        Ok(text) => text.encode_utf16().collect(),
        Err(_) => text.as_bytes().iter().map(|byte| 0xd7f0 + u16::from(*byte)).collect(),
    };
    units.push(0);
    // SAFETY: a text or NULL, and units that end with 0.
    check(unsafe { meetbridge_ls_set_text(caller.document(line), pointer(&at), units.as_ptr()) });
}

pub fn set_json(caller: &mut Caller, line: &Line<'_>) {
    let (at, json) = (caller.argument(line, 0, "/meeting"), caller.argument(line, 1, "{}"));
    // SAFETY: texts or NULL.
    check(unsafe { meetbridge_ls_set_json(caller.document(line), pointer(&at), pointer(&json)) });
}

/// The room that a line wants, and a buffer of just that.
fn room<T: Clone>(line: &Line<'_>, filling: T) -> (i32, Vec<T>) {
    let size = line.number(1).unwrap_or(64).min(LARGEST);
    (size, vec![filling; usize::try_from(size).unwrap_or(0)])
}

pub fn get_text(caller: &mut Caller, line: &Line<'_>) {
    let at = caller.argument(line, 0, "/topic");
    let (size, mut buffer) = room(line, 0x5a5a_u16);
    let (document, mut length) = (caller.document(line), -1);
    // SAFETY: a text or NULL, a buffer of this size, and a place for the length.
    let status = unsafe {
        meetbridge_ls_get_text(document, pointer(&at), buffer.as_mut_ptr(), size, &mut length)
    };
    if check(status) {
        assert!((0..=size).contains(&length));
        let untouched = buffer.get(length as usize..).unwrap_or_default();
        assert!(untouched.iter().all(|unit| *unit == 0x5a5a || *unit == 0));
    }
}

pub fn get_json(caller: &mut Caller, line: &Line<'_>) {
    let at = caller.argument(line, 0, "");
    let (size, mut buffer) = room(line, 0x5a_u8);
    let (document, mut length) = (caller.document(line), -1);
    // SAFETY: as above.
    let status = unsafe {
        meetbridge_ls_get_json(document, pointer(&at), buffer.as_mut_ptr(), size, &mut length)
    };
    if check(status) {
        let json = &buffer[..usize::try_from(length).expect("a length")];
        assert!(json.is_ascii());
        if !json.is_empty() {
            serde_json::from_slice::<serde_json::Value>(json)
                .expect("a part of a document is JSON");
        }
    }
}

pub fn count(caller: &mut Caller, line: &Line<'_>) {
    let at = caller.argument(line, 0, "");
    let mut count = -2;
    // SAFETY: a text or NULL, and a place for the number.
    if check(unsafe { meetbridge_ls_count(caller.document(line), pointer(&at), &mut count) }) {
        assert!(count >= -1);
    }
}

pub fn call(caller: &mut Caller, line: &Line<'_>) {
    let operation = caller.argument(line, 0, "list_meetings");
    // `open` and `reload` take settings, which are not an input's to make up here.
    let is_of_settings = |name: &std::ffi::CString| name.as_bytes() == b"reload";
    if operation.as_ref().is_some_and(is_of_settings) {
        return;
    }
    let bridge = caller.bridges.last().map_or(0, |bridge| *bridge as i32);
    let mut result = -1;
    let request = caller.document(line);
    // SAFETY: a text or NULL, and a place for the handle.
    let status = unsafe { meetbridge_ls_call(bridge, pointer(&operation), request, &mut result) };
    if status != 0 || result != 0 {
        keep(caller, status, result);
    }
}

pub fn last_error(caller: &mut Caller, _: &Line<'_>) {
    let mut document = -1;
    // SAFETY: a place for the handle.
    let status = unsafe { meetbridge_ls_last_error(&mut document) };
    keep(caller, status, document);
}
