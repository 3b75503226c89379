//! What the administrator configures, parsed and checked once.
//!
//! Every refusal is INVALID_SETTINGS and names the path of the member, for example
//! `apps[1].redirect_urls[0]: not an absolute http(s) URL`. None ever holds a secret.

mod app;
mod document;
mod fingerprint;
mod membership;
mod redirect;
mod sections;
mod source;
mod urls;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

pub use app::{App, AppKind, ShortName};
pub use membership::Membership;
pub use redirect::Redirect;
pub use sections::{HttpSettings, LogSettings, RetryMode, RetrySettings, StoreSettings};

use crate::error::{Error, Result, Status};
use crate::file;
use crate::json;
use crate::language::Language;
use crate::provider;
use crate::store::seal::KeySource;
use crate::user::UserName;
use membership::Groups;

/// The environment variable that names the settings' file when the host does not.
pub const VARIABLE: &str = "MEETBRIDGE_SETTINGS";

/// Longer than the path of any file, in bytes.
const MAX_PATH: usize = 4096;

/// The settings. Whatever holds a secret shows none in `Debug`.
#[derive(Debug)]
pub struct Settings {
    /// In order: the first that serves a user is the user's.
    pub apps: Vec<App>,
    /// This server's own; see [`Settings::redirect_for`].
    pub redirect_url: Option<String>,
    /// What errors, reports and invitations are written in.
    pub language: Language,
    pub log: LogSettings,
    pub store: StoreSettings,
    /// The first seals, all open. Never empty.
    pub keys: Vec<KeySource>,
    pub http: HttpSettings,
    pub retry: RetrySettings,
    /// How many days a line of the audit trail is kept.
    pub audit_days: i64,
}

impl Settings {
    /// Reads a JSON object and resolves its secrets.
    pub fn parse(text: &str) -> Result<Settings> {
        let document: document::Document =
            json::parse(text, "settings").map_err(json::JsonError::invalid_settings)?;
        let groups = Groups::compile(&document.groups)?;
        let mut apps = Vec::with_capacity(document.apps.len());
        for (index, app) in document.apps.into_iter().enumerate() {
            apps.push(App::check(app, &groups, &format!("apps[{index}]"))?);
        }
        refuse_twins(&apps)?;
        if let Some(url) = &document.redirect_url {
            check_redirect_url(url, &apps)?;
        }
        let tags = Language::ALL.map(|language| (language.tag(), language));
        let language = document.language.map(|tag| one_of(&tag, &tags, "language"));
        let settings = Settings {
            apps,
            redirect_url: document.redirect_url,
            language: language.transpose()?.unwrap_or_default(),
            log: LogSettings::check(document.log)?,
            store: StoreSettings::check(document.store)?,
            keys: sections::keys(document.key)?,
            http: HttpSettings::check(document.http)?,
            retry: RetrySettings::check(document.retry)?,
            audit_days: sections::audit_days(&document.audit)?,
        };
        settings.refuse_shared_files()?;
        Ok(settings)
    }

    /// The files of this installation beside which it may keep others of its own: those of its
    /// keys, else the database.
    pub fn own_files(&self) -> Vec<&Path> {
        let key_files = self.keys.iter().filter_map(|key| match key {
            KeySource::File(file) => Some(file.as_path()),
            KeySource::Value(_) => None,
        });
        let key_files: Vec<&Path> = key_files.collect();
        if key_files.is_empty() { self.store.path().into_iter().collect() } else { key_files }
    }

    /// A log written into the key would be the end of the store.
    fn refuse_shared_files(&self) -> Result<()> {
        let key_files = self.keys.iter().filter_map(|key| match key {
            KeySource::File(file) => Some(("key.file", file.as_path())),
            KeySource::Value(_) => None,
        });
        let mut seen: Vec<(&str, &Path)> =
            self.store.path().map(|file| ("store.sqlite", file)).into_iter().collect();
        for (name, file) in key_files.chain(self.log.file.as_deref().map(|file| ("log.file", file)))
        {
            if let Some((other, _)) = seen.iter().find(|(_, known)| *known == file) {
                return Err(refuse(name, format_args!("the same file as {other}")));
            }
            seen.push((name, file));
        }
        Ok(())
    }

