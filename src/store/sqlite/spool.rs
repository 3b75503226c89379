//! The newest lines of the audit trail: a file to which every call appends, and whose content is
//! moved into the table `audit` by those who tend or read the trail.
//!
//! A transaction for each line would cost more than all else that a call does here, and moving one
//! a fifth of that: no call does so unless nobody else has for many thousand lines. A line is one
//! write(2) of `\n[number, number, {columns}]\n`, so that it is whole or, on a full disk, cut off
//! without harm to its neighbours, and survives the death of its process. The order of the file is
//! that of the table.
//!
//! Who appends shares the file's lock, and who takes lines out has it alone. How much of the file
//! is in the table is committed together with the lines, so that a death between the commit and
//! the emptying doubles none. The numbers make the beginning of each content another, by which it
//! is known for which one that is told.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{Connection, OptionalExtension, params};

use super::audit;
use super::connections::{Connections, Transaction};
use crate::crash;
use crate::error::{Error, Result};
use crate::json;
use crate::lock::locked;
use crate::platform::{Usage, UsageLock, open_appending, open_existing, read_exact_at};
use crate::store::AuditRow;
use crate::store::failure::{Failure, unavailable};

/// How large the file grows before who appends moves it: fifty thousand lines, half a second's
/// work. Maintain should have been there before.
pub(super) const FULL: u64 = 16 * 1024 * 1024;
/// How much is read beside the table before it is better moved there: some milliseconds' work.
const BESIDE: u64 = 256 * 1024;
/// How much is moved in one transaction, and more than any line has: some milliseconds' work.
const CHUNK: usize = 256 * 1024;
/// What is moved while others wait to append, at most: a hundred lines or two.
const LAST: u64 = 32 * 1024;
/// How much of the beginning tells one content from another: both numbers of the first line.
const MARK: usize = 64;
/// How long the file's lock is waited for, and how often it is tried.
const LIMIT: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_micros(100);

/// How soon it is tried again to move what could not be moved.
const AGAIN: Duration = Duration::from_secs(1);

pub(super) struct Spool {
    path: PathBuf,
    /// Held for the time of a line, since threads that write to one file at once queue for it in
    /// the system, which is worse than here (see [`locked`]). Held longer by who empties the file,
    /// since many that append would hardly leave him a moment.
    end: Mutex<End>,
}

/// Where lines are added.
#[derive(Default)]
struct End {
    /// None until the first line, and where the file may be another one by now.
    appender: Option<Appender>,
    /// Of the file, as far as this process knows.
    bytes: u64,
    /// When it was last time to move the lines; none once they are moved.
    full_at: Option<Instant>,
}

struct Appender {
    file: File,
    /// How its lines begin: with a number of no other appender, whatever its process.
    head: String,
    lines: u64,
    /// The line that is written.
    line: Vec<u8>,
}

impl Spool {
    /// Nothing is created before the first line.
    pub(super) fn new(path: PathBuf) -> Spool {
        Spool { path, end: Mutex::default() }
    }

    /// Adds a line; whether it is time to [`Spool::empty`] it.
    pub(super) fn append(&self, row: &AuditRow) -> Result<bool> {
        let failed = |error| unavailable("cannot append to", &self.path, &error);
        let row = json::to_string(row).map_err(io::Error::from).map_err(failed)?;
        let mut refused_at = None;
        let mut end = loop {
            let mut end = locked(&self.end);
            if end.append(&self.path, &row).map_err(failed)? {
                break end;
            }
            // Another process empties the file.
            drop(end);
            pause(*refused_at.get_or_insert_with(Instant::now)).map_err(failed)?;
        };
        crash::point("store.audit.appended");
        let is_time = end.is_time();
        if is_time {
            // Opened anew for the next line: the file may have been moved away.
            end.forget_file();
        }
        Ok(is_time)
    }

