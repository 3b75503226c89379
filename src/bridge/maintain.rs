//! Housekeeping, as far as the host lends its thread: there are none of our own.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use crate::authorization;
use crate::call::{Call, Options};
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::provider::{self, Provider};
use crate::settings::{App, AppKind};
use crate::store::{GrantKey, GrantRow, GrantState, Purge};
use crate::user::UserName;

/// How many rows are purged of each kind in one transaction.
const PURGED_AT_ONCE: u32 = 500;
/// What seems to have been renewed later than this from now, in seconds, was so by a clock that was
/// ahead, and nobody knows when: it is renewed too.
const AHEAD: i64 = 2 * 86_400;
/// How many due authorizations are read at once.
const READ_AT_ONCE: u32 = 50;
/// After how many failures in a row an app is left alone until the next time.
const FAILURES: u32 = 3;
/// How many problems are told; the log has all.
const PROBLEMS: usize = 20;
/// Of which users access tokens are renewed before they end: those whose calls came within this.
const USED_WITHIN: Duration = Duration::from_secs(2 * 3600);
/// And how soon they end, in seconds: somewhat later than maintain is called again.
const ENDS_WITHIN: i64 = 20 * 60;
/// How often the webhooks of a user are looked at, in seconds.
const WEBHOOKS_EVERY: i64 = 86_400;

/// What housekeeping did, and what is left to do.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Whether everything that was due is done.
    complete: bool,
    renewals: Renewals,
    /// New tokens that the store had not taken, and has now.
    restored: u64,
    resealed: u64,
    purged: Purged,
    webhooks: Webhooks,
    due: Due,
    /// What could not be done, in words; not more than can be read.
    problems: Vec<String>,
    took_ms: u64,
}

#[derive(Debug, Default, Serialize)]
struct Renewals {
    renewed: u64,
    /// To be tried again.
    failed: u64,
    /// The provider refuses: the user must authorize again.
    ended: u64,
    /// Of apps that are disabled or no longer in the settings.
    unserved: u64,
}

#[derive(Debug, Default, Serialize)]
struct Purged {
    nonces: u64,
    references: u64,
    audit: u64,
}

#[derive(Debug, Default, Serialize)]
struct Webhooks {
    created: u64,
    reactivated: u64,
    removed: u64,
}

#[derive(Debug, Default, Serialize)]
struct Due {
    /// Authorizations that lapse unless they are renewed in time.
    renewals: u64,
    /// Rows that still need an older key of the ring.
    reseals: u64,
    /// Whether new tokens wait beside the store.
    restores: bool,
    /// Whether users' webhooks were not looked at.
    webhooks: bool,
    /// Whether there is more that has had its time.
    purges: bool,
}

/// Works for about `budget`; a request under way is not broken off.
pub fn maintain(context: &Context<'_>, budget: Duration) -> Result<Report> {
    let began = Instant::now();
    let spent = |share: u32| began.elapsed() >= budget * share / 4 || context.call.check().is_err();
    let mut report = Report {
        restored: authorization::restore_rescued(context.vault, context.log).restored,
        ..Report::default()
    };
    // No kind of work takes it all: what is left is done the next time.
    let outcomes = [
        ("purge", purge(context, &mut report, &|| !spent(1))),
        ("reseal", reseal(context, &mut report, &|| !spent(2))),
        ("renew", renew(context, &mut report, &|| !spent(3))),
        ("webhooks", tend_webhooks(context, &mut report, &|| !spent(4))),
    ];
    for (name, outcome) in outcomes {
        if let Err(error) = outcome {
            report.trouble(context, format!("{name}: {error}"));
        }
    }
    count_due(context, &mut report)?;
    if let Some(path) = context.vault.rescued() {
        report.trouble(context, format!("rescued tokens stay in {}", path.display()));
    }
    let due = &report.due;
    report.complete = due.renewals == 0
        && due.reseals == 0
        && !(due.restores || due.webhooks || due.purges)
        && report.problems.is_empty();
    report.took_ms = began.elapsed().as_millis() as u64;
    Ok(report)
}

impl Report {
    fn trouble(&mut self, context: &Context<'_>, what: String) {
        context.log(Level::Warn, format_args!("maintain: {what}"));
        if self.problems.len() < PROBLEMS && !self.problems.contains(&what) {
            self.problems.push(what);
        }
    }
}

