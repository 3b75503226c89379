//! The first files of an installation, and the sheets for the providers' portals.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use super::{LANGUAGES, Ran, Site, command, mode, run};

#[test]
fn init_makes_a_key_and_settings_that_can_be_used() {
    for language in LANGUAGES {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("settings.json");
        let name = settings.to_str().unwrap();
        let own = "https://mail1.example.com/oauth/v1";
        let other = "https://mail2.example.com/oauth/v1";
        let init = ["init", "--settings", name, "--redirect-url", own, "--redirect-url", other];
        let told = run(&[&init[..], &["--language", language]].concat()).ok();
        let key = folder.path().join("meetbridge.key");
        for wanted in [name, key.to_str().unwrap(), "meetbridge register zoom", "meetbridge doctor"]
        {
            assert!(told.contains(wanted), "{told}");
        }
        assert_eq!((mode(&settings), mode(&key)), (0o600, 0o600));
        assert_eq!(fs::metadata(&key).unwrap().len(), 45);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

        // They are good as they are, and the key is the store's.
        let users = run(&["users", "--settings", name, "--json"]).json();
        assert_eq!(users["authorizations"], Value::Array(Vec::new()));
        let sheet = run(&["register", "zoom", "--settings", name]).ok();
        assert!(sheet.contains(own), "{sheet}");

        // An app without its slashes is one.
        let text = fs::read_to_string(&settings).unwrap();
        let app: Vec<_> = text.lines().map(|line| line.replacen("    // ", "    ", 1)).collect();
        fs::write(folder.path().join("zoom.secret"), "a secret\n").unwrap();
        fs::write(folder.path().join("webex.secret"), "a secret\n").unwrap();
        fs::write(&settings, app.join("\n").replace("\"client_id\": \"\"", "\"client_id\": \"x\""))
            .unwrap();
        let sheet = run(&["register", "zoom", "--settings", name]).ok();
        assert!(sheet.contains(other) && sheet.contains("       x\n"), "{sheet}");

        // Nothing is ever written over.
        for file in ["settings.json", "meetbridge.key", "meetbridge.db"] {
            let kept = folder.path().join(file);
            let content = fs::read(&kept).unwrap();
            let told = run(&[&init[..], &["--language", language]].concat()).failed(1);
            assert!(told.replace('\n', "").contains(file), "{told}");
            assert_eq!(fs::read(&kept).unwrap(), content);
            fs::remove_file(&kept).unwrap();
        }
    }
}

#[test]
fn one_of_many_at_once_makes_the_files() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("settings.json");
        let init = ["init", "--settings", settings.to_str().unwrap()];
        let start = || {
            let mut command = command();
            command.args(init).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let started: Vec<_> = (0..4).map(|_| start()).collect();
        let ended = started.into_iter().map(|child| Ran::of(child.wait_with_output().unwrap()));
        let (made, refused): (Vec<_>, Vec<_>) = ended.partition(|ran| ran.code == 0);
        assert_eq!(made.len(), 1);
        for ran in refused {
            let told = ran.failed(1);
            assert!(told.contains("Nothing") && !told.contains("UNAVAILABLE"), "{told}");
        }
        // What was made fits together.
        run(&["users", init[1], init[2]]).ok();
    }
}

