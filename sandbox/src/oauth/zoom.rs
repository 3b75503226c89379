//! Zoom's token and revocation endpoints.

use super::grants::{Grant, Names, Pair, Refused};
use super::{equal, parameters};
use crate::call::{Answer, Call, first};
use crate::options::{AppKind, Provider};
use crate::site::Site;
use crate::webhook;
use crate::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// `POST /oauth/token`. Zoom's RFC 8414 document lists `client_secret_basic` as the only way for
/// a client to authenticate.
pub fn token(site: &Site, call: &Call) -> Answer {
    let form = parameters(call);
    let mut world = site.world();
    let client_id = match authenticate(&world, call) {
        Ok(client_id) => client_id,
        Err(answer) => return tracked(site, answer),
    };
    let answer = match first(&form, "grant_type") {
        Some("authorization_code") => exchange(site, &mut world, &client_id, &form),
        Some("refresh_token") => refresh(site, &mut world, &client_id, &form),
        Some("account_credentials") => server(site, &mut world, &client_id, &form),
        Some(_) => error(400, "unsupported_grant_type", "Unsupported grant type"),
        None => error(400, "invalid_request", "The grant_type is missing"),
    };
    tracked(site, answer)
}

/// Zoom's OAuth errors: the text is in `reason`; there is no `error_description`.
fn error(status: u16, error: &str, reason: &str) -> Answer {
    Answer::json(status, &json!({ "reason": reason, "error": error }))
}

fn tracked(site: &Site, answer: Answer) -> Answer {
    answer.with("x-zm-trackingid", &site.tracking(Provider::Zoom))
}

