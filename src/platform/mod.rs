//! What each operating system does differently: private files, file locks and forked children;
//! and the one look into memory that SQLite shares.

mod file_lock;
mod fork;
mod forked_resolver;
mod forked_sqlite;
#[cfg(target_os = "linux")]
mod loading;
mod process_id;
mod wal_index;
// A port adds its file here, with the same functions.
#[cfg(unix)]
#[path = "unix.rs"]
mod system;

pub use file_lock::{FileLock, LockFile, Usage, UsageLock};
pub use fork::PerProcess;
#[cfg(test)]
pub(crate) use fork::testing;
pub use forked_resolver::look_up;
pub use forked_sqlite::prepare_sqlite_for_fork;
use process_id::process_id;
pub use system::{create_private, fill_standard_descriptors, is_quiet, open_appending};
pub use system::{read_exact_at, reserve_space, sync_folder, visible_to_others};
pub use wal_index::ChangeCounter;

/// A process that cannot be mistaken for a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessId {
    /// Where `pid` means something.
    pub host: String,
    pub pid: u32,
    /// In clock ticks since boot on Linux; 0 where the system does not say.
    pub start_time: u64,
}

impl ProcessId {
    /// This process. Right in a forked child too.
    pub fn current() -> ProcessId {
        let pid = std::process::id();
        ProcessId { host: host(), pid, start_time: start_time(pid).unwrap_or(0) }
    }

    /// Whether this process has certainly ended. Nothing is certain of another host's.
    pub fn is_gone(&self) -> bool {
        let is_told = self.start_time != 0 && !self.host.is_empty();
        is_told && self.host == host() && start_time(self.pid) != Some(self.start_time)
    }
}

/// Where the numbers of processes mean the same: this boot of this machine, and on it this
/// namespace, since two containers may have one name. Empty where the system does not say.
#[cfg(target_os = "linux")]
fn host() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let namespace = std::fs::read_link("/proc/self/ns/pid");
    match (boot, namespace) {
        (Ok(boot), Ok(namespace)) => format!("{} {}", boot.trim(), namespace.display()),
        _ => String::new(),
    }
}

#[cfg(not(target_os = "linux"))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// None if there is no such process.
#[cfg(target_os = "linux")]
fn start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // proc(5): field 22; the second field may contain spaces and ends at the last parenthesis.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn start_time(_pid: u32) -> Option<u64> {
    None
}
