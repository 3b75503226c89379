//! What a call works with, and how its requests go out.

use std::time::Instant;

use crate::call::Call;
use crate::error::{Error, Result, Status};
use crate::http::{Cause, Failure, Request, Response, Transport};
use crate::log::{Level, Log};
use crate::settings::Settings;
use crate::store::vault::Vault;
use crate::store::{GrantKey, Lock};

pub struct Context<'a> {
    pub settings: &'a Settings,
    pub vault: &'a Vault,
    pub transport: &'a dyn Transport,
    pub log: &'a Log,
    pub call: &'a Call<'a>,
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
        let method = request.method().clone();
        // Without the query, which may hold what is nobody else's business.
        let place = format!("{}{}", request.uri().host().unwrap_or_default(), request.uri().path());
        let began = Instant::now();
        let outcome = self.transport.send_by(request, self.call.deadline, deadline);
        let took = began.elapsed().as_millis();
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

    /// Waits for the right to change one authorization, as long as the call may last.
    pub fn lock(&self, key: &GrantKey) -> Result<Box<dyn Lock>> {
        self.vault.store().lock(key, self.call.deadline, &|| self.call.cancelled())
    }

    /// The same without waiting; `None` if somebody else has it.
    pub fn try_lock(&self, key: &GrantKey) -> Result<Option<Box<dyn Lock>>> {
        match self.vault.store().lock(key, Instant::now(), &|| self.call.cancelled()) {
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
