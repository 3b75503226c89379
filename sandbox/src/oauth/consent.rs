//! The authorization endpoint: what is checked before a person is asked, and what follows.

use super::grants::Code;
use super::pkce::Challenge;
use super::{page, shape, words};
use crate::call::{Answer, Call, first};
use crate::options::{App, AppKind, Provider};
use crate::settings::Unapproved;
use crate::site::Site;
use crate::world::World;
use jiff::SignedDuration;
use url::Url;

/// Lifetime of a code. Zoom publishes five minutes; Webex publishes none.
const CODE_SECONDS: i64 = 300;

/// `GET /oauth/authorize`.
pub fn zoom_page(site: &Site, call: &Call) -> Answer {
    show(site, Provider::Zoom, call)
}

/// The form of that page.
pub fn zoom_decide(site: &Site, call: &Call) -> Answer {
    decide(site, Provider::Zoom, call)
}

/// `GET /v1/authorize`.
pub fn webex_page(site: &Site, call: &Call) -> Answer {
    show(site, Provider::Webex, call)
}

/// The form of that page.
pub fn webex_decide(site: &Site, call: &Call) -> Answer {
    decide(site, Provider::Webex, call)
}

fn show(site: &Site, provider: Provider, call: &Call) -> Answer {
    let world = site.world();
    match Wish::read(&world, provider, &call.query) {
        Ok(wish) => Answer::html(200, page::consent(&world, provider, &wish, &call.query)),
        Err(refusal) => refusal.answer(),
    }
}

fn decide(site: &Site, provider: Provider, call: &Call) -> Answer {
    let form = call.form();
    let user = first(&form, "user").unwrap_or_default();
    let decision = first(&form, "decision").unwrap_or_default();
    match settle(site, provider, &form, user, decision) {
        Ok(location) => Answer::redirect(&location),
        Err(refusal) => refusal.answer(),
    }
}

/// What a valid authorization request asks for.
#[derive(Debug)]
pub struct Wish {
    /// By whom.
    pub app: App,
    /// Where the browser goes afterwards.
    pub redirect_uri: Url,
    /// As it came; must be the same at the exchange.
    pub redirect_text: String,
    /// Comes back unchanged.
    pub state: Option<String>,
    /// What for.
    pub scopes: Vec<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
}

/// Why nobody is asked.
#[derive(Debug)]
pub enum Refusal {
    /// An error page: the redirect URI cannot be trusted (RFC 6749 4.1.2.1).
    Page(u16, String),
    /// An `error` at the redirect URI.
    Redirect(String),
}

impl Refusal {
    fn answer(self) -> Answer {
        match self {
            Refusal::Page(status, text) => Answer::html(status, page::error(&text)),
            Refusal::Redirect(location) => Answer::redirect(&location),
        }
    }
}

impl Wish {
    /// Checks an authorization request.
    pub fn read(
        world: &World,
        provider: Provider,
        query: &[(String, String)],
    ) -> Result<Wish, Refusal> {
        let zoom = provider == Provider::Zoom;
        let page = |code: u16, text: &str| {
            let text = if zoom { format!("{text} ({code})") } else { text.to_owned() };
            Refusal::Page(400, text)
        };
        let client_id = first(query, "client_id").unwrap_or_default();
        let app = world
            .app(provider, client_id)
            .filter(|app| app.kind != AppKind::Server)
            .ok_or_else(|| page(4702, "Invalid client id"))?
            .clone();
        // "redirect_uri must match exactly, else 4709" (Zoom OAuth errors).
        let redirect_text = first(query, "redirect_uri").unwrap_or_default().to_owned();
        let redirect_uri = Url::parse(&redirect_text)
            .ok()
            .filter(|url| allowed(&app, &redirect_text, url))
            .ok_or_else(|| page(4709, "Invalid redirect"))?;
        let state = first(query, "state").map(str::to_owned);
        if !app.enabled {
            return Err(page(4717, "The app has been disabled"));
        }
        let back = |error: &str| Refusal::Redirect(with_error(&redirect_uri, error, &state));
        if !app.approved {
            return Err(match world.settings.zoom_unapproved {
                Unapproved::Page if zoom => {
                    page(4738, "The app has not been approved by your administrator")
                }
                _ => back("access_denied"),
            });
        }
        if first(query, "response_type") != Some("code") {
            return Err(back("unsupported_response_type"));
        }
        let scopes = match scopes(&app, provider, query) {
            Some(scopes) => scopes,
            None => return Err(back("invalid_scope")),
        };
        let method = first(query, "code_challenge_method");
        let challenge = Challenge::read(first(query, "code_challenge"), method)
            .map_err(|_| back("invalid_request"))?;
        Ok(Wish { app, redirect_uri, redirect_text, state, scopes, challenge })
    }
}

