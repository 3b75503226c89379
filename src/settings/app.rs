//! One app: a registration at a provider and the users whom it serves.

use std::fmt;

use oauth2::{ClientId, ClientSecret, RedirectUrl, Scope};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::membership::{Groups, Membership};
use super::redirect::Redirect;
use super::source::Source;
use super::{document, one_of, refuse, urls};
use crate::error::Result;
use crate::provider::{self, Client, Endpoints, Provider};
use crate::text;
use crate::user::UserName;

/// What stands for an app or a redirect URL in a `state`, which must be short.
pub type ShortName = [u8; 8];

/// An app as registered at the provider.
pub struct App {
    pub provider: &'static dyn Provider,
    pub client_id: ClientId,
    pub short_name: ShortName,
    pub client_secret: ClientSecret,
    /// As registered at the provider, in order. Empty for [`AppKind::Server`] only.
    pub redirect_urls: Vec<Redirect>,
    /// What is asked for in a consent; empty leaves it to the app's registration.
    pub scopes: Vec<Scope>,
    pub membership: Membership,
    pub kind: AppKind,
    /// The account at the provider, for a server-to-server app.
    pub account_id: Option<String>,
    /// Whether to send a PKCE challenge.
    pub pkce: bool,
    /// A disabled app is checked but serves nobody.
    pub enabled: bool,
    pub endpoints: Endpoints,
    /// Whether the API is where everybody's is, so that the provider may name a region of it.
    pub uses_default_api: bool,
    /// Where the provider sends webhooks to.
    pub webhook_url: Option<Url>,
    /// What the provider signs webhooks with.
    pub webhook_secret: Option<SecretString>,
    /// Zoom's older proof of a webhook's origin.
    pub verification_token: Option<SecretString>,
}

/// Who gives the consent.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AppKind {
    /// Each user, for his own meetings.
    #[default]
    User,
    /// An administrator, for all users of the account.
    Account,
    /// Nobody: the app's own credentials are enough (server-to-server).
    Server,
}

impl App {
    /// Whether the app is enabled and the user is a member and not excluded.
    pub fn serves(&self, user: &UserName) -> bool {
        self.enabled && self.membership.serves(user)
    }

    /// The app as the token endpoint knows it.
    pub fn client(&self) -> Client<'_> {
        Client { id: &self.client_id, secret: &self.client_secret, endpoints: &self.endpoints }
    }

    pub(super) fn check(document: document::App, groups: &Groups, path: &str) -> Result<App> {
        let at = |member: &str| format!("{path}.{member}");
        let known = provider::ALL.iter().map(|it| (it.name(), *it)).collect::<Vec<_>>();
        let provider = one_of(&document.provider, &known, &at("provider"))?;
        let secret = |source: Option<Source>, member: &str| {
            source.map(|it| it.resolve(&at(member)).map(SecretString::from)).transpose()
        };
        let endpoints = endpoints(&document, provider, path)?;
        let members = document.members.as_deref();
        let account_id = document.account_id.map(|it| filled(it, &at("account_id"))).transpose()?;
        if document.kind == AppKind::Server && !provider.has_server_apps() {
            let name = provider.name();
            let why = format!("{name} has no server apps; use \"account\"");
            return Err(refuse(at("kind"), why));
        }
        if document.kind == AppKind::Server && account_id.is_none() {
            return Err(refuse(at("account_id"), "missing; a server app needs it"));
        }
        let client_id = ClientId::new(filled(document.client_id, &at("client_id"))?);
        let scopes = scopes(document.scopes, provider, document.kind, &at("scopes"))?;
        let redirect = |url| Redirect::new(url, &client_id, &scopes, &endpoints.authorization_url);
        let urls = redirect_urls(document.redirect_urls, document.kind, path)?;
        Ok(App {
            provider,
            short_name: text::short_digest(&[provider.name(), &client_id]),
            redirect_urls: urls.into_iter().map(redirect).collect(),
            client_id,
            client_secret: ClientSecret::new(document.client_secret.resolve(&at("client_secret"))?),
            scopes,
            membership: Membership::compile(members, &document.exclude, groups, path)?,
            kind: document.kind,
            account_id,
            pkce: document.pkce,
            enabled: document.enabled,
            uses_default_api: Url::parse(provider.defaults().api_url)
                .is_ok_and(|it| it == endpoints.api_url),
            endpoints,
            webhook_url: document
                .webhook_url
                .map(|it| urls::guarded(&it, &at("webhook_url")))
                .transpose()?,
            webhook_secret: secret(document.webhook_secret, "webhook_secret")?,
            verification_token: secret(document.verification_token, "verification_token")?,
        })
    }
}

