//! The door of the administrator's command, in Rust: every operation by its name, and what is done
//! before there is a bridge.
//!
//! Only with the feature `cli`; hosts have the other doors.

use std::io::Write as _;
use std::path::Path;

pub use crate::language::{Bundle, Language, bundle};

use crate::bridge;
use crate::door::guard;
use crate::door::operation::{self, Answer};
use crate::door::{Door, MAX_TEXT};
use crate::error::{Error, Result as Outcome, Status};
use crate::handle;
use crate::platform::{create_private, sync_folder};
use crate::provider;
use crate::settings::{App, AppKind, Settings};
use crate::store;
use crate::store::seal::KeySource;

/// The longest document that an operation takes, in bytes.
pub const MAX_DOCUMENT: usize = MAX_TEXT;

/// How something failed: the error document, as JSON.
pub struct Failure(pub String);

pub type Result<T> = std::result::Result<T, Failure>;

/// An installation at work, until it is dropped.
pub struct Bridge {
    number: u32,
    language: Language,
}

impl Bridge {
    /// Opens what the settings describe: the path of their file, or none for the one that the
    /// environment names. Everything is told in this language, whichever they name.
    pub fn open(settings: Option<&str>, language: Language) -> Result<Bridge> {
        let number = enter(language, |_| open(settings, language))?;
        Ok(Bridge { number, language })
    }

    /// Runs an operation. The answer is JSON: a text is a string, none is an empty object.
    pub fn call(
        &self,
        operation: &str,
        arguments: &[Option<&str>],
        options: &str,
    ) -> Result<String> {
        let arguments: Vec<_> = arguments.iter().map(|it| it.map(str::as_bytes)).collect();
        enter(self.language, |door| {
            let operation = operation::find(operation)
                .ok_or_else(|| Error::invalid_argument("operation: not known"))?;
            let options = Some(options.as_bytes());
            let answer =
                door.call(self.number, operation, &arguments, options)?.unwrap_or_default();
            match operation.answer {
                Answer::Nothing => Ok("{}".to_owned()),
                Answer::Text => bridge::document(&answer),
                Answer::Document => Ok(answer),
            }
        })
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // Nobody else has the number, so that nothing can fail.
        let _ = handle::close(self.number);
    }
}

/// The report of a diagnosis. What cannot be opened is a finding.
pub fn diagnose(settings: Option<&str>, language: Language, options: &str) -> Result<String> {
    let opened = enter(language, |_| match open(settings, language) {
        Ok(number) => Ok(Ok(Bridge { number, language })),
        Err(error) => bridge::document(&bridge::unopened(&error, language)).map(Err),
    })?;
    match opened {
        Ok(bridge) => bridge.call("diagnose", &[], options),
        Err(report) => Ok(report),
    }
}

/// What the settings say that an administrator wants to know outside of them. Nothing secret.
#[derive(Default)]
pub struct Outline {
    pub redirect_url: Option<String>,
    pub apps: Vec<Registered>,
    /// The files of the keys, the first of which seals; none for one that is not in a file.
    pub keys: Vec<Option<String>>,
}

/// An app as it is, or is to be, registered at its provider.
#[derive(Clone)]
pub struct Registered {
    pub provider: &'static str,
    pub client_id: String,
    /// As in the settings: `user`, `account` or `server`.
    pub kind: &'static str,
    pub redirect_urls: Vec<String>,
    pub webhook_url: Option<String>,
    /// What a consent is asked for; empty leaves it to the registration.
    pub scopes: Vec<String>,
}

/// Reads the settings without opening anything.
pub fn outline(settings: Option<&str>, language: Language) -> Result<Outline> {
    enter(language, |_| {
        let settings = Settings::load(settings)?;
        let file = |key: &KeySource| match key {
            KeySource::File(path) => Some(path.display().to_string()),
            KeySource::Value(_) => None,
        };
        Ok(Outline {
            keys: settings.keys.iter().map(file).collect(),
            apps: settings.apps.iter().map(registered).collect(),
            redirect_url: settings.redirect_url,
        })
    })
}

