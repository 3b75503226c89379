//! The end of a consent, by the user's or the administrator's own wish.

use super::{key_of, not_authorized};
use crate::context::Context;
use crate::error::Result;
use crate::log::Level;
use crate::settings::App;
use crate::store::vault::Grant;
use crate::user::UserName;

/// Ends the consent at the provider where it can be ended there, and forgets it here in any
/// case. NOT_AUTHORIZED if there was none.
pub fn revoke(context: &Context<'_>, app: &App, user: &UserName) -> Result<()> {
    let key = key_of(app, user);
    let _lock = context.lock(&key)?;
    let Some(grant) = context.vault.get(&key)? else {
        return Err(not_authorized(app, user));
    };
    if let Err(error) = revoke_there(context, app, &grant) {
        // A provider that cannot be reached must not keep us from forgetting.
        context.log(Level::Warn, format_args!("{user}: not revoked at the provider: {error}"));
    }
    context.vault.delete(&key)?;
    context.log(Level::Info, format_args!("{} revoked {}", user, key.provider));
    Ok(())
}

fn revoke_there(context: &Context<'_>, app: &App, grant: &Grant) -> Result<()> {
    let Some(request) = app.provider.revoke_request(app.client(), &grant.tokens.access)? else {
        return Ok(());
    };
    let response = context.send(app.provider.name(), request)?;
    context.log(Level::Debug, format_args!("revoke: HTTP {}", response.status().as_u16()));
    Ok(())
}
