//! The statements that SQLite and PostgreSQL understand alike. Parameters are written as SQLite
//! has them, `?1`; no text holds a question mark otherwise.

/// The columns of an authorization, then the condition.
macro_rules! grants {
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

/// The columns of a calendar entry, then the condition.
macro_rules! references {
    ($condition:literal) => {
        concat!(
            "SELECT owner, reference, date, client_id, meeting_id, asked_at, sealed, kept_until \
             FROM meeting_references WHERE ",
            $condition
        )
    };
}

/// The columns of a line of the audit trail, then the condition.
macro_rules! audit {
    ($condition:literal) => {
        concat!(
            "SELECT number, at, took, operation, outcome, provider, client_id, user_name, \
             acting_user, meeting_id, reference, tracking_id, correlation_id FROM audit WHERE ",
            $condition
        )
    };
}

pub const GRANT: &str = grants!("owner = ?1 AND provider = ?2 AND client_id = ?3");

/// By SQLite's row id; the sign keeps it from looking into the index.
pub const GRANT_BY_ID: &str =
    grants!("id = ?4 AND +owner = ?1 AND provider = ?2 AND client_id = ?3");

pub const GRANTS_OF_ACCOUNT: &str =
    grants!("provider = ?1 AND client_id = ?2 AND account_user_id = ?3");

pub const GRANTS_OF_USER: &str = grants!("owner = ?1 AND provider = ?2");

pub const GRANTS_AFTER: &str =
    grants!("provider = ?1 AND (owner, client_id) > (?2, ?3) ORDER BY owner, client_id LIMIT ?4");

pub const GRANTS_OF_APP: &str = grants!(
    "provider = ?1 AND client_id = ?2 ORDER BY authorized_at DESC, refreshed_at DESC LIMIT ?3"
);

pub const GRANTS_REFRESHED_BEFORE: &str = grants!(
    "provider = ?1 AND state = 'authorized' AND refreshed_at < ?2 AND refreshed_on <= ?3
     AND (refreshed_on, owner, client_id) > (?4, ?5, ?6)
     ORDER BY refreshed_on, owner, client_id LIMIT ?7"
);

pub const COUNT_REFRESHED_BEFORE: &str = "SELECT count(*) FROM grants
     WHERE provider = ?1 AND state = 'authorized' AND refreshed_at < ?2 AND refreshed_on <= ?3";

pub const GRANTS_UNCHECKED: &str = grants!(
    "provider = ?1 AND client_id = ?2 AND state = 'authorized'
     AND coalesce(webhooks_checked_at, 0) < ?3 AND owner > ?4 ORDER BY owner LIMIT ?5"
);

pub const GRANTS_SEALED_OTHERWISE: &str = grants!(
    "provider = ?1 AND key_id IS DISTINCT FROM ?2 AND (owner, client_id) > (?3, ?4)
     ORDER BY owner, client_id LIMIT ?5"
);

pub const COUNT_SEALED_OTHERWISE: &str =
    "SELECT (SELECT count(*) FROM grants WHERE key_id IS DISTINCT FROM ?1)
          + (SELECT count(*) FROM meeting_references WHERE key_id IS DISTINCT FROM ?1)";

pub const COUNT_GRANTS: &str = "SELECT count(*) FROM grants";

pub const GRANT_VERSION: &str =
    "SELECT version FROM grants WHERE owner = ?1 AND provider = ?2 AND client_id = ?3";

pub const GRANT_VERSION_BY_ID: &str = "SELECT version FROM grants
     WHERE id = ?4 AND +owner = ?1 AND provider = ?2 AND client_id = ?3";

/// Nobody deletes meanwhile: else a version could repeat.
pub const PUT_GRANT: &str =
    "INSERT INTO grants (owner, provider, client_id, user_name, version, state, reason,
         scopes, account_id, account_user_id, account_email, authorized_at, refreshed_at,
         refreshed_on, expires_at, key_id, sealed)
     VALUES (?1, ?2, ?3, ?4, (SELECT highest_version + 1 FROM deleted_grants), ?5, ?6,
         ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
     ON CONFLICT (owner, provider, client_id) DO UPDATE SET version = grants.version + 1,
         user_name = excluded.user_name, state = excluded.state,
         reason = excluded.reason, refused_at = NULL, scopes = excluded.scopes,
         account_id = excluded.account_id, account_user_id = excluded.account_user_id,
         account_email = excluded.account_email, authorized_at = excluded.authorized_at,
         refreshed_at = excluded.refreshed_at, refreshed_on = excluded.refreshed_on,
         expires_at = excluded.expires_at,
         intent_version = NULL, intent_at = NULL, intent_host = NULL,
         intent_pid = NULL, intent_start_time = NULL,
         key_id = excluded.key_id, sealed = excluded.sealed
     RETURNING version";

/// By SQLite's row id. No indexed column is set, so that the row's own page is all that changes:
/// user, account, key and day stay as they are.
pub const RENEW_GRANT: &str =
    "UPDATE grants SET version = version + 1, reason = NULL, refused_at = NULL, scopes = ?8,
         refreshed_at = ?9, expires_at = ?10, sealed = ?11,
         intent_version = NULL, intent_at = NULL, intent_host = NULL,
         intent_pid = NULL, intent_start_time = NULL
     WHERE id = ?4 AND +owner = ?1 AND provider = ?2 AND client_id = ?3 AND state = 'authorized'
         AND authorized_at = ?5 AND refreshed_at = ?6 AND key_id IS ?7 AND refreshed_on = ?12";

pub const CLEAR_INTENT: &str =
    "UPDATE grants SET intent_version = NULL, intent_at = NULL, intent_host = NULL,
     intent_pid = NULL, intent_start_time = NULL
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND intent_version = ?4";

pub const SET_STATE: &str =
    "UPDATE grants SET version = version + 1, state = ?5, reason = ?6, refused_at = ?7
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND version = ?4";

pub const SET_ACCOUNT: &str =
    "UPDATE grants SET account_id = ?4, account_user_id = ?5, account_email = ?6
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND authorized_at = ?7";

pub const SET_CHECKED: &str = "UPDATE grants SET webhooks_checked_at = ?4
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3";

pub const RESEAL_GRANT: &str = "UPDATE grants SET key_id = ?5, sealed = ?6
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 AND sealed = ?4";

pub const DELETE_GRANT: &str = "DELETE FROM grants
     WHERE owner = ?1 AND provider = ?2 AND client_id = ?3 RETURNING version";

/// Remembers the version of a deleted row for those who insert the same key again.
pub const SET_HIGHEST_VERSION: &str =
    "UPDATE deleted_grants SET highest_version = ?1 WHERE highest_version < ?1";

pub const HOST_EMAIL: &str =
    "SELECT email FROM host_emails WHERE owner = ?1 AND provider = ?2 AND client_id = ?3";

pub const PUT_HOST_EMAIL: &str =
    "INSERT INTO host_emails (owner, provider, client_id, email) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (owner, provider, client_id) DO UPDATE SET email = excluded.email";

pub const DELETE_HOST_EMAILS: &str = "DELETE FROM host_emails WHERE owner = ?1";

pub const CLAIM_NONCE: &str =
    "INSERT INTO spent_nonces (nonce, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

pub const PURGE_NONCES: &str = "DELETE FROM spent_nonces WHERE nonce IN
     (SELECT nonce FROM spent_nonces WHERE expires_at < ?1 LIMIT ?2)";

/// The identities of keys that are needed: the last, and those of sealed rows.
pub const KEY_IDS: &str = "SELECT id FROM sealing_keys
     WHERE number = (SELECT max(number) FROM sealing_keys)
        OR EXISTS (SELECT 1 FROM grants WHERE key_id = sealing_keys.id)
        OR EXISTS (SELECT 1 FROM meeting_references WHERE key_id = sealing_keys.id)
     ORDER BY number";

pub const REFERENCES: &str =
    references!("owner = ?1 AND provider = ?2 AND reference = ?3 ORDER BY date");

pub const REFERENCES_OF_USER: &str = references!("owner = ?1 AND provider = ?2");

pub const REFERENCES_SEALED_OTHERWISE: &str = references!(
    "provider = ?1 AND key_id IS DISTINCT FROM ?2 AND (owner, reference, date) > (?3, ?4, ?5)
     ORDER BY owner, reference, date LIMIT ?6"
);

pub const REFERENCES_OF_MEETING: &str =
    "SELECT owner, reference, date FROM meeting_references WHERE provider = ?1 AND meeting_id = ?2";

pub const PUT_REFERENCE: &str = "INSERT INTO meeting_references (owner, provider, reference, date,
         client_id, meeting_id, asked_at, key_id, sealed, kept_until)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
     ON CONFLICT (owner, provider, reference, date) DO UPDATE SET
         client_id = excluded.client_id, meeting_id = excluded.meeting_id,
         asked_at = excluded.asked_at, key_id = excluded.key_id, sealed = excluded.sealed,
         kept_until = excluded.kept_until";

