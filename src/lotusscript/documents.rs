//! The documents that scripts hold: numbered, locked one by one, and bounded in number.
//!
//! They belong to the process that made them. A forked child has a table of its own: it could
//! find a document locked by a thread that does not exist there.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;

use super::document::Document;
use crate::error::{Error, Result, Status};
use crate::platform::PerProcess;
use crate::slots::{self, Slots};

/// How many documents scripts may hold. The rest of the table is for the documents of errors, so
/// that a script that leaks can read what is wrong.
pub const MOST: usize = 4_000;
/// How long all of them together may be as JSON, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// A document that nobody has touched for so long was forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3_600);
/// Where there is no other room, the one that was touched longest ago goes after so long: rather
/// than that one script which leaks stops all others.
const IDLE_AFTER: Duration = Duration::from_secs(60);

static TABLE: PerProcess<Table> = PerProcess::new();

/// Runs an operation on the document, alone.
pub fn with<T>(number: i32, operation: impl FnOnce(&mut Document) -> Result<T>) -> Result<T> {
    table().with(number, operation)
}

/// Gives out a handle for a new document.
pub fn insert(document: Document) -> Result<i32> {
    table().insert(document, MOST)
}

/// The same for what is told of an error.
pub fn insert_error(document: Document) -> Result<i32> {
    table().insert(document, slots::MOST)
}

pub fn free(number: i32) -> Result<()> {
    table().free(number)
}

/// A place for a document that is still to come; freed again if none does.
pub struct Reserved(i32);

impl Reserved {
    pub fn new() -> Result<Reserved> {
        // As if it had been touched later than any operation lasts: nobody takes the place away.
        let used = Instant::now() + 2 * FORGOTTEN_AFTER;
        table().insert_used(Document::new(), MOST, used).map(Reserved)
    }

    pub fn fill(self, value: Value) -> Result<i32> {
        with(self.0, |document| {
            *document = Document::from(value);
            Ok(())
        })?;
        Ok(ManuallyDrop::new(self).0)
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let _ = free(self.0);
    }
}

/// What an administrator should know of scripts that leak, once.
pub fn warning() -> Option<String> {
    table().warning()
}

fn table() -> Arc<Table> {
    TABLE.get_or_init(|| Table::new(FORGOTTEN_AFTER, IDLE_AFTER))
}

struct Table {
    slots: Slots<Mutex<Held>>,
    /// The sum of all documents' bounds.
    bytes: AtomicUsize,
    forgotten_after: Duration,
    idle_after: Duration,
    /// Of which nobody was told yet.
    dropped: AtomicUsize,
    refused: AtomicUsize,
}

struct Held {
    document: Document,
    used: Instant,
}

impl Table {
    fn new(forgotten_after: Duration, idle_after: Duration) -> Table {
        Table {
            slots: Slots::new(),
            bytes: AtomicUsize::new(0),
            forgotten_after,
            idle_after,
            dropped: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
        }
    }

    fn with<T>(
        &self,
        number: i32,
        operation: impl FnOnce(&mut Document) -> Result<T>,
    ) -> Result<T> {
        let found = self.slots.find(number.cast_unsigned()).ok_or_else(unknown)?;
        let mut held = found.lock();
        held.used = Instant::now();
        let before = held.document.bound();
        let outcome = operation(&mut held.document);
        // One that was freed meanwhile no longer counts.
        if self.slots.find(number.cast_unsigned()).is_some() {
            self.bytes.fetch_add(held.document.bound(), Ordering::Relaxed);
            self.bytes.fetch_sub(before, Ordering::Relaxed);
        }
        outcome
    }

    fn insert(&self, document: Document, most: usize) -> Result<i32> {
        self.insert_used(document, most, Instant::now())
    }

    fn insert_used(&self, document: Document, most: usize, used: Instant) -> Result<i32> {
        let bytes = document.bound();
        let held = Arc::new(Mutex::new(Held { document, used }));
        loop {
            let has_room = self.bytes.load(Ordering::Relaxed) < MOST_BYTES || most > MOST;
            let number = if has_room { self.slots.insert(held.clone(), most)? } else { None };
            if let Some(number) = number {
                self.bytes.fetch_add(bytes, Ordering::Relaxed);
                return Ok(number.cast_signed());
            }
            if !self.make_room() {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return Err(Error::invalid_argument(
                    "too many documents are open; free each with meetbridge_ls_free when it is \
                     no longer needed",
                ));
            }
        }
    }

    fn free(&self, number: i32) -> Result<()> {
        let found = self.slots.remove(number.cast_unsigned()).ok_or_else(unknown)?;
        // Whoever still works with it adds nothing any more.
        self.bytes.fetch_sub(found.lock().document.bound(), Ordering::Relaxed);
        Ok(())
    }

