//! What the script library computes itself, run: text in ASCII JSON and back, and times.

#[path = "common/lotusscript/mod.rs"]
mod lotusscript;

use std::path::Path;
use std::rc::Rc;

use lotusscript::Declare;
use lotusscript::run::{Library, Machine, Place, Raised, Value, text};
use serde_json::json;

/// A server on which the library is not installed.
struct NoLibrary;

impl Library for NoLibrary {
    fn call(&self, declare: &Declare, _: &[Place]) -> Result<i32, Raised> {
        let message = format!("Error in loading DLL: {}", declare.library);
        Err(Raised { number: 48, message })
    }
}

/// One that has no room for documents.
struct Full;

impl Library for Full {
    fn call(&self, declare: &Declare, _: &[Place]) -> Result<i32, Raised> {
        Ok(if declare.name.ends_with("Version") { 1 } else { 101 })
    }
}

fn machine() -> Rc<Machine> {
    machine_of(Box::new(NoLibrary))
}

fn machine_of(library: Box<dyn Library>) -> Rc<Machine> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = std::fs::read_to_string(root.join("bindings/lotusscript/MeetBridge.lss"));
    Machine::new(&script.unwrap(), &[], library, &[], Vec::new())
}

fn texts() -> Vec<String> {
    let all: String = (1..=0x2fff).chain(0x1_f600..0x1_f610).filter_map(char::from_u32).collect();
    let long = "\"会議\\\u{1f600}\r\n\t".repeat(4_000);
    ["", "a", "null", "\"", "\\u0041", "\u{7f}\u{1f}\u{ffff}"]
        .map(str::to_owned)
        .into_iter()
        .chain([all, long])
        .collect()
}

#[test]
fn text_becomes_ascii_json_and_comes_back_from_any_json() {
    let machine = machine();
    for given in texts() {
        let inner = machine.call("mbAscii", &[text(&given), Value::Boolean(true)]).unwrap();
        let written = format!("\"{}\"", inner.string().unwrap());
        assert!(written.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), given);
        for json in [written, json!(given).to_string()] {
            let read = machine.call("mbPlain", &[text(&json)]).unwrap();
            assert_eq!(read.string().unwrap(), given);
        }
    }
    for (json, plain) in [("null", ""), ("17", "17"), ("true", "true"), ("", "")] {
        let read = machine.call("mbPlain", &[text(json)]).unwrap();
        assert_eq!(read.string().unwrap(), plain);
    }
}

#[test]
fn a_document_becomes_ascii_with_its_meaning() {
    let document = json!({"topic": "会議 \u{1f600}", "list": ["\"", "\\", 1, true]});
    let pretty = serde_json::to_string_pretty(&document).unwrap();
    let ascii = machine().call("mbAscii", &[text(&pretty), Value::Boolean(false)]).unwrap();
    let ascii = ascii.string().unwrap();
    assert!(ascii.is_ascii());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&ascii).unwrap(), document);
}

#[test]
fn moments_are_the_same_after_a_way_through_notes() {
    let machine = machine();
    for stamp in [
        "2030-03-04T08:00:00Z",
        "2030-12-31T23:59:59Z",
        "2031-01-01T00:00:00Z",
        "2028-02-29T00:00:01Z",
    ] {
        let moment = machine.call("mbDateTime", &[text(stamp)]).unwrap();
        let back = machine.call("mbMoment", &[moment.clone(), Value::Boolean(true)]).unwrap();
        assert_eq!(back.string().unwrap(), stamp);
        let short = machine.call("mbMoment", &[moment, Value::Boolean(false)]).unwrap();
        assert_eq!(short.string().unwrap(), stamp.replace(['-', ':'], ""));
    }
    assert!(matches!(machine.call("mbDateTime", &[text("")]).unwrap(), Value::Nothing));
}

#[test]
fn a_server_without_the_library_says_what_to_do() {
    let missing = machine().call("MeetBridgeVersion", &[]).err().unwrap();
    assert_eq!(missing.number, 1999);
    let message = missing.message;
    assert!(message.contains("Error in loading DLL: libmeetbridge.so"), "{message}");
    assert!(message.contains("Put libmeetbridge.so or nmeetbridge.dll"), "{message}");
    // An object that was not made calls nothing when it goes.
    let request = "Option Declare\nUse \"MeetBridge\"\nSub Make\n\
                   Dim request As New MeetingRequest\nEnd Sub";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = std::fs::read_to_string(root.join("bindings/lotusscript/MeetBridge.lss"));
    let machine = Machine::new(request, &[&library.unwrap()], Box::new(NoLibrary), &[], vec![]);
    assert_eq!(machine.call("Make", &[]).err().unwrap().number, 1999);
}

#[test]
fn until_unicode_is_tried_nothing_is_written_in_it() {
    let machine = machine_of(Box::new(Full));
    for _ in 0..2 {
        assert_eq!(machine.call("MeetBridgeVersion", &[]).err().unwrap().number, 1101);
        for name in ["mbIsReady", "mbHasUnicode"] {
            assert!(!machine.variable(name).unwrap().truth().unwrap(), "{name}");
        }
    }
}

#[test]
fn a_begun_minute_counts() {
    let machine = machine();
    let moment = |stamp: &str| machine.call("mbDateTime", &[text(stamp)]).unwrap();
    let start = moment("2030-03-04T08:00:00Z");
    for (end, minutes) in
        [("2030-03-04T08:30:00Z", 30), ("2030-03-04T08:30:01Z", 31), ("2030-03-06T08:00:00Z", 2880)]
    {
        let counted = machine.call("mbMinutes", &[start.clone(), moment(end)]).unwrap();
        assert_eq!(counted.long().unwrap(), minutes);
    }
}
