use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::{place, store};
use crate::error::Status;
use crate::store::sqlite::Sqlite;
use crate::store::testing::{content, key, process, role, row, status};
use crate::store::{AuditRow, Guarded, Store, beside};

/// A store with some authorizations, cleanly closed.
fn closed_store(path: &Path) {
    let store = store(path);
    for number in 0..500 {
        store.put_grant(&row(&format!("user {number}"))).unwrap();
    }
    drop(store);
    assert!(!beside(path, "-wal").exists());
}

/// Opening fails with `expected` and leaves every file as it is.
#[track_caller]
fn refused_untouched(path: &Path, expected: Status) {
    let files = || ["", "-wal", "-journal"].map(|suffix| content(&beside(path, suffix)));
    let before = files();
    for _ in 0..2 {
        assert_eq!(status(Sqlite::shared(path)), expected);
    }
    let mut after = files();
    if before[1].is_none() {
        after[1] = None;
    }
    assert!(before == after, "changed");
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn nothing_is_made_before_it_is_needed() {
    let (folder, path) = place();
    let store = Sqlite::shared(&path).unwrap();
    assert!(store.is_new().unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    drop(store);
    let store = super::store(&path);
    assert!(!store.is_new().unwrap());
    store.append_audit(&AuditRow::default()).unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        #[cfg(unix)]
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        assert!(entry.file_name().to_string_lossy().starts_with("test.db"), "{entry:?}");
    }
}

#[cfg(unix)]
#[test]
fn one_store_for_all_names_of_a_file() {
    let (folder, path) = place();
    let store = store(&path);
    symlink(folder.path(), folder.path().join("same")).unwrap();
    symlink(&path, folder.path().join("link.db")).unwrap();
    for name in ["same/test.db", "same/./test.db", "link.db"] {
        assert!(Arc::ptr_eq(&store, &Sqlite::shared(&folder.path().join(name)).unwrap()));
    }
}

/// In a folder of the server's user an administrator's command may run as root.
#[cfg(unix)]
#[test]
fn no_link_leads_to_a_file_of_another() {
    let (folder, path) = place();
    let store = store(&path);
    let precious = folder.path().join("precious");
    fs::write(&precious, "of another\n").unwrap();
    symlink(&precious, beside(&path, ".audit")).unwrap();
    assert!(store.append_audit(&AuditRow::default()).is_err());
    assert!(store.audit(0, i64::MAX, 0, 1).is_err());
    fs::remove_file(beside(&path, ".lock")).unwrap();
    symlink(&precious, beside(&path, ".lock")).unwrap();
    let key = key("anna");
    assert!(store.lock(Guarded::Grant(&key), Instant::now(), &|| false).is_err());
    assert_eq!(fs::read_to_string(&precious).unwrap(), "of another\n");
}

#[cfg(unix)]
#[test]
fn a_path_that_cannot_be_is_refused() {
    let (folder, path) = place();
    symlink(folder.path().join("nothing"), folder.path().join("link.db")).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for (path, word) in [
        (Path::new("relative.db"), "absolute"),
        (Path::new("/"), "not the path of a file"),
        (folder.path(), "no file"),
        (&folder.path().join("missing/test.db"), "does not exist"),
        (&folder.path().join("link.db"), "leads nowhere"),
        (&folder.path().join("file/test.db"), "cannot find"),
    ] {
        let error = Sqlite::shared(path).and_then(|store| store.is_new()).unwrap_err();
        assert_eq!(error.status(), Status::StoreUnavailable);
        assert!(error.detail().contains(word), "{error}");
    }
    assert!(!path.exists());
}

#[test]
fn a_closed_store_is_not_changed_by_opening_it() {
    let (_folder, path) = place();
    closed_store(&path);
    let before = content(&path);
    for _ in 0..3 {
        let store = Sqlite::shared(&path).unwrap();
        assert!(!store.is_new().unwrap());
    }
    assert_eq!(content(&path), before);
    let store = Sqlite::shared(&path).unwrap();
    assert!(store.read_grant(&key("user 7")).unwrap().is_some());
    drop(store);
    assert_eq!(content(&path), before);
}

#[test]
fn the_log_of_a_process_that_died_is_left_alone_until_the_store_is_used() {
    if let Some((_, folder)) = role() {
        let store = store(&folder.join("test.db"));
        store.put_grant(&row("anna")).unwrap();
        std::process::abort();
    }
    let (folder, path) = place();
    closed_store(&path);
    let name = "store::sqlite::tests::files::\
                the_log_of_a_process_that_died_is_left_alone_until_the_store_is_used";
    assert!(!process(name, "writer", folder.path()).status().unwrap().success());

    let files = || ["", "-wal"].map(|suffix| content(&beside(&path, suffix)));
    let before = files();
    assert!(before[1].is_some());
    let store = Sqlite::shared(&path).unwrap();
    assert!(!store.is_new().unwrap());
    drop(store);
    assert!(files() == before);
    let store = Sqlite::shared(&path).unwrap();
    assert!(store.read_grant(&key("anna")).unwrap().is_some());
    drop(store);
    assert!(!beside(&path, "-wal").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn the_connection_that_examines_is_the_first_that_reads() {
    let (_folder, path) = place();
    closed_store(&path);
    let path = path.canonicalize().unwrap();
    let open = || {
        let files = fs::read_dir("/proc/self/fd").unwrap();
        let opened = |file: &fs::DirEntry| fs::read_link(file.path()).is_ok_and(|it| it == path);
        files.filter(|file| file.as_ref().is_ok_and(opened)).count()
    };
    let store = Sqlite::shared(&path).unwrap();
    assert!(!store.is_new().unwrap());
    assert_eq!(open(), 1);
    store.make_ready().unwrap();
    let ready = open();
    assert!(store.read_grant(&key("user 7")).unwrap().is_some());
    assert_eq!(open(), ready);
    store.put_grant(&row("anna")).unwrap();
    assert_eq!(open(), ready + 1);
}

/// On Windows nobody takes away what SQLite has open.
#[cfg(unix)]
#[test]
fn a_store_that_was_taken_away_after_it_was_examined_is_made_anew() {
    let (_folder, path) = place();
    closed_store(&path);
    let store = Sqlite::shared(&path).unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(&path, suffix));
    }
    assert!(store.read_grant(&key("user 7")).unwrap().is_none());
    store.put_grant(&row("anna")).unwrap();
    drop(store);
    let store = super::store(&path);
    assert!(store.read_grant(&key("anna")).unwrap().is_some());
}

#[test]
fn what_is_not_ours_is_refused_untouched() {
    let (_folder, path) = place();
    for content in [&b"short"[..], &[0; 4096], b"SQLite format 3\0", &[7; 10_000]] {
        fs::write(&path, content).unwrap();
        refused_untouched(&path, Status::StoreDamaged);
    }
    fs::remove_file(&path).unwrap();
    let foreign = rusqlite::Connection::open(&path).unwrap();
    foreign.execute_batch("PRAGMA application_id = 77; CREATE TABLE t (x)").unwrap();
    drop(foreign);
    refused_untouched(&path, Status::StoreDamaged);
    // A log without its database.
    fs::remove_file(&path).unwrap();
    fs::write(beside(&path, "-wal"), "something").unwrap();
    refused_untouched(&path, Status::StoreDamaged);
    assert!(!path.exists());
}

#[test]
fn an_empty_file_is_a_new_store() {
    let (_folder, path) = place();
    fs::write(&path, "").unwrap();
    assert!(Sqlite::shared(&path).unwrap().is_new().unwrap());
    store(&path).put_grant(&row("anna")).unwrap();
}

#[test]
fn a_newer_store_is_refused_untouched() {
    let (_folder, path) = place();
    closed_store(&path);
    overwrite(&path, 60, &99_u32.to_be_bytes());
    let error = Sqlite::shared(&path).err().unwrap();
    assert!(error.detail().contains("newer version"), "{error}");
    refused_untouched(&path, Status::StoreUnavailable);
}

#[test]
fn a_damaged_header_or_end_is_refused_untouched() {
    let (_folder, path) = place();
    closed_store(&path);
    let sound = fs::read(&path).unwrap();
    for length in [0x2000, sound.len() - 4096, sound.len() - 1, 4096, 99, 1] {
        fs::write(&path, &sound[..length]).unwrap();
        refused_untouched(&path, Status::StoreDamaged);
    }
    // Magic, page size, schema format, application id, schema version 0, first page.
    for (at, bytes) in [
        (0, &[0x55; 16][..]),
        (16, &[0x55; 2]),
        (44, &[0x55; 4]),
        (68, &[0x55; 4]),
        (60, &[0; 4]),
        (100, &[0x55; 300]),
    ] {
        fs::write(&path, &sound).unwrap();
        overwrite(&path, at, bytes);
        refused_untouched(&path, Status::StoreDamaged);
    }
    fs::write(&path, &sound).unwrap();
    assert!(Sqlite::shared(&path).is_ok());
}

/// Whichever page is damaged, every answer is the right one, or STORE_DAMAGED.
#[test]
fn damage_in_the_middle_is_never_read_as_something_else() {
    let (_folder, path) = place();
    closed_store(&path);
    let sound = fs::read(&path).unwrap();
    let mut outcomes = Vec::new();
    for page in 1..sound.len() / 4096 {
        fs::write(&path, &sound).unwrap();
        overwrite(&path, page as u64 * 4096, &[0xa5; 1024]);
        outcomes.push(status(Sqlite::shared(&path).and_then(|store| {
            (0..500).try_for_each(|number| {
                let user = format!("user {number}");
                let found = store.read_grant(&key(&user))?.expect("it was put");
                assert_eq!(found.user, row(&user).user);
                Ok(())
            })
        })));
    }
    assert!(outcomes.iter().all(|status| [Status::Ok, Status::StoreDamaged].contains(status)));
    assert!(outcomes.contains(&Status::StoreDamaged));
}

#[test]
fn another_copy_of_the_library_is_noticed() {
    let (_folder, path) = place();
    let store = store(&path);
    // A second copy has its own statics, so its own register of stores.
    let other = || Sqlite::open(path.canonicalize().unwrap(), false);
    let error = other().err().unwrap();
    assert_eq!(error.status(), Status::StoreUnavailable);
    assert!(error.detail().contains("another copy"), "{error}");
    drop(store);
    assert!(other().is_ok());
    // Of the same copy the next one waits for the one that is closing.
    let closing = super::store(&path);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            drop(closing);
        });
        assert!(Sqlite::open(path.clone(), true).is_ok());
    });
}
