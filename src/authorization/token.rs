//! A valid access token for a call, renewed when its time has come.
//!
//! Refresh tokens rotate and only the newest works, so one renewal at a time is the rule: lock,
//! note the intent, send, make the new pair durable, and only then use it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use parking_lot::Mutex;

use super::serving::serving;
use super::{no_administrator, not_authorized, reauthorize, rescue, server};
use crate::audit;
use crate::context::{Context, Unanswered};
use crate::crash;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::platform::{PerProcess, ProcessId};
use crate::provider::{Access, Host, TokenAnswer, TokenGrant, TokenRefusal};
use crate::settings::{App, AppKind};
use crate::store::vault::{Grant, Tokens};
use crate::store::{Account, GrantKey, GrantRow, GrantState, Guarded, Intent, Lock, Reason};
use crate::user::UserName;

/// A token is renewed when less than this is left of it, in seconds.
const MARGIN: i64 = 60;
/// A refresh that was sent is awaited this long even past the caller's deadline: its answer
/// holds the only token that will still work.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// What is reserved in the store for the new pair, in bytes: tokens of Zoom reach a kilobyte.
pub const ROOM: usize = 8 * 1024;
/// How many earlier owners of one account are looked for; there is rarely one.
const SUPERSEDE_TRIES: u32 = 10;
/// How long storing a new pair is tried, and how often, before it is rescued elsewhere.
const STORE_PATIENCE: Duration = Duration::from_secs(3);
const STORE_WAIT: Duration = Duration::from_millis(100);
/// An ended authorization is tried again after this, in seconds.
const RETRY_AFTER: i64 = 3600;
/// How long somebody may still wait for the answer to a request, in seconds: [`ANSWER_WAIT`], and
/// the time in which he stores it.
const INTENT_LIVES: i64 = 40;
/// How often it is looked whether he has.
const LOOK: Duration = Duration::from_millis(20);

/// When a token ends that was given now, in seconds since 1970.
pub fn expiry(now: i64, expires_in: u64) -> i64 {
    now.saturating_add(i64::try_from(expires_in).unwrap_or(i64::MAX))
}

/// The grant that serves the user, with an access token that will last for the call.
///
/// NOT_AUTHORIZED without one, REAUTHORIZE after it has ended.
pub fn usable(context: &Context<'_>, app: &App, user: &UserName) -> Result<Arc<Grant>> {
    let grant = serving(context, app, user)?;
    if grant.row.state != GrantState::Authorized {
        // What was given up may lie rescued beside the store.
        return match context.vault.rescued() {
            None => check(context, app, user, Some(grant.clone()))
                .and_then(|_| renew(context, app, user, &grant)),
            Some(_) => renew(context, app, user, &grant),
        };
    }
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
    if is_awaited(context, context.vault.store().read_grant(&grant.row.key)?.as_ref())? {
        return Ok(grant);
    }
    let renewed = renew_locked(context, app, user, &grant, &*lock);
    match renewed.as_ref().map_err(Error::status) {
        Ok(_) | Err(Status::Closed) => renewed,
        Err(Status::Reauthorize | Status::NotAuthorized) => {
            drop(lock);
            or_another(context, app, user, &grant, renewed)
        }
        Err(_) => Ok(grant),
    }
}

/// Where an administrator's consent has just ended, another's may serve as well.
fn or_another(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    old: &Grant,
    renewed: Result<Arc<Grant>>,
) -> Result<Arc<Grant>> {
    let has_ended = matches!(
        renewed.as_ref().map_err(Error::status),
        Err(Status::Reauthorize | Status::NotAuthorized)
    );
    if !has_ended || app.kind != AppKind::Account {
        return renewed;
    }
    let another = serving(context, app, user)?;
    let works = another.row.state == GrantState::Authorized;
    // One that has ended is not come back to, so that this comes to an end too.
    if works && another.row.key != old.row.key { usable(context, app, user) } else { renewed }
}

/// Replaces the pair of `old`, or takes the pair by which somebody else has replaced it. Never
/// gives `old` back.
pub fn renew(context: &Context<'_>, app: &App, user: &UserName, old: &Grant) -> Result<Arc<Grant>> {
    let key = &old.row.key;
    let began = Instant::now();
    let others = || context.renewals.outcome_since(key, began);
    let lock = context.lock_unless(Guarded::Grant(key), &|| others().is_some());
    let renewed = match (others(), lock) {
        (Some(outcome), _) => {
            let what = "takes what another call has renewed";
            context.log(Level::Debug, format_args!("{user}: {what}"));
            outcome
        }
        (None, lock) => renew_locked(context, app, user, old, &*lock?),
    };
    or_another(context, app, user, old, renewed)
}

