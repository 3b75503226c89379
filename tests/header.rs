//! The C header: committed as generated, good for every compiler, and what older programs were
//! built against.

mod common;

use std::fs;
use std::process::Command;

use common::{library_path, root};

fn committed() -> String {
    fs::read_to_string(root().join("include/meetbridge.h")).unwrap_or_default()
}

fn generated() -> String {
    fs::read_to_string(env!("MEETBRIDGE_HEADER")).unwrap()
}

#[test]
fn committed_header_is_the_generated_one() {
    let generated = generated();
    if std::env::var_os("MEETBRIDGE_BLESS").is_some() {
        fs::create_dir_all(root().join("include")).unwrap();
        fs::write(root().join("include/meetbridge.h"), &generated).unwrap();
    }
    assert!(committed() == generated, "include/meetbridge.h is old: run `make header`");
}

/// What programs are built against, one a line and without spaces that carry no meaning: the
/// header's numbers, types and prototypes, and the native methods of Java's `Native`.
fn binary_interface() -> Vec<String> {
    let (mut code, mut lines) = (String::new(), Vec::new());
    for line in generated().lines().map(str::trim) {
        match line.strip_prefix('#') {
            Some(directive) => {
                let is_number = directive.split(' ').count() == 3;
                lines.extend((directive.starts_with("define ") && is_number).then(|| line.into()));
            }
            None if ["//", "/*", "*"].iter().any(|start| line.starts_with(start)) => {}
            None => code.extend([line, " "]),
        }
    }
    let code = code.replace("extern \"C\" {", "");
    let words = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    lines.extend(code.split(';').map(words).filter(|part| part.contains("meetbridge_")));
    let methods = ["call", "close", "open", "operations", "reload", "setLog", "version"];
    lines.extend(methods.map(|method| format!("Java_org_meetbridge_Native_{method}")));
    lines
}

/// A major version has a list of its own, so that only with a new one anything may change or go.
#[test]
fn nothing_that_programs_are_built_against_has_changed() {
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    let path = root().join(format!("include/abi/{major}.txt"));
    let now = binary_interface();
    let promised = fs::read_to_string(&path).unwrap_or_default();
    let is_there = |line: &&str| now.iter().any(|own| own == line);
    let gone: Vec<&str> = promised.lines().filter(|line| !is_there(line)).collect();
    assert!(gone.is_empty(), "changed or gone, which needs a new major version: {gone:#?}");
    if std::env::var_os("MEETBRIDGE_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, now.join("\n") + "\n").unwrap();
    }
    let promised = fs::read_to_string(&path).unwrap_or_default();
    assert!(promised.lines().eq(&now), "{} lacks what is new: run `make header`", path.display());
}

#[test]
fn every_c_and_cpp_compiler_takes_it_twice() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("twice.c");
    let text = "#include \"meetbridge.h\"\n#include \"meetbridge.h\"\n\
                int main(void) { return MEETBRIDGE_OK; }\n";
    fs::write(&source, text).unwrap();
    for (compiler, language, standard) in
        [("gcc", "c", "c99"), ("gcc", "c", "c11"), ("g++", "c++", "c++11")]
    {
        let output = Command::new(compiler)
            .args(["-x", language, &format!("-std={standard}"), "-Wall", "-Wextra", "-Wpedantic"])
            .args(["-Werror", "-fsyntax-only", "-I"])
            .arg(root().join("include"))
            .arg(&source)
            .output()
            .unwrap_or_else(|error| panic!("{compiler}: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{compiler} -std={standard}: {errors}");
    }
}

#[test]
fn the_library_exports_what_is_declared_and_nothing_else() {
    let output = Command::new("nm")
        .args(["-D", "--defined-only", "--format=posix"])
        .arg(library_path())
        .output()
        .expect("nm runs");
    assert!(output.status.success());
    let symbols = String::from_utf8(output.stdout).unwrap();
    let mut exported: Vec<&str> =
        symbols.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let interface = binary_interface();
    let mut wanted: Vec<&str> = interface
        .iter()
        .filter(|line| !line.starts_with(['#', 't']))
        .filter_map(|line| {
            let is_name = |word: &&str| word.contains("meetbridge_");
            line.split(['(', ' ', '*']).find(is_name)
        })
        .collect();
    exported.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(exported, wanted);
}
