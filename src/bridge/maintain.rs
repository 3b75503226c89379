//! Housekeeping, as far as the host lends its thread: there are none of our own.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use crate::authorization;
use crate::call::Call;
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::provider::{self, Provider};
use crate::settings::App;
use crate::store::{GrantKey, GrantRow, Purge};
use crate::user::UserName;

/// How many rows are purged of each kind in one transaction.
const PURGED_AT_ONCE: u32 = 500;
/// How many due authorizations are read at once.
const READ_AT_ONCE: u32 = 50;
/// After how many failures in a row an app is left alone until the next time.
const FAILURES: u32 = 3;

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
    due: Due,
    /// What could not be done, in words; each kind once.
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
struct Due {
    /// Authorizations that lapse unless they are renewed in time.
    renewals: u64,
    /// Rows that still need an older key of the ring.
    reseals: u64,
    /// Whether new tokens wait beside the store.
    restores: bool,
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
        ("renew", renew(context, &mut report, &|| !spent(4))),
    ];
    for (name, outcome) in outcomes {
        if let Err(error) = outcome {
            report.trouble(context, format!("{name}: {error}"));
        }
    }
    count_due(context, &mut report)?;
    let due = &report.due;
    report.complete =
        due.renewals == 0 && due.reseals == 0 && !due.restores && report.problems.is_empty();
    report.took_ms = began.elapsed().as_millis() as u64;
    Ok(report)
}

impl Report {
    fn trouble(&mut self, context: &Context<'_>, what: String) {
        context.log(Level::Warn, format_args!("maintain: {what}"));
        if !self.problems.contains(&what) {
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
        if most < u64::from(PURGED_AT_ONCE) || !more() {
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
    for provider in provider::ALL {
        let before = due_before(*provider);
        let mut left_alone: Vec<(String, u32)> = Vec::new();
        let mut after: Option<(i64, GrantKey)> = None;
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
                let client_id = row.key.client_id.clone();
                let Some(app) = app_of(context, &row) else {
                    report.renewals.unserved += 1;
                    continue;
                };
                let failures = left_alone.iter().position(|(id, _)| *id == client_id);
                let at = failures.unwrap_or_else(|| {
                    left_alone.push((client_id, 0));
                    left_alone.len() - 1
                });
                if left_alone[at].1 >= FAILURES {
                    continue;
                }
                match renew_one(context, app, &row) {
                    Ok(true) => {
                        report.renewals.renewed += 1;
                        left_alone[at].1 = 0;
                    }
                    Ok(false) => {}
                    Err(error) if error.status() == Status::Reauthorize => {
                        report.renewals.ended += 1;
                        left_alone[at].1 = 0;
                    }
                    Err(error) => {
                        report.renewals.failed += 1;
                        left_alone[at].1 += 1;
                        let id = &left_alone[at].0;
                        report.trouble(context, format!("renew: {id}: {error}"));
                    }
                }
            }
        }
    }
    Ok(())
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

/// Whether it was renewed; not if somebody else is just doing so, or has.
fn renew_one(context: &Context<'_>, app: &App, row: &GrantRow) -> Result<bool> {
    let timeout = context.settings.http.timeout;
    let cancelled = || context.call.cancelled();
    let call = Call::new(context.call.options.clone(), timeout, &cancelled);
    let context = Context { call: &call, ..*context };
    let user = UserName { key: row.key.user.clone(), display: row.user.clone() };
    let Some(lock) = context.try_lock(&row.key)? else { return Ok(false) };
    let Some(grant) = context.vault.read(&row.key)? else { return Ok(false) };
    if grant.row.version != row.version {
        return Ok(false);
    }
    authorization::renew_locked(&context, app, &user, &grant, &*lock).map(|_| true)
}

fn count_due(context: &Context<'_>, report: &mut Report) -> Result<()> {
    for provider in provider::ALL {
        let before = due_before(*provider);
        let store = context.vault.store();
        report.due.renewals += store.count_refreshed_before(provider.name(), before)?;
    }
    report.due.renewals = report.due.renewals.saturating_sub(report.renewals.unserved);
    report.due.reseals = context.vault.sealed_otherwise()?;
    report.due.restores = context.vault.has_rescued();
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
