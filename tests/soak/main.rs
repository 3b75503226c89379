//! Hosts that work while everything around them fails: `make soak MINUTES=n`.
//!
//! Two processes, the first with 16 threads, use one store; they fork, their settings are exchanged,
//! the store gets new keys, users revoke and authorize again, and the providers fail at random. In
//! the end the books must balance. What `make test` runs takes 20 seconds and judges the books
//! alone; from two minutes on it is judged too whether the processes grow.

mod chance;
#[path = "../common/mod.rs"]
mod common;
mod plot;
mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chance::{Chance, fault};
use common::host::Host;
use common::{World, person, populous};
use meetbridge_sandbox::{Options, Provider, Whose};
use serde_json::{Value, json};
use watch::{Sample, growth, sample};

const PEOPLE: u64 = 8;
const THREADS: u64 = 16;
/// Of the second process.
const FEWER: u64 = 4;
/// From which length on it is judged whether the processes grow.
const JUDGED: Duration = Duration::from_secs(120);
/// How many faults wait at most.
const FAULTS: usize = 12;

/// A host that obeys lines.
struct Worker {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    fn start(host: &Host, world: &World, name: &str, threads: u64, seed: u64) -> Worker {
        let words = [threads, PEOPLE, seed % 1_000_000].map(|number| number.to_string());
        let mut command = host.command(world, &[name, &words[0], &words[1], &words[2]]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut worker = Worker { child, input, output };
        assert_eq!(worker.hear(), "ready");
        worker
    }

    fn hear(&mut self) -> String {
        let line = self.output.next();
        line.unwrap_or_else(|| panic!("it has ended: {:?}", self.child.wait())).unwrap()
    }

    fn say(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").expect("it listens");
        self.hear()
    }

    /// What it prints until it ends, which must be good.
    fn end(mut self) -> Vec<String> {
        writeln!(self.input, "end").expect("it listens");
        let lines = self.output.by_ref().map(|line| line.unwrap()).collect();
        assert!(self.child.wait().unwrap().success());
        lines
    }
}

/// Where the soak has failed.
impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_books_balance_after_a_soak() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let length = Duration::from_secs(number("MEETBRIDGE_SOAK").unwrap_or(20));
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    let seed = number("MEETBRIDGE_SOAK_SEED").unwrap_or(now % 1_000_000);
    println!("MEETBRIDGE_SOAK_SEED={seed}");
    let world = world();
    let host = Host::build("soak");
    let mut workers = vec![Worker::start(&host, &world, "first", THREADS, seed)];
    workers.push(Worker::start(&host, &world, "second", FEWER, seed + 1));
    let pids = [workers[0].child.id(), workers[1].child.id()];
    let began = Instant::now();
    let stop = AtomicBool::new(false);
    let samples = thread::scope(|scope| {
        let (sandbox, stop) = (&world.sandbox, &stop);
        let pause = Duration::from_millis(250);
        scope.spawn(move || strain(sandbox, Chance::new(seed), stop));
        let samples = scope.spawn(move || {
            let mut all = [Vec::new(), Vec::new()];
            while !stop.load(Ordering::SeqCst) {
                for (samples, pid) in all.iter_mut().zip(pids) {
                    samples.extend(sample(pid, began));
                }
                thread::sleep(pause);
            }
            all
        });
        let _stop = Stop(stop);
        administer(&world, &mut workers, Chance::new(seed + 2), length);
        drop(_stop);
        samples.join().unwrap()
    });
    world.sandbox.clear_faults();
    let mut lines = workers.pop().unwrap().end();
    lines.extend(workers.pop().unwrap().end());
    report(&world, &lines, &samples, seed);
    balance(&world, &lines);
    if length >= JUDGED {
        for samples in &samples {
            judge(samples);
        }
    }
}

/// Also when the others fail, so that all threads end.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn world() -> World {
    let mut world = World::with(Options { tls: true, ..populous(PEOPLE) });
    let ca_file = world.path("ca.pem");
    fs::write(&ca_file, world.sandbox.ca_pem().expect("TLS is on")).unwrap();
    world.settings["apps"] = common::apps(&world.sandbox.tls_url().expect("TLS is on"));
    world.settings["http"] = json!({ "ca_file": ca_file, "timeout_seconds": 5 });
    world.settings["log"]["level"] = json!("info");
    world.change(
        json!({ "zoom_daily_limit": null, "webex_daily_limit": null, "webex_rotate": true }),
    );
    world
}

