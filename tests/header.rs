//! The C header: committed as generated, complete, and good for every compiler.

mod common;

use std::fs;
use std::process::Command;

use common::{library_path, root};

/// What Java calls: the native methods of `org.meetbridge.Native`.
const JAVA: &[&str] = &["call", "close", "open", "operations", "reload", "setLog", "version"];

/// Every prototype that callers are written against, without spaces that carry no meaning.
const CONTRACT: &[&str] = &[
    "const char *meetbridge_version(void)",
    "uint32_t meetbridge_version_number(void)",
    "void meetbridge_string_free(char *string)",
    "const char *meetbridge_last_error(void)",
    "const char *meetbridge_status_name(int32_t status)",
    "typedef void (*meetbridge_log_fn)(void *user_data, int32_t level, const char *message)",
    "int32_t meetbridge_set_log(meetbridge_log_fn callback, void *user_data, int32_t max_level)",
    "int32_t meetbridge_open(const char *settings, uint32_t *bridge)",
    "int32_t meetbridge_reload(uint32_t bridge, const char *settings)",
    "int32_t meetbridge_close(uint32_t bridge)",
    "int32_t meetbridge_start_authorization(uint32_t bridge, const char *provider, const char *user, \
     const char *redirect_uri, const char *options, char **authorization_url)",
    "int32_t meetbridge_complete_authorization(uint32_t bridge, const char *user, \
     const char *callback, const char *options, char **authorization)",
    "int32_t meetbridge_get_authorization(uint32_t bridge, const char *provider, const char *user, \
     const char *options, char **authorization)",
    "int32_t meetbridge_revoke_authorization(uint32_t bridge, const char *provider, \
     const char *user, const char *options)",
    "int32_t meetbridge_list_authorizations(uint32_t bridge, const char *filter, \
     const char *options, char **page)",
    "int32_t meetbridge_rename_user(uint32_t bridge, const char *old_user, const char *new_user, \
     const char *options)",
    "int32_t meetbridge_forget_user(uint32_t bridge, const char *user, const char *options)",
    "int32_t meetbridge_create_meeting(uint32_t bridge, const char *provider, const char *user, \
     const char *meeting, const char *options, char **created)",
    "int32_t meetbridge_get_meeting(uint32_t bridge, const char *provider, const char *user, \
     const char *meeting_id, const char *options, char **meeting)",
    "int32_t meetbridge_update_meeting(uint32_t bridge, const char *provider, const char *user, \
     const char *meeting_id, const char *changes, const char *options, char **meeting)",
    "int32_t meetbridge_delete_meeting(uint32_t bridge, const char *provider, const char *user, \
     const char *meeting_id, const char *options)",
    "int32_t meetbridge_list_meetings(uint32_t bridge, const char *provider, const char *user, \
     const char *filter, const char *options, char **page)",
    "int32_t meetbridge_get_invitation(uint32_t bridge, const char *provider, const char *user, \
     const char *meeting_id, const char *language, const char *options, char **text)",
    "int32_t meetbridge_handle_webhook(uint32_t bridge, const char *provider, \
     const char *headers, const uint8_t *body, size_t body_length, const char *options, \
     char **outcome)",
    "int32_t meetbridge_list_audit(uint32_t bridge, const char *filter, const char *options, \
     char **page)",
    "int32_t meetbridge_maintain(uint32_t bridge, const char *options, char **report)",
    "int32_t meetbridge_diagnose(uint32_t bridge, const char *options, char **report)",
    "int32_t meetbridge_ls_version(void)",
    "int32_t meetbridge_ls_open(const char *settings, int32_t *bridge)",
    "int32_t meetbridge_ls_close(int32_t bridge)",
    "int32_t meetbridge_ls_new(int32_t *document)",
    "int32_t meetbridge_ls_free(int32_t document)",
    "int32_t meetbridge_ls_set_text(int32_t document, const char *pointer, const uint16_t *text)",
    "int32_t meetbridge_ls_set_json(int32_t document, const char *pointer, const char *json)",
    "int32_t meetbridge_ls_get_text(int32_t document, const char *pointer, uint16_t *buffer, \
     int32_t capacity, int32_t *length)",
    "int32_t meetbridge_ls_get_json(int32_t document, const char *pointer, char *buffer, \
     int32_t capacity, int32_t *length)",
    "int32_t meetbridge_ls_count(int32_t document, const char *pointer, int32_t *count)",
    "int32_t meetbridge_ls_call(int32_t bridge, const char *operation, int32_t request, \
     int32_t *result)",
    "int32_t meetbridge_ls_last_error(int32_t *document)",
];

fn committed() -> String {
    fs::read_to_string(root().join("include/meetbridge.h")).unwrap_or_default()
}

#[test]
fn committed_header_is_the_generated_one() {
    let generated = fs::read_to_string(env!("MEETBRIDGE_HEADER")).unwrap();
    if std::env::var_os("MEETBRIDGE_BLESS").is_some() {
        fs::create_dir_all(root().join("include")).unwrap();
        fs::write(root().join("include/meetbridge.h"), &generated).unwrap();
    }
    assert!(committed() == generated, "include/meetbridge.h is old: run `make header`");
}

#[test]
fn every_prototype_of_the_contract_is_there_and_no_other() {
    let code: String = committed()
        .lines()
        .filter(|line| !["//", "/*", "*"].iter().any(|c| line.trim_start().starts_with(c)))
        .collect::<Vec<_>>()
        .join(" ");
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    for prototype in CONTRACT {
        assert!(code.contains(&format!("{prototype};")), "{prototype} is not in the header");
    }
    let declared = code.matches("meetbridge_").count() - code.matches("meetbridge_log_fn").count();
    // The type of the callback is no function.
    assert_eq!(declared, CONTRACT.len() - 1, "a function that is not in the contract");
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
fn the_library_exports_the_contract_and_nothing_else() {
    let output = Command::new("nm")
        .args(["-D", "--defined-only", "--format=posix"])
        .arg(library_path())
        .output()
        .expect("nm runs");
    assert!(output.status.success());
    let symbols = String::from_utf8(output.stdout).unwrap();
    let mut exported: Vec<&str> =
        symbols.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let native = JAVA.iter().map(|method| format!("Java_org_meetbridge_Native_{method}"));
    let native: Vec<String> = native.collect();
    let mut wanted: Vec<&str> = CONTRACT
        .iter()
        .filter(|prototype| !prototype.starts_with("typedef"))
        .filter_map(|prototype| {
            prototype.split(['(', ' ', '*']).find(|w| w.starts_with("meetbridge_"))
        })
        .chain(native.iter().map(String::as_str))
        .collect();
    exported.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(exported, wanted);
}
