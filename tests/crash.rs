//! The host dies at every durable step. The next process waits for no dead lock, and an
//! authorization is lost only where its answer had left the provider and nobody could keep it.
#![cfg(feature = "crash-points")]

mod common;

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use common::part::{READY, command, in_process};
use common::{ANNA, Library, World, person, populous};
use meetbridge_sandbox::{Provider, Whose};

#[test]
#[ignore = "run by the others"]
fn part() {
    common::part::run();
}

/// Runs a part and sees it die at the point.
fn die(world: &World, part: &str, point: &str) {
    let output = command(part, &world.settings).env("MEETBRIDGE_CRASH_AT", point).output().unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(signal, Some(libc::SIGABRT), "{point} is passed on the way: {told}");
}

fn authorized(provider: &str) -> World {
    let world = World::new();
    let library = Library::load();
    let bridge = world.open(&library);
    world.authorize(&bridge, provider, ANNA);
    bridge.close().unwrap();
    world
}

#[test]
fn death_during_a_refresh() {
    for provider in ["zoom", "webex"] {
        for (point, answered) in [
            ("store.intent.before", false),
            ("store.intent.after", false),
            ("refresh.intended", false),
            ("refresh.answered", true),
            ("store.grant.before", true),
            ("store.grant.after", true),
            ("refresh.stored", true),
        ] {
            let world = authorized(provider);
            world.expire();
            let part = format!("create {provider} OK");
            die(&world, &part, point);
            let route = format!("{provider}.refresh");
            let sent = world.sandbox.statistics().count(&route);
            assert_eq!(sent, u64::from(answered), "{point}: sent after the intent is durable");
            // Zoom's refresh token was spent and its successor died with the process.
            let stored = point == "store.grant.after" || point == "refresh.stored";
            let lost = provider == "zoom" && answered && !stored;
            match lost {
                true => in_process("create zoom REAUTHORIZE", &world.settings),
                false => in_process(&part, &world.settings),
            }
            let live: u64 = world.sandbox.statistics().live_meetings.values().sum();
            assert_eq!(live, u64::from(!lost), "{provider} {point}");
        }
    }
}

#[test]
fn death_during_a_completion() {
    let library = Library::load();
    for point in ["store.nonce.after", "complete.claimed", "complete.answered", "complete.stored"] {
        let world = authorized("zoom");
        let callback = {
            let bridge = world.open(&library);
            world.consent(&bridge.start("zoom", ANNA, None, None).unwrap(), ANNA, true)
        };
        die(&world, &format!("complete {callback} OK"), point);
        in_process(&format!("complete {callback} STATE_REPLAYED"), &world.settings);
        // Until the code is exchanged the earlier consent holds; the exchange ends it at Zoom.
        match point {
            "complete.answered" => in_process("create zoom REAUTHORIZE", &world.settings),
            _ => in_process("create zoom OK", &world.settings),
        }
    }
}

#[test]
fn death_during_a_creation_with_a_reference() {
    for provider in ["zoom", "webex"] {
        let world = authorized(provider);
        for (at, point) in [
            "store.reference.before",
            "store.reference.after",
            "create.intended",
            "create.answered",
            "create.stored",
        ]
        .into_iter()
        .enumerate()
        {
            let part = format!("reference {provider} entry-{at} OK");
            die(&world, &part, point);
            in_process(&part, &world.settings);
            in_process(&part, &world.settings);
            let live: u64 = world.sandbox.statistics().live_meetings.values().sum();
            assert_eq!(live, at as u64 + 1, "{provider} {point}: one meeting for each reference");
        }
    }
}

#[test]
fn four_processes_make_one_meeting_of_a_reference() {
    for provider in ["zoom", "webex"] {
        let world = authorized(provider);
        let part = format!("reference {provider} shared OK");
        let children: Vec<_> = (0..4)
            .map(|_| command(&part, &world.settings).stdout(Stdio::null()).spawn().unwrap())
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let live: u64 = world.sandbox.statistics().live_meetings.values().sum();
        assert_eq!(live, 1, "{provider}");
    }
}

