//! Files, locks, sockets and processes of Windows, where nothing forks.
//!
//! Who may read a file is inherited from its folder, whose access list the administrator sets:
//! nothing here changes or examines one.

use std::fs::{File, OpenOptions};
use std::io;
use std::net::TcpStream;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::os::windows::io::{AsRawHandle, AsRawSocket, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_CALL_NOT_IMPLEMENTED, ERROR_INVALID_FUNCTION, ERROR_INVALID_PARAMETER,
    ERROR_LOCK_VIOLATION, ERROR_NOT_SUPPORTED, FILETIME, WAIT_TIMEOUT,
};
use windows_sys::Win32::Networking::WinSock::{POLLRDNORM, POLLWRNORM, WSAPOLLFD, WSAPoll};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ALLOCATION_INFO, FileAllocationInfo,
    GetFileInformationByHandle, LOCKFILE_EXCLUSIVE_LOCK, LOCKFILE_FAIL_IMMEDIATELY, LockFileEx,
    SetFileInformationByHandle, UnlockFileEx,
};
use windows_sys::Win32::System::IO::{OVERLAPPED, OVERLAPPED_0, OVERLAPPED_0_0};
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};
use windows_sys::Win32::System::Threading::{
    GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE,
    WaitForSingleObject,
};
use windows_sys::core::BOOL;

