//! One call that says whether everything is in order, and what to do if not.

mod authorizations;

use std::collections::BTreeSet;

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::{Bridge, Live};
use crate::audit::Trail;
use crate::call::Call;
use crate::context::Context;
use crate::error::{Error, Status};
use crate::http::Response;
use crate::language::Language;
use crate::settings::App;

/// How far this machine's clock may lie from the provider's, in seconds: Zoom's webhooks are
/// refused beyond five minutes, and tokens would be renewed too late long before.
const CLOCK_TOLERANCE: i64 = 60;

#[derive(Debug, Serialize)]
pub struct Report {
    /// The worst severity found.
    status: Severity,
    findings: Vec<Finding>,
    library: Library,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<StoreFacts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Ok,
    Warning,
    Error,
}

#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    severity: Severity,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'static str>,
    /// The client id.
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<String>,
}

#[derive(Debug, Serialize)]
struct Library {
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct StoreFacts {
    engine: String,
    location: String,
    schema_version: u32,
    authorizations: u64,
}

impl Finding {
    fn new(check: &'static str, severity: Severity, message: impl Into<String>) -> Finding {
        let message = message.into();
        Finding { check, severity, message, remedy: None, provider: None, app: None }
    }

    fn of(check: &'static str, error: &Error, language: Language) -> Finding {
        let document = error.document(language);
        Finding {
            remedy: Some(document.remedy),
            ..Finding::new(check, Severity::Error, document.message)
        }
    }

    fn remedy(mut self, remedy: &str) -> Finding {
        self.remedy = Some(remedy.to_owned());
        self
    }

