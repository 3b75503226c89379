//! What every handler can reach.

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::fault::Faults;
use crate::ids::Ids;
use crate::options::{App, Options, Provider};
use crate::secrets::Ledger;
use crate::statistics::{Book, Statistics};
use crate::webhook::Post;
use crate::world::World;
use rustls::ClientConfig;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The whole simulator behind the listeners.
pub struct Site {
    /// As started, for resets.
    pub options: Options,
    /// Its time.
    pub clock: Clock,
    /// Its source of ids and tokens.
    pub ids: Ids,
    /// Its rules of failure.
    pub faults: Faults,
    /// Its counts.
    pub book: Book,
    /// Every secret that ever existed.
    pub ledger: Ledger,
    /// Its outgoing webhooks.
    pub post: Post,
    world: Mutex<World>,
    answers: AtomicU64,
}

impl Site {
    /// A site in its first state.
    pub fn new(
        options: Options,
        runtime: tokio::runtime::Handle,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Self> {
        let frozen = match &options.frozen_at {
            None => None,
            Some(text) => Some(
                text.parse()
                    .map_err(|error| Error::Invalid(format!("frozen_at: {text}: {error}")))?,
            ),
        };
        for user in &options.users {
            jiff::tz::TimeZone::get(&user.time_zone)
                .map_err(|error| Error::Invalid(format!("time_zone of {}: {error}", user.email)))?;
        }
        let clock = Clock::new(frozen);
        clock.set_offset(options.settings.clock_offset_s);
        let ids = Ids::new(options.seed);
        let ledger = Ledger::default();
        note_client_secrets(&ledger, &options.apps);
        let world = World::new(&options, &ids);
        Ok(Site {
            clock,
            ids,
            faults: Faults::default(),
            book: Book::default(),
            ledger,
            post: Post::new(runtime, tls),
            world: Mutex::new(world),
            answers: AtomicU64::new(0),
            options,
        })
    }

    /// The state of both providers. Never held across an await: handlers are not async.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Back to the state of the start; ids go on, so nothing old is ever valid again.
    pub fn reset(&self) {
        *self.world() = World::new(&self.options, &self.ids);
        self.clock.set_offset(self.options.settings.clock_offset_s);
        self.faults.clear(None);
        self.post.forget();
        self.book.reset();
    }

    /// A tracking id for an answer.
    pub fn tracking(&self, provider: Provider) -> String {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        match provider {
            Provider::Zoom => format!("v=2.0;clid=us04;rid=WEB_{number:024x}"),
            Provider::Webex => format!("ROUTERGW_5a1db0c5-0000-4000-8000-{number:012x}"),
        }
    }

    /// Counts, with the meetings that exist now.
    pub fn statistics(&self) -> Statistics {
        let mut statistics = self.book.snapshot();
        let world = self.world();
        let zoom = world.zoom.values().filter(|meeting| !meeting.deleted).count() as u64;
        let webex = world.webex.len() as u64;
        statistics.live_meetings = [(Provider::Zoom, zoom), (Provider::Webex, webex)].into();
        statistics
    }
}

/// Writes the apps' secrets into the ledger.
pub fn note_client_secrets(ledger: &Ledger, apps: &[App]) {
    ledger.add(|all| {
        for app in apps {
            if !all.client_secrets.contains(&app.client_secret) {
                all.client_secrets.push(app.client_secret.clone());
            }
        }
    });
}