pub const RESEAL_REFERENCE: &str = "UPDATE meeting_references SET key_id = ?6, sealed = ?7
     WHERE owner = ?1 AND provider = ?2 AND reference = ?3 AND date = ?4 AND sealed = ?5";

pub const DELETE_REFERENCE: &str = "DELETE FROM meeting_references
     WHERE owner = ?1 AND provider = ?2 AND reference = ?3 AND date = ?4";

pub const RELEASE_MEETING: &str =
    "DELETE FROM meeting_references WHERE owner = ?1 AND provider = ?2 AND meeting_id = ?3
         AND client_id = coalesce(?4, client_id)";

pub const PURGE_REFERENCES: &str =
    "DELETE FROM meeting_references WHERE (owner, provider, reference, date) IN
         (SELECT owner, provider, reference, date FROM meeting_references
          WHERE kept_until < ?1 LIMIT ?2)";

pub const APPEND_AUDIT: &str =
    "INSERT INTO audit (at, took, operation, outcome, provider, client_id, user_name,
         acting_user, meeting_id, reference, tracking_id, correlation_id)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

pub const AUDIT: &str = audit!("at >= ?1 AND at < ?2 AND number > ?3 ORDER BY number LIMIT ?4");

pub const AUDIT_OF_MEETING: &str =
    audit!("provider = ?1 AND meeting_id = ?2 AND at >= ?3 ORDER BY number");

pub const PURGE_AUDIT: &str =
    "DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE at < ?1 LIMIT ?2)";
