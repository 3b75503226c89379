//! Waiting for one's turn at an authorization, among threads and among processes.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Lock;
use crate::error::{Error, Result, Status};
use crate::lock::locked;

/// How often a thread that waits for another thread looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(10);

/// How long somebody is willing to wait.
pub(super) struct Patience<'a> {
    pub deadline: Instant,
    pub cancelled: &'a dyn Fn() -> bool,
    /// How often a lock that another process has is tried.
    pub poll: Duration,
}

impl Patience<'_> {
    /// CLOSED if nothing is waited for any more.
    fn check(&self) -> Result<()> {
        match (self.cancelled)() {
            true => Err(Error::new(Status::Closed, "the bridge was closed")),
            false => Ok(()),
        }
    }

    /// The time until one should look again, at most `pause`; CLOSED or TIMEOUT.
    fn next(&self, pause: Duration) -> Result<Duration> {
        self.check()?;
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::new(
                Status::Timeout,
                "waiting for another call about the same user or entry",
            ));
        }
        Ok(left.min(pause))
    }
}

/// The turns of all authorizations of a store. Threads queue here, so that only one of them at a
/// time polls the lock against other processes.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<u64, Arc<Turn>>>);

#[derive(Default)]
struct Turn {
    taken: Mutex<bool>,
    free: Condvar,
}

impl Turns {
    /// Waits for the lock of this number, which `try_lock` takes against other processes. It is
    /// tried at least once, however late it is.
    pub(super) fn wait<L: Send + 'static>(
        self: &Arc<Turns>,
        number: u64,
        patience: &Patience<'_>,
        try_lock: impl Fn() -> Result<Option<L>>,
    ) -> Result<Box<dyn Lock>> {
        let turn = locked(&self.0).entry(number).or_default().clone();
        let mut place = Place { turns: self.clone(), number, turn: Some(turn), taken: false };
        if let Some(turn) = &place.turn {
            let mut taken = locked(&turn.taken);
            while *taken {
                let pause = patience.next(LOOK)?;
                let waited = turn.free.wait_timeout(taken, pause);
                taken = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            *taken = true;
        }
        place.taken = true;
        // Many leave here one after the other, when what they waited for is settled.
        patience.check()?;

        loop {
            match try_lock()? {
                Some(lock) => return Ok(Box::new(Held { _lock: lock, _place: place })),
                None => thread::sleep(patience.next(patience.poll)?),
            }
        }
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        locked(&self.0).len()
    }
}

/// A thread's place in the queue for one authorization.
struct Place {
    turns: Arc<Turns>,
    number: u64,
    /// Only `None` while it is dropped.
    turn: Option<Arc<Turn>>,
    /// Whether it is this thread's turn.
    taken: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut turns = locked(&self.turns.0);
        if let Some(turn) = self.turn.take().filter(|_| self.taken) {
            *locked(&turn.taken) = false;
            // Most go when what they waited for is settled: none should wait for the others to.
            turn.free.notify_all();
        }
        // Places are taken and left under this lock: the map's reference alone means nobody.
        if turns.get(&self.number).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            turns.remove(&self.number);
        }
    }
}

/// The lock is given back before the turn, so that the next thread finds it free.
struct Held<L> {
    _lock: L,
    _place: Place,
}

impl<L: Send> Lock for Held<L> {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;
    use crate::platform::LockFile;

    const POLL: Duration = Duration::from_millis(2);
    const NEVER: &dyn Fn() -> bool = &|| false;

    fn soon() -> Patience<'static> {
        Patience {
            deadline: Instant::now() + Duration::from_secs(20),
            cancelled: NEVER,
            poll: POLL,
        }
    }

    #[test]
    fn threads_take_turns_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let file = LockFile::new(folder.path().join("lock"));
        let turns = Arc::new(Turns::default());
        let wait = |number, patience: &Patience<'_>| {
            turns.wait(number, patience, || Ok(file.try_lock(number).unwrap()))
        };
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    let held = wait(3, &soon()).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(held);
                });
            }
        });
        assert_eq!(turns.count(), 0);
    }

    #[test]
    fn waiting_ends_at_the_deadline_or_when_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let file = LockFile::new(folder.path().join("lock"));
        let turns = Arc::new(Turns::default());
        let wait = |number, patience: &Patience<'_>| {
            turns.wait(number, patience, || Ok(file.try_lock(number).unwrap()))
        };
        // Against another process first, then against a thread as well.
        let byte = file.try_lock(3).unwrap();
        let status = |patience: &Patience<'_>| wait(3, patience).err().map(|error| error.status());
        for _ in 0..2 {
            let began = Instant::now();
            let deadline = began + Duration::from_millis(30);
            assert_eq!(
                status(&Patience { deadline, cancelled: NEVER, poll: POLL }),
                Some(Status::Timeout)
            );
            assert!(began.elapsed() >= Duration::from_millis(30));
            let cancelled = AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(Duration::from_millis(20));
                    cancelled.store(true, Ordering::SeqCst);
                });
                let cancelled: &dyn Fn() -> bool = &|| cancelled.load(Ordering::SeqCst);
                assert_eq!(status(&Patience { cancelled, ..soon() }), Some(Status::Closed));
            });
            assert_eq!(turns.count(), 0);
        }
        drop(byte);
        let held = wait(3, &soon()).unwrap();
        assert!(wait(4, &soon()).is_ok());
        let deadline = Instant::now();
        assert_eq!(
            status(&Patience { deadline, cancelled: NEVER, poll: POLL }),
            Some(Status::Timeout)
        );
        drop(held);
        assert!(wait(3, &Patience { deadline, cancelled: NEVER, poll: POLL }).is_ok());
        assert_eq!(turns.count(), 0);
    }
}
