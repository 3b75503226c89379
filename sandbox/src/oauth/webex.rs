//! Webex's token endpoint.

use super::grants::{Grant, Names, Refused};
use super::{equal, zoom::count_refresh};
use crate::call::{Answer, Call, first};
use crate::options::Provider;
use crate::site::Site;
use crate::webex::error;
use crate::world::World;
use serde_json::json;

/// `POST /v1/access_token`: `client_id` and `client_secret` come in the body (Cisco's sample
/// "webex-oauth-integration"). Errors have the shape of all Webex errors, not that of RFC 6749;
/// their texts are not confirmed.
pub fn token(site: &Site, call: &Call) -> Answer {
    let form = call.form();
    let mut world = site.world();
    let client_id = first(&form, "client_id").unwrap_or_default();
    let secret = first(&form, "client_secret").unwrap_or_default();
    let app = world.app(Provider::Webex, client_id);
    if !app.is_some_and(|app| equal(&app.client_secret, secret)) {
        return error(site, 401, "Invalid client credentials.", &[]);
    }
    if !app.is_some_and(|app| app.enabled) {
        return error(site, 401, "The integration is disabled.", &[]);
    }
    match first(&form, "grant_type") {
        Some("authorization_code") => exchange(site, &mut world, client_id, &form),
        Some("refresh_token") => refresh(site, &mut world, client_id, &form),
        _ => error(site, 400, "The grant_type is missing or not supported.", &[]),
    }
}

fn exchange(site: &Site, world: &mut World, client_id: &str, form: &[(String, String)]) -> Answer {
    let now = site.clock.now();
    let verifier = first(form, "code_verifier");
    if let Some(verifier) = verifier {
        site.ledger.add(|all| all.code_verifiers.push(verifier.to_owned()));
    }
    let bad_code = || error(site, 400, "The authorization code is invalid or has expired.", &[]);
    let Some(code) = first(form, "code").and_then(|text| world.grants.code(text)) else {
        return bad_code();
    };
    if code.provider != Provider::Webex || code.client_id != client_id {
        return bad_code();
    }
    if code.used {
        site.book.change(|s| s.codes.replayed += 1);
        return bad_code();
    }
    if code.expires <= now {
        return bad_code();
    }
    if first(form, "redirect_uri") != Some(code.redirect_uri.as_str()) {
        return error(site, 400, "The redirect_uri does not match.", &[]);
    }
    if let Some(challenge) = &code.challenge
        && !verifier.is_some_and(|verifier| challenge.fits(verifier))
    {
        return error(site, 400, "The code_verifier does not match.", &[]);
    }
    code.used = true;
    let code = code.clone();
    site.book.change(|s| s.codes.exchanged += 1);
    let number = world.grants.start(Grant {
        provider: Provider::Webex,
        client_id: client_id.to_owned(),
        person: Some(code.person),
        scopes: code.scopes,
        ended: false,
    });
    let refresh = issue_refresh(site, world, number);
    success(site, world, number, Some(&refresh))
}

/// Using a refresh token renews its 90 days; the string normally stays the same (Webex
/// "Authorizations": "refresh tokens, when being regularly used, will be refreshed to last
/// forever"). Rotation and a missing field are settings, as neither is documented.
fn refresh(site: &Site, world: &mut World, client_id: &str, form: &[(String, String)]) -> Answer {
    let now = site.clock.now();
    let old = first(form, "refresh_token").unwrap_or_default();
    let number = match world.grants.check_refresh(Provider::Webex, client_id, old, now) {
        Ok(number) => number,
        Err(refused) => {
            if refused == Refused::Stale {
                site.book.change(|s| s.refresh_replays += 1);
            }
            let text = "The refresh token provided is expired, revoked, malformed, or invalid.";
            return error(site, 400, text, &[text]);
        }
    };
    count_refresh(site, world, number, Provider::Webex);
    if world.settings.webex_rotate {
        world.grants.replace_refresh(old);
        let new = issue_refresh(site, world, number);
        return success(site, world, number, Some(&new));
    }
    let life = world.settings.webex_refresh_seconds;
    world.grants.renew_refresh(old, life, now);
    let shown = (!world.settings.webex_omit_refresh_token).then_some(old);
    success(site, world, number, shown)
}

fn issue_refresh(site: &Site, world: &mut World, number: usize) -> String {
    let user = user_of(world, number);
    let names = Names { user: &user, account: &world.webex_org };
    let life = world.settings.webex_refresh_seconds;
    let now = site.clock.now();
    world.grants.issue_refresh(number, names, life, now, &site.ids, &site.ledger)
}

fn user_of(world: &World, number: usize) -> String {
    let person = world.grants.grant(number).person;
    person.map(|person| world.people[person].webex_id.clone()).unwrap_or_default()
}

fn success(site: &Site, world: &mut World, number: usize, refresh: Option<&str>) -> Answer {
    let user = user_of(world, number);
    let names = Names { user: &user, account: &world.webex_org };
    let life = world.settings.webex_access_seconds;
    let now = site.clock.now();
    let access = world.grants.issue_access(number, names, life, now, &site.ids, &site.ledger);
    site.book.change(|s| *s.tokens_issued.entry(Provider::Webex).or_default() += 1);
    let mut body = json!({ "access_token": access, "expires_in": life });
    if let Some(refresh) = refresh {
        body["refresh_token"] = json!(refresh);
        body["refresh_token_expires_in"] = json!(world.settings.webex_refresh_seconds);
    }
    if world.settings.webex_type_and_scope {
        body["token_type"] = json!("Bearer");
        body["scope"] = json!(world.grants.grant(number).scopes.join(" "));
    }
    Answer::json(200, &body)
        .with("cache-control", "no-store")
        .with("trackingid", &site.tracking(Provider::Webex))
}
