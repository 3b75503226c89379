//! The `state` of an authorization request (RFC 6749, section 10.12): sealed, not stored.
//!
//! It carries all that the callback needs, so that any server of a cluster can finish a flow,
//! starting one writes nothing, and nobody can fill the store. Its nonce makes it good for one
//! use, and the PKCE verifier (RFC 7636) is derived from the nonce instead of being kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::PkceCodeVerifier;

use crate::error::{Error, Result, Status};
use crate::settings::{App, Redirect, ShortName};
use crate::store::seal::{KeyId, KeyRing, Randomness};
use crate::text;
use crate::user::UserName;

/// How long a person may take between start and callback, in seconds.
pub const LIFETIME: i64 = 600;
/// How far the clocks of two servers of a cluster may lie apart, in seconds.
const CLOCK_SKEW: i64 = 60;

const PURPOSE: &str = "state";
const NONCE_LENGTH: usize = 16;
const BINDING_LENGTH: usize = 16;
const FIXED_LENGTH: usize = 8 + NONCE_LENGTH + 2 * size_of::<ShortName>() + 1 + BINDING_LENGTH;

/// What one flow is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Seconds since 1970.
    pub started_at: i64,
    /// The salt with which the state is sealed: no secret, but never the same again.
    pub nonce: [u8; NONCE_LENGTH],
    /// Short names, so that the whole stays below 600 characters: the callback looks them up in
    /// its own settings, which it must trust anyway.
    app: ShortName,
    redirect: ShortName,
    binding: Option<[u8; BINDING_LENGTH]>,
    pub user: String,
}

impl State {
    pub fn new(
        app: &App,
        redirect: &Redirect,
        user: &UserName,
        binding: Option<&str>,
        now: i64,
        nonce: [u8; NONCE_LENGTH],
    ) -> State {
        State {
            started_at: now,
            nonce,
            app: app.short_name,
            redirect: redirect.short_name,
            binding: binding.map(|binding| text::short_digest(&[binding])),
            user: user.display.clone(),
        }
    }

    pub fn seal(&self, keys: &KeyRing, random: Randomness) -> Result<String> {
        let mut plain = Vec::with_capacity(FIXED_LENGTH + self.user.len());
        plain.extend_from_slice(&self.started_at.to_be_bytes());
        // The salt once more; states that are under way have it here.
        plain.extend_from_slice(&self.nonce);
        plain.extend_from_slice(&self.app);
        plain.extend_from_slice(&self.redirect);
        plain.push(self.binding.is_some().into());
        plain.extend_from_slice(&self.binding.unwrap_or_default());
        plain.extend_from_slice(self.user.as_bytes());
        Ok(URL_SAFE_NO_PAD.encode(keys.seal_with(random, PURPOSE, &[], &plain)?))
    }

    /// Opens a state and says which key it was made with. STATE_INVALID if it is not ours,
    /// STATE_EXPIRED if it is too old.
    pub fn open(keys: &KeyRing, text: &str, now: i64) -> Result<(State, KeyId)> {
        let invalid = || Error::new(Status::StateInvalid, "the state was not made here");
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let key = KeyId::of_sealed(&sealed).ok_or_else(invalid)?;
        let plain = keys.open(PURPOSE, &[], sealed).map_err(|_| invalid())?;
        let state = State::read(&plain).ok_or_else(invalid)?;
        let age = now - state.started_at;
        if !(-CLOCK_SKEW..=LIFETIME).contains(&age) {
            let detail = format!("the authorization was started {age} seconds ago");
            return Err(Error::new(Status::StateExpired, detail));
        }
        Ok((state, key))
    }

    fn read(plain: &[u8]) -> Option<State> {
        let (started_at, rest) = plain.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (app, rest) = rest.split_first_chunk()?;
        let (redirect, rest) = rest.split_first_chunk()?;
        let (bound, rest) = rest.split_first()?;
        let (binding, user) = rest.split_first_chunk()?;
        Some(State {
            started_at: i64::from_be_bytes(*started_at),
            nonce: *nonce,
            app: *app,
            redirect: *redirect,
            binding: (*bound == 1).then_some(*binding),
            user: String::from_utf8(user.to_vec()).ok()?,
        })
    }

