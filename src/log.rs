//! What the library tells of its work: to a host's callback and to a file of its own.
//!
//! The `log` facade is not used: whatever a dependency cares to write would come out too, and
//! the promise is that no secret ever does. Only this house's own lines are written.

use std::cell::Cell;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use serde::Deserialize;

use crate::platform;

/// How much is told. The numbers are the C door's.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "lowercase")]
#[repr(i32)]
pub enum Level {
    Error = 1,
    Warn = 2,
    #[default]
    Info = 3,
    Debug = 4,
    Trace = 5,
}

impl Level {
    pub const ALL: [Level; 5] =
        [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace];

    fn name(self) -> &'static str {
        match self {
            Level::Error => "ERROR",
            Level::Warn => "WARN",
            Level::Info => "INFO",
            Level::Debug => "DEBUG",
            Level::Trace => "TRACE",
        }
    }
}

/// A host's own way of writing lines. Called on the thread that made the call.
pub trait Sink: Send + Sync {
    fn write(&self, level: Level, message: &str);
}

struct Installed {
    sink: Box<dyn Sink>,
    max_level: Level,
    pid: u32,
}

static SINK: ArcSwapOption<Installed> = ArcSwapOption::const_empty();

thread_local! {
    static IN_SINK: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a sink, where no call of ours may be made.
pub fn in_sink() -> bool {
    IN_SINK.get()
}

/// Replaces the process's sink. Returns when the old one will never be called again.
///
/// Must not be called from inside a sink.
pub fn set_sink(sink: Option<Box<dyn Sink>>, max_level: Level) {
    let pid = std::process::id();
    let new = sink.map(|sink| Arc::new(Installed { sink, max_level, pid }));
    let Some(old) = SINK.swap(new) else { return };
    // In a forked child the threads that were inside the parent's sink do not exist.
    while old.pid == pid && Arc::strong_count(&old) > 1 {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Where one bridge's lines go.
#[derive(Debug)]
pub struct Log {
    file: Option<LogFile>,
    level: Level,
}

#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    open: ArcSwap<File>,
}

impl Log {
    /// `file` is created if it is not there, readable by its owner alone, and appended to.
    pub fn open(file: Option<&Path>, level: Level) -> io::Result<Log> {
        let open = |path: &Path| -> io::Result<LogFile> {
            let open = ArcSwap::from_pointee(open_to_append(path)?);
            Ok(LogFile { path: path.to_owned(), open })
        };
        Ok(Log { file: file.map(open).transpose()?, level })
    }

    /// Opens the file anew, after it was moved away to rotate it.
    pub fn reopen(&self) -> io::Result<()> {
        if let Some(file) = &self.file {
            file.open.store(Arc::new(open_to_append(&file.path)?));
        }
        Ok(())
    }

    pub fn enabled(&self, level: Level) -> bool {
        (self.file.is_some() && level <= self.level)
            || SINK.load().as_ref().is_some_and(|installed| level <= installed.max_level)
    }

    /// Writes one line. A log that cannot be written never fails a call.
    pub fn write(&self, level: Level, message: fmt::Arguments<'_>) {
        if !self.enabled(level) {
            return;
        }
        let message = one_line(&message.to_string());
        if let Some(file) = self.file.as_ref().filter(|_| level <= self.level) {
            let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
            let pid = std::process::id();
            let line = format!("{now} {pid} {:5} {message}\n", level.name());
            // One write of a file opened to append: lines of other processes do not mix in.
            let _ = (&**file.open.load()).write_all(line.as_bytes());
        }
        tell_sink(level, &message);
    }
}

/// Tells the host alone what belongs to no bridge.
pub fn tell_host(level: Level, message: fmt::Arguments<'_>) {
    tell_sink(level, &one_line(&message.to_string()));
}

fn tell_sink(level: Level, message: &str) {
    if IN_SINK.get() {
        return;
    }
    // Counted, so that `set_sink` can wait for us.
    if let Some(installed) = SINK.load_full().filter(|installed| level <= installed.max_level) {
        IN_SINK.set(true);
        installed.sink.write(level, message);
        IN_SINK.set(false);
    }
}

/// A user's name or a provider's words must not be able to forge a line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '\u{2028}' { ' ' } else { c }).collect()
}

/// Anything but a file could block us, or end the host with SIGPIPE.
fn open_to_append(path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::other("no regular file (a link is none)")),
        _ => platform::open_appending(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn no_link_is_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("meetbridge.log"), folder.path().join("other"));
        std::fs::write(&other, "of another").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(Log::open(Some(&path), Level::Info).is_err());
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "of another");
    }

    #[test]
    fn levels_are_kept_and_lines_cannot_be_forged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("meetbridge.log");
        let log = Log::open(Some(&path), Level::Info).unwrap();
        log.write(Level::Info, format_args!("user {}", "a\nb"));
        log.write(Level::Debug, format_args!("too fine"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.ends_with("INFO  user a b\n"), "{text}");
    }

    #[test]
    fn a_rotated_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("new.log"), folder.path().join("old.log"));
        let log = Log::open(Some(&path), Level::Info).unwrap();
        std::fs::rename(&path, &old).unwrap();
        log.reopen().unwrap();
        log.write(Level::Info, format_args!("after"));
        assert!(std::fs::read_to_string(&path).unwrap().contains("after"));
        assert!(std::fs::read_to_string(&old).unwrap().is_empty());
    }
}