fn purge(context: &Context<'_>, report: &mut Report, more: &dyn Fn() -> bool) -> Result<()> {
    let now = Timestamp::now().as_second();
    let audit_before = now - context.settings.audit_days * 86_400;
    let what = Purge { now, audit_before, limit: PURGED_AT_ONCE };
    loop {
        let done = context.vault.store().purge(&what)?;
        report.purged.nonces += done.nonces;
        report.purged.references += done.references;
        report.purged.audit += done.audit;
        let most = done.nonces.max(done.references).max(done.audit);
        if most < u64::from(PURGED_AT_ONCE) {
            return Ok(());
        }
        if !more() {
            report.due.purges = true;
            return Ok(());
        }
    }
}

fn reseal(context: &Context<'_>, report: &mut Report, more: &dyn Fn() -> bool) -> Result<()> {
    let rotation = context.vault.rotate(&names(), context.log, more)?;
    report.resealed = rotation.resealed;
    if rotation.unopened > 0 {
        let what = format!("{} rows open with none of the keys", rotation.unopened);
        report.trouble(context, what);
    }
    Ok(())
}

fn names() -> Vec<&'static str> {
    provider::ALL.iter().map(|provider| provider.name()).collect()
}

/// Before when a pair was made that is to be renewed now.
fn due_before(provider: &dyn Provider) -> i64 {
    Timestamp::now().as_second() - provider.renewal_days() * 86_400
}

fn renew(context: &Context<'_>, report: &mut Report, more: &dyn Fn() -> bool) -> Result<()> {
    let mut patience = Patience::default();
    for provider in provider::ALL {
        let nobody = GrantKey { provider: provider.name(), client_id: "".into(), user: "".into() };
        let ahead = (Timestamp::now().as_second() + AHEAD, nobody);
        for (before, mut after) in [(due_before(*provider), None), (i64::MAX, Some(ahead))] {
            while more() {
                let from = after.as_ref().map(|(at, key)| (*at, key));
                let store = context.vault.store();
                let rows =
                    store.grants_refreshed_before(provider.name(), before, from, READ_AT_ONCE)?;
                let Some(last) = rows.last() else { break };
                after = Some((last.refreshed_at, last.key.clone()));
                for row in rows {
                    if !more() {
                        return Ok(());
                    }
                    match app_of(context, &row) {
                        Some(app) => renew_row(context, app, &row, report, &mut patience),
                        None => report.renewals.unserved += 1,
                    }
                }
            }
        }
    }
    renew_used(context, report, &mut patience, more);
    Ok(())
}

/// Renews what ends soon and was used lately, so that its user's next call need not.
fn renew_used(
    context: &Context<'_>,
    report: &mut Report,
    patience: &mut Patience,
    more: &dyn Fn() -> bool,
) {
    let Some(since) = Instant::now().checked_sub(USED_WITHIN) else { return };
    let soon = Timestamp::now().as_second() + ENDS_WITHIN;
    let mut grants = context.vault.used_since(since);
    grants.retain(|it| it.row.state == GrantState::Authorized && it.row.expires_at < soon);
    grants.sort_by_key(|grant| grant.row.expires_at);
    for grant in grants {
        let Some(app) = app_of(context, &grant.row) else { continue };
        // To try without a refresh token would end it before its time.
        let can_be_renewed = grant.tokens.refresh.is_some() || app.kind == AppKind::Server;
        if can_be_renewed && more() {
            renew_row(context, app, &grant.row, report, patience);
        }
    }
}

fn renew_row(
    context: &Context<'_>,
    app: &App,
    row: &GrantRow,
    report: &mut Report,
    patience: &mut Patience,
) {
    if patience.has_ended(app) {
        return;
    }
    let outcome = of_user(context, row, |context, user| renew_one(context, app, user, row));
    patience.note(app, &outcome);
    match outcome {
        Ok(renewed) => report.renewals.renewed += u64::from(renewed),
        Err(error) if error.status() == Status::Reauthorize => report.renewals.ended += 1,
        Err(error) => {
            report.renewals.failed += 1;
            report.trouble(context, format!("renew: {}: {error}", &*app.client_id));
        }
    }
}

/// How often each app has failed in a row: one that cannot be reached is left alone until the next
/// time.
#[derive(Default)]
struct Patience(HashMap<String, u32>);

impl Patience {
    fn has_ended(&self, app: &App) -> bool {
        self.0.get(app.client_id.as_str()).is_some_and(|failures| *failures >= FAILURES)
    }

    fn note<T>(&mut self, app: &App, outcome: &Result<T>) {
        let failures = self.0.entry(app.client_id.to_string()).or_default();
        match outcome.as_ref().map_err(Error::status) {
            // Of everybody; other failures are one user's own.
            Err(
                Status::Network
                | Status::Tls
                | Status::Timeout
                | Status::ProviderUnavailable
                | Status::RateLimited
                | Status::AppRejected
                | Status::StoreUnavailable,
            ) => *failures += 1,
            _ => *failures = 0,
        }
    }
}

