//! The rows of calendar entries and their meetings, as SQLite gives and takes them.

use rusqlite::{Result, Row, params};

use super::connections::Transaction;
use crate::store::seal::KeyId;
use crate::store::{ReferenceKey, ReferenceRow, statements};

pub(super) fn read_key(row: &Row<'_>, provider: &'static str) -> Result<ReferenceKey> {
    Ok(ReferenceKey { provider, user: row.get(0)?, reference: row.get(1)?, date: row.get(2)? })
}

pub(super) fn read(row: &Row<'_>, provider: &'static str) -> Result<ReferenceRow> {
    Ok(ReferenceRow {
        key: read_key(row, provider)?,
        client_id: row.get(3)?,
        meeting_id: row.get(4)?,
        asked_at: row.get(5)?,
        sealed: row.get(6)?,
        kept_until: row.get(7)?,
    })
}

pub(super) fn delete(transaction: &Transaction<'_>, key: &ReferenceKey) -> Result<()> {
    let ReferenceKey { provider, user, reference, date } = key;
    transaction
        .prepare_cached(statements::DELETE_REFERENCE)?
        .execute(params![user, provider, reference, date])?;
    Ok(())
}

pub(super) fn put(transaction: &Transaction<'_>, row: &ReferenceRow) -> Result<()> {
    let ReferenceKey { provider, user, reference, date } = &row.key;
    transaction.prepare_cached(statements::PUT_REFERENCE)?.execute(params![
        user,
        provider,
        reference,
        date,
        row.client_id,
        row.meeting_id,
        row.asked_at,
        KeyId::of_sealed(&row.sealed).map(|id| id.to_string()),
        row.sealed,
        row.kept_until,
    ])?;
    Ok(())
}
