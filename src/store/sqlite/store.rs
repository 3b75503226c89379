//! What the store does, by its statements.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{OptionalExtension, params};

use super::{Sqlite, audit, references, rows, schema};
use crate::crash;
use crate::error::Result;
use crate::lock::locked;
use crate::store::failure::{explain, unavailable};
use crate::store::seal::KeyId;
use crate::store::turns::Patience;
use crate::store::{
    Account, AuditRow, GrantKey, GrantRow, GrantState, Guarded, Intent, Lock, Purge, Purged,
    ReferenceKey, ReferenceRow, Resealed, Store, Summary, day_of, statements,
};

/// How often another process's lock is tried: the kernel can wait for it, but not with a deadline.
const POLL: Duration = Duration::from_micros(500);

/// How many expired nonces a claim removes: more than it adds, and never a long transaction.
const NONCES_AT_ONCE: u32 = 16;

impl Store for Sqlite {
    fn change_counter(&self) -> Result<u64> {
        Ok(self.connections()?.changes())
    }

    fn read_grant(&self, key: &GrantKey) -> Result<Option<GrantRow>> {
        self.connections()?.read(|connection| {
            let statements = [statements::GRANT_BY_ID, statements::GRANT];
            rows::find(connection, key, statements, |row| rows::read(row, key.provider))
        })
    }

    fn grant_version(&self, key: &GrantKey) -> Result<Option<u64>> {
        self.connections()?.read(|connection| {
            let statements = [statements::GRANT_VERSION_BY_ID, statements::GRANT_VERSION];
            rows::find(connection, key, statements, |row| Ok(row.get::<_, i64>(0)? as u64))
        })
    }

    fn put_grant(&self, row: &GrantRow) -> Result<u64> {
        let version = self.connections()?.write(|transaction| {
            let version = rows::upsert(transaction, row)?;
            crash::point("store.grant.before");
            Ok(version)
        })?;
        crash::point("store.grant.after");
        Ok(version)
    }

    fn put_intent(&self, key: &GrantKey, intent: &Intent, room: usize) -> Result<bool> {
        let put = self.connections()?.write(|transaction| {
            let put = rows::set_intent(transaction, key, intent)?;
            if put {
                self.reserve(room)?;
            }
            crash::point("store.intent.before");
            Ok(put)
        })?;
        crash::point("store.intent.after");
        Ok(put)
    }

    fn check_room(&self, room: usize) -> Result<()> {
        // As the only writer: nobody may lengthen the log meanwhile.
        self.connections()?.write(|_| Ok(self.reserve(room)?))
    }

    fn clear_intent(&self, key: &GrantKey, version: u64) -> Result<()> {
        let version = version as i64;
        self.write(
            statements::CLEAR_INTENT,
            params![key.user, key.provider, key.client_id, version],
        )
    }

    fn renew_grant(&self, row: &GrantRow, refreshed_before: i64) -> Result<Option<u64>> {
        let version = self.connections()?.write(|transaction| {
            let version = match rows::renew(transaction, row, refreshed_before)? {
                None if rows::has_pair(transaction, row, refreshed_before)? => {
                    Some(rows::upsert(transaction, row)?)
                }
                version => version,
            };
            crash::point("store.grant.before");
            Ok(version)
        })?;
        crash::point("store.grant.after");
        Ok(version)
    }

    fn set_state(&self, key: &GrantKey, version: u64, state: GrantState, at: i64) -> Result<bool> {
        self.connections()?
            .write(|transaction| Ok(rows::set_state(transaction, key, version, state, at)?))
    }

    fn set_account(&self, key: &GrantKey, authorized_at: i64, account: &Account) -> Result<()> {
        let fields = params![
            key.user,
            key.provider,
            key.client_id,
            account.id,
            account.user_id,
            account.email,
            authorized_at
        ];
        self.write(statements::SET_ACCOUNT, fields)
    }

    fn delete_grant(&self, key: &GrantKey) -> Result<bool> {
        self.connections()?.write(|transaction| Ok(rows::delete(transaction, key)?))
    }

    fn grants_of_account(
        &self,
        provider: &'static str,
        client_id: &str,
        account_user_id: &str,
    ) -> Result<Vec<GrantRow>> {
        let parameters = params![provider, client_id, account_user_id];
        self.grants(statements::GRANTS_OF_ACCOUNT, parameters, provider)
    }

    fn grants_after(
        &self,
        provider: &'static str,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let (user, client_id) = after.unwrap_or_default();
        self.grants(statements::GRANTS_AFTER, params![provider, user, client_id, limit], provider)
    }

    fn grants_of_user(&self, provider: &'static str, user: &str) -> Result<Vec<GrantRow>> {
        self.grants(statements::GRANTS_OF_USER, params![user, provider], provider)
    }

    fn grants_of_app(
        &self,
        provider: &'static str,
        client_id: &str,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        self.grants(statements::GRANTS_OF_APP, params![provider, client_id, limit], provider)
    }