/// The app of an authorization that can be renewed: users who are no members any more stay
/// authorized, they may become members again.
fn app_of<'a>(context: &Context<'a>, row: &GrantRow) -> Option<&'a App> {
    let apps = &context.settings.apps;
    apps.iter().find(|app| {
        app.enabled
            && app.provider.name() == row.key.provider
            && *app.client_id == row.key.client_id
    })
}

/// Does something for the owner of an authorization, with a deadline of its own.
fn of_user<T>(
    context: &Context<'_>,
    row: &GrantRow,
    work: impl FnOnce(&Context<'_>, &UserName) -> Result<T>,
) -> Result<T> {
    let timeout = context.settings.http.timeout;
    let cancelled = || context.call.cancelled();
    let call = Call::new(
        Options { timeout_ms: None, ..context.call.options.clone() },
        timeout,
        &cancelled,
    );
    let user = UserName { key: row.key.user.clone(), display: row.user.clone() };
    work(&Context { call: &call, ..*context }, &user)
}

/// Whether it was renewed; not if somebody else is just doing so, or has.
fn renew_one(context: &Context<'_>, app: &App, user: &UserName, row: &GrantRow) -> Result<bool> {
    let Some(lock) = context.try_lock(&row.key)? else { return Ok(false) };
    let Some(grant) = context.vault.read(&row.key)? else { return Ok(false) };
    if grant.row.version != row.version {
        return Ok(false);
    }
    authorization::renew_locked(context, app, user, &grant, &*lock).map(|_| true)
}

/// Webex switches webhooks off that could not be delivered.
fn tend_webhooks(
    context: &Context<'_>,
    report: &mut Report,
    more: &dyn Fn() -> bool,
) -> Result<()> {
    // A reload may have brought another secret, another address or another key.
    let daily = Timestamp::now().as_second() - WEBHOOKS_EVERY;
    let before = daily.max(context.reloaded_at);
    let mut patience = Patience::default();
    let wanting = |app: &&App| app.enabled && authorization::wants_webhooks(app);
    for app in context.settings.apps.iter().filter(wanting) {
        let mut after = String::new();
        loop {
            let (name, id) = (app.provider.name(), app.client_id.as_str());
            let store = context.vault.store();
            let rows = store.grants_unchecked_since(name, id, before, &after, READ_AT_ONCE)?;
            let Some(last) = rows.last() else { break };
            if !more() {
                report.due.webhooks = true;
                return Ok(());
            }
            after.clone_from(&last.key.user);
            for row in rows {
                if patience.has_ended(app) || !more() {
                    report.due.webhooks = true;
                    break;
                }
                let outcome = of_user(context, &row, |context, user| {
                    authorization::tend_webhooks(context, app, user)
                });
                patience.note(app, &outcome);
                match outcome {
                    Ok(tended) => {
                        report.webhooks.created += u64::from(tended.created);
                        report.webhooks.reactivated += u64::from(tended.reactivated);
                        report.webhooks.removed += u64::from(tended.removed);
                    }
                    // Told where it is renewed.
                    Err(error) if error.status() == Status::Reauthorize => {}
                    Err(error) => {
                        report.due.webhooks = true;
                        report.trouble(context, format!("webhooks: {id}: {error}"));
                    }
                }
            }
        }
    }
    Ok(())
}

fn count_due(context: &Context<'_>, report: &mut Report) -> Result<()> {
    for provider in provider::ALL {
        let before = due_before(*provider);
        let store = context.vault.store();
        report.due.renewals += store.count_refreshed_before(provider.name(), before)?;
    }
    report.due.renewals = report.due.renewals.saturating_sub(report.renewals.unserved);
    report.due.reseals = context.vault.sealed_otherwise()?;
    report.due.restores = context.vault.rescued().is_some();
    Ok(())
}

/// The budget that a caller may set.
pub fn budget(wanted: Option<u64>) -> Result<Duration> {
    const DEFAULT_MS: u64 = 10_000;
    const MOST_MS: u64 = 3_600_000;
    match wanted.unwrap_or(DEFAULT_MS) {
        ms @ 1..=MOST_MS => Ok(Duration::from_millis(ms)),
        _ => Err(Error::invalid_argument(format!("options.budget_ms: must be 1 to {MOST_MS}"))),
    }
}
