//! The bridge: one method for each operation. Every door leads here, and none has logic of its
//! own.

mod api;
mod change;
mod create;
mod diagnose;
mod exceptions;
mod make;
mod plan;
mod read;
mod reference;
mod retry;
mod shared;

use std::sync::Arc;

use serde::Serialize;

use crate::authorization::{self, Authorization};
use crate::call::{Call, Options};
use crate::context::{Breakers, Context};
use crate::error::{Error, Result, Status};
use crate::http::{self, Transport};
use crate::language::Language;
use crate::log::{Level, Log};
use crate::meeting::Meeting;
use crate::platform::PerProcess;
use crate::settings::{App, AppKind, Settings, StoreSettings};
use crate::store::Store;
use crate::store::seal::KeyRing;
use crate::store::sqlite::Sqlite;
use crate::store::vault::Vault;
use crate::user::UserName;

pub use diagnose::Report;
pub use read::Page;
pub use shared::{acquire, release};

/// Settings at work. Immutable: a reload makes another one.
pub struct Bridge {
    settings: Settings,
    /// Taken once: files that it counts may change.
    fingerprint: [u8; 32],
    log: Log,
    live: PerProcess<Live>,
}

/// What must not cross a fork.
struct Live {
    vault: Vault,
    transport: Box<dyn Transport>,
    breakers: Breakers,
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
    fn open(settings: Settings, fingerprint: [u8; 32]) -> Result<Bridge> {
        let log = Log::open(settings.log.file.as_deref(), settings.log.level).map_err(|error| {
            let detail = format!("log.file: cannot be opened to append: {error}");
            Error::new(Status::InvalidSettings, detail)
        })?;
        let bridge = Bridge { settings, fingerprint, log, live: PerProcess::new() };
        let live = bridge.live()?;
        let store = bridge.settings.store.path().display();
        bridge.log.write(Level::Info, format_args!("opened {store}"));
        for warning in &live.key_warnings {
            bridge.log.write(Level::Warn, format_args!("{warning}"));
        }
        Ok(bridge)
    }

    pub fn language(&self) -> Language {
        self.settings.language
    }

    /// Lets an administrator rotate the log file.
    pub fn reopen_log(&self) {
        if let Err(error) = self.log.reopen() {
            self.log.write(Level::Warn, format_args!("the log cannot be opened anew: {error}"));
        }
    }

