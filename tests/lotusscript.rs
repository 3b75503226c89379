//! The LotusScript door, called as LotusScript calls it: by the Declares of the script library,
//! with strings of fixed length, and memory of which not a byte more may be touched.

mod common;

use std::collections::BTreeSet;
use std::ptr;
use std::sync::Barrier;

use common::door::Failure;
use common::guarded::{Guarded, Next};
use common::lotusscript::{Charset, Declare, Type};
use common::script::{BUFFER_TOO_SMALL, LINUX, Script, Variable, all_declares, prototypes};
use common::{ANNA, KEN, Library, World, meeting, scenario, schema, webhook};
use serde_json::{Map, Value, json};

fn functions_for_scripts() -> BTreeSet<String> {
    let names = prototypes().into_iter().map(|(name, ..)| name);
    names.filter(|name| name.starts_with("meetbridge_ls_")).collect()
}

#[test]
fn every_declare_is_as_the_header_says() {
    let all = all_declares();
    for library in ["nmeetbridge", LINUX] {
        let declares: Vec<&Declare> = all.iter().filter(|one| one.library == library).collect();
        let aliases: BTreeSet<String> =
            declares.iter().map(|one| one.alias.clone().expect("an Alias")).collect();
        assert_eq!(aliases, functions_for_scripts(), "{library}");
        assert_eq!(aliases.len(), declares.len(), "{library}: each is declared once");
        for declare in declares {
            let alias = declare.alias.as_deref().unwrap();
            let place = format!("line {}: {alias} of {library}", declare.line);
            assert!(declare.is_private, "{place}");
            let names = declare.parameters.iter().map(|parameter| &parameter.name);
            for name in names.chain([&declare.name]) {
                assert!(name.len() <= 40, "{place}: {name}");
            }
            let (_, returns, types) =
                prototypes().into_iter().find(|(name, ..)| name == alias).unwrap();
            assert_eq!((returns.as_str(), declare.returns), ("int32_t", Some(Type::Long)));
            let declared: Vec<&str> = (declare.parameters.iter())
                .zip(&types)
                .map(|(parameter, wanted)| match (parameter.kind, parameter.by_val) {
                    (Type::Long, true) => "int32_t",
                    (Type::Long, false) => "int32_t *",
                    (Type::String(Charset::Platform), true) if wanted.starts_with("const") => {
                        "const char *"
                    }
                    (Type::String(Charset::Platform), true) => "char *",
                    (Type::String(Charset::Unicode), true) if wanted.starts_with("const") => {
                        "const uint16_t *"
                    }
                    (Type::String(Charset::Unicode), true) => "uint16_t *",
                    other => panic!("{place}: {other:?}"),
                })
                .collect();
            assert_eq!(declared, types, "{place}");
            assert_eq!(declare.parameters.len(), types.len(), "{place}");
        }
    }
    assert_eq!(all.len(), 2 * functions_for_scripts().len(), "of another library");
}

/// Else a stray byte would not be noticed.
#[test]
fn the_guards_are_there() {
    use std::os::unix::process::ExitStatusExt;
    for touch in ["read before", "write before", "read behind", "write behind"] {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "touch", "--ignored", "--nocapture"])
            .env("MEETBRIDGE_TEST_TOUCH", touch)
            .output()
            .unwrap();
        assert_eq!(output.status.signal(), Some(libc::SIGSEGV), "{touch}: {output:?}");
    }
}

/// A part of the test above: touches what must not be touched.
#[test]
#[ignore = "ends the process"]
fn touch() {
    let Ok(touch) = std::env::var("MEETBRIDGE_TEST_TOUCH") else { return };
    let before = touch.ends_with("before");
    let memory = Guarded::new(b"text", if before { Next::Before } else { Next::Behind });
    let place = memory.pointer().wrapping_offset(if before { -1 } else { 4 });
    // SAFETY: none: the process is to end here.
    unsafe {
        match touch.starts_with("read") {
            true => println!("{}", place.read_volatile()),
            false => place.write_volatile(0),
        }
    }
}

