//! The sandbox's time: the machine's, or one that stands still, moved by an offset.

use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};

/// The time that every rule of the sandbox goes by.
#[derive(Debug)]
pub struct Clock {
    frozen: Option<Timestamp>,
    offset_s: AtomicI64,
}

impl Clock {
    /// A running clock, or one frozen at an instant.
    pub fn new(frozen: Option<Timestamp>) -> Self {
        Clock { frozen, offset_s: AtomicI64::new(0) }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        let base = self.frozen.unwrap_or_else(Timestamp::now);
        let offset = SignedDuration::from_secs(self.offset_s.load(Ordering::Relaxed));
        base.checked_add(offset).unwrap_or(base)
    }

    /// Moves the clock to `seconds` ahead of its base.
    pub fn set_offset(&self, seconds: i64) {
        self.offset_s.store(seconds, Ordering::Relaxed);
    }
}

/// `2027-03-01T08:00:00Z`, the form that both providers answer with.
pub fn utc(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2027-03-01T08:00:00.123Z`, the form of Webex webhooks and people.
pub fn utc_ms(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Cuts the fraction of a second off.
pub fn whole_second(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}
