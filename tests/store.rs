//! What can be wrong with a store, as the C door tells it. Nothing is overwritten.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::part::{check, command, in_process};
use common::{ANNA, Library, World};
use serde_json::{Value, json};

/// What [`in_process`] runs.
#[test]
#[ignore = "run by the others"]
fn part() {
    common::part::run();
}

/// A world with one authorization in a store that was closed.
fn stored() -> World {
    let world = World::new();
    let library = Library::load();
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    bridge.close().unwrap();
    world
}

/// A copy of the store, as a backup would be: complete only if the journal is taken along.
fn copy(world: &World, name: &str) -> Value {
    for suffix in ["", "-wal"] {
        let from = world.path(&format!("meetbridge.db{suffix}"));
        if from.exists() {
            fs::copy(&from, world.path(&format!("{name}{suffix}"))).unwrap();
        }
    }
    let mut settings = world.settings.clone();
    settings["store"]["sqlite"] = json!(world.path(name));
    settings
}

/// The content of the store and its journal.
fn content(settings: &Value) -> Vec<Vec<u8>> {
    let path = settings["store"]["sqlite"].as_str().unwrap();
    ["", "-wal"].iter().filter_map(|suffix| fs::read(format!("{path}{suffix}")).ok()).collect()
}

#[test]
fn a_copy_of_the_store_works_and_a_wrong_key_changes_nothing() {
    let world = stored();
    let mut settings = copy(&world, "copy.db");
    let before = content(&settings);
    for wrong in [
        json!({"file": world.path("other.key")}),
        json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        json!(["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]),
    ] {
        settings["key"] = wrong;
        in_process("open WRONG_KEY", &settings);
        assert!(content(&settings) == before, "nothing was written");
    }
    assert!(!world.path("other.key").exists(), "no key is made for a store that has one");
    settings["key"] = world.settings["key"].clone();
    in_process("create zoom OK", &settings);
}

#[test]
fn damage_is_told_and_left_alone() {
    let world = stored();
    let good = copy(&world, "good.db");
    // Closed by a process that ends: everything is in the one file.
    in_process("create zoom OK", &good);
    let path = world.path("good.db");
    let intact = fs::read(&path).unwrap();
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 4] = [
        ("its beginning", |bytes| bytes[..16].copy_from_slice(b"not a database!!")),
        ("all of it", |bytes| bytes.fill(0x5a)),
        ("its pages", |bytes| bytes[100..].fill(0x5a)),
        ("its end", |bytes| bytes.truncate(1000)),
    ];
    for (what, damage) in damages {
        let mut bytes = intact.clone();
        damage(&mut bytes);
        let name = "damaged.db";
        for suffix in ["-wal", "-shm", ".lock"] {
            let _ = fs::remove_file(world.path(&format!("{name}{suffix}")));
        }
        fs::write(world.path(name), &bytes).unwrap();
        let mut settings = world.settings.clone();
        settings["store"]["sqlite"] = json!(world.path(name));
        in_process("open STORE_DAMAGED", &settings);
        assert!(fs::read(world.path(name)).unwrap() == bytes, "{what} was left as it was");
    }
}

#[test]
fn a_folder_that_is_not_there_or_cannot_be_written() {
    let world = World::new();
    let mut settings = world.settings.clone();
    settings["store"]["sqlite"] = json!(world.path("nowhere/meetbridge.db"));
    in_process("open STORE_UNAVAILABLE", &settings);
    assert!(!world.path("nowhere").exists());

    // Root may write everywhere, so somebody else tries.
    if !is_root() {
        println!("skipped: only root can become somebody else");
        return;
    }
    settings["store"]["sqlite"] = json!(world.path("meetbridge.db"));
    settings.as_object_mut().unwrap().remove("log");
    share(world.folder.path(), 0o555);
    let part = "open STORE_UNAVAILABLE";
    let output = command(part, &settings).env("MEETBRIDGE_TEST_AS_NOBODY", "1").output();
    check(part, output.unwrap());
    assert!(!world.path("meetbridge.db").exists());
    share(world.folder.path(), 0o755);
}

#[test]
fn a_full_disk_is_told_and_ends_no_authorization() {
    if !is_root() {
        println!("skipped: only root can mount a small disk");
        return;
    }
    let world = stored();
    let disk = SmallDisk::mount(world.path("disk"));
    let mut settings = copy(&world, "disk/meetbridge.db");
    settings.as_object_mut().unwrap().remove("log");
    in_process("create zoom OK", &settings);
    world.expire();
    disk.fill();
    let before = world.sandbox.statistics().count("zoom.refresh");
    // Without room for the new pair nothing is sent, so nothing is spent.
    in_process("create zoom STORE_UNAVAILABLE", &settings);
    assert_eq!(world.sandbox.statistics().count("zoom.refresh"), before);
    let (severity, message) = diagnosed(&settings);
    assert_eq!(severity, "error");
    let folder = world.path("disk").display().to_string();
    let words = format!("532480 bytes in {folder} free for a new token: the disk is full");
    assert!(message.contains(&words), "{message}");
    disk.make_room();
    assert_eq!(diagnosed(&settings).0, "ok");
    in_process("create zoom OK", &settings);
}

/// What the check of the store finds.
fn diagnosed(settings: &Value) -> (String, String) {
    let library = Library::load();
    let bridge = library.open(&settings.to_string()).unwrap();
    let report = bridge.diagnose().unwrap();
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["check"] == "store").expect("a store");
    let text = |member: &str| found[member].as_str().unwrap().to_owned();
    (text("severity"), text("message"))
}

