//! The functions of the header that the threads call. Each must succeed, unless it says otherwise.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

// Its C functions are what is called.
use meetbridge as _;

type Text = *const c_char;
type Answer = *mut *mut c_char;
type LogFn = unsafe extern "C" fn(*mut c_void, i32, Text);

unsafe extern "C" {
    fn meetbridge_last_error() -> Text;
    fn meetbridge_string_free(text: *mut c_char);
    fn meetbridge_set_log(callback: Option<LogFn>, data: *mut c_void, level: i32) -> i32;
    fn meetbridge_open(settings: Text, bridge: *mut u32) -> i32;
    fn meetbridge_reload(bridge: u32, settings: Text) -> i32;
    fn meetbridge_close(bridge: u32) -> i32;
    fn meetbridge_start_authorization(b: u32, p: Text, u: Text, r: Text, o: Text, a: Answer)
    -> i32;
    fn meetbridge_complete_authorization(b: u32, u: Text, c: Text, o: Text, a: Answer) -> i32;
    fn meetbridge_create_meeting(b: u32, p: Text, u: Text, m: Text, o: Text, a: Answer) -> i32;
    fn meetbridge_get_meeting(b: u32, p: Text, u: Text, id: Text, o: Text, a: Answer) -> i32;
    fn meetbridge_list_audit(b: u32, f: Text, o: Text, a: Answer) -> i32;
    fn meetbridge_maintain(b: u32, o: Text, a: Answer) -> i32;
    fn meetbridge_ls_new(document: *mut i32) -> i32;
    fn meetbridge_ls_free(document: i32) -> i32;
    fn meetbridge_ls_set_json(document: i32, at: Text, json: Text) -> i32;
    fn meetbridge_ls_count(document: i32, at: Text, count: *mut i32) -> i32;
}

fn c(text: &str) -> CString {
    CString::new(text).expect("no NUL")
}

fn last_error() -> String {
    // SAFETY: this thread's, until its next call.
    unsafe { CStr::from_ptr(meetbridge_last_error()) }.to_string_lossy().into_owned()
}

fn ok(status: i32) {
    assert_eq!(status, 0, "{}", last_error());
}

/// The answer of a call that is given a place for it.
fn answer(call: impl FnOnce(Answer) -> i32) -> String {
    let mut text = ptr::null_mut();
    ok(call(&mut text));
    // SAFETY: a text of the library's, freed once.
    let owned = unsafe { CStr::from_ptr(text) }.to_str().expect("UTF-8").to_owned();
    unsafe { meetbridge_string_free(text) };
    owned
}

pub fn log() {
    unsafe extern "C" fn hear(_: *mut c_void, _: i32, line: Text) {
        // SAFETY: a text of the library's.
        assert!(!unsafe { CStr::from_ptr(line) }.is_empty());
    }
    // SAFETY: the callback is there as long as the process.
    ok(unsafe { meetbridge_set_log(Some(hear), ptr::null_mut(), 5) });
}

// SAFETY of all below: texts that end with NUL, numbers, and places for what is given.

pub fn open(settings: &str) -> u32 {
    let mut bridge = 0;
    ok(unsafe { meetbridge_open(c(settings).as_ptr(), &mut bridge) });
    bridge
}

pub fn reload(bridge: u32, settings: &str) {
    ok(unsafe { meetbridge_reload(bridge, c(settings).as_ptr()) });
}

pub fn close(bridge: u32) {
    ok(unsafe { meetbridge_close(bridge) });
}

pub fn start(bridge: u32, provider: &str, user: &str) -> String {
    let (provider, user, null) = (c(provider), c(user), ptr::null());
    answer(|place| unsafe {
        meetbridge_start_authorization(bridge, provider.as_ptr(), user.as_ptr(), null, null, place)
    })
}

pub fn complete(bridge: u32, user: &str, callback: &str) {
    let (user, callback) = (c(user), c(callback));
    answer(|place| unsafe {
        let (user, callback) = (user.as_ptr(), callback.as_ptr());
        meetbridge_complete_authorization(bridge, user, callback, ptr::null(), place)
    });
}

/// The id of a new meeting.
pub fn create(bridge: u32, provider: &str, user: &str, meeting: &str) -> String {
    let (p, u, m) = (c(provider), c(user), c(meeting));
    let text = answer(|place| unsafe {
        meetbridge_create_meeting(bridge, p.as_ptr(), u.as_ptr(), m.as_ptr(), ptr::null(), place)
    });
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    document["id"].as_str().expect("an id").to_owned()
}

pub fn get(bridge: u32, provider: &str, user: &str, id: &str) {
    let (p, u, id) = (c(provider), c(user), c(id));
    answer(|place| unsafe {
        meetbridge_get_meeting(bridge, p.as_ptr(), u.as_ptr(), id.as_ptr(), ptr::null(), place)
    });
}

pub fn audit(bridge: u32) {
    answer(|place| unsafe { meetbridge_list_audit(bridge, ptr::null(), ptr::null(), place) });
}

pub fn maintain(bridge: u32) {
    answer(|place| unsafe { meetbridge_maintain(bridge, ptr::null(), place) });
}

/// A document of a script's: made, filled, read and freed.
pub fn scripts(number: i32) {
    let (mut document, mut count) = (0, 0);
    let items = serde_json::Value::from((0..number).collect::<Vec<_>>()).to_string();
    unsafe {
        ok(meetbridge_ls_new(&mut document));
        ok(meetbridge_ls_set_json(document, c("/items").as_ptr(), c(&items).as_ptr()));
        ok(meetbridge_ls_count(document, c("/items").as_ptr(), &mut count));
        ok(meetbridge_ls_free(document));
    }
    assert_eq!(count, number);
}

/// A call that is refused, whose error is this thread's alone.
pub fn fails(bridge: u32) {
    let mut text = ptr::null_mut();
    let provider = c("nobody");
    let status = unsafe {
        let (p, null) = (provider.as_ptr(), ptr::null());
        meetbridge_get_meeting(bridge, p, p, p, null, &mut text)
    };
    assert!(status != 0 && text.is_null());
    assert!(last_error().contains(&format!(r#""status":{status}"#)));
}
