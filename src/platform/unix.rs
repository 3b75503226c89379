//! Files, locks, sockets and processes of Unix systems.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::mem::MaybeUninit;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;
use std::time::Duration;

use socket2::SockRef;

const OWNER_ONLY: u32 = 0o600;

/// Creates a file that only its owner may read and write; ALREADY_EXISTS if it is there.
///
/// Made by root in somebody's folder, it is given to the folder's owner, so that a command run by
/// root leaves no file that the server cannot open.
pub fn create_private(path: &Path) -> io::Result<File> {
    // Rust opens with O_CLOEXEC.
    let file =
        OpenOptions::new().read(true).write(true).create_new(true).mode(OWNER_ONLY).open(path)?;
    let (own, folder) = (file.metadata()?, fs::metadata(path.parent().unwrap_or(path))?);
    // A host's umask may take even the owner's rights away.
    if own.mode() & OWNER_ONLY != OWNER_ONLY {
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    }
    if own.uid() == 0 && folder.uid() != 0 {
        fchown(&file, Some(folder.uid()), Some(folder.gid()))?;
    }
    Ok(file)
}

/// Opens a file that only its owner may read and write, creating it where it is absent.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    open_or_create(path, OpenOptions::new().read(true).write(true))
}

/// The same for a file that is only ever appended to.
pub fn open_appending(path: &Path) -> io::Result<File> {
    open_or_create(path, OpenOptions::new().read(true).append(true))
}

/// The same for a file that is there.
pub fn open_existing(path: &Path) -> io::Result<File> {
    open_no_link(path, OpenOptions::new().read(true).write(true))
}

/// In a folder of another user, who could have put a link there, root would write to whatever it
/// leads to.
fn open_no_link(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let opened = options.clone().custom_flags(libc::O_NOFOLLOW).open(path);
    opened.map_err(|error| match error.raw_os_error() {
        Some(libc::ELOOP) => io::Error::other("it is a link"),
        _ => error,
    })
}

fn open_or_create(path: &Path, options: &OpenOptions) -> io::Result<File> {
    const TRIES: u32 = 100;
    for _ in 0..TRIES {
        match open_no_link(path, options) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            outcome => return outcome,
        }
        match create_private(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    // Somebody makes and removes it all the time.
    Err(io::ErrorKind::NotFound.into())
}

/// Opens /dev/null in the place of standard input, output and errors, where they are closed, as
/// SQLite does too. Else a file or a connection of ours would get such a number, and into it what
/// the host prints; or it would be closed by a host that puts something in its place.
pub fn fill_standard_descriptors() {
    while let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null")
        && null.as_raw_fd() <= libc::STDERR_FILENO
    {
        let _stays = null.into_raw_fd();
    }
}

/// Whether others than the owner may read or write the file.
pub fn visible_to_others(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.mode() & 0o077 != 0)
}

/// Whether the path still leads to this open file.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let here = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((here.dev(), here.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads at a place, wherever the file's own position is.
pub fn read_exact_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    FileExt::read_exact_at(file, into, offset)
}

/// Whether a connection stands and the other side has sent nothing. One system call.
pub fn is_quiet(socket: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    let look = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    let found = SockRef::from(socket).recv_with_flags(&mut byte, look);
    found.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// How long calls of a socket wait, as far as it was told.
#[derive(Default)]
pub struct Waits {
    reads: Option<Duration>,
    writes: Option<Duration>,
}

impl Waits {
    pub fn of(_: &TcpStream) -> io::Result<Waits> {
        Ok(Waits::default())
    }

    /// Sees to it that the next call of this socket ends within the limit, done or not.
    pub fn limit(&mut self, socket: &TcpStream, is_write: bool, limit: Duration) -> io::Result<()> {
        let limit = Some(limit);
        let known = if is_write { &mut self.writes } else { &mut self.reads };
        if *known != limit {
            match is_write {
                true => socket.set_write_timeout(limit)?,
                false => socket.set_read_timeout(limit)?,
            }
            *known = limit;
        }
        Ok(())
    }
}

/// Makes the names in a folder durable, as fsync(2) of a file does not.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Locks a byte exclusively; false if another descriptor has it.
pub(super) fn lock_byte(file: &File, offset: u64) -> io::Result<bool> {
    try_change_lock(file, offset, libc::F_WRLCK)
}

/// Locks a byte against those who want it exclusively; false if another descriptor has it so.
pub(super) fn share_byte(file: &File, offset: u64) -> io::Result<bool> {
    try_change_lock(file, offset, libc::F_RDLCK)
}

fn try_change_lock(file: &File, offset: u64, kind: i32) -> io::Result<bool> {
    match change_lock(file, offset, kind) {
        Ok(()) => Ok(true),
        // fcntl(2): a lock held by others is EACCES or EAGAIN.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EACCES | libc::EAGAIN)) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

pub(super) fn unlock_byte(file: &File, offset: u64) -> io::Result<()> {
    change_lock(file, offset, libc::F_UNLCK)
}

/// An open-file-description lock (fcntl(2)): unlike a POSIX lock it is not lost when some other
/// descriptor of the same file is closed.
fn change_lock(file: &File, offset: u64, kind: i32) -> io::Result<()> {
    let start = i64::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput)?;
    let range = libc::flock {
        l_type: kind as i16,
        l_whence: libc::SEEK_SET as i16,
        l_start: start,
        l_len: 1,
        // fcntl(2): must be zero for these locks.
        l_pid: 0,
    };
    uninterrupted(|| {
        // SAFETY: the descriptor is open while `file` is borrowed, and `range` outlives the call.
        unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const range) }
    })
}

/// Makes the disk set aside `bytes` bytes after the end of the file, without changing its length
/// or content, so that writing them cannot fail for want of space. On file systems that cannot do
/// so nothing happens.
pub fn reserve_space(file: &File, bytes: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let end = file.metadata()?.len() as i64;
        let outcome = uninterrupted(|| {
            // SAFETY: the descriptor is open while `file` is borrowed.
            unsafe {
                libc::fallocate(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, end, bytes as i64)
            }
        });
        match outcome {
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => Ok(()),
            outcome => outcome,
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, bytes);
        Ok(())
    }
}

/// Repeats a system call that a signal interrupted.
fn uninterrupted(call: impl Fn() -> i32) -> io::Result<()> {
    loop {
        if call() != -1 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Where the numbers of processes mean the same: this boot of this machine, and on it this
/// namespace, since two containers may have one name. Empty where the system does not say.
#[cfg(target_os = "linux")]
pub(super) fn host() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let namespace = fs::read_link("/proc/self/ns/pid");
    match (boot, namespace) {
        (Ok(boot), Ok(namespace)) => format!("{} {}", boot.trim(), namespace.display()),
        _ => String::new(),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn host() -> String {
    String::new()
}

/// When a process began; none if there is no such process. An error where that is not to be known.
#[cfg(target_os = "linux")]
pub(super) fn start_time(pid: u32) -> io::Result<Option<u64>> {
    let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat,
        // The second where it ended meanwhile.
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    // proc(5): field 22; the second field may contain spaces and ends at the last parenthesis.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace());
    Ok(fields.and_then(|mut fields| fields.nth(19)?.parse().ok()))
}

#[cfg(target_os = "linux")]
fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn start_time(_pid: u32) -> io::Result<Option<u64>> {
    Err(io::ErrorKind::Unsupported.into())
}
