//! The rows of authorizations, as SQLite gives and takes them.

use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params};

use super::connections::Transaction;
use crate::platform::ProcessId;
use crate::store::seal::KeyId;
use crate::store::{Account, GrantKey, GrantRow, GrantState, Guarded, Intent, statements};

/// The first three parameters of every statement about one authorization.
pub(super) fn key(key: &GrantKey) -> [&str; 3] {
    [&key.user, key.provider, &key.client_id]
}

/// The row id under which an authorization lies, unless an earlier version has put it there or
/// another one has the same hash: so it is found without the index of owners, which would cost as
/// much again as the row. SQLite writes 42 bits as six bytes, three less than it takes for all, and
/// of a million users there are two with the same in one store of nine.
pub(crate) fn id(key: &GrantKey) -> i64 {
    (Guarded::Grant(key).hash() >> 22) as i64
}

/// Looks where the authorization should lie, and then by its owner.
pub(super) fn find<T>(
    connection: &Connection,
    owner: &GrantKey,
    [by_id, by_owner]: [&str; 2],
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let [user, provider, client_id] = key(owner);
    let parameters = params![user, provider, client_id, id(owner)];
    let found = connection.prepare_cached(by_id)?.query_row(parameters, &read).optional()?;
    match found {
        Some(found) => Ok(Some(found)),
        None => connection.prepare_cached(by_owner)?.query_row(key(owner), read).optional(),
    }
}

pub(super) fn read(row: &Row<'_>, provider: &'static str) -> Result<GrantRow> {
    let scopes: String = row.get(6)?;
    let account = Account { id: row.get(7)?, user_id: row.get(8)?, email: row.get(9)? };
    let intent = match row.get::<_, Option<i64>>(14)? {
        None => None,
        Some(version) => Some(Intent {
            version: version as u64,
            at: row.get(15)?,
            owner: ProcessId {
                host: row.get(16)?,
                pid: row.get(17)?,
                start_time: row.get::<_, i64>(18)? as u64,
            },
        }),
    };
    Ok(GrantRow {
        key: GrantKey { provider, client_id: row.get(1)?, user: row.get(0)? },
        user: row.get(2)?,
        version: row.get::<_, i64>(3)? as u64,
        state: read_state(row)?,
        refused_at: row.get(19)?,
        scopes: scopes.split_ascii_whitespace().map(str::to_owned).collect(),
        account: (account != Account::default()).then_some(account),
        authorized_at: row.get(10)?,
        refreshed_at: row.get(11)?,
        expires_at: row.get(12)?,
        sealed: row.get(13)?,
        intent,
    })
}

fn read_state(row: &Row<'_>) -> Result<GrantState> {
    GrantState::parse(row.get_ref(4)?.as_str()?, row.get_ref(5)?.as_str_or_null()?)
        .ok_or_else(|| Error::InvalidColumnType(4, "state".to_owned(), Type::Text))
}

/// Inserts or replaces; the new version.
pub(super) fn upsert(transaction: &Transaction<'_>, row: &GrantRow) -> Result<u64> {
    let (state, reason) = row.state.columns();
    let account = row.account.as_ref();
    let version: i64 = transaction.prepare_cached(statements::PUT_GRANT)?.query_row(
        params![
            row.key.user,
            row.key.provider,
            row.key.client_id,
            row.user,
            state,
            reason,
            row.scopes.join(" "),
            account.and_then(|account| account.id.as_ref()),
            account.and_then(|account| account.user_id.as_ref()),
            account.and_then(|account| account.email.as_ref()),
            row.authorized_at,
            row.refreshed_at,
            row.refreshed_on(),
            row.expires_at,
            KeyId::of_sealed(&row.sealed).map(|id| id.to_string()),
            row.sealed,
        ],
        |row| row.get(0),
    )?;
    let [user, provider, client_id] = key(&row.key);
    transaction
        .prepare_cached(
            "UPDATE OR IGNORE grants SET id = ?4
             WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND id <> ?4",
        )?
        .execute(params![user, provider, client_id, id(&row.key)])?;
    Ok(version as u64)
}

