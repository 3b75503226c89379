//! The end of a consent, by the user's or the administrator's own wish.

use std::sync::Arc;

use jiff::Timestamp;

use super::webhooks::remove_webhooks;
use super::{key_of, not_authorized, token};
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::settings::{App, AppKind};
use crate::store::vault::Grant;
use crate::store::{GrantState, Lock};
use crate::user::UserName;

/// Ends the consent at the provider where it can be ended there, and forgets it here in any
/// case. NOT_AUTHORIZED if there was none, unless the caller does not mind.
pub fn revoke(context: &Context<'_>, app: &App, user: &UserName) -> Result<()> {
    let key = key_of(app, user);
    let lock = token::hold(context, &key)?;
    let there = match context.vault.read(&key) {
        Ok(None) if context.call.options.ignore_missing => return Ok(()),
        Ok(None) => return Err(not_authorized(app, user)),
        Ok(Some(grant)) => {
            if grant.row.state == GrantState::Authorized
                && let Err(error) = remove_webhooks(context, app, user, &grant, &*lock)
            {
                context.log(Level::Warn, format_args!("{user}: webhooks stay behind: {error}"));
            }
            revoke_there(context, app, user, &grant, &*lock)
        }
        // What cannot be opened can still be forgotten.
        Err(error) if error.status() == Status::StoreDamaged => Err(error),
        Err(error) => return Err(error),
    };
    if let Err(error) = there {
        // A provider that cannot be reached must not keep us from forgetting.
        context.log(Level::Warn, format_args!("{user}: not revoked at the provider: {error}"));
    }
    context.vault.delete(&key)?;
    context.log(Level::Info, format_args!("{} revoked {}", user, key.provider));
    if app.endpoints.revoke_url.is_none() {
        let what =
            "the consent itself can only be taken back by the user, in his account's settings";
        context.log(Level::Info, format_args!("{}: {what}", key.provider));
    }
    Ok(())
}

/// Zoom takes the access token, and it must still be good.
fn revoke_there(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    grant: &Arc<Grant>,
    lock: &dyn Lock,
) -> Result<()> {
    let has_ended = grant.row.state != GrantState::Authorized;
    // The token of a server app is no consent.
    if app.kind == AppKind::Server || app.endpoints.revoke_url.is_none() || has_ended {
        return Ok(());
    }
    let expired = grant.row.expires_at <= Timestamp::now().as_second();
    let grant = match expired {
        true => token::renew_locked(context, app, user, grant, lock)?,
        false => grant.clone(),
    };
    let request = app.provider.revoke_request(app.client(), &grant.tokens.access)?;
    let Some(request) = request else { return Ok(()) };
    let status = context.send(app.provider.name(), request)?.status();
    match status.is_success() {
        true => Ok(()),
        false => Err(Error::new(Status::ProviderRejected, format!("HTTP {}", status.as_u16()))),
    }
}
