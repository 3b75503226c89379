//! The `state` of an authorization request (RFC 6749, section 10.12): sealed, not stored.
//!
//! It carries all that the callback needs, so that any server of a cluster can finish a flow,
//! starting one writes nothing, and nobody can fill the store. Its nonce makes it good for one
//! use, and the PKCE verifier (RFC 7636) follows from its key instead of being kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::PkceCodeVerifier;

use crate::error::{Error, Result, Status};
use crate::settings::{App, Redirect, ShortName};
use crate::store::seal::{Companion, KeyRing, salt_of};
use crate::text;
use crate::user::UserName;

/// How long a person may take between start and callback, in seconds.
pub const LIFETIME: i64 = 600;
/// How far the clocks of two servers of a cluster may lie apart, in seconds.
const CLOCK_SKEW: i64 = 60;

/// With a number, as what is within was laid out otherwise before.
const PURPOSE: &str = "state 2";
const BINDING_LENGTH: usize = 16;
const FIXED_LENGTH: usize = 8 + 2 * size_of::<ShortName>() + 1 + BINDING_LENGTH;

/// What one flow is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Seconds since 1970.
    pub started_at: i64,
    /// Short names, so that the whole stays below 600 characters: the callback looks them up in
    /// its own settings, which it must trust anyway.
    app: ShortName,
    redirect: ShortName,
    binding: Option<[u8; BINDING_LENGTH]>,
    pub user: String,
}

/// A state that came back.
#[derive(Debug)]
pub struct Returned {
    pub state: State,
    /// With what it was sealed: no secret, but never the same again.
    pub nonce: [u8; 16],
    pub verifier: PkceCodeVerifier,
}

impl State {
    pub fn new(
        app: &App,
        redirect: &Redirect,
        user: &UserName,
        binding: Option<&str>,
        now: i64,
    ) -> State {
        State {
            started_at: now,
            app: app.short_name,
            redirect: redirect.short_name,
            binding: binding.map(|binding| text::short_digest(&[binding])),
            user: user.display.clone(),
        }
    }

    /// The state as the provider gets it, and the PKCE verifier of its flow.
    pub fn seal(&self, keys: &KeyRing) -> Result<(String, PkceCodeVerifier)> {
        let mut plain = Vec::with_capacity(FIXED_LENGTH + self.user.len());
        plain.extend_from_slice(&self.started_at.to_be_bytes());
        plain.extend_from_slice(&self.app);
        plain.extend_from_slice(&self.redirect);
        plain.push(self.binding.is_some().into());
        plain.extend_from_slice(&self.binding.unwrap_or_default());
        plain.extend_from_slice(self.user.as_bytes());
        let (sealed, companion) = keys.seal_with_companion(PURPOSE, &[], &plain)?;
        Ok((URL_SAFE_NO_PAD.encode(sealed), verifier(companion)))
    }

    /// Opens a state. STATE_INVALID if it is not ours, STATE_EXPIRED if it is too old.
    pub fn open(keys: &KeyRing, text: &str, now: i64) -> Result<Returned> {
        let invalid = || Error::new(Status::StateInvalid, "the state was not made here");
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let nonce = salt_of(&sealed).ok_or_else(invalid)?;
        let opened = keys.open_with_companion(PURPOSE, &[], sealed);
        let (plain, companion) = opened.map_err(|_| invalid())?;
        let state = State::read(&plain).ok_or_else(invalid)?;
        let age = now - state.started_at;
        if !(-CLOCK_SKEW..=LIFETIME).contains(&age) {
            let detail = format!("the authorization was started {age} seconds ago");
            return Err(Error::new(Status::StateExpired, detail));
        }
        Ok(Returned { state, nonce, verifier: verifier(companion) })
    }

    fn read(plain: &[u8]) -> Option<State> {
        let (started_at, rest) = plain.split_first_chunk()?;
        let (app, rest) = rest.split_first_chunk()?;
        let (redirect, rest) = rest.split_first_chunk()?;
        let (bound, rest) = rest.split_first()?;
        let (binding, user) = rest.split_first_chunk()?;
        Some(State {
            started_at: i64::from_be_bytes(*started_at),
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
}

/// 43 characters of RFC 7636, section 4.1.
fn verifier(companion: Companion) -> PkceCodeVerifier {
    PkceCodeVerifier::new(URL_SAFE_NO_PAD.encode(*companion))
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
        const STATE: &str = "AVASrA9V4kXQrPxAYDRKL4OUBuXUh3_wuWA_bnR1VyHPexDqo-NNFCpMslacbTcVtGmAI1\
            UyfqBQb1Aivp6FExBg21MZnn2E_Ct0NZczoq2oinrpx0mLaXbGlvfSva2qWion9EOyQNB7u_ihx83j";
        const CHALLENGE: &str = "LD9J5O2Qokk2faaw2PNhJQzkfq0bqlx1u84Kez1v2tA";
        let (settings, keys) = settings();
        let Returned { state, verifier, .. } = State::open(&keys, STATE, 1_795_352_971).unwrap();
        assert_eq!(state.user, "Anna Berg/HR/Acme");
        let app = &settings.apps[0];
        assert!(state.is_for_app(app) && state.is_bound_to("cookie"));
        let fits: Vec<_> = app.redirect_urls.iter().map(|it| state.is_for_redirect(it)).collect();
        assert_eq!(fits, [false, true]);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(challenge.as_str(), CHALLENGE);
    }

    #[test]
    fn what_is_sealed_comes_back_and_never_twice_alike() {
        let (settings, keys) = settings();
        let (app, user) = (&settings.apps[0], UserName::parse(&"x".repeat(320)).unwrap());
        let start = || {
            let state = State::new(app, &app.redirect_urls[0], &user, None, 1000);
            let (sealed, verifier) = state.seal(&keys).unwrap();
            (sealed, verifier, state)
        };
        let (sealed, verifier, state) = start();
        assert!(sealed.len() <= 600, "{}", sealed.len());
        let returned = State::open(&keys, &sealed, 1000 + LIFETIME).unwrap();
        assert_eq!((&returned.state, returned.verifier.secret()), (&state, verifier.secret()));
        assert!(State::open(&keys, &sealed, 1001 + LIFETIME).is_err());
        let (other, other_verifier, _) = start();
        let second = State::open(&keys, &other, 1000).unwrap();
        assert_ne!(second.nonce, returned.nonce);
        assert_ne!(other_verifier.secret(), verifier.secret());
        assert_ne!(other[12..49], sealed[12..49]);
    }
}
