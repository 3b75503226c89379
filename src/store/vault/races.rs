//! What happens between reading a row and remembering it, step by step.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::Vault;
use crate::error::Result;
use crate::store::seal::KeyId;
use crate::store::testing::{grant, key, ring};
use crate::store::{
    Account, AuditRow, GrantKey, GrantRow, GrantState, Guarded, Intent, Lock, Purge, Purged,
    ReferenceKey, ReferenceRow, Resealed, Store, Summary,
};

type Meanwhile = Box<dyn FnOnce() + Send>;

/// A store whose counter never moves: no other process writes, and its own writes are not counted.
#[derive(Default)]
struct Blind {
    rows: Mutex<HashMap<GrantKey, GrantRow>>,
    versions: Mutex<u64>,
    /// Done after the next reading and before its outcome is known.
    meanwhile: Mutex<Option<Meanwhile>>,
}

impl Store for Blind {
    fn change_counter(&self) -> Result<u64> {
        Ok(0)
    }

    fn read_grant(&self, key: &GrantKey) -> Result<Option<GrantRow>> {
        let row = self.rows.lock().unwrap().get(key).cloned();
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        Ok(row)
    }

    fn grant_version(&self, key: &GrantKey) -> Result<Option<u64>> {
        Ok(self.rows.lock().unwrap().get(key).map(|row| row.version))
    }

    fn put_grant(&self, row: &GrantRow) -> Result<u64> {
        let mut version = self.versions.lock().unwrap();
        *version += 1;
        let row = GrantRow { version: *version, ..row.clone() };
        self.rows.lock().unwrap().insert(row.key.clone(), row);
        Ok(*version)
    }

    fn set_account(&self, key: &GrantKey, _: i64, account: &Account) -> Result<()> {
        self.rows.lock().unwrap().get_mut(key).unwrap().account = Some(account.clone());
        Ok(())
    }

    fn delete_grant(&self, key: &GrantKey) -> Result<bool> {
        Ok(self.rows.lock().unwrap().remove(key).is_some())
    }

    fn key_ids(&self) -> Result<Vec<KeyId>> {
        Ok(vec![ring(&[1]).first()])
    }

    fn put_intent(&self, _: &GrantKey, _: &Intent, _: usize) -> Result<bool> {
        unreachable!("nothing here asks for it")
    }

    fn clear_intent(&self, _: &GrantKey, _: u64) -> Result<()> {
        unreachable!("nothing here asks for it")
    }

    fn set_state(&self, _: &GrantKey, _: u64, _: GrantState, _: i64) -> Result<bool> {
        unreachable!("nothing here asks for it")
    }

    fn grants_of_account(&self, _: &'static str, _: &str, _: &str) -> Result<Vec<GrantRow>> {
        unreachable!("nothing here asks for it")
    }

    fn claim_nonce(&self, _: &[u8], _: i64) -> Result<bool> {
        unreachable!("nothing here asks for it")
    }

    fn add_key_id(&self, _: KeyId, _: &[KeyId]) -> Result<bool> {
        unreachable!("nothing here asks for it")
    }

    fn grants_after(
        &self,
        _: &'static str,
        _: Option<(&str, &str)>,
        _: u32,
    ) -> Result<Vec<GrantRow>> {
        unreachable!("nothing here asks for it")
    }

    fn grants_of_user(&self, _: &'static str, _: &str) -> Result<Vec<GrantRow>> {
        unreachable!("nothing here asks for it")
    }

    fn rename(
        &self,
        _: (&str, &str),
        _: &[(GrantKey, GrantRow)],
        _: &[(ReferenceKey, ReferenceRow)],
    ) -> Result<()> {
        unreachable!("nothing here asks for it")
    }

    fn renew_grant(&self, _: &GrantRow, _: i64) -> Result<Option<u64>> {
        unreachable!("nothing here asks for it")
    }

    fn grants_of_app(&self, _: &'static str, _: &str, _: u32) -> Result<Vec<GrantRow>> {
        unreachable!("nothing here asks for it")
    }

    fn grants_refreshed_before(
        &self,
        _: &'static str,
        _: i64,
        _: Option<(i64, &GrantKey)>,
        _: u32,
    ) -> Result<Vec<GrantRow>> {
        unreachable!("nothing here asks for it")
    }

    fn count_refreshed_before(&self, _: &str, _: i64) -> Result<u64> {
        unreachable!("nothing here asks for it")
    }

    fn grants_unchecked_since(
        &self,
        _: &'static str,
        _: &str,
        _: i64,
        _: &str,
        _: u32,
    ) -> Result<Vec<GrantRow>> {
        unreachable!("nothing here asks for it")
    }

    fn set_webhooks_checked(&self, _: &GrantKey, _: i64) -> Result<()> {
        unreachable!("nothing here asks for it")
    }

    fn host_email(&self, _: &GrantKey) -> Result<Option<String>> {
        unreachable!("nothing here asks for it")
    }

    fn set_host_email(&self, _: &GrantKey, _: &str) -> Result<()> {
        unreachable!("nothing here asks for it")
    }

    fn delete_host_emails(&self, _: &str) -> Result<bool> {
        unreachable!("nothing here asks for it")
    }

