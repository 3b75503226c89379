mod files;
#[cfg(unix)]
mod forks;
#[cfg(unix)]
mod limits;
mod operations;
mod processes;
mod spool;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Sqlite;
use crate::store::Store;
use crate::store::testing::ring;

/// A folder and the path of a store that does not exist yet.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    (folder, path)
}

/// A store that has a key.
fn store(path: &Path) -> Arc<Sqlite> {
    let store = Sqlite::shared(path).unwrap();
    let known = store.key_ids().unwrap();
    assert!(store.add_key_id(ring(&[1]).first(), &known).unwrap());
    store
}