/// The grant, if it may be used or at least tried again.
fn check(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    grant: Option<Arc<Grant>>,
) -> Result<Arc<Grant>> {
    let grant = grant.ok_or_else(|| match app.kind {
        AppKind::Account => no_administrator(app),
        AppKind::User | AppKind::Server => not_authorized(app, user),
    })?;
    match grant.row.state {
        GrantState::Reauthorize(reason) if !may_retry(context, &grant.row) => {
            Err(reauthorize(app, &grant.row.user, reason))
        }
        _ => Ok(grant),
    }
}

/// What a provider has refused it may grant later: an app that was disabled is enabled again, or
/// the refusal was its own mistake.
fn may_retry(context: &Context<'_>, row: &GrantRow) -> bool {
    let now = Timestamp::now().as_second();
    // A clock that was set back must not put it off; what lies ahead counts as passed.
    let refused_at = row.refused_at.filter(|at| *at <= now).unwrap_or(0);
    let reloaded = refused_at < context.reloaded_at && context.reloaded_at <= now;
    reloaded || now - refused_at >= RETRY_AFTER
}

/// As [`renew`], for who holds the lock already.
pub fn renew_locked(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    old: &Grant,
    _lock: &dyn Lock,
) -> Result<Arc<Grant>> {
    if app.kind == AppKind::Server {
        let outcome = server::replace_locked(context, app, Some(old.row.version));
        context.renewals.note(&old.row.key, &outcome);
        return outcome;
    }
    let key = &old.row.key;
    // What lies beside the store has taken the place of what is in it.
    rescue::restore_one(context, key)?;
    let read = || check(context, app, user, context.vault.read(key)?);
    let mut grant = read()?;
    while is_awaited(context, Some(&grant.row))? {
        context.pause(LOOK)?;
        grant = read()?;
    }
    if grant.row.version != old.row.version && grant.row.state == GrantState::Authorized {
        context.renewals.note(key, &Ok(grant.clone()));
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
    let _awaiting = Awaiting::begin(key);
    if !context.vault.put_intent(key, &intent, ROOM)? {
        return check(context, app, user, context.vault.read(key)?);
    }
    crash::point("refresh.intended");
    let deadline = Instant::now() + ANSWER_WAIT;
    let outcome = context.send_and_await(app.provider.name(), request, deadline);
    crash::point("refresh.answered");
    let error = match outcome.map(|response| app.provider.read_token(&response)) {
        Ok(Ok(answer)) => {
            let outcome = keep(context, app, user, &grant, answer);
            context.renewals.note(key, &outcome);
            return outcome;
        }
        Ok(Err(TokenRefusal::Grant(error, reason))) => {
            // Another server may have spent this token and stored its successor.
            let newest = check(context, app, user, context.vault.read(key)?)?;
            if newest.row.version != grant.row.version {
                return Ok(newest);
            }
            context.log(Level::Warn, format_args!("{user}: {}", error.detail()));
            // Somebody who died may have spent it, and then nobody knows its successor.
            let lost = grant.row.intent.as_ref().is_some_and(|it| it.version == grant.row.version);
            let reason = match grant.row.state {
                GrantState::Reauthorize(known) => known,
                GrantState::Authorized if lost => Reason::Unknown,
                GrantState::Authorized => reason,
            };
            return Err(end(context, app, &grant, reason)?);
        }
        Ok(Err(TokenRefusal::Other(error))) => Unanswered { error, may_have_been_sent: false },
        Err(unanswered) => unanswered,
    };
    let Unanswered { error, may_have_been_sent } = error;
    // An answer that got lost may have held a new pair: whoever is refused next should know.
    if (!may_have_been_sent || !context.vault.store().locks_outlive_outages())
        && let Err(failed) = context.vault.clear_intent(key, intent.version)
    {
        context.log(Level::Warn, format_args!("{user}: an intent stays behind: {failed}"));
    }
    // That this caller had no time is nobody else's failure.
    let is_own = error.status() == Status::Timeout && !may_have_been_sent;
    let outcome = Err(error);
    if !is_own {
        context.renewals.note(key, &outcome);
    }
    outcome
}

/// The right to change an authorization, once nothing of it is on its way any more.
pub fn hold(context: &Context<'_>, key: &GrantKey) -> Result<Box<dyn Lock>> {
    let lock = context.lock(Guarded::Grant(key))?;
    await_others(context, key)?;
    Ok(lock)
}

/// Waits for somebody who has sent the refresh token and lost his lock since, as a database that
/// was restarted takes it from the living. The caller holds the lock.
fn await_others(context: &Context<'_>, key: &GrantKey) -> Result<()> {
    while is_awaited(context, context.vault.store().read_grant(key)?.as_ref())? {
        context.pause(LOOK)?;
    }
    Ok(())
}

/// Whether somebody may still wait for the answer to a refresh of this pair.
fn is_awaited(context: &Context<'_>, row: Option<&GrantRow>) -> Result<bool> {
    let store = context.vault.store();
    let Some(row) = row.filter(|_| !store.locks_outlive_outages()) else { return Ok(false) };
    let Some(intent) = row.intent.as_ref().filter(|it| it.version == row.version) else {
        return Ok(false);
    };
    let is_over = match intent.owner == ProcessId::current() {
        true => !Awaiting::is_any(&row.key),
        false => intent.owner.is_gone(),
    };
    // What lies ahead was written by a clock that has been set back.
    Ok(!is_over && (-5..INTENT_LIVES).contains(&(store.now()? - intent.at)))
}

/// That this process awaits the answer about an authorization, through whichever bridge.
struct Awaiting(GrantKey);

static AWAITED: PerProcess<Mutex<Vec<GrantKey>>> = PerProcess::new();

impl Awaiting {
    fn begin(key: &GrantKey) -> Awaiting {
        AWAITED.get_or_init(Mutex::default).lock().push(key.clone());
        Awaiting(key.clone())
    }

    fn is_any(key: &GrantKey) -> bool {
        AWAITED.get_or_init(Mutex::default).lock().contains(key)
    }
}

impl Drop for Awaiting {
    fn drop(&mut self) {
        let awaited = AWAITED.get_or_init(Mutex::default);
        let mut awaited = awaited.lock();
        if let Some(at) = awaited.iter().position(|key| *key == self.0) {
            awaited.swap_remove(at);
        }
    }
}

/// Makes a new pair durable. Until it is, nobody uses it.
fn keep(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    old: &Grant,
    answer: TokenAnswer,
) -> Result<Arc<Grant>> {
    let now = Timestamp::now().as_second();
    let row = &old.row;
    let new = Grant {
        row: GrantRow {
            state: GrantState::Authorized,
            refused_at: None,
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
    let stored = store(context, &new, || context.vault.renew(new.clone(), row.refreshed_at));
    crash::point("refresh.stored");
    match stored {
        Ok(Some(grant)) => {
            context.log(Level::Info, format_args!("{}: {} renewed", row.user, row.key.provider));
            Ok(grant)
        }
        // Consented to anew, or forgotten, while the answer was awaited.
        Ok(None) => check(context, app, user, context.vault.read(&row.key)?),
        Err(error) => {
            context.vault.rescue(&new, row.refreshed_at).map_err(|failed| {
                let user = &row.user;
                context.log(Level::Error, format_args!("{user}: a new token is lost: {failed}"));
                failed
            })?;
            crash::point("refresh.rescued");
            let user = &row.user;
            context.log(Level::Error, format_args!("{user}: a new token is rescued: {error}"));
            Ok(Arc::new(new))
        }
    }
}

/// Tries to store a pair that exists nowhere else: its provider has ended the one before it.
pub fn store<T>(
    context: &Context<'_>,
    new: &Grant,
    mut put: impl FnMut() -> Result<T>,
) -> Result<T> {
    let began = Instant::now();
    loop {
        match put() {
            Err(error) if began.elapsed() < STORE_PATIENCE => {
                let user = &new.row.user;
                context.log(Level::Warn, format_args!("{user}: not stored yet: {error}"));
                std::thread::sleep(STORE_WAIT);
            }
            outcome => return outcome,
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
    audit::ended(context, &grant.row, Status::Reauthorize);
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
            let (earlier_row, user, other) = (other, &row.user, &other.user);
            context.log(Level::Warn, format_args!("{user} linked the account of {other}"));
            audit::ended(context, earlier_row, Status::Reauthorize);
        }
    }
    Ok(())
}

/// The right to call the API for the consenting user himself: in the region that the provider
/// named, or in the configured place.
pub fn access<'a>(app: &'a App, grant: &'a Grant) -> Access<'a> {
    let configured = app.endpoints.api_url.as_str().trim_end_matches('/');
    let regional = grant.tokens.api_url.as_deref().filter(|_| app.uses_default_api);
    Access { token: &grant.tokens.access, api_url: regional.unwrap_or(configured), host: Host::Me }
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