#[test]
fn every_scenario_as_a_script() {
    let (library, world) = (Library::load(), World::new());
    let mut script = Script::new(&library);
    world.change(json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
    assert!(script.version() > 0);
    let bridge = script.open(&world.settings.to_string()).unwrap();
    for (provider, composes) in [("zoom", false), ("zoom", true), ("webex", false), ("webex", true)]
    {
        script.composes = composes;
        authorize(&script, &world, bridge, provider, ANNA);
        for (name, steps) in scenario::all() {
            scenario::run(&name, &steps, provider, &mut |operation, parameters| {
                operate(&script, bridge, operation, parameters)
            });
        }
    }
    script.close(bridge).unwrap();
    let left: u64 = world.sandbox.statistics().live_meetings.values().sum();
    assert_eq!(left, 0, "every scenario deletes what it makes");
    let called = script.called();
    println!("{called:?}");
    assert_eq!(called.into_keys().collect::<BTreeSet<_>>(), functions_for_scripts());
}

/// Runs an operation with those of the parameters that it has, and holds the answer to its schema.
fn operate(
    script: &Script<'_>,
    bridge: i32,
    operation: &str,
    parameters: &Map<String, Value>,
) -> Result<Value, Failure> {
    let answer = script.operate(bridge, operation, &Value::Object(parameters.clone()))?;
    match operation {
        "create_meeting" | "get_meeting" | "update_meeting" => schema::check("meeting", &answer),
        "list_meetings" | "list_authorizations" | "list_audit" => schema::check("page", &answer),
        "complete_authorization" | "get_authorization" => schema::check("authorization", &answer),
        "maintain" => schema::check("maintain-report", &answer),
        "diagnose" => schema::check("diagnose-report", &answer),
        "handle_webhook" => schema::check("webhook-outcome", &answer),
        "get_invitation" | "start_authorization" => assert!(answer.is_string(), "{operation}"),
        _ => assert_eq!(answer, json!({}), "{operation}"),
    }
    Ok(answer)
}

fn authorize(script: &Script<'_>, world: &World, bridge: i32, provider: &str, user: &str) {
    let request = json!({"provider": provider, "user": user});
    let url = script.operate(bridge, "start_authorization", &request).unwrap();
    let callback = world.consent(url.as_str().unwrap(), user, true);
    let request = json!({"user": user, "callback": callback});
    let authorization = script.operate(bridge, "complete_authorization", &request).unwrap();
    schema::check("authorization", &authorization);
}

#[test]
fn every_operation_of_the_c_door() {
    let (library, world) = (Library::load(), webhook::world());
    let script = Script::new(&library);
    let major = env!("CARGO_PKG_VERSION_MAJOR").parse::<i32>().unwrap();
    assert_eq!(script.version() >> 16, major);
    let bridge = script.open(&world.settings.to_string()).unwrap();
    let mut done = BTreeSet::new();
    let mut run = |operation: &str, parameters: Value| {
        done.insert(format!("meetbridge_{operation}"));
        let parameters = parameters.as_object().unwrap();
        operate(&script, bridge, operation, parameters)
            .unwrap_or_else(|failure| panic!("{operation}: {:#}", failure.error))
    };
    let zoom = json!({"provider": "zoom", "user": ANNA});
    let with = |more: Value| {
        let mut request = zoom.as_object().unwrap().clone();
        request.extend(more.as_object().unwrap().clone());
        Value::Object(request)
    };
    let url = run("start_authorization", zoom.clone());
    let callback = world.consent(url.as_str().unwrap(), ANNA, true);
    run("complete_authorization", json!({"user": ANNA, "callback": callback}));
    assert_eq!(run("get_authorization", zoom.clone())["state"], "authorized");
    let page = run("list_authorizations", json!({"filter": {"page_size": 10}}));
    assert_eq!(page["authorizations"][0]["user"], ANNA);
    let created = run("create_meeting", with(json!({"meeting": meeting()})));
    let id = &created["id"];
    let options = json!({"include_host_secrets": true, "timeout_ms": 20_000});
    let secret = run("get_meeting", with(json!({"meeting_id": id, "options": options})));
    assert!(secret["start_url"].is_string());
    let changes = json!({"topic": "予定 🗓"});
    let changed = run("update_meeting", with(json!({"meeting_id": id, "changes": changes})));
    assert_eq!(changed["topic"], "予定 🗓");
    let filter = json!({"from": "2030-01-01T00:00:00Z", "to": "2030-12-31T00:00:00Z"});
    assert_eq!(run("list_meetings", with(json!({"filter": filter})))["meetings"][0]["id"], *id);
    let text = run("get_invitation", with(json!({"meeting_id": id, "language": "ja"})));
    assert!(text.as_str().unwrap().contains("予定 🗓"));
    run("delete_meeting", with(json!({"meeting_id": id})));
    let body = json!({"event": "meeting.started", "event_ts": 1, "payload": {"account_id": "A",
        "object": {"id": "1", "uuid": "u", "host_id": "h", "topic": "x"}}})
    .to_string();
    let headers = webhook::zoom(webhook::ZOOM_SECRET, webhook::now(), body.as_bytes());
    let request = json!({"provider": "zoom", "headers": headers, "body": body});
    assert_eq!(run("handle_webhook", request)["event"]["type"], "meeting.started");
    let page = run("list_audit", json!({}));
    assert!(!page["entries"].as_array().unwrap().is_empty());
    run("maintain", json!({"options": {"timeout_ms": 60_000}}));
    run("diagnose", json!({}));
    run("reload", json!({"settings": world.settings.to_string()}));
    // The settings as an object, too.
    run("reload", json!({"settings": world.settings}));
    run("rename_user", json!({"old_user": ANNA, "new_user": KEN}));
    run("revoke_authorization", json!({"provider": "zoom", "user": KEN}));
    run("forget_user", json!({"user": KEN, "options": {"ignore_missing": true}}));
    let of_a_bridge = prototypes()
        .into_iter()
        .filter(|(_, _, types)| types.first().is_some_and(|first| first == "uint32_t"));
    let mut all: BTreeSet<String> = of_a_bridge.map(|(name, ..)| name).collect();
    assert!(all.remove("meetbridge_close"));
    assert_eq!(done, all);
    script.close(bridge).unwrap();
    assert_eq!(script.close(bridge).unwrap_err().name(), "INVALID_HANDLE");
}

#[test]
fn a_buffer_takes_the_text_whole_or_not_at_all() {
    let library = Library::load();
    let script = Script::new(&library);
    let document = script.new_document().unwrap();
    for text in ["", "x", "あ😀", "毎週の計画 🗓 「会議」", &"😀".repeat(16_000)] {
        script.set_text(document, "/text", text).unwrap();
        let json = serde_json::to_string(text).unwrap();
        let ascii: String = (json.encode_utf16())
            .map(|unit| match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
                _ => format!("\\u{unit:04x}"),
            })
            .collect();
        for (name, wanted) in [("get_text", text), ("get_json", &ascii)] {
            let exact = wanted.encode_utf16().count();
            for next in [Next::Before, Next::Behind] {
                for capacity in [0, 1, exact.saturating_sub(1), exact, exact + 1, exact + 2] {
                    let place = (document, "/text");
                    let (status, buffer, length) = script.read_once(next, name, place, capacity);
                    assert_eq!(length as usize, exact, "{name} into {capacity}");
                    if capacity < exact {
                        assert_eq!(status, BUFFER_TOO_SMALL, "{name} into {capacity}");
                        assert_eq!(buffer, " ".repeat(capacity), "{name}: untouched");
                    } else {
                        assert_eq!((status, buffer.as_str()), (0, wanted), "{name} {capacity}");
                    }
                }
            }
        }
        assert_eq!(script.get_text(document, "/text").unwrap(), text, "nothing was lost");
    }
    // What LotusScript writes when its own Left$ has cut an emoji.
    let cut = vec![0x3042, 0xd83d];
    let mut variables = [Variable::Long(document), Variable::string("/cut"), Variable::String(cut)];
    let [document_at, pointer, text] = &mut variables;
    assert_eq!(script.invoke("set_text", &mut [document_at, pointer, text]), 0);
    assert_eq!(script.get_text(document, "/cut").unwrap(), "あ\u{fffd}");
    script.free(document).unwrap();
}