    /// Drops what was forgotten, or else the one that was unused for longest. One that is locked
    /// is in use.
    fn make_room(&self) -> bool {
        let used = |held: &Mutex<Held>| held.try_lock().map(|held| held.used);
        let mut all: Vec<(Instant, u32)> = (self.slots.all().iter())
            .filter_map(|(number, held)| Some((used(held)?, *number)))
            .filter(|(used, _)| used.elapsed() >= self.idle_after)
            .collect();
        all.sort_unstable();
        let forgotten = |used: &Instant| used.elapsed() >= self.forgotten_after;
        let forgotten = all.iter().take_while(|(used, _)| forgotten(used)).count();
        let drop = all.iter().take(forgotten.max(1));
        let dropped = drop.filter(|(_, number)| self.free(number.cast_signed()).is_ok()).count();
        self.dropped.fetch_add(dropped, Ordering::Relaxed);
        dropped > 0
    }

    fn warning(&self) -> Option<String> {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        let refused = self.refused.swap(0, Ordering::Relaxed);
        (dropped + refused > 0).then(|| {
            format!(
                "LotusScript: too many documents are open, since a script does not free what it \
                 holds: {dropped} that nobody used were dropped, {refused} times there was no room"
            )
        })
    }
}

fn unknown() -> Error {
    Error::new(Status::InvalidHandle, "document: not an open handle")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(forgotten_after: Duration, idle_after: Duration) -> (Table, Vec<i32>) {
        let table = Table::new(forgotten_after, idle_after);
        let insert = |_| table.insert(Document::new(), MOST).unwrap();
        let numbers = (0..MOST).map(insert).collect();
        (table, numbers)
    }

    #[test]
    fn leaked_documents_are_bounded() {
        let (table, numbers) = full(FORGOTTEN_AFTER, IDLE_AFTER);
        assert!(numbers.iter().all(|number| *number > 0));
        let error = table.insert(Document::new(), MOST).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.detail().contains("meetbridge_ls_free"), "{error}");
        assert!(table.warning().unwrap().contains("1 times there was no room"));
        assert_eq!(table.warning(), None);
        table.insert(Document::new(), slots::MOST).unwrap();
        table.free(numbers[7]).unwrap();
        assert_eq!(table.free(numbers[7]), Err(unknown()));
        table.free(numbers[8]).unwrap();
        let again = table.insert(Document::new(), MOST).unwrap();
        assert_ne!(again, numbers[7]);
    }

    #[test]
    fn the_forgotten_make_room_and_those_in_use_stay() {
        let (table, numbers) = full(Duration::ZERO, Duration::ZERO);
        table
            .with(numbers[7], |_| {
                table.insert(Document::new(), MOST).unwrap();
                Ok(())
            })
            .unwrap();
        table.with(numbers[7], |_| Ok(())).unwrap();
        assert_eq!(table.slots.all().len(), 2);
        assert_eq!(table.with(numbers[0], |_| Ok(())), Err(unknown()));
    }

    #[test]
    fn rather_one_that_is_idle_goes_than_that_none_can_be_made() {
        let (table, numbers) = full(FORGOTTEN_AFTER, Duration::ZERO);
        table.with(numbers[0], |_| Ok(())).unwrap();
        let later = Instant::now() + FORGOTTEN_AFTER;
        let reserved = table.insert_used(Document::new(), MOST, later).unwrap();
        assert_eq!(table.with(numbers[1], |_| Ok(())), Err(unknown()));
        table.with(numbers[0], |_| Ok(())).unwrap();
        assert_eq!(table.slots.all().len(), MOST);
        assert!(table.warning().unwrap().contains("1 that nobody used were dropped"));
        for _ in 1..MOST {
            table.insert(Document::new(), MOST).unwrap();
        }
        table.with(reserved, |_| Ok(())).unwrap();
    }

    #[test]
    fn all_together_have_a_bound_too() {
        let table = Table::new(FORGOTTEN_AFTER, IDLE_AFTER);
        let long = || Document::from(Value::from("x".repeat(1_000_000)));
        let numbers: Vec<i32> = (0..).map_while(|_| table.insert(long(), MOST).ok()).collect();
        assert_eq!(numbers.len(), 68, "64 MiB");
        let shorten = |document: &mut Document| {
            *document = Document::new();
            Ok(())
        };
        table.with(numbers[0], shorten).unwrap();
        table.free(numbers[1]).unwrap();
        table.insert(long(), MOST).unwrap();
        numbers.iter().skip(2).for_each(|number| table.free(*number).unwrap());
        assert!(table.bytes.load(Ordering::Relaxed) < 1_000_100);
    }
}
