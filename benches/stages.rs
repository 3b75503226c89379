//! What the stages of a call cost, one by one: see docs/performance.md.

use std::path::Path;

use divan::{Bencher, black_box};
use meetbridge::stages::{self, Asked, Store};
use tempfile::TempDir;

const DOCUMENT: &str = include_str!("clients/document.json");
const ANNA: &str = "anna@example.com";

fn main() {
    divan::main();
}

/// A store in which somebody has an authorization.
fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| Path::new(folder.path()).join(name);
    let store = Store::open(&path("meetbridge.db"), &path("meetbridge.key")).expect("a store");
    store.put(ANNA, &stages::tokens()).expect("it is kept");
    (folder, store)
}

#[divan::bench(args = [ANNA, "CN=Anna Berg/OU=HR/O=Acme@ACME", "Ａnna Müller/HR/Acme"])]
fn user_name(bencher: Bencher<'_, '_>, name: &str) {
    bencher.bench(|| stages::user(black_box(name)));
}

#[divan::bench]
fn parse_document(bencher: Bencher<'_, '_>) {
    bencher.bench(|| Asked::parse(black_box(DOCUMENT)).expect("it is good"));
}

#[divan::bench]
fn build_request(bencher: Bencher<'_, '_>) {
    let (asked, tokens) = (Asked::parse(DOCUMENT).expect("it is good"), stages::tokens());
    bencher.bench(|| asked.request(black_box(&tokens.access)).expect("a request"));
}

#[divan::bench]
fn read_answer(bencher: Bencher<'_, '_>) {
    let body = include_bytes!("clients/answer.json").to_vec();
    let answer = http::Response::builder().status(201).body(body).expect("an answer");
    bencher.bench(|| stages::result(black_box(&answer)).expect("a meeting"));
}

#[divan::bench]
fn seal_pair(bencher: Bencher<'_, '_>) {
    let ((_folder, store), tokens) = (store(), stages::tokens());
    bencher.bench(|| store.seal(ANNA, black_box(&tokens)).expect("it is sealed"));
}

#[divan::bench]
fn open_pair(bencher: Bencher<'_, '_>) {
    let (_folder, store) = store();
    let sealed = store.seal(ANNA, &stages::tokens()).expect("it is sealed");
    bencher.bench(|| store.unseal(ANNA, black_box(&sealed)).expect("it opens"));
}

#[divan::bench]
fn look_up_remembered(bencher: Bencher<'_, '_>) {
    let (_folder, store) = store();
    bencher.bench(|| store.look_up(black_box(ANNA)).expect("it opens"));
}
