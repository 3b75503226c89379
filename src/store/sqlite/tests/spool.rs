//! The newest lines of the audit trail, beside the database.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::thread;

use super::{place, store};
use crate::error::Status;
#[cfg(unix)]
use crate::platform::testing::fork;
use crate::store::sqlite::Sqlite;
use crate::store::sqlite::spool::{FULL, Spool};
use crate::store::testing::{await_announced, process, role, status, succeed};
use crate::store::{AuditRow, Purge, Store, beside};

fn name(test: &str) -> String {
    format!("store::sqlite::tests::spool::{test}")
}

fn line(operation: &str, at: i64) -> AuditRow {
    AuditRow { operation: operation.to_owned(), at, ..AuditRow::default() }
}

/// What is in the trail: who wrote each line, and which of his it is.
fn trail(store: &Sqlite) -> Vec<(String, i64)> {
    let rows = store.audit(0, i64::MAX, 0, u32::MAX).unwrap();
    assert!(rows.windows(2).all(|two| two[0].number < two[1].number));
    rows.into_iter().map(|row| (row.operation, row.at)).collect()
}

fn lines(operation: &str, count: i64) -> Vec<(String, i64)> {
    (0..count).map(|at| (operation.to_owned(), at)).collect()
}

#[test]
fn a_line_is_in_the_file_until_the_trail_is_read() {
    let (_folder, path) = place();
    let store = store(&path);
    let spool = beside(&path, ".audit");
    let full = AuditRow {
        user: Some("Jörg \"J\"\nMüller".to_owned()),
        meeting_id: Some("7".to_owned()),
        ..line("full", 0)
    };
    store.append_audit(&full).unwrap();
    store.append_audit(&line("second", 1)).unwrap();
    let counter = store.change_counter().unwrap();
    store.append_audit(&line("third", 2)).unwrap();
    assert_eq!(store.change_counter().unwrap(), counter, "opened tokens stay known");
    assert!(fs::metadata(&spool).unwrap().len() > 0);
    let rows = store.audit(0, i64::MAX, 0, 10).unwrap();
    assert_eq!(AuditRow { number: 0, ..rows[0].clone() }, full);
    assert_eq!(rows.iter().map(|row| row.at).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(fs::metadata(&spool).unwrap().len(), 0);

    store.append_audit(&line("purged", 3)).unwrap();
    let purge = Purge { now: 0, audit_before: 1, limit: 10 };
    assert_eq!(store.purge(&purge).unwrap().audit, 4);
    assert_eq!(trail(&store), []);
}

#[test]
fn a_full_file_is_emptied_by_who_appends() {
    let (_folder, path) = place();
    let store = store(&path);
    let spool = beside(&path, ".audit");
    store.append_audit(&line("a", 0)).unwrap();
    OpenOptions::new().write(true).open(&spool).unwrap().set_len(FULL - 1).unwrap();
    drop(store);
    let store = Sqlite::shared(&path).unwrap();
    store.append_audit(&line("a", 1)).unwrap();
    assert_eq!(fs::metadata(&spool).unwrap().len(), 0);
    assert_eq!(trail(&store), lines("a", 2));
}

#[test]
fn who_asks_for_a_meeting_moves_what_is_more_than_a_few_lines() {
    let (_folder, path) = place();
    let store = store(&path);
    let spool = beside(&path, ".audit");
    let about = |at| AuditRow {
        provider: Some("zoom".to_owned()),
        meeting_id: Some("7".to_owned()),
        ..line("a", at)
    };
    store.append_audit(&about(0)).unwrap();
    let found = |since| store.audit_of_meeting("zoom", "7", since).unwrap().len();
    let counter = store.change_counter().unwrap();
    assert_eq!((found(0), store.change_counter().unwrap()), (1, counter));
    for at in 1..3000 {
        store.append_audit(&about(at)).unwrap();
    }
    // What cannot be moved counts too.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(found(2990), 10);
    drop(other);
    assert_eq!((found(0), found(2990)), (3000, 10));
    assert_eq!(fs::metadata(&spool).unwrap().len(), 0);
}

/// As a program does that ends after each call.
#[test]
fn who_appends_one_line_moves_what_others_have_left() {
    let (_folder, path) = place();
    let store = store(&path);
    let spool = beside(&path, ".audit");
    store.append_audit(&line("a", 0)).unwrap();
    store.audit(0, i64::MAX, 0, 1).unwrap();
    File::create(&spool).unwrap().set_len(FULL).unwrap();
    let spool_of_another = Spool::new(spool.clone());
    assert!(spool_of_another.append(&line("b", 1)).unwrap(), "it is time to move them");
    assert!(!spool_of_another.append(&line("c", 2)).unwrap(), "but not with every line");
    assert_eq!(trail(&store), [("a", 0), ("b", 1), ("c", 2)].map(|(by, at)| (by.to_owned(), at)));
    assert_eq!(fs::metadata(&spool).unwrap().len(), 0);
}

#[test]
fn processes_and_threads_lose_and_double_nothing() {
    const LINES: i64 = 2000;
    if let Some((role, folder)) = role() {
        let store = Sqlite::shared(&folder.join("test.db")).unwrap();
        thread::scope(|scope| {
            for number in 0..2 {
                let operation = format!("{role} {number}");
                let store = &store;
                scope.spawn(move || {
                    for at in 0..LINES {
                        store.append_audit(&line(&operation, at)).unwrap();
                    }
                });
            }
        });
        return;
    }
    let (folder, path) = place();
    let store = store(&path);
    let test = name("processes_and_threads_lose_and_double_nothing");
    let spawn = |role| process(&test, role, folder.path()).spawn().unwrap();
    let children = ["a", "b"].map(spawn);
    let mut seen = Vec::new();
    while seen.len() < 4 * LINES as usize / 2 {
        let now = trail(&store);
        assert!(now.starts_with(&seen), "what was told stays as it was");
        seen = now;
    }
    succeed(children.into());
    let all = trail(&store);
    for operation in ["a 0", "a 1", "b 0", "b 1"] {
        let own: Vec<_> = all.iter().filter(|line| line.0 == operation).cloned().collect();
        assert!(own == lines(operation, LINES), "{operation}: {} lines", own.len());
    }
}

#[cfg(unix)]
#[test]
fn a_line_outlives_its_process_and_a_forked_child_writes_its_own() {
    if let Some((_, folder)) = role() {
        let store = Sqlite::shared(&folder.join("test.db")).unwrap();
        for at in 0..3 {
            store.append_audit(&line("killed", at)).unwrap();
        }
        fs::write(folder.join("written"), "").unwrap();
        loop {
            thread::park();
        }
    }
    let (folder, path) = place();
    let store = store(&path);
    let test = name("a_line_outlives_its_process_and_a_forked_child_writes_its_own");
    let mut child = process(&test, "killed", folder.path()).spawn().unwrap();
    await_announced(folder.path(), "written");
    child.kill().unwrap();
    child.wait().unwrap();
    store.append_audit(&line("parent", 0)).unwrap();
    let forked = fork(|| {
        let own = Sqlite::shared(&path).unwrap();
        own.append_audit(&line("child", 0)).is_ok()
    });
    assert!(forked.wait());
    store.append_audit(&line("parent", 1)).unwrap();
    let told: Vec<_> = trail(&store).into_iter().map(|(operation, _)| operation).collect();
    assert_eq!(told, ["killed", "killed", "killed", "parent", "child", "parent"]);
}

/// As a full disk and a loss of power leave them.
#[test]
fn what_is_no_line_harms_no_other() {
    let (_folder, path) = place();
    let store = store(&path);
    let spool = beside(&path, ".audit");
    let damage = |bytes: &[u8]| {
        OpenOptions::new().append(true).open(&spool).unwrap().write_all(bytes).unwrap();
    };
    store.append_audit(&line("a", 0)).unwrap();
    damage(b"\n[12345,6,{\"at\":7,\"took\":1,\"opera");
    store.append_audit(&line("a", 1)).unwrap();
    damage(&[0; 5000]);
    store.append_audit(&line("a", 2)).unwrap();
    damage(&[b'x'; 300_000]);
    store.append_audit(&line("a", 3)).unwrap();
    assert_eq!(trail(&store), lines("a", 4));
    damage(b"\n[1");
    assert_eq!(trail(&store), lines("a", 4));
    store.append_audit(&line("a", 4)).unwrap();
    assert_eq!(trail(&store), lines("a", 5));
}

#[test]
fn what_is_in_the_table_is_known_when_it_is_found_again() {
    let (_folder, path) = place();
    let store = store(&path);
    let spool = beside(&path, ".audit");
    for at in 0..2 {
        store.append_audit(&line("a", at)).unwrap();
    }
    let content = fs::read(&spool).unwrap();
    assert_eq!(trail(&store), lines("a", 2));
    // As if who moved it had died before it was emptied.
    fs::write(&spool, content).unwrap();
    store.append_audit(&line("a", 2)).unwrap();
    assert_eq!(trail(&store), lines("a", 3));
    // Equal lines are two calls, however fast they follow.
    for _ in 0..2 {
        store.append_audit(&line("a", 3)).unwrap();
        trail(&store);
    }
    assert_eq!(trail(&store)[3..], [("a".to_owned(), 3), ("a".to_owned(), 3)]);
}

#[test]
fn a_file_that_cannot_be_is_an_error_of_the_line_alone() {
    let (_folder, path) = place();
    let store = store(&path);
    let spool = beside(&path, ".audit");
    fs::create_dir(&spool).unwrap();
    assert_eq!(status(store.append_audit(&line("a", 0))), Status::StoreUnavailable);
    store.claim_nonce(b"nonce", 0).unwrap();
    fs::remove_dir(&spool).unwrap();
    store.append_audit(&line("a", 0)).unwrap();
    assert_eq!(trail(&store), lines("a", 1));
}

/// A line is there as soon as the call has returned, and once, wherever a process dies.
#[cfg(feature = "crash-points")]
#[test]
fn a_death_at_any_point_loses_and_doubles_nothing() {
    const TEST: &str = "a_death_at_any_point_loses_and_doubles_nothing";
    if let Some((_, folder)) = role() {
        let store = Sqlite::shared(&folder.join("test.db")).unwrap();
        store.append_audit(&line("a", 1)).unwrap();
        trail(&store);
        return;
    }
    for (point, is_emptied) in [
        ("store.audit.appended", false),
        ("store.audit.before", false),
        ("store.audit.committed", false),
        ("none", true),
    ] {
        let (folder, path) = place();
        let store = store(&path);
        store.append_audit(&line("a", 0)).unwrap();
        let mut command = process(&name(TEST), "writer", folder.path());
        let survived = command.env("MEETBRIDGE_CRASH_AT", point).status().unwrap().success();
        assert_eq!(survived, is_emptied, "{point}");
        let length = fs::metadata(beside(&path, ".audit")).unwrap().len();
        assert_eq!(length == 0, is_emptied, "{point}");
        store.append_audit(&line("a", 2)).unwrap();
        assert_eq!(trail(&store), lines("a", 3), "{point}");
        drop(store);
        assert_eq!(trail(&Sqlite::shared(&path).unwrap()), lines("a", 3), "{point}");
    }
}
