//! The doctor names the fault of broken installations, in both languages.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;

use serde_json::{Value, json};

use super::{LANGUAGES, Ran, Site, command, widest};
use crate::common::part::sql;
use crate::common::{ANNA, World, schema};

/// What the doctor finds under this check, in English, after having seen to the rest: that it
/// finds it in Japanese too, in 80 columns, and that the report is a report.
#[track_caller]
fn found(site: &Site, check: &str, severity: &str) -> String {
    for language in LANGUAGES {
        let told = site.run(&["doctor", "--language", language]);
        assert_eq!((told.code, told.err.as_str()), (1, ""), "{}", told.out);
        assert!(told.out.contains(check) && told.out.contains('→'), "{}", told.out);
        assert!(widest(&told.out) <= 80, "{}", told.out);
        let remedies = told.out.split('→').skip(1).collect::<String>();
        assert_eq!(remedies.contains('。'), language == "ja", "{}", told.out);
        assert_eq!(told.out.contains("問題") || told.out.contains('件'), language == "ja");
    }
    let ran = site.run(&["doctor", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{}", ran.out);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON and nothing else");
    schema::check("diagnose-report", &report);
    let findings = report["findings"].as_array().unwrap();
    let is_it = |finding: &&Value| finding["check"] == check && finding["severity"] == severity;
    let finding = findings.iter().find(is_it).unwrap_or_else(|| panic!("{report:#}"));
    finding["message"].as_str().unwrap().to_owned()
}

/// A site with a store, whose settings are then changed.
#[track_caller]
fn changed(change: impl FnOnce(&mut Value), check: &str) -> String {
    let mut site = Site::new();
    site.run(&["users"]).ok();
    change(&mut site.world.settings);
    site.write(&site.world.settings);
    found(&site, check, "error")
}

#[test]
fn nothing_is_found_where_everything_is_in_order() {
    let site = Site::new();
    site.authorize(ANNA, "zoom");
    for (language, word, answers) in [
        ("en", "in order", "127.0.0.1 answers"),
        ("ja", "問題はありません", "127.0.0.1 が応答しています"),
    ] {
        let told = site.run(&["doctor", "--language", language]).ok();
        assert!(told.contains(word) && told.contains(answers), "{told}");
    }
    assert_eq!(site.run(&["doctor", "--json"]).json()["status"], "ok");
}

#[test]
fn settings_that_are_missing() {
    let site = Site::new();
    fs::remove_file(&site.file).unwrap();
    let told = found(&site, "settings", "error");
    assert!(told.contains("settings.json cannot be read: No such file"), "{told}");
}

#[test]
fn settings_that_nobody_named() {
    let told = super::run(&["doctor"]);
    assert_eq!(told.code, 1);
    assert!(told.out.contains("MEETBRIDGE_SETTINGS is not set"), "{}", told.out);
}

#[test]
fn settings_that_are_no_json() {
    let site = Site::new();
    fs::write(&site.file, "{\n  // A comment.\n  \"apps\" []\n}").unwrap();
    let told = found(&site, "settings", "error");
    assert!(told.contains("line 3 column 10"), "{told}");
}

#[test]
fn settings_with_a_member_that_is_not_known() {
    let told = changed(|it| it["apps"][0]["client_scret"] = json!("hush"), "settings");
    assert!(told.contains("apps[0].client_scret") && !told.contains("hush"), "{told}");
}

#[test]
fn an_app_without_a_client_id() {
    let told = changed(|it| it["apps"][1]["client_id"] = json!(""), "settings");
    assert!(told.contains("apps[1].client_id: is empty"), "{told}");
    let remove = |it: &mut Value| drop(it["apps"][0].as_object_mut().unwrap().remove("client_id"));
    let told = changed(remove, "settings");
    assert!(told.contains("apps[0].client_id"), "{told}");
}

#[test]
fn a_secret_that_is_not_where_it_should_be() {
    let secret = json!({"file": "/nowhere/zoom.secret"});
    let told = changed(|it| it["apps"][0]["client_secret"] = secret, "settings");
    assert!(told.contains("apps[0].client_secret: /nowhere/zoom.secret"), "{told}");
}

#[test]
fn an_address_that_the_apps_do_not_have() {
    let own = json!("https://mail9.example.com/oauth/v1");
    let told = changed(|it| it["redirect_url"] = own, "settings");
    assert!(told.contains("redirect_url: not among apps[0].redirect_urls"), "{told}");
}

#[test]
fn an_address_without_https() {
    let mut site = Site::new();
    site.world.settings["apps"][0]["redirect_urls"] = json!(["http://mail1.example.com/oauth"]);
    site.write(&site.world.settings);
    let told = found(&site, "redirect_urls", "warning");
    assert!(told.contains("http://mail1.example.com/oauth is not https"), "{told}");
    // A warning, which who has decided on it may pass over.
    site.run(&["doctor", "--ignore-warnings"]).ok();
}

#[test]
fn a_key_that_is_missing() {
    let site = Site::new();
    site.authorize(ANNA, "zoom");
    fs::remove_file(site.world.path("meetbridge.key")).unwrap();
    let told = found(&site, "key", "error");
    assert!(told.contains("meetbridge.key does not exist"), "{told}");
}

#[test]
fn a_key_of_another_store() {
    let site = Site::new();
    site.authorize(ANNA, "zoom");
    let another = "bmV3IGtleSBvZiB0aGlydHktdHdvIGJ5dGVzLCBvaCE=";
    fs::write(site.world.path("meetbridge.key"), another).unwrap();
    let told = found(&site, "key", "error");
    assert!(told.contains("key") && !told.contains(another), "{told}");
}

#[test]
fn a_key_that_others_may_read() {
    let site = Site::new();
    site.run(&["users"]).ok();
    let key = site.world.path("meetbridge.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let told = found(&site, "key", "warning");
    assert!(told.contains("meetbridge.key"), "{told}");
}

#[test]
fn a_store_that_is_damaged() {
    let site = Site::new();
    site.run(&["users"]).ok();
    fs::write(site.world.path("meetbridge.db"), "x".repeat(8192)).unwrap();
    let told = found(&site, "store", "error");
    assert!(told.contains("meetbridge.db"), "{told}");
}

#[test]
fn a_store_of_a_newer_version() {
    let site = Site::new();
    site.run(&["users"]).ok();
    sql(&site.world, "PRAGMA user_version = 99");
    let told = found(&site, "store", "error");
    assert!(told.contains("made by a newer version of this library (schema 99"), "{told}");
}

#[test]
fn a_provider_that_cannot_be_reached() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v2", listener.local_addr().unwrap());
    drop(listener);
    let told = changed(|it| it["apps"][0]["api_url"] = json!(url), "reachability");
    assert!(told.contains("127.0.0.1"), "{told}");
}

#[test]
fn a_certificate_that_is_not_trusted() {
    let mut site = Site::of(World::with_tls());
    site.run(&["doctor"]).ok();
    site.world.settings["http"].as_object_mut().unwrap().remove("ca_file");
    site.write(&site.world.settings);
    let told = found(&site, "reachability", "error");
    assert!(told.contains("TLS") && told.contains("certificate"), "{told}");
}

#[test]
fn a_clock_that_is_wrong() {
    let url = dated("Wed, 01 Jan 2020 00:00:00 GMT");
    let told = changed(|it| it["apps"][0]["api_url"] = json!(url), "clock");
    assert!(told.contains("seconds ahead of the provider's"), "{told}");
}

/// The address of a server that answers with this date. It ends with the test.
fn dated(date: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v2", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut line = String::new();
            while stream.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let head = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close";
            let answer = format!("{head}\r\ndate: {date}\r\n\r\n");
            let _ = stream.get_mut().write_all(answer.as_bytes());
        }
    });
    url
}

