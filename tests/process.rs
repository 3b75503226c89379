//! The C door in processes that have nothing of the tests in them: with small threads, several
//! processes at one store, one that dies, and the library unloaded and loaded again.
//!
//! With `MEETBRIDGE_WINDOWS`, the path of the DLL, all of it under Wine: `make test-windows`.

mod common;

use std::thread;

use common::door::Outcome;
use common::host::compile;
use common::process::{Process, gcc, of_windows, wine};
use common::{ANNA, Bridge, Caller, World, meeting, scenario};
use serde_json::json;

const THREADS: usize = 16;

/// Many threads read a meeting of one user at once.
fn get_at_once(process: &Process, handle: u32, provider: &str, id: &str) {
    // What somebody else reads is told in the audit trail.
    let options = r#"{"acting_user": "CN=Ken Sato/O=Acme"}"#;
    let texts = [Some(provider), Some(ANNA), Some(id), Some(options)];
    for outcome in process.crowd(THREADS, "meetbridge_get_meeting", handle, &texts) {
        outcome.unwrap_or_else(|failure| panic!("{failure:?}"));
    }
}

fn create(bridge: &Bridge<'_, Process>, provider: &str) -> String {
    let created = bridge.create(provider, ANNA, &meeting()).unwrap();
    created["id"].as_str().unwrap().to_owned()
}

fn status<T>(outcome: Outcome<T>) -> String {
    outcome.err().map_or("OK".to_owned(), |failure| failure.name().to_owned())
}

#[test]
fn every_scenario() {
    let world = World::new();
    let process = Process::start();
    scenario::run_all(&world, &world.open(&process));
}

#[test]
fn threads_with_an_expired_token_refresh_it_once_over_tls() {
    let world = World::with_tls();
    let process = Process::start();
    let bridge = world.open(&process);
    for provider in ["zoom", "webex"] {
        world.authorize(&bridge, provider, ANNA);
        let id = create(&bridge, provider);
        for round in 1..=3 {
            world.expire();
            get_at_once(&process, bridge.handle, provider, &id);
            assert_eq!(world.refreshes(provider), round, "{provider}");
        }
    }
}

#[test]
fn whom_nobody_vouches_for_is_not_spoken_to() {
    let mut world = World::with_tls();
    let process = Process::start();
    let bridge = world.open(&process);
    world.authorize(&bridge, "zoom", ANNA);
    drop(bridge);
    world.settings["http"]["ca_file"] = json!(null);
    let bridge = world.open(&process);
    assert_eq!(status(bridge.list_of("zoom", ANNA)), "TLS");
}

#[test]
fn processes_at_one_store_refresh_once() {
    let world = World::new();
    let processes = [(); 2].map(|()| Process::start());
    let bridges = processes.each_ref().map(|process| world.open(process));
    for provider in ["zoom", "webex"] {
        world.authorize(&bridges[0], provider, ANNA);
        let id = &create(&bridges[0], provider);
        for round in 1..=3 {
            world.expire();
            thread::scope(|scope| {
                for bridge in &bridges {
                    let (process, handle) = (bridge.library, bridge.handle);
                    scope.spawn(move || get_at_once(process, handle, provider, id));
                }
            });
            assert_eq!(world.refreshes(provider), round, "{provider}");
        }
    }
    // What each has written, all read.
    for bridge in &bridges {
        let page = bridge.audit(Some(r#"{"page_size": 300}"#)).unwrap();
        let entries = page["entries"].as_array().unwrap();
        let told = entries.iter().filter(|entry| entry["operation"] == "get_meeting");
        let (told, wanted) = (told.count(), 2 * 3 * THREADS * bridges.len());
        // Wine looks for the end of a file and writes there in two steps, so that appending
        // processes now and then overwrite each other's line. Windows does it in one.
        let may_lose = of_windows().is_some();
        assert!(told == wanted || may_lose && told + 10 > wanted, "{told} of {wanted} lines");
    }
}

#[test]
fn a_process_that_dies_leaves_no_lock_and_loses_nothing() {
    let world = World::new();
    let [victim, heir] = [(); 2].map(|()| Process::start());
    let bridge = world.open(&victim);
    world.authorize(&bridge, "zoom", ANNA);
    let id = create(&bridge, "zoom");
    world.expire();
    world.fail_once("zoom.refresh", "before", &json!({ "kind": "hang" }));
    let handle = bridge.handle;
    thread::scope(|scope| {
        // It never comes back.
        scope.spawn(|| {
            let texts = [Some("zoom"), Some(ANNA), None, None];
            let asked = || victim.call("meetbridge_list_meetings", handle, &texts).map(drop);
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(asked)).unwrap_err();
        });
        while world.faults_left() > 0 {
            thread::yield_now();
        }
        victim.kill();
    });
    std::mem::forget(bridge);
    let heir_bridge = world.open(&heir);
    heir_bridge.get("zoom", &id, None).unwrap();
    assert_eq!(world.refreshes("zoom"), 1);
}

#[test]
fn it_stays_loaded_whoever_unloads_it() {
    let world = World::new();
    let process = Process::start();
    let bridge = world.open(&process);
    world.authorize(&bridge, "webex", ANNA);
    for _ in 0..20 {
        process.reload();
        // As it was: what it had open it still has.
        let id = create(&bridge, "webex");
        get_at_once(&process, bridge.handle, "webex", &id);
        process.reload();
        get_at_once(&process, bridge.handle, "webex", &id);
    }
    bridge.close().unwrap();
    process.reload();
    world.open(&process).list("webex", None).unwrap();
}

/// On Linux the harnesses of `tests/c_harness.rs` are.
#[test]
fn a_program_is_linked_with_the_import_library() {
    let Some(library) = of_windows() else {
        println!("skipped: this is not Windows' library");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("linked.c"), folder.path().join("linked.exe"));
    let text = "#include <stdio.h>\n#include \"meetbridge.h\"\n\
                int main(void) { puts(meetbridge_version()); return MEETBRIDGE_OK; }\n";
    std::fs::write(&source, text).unwrap();
    let mut gcc = gcc();
    gcc.arg("-o").arg(&program).arg(&source);
    compile(gcc.arg("-L").arg(library.parent().unwrap()).arg("-lnmeetbridge"));
    // Windows looks for it beside the program, as Domino has it.
    std::fs::copy(&library, folder.path().join("nmeetbridge.dll")).unwrap();
    let output = wine(&program).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), env!("CARGO_PKG_VERSION"));
}
