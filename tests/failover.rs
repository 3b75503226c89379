//! The database of several servers goes away and comes back while they work.

mod common;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{Library, World, meeting, person, populous};
use meetbridge_sandbox::postgres::{Postgres, PostgresOptions};
use serde_json::json;

const PEOPLE: u64 = 8;

/// How often the database is killed or restarted.
const OUTAGES: u64 = 4;

#[test]
fn a_database_that_is_killed_under_load_costs_time_and_nothing_else() {
    let library = Library::load();
    let mut world = World::with(populous(PEOPLE));
    let mut database = Postgres::start(PostgresOptions::default()).expect("PostgreSQL starts");
    world.settings["store"] = json!({ "postgres": database.url() });
    world.change(
        json!({ "zoom_daily_limit": null, "webex_daily_limit": null, "webex_rotate": true }),
    );
    let bridge = world.open(&library);
    // Another server, as far as the store can tell: caches and connections of its own.
    let mut settings = world.settings.clone();
    settings["store"] = json!({ "postgres": database.url_of("localhost", "postgres") });
    let other = library.open(&settings.to_string()).unwrap();
    for number in 0..PEOPLE {
        world.authorize(&bridge, provider(number), &person(number));
    }
    let (end, refused) = (AtomicBool::new(false), AtomicU64::new(0));
    let done: Vec<AtomicU64> = (0..PEOPLE * 2).map(|_| AtomicU64::new(0)).collect();
    let all_succeed = || {
        let before: Vec<u64> = done.iter().map(|count| count.load(Ordering::SeqCst)).collect();
        wait("calls succeed", || {
            let counts = done.iter().zip(&before);
            counts.into_iter().all(|(count, before)| count.load(Ordering::SeqCst) >= before + 2)
        });
    };
    let entries: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..PEOPLE * 2)
            .map(|number| {
                let bridge = if number < PEOPLE { &bridge } else { &other };
                let (end, done, refused) = (&end, &done[number as usize], &refused);
                scope.spawn(move || {
                    let person = person(number % PEOPLE);
                    let provider = provider(number % PEOPLE);
                    let mut entries = 0;
                    while !end.load(Ordering::SeqCst) {
                        let mut meeting = meeting();
                        meeting["reference"] = json!(format!("{number}-{entries}"));
                        meeting["topic"] = meeting["reference"].clone();
                        let created = loop {
                            let outcome = bridge.create(provider, &person, &meeting);
                            match outcome {
                                Ok(created) => break created,
                                Err(failure) => {
                                    // The truth, and nothing that would send the user away.
                                    let known = ["STORE_UNAVAILABLE", "TIMEOUT", "OUTCOME_UNKNOWN"];
                                    let name = failure.name();
                                    assert!(known.contains(&name), "{}", failure.error);
                                    refused.fetch_add(1, Ordering::SeqCst);
                                }
                            }
                        };
                        assert_eq!(created["reference"], meeting["reference"]);
                        entries += 1;
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                    entries
                })
            })
            .collect();
        for outage in 0..OUTAGES {
            // A call renews its token once: what it has just got must not be ended at once again.
            all_succeed();
            world.expire();
            match outage % 2 {
                0 => database.crash().unwrap(),
                _ => database.stop().unwrap(),
            }
            let before = refused.load(Ordering::SeqCst);
            wait("calls fail", || refused.load(Ordering::SeqCst) > before);
            database.run().unwrap();
        }
        all_succeed();
        end.store(true, Ordering::SeqCst);
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    for number in 0..PEOPLE {
        let state = bridge.authorization(provider(number), &person(number)).unwrap();
        assert_eq!(state["state"], "authorized", "{state}");
        bridge.list_of(provider(number), &person(number)).expect("and it works");
    }
    let statistics = world.sandbox.statistics();
    let live: u64 = statistics.live_meetings.values().sum();
    let refused = refused.into_inner();
    println!(
        "{entries} entries, {refused} calls refused, {} refreshes",
        statistics.refreshes.len()
    );
    assert_eq!(live, entries, "one meeting for each entry");
    assert_eq!(statistics.refresh_replays, 0);
    assert!(!world.path("meetbridge.key.rescue").exists());
}

#[test]
fn a_rename_waits_for_a_refresh_whose_lock_was_lost() {
    let library = Library::load();
    let mut world = World::with(populous(1));
    let database = Postgres::start(PostgresOptions::default()).expect("PostgreSQL starts");
    world.settings["store"] = json!({ "postgres": database.url() });
    let bridge = world.open(&library);
    let mut settings = world.settings.clone();
    settings["store"] = json!({ "postgres": database.url_of("localhost", "postgres") });
    let other = library.open(&settings.to_string()).unwrap();
    let person = person(0);
    world.authorize(&bridge, "zoom", &person);
    world.expire();
    world.fail_once("zoom.refresh", "before", &json!({ "kind": "delay", "ms": 2000 }));
    thread::scope(|scope| {
        let call = scope.spawn(|| bridge.list_of("zoom", &person));
        let sent = |all: &meetbridge_sandbox::Statistics| all.count("zoom.refresh") == 1;
        assert!(world.sandbox.wait_until(Duration::from_secs(10), sent));
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name = 'meetbridge'";
        database.sql(end).unwrap();
        other.rename(&person, "Anna Berg/Acme").expect("after the answer has come");
        drop(call.join().unwrap());
    });
    other.list_of("zoom", "Anna Berg/Acme").expect("the new pair has the new name");
    let statistics = world.sandbox.statistics();
    assert_eq!((statistics.count("zoom.refresh"), statistics.refresh_replays), (1, 0));
}

fn provider(number: u64) -> &'static str {
    if number.is_multiple_of(2) { "zoom" } else { "webex" }
}

fn wait(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}: they do not");
        thread::sleep(Duration::from_millis(10));
    }
}
