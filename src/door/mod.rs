//! What the doors share: how a call enters a bridge, and how it ends.
//!
//! A door only turns what its callers have into texts and bytes, and the answer back. Every
//! operation is a line in [`operation::OPERATIONS`]; [`guard`] is where a panic ends.

pub mod guard;
pub mod operation;

use crate::bridge::Invocation;
use crate::error::{Error, Result};
use crate::handle;
use crate::language::Language;
use crate::settings::Settings;
use operation::Operation;

/// The longest text that is taken, in bytes.
pub const MAX_TEXT: usize = 1024 * 1024;

/// The library's version, 0x00MMmmpp.
pub fn version_number() -> u32 {
    part(env!("CARGO_PKG_VERSION_MAJOR")) << 16
        | part(env!("CARGO_PKG_VERSION_MINOR")) << 8
        | part(env!("CARGO_PKG_VERSION_PATCH"))
}

/// A call on its way in.
#[derive(Default)]
pub struct Door {
    /// In which language a failure is explained.
    language: Language,
}

impl Door {
    /// Explains failures in this language until a bridge is found, whose own it is then.
    #[cfg(feature = "cli")]
    pub fn speak(&mut self, language: Language) {
        self.language = language;
    }

    /// Runs an operation on an open bridge. The arguments stand in the order of its parameters;
    /// there is an answer if the operation gives one.
    pub fn call(
        &mut self,
        bridge: u32,
        operation: &Operation,
        arguments: &[Option<&[u8]>],
        options: Option<&[u8]>,
    ) -> Result<Option<String>> {
        guard::enter()?;
        let arguments = operation.read(arguments)?;
        let options = optional_text(options, "options")?;
        handle::with(bridge, |bridge, cancelled| {
            self.language = bridge.language();
            operation.run(bridge, Invocation { options, cancelled }, &arguments)
        })
    }

    /// Opens a bridge. Without settings, those that the environment names are taken.
    pub fn open(&self, settings: Option<&[u8]>) -> Result<u32> {
        guard::enter()?;
        handle::open(Settings::load(optional_text(settings, "settings")?)?)
    }

    pub fn reload(&mut self, bridge: u32, settings: Option<&[u8]>) -> Result<()> {
        guard::enter()?;
        handle::with(bridge, |bridge, _| {
            self.language = bridge.language();
            Ok(())
        })?;
        handle::reload(bridge, Settings::load(optional_text(settings, "settings")?)?)
    }

    /// Tells the administrator something, in the log of the bridge.
    pub fn warn(&self, bridge: u32, what: &str) {
        let _ = handle::with(bridge, |bridge, _| {
            bridge.warn(what);
            Ok(())
        });
    }

    pub fn close(&self, bridge: u32) -> Result<()> {
        guard::enter()?;
        handle::close(bridge)
    }
}

/// A text that may be left out.
fn optional_text<'a>(bytes: Option<&'a [u8]>, name: &str) -> Result<Option<&'a str>> {
    let Some(bytes) = bytes else { return Ok(None) };
    if bytes.len() > MAX_TEXT {
        return Err(Error::invalid_argument(format!("{name}: longer than 1 MiB")));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::invalid_argument(format!("{name}: not UTF-8")))?;
    // C cannot pass one, and not every store takes it.
    // Without an early end, so that the processor takes many bytes together.
    match bytes.iter().fold(false, |any, byte| any | (*byte == 0)) {
        true => Err(Error::invalid_argument(format!("{name}: has a NUL character"))),
        false => Ok(Some(text)),
    }
}

/// A part of the version, which Cargo has checked to be a number.
const fn part(text: &str) -> u32 {
    let mut number = 0;
    let mut rest = text.as_bytes();
    while let [digit, tail @ ..] = rest {
        number = number * 10 + (*digit - b'0') as u32;
        rest = tail;
    }
    number
}