/// Exact match; an app without a list takes every loopback address (RFC 8252 7.3).
fn allowed(app: &App, text: &str, url: &Url) -> bool {
    if !app.redirect_uris.is_empty() {
        return app.redirect_uris.iter().any(|uri| uri == text);
    }
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    loopback && matches!(url.scheme(), "http" | "https")
}

/// The scopes asked for, or none when they are not the app's. Zoom takes the app's own when the
/// query names none; Webex wants "a space-separated subset of those registered scopes"
/// (developer.webex.com, Integration scopes). Zoom's answer to a foreign scope is not documented:
/// RFC 6749's `invalid_scope` here.
fn scopes(app: &App, provider: Provider, query: &[(String, String)]) -> Option<Vec<String>> {
    let asked = words(first(query, "scope").unwrap_or_default());
    if !asked.iter().all(|scope| app.scopes.contains(scope)) {
        return None;
    }
    match (provider, asked.is_empty()) {
        (Provider::Webex, true) => None,
        (Provider::Zoom, true) => Some(app.scopes.clone()),
        (_, false) => {
            let mut scopes = asked;
            if provider == Provider::Zoom {
                let optional = words(first(query, "optional_scope").unwrap_or_default());
                scopes.extend(optional.into_iter().filter(|scope| app.scopes.contains(scope)));
            }
            Some(scopes)
        }
    }
}

/// Carries out a person's decision and returns where the browser goes.
pub fn settle(
    site: &Site,
    provider: Provider,
    query: &[(String, String)],
    user: &str,
    decision: &str,
) -> Result<String, Refusal> {
    let mut world = site.world();
    let wish = Wish::read(&world, provider, query)?;
    if decision != "allow" {
        return Err(Refusal::Redirect(with_error(
            &wish.redirect_uri,
            "access_denied",
            &wish.state,
        )));
    }
    let Some(person) = world.find_person(user) else {
        return Err(Refusal::Page(400, format!("There is no user {user}")));
    };
    // An account-level app "must be authorized by a user with the role permission" (Zoom,
    // "End-user authorization"); the page's words are not published.
    let for_account = wish.app.kind == AppKind::Account && provider == Provider::Zoom;
    if for_account && !world.people[person].user.administrator {
        let text = "You cannot authorize the app. Please contact your administrator. (4738)";
        return Err(Refusal::Page(400, text.to_owned()));
    }
    let email = world.people[person].user.email.clone();
    let mut scopes = wish.scopes;
    let narrowed = world.settings.granted_scopes.get(&email).and_then(|by| by.get(&provider));
    if let Some(narrowed) = narrowed {
        scopes = narrowed.clone();
    }
    if let Some(Challenge::Plain(verifier)) = &wish.challenge {
        // A plain challenge is the verifier itself.
        site.ledger.add(|all| all.code_verifiers.push(verifier.clone()));
    }
    let text = shape::code(&site.ids, provider.name(), &wish.app.client_id, &email);
    let lifetime = SignedDuration::from_secs(CODE_SECONDS);
    let now = site.clock.now();
    world.grants.add_code(
        text.clone(),
        Code {
            provider,
            client_id: wish.app.client_id,
            person,
            redirect_uri: wish.redirect_text,
            scopes,
            challenge: wish.challenge,
            expires: now.checked_add(lifetime).unwrap_or(now),
            used: false,
        },
    );
    site.ledger.add(|all| all.codes.push(text.clone()));
    site.book.change(|s| s.codes.issued += 1);
    let mut location = wish.redirect_uri;
    location.query_pairs_mut().append_pair("code", &text);
    if let Some(state) = &wish.state {
        location.query_pairs_mut().append_pair("state", state);
    }
    Ok(location.into())
}

fn with_error(redirect_uri: &Url, error: &str, state: &Option<String>) -> String {
    let mut location = redirect_uri.clone();
    location.query_pairs_mut().append_pair("error", error);
    if let Some(state) = state {
        location.query_pairs_mut().append_pair("state", state);
    }
    location.into()
}
