//! The functions whose parameters are not texts alone, and what happens beside the calls.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use meetbridge_sandbox::Whose;
use ring::hmac;

use super::Caller;
use super::calls::{Text, check, pointer, take};
use super::script::Line;
use super::world::WEBHOOK_SECRET;

type LogFn = unsafe extern "C" fn(*mut c_void, i32, Text);

unsafe extern "C" {
    fn meetbridge_set_log(callback: Option<LogFn>, data: *mut c_void, level: i32) -> i32;
    fn meetbridge_open(settings: Text, bridge: *mut u32) -> i32;
    fn meetbridge_reload(bridge: u32, settings: Text) -> i32;
    fn meetbridge_close(bridge: u32) -> i32;
    #[rustfmt::skip]
    fn meetbridge_handle_webhook(
        b: u32,
        p: Text,
        h: Text,
        body: *const u8,
        length: usize,
        o: Text,
        a: *mut *mut c_char,
    ) -> i32;
}

fn settings(caller: &Caller, line: &Line<'_>) -> Option<std::ffi::CString> {
    let name = line.arguments.first().copied().unwrap_or_default();
    // Not by NULL: the environment's settings are not an input's to use.
    let mut text = caller.world.settings(name);
    text.truncate(text.iter().position(|byte| *byte == 0).unwrap_or(text.len()));
    std::ffi::CString::new(text).ok()
}

pub fn open(caller: &mut Caller, line: &Line<'_>) {
    let mut bridge = u32::MAX;
    // SAFETY: a text, and a place for the handle.
    let status = unsafe { meetbridge_open(pointer(&settings(caller, line)), &mut bridge) };
    match check(status) {
        true => caller.bridges.push(bridge),
        false => assert_eq!(bridge, 0, "the handle of a call that failed"),
    }
}

pub fn reload(caller: &mut Caller, line: &Line<'_>) {
    // SAFETY: a text.
    check(unsafe { meetbridge_reload(caller.bridge(line), pointer(&settings(caller, line))) });
}

pub fn close(caller: &mut Caller, line: &Line<'_>) {
    close_bridge(caller.bridge(line));
}

pub fn close_bridge(bridge: u32) {
    // SAFETY: any number may be closed.
    check(unsafe { meetbridge_close(bridge) });
}

/// Sees that a line is a text, and that nobody can call back.
unsafe extern "C" fn log(_: *mut c_void, level: i32, line: Text) {
    // SAFETY: a text of the library's.
    let line = unsafe { CStr::from_ptr(line) };
    assert!((1..=5).contains(&level) && line.to_str().is_ok());
    // SAFETY: any number may be closed.
    let status = unsafe { meetbridge_close(0) };
    assert_eq!(status, 107, "a call of ours from inside a callback");
}

pub fn set_log(_: &mut Caller, line: &Line<'_>) {
    let level = line.number(0).unwrap_or(5);
    let callback = (level != 0).then_some(log as LogFn);
    // SAFETY: the callback is there as long as the process.
    check(unsafe { meetbridge_set_log(callback, ptr::null_mut(), level) });
}

/// The newest text as an authorization URL: a person consents to it, or does not.
pub fn consent(caller: &mut Caller, line: &Line<'_>) {
    let Some(url) = caller.texts.last().and_then(|text| text.to_str().ok()) else { return };
    let allow = line.arguments.first() != Some(&&b"no"[..]);
    if let Some(callback) = caller.world.consent(url, allow) {
        caller.texts.extend(std::ffi::CString::new(callback));
    }
}

pub fn fail(caller: &mut Caller, line: &Line<'_>) {
    caller.world.fail(line.number(0).unwrap_or_default().unsigned_abs() as usize);
}

pub fn expire(caller: &mut Caller, _: &Line<'_>) {
    caller.world.sandbox.expire(&Whose::default()).expect("tokens expire");
}

/// `PROVIDER|BODY|HEADERS|OPTIONS`; without headers it is signed as by Webex.
pub fn handle_webhook(caller: &mut Caller, line: &Line<'_>) {
    let body = line.arguments.get(1).copied().unwrap_or_default();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, WEBHOOK_SECRET.as_bytes());
    let mac = hmac::sign(&key, body);
    let mac: String = mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let signed = format!(r#"{{"x-spark-signature":"{mac}"}}"#);
    let provider = caller.argument(line, 0, "webex");
    let headers = caller.argument(line, 2, &signed);
    let options = caller.argument(line, 3, "~");
    let mut answer = ptr::dangling_mut();
    // SAFETY: texts or NULL, a body of that length, and a place for the answer.
    let status = unsafe {
        meetbridge_handle_webhook(
            caller.bridge(line),
            pointer(&provider),
            pointer(&headers),
            body.as_ptr(),
            body.len(),
            pointer(&options),
            &mut answer,
        )
    };
    take(caller, status, answer);
}
