//! The end of a consent at the provider, as its notification tells.

use jiff::Timestamp;

use super::token;
use crate::audit;
use crate::context::Context;
use crate::error::{Result, Status};
use crate::log::Level;
use crate::settings::App;
use crate::store::GrantRow;

/// Deletes the authorizations of this user of the provider that were there when he took the app
/// away, and the references made through them; gives what was deleted.
///
/// One that was given later stays: our own revoking comes back as a notification too, perhaps
/// after the user has consented anew. A failure leaves the authorization, so that the same
/// notification finds it again.
pub fn deauthorize(
    context: &Context<'_>,
    app: &App,
    account_user_id: &str,
    at: Timestamp,
) -> Result<Option<GrantRow>> {
    let (provider, client_id) = (app.provider.name(), app.client_id.as_str());
    let store = context.vault.store();
    let mut deleted = None;
    for known in store.grants_of_account(provider, client_id, account_user_id)? {
        let _lock = token::hold(context, &known.key)?;
        // The tokens need not open.
        let Some(row) = store.read_grant(&known.key)? else { continue };
        // Kept in whole seconds by the provider's clock.
        let given_until = row.authorized_at.saturating_add(1);
        if at.as_second() < given_until {
            let what = "is told to have ended before it was given, and stays";
            context.log(Level::Info, format_args!("{}: the authorization {what}", row.user));
            continue;
        }
        for reference in store.references_of_user(provider, &row.key.user)? {
            if reference.client_id == client_id {
                store.delete_reference(&reference.key)?;
            }
        }
        context.vault.delete(&row.key)?;
        audit::ended(context, &row, Status::NotAuthorized);
        context.log(Level::Info, format_args!("{} took {provider} away", row.user));
        deleted = Some(row);
    }
    Ok(deleted)
}