    fn grants_sealed_otherwise(
        &self,
        _: &'static str,
        _: KeyId,
        _: Option<(&str, &str)>,
        _: u32,
    ) -> Result<Vec<GrantRow>> {
        unreachable!("nothing here asks for it")
    }

    fn references_sealed_otherwise(
        &self,
        _: &'static str,
        _: KeyId,
        _: Option<&ReferenceKey>,
        _: u32,
    ) -> Result<Vec<ReferenceRow>> {
        unreachable!("nothing here asks for it")
    }

    fn count_sealed_otherwise(&self, _: KeyId) -> Result<u64> {
        unreachable!("nothing here asks for it")
    }

    fn reseal(&self, _: &[Resealed<GrantKey>], _: &[Resealed<ReferenceKey>]) -> Result<u64> {
        unreachable!("nothing here asks for it")
    }

    fn append_audit(&self, _: &AuditRow) -> Result<()> {
        unreachable!("nothing here asks for it")
    }

    fn audit(&self, _: i64, _: i64, _: i64, _: u32) -> Result<Vec<AuditRow>> {
        unreachable!("nothing here asks for it")
    }

    fn audit_of_meeting(&self, _: &str, _: &str, _: i64) -> Result<Vec<AuditRow>> {
        unreachable!("nothing here asks for it")
    }

    fn purge(&self, _: &Purge) -> Result<Purged> {
        unreachable!("nothing here asks for it")
    }

    fn locks_outlive_outages(&self) -> bool {
        unreachable!("nothing here asks for it")
    }

    fn now(&self) -> Result<i64> {
        unreachable!("nothing here asks for it")
    }

    fn references_of_user(&self, _: &'static str, _: &str) -> Result<Vec<ReferenceRow>> {
        unreachable!("nothing here asks for it")
    }

    fn references(&self, _: &'static str, _: &str, _: &str) -> Result<Vec<ReferenceRow>> {
        unreachable!("nothing here asks for it")
    }

    fn put_reference(&self, _: &ReferenceRow) -> Result<()> {
        unreachable!("nothing here asks for it")
    }

    fn delete_reference(&self, _: &ReferenceKey) -> Result<()> {
        unreachable!("nothing here asks for it")
    }

    fn release_meeting(&self, _: &str, _: &str, _: &str, _: Option<&str>) -> Result<()> {
        unreachable!("nothing here asks for it")
    }

    fn references_of_meeting(&self, _: &'static str, _: &str) -> Result<Vec<ReferenceKey>> {
        unreachable!("nothing here asks for it")
    }

    fn lock(&self, _: Guarded<'_>, _: Instant, _: &dyn Fn() -> bool) -> Result<Box<dyn Lock>> {
        unreachable!("nothing here asks for it")
    }

    fn summary(&self) -> Result<Summary> {
        unreachable!("nothing here asks for it")
    }
}

/// One version is in the store and none in memory; `meanwhile` happens while it is read.
fn read_while(meanwhile: impl FnOnce(&Vault) + Send + 'static) -> Arc<Vault> {
    let store = Arc::new(Blind::default());
    let first = Vault::open(store.clone(), ring(&[1]), Vec::new()).unwrap();
    first.put(grant("anna", "first")).unwrap();
    let vault = Arc::new(Vault::open(store.clone(), ring(&[1]), Vec::new()).unwrap());
    let same = vault.clone();
    *store.meanwhile.lock().unwrap() = Some(Box::new(move || meanwhile(&same)));
    vault.get(&key("anna")).unwrap();
    vault
}

#[test]
fn an_older_version_does_not_replace_a_newer_one() {
    let vault = read_while(|vault| {
        vault.put(grant("anna", "second")).unwrap();
    });
    let anna = vault.get(&key("anna")).unwrap().unwrap();
    assert_eq!((anna.row.version, anna.tokens.access.secret().as_str()), (2, "second"));
}

#[test]
fn what_another_thread_read_later_stays() {
    let vault = read_while(|vault| {
        vault.store().put_grant(&vault.sealed(grant("anna", "second"))).unwrap();
        assert_eq!(vault.get(&key("anna")).unwrap().unwrap().row.version, 2);
    });
    assert_eq!(vault.get(&key("anna")).unwrap().unwrap().row.version, 2);
}

#[test]
fn what_was_deleted_does_not_come_back() {
    let vault = read_while(|vault| {
        vault.delete(&key("anna")).unwrap();
    });
    assert!(vault.get(&key("anna")).unwrap().is_none());
}

#[test]
fn a_change_without_a_new_version_is_not_overlooked() {
    let account = Account { id: Some("a".to_owned()), ..Account::default() };
    let expected = Some(account.clone());
    let vault = read_while(move |vault| vault.set_account(&key("anna"), 1, &account).unwrap());
    assert_eq!(vault.get(&key("anna")).unwrap().unwrap().row.account, expected);
}

impl Vault {
    /// As another process would put it.
    fn sealed(&self, grant: super::Grant) -> GrantRow {
        let sealed = self.seal(&grant.row.key, &grant.tokens).unwrap();
        GrantRow { sealed, ..grant.row }
    }
}
