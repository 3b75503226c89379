//! Parts of tests that run in a process of their own, so that it can die, or close for good.
//!
//! A test binary that uses them has a test named `part` that calls [`run`]; [`in_process`] starts
//! the binary again with that test alone.

use std::process::{Command, Output};

use serde_json::Value;

use super::{ANNA, Library, World, door::Failure, meeting};

/// What a part prints when the call is about to begin.
pub const READY: &str = "the call begins";

/// Runs a part: `maintain`, `sql`, `open STATUS`, `create PROVIDER STATUS`, `reference PROVIDER
/// REFERENCE STATUS`, or `complete PROVIDER CALLBACK STATUS`, each of which must end with that
/// status; `list PROVIDER USER` tells with which; `webhook PROVIDER FILE` waits for a line and
/// tells whether the file's notification was new.
pub fn run() {
    let Ok(part) = std::env::var("MEETBRIDGE_TEST_PART") else { return };
    let settings = std::env::var("MEETBRIDGE_TEST_SETTINGS").unwrap();
    let library = Library::load();
    if std::env::var_os("MEETBRIDGE_TEST_AS_NOBODY").is_some() {
        // SAFETY: numbers only. Not before the library is loaded: nobody may not read its folder.
        assert_eq!(unsafe { libc::setgid(65534) | libc::setuid(65534) }, 0);
    }
    let words: Vec<&str> = part.split(' ').collect();
    let open = || library.open(&settings);
    match words[..] {
        ["open", wanted] => assert_eq!(name(open().map(drop)), wanted),
        ["create", provider, wanted] => {
            let outcome = open().unwrap().create(provider, ANNA, &meeting());
            assert_eq!(name(outcome.map(drop)), wanted);
        }
        ["reference", provider, reference, wanted] => {
            let bridge = open().unwrap();
            let mut meeting = meeting();
            meeting["reference"] = reference.into();
            meeting["topic"] = format!("About {reference}").into();
            println!("{READY}");
            assert_eq!(name(bridge.create(provider, ANNA, &meeting).map(drop)), wanted);
        }
        ["maintain"] => drop(open().unwrap().maintain(None).unwrap()),
        ["sql"] => {
            let path = std::env::var("MEETBRIDGE_TEST_DATABASE").unwrap();
            let database = rusqlite::Connection::open(path).unwrap();
            database.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
            database.execute_batch(&std::env::var("MEETBRIDGE_TEST_SQL").unwrap()).unwrap();
        }
        ["list", provider, user] => {
            let bridge = open().unwrap();
            println!("{READY}");
            println!("outcome: {}", name(bridge.list_of(provider, user).map(drop)));
        }
        ["webhook", provider, file] => {
            let bridge = open().unwrap();
            let sent = std::fs::read_to_string(file).unwrap();
            let sent: Value = serde_json::from_str(&sent).unwrap();
            println!("{READY}");
            let mut go = String::new();
            std::io::stdin().read_line(&mut go).unwrap();
            let body = sent["body"].as_str().unwrap().as_bytes();
            let outcome = bridge.webhook(provider, &sent["headers"], body, None).unwrap();
            println!("duplicate: {}", outcome["duplicate"]);
        }
        ["complete", callback, wanted] => {
            let outcome = open().unwrap().complete(Some(ANNA), callback, None);
            assert_eq!(name(outcome.map(drop)), wanted);
        }
        _ => panic!("no part {part:?}"),
    }
}

fn name(outcome: Result<(), Failure>) -> String {
    outcome.map_or_else(
        |failure| {
            println!("{}", failure.error);
            failure.name().to_owned()
        },
        |()| "OK".to_owned(),
    )
}

/// The command that runs a part. With `MEETBRIDGE_TEST_AS_NOBODY` in its environment, root
/// becomes nobody first.
pub fn command(part: &str, settings: &Value) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "part", "--ignored", "--nocapture"])
        .env("MEETBRIDGE_TEST_PART", part)
        .env("MEETBRIDGE_TEST_SETTINGS", settings.to_string());
    command
}

/// Changes the database of a world, in a process that does not have the library's copy of SQLite.
pub fn sql(world: &World, statement: &str) {
    let mut command = command("sql", &world.settings);
    command.env("MEETBRIDGE_TEST_DATABASE", world.path("meetbridge.db"));
    check("sql", command.env("MEETBRIDGE_TEST_SQL", statement).output().unwrap());
}

/// Runs a part, which must do as it says.
pub fn in_process(part: &str, settings: &Value) {
    check(part, command(part, settings).output().unwrap());
}

pub fn check(part: &str, output: Output) {
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("1 passed"), "{part}: {told}\n{errors}");
}
