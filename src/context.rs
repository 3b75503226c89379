//! What a call works with, and how its requests go out.

use std::time::{Duration, Instant};

use crate::call::Call;
use crate::error::{Error, Result, Status};
use crate::http::{Breaker, Cause, Failure, Request, Response, Transport};
use crate::log::{Level, Log};
use crate::provider;
use crate::settings::Settings;
use crate::store::vault::Vault;
use crate::store::{GrantKey, Guarded, Lock};

pub struct Context<'a> {
    pub settings: &'a Settings,
    pub vault: &'a Vault,
    pub transport: &'a dyn Transport,
    pub log: &'a Log,
    pub call: &'a Call<'a>,
    /// Whom to leave alone; none where that is just what is to be found out.
    pub breakers: Option<&'a Breakers>,
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
        let method = request.method().clone();
        // Without the query, which may hold what is nobody else's business.
        let place = format!("{}{}", request.uri().host().unwrap_or_default(), request.uri().path());
        let began = Instant::now();
        let outcome = self.transport.send_by(request, self.call.deadline, deadline);
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
        self.vault.store().lock(what, self.call.deadline, &|| self.call.cancelled())
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
    !failure.may_have_been_sent && (failure.cause != Cause::Timeout || took >= PATIENCE)
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
