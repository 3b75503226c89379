//! The administrator's command, as an administrator runs it.

#![cfg(feature = "cli")]

#[path = "../common/mod.rs"]
mod common;
mod doctor;
mod files;
mod help;
mod rotation;
mod users;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::World;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

const LANGUAGES: [&str; 2] = ["en", "ja"];

#[test]
#[ignore = "run by the others"]
fn part() {
    common::part::run();
}

/// What a run of the command gave.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("it was not killed");
        let ran = Ran { code, out: text(output.stdout), err: text(output.stderr) };
        assert!(widest(&ran.err) <= 80 || ran.err.starts_with('{'), "{}", ran.err);
        ran
    }

    /// The answer of a run that must have succeeded.
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// The same as JSON.
    #[track_caller]
    fn json(self) -> Value {
        serde_json::from_str(&self.ok()).expect("JSON and nothing else")
    }

    /// What a run said that must have failed with this code, and answered nothing.
    #[track_caller]
    fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        self.err
    }
}

/// The command, in an environment that says nothing.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meetbridge"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Ran {
    Ran::of(command().args(arguments).output().expect("the command runs"))
}

/// In columns of a terminal.
fn widest(text: &str) -> usize {
    text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// A world whose settings are in a file and without a fault.
struct Site {
    world: World,
    file: PathBuf,
}

impl Site {
    fn new() -> Site {
        Site::of(World::new())
    }

    fn of(mut world: World) -> Site {
        for app in world.settings["apps"].as_array_mut().expect("apps") {
            app["redirect_urls"] = json!(["https://127.0.0.1:8931/callback"]);
        }
        let site = Site { file: world.path("settings.json"), world };
        site.write(&site.world.settings);
        site
    }

    fn write(&self, settings: &Value) {
        std::fs::write(&self.file, format!("// Ours.\n{settings:#}\n")).unwrap();
    }

    fn settings(&self) -> &str {
        self.file.to_str().expect("a temporary folder's name")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command.args(arguments).args(["--settings", self.settings()]);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("the command runs"))
    }

    /// Authorizes a user as the person of that name, in two steps.
    fn authorize(&self, user: &str, provider: &str) -> Value {
        let url = self.run(&["authorize", user, "--provider", provider, "--json"]).json();
        let callback = self.world.consent(url.as_str().expect("a text"), user, true);
        self.run(&["authorize", user, "--callback", &callback, "--json"]).json()
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
