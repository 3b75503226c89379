//! What the dependencies are, as far as it can be known without a network. The lists are those of
//! `deny.toml`.

use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The quoted words of a list in `deny.toml`, from a line on to the closing bracket.
fn list(start: &str) -> Vec<String> {
    let text = std::fs::read_to_string(format!("{ROOT}/deny.toml")).unwrap();
    let (_, rest) = text.split_once(&format!("\n{start} = [\n")).expect("the list is there");
    let (list, _) = rest.split_once("\n]").expect("the list ends");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--all-features", "--format-version", "1"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(ROOT)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().expect("packages").clone()
}

/// Whether an SPDX expression is fulfilled, by no more than what it surely allows.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    let is_listed = |licence: &str| allowed.iter().any(|one| one == licence.trim());
    plain.split(" AND ").all(|part| part.split(" OR ").any(is_listed))
}

#[test]
fn every_licence_is_allowed() {
    let allowed = list("allow");
    // A crate's name is followed by the licence that it alone may have.
    let exceptions = list("exceptions");
    for package in packages() {
        let (name, licence) = (package["name"].as_str().unwrap(), package["license"].as_str());
        let own = exceptions.iter().position(|one| one == name).map(|at| &exceptions[at + 1]);
        let licence = licence.unwrap_or_else(|| panic!("{name} has no licence"));
        let is_fine = is_allowed(licence, &allowed) || own.is_some_and(|own| own == licence);
        assert!(is_fine, "{name}: {licence}");
    }
}

#[test]
fn there_is_one_tls_and_one_source() {
    let banned = list("deny");
    assert!(banned.iter().any(|name| name == "openssl-sys"), "{banned:?}");
    let packages = packages();
    assert!(packages.len() > 100);
    for package in packages {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.iter().any(|one| one == name), "{name}");
        let source = package["source"].as_str();
        let is_ours = name.starts_with("meetbridge") && source.is_none();
        let index = "registry+https://github.com/rust-lang/crates.io-index";
        assert!(is_ours || source == Some(index), "{name}: {source:?}");
    }
}

#[test]
fn expressions_are_read_strictly() {
    let allowed = ["MIT", "Unicode-3.0"].map(str::to_owned);
    for fulfilled in ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "(MIT OR GPL-3.0) AND Unicode-3.0"] {
        assert!(is_allowed(fulfilled, &allowed), "{fulfilled}");
    }
    for refused in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", ""] {
        assert!(!is_allowed(refused, &allowed), "{refused}");
    }
}
