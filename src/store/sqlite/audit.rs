//! The statements of the audit trail, and of what ends with time.

use rusqlite::{Result, Row, Transaction, params};

use super::references;
use crate::store::{AuditRow, Purge, Purged};

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT number, at, took, operation, outcome, provider, client_id, user_name, \
             acting_user, meeting_id, reference, tracking_id, correlation_id FROM audit WHERE ",
            $condition
        )
    };
}

pub(super) const SELECT: &str =
    select!("at >= ?1 AND at < ?2 AND number > ?3 ORDER BY number LIMIT ?4");

pub(super) const SELECT_OF_MEETING: &str =
    select!("provider = ?1 AND meeting_id = ?2 AND at >= ?3 ORDER BY number");

pub(super) fn read(row: &Row<'_>) -> Result<AuditRow> {
    Ok(AuditRow {
        number: row.get(0)?,
        at: row.get(1)?,
        took: row.get(2)?,
        operation: row.get(3)?,
        outcome: row.get(4)?,
        provider: row.get(5)?,
        client_id: row.get(6)?,
        user: row.get(7)?,
        acting_user: row.get(8)?,
        meeting_id: row.get(9)?,
        reference: row.get(10)?,
        tracking_id: row.get(11)?,
        correlation_id: row.get(12)?,
    })
}

pub(super) fn append(transaction: &Transaction<'_>, row: &AuditRow) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO audit (at, took, operation, outcome, provider, client_id, user_name,
                 acting_user, meeting_id, reference, tracking_id, correlation_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            row.at,
            row.took,
            row.operation,
            row.outcome,
            row.provider,
            row.client_id,
            row.user,
            row.acting_user,
            row.meeting_id,
            row.reference,
            row.tracking_id,
            row.correlation_id,
        ])?;
    Ok(())
}

pub(super) fn purge(transaction: &Transaction<'_>, what: &Purge) -> Result<Purged> {
    let delete = |statement: &str, before: i64| {
        let mut statement = transaction.prepare_cached(statement)?;
        statement.execute(params![before, what.limit]).map(|count| count as u64)
    };
    Ok(Purged {
        nonces: delete(
            "DELETE FROM spent_nonces WHERE rowid IN
                 (SELECT rowid FROM spent_nonces WHERE expires_at < ?1 LIMIT ?2)",
            what.now,
        )?,
        references: delete(references::PURGE, what.now)?,
        audit: delete(
            "DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE at < ?1 LIMIT ?2)",
            what.audit_before.saturating_mul(1000),
        )?,
    })
}
