//! The bridge: one method for each operation. Every door leads here, and none has logic of its
//! own.

mod api;
mod change;
mod create;
mod diagnose;
mod exceptions;
mod host;
mod maintain;
mod make;
mod plan;
mod read;
mod reference;
mod retry;
mod shared;
mod webhook;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde::Serialize;

use crate::audit::{self, Trail};
use crate::authorization::{self, Authorization};
use crate::call::{Call, Options};
use crate::context::{Breakers, Context, Renewals};
use crate::error::{Error, Result, Status};
use crate::http::{self, Transport};
use crate::json;
use crate::language::Language;
use crate::log::{Level, Log};
use crate::meeting::Meeting;
use crate::platform::{self, PerProcess};
use crate::settings::{App, AppKind, Settings, StoreSettings};
use crate::store::Store;
#[cfg(feature = "postgres")]
use crate::store::postgres::Postgres;
use crate::store::rescue::Rescue;
use crate::store::seal::KeyRing;
use crate::store::sqlite::Sqlite;
use crate::store::vault::Vault;
use crate::user::UserName;
use crate::webhook::Outcome;

pub use diagnose::Report;
#[cfg(feature = "cli")]
pub use diagnose::unopened;
#[cfg(feature = "fuzzing")]
pub use plan::plan;
pub use read::Page;
pub use shared::{acquire, release, retire};

/// Settings at work. Immutable: a reload makes another one.
pub struct Bridge {
    settings: Settings,
    /// Taken once: files that it counts may change.
    fingerprint: [u8; 32],
    log: Log,
    /// In seconds since 1970; 0 if these settings were never given anew.
    reloaded_at: AtomicI64,
    live: PerProcess<Live>,
}

