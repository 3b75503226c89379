//! Whose meetings a call is about.
//!
//! An app of the kind `user` acts for whoever consented. The others act for anybody of the account,
//! so that each call needs the address of a host: the one that the call names, else the user's own
//! name where that is an address, else the one that an earlier call of his named. A meeting that
//! was made under a reference keeps the host under whom it was made.

use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::http::Response;
use crate::log::Level;
use crate::meeting::is_address;
use crate::provider::{self, Provider};
use crate::settings::{App, AppKind};
use crate::store::GrantKey;
use crate::user::UserName;

/// The host of a call's meetings.
pub struct Host {
    /// None for an app of the kind `user`.
    key: Option<GrantKey>,
    /// As the call says.
    named: Option<String>,
    email: Option<String>,
}

impl Host {
    /// `named` is what the call itself says; an app of the kind `user` has no use for it.
    pub fn find(
        context: &Context<'_>,
        app: &App,
        user: &UserName,
        named: Option<String>,
    ) -> Result<Host> {
        if app.kind == AppKind::User {
            return Ok(Host { key: None, named: None, email: None });
        }
        let key = GrantKey {
            provider: app.provider.name(),
            client_id: app.client_id.to_string(),
            user: user.key.clone(),
        };
        let email = match &named {
            Some(email) => Some(email.clone()),
            None if is_address(&user.display) => Some(user.display.clone()),
            None => context.vault.store().host_email(&key)?,
        };
        Ok(Host { key: Some(key), named, email })
    }

    /// Turns to another host of the account, if one is known; who it was.
    pub fn turn_to(&mut self, email: Option<String>) -> Option<String> {
        let was = self.email.clone();
        if self.key.is_some() && email.is_some() {
            self.email = email;
        }
        was
    }

    /// Whether what is known of a meeting may say better who hosts it.
    pub fn is_assumed(&self) -> bool {
        self.key.is_some() && self.named.is_none()
    }

    /// As providers address him.
    pub fn address(&self) -> provider::Host<'_> {
        match (&self.key, &self.email) {
            (None, _) => provider::Host::Me,
            (Some(_), Some(email)) => provider::Host::Email(email),
            (Some(_), None) => provider::Host::Unknown,
        }
    }

    /// INVALID_ARGUMENT naming the field if it is not known who hosts.
    pub fn check(&self, field: &str) -> Result<()> {
        match self.address() {
            provider::Host::Unknown => Err(provider::unknown_host(field)),
            provider::Host::Me | provider::Host::Email(_) => Ok(()),
        }
    }

    /// Keeps the address that the call named, for later calls that name none. That it cannot be
    /// kept is no failure of what was done.
    pub fn remember(&self, context: &Context<'_>) {
        let (Some(key), Some(email)) = (&self.key, &self.named) else { return };
        let store = context.vault.store();
        let kept = store.host_email(key).and_then(|known| match known.as_ref() == Some(email) {
            true => Ok(()),
            false => store.set_host_email(key, email),
        });
        if let Err(error) = kept {
            let user = &key.user;
            context.log(Level::Warn, format_args!("{user}: the host is not remembered: {error}"));
        }
    }

    /// Whether this answer can be about the host's address: see [`refused`].
    pub fn is_addressed(&self) -> bool {
        matches!(self.address(), provider::Host::Email(_))
    }
}

/// The outcome of a request for a host's list or for a new meeting of his: INVALID_ARGUMENT where
/// the provider does not know him by that address.
pub fn refused<T>(
    provider: &dyn Provider,
    is_addressed: bool,
    response: &Response,
    outcome: Result<T>,
) -> Result<T> {
    outcome.map_err(|error| match is_addressed && provider.refuses_host(response) {
        true => error
            .with_status(Status::InvalidArgument)
            .with_note("host_email: nobody in the account has this address"),
        false => error,
    })
}

/// An app of the kind `user` has one host, who consented.
pub fn unsupported(app: &App, field: &str) -> Error {
    let what = format!("{field}: {ONLY_FOR_OTHERS}");
    Error::new(Status::Unsupported, what).with_provider(app.provider.name())
}

/// Why an app of the kind `user` takes no `host_email`.
pub const ONLY_FOR_OTHERS: &str = "only apps of the kinds `account` and `server` name a host";
