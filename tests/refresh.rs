//! One refresh at a time for each authorization, among threads and processes, whatever happens to
//! them and to the token endpoint.

mod common;

use std::ffi::{CStr, c_char, c_void};
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use common::{ANNA, Bridge, Library, World, person, populous};
use serde_json::{Value, json};

const PROCESSES: usize = 4;

/// The processes of these tests: each does what `MEETBRIDGE_TEST_PART` says.
#[test]
#[ignore = "run by the others"]
fn part() {
    let Ok(part) = std::env::var("MEETBRIDGE_TEST_PART") else { return };
    let settings = std::env::var("MEETBRIDGE_TEST_SETTINGS").unwrap();
    match part.split(' ').collect::<Vec<_>>()[..] {
        ["storm", provider, threads] => storm_part(&settings, provider, threads.parse().unwrap()),
        ["crowd", users, seed] => {
            crowd_part(&settings, users.parse().unwrap(), seed.parse().unwrap());
        }
        ["hold", path] => hold_part(path),
        _ => common::part::run(),
    }
}

/// A process with a line in and lines out.
struct Part {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Part {
    fn start(part: &str, settings: &Value) -> Part {
        let mut command: Command = common::part::command(part, settings);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Part { child, input, output }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// What follows the word on the next line that begins with it.
    fn hear(&mut self, word: &str) -> String {
        loop {
            let line = self.output.next().expect("the process goes on").unwrap();
            // The test harness writes its own words before ours on the first line.
            if let Some((_, rest)) = line.split_once(word) {
                return rest.trim().to_owned();
            }
        }
    }

    fn end(mut self) {
        drop(self.input);
        let rest: Vec<String> = self.output.map_while(Result::ok).collect();
        assert!(self.child.wait().unwrap().success(), "{rest:#?}");
    }
}

/// Nanoseconds of a clock that all processes of the machine share.
fn clock() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it is written to, and lives long enough.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// When a pair was stored, and when the last of those who waited for it had it.
static STORED: AtomicI64 = AtomicI64::new(0);
static TAKEN: AtomicI64 = AtomicI64::new(0);

unsafe extern "C" fn watch(_: *mut c_void, _: i32, message: *const c_char) {
    // SAFETY: a message is a NUL-terminated string.
    let message = unsafe { CStr::from_ptr(message) }.to_string_lossy();
    if message.ends_with(" renewed") {
        let at = if message.contains("takes") { &TAKEN } else { &STORED };
        at.fetch_max(clock(), Ordering::SeqCst);
    }
}

fn storm_part(settings: &str, provider: &str, threads: usize) {
    let library = Library::load();
    library.set_log(Some(watch), std::ptr::null_mut(), 4).unwrap();
    let bridge = library.open(settings).unwrap();
    println!("ready");
    for line in std::io::stdin().lines() {
        assert_eq!(line.unwrap(), "go");
        STORED.store(0, Ordering::SeqCst);
        TAKEN.store(0, Ordering::SeqCst);
        let failed = AtomicU64::new(0);
        let together = Barrier::new(threads);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    together.wait();
                    if let Err(failure) = bridge.list(provider, None) {
                        println!("{}", failure.error);
                        failed.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        let [failed, stored, taken] = [
            failed.into_inner() as i64,
            STORED.load(Ordering::SeqCst),
            TAKEN.load(Ordering::SeqCst),
        ];
        println!("round {failed} {stored} {taken}");
    }
}

/// Rounds of calls by processes of many threads with one expired token.
fn storm(world: &World, provider: &str, threads: usize, rounds: u64) {
    let store = if world.database.is_some() { "PostgreSQL" } else { "SQLite" };
    let library = Library::load();
    let bridge = world.open(&library);
    let seconds = format!("{provider}_access_seconds");
    // The first round finds a token that has expired by the library's own clock.
    world.change(json!({ &seconds: 1 }));
    world.authorize(&bridge, provider, ANNA);
    world.change(json!({ &seconds: 3600 }));
    let part = format!("storm {provider} {threads}");
    let mut parts: Vec<Part> =
        (0..PROCESSES).map(|_| Part::start(&part, &world.settings)).collect();
    parts.iter_mut().for_each(|part| drop(part.hear("ready")));
    let route = format!("{provider}.refresh");
    let mut slowest = Vec::new();
    let stolen_before = stolen();
    for round in 1..=rounds {
        if round > 1 {
            // All others meet it as a refusal by the provider.
            world.expire();
        } else {
            std::thread::sleep(Duration::from_millis(1100));
        }
        // Long enough for every thread to be waiting when the answer comes.
        world.fail_once(&route, "before", &json!({ "kind": "delay", "ms": 400 }));
        parts.iter_mut().for_each(|part| part.say("go"));
        let told: Vec<Vec<i64>> = parts
            .iter_mut()
            .map(|part| part.hear("round").split(' ').map(|n| n.parse().unwrap()).collect())
            .collect();
        let column = |at: usize| told.iter().map(move |numbers| numbers[at]);
        assert_eq!(column(0).sum::<i64>(), 0, "{provider}, round {round}: calls failed");
        let stored: Vec<i64> = column(1).filter(|at| *at != 0).collect();
        assert_eq!(stored.len(), 1, "{provider}, round {round}: one winner");
        let waited = column(2).filter(|at| *at != 0).map(|at| (at - stored[0]).max(0) as u64);
        slowest.push(Duration::from_nanos(waited.max().unwrap_or(0)));
        assert_eq!(world.sandbox.statistics().count(&route), round, "{provider}: one a round");
    }
    parts.into_iter().for_each(Part::end);
    slowest.sort_unstable();
    let (median, worst) = (slowest[slowest.len() / 2], slowest[slowest.len() - 1]);
    let what = format!("{rounds} rounds of {PROCESSES} x {threads}: {rounds} refreshes");
    println!("{store}, {provider}: {what}; slowest waiter {median:?} (median), {worst:?} (worst)");
    // A time that is worth something needs a machine of its own: `make test-crowd`, and nobody
    // who takes its processors away.
    let stolen = stolen() - stolen_before;
    println!("{store}, {provider}: {stolen} ticks of the processors were stolen");
    if std::env::var_os("MEETBRIDGE_ROUNDS").is_some() && stolen < 20 {
        let most = slowest[slowest.len() * 19 / 20 - 1];
        assert!(most <= Duration::from_millis(50), "{provider}: {slowest:?}");
    }
    assert_eq!(world.sandbox.statistics().refresh_replays, 0);
}

/// For how long, in hundredths of a second, the processors were taken away by a machine around
/// this one (proc_stat(5)).
fn stolen() -> u64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    stat.lines().next().and_then(|all| all.split_whitespace().nth(8)?.parse().ok()).unwrap_or(0)
}

/// How often something is done: much in the slow suite, less otherwise.
fn times(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn many_callers_with_one_expired_token_refresh_it_once() {
    for provider in ["zoom", "webex"] {
        storm(&World::new(), provider, 64, times("MEETBRIDGE_ROUNDS", 5));
        storm(&World::on_postgres(), provider, 64, times("MEETBRIDGE_ROUNDS", 5));
    }
}

fn crowd_part(settings: &str, users: u64, seed: u64) {
    const THREADS: u64 = 8;
    let library = Library::load();
    let bridge = library.open(settings).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let bridge = &bridge;
            scope.spawn(move || {
                for number in (thread..users).step_by(THREADS as usize) {
                    // Each process in an order of its own.
                    let user = (number.wrapping_mul(7919) + seed * users / 4) % users;
                    bridge.list_of("zoom", &person(user)).expect("nobody loses his authorization");
                }
            });
        }
    });
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    println!("peak {}", peak.trim_start_matches("VmHWM:").trim());
}