/// What must not cross a fork.
struct Live {
    vault: Vault,
    transport: Box<dyn Transport>,
    breakers: Breakers,
    renewals: Renewals,
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
        platform::fill_standard_descriptors();
        let log = Log::open(settings.log.file.as_deref(), settings.log.level).map_err(|error| {
            let detail = format!("log.file: cannot be opened to append: {error}");
            Error::new(Status::InvalidSettings, detail)
        })?;
        let live = PerProcess::new();
        let bridge = Bridge { settings, fingerprint, log, reloaded_at: AtomicI64::new(0), live };
        let live = bridge.live()?;
        let store = &bridge.settings.store;
        bridge.log.write(Level::Info, format_args!("opened {store}"));
        for warning in &live.key_warnings {
            bridge.log.write(Level::Warn, format_args!("{warning}"));
        }
        Ok(bridge)
    }

    pub fn language(&self) -> Language {
        self.settings.language
    }

    /// What an administrator should know of the caller.
    pub fn warn(&self, what: &str) {
        self.log.write(Level::Warn, format_args!("{what}"));
    }

    /// Notes that an administrator gave these settings anew: ended authorizations are tried again.
    /// Opens the log file anew too, so that he can rotate it.
    pub fn reloaded(&self) {
        self.reloaded_at.store(Timestamp::now().as_second(), Ordering::Relaxed);
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
        self.run("start_authorization", invocation, &["app", "binding"], |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            if app.kind == AppKind::Server {
                return Err(authorization::needs_no_consent(app));
            }
            let redirect = self.settings.redirect_for(app, redirect)?;
            authorization::start(context, app, &user, redirect)
        })
    }

    pub fn complete_authorization(
        &self,
        invocation: Invocation<'_>,
        user: Option<&str>,
        callback: &str,
    ) -> Result<Authorization> {
        self.run("complete_authorization", invocation, &["binding"], |context| {
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
        self.run("get_authorization", invocation, &["app"], |context| {
            let user = UserName::parse(user)?;
            let wanted = context.call.options.app.as_deref();
            if let Ok(app) = self.settings.app_for(provider, &user, wanted)
                && app.kind != AppKind::User
            {
                match authorization::get(context, app, &user) {
                    Err(error) if error.status() == Status::NotAuthorized => {}
                    outcome => return outcome,
                }
            }
            authorization::get(context, self.app_of_grant(context, provider, &user)?, &user)
        })
    }

    pub fn revoke_authorization(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
    ) -> Result<()> {
        self.run("revoke_authorization", invocation, &["app", "ignore_missing"], |context| {
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
        self.run("list_authorizations", invocation, &[], |context| {
            authorization::list(context, filter)
        })
    }

    pub fn rename_user(&self, invocation: Invocation<'_>, old: &str, new: &str) -> Result<()> {
        self.run("rename_user", invocation, &[], |context| {
            let (old, new) = (UserName::parse(old)?, UserName::parse(new)?);
            context.trail.note(|row| row.user = Some(format!("{old} → {new}")));
            authorization::rename(context, &old, &new)
        })
    }

    pub fn forget_user(&self, invocation: Invocation<'_>, user: &str) -> Result<()> {
        self.run("forget_user", invocation, &["ignore_missing"], |context| {
            let user = UserName::parse(user)?;
            context.trail.note(|row| row.user = Some(user.display.clone()));
            authorization::forget(context, &user)
        })
    }

    pub fn create_meeting(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        meeting: &str,
    ) -> Result<Meeting> {
        self.run(
            "create_meeting",
            invocation,
            &["app", "include_host_secrets", "best_effort"],
            |context| {
                let (app, user) = self.app_for(context, provider, user)?;
                let created = create::create(context, app, &user, meeting)?;
                context.trail.note(|row| row.meeting_id = Some(created.id.clone()));
                Ok(created)
            },
        )
    }

    pub fn get_meeting(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        meeting_id: &str,
    ) -> Result<Meeting> {
        self.run(
            "get_meeting",
            invocation,
            &["app", "include_host_secrets", "occurrence"],
            |context| {
                let (app, user) = self.app_for(context, provider, user)?;
                context.trail.about_meeting(meeting_id);
                read::get(context, app, &user, meeting_id)
            },
        )
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
        self.run("update_meeting", invocation, &known, |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            context.trail.about_meeting(meeting_id);
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
        self.run(
            "delete_meeting",
            invocation,
            &["app", "occurrence", "ignore_missing"],
            |context| {
                let (app, user) = self.app_for(context, provider, user)?;
                context.trail.about_meeting(meeting_id);
                change::delete(context, app, &user, meeting_id)
            },
        )
    }

    pub fn list_meetings(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        user: &str,
        filter: Option<&str>,
    ) -> Result<Page> {
        self.run("list_meetings", invocation, &["app", "include_host_secrets"], |context| {
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
        self.run("get_invitation", invocation, &["app", "occurrence"], |context| {
            let (app, user) = self.app_for(context, provider, user)?;
            context.trail.about_meeting(meeting_id);
            read::invitation(context, app, &user, meeting_id, language)
        })
    }

    pub fn list_audit(
        &self,
        invocation: Invocation<'_>,
        filter: Option<&str>,
    ) -> Result<audit::Page> {
        self.run("list_audit", invocation, &[], |context| audit::list(context, filter))
    }

    pub fn maintain(&self, invocation: Invocation<'_>) -> Result<maintain::Report> {
        self.run("maintain", invocation, &["budget_ms"], |context| {
            let budget = maintain::budget(context.call.options.budget_ms)?;
            let timeout = budget + self.settings.http.timeout;
            let call = Call::new(context.call.options.clone(), timeout, invocation.cancelled);
            maintain::maintain(&Context { call: &call, ..*context }, budget)
        })
    }

    pub fn handle_webhook(
        &self,
        invocation: Invocation<'_>,
        provider: &str,
        headers: &str,
        body: &[u8],
    ) -> Result<Outcome> {
        self.run("handle_webhook", invocation, &["app"], |context| {
            webhook::handle(context, provider, headers, body)
        })
    }

    pub fn diagnose(&self, invocation: Invocation<'_>) -> Result<Report> {
        // Not through `run`: a store that cannot be opened is a finding, not a failure.
        let options = Options::parse(invocation.options, &[])?;
        Ok(diagnose::diagnose(self, &self.call(options, invocation)))
    }

    /// Runs an operation that knows these options, logs its failure, and notes in the audit trail
    /// what it did.
    fn run<T>(
        &self,
        name: &'static str,
        invocation: Invocation<'_>,
        known: &[&str],
        operation: impl FnOnce(&Context<'_>) -> Result<T>,
    ) -> Result<T> {
        let call = self.call(Options::parse(invocation.options, known)?, invocation);
        let live = self.live()?;
        let trail = Trail::begin(name, &call);
        let context = self.context(&live, &call, &trail);
        let outcome = operation(&context);
        if let Err(error) = &outcome {
            context.log(Level::Info, format_args!("failed: {error}"));
        }
        trail.end(&context, &outcome);
        outcome
    }

    /// What this process works with; a forked child makes its own.
    fn live(&self) -> Result<Arc<Live>> {
        self.live.get_or_try_init(|| {
            let store: Arc<dyn Store> = match &self.settings.store {
                StoreSettings::Sqlite(path) => Sqlite::shared(path)?,
                #[cfg(feature = "postgres")]
                StoreSettings::Postgres(address) => Postgres::shared(address),
            };
            let keys = KeyRing::load(&self.settings.keys, store.is_new()?)?;
            let key_warnings = keys.warnings().to_vec();
            let transport = http::transport(&self.settings.http.transport).map_err(|failure| {
                Error::new(Status::InvalidSettings, format!("http: {failure}"))
            })?;
            let rescue = self.settings.own_files().into_iter().map(Rescue::beside).collect();
            let vault = Vault::open(store, keys, rescue)?;
            authorization::restore_rescued(&vault, &self.log);
            let (breakers, renewals) = (Breakers::new(), Renewals::default());
            Ok(Live { vault, transport, breakers, renewals, key_warnings })
        })
    }

    fn call<'a>(&self, options: Options, invocation: Invocation<'a>) -> Call<'a> {
        Call::new(options, self.settings.http.timeout, invocation.cancelled)
    }

    fn context<'a>(&'a self, live: &'a Live, call: &'a Call<'a>, trail: &'a Trail) -> Context<'a> {
        Context {
            trail,
            settings: &self.settings,
            vault: &live.vault,
            transport: &*live.transport,
            log: &self.log,
            call,
            breakers: Some(&live.breakers),
            renewals: &live.renewals,
            reloaded_at: self.reloaded_at.load(Ordering::Relaxed),
        }
    }

    fn app_for(
        &self,
        context: &Context<'_>,
        provider: &str,
        user: &str,
    ) -> Result<(&App, UserName)> {
        let user = UserName::parse(user)?;
        context.trail.note(|row| row.user = Some(user.display.clone()));
        let app = self.settings.app_for(provider, &user, context.call.options.app.as_deref())?;
        context.trail.about(app);
        Ok((app, user))
    }

    /// The app through which this user is authorized, whether or not it still serves him: who
    /// is no longer a member, or whose app was disabled, must be able to revoke.
    fn app_of_grant(&self, context: &Context<'_>, provider: &str, user: &UserName) -> Result<&App> {
        context.trail.note(|row| row.user = Some(user.display.clone()));
        let wanted = context.call.options.app.as_deref();
        let preferred = self.settings.app_for(provider, user, wanted);
        let apps = self.settings.apps.iter().filter(|app| {
            app.provider.name() == provider
                && wanted.is_none_or(|id| app.client_id.as_str() == id)
                // Of such an app nobody has an authorization of his own.
                && app.kind != AppKind::Server
        });
        for app in preferred.iter().copied().chain(apps) {
            let key = authorization::key_of(app, user);
            if context.vault.store().grant_version(&key)?.is_some() {
                context.trail.about(app);
                return Ok(app);
            }
        }
        preferred.inspect(|app| context.trail.about(app))
    }
}

/// A result as a document.
pub fn document<T: Serialize>(value: &T) -> Result<String> {
    json::to_string(value).map_err(|error| Error::internal(error.to_string()))
}
