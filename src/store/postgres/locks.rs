//! Locks of the server's, which threads queue for as beside SQLite.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pool::{Dialer, Pool};
use crate::error::Result;
use crate::store::Lock;
use crate::store::turns::{Patience, Turns};

/// How often a lock that another server has is tried.
const POLL: Duration = Duration::from_millis(3);

/// The locks of this process. One session has them all, and they end with it.
pub(super) struct Locks {
    pool: Arc<Pool>,
    turns: Arc<Turns>,
}

impl Locks {
    pub(super) fn new(dialer: Arc<Dialer>) -> Locks {
        Locks { pool: Arc::new(Pool::new(dialer, 1)), turns: Arc::default() }
    }

    /// See `Store::lock`.
    pub(super) fn wait(
        &self,
        number: i64,
        deadline: Instant,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Lock>> {
        let patience = Patience { deadline, cancelled, poll: POLL };
        self.turns.wait(number as u64, &patience, || {
            // Bounded by itself, not by the caller: ending the session early would end all locks.
            let (taken, session) = self.pool.read(async |session| {
                let taken = session.value("SELECT pg_try_advisory_lock(?1)", &[&number]).await?;
                Ok((taken == Some(true), session.id))
            })?;
            Ok(taken.then(|| Advisory { pool: self.pool.clone(), session, number }))
        })
    }
}

/// A lock that this session has.
struct Advisory {
    pool: Arc<Pool>,
    session: u64,
    number: i64,
}

impl Drop for Advisory {
    fn drop(&mut self) {
        // Where the session is another one by now, the lock has ended with its own.
        self.pool.on(self.session, async |session| {
            session.value::<bool>("SELECT pg_advisory_unlock(?1)", &[&self.number]).await
        });
    }
}
