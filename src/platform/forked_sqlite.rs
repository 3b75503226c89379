//! Makes SQLite usable in a forked child of a process that has databases open.
//!
//! SQLite forbids to carry a database across fork(2) ("How To Corrupt An SQLite Database File",
//! 2.6). A child that leaves its parent's connections alone and opens its own is still caught by
//! two things that SQLite keeps for the whole process:
//!
//! * its list of open files with the locks it believes to hold on them. POSIX locks do not pass
//!   to a child, so the child would rely on locks that it does not have, and a parent that closes
//!   would delete the log under the child's feet;
//! * its static mutexes, one of which a thread of the parent may hold at the moment of the fork.

use std::ffi::{CStr, c_char, c_int};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::ffi;

use super::{PerProcess, process_id};

/// To be called before a process opens its first database; again is harmless.
pub fn prepare_sqlite_for_fork() -> io::Result<()> {
    static PREPARED: PerProcess<()> = PerProcess::new();
    PREPARED.get_or_try_init(|| {
        separate_file_identities()?;
        keep_mutexes_free()
    })?;
    Ok(())
}

/// Lets SQLite see every file as another one in each process, so that entries which a child
/// inherits are never found again. SQLite uses the device number for nothing else.
fn separate_file_identities() -> io::Result<()> {
    type Fstat = unsafe extern "C" fn(c_int, *mut libc::stat) -> c_int;
    type Stat = unsafe extern "C" fn(*const c_char, *mut libc::stat) -> c_int;
    // SAFETY: SQLite calls each of them with the signature of the function whose name it is set
    // for; between functions only the pointer type changes.
    let replacements: [(&CStr, ffi::sqlite3_syscall_ptr); 2] = unsafe {
        [
            (c"fstat", Some(std::mem::transmute::<Fstat, unsafe extern "C" fn()>(fstat))),
            (c"stat", Some(std::mem::transmute::<Stat, unsafe extern "C" fn()>(stat))),
        ]
    };
    for (name, replacement) in replacements {
        // SAFETY: the default file system of SQLite is static once SQLite is initialized, which
        // sqlite3_vfs_find does; it is used as its documentation says.
        let status = unsafe {
            let system = ffi::sqlite3_vfs_find(ptr::null());
            match system.as_ref().and_then(|system| system.xSetSystemCall) {
                Some(set) => set(system, name.as_ptr(), replacement),
                None => ffi::SQLITE_NOTFOUND,
            }
        };
        if status != ffi::SQLITE_OK {
            return Err(io::ErrorKind::Unsupported.into());
        }
    }
    Ok(())
}

unsafe extern "C" fn fstat(descriptor: c_int, found: *mut libc::stat) -> c_int {
    // SAFETY: the arguments are those of SQLite's own call of fstat(2).
    unsafe { marked(libc::fstat(descriptor, found), found) }
}

unsafe extern "C" fn stat(path: *const c_char, found: *mut libc::stat) -> c_int {
    // SAFETY: the arguments are those of SQLite's own call of stat(2).
    unsafe { marked(libc::stat(path, found), found) }
}

/// Mixes the process into the device number of a call that succeeded.
///
/// # Safety
/// `found` must be what a successful call has filled in.
unsafe fn marked(outcome: c_int, found: *mut libc::stat) -> c_int {
    if outcome == 0 {
        let process = libc::dev_t::from(process_id()).rotate_left(libc::dev_t::BITS / 2);
        // SAFETY: see above.
        unsafe { (*found).st_dev ^= process };
    }
    outcome
}

/// SQLite's static mutexes that its core locks, in the order in which it nests them: a temporary
/// name needs randomness, randomness the list of file systems, and all may allocate.
const MUTEXES: [c_int; 7] = [
    ffi::SQLITE_MUTEX_STATIC_VFS1,
    ffi::SQLITE_MUTEX_STATIC_PRNG,
    ffi::SQLITE_MUTEX_STATIC_MAIN,
    ffi::SQLITE_MUTEX_STATIC_OPEN,
    ffi::SQLITE_MUTEX_STATIC_LRU,
    ffi::SQLITE_MUTEX_STATIC_PMEM,
    ffi::SQLITE_MUTEX_STATIC_MEM,
];

/// Holds these mutexes across each fork, as the C library does with its allocator's. They are
/// held for moments only, never while a database is read or written.
fn keep_mutexes_free() -> io::Result<()> {
    // A child inherits the handlers.
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    if REGISTERED.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    // SAFETY: the handlers live as long as the library, which is never unloaded.
    match unsafe { libc::pthread_atfork(Some(hold), Some(release), Some(release)) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

unsafe extern "C" fn hold() {
    for id in MUTEXES {
        // SAFETY: static mutexes always exist.
        unsafe { ffi::sqlite3_mutex_enter(ffi::sqlite3_mutex_alloc(id)) };
    }
}

unsafe extern "C" fn release() {
    for id in MUTEXES.into_iter().rev() {
        // SAFETY: the thread that forked holds them, and is the child's only thread.
        unsafe { ffi::sqlite3_mutex_leave(ffi::sqlite3_mutex_alloc(id)) };
    }
}