/// 20 moments for each provider here; `MEETBRIDGE_REFRESH_KILLS` says another number (`make
/// test-kills`: 1000).
#[test]
fn death_at_any_moment_of_a_refresh() {
    const AT_ONCE: u64 = 4;
    let kills: u64 =
        std::env::var("MEETBRIDGE_REFRESH_KILLS").map_or(20, |text| text.parse().unwrap());
    for provider in [Provider::Zoom, Provider::Webex] {
        let world = World::with(populous(AT_ONCE));
        world.change(serde_json::json!({ "webex_rotate": true }));
        let told: Vec<(u64, u64)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..AT_ONCE)
                .map(|thread| {
                    let world = &world;
                    scope.spawn(move || {
                        let mine = (0..kills).filter(|number| number % AT_ONCE == thread);
                        kill_refreshes(world, provider, &person(thread), mine)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let died: u64 = told.iter().map(|(died, _)| died).sum();
        let lost: u64 = told.iter().map(|(_, lost)| lost).sum();
        let name = provider.name();
        println!("{name}: {died} of {kills} died in the middle; {lost} answers died with them");
        assert!(died > 0, "{name}: all were faster than their death");
    }
}

/// How many died, and how many of them took the only copy of a new pair with them.
fn kill_refreshes(
    world: &World,
    provider: Provider,
    user: &str,
    numbers: impl Iterator<Item = u64>,
) -> (u64, u64) {
    let library = Library::load();
    let bridge = world.open(&library);
    let name = provider.name();
    let part = format!("list {name} {user}");
    let refreshed = || {
        let statistics = world.sandbox.statistics();
        let of_user = statistics.refreshes.get(user);
        of_user.and_then(|counts| counts.get(&provider)).copied().unwrap_or(0)
    };
    world.authorize(&bridge, name, user);
    let (mut died, mut lost) = (0, 0);
    for number in numbers {
        world.sandbox.expire(&Whose::user(provider, user)).unwrap();
        let before = refreshed();
        let micros = number.wrapping_mul(7919) % 97 * 100;
        let died_now = kill_after(&part, &world.settings, micros);
        died += u64::from(died_now);
        let began = std::time::Instant::now();
        let output = command(&part, &world.settings).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        // Far less than anything that waits for a timeout.
        assert!(began.elapsed() < Duration::from_secs(5), "no dead lock is waited for");
        if told.contains("outcome: REAUTHORIZE") {
            assert!(died_now && refreshed() == before + 1, "the answer had left: {told}");
            lost += 1;
            world.authorize(&bridge, name, user);
        } else {
            assert!(told.contains("outcome: OK"), "{told}");
            assert!(refreshed() <= before + 1, "one refresh is enough");
        }
    }
    (died, lost)
}

/// 40 moments here; `MEETBRIDGE_KILLS` says another number (`make test-kills`: 200).
#[test]
fn death_at_any_moment_of_a_creation_with_a_reference() {
    let kills = std::env::var("MEETBRIDGE_KILLS").map_or(40, |text| text.parse().unwrap());
    const AT_ONCE: u64 = 4;
    for provider in ["zoom", "webex"] {
        let world = authorized(provider);
        world.change(serde_json::json!({"zoom_daily_limit": null, "webex_daily_limit": null}));
        let settings = &world.settings;
        let killed: u64 = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..AT_ONCE)
                .map(|thread| {
                    scope.spawn(move || {
                        let mine = (0..kills / 2).filter(|number| number % AT_ONCE == thread);
                        mine.filter(|number| kill_one(provider, *number, settings)).count() as u64
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        let statistics = world.sandbox.statistics();
        let live: u64 = statistics.live_meetings.values().sum();
        assert_eq!(live, kills / 2, "{provider}: one meeting for each reference");
        println!("{provider}: {killed} of {} died in the middle", kills / 2);
        assert!(killed > 0, "{provider}: all were faster than their death");
    }
}

/// Kills a creation a moment after its beginning, then asks again. Whether it died.
fn kill_one(provider: &str, number: u64, settings: &serde_json::Value) -> bool {
    let part = format!("reference {provider} killed-{number} OK");
    // Spread over the few milliseconds that a creation takes, in no order.
    let died = kill_after(&part, settings, number.wrapping_mul(7919) % 97 * 250);
    in_process(&part, settings);
    died
}

/// Kills a part a moment after its call began. Whether it died.
fn kill_after(part: &str, settings: &serde_json::Value, micros: u64) -> bool {
    let mut child = command(part, settings).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with(READY)));
    std::thread::sleep(Duration::from_micros(micros));
    child.kill().unwrap();
    !child.wait().unwrap().success()
}
