//! A redirect URL of an app, and what all consents through it have in common, worked out once.

use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope};
use url::Url;

use super::app::ShortName;
use crate::text;

/// Where the provider sends users of an app back to.
#[derive(Debug)]
pub struct Redirect {
    pub url: RedirectUrl,
    /// Stands for the URL in a `state`.
    pub short_name: ShortName,
    /// The authorization URL (RFC 6749, section 4.1.1) up to the value of its `state`.
    before_state: String,
    after_state: String,
}

impl Redirect {
    pub(super) fn new(
        url: RedirectUrl,
        client_id: &ClientId,
        scopes: &[Scope],
        authorization_url: &Url,
    ) -> Redirect {
        let client = BasicClient::new(client_id.clone())
            .set_auth_uri(AuthUrl::from_url(authorization_url.clone()))
            .set_redirect_uri(url.clone());
        let request = client.authorize_url(|| CsrfToken::new(String::new()));
        let (whole, _) = request.add_scopes(scopes.iter().cloned()).url();
        // Webex shows spaces as %20 only; a plus sign of a value is encoded and so not met here.
        let whole = whole.as_str().replace('+', "%20");
        // What follows the state. The last that looks so is it: in values an & is encoded.
        let next = whole.rfind("&redirect_uri=").unwrap_or(whole.len());
        let (before, after) = whole.split_at(next);
        let (before_state, after_state) = (before.to_owned(), after.to_owned());
        let short_name = text::short_digest(&[url.as_str()]);
        Redirect { url, short_name, before_state, after_state }
    }

    /// Where a browser is sent for one consent. The state is made of unreserved characters alone.
    pub fn authorization_url(&self, state: &str, challenge: Option<&PkceCodeChallenge>) -> String {
        // RFC 7636, section 4.3.
        let [name, code, of_method, method] = challenge.map_or([""; 4], |it| {
            ["&code_challenge=", it.as_str(), "&code_challenge_method=", it.method().as_str()]
        });
        let parts = [&*self.before_state, state, name, code, of_method, method, &*self.after_state];
        // One byte more, for the door that ends it with a NUL.
        let length = parts.iter().map(|part| part.len()).sum::<usize>() + 1;
        let mut url = String::with_capacity(length);
        url.extend(parts);
        url
    }
}

#[cfg(test)]
mod tests {
    use oauth2::PkceCodeVerifier;

    use super::*;

    /// What `oauth2` makes of all of it at once.
    fn whole(
        (authorization_url, client_id, redirect): (&str, &str, &str),
        scopes: &[Scope],
        state: &str,
        challenge: Option<PkceCodeChallenge>,
    ) -> String {
        let client = BasicClient::new(ClientId::new(client_id.to_owned()))
            .set_auth_uri(AuthUrl::new(authorization_url.to_owned()).unwrap())
            .set_redirect_uri(RedirectUrl::new(redirect.to_owned()).unwrap());
        let mut request = client
            .authorize_url(|| CsrfToken::new(state.to_owned()))
            .add_scopes(scopes.iter().cloned());
        if let Some(challenge) = challenge {
            request = request.set_pkce_challenge(challenge);
        }
        request.url().0.as_str().replace('+', "%20")
    }

    #[test]
    fn an_authorization_url_is_the_one_that_oauth2_makes() {
        let authorization_urls = [
            "https://zoom.us/oauth/authorize",
            "https://webexapis.com/v1/authorize?",
            "http://127.0.0.1:8080/a+b?x=1+2&y=%2B",
            "https://a.example/?state=&redirect_uri=x&state=&redirect_uri=",
            "https://営業.example/é?scope=&code_challenge=",
        ];
        let client_ids = ["abc", "C0+1/2=&redirect_uri=x", "営 業%20&state=", "-._~*"];
        let redirects = [
            "https://mail1.example.com/servlet/ontimegc/oauth/v1",
            "http://localhost:1/?a=b&redirect_uri=c+d%20e",
            "https://営業.example/é",
        ];
        let scopes: [&[&str]; 4] =
            [&[], &["a"], &["meeting:write", "a/b+c&d=e"], &["~", "&redirect_uri="]];
        let states = ["", "AZaz09-_", &"x".repeat(600)];
        let verifier = PkceCodeVerifier::new("v".repeat(43));
        let challenge = || PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        for authorization_url in authorization_urls {
            for client_id in client_ids {
                for redirect in redirects {
                    for scopes in scopes {
                        let scopes: Vec<_> =
                            scopes.iter().map(|it| Scope::new((*it).to_owned())).collect();
                        let made = Redirect::new(
                            RedirectUrl::new(redirect.to_owned()).unwrap(),
                            &ClientId::new(client_id.to_owned()),
                            &scopes,
                            &Url::parse(authorization_url).unwrap(),
                        );
                        let of = (authorization_url, client_id, redirect);
                        for state in states {
                            for challenge in [None, Some(challenge())] {
                                let url = made.authorization_url(state, challenge.as_ref());
                                assert_eq!(url, whole(of, &scopes, state, challenge));
                                assert_eq!(url.capacity(), url.len() + 1);
                            }
                        }
                    }
                }
            }
        }
    }
}