    fn grants_refreshed_before(
        &self,
        provider: &'static str,
        before: i64,
        after: Option<(i64, &GrantKey)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let (day, user, client_id) =
            after.map_or((i64::MIN, "", ""), |(at, key)| (day_of(at), &key.user, &key.client_id));
        let parameters = params![provider, before, day_of(before), day, user, client_id, limit];
        self.grants(statements::GRANTS_REFRESHED_BEFORE, parameters, provider)
    }

    fn count_refreshed_before(&self, provider: &str, before: i64) -> Result<u64> {
        self.count(statements::COUNT_REFRESHED_BEFORE, params![provider, before, day_of(before)])
    }

    fn grants_unchecked_since(
        &self,
        provider: &'static str,
        client_id: &str,
        before: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let parameters = params![provider, client_id, before, after, limit];
        self.grants(statements::GRANTS_UNCHECKED, parameters, provider)
    }

    fn set_webhooks_checked(&self, key: &GrantKey, at: i64) -> Result<()> {
        self.write(statements::SET_CHECKED, params![key.user, key.provider, key.client_id, at])
    }

    fn rename(
        &self,
        (old_user, new_user): (&str, &str),
        grants: &[(GrantKey, GrantRow)],
        references: &[(ReferenceKey, ReferenceRow)],
    ) -> Result<()> {
        self.connections()?.write(|transaction| {
            transaction
                .prepare_cached("UPDATE OR REPLACE host_emails SET owner = ?2 WHERE owner = ?1")?
                .execute([old_user, new_user])?;
            for (old, row) in grants {
                if *old != row.key {
                    rows::delete(transaction, old)?;
                }
                rows::upsert(transaction, row)?;
            }
            for (old, row) in references {
                references::delete(transaction, old)?;
                references::put(transaction, row)?;
            }
            crash::point("store.rename.before");
            Ok(())
        })
    }

