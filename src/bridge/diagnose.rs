//! One call that says whether everything is in order, and what to do if not.

mod authorizations;
mod words;

use std::collections::BTreeSet;

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::{Bridge, Live};
use crate::audit::Trail;
use crate::authorization;
use crate::call::Call;
use crate::context::Context;
use crate::error::{Error, Status};
use crate::http::Response;
use crate::language::Language;
use crate::settings::App;
use words::{Said, Words};

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
    fn new(check: &'static str, severity: Severity, said: Said) -> Finding {
        let Said { message, remedy } = said;
        Finding { check, severity, message, remedy, provider: None, app: None }
    }

    fn of(check: &'static str, error: &Error, language: Language) -> Finding {
        let document = error.document(language);
        let said = Said { message: document.message, remedy: Some(document.remedy) };
        Finding::new(check, Severity::Error, said)
    }

    fn about(mut self, app: &App) -> Finding {
        self.provider = Some(app.provider.name());
        self.app = Some(app.client_id.to_string());
        self
    }
}

/// Looks at settings, key, store, proxy, TLS, the providers and the clock.
pub fn diagnose(bridge: &Bridge, call: &Call<'_>) -> Report {
    let words = Words::new(bridge.language());
    let mut findings = settings(bridge, &words);
    let mut store = None;
    match bridge.live() {
        Err(error) => {
            findings.push(Finding::of(check_of(&error), &error, bridge.language()));
        }
        Ok(live) => {
            store = check_store(bridge, &live, &words, &mut findings);
            findings.extend(authorizations::check(bridge, &live, &words));
            for app in bridge.settings.apps.iter().filter(|app| app.enabled) {
                findings.extend(reach(bridge, &live, &words, call, app));
            }
        }
    }
    report(findings, store)
}

/// What can be said where no bridge could be opened.
#[cfg(feature = "cli")]
pub fn unopened(error: &Error, language: Language) -> Report {
    report(vec![Finding::of(check_of(error), error, language)], None)
}

fn report(findings: Vec<Finding>, store: Option<StoreFacts>) -> Report {
    let status = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
    let library = Library { version: env!("CARGO_PKG_VERSION") };
    Report { status, findings, library, store }
}

/// Which check it is that fails so when a bridge is opened.
fn check_of(error: &Error) -> &'static str {
    match error.status() {
        Status::WrongKey => "key",
        Status::InvalidSettings => "settings",
        _ => "store",
    }
}

fn settings(bridge: &Bridge, words: &Words) -> Vec<Finding> {
    let apps = &bridge.settings.apps;
    let enabled = apps.iter().filter(|app| app.enabled).count();
    let mut findings = vec![match enabled {
        0 => Finding::new("settings", Severity::Error, words.say("apps-none", &[])),
        _ => {
            let said = words.say("apps", &[("count", enabled.to_string())]);
            Finding::new("settings", Severity::Ok, said)
        }
    }];
    for group in bridge.settings.unknown_groups() {
        let said = words.say("members", &[("name", format!("{group:?}"))]);
        findings.push(Finding::new("members", Severity::Warning, said));
    }
    for app in apps.iter().filter(|app| app.enabled) {
        for redirect in app.redirect_urls.iter().filter(|it| it.url.url().scheme() == "http") {
            let said = words.say("redirect-plain", &[("url", redirect.url.as_str().to_owned())]);
            findings.push(Finding::new("redirect_urls", Severity::Warning, said).about(app));
        }
    }
    findings.extend(one_machine(bridge, words));
    findings.extend(unused_proxy(bridge, words));
    let enabled = apps.iter().filter(|app| app.enabled);
    findings.extend(enabled.filter_map(|app| webhooks(app, words)));
    findings
}

/// A file cannot be shared by several machines.
fn one_machine(bridge: &Bridge, words: &Words) -> Option<Finding> {
    let path = bridge.settings.store.path()?;
    let urls =
        bridge.settings.apps.iter().filter(|app| app.enabled).flat_map(|app| &app.redirect_urls);
    let hosts: BTreeSet<&str> = urls.filter_map(|it| it.url.url().host_str()).collect();
    if hosts.len() < 2 {
        return None;
    }
    let values = [("count", hosts.len().to_string()), ("path", path.display().to_string())];
    let said = words.say("redirect-hosts", &values);
    Some(Finding::new("redirect_urls", Severity::Warning, said))
}

