//! A valid access token for a call, renewed when its time has come.
//!
//! Refresh tokens rotate and only the newest works, so one renewal at a time is the rule: lock,
//! note the intent, send, make the new pair durable, and only then use it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{key_of, not_authorized, reauthorize};
use crate::context::Context;
use crate::crash;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::platform::ProcessId;
use crate::provider::{Access, TokenAnswer, TokenGrant, TokenRefusal};
use crate::settings::App;
use crate::store::vault::{Grant, Tokens};
use crate::store::{Account, GrantRow, GrantState, Guarded, Intent, Lock, Reason};
use crate::user::UserName;

/// A token is renewed when less than this is left of it, in seconds.
const MARGIN: i64 = 60;
/// A refresh that was sent is awaited this long even past the caller's deadline: its answer
/// holds the only token that will still work.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// What is reserved in the store for the new pair, in bytes: tokens of Zoom reach a kilobyte.
const ROOM: usize = 8 * 1024;
/// How many earlier owners of one account are looked for; there is rarely one.
const SUPERSEDE_TRIES: u32 = 10;
/// How often and how far apart storing a new pair is tried.
const STORE_TRIES: u32 = 5;
const STORE_WAIT: Duration = Duration::from_millis(100);

/// When a token ends that was given now, in seconds since 1970.
pub fn expiry(now: i64, expires_in: u64) -> i64 {
    now.saturating_add(i64::try_from(expires_in).unwrap_or(i64::MAX))
}

/// The user's grant with an access token that will last for the call.
///
/// NOT_AUTHORIZED without one, REAUTHORIZE after it has ended.
pub fn usable(context: &Context<'_>, app: &App, user: &UserName) -> Result<Arc<Grant>> {
    let grant = context.vault.get(&key_of(app, user))?;
    let grant = check(app, user, grant)?;
    let now = Timestamp::now().as_second();
    if grant.row.expires_at - MARGIN > now {
        return Ok(grant);
    }
    if grant.row.expires_at <= now {
        return renew(context, app, user, &grant);
    }
    // The old token still works: whoever finds a renewal under way need not wait for it, and a
    // token endpoint that is down does no harm yet.
    let Some(lock) = context.try_lock(&grant.row.key)? else { return Ok(grant) };
    let renewed = renew_locked(context, app, user, &grant, &*lock);
    match renewed.as_ref().map_err(Error::status) {
        Ok(_) | Err(Status::Reauthorize | Status::NotAuthorized | Status::Closed) => renewed,
        Err(_) => Ok(grant),
    }
}

/// Replaces the pair of `old`, or takes the pair by which somebody else has replaced it. Never
/// gives `old` back.
pub fn renew(context: &Context<'_>, app: &App, user: &UserName, old: &Grant) -> Result<Arc<Grant>> {
    let lock = context.lock(Guarded::Grant(&old.row.key))?;
    renew_locked(context, app, user, old, &*lock)
}

fn check(app: &App, user: &UserName, grant: Option<Arc<Grant>>) -> Result<Arc<Grant>> {
    let grant = grant.ok_or_else(|| not_authorized(app, user))?;
    match grant.row.state {
        GrantState::Authorized => Ok(grant),
        GrantState::Reauthorize(reason) => Err(reauthorize(app, &grant.row.user, reason)),
    }
}