/// Replaces the pair of a row that lies in its place, is authorized, was refreshed on the same day
/// and stays sealed with the same key, and leaves alone what this does not concern: user, account,
/// and all indexes. None where there is no such row.
pub(super) fn renew(
    transaction: &Transaction<'_>,
    row: &GrantRow,
    refreshed_before: i64,
) -> Result<Option<u64>> {
    let [user, provider, client_id] = key(&row.key);
    let id = id(&row.key);
    let changed = transaction.prepare_cached(statements::RENEW_GRANT)?.execute(params![
        user,
        provider,
        client_id,
        id,
        row.authorized_at,
        refreshed_before,
        KeyId::of_sealed(&row.sealed).map(|id| id.to_string()),
        row.scopes.join(" "),
        row.refreshed_at,
        row.expires_at,
        row.sealed,
        row.refreshed_on(),
    ])?;
    if changed == 0 {
        return Ok(None);
    }
    // RETURNING would make a table of its own for it, which takes as long as the change itself.
    let version: i64 = transaction
        .prepare_cached(statements::GRANT_VERSION_BY_ID)?
        .query_row(params![user, provider, client_id, id], |row| row.get(0))?;
    Ok(Some(version as u64))
}

/// Whether the row is still of the consent and pair that the new one descends from.
pub(super) fn has_pair(
    transaction: &Transaction<'_>,
    row: &GrantRow,
    refreshed_at: i64,
) -> Result<bool> {
    let [user, provider, client_id] = key(&row.key);
    transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM grants WHERE owner = ?1 AND provider = ?2
             AND client_id = ?3 AND authorized_at = ?4 AND refreshed_at = ?5)",
        )?
        .query_row(params![user, provider, client_id, row.authorized_at, refreshed_at], |row| {
            row.get(0)
        })
}

/// Whether the authorization still has the intent's version.
pub(super) fn set_intent(
    transaction: &Transaction<'_>,
    key: &GrantKey,
    intent: &Intent,
) -> Result<bool> {
    let changed = transaction
        .prepare_cached(
            "UPDATE grants SET intent_version = ?4, intent_at = ?5, intent_host = ?6,
                 intent_pid = ?7, intent_start_time = ?8
             WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND version = ?4",
        )?
        .execute(params![
            key.user,
            key.provider,
            key.client_id,
            intent.version as i64,
            intent.at,
            intent.owner.host,
            intent.owner.pid,
            intent.owner.start_time as i64,
        ])?;
    Ok(changed == 1)
}

/// Whether the authorization still had this version.
pub(super) fn set_state(
    transaction: &Transaction<'_>,
    key: &GrantKey,
    version: u64,
    state: GrantState,
    at: i64,
) -> Result<bool> {
    let refused_at = (state != GrantState::Authorized).then_some(at);
    let (state, reason) = state.columns();
    let changed = transaction.prepare_cached(statements::SET_STATE)?.execute(params![
        key.user,
        key.provider,
        key.client_id,
        version as i64,
        state,
        reason,
        refused_at
    ])?;
    Ok(changed == 1)
}

/// Deletes, and remembers the version for those who insert the same key again.
pub(super) fn delete(transaction: &Transaction<'_>, owner: &GrantKey) -> Result<bool> {
    let version: Option<i64> = transaction
        .prepare_cached(statements::DELETE_GRANT)?
        .query_row(key(owner), |row| row.get(0))
        .optional()?;
    if let Some(version) = version {
        transaction.prepare_cached(statements::SET_HIGHEST_VERSION)?.execute([version])?;
    }
    Ok(version.is_some())
}

pub(super) fn key_ids(connection: &Connection) -> Result<Vec<KeyId>> {
    // Asked before the schema is brought up to date: the first version had no references.
    let has_references = connection
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'meeting_references'")?
        .exists([])?;
    let statement = match has_references {
        true => statements::KEY_IDS,
        false => {
            "SELECT id FROM sealing_keys
             WHERE number = (SELECT max(number) FROM sealing_keys)
                OR EXISTS (SELECT 1 FROM grants WHERE key_id = sealing_keys.id)
             ORDER BY number"
        }
    };
    connection
        .prepare_cached(statement)?
        .query_map([], |row| {
            let invalid = || Error::InvalidColumnType(0, "id".to_owned(), Type::Text);
            KeyId::parse(row.get_ref(0)?.as_str()?).ok_or_else(invalid)
        })?
        .collect()
}
