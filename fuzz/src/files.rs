//! What is read from the disk beside the database: the audit trail's newest lines, rescued tokens,
//! a key; and the database itself. The first letter says which.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arbitrary::Unstructured;
use meetbridge::fuzzing::{
    AuditRow, KeyRing, KeySource, Rescue, Settings, Sqlite, Status, Store as _, Vault,
};
use tempfile::TempDir;

use super::oracle::{soon, told};

/// Where the targets keep their files; gone with the process.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    extern "C" fn remove() {
        let _ = fs::remove_dir_all(FOLDER.path());
    }
    // SAFETY: a function that may be called when the process ends.
    unsafe { libc::atexit(remove) };
    tempfile::tempdir().expect("a folder")
});

pub fn folder() -> PathBuf {
    FOLDER.path().to_owned()
}

/// The least settings with a store.
pub fn settings(database: &Path) -> String {
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    let database = database.display();
    format!(r#"{{"apps": [], "store": {{"sqlite": "{database}"}}, "key": "{key}"}}"#)
}

/// A store, and beside it what is rescued.
struct World {
    database: PathBuf,
    store: Arc<Sqlite>,
    vault: Vault,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let database = folder().join("files.db");
    let keys = Settings::parse(&settings(&database)).expect("good settings").keys;
    let keys = KeyRing::load(&keys, true).expect("a ring");
    let store = Sqlite::shared(&database).expect("a store");
    let rescue = vec![Rescue::beside(&database)];
    let vault = Vault::open(store.clone(), keys, rescue).expect("a vault");
    World { database, store, vault }
});

pub fn run(data: &[u8]) {
    let Some((kind, content)) = data.split_first() else { return };
    match kind {
        b'a' => audit(content),
        b'r' => rescued(content),
        b'k' => key(content),
        b'd' => database(content),
        _ => {}
    }
}

fn beside(suffix: &str) -> PathBuf {
    let mut path = WORLD.database.clone().into_os_string();
    path.push(suffix);
    path.into()
}

/// What is no line harms no line that is appended after it.
fn audit(content: &[u8]) {
    let path = beside(".audit");
    fs::write(&path, content).expect("written");
    let rows = soon(|| WORLD.store.audit(i64::MIN, i64::MAX, 0, 1000)).expect("read");
    let row = AuditRow { at: 1, operation: "fuzz".to_owned(), ..AuditRow::default() };
    WORLD.store.append_audit(&row).expect("appended");
    let after = WORLD.store.audit(i64::MIN, i64::MAX, 0, 1001).expect("read");
    assert_eq!(after.len(), rows.len() + 1);
    assert!(after.iter().any(|it| it.operation == "fuzz"));
    fs::write(&path, "").expect("emptied");
}

fn rescued(content: &[u8]) {
    let path = WORLD.vault.rescue_path().expect("it has a place");
    fs::write(path, content).expect("written");
    if let Err(error) = soon(|| WORLD.vault.restore_all(&["zoom", "webex"])) {
        told(&error);
    }
    let _ = fs::remove_file(path);
}

/// No byte of a file that is no key is told.
fn key(content: &[u8]) {
    let path = folder().join("fuzz.key");
    fs::write(&path, content).expect("written");
    if let Err(error) = soon(|| KeyRing::load(&[KeySource::File(path.clone())], false)) {
        assert_eq!(error.status(), Status::WrongKey);
        let text = told(&error);
        assert!(!text.contains(super::oracle::MARK), "{text}");
    }
}

/// A database of which some bytes were changed opens, or is refused; it is never more than that.
fn database(content: &[u8]) {
    let mut bytes = DATABASE.clone();
    let mut input = Unstructured::new(content);
    while let (false, Ok(at), Ok(byte)) =
        (input.is_empty(), input.choose_index(bytes.len()), input.arbitrary::<u8>())
    {
        bytes[at] = byte;
    }
    let path = folder().join("damaged.db");
    for suffix in ["", "-wal", "-shm", ".lock", ".audit"] {
        let mut file = path.clone().into_os_string();
        file.push(suffix);
        let _ = fs::remove_file(file);
    }
    fs::write(&path, bytes).expect("written");
    let outcome = soon(|| {
        let store = Sqlite::shared(&path)?;
        store.key_ids()?;
        store.make_ready()?;
        store.summary()?;
        store.grants_of_user("zoom", "anna")?;
        store.audit(i64::MIN, i64::MAX, 0, 10).map(drop)
    });
    if let Err(error) = outcome {
        told(&error);
    }
}

/// A new one, as it lies on the disk.
static DATABASE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = folder().join("new.db");
    let store = Sqlite::shared(&path).expect("a store");
    store.make_ready().expect("made");
    store.summary().expect("read");
    drop(store);
    fs::read(&path).expect("read")
});