#[test]
fn init_leaves_nothing_half_made() {
    let told = run(&["init", "--settings", "/nowhere/settings.json"]).failed(1);
    assert!(told.contains("STORE_UNAVAILABLE") && told.contains("/nowhere"), "{told}");
    let json = run(&["init", "--settings", "/nowhere/settings.json", "--json"]).failed(1);
    let error: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(error["name"], "STORE_UNAVAILABLE");
    let folder = tempfile::tempdir().unwrap();
    // Longer than any name of a file: the key is made, the settings are not.
    let long = folder.path().join("s".repeat(300));
    run(&["init", "--settings", long.to_str().unwrap()]).failed(1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let settings = folder.path().join("settings.json");
    let output = command().args(["init", "--json"]).env("MEETBRIDGE_SETTINGS", &settings).output();
    let made = super::Ran::of(output.unwrap()).json();
    assert_eq!(made["settings"], settings.to_str().unwrap());
}

#[test]
fn the_sheets_have_the_portals_fields_and_what_the_settings_say() {
    let mut site = Site::new();
    let urls = ["https://mail1.example.com/oauth/v1", "https://mail2.example.com:8443/oauth/v1"];
    let hook = "https://mail1.example.com/hook";
    for app in site.world.settings["apps"].as_array_mut().unwrap() {
        app["redirect_urls"] = serde_json::json!(urls);
        app["webhook_url"] = hook.into();
        app["webhook_secret"] = "a-webhook-secret".into();
        app["scopes"] = serde_json::json!(["meeting:write:meeting", "made:up"]);
    }
    site.write(&site.world.settings);
    for language in LANGUAGES {
        let sheet = |words: &[&str]| {
            let sheet = site.run(&[words, &["--language", language]].concat()).ok();
            assert!(!sheet.contains("sandbox-zoom-secret") && !sheet.contains("a-webhook-secret"));
            assert!(!sheet.contains("sandbox-webex-secret"), "{sheet}");
            sheet
        };
        let in_order = |sheet: &str, wanted: &[&str]| {
            let mut rest = sheet;
            for word in wanted {
                let found = rest.find(word);
                rest = &rest[found.unwrap_or_else(|| panic!("{word}: {sheet}")) + word.len()..];
            }
        };
        let zoom = sheet(&["register", "zoom"]);
        in_order(
            &zoom,
            &[
                "General App",
                "1. Basic Information",
                "App name",
                "Select how the app is managed",
                "User-managed",
                "Client ID\n       sandbox-zoom\n",
                "OAuth Redirect URL",
                urls[0],
                "Subdomain check",
                "OAuth Allow Lists",
                urls[0],
                "https://mail1.example.com\n",
                urls[1],
                "https://mail2.example.com:8443\n",
                "Secret Token",
                "1.",
                "2.",
                "Subscription name",
                "Event notification endpoint URL",
                hook,
                "All users in the account",
                "meeting.created\n",
                "meeting.ended\n",
                "user.deleted\n",
                "3.",
                "3. Scopes",
                "meeting:write:meeting ",
                "meeting:read:list_meetings ",
                "user:read:user ",
                "made:up",
                "Classic scopes",
                "meeting:write ",
                "Developer contact information",
                "publishing",
            ],
        );
        let all = sheet(&["register", "zoom", "--kind", "account"]);
        in_order(
            &all,
            &[
                "Admin-managed",
                urls[0],
                urls[1],
                hook,
                "meeting:write:meeting:admin ",
                "meeting:write:admin ",
            ],
        );
        let server = sheet(&["register", "zoom", "--kind", "server"]);
        in_order(&server, &["Server-to-Server", "Account ID", "Scopes", ":admin", "Activation"]);
        let webex = sheet(&["register", "webex"]);
        in_order(
            &webex,
            &[
                "mobile SDK?\n       No",
                "Icon",
                "512",
                "Redirect URI(s)",
                urls[0],
                urls[1],
                "meeting:schedules_read ",
                "meeting:schedules_write ",
                "Client Secret",
                hook,
                "meetings: created",
            ],
        );
        let all = sheet(&["register", "webex", "--kind", "account"]);
        assert!(all.contains("meeting:admin_schedule_write "), "{all}");
        let json = site.run(&["register", "zoom", "--json", "--language", language]).json();
        assert_eq!(json["pages"][0]["fields"][0]["field"], "App name");
    }
    // Before there are any settings.
    assert!(run(&["register", "webex"]).ok().contains("https://YOUR-SERVER/"));
    run(&["register", "webex", "--kind", "server"]).failed(1);
    let told = site.run(&["register", "zoom", "--app", "another"]).failed(1);
    assert!(told.contains("another"), "{told}");
}