/// Run as the server's user, as which nothing here is run where the tests are root's.
#[test]
fn a_folder_that_cannot_be_written_to() {
    let mut site = Site::new();
    let folder = site.world.path("store");
    fs::create_dir(&folder).unwrap();
    site.world.settings["store"]["sqlite"] = json!(folder.join("meetbridge.db"));
    let key = site.world.path("given.key");
    fs::write(&key, "bmV3IGtleSBvZiB0aGlydHktdHdvIGJ5dGVzLCBvaCE=").unwrap();
    site.world.settings["key"]["file"] = json!(&key);
    site.world.settings.as_object_mut().unwrap().remove("log");
    site.write(&site.world.settings);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let ran = Ran::of(as_nobody(&site, &["doctor"]).output().unwrap());
    assert_eq!(ran.code, 1, "{}", ran.err);
    let told = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("store") && told.contains("permission"), "{told}");
}

/// What root runs in a folder of the server's user leaves only files that are his.
#[test]
fn what_root_makes_is_the_servers_users() {
    if !is_root() {
        return;
    }
    let site = Site::new();
    for path in [site.world.folder.path(), site.file.as_path()] {
        chown(path, Some(65534), Some(65534)).unwrap();
    }
    site.authorize(ANNA, "zoom");
    site.run(&["maintain"]).ok();
    for file in fs::read_dir(site.world.folder.path()).unwrap() {
        use std::os::unix::fs::MetadataExt;
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().uid(), 65534, "{:?}", file.path());
    }
    let ran = as_nobody(&site, &["users"]).output().unwrap();
    assert!(Ran::of(ran).ok().contains(ANNA));
}

/// The command as root's nobody; as it is where the tests are somebody else's.
fn as_nobody(site: &Site, arguments: &[&str]) -> std::process::Command {
    if !is_root() {
        return site.command(arguments);
    }
    // He may not read the folder where it was built.
    let copy = site.world.path("command");
    fs::copy(env!("CARGO_BIN_EXE_meetbridge"), &copy).unwrap();
    for (path, mode) in [(site.world.folder.path(), 0o755), (&copy, 0o755), (&site.file, 0o644)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let key = site.world.settings["key"]["file"].as_str().unwrap();
    chown(key, Some(65534), Some(65534)).unwrap();
    let mut own = command();
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.args(arguments);
    let mut command = std::process::Command::new(copy);
    command.env_clear().env("PATH", path).args(own.get_args());
    command.args(["--settings", site.settings()]).uid(65534).gid(65534);
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid() == 0
}
