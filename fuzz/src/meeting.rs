//! Meeting documents: requests and changes, and what the providers are asked for because of them.

use meetbridge::fuzzing::{
    Access, Changes, Checks, Details, Filter, Host, NewMeeting, PROVIDERS, Provider, Status,
    Target, plan,
};
use oauth2::AccessToken;
use serde_json::Value;

use super::oracle::{rewritten, soon, told};

pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    create(text);
    change(text);
    let now = "2027-03-01T09:00:00Z".parse().expect("a time");
    if let Err(error) = soon(|| Filter::parse(Some(text), now)) {
        told(&error);
    }
}

/// A request to create a meeting.
pub fn create(text: &str) {
    let meeting = match soon(|| NewMeeting::parse(text)) {
        Ok(meeting) => meeting,
        Err(error) => {
            assert_eq!(error.status(), Status::InvalidArgument);
            return drop(told(&error));
        }
    };
    let document: Value = serde_json::from_str(text).expect("what is read is JSON");
    if let Some(other) = rewritten(&document) {
        let again = NewMeeting::parse(&other).expect("the same request written otherwise");
        assert_eq!(again.digest, meeting.digest, "a repetition must be known");
        assert_eq!(format!("{:?}", again.details), format!("{:?}", meeting.details));
    }
    for provider in PROVIDERS {
        for best_effort in [false, true] {
            let (mut details, irregular) = (meeting.details.clone(), meeting.irregular);
            let mut checks = Checks::new(best_effort);
            let planned = soon(|| plan(*provider, &mut details, irregular, &mut checks));
            if let Err(error) = planned {
                told(&error);
                continue;
            }
            ask(*provider, &details, &mut checks, |access, checks| {
                let request = provider.create_request(access, &details, Some("mark"), checks)?;
                Ok(Some(request))
            });
        }
    }
}

fn change(text: &str) {
    let changes = match soon(|| Changes::parse(text)) {
        Ok(changes) => changes,
        Err(error) => {
            assert_eq!(error.status(), Status::InvalidArgument);
            return drop(told(&error));
        }
    };
    for provider in PROVIDERS {
        for (best_effort, occurrence) in [(false, None), (true, Some("1772355600000"))] {
            let target = Target { meeting: "85746065", occurrence };
            let mut checks = Checks::new(best_effort);
            ask(*provider, &changes.details, &mut checks, |access, checks| {
                provider.update_request(access, target, &changes.details, None, checks)
            });
        }
    }
}

/// What goes out is a request to the provider's own API with a JSON document, or nothing does.
fn ask(
    provider: &dyn Provider,
    details: &Details,
    checks: &mut Checks,
    request: impl FnOnce(
        Access<'_>,
        &mut Checks,
    ) -> Result<Option<http::Request<Vec<u8>>>, meetbridge::fuzzing::Error>,
) {
    let token = AccessToken::new("token".to_owned());
    let host = details.host_email.as_deref().map_or(Host::Me, Host::Email);
    let api_url = "https://api.example.com/v2";
    let access = Access { token: &token, api_url, host };
    match soon(|| request(access, checks)) {
        Ok(Some(request)) => {
            assert!(request.uri().to_string().starts_with("https://api.example.com/v2/"));
            let body: Value = serde_json::from_slice(request.body()).expect("a JSON body");
            assert!(body.is_object());
        }
        Ok(None) => {}
        Err(error) => {
            let document = told(&error);
            assert!(
                document.contains(&format!(r#""provider":"{}""#, provider.name()))
                    || matches!(error.status(), Status::InvalidArgument | Status::Unsupported)
            );
        }
    }
}
