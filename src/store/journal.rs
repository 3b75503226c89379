//! Which meeting was asked for under which reference: noted before the request is sent, so that
//! a lost answer, or a host that dies, never leads to a second meeting.

use serde::{Deserialize, Serialize};

use super::seal::SealError;
use super::vault::Vault;
use super::{ReferenceKey, ReferenceRow};
use crate::error::{Error, Result, Status};

pub(super) const PURPOSE: &str = "reference";

/// One row of the journal.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: ReferenceKey,
    pub client_id: String,
    /// None from before the request is sent until its answer is known.
    pub meeting_id: Option<String>,
    /// When the request was sent, in milliseconds since 1970.
    pub asked_at: i64,
    /// See [`ReferenceRow`].
    pub kept_until: Option<i64>,
    /// None if its key is no longer in the ring: then only the meeting's id is known.
    pub memo: Option<Memo>,
}

/// What is remembered of the request. It is sealed: topics are nobody else's business, and whoever
/// has the digest could find out a passcode by trying.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memo {
    /// Of the whole request, to notice another one under the same reference.
    pub digest: String,
    /// What marks the meeting at the provider, where it takes a mark.
    pub tag: String,
    /// How the meeting is found at the provider, where it takes none.
    pub topic: String,
    /// RFC 3339; none without a fixed time.
    pub start: Option<String>,
    #[serde(default)]
    pub repeats: bool,
    /// Whether the dates that differ from the rule have been taken care of.
    #[serde(default)]
    pub complete: bool,
    /// The document that was answered, for a consent that does not allow to read meetings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The address of the host whom it was asked for; none where the consent tells who hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Vault {
    /// Every entry of this reference, the dates in order.
    pub fn entries(
        &self,
        provider: &'static str,
        user: &str,
        reference: &str,
    ) -> Result<Vec<Entry>> {
        let rows = self.store().references(provider, user, reference)?;
        rows.into_iter().map(|row| self.open_entry(row)).collect()
    }

    /// Every entry of this user.
    pub fn entries_of_user(&self, provider: &'static str, user: &str) -> Result<Vec<Entry>> {
        let rows = self.store().references_of_user(provider, user)?;
        rows.into_iter().map(|row| self.open_entry(row)).collect()
    }

    /// Inserts or replaces; durable before it returns.
    pub fn put_entry(&self, entry: &Entry) -> Result<()> {
        self.store().put_reference(&self.seal_entry(entry)?)
    }

    pub(super) fn seal_entry(&self, entry: &Entry) -> Result<ReferenceRow> {
        let memo = entry.memo.clone().unwrap_or_default();
        let plain =
            serde_json::to_vec(&memo).map_err(|error| Error::internal(error.to_string()))?;
        let sealed = self.keys().seal(PURPOSE, &place(&entry.key), &plain)?;
        Ok(ReferenceRow {
            key: entry.key.clone(),
            client_id: entry.client_id.clone(),
            meeting_id: entry.meeting_id.clone(),
            asked_at: entry.asked_at,
            kept_until: entry.kept_until,
            sealed,
        })
    }

    fn open_entry(&self, row: ReferenceRow) -> Result<Entry> {
        let ReferenceRow { key, client_id, meeting_id, asked_at, kept_until, sealed } = row;
        let damaged = || {
            let what = format!("the journal's entry {:?} is damaged", key.reference);
            Error::new(Status::StoreDamaged, what).with_provider(key.provider)
        };
        let memo = match self.keys().open(PURPOSE, &place(&key), sealed) {
            Ok(plain) => Some(serde_json::from_slice(&plain).map_err(|_| damaged())?),
            Err(SealError::UnknownKey(_)) => None,
            Err(SealError::Damaged) => return Err(damaged()),
        };
        Ok(Entry { key, client_id, meeting_id, asked_at, kept_until, memo })
    }
}

/// What a sealed memo is bound to: it opens in no other row.
pub(super) fn place(key: &ReferenceKey) -> [&[u8]; 4] {
    [key.provider.as_bytes(), key.user.as_bytes(), key.reference.as_bytes(), key.date.as_bytes()]
}