#[test]
fn long_agendas_and_topics_in_every_script() {
    let (library, world) = (Library::load(), World::new());
    let script = Script::new(&library);
    let bridge = script.open(&world.settings.to_string()).unwrap();
    for provider in ["zoom", "webex"] {
        authorize(&script, &world, bridge, provider, ANNA);
        for agenda in ["a".repeat(32_000), "あ".repeat(32_000), "😀".repeat(16_000)] {
            let mut wanted = meeting();
            wanted["topic"] = "毎週の計画 🗓 「会議」".into();
            wanted["agenda"] = agenda.into();
            let request = json!({"provider": provider, "user": ANNA, "meeting": wanted});
            let request = request.as_object().unwrap();
            let created = operate(&script, bridge, "create_meeting", request).unwrap();
            assert_eq!(created["topic"], wanted["topic"]);
            assert_eq!(created["warnings"][0]["field"], "agenda", "{provider}: it was cut");
        }
    }
    script.close(bridge).unwrap();
}

#[test]
fn stale_and_foreign_handles() {
    let (library, world) = (Library::load(), World::new());
    let script = Script::new(&library);
    let bridge = script.open(&world.settings.to_string()).unwrap();
    let document = script.new_document().unwrap();
    let freed = script.new_document().unwrap();
    script.free(freed).unwrap();
    let invalid = |outcome: Result<(), Failure>, what: &str| {
        assert_eq!(outcome.unwrap_err().name(), "INVALID_HANDLE", "{what}");
    };
    for number in [freed, 0, -1, i32::MIN, i32::MAX, 4096, freed ^ (1 << 12)] {
        let place = format!("{number}");
        invalid(script.set_text(number, "/x", "y"), &place);
        invalid(script.set_json(number, "/x", "1"), &place);
        invalid(script.get_text(number, "/x").map(drop), &place);
        invalid(script.get_json(number, "").map(drop), &place);
        invalid(script.count(number, "").map(drop), &place);
        invalid(script.call(bridge, "maintain", number).map(drop), &place);
        if number != 0 {
            invalid(script.free(number), &place);
        }
    }
    script.free(0).unwrap();
    for number in [0, -1, i32::MIN, i32::MAX, bridge ^ 1] {
        invalid(script.call(number, "maintain", document).map(drop), "bridge");
        invalid(script.close(number), "bridge");
    }
    script.close(bridge).unwrap();
    invalid(script.call(bridge, "maintain", document).map(drop), "a closed bridge");
    script.free(document).unwrap();
    invalid(script.free(document), "twice");
}

