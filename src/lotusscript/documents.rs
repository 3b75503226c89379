//! The documents that scripts hold: numbered, locked one by one, and bounded in number.
//!
//! They belong to the process that made them. A forked child has a table of its own: it could
//! find a document locked by a thread that does not exist there.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;

use super::document::Document;
use crate::error::{Error, Result, Status};
use crate::log::{self, Level};
use crate::platform::PerProcess;
use crate::slots::{self, Slots};

/// How many documents scripts may hold. The rest of the table is for the documents of errors, so
/// that a script that leaks can read what is wrong.
pub const MOST: usize = 4_000;
/// A document that nobody has touched for so long was forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3_600);

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
        insert(Document::new()).map(Reserved)
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

fn table() -> Arc<Table> {
    TABLE.get_or_init(|| Table { slots: Slots::new(), forgotten_after: FORGOTTEN_AFTER })
}

struct Table {
    slots: Slots<Mutex<Held>>,
    forgotten_after: Duration,
}

struct Held {
    document: Document,
    used: Instant,
}

impl Table {
    fn with<T>(
        &self,
        number: i32,
        operation: impl FnOnce(&mut Document) -> Result<T>,
    ) -> Result<T> {
        let found = self.slots.find(number.cast_unsigned()).ok_or_else(unknown)?;
        let mut held = found.lock();
        held.used = Instant::now();
        operation(&mut held.document)
    }

    fn insert(&self, document: Document, most: usize) -> Result<i32> {
        let held = Arc::new(Mutex::new(Held { document, used: Instant::now() }));
        if let Some(number) = self.slots.insert(held.clone(), most)? {
            return Ok(number.cast_signed());
        }
        let dropped = self.drop_forgotten();
        if dropped > 0 {
            log::tell_host(
                Level::Warn,
                format_args!(
                    "LotusScript: {dropped} documents that nobody has used for an hour were \
                     dropped; a script does not free what it holds"
                ),
            );
        }
        self.slots.insert(held, most)?.map(u32::cast_signed).ok_or_else(|| {
            let detail = format!(
                "{most} documents are open; free each with meetbridge_ls_free when it is no longer \
                 needed"
            );
            Error::invalid_argument(detail)
        })
    }

    fn free(&self, number: i32) -> Result<()> {
        self.slots.remove(number.cast_unsigned()).map(drop).ok_or_else(unknown)
    }

    /// How many they were. One that is locked is in use.
    fn drop_forgotten(&self) -> usize {
        let forgotten = |held: &Mutex<Held>| {
            held.try_lock().is_some_and(|held| held.used.elapsed() >= self.forgotten_after)
        };
        let all = self.slots.all().into_iter().filter(|(_, held)| forgotten(held));
        all.filter(|(number, _)| self.slots.remove(*number).is_some()).count()
    }
}

fn unknown() -> Error {
    Error::new(Status::InvalidHandle, "document: not an open handle")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(forgotten_after: Duration) -> (Table, Vec<i32>) {
        let table = Table { slots: Slots::new(), forgotten_after };
        let insert = |_| table.insert(Document::new(), MOST).unwrap();
        let numbers = (0..MOST).map(insert).collect();
        (table, numbers)
    }

    #[test]
    fn leaked_documents_are_bounded() {
        let (table, numbers) = full(FORGOTTEN_AFTER);
        assert!(numbers.iter().all(|number| *number > 0));
        let error = table.insert(Document::new(), MOST).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.detail().contains("meetbridge_ls_free"), "{error}");
        table.insert(Document::new(), slots::MOST).unwrap();
        table.free(numbers[7]).unwrap();
        assert_eq!(table.free(numbers[7]), Err(unknown()));
        let again = table.insert(Document::new(), MOST).unwrap();
        assert_ne!(again, numbers[7]);
    }

    #[test]
    fn the_forgotten_make_room_and_those_in_use_stay() {
        let (table, numbers) = full(Duration::ZERO);
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
}
