//! Master keys in files: 32 bytes in base64, on one line.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretBox;
use secrecy::zeroize::{Zeroize, Zeroizing};

use super::beside;
use super::failure::unavailable;
use crate::crash;
use crate::error::{Error, Result, Status};
use crate::platform::{create_private, sync_folder, visible_to_others};

/// More than a key with its line end, less than what a wrong path may lead to.
const LONGEST: u64 = 1024;

pub(super) struct KeyFile {
    pub secret: SecretBox<[u8; 32]>,
    pub visible_to_others: bool,
}

/// Reads a key; creates the file if it does not exist and `may_create`, else WRONG_KEY.
pub(super) fn read_or_create(path: &Path, may_create: bool) -> Result<KeyFile> {
    // Asked by name, because merely opening a pipe waits for its other end.
    let opened = match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(wrong(path, "is no regular file")),
        Ok(_) => File::open(path),
        Err(error) => Err(error),
    };
    match opened {
        Ok(file) => read(file, path),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(unavailable("cannot read the key file", path, &error))
        }
        Err(_) if may_create => {
            create(path)
                .map_err(|error| unavailable("cannot create the key file", path, &error))?;
            // Read back, because another process may have been faster.
            read_or_create(path, false)
        }
        Err(_) => Err(wrong(path, "does not exist, but the store was sealed with a key")),
    }
}

fn read(file: File, path: &Path) -> Result<KeyFile> {
    let failed = |error: io::Error| unavailable("cannot read the key file", path, &error);
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST as usize));
    let visible_to_others = visible_to_others(&file).map_err(failed)?;
    file.take(LONGEST).read_to_end(&mut text).map_err(failed)?;
    let key = STANDARD.decode(text.trim_ascii()).map(Zeroizing::new);
    match key.as_ref().map(|key| key.len()) {
        Ok(32) => {}
        Ok(_) => return Err(wrong(path, "does not hold exactly 32 bytes")),
        Err(_) => return Err(wrong(path, "does not hold a key in base64")),
    }
    let secret = SecretBox::init_with_mut(|secret: &mut [u8; 32]| {
        if let Ok(key) = key {
            secret.copy_from_slice(&key);
        }
    });
    Ok(KeyFile { secret, visible_to_others })
}

/// The content, never shown, is the only thing that matters; so the text says what to look at.
fn wrong(path: &Path, what: &str) -> Error {
    Error::new(Status::WrongKey, format!("the key file {} {what}", path.display()))
}

/// Makes a new key where there is no file yet.
#[cfg(feature = "cli")]
pub fn make(path: &Path) -> Result<()> {
    match create(path) {
        Ok(true) => Ok(()),
        Ok(false) => Err(unavailable(
            "cannot create the key file",
            path,
            &io::ErrorKind::AlreadyExists.into(),
        )),
        Err(error) => Err(unavailable("cannot create the key file", path, &error)),
    }
}

/// Creates the file whole and durable; false if there is one, made by another process meanwhile.
fn create(path: &Path) -> io::Result<bool> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut key = Zeroizing::new([0; 32]);
    let mut suffix = [0; 8];
    let random = SystemRandom::new();
    random
        .fill(&mut *key)
        .and_then(|()| random.fill(&mut suffix))
        .map_err(|_| io::Error::other("no randomness"))?;
    let mut line = Zeroizing::new(STANDARD.encode(key.as_slice()));
    key.zeroize();
    line.push('\n');

    let suffix = format!(".{:016x}", u64::from_be_bytes(suffix));
    let temporary = Temporary(beside(path, &suffix));
    let mut file = create_private(&temporary.0)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    crash::point("store.key.before_rename");
    // link(2), unlike rename(2), never replaces what is there.
    let linked = fs::hard_link(&temporary.0, path);
    drop(temporary);
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => sync_folder(folder)?,
    }
    Ok(linked.is_ok())
}

/// A name that goes away when the work is done or has failed.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Without effect if it was never created.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::os::unix::fs::PermissionsExt;
    use std::thread;

    use secrecy::ExposeSecret;

    use super::*;

    fn status(outcome: Result<KeyFile>) -> Status {
        outcome.err().map_or(Status::Ok, |error| error.status())
    }

    #[test]
    fn a_missing_file_is_created_only_for_a_new_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.key");
        assert_eq!(status(read_or_create(&path, false)), Status::WrongKey);
        assert!(!path.exists());

        let created = read_or_create(&path, true).unwrap();
        assert!(!created.visible_to_others);
        #[cfg(unix)]
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&path).unwrap().len(), 45);
        let again = read_or_create(&path, true).unwrap();
        assert_eq!(again.secret.expose_secret(), created.secret.expose_secret());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn threads_that_create_it_at_once_end_with_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.key");
        let keys: Vec<[u8; 32]> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| *read_or_create(&path, true).unwrap().secret.expose_secret())
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.key");
        for content in ["", "short", "c2hvcnQ=", "not base64 at all, not at all", &"A".repeat(5000)]
        {
            fs::write(&path, content).unwrap();
            let error = read_or_create(&path, true).err().unwrap();
            assert_eq!(error.status(), Status::WrongKey);
            assert!(error.detail().contains("test.key"));
            assert!(content.is_empty() || !error.detail().contains(content));
        }
        assert_eq!(status(read_or_create(folder.path(), true)), Status::WrongKey);
        let nowhere = folder.path().join("missing/test.key");
        assert_eq!(status(read_or_create(&nowhere, true)), Status::StoreUnavailable);
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_others_may_read_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.key");
        read_or_create(&path, true).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_or_create(&path, false).unwrap().visible_to_others);
    }
}
