//! Whether a failed request is tried again, and when.

use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, Status};
use crate::settings::{RetryMode, RetrySettings};

/// The longest wait that is computed; a deadline comes before it.
const LONGEST: Duration = Duration::from_secs(600);

/// How long to wait before the next try; none if there is to be no other. `tries` counts those
/// before this one.
pub fn wait(settings: &RetrySettings, tries: u32, error: &Error) -> Option<Duration> {
    if tries >= settings.max || !is_worth(settings, error) {
        return None;
    }
    let grown = settings.wait.as_secs_f64() * settings.multiply.powi(tries.min(64) as i32);
    let longest = Duration::try_from_secs_f64(grown).unwrap_or(LONGEST).min(LONGEST);
    // Somewhere in the upper half, so that many callers do not come back at once.
    let wait = longest.mul_f64(0.5 + 0.5 * fraction());
    Some(error.retry_after().unwrap_or_default().max(wait))
}

fn is_worth(settings: &RetrySettings, error: &Error) -> bool {
    let status = match error.provider_status() {
        Some(status) => status,
        // No answer at all. A certificate does not become good by waiting.
        None => return settings.mode != RetryMode::None && error.status() == Status::Network,
    };
    match settings.mode {
        RetryMode::None => false,
        RetryMode::Status => settings.statuses.contains(&status),
        RetryMode::Any => matches!(status, 408 | 423 | 425 | 429 | 500..=599),
    }
}

/// From 0 to 1.
fn fraction() -> f64 {
    let mut bytes = [0; 4];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(mode: RetryMode) -> RetrySettings {
        RetrySettings {
            mode,
            statuses: vec![429, 503],
            max: 3,
            wait: Duration::from_millis(500),
            multiply: 2.0,
        }
    }

    fn answered(status: u16) -> Error {
        Error::new(Status::ProviderUnavailable, "").with_provider_status(status)
    }

    #[test]
    fn waits_grow_and_end() {
        for (tries, longest) in [(0, 500), (1, 1000), (2, 2000)] {
            let wait = wait(&settings(RetryMode::Status), tries, &answered(503)).unwrap();
            let longest = Duration::from_millis(longest);
            assert!(wait >= longest / 2 && wait <= longest, "{wait:?}");
        }
        assert_eq!(wait(&settings(RetryMode::Status), 3, &answered(503)), None);
        let mut endless = settings(RetryMode::Status);
        (endless.max, endless.multiply) = (u32::MAX, 100.0);
        assert!(wait(&endless, 1000, &answered(503)).unwrap() <= LONGEST);
    }

    #[test]
    fn the_provider_may_ask_for_more() {
        let error = answered(429).with_retry_after(Some(Duration::from_secs(30)));
        assert_eq!(wait(&settings(RetryMode::Status), 0, &error), Some(Duration::from_secs(30)));
    }

    #[test]
    fn the_mode_decides() {
        let network = Error::new(Status::Network, "");
        let tls = Error::new(Status::Tls, "");
        for (mode, listed, other, none) in [
            (RetryMode::None, false, false, false),
            (RetryMode::Status, true, false, true),
            (RetryMode::Any, true, true, true),
        ] {
            let again = |error: &Error| wait(&settings(mode), 0, error).is_some();
            assert_eq!(again(&answered(429)), listed);
            assert_eq!(again(&answered(500)), other);
            assert_eq!(again(&network), none);
            assert!(!again(&answered(400)) && !again(&tls));
        }
    }
}
