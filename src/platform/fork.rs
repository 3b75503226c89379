//! Values that belong to the process which made them.

use std::convert::Infallible;
use std::mem;
use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};
use once_cell::sync::OnceCell;

use super::process_id;

/// A value that every process makes for itself.
///
/// After fork(2) the child holds a copy of what the parent made: connections, locks and
/// descriptors that are still the parent's. The copy is neither used nor dropped in the child,
/// which makes a value of its own at the first need; the parent's is leaked there.
///
/// No lock is taken to find the value, so a child is not held up by a lock that some thread of
/// the parent held at the moment of the fork and nobody is left to release.
pub struct PerProcess<T> {
    entry: ArcSwapOption<Entry<T>>,
}

struct Entry<T> {
    pid: u32,
    value: OnceCell<Arc<T>>,
}

impl<T> PerProcess<T> {
    pub const fn new() -> PerProcess<T> {
        PerProcess { entry: ArcSwapOption::const_empty() }
    }

    /// This process's value, if it was made.
    pub fn get(&self) -> Option<Arc<T>> {
        let entry = self.entry.load();
        entry.as_ref().filter(|entry| entry.pid == process_id())?.value.get().cloned()
    }

    /// This process's value, made now if it was not. Of concurrent first callers one makes it and
    /// the others wait; an error leaves it unmade. `make` must not ask for the same value.
    pub fn get_or_try_init<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        self.own_entry().value.get_or_try_init(|| make().map(Arc::new)).cloned()
    }

    /// As `get_or_try_init`, where making it cannot fail.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let Ok(value) = self.get_or_try_init(|| Ok::<T, Infallible>(make()));
        value
    }

    /// Takes this process's value out, so that the next call makes another.
    pub fn take(&self) -> Option<Arc<T>> {
        let entry = self.entry.swap(None)?;
        if entry.pid != process_id() {
            mem::forget(entry);
            return None;
        }
        entry.value.get().cloned()
    }

    fn own_entry(&self) -> Arc<Entry<T>> {
        let pid = process_id();
        loop {
            let current = self.entry.load();
            if let Some(entry) = current.as_ref().filter(|entry| entry.pid == pid) {
                return entry.clone();
            }
            let own = Arc::new(Entry { pid, value: OnceCell::new() });
            let previous = self.entry.compare_and_swap(&current, Some(own.clone()));
            if address(&previous) == address(&current) {
                // The parent's: one reference is kept for ever, so that it is never dropped here.
                mem::forget(Guard::into_inner(previous));
                return own;
            }
        }
    }
}

fn address<T>(entry: &Option<Arc<Entry<T>>>) -> Option<*const Entry<T>> {
    entry.as_ref().map(Arc::as_ptr)
}

impl<T> Default for PerProcess<T> {
    fn default() -> PerProcess<T> {
        PerProcess::new()
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        self.take();
    }
}

/// Real forks for tests.
#[cfg(all(test, unix))]
pub(crate) mod testing {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    pub(crate) struct Child(libc::pid_t);

    /// Runs `work` in a forked child. The child leaves without unwinding into the test.
    pub(crate) fn fork(work: impl FnOnce() -> bool) -> Child {
        // SAFETY: the child runs `work` alone and leaves by _exit(2); glibc makes its allocator
        // usable in a forked child of several threads.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: alarm(2) and _exit(2) have no preconditions. The alarm ends a child
                // that hangs.
                unsafe { libc::alarm(60) };
                let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or(false);
                unsafe { libc::_exit(i32::from(!done)) }
            }
            pid => {
                assert!(pid > 0, "fork: {}", std::io::Error::last_os_error());
                Child(pid)
            }
        }
    }

    /// As in a host that has not asked for anything else, and unlike Rust's own programs.
    pub(crate) fn die_of_sigpipe() {
        // SAFETY: the default action is no function of ours.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    }

    impl Child {
        /// Whether `work` said true.
        pub(crate) fn wait(self) -> bool {
            let mut status = 0;
            // SAFETY: the child is ours and `status` is a valid place.
            assert_eq!(unsafe { libc::waitpid(self.0, &mut status, 0) }, self.0);
            libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    struct Counted<'a>(u32, &'a AtomicUsize);

    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_child_makes_its_own_and_leaks_the_parents() {
        let dropped = AtomicUsize::new(0);
        let own = || Ok::<_, ()>(Counted(process::id(), &dropped));
        let value = PerProcess::new();
        let parents = value.get_or_try_init(own).unwrap();
        assert_eq!(parents.0, process::id());
        drop(parents);

        let child = testing::fork(|| {
            assert!(value.get().is_none());
            let first = value.get_or_try_init(own).unwrap();
            let second = value.get_or_try_init(own).unwrap();
            assert_eq!(first.0, process::id());
            assert!(Arc::ptr_eq(&first, &second));
            assert_eq!(dropped.load(Ordering::SeqCst), 0);
            drop((first, second, value.take()));
            dropped.load(Ordering::SeqCst) == 1
        });
        assert!(child.wait());
        assert_eq!(dropped.load(Ordering::SeqCst), 0);
        drop(value);
        assert_eq!(dropped.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn dropping_it_in_a_child_forgets_what_the_parent_made() {
        let dropped = AtomicUsize::new(0);
        let value = PerProcess::new();
        value.get_or_try_init(|| Ok::<_, ()>(Counted(0, &dropped))).unwrap();
        let mut value = Some(value);
        let child = testing::fork(|| {
            value = None;
            dropped.load(Ordering::SeqCst) == 0
        });
        assert!(child.wait());
    }

    #[test]
    fn a_child_is_not_held_up_by_a_parent_that_was_making_the_value() {
        let value = PerProcess::new();
        let making = Barrier::new(2);
        let done = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                value.get_or_try_init(|| {
                    making.wait();
                    done.wait();
                    Ok::<_, ()>(process::id())
                })
            });
            making.wait();
            let child = testing::fork(|| {
                value.get_or_try_init(|| Ok::<_, ()>(process::id())).map(|pid| *pid)
                    == Ok(process::id())
            });
            let child_was_free = child.wait();
            done.wait();
            assert!(child_was_free);
        });
    }

    #[test]
    fn concurrent_callers_make_it_once_and_an_error_leaves_it_unmade() {
        let made = AtomicUsize::new(0);
        let value = PerProcess::new();
        assert_eq!(value.get_or_try_init(|| Err("not yet")), Err::<Arc<usize>, _>("not yet"));
        assert!(value.get().is_none());
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    value.get_or_try_init(|| Ok::<_, ()>(made.fetch_add(1, Ordering::SeqCst)))
                });
            }
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }
}
