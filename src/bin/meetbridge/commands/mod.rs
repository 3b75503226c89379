//! What each command does.

mod authorize;
mod doctor;
mod init;
mod meetings;
mod register;
mod rotate_key;
mod sheet;
mod upkeep;
mod users;

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::arguments::{Arguments, Command, Part};
use crate::output::{Outcome, Output, read, table, text};
use crate::session::Session;

pub fn run(arguments: &Arguments, output: &Output) -> Outcome {
    let common = &arguments.common;
    let open = || Session::open(common, output);
    match &arguments.command {
        Command::Init(init) => init::init(common, init, output),
        Command::Register(register) => register::register(common, register, output),
        Command::Doctor(doctor) => doctor::doctor(common, doctor, output),
        Command::Authorize(authorize) => authorize::authorize(&open()?, authorize, output),
        Command::Users(part) => users::users(&open()?, part, output),
        Command::Create(create) => meetings::create(open, create, output),
        Command::List(list) => meetings::list(&open()?, list, output),
        Command::Revoke(revoke) => users::revoke(&open()?, revoke, output),
        Command::Rename(rename) => users::rename(&open()?, rename, output),
        Command::Forget(forget) => users::forget(&open()?, forget, output),
        Command::RotateKey => rotate_key::rotate_key(common, output),
        Command::Maintain(maintain) => upkeep::maintain(&open()?, maintain, output),
        Command::Audit(part) => upkeep::audit(&open()?, part, output),
    }
}

/// The longest page that the library gives.
const PAGE: u32 = 300;

/// A list, part by part: for people to its end, as JSON one page as the library gives it.
fn pages(
    output: &Output,
    part: &Part,
    more: &[(&str, Option<&String>)],
    name: &str,
    get: impl Fn(&str) -> Outcome<String>,
    row: impl Fn(&Value) -> Vec<String>,
) -> Outcome {
    let mut filter = Map::new();
    let texts = [("from", part.from.as_ref()), ("to", part.to.as_ref())];
    for (name, value) in texts.iter().chain(more).chain(&[("next", part.next.as_ref())]) {
        if let Some(value) = value {
            filter.insert((*name).to_owned(), json!(value));
        }
    }
    if let Some(size) = part.page_size.or((!output.is_json).then_some(PAGE)) {
        filter.insert("page_size".to_owned(), json!(size));
    }
    loop {
        let answer = get(&Value::Object(filter.clone()).to_string())?;
        if output.is_json {
            output.print(&answer)?;
            return Ok(ExitCode::SUCCESS);
        }
        let page = read(&answer)?;
        let rows: Vec<_> = page[name].as_array().into_iter().flatten().map(&row).collect();
        if !rows.is_empty() {
            output.print(&table(&rows))?;
        }
        match page["next"].as_str() {
            Some(next) => filter.insert("next".to_owned(), json!(next)),
            None => return Ok(ExitCode::SUCCESS),
        };
    }
}

/// Members of a document, one in each column.
fn columns(value: &Value, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| text(value, name)).collect()
}
