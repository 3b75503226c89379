//! Answers of the providers: a status and headers on the first line, then the body. Every reader
//! sees every answer.

use http::Response;
use meetbridge::fuzzing::{
    Error, Meeting, PROVIDERS, Provider, Status, Tag, TokenRefusal, invitation, to_json,
};

use super::oracle::{soon, told};

/// The longest run of letters that a token could be made of, in what is told of an answer.
const LONGEST_WORD: usize = 40;

pub fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (head, body) = data.split_at(end);
    let response = response(head, body.get(1..).unwrap_or_default());
    for provider in PROVIDERS {
        soon(|| read(*provider, &response));
    }
}

/// `201 retry-after:5 …`.
fn response(head: &[u8], body: &[u8]) -> Response<Vec<u8>> {
    let mut response = Response::new(body.to_vec());
    let mut words = head.split(|byte| *byte == b' ');
    let status = words.next().and_then(|status| http::StatusCode::from_bytes(status).ok());
    *response.status_mut() = status.unwrap_or_default();
    for word in words {
        let mut parts = word.splitn(2, |byte| *byte == b':');
        let name = parts.next().and_then(|name| http::HeaderName::from_bytes(name).ok());
        let value = parts.next().and_then(|value| http::HeaderValue::from_bytes(value).ok());
        if let (Some(name), Some(value)) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn read(provider: &dyn Provider, response: &Response<Vec<u8>>) {
    match provider.read_token(response) {
        Ok(answer) => {
            if let Some(url) = &answer.api_url {
                assert!(url.starts_with("https://"), "{url}");
            }
        }
        Err(TokenRefusal::Grant(error, _) | TokenRefusal::Other(error)) => check(&error),
    }
    let _ = provider.tracking_id(response).inspect(|id| is_short(id));
    let _ = (provider.refuses_token(response), provider.refuses_host(response));
    let hosts = ["ken@example.com".to_owned()];
    let _ = provider.refused_hosts(response, &hosts);
    let _ = provider.read_account(response).inspect_err(check);
    let _ = provider.read_deleted(response).inspect_err(check);
    meeting(provider.read_created(response));
    if let Some(meeting) = meeting(provider.read_meeting(response)) {
        assert!(!invitation(&meeting, Tag::Japanese).is_empty());
    }
    if let Some(updated) = provider.read_updated(response).transpose() {
        meeting(updated);
    }
    let api_url = "https://api.example.com/v2";
    match provider.read_list(api_url, response) {
        Ok(listed) => listed.meetings.into_iter().take(3).for_each(|one| drop(meeting(Ok(one)))),
        Err(error) => check(&error),
    }
    let _ = provider.sip_apart().and_then(|apart| apart.read(response));
    if let Some(apart) = provider.invitees_apart() {
        let _ = apart.read(api_url, response).inspect_err(check);
    }
    if let Some(subscriptions) = provider.subscriptions() {
        let _ = subscriptions.read_list(api_url, response).inspect_err(check);
        let _ = subscriptions.read_done(response).inspect_err(check);
    }
}

/// Nothing as long as a token is repeated.
fn check(error: &Error) {
    is_short(error.detail());
    let _ = error.tracking_id().inspect(|id| is_short(id));
    told(error);
}

fn is_short(text: &str) {
    let is_between = |c: char| !(c.is_ascii_alphanumeric() || "._~+/=-".contains(c));
    for word in text.split(is_between) {
        assert!(word.len() <= LONGEST_WORD, "{word:?} is as long as a token: {text}");
    }
}

/// A meeting is the document that is told, and no guest becomes its host by it.
fn meeting(read: Result<Meeting, Error>) -> Option<Meeting> {
    let meeting = match read {
        Ok(meeting) => meeting,
        Err(error) => {
            assert_ne!(error.status(), Status::Ok);
            check(&error);
            return None;
        }
    };
    let text = to_json(&meeting).expect("a meeting can be written");
    let again: Meeting = serde_json::from_str(&text).expect("and read");
    assert_eq!(to_json(&again).expect("and written again"), text);
    let told = to_json(&meeting.clone().without_host_secrets()).expect("a meeting can be written");
    assert!(!told.contains(r#""start_url":"#) && !told.contains(r#""host_key":"#));
    Some(meeting)
}
