//! The C door in a process of its own, by the program `tests/c/door.c`: with the library of this
//! system, or under Wine with that of Windows if `MEETBRIDGE_WINDOWS` names the file.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use tempfile::TempDir;

use super::door::{Caller, Failure, Outcome};
use super::{host, library_path, root, schema};

/// A process that has the library loaded.
pub struct Process {
    child: Mutex<Child>,
    pipes: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    killed: Mutex<bool>,
}

/// The library of Windows, if it is what is tested.
pub fn of_windows() -> Option<PathBuf> {
    std::env::var_os("MEETBRIDGE_WINDOWS").map(|path| root().join(path))
}

/// Compiles a program for Windows where that is what is tested.
pub fn gcc() -> Command {
    host::gcc(if of_windows().is_some() { "x86_64-w64-mingw32-gcc-win32" } else { "gcc" })
}

/// Runs a program of Windows.
pub fn wine(program: &Path) -> Command {
    let mut wine = Command::new(root().join("scripts/windows-toolchain.sh"));
    wine.arg("wine").arg(program);
    wine
}

/// The program, compiled once.
fn program() -> &'static Path {
    static PROGRAM: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("door.exe");
        let mut gcc = gcc();
        gcc.arg("-o").arg(&program).arg(root().join("tests/c/door.c"));
        if of_windows().is_none() {
            gcc.args(["-D_GNU_SOURCE", "-pthread", "-ldl"]);
        }
        host::compile(&mut gcc);
        (folder, program)
    });
    &PROGRAM.1
}

impl Process {
    pub fn start() -> Process {
        let mut command = match of_windows() {
            Some(library) => {
                let mut wine = wine(program());
                wine.arg(seen_from_windows(&library));
                wine
            }
            None => {
                let mut door = Command::new(program());
                door.arg(library_path());
                door
            }
        };
        command.env_remove("MEETBRIDGE_SETTINGS").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the door opens");
        let pipes = child.stdin.take().zip(child.stdout.take().map(BufReader::new));
        Process { child: Mutex::new(child), pipes: Mutex::new(pipes), killed: Mutex::new(false) }
    }

    /// Ends the process without any clean-up.
    pub fn kill(&self) {
        *locked(&self.killed) = true;
        let mut child = locked(&self.child);
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }

    /// Unloads the library and loads it again.
    pub fn reload(&self) {
        self.ask(&[Some("reload")], 1);
    }

    /// The same call by so many threads at once: the outcome of each.
    pub fn crowd(
        &self,
        threads: usize,
        name: &str,
        handle: u32,
        texts: &[Option<&str>],
    ) -> Vec<Outcome<String>> {
        let (threads_word, handle) = (threads.to_string(), handle.to_string());
        let head = ["crowd", &threads_word, "call", name, &handle].map(Some);
        let lines = self.ask(&[&head, texts].concat(), threads);
        lines.into_iter().map(|line| self.outcome(line)).collect()
    }

    /// Says a line, and takes so many.
    fn ask(&self, words: &[Option<&str>], lines: usize) -> Vec<[Option<String>; 3]> {
        let mut pipes = locked(&self.pipes);
        let (input, output) = pipes.as_mut().expect("the process goes on");
        let words: Vec<String> = words.iter().map(|word| encoded(*word)).collect();
        writeln!(input, "{}", words.join(" ")).expect("it listens");
        let read = |_| {
            let mut line = String::new();
            output.read_line(&mut line).expect("it answers");
            let words: Vec<_> = line.trim_end().split(' ').map(decoded).collect();
            <[_; 3]>::try_from(words).unwrap_or_else(|_| panic!("not an answer: {line:?}"))
        };
        (0..lines).map(read).collect()
    }

    fn outcome(&self, [status, answer, error]: [Option<String>; 3]) -> Outcome<String> {
        let status: i32 = status.expect("a status").parse().expect("a number");
        if status == 0 {
            return Ok(answer.unwrap_or_default());
        }
        let error: Value = serde_json::from_str(&error.expect("an error")).expect("JSON");
        schema::check("error", &error);
        assert_eq!(error["status"], status);
        let asked = [Some("text"), Some("meetbridge_status_name"), Some(&status.to_string())];
        let [[_, name, _]] = self.ask(&asked, 1).try_into().expect("one line");
        assert_eq!(error["name"], name.expect("a name"));
        Err(Failure { status, error })
    }

    fn one(&self, words: &[Option<&str>]) -> Outcome<String> {
        let [line] = self.ask(words, 1).try_into().expect("one line");
        self.outcome(line)
    }
}

impl Caller for Process {
    fn open_handle(&self, settings: &str) -> Outcome<u32> {
        let mut document = serde_json::from_str(settings).expect("the settings are JSON");
        if of_windows().is_some() {
            replace_paths(&mut document);
        }
        let handle = self.one(&[Some("open"), Some(&document.to_string())])?;
        Ok(handle.parse().expect("a handle"))
    }

    fn call(&self, name: &str, handle: u32, texts: &[Option<&str>]) -> Outcome<String> {
        let handle = handle.to_string();
        self.one(&[&[Some("call"), Some(name), Some(&handle)], texts].concat())
    }

    fn command(&self, name: &str, handle: u32, texts: &[Option<&str>]) -> Outcome<()> {
        let handle = handle.to_string();
        self.one(&[&[Some("command"), Some(name), Some(&handle)], texts].concat()).map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends when nothing can be asked any more.
        locked(&self.pipes).take();
        let ended = locked(&self.child).wait().expect("it ends");
        assert!(ended.success() || *locked(&self.killed) || std::thread::panicking(), "{ended}");
    }
}

/// A process that died while it was asked is still to be waited for.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wine shows the whole file system of this machine as a drive.
fn seen_from_windows(path: &Path) -> String {
    format!("Z:{}", path.display())
}

/// What is in the settings a path of this machine becomes the same path as Windows knows it.
fn replace_paths(document: &mut Value) {
    match document {
        Value::String(text) if Path::new(text).starts_with(std::env::temp_dir()) => {
            *text = seen_from_windows(Path::new(text));
        }
        Value::Array(items) => items.iter_mut().for_each(replace_paths),
        Value::Object(members) => members.values_mut().for_each(replace_paths),
        _ => {}
    }
}

fn encoded(word: Option<&str>) -> String {
    match word {
        None => "-".to_owned(),
        // No word would be there.
        Some("") => "%00".to_owned(),
        Some(text) => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
    }
}

fn decoded(word: &str) -> Option<String> {
    let text = percent_decode_str(word).decode_utf8().expect("UTF-8");
    (word != "-").then(|| text.into_owned())
}
