//! The audit trail: who did what for whom, and how it ended.
//!
//! Everything that changes something leaves a line; reading does where somebody else than the
//! user acts, or where what makes a host is handed out. A line never holds a secret.

use std::cell::RefCell;

use jiff::Timestamp;
use serde::Serialize;

use crate::call::Call;
use crate::context::Context;
use crate::error::{Error, Result, Status};
use crate::filter::Filter;
use crate::log::Level;
use crate::settings::App;
use crate::store::{AuditRow, GrantRow};
use crate::text;

/// The operations that only read.
const READING: &[&str] = &[
    "start_authorization",
    "get_authorization",
    "list_authorizations",
    "get_meeting",
    "list_meetings",
    "get_invitation",
    "list_audit",
];

/// A notification leaves a line only where it ends something.
const SELF_RECORDED: &[&str] = &["handle_webhook"];

/// The longest id of a meeting, in bytes.
const MOST_OF_ID: usize = 200;

/// What becomes the line of one call.
pub struct Trail {
    operation: &'static str,
    /// Whether the call leaves a line of its own.
    is_told: bool,
    row: RefCell<AuditRow>,
}

impl Trail {
    pub fn begin(operation: &'static str, call: &Call<'_>) -> Trail {
        let options = &call.options;
        let is_special = options.acting_user.is_some() || options.include_host_secrets;
        let is_silent = READING.contains(&operation) && !is_special;
        let row = AuditRow {
            at: call.began_at.as_millisecond(),
            acting_user: options.acting_user.clone(),
            correlation_id: options.correlation_id.clone(),
            ..AuditRow::default()
        };
        let is_told = !is_silent && !SELF_RECORDED.contains(&operation);
        Trail { operation, is_told, row: RefCell::new(row) }
    }

    /// Adds what has become known to the line, if there will be one.
    pub fn note(&self, change: impl FnOnce(&mut AuditRow)) {
        if self.is_told {
            change(&mut self.row.borrow_mut());
        }
    }

    /// How the provider calls the last request. It stands in the line of what ends meanwhile too.
    pub fn answered(&self, tracking_id: Option<String>) {
        self.row.borrow_mut().tracking_id = tracking_id;
    }

    pub fn about(&self, app: &App) {
        self.note(|row| {
            row.provider = Some(app.provider.name().to_owned());
            row.client_id = Some(app.client_id.to_string());
        });
    }

    /// What is too long to be the id of a meeting is not noted.
    pub fn about_meeting(&self, id: &str) {
        self.note(|row| row.meeting_id = Some(id.to_owned()).filter(|id| id.len() <= MOST_OF_ID));
    }

    /// Writes the line of a call that is at its end.
    pub fn end<T>(&self, context: &Context<'_>, outcome: &Result<T>) {
        let mut row = self.row.borrow_mut();
        // Anybody can call a callback's address: only what we once sealed is worth a line.
        let is_foreign = self.operation == "complete_authorization" && row.user.is_none();
        if !self.is_told || is_foreign {
            return;
        }
        row.operation = self.operation.to_owned();
        row.took = i64::try_from(context.call.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        row.outcome = outcome.as_ref().map_or_else(Error::status, |_| Status::Ok).name().to_owned();
        if let Some(id) = outcome.as_ref().err().and_then(Error::tracking_id) {
            row.tracking_id = Some(id.to_owned());
        }
        append(context, &row);
    }
}

/// Writes that an authorization has ended during this call.
pub fn ended(context: &Context<'_>, grant: &GrantRow, outcome: Status) {
    let row = AuditRow {
        at: Timestamp::now().as_millisecond(),
        operation: "end_authorization".to_owned(),
        outcome: outcome.name().to_owned(),
        provider: Some(grant.key.provider.to_owned()),
        client_id: Some(grant.key.client_id.clone()),
        user: Some(grant.user.clone()),
        meeting_id: None,
        reference: None,
        ..context.trail.row.borrow().clone()
    };
    append(context, &row);
}

/// A failure is told in the log alone: what was done is done.
fn append(context: &Context<'_>, row: &AuditRow) {
    if let Err(error) = context.vault.store().append_audit(row) {
        let AuditRow { operation, outcome, .. } = row;
        let what = format_args!("no line in the audit trail for {operation} ({outcome}): {error}");
        context.log(Level::Error, what);
    }
}

/// One line as callers see it.
#[derive(Serialize)]
pub struct Entry {
    at: Option<String>,
    took_ms: i64,
    operation: String,
    outcome: String,
    provider: Option<String>,
    app: Option<String>,
    user: Option<String>,
    acting_user: Option<String>,
    meeting_id: Option<String>,
    reference: Option<String>,
    tracking_id: Option<String>,
    correlation_id: Option<String>,
}

impl From<AuditRow> for Entry {
    fn from(row: AuditRow) -> Entry {
        Entry {
            at: text::utc_millis(row.at),
            took_ms: row.took,
            operation: row.operation,
            outcome: row.outcome,
            provider: row.provider,
            app: row.client_id,
            user: row.user,
            acting_user: row.acting_user,
            meeting_id: row.meeting_id,
            reference: row.reference,
            tracking_id: row.tracking_id,
            correlation_id: row.correlation_id,
        }
    }
}

/// A part of the trail.
#[derive(Serialize)]
pub struct Page {
    entries: Vec<Entry>,
    next: Option<String>,
}

/// The lines of operations that began from `from` until `to`, in the order in which they ended.
pub fn list(context: &Context<'_>, filter: Option<&str>) -> Result<Page> {
    let filter = Filter::parse_within(filter, Timestamp::MIN, Timestamp::MAX)?;
    let after = match filter.next.as_deref().map(str::parse::<i64>) {
        None => 0,
        Some(Ok(number)) if number > 0 => number,
        Some(_) => return Err(Error::invalid_argument("filter.next: not what a page gave")),
    };
    let (from, to) = (filter.from.as_millisecond(), filter.to.as_millisecond());
    let rows = context.vault.store().audit(from, to, after, filter.page_size)?;
    let is_full = rows.len() as u32 == filter.page_size;
    let next = rows.last().filter(|_| is_full).map(|row| row.number.to_string());
    Ok(Page { entries: rows.into_iter().map(Entry::from).collect(), next })
}
