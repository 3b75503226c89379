//! What the authorizations themselves tell.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Finding, Severity, Words};
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
pub fn check(bridge: &Bridge, live: &Live, words: &Words) -> Vec<Finding> {
    let mut findings = Vec::new();
    for provider in provider::ALL {
        let name = provider.name();
        let found = live.vault.store().grants_after(name, None, SAMPLE);
        match found.and_then(|rows| of_provider(bridge, live, words, *provider, &rows)) {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding::of("authorizations", &error, bridge.language())),
        }
    }
    findings
}

fn of_provider(
    bridge: &Bridge,
    live: &Live,
    words: &Words,
    provider: &'static dyn provider::Provider,
    rows: &[GrantRow],
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for app in bridge.settings.apps.iter().filter(|app| app.enabled) {
        let is_its = |row: &&GrantRow| {
            app.provider.name() == provider.name() && row.key.client_id == *app.client_id
        };
        let its: Vec<&GrantRow> = rows.iter().filter(is_its).collect();
        findings.extend(scopes(app, &its, words));
        findings.extend(ended(app, &its, words));
    }
    let lapses_before = provider.lapse_days() - NOTICE_DAYS;
    let before = Timestamp::now().as_second() - lapses_before * 86_400;
    let lapsing = live.vault.store().count_refreshed_before(provider.name(), before)?;
    if lapsing > 0 {
        let values = [
            ("count", lapsing.to_string()),
            ("provider", provider.name().to_owned()),
            ("days", lapses_before.to_string()),
            ("notice", NOTICE_DAYS.to_string()),
        ];
        let said = words.say("renewals", &values);
        findings.push(Finding::new("renewals", Severity::Warning, said));
    }
    Ok(findings)
}

/// Which scopes how many of them lack.
fn scopes(app: &App, rows: &[&GrantRow], words: &Words) -> Option<Finding> {
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
    let lacks = lacks.collect::<Vec<_>>().join(", ");
    let said = words.say("scopes", &[("count", rows.len().to_string()), ("scopes", lacks)]);
    Some(Finding::new("scopes", Severity::Warning, said).about(app))
}

fn ended(app: &App, rows: &[&GrantRow], words: &Words) -> Option<Finding> {
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
    let counts = counts.collect::<Vec<_>>().join(", ");
    let said = words.say("ended", &[("count", rows.len().to_string()), ("reasons", counts)]);
    Some(Finding::new("authorizations", Severity::Warning, said).about(app))
}
