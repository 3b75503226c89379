//! LotusScript, as far as our files use it. Nothing off Domino runs the language, so it is at
//! least held to its rules: whatever is not in this subset is a fault.

#![allow(dead_code, reason = "each test uses its own part")]

mod check;
mod declare;
mod expression;
mod kinds;
mod lexer;
mod module;
mod procedure;
pub mod run;
mod symbols;
mod syntax;
mod tables;
mod tokens;
mod words;

#[allow(unused_imports, reason = "each test uses its own part")]
pub use declare::{Charset, Declare, Parameter, Type, declares};

/// Something that the compiler of Domino Designer would refuse, or that would fail at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub message: String,
}

#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub fn add(&mut self, line: usize, message: impl Into<String>) {
        self.0.push(Fault { line, message: message.into() });
    }
}

/// The faults of a script that may `Use` these libraries, given by name and source.
pub fn faults(source: &str, libraries: &[(&str, &str)]) -> Vec<Fault> {
    let mut faults = Faults::default();
    let module = module::module(source, &mut faults);
    let read = |source| module::module(source, &mut Faults::default());
    let libraries: Vec<_> = libraries.iter().map(|(name, source)| (*name, read(*source))).collect();
    let libraries: Vec<_> = libraries.iter().map(|(name, module)| (*name, module)).collect();
    // What could not be read would only make further names unknown.
    if faults.0.is_empty() {
        check::check(&module, &libraries, &mut faults);
    }
    faults.0
}