#[test]
fn requests_that_are_refused_by_name() {
    let (library, mut world) = (Library::load(), World::new());
    let script = Script::new(&library);
    world.settings["language"] = "ja".into();
    let bridge = script.open(&world.settings.to_string()).unwrap();
    for (operation, request, wanted) in [
        ("create_meetings", json!({}), "operation: create_meetings is not known"),
        ("close", json!({}), "operation: close is not known"),
        ("", json!({}), "operation:  is not known"),
        ("maintain", json!({"user": ANNA}), "request: user: unknown; known: options"),
        ("get_meeting", json!({"meeting": {}}), "request: meeting: unknown; known: provider, user"),
        ("get_meeting", json!({"provider": "zoom", "user": ANNA}), "meeting_id: NULL"),
        ("get_meeting", json!({"provider": "zoom", "user": null}), "user: NULL"),
        ("maintain", json!({"options": {"x": 1}}), "options.x: this operation does not know it"),
        ("maintain", json!({"options": []}), "options"),
        ("maintain", json!([]), "request: not an object"),
        ("maintain", json!("x"), "request: not an object"),
        ("reload", json!({"options": {}}), "request: options: unknown; known: settings"),
        (
            "create_meeting",
            json!({"provider": "zoom", "user": ANNA, "meeting": {"topik": 1}}),
            "meeting.topik: unknown field",
        ),
    ] {
        let failure = script.operate(bridge, operation, &request).unwrap_err();
        assert_eq!(failure.name(), "INVALID_ARGUMENT", "{operation} {request}");
        let message = failure.error["message"].as_str().unwrap();
        assert!(message.contains(wanted), "{operation} {request}: {message}");
    }
    // An error that the bridge itself tells is in the language of its settings.
    let request = json!({"provider": "zoom", "user": ANNA});
    let failure = script.operate(bridge, "get_authorization", &request).unwrap_err();
    assert_eq!(failure.name(), "NOT_AUTHORIZED");
    assert!(failure.error["remedy"].as_str().unwrap().ends_with('。'));
    script.close(bridge).unwrap();
    for settings in ["{}", "/nowhere", "{"] {
        assert_eq!(script.open(settings).unwrap_err().name(), "INVALID_SETTINGS", "{settings}");
    }
}

