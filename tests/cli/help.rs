//! Help and usage errors, in both languages and in 80 columns.

use super::{LANGUAGES, command, run, widest};

const COMMANDS: [&str; 13] = [
    "init",
    "register",
    "doctor",
    "authorize",
    "users",
    "create",
    "list",
    "revoke",
    "rename",
    "forget",
    "rotate-key",
    "maintain",
    "audit",
];

#[test]
fn every_command_explains_itself_in_80_columns() {
    for language in LANGUAGES {
        let help = run(&["--help", "--language", language]).ok();
        assert!(widest(&help) <= 80, "{help}");
        for command in COMMANDS {
            assert!(help.contains(&format!("\n  {command} ")), "{help}");
            let own = run(&[command, "--language", language, "--help"]).ok();
            assert!(widest(&own) <= 80, "{own}");
            assert!(own.contains("--settings <FILE>") && own.contains("meetbridge "), "{own}");
            let is_japanese = own.contains('。') && own.contains("使い方:");
            assert_eq!(is_japanese, language == "ja", "{own}");
            // Clap's own words.
            for word in ["possible values", "default:", "Print help"] {
                assert!(!own.contains(word), "{own}");
            }
        }
    }
    let version = run(&["--version"]).ok();
    assert_eq!(version.trim(), concat!("meetbridge ", env!("CARGO_PKG_VERSION")));
    let rename = run(&["rename", "--help"]).ok();
    assert!(rename.find("\n  <OLD>").unwrap() < rename.find("\n  <NEW>").unwrap(), "{rename}");
}

#[test]
fn a_command_line_that_makes_no_sense_is_explained() {
    for (arguments, wanted) in [
        (&["users", "--no-such-thing"] as &[&str], "--no-such-thing"),
        (&["no-such-command"], "no-such-command"),
        (&["rename", "Anna Berg/Acme"], "<NEW>"),
        (&["list", "anna"], "--provider"),
        (&["list", "anna", "--provider"], "--provider"),
        (&["users", "--page-size", "many"], "many"),
        (&["create", "a", "--provider", "zoom", "--meeting", "x", "--topic", "y"], "--topic"),
        (&["authorize", "anna"], "--provider"),
        (&["users", "--json", "--json"], "--json"),
        (&["users", "--language", "eo"], "eo"),
        (&["users", "--page-size", "301"], "meetbridge users --help"),
        (&["maintain", "--budget", "0"], "meetbridge maintain --help"),
        (&["users", "--timeout", "301"], "301"),
        (&["create", "a", "--provider", "zoom", "--duration", "-5"], "-5"),
        (&["list", "anna", "--provider", "meet"], "zoom, webex"),
        (&["register", "zoom", "--kind", "both"], "account,"),
        (&["init", "--redirect-url", "not an address"], "not an address"),
        (&["init"], "MEETBRIDGE_SETTINGS"),
        (&[], "meetbridge [OPTIONS] <COMMAND>"),
    ] {
        for language in LANGUAGES {
            let mut command = command();
            let output = command.args(arguments).env("LC_ALL", locale(language)).output().unwrap();
            let told = super::Ran::of(output).failed(2);
            assert!(told.contains(wanted), "{arguments:?}: {told}");
            assert!(told.contains("--help"), "{told}");
            assert_eq!(told.is_ascii(), language == "en", "{told}");
        }
    }
}

#[test]
fn what_was_given_tells_the_terminal_nothing() {
    for arguments in [&["\u{1b}[31m"] as &[&str], &["users", "--x\u{1b}[31m"]] {
        let told = run(arguments).failed(2);
        assert!(told.contains("\u{fffd}[31m") && !told.contains('\u{1b}'), "{told:?}");
    }
}

fn locale(language: &str) -> &'static str {
    if language == "ja" { "ja_JP.UTF-8" } else { "C.UTF-8" }
}

#[test]
fn the_language_is_that_of_the_option_or_the_locale() {
    let told = |variables: &[(&str, &str)], arguments: &[&str]| {
        let output = command().args(arguments).envs(variables.iter().copied()).output().unwrap();
        super::Ran::of(output).failed(1)
    };
    let users = ["users", "--settings", "/nowhere/settings.json"];
    assert!(told(&[("LANG", "ja_JP.UTF-8")], &users).contains("設定に誤り"));
    assert!(
        told(&[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "en_GB.UTF-8")], &users).is_ascii_but_arrow()
    );
    assert!(told(&[("LANG", "de_DE.UTF-8")], &users).is_ascii_but_arrow());
    let asked = [&users[..], &["--language", "ja"]].concat();
    assert!(told(&[("LC_ALL", "en_US.UTF-8")], &asked).contains("設定に誤り"));
}

trait AsciiButArrow {
    fn is_ascii_but_arrow(&self) -> bool;
}

impl AsciiButArrow for String {
    fn is_ascii_but_arrow(&self) -> bool {
        self.replace('→', "").is_ascii()
    }
}
