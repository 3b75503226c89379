//! What the providers' requests have in common.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Uri};
use serde::Serialize;
use url::form_urlencoded;

use super::{Access, Client, TokenGrant};
use crate::error::{Error, Result};
use crate::http::Request;
use crate::json;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// A form for the token endpoint.
pub fn form(url: &str, form: String) -> Result<Request> {
    let mut request = plain(Method::POST, url.to_owned(), form.into_bytes())?;
    request.headers_mut().insert(CONTENT_TYPE, FORM);
    Ok(request)
}

/// The grant as the token endpoint's form has it (RFC 6749, sections 4.1.3 and 6; RFC 7636,
/// section 4.5).
pub fn append_grant(form: &mut form_urlencoded::Serializer<'_, String>, grant: &TokenGrant<'_>) {
    match grant {
        TokenGrant::Code { code, redirect, verifier } => {
            form.append_pair("grant_type", "authorization_code")
                .append_pair("code", code.secret())
                .append_pair("redirect_uri", redirect);
            if let Some(verifier) = verifier {
                form.append_pair("code_verifier", verifier.secret());
            }
        }
        TokenGrant::Refresh(token) => {
            form.append_pair("grant_type", "refresh_token")
                .append_pair("refresh_token", token.secret());
        }
        TokenGrant::Account { account_id } => {
            form.append_pair("grant_type", "account_credentials")
                .append_pair("account_id", account_id);
        }
    }
}

/// HTTP Basic authentication with the id and the secret as they are.
pub fn with_basic(request: Result<Request>, client: Client<'_>) -> Result<Request> {
    let mut request = request?;
    let pair = format!("{}:{}", client.id.as_str(), client.secret.secret());
    let value = secret_value(format!("Basic {}", STANDARD.encode(pair)))?;
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(request)
}

/// A call of the API with a bearer token (RFC 6750, section 2.1).
pub fn api(method: Method, access: Access<'_>, path: &str) -> Result<Request> {
    let mut request = plain(method, [access.api_url, path].concat(), Vec::new())?;
    let bearer = secret_value(["Bearer ", access.token.secret()].concat())?;
    request.headers_mut().insert(AUTHORIZATION, bearer);
    Ok(request)
}

/// The same with a document.
pub fn api_with(
    method: Method,
    access: Access<'_>,
    path: &str,
    body: &impl Serialize,
) -> Result<Request> {
    let text = json::to_string(body).map_err(|error| Error::internal(error.to_string()))?;
    let mut request = api(method, access, path)?;
    request.headers_mut().insert(CONTENT_TYPE, JSON);
    *request.body_mut() = text.into_bytes();
    Ok(request)
}

fn plain(method: Method, url: String, body: Vec<u8>) -> Result<Request> {
    let url = Uri::try_from(url).map_err(|_| Error::internal("a request with a malformed URL"))?;
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = url;
    request.headers_mut().insert(ACCEPT, JSON);
    Ok(request)
}

/// A header value whose `Debug` shows nothing.
fn secret_value(text: String) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| Error::internal("a token or secret with a character no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}
