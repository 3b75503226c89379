//! The token of a server app: given for the app's own credentials, so that there is no consent and
//! nothing to lose. It is kept, so that one request serves all processes for an hour.

use std::sync::Arc;

use jiff::Timestamp;

use super::token;
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::provider::{TokenAnswer, TokenGrant, TokenRefusal};
use crate::settings::App;
use crate::store::vault::{Grant, Tokens};
use crate::store::{Account, GrantKey, GrantRow, GrantState, Guarded};

/// Whom the token of a server app belongs to: nobody, which is no user's name.
pub fn key_of(app: &App) -> GrantKey {
    GrantKey {
        provider: app.provider.name(),
        client_id: app.client_id.to_string(),
        user: String::new(),
    }
}

/// The token that is kept, which may have ended, or a first one.
pub fn current(context: &Context<'_>, app: &App) -> Result<Arc<Grant>> {
    let key = key_of(app);
    if let Some(grant) = context.vault.get(&key)?.filter(|grant| is_of_account(app, grant)) {
        return Ok(grant);
    }
    let _lock = context.lock(Guarded::Grant(&key))?;
    replace_locked(context, app, None)
}

/// A new token in the place of this version, or the one by which somebody else has replaced it.
/// The caller holds the lock.
///
/// APP_REJECTED where the provider refuses; what is kept stays as it is.
pub fn replace_locked(
    context: &Context<'_>,
    app: &App,
    version: Option<u64>,
) -> Result<Arc<Grant>> {
    let key = key_of(app);
    let known = context.vault.read(&key)?.filter(|grant| is_of_account(app, grant));
    if let Some(grant) = known.as_ref().filter(|grant| Some(grant.row.version) != version) {
        return Ok(grant.clone());
    }
    let account_id = app.account_id.as_deref();
    let account_id =
        account_id.ok_or_else(|| Error::internal("a server app without an account_id"))?;
    let answer = ask(context, app, account_id)?;
    let now = Timestamp::now().as_second();
    let asked = || app.scopes.iter().map(|scope| scope.to_string()).collect();
    let row = GrantRow {
        key,
        user: String::new(),
        version: 0,
        state: GrantState::Authorized,
        refused_at: None,
        scopes: answer.scopes.unwrap_or_else(asked),
        account: Some(Account { id: Some(account_id.to_owned()), ..Account::default() }),
        authorized_at: known.map_or(now, |grant| grant.row.authorized_at),
        refreshed_at: now,
        expires_at: token::expiry(now, answer.expires_in),
        sealed: Vec::new(),
        intent: None,
    };
    let tokens = Tokens { access: answer.access, refresh: None, api_url: answer.api_url };
    let grant = Grant { row, tokens: Arc::new(tokens) };
    let grant = token::store(context, &grant, || context.vault.put(grant.clone()))?;
    let (provider, client_id) = (app.provider.name(), app.client_id.as_str());
    context.log(Level::Info, format_args!("{provider}: a token for the app {client_id}"));
    Ok(grant)
}

fn ask(context: &Context<'_>, app: &App, account_id: &str) -> Result<TokenAnswer> {
    let grant = TokenGrant::Account { account_id };
    let request = app.provider.token_request(app.client(), grant)?;
    let response = context.send(app.provider.name(), request)?;
    app.provider.read_token(&response).map_err(|refusal| {
        let (TokenRefusal::Grant(error, _) | TokenRefusal::Other(error)) = refusal;
        // There is nobody but the app whom it could refuse.
        match error.provider_status() {
            Some(400..=403) => error.with_status(Status::AppRejected),
            _ => error,
        }
    })
}

/// Whether a token is of the account that the settings name now.
fn is_of_account(app: &App, grant: &Grant) -> bool {
    let account = grant.row.account.as_ref();
    account.and_then(|account| account.id.as_deref()) == app.account_id.as_deref()
}
