//! The providers: pure translation between the house's words and each provider's HTTP.
//!
//! Nothing here sends, stores or waits. A third provider is one new file and one line in
//! [`ALL`].

mod answer;
mod request;
mod webex;
mod zoom;

use oauth2::{
    AccessToken, AuthorizationCode, ClientId, ClientSecret, PkceCodeVerifier, RedirectUrl,
    RefreshToken,
};
use url::Url;

use crate::error::{Error, Result};
use crate::http::{Request, Response};
use crate::meeting::{Checks, Meeting, NewMeeting};
use crate::store::Account;

/// Every provider that the library knows.
pub const ALL: &[&dyn Provider] = &[&zoom::Zoom, &webex::Webex];

pub fn by_name(name: &str) -> Option<&'static dyn Provider> {
    ALL.iter().copied().find(|provider| provider.name() == name)
}

/// Where a provider lives unless the settings say otherwise.
#[derive(Debug)]
pub struct Defaults {
    pub authorization_url: &'static str,
    pub token_url: &'static str,
    pub revoke_url: Option<&'static str>,
    pub api_url: &'static str,
    /// What is asked for when the settings name no scopes; empty leaves it to the app's own
    /// registration at the provider.
    pub scopes: &'static [&'static str],
}

/// Where an app's provider lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoints {
    pub authorization_url: Url,
    pub token_url: Url,
    pub revoke_url: Option<Url>,
    pub api_url: Url,
}

/// The app as the token endpoint knows it.
#[derive(Clone, Copy)]
pub struct Client<'a> {
    pub id: &'a ClientId,
    pub secret: &'a ClientSecret,
    pub endpoints: &'a Endpoints,
}

/// The right to call the API for a user.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    pub token: &'a AccessToken,
    /// Without a trailing slash.
    pub api_url: &'a str,
}

/// What is given to the token endpoint (RFC 6749, sections 4.1.3 and 6).
pub enum TokenGrant<'a> {
    Code {
        code: &'a AuthorizationCode,
        redirect: &'a RedirectUrl,
        verifier: Option<&'a PkceCodeVerifier>,
    },
    Refresh(&'a RefreshToken),
}

/// What the token endpoint gives (RFC 6749, section 5.1).
pub struct TokenAnswer {
    pub access: AccessToken,
    /// Absent where the provider keeps the old one.
    pub refresh: Option<RefreshToken>,
    /// Seconds.
    pub expires_in: u64,
    /// Absent where the provider does not say what was granted.
    pub scopes: Option<Vec<String>>,
    /// The region's own API, where the provider names one that its tokens may be sent to.
    pub api_url: Option<String>,
}

/// Why the token endpoint gave nothing.
pub enum TokenRefusal {
    /// The code or the refresh token is no longer good, for this user alone.
    Grant(Error),
    /// Anything else: an outage, a limit, a fault of the app. Ends no authorization.
    Other(Error),
}

pub trait Provider: Sync {
    /// As in settings and documents, for example `zoom`.
    fn name(&self) -> &'static str;

    fn defaults(&self) -> &'static Defaults;

    /// Whether a later consent of the same account ends the earlier one.
    fn newest_consent_wins(&self) -> bool;

    fn token_request(&self, client: Client<'_>, grant: TokenGrant<'_>) -> Result<Request>;

    fn read_token(&self, response: &Response) -> std::result::Result<TokenAnswer, TokenRefusal>;

    /// The request that ends the consent at the provider, where it has one.
    fn revoke_request(&self, client: Client<'_>, token: &AccessToken) -> Result<Option<Request>>;

    /// The request that tells whose consent this is; `None` if `scopes` do not allow it.
    fn account_request(&self, access: Access<'_>, scopes: &[String]) -> Result<Option<Request>>;

    fn read_account(&self, response: &Response) -> Result<Account>;

    /// Whether the API refuses the access token itself, so that a newer one may help.
    fn refuses_token(&self, response: &Response) -> bool;

    fn create_request(
        &self,
        access: Access<'_>,
        meeting: &NewMeeting,
        checks: &mut Checks,
    ) -> Result<Request>;

    fn read_created(&self, response: &Response) -> Result<Meeting>;
}
