//! `Declare` statements: what LotusScript says of a C function.

use super::Faults;
use super::lexer::statements;
use super::tokens::Tokens;

/// How a string crosses the border to C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// `String`: the platform's own, NUL-terminated.
    Platform,
    /// `Unicode String`: UTF-16 in native order.
    Unicode,
    /// `LMBCS String`: Lotus multi-byte, group 1.
    Lmbcs,
}

/// The types that a C function can take or give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Byte,
    Boolean,
    /// 2 bytes.
    Integer,
    /// 4 bytes.
    Long,
    Single,
    Double,
    String(Charset),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub by_val: bool,
    pub kind: Type,
}

impl Parameter {
    /// Whether it is a string, which C may change in place.
    pub fn is_text(&self) -> bool {
        matches!(self.kind, Type::String(_))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declare {
    /// The name in LotusScript.
    pub name: String,
    /// The library as `Lib` names it.
    pub library: String,
    /// The name in C.
    pub alias: Option<String>,
    pub parameters: Vec<Parameter>,
    /// None for a `Sub`.
    pub returns: Option<Type>,
    pub line: usize,
    pub is_private: bool,
}

/// All `Declare` statements of a script. What is wrong with one is for the checker to tell.
pub fn declares(source: &str) -> Vec<Declare> {
    let statements = statements(source, &mut Faults::default());
    let declared = statements.iter().filter(|s| s.tokens.first().is_some_and(|t| t.is("Declare")));
    declared
        .filter_map(|s| declare(&mut Tokens::new(&s.tokens), s.line, &mut Faults::default()).ok())
        .collect()
}

/// One statement, from the word `Declare` on.
pub fn declare(
    tokens: &mut Tokens<'_>,
    line: usize,
    faults: &mut Faults,
) -> Result<Declare, String> {
    tokens.expect("Declare")?;
    let is_private = tokens.take("Private");
    let is_function = tokens.take("Function");
    if !is_function {
        tokens.expect("Sub")?;
    }
    let name = tokens.name()?;
    tokens.expect("Lib")?;
    let library = tokens.text()?;
    let alias = tokens.take("Alias").then(|| tokens.text()).transpose()?;
    let mut parameters: Vec<Parameter> = Vec::new();
    tokens.expect("(")?;
    while !tokens.take(")") {
        if !parameters.is_empty() {
            tokens.expect(",")?;
        }
        let by_val = tokens.take("ByVal");
        let name = tokens.name()?;
        tokens.expect("As")?;
        let kind = kind(tokens)?;
        if matches!(kind, Type::String(_)) && !by_val {
            faults.add(line, format!("{name}: a string that C reads or writes must be ByVal"));
        }
        if parameters.iter().any(|parameter| parameter.name.eq_ignore_ascii_case(&name)) {
            faults.add(line, format!("{name}: declared twice"));
        }
        parameters.push(Parameter { name, by_val, kind });
    }
    let returns = match is_function {
        true => {
            tokens.expect("As")?;
            Some(kind(tokens)?)
        }
        false => None,
    };
    tokens.end()?;
    if alias.is_none() {
        faults.add(line, format!("{name}: without Alias its name may be upper-cased"));
    }
    if library.starts_with('_') {
        faults.add(line, format!("{library}: names with a leading underscore are reserved"));
    }
    Ok(Declare { name, library, alias, parameters, returns, line, is_private })
}

fn kind(tokens: &mut Tokens<'_>) -> Result<Type, String> {
    let charset = match tokens.peek() {
        Some(word) if word.is("Unicode") => Some(Charset::Unicode),
        Some(word) if word.is("LMBCS") => Some(Charset::Lmbcs),
        _ => None,
    };
    if let Some(charset) = charset {
        tokens.skip();
        tokens.expect("String")?;
        return Ok(Type::String(charset));
    }
    let kinds = [
        ("Byte", Type::Byte),
        ("Boolean", Type::Boolean),
        ("Integer", Type::Integer),
        ("Long", Type::Long),
        ("Single", Type::Single),
        ("Double", Type::Double),
        ("String", Type::String(Charset::Platform)),
    ];
    let word = tokens.next().cloned();
    let found = kinds.iter().find(|(name, _)| word.as_ref().is_some_and(|word| word.is(name)));
    found.map(|(_, kind)| *kind).ok_or_else(|| format!("{word:?} is no type that C can be given"))
}
