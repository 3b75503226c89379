use http::Response as HttpResponse;
use serde_json::json;

use super::*;
use crate::error::Status;

fn answer(status: u16, body: &str) -> Response {
    HttpResponse::builder().status(status).body(body.as_bytes().to_vec()).unwrap()
}

fn refresh_outcome(status: u16, body: &str) -> (bool, Status) {
    match Webex.read_token(&answer(status, body)) {
        Ok(_) => (false, Status::Ok),
        Err(TokenRefusal::Grant(error, _)) => (true, error.status()),
        Err(TokenRefusal::Other(error)) => (false, error.status()),
    }
}

/// Webex publishes no text for a spent refresh token, so either answer must work.
#[test]
fn only_what_speaks_of_the_grant_ends_it() {
    let error = |message: &str| json!({"message": message, "trackingId": "ROUTERGW_1"}).to_string();
    for (status, body, ends, wanted) in [
        (400, error("The refresh token is invalid."), true, Status::Reauthorize),
        (400, error("Invalid grant."), true, Status::Reauthorize),
        (401, error("The refresh token has expired."), true, Status::Reauthorize),
        (400, r#"{"error":"invalid_grant"}"#.to_owned(), true, Status::Reauthorize),
        (400, error("Invalid client_secret."), false, Status::AppRejected),
        (401, error("Client authentication failed."), false, Status::AppRejected),
        (401, error("The request requires valid credentials."), false, Status::AppRejected),
        (403, error("Not allowed."), false, Status::AppRejected),
        (400, r#"{"error":"invalid_request"}"#.to_owned(), false, Status::ProviderRejected),
        (400, "<html>a gateway</html>".to_owned(), false, Status::ProviderRejected),
        (429, error("The refresh token is invalid."), false, Status::RateLimited),
        (500, error("The refresh token is invalid."), false, Status::ProviderUnavailable),
        (200, "{}".to_owned(), false, Status::UnexpectedAnswer),
    ] {
        assert_eq!(refresh_outcome(status, &body), (ends, wanted), "{status} {body}");
    }
}

#[test]
fn a_token_answer_may_lack_type_scope_and_refresh_token() {
    let answer = Webex.read_token(&answer(200, r#"{"access_token":"a","expires_in":9}"#));
    let answer = answer.ok().unwrap();
    assert!(answer.refresh.is_none() && answer.scopes.is_none());
    assert_eq!(answer.expires_in, 9);
}

#[test]
fn errors_of_the_api() {
    for (status, message, wanted) in [
        (403, "Missing required scopes.", Status::ScopeMissing),
        (403, "The user has no license to host.", Status::LicenseRequired),
        (403, "Not the host.", Status::ProviderRejected),
        (423, "Locked.", Status::RateLimited),
        (429, "Too many.", Status::RateLimited),
        (502, "", Status::ProviderUnavailable),
    ] {
        let body = json!({"message": message, "errors": [{"description": message}],
            "trackingId": "ROUTERGW_1"});
        let error = Webex.read_created(&answer(status, &body.to_string())).err().unwrap();
        assert_eq!(error.status(), wanted, "{status} {message}");
        // The description repeats the message.
        assert_eq!(error.detail(), format!("HTTP {status}: {message}").trim_end_matches(": "));
    }
}

#[test]
fn a_meeting_needs_no_more_than_an_id() {
    let read = |body: &str| Webex.read_created(&answer(200, body));
    let least = read(r#"{"id":"a","webLink":"https://x.webex.com/m"}"#).unwrap();
    assert_eq!(least.join_url.as_deref(), Some("https://x.webex.com/m"));
    let full = read(
        r#"{"id":"a","webLink":"l","start":"2030-03-01T08:00:00Z","end":"2030-03-01T08:45:00Z",
            "telephony":{"callInNumbers":[{"callInNumber":"+1","tollType":"toll","label":"US"}]}}"#,
    );
    let full = full.unwrap();
    assert_eq!(full.duration_minutes, Some(45));
    assert_eq!(full.dial_in[0].toll_free, Some(false));
    for body in ["", "{}", "[]"] {
        assert_eq!(read(body).err().unwrap().status(), Status::UnexpectedAnswer, "{body}");
    }
}

#[test]
fn a_query_names_one_host() {
    let ken = Host::Email("ken+x@example.com");
    for (path, wanted) in [
        ("/meetings/1", "/meetings/1?hostEmail=ken%2Bx%40example.com"),
        ("/meetings?max=2", "/meetings?max=2&hostEmail=ken%2Bx%40example.com"),
        (
            "/meetings?hostEmail=ken%2Bx%40example.com&max=2",
            "/meetings?hostEmail=ken%2Bx%40example.com&max=2",
        ),
        ("/meetings?hostEmail=a%40b.c&max=2", "/meetings?max=2&hostEmail=ken%2Bx%40example.com"),
    ] {
        assert_eq!(for_host(path, ken).unwrap(), wanted);
        assert_eq!(for_host(path, Host::Me).unwrap(), path);
        assert_eq!(for_host(path, Host::Unknown).err().unwrap().status(), Status::InvalidArgument);
    }
}
