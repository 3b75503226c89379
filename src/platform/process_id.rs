//! Which process this is, asked several times by every call: a system call only for the first.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// As large as a page, so that nothing else is in it.
#[repr(align(4096))]
struct Page(AtomicU32);

/// The number of the process that wrote it; 0 where none has. After a fork the child finds zeros.
static PAGE: Page = Page(AtomicU32::new(0));

/// As [`process::id`]. Right in a forked child too, however it was forked.
pub fn process_id() -> u32 {
    match PAGE.0.load(Ordering::Relaxed) {
        0 => ask(),
        known => known,
    }
}

#[cold]
fn ask() -> u32 {
    let id = process::id();
    if is_wiped_by_fork(&PAGE) {
        PAGE.0.store(id, Ordering::Relaxed);
    }
    id
}

/// False before Linux 4.14 and where pages are larger, which would wipe what else is in one: then
/// it is asked for each time.
#[cfg(target_os = "linux")]
fn is_wiped_by_fork(page: &'static Page) -> bool {
    // SAFETY: asks for a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    if usize::try_from(size) != Ok(size_of::<Page>()) {
        return false;
    }
    let start = std::ptr::from_ref(page).cast_mut().cast();
    // SAFETY: whole pages of our own zero-initialized memory, which it changes in children alone,
    // and there into the value that it had at first.
    unsafe { libc::madvise(start, size_of::<Page>(), libc::MADV_WIPEONFORK) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn is_wiped_by_fork(_: &'static Page) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn it_is_remembered_and_a_forked_child_has_its_own() {
        let own = process_id();
        assert_eq!(own, process::id());
        #[cfg(target_os = "linux")]
        assert_eq!(PAGE.0.load(Ordering::Relaxed), own);
        let child = testing::fork(|| {
            let first = process_id();
            let grandchild = testing::fork(|| process_id() == process::id());
            first == process::id() && first != own && process_id() == first && grandchild.wait()
        });
        assert!(child.wait());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_child_that_no_handler_was_told_of_has_its_own_too() {
        let own = process_id();
        // SAFETY: as fork(2), but past the C library; the child asks, and leaves by _exit(2).
        match unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) } {
            0 => {
                let right = process_id() != own && process_id() == process::id();
                // SAFETY: it has no preconditions.
                unsafe { libc::_exit(i32::from(!right)) }
            }
            child => {
                let mut status = 0;
                // SAFETY: the child is ours and `status` is a valid place.
                assert_eq!(
                    i64::from(unsafe { libc::waitpid(child as i32, &mut status, 0) }),
                    child
                );
                assert_eq!(status, 0);
            }
        }
    }
}
