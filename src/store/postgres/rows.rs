//! The rows as PostgreSQL gives and takes them. The order of columns is that of `statements`.

use tokio_postgres::Row;

use super::failure::{Failure, Unreadable};
use super::session::Session;
use crate::platform::ProcessId;
use crate::store::seal::KeyId;
use crate::store::{
    Account, AuditRow, GrantKey, GrantRow, GrantState, Intent, ReferenceKey, ReferenceRow,
    statements,
};

type Read<T> = Result<T, Unreadable>;
type Done<T> = Result<T, Failure>;

/// How a transaction begins that may insert an authorization, and one that may delete one. Nobody
/// inserts from before a deletion, whose version would then repeat. Each transaction takes this
/// lock before those of authorizations, so that no two wait for each other.
pub(super) const BEGIN_PUT: &str = "BEGIN; SELECT 1 FROM deleted_grants FOR SHARE";
pub(super) const BEGIN_DELETE: &str = "BEGIN; SELECT 1 FROM deleted_grants FOR UPDATE";

/// The time by the server's clock.
macro_rules! now {
    () => {
        "extract(epoch FROM clock_timestamp())::bigint"
    };
}

pub(super) const NOW: &str = concat!("SELECT ", now!());

/// See `Store::put_intent`; the time is the server's.
pub(super) const SET_INTENT: &str = concat!(
    "UPDATE grants SET intent_version = ?4, intent_at = ",
    now!(),
    ", intent_host = ?5, intent_pid = ?6, intent_start_time = ?7
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND version = ?4"
);

/// Keeps the pair as it is until the end of the transaction.
pub(super) const HOLD_PAIR: &str =
    "SELECT 1 FROM grants WHERE owner = ?1 AND provider = ?2 AND client_id = ?3
     AND authorized_at = ?4 AND refreshed_at = ?5 FOR UPDATE";

/// Some expired nonces that nobody else removes at the moment.
pub(super) const FORGET_NONCES: &str = concat!(
    "DELETE FROM spent_nonces WHERE nonce IN (SELECT nonce FROM spent_nonces
     WHERE expires_at < ",
    now!(),
    " AND nonce <> ?1 LIMIT ?2 FOR UPDATE SKIP LOCKED)"
);

pub(super) const ADD_KEY_ID: &str = concat!(
    "INSERT INTO sealing_keys (number, id, added_at)
     SELECT coalesce(max(number), 0) + 1, ?1, ",
    now!(),
    " FROM sealing_keys
     ON CONFLICT (id) DO UPDATE SET number = excluded.number, added_at = excluded.added_at"
);

/// Lines become visible in the order of their numbers, so that who reads on misses none. The only
/// transaction whose commit need not be on the disk.
pub(super) const BEGIN_AUDIT: &str = "BEGIN; SET LOCAL synchronous_commit = off;
     SELECT pg_advisory_xact_lock(x'4d74427200000002'::bigint)";

pub(super) fn grant(row: &Row, provider: &'static str) -> Read<GrantRow> {
    let scopes: &str = row.try_get(6)?;
    let account = Account { id: row.try_get(7)?, user_id: row.try_get(8)?, email: row.try_get(9)? };
    let intent = match row.try_get::<_, Option<i64>>(14)? {
        None => None,
        Some(version) => Some(Intent {
            version: version as u64,
            at: row.try_get(15)?,
            owner: ProcessId {
                host: row.try_get(16)?,
                pid: row.try_get::<_, i64>(17)? as u32,
                start_time: row.try_get::<_, i64>(18)? as u64,
            },
        }),
    };
    let state = GrantState::parse(row.try_get(4)?, row.try_get(5)?);
    Ok(GrantRow {
        key: GrantKey { provider, client_id: row.try_get(1)?, user: row.try_get(0)? },
        user: row.try_get(2)?,
        version: row.try_get::<_, i64>(3)? as u64,
        state: state.ok_or(Unreadable::Value("a state that is not known"))?,
        refused_at: row.try_get(19)?,
        scopes: scopes.split_ascii_whitespace().map(str::to_owned).collect(),
        account: (account != Account::default()).then_some(account),
        authorized_at: row.try_get(10)?,
        refreshed_at: row.try_get(11)?,
        expires_at: row.try_get(12)?,
        sealed: row.try_get(13)?,
        intent,
    })
}

