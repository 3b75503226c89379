//! New token pairs that the store did not take: kept sealed in a file beside the key, until it
//! does.
//!
//! The provider has ended the pair before, so the new one must not be lost with a full disk or a
//! database that just went away. The file holds one JSON object a line; it exists only while
//! there is something in it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::failure::unavailable;
use super::vault::{Grant, Vault};
use super::{Account, GrantKey, GrantRow, GrantState, Guarded, beside};
use crate::crash;
use crate::error::{Error, Result, Status};
use crate::platform::{FileLock, LockFile, create_private, open_existing, sync_folder};

/// The byte of the file that whoever reads or writes it locks.
const WHOLE: u64 = 0;
/// How long that is waited for. Nobody holds it across anything but reading and writing the file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where what the store did not take is kept.
pub struct Rescue {
    path: PathBuf,
    file: LockFile,
}

/// What became of what was kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Now in the store.
    pub restored: u64,
    /// No longer wanted: the consent was given anew, or has gone.
    pub outlived: u64,
    /// Still in the file.
    pub kept: u64,
    /// What could not be read, and is dropped.
    pub damaged: u64,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    provider: String,
    client_id: String,
    user: String,
    user_name: String,
    scopes: Vec<String>,
    account: Option<Account>,
    authorized_at: i64,
    refreshed_at: i64,
    expires_at: i64,
    /// When the pair was made that this one replaces.
    refreshed_before: i64,
    sealed: String,
}

/// What to do with a line.
enum Fate {
    Restored,
    Outlived,
    Damaged,
    Kept,
}

impl Rescue {
    /// The file beside a key file, or beside whatever else is this installation's own.
    pub fn beside(path: &Path) -> Rescue {
        let path = beside(path, ".rescue");
        Rescue { file: LockFile::new(&path), path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn exists(&self) -> bool {
        // What cannot be looked at is tried, and then tells why.
        !matches!(fs::symlink_metadata(&self.path), Err(error) if error.kind() == io::ErrorKind::NotFound)
    }

    fn lock(&self) -> Result<FileLock> {
        let failed = |error: io::Error| unavailable("cannot lock", &self.path, &error);
        // Asked by name, because merely opening a pipe waits for its other end.
        if fs::symlink_metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            let what = format!("{} is no regular file", self.path.display());
            return Err(Error::new(Status::StoreUnavailable, what));
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.file.try_lock(WHOLE).map_err(failed)? {
                Some(lock) => return Ok(lock),
                None if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
                None => return Err(failed(io::ErrorKind::TimedOut.into())),
            }
        }
    }

    /// Adds a line; durable when this returns.
    fn add(&self, line: &Line) -> Result<()> {
        let _alone = self.lock()?;
        let mut text = serde_json::to_vec(line).map_err(|_| Error::internal("a rescued line"))?;
        text.push(b'\n');
        let mut add = || {
            let mut file = open_existing(&self.path)?;
            if file.seek(SeekFrom::End(0))? > 0 {
                let mut last = [0];
                file.seek(SeekFrom::End(-1))?;
                file.read_exact(&mut last)?;
                if last != *b"\n" {
                    // Somebody died while adding: his line is lost, ours shall not be.
                    text.insert(0, b'\n');
                }
            }
            file.write_all(&text)?;
            file.sync_all()?;
            sync_folder(self.path.parent().unwrap_or(&self.path))
        };
        add().map_err(|error| unavailable("cannot write", &self.path, &error))
    }

    /// Decides about every line, and removes those that need not be kept. The file is not locked
    /// while `decide` works, so that nobody who wants to add a line waits for the store; two may
    /// decide about the same line.
    fn merge(&self, mut decide: impl FnMut(Line) -> Result<Fate>) -> Result<Restored> {
        let mut outcome = Restored::default();
        if !self.exists() {
            return Ok(outcome);
        }
        let text = self.locked(|| fs::read(&self.path))?;
        let mut settled: Vec<&[u8]> = Vec::new();
        let mut failed = None;
        for line in lines(&text) {
            let fate = match serde_json::from_slice(line) {
                Err(_) => Ok(Fate::Damaged),
                // A store that fails fails for all.
                Ok(_) if failed.is_some() => Ok(Fate::Kept),
                Ok(line) => decide(line),
            };
            match fate {
                Ok(Fate::Restored) => outcome.restored += 1,
                Ok(Fate::Outlived) => outcome.outlived += 1,
                Ok(Fate::Damaged) => outcome.damaged += 1,
                Ok(Fate::Kept) => {
                    outcome.kept += 1;
                    continue;
                }
                Err(error) => {
                    failed = Some(error);
                    outcome.kept += 1;
                    continue;
                }
            }
            settled.push(line);
        }
        crash::point("rescue.merged");
        self.locked(|| self.remove(&settled))?;
        match failed {
            Some(error) => Err(error),
            None => Ok(outcome),
        }
    }

    fn locked<T>(&self, work: impl FnOnce() -> io::Result<T>) -> Result<T> {
        let _alone = self.lock()?;
        work().map_err(|error| unavailable("cannot read or write", &self.path, &error))
    }

    /// Takes lines out of the file, and the file away when nothing is left.
    fn remove(&self, settled: &[&[u8]]) -> io::Result<()> {
        let text = fs::read(&self.path)?;
        let kept: Vec<&[u8]> = lines(&text).filter(|line| !settled.contains(line)).collect();
        if kept.is_empty() {
            return fs::remove_file(&self.path);
        }
        let mut left = kept.join(&b'\n');
        left.push(b'\n');
        if left.len() == text.len() { Ok(()) } else { self.replace(&left) }
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let temporary = beside(&self.path, ".new");
        // Of somebody who died here.
        let _ = fs::remove_file(&temporary);
        let mut file: File = create_private(&temporary)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        sync_folder(self.path.parent().unwrap_or(&self.path))
    }
}

impl Vault {
    /// Where what the store does not take is kept; none if there is no place for it.
    pub fn rescue_path(&self) -> Option<&Path> {
        self.rescue_files().first().map(Rescue::path)
    }

