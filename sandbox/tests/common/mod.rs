//! What the tests share: an HTTP client and the authorization flow.

#![allow(dead_code, reason = "each test binary uses its own part")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use meetbridge_sandbox::{Options, Provider, Sandbox};
use serde_json::Value;
use std::path::PathBuf;

pub const REDIRECT: &str = "http://127.0.0.1:9/callback?tenant=a";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

pub fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .build();
    ureq::Agent::new_with_config(config)
}

/// A request with any method, headers and body; the error as text.
pub fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Reply, String> {
    send_with(&agent(), method, url, headers, body)
}

pub fn send_with(
    agent: &ureq::Agent,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Reply, String> {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = if body.is_empty() {
        agent.run(request.body(()).unwrap())
    } else {
        agent.run(request.body(body.to_vec()).unwrap())
    };
    let mut answer = answer.map_err(|error| error.to_string())?;
    let headers = answer.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    Ok(Reply { status: answer.status().as_u16(), headers, text })
}

pub fn get(url: &str) -> Reply {
    send("GET", url, &[], &[]).unwrap()
}

pub fn form(url: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Reply {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
    all.extend_from_slice(headers);
    send("POST", url, &all, body.as_bytes()).unwrap()
}

pub fn basic(client_id: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client_id}:{client_id}-secret")))
}

pub fn challenge() -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, VERIFIER.as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

/// An authorization URL with PKCE.
pub fn authorization_url(sandbox: &Sandbox, client_id: &str, scope: Option<&str>) -> String {
    let path = if client_id.contains("webex") { "webex/v1" } else { "zoom/oauth" };
    let mut url = url::Url::parse(&format!("{}/{path}/authorize", sandbox.url())).unwrap();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", client_id)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("state", "s/1 ä")
        .append_pair("code_challenge", &challenge())
        .append_pair("code_challenge_method", "S256");
    if let Some(scope) = scope {
        url.query_pairs_mut().append_pair("scope", scope);
    }
    url.into()
}

/// A parameter of a redirect's location.
pub fn parameter(location: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(location).unwrap();
    url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

pub const WEBEX_SCOPES: &str = "meeting:schedules_read meeting:schedules_write \
                                meeting:preferences_read spark:people_read";

/// Exchanges a code.
pub fn exchange(sandbox: &Sandbox, client_id: &str, code: &str) -> Reply {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    token_call(sandbox, client_id, &fields)
}

/// Refreshes.
pub fn refresh(sandbox: &Sandbox, client_id: &str, token: &str) -> Reply {
    token_call(sandbox, client_id, &[("grant_type", "refresh_token"), ("refresh_token", token)])
}

pub fn token_call(sandbox: &Sandbox, client_id: &str, fields: &[(&str, &str)]) -> Reply {
    if client_id.contains("webex") {
        let secret = format!("{client_id}-secret");
        let mut all = vec![("client_id", client_id), ("client_secret", secret.as_str())];
        all.extend_from_slice(fields);
        form(&format!("{}/webex/v1/access_token", sandbox.url()), &[], &all)
    } else {
        let basic = basic(client_id);
        form(&format!("{}/zoom/oauth/token", sandbox.url()), &[("authorization", &basic)], fields)
    }
}

/// The whole flow; the token answer.
pub fn authorize(sandbox: &Sandbox, client_id: &str, user: &str) -> Value {
    let scope = client_id.contains("webex").then_some(WEBEX_SCOPES);
    let scope = if client_id == "sandbox-webex-admin" {
        Some("meeting:schedules_write meeting:admin_schedule_write meeting:admin_schedule_read")
    } else {
        scope
    };
    let url = authorization_url(sandbox, client_id, scope);
    let location = sandbox.consent(&url, user, true).unwrap();
    let code = parameter(&location, "code").unwrap();
    exchange(sandbox, client_id, &code).expect(200).json()
}

/// A caller with a token.
pub struct Api {
    base: String,
    token: String,
    agent: ureq::Agent,
}

impl Api {
    pub fn new(sandbox: &Sandbox, client_id: &str, user: &str) -> Self {
        let tokens = authorize(sandbox, client_id, user);
        Api::with(sandbox, client_id, tokens["access_token"].as_str().unwrap())
    }

    pub fn with(sandbox: &Sandbox, client_id: &str, token: &str) -> Self {
        let prefix = if client_id.contains("webex") { "webex/v1" } else { "zoom/v2" };
        Api {
            base: format!("{}/{prefix}", sandbox.url()),
            token: format!("Bearer {token}"),
            agent: agent(),
        }
    }

    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let url = format!("{}{path}", self.base);
        let text = body.map(Value::to_string).unwrap_or_default();
        let headers =
            [("authorization", self.token.as_str()), ("content-type", "application/json")];
        send_with(&self.agent, method, &url, &headers, text.as_bytes()).unwrap()
    }

    pub fn get(&self, path: &str) -> Reply {
        self.call("GET", path, None)
    }

    pub fn post(&self, path: &str, body: Value) -> Reply {
        self.call("POST", path, Some(&body))
    }

    pub fn patch(&self, path: &str, body: Value) -> Reply {
        self.call("PATCH", path, Some(&body))
    }

    pub fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path, None)
    }
}

/// A sandbox whose clock stands at a known instant: Friday, 1 January 2027, noon UTC.
pub fn frozen() -> Sandbox {
    let options = Options {
        seed: Some(7),
        frozen_at: Some("2027-01-01T12:00:00Z".to_owned()),
        ..Options::default()
    };
    Sandbox::start(options).unwrap()
}

pub fn start() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

/// Where the providers' own specifications lie; none when they are not on this machine.
pub fn specs(name: &str) -> Option<Value> {
    let folder = match std::env::var_os("MEETBRIDGE_SPECS") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs"),
    };
    let path = folder.join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            eprintln!("SKIPPED: {} is not there; set MEETBRIDGE_SPECS", path.display());
            None
        }
    }
}

pub const BOTH: [(Provider, &str); 2] =
    [(Provider::Zoom, "sandbox-zoom"), (Provider::Webex, "sandbox-webex")];
