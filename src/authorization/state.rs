//! The `state` of an authorization request (RFC 6749, section 10.12): sealed, not stored.
//!
//! It carries all that the callback needs, so that any server of a cluster can finish a flow,
//! starting one writes nothing, and nobody can fill the store. Its nonce makes it good for one
//! use, and the PKCE verifier (RFC 7636) is derived from the nonce instead of being kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::PkceCodeVerifier;
use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, Result, Status};
use crate::settings::App;
use crate::store::seal::{KeyId, KeyRing};
use crate::user::UserName;

/// How long a person may take between start and callback, in seconds.
pub const LIFETIME: i64 = 600;
/// How far the clocks of two servers of a cluster may lie apart, in seconds.
const CLOCK_SKEW: i64 = 60;

const PURPOSE: &str = "state";
const NONCE_LENGTH: usize = 16;
const NAME_LENGTH: usize = 8;
const BINDING_LENGTH: usize = 16;
const FIXED_LENGTH: usize = 8 + NONCE_LENGTH + NAME_LENGTH + NAME_LENGTH + 1 + BINDING_LENGTH;

/// What one flow is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Seconds since 1970.
    pub started_at: i64,
    pub nonce: [u8; NONCE_LENGTH],
    /// Short names, so that the whole stays below 600 characters: the callback looks them up in
    /// its own settings, which it must trust anyway.
    app: [u8; NAME_LENGTH],
    redirect: [u8; NAME_LENGTH],
    binding: Option<[u8; BINDING_LENGTH]>,
    pub user: String,
}

impl State {
    pub fn new(
        app: &App,
        redirect: &str,
        user: &UserName,
        binding: Option<&str>,
        now: i64,
    ) -> Result<State> {
        let mut nonce = [0; NONCE_LENGTH];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| Error::internal("the system gives no random numbers"))?;
        Ok(State {
            started_at: now,
            nonce,
            app: app_name(app),
            redirect: short(&[redirect]),
            binding: binding.map(|binding| short(&[binding])),
            user: user.display.clone(),
        })
    }

    pub fn seal(&self, keys: &KeyRing) -> Result<String> {
        let mut plain = Vec::with_capacity(FIXED_LENGTH + self.user.len());
        plain.extend_from_slice(&self.started_at.to_be_bytes());
        plain.extend_from_slice(&self.nonce);
        plain.extend_from_slice(&self.app);
        plain.extend_from_slice(&self.redirect);
        plain.push(self.binding.is_some().into());
        plain.extend_from_slice(&self.binding.unwrap_or_default());
        plain.extend_from_slice(self.user.as_bytes());
        Ok(URL_SAFE_NO_PAD.encode(keys.seal(PURPOSE, &[], &plain)?))
    }

    /// Opens a state and says which key it was made with. STATE_INVALID if it is not ours,
    /// STATE_EXPIRED if it is too old.
    pub fn open(keys: &KeyRing, text: &str, now: i64) -> Result<(State, KeyId)> {
        let invalid = || Error::new(Status::StateInvalid, "the state was not made here");
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let plain = keys.open(PURPOSE, &[], &sealed).map_err(|_| invalid())?;
        let key = KeyId::of_sealed(&sealed).ok_or_else(invalid)?;
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
        self.app == app_name(app)
    }

    pub fn is_for_redirect(&self, redirect: &str) -> bool {
        self.redirect == short(&[redirect])
    }

    pub fn has_binding(&self) -> bool {
        self.binding.is_some()
    }

    /// Whether the callback comes from the browser that started the flow.
    pub fn is_bound_to(&self, binding: &str) -> bool {
        self.binding == Some(short(&[binding]))
    }

    /// The PKCE verifier of this flow: 43 characters of RFC 7636, section 4.1.
    pub fn verifier(&self, keys: &KeyRing, key: KeyId) -> Result<PkceCodeVerifier> {
        let secret = keys.derive(key, "pkce", &self.nonce).map_err(|_| {
            Error::new(Status::StateInvalid, "the key of this state is no longer in the settings")
        })?;
        Ok(PkceCodeVerifier::new(URL_SAFE_NO_PAD.encode(secret)))
    }
}

fn app_name(app: &App) -> [u8; NAME_LENGTH] {
    short(&[app.provider.name(), app.client_id.as_str()])
}

/// The beginning of the SHA-256 of length-prefixed parts.
fn short<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let digest = context.finish();
    let mut name = [0; N];
    name.copy_from_slice(&digest.as_ref()[..N]);
    name
}
