//! What the provider's redirect brings back (RFC 6749, sections 4.1.2 and 4.1.2.1).

use oauth2::AuthorizationCode;
use url::form_urlencoded;

use crate::error::{Error, Result, Status};

/// The longest callback that is read, in bytes.
const MAX_LENGTH: usize = 16 * 1024;

#[derive(Default)]
pub struct Callback {
    pub state: Option<String>,
    pub code: Option<AuthorizationCode>,
    pub error: Option<String>,
    pub error_description: Option<String>,
}

impl Callback {
    /// Reads a whole URL, a path with a query, or a query string with or without its `?`.
    pub fn parse(text: &str) -> Result<Callback> {
        if text.len() > MAX_LENGTH {
            return Err(Error::invalid_argument("callback: too long"));
        }
        let text = text.split('#').next().unwrap_or_default();
        let is_location = text.contains("://") || text.starts_with('/');
        let query = match text.split_once('?') {
            Some((_, query)) => query,
            None if is_location => "",
            None => text,
        };
        let mut callback = Callback::default();
        let mut code = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let member = match name.as_ref() {
                "state" => &mut callback.state,
                "code" => &mut code,
                "error" => &mut callback.error,
                "error_description" => &mut callback.error_description,
                _ => continue,
            };
            // RFC 6749, section 3.1: parameters must not be included more than once.
            if member.replace(value.into_owned()).is_some() {
                return Err(Error::invalid_argument(format!("callback: {name} appears twice")));
            }
        }
        callback.state = callback.state.filter(|state| !state.is_empty());
        callback.code = code.filter(|code| !code.is_empty()).map(AuthorizationCode::new);
        Ok(callback)
    }

    /// The refusal in the callback, if it is one.
    pub fn refusal(&self) -> Option<Error> {
        let code = self.error.as_deref()?;
        let status = match code {
            "access_denied" => Status::AccessDenied,
            "invalid_scope" => Status::ScopeMissing,
            "server_error" | "temporarily_unavailable" => Status::ProviderUnavailable,
            "unauthorized_client" | "invalid_client" => Status::AppRejected,
            _ => Status::ProviderRejected,
        };
        // Anyone can write these words into a link.
        let words: String = format!("{code} {}", self.error_description.as_deref().unwrap_or(""))
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(200)
            .collect();
        let error = Error::new(status, words.trim().to_owned());
        Some(error.with_provider_code(Some(code.chars().take(40).collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_callback_is_read() {
        for text in [
            "https://mail.example.com/oauth/v1?code=a%2Bb&state=s",
            "/oauth/v1?code=a%2Bb&state=s#top",
            "?code=a%2Bb&state=s",
            "code=a%2Bb&state=s",
        ] {
            let callback = Callback::parse(text).unwrap();
            assert_eq!(callback.code.map(AuthorizationCode::into_secret).as_deref(), Some("a+b"));
            assert_eq!(callback.state.as_deref(), Some("s"), "{text}");
        }
        let callback = Callback::parse("https://mail.example.com/oauth/v1").unwrap();
        assert!(callback.code.is_none() && callback.state.is_none());
    }

    #[test]
    fn a_parameter_may_appear_once() {
        let twice = Callback::parse("code=a&code=b").err();
        assert_eq!(twice.map(|error| error.status()), Some(Status::InvalidArgument));
    }

    #[test]
    fn refusals_have_their_own_status() {
        let status = |text| Callback::parse(text).unwrap().refusal().map(|error| error.status());
        assert_eq!(status("error=access_denied"), Some(Status::AccessDenied));
        assert_eq!(status("error=invalid_scope"), Some(Status::ScopeMissing));
        assert_eq!(status("error=server_error"), Some(Status::ProviderUnavailable));
        assert_eq!(status("error=unauthorized_client"), Some(Status::AppRejected));
        assert_eq!(status("error=else"), Some(Status::ProviderRejected));
        assert_eq!(status("code=x"), None);
    }
}
