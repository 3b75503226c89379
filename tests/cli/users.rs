//! Consents, users, meetings, housekeeping and the audit trail.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{LANGUAGES, Ran, Site};
use crate::common::{ANNA, KEN, schema};

#[test]
fn a_user_is_connected_and_a_meeting_is_made() {
    let site = Site::new();
    for provider in ["zoom", "webex"] {
        let authorization = site.authorize(ANNA, provider);
        schema::check("authorization", &authorization);
        assert_eq!(authorization["state"], "authorized");
        let whose = [ANNA, "--provider", provider];
        let spelled = ["--topic", "Planning", "--start", "2030-03-01T09:00:00", "--duration", "30"];
        let zone = ["--time-zone", "Europe/Copenhagen", "--reference", provider];
        let create = [&["create"], &whose[..], &spelled, &zone].concat();
        let made = site.run(&[&create[..], &["--json"]].concat()).json();
        schema::check("meeting", &made);
        assert_eq!(made["start"], "2030-03-01T08:00:00Z");
        let again = site.run(&create).ok();
        for wanted in ["Planning", made["join_url"].as_str().unwrap()] {
            assert!(again.contains(wanted), "{again}");
        }

        let list = [&["list"], &whose[..], &["--from", "2030-01-01T00:00:00Z"]].concat();
        let page = site.run(&[&list[..], &["--json"]].concat()).json();
        schema::check("page", &page);
        assert_eq!(page["meetings"][0]["id"], made["id"]);
        let lines = site.run(&list).ok();
        assert!(lines.contains("Planning") && lines.contains(made["id"].as_str().unwrap()));
    }
    // A document, from the standard input and from a file.
    let document =
        json!({"topic": "会議", "start": "2030-04-01T09:00:00Z", "duration_minutes": 30});
    let create = ["create", ANNA, "--provider", "zoom", "--json", "--meeting"];
    let mut child = site
        .command(&[&create[..], &["-"]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(document.to_string().as_bytes()).unwrap();
    assert_eq!(Ran::of(child.wait_with_output().unwrap()).json()["topic"], "会議");
    let file = site.world.path("meeting.json");
    std::fs::write(&file, document.to_string()).unwrap();
    site.run(&[&create[..], &[file.to_str().unwrap()]].concat()).json();
    for language in LANGUAGES {
        let told = site.run(&[&create[..], &["/nowhere", "--language", language]].concat());
        assert!(told.failed(1).contains("/nowhere"));
    }
}

#[test]
fn a_callback_can_be_pasted() {
    let site = Site::new();
    for language in LANGUAGES {
        let start = ["authorize", KEN, "--provider", "zoom", "--language", language];
        let mut child = site
            .command(&start)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
        let url = loop {
            let mut line = String::new();
            assert!(std::io::BufRead::read_line(&mut lines, &mut line).unwrap() > 0, "no address");
            if line.starts_with("http") {
                break line.trim().to_owned();
            }
        };
        let callback = site.world.consent(&url, KEN, true);
        writeln!(child.stdin.take().unwrap(), "  {callback}  ").unwrap();
        let mut told = String::new();
        std::io::Read::read_to_string(&mut lines, &mut told).unwrap();
        assert!(told.contains("authorized") && told.contains(KEN), "{told}");
        assert!(child.wait().unwrap().success());

        // Nobody is there to paste one; and a used one is refused.
        let ended = site.run(&start);
        assert!(ended.code == 1 && ended.err.contains("--callback"), "{}", ended.err);
        let used = ["authorize", KEN, "--callback", &callback, "--language", language];
        let told = site.run(&used).failed(1);
        let other = site.run(&["authorize", ANNA, "--callback", &callback]).failed(1);
        assert!(other.contains("USER_MISMATCH"), "{other}");
        let audit = site.run(&["audit"]).ok();
        let last = audit.lines().last().unwrap();
        // Whose consent it was that somebody else brought.
        assert!(last.contains("USER_MISMATCH") && last.contains(KEN), "{last}");
        assert!(told.contains("STATE_REPLAYED (206)") && told.contains('→'), "{told}");
        assert!(
            told.contains(if language == "ja" { "開始ページ" } else { "start page" }),
            "{told}"
        );
    }
}

#[test]
fn users_are_listed_renamed_revoked_and_forgotten() {
    let site = Site::new();
    for user in [ANNA, KEN] {
        site.authorize(user, "zoom");
    }
    let page = site.run(&["users", "--json", "--page-size", "1"]).json();
    schema::check("page", &page);
    let next = page["next"].as_str().unwrap();
    let page = site.run(&["users", "--json", "--page-size", "1", "--next", next]).json();
    assert_eq!(page["authorizations"][0]["user"], KEN);
    for size in ["1", "300"] {
        let lines = site.run(&["users", "--page-size", size]).ok();
        let users: Vec<_> = lines.lines().map(|line| line.split_whitespace().nth(3)).collect();
        assert_eq!(users, [Some(ANNA), Some(KEN)], "{lines}");
    }

    for language in LANGUAGES {
        let speak = ["--language", language];
        let of = |words: &[&str]| site.run(&[words, &speak[..]].concat());
        assert!(of(&["rename", ANNA, "Anna Sato/Acme"]).ok().contains("Anna Sato/Acme"));
        assert_eq!(of(&["rename", "Anna Sato/Acme", ANNA, "--json"]).json(), json!({}));
        assert!(of(&["revoke", KEN, "--provider", "zoom"]).ok().contains(KEN));
        let told = of(&["revoke", KEN, "--provider", "zoom"]).failed(1);
        assert!(told.contains("NOT_AUTHORIZED (201)"), "{told}");
        let audit = site.run(&["audit"]).ok();
        let last = audit.lines().last().unwrap();
        assert!(last.contains("NOT_AUTHORIZED  zoom") && last.contains(KEN), "{last}");
        let missing = ["revoke", KEN, "--provider", "zoom", "--ignore-missing", "--json"];
        assert_eq!(of(&missing).json(), json!({}));
        let told = of(&["list", KEN, "--provider", "zoom", "--json"]).failed(1);
        let error: Value = serde_json::from_str(&told).expect("the library's JSON");
        schema::check("error", &error);
        assert_eq!(error["message"].as_str().unwrap().is_ascii(), language == "en");
        site.authorize(KEN, "zoom");
    }
    assert!(site.run(&["forget", KEN]).ok().contains(KEN));
    site.run(&["forget", KEN]).failed(1);
    site.run(&["forget", KEN, "--ignore-missing"]).ok();
    assert!(!site.run(&["users"]).ok().contains(KEN));
}

#[test]
fn maintain_tells_what_it_did_and_audit_who_did_it() {
    let site = Site::new();
    site.authorize(ANNA, "zoom");
    let report = site.run(&["maintain", "--json", "--budget", "5"]).json();
    schema::check("maintain-report", &report);
    assert_eq!(report["complete"], true);
    for (language, word) in [("en", "Everything"), ("ja", "すべて")] {
        assert!(site.run(&["maintain", "--language", language]).ok().contains(word));
    }
    // What could not be done is a failure, with the whole report.
    crate::common::part::sql(&site.world, "UPDATE grants SET refreshed_at = 1, refreshed_on = 0");
    let down = json!({ "kind": "status", "code": 503, "times": "forever" });
    site.world.fail_once("zoom.refresh", "before", &down);
    let ran = site.run(&["maintain"]);
    assert!(ran.code == 1 && ran.out.contains("503"), "{}{}", ran.out, ran.err);

    let list = ["list", ANNA, "--provider", "zoom", "--acting-user", "Ken Sato/Acme"];
    site.world.no_more_faults();
    site.run(&list).ok();
    let mut login = site.command(&["list", ANNA, "--provider", "zoom"]);
    Ran::of(login.env("SUDO_USER", "operator").output().unwrap()).ok();
    let page = site.run(&["audit", "--json", "--page-size", "300"]).json();
    schema::check("page", &page);
    let entries = page["entries"].as_array().unwrap();
    let actors: Vec<_> = entries
        .iter()
        .filter(|entry| entry["operation"] == "list_meetings")
        .map(|entry| entry["acting_user"].as_str().unwrap())
        .collect();
    assert_eq!(actors, ["Ken Sato/Acme", "operator"]);
    let lines = site.run(&["audit", "--page-size", "1"]).ok();
    assert_eq!(lines.lines().count(), entries.len(), "{lines}");
    assert!(lines.contains("complete_authorization") && lines.contains("operator"), "{lines}");
    assert_eq!(site.run(&["audit", "--from", "2100-01-01T00:00:00Z"]).ok(), "");
    let told = site.run(&["audit", "--from", "yesterday"]).failed(1);
    assert!(told.contains("filter.from"), "{told}");
}

#[test]
fn nothing_that_is_given_as_settings_is_taken_for_secrets() {
    let told = super::run(&["users", "--settings", "{\"client_secret\": \"hush\"}"]).failed(1);
    assert!(told.contains("INVALID_SETTINGS") && !told.contains("hush"), "{told}");
}

/// As `meetbridge users | head` does.
#[test]
fn who_stops_reading_is_no_reason_to_complain() {
    let site = Site::new();
    site.authorize(ANNA, "zoom");
    let mut child =
        site.command(&["audit"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_meeting_of_which_nothing_could_be_told_is_told_of() {
    let site = Site::new();
    site.authorize(ANNA, "zoom");
    let start = ["--start", "2030-03-01T09:00:00Z", "--topic", "Planning", "--duration", "30"];
    let create = [&["create", ANNA, "--provider", "zoom"], &start[..]].concat();
    for more in [&[] as &[&str], &["--json"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = site.command(&[&create[..], more].concat());
        let told = Ran::of(command.stdout(full).output().unwrap()).failed(1);
        let made = site.world.sandbox.meetings()["zoom"].clone();
        let told_of = |made: &&Value| told.contains(&format!(" {} ", made["id"]));
        assert_eq!(made.as_array().unwrap().iter().filter(told_of).count(), 1, "{told} {made}");
    }
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    Ran::of(super::command().arg("--help").stdout(full).output().unwrap()).failed(1);
}
