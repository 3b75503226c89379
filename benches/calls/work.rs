//! The folder that a run works in, and the processes that it starts.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use meetbridge::stages::{self, Asked};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Which of the processors that we may use is the provider's, and which that of whoever calls it.
const PROVIDERS: usize = 0;
pub const CALLERS: usize = 1;

const DOCUMENT: &str = include_str!("../clients/document.json");
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");

/// The folder, the provider, and the programs that call it.
pub struct Work {
    folder: TempDir,
    pub library: PathBuf,
    port: u16,
    provider: Talk,
}

impl Work {
    /// Builds the clients, starts the provider, and writes what clients read.
    pub fn new() -> Work {
        // Not where temporary files are: that may be memory, where a sync costs nothing.
        let folder = tempfile::tempdir_in(output()).expect("a folder");
        let library = library();
        let (provider, port) = start_provider(folder.path());
        let work = Work { folder, library, port, provider };
        work.write_inputs();
        for client in ["openssl", "libcurl", "meetbridge"] {
            work.compile(client, &["measure.c"]);
        }
        work.compile("door", &[]);
        work
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_inputs(&self) {
        let write = |name: &str, text: &str| std::fs::write(self.path(name), text).expect(name);
        std::os::unix::fs::symlink(&self.library, self.path("libmeetbridge.so")).expect("a link");
        write("settings.json", &self.settings("meetbridge"));
        write("document.json", DOCUMENT.trim_end());
        // All send what the library makes of it.
        let request = Asked::parse(DOCUMENT).and_then(|it| it.request(&stages::tokens().access));
        let request = String::from_utf8(request.expect("a request")).expect("JSON is text");
        write("request.json", &request);
        write("token", stages::tokens().access.secret());
    }

    /// Settings with a store of this name.
    pub fn settings(&self, store: &str) -> String {
        let base = format!("https://127.0.0.1:{}", self.port);
        json!({
            "apps": [{
                "provider": "zoom",
                "client_id": "bench",
                "client_secret": "bench-secret",
                "redirect_urls": ["http://127.0.0.1:8931/callback"],
                "authorization_url": format!("{base}/oauth/authorize"),
                "token_url": format!("{base}/oauth/token"),
                "revoke_url": format!("{base}/oauth/revoke"),
                "api_url": format!("{base}/v2"),
            }],
            "store": { "sqlite": self.path(&format!("{store}.db")) },
            "key": { "file": self.path(&format!("{store}.key")) },
            "http": { "ca_file": self.path("ca.pem") },
        })
        .to_string()
    }

    fn compile(&self, client: &str, more: &[&str]) {
        let mut command = Command::new("cc");
        command.args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-rdynamic", "-pthread"]);
        command.arg("-I").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../include"));
        command.arg("-o").arg(self.path(client)).arg(source(&format!("{client}.c")));
        command.arg(source("common.c")).args(more.iter().map(|name| source(name)));
        match client {
            "openssl" => command.args(["-lssl", "-lcrypto"]),
            "libcurl" => command.arg("-lcurl"),
            _ => command.arg(source("library.c")),
        };
        assert!(command.status().expect("a C compiler").success(), "{client}.c");
    }

    /// What only the comparison needs.
    pub fn compile_java(&self) {
        let mut command = Command::new("javac");
        command.arg("-d").arg(self.folder.path()).arg(source("Client.java"));
        assert!(command.status().expect("a Java compiler").success());
    }

    /// A client on its processor, under a tool where one is given, with the arguments that all
    /// clients begin with.
    pub fn client(&self, name: &str, tool: &[OsString]) -> Command {
        let program: Vec<OsString> = match name {
            "java" => vec!["java".into(), "-cp".into(), self.folder.path().into(), "Client".into()],
            // Debian's, to which Debian's packages belong.
            "python" => vec!["/usr/bin/python3".into(), source("client.py").into()],
            "reqwest" => vec![own().into(), "reqwest".into()],
            _ => vec![self.path(name).into()],
        };
        let mut command = pinned(CALLERS, &[tool, &program].concat());
        command.arg(self.folder.path()).arg(self.port.to_string());
        command
    }

    /// A client after maintain has been there, as it is each hour: else a call of one run moves the
    /// lines of all runs before.
    pub fn maintained(&self, name: &str) -> Command {
        let mut command = self.client(name, &[]);
        command.env("MAINTAIN", "1");
        command
    }

    /// One of the modes of `door.c`.
    pub fn door(&self, words: &[&str]) -> Value {
        last_line(self.client("door", &[]).args(words))
    }

    /// Lets users consent, whose tokens last so many seconds.
    pub fn authorize(&mut self, users: &[String], seconds: u32) {
        self.command(&format!("token_seconds {seconds}"));
        let mut words = vec!["authorize"];
        words.extend(users.iter().map(String::as_str));
        self.door(&words);
        self.command("token_seconds 3600");
    }

    /// Commands the provider, and gives its counters.
    pub fn command(&mut self, line: &str) -> Value {
        self.provider.say(line);
        serde_json::from_str(&self.provider.hear()).expect("counters")
    }

    /// Does some work, and counts what the provider sees of it.
    pub fn counted<T>(&mut self, work: impl FnOnce(&Work) -> T) -> (T, Seen) {
        let before = self.command("counters");
        let outcome = work(self);
        (outcome, Seen { before, after: self.command("counters") })
    }
}

/// The provider's counters before and after some work.
pub struct Seen {
    before: Value,
    after: Value,
}

impl Seen {
    pub fn count(&self, name: &str) -> i64 {
        let number = |counters: &Value| counters[name].as_i64().expect("a counter");
        number(&self.after) - number(&self.before)
    }
}

/// Users of the clients: one for each thread.
pub fn user(number: usize) -> String {
    format!("user-{number}@example.com")
}

fn source(name: &str) -> PathBuf {
    Path::new(SOURCES).join(name)
}

/// This very program, in another role.
pub fn own() -> PathBuf {
    std::env::current_exe().expect("a bench knows where it is")
}

/// A command on one of our processors, where there are two.
pub fn pinned(processor: usize, words: &[OsString]) -> Command {
    let ours = processors();
    let mut all: Vec<OsString> = Vec::new();
    if ours.len() > 1 {
        all.extend(["taskset".into(), "--cpu-list".into(), ours[processor].to_string().into()]);
    }
    all.extend_from_slice(words);
    let mut command = Command::new(&all[0]);
    command.args(&all[1..]);
    command
}

/// The processors that we may use (proc_pid_status(5)), for example of `0-1,4`.
fn processors() -> Vec<usize> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let ranges = list.unwrap_or_default().split(',').filter_map(|range| {
        let (first, last) = range.trim().split_once('-').unwrap_or((range, range));
        Some(first.trim().parse::<usize>().ok()?..=last.trim().parse().ok()?)
    });
    ranges.flatten().collect()
}