/// Many users of many processes, whose tokens have all expired.
fn crowd(world: &World, users: u64) {
    let library = Library::load();
    let bridge = world.open(&library);
    world.change(json!({ "zoom_access_seconds": 1 }));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let bridge = &bridge;
            scope.spawn(move || {
                for number in (thread..users).step_by(4) {
                    world.authorize(bridge, "zoom", &person(number));
                }
            });
        }
    });
    world.change(json!({ "zoom_access_seconds": 3600 }));
    std::thread::sleep(Duration::from_millis(1100));
    let began = Instant::now();
    let mut parts: Vec<Part> = (0..PROCESSES)
        .map(|seed| Part::start(&format!("crowd {users} {seed}"), &world.settings))
        .collect();
    let peaks: Vec<String> = parts.iter_mut().map(|part| part.hear("peak")).collect();
    parts.into_iter().for_each(Part::end);
    let took = began.elapsed();
    let statistics = world.sandbox.statistics();
    println!("{users} users, {PROCESSES} processes: {took:?}, peak of each {peaks:?}");
    assert_eq!(statistics.count("zoom.refresh"), users);
    assert_eq!(statistics.refresh_replays, 0);
}

#[test]
fn many_users_expire_together_and_each_is_refreshed_once() {
    let users = times("MEETBRIDGE_USERS", 300);
    crowd(&World::with(populous(users)), users);
}