    pub fn is_for_app(&self, app: &App) -> bool {
        self.app == app.short_name
    }

    pub fn is_for_redirect(&self, redirect: &Redirect) -> bool {
        self.redirect == redirect.short_name
    }

    pub fn has_binding(&self) -> bool {
        self.binding.is_some()
    }

    /// Whether the callback comes from the browser that started the flow.
    pub fn is_bound_to(&self, binding: &str) -> bool {
        self.binding == Some(text::short_digest(&[binding]))
    }

    /// The PKCE verifier of this flow: 43 characters of RFC 7636, section 4.1.
    pub fn verifier(&self, keys: &KeyRing, key: KeyId) -> Result<PkceCodeVerifier> {
        let secret = keys.derive(key, "pkce", &self.nonce).map_err(|_| {
            Error::new(Status::StateInvalid, "the key of this state is no longer in the settings")
        })?;
        Ok(PkceCodeVerifier::new(URL_SAFE_NO_PAD.encode(secret)))
    }
}

#[cfg(test)]
mod tests {
    use oauth2::PkceCodeChallenge;

    use super::*;
    use crate::settings::Settings;

    /// The key is 32 times the byte 7.
    fn settings() -> (Settings, KeyRing) {
        let settings = Settings::parse(
            r#"{"apps": [{"provider": "zoom", "client_id": "abc", "client_secret": "s",
                "redirect_urls": ["https://mail.example.com/", "https://mail.example.com/oauth"]}],
               "store": {"sqlite": "/s.db"},
               "key": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="}"#,
        );
        let settings = settings.unwrap();
        let keys = KeyRing::load(&settings.keys, true).unwrap();
        (settings, keys)
    }

    #[test]
    fn what_another_server_of_the_cluster_started_is_understood() {
        // By version 0.1.0, in 2026.
        const STATE: &str = "AVASrA9V4kXQOsLl1WVou4ObiCiKkwaF3CK7y7cqOVW0Bm5t2yfUULQT6xnENdbY_pOPe7s\
            bBMoTthr9mw85FAma5ZVpAdreyyBWSXg_L9yT3rCghkfwHTm653rtwOzSl0lQtx8RPQkzOyNzXIwwYo7Z73s-Ziu\
            62_Zh78LJUA";
        const CHALLENGE: &str = "lN0R2cLH4IHFFVu0mOriB7vtVnOmGa44Z_xYTn0YcoA";
        let (settings, keys) = settings();
        let (state, key) = State::open(&keys, STATE, 1_795_352_971).unwrap();
        assert_eq!(state.user, "Anna Berg/HR/Acme");
        let app = &settings.apps[0];
        assert!(state.is_for_app(app) && state.is_bound_to("cookie"));
        let fits: Vec<_> = app.redirect_urls.iter().map(|it| state.is_for_redirect(it)).collect();
        assert_eq!(fits, [false, true]);
        let verifier = state.verifier(&keys, key).unwrap();
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(challenge.as_str(), CHALLENGE);
    }

    #[test]
    fn what_is_sealed_comes_back_and_never_twice_alike() {
        let (settings, keys) = settings();
        let (app, user) = (&settings.apps[0], UserName::parse(&"x".repeat(320)).unwrap());
        let start = || {
            let random = Randomness::draw().unwrap();
            let redirect = &app.redirect_urls[0];
            let state = State::new(app, redirect, &user, None, 1000, random.salt());
            (state.seal(&keys, random).unwrap(), state)
        };
        let (sealed, state) = start();
        assert!(sealed.len() <= 600, "{}", sealed.len());
        assert_eq!(State::open(&keys, &sealed, 1000 + LIFETIME), Ok((state.clone(), keys.first())));
        assert!(State::open(&keys, &sealed, 1001 + LIFETIME).is_err());
        let (other, second) = start();
        // Neither its nonce nor what it was sealed with.
        assert_ne!(second.nonce, state.nonce);
        assert_ne!(other[12..49], sealed[12..49]);
    }
}
