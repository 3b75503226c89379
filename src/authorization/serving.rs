//! Which authorization serves a user: his own, an administrator's for all, or the app's own.

use std::sync::Arc;

use super::{Authorization, key_of, no_administrator, not_authorized, server};
use crate::context::Context;
use crate::error::Result;
use crate::settings::{App, AppKind};
use crate::store::vault::Grant;
use crate::store::{GrantRow, GrantState};
use crate::user::UserName;

/// How many consents of administrators are looked at, the newest first.
const MAX_CONSENTS: u32 = 8;

/// The authorization that serves the user, which may have ended. An app's own is fetched if it has
/// none yet.
///
/// NOT_AUTHORIZED without one.
pub fn serving(context: &Context<'_>, app: &App, user: &UserName) -> Result<Arc<Grant>> {
    match app.kind {
        AppKind::User => {
            let grant = context.vault.get(&key_of(app, user))?;
            grant.ok_or_else(|| not_authorized(app, user))
        }
        AppKind::Account => administrator(context, app),
        AppKind::Server => server::current(context, app),
    }
}

/// The document of the authorization that serves the user. A server app's belongs to nobody, and is
/// shown as his.
pub fn get(context: &Context<'_>, app: &App, user: &UserName) -> Result<Authorization> {
    let key = &serving(context, app, user)?.row.key;
    // From the store: the account may have been learned without a new version.
    let grant = context.vault.read(key)?.ok_or_else(|| not_authorized(app, user))?;
    let shown = Authorization::from(&grant.row);
    Ok(match app.kind {
        AppKind::Server => Authorization { user: user.display.clone(), ..shown },
        AppKind::User | AppKind::Account => shown,
    })
}

/// The newest consent that works, else the newest.
fn administrator(context: &Context<'_>, app: &App) -> Result<Arc<Grant>> {
    let (provider, client_id) = (app.provider, app.client_id.as_str());
    let store = context.vault.store();
    let mut consents = store.grants_of_app(provider.name(), client_id, MAX_CONSENTS)?;
    // What a user consented to for himself must not show his meetings to others, and a server app's
    // token is nobody's consent: the settings may have given the app another kind since.
    let covers_all = |row: &GrantRow| {
        row.scopes.is_empty() || row.scopes.iter().any(|scope| provider.is_admin_scope(scope))
    };
    consents.retain(|row| !row.key.user.is_empty() && covers_all(row));
    let works = |row: &&GrantRow| row.state == GrantState::Authorized;
    let chosen = consents.iter().find(works).or(consents.first());
    let chosen = chosen.ok_or_else(|| no_administrator(app))?;
    context.vault.get(&chosen.key)?.ok_or_else(|| no_administrator(app))
}