fn state(bridge: &Bridge<'_>, provider: &str) -> Value {
    bridge.authorization(provider, ANNA).unwrap()["state"].clone()
}

/// What the token endpoint does, and what a call is told.
fn outages() -> Vec<(Value, &'static str)> {
    let status = |code: u16, body: &str, kind: &str| json!({ "kind": "status", "code": code, "body": body, "content_type": kind });
    vec![
        (status(500, "{}", "application/json"), "PROVIDER_UNAVAILABLE"),
        (status(503, "<html>", "text/html"), "PROVIDER_UNAVAILABLE"),
        (status(429, "{}", "application/json"), "RATE_LIMITED"),
        (status(404, "<html>", "text/html"), "PROVIDER_REJECTED"),
        (status(400, "<html>Bad Request", "text/html"), "PROVIDER_REJECTED"),
        (status(400, r#"{"message":"blocked"}"#, "application/json"), "PROVIDER_REJECTED"),
        (status(401, r#"{"error":"invalid_client"}"#, "application/json"), "APP_REJECTED"),
        (json!({ "kind": "html" }), "UNEXPECTED_ANSWER"),
        (json!({ "kind": "empty" }), "UNEXPECTED_ANSWER"),
        (json!({ "kind": "wrong_types" }), "UNEXPECTED_ANSWER"),
        (json!({ "kind": "reset" }), "NETWORK"),
        (json!({ "kind": "close" }), "NETWORK"),
        (json!({ "kind": "half" }), "NETWORK"),
    ]
}

#[test]
fn no_outage_of_the_token_endpoint_ends_an_authorization() {
    let library = Library::load();
    for provider in ["zoom", "webex"] {
        let world = World::new();
        let bridge = world.open(&library);
        world.authorize(&bridge, provider, ANNA);
        let route = format!("{provider}.refresh");
        for (fault, wanted) in outages() {
            world.expire();
            let mut forever = fault.clone();
            forever["times"] = json!("forever");
            world.fail_once(&route, "before", &forever);
            for _ in 0..3 {
                let failure = bridge.list(provider, None).expect_err("no token, no list");
                assert_eq!(failure.name(), wanted, "{provider} {fault}: {}", failure.error);
                assert_eq!(state(&bridge, provider), "authorized", "{provider} {fault}");
            }
            world.no_more_faults();
            bridge.list(provider, None).expect("all is well again");
        }
    }
}

#[test]
fn an_endpoint_that_cannot_be_reached_or_never_answers_ends_nothing() {
    let library = Library::load();
    std::thread::scope(|scope| {
        for provider in ["zoom", "webex"] {
            let library = &library;
            scope.spawn(move || {
                let world = World::new();
                let bridge = world.open(library);
                world.authorize(&bridge, provider, ANNA);
                world.expire();

                let mut away = world.settings.clone();
                for app in away["apps"].as_array_mut().unwrap() {
                    app["token_url"] = json!("http://127.0.0.1:9/token");
                }
                let elsewhere = library.open(&away.to_string()).unwrap();
                for _ in 0..8 {
                    let failure = elsewhere.list(provider, None).expect_err("nobody is there");
                    assert!(["NETWORK", "PROVIDER_UNAVAILABLE"].contains(&failure.name()));
                }
                assert_eq!(state(&elsewhere, provider), "authorized");

                // The answer is awaited past the deadline, as nothing else is.
                let route = format!("{provider}.refresh");
                world.fail_once(&route, "before", &json!({ "kind": "delay", "ms": 1500 }));
                let late = bridge.list_with(provider, ANNA, r#"{"timeout_ms": 300}"#);
                assert_eq!(late.expect_err("it is late").name(), "TIMEOUT");
                bridge.list(provider, None).expect("the late answer was kept");
                assert_eq!(world.sandbox.statistics().count(&route), 1);

                world.expire();
                world.fail_once(&route, "before", &json!({ "kind": "hang" }));
                let began = Instant::now();
                let failure = bridge.list(provider, None).expect_err("no answer");
                assert_eq!(failure.name(), "TIMEOUT");
                assert!(began.elapsed() < Duration::from_secs(45), "{:?}", began.elapsed());
                assert_eq!(state(&bridge, provider), "authorized");
                bridge.list(provider, None).expect("all is well again");
            });
        }
    });
}

#[test]
fn a_token_that_is_still_good_is_used_while_the_endpoint_is_down() {
    let library = Library::load();
    for provider in ["zoom", "webex"] {
        let world = World::new();
        let bridge = world.open(&library);
        // Within the margin in which a new one would be fetched.
        world.change(json!({ format!("{provider}_access_seconds"): 45 }));
        world.authorize(&bridge, provider, ANNA);
        let route = format!("{provider}.refresh");
        let down = json!({ "kind": "status", "code": 503, "times": "forever" });
        world.fail_once(&route, "before", &down);
        for _ in 0..5 {
            bridge.list(provider, None).expect("the old token still works");
        }
        assert!(world.sandbox.statistics().count(&route) >= 5);
    }
}

/// Who waited for a refresh that failed takes its failure, instead of asking once more each.
#[test]
fn those_who_waited_share_a_failure() {
    let library = Library::load();
    let world = World::new();
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    world.expire();
    world.fail_once("zoom.refresh", "before", &json!({ "kind": "hang" }));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let options = r#"{"timeout_ms": 31000}"#;
                let failure = bridge.list_with("zoom", ANNA, options).expect_err("no token");
                assert_eq!(failure.name(), "TIMEOUT");
            });
        }
    });
    // One after the other they would take eight minutes.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!(world.sandbox.statistics().count("zoom.refresh"), 1);
    bridge.list("zoom", None).expect("all is well again");
}