fn registered(app: &App) -> Registered {
    Registered {
        provider: app.provider.name(),
        client_id: app.client_id.to_string(),
        kind: name_of(app.kind),
        redirect_urls: app.redirect_urls.iter().map(|it| it.url.as_str().to_owned()).collect(),
        webhook_url: app.webhook_url.as_ref().map(ToString::to_string),
        scopes: app.scopes.iter().map(|it| it.as_str().to_owned()).collect(),
    }
}

const KINDS: [AppKind; 3] = [AppKind::User, AppKind::Account, AppKind::Server];

fn name_of(kind: AppKind) -> &'static str {
    match kind {
        AppKind::User => "user",
        AppKind::Account => "account",
        AppKind::Server => "server",
    }
}

/// The names of the providers.
pub fn providers() -> Vec<&'static str> {
    provider::ALL.iter().map(|it| it.name()).collect()
}

/// The kinds of apps, as in the settings.
pub fn kinds() -> [&'static str; 3] {
    KINDS.map(name_of)
}

/// What a provider's portal asks for.
pub struct Portal {
    pub provider: &'static str,
    pub kind: &'static str,
    pub scopes: Vec<Scope>,
    /// To be subscribed to for the whole app.
    pub events: Vec<&'static str>,
    /// Asked for with each user's consent, where it is not done in the portal.
    pub own_events: &'static [&'static str],
}

/// A scope that an app is registered for.
pub struct Scope {
    pub name: &'static str,
    /// Its name in an app of users, whichever kind this one is.
    pub own: &'static str,
    /// In an app that was made before there were finer ones.
    pub classic: Option<&'static str>,
    /// Whether meetings cannot do without it.
    pub is_needed: bool,
}

/// What the portal of this provider asks for of an app of this kind.
pub fn portal(provider: &str, kind: &str, language: Language) -> Result<Portal> {
    enter(language, |_| {
        let Some(provider) = provider::by_name(provider) else {
            let detail = format!("the providers are {}", providers().join(", "));
            return Err(Error::new(Status::UnknownProvider, detail));
        };
        let kinds = KINDS.into_iter().filter(|kind| match kind {
            AppKind::Server => provider.has_server_apps(),
            AppKind::User | AppKind::Account => true,
        });
        let Some(kind) = kinds.clone().find(|it| name_of(*it) == kind) else {
            let known: Vec<_> = kinds.map(name_of).collect();
            return Err(Error::invalid_argument(format!("kind: not one of {}", known.join(", "))));
        };
        let name = |names: provider::registration::Names| match kind {
            AppKind::User => names.own,
            AppKind::Account | AppKind::Server => names.all,
        };
        let scopes = provider.scopes().iter().map(|scope| Scope {
            name: name(scope.name),
            own: scope.name.own,
            classic: scope.classic.map(name),
            is_needed: scope.is_needed,
        });
        Ok(Portal {
            provider: provider.name(),
            kind: name_of(kind),
            scopes: scopes.collect(),
            events: provider.webhooks().events(),
            own_events: provider.subscriptions().map_or(&[], |it| it.events()),
        })
    })
}

/// Makes a key for the store. STORE_UNAVAILABLE if the file exists.
pub fn create_key(path: &Path, language: Language) -> Result<()> {
    enter(language, |_| store::make_key(path))
}

/// Writes a file that only its owner may read. STORE_UNAVAILABLE if it exists.
pub fn create_file(path: &Path, text: &str, language: Language) -> Result<()> {
    enter(language, |_| {
        let write = || {
            let mut file = create_private(path)?;
            let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
            // Half a file would stand in the way of the next try.
            written.inspect_err(|_| drop(std::fs::remove_file(path)))?;
            path.parent().map_or(Ok(()), sync_folder)
        };
        write().map_err(|error: std::io::Error| {
            let detail = format!("cannot create {}: {error}", path.display());
            Error::new(Status::StoreUnavailable, detail)
        })
    })
}

/// As every door enters.
fn enter<T>(language: Language, body: impl FnOnce(&mut Door) -> Outcome<T>) -> Result<T> {
    guard::catch(|door| {
        door.speak(language);
        body(door)
    })
    .map_err(|failure| Failure(failure.document()))
}

fn open(settings: Option<&str>, language: Language) -> Outcome<u32> {
    handle::open(Settings { language, ..Settings::load(settings)? })
}
