//! The statements of the store, and what its rows mean.

use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, Transaction, params};

use crate::platform::ProcessId;
use crate::store::seal::KeyId;
use crate::store::{Account, GrantKey, GrantRow, GrantState, Intent, Reason};

/// The columns that `read` expects, then the condition.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT owner, client_id, user_name, version, state, reason, scopes, account_id, \
             account_user_id, account_email, authorized_at, refreshed_at, expires_at, sealed, \
             intent_version, intent_at, intent_host, intent_pid, intent_start_time, refused_at \
             FROM grants WHERE ",
            $condition
        )
    };
}

pub(super) const SELECT_BY_KEY: &str = select!("owner = ?1 AND provider = ?2 AND client_id = ?3");

pub(super) const SELECT_BY_ACCOUNT: &str =
    select!("provider = ?1 AND client_id = ?2 AND account_user_id = ?3");

pub(super) const SELECT_BY_USER: &str = select!("owner = ?1 AND provider = ?2");

pub(super) const SELECT_AFTER: &str =
    select!("provider = ?1 AND (owner, client_id) > (?2, ?3) ORDER BY owner, client_id LIMIT ?4");

pub(super) const SELECT_BY_APP: &str = select!(
    "provider = ?1 AND client_id = ?2 ORDER BY authorized_at DESC, refreshed_at DESC LIMIT ?3"
);

pub(super) const SELECT_REFRESHED_BEFORE: &str = select!(
    "provider = ?1 AND state = 'authorized' AND refreshed_at < ?2
     AND (refreshed_at, owner, client_id) > (?3, ?4, ?5)
     ORDER BY refreshed_at, owner, client_id LIMIT ?6"
);

pub(super) const COUNT_REFRESHED_BEFORE: &str = "SELECT count(*) FROM grants WHERE provider = ?1 AND state = 'authorized' AND refreshed_at < ?2";

pub(super) const SELECT_UNCHECKED: &str = select!(
    "provider = ?1 AND client_id = ?2 AND state = 'authorized'
     AND ifnull(webhooks_checked_at, 0) < ?3 AND owner > ?4 ORDER BY owner LIMIT ?5"
);

pub(super) const SET_CHECKED: &str = "UPDATE grants SET webhooks_checked_at = ?4
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3";

pub(super) const SELECT_SEALED_OTHERWISE: &str = select!(
    "provider = ?1 AND key_id IS NOT ?2 AND (owner, client_id) > (?3, ?4)
     ORDER BY owner, client_id LIMIT ?5"
);

pub(super) const RESEAL: &str = "UPDATE grants SET key_id = ?5, sealed = ?6
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND sealed = ?4";

pub(super) const COUNT_SEALED_OTHERWISE: &str =
    "SELECT (SELECT count(*) FROM grants WHERE key_id IS NOT ?1)
          + (SELECT count(*) FROM meeting_references WHERE key_id IS NOT ?1)";

pub(super) const SELECT_VERSION: &str =
    "SELECT version FROM grants WHERE owner = ?1 AND provider = ?2 AND client_id = ?3";

pub(super) const SET_ACCOUNT: &str =
    "UPDATE grants SET account_id = ?4, account_user_id = ?5, account_email = ?6
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND authorized_at = ?7";

pub(super) const CLEAR_INTENT: &str =
    "UPDATE grants SET intent_version = NULL, intent_at = NULL, intent_host = NULL,
     intent_pid = NULL, intent_start_time = NULL
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND intent_version IS NOT NULL";

/// The first three parameters of every statement about one authorization.
pub(super) fn key(key: &GrantKey) -> [&str; 3] {
    [&key.user, key.provider, &key.client_id]
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
    let reason = Reason::parse(row.get_ref(5)?.as_str_or_null()?);
    match row.get_ref(4)?.as_str()? {
        "authorized" => Ok(GrantState::Authorized),
        "reauthorize" => Ok(GrantState::Reauthorize(reason)),
        _ => Err(Error::InvalidColumnType(4, "state".to_owned(), Type::Text)),
    }
}

fn state_columns(state: GrantState) -> (&'static str, Option<&'static str>) {
    match state {
        GrantState::Authorized => ("authorized", None),
        GrantState::Reauthorize(reason) => ("reauthorize", Some(reason.name())),
    }
}

/// Inserts or replaces; the new version.
pub(super) fn upsert(transaction: &Transaction<'_>, row: &GrantRow) -> Result<u64> {
    let (state, reason) = state_columns(row.state);
    let account = row.account.as_ref();
    let version: i64 = transaction
        .prepare_cached(
            "INSERT INTO grants (owner, provider, client_id, user_name, version, state, reason,
                 scopes, account_id, account_user_id, account_email, authorized_at, refreshed_at,
                 expires_at, key_id, sealed)
             VALUES (?1, ?2, ?3, ?4, (SELECT highest_version + 1 FROM deleted_grants), ?5, ?6,
                 ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (owner, provider, client_id) DO UPDATE SET version = version + 1,
                 user_name = excluded.user_name, state = excluded.state,
                 reason = excluded.reason, refused_at = NULL, scopes = excluded.scopes,
                 account_id = excluded.account_id, account_user_id = excluded.account_user_id,
                 account_email = excluded.account_email, authorized_at = excluded.authorized_at,
                 refreshed_at = excluded.refreshed_at, expires_at = excluded.expires_at,
                 intent_version = NULL, intent_at = NULL, intent_host = NULL,
                 intent_pid = NULL, intent_start_time = NULL,
                 key_id = excluded.key_id, sealed = excluded.sealed
             RETURNING version",
        )?
        .query_row(
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
                row.expires_at,
                KeyId::of_sealed(&row.sealed).map(|id| id.to_string()),
                row.sealed,
            ],
            |row| row.get(0),
        )?;
    Ok(version as u64)
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
    let (state, reason) = state_columns(state);
    let changed = transaction
        .prepare_cached(
            "UPDATE grants SET version = version + 1, state = ?5, reason = ?6, refused_at = ?7
             WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND version = ?4",
        )?
        .execute(params![
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
        .prepare_cached(
            "DELETE FROM grants WHERE owner = ?1 AND provider = ?2 AND client_id = ?3
             RETURNING version",
        )?
        .query_row(key(owner), |row| row.get(0))
        .optional()?;
    if let Some(version) = version {
        transaction
            .prepare_cached("UPDATE deleted_grants SET highest_version = max(highest_version, ?1)")?
            .execute([version])?;
    }
    Ok(version.is_some())
}

pub(super) fn key_ids(connection: &Connection) -> Result<Vec<KeyId>> {
    // Asked before the schema is brought up to date: the first version had no references.
    let has_references = connection
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'meeting_references'")?
        .exists([])?;
    let sealed_references = match has_references {
        true => "OR EXISTS (SELECT 1 FROM meeting_references WHERE key_id = sealing_keys.id)",
        false => "",
    };
    connection
        .prepare_cached(&format!(
            "SELECT id FROM sealing_keys
             WHERE number = (SELECT max(number) FROM sealing_keys)
                OR EXISTS (SELECT 1 FROM grants WHERE key_id = sealing_keys.id)
                {sealed_references}
             ORDER BY number"
        ))?
        .query_map([], |row| {
            let invalid = || Error::InvalidColumnType(0, "id".to_owned(), Type::Text);
            KeyId::parse(row.get_ref(0)?.as_str()?).ok_or_else(invalid)
        })?
        .collect()
}
