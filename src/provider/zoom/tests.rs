use http::Response as HttpResponse;
use serde_json::json;

use super::*;
use crate::error::Status;

fn answer(status: u16, body: &str) -> Response {
    HttpResponse::builder()
        .status(status)
        .header(TRACKING_ID, "WEB_1")
        .body(body.as_bytes().to_vec())
        .unwrap()
}

fn refresh_outcome(status: u16, body: &str) -> (bool, Status) {
    match Zoom.read_token(&answer(status, body)) {
        Ok(_) => (false, Status::Ok),
        Err(TokenRefusal::Grant(error, _)) => (true, error.status()),
        Err(TokenRefusal::Other(error)) => (false, error.status()),
    }
}

#[test]
fn only_an_invalid_token_ends_a_grant() {
    for (status, body, ends, wanted) in [
        (400, r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#, true, Status::Reauthorize),
        (
            400,
            r#"{"reason":"Invalid Token!","error":"invalid_request"}"#,
            true,
            Status::Reauthorize,
        ),
        (
            401,
            r#"{"reason":"Invalid Token!","error":"invalid_request"}"#,
            true,
            Status::Reauthorize,
        ),
        (400, r#"{"error":"invalid_grant"}"#, true, Status::Reauthorize),
        (
            401,
            r#"{"reason":"Invalid client_id","error":"invalid_client"}"#,
            false,
            Status::AppRejected,
        ),
        (400, r#"{"error":"invalid_client"}"#, false, Status::AppRejected),
        (400, r#"{"error":"unauthorized_client"}"#, false, Status::AppRejected),
        (401, "", false, Status::AppRejected),
        (400, r#"{"error":"invalid_request","reason":"missing"}"#, false, Status::ProviderRejected),
        (400, "<html>a proxy</html>", false, Status::ProviderRejected),
        (429, r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#, false, Status::RateLimited),
        (500, r#"{"error":"invalid_grant"}"#, false, Status::ProviderUnavailable),
        (200, "<html>a portal</html>", false, Status::UnexpectedAnswer),
        (200, r#"{"access_token":7}"#, false, Status::UnexpectedAnswer),
        (302, "", false, Status::UnexpectedAnswer),
    ] {
        assert_eq!(refresh_outcome(status, body), (ends, wanted), "{status} {body}");
    }
}

#[test]
fn a_token_answer_needs_no_more_than_the_access_token() {
    let read = |body: &str| Zoom.read_token(&answer(200, body)).ok().unwrap();
    let least = read(r#"{"access_token":"a"}"#);
    assert_eq!((least.expires_in, least.scopes, least.api_url), (3600, None, None));
    assert!(least.refresh.is_none());
    let full = read(
        r#"{"access_token":"a","refresh_token":"r","expires_in":60,"scope":"x y",
            "api_url":"https://api-eu.zoom.us"}"#,
    );
    assert_eq!(full.scopes.unwrap(), ["x", "y"]);
    assert_eq!(full.api_url.as_deref(), Some("https://api-eu.zoom.us/v2"));
}

#[test]
fn a_token_goes_to_zooms_own_regions_only() {
    for (url, trusted) in [
        ("https://api-eu.zoom.us", true),
        ("https://api.zoomgov.com", true),
        ("http://api-eu.zoom.us", false),
        ("https://evil-zoom.us", false),
        ("https://zoom.us.evil.example", false),
        ("https://user@api.zoom.us", false),
        ("https://api.zoom.us:444", false),
        ("nonsense", false),
    ] {
        assert_eq!(regional_api(url).is_some(), trusted, "{url}");
    }
}

#[test]
fn errors_of_the_api() {
    let daily = "You have exceeded the daily rate limit (100) of Meeting Create/Update API \
                 requests permitted for this particular user. You may resume these requests at \
                 GMT 00:00:00.";
    for (status, body, wanted) in [
        (
            404,
            json!({"code": 3001, "message": "Meeting does not exist: 1."}),
            Status::MeetingNotFound,
        ),
        (400, json!({"code": 300, "message": "Invalid occurrence_id."}), Status::MeetingNotFound),
        (400, json!({"code": 3161, "message": "Not allowed."}), Status::LicenseRequired),
        (
            400,
            json!({"code": 300, "message": "Validation Failed.",
            "errors": [{"field": "start_time", "message": "Invalid field."}]}),
            Status::ProviderRejected,
        ),
        (
            404,
            json!({"code": 1001, "message": "User does not exist: x."}),
            Status::ProviderRejected,
        ),
        (429, json!({"code": 429, "message": daily}), Status::RateLimited),
        (503, json!({}), Status::ProviderUnavailable),
    ] {
        let error = Zoom.read_meeting(&answer(status, &body.to_string())).err().unwrap();
        assert_eq!(error.status(), wanted, "{status} {body}");
        if status == 429 {
            assert!(error.retry_after().unwrap().as_secs() <= 86_400);
        }
    }
    let body = json!({"code": 300, "message": "Validation Failed.",
        "errors": [{"field": "start_time", "message": "Invalid field."}]});
    let error = Zoom.read_created(&answer(400, &body.to_string())).err().unwrap();
    assert!(error.detail().contains("start_time: Invalid field."), "{error}");
}

#[test]
fn a_lack_of_scopes_is_named_whatever_the_status_and_code() {
    let text = "Invalid access token, does not contain scopes:[meeting:write:meeting, \
                meeting:write:meeting:admin].";
    for (status, code) in [(400, 4711), (401, 4711), (403, 4700)] {
        let response = answer(status, &json!({"code": code, "message": text}).to_string());
        assert!(!Zoom.refuses_token(&response), "a newer token would not help");
        let error = Zoom.read_created(&response).err().unwrap();
        assert_eq!(error.status(), Status::ScopeMissing);
        assert_eq!(
            error.missing_scopes(),
            ["meeting:write:meeting", "meeting:write:meeting:admin"]
        );
    }
    let expired = json!({"code": 124, "message": "Access token has expired."}).to_string();
    assert!(Zoom.refuses_token(&answer(401, &expired)));
}

#[test]
fn a_meeting_needs_no_more_than_an_id() {
    let read = |body: &str| Zoom.read_created(&answer(201, body));
    let least = read(r#"{"id":98765432109,"join_url":"https://zoom.us/j/98765432109"}"#).unwrap();
    assert_eq!(least.id, "98765432109");
    let odd = read(r#"{"id":"1","join_url":"u","duration":"x","start_time":5,"settings":[]}"#);
    assert_eq!(odd.unwrap().duration_minutes, None);
    for body in ["", "{}", r#"{"join_url":"u"}"#, "7"] {
        assert_eq!(read(body).err().unwrap().status(), Status::UnexpectedAnswer, "{body}");
    }
}

#[test]
fn a_host_is_one_segment_of_the_path() {
    let path = |email| meetings_of(Host::Email(email)).unwrap();
    assert_eq!(meetings_of(Host::Me).unwrap(), "/users/me/meetings");
    assert_eq!(path("ken.sato@example.com"), "/users/ken.sato@example.com/meetings");
    assert_eq!(
        path("a/../b+c?d#e%@例.jp"),
        "/users/a%2F..%2Fb%2Bc%3Fd%23e%25@%E4%BE%8B.jp/meetings"
    );
    assert_eq!(meetings_of(Host::Unknown).err().unwrap().status(), Status::InvalidArgument);
}

#[test]
fn only_zooms_own_code_says_that_there_is_no_such_host() {
    for (status, body, wanted) in [
        (404, json!({"code": 1001, "message": "User does not exist: x."}), true),
        (400, json!({"code": 1010, "message": "User does not belong to this account."}), true),
        (404, json!({"code": 3001, "message": "Meeting does not exist: 1."}), false),
        (404, json!({}), false),
        (500, json!({"code": 1001}), false),
    ] {
        assert_eq!(Zoom.refuses_host(&answer(status, &body.to_string())), wanted, "{body}");
    }
}
