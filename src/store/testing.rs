//! What the tests of the store share: rows, real processes, and the bytes of files.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use oauth2::{AccessToken, RefreshToken};
use ring::digest::{SHA256, digest};
use secrecy::SecretBox;

use super::seal::KeyRing;
use super::seal::KeySource;
use super::vault::{Grant, Tokens};
use super::{GrantKey, GrantRow, GrantState};
use crate::error::{Result, Status};

const ROLE: &str = "MEETBRIDGE_TEST_ROLE";
const FOLDER: &str = "MEETBRIDGE_TEST_FOLDER";

pub(super) fn key(user: &str) -> GrantKey {
    GrantKey { provider: "zoom", client_id: "client".to_owned(), user: user.to_owned() }
}

pub(super) fn row(user: &str) -> GrantRow {
    GrantRow {
        key: key(user),
        user: user.to_uppercase(),
        version: 0,
        state: GrantState::Authorized,
        refused_at: None,
        scopes: vec!["meeting:read".to_owned(), "meeting:write".to_owned()],
        account: None,
        authorized_at: 1,
        refreshed_at: 2,
        expires_at: 3,
        sealed: b"sealed".to_vec(),
        intent: None,
    }
}

pub(super) fn grant(user: &str, access: &str) -> Grant {
    let tokens = Tokens {
        access: AccessToken::new(access.to_owned()),
        refresh: Some(RefreshToken::new(format!("refresh-{access}"))),
        api_url: Some("https://api-us.zoom.us".to_owned()),
    };
    Grant { row: GrantRow { sealed: Vec::new(), ..row(user) }, tokens: Arc::new(tokens) }
}

/// A ring of keys made of these bytes.
pub(super) fn ring(bytes: &[u8]) -> KeyRing {
    let source = |byte: &u8| KeySource::Value(SecretBox::new(Box::new([*byte; 32])));
    KeyRing::load(&bytes.iter().map(source).collect::<Vec<_>>(), false).unwrap()
}

pub(super) fn status<T>(outcome: Result<T>) -> Status {
    outcome.err().map_or(Status::Ok, |error| error.status())
}

/// The digest of a file's content; none if there is no file.
pub(super) fn content(path: &Path) -> Option<Vec<u8>> {
    fs::read(path).ok().map(|bytes| digest(&SHA256, &bytes).as_ref().to_vec())
}

/// This test program again, to run one test in a process of its own. The test asks `role` what it
/// is to do there.
pub(super) fn process(test: &str, role: &str, folder: &Path) -> Command {
    process_of(&env::current_exe().unwrap(), test, role, folder)
}

/// The same with a copy of the test program, for users who may not read its folder.
pub(super) fn process_of(program: &Path, test: &str, role: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args([test, "--exact", "--nocapture"]).env(ROLE, role).env(FOLDER, folder);
    command
}

pub(super) fn role() -> Option<(String, PathBuf)> {
    Some((env::var(ROLE).ok()?, env::var_os(FOLDER)?.into()))
}

pub(super) fn succeed(children: Vec<Child>) {
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

/// Tells another process or thread, by a file, that something has happened.
pub(super) fn announce(folder: &Path, what: &str) {
    fs::write(folder.join(what), "").unwrap();
}

pub(super) fn await_announced(folder: &Path, what: &str) {
    let began = Instant::now();
    while !folder.join(what).exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not happen");
        thread::sleep(Duration::from_millis(1));
    }
}