/// Holds the database's write lock from the line it reads until its input ends.
fn hold_part(path: &str) {
    let database = rusqlite::Connection::open(path).unwrap();
    println!("ready");
    let mut lines = std::io::stdin().lines();
    lines.next().unwrap().unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    println!("held");
    assert!(lines.next().is_none());
}

#[test]
fn a_new_pair_that_the_store_does_not_take_is_rescued() {
    let library = Library::load();
    for provider in ["zoom", "webex"] {
        let world = World::new();
        world.change(json!({ "webex_rotate": true }));
        let bridge = world.open(&library);
        world.authorize(&bridge, provider, ANNA);
        world.expire();
        let route = format!("{provider}.refresh");
        world.fail_once(&route, "before", &json!({ "kind": "delay", "ms": 700 }));
        let path = world.path("meetbridge.db");
        let mut holder = Part::start(&format!("hold {}", path.display()), &world.settings);
        holder.hear("ready");
        std::thread::scope(|scope| {
            let call = scope.spawn(|| bridge.list(provider, None));
            let sent = |all: &meetbridge_sandbox::Statistics| all.count(&route) == 1;
            assert!(world.sandbox.wait_until(Duration::from_secs(10), sent));
            // The answer is on its way, and nothing can be written any more.
            holder.say("now");
            holder.hear("held");
            call.join().unwrap().expect("the rescued token is good");
        });
        let rescue = world.path("meetbridge.key.rescue");
        let kept = std::fs::read_to_string(&rescue).expect("the pair is in the file");
        for secret in world.sandbox.secrets().access_tokens {
            assert!(!kept.contains(&secret), "sealed");
        }
        holder.end();
        // Another process finds it, even before the first uses it again, and even with another
        // key in front.
        let new = world.path("new.key");
        std::fs::write(&new, "bmV3IGtleSBvZiB0aGlydHktdHdvIGJ5dGVzLCBvaCE=\n").unwrap();
        let mut settings = world.settings.clone();
        settings["key"] = json!([{ "file": new }, { "file": world.path("meetbridge.key") }]);
        let part = format!("create {provider} OK");
        common::part::in_process(&part, &settings);
        assert!(!rescue.exists());
        bridge.list(provider, None).expect("and so does this one");
        let statistics = world.sandbox.statistics();
        assert_eq!((statistics.count(&route), statistics.refresh_replays), (1, 0), "{provider}");
    }
}

