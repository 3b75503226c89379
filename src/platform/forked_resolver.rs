//! Keeps the C library's resolver usable in forked children.
//!
//! Its locks are not among those that fork(2) sees to: a child that is made while a thread of its
//! parent looks up a name would wait for ever in its own first look-up.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a fork waits for look-ups under way. The locks are held for moments of these; a server
/// of names that does not answer must not hold up the host.
const LIMIT: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_micros(50);

static LOOK_UPS: AtomicUsize = AtomicUsize::new(0);
static FORKS: AtomicUsize = AtomicUsize::new(0);

/// Runs a look-up of a name, not while this process forks.
pub fn look_up<T>(work: impl FnOnce() -> T) -> T {
    prepare();
    loop {
        LOOK_UPS.fetch_add(1, Ordering::SeqCst);
        if FORKS.load(Ordering::SeqCst) == 0 {
            break;
        }
        LOOK_UPS.fetch_sub(1, Ordering::SeqCst);
        thread::sleep(PAUSE);
    }
    let _under_way = UnderWay;
    work()
}

struct UnderWay;

impl Drop for UnderWay {
    fn drop(&mut self) {
        LOOK_UPS.fetch_sub(1, Ordering::SeqCst);
    }
}

fn prepare() {
    // A child inherits the handlers.
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    if !REGISTERED.swap(true, Ordering::SeqCst) {
        // SAFETY: the handlers live as long as the library, which is never unloaded. Without
        // memory for them forks are as they were.
        unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    }
}

unsafe extern "C" fn before() {
    FORKS.fetch_add(1, Ordering::SeqCst);
    let began = Instant::now();
    while LOOK_UPS.load(Ordering::SeqCst) > 0 && began.elapsed() < LIMIT {
        thread::sleep(PAUSE);
    }
}

unsafe extern "C" fn in_parent() {
    FORKS.fetch_sub(1, Ordering::SeqCst);
}

/// Only the thread that forked is here.
unsafe extern "C" fn in_child() {
    FORKS.store(0, Ordering::SeqCst);
    LOOK_UPS.store(0, Ordering::SeqCst);
}
