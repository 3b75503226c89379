//! Authorization: consent, codes, tokens, refresh, revocation (RFC 6749, RFC 7636), as each
//! provider deviates from them.

pub mod consent;
pub mod grants;
pub mod page;
pub mod pkce;
pub mod shape;
pub mod webex;
pub mod zoom;

use crate::call::Call;

/// Parameters of a token request: the form, then the query. Zoom takes them from either ("either
/// as query parameters or in the request body", Zoom Rooms OAuth page).
pub fn parameters(call: &Call) -> Vec<(String, String)> {
    let mut parameters = call.form();
    parameters.extend(call.query.iter().cloned());
    parameters
}

/// Compares secrets without telling how much of them was right.
pub fn equal(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |sum, (x, y)| sum | (x ^ y)) == 0
}

/// A space-separated list of scopes.
pub fn words(list: &str) -> Vec<String> {
    list.split_whitespace().map(str::to_owned).collect()
}
