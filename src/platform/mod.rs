//! What each operating system does differently: private files, file locks and forked children,
//! nothing else.

mod file_lock;
mod fork;
mod forked_sqlite;
#[cfg(target_os = "linux")]
mod loading;
// A port adds its file here, with the same functions.
#[cfg(unix)]
#[path = "unix.rs"]
mod system;

pub use file_lock::{FileLock, LockFile};
pub use fork::PerProcess;
#[cfg(test)]
pub(crate) use fork::testing;
pub use forked_sqlite::prepare_sqlite_for_fork;
pub use system::{create_private, reserve_space, sync_folder, visible_to_others};

/// A process that cannot be mistaken for a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessId {
    pub host: String,
    pub pid: u32,
    /// In clock ticks since boot on Linux; 0 where the system does not say.
    pub start_time: u64,
}

impl ProcessId {
    /// This process. Right in a forked child too.
    pub fn current() -> ProcessId {
        ProcessId { host: host_name(), pid: std::process::id(), start_time: start_time() }
    }
}

/// The host's name; empty where the system does not say.
fn host_name() -> String {
    #[cfg(target_os = "linux")]
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    #[cfg(not(target_os = "linux"))]
    let name = std::env::var("COMPUTERNAME").unwrap_or_default();
    name.trim().to_owned()
}

#[cfg(target_os = "linux")]
fn start_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // proc(5): field 22; the second field may contain spaces and ends at the last parenthesis.
    stat.rsplit_once(')')
        .and_then(|(_, rest)| rest.split_whitespace().nth(19)?.parse().ok())
        .unwrap_or(0)
}

#[cfg(not(target_os = "linux"))]
fn start_time() -> u64 {
    0
}