#[test]
fn what_is_refused_is_not_repeated() {
    let (library, world) = (Library::load(), World::new());
    let script = Script::new(&library);
    let bridge = script.open(&world.settings.to_string()).unwrap();
    let document = script.new_document().unwrap();
    let mut settings = world.settings.clone();
    settings["apps"][0]["client_secret"] = "marker".into();
    settings["apps"][0]["client_id"] = "".into();
    for failure in [
        script.set_json(document, "/x", "\"marker").unwrap_err(),
        script.set_json(document, "/x", "{\"a\": marker}").unwrap_err(),
        script.operate(bridge, "reload", &json!({"settings": settings})).unwrap_err(),
        script.operate(bridge, "reload", &json!({"settings": settings.to_string()})).unwrap_err(),
        script.operate(bridge, "maintain", &json!({"options": "marker"})).unwrap_err(),
        script.operate(bridge, "maintain", &json!({"options": {"app": ["marker"]}})).unwrap_err(),
    ] {
        assert!(!failure.error.to_string().contains("marker"), "{:#}", failure.error);
    }
    script.free(document).unwrap();
    script.close(bridge).unwrap();
    let log = std::fs::read_to_string(world.path("meetbridge.log")).unwrap();
    assert!(!log.is_empty() && !log.contains("marker"));
}

/// An answer may be nested deeper than what callers may send.
#[test]
fn a_deep_answer_on_a_small_stack() {
    let (library, world) = (Library::load(), webhook::world());
    let script = Script::new(&library);
    let bridge = script.open(&world.settings.to_string()).unwrap();
    let deep = format!("{}{}", "[".repeat(60), "]".repeat(60));
    let body = format!(
        r#"{{"event":"meeting.started","event_ts":1,"payload":{{"account_id":"A","object":{{"id":"1",
        "uuid":"u","host_id":"h","topic":"x","deep":{deep}}}}}}}"#
    );
    let headers = webhook::zoom(webhook::ZOOM_SECRET, webhook::now(), body.as_bytes());
    let request = script.new_document().unwrap();
    let parameters = json!({"provider": "zoom", "headers": headers, "body": body});
    script.write(request, "", &parameters).unwrap();
    std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(256 * 1024);
        let work = || {
            let result = script.call(bridge, "handle_webhook", request).unwrap();
            let place = "/event/raw/payload/object/deep";
            assert_eq!(script.get_json(result, place).unwrap(), deep);
            assert_eq!(script.count(result, place).unwrap(), 1);
            script.free(result).unwrap();
        };
        small.spawn_scoped(scope, work).unwrap().join().unwrap();
    });
    script.free(request).unwrap();
    script.close(bridge).unwrap();
}

