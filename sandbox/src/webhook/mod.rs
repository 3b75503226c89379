//! Outgoing webhooks: who gets them, how they are signed, what became of them.

mod client;
pub mod webex;
pub mod zoom;

use crate::clock::utc_ms;
use crate::ids::hex;
use crate::options::Provider;
use crate::site::Site;
use ring::hmac;
use rustls::ClientConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A receiver set up through the control API: Zoom's event subscription of an app, or one more
/// receiver of Webex events.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Whose events.
    pub provider: Provider,
    /// Where to; http, or https with a certificate of the sandbox's authority.
    pub url: String,
    /// Zoom's secret token, or the secret of a Webex webhook.
    #[serde(default)]
    pub secret: Option<String>,
    /// Only events of this app (Zoom's deauthorization); none: of every app.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Only these events; an empty list: all.
    #[serde(default)]
    pub events: Vec<String>,
    /// Zoom's legacy verification token, sent as `authorization` (its sunset was June 2025).
    #[serde(default)]
    pub verification_token: Option<String>,
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// Counts from 1.
    pub number: u64,
    /// Whose event.
    pub provider: Provider,
    /// Its name.
    pub event: String,
    /// Where to.
    pub url: String,
    /// As sent.
    pub headers: BTreeMap<String, String>,
    /// As sent, byte for byte.
    pub body: String,
    /// When, by the sandbox's clock.
    pub at: String,
    /// Whether it has ended.
    pub done: bool,
    /// The receiver's status.
    pub status: Option<u16>,
    /// The receiver's body.
    pub answer: String,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// A signed request that is ready to go.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Whose event.
    pub provider: Provider,
    /// Its name.
    pub event: String,
    /// Where to.
    pub url: String,
    /// Headers besides content type and length.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: String,
}

#[derive(Debug, Default)]
struct Log {
    all: Mutex<Vec<Delivery>>,
    changed: Condvar,
}

/// The sender.
pub struct Post {
    runtime: tokio::runtime::Handle,
    tls: Option<Arc<ClientConfig>>,
    targets: Mutex<Vec<Target>>,
    log: Arc<Log>,
}

impl Post {
    /// A sender that works on a runtime.
    pub fn new(runtime: tokio::runtime::Handle, tls: Option<Arc<ClientConfig>>) -> Self {
        Post { runtime, tls, targets: Mutex::default(), log: Arc::default() }
    }

    /// The receivers.
    pub fn targets(&self) -> MutexGuard<'_, Vec<Target>> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets receivers and deliveries.
    pub fn forget(&self) {
        self.targets().clear();
        self.log.lock().clear();
    }

    /// What was sent so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.log.lock().clone()
    }

    /// Whether anybody listens to a provider at all: events are not even built otherwise.
    pub fn listened(&self, provider: Provider) -> bool {
        self.targets().iter().any(|target| target.provider == provider)
    }

    /// Receivers of an event.
    pub fn receivers(&self, provider: Provider, event: &str, client: Option<&str>) -> Vec<Target> {
        let wants = |target: &&Target| {
            target.provider == provider
                && (target.events.is_empty() || target.events.iter().any(|own| own == event))
                && (client.is_none()
                    || target.client_id.is_none()
                    || target.client_id.as_deref() == client)
        };
        self.targets().iter().filter(wants).cloned().collect()
    }

    /// Sends in the background; the delivery's number. Failed deliveries are not repeated by
    /// themselves (Zoom would after 5, 25 and 85 minutes): a test repeats them when it wants.
    pub fn send(&self, site: &Site, parcel: Parcel) -> u64 {
        let number = {
            let mut all = self.log.lock();
            let number = all.len() as u64 + 1;
            all.push(Delivery {
                number,
                provider: parcel.provider,
                event: parcel.event.clone(),
                url: parcel.url.clone(),
                headers: parcel.headers.clone(),
                body: parcel.body.clone(),
                at: utc_ms(site.clock.now()),
                done: false,
                status: None,
                answer: String::new(),
                error: None,
            });
            number
        };
        let (log, tls) = (Arc::clone(&self.log), self.tls.clone());
        self.runtime.spawn(async move {
            // "200 or 204 within 3 seconds" (Zoom blog, webhook delays). Webex says nothing.
            let limit = Duration::from_secs(if parcel.provider == Provider::Zoom { 3 } else { 10 });
            let result = match tokio::time::timeout(limit, client::post(&parcel, tls)).await {
                Ok(result) => result,
                Err(_) => Err("no answer in time".to_owned()),
            };
            log.finish(number, result);
        });
        number
    }

    /// Sends a delivery's bytes once more, as a retry does.
    pub fn repeat(&self, site: &Site, number: u64) -> Option<u64> {
        let old = self.log.lock().iter().find(|one| one.number == number).cloned()?;
        let parcel = Parcel {
            provider: old.provider,
            event: old.event,
            url: old.url,
            headers: old.headers,
            body: old.body,
        };
        Some(self.send(site, parcel))
    }

    /// Waits until so many deliveries have ended; false when they did not in time.
    pub fn wait(&self, count: usize, limit: Duration) -> bool {
        let enough = |all: &Vec<Delivery>| all.iter().filter(|one| one.done).count() >= count;
        self.log.wait(limit, enough)
    }

    /// Waits until one delivery has ended and returns it as it is then.
    pub fn wait_for(&self, number: u64, limit: Duration) -> Option<Delivery> {
        let find = |all: &Vec<Delivery>| all.iter().find(|one| one.number == number).cloned();
        self.log.wait(limit, |all| find(all).is_none_or(|one| one.done));
        find(&self.log.lock())
    }
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Vec<Delivery>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, number: u64, result: Result<(u16, String), String>) {
        let mut all = self.lock();
        if let Some(one) = all.iter_mut().find(|one| one.number == number) {
            one.done = true;
            match result {
                Ok((status, answer)) => (one.status, one.answer) = (Some(status), answer),
                Err(error) => one.error = Some(error),
            }
        }
        drop(all);
        self.changed.notify_all();
    }

    fn wait(&self, limit: Duration, condition: impl Fn(&Vec<Delivery>) -> bool) -> bool {
        let end = Instant::now() + limit;
        let mut all = self.lock();
        loop {
            if condition(&all) {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            all = self.changed.wait_timeout(all, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// `hex(HMAC-SHA256(secret, text))`.
pub fn sha256(secret: &str, text: &str) -> String {
    sign(hmac::HMAC_SHA256, secret, text)
}

/// `hex(HMAC-SHA1(secret, text))`; Webex signs with nothing better.
pub fn sha1(secret: &str, text: &str) -> String {
    sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, text)
}

fn sign(algorithm: hmac::Algorithm, secret: &str, text: &str) -> String {
    let key = hmac::Key::new(algorithm, secret.as_bytes());
    hex(hmac::sign(&key, text.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_and_signature_vectors() {
        // Computed independently for Zoom's url_validation example and Webex's scheme.
        assert_eq!(
            sha256("zoom-test-secret", "qgg8vlvZRS6UYooatFL8Aw"),
            "ae7c940e5051b2a17c1c49f4818fff9a88e210f5d820ff3c862635e27c93a4d9"
        );
        let id = "870f51ff287b41be84648412901e0402";
        let head = r#"{"id":"Y2lz","resource":"meetings","event":"created","data":{"id":""#;
        let body = format!("{head}{id}\"}}}}");
        assert_eq!(sha1("webex-test-secret", &body), "f716ab5f8e9092d908fec8d153955870049b32a0");
    }
}