/// The new pair has its room before the old one is spent.
#[test]
fn a_disk_that_fills_up_during_a_renewal_ends_no_authorization() {
    if !is_root() {
        println!("skipped: only root can mount a small disk");
        return;
    }
    let (library, world) = (Library::load(), stored());
    let disk = SmallDisk::mount(world.path("disk"));
    let mut settings = copy(&world, "disk/meetbridge.db");
    settings.as_object_mut().unwrap().remove("log");
    let bridge = library.open(&settings.to_string()).unwrap();
    bridge.list("zoom", None).unwrap();
    world.expire();
    world.fail_once("zoom.refresh", "after", &json!({ "kind": "delay", "ms": 500 }));
    let before = world.sandbox.statistics().count("zoom.refresh");
    std::thread::scope(|scope| {
        let call = scope.spawn(|| bridge.list("zoom", None));
        let sent = |all: &meetbridge_sandbox::Statistics| all.count("zoom.refresh") > before;
        assert!(world.sandbox.wait_until(std::time::Duration::from_secs(10), sent));
        disk.fill();
        call.join().unwrap().expect("the new pair is kept");
    });
    bridge.close().unwrap();
    // Another process finds it.
    in_process("create zoom OK", &settings);
    assert!(!world.path("meetbridge.key.rescue").exists(), "it is in the store");
    let statistics = world.sandbox.statistics();
    assert_eq!((statistics.count("zoom.refresh"), statistics.refresh_replays), (before + 1, 0));
    drop(disk);
}

/// A disk of 4 MiB; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: PathBuf) -> SmallDisk {
        fs::create_dir(&folder).unwrap();
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(&folder)
            .status();
        assert!(status.unwrap().success(), "root can mount a tmpfs");
        SmallDisk(folder)
    }

    fn fill(&self) {
        let _ = fs::write(self.0.join("ballast"), vec![0; 8 * 1024 * 1024]);
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A bridge that was closed is kept warm, and its files with it.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn is_root() -> bool {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::geteuid() == 0 }
}

fn share(path: &Path, mode: u32) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, permissions).unwrap();
}

/// Two servers share what a user has authorized, also over a restart of the database.
#[cfg(feature = "postgres")]
#[test]
fn servers_share_a_database() {
    let library = Library::load();
    let mut world = World::on_postgres();
    let bridge = world.open(&library);
    world.authorize(&bridge, "zoom", ANNA);
    in_process("create zoom OK", &world.settings);
    world.expire();
    in_process("reference zoom entry OK", &world.settings);
    let refreshed = world.sandbox.statistics().count("zoom.refresh");
    let mut meeting = common::meeting();
    meeting["reference"] = json!("entry");
    meeting["topic"] = json!("About entry");
    let again = bridge.create("zoom", ANNA, &meeting).unwrap();
    assert_eq!(again["existing"], true, "{again}");
    assert_eq!(world.sandbox.statistics().count("zoom.refresh"), refreshed);

    let database = world.database.as_mut().unwrap();
    database.crash().unwrap();
    let failure = bridge.authorization("zoom", ANNA).unwrap_err();
    assert_eq!(failure.name(), "STORE_UNAVAILABLE");
    assert!(!failure.error.to_string().contains("postgres-secret"), "{}", failure.error);
    database.run().unwrap();
    assert_eq!(bridge.authorization("zoom", ANNA).unwrap()["state"], "authorized");
    bridge.create("zoom", ANNA, &common::meeting()).unwrap();

    let report = bridge.diagnose().unwrap();
    assert!(report["store"]["engine"].as_str().unwrap().starts_with("postgresql "), "{report}");
    assert!(!report.to_string().contains("postgres-secret"), "{report}");
    let log = fs::read_to_string(world.path("meetbridge.log")).unwrap();
    assert!(!log.contains("postgres-secret"), "{log}");
    let mut settings = world.settings.clone();
    settings["key"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    in_process("open WRONG_KEY", &settings);
}

/// A store of the first version that was published, with an authorization for each provider.
#[test]
fn a_store_of_the_first_version_is_taken_over() {
    let (library, world) = (Library::load(), World::new());
    let fixtures = common::root().join("tests/fixtures");
    fs::copy(fixtures.join("store-v1.db"), world.path("meetbridge.db")).unwrap();
    fs::copy(fixtures.join("store-v1.key"), world.path("meetbridge.key")).unwrap();
    let bridge = world.open(&library);
    for provider in ["zoom", "webex"] {
        assert_eq!(bridge.authorization(provider, ANNA).unwrap()["state"], "authorized");
    }
    assert_eq!(bridge.diagnose().unwrap()["store"]["schema_version"], 5);
    bridge.maintain(None).expect("housekeeping knows its rows");
    for provider in ["zoom", "webex"] {
        // This sandbox has never heard of these tokens, and says so; a consent mends it.
        let failure = bridge.list(provider, None).expect_err("another sandbox gave the tokens");
        assert_eq!(failure.name(), "REAUTHORIZE", "the tokens open: {}", failure.error);
        world.authorize(&bridge, provider, ANNA);
        let mut meeting = common::meeting();
        meeting["reference"] = serde_json::json!("entry");
        let created = bridge.create(provider, ANNA, &meeting).unwrap();
        assert_eq!(bridge.create(provider, ANNA, &meeting).unwrap()["id"], created["id"]);
    }
    let entries = bridge.audit(None).unwrap()["entries"].as_array().unwrap().len();
    assert!(entries >= 6, "{entries} lines");
    bridge.rename(ANNA, "Anna Berg/HR/Acme").unwrap();
    bridge.forget("Anna Berg/HR/Acme", None).unwrap();
}