/// The environment's proxy is not taken silently, but perhaps it is needed.
fn unused_proxy(bridge: &Bridge, words: &Words) -> Option<Finding> {
    if bridge.settings.http.transport.proxy.is_some() {
        return Some(Finding::new("proxy", Severity::Ok, words.say("proxy", &[])));
    }
    let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let name = names.iter().find(|name| std::env::var_os(name).is_some_and(|it| !it.is_empty()))?;
    let said = words.say("proxy-unused", &[("name", (*name).to_owned())]);
    Some(Finding::new("proxy", Severity::Warning, said))
}

fn webhooks(app: &App, words: &Words) -> Option<Finding> {
    let (severity, id) = match (&app.webhook_secret, &app.verification_token) {
        (Some(_), None) => (Severity::Ok, "webhooks"),
        (None, None) if app.webhook_url.is_none() => return None,
        (None, None) => (Severity::Error, "webhooks-secret"),
        (_, Some(_)) => (Severity::Warning, "webhooks-token"),
    };
    Some(Finding::new("webhooks", severity, words.say(id, &[])).about(app))
}

fn check_store(
    bridge: &Bridge,
    live: &Live,
    words: &Words,
    findings: &mut Vec<Finding>,
) -> Option<StoreFacts> {
    for warning in &live.key_warnings {
        let said = words.say("key-visible", &[("warning", warning.clone())]);
        findings.push(Finding::new("key", Severity::Warning, said));
    }
    findings.extend(check_keys(bridge, live, words));
    match live.vault.store().summary() {
        Err(error) => {
            findings.push(Finding::of("store", &error, bridge.language()));
            None
        }
        Ok(summary) => {
            let count = summary.authorizations.to_string();
            let values = [("engine", summary.engine.clone()), ("count", count)];
            // Reading goes on when the disk is full.
            findings.push(match live.vault.store().check_room(authorization::ROOM) {
                Err(error) => Finding::of("store", &error, bridge.language()),
                Ok(()) => Finding::new("store", Severity::Ok, words.say("store", &values)),
            });
            Some(StoreFacts {
                engine: summary.engine,
                location: summary.location,
                schema_version: summary.schema_version,
                authorizations: summary.authorizations,
            })
        }
    }
}

fn check_keys(bridge: &Bridge, live: &Live, words: &Words) -> Vec<Finding> {
    let mut findings = Vec::new();
    match live.vault.sealed_otherwise() {
        Err(error) => findings.push(Finding::of("key", &error, bridge.language())),
        Ok(0) if bridge.settings.keys.len() > 1 => {
            let said = words.say("key-older-unused", &[]);
            findings.push(Finding::new("key", Severity::Ok, said));
        }
        Ok(0) => {}
        Ok(rows) => {
            let said = words.say("key-older", &[("count", rows.to_string())]);
            findings.push(Finding::new("key", Severity::Warning, said));
        }
    }
    match (live.vault.rescue_path(), live.vault.rescued()) {
        (None, _) => {
            let said = words.say("rescue-nowhere", &[]);
            findings.push(Finding::new("rescue", Severity::Warning, said));
        }
        (_, Some(path)) => {
            let said = words.say("rescue", &[("path", path.display().to_string())]);
            findings.push(Finding::new("rescue", Severity::Error, said));
        }
        (Some(_), None) => {}
    }
    findings
}

/// Asks the provider anything at all: every answer proves that names, proxy and TLS work.
fn reach(bridge: &Bridge, live: &Live, words: &Words, call: &Call<'_>, app: &App) -> Vec<Finding> {
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
                let said = words.say("reachability", &[("host", host.to_owned())]);
                findings.push(Finding::new("reachability", Severity::Ok, said).about(app));
                findings.extend(clock(&response, words).map(|finding| finding.about(app)));
            }
        }
    }
    findings
}

/// Compares this machine's clock with the `Date` of an answer (RFC 9110, section 6.6.1).
fn clock(response: &Response, words: &Words) -> Option<Finding> {
    let there = crate::http::date(response)?;
    let ahead = Timestamp::now().as_second() - there.as_second();
    let (severity, id) = match ahead {
        _ if ahead.abs() <= CLOCK_TOLERANCE => (Severity::Ok, "clock"),
        ..0 => (Severity::Error, "clock-behind"),
        _ => (Severity::Error, "clock-ahead"),
    };
    let said = words.say(id, &[("seconds", ahead.unsigned_abs().to_string())]);
    Some(Finding::new("clock", severity, said))
}