    pub fn start_authorization(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        redirect: Option<&str>,
    ) -> Result<String> {
        self.run(invocation, &["app", "binding"], |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            let redirect = self.settings.redirect_for(app, redirect)?;
            let binding = context.call.options.binding.as_deref();
            authorization::start(app, context.vault.keys(), &user, redirect, binding)
        })
    }

    pub fn complete_authorization(
        &self,
        invocation: Invocation<'_>,
        user: Option<&str>,
        callback: &str,
    ) -> Result<Authorization> {
        self.run(invocation, &["binding"], |context| {
            let user = user.map(UserName::parse).transpose()?;
            authorization::complete(context, user.as_ref(), callback)
        })
    }

    pub fn get_authorization(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
    ) -> Result<Authorization> {
        self.run(invocation, &["app"], |context| {
            let user = UserName::parse(user)?;
            let app = self.app_of_grant(context, provider, &user)?;
            let grant = context.vault.read(&authorization::key_of(app, &user))?;
            let grant = grant.ok_or_else(|| authorization::not_authorized(app, &user))?;
            Ok(Authorization::from(&grant.row))
        })
    }

    pub fn revoke_authorization(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
    ) -> Result<()> {
        self.run(invocation, &["app", "ignore_missing"], |context| {
            let user = UserName::parse(user)?;
            let app = self.app_of_grant(context, provider, &user)?;
            authorization::revoke(context, app, &user)
        })
    }

    pub fn list_authorizations(
        &self,
        invocation: Invocation<'_>,
        filter: Option<&str>,
    ) -> Result<authorization::Page> {
        self.run(invocation, &[], |context| authorization::list(context, filter))
    }

    pub fn rename_user(&self, invocation: Invocation<'_>, old: &str, new: &str) -> Result<()> {
        self.run(invocation, &[], |context| {
            authorization::rename(context, &UserName::parse(old)?, &UserName::parse(new)?)
        })
    }

    pub fn forget_user(&self, invocation: Invocation<'_>, user: &str) -> Result<()> {
        self.run(invocation, &["ignore_missing"], |context| {
            authorization::forget(context, &UserName::parse(user)?)
        })
    }

    pub fn create_meeting(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        meeting: &str,
    ) -> Result<Meeting> {
        self.run(invocation, &["app", "include_host_secrets", "best_effort"], |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            create::create(context, app, &user, meeting)
        })
    }

    pub fn get_meeting(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        meeting_id: &str,
    ) -> Result<Meeting> {
        self.run(invocation, &["app", "include_host_secrets", "occurrence"], |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            read::get(context, app, &user, meeting_id)
        })
    }

    pub fn update_meeting(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        meeting_id: &str,
        changes: &str,
    ) -> Result<Meeting> {
        let known = ["app", "include_host_secrets", "occurrence", "best_effort"];
        self.run(invocation, &known, |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            change::update(context, app, &user, meeting_id, changes)
        })
    }

    pub fn delete_meeting(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        meeting_id: &str,
    ) -> Result<()> {
        self.run(invocation, &["app", "occurrence", "ignore_missing"], |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            change::delete(context, app, &user, meeting_id)
        })
    }

    pub fn list_meetings(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        filter: Option<&str>,
    ) -> Result<Page> {
        self.run(invocation, &["app", "include_host_secrets"], |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            read::list(context, app, &user, filter)
        })
    }

    pub fn get_invitation(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        meeting_id: &str,
        language: Option<&str>,
    ) -> Result<String> {
        self.run(invocation, &["app", "occurrence"], |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            read::invitation(context, app, &user, meeting_id, language)
        })
    }

    pub fn diagnose(&self, invocation: Invocation<'_>) -> Result<Report> {
        // Not through `run`: a store that cannot be opened is a finding, not a failure.
        let options = Options::parse(invocation.options, &[])?;
        Ok(diagnose::diagnose(self, &self.call(options, invocation)))
    }

    /// Runs an operation that knows these options, and logs its failure.
    fn run<T>(
        &self,
        invocation: Invocation<'_>,
        known: &[&str],
        operation: impl FnOnce(&Context<'_>) -> Result<T>,
    ) -> Result<T> {
        let call = self.call(Options::parse(invocation.options, known)?, invocation);
        let live = self.live()?;
        let context = self.context(&live, &call);
        operation(&context)
            .inspect_err(|error| context.log(Level::Info, format_args!("failed: {error}")))
    }

    /// What this process works with; a forked child makes its own.
    fn live(&self) -> Result<Arc<Live>> {
        self.live.get_or_try_init(|| {
            let StoreSettings::Sqlite(path) = &self.settings.store;
            let store = Sqlite::shared(path)?;
            let keys = KeyRing::load(&self.settings.keys, store.is_new()?)?;
            let key_warnings = keys.warnings().to_vec();
            let transport = http::transport(&self.settings.http.transport).map_err(|failure| {
                Error::new(Status::InvalidSettings, format!("http: {failure}"))
            })?;
            let vault = Vault::open(store, keys)?;
            Ok(Live { vault, transport, breakers: Breakers::new(), key_warnings })
        })
    }

    fn call<'a>(&self, options: Options, invocation: Invocation<'a>) -> Call<'a> {
        Call::new(options, self.settings.http.timeout, invocation.cancelled)
    }

    fn context<'a>(&'a self, live: &'a Live, call: &'a Call<'a>) -> Context<'a> {
        Context {
            settings: &self.settings,
            vault: &live.vault,
            transport: &*live.transport,
            log: &self.log,
            call,
            breakers: Some(&live.breakers),
        }
    }

    fn app_for(
        &self,
        context: &Context<'_>,
        provider: &str,
        user: &str,
    ) -> Result<(&App, UserName)> {
        let user = UserName::parse(user)?;
        let app = self.settings.app_for(provider, &user, context.call.options.app.as_deref())?;
        if app.kind != AppKind::User {
            let detail = "apps of this kind are not available in this version; use `user`";
            return Err(Error::new(Status::NotAvailable, detail).with_provider(app.provider.name()));
        }
        Ok((app, user))
    }

    /// The app through which this user is authorized, whether or not it still serves him: who
    /// is no longer a member, or whose app was disabled, must be able to revoke.
    fn app_of_grant(&self, context: &Context<'_>, provider: &str, user: &UserName) -> Result<&App> {
        let wanted = context.call.options.app.as_deref();
        let preferred = self.settings.app_for(provider, user, wanted);
        let apps = self.settings.apps.iter().filter(|app| {
            app.provider.name() == provider && wanted.is_none_or(|id| app.client_id.as_str() == id)
        });
        for app in preferred.iter().copied().chain(apps) {
            let key = authorization::key_of(app, user);
            if context.vault.store().grant_version(&key)?.is_some() {
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
