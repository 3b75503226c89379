//! What the authorizations themselves tell.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Finding, Severity};
use crate::bridge::{Bridge, Live};
use crate::error::Result;
use crate::provider;
use crate::settings::App;
use crate::store::{GrantRow, GrantState};

/// How many authorizations of each provider are looked at.
const SAMPLE: u32 = 300;
/// How many days before they lapse authorizations are reported.
const NOTICE_DAYS: i64 = 14;

/// Scopes, ends and lapses, of a sample.
pub fn check(bridge: &Bridge, live: &Live) -> Vec<Finding> {
    let mut findings = Vec::new();
    for provider in provider::ALL {
        let name = provider.name();
        let found = live.vault.store().grants_after(name, None, SAMPLE);
        match found.and_then(|rows| of_provider(bridge, live, *provider, &rows)) {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding::of("authorizations", &error, bridge.language())),
        }
    }
    findings
}

fn of_provider(
    bridge: &Bridge,
    live: &Live,
    provider: &'static dyn provider::Provider,
    rows: &[GrantRow],
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for app in bridge.settings.apps.iter().filter(|app| app.enabled) {
        let is_its = |row: &&GrantRow| {
            app.provider.name() == provider.name() && row.key.client_id == *app.client_id
        };
        let its: Vec<&GrantRow> = rows.iter().filter(is_its).collect();
        findings.extend(scopes(app, &its));
        findings.extend(ended(app, &its));
    }
    let lapses_before = provider.lapse_days() - NOTICE_DAYS;
    let before = Timestamp::now().as_second() - lapses_before * 86_400;
    let lapsing = live.vault.store().count_refreshed_before(provider.name(), before)?;
    if lapsing > 0 {
        let message = format!(
            "{lapsing} authorizations of {} were not renewed for {lapses_before} days and lapse \
             within {NOTICE_DAYS}",
            provider.name()
        );
        let remedy = "Call maintain now, and let the host call it every hour.";
        findings.push(Finding::new("renewals", Severity::Warning, message).remedy(remedy));
    }
    Ok(findings)
}

/// Which scopes how many of them lack.
fn scopes(app: &App, rows: &[&GrantRow]) -> Option<Finding> {
    let mut lacking: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.state == GrantState::Authorized) {
        for scope in app.provider.lacking_scopes(&row.scopes) {
            *lacking.entry(scope.to_owned()).or_default() += 1;
        }
    }
    if lacking.is_empty() {
        return None;
    }
    let lacks = lacking.iter().map(|(scope, count)| format!("{scope} ({count})"));
    let message = format!(
        "of {} authorizations looked at, some lack scopes: {}",
        rows.len(),
        lacks.collect::<Vec<_>>().join(", ")
    );
    let remedy = "Add the scopes to the app at the provider and to `scopes` where that is set; \
                  then these users authorize again.";
    Some(Finding::new("scopes", Severity::Warning, message).remedy(remedy).about(app))
}

fn ended(app: &App, rows: &[&GrantRow]) -> Option<Finding> {
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    for row in rows {
        if let GrantState::Reauthorize(reason) = row.state {
            *reasons.entry(reason.name()).or_default() += 1;
        }
    }
    if reasons.is_empty() {
        return None;
    }
    let counts = reasons.iter().map(|(reason, count)| format!("{reason} ({count})"));
    let message = format!(
        "of {} authorizations looked at, some have ended: {}",
        rows.len(),
        counts.collect::<Vec<_>>().join(", ")
    );
    let remedy = "These users must authorize again; list_authorizations names them.";
    Some(Finding::new("authorizations", Severity::Warning, message).remedy(remedy).about(app))
}