/// Makes the providers fail, and tokens end, until it is told to stop.
fn strain(sandbox: &meetbridge_sandbox::Sandbox, mut chance: Chance, stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        if sandbox.faults().len() < FAULTS {
            sandbox.fault(fault(&mut chance));
        }
        if chance.below(8) == 0 {
            let provider = *chance.pick(&[Provider::Zoom, Provider::Webex]);
            let user = person(chance.below(PEOPLE));
            sandbox.expire(&Whose::user(provider, &user)).expect("tokens expire");
        }
        if chance.below(40) == 0 {
            let latency = *chance.pick(&[0, 0, 2, 10, 40]);
            sandbox.change_settings(|settings| settings.latency_ms = latency);
        }
        if chance.below(200) == 0 {
            // None is left alone for ever by what strikes seldom.
            sandbox.clear_faults();
        }
        thread::sleep(Duration::from_millis(40));
    }
    sandbox.change_settings(|settings| settings.latency_ms = 0);
}

/// What an administrator and the users do meanwhile.
fn administer(world: &World, workers: &mut [Worker], mut chance: Chance, length: Duration) {
    let began = Instant::now();
    let mut keys = Keys::new(world, length);
    while began.elapsed() < length {
        let worker = &mut workers[chance.below(2) as usize];
        match chance.below(10) {
            0..3 => {
                let how = *chance.pick(&["again", "revoke"]);
                let line = format!("{how} {} {}", chance.provider(), person(chance.below(PEOPLE)));
                assert_eq!(worker.say(&line), "authorized");
            }
            3..5 => drop(maintained(worker)),
            5..7 => keys.exchange(world, workers, &mut chance),
            _ => thread::sleep(Duration::from_millis(chance.below(1500))),
        }
        keys.turn(world, workers, &mut chance);
    }
}

fn maintained(worker: &mut Worker) -> Value {
    let report: Value = serde_json::from_str(&worker.say("maintain")).expect("a report");
    assert_eq!(report["renewals"]["ended"], 0, "{report}");
    report
}

/// The settings, and how far they are in getting a new key.
struct Keys {
    settings: Value,
    /// The one in use first, and beside it one that comes or goes.
    ring: Vec<PathBuf>,
    step: u32,
    /// Calls under way and states of authorizations outlive the exchange of settings.
    pause: Duration,
    last: Instant,
    drops: bool,
    exchanges: u32,
}

impl Keys {
    fn new(world: &World, length: Duration) -> Keys {
        Keys {
            settings: world.settings.clone(),
            ring: vec![world.path("meetbridge.key")],
            step: 0,
            pause: (length / 5).min(Duration::from_secs(45)),
            last: Instant::now(),
            drops: length >= JUDGED,
            exchanges: 0,
        }
    }

    /// One step of those in the administrator's guide, if it is time.
    fn turn(&mut self, world: &World, workers: &mut [Worker], chance: &mut Chance) {
        if self.last.elapsed() < self.pause {
            return;
        }
        match self.step % 3 {
            0 => {
                let path = world.path(&format!("key-{}", self.step));
                let bytes: Vec<u8> = (0..32).map(|_| chance.below(256) as u8).collect();
                fs::write(&path, STANDARD.encode(bytes)).unwrap();
                fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                    .unwrap();
                self.ring.push(path);
            }
            1 => self.ring.swap(0, 1),
            _ if !self.drops => return,
            _ => {
                let rows_are_left = |report: Value| report["due"]["reseals"] != 0;
                let until = Instant::now() + Duration::from_secs(60);
                while rows_are_left(maintained(&mut workers[0])) {
                    assert!(Instant::now() < until, "all is sealed anew in the end");
                }
                fs::remove_file(self.ring.pop().expect("the old key")).unwrap();
            }
        }
        self.step += 1;
        self.last = Instant::now();
        self.exchange(world, workers, chance);
    }

    /// Gives both processes settings that are new, or only look so.
    fn exchange(&mut self, world: &World, workers: &mut [Worker], chance: &mut Chance) {
        let ring: Vec<Value> = self.ring.iter().map(|path| json!({ "file": path })).collect();
        self.settings["key"] = json!(ring);
        self.settings["http"]["timeout_seconds"] = json!(4 + chance.below(3));
        // Children open it at any moment.
        let draft = world.path("settings.new");
        fs::write(&draft, self.settings.to_string()).unwrap();
        fs::rename(draft, world.path("settings.json")).unwrap();
        let log = world.path("meetbridge.log");
        self.exchanges += 1;
        fs::rename(&log, world.path(&format!("meetbridge.log.{}", self.exchanges))).unwrap();
        for worker in workers {
            assert_eq!(worker.say("reload"), "reloaded");
        }
        assert!(log.exists(), "the log is opened anew");
    }
}