/// Creates a file with the rights of its folder; ALREADY_EXISTS if it is there.
pub fn create_private(path: &Path) -> io::Result<File> {
    // Rust lets no child inherit a handle, and others rename or delete the file meanwhile.
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// Opens a file where it is.
pub fn open_existing(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// Opens a file, creating it where it is absent.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// The same for a file that is only ever appended to.
pub fn open_appending(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).open(path)
}

/// Whether others than the owner may read or write the file: not examined, see above.
pub fn visible_to_others(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Whether the path still leads to this open file.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    // To learn which file it is takes no right to its content.
    match OpenOptions::new().access_mode(0).open(path) {
        Ok(there) => Ok(identity(file)? == identity(&there)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn identity(file: &File) -> io::Result<[u32; 3]> {
    let mut found = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open while `file` is borrowed, and `found` is a valid place.
    succeeded(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut found) })?;
    Ok([found.dwVolumeSerialNumber, found.nFileIndexHigh, found.nFileIndexLow])
}

/// Reads at a place. The file's own position moves, which who appends does not look at.
pub fn read_exact_at(file: &File, mut into: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !into.is_empty() {
        match file.seek_read(into, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                into = &mut into[read..];
                offset += read as u64;
            }
        }
    }
    Ok(())
}

/// Nothing to do: NTFS keeps the names in its own log, and there is no call for a folder.
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Locks a byte exclusively; false if another handle has it.
pub(super) fn lock_byte(file: &File, offset: u64) -> io::Result<bool> {
    try_lock(file, offset, LOCKFILE_EXCLUSIVE_LOCK)
}

/// Locks a byte against those who want it exclusively; false if another handle has it so.
pub(super) fn share_byte(file: &File, offset: u64) -> io::Result<bool> {
    try_lock(file, offset, 0)
}

fn try_lock(file: &File, offset: u64, kind: u32) -> io::Result<bool> {
    let flags = kind | LOCKFILE_FAIL_IMMEDIATELY;
    let mut place = place_of(offset);
    // SAFETY: the handle is open while `file` is borrowed, and waits for nothing, so that `place`
    // outlives the call.
    let locked = unsafe { LockFileEx(file.as_raw_handle(), flags, 0, 1, 0, &raw mut place) };
    match succeeded(locked) {
        Ok(()) => Ok(true),
        Err(error) if is(&error, &[ERROR_LOCK_VIOLATION]) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn unlock_byte(file: &File, offset: u64) -> io::Result<()> {
    let mut place = place_of(offset);
    // SAFETY: as above.
    succeeded(unsafe { UnlockFileEx(file.as_raw_handle(), 0, 1, 0, &raw mut place) })
}

/// Where a byte is locked. A lock on what a file has keeps others from reading or writing it, and
/// so all are where no file reaches, and where an offset is no negative number yet.
fn place_of(offset: u64) -> OVERLAPPED {
    let offset = offset & ((1 << 62) - 1) | 1 << 62;
    let halves = OVERLAPPED_0_0 { Offset: offset as u32, OffsetHigh: (offset >> 32) as u32 };
    OVERLAPPED { Anonymous: OVERLAPPED_0 { Anonymous: halves }, ..OVERLAPPED::default() }
}

/// Makes the disk set aside `bytes` bytes after the end of the file, without changing its length
/// or content, so that writing them cannot fail for want of space, as long as somebody has it open.
/// On file systems that cannot do so nothing happens. Nobody may lengthen the file meanwhile: it
/// would be cut.
pub fn reserve_space(file: &File, bytes: u64) -> io::Result<()> {
    let wanted = FILE_ALLOCATION_INFO { AllocationSize: (file.metadata()?.len() + bytes) as i64 };
    let size = size_of_val(&wanted) as u32;
    let wanted = ptr::from_ref(&wanted).cast();
    let handle = file.as_raw_handle();
    // SAFETY: the handle is open while `file` is borrowed, and the rest is as this kind of
    // information demands.
    let set = unsafe { SetFileInformationByHandle(handle, FileAllocationInfo, wanted, size) };
    match succeeded(set) {
        Err(error) if is(&error, UNKNOWN_HERE) => Ok(()),
        outcome => outcome,
    }
}

/// How a file system says that it does not have something.
const UNKNOWN_HERE: &[u32] =
    &[ERROR_CALL_NOT_IMPLEMENTED, ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED];

fn is(error: &io::Error, numbers: &[u32]) -> bool {
    error.raw_os_error().is_some_and(|number| numbers.contains(&(number as u32)))
}

fn succeeded(outcome: BOOL) -> io::Result<()> {
    if outcome == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Whether a connection stands and the other side has sent nothing. One system call.
pub fn is_quiet(socket: &TcpStream) -> bool {
    poll(socket, POLLRDNORM, Duration::ZERO).is_ok_and(|ready| !ready)
}

/// How long calls of a socket wait.
///
/// After a timeout of its own a socket's state is undefined (SO_RCVTIMEO), so that one could not
/// go on reading. So it is waited here, and the socket itself never waits.
pub struct Waits;

impl Waits {
    pub fn of(socket: &TcpStream) -> io::Result<Waits> {
        socket.set_nonblocking(true).map(|()| Waits)
    }

    /// Sees to it that the next call of this socket ends within the limit, done or not.
    pub fn limit(&mut self, socket: &TcpStream, is_write: bool, limit: Duration) -> io::Result<()> {
        poll(socket, if is_write { POLLWRNORM } else { POLLRDNORM }, limit).map(drop)
    }
}

/// Whether the event, or the connection's end, comes within the limit.
fn poll(socket: &TcpStream, event: i16, limit: Duration) -> io::Result<bool> {
    let mut polled = WSAPOLLFD { fd: socket.as_raw_socket() as usize, events: event, revents: 0 };
    let limit = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: one entry, valid, whose socket is open while `socket` is borrowed.
    match unsafe { WSAPoll(&raw mut polled, 1, limit) } {
        // Of Windows sockets this, too, is the last error of the thread.
        -1 => Err(io::Error::last_os_error()),
        ready => Ok(ready > 0),
    }
}

/// Where the numbers of processes mean the same. That of an earlier boot began at another time.
pub(super) fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// When a process began, in units of 100 ns since 1601; none if there is no such process. An error
/// where that is not to be known, as of one that somebody else runs.
pub(super) fn start_time(pid: u32) -> io::Result<Option<u64>> {
    let access = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE;
    // SAFETY: asks for a handle, which nobody inherits.
    let handle = unsafe { OpenProcess(access, 0, pid) };
    if handle.is_null() {
        let error = io::Error::last_os_error();
        return if is(&error, &[ERROR_INVALID_PARAMETER]) { Ok(None) } else { Err(error) };
    }
    // SAFETY: it is open and nobody else's.
    let process = unsafe { OwnedHandle::from_raw_handle(handle) };
    // SAFETY: the handle is open. One that has ended is known as long as somebody has it open.
    if unsafe { WaitForSingleObject(process.as_raw_handle(), 0) } != WAIT_TIMEOUT {
        return Ok(None);
    }
    let mut times = [FILETIME::default(); 4];
    let [began, ended, in_kernel, in_user] = times.each_mut().map(ptr::from_mut);
    // SAFETY: the handle is open, and these are four valid places.
    succeeded(unsafe {
        GetProcessTimes(process.as_raw_handle(), began, ended, in_kernel, in_user)
    })?;
    let [began, ..] = times;
    Ok(Some(u64::from(began.dwHighDateTime) << u32::BITS | u64::from(began.dwLowDateTime)))
}

/// Keeps the library in the process, whoever unloads it: what it has open would stay open, and a
/// copy that is loaded later could not know.
pub(super) fn stay_loaded() {
    let flags = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
    let here = stay_loaded as *const u16;
    let mut module = ptr::null_mut();
    // SAFETY: with the second flag the name is any address in the module. Nobody could be told of a
    // failure, which is not to be expected of one that is just being loaded.
    unsafe { GetModuleHandleExW(flags, here, &raw mut module) };
}

/// Nothing to do: numbers of handles are not given to somebody else in that way.
pub fn fill_standard_descriptors() {}

/// Runs a look-up of a name.
pub fn look_up<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Nothing to do.
pub fn prepare_sqlite_for_fork() -> io::Result<()> {
    Ok(())
}
