//! From the authorization URL to the stored grant: the authorization code flow of RFC 6749 with
//! PKCE (RFC 7636).

use std::sync::Arc;

use jiff::Timestamp;
use oauth2::{PkceCodeChallenge, RedirectUrl};

use super::callback::Callback;
use super::state::{self, Returned, State};
use super::{Authorization, key_of, tend_webhooks, token};
use crate::context::Context;
use crate::crash;
use crate::error::{Error, Result, Status};
use crate::http;
use crate::log::Level;
use crate::provider::{TokenAnswer, TokenGrant, TokenRefusal};
use crate::settings::{App, AppKind, Redirect};
use crate::store::vault::{Grant, Tokens};
use crate::store::{GrantRow, GrantState};
use crate::user::UserName;

/// The URL to which the user's browser is sent. Writes nothing and sends nothing.
pub fn start(
    context: &Context<'_>,
    app: &App,
    user: &UserName,
    redirect: &Redirect,
) -> Result<String> {
    let (call, keys) = (context.call, context.vault.keys());
    let binding = call.options.binding.as_deref();
    let now = call.began_at.as_second();
    let (state, verifier) = State::new(app, redirect, user, binding, now).seal(keys)?;
    let challenge = app.pkce.then(|| PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    Ok(redirect.authorization_url(&state, challenge.as_ref()))
}

/// Finishes a flow: `user` is the signed-in user, or `None` where the host cannot tell and a
/// binding stands for him.
pub fn complete(
    context: &Context<'_>,
    user: Option<&UserName>,
    callback: &str,
) -> Result<Authorization> {
    let callback = Callback::parse(callback)?;
    let Some(text) = &callback.state else {
        return Err(callback
            .refusal()
            .unwrap_or_else(|| Error::new(Status::StateMissing, "the callback has no state")));
    };
    let now = Timestamp::now().as_second();
    let Returned { state, nonce, verifier } = State::open(context.vault.keys(), text, now)?;
    let starter = UserName::parse(&state.user)?;
    context.trail.note(|row| row.user = Some(starter.display.clone()));
    let user = check_user(context, user, starter, &state)?;
    let app = find_app(context, &state)?;
    context.trail.about(app);
    let provider = app.provider.name();
    if !app.serves(&user) {
        let detail = format!("{} is not a member of this app", user);
        return Err(Error::new(Status::NotAMember, detail).with_provider(provider));
    }
    let redirect = find_redirect(app, &state)?;
    if let Some(refusal) = callback.refusal() {
        return Err(refusal.with_provider(provider));
    }
    let Some(code) = callback.code else {
        return Err(Error::invalid_argument("callback: neither code nor error"));
    };
    let verifier = app.pkce.then_some(verifier);

    // Nobody may refresh, revoke or complete for this user meanwhile.
    let grant_key = key_of(app, &user);
    let lock = token::hold(context, &grant_key)?;
    let forget_at = state.started_at + state::LIFETIME + 60;
    if !context.vault.store().claim_nonce(&nonce, forget_at)? {
        let detail = "this callback was used before";
        return Err(Error::new(Status::StateReplayed, detail).with_provider(provider));
    }
    crash::point("complete.claimed");
    let grant = TokenGrant::Code { code: &code, redirect, verifier: verifier.as_ref() };
    let (answer, told_at) = exchange(context, app, grant)?;
    crash::point("complete.answered");
    let now = Timestamp::now().as_second();
    let asked = || app.scopes.iter().map(|scope| scope.to_string()).collect();
    let row = GrantRow {
        key: grant_key,
        user: user.display.clone(),
        version: 0,
        state: GrantState::Authorized,
        refused_at: None,
        scopes: answer.scopes.unwrap_or_else(asked),
        account: None,
        authorized_at: given_at(told_at, now),
        refreshed_at: now,
        expires_at: token::expiry(now, answer.expires_in),
        sealed: Vec::new(),
        intent: None,
    };
    let tokens = Tokens { access: answer.access, refresh: answer.refresh, api_url: answer.api_url };
    let grant = Grant { row, tokens: Arc::new(tokens) };
    let grant = token::store(context, &grant, || context.vault.put(grant.clone()))?;
    crash::point("complete.stored");
    context.log(Level::Info, format_args!("{} authorized {provider}", user));
    let grant = token::ask_account(context, app, grant);
    drop(lock);
    if let Err(error) = tend_webhooks(context, app, &user) {
        context.log(Level::Warn, format_args!("{user}: webhooks are not in order: {error}"));
    }
    Ok(Authorization::from(&grant.row))
}

fn check_user(
    context: &Context<'_>,
    user: Option<&UserName>,
    starter: UserName,
    state: &State,
) -> Result<UserName> {
    let binding = context.call.options.binding.as_deref();
    let bound = binding.is_some_and(|binding| state.is_bound_to(binding));
    match user {
        None if !bound => Err(Error::invalid_argument(
            "user: missing, and options.binding is not the one that was given at the start",
        )),
        Some(user) if user.key != starter.key => {
            let detail = format!("the flow was started for another user than {}", user);
            Err(Error::new(Status::UserMismatch, detail))
        }
        Some(_) if (binding.is_some() || state.has_binding()) && !bound => {
            Err(Error::new(Status::UserMismatch, "the flow was started in another browser"))
        }
        _ => Ok(starter),
    }
}

fn find_app<'a>(context: &Context<'a>, state: &State) -> Result<&'a App> {
    let apps = &context.settings.apps;
    let takes_consent = |app: &&App| app.enabled && app.kind != AppKind::Server;
    apps.iter().filter(takes_consent).find(|app| state.is_for_app(app)).ok_or_else(|| {
        Error::new(Status::StateInvalid, "the app of this state is no longer in the settings")
    })
}

