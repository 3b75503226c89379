//! What concerns users rather than one authorization: who has one, who was renamed, who has left.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;

use super::{Authorization, key_of, not_authorized_anywhere, rescue, revoke, token};
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::filter::Filter;
use crate::log::Level;
use crate::provider;
use crate::store::vault::Grant;
use crate::store::{GrantKey, GrantRow, ReferenceKey};
use crate::user::UserName;

/// A part of all authorizations.
#[derive(Serialize)]
pub struct Page {
    pub authorizations: Vec<Authorization>,
    pub next: Option<String>,
}

/// Those given from `from` until `to`, by provider and user. Tokens are not opened. That of a
/// server app, to which nobody consented, is not among them.
pub fn list(context: &Context<'_>, filter: Option<&str>) -> Result<Page> {
    let filter = Filter::parse_within(filter, Timestamp::MIN, Timestamp::MAX)?;
    let mut after = filter.next.as_deref().map(Position::parse).transpose()?;
    let mut rows: Vec<GrantRow> = Vec::new();
    let limit = filter.page_size;
    for provider in provider::ALL {
        let name = provider.name();
        let from = match &after {
            Some(position) if position.provider != name => continue,
            Some(position) => Some((position.user.as_str(), position.client_id.as_str())),
            None => None,
        };
        let left = limit - rows.len() as u32;
        rows.extend(context.vault.store().grants_after(name, from, left)?);
        after = None;
        if rows.len() as u32 == limit {
            break;
        }
    }
    if after.is_some() {
        return Err(Position::refused());
    }
    let is_full = rows.len() as u32 == limit;
    let next = rows.last().filter(|_| is_full).map(|row| Position::of(&row.key).to_text());
    let given = |row: &GrantRow| Timestamp::from_second(row.authorized_at).ok();
    let is_consent = |row: &GrantRow| !row.key.user.is_empty();
    let wanted = rows.iter().filter(|row| is_consent(row) && filter.holds(given(row)));
    Ok(Page { authorizations: wanted.map(Authorization::from).collect(), next })
}

/// Gives everything of a user to his new name. INVALID_ARGUMENT if somebody of that name has an
/// authorization of the same app.
///
/// A user without any is no failure: directories rename everybody.
pub fn rename(context: &Context<'_>, old: &UserName, new: &UserName) -> Result<()> {
    let mut keys: Vec<GrantKey> = Vec::new();
    for provider in provider::ALL {
        let rows = context.vault.store().grants_of_user(provider.name(), &old.key)?;
        keys.extend(rows.into_iter().map(|row| row.key));
    }
    let renamed = |key: &GrantKey| GrantKey { user: new.key.clone(), ..key.clone() };
    // In one order, so that two who rename crosswise do not wait for each other.
    let mut both: Vec<GrantKey> = keys.iter().map(renamed).chain(keys.clone()).collect();
    both.sort_unstable_by(|one, other| {
        let of = |key: &GrantKey| (key.provider, key.client_id.clone(), key.user.clone());
        of(one).cmp(&of(other))
    });
    both.dedup();
    let mut locks = Vec::new();
    for key in &both {
        locks.push(token::hold(context, key)?);
        rescue::restore_one(context, key)?;
    }
    let mut grants = Vec::new();
    for key in keys {
        let Some(grant) = context.vault.read(&key)? else { continue };
        let to = renamed(&key);
        if to != key && context.vault.store().grant_version(&to)?.is_some() {
            let what = format!("new_user: {new} has an authorization of {} already", to.provider);
            return Err(Error::invalid_argument(what));
        }
        let row = GrantRow { key: to, user: new.display.clone(), ..grant.row.clone() };
        grants.push((key, Grant { row, tokens: grant.tokens.clone() }));
    }
    let mut entries = Vec::new();
    for provider in provider::ALL.iter().filter(|_| old.key != new.key) {
        for mut entry in context.vault.entries_of_user(provider.name(), &old.key)? {
            let to = ReferenceKey { user: new.key.clone(), ..entry.key.clone() };
            let taken =
                context.vault.store().references(provider.name(), &to.user, &to.reference)?;
            if taken.iter().any(|row| row.key == to) {
                // He has used his new name before: that meeting is the one of his entry.
                let reference = &to.reference;
                context.log(Level::Warn, format_args!("{new} has an entry {reference:?} already"));
                continue;
            }
            entries.push((std::mem::replace(&mut entry.key, to), entry));
        }
    }
    context.vault.rename((&old.key, &new.key), &grants, &entries)?;
    context.log(Level::Info, format_args!("{old} is now {new}"));
    Ok(())
}

/// Ends and deletes all that belongs to a user, also of apps that the settings no longer name.
/// NOT_AUTHORIZED if there was nothing, unless the caller does not mind.
pub fn forget(context: &Context<'_>, user: &UserName) -> Result<()> {
    let mut found = false;
    for provider in provider::ALL {
        let name = provider.name();
        for row in context.vault.store().grants_of_user(name, &user.key)? {
            found = true;
            let app = context.settings.apps.iter().find(|app| key_of(app, user) == row.key);
            match app {
                Some(app) => match revoke(context, app, user) {
                    Err(error) if error.status() == Status::NotAuthorized => {}
                    outcome => outcome?,
                },
                None => {
                    let _lock = token::hold(context, &row.key)?;
                    context.vault.delete(&row.key)?;
                }
            }
        }
        for row in context.vault.store().references_of_user(name, &user.key)? {
            context.vault.store().delete_reference(&row.key)?;
            found = true;
        }
    }
    found |= context.vault.store().delete_host_emails(&user.key)?;
    if !found && !context.call.options.ignore_missing {
        return Err(not_authorized_anywhere(user));
    }
    context.log(Level::Info, format_args!("{user} is forgotten"));
    Ok(())
}

/// Where a page ended.
struct Position {
    provider: String,
    user: String,
    client_id: String,
}

impl Position {
    fn of(key: &GrantKey) -> Position {
        let GrantKey { provider, client_id, user } = key.clone();
        Position { provider: provider.to_owned(), user, client_id }
    }

    fn to_text(&self) -> String {
        // None of them has control characters.
        let text = format!("{}\0{}\0{}", self.provider, self.user, self.client_id);
        URL_SAFE_NO_PAD.encode(text)
    }

    fn parse(text: &str) -> Result<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(Position::refused)?;
        match text.split('\0').collect::<Vec<_>>()[..] {
            [provider, user, client_id] => Ok(Position {
                provider: provider.to_owned(),
                user: user.to_owned(),
                client_id: client_id.to_owned(),
            }),
            _ => Err(Position::refused()),
        }
    }

    fn refused() -> Error {
        Error::invalid_argument("filter.next: not what a page gave")
    }
}
