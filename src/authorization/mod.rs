//! A user's consent: asked for, kept, renewed and ended.

mod callback;
mod consent;
mod deauthorize;
mod rescue;
mod revoke;
mod server;
mod serving;
mod state;
mod token;
mod users;
mod webhooks;

use serde::Serialize;

use crate::error::{Error, Status};
use crate::settings::{App, AppKind};
use crate::store::{Account, GrantKey, GrantRow, GrantState, Reason};
use crate::text;
use crate::user::UserName;

#[cfg(feature = "fuzzing")]
pub use callback::Callback;
pub use consent::{complete, start};
pub use deauthorize::deauthorize;
pub use rescue::restore_rescued;
pub use revoke::revoke;
pub use serving::get;
#[cfg(feature = "fuzzing")]
pub use state::State;
pub use token::{ROOM, access, learn_account, renew, renew_locked, usable};
pub use users::{Page, forget, list, rename};
pub use webhooks::{tend_webhooks, user_of_webhook, wants_webhooks};

/// An authorization as callers see it: never a token.
#[derive(Debug, Serialize)]
pub struct Authorization {
    pub provider: &'static str,
    pub user: String,
    /// The app's client id.
    pub app: String,
    pub state: &'static str,
    pub reason: Option<&'static str>,
    pub scopes: Vec<String>,
    /// Unknown until the provider tells: the smallest consent does not allow to ask.
    pub account: Option<Account>,
    pub authorized_at: Option<String>,
    pub refreshed_at: Option<String>,
    /// When the access token ends; the authorization itself does not end then.
    pub expires_at: Option<String>,
}

impl From<&GrantRow> for Authorization {
    fn from(row: &GrantRow) -> Authorization {
        let (state, reason) = match row.state {
            GrantState::Authorized => ("authorized", None),
            GrantState::Reauthorize(reason) => ("reauthorize", Some(reason.name())),
        };
        Authorization {
            provider: row.key.provider,
            user: row.user.clone(),
            app: row.key.client_id.clone(),
            state,
            reason,
            scopes: row.scopes.clone(),
            account: row.account.clone(),
            authorized_at: text::utc_seconds(row.authorized_at),
            refreshed_at: text::utc_seconds(row.refreshed_at),
            expires_at: text::utc_seconds(row.expires_at),
        }
    }
}

/// Whom the grant of this user through this app belongs to: nobody, if it is a server app's.
pub fn key_of(app: &App, user: &UserName) -> GrantKey {
    if app.kind == AppKind::Server {
        return server::key_of(app);
    }
    GrantKey {
        provider: app.provider.name(),
        client_id: app.client_id.to_string(),
        user: user.key.clone(),
    }
}

/// The authorization has ended.
fn reauthorize(app: &App, user: &str, reason: Reason) -> Error {
    let detail = format!("the authorization of {user} has ended: {}", reason.name());
    Error::new(Status::Reauthorize, detail).with_provider(app.provider.name())
}

fn not_authorized_anywhere(user: &UserName) -> Error {
    Error::new(Status::NotAuthorized, format!("{user} has not authorized any app"))
}

fn no_administrator(app: &App) -> Error {
    let detail = "an administrator must authorize this app before it serves its members";
    Error::new(Status::NotAuthorized, detail).with_provider(app.provider.name())
}

/// A consent to a server app is neither needed nor possible.
pub fn needs_no_consent(app: &App) -> Error {
    let detail = "a server app needs no consent: it serves its members as it is";
    Error::new(Status::Unsupported, detail).with_provider(app.provider.name())
}

pub fn not_authorized(app: &App, user: &UserName) -> Error {
    let detail = format!("{user} has not authorized this app");
    Error::new(Status::NotAuthorized, detail).with_provider(app.provider.name())
}