/// Each entry has exactly one meeting, and there is no other; nobody has lost an authorization, and
/// no spent refresh token was shown.
fn balance(world: &World, lines: &[String]) {
    let mut wanted = BTreeMap::new();
    for line in lines.iter().filter_map(|line| line.strip_prefix("entry ")) {
        let [provider, _user, reference, id] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let meeting = (provider.to_owned(), format!("About {reference}"));
        assert_eq!(wanted.insert(meeting, id.to_owned()), None, "{line}: once");
    }
    assert!(wanted.len() > 50, "something was done");
    let found = world.sandbox.meetings();
    let zoom = found["zoom"].as_array().unwrap().iter().filter(|it| it["deleted"] != true);
    let zoom = zoom.map(|it| ("zoom", &it["topic"], it["id"].to_string()));
    let webex = found["webex"].as_array().unwrap().iter();
    let webex = webex.map(|it| ("webex", &it["title"], it["id"].as_str().unwrap().to_owned()));
    let mut others = Vec::new();
    for (provider, topic, id) in zoom.chain(webex) {
        let meeting = (provider.to_owned(), topic.as_str().unwrap().to_owned());
        match wanted.get(&meeting) == Some(&id) {
            true => drop(wanted.remove(&meeting)),
            false => others.push((meeting, id)),
        }
    }
    if !(wanted.is_empty() && others.is_empty()) {
        let left = keep(world);
        panic!(
            "entries without their meeting: {wanted:?}; meetings of no entry: {others:?}; {left}"
        );
    }
    assert_eq!(world.sandbox.statistics().refresh_replays, 0);
    let database = rusqlite::Connection::open(world.path("meetbridge.db")).unwrap();
    let whole: String =
        database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it is read");
    let lost = "SELECT count(*) FROM grants WHERE state <> 'authorized'";
    let lost: i64 = database.query_row(lost, [], |row| row.get(0)).expect("it is read");
    assert_eq!((whole.as_str(), lost), ("ok", 0));
    for entry in fs::read_dir(world.folder.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.ends_with(".rescue"), "{name}: pairs wait beside the store");
    }
}

/// Keeps store and logs for a look, and says where.
fn keep(world: &World) -> String {
    let folder = folder().join("left");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(world.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().expect("a name"))).unwrap();
    }
    folder.display().to_string()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("soak")
}

/// Flat, but for what an allocator and caches take some time to settle at.
fn judge(samples: &[Sample]) {
    let last = samples.last().expect("there are samples");
    let memory = growth(samples, |sample| sample.memory);
    let descriptors = growth(samples, |sample| sample.descriptors);
    let threads = growth(samples, |sample| sample.threads);
    assert!(memory < 2.0 + last.memory / 10.0, "{memory:.1} MiB more, {} in the end", last.memory);
    assert!(descriptors < 20.0, "{descriptors:.1} descriptors more");
    assert!(threads < 0.5, "{threads:.1} threads more");
}

/// Numbers and a picture, in `target/soak`.
fn report(world: &World, lines: &[String], samples: &[Vec<Sample>; 2], seed: u64) {
    let statistics = world.sandbox.statistics();
    let mut ended: BTreeMap<&str, u64> = BTreeMap::new();
    for line in lines.iter().filter_map(|line| line.strip_prefix("ended ")) {
        let (status, count) = line.split_once(' ').expect("a number");
        *ended.entry(status).or_default() += count.parse::<u64>().expect("a number");
    }
    let refreshes: u64 = statistics.refreshes.values().flat_map(|counts| counts.values()).sum();
    let of = |route: &str| {
        statistics.count(&format!("zoom.{route}")) + statistics.count(&format!("webex.{route}"))
    };
    println!(
        "calls ended {ended:?}; {} creations and {} deletions sent, {refreshes} renewals, {} \
         consents, {} faults",
        of("create_meeting"),
        of("delete_meeting"),
        statistics.codes.exchanged,
        statistics.faults,
    );
    for (name, samples) in ["first", "second"].iter().zip(samples) {
        let last = samples.last().expect("there are samples");
        println!(
            "{name}: {:.1} MiB ({:+.1} in the later half), {} descriptors ({:+.1}), {} threads",
            last.memory,
            growth(samples, |sample| sample.memory),
            last.descriptors,
            growth(samples, |sample| sample.descriptors),
            last.threads,
        );
    }
    let folder = folder();
    fs::create_dir_all(&folder).unwrap();
    let processes =
        [("16 threads", samples[0].clone()), ("4 threads, the same store", samples[1].clone())];
    let title = format!(
        "A soak: {} calls, {} faults, seed {seed}",
        ended.values().sum::<u64>(),
        statistics.faults
    );
    let picture = folder.join("soak.svg");
    fs::write(&picture, plot::svg(&processes, &title)).unwrap();
    println!("{}", picture.display());
}
