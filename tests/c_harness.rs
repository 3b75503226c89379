//! Whole C programs that use the library as a host does: with threads, forks and small stacks, and
//! under checkers of memory.
//!
//! The checkers run a short form; with MEETBRIDGE_SANITIZERS=full they run the whole.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use common::host::{Host, compile, ended_well, gcc, lead, number};
use common::{World, library_path, root};

/// What looks at the memory while a harness runs.
#[derive(Clone, Copy, PartialEq)]
enum Checker {
    None,
    /// AddressSanitizer with LeakSanitizer, in the C part and at every allocation.
    Address,
    Valgrind,
}

/// A compiled harness.
struct Harness {
    host: Host,
    checker: Checker,
}

impl Harness {
    fn build(name: &str, checker: Checker) -> Harness {
        let created = root().join("tests/c/created.c");
        let mut more = Vec::new();
        if checker == Checker::Address {
            more.extend(["-fsanitize=address", "-fno-omit-frame-pointer"]);
        }
        if name == "threads" {
            // Its pthread_create, which the libraries call too.
            more.push(created.to_str().expect("UTF-8"));
        }
        Harness { host: Host::build_with(name, &library(checker), &more), checker }
    }

    /// Runs to the end, however that is.
    fn try_run(&self, world: &World, arguments: &[&str]) -> Output {
        let program = &self.host.program;
        let mut command = match self.checker {
            Checker::Valgrind => {
                let mut valgrind = Command::new("valgrind");
                let known = root().join("tests/c/valgrind.supp");
                valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=full"]);
                valgrind.args(["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]);
                valgrind.arg(format!("--suppressions={}", known.display()));
                valgrind.arg(program);
                valgrind
            }
            _ => Command::new(program),
        };
        lead(&mut command, world, arguments);
        command.env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1:exitcode=99");
        let hint = "`make test` installs what is needed";
        let name = command.get_program().to_owned();
        command.output().unwrap_or_else(|error| panic!("{}: {error}; {hint}", name.display()))
    }

    /// Runs and must end well; gives what was printed.
    #[track_caller]
    fn run(&self, world: &World, arguments: &[&str]) -> String {
        println!("{} {arguments:?}", self.host.program.display());
        let out = ended_well(self.try_run(world, arguments));
        println!("{}", out.trim());
        out
    }
}

/// The library; with the checks of AddressSanitizer in it too, where `make test-sanitizers` has built
/// it so.
fn library(checker: Checker) -> PathBuf {
    let checked = std::env::var_os("MEETBRIDGE_ADDRESS_LIBRARY");
    checked.filter(|_| checker == Checker::Address).map_or_else(library_path, PathBuf::from)
}

/// How many meetings the sandbox has, and that nobody asked for one in vain.
fn meetings(world: &World, provider: &str) -> u64 {
    let live = world.sandbox.meetings()[provider].as_array().map_or(0, Vec::len) as u64;
    let statistics = world.sandbox.statistics();
    let route = format!("{provider}.create_meeting");
    let created = statistics.status(&route, if provider == "zoom" { 201 } else { 200 });
    assert_eq!(created, live, "{provider}: one answer for each meeting");
    live
}

/// The long form of a number under a checker is for `make test-sanitizers`.
fn size<'a>(checker: Checker, whole: &'a str, short: &'a str) -> &'a str {
    let full = std::env::var("MEETBRIDGE_SANITIZERS").is_ok_and(|value| value == "full");
    if checker == Checker::None || full { whole } else { short }
}

fn threads(checker: Checker) {
    let harness = Harness::build("threads", checker);
    let (count, each) = (size(checker, "64", "16"), size(checker, "4", "2"));
    for provider in ["zoom", "webex"] {
        for ended in ["known", "refused"] {
            let world = World::with_tls();
            harness.run(&world, &[provider, ended, count, each]);
            let wanted = count.parse::<u64>().unwrap() * each.parse::<u64>().unwrap();
            assert_eq!(meetings(&world, provider), wanted, "{provider} {ended}");
            assert_eq!(world.refreshes(provider), 1, "{provider} {ended}");
        }
    }
}

fn fork(checker: Checker) {
    let world = World::with_tls();
    // The sanitizer's own allocator can be locked in a child of several threads; glibc's cannot.
    let forks = if checker == Checker::None { "20" } else { "0" };
    let printed = Harness::build("fork", checker).run(&world, &[forks]);
    for provider in ["zoom", "webex"] {
        assert_eq!(meetings(&world, provider), number(&printed, provider), "{provider}");
        let met = world.refreshes(provider) > 0;
        assert_eq!(met, checker == Checker::None, "{provider}: the processes met at a renewal");
    }
}

fn early() {
    let world = World::with_tls();
    let harness = Harness::build("early", Checker::None);
    harness.run(&world, &["0"]);
    let processes = 60;
    for seed in 1..=processes {
        harness.run(&world, &[&seed.to_string()]);
    }
    // Eight threads and six children in each.
    assert_eq!(meetings(&world, "zoom"), 14 * processes);
}

fn lifecycle(checker: Checker) {
    // What valgrind cannot know about TLS is told in its suppressions; here it needs none.
    let world = if checker == Checker::Valgrind { World::new() } else { World::with_tls() };
    let rounds = size(checker, "1000", "50");
    let printed = Harness::build("lifecycle", checker).run(&world, &[rounds]);
    if checker == Checker::None {
        // A database opened anew takes several milliseconds; a shared bridge some microseconds.
        assert!(number(&printed, "ms") < 2000, "opening again is slow: {printed}");
    }
    for provider in ["zoom", "webex"] {
        assert!(meetings(&world, provider) > 0, "{provider}");
    }
}

fn loading(checker: Checker) {
    let world = World::with_tls();
    let library = library(checker);
    let copy = world.path("copy.so");
    fs::copy(&library, &copy).unwrap();
    let arguments = [library.to_str().unwrap(), copy.to_str().unwrap(), size(checker, "100", "5")];
    let printed = Harness::build("loading", checker).run(&world, &arguments);
    if checker == Checker::None {
        // What is not taken down adds up: a page in each of the later 80 rounds is 320 kB.
        let grown = number(&printed, "grown");
        assert!(grown < 300, "80 rounds have left {grown} kB");
    }
}

fn logging(checker: Checker) {
    Harness::build("logging", checker).run(&World::new(), &[size(checker, "300", "20")]);
}

fn arguments(checker: Checker) {
    Harness::build("arguments", checker).run(&World::new(), &[]);
}

fn lotusscript(checker: Checker) {
    let world = World::new();
    let (count, each) = (size(checker, "32", "8"), size(checker, "4", "2"));
    // What a child leaves behind of its parent's, valgrind would call a leak.
    let forks = if checker == Checker::Valgrind { "0" } else { "3" };
    Harness::build("lotusscript", checker).run(&world, &[count, each, forks]);
    let wanted = count.parse::<u64>().unwrap() * each.parse::<u64>().unwrap();
    assert_eq!(meetings(&world, "zoom"), wanted);
}

fn job(checker: Checker) {
    Harness::build("job", checker).run(&World::with_tls(), &[]);
}

#[test]
fn many_threads_create_meetings_and_the_library_none_of_its_own() {
    threads(Checker::None);
}

/// Else the harness above would prove nothing.
#[test]
#[cfg(feature = "reqwest")]
fn a_transport_that_starts_threads_is_found_out() {
    let mut world = World::with_tls();
    world.settings["http"]["client"] = serde_json::json!("reqwest");
    let harness = Harness::build("threads", Checker::None);
    let output = harness.try_run(&world, &["zoom", "known", "8", "1"]);
    let errors = common::host::text(&output.stderr);
    assert!(!output.status.success());
    assert!(errors.contains("the library created"), "{errors}");
}

#[test]
fn forked_children_use_the_library() {
    fork(Checker::None);
}

#[test]
fn children_forked_during_the_first_calls_are_not_held_up() {
    early();
}

#[test]
fn bridges_are_opened_shared_and_closed() {
    lifecycle(Checker::None);
}

#[test]
fn the_library_is_loaded_and_unloaded_and_a_second_copy_refused() {
    loading(Checker::None);
}

#[test]
fn a_callback_is_called_until_it_is_replaced_and_cannot_call_back() {
    logging(Checker::None);
}

#[test]
fn every_pointer_may_be_null() {
    arguments(Checker::None);
}

#[test]
fn scripts_buffers_are_left_alone_outside_of_their_capacity() {
    lotusscript(Checker::None);
}

#[test]
fn the_harnesses_of_pointers_know_every_function() {
    let header = fs::read_to_string(root().join("include/meetbridge.h")).unwrap();
    let sources = ["arguments.c", "lotusscript.c"].map(|name| root().join("tests/c").join(name));
    let harness = sources.map(|source| fs::read_to_string(source).unwrap()).join("\n");
    let functions: Vec<&str> = header
        .lines()
        .filter(|line| line.starts_with("int32_t meetbridge_"))
        .filter_map(|line| line["int32_t meetbridge_".len()..].split('(').next())
        .collect();
    assert!(functions.len() > 20, "{functions:?}");
    for function in functions {
        let called = [format!("CALL({function}, "), format!("meetbridge_{function}(")];
        assert!(called.iter().any(|call| harness.contains(call)), "{function} is not called");
    }
}

#[test]
fn address_sanitizer_finds_nothing() {
    let checker = Checker::Address;
    for harness in [job, arguments, lotusscript, lifecycle, loading, threads, fork, logging] {
        harness(checker);
    }
}

#[test]
fn valgrind_finds_nothing() {
    let checker = Checker::Valgrind;
    for harness in [job, arguments, lotusscript, lifecycle] {
        harness(checker);
    }
}

#[test]
fn the_sample_host_is_short_and_strict_c() {
    let source = root().join("samples/c-host/main.c");
    let lines = fs::read_to_string(&source).unwrap().lines().count();
    assert!(lines <= 150, "{lines} lines are no sample any more");
    let folder = tempfile::tempdir().unwrap();
    let object = folder.path().join("main.o");
    compile(gcc("gcc").arg("-c").arg("-o").arg(object).arg(source));
}