#[test]
fn a_new_pair_outlives_a_database_that_goes_away() {
    let library = Library::load();
    for provider in ["zoom", "webex"] {
        let mut world = World::on_postgres();
        world.change(json!({ "webex_rotate": true }));
        let mut database = world.database.take().unwrap();
        let bridge = world.open(&library);
        world.authorize(&bridge, provider, ANNA);
        world.expire();
        let route = format!("{provider}.refresh");
        world.fail_once(&route, "before", &json!({ "kind": "delay", "ms": 700 }));
        std::thread::scope(|scope| {
            let call = scope.spawn(|| bridge.list(provider, None));
            let sent = |all: &meetbridge_sandbox::Statistics| all.count(&route) == 1;
            assert!(world.sandbox.wait_until(Duration::from_secs(10), sent));
            database.crash().unwrap();
            call.join().unwrap().expect("the rescued token is good");
        });
        let rescue = world.path("meetbridge.key.rescue");
        assert!(rescue.exists(), "the pair is in the file");
        let failure = bridge.list(provider, None).expect_err("there is no store");
        assert_eq!(failure.name(), "STORE_UNAVAILABLE");
        database.run().unwrap();
        bridge.list(provider, None).expect("restored");
        assert!(!rescue.exists());
        let statistics = world.sandbox.statistics();
        assert_eq!((statistics.count(&route), statistics.refresh_replays), (1, 0), "{provider}");
    }
}

#[test]
fn nothing_is_sent_while_a_newer_pair_may_be_out_of_reach() {
    let library = Library::load();
    let world = World::new();
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    world.expire();
    let rescue = world.path("meetbridge.key.rescue");
    let refused = |what: &str| {
        let failure = bridge.list("zoom", None).expect_err(what);
        assert_eq!(failure.name(), "STORE_UNAVAILABLE", "{what}: {}", failure.error);
        assert_eq!(world.sandbox.statistics().count("zoom.refresh"), 0, "{what}");
    };
    std::os::unix::fs::symlink("/nowhere/at/all", &rescue).unwrap();
    refused("a link that leads nowhere");
    std::fs::remove_file(&rescue).unwrap();
    std::fs::create_dir(&rescue).unwrap();
    refused("a folder");
    std::fs::remove_dir(&rescue).unwrap();
    let pipe = std::ffi::CString::new(rescue.to_str().unwrap()).unwrap();
    // SAFETY: a NUL-terminated path.
    assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
    refused("a pipe");
    std::fs::remove_file(&rescue).unwrap();
    bridge.list("zoom", None).expect("all is well again");
}

