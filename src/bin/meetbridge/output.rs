//! How the command answers: text for people, or the library's JSON and nothing else.

use std::io::{self, Write as _};
use std::process::ExitCode;

use meetbridge::administration::Failure;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::help::called;
use crate::words::Words;
use crate::wrap::indented;

/// Something failed, or a problem was found.
pub const FAILED: u8 = 1;
/// The command line cannot be understood.
pub const USAGE: u8 = 2;

/// Why a command did not do what it was asked to do.
pub enum Trouble {
    /// The library said so.
    Library(Failure),
    /// The command itself says so.
    Told(String),
    /// The command line makes no sense.
    Usage(String),
    /// Nobody reads the answer any more, or the disk is full.
    Unwritten(io::Error),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Library(failure)
    }
}

pub type Outcome<T = ExitCode> = Result<T, Trouble>;

pub struct Output {
    pub words: Words,
    pub is_json: bool,
}

impl Output {
    pub fn new(words: Words, is_json: bool) -> Output {
        Output { words, is_json }
    }

    /// Writes an answer.
    pub fn print(&self, text: &str) -> Outcome<()> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(Trouble::Unwritten)
    }

    /// Writes what the library answered, or what it means.
    pub fn answer(&self, json: &str, meaning: impl FnOnce(&Value) -> String) -> Outcome {
        match self.is_json {
            true => self.print(json)?,
            false => self.print(&meaning(&read(json)?))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Tells something that is no part of the answer. Nothing depends on whether somebody reads it.
    pub fn note(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Tells what went wrong.
    pub fn trouble(&self, trouble: Trouble) -> ExitCode {
        match trouble {
            Trouble::Library(Failure(document)) if self.is_json => self.note(&document),
            Trouble::Library(Failure(document)) => self.note(&explained(&document)),
            Trouble::Told(text) => self.note(&indented(&text, 0)),
            Trouble::Usage(text) => {
                self.note(&indented(
                    &format!(
                        "{text}\n{}",
                        self.words.say("usage-more", &[("command", &called(None))])
                    ),
                    0,
                ));
                return ExitCode::from(USAGE);
            }
            Trouble::Unwritten(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Trouble::Unwritten(error) => self.note(&error.to_string()),
        }
        ExitCode::from(FAILED)
    }
}

/// The library's own JSON.
pub fn read(json: &str) -> Outcome<Value> {
    serde_json::from_str(json).map_err(|error| Trouble::Told(error.to_string()))
}

/// The text of a member; empty if there is none.
pub fn text(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::Null => String::new(),
        Value::String(text) => clean(text),
        other => other.to_string(),
    }
}

/// An error document for people: status, message, remedy.
fn explained(document: &str) -> String {
    let Ok(error) = serde_json::from_str::<Value>(document) else { return clean(document) };
    let head = format!("{} ({})", text(&error, "name"), text(&error, "status"));
    let mut lines = vec![head, indented(&text(&error, "message"), 2)];
    if !text(&error, "remedy").is_empty() {
        lines.push(indented(&format!("→ {}", text(&error, "remedy")), 2));
    }
    lines.join("\n")
}

/// Rows with their columns one below the other.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|it| it.width()).max();
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let padded = cells.map(|(cell, width)| cell.clone() + &" ".repeat(width - cell.width()));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Names with their values; those without a value are left out.
pub fn fields(rows: &[(String, String)]) -> String {
    let filled = rows.iter().filter(|(_, value)| !value.is_empty());
    table(&filled.map(|(name, value)| vec![name.clone(), value.clone()]).collect::<Vec<_>>())
}

/// Text of others, without what a terminal would obey: control characters, and those that change
/// the direction of writing.
pub fn clean(text: &str) -> String {
    let is_obeyed = |letter: char| {
        letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace(is_obeyed, "\u{fffd}")
}