#[test]
fn parts_that_are_refused() {
    let library = Library::load();
    let script = Script::new(&library);
    let document = script.new_document().unwrap();
    script.set_json(document, "", r#"{"list": [1], "text": "x"}"#).unwrap();
    let refused = |outcome: Result<(), Failure>, what: &str| {
        assert_eq!(outcome.unwrap_err().name(), "INVALID_ARGUMENT", "{what:.60}");
    };
    let deep = "/a".repeat(65);
    for pointer in ["x", "/~", "/a~2", "/list/2", "/list/x", "/text/x", "/é", &deep] {
        refused(script.set_text(document, pointer, "y"), pointer);
        refused(script.set_json(document, pointer, "1"), pointer);
    }
    for pointer in ["x", "/~", "/é", &deep] {
        refused(script.get_text(document, pointer).map(drop), pointer);
        refused(script.get_json(document, pointer).map(drop), pointer);
        refused(script.count(document, pointer).map(drop), pointer);
    }
    let bomb = format!("{}{}", "[".repeat(65), "]".repeat(65));
    let huge = format!("\"{}\"", "x".repeat(1024 * 1024));
    for json in ["", "{", "1 2", "nul", "{\"a\":1,\"a\":2}", "\"é\"", "'x'", "1e999", &bomb, &huge]
    {
        refused(script.set_json(document, "/x", json), json);
    }
    refused(script.set_text(document, "/x", &huge), "a text of 1 MiB");
    // Deeper and deeper, and longer and longer.
    let mut pointer = String::new();
    for _ in 0..62 {
        pointer.push_str("/-");
    }
    script.set_json(document, &format!("/deep{pointer}"), "1").unwrap();
    refused(script.set_json(document, &format!("/deeper{pointer}"), "[[]]"), "too deep");
    let text = "x".repeat(100_000);
    let mut written = 0;
    let failure = loop {
        match script.set_text(document, "/long/-", &text) {
            Ok(()) => written += 1,
            Err(failure) => break failure,
        }
        assert!(written <= 10, "a document has its bound");
    };
    assert_eq!((written, failure.name()), (10, "INVALID_ARGUMENT"));
    assert_eq!(script.count(document, "/long").unwrap(), 10);
    assert_eq!(script.get_json(document, "/list").unwrap(), "[1]");
    assert_eq!(script.count(document, "/absent").unwrap(), -1);
    assert_eq!(script.get_text(document, "/absent").unwrap(), "");
    script.free(document).unwrap();
}

/// What no script can pass, but a C program could.
#[test]
fn null_and_wild_numbers() {
    let library = Library::load();
    let script = Script::new(&library);
    let document = script.new_document().unwrap();
    script.set_text(document, "/x", "あ").unwrap();
    type Get<T> = unsafe extern "C" fn(i32, *const u8, *mut T, i32, *mut i32) -> i32;
    type Set<T> = unsafe extern "C" fn(i32, *const u8, *const T) -> i32;
    let name = |status| library.outcome(status).err().map(|failure| failure.name().to_owned());
    let invalid = Some("INVALID_ARGUMENT".to_owned());
    let get = library.function::<Get<u16>>("meetbridge_ls_get_text");
    let get_json = library.function::<Get<u8>>("meetbridge_ls_get_json");
    let set_text = library.function::<Set<u16>>("meetbridge_ls_set_text");
    let set_json = library.function::<Set<u8>>("meetbridge_ls_set_json");
    let count = library
        .function::<unsafe extern "C" fn(i32, *const u8, *mut i32) -> i32>("meetbridge_ls_count");
    let (x, mut buffer) = (c"/x".as_ptr().cast::<u8>(), [7u16; 4]);
    let mut length = -1;
    // SAFETY: NULL, or as the header says; a negative capacity is none.
    unsafe {
        for capacity in [-1, i32::MIN] {
            assert_eq!(name(get(document, x, buffer.as_mut_ptr(), capacity, &mut length)), invalid);
            assert_eq!((length, buffer), (0, [7; 4]));
        }
        assert_eq!(get(document, x, buffer.as_mut_ptr(), i32::MAX, &mut length), 0);
        assert_eq!(buffer, [0x3042, 0, 7, 7], "no more is written than the text and its NUL");
        buffer = [7; 4];
        length = -1;
        assert_eq!(name(get(document, x, ptr::null_mut(), 1, &mut length)), invalid);
        assert_eq!(length, 0);
        assert_eq!(name(get(document, x, buffer.as_mut_ptr(), 4, ptr::null_mut())), invalid);
        assert_eq!(name(get(document, ptr::null(), buffer.as_mut_ptr(), 4, &mut length)), invalid);
        assert_eq!(get(document, x, ptr::null_mut(), 0, &mut length), BUFFER_TOO_SMALL);
        assert_eq!((length, buffer), (1, [7; 4]));
        let absent = c"/y".as_ptr().cast();
        assert_eq!(get(document, absent, ptr::null_mut(), 0, &mut length), 0);
        assert_eq!(length, 0);
        assert_eq!(get_json(document, absent, ptr::null_mut(), 0, &mut length), 0);
        assert_eq!(name(get_json(document, x, ptr::null_mut(), 1, &mut length)), invalid);
        // A buffer at an odd place; no byte beside it is touched.
        let odd = buffer.as_mut_ptr().cast::<u8>().add(1).cast();
        assert_eq!(get(document, x, odd, 1, &mut length), 0);
        let bytes: Vec<u8> = buffer.iter().flat_map(|unit| unit.to_ne_bytes()).collect();
        assert_eq!(bytes[1..3], 0x3042u16.to_ne_bytes());
        assert_eq!((bytes[0], bytes[3]), (7u16.to_ne_bytes()[0], 7u16.to_ne_bytes()[1]));
        assert_eq!(name(set_text(document, x, ptr::null())), invalid);
        assert_eq!(name(set_text(document, ptr::null(), [0].as_ptr())), invalid);
        assert_eq!(name(set_json(document, x, ptr::null())), invalid);
        assert_eq!(name(set_json(document, ptr::null(), c"1".as_ptr().cast())), invalid);
        assert_eq!(name(count(document, x, ptr::null_mut())), invalid);
        assert_eq!(name(count(document, ptr::null(), &mut length)), invalid);
    }
    assert_eq!(script.get_text(document, "/x").unwrap(), "あ", "nothing changed it");
    script.free(document).unwrap();
}

#[test]
fn many_agents_at_once() {
    const AGENTS: usize = 16;
    const ROUNDS: usize = 50;
    let (library, world) = (Library::load(), World::new());
    world.change(json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
    let script = Script::new(&library);
    let bridge = script.open(&world.settings.to_string()).unwrap();
    authorize(&script, &world, bridge, "zoom", ANNA);
    let shared = script.new_document().unwrap();
    let together = Barrier::new(AGENTS);
    std::thread::scope(|scope| {
        for agent in 0..AGENTS {
            let (script, together) = (&script, &together);
            scope.spawn(move || {
                together.wait();
                for round in 0..ROUNDS {
                    let own = script.new_document().unwrap();
                    let text = format!("エージェント {agent} {round} 😀");
                    script.set_text(own, "/text", &text).unwrap();
                    script.set_text(shared, "/texts/-", &text).unwrap();
                    assert_eq!(script.get_text(own, "/text").unwrap(), text);
                    assert!(script.count(shared, "/texts").unwrap() > round as i32);
                    script.free(own).unwrap();
                    // Each has a last error of its own.
                    let name = format!("operation_{agent}");
                    let failure = script.operate(bridge, &name, &json!({})).unwrap_err();
                    let message = failure.error["message"].as_str().unwrap();
                    assert!(message.contains(&format!("{name} is")), "{message}");
                }
                let mut wanted = meeting();
                wanted["topic"] = format!("会議 {agent}").into();
                let request = json!({"provider": "zoom", "user": ANNA, "meeting": wanted});
                let created = script.operate(bridge, "create_meeting", &request).unwrap();
                assert_eq!(created["topic"], wanted["topic"]);
            });
        }
    });
    assert_eq!(script.count(shared, "/texts").unwrap() as usize, AGENTS * ROUNDS);
    script.free(shared).unwrap();
    script.close(bridge).unwrap();
    assert_eq!(world.sandbox.statistics().live_meetings.values().sum::<u64>(), AGENTS as u64);
}
