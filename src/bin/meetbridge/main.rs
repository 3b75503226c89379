//! `meetbridge`, the administrator's command: a thin shell over the operations of the library.
//!
//! Each file of `commands/` is a group of commands; [`session`] is how they reach the library, and
//! [`output`] how they answer.

#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod help;
mod output;
mod session;
mod words;
mod wrap;

use std::process::ExitCode;

use output::Output;
use words::Words;

fn main() -> ExitCode {
    let given: Vec<_> = std::env::args_os().collect();
    let words = Words::new(words::language(&given));
    let arguments = match help::parse(given, &words) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let output = Output::new(words, arguments.common.json);
    match commands::run(&arguments, &output) {
        Ok(code) => code,
        Err(trouble) => output.trouble(trouble),
    }
}
