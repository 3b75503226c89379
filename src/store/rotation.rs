//! Sealing everything anew under the first key of the ring, a little at a time, while others work.

use super::seal::{KeyRing, SealError};
use super::vault::Vault;
use super::{GrantRow, ReferenceKey, ReferenceRow, Resealed, journal, vault};
use crate::error::{Error, Result, Status};
use crate::log::{Level, Log};

/// How many rows are sealed anew in one transaction.
const AT_ONCE: u32 = 100;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    pub resealed: u64,
    /// What opens with no key, and stays as it is.
    pub unopened: u64,
}

impl Vault {
    /// How many rows still need another key than the first.
    pub fn sealed_otherwise(&self) -> Result<u64> {
        self.store().count_sealed_otherwise(self.keys().first())
    }

    /// Seals rows anew until all are, or there is no time for `more`. What other threads and
    /// servers write meanwhile is left to them. Whatever was done stays done.
    pub fn rotate(
        &self,
        providers: &[&'static str],
        log: &Log,
        mut more: impl FnMut() -> bool,
    ) -> Result<Rotation> {
        let mut rotation = Rotation::default();
        for provider in providers {
            let mut after: Option<(String, String)> = None;
            while more() {
                let from = after.as_ref().map(|(user, client)| (user.as_str(), client.as_str()));
                let id = self.keys().first();
                let rows = self.store().grants_sealed_otherwise(provider, id, from, AT_ONCE)?;
                let Some(last) = rows.last() else { break };
                after = Some((last.key.user.clone(), last.key.client_id.clone()));
                let mut anew = Vec::new();
                for GrantRow { key, sealed, .. } in rows {
                    let place = vault::place(&key);
                    match reseal(self.keys(), vault::PURPOSE, &place, &sealed)? {
                        Some(new) => anew.push(Resealed { key, old: sealed, new }),
                        None => {
                            rotation.unopened += 1;
                            let user = key.user;
                            log.write(Level::Error, format_args!("{user}: tokens do not open"));
                        }
                    }
                }
                rotation.resealed += self.store().reseal(&anew, &[])?;
            }
            let mut after: Option<ReferenceKey> = None;
            while more() {
                let id = self.keys().first();
                let after_key = after.as_ref();
                let rows =
                    self.store().references_sealed_otherwise(provider, id, after_key, AT_ONCE)?;
                let Some(last) = rows.last() else { break };
                after = Some(last.key.clone());
                let mut anew = Vec::new();
                for ReferenceRow { key, sealed, .. } in rows {
                    let place = journal::place(&key);
                    match reseal(self.keys(), journal::PURPOSE, &place, &sealed)? {
                        Some(new) => anew.push(Resealed { key, old: sealed, new }),
                        None => {
                            rotation.unopened += 1;
                            let reference = key.reference;
                            let what = format_args!("{reference}: a journal entry does not open");
                            log.write(Level::Error, what);
                        }
                    }
                }
                rotation.resealed += self.store().reseal(&[], &anew)?;
            }
        }
        Ok(rotation)
    }
}

/// None if it opens with no key of the ring that could have sealed it.
fn reseal(
    keys: &KeyRing,
    purpose: &str,
    place: &[&[u8]],
    sealed: &[u8],
) -> Result<Option<Vec<u8>>> {
    match keys.open(purpose, place, sealed.to_vec()) {
        Ok(plain) => keys.seal(purpose, place, &plain).map(Some),
        Err(SealError::Damaged) => Ok(None),
        // Of another server, whose ring has a newer key.
        Err(SealError::UnknownKey(id)) => {
            Err(Error::new(Status::WrongKey, format!("a row is sealed with key {id}")))
        }
    }
}
