//! Counts and the last requests, for assertions.

use crate::call::Call;
use crate::options::Provider;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many requests are remembered in full.
const REMEMBERED: usize = 1000;

/// What happened so far; a snapshot.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Statistics {
    /// Requests whose head and body arrived, by route.
    pub received: BTreeMap<String, u64>,
    /// Answers by route and status; a fault without an answer counts under its kind.
    pub answered: BTreeMap<String, BTreeMap<String, u64>>,
    /// Accepted connections, plain and TLS.
    pub connections: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Access tokens issued, by provider.
    pub tokens_issued: BTreeMap<Provider, u64>,
    /// Successful refreshes by user and provider.
    pub refreshes: BTreeMap<String, BTreeMap<Provider, u64>>,
    /// Refresh tokens that came again after they had been replaced or had died.
    pub refresh_replays: u64,
    /// Authorization codes.
    pub codes: Codes,
    /// Meetings that exist now, by provider.
    pub live_meetings: BTreeMap<Provider, u64>,
}

/// What became of authorization codes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Codes {
    /// Given out.
    pub issued: u64,
    /// Turned into tokens.
    pub exchanged: u64,
    /// Presented a second time.
    pub replayed: u64,
}

impl Statistics {
    /// Requests of a route that arrived.
    pub fn count(&self, route: &str) -> u64 {
        self.received.get(route).copied().unwrap_or(0)
    }

    /// Answers of a route with a status.
    pub fn status(&self, route: &str, status: u16) -> u64 {
        self.answered
            .get(route)
            .and_then(|by_status| by_status.get(&status.to_string()))
            .copied()
            .unwrap_or(0)
    }
}

/// A remembered request.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    /// The route's name.
    pub route: String,
    /// GET, POST, …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers; the credentials of `authorization` are taken out.
    pub headers: BTreeMap<String, String>,
    /// The body of API calls; of OAuth calls it would be credentials.
    pub body: Option<String>,
    /// When it arrived by the sandbox's clock.
    pub at: String,
}

/// As kept; turned into text only when somebody asks.
#[derive(Debug)]
struct Kept {
    route: &'static str,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Bytes>,
    at: Timestamp,
}

#[derive(Debug, Default)]
struct Inner {
    statistics: Statistics,
    received: BTreeMap<&'static str, u64>,
    answered: BTreeMap<&'static str, BTreeMap<u16, u64>>,
    last: VecDeque<Kept>,
}

/// The book that is kept.
#[derive(Debug, Default)]
pub struct Book {
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Book {
    /// A request arrived.
    pub fn received(&self, route: &'static str, call: &Call, at: Timestamp) {
        let mut path = call.path.clone();
        if !call.raw_query.is_empty() {
            path.push('?');
            path.push_str(&call.raw_query);
        }
        let secret = is_credential_route(route);
        let kept = Kept {
            route,
            method: call.method.clone(),
            path,
            headers: call.headers.clone(),
            body: (!secret).then(|| call.body.clone()),
            at,
        };
        let mut inner = self.lock();
        *inner.received.entry(route).or_default() += 1;
        if inner.last.len() == REMEMBERED {
            inner.last.pop_front();
        }
        inner.last.push_back(kept);
        drop(inner);
        self.changed.notify_all();
    }

    /// A request was answered.
    pub fn answered(&self, route: &'static str, status: u16) {
        let mut inner = self.lock();
        *inner.answered.entry(route).or_default().entry(status).or_default() += 1;
        drop(inner);
        self.changed.notify_all();
    }

    /// A request ended without an answer, by a fault of this name.
    pub fn cut_off(&self, route: &'static str, kind: &str) {
        self.change(|s| {
            let by_status = s.answered.entry(route.to_owned()).or_default();
            *by_status.entry(kind.to_owned()).or_default() += 1;
        });
    }

    /// Changes one of the other counts.
    pub fn change(&self, change: impl FnOnce(&mut Statistics)) {
        change(&mut self.lock().statistics);
        self.changed.notify_all();
    }

    /// A snapshot, without the live meetings that only the world knows.
    pub fn snapshot(&self) -> Statistics {
        self.lock().snapshot()
    }

    /// Waits until a condition on the counts holds; false when it did not in time.
    pub fn wait(&self, limit: Duration, condition: impl Fn(&Statistics) -> bool) -> bool {
        let end = Instant::now() + limit;
        let mut inner = self.lock();
        loop {
            if condition(&inner.snapshot()) {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            inner =
                self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The last requests, oldest first.
    pub fn last_requests(&self) -> Vec<Seen> {
        self.lock().last.iter().map(Kept::show).collect()
    }

    /// Forgets everything but the connections, which are still there.
    pub fn reset(&self) {
        let mut inner = self.lock();
        let connections = inner.statistics.connections;
        *inner = Inner::default();
        inner.statistics.connections = connections;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn snapshot(&self) -> Statistics {
        let mut all = self.statistics.clone();
        for (route, count) in &self.received {
            *all.received.entry((*route).to_owned()).or_default() += count;
        }
        for (route, by_status) in &self.answered {
            let into = all.answered.entry((*route).to_owned()).or_default();
            for (status, count) in by_status {
                *into.entry(status.to_string()).or_default() += count;
            }
        }
        all
    }
}

impl Kept {
    fn show(&self) -> Seen {
        let mut headers = BTreeMap::new();
        for (name, value) in &self.headers {
            let mut text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if name == "authorization" {
                let scheme = text.split(' ').next().unwrap_or_default();
                text = format!("{scheme} (removed)");
            }
            headers.insert(name.as_str().to_owned(), text);
        }
        Seen {
            route: self.route.to_owned(),
            method: self.method.to_string(),
            path: self.path.clone(),
            headers,
            body: self.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned()),
            at: crate::clock::utc_ms(self.at),
        }
    }
}

fn is_credential_route(route: &str) -> bool {
    ["token", "refresh", "revoke", "authorize", "decide"].iter().any(|part| route.ends_with(part))
}