/// As [`renew`], for who holds the lock already.
pub fn renew_locked(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    old: &Grant,
    _lock: &dyn Lock,
) -> Result<Arc<Grant>> {
    let key = &old.row.key;
    let grant = check(app, user, context.vault.read(key)?)?;
    if grant.row.version != old.row.version {
        return Ok(grant);
    }
    let Some(refresh) = &grant.tokens.refresh else {
        return Err(end(context, app, &grant, Reason::Expired)?);
    };
    let request = app.provider.token_request(app.client(), TokenGrant::Refresh(refresh))?;
    context.call.check()?;
    let intent = Intent {
        version: grant.row.version,
        owner: ProcessId::current(),
        at: Timestamp::now().as_second(),
    };
    if !context.vault.put_intent(key, &intent, ROOM)? {
        return check(app, user, context.vault.read(key)?);
    }
    crash::point("refresh.intended");
    let deadline = context.call.deadline.max(Instant::now() + ANSWER_WAIT);
    let outcome = context.send_and_await(app.provider.name(), request, deadline);
    crash::point("refresh.answered");
    let error = match outcome.map(|response| app.provider.read_token(&response)) {
        Ok(Ok(answer)) => return keep(context, &grant, answer),
        Ok(Err(TokenRefusal::Grant(error))) => {
            // Another server may have spent this token and stored its successor.
            let newest = check(app, user, context.vault.read(key)?)?;
            if newest.row.version != grant.row.version {
                return Ok(newest);
            }
            context.log(Level::Warn, format_args!("{user}: {}", error.detail()));
            return Err(end(context, app, &grant, Reason::Expired)?);
        }
        Ok(Err(TokenRefusal::Other(error))) => error,
        Err(unanswered) => unanswered.error,
    };
    if let Err(failed) = context.vault.clear_intent(key) {
        context.log(Level::Warn, format_args!("{user}: an intent stays behind: {failed}"));
    }
    Err(error)
}

/// Makes a new pair durable. Until it is, nobody uses it.
fn keep(context: &Context<'_>, old: &Grant, answer: TokenAnswer) -> Result<Arc<Grant>> {
    let now = Timestamp::now().as_second();
    let row = &old.row;
    let new = Grant {
        row: GrantRow {
            scopes: answer.scopes.unwrap_or_else(|| row.scopes.clone()),
            refreshed_at: now,
            expires_at: expiry(now, answer.expires_in),
            ..row.clone()
        },
        tokens: Arc::new(Tokens {
            access: answer.access,
            // A provider that keeps the refresh token may leave it out of the answer.
            refresh: answer.refresh.or_else(|| old.tokens.refresh.clone()),
            api_url: answer.api_url.or_else(|| old.tokens.api_url.clone()),
        }),
    };
    let grant = store(context, new)?;
    crash::point("refresh.stored");
    context.log(Level::Info, format_args!("{}: {} renewed", row.user, row.key.provider));
    Ok(grant)
}

/// Stores a pair that exists nowhere else: its provider has ended the one before it.
pub fn store(context: &Context<'_>, new: Grant) -> Result<Arc<Grant>> {
    let mut tries = 1;
    loop {
        match context.vault.put(new.clone()) {
            Err(_) if tries < STORE_TRIES => {
                tries += 1;
                std::thread::sleep(STORE_WAIT);
            }
            Err(error) => {
                let user = &new.row.user;
                context.log(Level::Error, format_args!("{user}: a new token is lost: {error}"));
                return Err(error);
            }
            stored => return stored,
        }
    }
}

/// Notes that the user must authorize again; the sealed pair is kept.
fn end(context: &Context<'_>, app: &App, grant: &Grant, reason: Reason) -> Result<Error> {
    let state = GrantState::Reauthorize(reason);
    let now = Timestamp::now().as_second();
    context.vault.set_state(&grant.row.key, grant.row.version, state, now)?;
    let user = &grant.row.user;
    let provider = app.provider.name();
    context.log(Level::Warn, format_args!("{user} must authorize {provider} again"));
    Ok(reauthorize(app, user, reason))
}

/// Asks the provider whose consent this is, if the consent allows to ask. Not knowing is no
/// failure: the first meeting's host will tell.
pub fn ask_account(context: &Context<'_>, app: &App, grant: Arc<Grant>) -> Arc<Grant> {
    let answer = || -> Result<Option<Account>> {
        let access = access(app, &grant);
        let Some(request) = app.provider.account_request(access, &grant.row.scopes)? else {
            return Ok(None);
        };
        let response = context.send(app.provider.name(), request)?;
        app.provider.read_account(&response).map(Some)
    };
    match answer() {
        Ok(Some(account)) => learn_account(context, app, &grant, account),
        Ok(None) => grant,
        Err(error) => {
            let user = &grant.row.user;
            context.log(Level::Info, format_args!("{user}: the account stays unknown: {error}"));
            grant
        }
    }
}

