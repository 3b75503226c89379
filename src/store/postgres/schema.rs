//! The tables: what new ones are made of, and whether those that exist are ours.

use super::address::Address;
use super::failure::{Failure, damaged, unavailable};
use super::pool::Pool;
use super::session::Session;
use crate::error::Result;

/// Who has made the tables.
const APPLICATION: &str = "Meetbridge";

/// How each version of the tables is made from the one before; `schema_version` counts them. Steps
/// only ever add, because servers with the older version may have the store open.
///
/// Everything is in a schema of its own, `meetbridge`, which is the session's search path. Texts
/// are compared as bytes, as SQLite does. What the columns mean is told with SQLite's schema.
/// Nothing here is secret except `sealed`, and that is sealed.
const STEPS: &[&str] = &[
    "
CREATE TABLE schema_version (application TEXT NOT NULL, version BIGINT NOT NULL);
INSERT INTO schema_version VALUES ('Meetbridge', 0);
CREATE TABLE grants (
    provider TEXT COLLATE \"C\" NOT NULL,
    client_id TEXT COLLATE \"C\" NOT NULL,
    owner TEXT COLLATE \"C\" NOT NULL,
    user_name TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    refused_at BIGINT,
    scopes TEXT NOT NULL,
    account_id TEXT,
    account_user_id TEXT COLLATE \"C\",
    account_email TEXT,
    authorized_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    webhooks_checked_at BIGINT,
    intent_version BIGINT,
    intent_at BIGINT,
    intent_host TEXT,
    intent_pid BIGINT,
    intent_start_time BIGINT,
    key_id TEXT,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (owner, provider, client_id)
);
CREATE INDEX grants_account ON grants (provider, client_id, account_user_id)
    WHERE account_user_id IS NOT NULL;
CREATE INDEX grants_key ON grants (key_id);
CREATE INDEX grants_app ON grants (provider, client_id, authorized_at);
CREATE INDEX grants_refreshed ON grants (provider, refreshed_at, owner, client_id)
    WHERE state = 'authorized';
CREATE TABLE deleted_grants (highest_version BIGINT NOT NULL);
INSERT INTO deleted_grants VALUES (0);
CREATE TABLE spent_nonces (
    nonce BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_nonces_expiry ON spent_nonces (expires_at);
CREATE TABLE sealing_keys (
    number BIGINT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    added_at BIGINT NOT NULL
);
CREATE TABLE meeting_references (
    owner TEXT COLLATE \"C\" NOT NULL,
    provider TEXT COLLATE \"C\" NOT NULL,
    reference TEXT COLLATE \"C\" NOT NULL,
    date TEXT COLLATE \"C\" NOT NULL,
    client_id TEXT NOT NULL,
    meeting_id TEXT,
    asked_at BIGINT NOT NULL,
    kept_until BIGINT,
    key_id TEXT,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (owner, provider, reference, date)
);
CREATE INDEX meeting_references_meeting ON meeting_references (provider, meeting_id)
    WHERE meeting_id IS NOT NULL;
CREATE INDEX meeting_references_key ON meeting_references (key_id);
CREATE INDEX meeting_references_kept ON meeting_references (kept_until)
    WHERE kept_until IS NOT NULL;
CREATE TABLE host_emails (
    owner TEXT COLLATE \"C\" NOT NULL,
    provider TEXT COLLATE \"C\" NOT NULL,
    client_id TEXT COLLATE \"C\" NOT NULL,
    email TEXT NOT NULL,
    PRIMARY KEY (owner, provider, client_id)
);
CREATE TABLE audit (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    took BIGINT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    provider TEXT,
    client_id TEXT,
    user_name TEXT,
    acting_user TEXT,
    meeting_id TEXT,
    reference TEXT,
    tracking_id TEXT,
    correlation_id TEXT
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_meeting ON audit (provider, meeting_id, at) WHERE meeting_id IS NOT NULL;
",
    "
ALTER TABLE grants ADD COLUMN refreshed_on BIGINT NOT NULL DEFAULT 0;
UPDATE grants SET refreshed_on = refreshed_at / 86400;
DROP INDEX grants_refreshed;
CREATE INDEX grants_refreshed ON grants (provider, refreshed_on, owner, client_id)
    WHERE state = 'authorized';
",
];

pub(super) const VERSION: u32 = STEPS.len() as u32;

/// One server makes or changes the tables, the others find it done. "MtBr" begins our locks.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(x'4d74427200000001'::bigint)";

/// Makes the tables that are missing, all or none.
pub(super) fn prepare(pool: &Pool) -> Result<()> {
    let address = pool.address();
    let made = pool.write(BEGIN, async |session| {
        let version = match examine(session, address).await? {
            Some(VERSION) => return Ok(()),
            Some(version) => version,
            None => {
                let lacks = "SELECT to_regnamespace('meetbridge') IS NULL";
                // An administrator may have made it, so that we need not be allowed to.
                if session.value(lacks, &[]).await? == Some(true) {
                    session.batch("CREATE SCHEMA meetbridge").await?;
                }
                0
            }
        };
        for step in &STEPS[version as usize..] {
            session.batch(step).await?;
        }
        session.execute("UPDATE schema_version SET version = ?1", &[&i64::from(VERSION)]).await?;
        Ok(())
    });
    made.map_err(Failure::error)
}

/// The version of the tables; none if there are none. Others' tables in the schema of our name are
/// refused, and so are ours of a newer library.
pub(super) async fn examine(
    session: &Session,
    address: &Address,
) -> std::result::Result<Option<u32>, Failure> {
    let foreign = || damaged(address, "the schema meetbridge is not of this library");
    let found = session
        .query(
            "SELECT to_regclass('meetbridge.schema_version') IS NOT NULL, EXISTS (SELECT 1
             FROM pg_class WHERE relnamespace = to_regnamespace('meetbridge'))",
            &[],
            |row| Ok((row.try_get(0)?, row.try_get(1)?)),
        )
        .await?;
    match found.first() {
        Some((true, _)) => {}
        Some((false, false)) => return Ok(None),
        _ => return Err(foreign().into()),
    }
    let rows: Vec<(String, i64)> = session
        .query("SELECT application::text, version::bigint FROM schema_version", &[], |row| {
            Ok((row.try_get(0)?, row.try_get(1)?))
        })
        .await?;
    let [(application, version)] = rows.as_slice() else { return Err(foreign().into()) };
    match u32::try_from(*version) {
        _ if application != APPLICATION => Err(foreign().into()),
        Ok(version @ 1..=VERSION) => Ok(Some(version)),
        Ok(newer) if newer > VERSION => Err(unavailable(
            address,
            format_args!(
                "made by a newer version of this library (tables {newer}; this one knows {VERSION})"
            ),
        )
        .into()),
        _ => Err(foreign().into()),
    }
}