    /// The lines that are not in the table, beside what `read` finds there at the same moment.
    /// Moves nothing while they are few, and so waits for no disk.
    pub(super) fn beside<T>(
        &self,
        connections: &Connections,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<(T, Vec<AuditRow>)> {
        let failed = |error| unavailable("cannot read", &self.path, &error);
        let Some(file) = find(&self.path).map_err(failed)? else {
            return connections.read(read).map(|found| (found, Vec::new()));
        };
        if file.metadata().map_err(failed)?.len() > BESIDE {
            // What cannot be moved is read here all the same.
            let _ = self.empty(connections);
        }
        // While we share it nobody empties the file.
        let _shared = lock(&file, Usage::Shared).map_err(failed)?;
        let mark = mark(&file).map_err(failed)?;
        let (found, mut begin) = connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            Ok((read(&snapshot)?, moved(&snapshot, &mark)?))
        })?;
        let mut rows = Vec::new();
        loop {
            let mut chunk = Chunk::read(&file, Vec::new(), begin).map_err(failed)?;
            rows.append(&mut chunk.rows);
            if chunk.is_last {
                return Ok((found, rows));
            }
            begin = chunk.end;
        }
    }

    /// Moves all lines into the table: most of them while others go on appending, and the last few
    /// while they wait for a moment.
    pub(super) fn empty(&self, connections: &Connections) -> Result<()> {
        let failed = |error| unavailable("cannot read", &self.path, &error);
        loop {
            let file = match find(&self.path).map_err(failed)? {
                Some(file) if file.metadata().map_err(failed)?.len() > 0 => file,
                Some(_) => return Ok(()),
                None => {
                    locked(&self.end).forget_file();
                    return Ok(());
                }
            };
            // Else a loss of power could bring back what was moved before, after this.
            file.sync_data().map_err(failed)?;
            let is_rest = connections.write(|transaction| {
                let chunk = {
                    // Nobody empties the file meanwhile.
                    let _shared = lock(&file, Usage::Shared).map_err(failed)?;
                    Chunk::next(&file, transaction, failed)?
                };
                if chunk.rest <= LAST {
                    return Ok(true);
                }
                store(transaction, &chunk)?;
                crash::point("store.audit.before");
                Ok(false)
            })?;
            if !is_rest {
                continue;
            }
            let mut last = None;
            connections.write_lightly(|transaction| {
                // Not before it is our turn to write: until then others go on appending.
                let end = locked(&self.end);
                let lock = lock(&file, Usage::Alone).map_err(failed)?;
                let chunk = Chunk::next(&file, transaction, failed)?;
                store(transaction, &chunk)?;
                // After the last lines nothing may follow until the file is empty.
                last = chunk.is_last.then_some((lock, end));
                crash::point("store.audit.before");
                Ok(())
            })?;
            if let Some((lock, mut end)) = last {
                crash::point("store.audit.committed");
                file.set_len(0).map_err(failed)?;
                drop(lock);
                end.forget_file();
                end.full_at = None;
                return Ok(());
            }
        }
    }
}

impl End {
    /// Adds a line; false while another process has the file alone.
    fn append(&mut self, path: &Path, row: &str) -> io::Result<bool> {
        let mut appender = match self.appender.take() {
            Some(appender) => appender,
            None => {
                let appender = Appender::open(path)?;
                self.bytes = self.bytes.max(appender.file.metadata()?.len());
                appender
            }
        };
        let written = appender.append(row)?;
        self.bytes += written.unwrap_or(0);
        self.appender = Some(appender);
        Ok(written.is_some())
    }

    /// Not with every line while the lines cannot be moved.
    fn is_time(&mut self) -> bool {
        let is_time = self.bytes >= FULL && self.full_at.is_none_or(|at| at.elapsed() >= AGAIN);
        if is_time {
            self.full_at = Some(Instant::now());
        }
        is_time
    }

    fn forget_file(&mut self) {
        self.appender = None;
        self.bytes = 0;
    }
}

impl Appender {
    fn open(path: &Path) -> io::Result<Appender> {
        let mut number = [0; 8];
        SystemRandom::new().fill(&mut number).map_err(|_| io::Error::other("no randomness"))?;
        let head = format!("\n[{},", u64::from_ne_bytes(number));
        Ok(Appender { file: open_appending(path)?, head, lines: 0, line: Vec::new() })
    }

