use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    #[serde(default)]
    items: Vec<Inner>,
    #[serde(default)]
    open: BTreeMap<String, Value>,
    number: Option<u16>,
    switch: Option<bool>,
    ratio: Option<f64>,
    colour: Option<Colour>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    text: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
}

fn refusal(text: &str) -> String {
    parse::<Outer>(text, "document").unwrap_err().to_string()
}

#[test]
fn reads_every_type() {
    let text = r#"{ "items": [{"text": "a\"]]\\"}], "open": {"x": [null, 1, -1, 2.5, true]},
        "number": 65535, "switch": false, "ratio": 2, "colour": "green" }"#;
    let outer: Outer = parse(text, "document").unwrap();
    assert_eq!(outer.items[0].text, "a\"]]\\");
    assert_eq!(outer.open["x"], serde_json::json!([null, 1, -1, 2.5, true]));
    assert_eq!((outer.number, outer.switch, outer.ratio), (Some(65535), Some(false), Some(2.0)));
    assert_eq!(outer.colour, Some(Colour::Green));
}

#[test]
fn a_member_of_many_is_refused_too_where_it_stands_twice() {
    let members = |names: &[usize]| {
        let members: Vec<String> = names.iter().map(|it| format!(r#""m{it}":{it}"#)).collect();
        format!(r#"{{"open":{{{}}}}}"#, members.join(","))
    };
    let mut names: Vec<usize> = (0..100).collect();
    let outer: Outer = parse(&members(&names), "document").unwrap();
    assert_eq!(outer.open.len(), 100);
    for twice in [0, 15, 16, 17, 99] {
        names.push(twice);
        let expected = format!("document.open: m{twice} stands here twice");
        assert!(refusal(&members(&names)).starts_with(&expected), "{twice}");
        names.pop();
    }
    assert!(refusal(r#"{"number":1,"\u006eumber":1}"#).contains("number stands here twice"));
}

#[test]
fn a_closed_document_is_read_alike_with_and_without_anything_nested() {
    let read = |text: &str| {
        let outcome = closed_argument::<Outer>(text, "document");
        outcome.map(|outer| format!("{outer:?}")).map_err(|error| error.detail().to_owned())
    };
    let by_tree = |text: &str| {
        let outcome = argument::<Outer>(text, "document");
        outcome.map(|outer| format!("{outer:?}")).map_err(|error| error.detail().to_owned())
    };
    for text in [
        r#"{"number":65535,"switch":false,"ratio":2,"colour":"green"}"#,
        r#"{"\u006eumber":1}"#,
        r#"{"number":null}"#,
        r#"{"number":1,"number":1}"#,
        r#"{"number":1,"more":1}"#,
        r#"{"number":1.0}"#,
        r#"{"number":65536}"#,
        r#"{"colour":"blue"}"#,
        r#"{"colour":{"red":null}}"#,
        r#"{"open":{"a":1,"a":2}}"#,
        r#"{"items":[]}"#,
        r#"{"items":["a"]}"#,
        r#"{"items":[["a"]]}"#,
        r#"{"open":[]}"#,
        r#"{"colour":["red"]}"#,
        "[1]",
        "{} {}",
        " {}",
        "{}",
    ] {
        assert_eq!(read(text), by_tree(text), "{text}");
    }
}

#[test]
fn names_the_place_and_the_type() {
    for (text, expected) in [
        (
            r#"{"items":[{"text":"a"},{"text":1}]}"#,
            "document.items[1].text: a number found, a string",
        ),
        (r#"{"items":[{}]}"#, "document.items[0].text: missing"),
        (r#"{"items":[["a"]]}"#, "document.items[0]: an array found, an object"),
        (r#"{"items":{}}"#, "document.items: an object found, an array"),
        (r#"{"items":null}"#, "document.items: null found, an array"),
        (
            r#"{"items":[{"text":"a","more":1}]}"#,
            "document.items[0].more: unknown field; known: text",
        ),
        (r#"{"number":65536}"#, "document.number: out of range"),
        (r#"{"number":-1}"#, "document.number: out of range"),
        (r#"{"number":1.5}"#, "document.number: a fraction found, a whole number from 0 to 65535"),
        (r#"{"switch":"yes"}"#, "document.switch: a string found, a boolean"),
        (r#"{"colour":"blue"}"#, "document.colour: unknown; known: red, green"),
        (r#"{"colour":{"red":1}}"#, "document.colour: an object found, a string"),
        (r#"[]"#, "document: an array found, an object"),
        (r#"{"open":{"a":1,"a":2}}"#, "document.open: a stands here twice at line 1 column 18"),
        (r#"{"number":1,"number":1}"#, "document: number stands here twice"),
        ("{\n\"number\" 1}", "document: expected `:` at line 2 column 10"),
        ("", "document: EOF while parsing a value at line 1 column 0"),
        ("{} {}", "document: trailing characters at line 1 column 4"),
    ] {
        let refusal = refusal(text);
        assert!(refusal.starts_with(expected), "{text}: {refusal}");
    }
}

#[test]
fn never_repeats_a_value() {
    let secrets = [r#""hush""#, "4711", "-4711", "47.11", r#"["hush"]"#, r#"[4711]"#];
    let places = ["items", "open", "number", "switch", "colour"];
    for secret in secrets {
        for place in places {
            for text in [
                format!(r#"{{"{place}": {secret}}}"#),
                format!(r#"{{"items": [{{"text": {secret}, "more": {secret}}}]}}"#),
                format!(r#"{{"items": [{{"text": {secret}]"#),
                format!(r#"{{"items": {secret} {secret}}}"#),
            ] {
                let Err(error) = parse::<Outer>(&text, "document") else {
                    continue;
                };
                let message = error.to_string();
                assert!(!message.contains("hush") && !message.contains("47"), "{text}: {message}");
            }
        }
    }
}

#[test]
fn bounds_length_and_depth() {
    let longest = format!("{{{}}}", " ".repeat(MAX_BYTES - 2));
    assert!(parse::<Outer>(&longest, "document").is_ok());
    assert!(refusal(&format!("{longest} ")).contains("longer than 1048576 bytes"));

    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse::<Value>(&nested(MAX_DEPTH), "document").is_ok());
    let error = parse::<Value>(&nested(MAX_DEPTH + 1), "document").unwrap_err();
    assert_eq!(error.to_string(), "document: nested deeper than 64");
    // Brackets in strings are text, and an unfinished document is refused all the same.
    assert!(parse::<Value>(&format!(r#"["\"{}"]"#, "[".repeat(100)), "document").is_ok());
    assert!(parse::<Value>(&"[{\"a\":".repeat(100_000), "document").is_err());
}

#[test]
fn becomes_either_error() {
    let error = parse::<Outer>(r#"{"items":[{}]}"#, "meeting").unwrap_err();
    let whole = error.clone().invalid_argument();
    assert_eq!(whole.to_string(), "INVALID_ARGUMENT: meeting.items[0].text: missing");
    let list = argument::<Vec<u8>>("[true]", "list").unwrap_err();
    assert!(list.to_string().starts_with("INVALID_ARGUMENT: list[0]: a boolean"), "{list}");
    let settings = error.invalid_settings();
    assert_eq!(settings.to_string(), "INVALID_SETTINGS: items[0].text: missing");
    let whole = parse::<Outer>("[]", "settings").unwrap_err().invalid_settings();
    assert!(whole.to_string().starts_with("INVALID_SETTINGS: settings: an array"));
}

#[test]
fn cuts_and_cleans_names() {
    let message = refusal(&format!(r#"{{"{}\n": 1}}"#, "x".repeat(70)));
    assert!(message.contains(&format!("{}\u{fffd}: unknown field", "x".repeat(70))), "{message}");
    let message = refusal(&format!(r#"{{"{}": 1}}"#, "あ".repeat(5000)));
    assert!(message.contains('…') && message.len() < 600, "{message}");
}
