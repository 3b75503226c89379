//! The library in processes that are not its own: beside other libraries, in unusual states, and
//! where descriptors, memory or the right time are wanting.
//!
//! What threads, forks, small stacks and loading by hand do is in `c_harness.rs`.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::host::{Host, ended_well, number, text};
use common::{World, library_path, root};
use serde_json::json;

/// Live meetings of both providers, and that no spent refresh token was shown.
fn meetings(world: &World) -> u64 {
    let statistics = world.sandbox.statistics();
    assert_eq!(statistics.refresh_replays, 0, "a spent refresh token was used");
    statistics.live_meetings.values().sum()
}

fn no_daily_limits(world: &World) {
    world.change(json!({ "zoom_daily_limit": null, "webex_daily_limit": null }));
}

/// A good database that no pair waits beside.
fn store_is_whole(world: &World) {
    let database = rusqlite::Connection::open(world.path("meetbridge.db")).unwrap();
    let found: String =
        database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it is read");
    assert_eq!(found, "ok");
    assert!(!world.path("meetbridge.key.rescue").exists());
}

#[test]
fn the_state_of_the_process_is_left_as_it_is() {
    let host = Host::build("manners");
    let locales = tempfile::tempdir().unwrap();
    for state in
        ["usual", "nowhere", "children ignored", "closed", "locale", "umask 0", "umask 0777"]
    {
        let world = World::with_tls();
        let library = library_path();
        let mut command = host.command(&world, &[library.to_str().unwrap(), state]);
        if state == "locale" {
            turkish(locales.path());
            command.env("LOCPATH", locales.path()).env("LC_ALL", "tr_TR");
        }
        if state.starts_with("umask") {
            // As root it goes on as somebody whom permissions bind.
            for entry in fs::read_dir(world.folder.path()).unwrap() {
                let _ = chown(entry.unwrap().path(), Some(65534), Some(65534));
            }
            let _ = chown(world.folder.path(), Some(65534), Some(65534));
        }
        println!("{state}");
        ended_well(command.output().unwrap());
        assert_eq!(meetings(&world), 2, "{state}");
        let ours = ["meetbridge.db", "meetbridge.key", "meetbridge.log", "meetbridge.db.lock"];
        for name in ours {
            let mode = fs::metadata(world.path(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{state}: {name}");
        }
        store_is_whole(&world);
    }
}

/// A locale with a decimal comma, an i of its own, and no UTF-8.
fn turkish(folder: &Path) {
    let mut localedef = Command::new("localedef");
    localedef.args(["--no-archive", "-i", "tr_TR", "-f", "ISO-8859-9"]).arg(folder.join("tr_TR"));
    let output = localedef.output().expect("localedef");
    assert!(folder.join("tr_TR/LC_CTYPE").exists(), "{}", text(&output.stderr));
}

#[test]
fn other_libraries_do_their_work_beside_it() {
    let (host, folder) = (Host::build("beside"), tempfile::tempdir().unwrap());
    let rust = another_in_rust(folder.path());
    let [ours, others] = [&library_path(), &rust].map(|library| exported(library));
    let common: Vec<_> = ours.iter().filter(|name| others.contains(name)).collect();
    assert!(common.is_empty() && others.contains(&"other_use".to_owned()), "{common:?}");
    let mut versions = 0;
    for ssl in ["libssl.so.3", "libssl.so.1.1"] {
        let Some(ssl) = installed(ssl) else {
            println!("skipped: no {ssl}; `make test-openssl` fetches it");
            continue;
        };
        versions += 1;
        for order in ["first", "last"] {
            let world = World::with_tls();
            no_daily_limits(&world);
            let url = world.sandbox.tls_url().unwrap();
            let port = url.rsplit_once(':').unwrap().1;
            let authority = world.path("ca.pem");
            let arguments = [
                library_path(),
                order.into(),
                port.into(),
                authority,
                ssl.clone(),
                installed("libsqlite3.so.0").expect("Debian's package libsqlite3-0"),
                rust.clone(),
            ];
            let mut command = host.command(&world, &arguments);
            // Where it finds its other half.
            command.env("LD_LIBRARY_PATH", ssl.parent().unwrap());
            ended_well(command.output().unwrap());
            assert_eq!(meetings(&world), 8 * 6, "{} {order}", ssl.display());
        }
    }
    assert!(versions > 0, "Debian's package libssl3");
}

fn another_in_rust(folder: &Path) -> PathBuf {
    let library = folder.join("libother.so");
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let mut rustc = Command::new(rustc);
    rustc.args(["--edition", "2024", "--crate-type", "cdylib", "-O", "-o"]).arg(&library);
    ended_well(rustc.arg(root().join("tests/c/other.rs")).output().expect("rustc"));
    library
}

fn exported(library: &Path) -> Vec<String> {
    let mut nm = Command::new("nm");
    let nm = nm.args(["-D", "--defined-only", "--format=posix"]).arg(library).output();
    let symbols = ended_well(nm.expect("nm runs"));
    symbols.lines().filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect()
}

/// Where the loader finds a library. `MEETBRIDGE_LIBRARIES` may name a folder with more.
fn installed(name: &str) -> Option<PathBuf> {
    let more = std::env::var("MEETBRIDGE_LIBRARIES").unwrap_or_default();
    let folders = [more.as_str(), "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];
    let folders = folders.into_iter().chain(["/usr/lib64", "/usr/lib"]);
    folders.map(|folder| Path::new(folder).join(name)).find(|path| path.exists())
}

#[test]
fn who_has_no_descriptors_is_told_and_loses_nothing() {
    let world = World::with_tls();
    no_daily_limits(&world);
    let printed = Host::build("scarce").run(&world, &["16"]);
    println!("{printed}");
    assert!(number(&printed, "failures") > 5, "{printed}");
    assert_eq!(meetings(&world), number(&printed, "entries"));
    store_is_whole(&world);
}

#[test]
fn a_clock_that_is_set_costs_a_renewal_and_nothing_else() {
    let world = World::with_tls();
    no_daily_limits(&world);
    let printed = Host::build("clock").run::<&str>(&world, &[]);
    assert_eq!(meetings(&world), number(&printed, "entries"));
    store_is_whole(&world);
}

/// 40 allocations here; `MEETBRIDGE_ALLOCATIONS` says another number.
#[test]
fn who_has_no_memory_ends_or_is_told_and_loses_nothing() {
    let rounds = std::env::var("MEETBRIDGE_ALLOCATIONS").unwrap_or("40".to_owned());
    let world = World::with_tls();
    no_daily_limits(&world);
    let printed = Host::build("memory").run(&world, &[&rounds]);
    println!("{printed}");
    assert!(number(&printed, "aborted") > 0, "{printed}");
    assert_eq!(meetings(&world), number(&printed, "entries"));
    store_is_whole(&world);
}

#[cfg(feature = "postgres")]
#[test]
fn a_database_that_goes_away_raises_no_signal() {
    use meetbridge_sandbox::postgres::{Postgres, PostgresOptions};
    let host = Host::build("pipes");
    for is_socket in [false, true] {
        let mut world = World::with_tls();
        let options = PostgresOptions { tls: !is_socket, ..PostgresOptions::default() };
        let mut database = Postgres::start(options).expect("PostgreSQL starts");
        world.settings["store"] = match is_socket {
            true => json!({ "postgres": database.socket_url() }),
            false => {
                let authority = world.path("database.pem");
                fs::write(&authority, database.ca_pem().expect("TLS is on")).unwrap();
                let (url, file) = (database.url(), authority.display());
                json!({ "postgres": format!("{url}?sslmode=verify-full&sslrootcert={file}") })
            }
        };
        let mut command = host.command::<&str>(&world, &[]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut lines = BufReader::new(output).lines();
        let mut ask = |wanted: &str| {
            writeln!(input).unwrap();
            for _ in 0..2 {
                assert_eq!(lines.next().expect("the host lives").unwrap(), wanted);
            }
        };
        ask("OK");
        database.crash().unwrap();
        ask("STORE_UNAVAILABLE");
        database.run().unwrap();
        ask("OK");
        drop(input);
        assert!(child.wait().unwrap().success());
        assert_eq!(meetings(&world), 4);
    }
}