    /// How much was added to the file; none while another has it alone.
    fn append(&mut self, row: &str) -> io::Result<Option<u64>> {
        self.lines += 1;
        self.line.clear();
        writeln!(self.line, "{}{},{row}]", self.head, self.lines)?;
        let Some(_shared) = UsageLock::try_lock(&self.file, Usage::Shared)? else {
            return Ok(None);
        };
        let written = loop {
            match (&self.file).write(&self.line) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        match written == self.line.len() {
            true => Ok(Some(written as u64)),
            false => Err(ErrorKind::StorageFull.into()),
        }
    }
}

/// Some lines that are not in the table yet.
struct Chunk {
    /// How the file began then.
    mark: Vec<u8>,
    rows: Vec<AuditRow>,
    /// Where they end in the file.
    end: u64,
    /// How many bytes were not in the table before.
    rest: u64,
    /// Whether the file ends there too.
    is_last: bool,
}

impl Chunk {
    /// The first that is not in the table. Whoever calls keeps the file from being emptied.
    fn next(
        file: &File,
        connection: &Connection,
        failed: impl Fn(io::Error) -> Error,
    ) -> std::result::Result<Chunk, Failure> {
        let mark = mark(file).map_err(&failed)?;
        let begin = moved(connection, &mark)?;
        Ok(Chunk::read(file, mark, begin).map_err(&failed)?)
    }

    /// What is no line was cut off by a full disk or damaged by a loss of power; the others count.
    fn read(file: &File, mark: Vec<u8>, begin: u64) -> io::Result<Chunk> {
        let length = file.metadata()?.len();
        let begin = begin.min(length);
        let rest = length - begin;
        let mut bytes = vec![0; rest.min(CHUNK as u64) as usize];
        read_exact_at(file, &mut bytes, begin)?;
        // The last line of many may not be whole yet.
        let is_last = rest <= LAST;
        if let Some(at) = bytes.iter().rposition(|byte| *byte == b'\n').filter(|_| !is_last) {
            bytes.truncate(at + 1);
        }
        let line = |line| serde_json::from_slice::<(u64, u64, AuditRow)>(line).ok();
        let rows = bytes.split(|byte| *byte == b'\n').filter_map(line).map(|(_, _, row)| row);
        Ok(Chunk { mark, rows: rows.collect(), end: begin + bytes.len() as u64, rest, is_last })
    }
}

fn mark(file: &File) -> io::Result<Vec<u8>> {
    let mut mark = vec![0; file.metadata()?.len().min(MARK as u64) as usize];
    read_exact_at(file, &mut mark, 0)?;
    Ok(mark)
}

/// How much of the content that begins so is in the table.
fn moved(connection: &Connection, mark: &[u8]) -> rusqlite::Result<u64> {
    let moved: Option<i64> = connection
        .prepare_cached("SELECT moved FROM audit_spool WHERE mark = ?1")?
        .query_row([mark], |row| row.get(0))
        .optional()?;
    Ok(moved.unwrap_or(0) as u64)
}

fn store(transaction: &Transaction<'_>, chunk: &Chunk) -> rusqlite::Result<()> {
    for row in &chunk.rows {
        audit::append(transaction, row)?;
    }
    transaction.prepare_cached("DELETE FROM audit_spool")?.execute([])?;
    transaction
        .prepare_cached("INSERT INTO audit_spool (mark, moved) VALUES (?1, ?2)")?
        .execute(params![chunk.mark, chunk.end as i64])?;
    Ok(())
}

fn find(path: &Path) -> io::Result<Option<File>> {
    match open_existing(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn lock(file: &File, usage: Usage) -> io::Result<UsageLock<'_>> {
    let began = Instant::now();
    loop {
        match UsageLock::try_lock(file, usage)? {
            Some(lock) => return Ok(lock),
            None => pause(began)?,
        }
    }
}

fn pause(began: Instant) -> io::Result<()> {
    if began.elapsed() >= LIMIT {
        return Err(ErrorKind::TimedOut.into());
    }
    thread::sleep(PAUSE);
    Ok(())
}
