//! Leaves a provider alone that cannot be reached, so that an outage does not hold the host's
//! threads.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many connections in a row must fail.
const FAILURES: u32 = 5;
/// For how long the provider is left alone then.
const PAUSE: Duration = Duration::from_secs(10);

/// Counts failed connections to one provider. May be used by any number of threads.
pub struct Breaker {
    began: Instant,
    failures: AtomicU32,
    /// In milliseconds since `began`; counts only after enough failures.
    closed_again_at: AtomicU64,
}

impl Breaker {
    pub fn new() -> Breaker {
        Breaker {
            began: Instant::now(),
            failures: AtomicU32::new(0),
            closed_again_at: AtomicU64::new(0),
        }
    }

    /// Whether a request may be tried; else for how long none may. After the pause one request
    /// tries for all.
    pub fn check(&self) -> Result<(), Duration> {
        self.check_at(Instant::now())
    }

    fn check_at(&self, now: Instant) -> Result<(), Duration> {
        if self.failures.load(Ordering::Relaxed) < FAILURES {
            return Ok(());
        }
        let now = self.since_began(now);
        let until = self.closed_again_at.load(Ordering::Relaxed);
        if now < until {
            return Err(Duration::from_millis(until - now));
        }
        let next = now + PAUSE.as_millis() as u64;
        self.closed_again_at
            .compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed)
            .map(drop)
            .map_err(|_| PAUSE)
    }

    /// The provider has answered, whatever it said.
    pub fn reached(&self) {
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// No connection could be made. True if the provider is left alone from now on.
    pub fn failed(&self) -> bool {
        self.failed_at(Instant::now())
    }

    fn failed_at(&self, now: Instant) -> bool {
        let next = self.since_began(now) + PAUSE.as_millis() as u64;
        self.closed_again_at.store(next, Ordering::Relaxed);
        let before = self.failures.fetch_add(1, Ordering::Relaxed);
        before == FAILURES - 1
    }

    fn since_began(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.began).as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_and_then_one_try_every_ten_seconds() {
        let breaker = Breaker::new();
        let began = breaker.began;
        for _ in 0..4 {
            assert!(!breaker.failed_at(began));
        }
        breaker.reached();
        for _ in 0..4 {
            assert!(!breaker.failed_at(began));
            assert_eq!(breaker.check_at(began), Ok(()));
        }
        assert!(breaker.failed_at(began));
        assert_eq!(breaker.check_at(began), Err(PAUSE));
        assert_eq!(breaker.check_at(began + PAUSE / 2), Err(PAUSE / 2));
        // One tries, the others wait for what it finds.
        assert_eq!(breaker.check_at(began + PAUSE), Ok(()));
        assert_eq!(breaker.check_at(began + PAUSE), Err(PAUSE));
        assert!(!breaker.failed_at(began + PAUSE), "told once");
        assert_eq!(breaker.check_at(began + PAUSE * 2), Ok(()));
        breaker.reached();
        assert_eq!(breaker.check_at(began + PAUSE * 2), Ok(()));
        assert_eq!(breaker.check_at(began + PAUSE * 2), Ok(()));
    }
}
