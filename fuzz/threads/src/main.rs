//! Many threads in the library at once, for ThreadSanitizer: `meetbridge-threads THREADS ROUNDS`.
//!
//! They share a bridge with a token that has ended, and one of them opens, reloads and closes
//! bridges meanwhile; in each round all of it begins anew. With `race` instead, two threads write
//! one place without a lock, which the checker must find.

mod door;

use std::cell::UnsafeCell;
use std::sync::Barrier;
use std::thread;

use meetbridge_sandbox::{Options, Sandbox, Whose, apps};
use serde_json::{Value, json};

const ANNA: &str = "anna@example.com";
const CALLBACK: &str = "http://127.0.0.1:8931/callback";
const MEETING: &str = r#"{"topic": "x", "start": "2030-03-04T09:00:00Z", "duration_minutes": 30}"#;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["race"] => race(),
        [threads, rounds] => {
            let threads = threads.parse().expect("a number of threads");
            for round in 0..rounds.parse().expect("a number of rounds") {
                crowd(threads, ["zoom", "webex"][round % 2]);
            }
        }
        _ => panic!("meetbridge-threads THREADS ROUNDS | race"),
    }
}

fn settings(sandbox: &Sandbox, folder: &std::path::Path) -> Value {
    json!({
        "apps": apps(&sandbox.url(), CALLBACK),
        "store": { "sqlite": folder.join("meetbridge.db") },
        "key": { "file": folder.join("meetbridge.key") },
        // Each thread is some thirty times as slow as without the checker.
        "http": { "timeout_seconds": 120 },
        "log": { "file": folder.join("meetbridge.log"), "level": "trace" },
    })
}

fn crowd(threads: usize, provider: &str) {
    let sandbox = Sandbox::start(Options::default()).expect("the sandbox starts");
    sandbox.change_settings(|settings| {
        settings.zoom_daily_limit = None;
        settings.webex_daily_limit = None;
    });
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(&sandbox, folder.path());
    door::log();
    let bridge = door::open(&settings.to_string());
    let url = door::start(bridge, provider, ANNA);
    let callback = sandbox.consent(&url, ANNA, true).expect("a consent");
    door::complete(bridge, ANNA, &callback);
    sandbox.expire(&Whose::default()).expect("tokens expire");

    let together = Barrier::new(threads);
    thread::scope(|scope| {
        for number in 0..threads {
            let (together, settings) = (&together, &settings);
            scope.spawn(move || {
                together.wait();
                if number == 0 {
                    administer(settings, bridge);
                }
                let id = door::create(bridge, provider, ANNA, MEETING);
                door::get(bridge, provider, ANNA, &id);
                door::scripts(number as i32);
                door::fails(bridge);
            });
        }
    });
    door::close(bridge);
    let live = sandbox.meetings()[provider].as_array().map_or(0, Vec::len);
    assert_eq!(live, threads, "a meeting for each thread");
    let statistics = sandbox.statistics();
    assert_eq!(statistics.refresh_replays, 0);
    assert_eq!(statistics.status(&format!("{provider}.refresh"), 200), 1, "one renewal for all");
    println!("{provider}: {threads} threads");
}

/// What an administrator and other programs of a server do while users are at work.
fn administer(settings: &Value, bridge: u32) {
    let mut other = settings.clone();
    other["language"] = json!("ja");
    let second = door::open(&other.to_string());
    door::reload(bridge, &other.to_string());
    door::maintain(second);
    door::audit(second);
    door::close(second);
    door::log();
}

fn race() {
    struct Shared(UnsafeCell<u64>);
    // SAFETY: it is not; that is what is to be found.
    unsafe impl Sync for Shared {}
    let shared = Shared(UnsafeCell::new(0));
    let together = Barrier::new(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let shared = &shared;
                together.wait();
                for _ in 0..1000 {
                    // SAFETY: as above.
                    unsafe { *shared.0.get() += 1 };
                }
            });
        }
    });
    println!("{}", shared.0.into_inner());
}