fn find_redirect<'a>(app: &'a App, state: &State) -> Result<&'a RedirectUrl> {
    let found = app.redirect_urls.iter().find(|redirect| state.is_for_redirect(redirect));
    found.map(|redirect| &redirect.url).ok_or_else(|| {
        let detail = "the redirect URL of this state is no longer in the settings";
        Error::new(Status::StateInvalid, detail)
    })
}

/// The answer, and when it was given by the provider's clock.
fn exchange(
    context: &Context<'_>,
    app: &App,
    grant: TokenGrant<'_>,
) -> Result<(TokenAnswer, Option<Timestamp>)> {
    let request = app.provider.token_request(app.client(), grant)?;
    let response = context.send(app.provider.name(), request)?;
    let answer = app.provider.read_token(&response).map_err(|refusal| match refusal {
        TokenRefusal::Grant(error, _) => error.with_status(Status::ProviderRejected),
        TokenRefusal::Other(error) => error,
    })?;
    Ok((answer, http::date(&response)))
}

/// When the consent was given by the provider's clock, with which the time of its end will be
/// compared; by ours if that tells nothing sensible.
fn given_at(told: Option<Timestamp>, now: i64) -> i64 {
    const DAY: u64 = 86_400;
    let told = told.map(Timestamp::as_second);
    told.filter(|told| told.abs_diff(now) <= DAY).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_is_dated_by_the_provider_unless_its_clock_is_absurd() {
        let answer = |date: &str| {
            let answer = ::http::Response::builder().header("date", date).body(Vec::new());
            http::date(&answer.unwrap())
        };
        let now = 1_798_804_800;
        for (date, wanted) in [
            ("Fri, 01 Jan 2027 12:00:07 GMT", now + 7),
            ("Fri, 01 Jan 2027 11:00:00 GMT", now - 3600),
            ("Sun, 03 Jan 2027 12:00:00 GMT", now),
            ("Thu, 01 Jan 1970 00:00:00 GMT", now),
            ("soon", now),
        ] {
            assert_eq!(given_at(answer(date), now), wanted, "{date}");
        }
    }
}
