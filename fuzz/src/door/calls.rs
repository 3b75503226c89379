//! Every function of the header that takes texts, called as C calls it.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use serde_json::Value;

use super::script::Line;
use super::{Caller, owned, scripts, special};

pub type Text = *const c_char;
type Answer = *mut *mut c_char;

unsafe extern "C" {
    fn meetbridge_last_error() -> Text;
    fn meetbridge_status_name(status: i32) -> Text;
    fn meetbridge_string_free(text: *mut c_char);
    fn meetbridge_start_authorization(b: u32, p: Text, u: Text, r: Text, o: Text, a: Answer)
    -> i32;
    fn meetbridge_complete_authorization(b: u32, u: Text, c: Text, o: Text, a: Answer) -> i32;
    fn meetbridge_get_authorization(b: u32, p: Text, u: Text, o: Text, a: Answer) -> i32;
    fn meetbridge_revoke_authorization(b: u32, p: Text, u: Text, o: Text) -> i32;
    fn meetbridge_list_authorizations(b: u32, f: Text, o: Text, a: Answer) -> i32;
    fn meetbridge_rename_user(b: u32, u: Text, to: Text, o: Text) -> i32;
    fn meetbridge_forget_user(b: u32, u: Text, o: Text) -> i32;
    fn meetbridge_create_meeting(b: u32, p: Text, u: Text, m: Text, o: Text, a: Answer) -> i32;
    fn meetbridge_get_meeting(b: u32, p: Text, u: Text, id: Text, o: Text, a: Answer) -> i32;
    #[rustfmt::skip]
    fn meetbridge_update_meeting(
        b: u32,
        p: Text,
        u: Text,
        id: Text,
        c: Text,
        o: Text,
        a: Answer,
    ) -> i32;
    fn meetbridge_delete_meeting(b: u32, p: Text, u: Text, id: Text, o: Text) -> i32;
    fn meetbridge_list_meetings(b: u32, p: Text, u: Text, f: Text, o: Text, a: Answer) -> i32;
    #[rustfmt::skip]
    fn meetbridge_get_invitation(
        b: u32,
        p: Text,
        u: Text,
        id: Text,
        l: Text,
        o: Text,
        a: Answer,
    ) -> i32;
    fn meetbridge_list_audit(b: u32, f: Text, o: Text, a: Answer) -> i32;
    fn meetbridge_maintain(b: u32, o: Text, a: Answer) -> i32;
    fn meetbridge_diagnose(b: u32, o: Text, a: Answer) -> i32;
}

