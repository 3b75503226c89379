//! The statements about calendar entries and their meetings.

use rusqlite::{Result, Row, Transaction, params};

use crate::store::seal::KeyId;
use crate::store::{ReferenceKey, ReferenceRow};

pub(super) const SELECT: &str =
    "SELECT owner, reference, date, client_id, meeting_id, asked_at, sealed, kept_until
     FROM meeting_references WHERE owner = ?1 AND provider = ?2 AND reference = ?3 ORDER BY date";

pub(super) const SELECT_OF_USER: &str =
    "SELECT owner, reference, date, client_id, meeting_id, asked_at, sealed, kept_until
     FROM meeting_references WHERE owner = ?1 AND provider = ?2";

pub(super) const SELECT_SEALED_OTHERWISE: &str =
    "SELECT owner, reference, date, client_id, meeting_id, asked_at, sealed, kept_until
     FROM meeting_references WHERE provider = ?1 AND key_id IS NOT ?2
         AND (owner, reference, date) > (?3, ?4, ?5) ORDER BY owner, reference, date LIMIT ?6";

pub(super) const RESEAL: &str = "UPDATE meeting_references SET key_id = ?6, sealed = ?7
     WHERE owner = ?1 AND provider = ?2 AND reference = ?3 AND date = ?4 AND sealed = ?5";

pub(super) const PURGE: &str =
    "DELETE FROM meeting_references WHERE (owner, provider, reference, date) IN
         (SELECT owner, provider, reference, date FROM meeting_references
          WHERE kept_until < ?1 LIMIT ?2)";

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
        kept_until: row.get(7)?,
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
                 client_id, meeting_id, asked_at, key_id, sealed, kept_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
            row.kept_until,
        ])?;
    Ok(())
}