#[test]
fn an_ended_authorization_is_tried_again_after_a_reload() {
    let library = Library::load();
    for provider in ["zoom", "webex"] {
        let world = World::new();
        let bridge = world.open(&library);
        world.authorize(&bridge, provider, ANNA);
        let route = format!("{provider}.refresh");
        let refuse = json!({
            "kind": "status", "code": 400,
            "body": r#"{"reason": "The app is disabled by admin (4738)", "error": "invalid_grant"}"#,
        });
        world.expire();
        world.fail_once(&route, "before", &refuse);
        for _ in 0..3 {
            let failure = bridge.list(provider, None).expect_err("refused");
            assert_eq!(failure.name(), "REAUTHORIZE");
        }
        assert_eq!(world.sandbox.statistics().count(&route), 1, "not asked again at once");
        let reason = bridge.authorization(provider, ANNA).unwrap()["reason"].clone();
        assert_eq!(reason, if provider == "zoom" { "removed" } else { "expired" });

        // Within the same second nothing has changed.
        let ended = Instant::now();
        while ended.elapsed() < Duration::from_millis(1100) {
            std::thread::sleep(Duration::from_millis(50));
        }
        bridge.reload(&world.settings.to_string()).unwrap();
        bridge.list(provider, None).expect("the provider has changed its mind");
        assert_eq!(state(&bridge, provider), "authorized");
    }
}

/// The store is held while the process gets its answer; it dies around the rescue.
#[cfg(feature = "crash-points")]
#[test]
fn death_around_a_rescue() {
    let library = Library::load();
    for (point, rescued) in [("refresh.rescued", true), ("rescue.merged", false)] {
        let world = World::new();
        let bridge = world.open(&library);
        world.authorize(&bridge, "zoom", ANNA);
        bridge.close().unwrap();
        world.expire();
        world.fail_once("zoom.refresh", "before", &json!({ "kind": "delay", "ms": 700 }));
        let path = world.path("meetbridge.db");
        let mut holder = Part::start(&format!("hold {}", path.display()), &world.settings);
        holder.hear("ready");
        let mut dying = common::part::command("create zoom OK", &world.settings);
        // A death at the later point needs one who lives through the rescue first.
        dying.env("MEETBRIDGE_CRASH_AT", if rescued { point } else { "" });
        let child = dying.stdout(Stdio::piped()).spawn().unwrap();
        let sent = |all: &meetbridge_sandbox::Statistics| all.count("zoom.refresh") == 1;
        assert!(world.sandbox.wait_until(Duration::from_secs(10), sent));
        holder.say("now");
        holder.hear("held");
        assert_eq!(child.wait_with_output().unwrap().status.success(), !rescued);
        let rescue = world.path("meetbridge.key.rescue");
        assert!(rescue.exists(), "the pair is in the file");
        holder.end();
        if !rescued {
            let mut merging = common::part::command("create zoom OK", &world.settings);
            let output = merging.env("MEETBRIDGE_CRASH_AT", point).output().unwrap();
            assert!(!output.status.success(), "{point} is passed on the way");
            assert!(rescue.exists(), "it died before it was removed");
        }
        common::part::in_process("create zoom OK", &world.settings);
        assert!(!rescue.exists());
        let statistics = world.sandbox.statistics();
        assert_eq!((statistics.count("zoom.refresh"), statistics.refresh_replays), (1, 0));
    }
}