/// A function by the types of its parameters between the handle and the answer.
pub enum Call {
    Answer1(unsafe extern "C" fn(u32, Text, Answer) -> i32),
    Answer2(unsafe extern "C" fn(u32, Text, Text, Answer) -> i32),
    Answer3(unsafe extern "C" fn(u32, Text, Text, Text, Answer) -> i32),
    Answer4(unsafe extern "C" fn(u32, Text, Text, Text, Text, Answer) -> i32),
    Answer5(unsafe extern "C" fn(u32, Text, Text, Text, Text, Text, Answer) -> i32),
    Plain2(unsafe extern "C" fn(u32, Text, Text) -> i32),
    Plain3(unsafe extern "C" fn(u32, Text, Text, Text) -> i32),
    Plain4(unsafe extern "C" fn(u32, Text, Text, Text, Text) -> i32),
    /// Anything else.
    Other(fn(&mut Caller, &Line<'_>)),
}
use Call::{Answer1, Answer2, Answer3, Answer4, Answer5, Other, Plain2, Plain3, Plain4};

pub struct Function {
    pub name: &'static str,
    pub call: Call,
    /// The arguments where a line has none: `$user`, `$new` (one whom nobody knows), `$1` the
    /// newest text.
    pub good: &'static [&'static str],
}

const fn function(name: &'static str, call: Call, good: &'static [&'static str]) -> Function {
    Function { name, call, good }
}

const MEETING: &str =
    r#"{"topic":"Weekly","start":"2030-03-04T09:00:00","time_zone":"UTC","duration_minutes":30}"#;
const CHANGES: &str = r#"{"topic":"x"}"#;
const Z: &str = "zoom";
const U: &str = "$user";
const O: &str = r#"{"timeout_ms":3000}"#;

pub static FUNCTIONS: &[Function] = &[
    function("open", Other(special::open), &[]),
    function("reload", Other(special::reload), &[]),
    function("close", Other(special::close), &[]),
    function("set_log", Other(special::set_log), &[]),
    function("consent", Other(special::consent), &[]),
    function("fail", Other(special::fail), &[]),
    function("expire", Other(special::expire), &[]),
    function("handle_webhook", Other(special::handle_webhook), &[]),
    function("start_authorization", Answer4(meetbridge_start_authorization), &[Z, U, "~", O]),
    function("complete_authorization", Answer3(meetbridge_complete_authorization), &[U, "$1", O]),
    function("get_authorization", Answer3(meetbridge_get_authorization), &[Z, U, O]),
    function("revoke_authorization", Plain3(meetbridge_revoke_authorization), &[Z, U, O]),
    function("list_authorizations", Answer2(meetbridge_list_authorizations), &["~", O]),
    function("rename_user", Plain3(meetbridge_rename_user), &[U, "$new", O]),
    function("forget_user", Plain2(meetbridge_forget_user), &[U, O]),
    function("create_meeting", Answer4(meetbridge_create_meeting), &[Z, U, MEETING, O]),
    function("get_meeting", Answer4(meetbridge_get_meeting), &[Z, U, "$1", O]),
    function("update_meeting", Answer5(meetbridge_update_meeting), &[Z, U, "$1", CHANGES, O]),
    function("delete_meeting", Plain4(meetbridge_delete_meeting), &[Z, U, "$1", O]),
    function("list_meetings", Answer4(meetbridge_list_meetings), &[Z, U, "~", O]),
    function("get_invitation", Answer5(meetbridge_get_invitation), &[Z, U, "$1", "ja", O]),
    function("list_audit", Answer2(meetbridge_list_audit), &["~", O]),
    function("maintain", Answer1(meetbridge_maintain), &[O]),
    function("diagnose", Answer1(meetbridge_diagnose), &[O]),
    function("ls_new", Other(scripts::new), &[]),
    function("ls_free", Other(scripts::free), &[]),
    function("ls_set_text", Other(scripts::set_text), &[]),
    function("ls_set_json", Other(scripts::set_json), &[]),
    function("ls_get_text", Other(scripts::get_text), &[]),
    function("ls_get_json", Other(scripts::get_json), &[]),
    function("ls_count", Other(scripts::count), &[]),
    function("ls_call", Other(scripts::call), &[]),
    function("ls_last_error", Other(scripts::last_error), &[]),
];

impl Function {
    pub fn run(&self, caller: &mut Caller, line: &Line<'_>) {
        let texts: Vec<Option<CString>> = (self.good.iter().enumerate())
            .map(|(at, good)| caller.argument(line, at, good))
            .collect();
        let p: Vec<Text> = texts.iter().map(pointer).collect();
        let b = caller.bridge(line);
        let mut a: *mut c_char = ptr::dangling_mut();
        let a = &mut a;
        // SAFETY: texts or NULL, and a place for the answer.
        let status = unsafe {
            match self.call {
                Answer1(call) => call(b, p[0], a),
                Answer2(call) => call(b, p[0], p[1], a),
                Answer3(call) => call(b, p[0], p[1], p[2], a),
                Answer4(call) => call(b, p[0], p[1], p[2], p[3], a),
                Answer5(call) => call(b, p[0], p[1], p[2], p[3], p[4], a),
                Plain2(call) => call(b, p[0], p[1]),
                Plain3(call) => call(b, p[0], p[1], p[2]),
                Plain4(call) => call(b, p[0], p[1], p[2], p[3]),
                Other(call) => return call(caller, line),
            }
        };
        match self.call {
            Plain2(_) | Plain3(_) | Plain4(_) => {
                check(status);
            }
            _ => take(caller, status, *a),
        }
    }
}

/// As C takes it.
pub fn pointer(text: &Option<CString>) -> Text {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// Takes what a call has given, which is NULL if it failed.
pub fn take(caller: &mut Caller, status: i32, answer: *mut c_char) {
    if !check(status) {
        return assert!(answer.is_null(), "an answer of a call that failed");
    }
    // SAFETY: on success it is a text of the library's, freed once.
    let text = unsafe { owned(CStr::from_ptr(answer)) };
    unsafe { meetbridge_string_free(answer) };
    caller.keep(text);
}

/// Whether a call succeeded. A failure is one of the documented ones, and tells a document.
pub fn check(status: i32) -> bool {
    if status == 0 {
        return true;
    }
    // SAFETY: a static text, and this thread's last error until its next call.
    let (name, error) = unsafe {
        (
            CStr::from_ptr(meetbridge_status_name(status)),
            owned(CStr::from_ptr(meetbridge_last_error())),
        )
    };
    let name = name.to_str().expect("a name");
    let error: Value = serde_json::from_slice(error.as_bytes()).expect("an error is JSON");
    assert!(name != "UNKNOWN" && name != "INTERNAL", "{status} {error}");
    assert_eq!((&error["status"], &error["name"]), (&Value::from(status), &Value::from(name)));
    false
}
