//! The statements about calendar entries and their meetings.

use rusqlite::{Result, Row, Transaction, params};

use crate::store::seal::KeyId;
use crate::store::{ReferenceKey, ReferenceRow};

pub(super) const SELECT: &str =
    "SELECT owner, reference, date, client_id, meeting_id, asked_at, sealed
     FROM meeting_references WHERE owner = ?1 AND provider = ?2 AND reference = ?3 ORDER BY date";

pub(super) const SELECT_OF_USER: &str =
    "SELECT owner, reference, date, client_id, meeting_id, asked_at, sealed
     FROM meeting_references WHERE owner = ?1 AND provider = ?2";

pub(super) const SELECT_OF_MEETING: &str =
    "SELECT owner, reference, date FROM meeting_references WHERE provider = ?1 AND meeting_id = ?2";

pub(super) const RELEASE: &str =
    "DELETE FROM meeting_references WHERE owner = ?1 AND provider = ?2 AND meeting_id = ?3
         AND (?4 IS NULL OR client_id = ?4)";

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
    })
}

pub(super) fn delete(transaction: &Transaction<'_>, key: &ReferenceKey) -> Result<()> {
    let ReferenceKey { provider, user, reference, date } = key;
    transaction
        .prepare_cached(
            "DELETE FROM meeting_references
             WHERE owner = ?1 AND provider = ?2 AND reference = ?3 AND date = ?4",
        )?
        .execute(params![user, provider, reference, date])?;
    Ok(())
}

pub(super) fn put(transaction: &Transaction<'_>, row: &ReferenceRow) -> Result<()> {
    let ReferenceKey { provider, user, reference, date } = &row.key;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO meeting_references (owner, provider, reference, date,
                 client_id, meeting_id, asked_at, key_id, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            user,
            provider,
            reference,
            date,
            row.client_id,
            row.meeting_id,
            row.asked_at,
            KeyId::of_sealed(&row.sealed).map(|id| id.to_string()),
            row.sealed,
        ])?;
    Ok(())
}
