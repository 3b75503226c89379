//! The C door, called in any order with anything, against a sandbox in the same process.
//!
//! A line is a call: `create_meeting@1 zoom|anna|{…}`. The number behind `@` says which of the
//! handles that were given out is meant, a missing argument is a good one, `~` is NULL, and `$2` is
//! the second of the texts that the library gave, counted from the newest. An unknown name stands
//! for some function, so that every line is a call.

mod calls;
mod script;
mod scripts;
mod special;
mod world;

use std::ffi::{CStr, CString};

use serde_json::Value;

use calls::FUNCTIONS;
use script::Line;
use world::World;

/// More calls tell nothing new and take long.
const MOST: usize = 24;

pub fn run(data: &[u8]) {
    let world = World::shared();
    let mut caller = Caller::new(world);
    for line in data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(MOST) {
        caller.call(&Line::read(line));
    }
    caller.close_all();
}

/// Who calls: what he was given, and what he has to give back.
pub struct Caller {
    world: &'static World,
    /// No user before had this name, so that no input depends on an earlier one.
    user: String,
    bridges: Vec<u32>,
    documents: Vec<i32>,
    texts: Vec<CString>,
}

impl Caller {
    fn new(world: &'static World) -> Caller {
        let user = world.next_user();
        Caller { world, user, bridges: Vec::new(), documents: Vec::new(), texts: Vec::new() }
    }

    fn call(&mut self, line: &Line<'_>) {
        let name = FUNCTIONS.iter().find(|function| function.name.as_bytes() == line.name);
        let other = line.name.iter().fold(0, |sum: usize, byte| sum + usize::from(*byte));
        let function = name.unwrap_or(&FUNCTIONS[other % FUNCTIONS.len()]);
        function.run(self, line);
    }

    /// The argument of that number, as C passes it.
    fn argument(&self, line: &Line<'_>, at: usize, good: &str) -> Option<CString> {
        match line.arguments.get(at).copied().unwrap_or(good.as_bytes()) {
            b"~" => None,
            b"$user" => CString::new(self.user.as_str()).ok(),
            b"$new" => CString::new(self.world.next_user()).ok(),
            [b'$', digits @ ..] if digits.len() == 1 && digits[0].is_ascii_digit() => {
                let back = usize::from(digits[0] - b'0').max(1);
                let at = self.texts.len().checked_sub(back)?;
                self.texts.get(at).cloned()
            }
            given => {
                let end = given.iter().position(|byte| *byte == 0).unwrap_or(given.len());
                CString::new(&given[..end]).ok()
            }
        }
    }

    /// The handle that a line means: the newest, if it names none.
    fn bridge(&self, line: &Line<'_>) -> u32 {
        match line.handle {
            None => self.bridges.last().copied().unwrap_or(0),
            Some(number) => {
                self.bridges.get(number as usize).copied().unwrap_or(number.unsigned_abs())
            }
        }
    }

    fn document(&self, line: &Line<'_>) -> i32 {
        match line.handle {
            None => self.documents.last().copied().unwrap_or(0),
            Some(number) => self.documents.get(number as usize).copied().unwrap_or(number),
        }
    }

    /// Closes what is open, as a host does at its end; then nothing leaks.
    fn close_all(&mut self) {
        for document in self.documents.drain(..) {
            scripts::free_document(document);
        }
        for bridge in self.bridges.drain(..) {
            special::close_bridge(bridge);
        }
    }

    /// What a call gave.
    fn keep(&mut self, text: CString) {
        // A document's id and its first link may be wanted next.
        if let Ok(document) = serde_json::from_slice::<Value>(text.as_bytes())
            && let Some(id) = document.get("id").and_then(Value::as_str)
        {
            self.texts.extend(CString::new(id));
        } else {
            self.texts.push(text);
        }
    }
}

/// A copy of a text, in which no secret of the settings stands.
fn owned(text: &CStr) -> CString {
    let words = text.to_str().expect("all texts are UTF-8");
    assert!(!words.contains("sandbox-zoom-secret") && !words.contains("sandbox-webex-secret"));
    text.to_owned()
}