    /// Where something waits that it did not take.
    pub fn rescued(&self) -> Option<&Path> {
        self.rescue_files().iter().find(|file| file.exists()).map(Rescue::path)
    }

    /// Keeps a new pair that the store did not take, in the place of one that was refreshed at
    /// `refreshed_before`. It is durable when this returns.
    ///
    /// STORE_UNAVAILABLE if there is no place for it or it cannot be written.
    pub fn rescue(&self, grant: &Grant, refreshed_before: i64) -> Result<()> {
        let file = self.rescue_files().first().ok_or_else(|| {
            let what = "there is no key file beside which a token could be rescued";
            Error::new(Status::StoreUnavailable, what)
        })?;
        let GrantRow { key, .. } = &grant.row;
        file.add(&Line {
            provider: key.provider.to_owned(),
            client_id: key.client_id.clone(),
            user: key.user.clone(),
            user_name: grant.row.user.clone(),
            scopes: grant.row.scopes.clone(),
            account: grant.row.account.clone(),
            authorized_at: grant.row.authorized_at,
            refreshed_at: grant.row.refreshed_at,
            expires_at: grant.row.expires_at,
            refreshed_before,
            sealed: STANDARD.encode(self.seal(key, &grant.tokens)?),
        })
    }

    /// Puts what was kept of this authorization into the store. The caller holds its lock.
    ///
    /// STORE_UNAVAILABLE or WRONG_KEY if something of it must stay where it is: the pair in the
    /// store is spent then.
    pub fn restore(&self, key: &GrantKey) -> Result<Restored> {
        let mut stays = false;
        let outcome = self.merge(|line| {
            let is_his = line.provider == key.provider
                && line.client_id == key.client_id
                && line.user == key.user;
            if !is_his {
                return Ok(Fate::Kept);
            }
            let fate = self.take(line, key.provider)?;
            stays |= matches!(fate, Fate::Kept);
            Ok(fate)
        })?;
        match stays {
            false => Ok(outcome),
            true => {
                Err(Error::new(Status::WrongKey, "a rescued token opens with none of the keys"))
            }
        }
    }

    /// Puts everything that was kept into the store. Authorizations that somebody is just
    /// refreshing are left to him, those of other than the known providers stay.
    pub fn restore_all(&self, providers: &[&'static str]) -> Result<Restored> {
        self.merge(|line| {
            let known = providers.iter().find(|name| **name == line.provider);
            let Some(provider) = known.copied() else { return Ok(Fate::Kept) };
            let key = key_of(&line, provider);
            match self.store().lock(Guarded::Grant(&key), Instant::now(), &|| false) {
                Ok(_lock) => self.take(line, provider),
                // Whoever has it sees to it himself.
                Err(error) if error.status() == Status::Timeout => Ok(Fate::Kept),
                Err(error) => Err(error),
            }
        })
    }

    fn merge(&self, mut decide: impl FnMut(Line) -> Result<Fate>) -> Result<Restored> {
        let mut sum = Restored::default();
        for file in self.rescue_files() {
            let Restored { restored, outlived, kept, damaged } = file.merge(&mut decide)?;
            sum.restored += restored;
            sum.outlived += outlived;
            sum.kept += kept;
            sum.damaged += damaged;
        }
        Ok(sum)
    }

    fn take(&self, line: Line, provider: &'static str) -> Result<Fate> {
        let key = key_of(&line, provider);
        let now = self.store().read_grant(&key)?;
        let descends = |row: &GrantRow| {
            (row.authorized_at, row.refreshed_at) == (line.authorized_at, line.refreshed_before)
        };
        if !now.as_ref().is_some_and(descends) {
            return Ok(Fate::Outlived);
        }
        let sealed = STANDARD.decode(&line.sealed).unwrap_or_default();
        match self.unseal(&key, sealed.clone()) {
            Err(error) if error.status() == Status::StoreDamaged => return Ok(Fate::Damaged),
            // With a key that is not in the ring any more, or not yet.
            Err(_) => return Ok(Fate::Kept),
            Ok(_) => {}
        }
        let row = GrantRow {
            key,
            user: line.user_name,
            version: 0,
            state: GrantState::Authorized,
            refused_at: None,
            scopes: line.scopes,
            account: line.account,
            authorized_at: line.authorized_at,
            refreshed_at: line.refreshed_at,
            expires_at: line.expires_at,
            sealed,
            intent: None,
        };
        match self.renew_row(&row, line.refreshed_before)? {
            Some(_) => Ok(Fate::Restored),
            None => Ok(Fate::Outlived),
        }
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

fn key_of(line: &Line, provider: &'static str) -> GrantKey {
    GrantKey { provider, client_id: line.client_id.clone(), user: line.user.clone() }
}
