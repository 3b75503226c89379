//! What a call works with, and how its requests go out.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::Uri;
use parking_lot::Mutex;

use crate::audit::Trail;
use crate::call::Call;
use crate::error::{Error, Result, Status};
use crate::http::{Breaker, Cause, Failure, Request, Response, Transport};
use crate::log::{Level, Log};
use crate::provider;
use crate::settings::Settings;
use crate::store::vault::{Grant, Vault};
use crate::store::{GrantKey, Guarded, Lock};

pub struct Context<'a> {
    pub settings: &'a Settings,
    pub vault: &'a Vault,
    pub transport: &'a dyn Transport,
    pub log: &'a Log,
    pub call: &'a Call<'a>,
    /// Whom to leave alone; none where that is just what is to be found out.
    pub breakers: Option<&'a Breakers>,
    pub renewals: &'a Renewals,
    pub trail: &'a Trail,
    /// When the administrator last gave settings anew, in seconds since 1970: what was refused
    /// before may be granted now.
    pub reloaded_at: i64,
}

/// How renewals went: who waited while another's was under way takes its outcome for his own,
/// instead of waiting for his turn to read the store, or to ask a token endpoint that is down.
#[derive(Default)]
pub struct Renewals(Mutex<HashMap<GrantKey, Ended>>);

/// When a renewal ended, and how.
type Ended = (Instant, Result<Arc<Grant>>);

impl Renewals {
    /// More at once are forgotten; that only costs those who wait a reading or a request each.
    const MOST: usize = 1000;

    /// The outcome of a renewal that ended after `since`.
    pub fn outcome_since(&self, key: &GrantKey, since: Instant) -> Option<Result<Arc<Grant>>> {
        let outcomes = self.0.lock();
        outcomes.get(key).filter(|(at, _)| *at > since).map(|(_, outcome)| outcome.clone())
    }

    pub fn note(&self, key: &GrantKey, outcome: &Result<Arc<Grant>>) {
        let mut outcomes = self.0.lock();
        if outcomes.len() >= Renewals::MOST {
            outcomes.clear();
        }
        outcomes.insert(key.clone(), (Instant::now(), outcome.clone()));
    }
}

/// One breaker for each provider.
pub struct Breakers(Vec<(&'static str, Breaker)>);

impl Breakers {
    pub fn new() -> Breakers {
        Breakers(provider::ALL.iter().map(|one| (one.name(), Breaker::new())).collect())
    }

    fn of(&self, provider: &str) -> Option<&Breaker> {
        self.0.iter().find(|(name, _)| *name == provider).map(|(_, breaker)| breaker)
    }
}

impl Context<'_> {
    /// Sends a request within the call's deadline.
    pub fn send(
        &self,
        provider: &'static str,
        request: Request,
    ) -> std::result::Result<Response, Unanswered> {
        if let Err(error) = self.call.check() {
            return Err(Unanswered { error, may_have_been_sent: false });
        }
        self.send_and_await(provider, request, self.call.deadline)
    }

    /// Sends a request within the call's deadline, and once it is sent waits for its answer until
    /// `deadline`.
    pub fn send_and_await(
        &self,
        provider: &'static str,
        request: Request,
        deadline: Instant,
    ) -> std::result::Result<Response, Unanswered> {
        let breaker = self.breakers.and_then(|breakers| breakers.of(provider));
        if let Some(wait) = breaker.and_then(|breaker| breaker.check().err()) {
            let error = Error::new(Status::ProviderUnavailable, "could not be reached just now")
                .with_provider(provider)
                .with_retry_after(Some(wait.max(Duration::from_secs(1))));
            return Err(Unanswered { error, may_have_been_sent: false });
        }
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let place = Place(&uri);
        let began = Instant::now();
        let connect_by = self.call.deadline.min(deadline);
        let outcome = self.transport.send_by(request, connect_by, deadline);
        let took = began.elapsed().as_millis();
        if let Some(breaker) = breaker {
            match &outcome {
                Ok(_) => breaker.reached(),
                Err(failure) if is_unreachable(failure, began.elapsed()) && breaker.failed() => {
                    let what = "cannot be reached and is left alone for a while";
                    self.log(Level::Error, format_args!("{provider} {what}"));
                }
                Err(_) => {}
            }
        }
        match outcome {
            Ok(response) => {
                let status = response.status().as_u16();
                self.log(Level::Debug, format_args!("{method} {place}: {status} in {took} ms"));
                if let Some(provider) = provider::by_name(provider) {
                    self.trail.answered(provider.tracking_id(&response));
                }
                Ok(response)
            }
            Err(failure) => {
                self.log(Level::Warn, format_args!("{method} {place}: {failure} after {took} ms"));
                Err(unanswered(provider, failure))
            }
        }
    }

    /// Sleeps; CLOSED as soon as the call is no longer wanted.
    pub fn pause(&self, time: Duration) -> Result<()> {
        const LOOK: Duration = Duration::from_millis(20);
        let until = Instant::now() + time;
        loop {
            self.call.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(LOOK));
        }
    }

    /// Waits for the right to change what is guarded, as long as the call may last.
    pub fn lock(&self, what: Guarded<'_>) -> Result<Box<dyn Lock>> {
        self.lock_unless(what, &|| false)
    }

    /// The same; CLOSED also as soon as it is `settled` what the lock was wanted for.
    pub fn lock_unless(
        &self,
        what: Guarded<'_>,
        settled: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Lock>> {
        let cancelled = || self.call.cancelled() || settled();
        self.vault.store().lock(what, self.call.deadline, &cancelled)
    }

    /// The right to change one authorization without waiting; `None` if somebody else has it.
    pub fn try_lock(&self, key: &GrantKey) -> Result<Option<Box<dyn Lock>>> {
        let what = Guarded::Grant(key);
        match self.vault.store().lock(what, Instant::now(), &|| self.call.cancelled()) {
            Err(error) if error.status() == Status::Timeout => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    pub fn log(&self, level: Level, message: std::fmt::Arguments<'_>) {
        match &self.call.options.correlation_id {
            Some(id) => self.log.write(level, format_args!("[{id}] {message}")),
            None => self.log.write(level, message),
        }
    }
}

/// Where a request went, without the query, which may hold what is nobody else's business.
struct Place<'a>(&'a Uri);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0.host().unwrap_or_default(), self.0.path())
    }
}

/// A request without an answer.
pub struct Unanswered {
    pub error: Error,
    pub may_have_been_sent: bool,
}

impl From<Unanswered> for Error {
    fn from(unanswered: Unanswered) -> Error {
        unanswered.error
    }
}

/// Whether no connection could be made. A caller in a hurry proves nothing by giving up.
fn is_unreachable(failure: &Failure, took: Duration) -> bool {
    const PATIENCE: Duration = Duration::from_secs(2);
    let is_lost = match failure.cause {
        Cause::Timeout => took >= PATIENCE,
        Cause::Resolve | Cause::Connect | Cause::Proxy | Cause::Tls => true,
        Cause::Broken | Cause::TooLarge => false,
    };
    is_lost && !failure.may_have_been_sent
}

fn unanswered(provider: &'static str, failure: Failure) -> Unanswered {
    let status = match failure.cause {
        Cause::Resolve | Cause::Connect | Cause::Proxy | Cause::Broken => Status::Network,
        Cause::Tls => Status::Tls,
        Cause::Timeout => Status::Timeout,
        Cause::TooLarge => Status::UnexpectedAnswer,
    };
    Unanswered {
        error: Error::new(status, failure.detail).with_provider(provider),
        may_have_been_sent: failure.may_have_been_sent,
    }
}