/// Basic authentication. The status of a failure is the one RFC 6749 5.2 demands; Zoom documents
/// only the body (4702, 4704).
fn authenticate(world: &World, call: &Call) -> Result<String, Answer> {
    let wrong = || error(401, "invalid_client", "Invalid client_id or client_secret");
    let basic = call
        .header("authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, credentials)| STANDARD.decode(credentials.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(wrong)?;
    let (client_id, secret) = basic.split_once(':').ok_or_else(wrong)?;
    let app = world.app(Provider::Zoom, client_id).ok_or_else(wrong)?;
    if !equal(&app.client_secret, secret) {
        return Err(wrong());
    }
    if !app.enabled {
        // 4717; the published table gives no body for it.
        return Err(error(401, "unauthorized_client", "The app is disabled"));
    }
    Ok(client_id.to_owned())
}

fn exchange(site: &Site, world: &mut World, client_id: &str, form: &[(String, String)]) -> Answer {
    let now = site.clock.now();
    let verifier = first(form, "code_verifier");
    if let Some(verifier) = verifier {
        site.ledger.add(|all| all.code_verifiers.push(verifier.to_owned()));
    }
    let bad_code = || error(400, "invalid_grant", "Invalid authorization code");
    let Some(code) = first(form, "code").and_then(|text| world.grants.code(text)) else {
        return bad_code();
    };
    if code.provider != Provider::Zoom || code.client_id != client_id {
        return bad_code();
    }
    if code.used {
        site.book.change(|s| s.codes.replayed += 1);
        return bad_code();
    }
    if code.expires <= now {
        return error(400, "invalid_grant", "The authorization code has expired");
    }
    if first(form, "redirect_uri") != Some(code.redirect_uri.as_str()) {
        return error(400, "invalid_request", "Redirect URI mismatch");
    }
    if let Some(challenge) = &code.challenge
        && !verifier.is_some_and(|verifier| challenge.fits(verifier))
    {
        return error(400, "invalid_grant", "Invalid code verifier");
    }
    code.used = true;
    let code = code.clone();
    site.book.change(|s| s.codes.exchanged += 1);
    let number = world.grants.start(Grant {
        provider: Provider::Zoom,
        client_id: client_id.to_owned(),
        person: Some(code.person),
        scopes: code.scopes,
        ended: false,
    });
    let pair = issue(site, world, number, None);
    success(world, &pair)
}

fn refresh(site: &Site, world: &mut World, client_id: &str, form: &[(String, String)]) -> Answer {
    let now = site.clock.now();
    let Some(old) = first(form, "refresh_token") else {
        return error(400, "invalid_request", "The refresh_token is missing");
    };
    let number = match world.grants.check_refresh(Provider::Zoom, client_id, old, now) {
        Ok(number) => number,
        Err(refused) => {
            if refused == Refused::Stale {
                site.book.change(|s| s.refresh_replays += 1);
            }
            // "If you use a prior refresh token … you will receive an 'Invalid Token!' error"
            // (Zoom support, 360060332931); the body as seen in production in 2026.
            return error(400, "invalid_grant", "Invalid Token!");
        }
    };
    if world.settings.zoom_refresh_ends_access {
        world.grants.end_access(number);
    }
    let keep = (!world.settings.zoom_rotate).then(|| old.to_owned());
    if keep.is_none() {
        world.grants.replace_refresh(old);
    }
    let pair = issue(site, world, number, keep);
    count_refresh(site, world, number, Provider::Zoom);
    success(world, &pair)
}

/// Counts a refresh for its user.
pub fn count_refresh(site: &Site, world: &World, number: usize, provider: Provider) {
    let Some(person) = world.grants.grant(number).person else {
        return;
    };
    let email = world.people[person].user.email.clone();
    site.book.change(|s| {
        *s.refreshes.entry(email).or_default().entry(provider).or_default() += 1;
    });
}

fn issue(site: &Site, world: &mut World, number: usize, keep: Option<String>) -> Pair {
    let now = site.clock.now();
    let grant = world.grants.grant(number);
    let user = match grant.person {
        Some(person) => world.people[person].zoom_id.clone(),
        None => grant.client_id.clone(),
    };
    let scopes = grant.scopes.clone();
    let names = Names { user: &user, account: &world.zoom_account };
    let (grants, settings) = (&mut world.grants, &world.settings);
    let access = grants.issue_access(
        number,
        names,
        settings.zoom_access_seconds,
        now,
        &site.ids,
        &site.ledger,
    );
    let refresh = keep.unwrap_or_else(|| {
        let life = settings.zoom_refresh_seconds;
        grants.issue_refresh(number, names, life, now, &site.ids, &site.ledger)
    });
    site.book.change(|s| *s.tokens_issued.entry(Provider::Zoom).or_default() += 1);
    Pair { access, refresh, scopes }
}

fn success(world: &World, pair: &Pair) -> Answer {
    let body = json!({
        "access_token": pair.access,
        "token_type": "bearer",
        "refresh_token": pair.refresh,
        "expires_in": world.settings.zoom_access_seconds,
        "scope": pair.scopes.join(" "),
        "api_url": world.settings.zoom_api_url,
    });
    Answer::json(200, &body).with("cache-control", "no-store")
}

/// Server-to-Server: one hour, no refresh token, several may be valid at once (Zoom,
/// "Server-to-Server OAuth").
fn server(site: &Site, world: &mut World, client_id: &str, form: &[(String, String)]) -> Answer {
    let app = world.app(Provider::Zoom, client_id);
    let Some(app) = app.filter(|app| app.kind == AppKind::Server) else {
        return error(400, "unsupported_grant_type", "Unsupported grant type");
    };
    let scopes = app.scopes.clone();
    if first(form, "account_id") != Some(world.zoom_account.as_str()) {
        return error(400, "invalid_request", "Bad Request");
    }
    let number = world.grants.start(Grant {
        provider: Provider::Zoom,
        client_id: client_id.to_owned(),
        person: None,
        scopes: scopes.clone(),
        ended: false,
    });
    let names = Names { user: client_id, account: &world.zoom_account };
    let life = world.settings.zoom_access_seconds;
    let now = site.clock.now();
    let access = world.grants.issue_access(number, names, life, now, &site.ids, &site.ledger);
    site.book.change(|s| *s.tokens_issued.entry(Provider::Zoom).or_default() += 1);
    let body = json!({
        "access_token": access,
        "token_type": "bearer",
        "expires_in": life,
        "scope": scopes.join(" "),
        "api_url": world.settings.zoom_api_url,
    });
    Answer::json(200, &body).with("cache-control", "no-store")
}

/// `POST /oauth/revoke`: the documented token is the access token. "The revoke endpoint actually
/// does uninstall the app and trigger the deauth flow" (Zoom staff, devforum 18432).
pub fn revoke(site: &Site, call: &Call) -> Answer {
    let form = parameters(call);
    let mut world = site.world();
    let client_id = match authenticate(&world, call) {
        Ok(client_id) => client_id,
        Err(answer) => return tracked(site, answer),
    };
    let now = site.clock.now();
    let token = first(&form, "token").unwrap_or_default();
    let number = match world.grants.check(Provider::Zoom, token, now) {
        Ok(number) if world.grants.grant(number).client_id == client_id => number,
        // What an unknown or expired token gets is not documented.
        _ => return tracked(site, error(400, "invalid_request", "Invalid Token!")),
    };
    world.grants.end(number);
    webhook::zoom::deauthorized(site, &world, number);
    tracked(site, Answer::json(200, &json!({ "status": "success" })))
}
