//! What each operating system does differently: private files, file locks, waiting for sockets,
//! loading and forked children; and the one look into memory that SQLite shares.

mod file_lock;
mod fork;
#[cfg(unix)]
mod forked_resolver;
#[cfg(unix)]
mod forked_sqlite;
#[cfg(any(target_os = "linux", windows))]
mod loading;
mod process_id;
mod wal_index;
// A port adds its file here, with the same functions.
#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;

pub use file_lock::{FileLock, LockFile, Usage, UsageLock};
pub use fork::PerProcess;
#[cfg(all(test, unix))]
pub(crate) use fork::testing;
#[cfg(unix)]
pub use forked_resolver::look_up;
#[cfg(unix)]
pub use forked_sqlite::prepare_sqlite_for_fork;
use process_id::process_id;
pub use system::{Waits, create_private, fill_standard_descriptors, is_quiet, open_appending};
#[cfg(windows)]
pub use system::{look_up, prepare_sqlite_for_fork};
pub use system::{open_existing, read_exact_at, reserve_space, sync_folder, visible_to_others};
pub use wal_index::ChangeCounter;

/// A process that cannot be mistaken for a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessId {
    /// Where `pid` means something.
    pub host: String,
    pub pid: u32,
    /// In clock ticks since boot on Linux, since 1601 on Windows; 0 where the system does not say.
    pub start_time: u64,
}

impl ProcessId {
    /// This process. Right in a forked child too.
    pub fn current() -> ProcessId {
        let pid = std::process::id();
        let start_time = system::start_time(pid).ok().flatten().unwrap_or(0);
        ProcessId { host: system::host(), pid, start_time }
    }

    /// Whether this process has certainly ended. Nothing is certain of another host's.
    pub fn is_gone(&self) -> bool {
        let is_told = self.start_time != 0 && !self.host.is_empty();
        let has_ended =
            || system::start_time(self.pid).is_ok_and(|started| started != Some(self.start_time));
        is_told && self.host == system::host() && has_ended()
    }
}
