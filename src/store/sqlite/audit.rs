//! The lines of the audit trail as SQLite gives and takes them, and what ends with time.

use rusqlite::{Result, Row, params};

use super::connections::Transaction;
use crate::store::{AuditRow, Purge, Purged, statements};

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
    transaction.prepare_cached(statements::APPEND_AUDIT)?.execute(params![
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
        nonces: delete(statements::PURGE_NONCES, what.now)?,
        references: delete(statements::PURGE_REFERENCES, what.now)?,
        audit: delete(statements::PURGE_AUDIT, what.audit_before.saturating_mul(1000))?,
    })
}
