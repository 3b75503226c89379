//! A new key, broken off and gone on with.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{LANGUAGES, Ran, Site};
use crate::common::part::sql;
use crate::common::{Library, World, person, populous};

/// More than one transaction, fewer than two.
const USERS: u64 = 130;
/// What one transaction seals.
const AT_ONCE: u64 = 100;

/// How many rows the doctor still finds under the old key.
fn left(site: &Site) -> u64 {
    let report = site.run(&["doctor", "--json"]);
    let report: Value = serde_json::from_str(&report.out).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let mut messages = findings.filter_map(|finding| finding["message"].as_str());
    let found = messages.find_map(|it| it.strip_suffix(" rows are still sealed with an older key"));
    found.map_or(0, |count| count.parse().unwrap())
}

#[test]
fn a_rotation_that_was_broken_off_goes_on() {
    let mut site = Site::of(World::with(populous(USERS)));
    {
        let library = Library::load();
        let bridge = site.world.open(&library);
        for number in 0..USERS {
            site.world.authorize(&bridge, "zoom", &person(number));
        }
    }
    // The first call makes a key and changes nothing else.
    let made = site.run(&["rotate-key", "--json"]).json();
    let (new, old) = (made["new"].as_str().unwrap(), made["old"].as_str().unwrap());
    assert_eq!(super::mode(new.as_ref()), 0o600);
    assert_eq!(old, site.world.path("meetbridge.key").to_str().unwrap());
    assert_eq!(left(&site), 0);
    site.world.settings["key"] = json!([{ "file": new }, { "file": old }]);
    site.write(&site.world.settings);
    assert_eq!(left(&site), USERS);

    // The first transaction can be made and the second cannot; then the process is killed. The last
    // two in the order of names must not both have a key of one name (one has none now).
    sql(
        &site.world,
        "UPDATE grants SET key_id = NULL WHERE owner = 'user-99@example.com';
         CREATE UNIQUE INDEX stop ON grants (key_id)
         WHERE owner IN ('user-98@example.com', 'user-99@example.com')",
    );
    let mut child =
        site.command(&["rotate-key"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while left(&site) == USERS {
        assert!(began.elapsed() < Duration::from_secs(120), "not a row was sealed anew");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(left(&site), USERS - AT_ONCE);

    // What does not go on ends, and says so.
    for language in LANGUAGES {
        let told = site.run(&["rotate-key", "--language", language]).failed(1);
        assert!(told.contains("30") && told.contains("reseal"), "{told}");
    }
    sql(&site.world, "DROP INDEX stop");
    let told = on_a_terminal(&site, "rotate-key");
    assert!(told.contains("30/30"), "no progress bar: {told:?}");
    assert!(told.contains("Rows sealed anew: 30."), "{told}");
    assert_eq!(left(&site), 0);
    let report = site.run(&["rotate-key", "--json"]).json();
    assert_eq!((&report["resealed"], &report["due"]["reseals"]), (&json!(0), &json!(0)));

    // The new key alone is enough.
    site.world.settings["key"] = json!({ "file": new });
    site.write(&site.world.settings);
    site.run(&["list", &person(7), "--provider", "zoom"]).ok();
}

/// What a terminal is told.
fn on_a_terminal(site: &Site, command: &str) -> String {
    let words = [env!("CARGO_BIN_EXE_meetbridge"), command, "--settings", site.settings()];
    let quoted = words.map(|word| format!("'{word}'")).join(" ");
    let mut script = Command::new("script");
    script.args(["-qec", &quoted, "/dev/null"]).env("TERM", "xterm").env("LC_ALL", "C.UTF-8");
    let output = script.stdin(Stdio::null()).output().expect("script(1), of bsdutils");
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_first_step_says_where_to_name_the_key() {
    let site = Site::new();
    // Makes the key.
    site.run(&["users"]).ok();
    // One that was given up long ago is no new one.
    std::fs::write(site.world.path("meetbridge-20000101-000000.key"), "of once").unwrap();
    for language in LANGUAGES {
        let told = site.run(&["rotate-key", "--language", language]).ok();
        let rings: Vec<Value> = told
            .lines()
            .filter_map(|line| line.trim().strip_prefix("\"key\": "))
            .map(|ring| serde_json::from_str(ring).unwrap())
            .collect();
        let old = json!({ "file": site.world.path("meetbridge.key") });
        assert_eq!((&rings[0][0], &rings[1][1]), (&old, &old));
        assert_eq!(rings[0][1], rings[1][0]);
        let new = rings[1][0]["file"].as_str().unwrap();
        assert!(std::fs::exists(new).unwrap() && !new.contains("-20000101-"));
        // There is one new key until the settings name it.
        assert_eq!(site.run(&["rotate-key", "--json"]).json()["new"], new);
        let again = site.run(&["rotate-key", "--language", language]).ok();
        assert!(again != told && again.contains(&rings[1].to_string()), "{again}");

        // As long as it is the second it seals nothing, and that is said.
        let mut settings = site.world.settings.clone();
        settings["key"] = rings[0].clone();
        site.write(&settings);
        let told = site.run(&["rotate-key", "--language", language]).ok().replace('\n', "");
        let new_name = Path::new(new).file_name().unwrap().to_str().unwrap();
        assert!(told.contains(new_name), "{told}");
        assert_eq!(site.run(&["rotate-key", "--json"]).json()["key"], old["file"]);
        site.write(&site.world.settings);
        std::fs::remove_file(new).unwrap();
    }
    // A wrong key is not one to begin with.
    let old = site.world.path("meetbridge.key");
    let right = std::fs::read(&old).unwrap();
    std::fs::write(&old, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    let files = || std::fs::read_dir(old.parent().unwrap()).unwrap().count();
    let before = files();
    assert!(site.run(&["rotate-key"]).failed(1).contains("WRONG_KEY"));
    assert_eq!(files(), before);
    std::fs::write(&old, right).unwrap();
    let mut settings = site.world.settings.clone();
    settings["key"] = json!("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    site.write(&settings);
    let told = Ran::of(site.command(&["rotate-key"]).output().unwrap()).failed(1);
    assert!(told.contains("32") && !told.contains("AAEC"), "{told}");
}