    /// Takes a JSON object, or the path of a file that holds one; `None` means the path in the
    /// environment's [`VARIABLE`].
    ///
    /// Errors of a file begin with its path.
    pub fn load(settings: Option<&str>) -> Result<Settings> {
        let refuse = |why: &str| Err(Error::new(Status::InvalidSettings, why));
        match settings {
            None => match std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
                Some(path) => Settings::load_file(Path::new(&path)),
                None => refuse("no settings are given and MEETBRIDGE_SETTINGS is not set"),
            },
            Some(text) => {
                let text = text.trim_start_matches('\u{feff}').trim();
                if text.starts_with('{') {
                    Settings::parse(text)
                } else if text.is_empty()
                    || text.len() > MAX_PATH
                    || text.contains(['"', '{', '\n', '\0'])
                {
                    // Not shown: half a document may hold a secret.
                    refuse("neither a JSON object nor the path of a file")
                } else {
                    Settings::load_file(Path::new(text))
                }
            }
        }
    }

    fn load_file(path: &Path) -> Result<Settings> {
        let text = file::read(path, json::MAX_BYTES as u64)
            .map_err(|why| Error::new(Status::InvalidSettings, why))?;
        let text = without_comments(&text);
        Settings::parse(&text).map_err(|error| refuse(path.display(), error.detail()))
    }

    /// The app that serves the user: the first enabled one of the provider whose members hold the
    /// user and whose exclude does not. A `client_id` leaves only the app of that id.
    ///
    /// UNKNOWN_PROVIDER when no enabled app comes into question, NOT_A_MEMBER when none of them
    /// serves the user.
    pub fn app_for(
        &self,
        provider: &str,
        user: &UserName,
        client_id: Option<&str>,
    ) -> Result<&App> {
        let Some(known) = provider::by_name(provider) else {
            let known: Vec<_> = provider::ALL.iter().map(|it| it.name()).collect();
            let detail = format!("the providers are {}", known.join(", "));
            return Err(Error::new(Status::UnknownProvider, detail));
        };
        let candidates = self
            .apps
            .iter()
            .filter(|app| app.enabled && app.provider.name() == known.name())
            .filter(|app| client_id.is_none_or(|id| app.client_id.as_str() == id));
        let serving = candidates.clone().find(|app| app.membership.serves(user));
        serving.ok_or_else(|| {
            let (status, detail) = if candidates.clone().next().is_some() {
                (Status::NotAMember, format!("no app of {provider} serves {user}"))
            } else if client_id.is_some() {
                let detail = format!("no enabled app of {provider} has this client_id");
                (Status::UnknownProvider, detail)
            } else {
                let detail = format!("the settings have no enabled app of {provider}");
                (Status::UnknownProvider, detail)
            };
            Error::new(status, detail).with_provider(known.name())
        })
    }

    /// Where the provider sends a user of this app back to: `wanted`, which must be one of the
    /// app's, else this server's own.
    ///
    /// INVALID_ARGUMENT when the app has no such URL.
    pub fn redirect_for<'a>(&self, app: &'a App, wanted: Option<&str>) -> Result<&'a Redirect> {
        let found = match wanted {
            Some(wanted) => app.redirect_urls.iter().find(|it| it.url.as_str() == wanted),
            None => self.own_redirect(app),
        };
        found.ok_or_else(|| Error::invalid_argument("redirect_uri: not configured for this app"))
    }

    /// This server's `redirect_url`, else the app's first. A server-to-server app may have none.
    fn own_redirect<'a>(&self, app: &'a App) -> Option<&'a Redirect> {
        let own = self.redirect_url.as_deref();
        app.redirect_urls.iter().find(|it| own.is_none_or(|own| it.url.as_str() == own))
    }

    /// Entries of members, exclude and groups that look like groups and are defined nowhere.
    pub fn unknown_groups(&self) -> BTreeSet<&str> {
        let memberships = self.apps.iter().map(|app| &app.membership);
        memberships.flat_map(Membership::unknown_groups).map(String::as_str).collect()
    }

    /// A number for the meaning: equal for equal settings, however they are written, and another
    /// one when a secret in the environment or in a file has changed.
    ///
    /// A key file counts by its path, since it may not exist yet.
    pub fn fingerprint(&self) -> [u8; 32] {
        fingerprint::of(self)
    }
}

/// A file's text with its comments made empty lines, so that errors name the lines as they are. A
/// line of JSON never begins with two slashes: no string goes over the end of a line.
fn without_comments(text: &str) -> String {
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    let lines = text.lines().map(|line| if is_comment(line) { "" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// An authorization belongs to (provider, client_id, user), so that two apps cannot share these.
fn refuse_twins(apps: &[App]) -> Result<()> {
    let mut seen = HashMap::new();
    for (index, app) in apps.iter().enumerate() {
        if let Some(first) = seen.insert((app.provider.name(), app.client_id.as_str()), index) {
            return Err(refuse(
                format_args!("apps[{index}].client_id"),
                format_args!("the same as in apps[{first}]"),
            ));
        }
    }
    Ok(())
}

/// Every app that sends users back must be able to send them to this server.
fn check_redirect_url(url: &str, apps: &[App]) -> Result<()> {
    urls::absolute(url, "redirect_url")?;
    let lacks = |app: &App| {
        let urls = &app.redirect_urls;
        !urls.is_empty() && !urls.iter().any(|known| known.url.as_str() == url)
    };
    match apps.iter().position(lacks) {
        Some(index) => {
            Err(refuse("redirect_url", format_args!("not among apps[{index}].redirect_urls")))
        }
        None => Ok(()),
    }
}

fn refuse(path: impl fmt::Display, why: impl fmt::Display) -> Error {
    Error::new(Status::InvalidSettings, format!("{path}: {why}"))
}

fn absolute_path(text: String, path: &str) -> Result<PathBuf> {
    let file = PathBuf::from(text);
    match file.is_absolute() {
        true => Ok(file),
        false => Err(refuse(path, "not an absolute path")),
    }
}

/// The value of that name. The error lists the names.
fn one_of<T: Copy>(name: &str, known: &[(&str, T)], path: &str) -> Result<T> {
    let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    known
        .iter()
        .find_map(|(it, value)| (*it == name).then_some(*value))
        .ok_or_else(|| refuse(path, format_args!("unknown; known: {}", names())))
}

#[cfg(test)]
mod tests;