/// The new version. The transaction began with [`BEGIN_PUT`] or [`BEGIN_DELETE`].
pub(super) async fn put_grant(session: &Session, row: &GrantRow) -> Done<u64> {
    let (state, reason) = row.state.columns();
    let account = row.account.clone().unwrap_or_default();
    let version: Option<i64> = session
        .value(
            statements::PUT_GRANT,
            &[
                &row.key.user,
                &row.key.provider,
                &row.key.client_id,
                &row.user,
                &state,
                &reason,
                &row.scopes.join(" "),
                &account.id,
                &account.user_id,
                &account.email,
                &row.authorized_at,
                &row.refreshed_at,
                &row.refreshed_on(),
                &row.expires_at,
                &key_id(&row.sealed),
                &row.sealed,
            ],
        )
        .await?;
    Ok(version.unwrap_or_default() as u64)
}

/// Whether there was one. The transaction began with [`BEGIN_DELETE`].
pub(super) async fn delete_grant(session: &Session, key: &GrantKey) -> Done<bool> {
    let GrantKey { provider, client_id, user } = key;
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [user, provider, client_id];
    let version: Option<i64> = session.value(statements::DELETE_GRANT, &parameters).await?;
    if let Some(version) = version {
        session.execute(statements::SET_HIGHEST_VERSION, &[&version]).await?;
    }
    Ok(version.is_some())
}

/// Whether the version and the sealed pair of this row are there: what became of a write whose
/// answer was lost. A pair is sealed anew for each write.
pub(super) async fn has_grant(session: &Session, row: &GrantRow, version: u64) -> Done<bool> {
    let GrantKey { provider, client_id, user } = &row.key;
    let found = session
        .value(
            "SELECT version = ?4 AND sealed = ?5 FROM grants
             WHERE owner = ?1 AND provider = ?2 AND client_id = ?3",
            &[user, provider, client_id, &(version as i64), &row.sealed],
        )
        .await?;
    Ok(found == Some(true))
}

pub(super) async fn key_ids(session: &Session) -> Done<Vec<KeyId>> {
    let read =
        |row: &Row| KeyId::parse(row.try_get(0)?).ok_or(Unreadable::Value("a key id that is none"));
    session.query(statements::KEY_IDS, &[], read).await
}

/// The master key that sealed this, as columns hold it.
pub(super) fn key_id(sealed: &[u8]) -> Option<String> {
    KeyId::of_sealed(sealed).map(|id| id.to_string())
}

pub(super) fn reference_key(row: &Row, provider: &'static str) -> Read<ReferenceKey> {
    Ok(ReferenceKey {
        provider,
        user: row.try_get(0)?,
        reference: row.try_get(1)?,
        date: row.try_get(2)?,
    })
}

pub(super) fn reference(row: &Row, provider: &'static str) -> Read<ReferenceRow> {
    Ok(ReferenceRow {
        key: reference_key(row, provider)?,
        client_id: row.try_get(3)?,
        meeting_id: row.try_get(4)?,
        asked_at: row.try_get(5)?,
        sealed: row.try_get(6)?,
        kept_until: row.try_get(7)?,
    })
}

pub(super) async fn put_reference(session: &Session, row: &ReferenceRow) -> Done<()> {
    let ReferenceKey { provider, user, reference, date } = &row.key;
    session
        .execute(
            statements::PUT_REFERENCE,
            &[
                user,
                provider,
                reference,
                date,
                &row.client_id,
                &row.meeting_id,
                &row.asked_at,
                &key_id(&row.sealed),
                &row.sealed,
                &row.kept_until,
            ],
        )
        .await?;
    Ok(())
}

pub(super) async fn delete_reference(session: &Session, key: &ReferenceKey) -> Done<()> {
    let ReferenceKey { provider, user, reference, date } = key;
    session.execute(statements::DELETE_REFERENCE, &[user, provider, reference, date]).await?;
    Ok(())
}

pub(super) fn audit(row: &Row) -> Read<AuditRow> {
    Ok(AuditRow {
        number: row.try_get(0)?,
        at: row.try_get(1)?,
        took: row.try_get(2)?,
        operation: row.try_get(3)?,
        outcome: row.try_get(4)?,
        provider: row.try_get(5)?,
        client_id: row.try_get(6)?,
        user: row.try_get(7)?,
        acting_user: row.try_get(8)?,
        meeting_id: row.try_get(9)?,
        reference: row.try_get(10)?,
        tracking_id: row.try_get(11)?,
        correlation_id: row.try_get(12)?,
    })
}

/// An address that the new user had already gives way.
pub(super) async fn rename_host_emails(session: &Session, old: &str, new: &str) -> Done<()> {
    if old == new {
        return Ok(());
    }
    session
        .execute(
            "DELETE FROM host_emails AS known USING host_emails AS moved
             WHERE known.owner = ?2 AND moved.owner = ?1 AND known.provider = moved.provider
                 AND known.client_id = moved.client_id",
            &[&old, &new],
        )
        .await?;
    session.execute("UPDATE host_emails SET owner = ?2 WHERE owner = ?1", &[&old, &new]).await?;
    Ok(())
}