    fn about(mut self, app: &App) -> Finding {
        self.provider = Some(app.provider.name());
        self.app = Some(app.client_id.to_string());
        self
    }
}

/// Looks at settings, key, store, proxy, TLS, the providers and the clock.
pub fn diagnose(bridge: &Bridge, call: &Call<'_>) -> Report {
    let mut findings = settings(bridge);
    let mut store = None;
    match bridge.live() {
        Err(error) => {
            let check = if error.status() == Status::WrongKey { "key" } else { "store" };
            findings.push(Finding::of(check, &error, bridge.language()));
        }
        Ok(live) => {
            store = check_store(bridge, &live, &mut findings);
            findings.extend(authorizations::check(bridge, &live));
            for app in bridge.settings.apps.iter().filter(|app| app.enabled) {
                findings.extend(reach(bridge, &live, call, app));
            }
        }
    }
    let status = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
    let library = Library { version: env!("CARGO_PKG_VERSION") };
    Report { status, findings, library, store }
}

fn settings(bridge: &Bridge) -> Vec<Finding> {
    let apps = &bridge.settings.apps;
    let enabled = apps.iter().filter(|app| app.enabled).count();
    let mut findings = match enabled {
        0 => vec![
            Finding::new("settings", Severity::Error, "no app is enabled")
                .remedy("Enable at least one app in the settings."),
        ],
        _ => vec![Finding::new("settings", Severity::Ok, format!("{enabled} apps enabled"))],
    };
    for group in bridge.settings.unknown_groups() {
        let message = format!("{group:?} is neither a group of the settings nor looks like a name");
        let remedy = "Add the group to `groups`, or correct the name.";
        findings.push(Finding::new("members", Severity::Warning, message).remedy(remedy));
    }
    for app in apps.iter().filter(|app| app.enabled) {
        for redirect in app.redirect_urls.iter().filter(|it| it.url.url().scheme() == "http") {
            let message = format!("the redirect URL {} is not https", redirect.url.as_str());
            let remedy = "Use https: the authorization code passes through this address.";
            let finding = Finding::new("redirect_urls", Severity::Warning, message).remedy(remedy);
            findings.push(finding.about(app));
        }
    }
    findings.extend(one_machine(bridge));
    findings.extend(unused_proxy(bridge));
    findings.extend(apps.iter().filter(|app| app.enabled).filter_map(webhooks));
    findings
}

/// A file cannot be shared by several machines.
fn one_machine(bridge: &Bridge) -> Option<Finding> {
    let path = bridge.settings.store.path()?;
    let urls =
        bridge.settings.apps.iter().filter(|app| app.enabled).flat_map(|app| &app.redirect_urls);
    let hosts: BTreeSet<&str> = urls.filter_map(|it| it.url.url().host_str()).collect();
    if hosts.len() < 2 {
        return None;
    }
    let message = format!("redirect URLs of {} hosts, but the store is a file", hosts.len());
    let remedy = format!(
        "If these are several servers, use store.postgres: {} must not be on a network drive, and \
         a copy on each server would end the others' authorizations.",
        path.display()
    );
    Some(Finding::new("redirect_urls", Severity::Warning, message).remedy(&remedy))
}

/// The environment's proxy is not taken silently, but perhaps it is needed.
fn unused_proxy(bridge: &Bridge) -> Option<Finding> {
    if bridge.settings.http.transport.proxy.is_some() {
        return Some(Finding::new("proxy", Severity::Ok, "requests go through the proxy"));
    }
    let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let name = names.iter().find(|name| std::env::var_os(name).is_some_and(|it| !it.is_empty()))?;
    let message = format!("the environment has {name}, which is not used");
    let remedy = "If the providers are reached only through it, set http.proxy.";
    Some(Finding::new("proxy", Severity::Warning, message).remedy(remedy))
}

fn webhooks(app: &App) -> Option<Finding> {
    let (severity, message, remedy) = match (&app.webhook_secret, &app.verification_token) {
        (Some(_), None) => (Severity::Ok, "notifications are verified by their signature", None),
        (None, None) if app.webhook_url.is_none() => return None,
        (None, None) => (
            Severity::Error,
            "there is a webhook_url but no webhook_secret: every notification is refused",
            Some(
                "Set webhook_secret: at Zoom the secret token of the app, at Webex any long random text.",
            ),
        ),
        (_, Some(_)) => (
            Severity::Warning,
            "the verification_token is Zoom's older proof, which proves less",
            Some("Set webhook_secret and remove verification_token."),
        ),
    };
    let finding = Finding::new("webhooks", severity, message).about(app);
    Some(match remedy {
        Some(remedy) => finding.remedy(remedy),
        None => finding,
    })
}

fn check_store(bridge: &Bridge, live: &Live, findings: &mut Vec<Finding>) -> Option<StoreFacts> {
    for warning in &live.key_warnings {
        let remedy = "Let only the server's own user read the key file (chmod 600).";
        findings.push(Finding::new("key", Severity::Warning, warning.as_str()).remedy(remedy));
    }
    findings.extend(check_keys(bridge, live));
    match live.vault.store().summary() {
        Err(error) => {
            findings.push(Finding::of("store", &error, bridge.language()));
            None
        }
        Ok(summary) => {
            let message = format!("{}, {} authorizations", summary.engine, summary.authorizations);
            findings.push(Finding::new("store", Severity::Ok, message));
            Some(StoreFacts {
                engine: summary.engine,
                location: summary.location,
                schema_version: summary.schema_version,
                authorizations: summary.authorizations,
            })
        }
    }
}

fn check_keys(bridge: &Bridge, live: &Live) -> Vec<Finding> {
    let mut findings = Vec::new();
    match live.vault.sealed_otherwise() {
        Err(error) => findings.push(Finding::of("key", &error, bridge.language())),
        Ok(0) if bridge.settings.keys.len() > 1 => {
            let message = "nothing is sealed with the older keys any more";
            findings.push(Finding::new("key", Severity::Ok, message));
        }
        Ok(0) => {}
        Ok(rows) => {
            let message = format!("{rows} rows are still sealed with an older key");
            let remedy = "Keep the older keys in the settings and call maintain until it is done.";
            findings.push(Finding::new("key", Severity::Warning, message).remedy(remedy));
        }
    }
    match (live.vault.rescue_path(), live.vault.rescued()) {
        (None, _) => {
            let message = "there is no key file beside which a new token could be rescued";
            let remedy = "Keep the key in a file, so that tokens outlive an outage of the store.";
            findings.push(Finding::new("rescue", Severity::Warning, message).remedy(remedy));
        }
        (_, Some(path)) => {
            let message =
                format!("new tokens that the store did not take are in {}", path.display());
            let remedy = "Repair the store, then call maintain. Do not delete the file.";
            findings.push(Finding::new("rescue", Severity::Error, message).remedy(remedy));
        }
        (Some(_), None) => {}
    }
    findings
}

/// Asks the provider anything at all: every answer proves that names, proxy and TLS work.
fn reach(bridge: &Bridge, live: &Live, call: &Call<'_>, app: &App) -> Vec<Finding> {
    let trail = Trail::begin("diagnose", call);
    let context = Context { breakers: None, ..bridge.context(live, call, &trail) };
    let mut findings = Vec::new();
    let urls = [&app.endpoints.token_url, &app.endpoints.api_url];
    let same_host = urls[0].origin() == urls[1].origin();
    for url in &urls[..if same_host { 1 } else { 2 }] {
        let host = url.host_str().unwrap_or_default();
        let request = http::Request::builder().method(Method::GET).uri(url.as_str());
        let answer = match request.body(Vec::new()) {
            Ok(request) => context.send(app.provider.name(), request).map_err(Error::from),
            Err(_) => Err(Error::internal("a malformed URL")),
        };
        match answer {
            Err(error) => {
                findings.push(Finding::of("reachability", &error, bridge.language()).about(app));
            }
            Ok(response) => {
                let message = format!("{host} answers");
                findings.push(Finding::new("reachability", Severity::Ok, message).about(app));
                findings.extend(clock(&response).map(|finding| finding.about(app)));
            }
        }
    }
    findings
}

/// Compares this machine's clock with the `Date` of an answer (RFC 9110, section 6.6.1).
fn clock(response: &Response) -> Option<Finding> {
    let there = crate::http::date(response)?;
    let ahead = Timestamp::now().as_second() - there.as_second();
    Some(if ahead.abs() <= CLOCK_TOLERANCE {
        Finding::new("clock", Severity::Ok, "agrees with the provider's")
    } else {
        let side = if ahead < 0 { "behind" } else { "ahead of" };
        let seconds = ahead.unsigned_abs();
        let message = format!("this machine's clock is {seconds} seconds {side} the provider's");
        let remedy = "Synchronize the clock (NTP).";
        Finding::new("clock", Severity::Error, message).remedy(remedy)
    })
}