/// Remembers whose consent this is. Where the newest consent wins, another local user of the
/// same account has just lost his.
pub fn learn_account(
    context: &Context<'_>,
    app: &App,
    grant: &Arc<Grant>,
    account: Account,
) -> Arc<Grant> {
    let learn = || -> Result<Arc<Grant>> {
        let row = &grant.row;
        context.vault.set_account(&row.key, row.authorized_at, &account)?;
        if let Some(user_id) =
            account.user_id.as_deref().filter(|_| app.provider.newest_consent_wins())
        {
            supersede(context, grant, user_id)?;
        }
        Ok(context.vault.read(&grant.row.key)?.unwrap_or_else(|| grant.clone()))
    };
    learn().unwrap_or_else(|error| {
        let user = &grant.row.user;
        context.log(Level::Warn, format_args!("{user}: the account is not remembered: {error}"));
        grant.clone()
    })
}

fn supersede(context: &Context<'_>, newest: &Grant, account_user_id: &str) -> Result<()> {
    let row = &newest.row;
    let superseded = GrantState::Reauthorize(Reason::Superseded);
    let now = Timestamp::now().as_second();
    for _ in 0..SUPERSEDE_TRIES {
        let known = context.vault.store().grants_of_account(
            row.key.provider,
            &row.key.client_id,
            account_user_id,
        )?;
        let mut earlier = known.iter().filter(|other| {
            other.key.user != row.key.user
                && other.authorized_at <= row.authorized_at
                && other.state == GrantState::Authorized
        });
        let Some(other) = earlier.next() else { return Ok(()) };
        // False if it was renewed meanwhile: then it is looked at again.
        if context.vault.set_state(&other.key, other.version, superseded, now)? {
            let (user, other) = (&row.user, &other.user);
            context.log(Level::Warn, format_args!("{user} linked the account of {other}"));
        }
    }
    Ok(())
}

/// The right to call the API: the region that the provider named, or the configured place.
pub fn access<'a>(app: &'a App, grant: &'a Grant) -> Access<'a> {
    let configured = app.endpoints.api_url.as_str().trim_end_matches('/');
    let regional = grant.tokens.api_url.as_deref().filter(|_| app.uses_default_api);
    Access { token: &grant.tokens.access, api_url: regional.unwrap_or(configured) }
}

#[cfg(test)]
mod tests {
    use oauth2::AccessToken;

    use super::*;
    use crate::settings::Settings;
    use crate::store::GrantKey;

    fn api_of(api: &str, region: Option<&str>) -> String {
        let settings = Settings::parse(&format!(
            r#"{{"apps": [{{"provider": "zoom", "client_id": "i", "client_secret": "s",
                "redirect_urls": ["https://mail.example.com/oauth"] {api} }}],
               "store": {{"sqlite": "/s.db"}}, "key": {{"file": "/s.key"}}}}"#
        ));
        let settings = settings.unwrap();
        let key = GrantKey { provider: "zoom", client_id: "i".into(), user: "u".into() };
        let tokens = Tokens {
            access: AccessToken::new("a".into()),
            refresh: None,
            api_url: region.map(str::to_owned),
        };
        let row = GrantRow {
            key,
            user: "u".into(),
            version: 1,
            state: GrantState::Authorized,
            refused_at: None,
            scopes: Vec::new(),
            account: None,
            authorized_at: 0,
            refreshed_at: 0,
            expires_at: 0,
            sealed: Vec::new(),
            intent: None,
        };
        let grant = Grant { row, tokens: Arc::new(tokens) };
        access(&settings.apps[0], &grant).api_url.to_owned()
    }

    #[test]
    fn the_region_is_honoured_unless_the_administrator_chose_a_place() {
        let region = Some("https://api-eu.zoom.us/v2");
        assert_eq!(api_of("", None), "https://api.zoom.us/v2");
        assert_eq!(api_of("", region), "https://api-eu.zoom.us/v2");
        let chosen = r#", "api_url": "https://api.zoomgov.com/v2/""#;
        assert_eq!(api_of(chosen, region), "https://api.zoomgov.com/v2");
    }

    #[test]
    fn an_absurd_lifetime_does_not_overflow() {
        assert_eq!(expiry(1, u64::MAX), i64::MAX);
    }
}
