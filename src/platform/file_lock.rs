//! Exclusive locks on single bytes of a file, against threads and processes alike.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use super::system;

/// A file whose bytes are locked; it has no content, and no byte needs to exist.
///
/// It should never be deleted while a process uses it: locks held on the deleted file exclude
/// nobody who opens its successor.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
}

impl LockFile {
    /// Nothing is created before the first lock.
    pub fn new(path: impl Into<PathBuf>) -> LockFile {
        LockFile { path: path.into() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Locks one byte at once, or says that somebody else has it.
    ///
    /// Offsets go up to 2^63 - 1. Every lock opens the file anew, because an open-file-description
    /// lock (fcntl(2)) belongs to the descriptor: so threads of one process exclude each other too.
    pub fn try_lock(&self, offset: u64) -> io::Result<Option<FileLock>> {
        loop {
            let file = system::open_private(&self.path)?;
            if !system::lock_byte(&file, offset)? {
                return Ok(None);
            }
            let lock = FileLock { file, offset, owner: process::id() };
            // Somebody may have replaced the file between the opening and the lock.
            if system::is_at(&lock.file, &self.path)? {
                return Ok(Some(lock));
            }
        }
    }
}

/// The lock on one byte; given back when dropped, or when the process ends.
///
/// A forked child inherits the descriptor and with it the lock, which is still its parent's. So
/// the lock is given back by unlocking, which closing alone would not do while a child lives, and
/// only by the process that took it: dropped in a child it merely closes the child's copy.
#[derive(Debug)]
pub struct FileLock {
    file: File,
    offset: u64,
    owner: u32,
}

impl Drop for FileLock {
    fn drop(&mut self) {
        if self.owner == process::id() {
            // On failure closing the descriptor is what remains.
            let _ = system::unlock_byte(&self.file, self.offset);
        }
    }
}

/// How a file with content is used by those who agree to lock it.
#[derive(Clone, Copy, Debug)]
pub enum Usage {
    /// Beside others.
    Shared,
    Alone,
}

/// The use of a file, against other descriptors of it; given back when dropped, or when the
/// process ends. Threads that share a descriptor share its lock: they exclude each other
/// otherwise.
#[derive(Debug)]
pub struct UsageLock<'a>(&'a File);

impl UsageLock<'_> {
    /// Locks at once, or says that others use the file.
    pub fn try_lock(file: &File, usage: Usage) -> io::Result<Option<UsageLock<'_>>> {
        let locked = match usage {
            Usage::Shared => system::share_byte(file, 0)?,
            Usage::Alone => system::lock_byte(file, 0)?,
        };
        Ok(locked.then_some(UsageLock(file)))
    }
}

impl Drop for UsageLock<'_> {
    fn drop(&mut self) {
        // On failure closing the descriptor is what remains.
        let _ = system::unlock_byte(self.0, 0);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    #[cfg(unix)]
    use super::super::testing;
    use super::*;

    fn lock_file() -> (tempfile::TempDir, LockFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = LockFile::new(folder.path().join("test.lock"));
        (folder, file)
    }

    #[test]
    fn a_byte_is_locked_once_and_its_neighbours_stay_free() {
        let (_folder, file) = lock_file();
        let held = file.try_lock(7).unwrap().unwrap();
        assert!(file.try_lock(7).unwrap().is_none());
        assert!(file.try_lock(6).unwrap().is_some());
        assert!(file.try_lock(8).unwrap().is_some());
        assert!(file.try_lock((1 << 63) - 1).unwrap().is_some());
        thread::scope(|scope| {
            scope.spawn(|| assert!(file.try_lock(7).unwrap().is_none()));
        });
        drop(held);
        assert!(file.try_lock(7).unwrap().is_some());
    }

    #[test]
    #[cfg(unix)]
    fn the_file_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, file) = lock_file();
        file.try_lock(0).unwrap();
        let mode = std::fs::metadata(&file.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    #[cfg(unix)]
    fn a_child_neither_has_nor_frees_its_parents_lock() {
        let (_folder, file) = lock_file();
        let held = file.try_lock(7).unwrap().unwrap();
        let mut inherited = Some(&held);
        assert!(
            testing::fork(|| {
                let taken = file.try_lock(7).unwrap().is_none();
                // SAFETY: the child leaves by _exit, so the parent's guard is dropped only here.
                drop(unsafe { std::ptr::read(inherited.take().unwrap()) });
                taken && file.try_lock(7).unwrap().is_none()
            })
            .wait()
        );
        assert!(file.try_lock(7).unwrap().is_none());
    }

    #[test]
    #[cfg(unix)]
    fn the_parent_frees_its_lock_while_a_child_holds_the_descriptor() {
        let (folder, file) = lock_file();
        let held = file.try_lock(7).unwrap().unwrap();
        let end = folder.path().join("end");
        let child = testing::fork(|| {
            while !end.exists() {
                thread::sleep(std::time::Duration::from_millis(1));
            }
            true
        });
        drop(held);
        let free = file.try_lock(7).unwrap().is_some();
        File::create(&end).unwrap();
        assert!(child.wait());
        assert!(free);
    }

    #[test]
    fn a_replaced_file_is_noticed() {
        let (_folder, file) = lock_file();
        let _old = file.try_lock(7).unwrap().unwrap();
        std::fs::remove_file(&file.path).unwrap();
        let _new = file.try_lock(7).unwrap().unwrap();
        assert!(file.try_lock(7).unwrap().is_none());
    }

    #[test]
    fn what_a_file_holds_is_read_and_written_beside_its_locks() {
        let (_folder, file) = lock_file();
        let _held = file.try_lock(0).unwrap().unwrap();
        std::fs::write(&file.path, "of another descriptor").unwrap();
        assert_eq!(std::fs::read(&file.path).unwrap(), b"of another descriptor");
        let own = system::open_appending(&file.path).unwrap();
        let _shared = UsageLock::try_lock(&own, Usage::Shared).unwrap();
        std::fs::write(&file.path, "").unwrap();
        std::io::Write::write_all(&mut &own, b"own").unwrap();
        assert_eq!(std::fs::read(&file.path).unwrap(), b"own");
    }

    #[test]
    fn a_file_is_used_by_many_or_by_one_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let [one, two, three] = [(); 3].map(|()| system::open_appending(&path).unwrap());
        let lock = |file, usage| UsageLock::try_lock(file, usage).unwrap();
        let shared = (lock(&one, Usage::Shared).unwrap(), lock(&two, Usage::Shared).unwrap());
        assert!(lock(&three, Usage::Alone).is_none());
        drop(shared);
        let alone = lock(&one, Usage::Alone).unwrap();
        assert!(lock(&two, Usage::Shared).is_none() && lock(&two, Usage::Alone).is_none());
        drop(alone);
        assert!(lock(&two, Usage::Alone).is_some());
    }
}
