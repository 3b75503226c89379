//! Idle connections, shared by all threads.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

use super::connection::Connection;
use super::host::Host;
use super::{IDLE_AGE, IDLE_PER_HOST};
use crate::lock::locked;

/// The most idle connections to all hosts together.
const MOST: usize = 256;

/// Where a request goes, in the words of its URI: most need not be taken apart.
#[derive(Clone, PartialEq, Eq)]
pub struct Key<A = String> {
    pub authority: A,
    pub is_secure: bool,
}

/// A connection that a request may take.
pub struct Open {
    pub key: Key,
    pub host: Host,
    pub connection: Connection,
}

#[derive(Default)]
pub struct Pool {
    /// The one that was put back last comes last.
    idle: Mutex<VecDeque<Idle>>,
}

struct Idle {
    since: Instant,
    open: Open,
}

impl Pool {
    /// The connection that has rested the shortest: so the others grow old where few are needed.
    pub fn take(&self, key: &Key<&str>) -> Option<Open> {
        let fits =
            |known: &Key| known.is_secure == key.is_secure && known.authority == key.authority;
        loop {
            let one = {
                let mut idle = locked(&self.idle);
                let at = idle.iter().rposition(|one| fits(&one.open.key))?;
                idle.remove(at)?
            };
            // Without the lock: this asks the system.
            if one.since.elapsed() < IDLE_AGE && one.open.connection.is_open() {
                return Some(one.open);
            }
        }
    }

    pub fn put(&self, open: Open) {
        let since = Instant::now();
        let mut closed = Vec::new();
        let mut idle = locked(&self.idle);
        idle.push_back(Idle { since, open });
        while idle.front().is_some_and(|one| since.duration_since(one.since) >= IDLE_AGE) {
            closed.extend(idle.pop_front());
        }
        if idle.len() > IDLE_PER_HOST {
            let key = idle.back().map(|one| one.open.key.clone());
            let same = |one: &Idle| Some(&one.open.key) == key.as_ref();
            if idle.len() > MOST {
                closed.extend(idle.pop_front());
            } else if idle.iter().filter(|one| same(one)).count() > IDLE_PER_HOST {
                let oldest = idle.iter().position(same);
                closed.extend(oldest.and_then(|at| idle.remove(at)));
            }
        }
        drop(idle);
        // Closed here, where nobody waits for the lock.
        drop(closed);
    }
}