    fn host_email(&self, key: &GrantKey) -> Result<Option<String>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(statements::HOST_EMAIL)?
                .query_row(rows::key(key), |row| row.get(0))
                .optional()
        })
    }

    fn set_host_email(&self, key: &GrantKey, email: &str) -> Result<()> {
        let fields = params![key.user, key.provider, key.client_id, email];
        self.write(statements::PUT_HOST_EMAIL, fields)
    }

    fn delete_host_emails(&self, user: &str) -> Result<bool> {
        self.connections()?.write(|transaction| {
            Ok(transaction.prepare_cached(statements::DELETE_HOST_EMAILS)?.execute([user])? > 0)
        })
    }

    fn claim_nonce(&self, nonce: &[u8], expires_at: i64) -> Result<bool> {
        let now = seconds_now();
        let claimed = self.connections()?.write(|transaction| {
            let claimed = transaction
                .prepare_cached(statements::CLAIM_NONCE)?
                .execute(params![nonce, expires_at])?
                == 1;
            if claimed {
                transaction
                    .prepare_cached(
                        "DELETE FROM spent_nonces WHERE rowid IN (SELECT rowid FROM spent_nonces
                         WHERE expires_at < ?1 AND nonce <> ?2 LIMIT ?3)",
                    )?
                    .execute(params![now, nonce, NONCES_AT_ONCE])?;
            }
            Ok(claimed)
        })?;
        crash::point("store.nonce.after");
        Ok(claimed)
    }

    fn key_ids(&self) -> Result<Vec<KeyId>> {
        if let Some(connections) = self.connections.get() {
            return connections.read(rows::key_ids);
        }
        if !schema::exists(&self.path)? {
            return Ok(Vec::new());
        }
        let ids = match &*locked(&self.examined) {
            Some(connection) => rows::key_ids(connection),
            None => rows::key_ids(&self.examine()?),
        };
        ids.map_err(|error| explain(&error, &self.path))
    }

    fn make_ready(&self) -> Result<()> {
        self.connections().map(drop)
    }

    fn add_key_id(&self, id: KeyId, known: &[KeyId]) -> Result<bool> {
        self.connections()?.write(|transaction| {
            if rows::key_ids(transaction)? != known {
                return Ok(false);
            }
            transaction.execute(
                "INSERT OR REPLACE INTO sealing_keys (id, added_at) VALUES (?1, unixepoch())",
                [id.to_string()],
            )?;
            Ok(true)
        })
    }

    fn grants_sealed_otherwise(
        &self,
        provider: &'static str,
        id: KeyId,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<GrantRow>> {
        let (user, client_id) = after.unwrap_or_default();
        let parameters = params![provider, id.to_string(), user, client_id, limit];
        self.grants(statements::GRANTS_SEALED_OTHERWISE, parameters, provider)
    }

    fn references_sealed_otherwise(
        &self,
        provider: &'static str,
        id: KeyId,
        after: Option<&ReferenceKey>,
        limit: u32,
    ) -> Result<Vec<ReferenceRow>> {
        let (user, reference, date) =
            after.map_or(("", "", ""), |key| (&key.user, &key.reference, &key.date));
        let parameters = params![provider, id.to_string(), user, reference, date, limit];
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(statements::REFERENCES_SEALED_OTHERWISE)?
                .query_map(parameters, |row| references::read(row, provider))?
                .collect()
        })
    }

    fn count_sealed_otherwise(&self, id: KeyId) -> Result<u64> {
        self.count(statements::COUNT_SEALED_OTHERWISE, params![id.to_string()])
    }

    fn reseal(
        &self,
        grants: &[Resealed<GrantKey>],
        references: &[Resealed<ReferenceKey>],
    ) -> Result<u64> {
        self.connections()?.write(|transaction| {
            let mut resealed = 0;
            for Resealed { key, old, new } in grants {
                let id = KeyId::of_sealed(new).map(|id| id.to_string());
                resealed += transaction
                    .prepare_cached(statements::RESEAL_GRANT)?
                    .execute(params![key.user, key.provider, key.client_id, old, id, new])?;
            }
            for Resealed { key, old, new } in references {
                let id = KeyId::of_sealed(new).map(|id| id.to_string());
                let ReferenceKey { provider, user, reference, date } = key;
                resealed += transaction
                    .prepare_cached(statements::RESEAL_REFERENCE)?
                    .execute(params![user, provider, reference, date, old, id, new])?;
            }
            crash::point("store.reseal.before");
            Ok(resealed as u64)
        })
    }

    fn references(
        &self,
        provider: &'static str,
        user: &str,
        reference: &str,
    ) -> Result<Vec<ReferenceRow>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(statements::REFERENCES)?
                .query_map([user, provider, reference], |row| references::read(row, provider))?
                .collect()
        })
    }

    fn references_of_user(&self, provider: &'static str, user: &str) -> Result<Vec<ReferenceRow>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(statements::REFERENCES_OF_USER)?
                .query_map([user, provider], |row| references::read(row, provider))?
                .collect()
        })
    }

    fn put_reference(&self, row: &ReferenceRow) -> Result<()> {
        self.connections()?.write(|transaction| {
            references::put(transaction, row)?;
            crash::point("store.reference.before");
            Ok(())
        })?;
        crash::point("store.reference.after");
        Ok(())
    }

    fn delete_reference(&self, key: &ReferenceKey) -> Result<()> {
        self.connections()?.write(|transaction| Ok(references::delete(transaction, key)?))
    }

    fn release_meeting(
        &self,
        provider: &str,
        user: &str,
        meeting_id: &str,
        client_id: Option<&str>,
    ) -> Result<()> {
        self.write(statements::RELEASE_MEETING, params![user, provider, meeting_id, client_id])
    }

    fn references_of_meeting(
        &self,
        provider: &'static str,
        meeting_id: &str,
    ) -> Result<Vec<ReferenceKey>> {
        self.connections()?.read(|connection| {
            connection
                .prepare_cached(statements::REFERENCES_OF_MEETING)?
                .query_map([provider, meeting_id], |row| references::read_key(row, provider))?
                .collect()
        })
    }

    fn append_audit(&self, row: &AuditRow) -> Result<()> {
        let connections = self.connections()?;
        if self.spool.append(row)? {
            // The line is there; what fails here is told where the trail is read or tended.
            let _ = self.spool.empty(connections);
        }
        Ok(())
    }

    fn audit(&self, from: i64, to: i64, after: i64, limit: u32) -> Result<Vec<AuditRow>> {
        let connections = self.connections()?;
        self.spool.empty(connections)?;
        connections.read(|connection| {
            connection
                .prepare_cached(statements::AUDIT)?
                .query_map(params![from, to, after, limit], audit::read)?
                .collect()
        })
    }

    fn audit_of_meeting(
        &self,
        provider: &str,
        meeting_id: &str,
        since: i64,
    ) -> Result<Vec<AuditRow>> {
        let (mut rows, beside) = self.spool.beside(self.connections()?, |connection| {
            connection
                .prepare_cached(statements::AUDIT_OF_MEETING)?
                .query_map(params![provider, meeting_id, since], audit::read)?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        rows.extend(beside.into_iter().filter(|row| {
            let is_of = row.provider.as_deref() == Some(provider);
            is_of && row.meeting_id.as_deref() == Some(meeting_id) && row.at >= since
        }));
        Ok(rows)
    }

    fn purge(&self, what: &Purge) -> Result<Purged> {
        let connections = self.connections()?;
        self.spool.empty(connections)?;
        connections.write(|transaction| Ok(audit::purge(transaction, what)?))
    }

    fn locks_outlive_outages(&self) -> bool {
        true
    }

    fn now(&self) -> Result<i64> {
        Ok(seconds_now())
    }

    fn lock(
        &self,
        what: Guarded<'_>,
        deadline: Instant,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Lock>> {
        let offset = what.hash() >> 2;
        self.turns.wait(offset, &Patience { deadline, cancelled, poll: POLL }, || {
            let tried = self.locks.try_lock(offset);
            tried.map_err(|error| unavailable("cannot lock", self.locks.path(), &error))
        })
    }

    fn summary(&self) -> Result<Summary> {
        Ok(Summary {
            engine: format!("sqlite {}", rusqlite::version()),
            location: self.path.display().to_string(),
            schema_version: schema::VERSION,
            authorizations: self.count(statements::COUNT_GRANTS, &[])?,
        })
    }
}

fn seconds_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64
}
