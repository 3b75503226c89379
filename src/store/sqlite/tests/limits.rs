//! Folders that cannot be written and disks that are full.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::{place, store};
use crate::error::Status;
use crate::platform::ProcessId;
use crate::store::sqlite::Sqlite;
use crate::store::testing::{content, key, process, process_of, role, row, status};
use crate::store::{AuditRow, Intent, Store};

const NOBODY: u32 = 65534;

fn name(test: &str) -> String {
    format!("store::sqlite::tests::limits::{test}")
}

#[test]
fn a_folder_or_file_without_permission_is_reported() {
    if let Some((role, folder)) = role() {
        let path = folder.join("test.db");
        let outcome = Sqlite::shared(&path).and_then(|store| store.put_grant(&row("anna")));
        let error = outcome.unwrap_err();
        assert_eq!(error.status(), Status::StoreUnavailable, "{role}: {error}");
        assert!(error.detail().contains("permission"), "{role}: {error}");
        return;
    }
    let (folder, path) = place();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    // Root is not bound by permissions.
    if chown(folder.path(), Some(NOBODY), Some(NOBODY)).is_err() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let readable = tempfile::tempdir().unwrap();
    mode(readable.path(), 0o755).unwrap();
    let program = readable.path().join("test");
    // Not by ourselves: a child that another test forks meanwhile would keep it busy.
    let copied = Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&program).status();
    assert!(copied.unwrap().success());
    let refused = |role: &str| {
        let test = name("a_folder_or_file_without_permission_is_reported");
        let mut command = process_of(&program, &test, role, folder.path());
        let status = command.uid(NOBODY).gid(NOBODY).status();
        assert!(status.unwrap().success(), "{role}");
    };
    mode(folder.path(), 0o555).unwrap();
    refused("new store");
    mode(folder.path(), 0o755).unwrap();
    drop(store(&path));
    let before = content(&path);
    mode(folder.path(), 0o555).unwrap();
    mode(&path, 0o400).unwrap();
    refused("read-only store");
    mode(&path, 0o600).unwrap();
    refused("no log");
    chown(&path, Some(0), Some(0)).unwrap();
    mode(folder.path(), 0o755).unwrap();
    refused("somebody else's store");
    assert!(content(&path) == before);
}

#[test]
fn a_file_made_by_root_belongs_to_the_owner_of_the_folder() {
    use std::os::unix::fs::MetadataExt;
    let (folder, path) = place();
    if chown(folder.path(), Some(NOBODY), Some(NOBODY)).is_err() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let store = store(&path);
    store.append_audit(&AuditRow::default()).unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().uid(), NOBODY, "{:?}", entry.file_name());
    }
}

/// Writes until nothing more fits.
fn fill(folder: &Path) {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("fill")).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
    while file.write_all(&[1]).is_ok() {}
}

#[test]
fn on_a_full_disk_what_was_reserved_is_written_and_the_rest_reported() {
    let test = name("on_a_full_disk_what_was_reserved_is_written_and_the_rest_reported");
    if let Some((_, folder)) = role() {
        return on_a_small_disk(&folder);
    }
    let (folder, _) = place();
    let child = process(&test, "full", folder.path());
    let mut small = Command::new("unshare");
    // A name space of mounts that ends with the process.
    small.args([
        "-m",
        "sh",
        "-c",
        "mount -t tmpfs -o size=2m tmpfs \"$0\" || exit 77; exec \"$@\"",
    ]);
    small.arg(folder.path()).arg(child.get_program()).args(child.get_args());
    small.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
    match small.status() {
        Ok(status) if status.code() != Some(77) && status.code() != Some(1) => {
            assert!(status.success());
        }
        _ => eprintln!("skipped: no private mount is allowed here"),
    }
}

fn on_a_small_disk(folder: &Path) {
    let other = folder.join("other.db");
    let store = store(&folder.join("test.db"));
    let big = |user: &str| crate::store::GrantRow { sealed: vec![7; 9000], ..row(user) };
    let version = store.put_grant(&big("anna")).unwrap();
    store.put_grant(&big("bert")).unwrap();
    let intent = Intent { version, owner: ProcessId::current(), at: 0 };
    assert!(store.put_intent(&key("anna"), &intent, 16 * 1024).unwrap());
    fill(folder);

    // Nothing is promised for another, so nothing may be sent.
    assert_eq!(
        status(store.put_intent(&key("bert"), &intent, 16 * 1024)),
        Status::StoreUnavailable
    );
    assert!(store.read_grant(&key("bert")).unwrap().unwrap().intent.is_none());
    assert_eq!(store.put_grant(&big("anna")).unwrap(), version + 1);

    let mut error = None;
    for number in 0..1000 {
        if let Err(failed) = store.put_grant(&big(&format!("user {number}"))) {
            error = Some(failed);
            break;
        }
    }
    let error = error.expect("the disk is full at last");
    assert_eq!(error.status(), Status::StoreUnavailable);
    assert!(error.detail().contains("full"), "{error}");
    assert_eq!(store.grant_version(&key("anna")).unwrap(), Some(version + 1));
    fill(folder);
    let line = AuditRow { operation: "o".repeat(200), ..AuditRow::default() };
    let outcomes: Vec<_> = (0..1000).map(|_| status(store.append_audit(&line))).collect();
    assert!(outcomes.contains(&Status::StoreUnavailable));
    let outcome = Sqlite::shared(&other).and_then(|other| other.put_grant(&row("anna")));
    assert_eq!(status(outcome), Status::StoreUnavailable);
    assert!(!other.exists() && File::open(folder.join("other.db.new")).is_err());

    // The store goes on when there is space again.
    fs::remove_file(folder.join("fill")).unwrap();
    store.put_grant(&big("carl")).unwrap();
    store.append_audit(&line).unwrap();
    let appended = 1 + outcomes.iter().filter(|status| **status == Status::Ok).count();
    assert_eq!(store.audit(0, 1, 0, 2000).unwrap().len(), appended);
    drop(store);
    let store = Sqlite::shared(&folder.join("test.db")).unwrap();
    assert_eq!(store.grant_version(&key("anna")).unwrap(), Some(version + 1));
}
