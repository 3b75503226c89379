//! The bridge: one method for each operation. Every door leads here, and none has logic of its
//! own.

mod create;
mod diagnose;
mod shared;

use std::sync::Arc;

use serde::Serialize;

use crate::authorization::{self, Authorization};
use crate::call::{Call, Options};
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::http::{self, Transport};
use crate::language::Language;
use crate::log::{Level, Log};
use crate::meeting::Meeting;
use crate::platform::PerProcess;
use crate::settings::{App, Settings};
use crate::store::seal::KeyRing;
use crate::store::sqlite::Sqlite;
use crate::store::vault::Vault;
use crate::user::UserName;

pub use diagnose::Report;
pub use shared::{acquire, release};

/// Settings at work. Immutable: a reload makes another one.
pub struct Bridge {
    settings: Settings,
    log: Log,
    live: PerProcess<Live>,
}

/// What must not cross a fork.
struct Live {
    vault: Vault,
    transport: Box<dyn Transport>,
    key_warnings: Vec<String>,
}

/// What a door passes on of a call beside the operation's own parameters.
#[derive(Clone, Copy)]
pub struct Invocation<'a> {
    /// The options document, if the caller gave one.
    pub options: Option<&'a str>,
    /// Whether the caller's handle is being closed.
    pub cancelled: &'a dyn Fn() -> bool,
}

impl Bridge {
    /// Opens store, key and transport, so that what is wrong with them is told now.
    pub fn open(settings: Settings) -> Result<Bridge> {
        let log = Log::open(settings.log.file.as_deref(), settings.log.level).map_err(|error| {
            let detail = format!("log.file: cannot be opened to append: {error}");
            Error::new(Status::InvalidSettings, detail)
        })?;
        let bridge = Bridge { settings, log, live: PerProcess::new() };
        let live = bridge.live()?;
        bridge
            .log
            .write(Level::Info, format_args!("opened {}", live.vault.store().summary()?.location));
        for warning in &live.key_warnings {
            bridge.log.write(Level::Warn, format_args!("{warning}"));
        }
        Ok(bridge)
    }

    pub fn language(&self) -> Language {
        self.settings.language
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    pub fn start_authorization(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        redirect: Option<&str>,
    ) -> Result<String> {
        let options = Options::parse(invocation.options, &["app", "binding"])?;
        let (app, user) = self.app_for(provider, user, &options)?;
        let redirect = self.settings.redirect_for(app, redirect)?;
        let live = self.live()?;
        let binding = options.binding.as_deref();
        authorization::start(app, live.vault.keys(), &user, redirect, binding)
    }

    pub fn complete_authorization(
        &self,
        invocation: Invocation<'_>,
        user: Option<&str>,
        callback: &str,
    ) -> Result<Authorization> {
        let call = self.call(invocation, &["binding"])?;
        let user = user.map(UserName::parse).transpose()?;
        let live = self.live()?;
        authorization::complete(&self.context(&live, &call), user.as_ref(), callback)
    }

    pub fn get_authorization(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
    ) -> Result<Authorization> {
        let call = self.call(invocation, &["app"])?;
        let user = UserName::parse(user)?;
        let live = self.live()?;
        let context = self.context(&live, &call);
        let app = self.app_of_grant(&context, provider, &user)?;
        let grant = live.vault.get(&authorization::key_of(app, &user))?;
        let grant = grant.ok_or_else(|| authorization::not_authorized(app, &user))?;
        Ok(Authorization::from(grant.as_ref()))
    }

    pub fn revoke_authorization(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
    ) -> Result<()> {
        let call = self.call(invocation, &["app"])?;
        let user = UserName::parse(user)?;
        let live = self.live()?;
        let context = self.context(&live, &call);
        let app = self.app_of_grant(&context, provider, &user)?;
        authorization::revoke(&context, app, &user)
    }

    pub fn create_meeting(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        meeting: &str,
    ) -> Result<Meeting> {
        let known = &["app", "include_host_secrets", "best_effort"];
        let call = self.call(invocation, known)?;
        let (app, user) = self.app_for(provider, user, &call.options)?;
        let live = self.live()?;
        create::create(&self.context(&live, &call), app, &user, meeting)
    }

    pub fn diagnose(&self, invocation: Invocation<'_>) -> Result<Report> {
        let call = self.call(invocation, &[])?;
        Ok(diagnose::diagnose(self, &call))
    }

    /// What this process works with; a forked child makes its own.
    fn live(&self) -> Result<Arc<Live>> {
        self.live.get_or_try_init(|| {
            let store = Sqlite::shared(self.settings.store.path())?;
            let keys = KeyRing::load(&self.settings.keys, store.is_new()?)?;
            let key_warnings = keys.warnings().to_vec();
            let transport = http::transport(&self.settings.http.transport).map_err(|failure| {
                Error::new(Status::InvalidSettings, format!("http: {failure}"))
            })?;
            Ok(Live { vault: Vault::open(store, keys)?, transport, key_warnings })
        })
    }

    fn call<'a>(&self, invocation: Invocation<'a>, known: &[&str]) -> Result<Call<'a>> {
        let options = Options::parse(invocation.options, known)?;
        Ok(Call::new(options, self.settings.http.timeout, invocation.cancelled))
    }

    fn context<'a>(&'a self, live: &'a Live, call: &'a Call<'a>) -> Context<'a> {
        Context {
            settings: &self.settings,
            vault: &live.vault,
            transport: &*live.transport,
            log: &self.log,
            call,
        }
    }

    fn app_for(&self, provider: &str, user: &str, options: &Options) -> Result<(&App, UserName)> {
        let user = UserName::parse(user)?;
        let app = self.settings.app_for(provider, &user, options.app.as_deref())?;
        Ok((app, user))
    }

    /// The app through which this user is authorized, whether or not it still serves him: who
    /// is no longer a member must be able to revoke.
    fn app_of_grant(&self, context: &Context<'_>, provider: &str, user: &UserName) -> Result<&App> {
        let wanted = context.call.options.app.as_deref();
        let preferred = self.settings.app_for(provider, user, wanted);
        if let Err(error) = &preferred
            && error.status() != Status::NotAMember
        {
            return preferred;
        }
        let apps = self.settings.apps.iter().filter(|app| {
            app.provider.name() == provider && wanted.is_none_or(|id| app.client_id.as_str() == id)
        });
        for app in preferred.iter().copied().chain(apps) {
            if context.vault.get(&authorization::key_of(app, user))?.is_some() {
                return Ok(app);
            }
        }
        preferred
    }
}

/// A result as a document.
pub fn document<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::internal(error.to_string()))
}
