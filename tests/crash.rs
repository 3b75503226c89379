//! The host dies at every durable step. The next process waits for no dead lock, and an
//! authorization is lost only where its answer had left the provider and nobody could keep it.
#![cfg(feature = "crash-points")]

mod common;

use common::part::{command, in_process};
use common::{ANNA, Library, World};

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