/// Where the provider is: as the settings say, else where everybody's is.
fn endpoints(document: &document::App, provider: &dyn Provider, path: &str) -> Result<Endpoints> {
    let defaults = provider.defaults();
    let url = |given: &Option<String>, default: &str, member: &str| {
        urls::guarded(given.as_deref().unwrap_or(default), &format!("{path}.{member}"))
    };
    let revoke = |default| url(&document.revoke_url, default, "revoke_url");
    Ok(Endpoints {
        authorization_url: url(
            &document.authorization_url,
            defaults.authorization_url,
            "authorization_url",
        )?,
        token_url: url(&document.token_url, defaults.token_url, "token_url")?,
        revoke_url: document
            .revoke_url
            .as_deref()
            .or(defaults.revoke_url)
            .map(revoke)
            .transpose()?,
        api_url: url(&document.api_url, defaults.api_url, "api_url")?,
    })
}

fn redirect_urls(
    given: Option<Vec<String>>,
    kind: AppKind,
    path: &str,
) -> Result<Vec<RedirectUrl>> {
    let path = format!("{path}.redirect_urls");
    let given = match (given, kind) {
        (Some(given), _) => given,
        (None, AppKind::Server) => Vec::new(),
        (None, _) => return Err(refuse(path, "missing")),
    };
    if given.is_empty() && kind != AppKind::Server {
        return Err(refuse(path, "must name at least one"));
    }
    let check = |(index, text): (usize, String)| {
        let path = format!("{path}[{index}]");
        urls::absolute(&text, &path)?;
        // Kept as it is written: the provider compares letter by letter.
        RedirectUrl::new(text).map_err(|_| refuse(path, "not an absolute http(s) URL"))
    };
    given.into_iter().enumerate().map(check).collect()
}

fn scopes(
    given: Option<Vec<String>>,
    provider: &dyn Provider,
    kind: AppKind,
    path: &str,
) -> Result<Vec<Scope>> {
    let defaults = match kind {
        AppKind::User => provider.defaults().scopes,
        AppKind::Account | AppKind::Server => provider.defaults().admin_scopes,
    };
    let default = || defaults.iter().map(|it| (*it).to_owned()).collect();
    let check = |(index, scope): (usize, String)| {
        let odd = |letter: char| !letter.is_ascii_graphic() || matches!(letter, '"' | '\\');
        match scope.is_empty() || scope.contains(odd) {
            true => Err(refuse(format_args!("{path}[{index}]"), "not a scope (no spaces)")),
            false => Ok(Scope::new(scope)),
        }
    };
    given.unwrap_or_else(default).into_iter().enumerate().map(check).collect()
}

/// Text that says something and that can stand in a header or a form.
fn filled(text: String, path: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Err(refuse(path, "is empty"));
    }
    if text.contains(char::is_control) {
        return Err(refuse(path, "has control characters"));
    }
    Ok(text)
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("provider", &self.provider.name())
            .field("client_id", &self.client_id)
            .field("kind", &self.kind)
            .field("enabled", &self.enabled)
            .field("redirect_urls", &self.redirect_urls)
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}