/// Runs a command that must succeed, and reads the last line that it prints.
pub fn last_line(command: &mut Command) -> Value {
    let output = command.stderr(Stdio::inherit()).output().expect("a program");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}: {}: {text}", output.status);
    serde_json::from_str(text.lines().last().unwrap_or_default()).expect("a line of JSON")
}

/// Where results go: `MEETBRIDGE_BENCH`, else `bench` in cargo's target folder.
pub fn output() -> PathBuf {
    let output = std::env::var_os("MEETBRIDGE_BENCH");
    let output = output.map_or_else(|| target().join("bench"), PathBuf::from);
    std::fs::create_dir_all(&output).expect("a folder");
    output
}

/// The library as it is shipped, or what `MEETBRIDGE_LIBRARY` names.
fn library() -> PathBuf {
    let named = std::env::var_os("MEETBRIDGE_LIBRARY");
    let built = || target().join("release/libmeetbridge.so");
    let path = named.map_or_else(built, PathBuf::from);
    path.canonicalize().unwrap_or_else(|_| panic!("{}: run make library", path.display()))
}

/// This program lies in `PROFILE/deps` of it.
pub fn target() -> PathBuf {
    own().ancestors().nth(3).expect("three folders").to_owned()
}

fn start_provider(folder: &Path) -> (Talk, u16) {
    let words = [own().into(), "provider".into(), folder.into()];
    let mut provider = Talk::start(&mut pinned(PROVIDERS, &words));
    let port = provider.hear().parse().expect("a port");
    (provider, port)
}

/// A process with lines in and lines out.
pub struct Talk {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Talk {
    pub fn start(command: &mut Command) -> Talk {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a process");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Talk { child, input, output }
    }

    pub fn say(&mut self, line: &str) {
        writeln!(self.input.as_ref().expect("it is open"), "{line}").expect("it listens");
    }

    pub fn hear(&mut self) -> String {
        self.output.next().expect("it goes on").expect("it speaks")
    }
}

impl Drop for Talk {
    /// It ends with its input.
    fn drop(&mut self) {
        drop(self.input.take());
        let ended = self.child.wait();
        if !std::thread::panicking() {
            assert!(ended.expect("it ends").success());
        }
    }
}
