//! What stands in a script outside of procedures.

use super::declare::declare;
use super::expression::literal;
use super::lexer::{Token, statements};
use super::procedure::{Reader, procedure, variable};
use super::syntax::{Class, Constant, Module};
use super::tokens::Tokens;
use super::{Faults, words};

pub fn module(source: &str, faults: &mut Faults) -> Module {
    let statements = statements(source, faults);
    let mut reader = Reader::new(&statements, faults);
    let mut module = Module::default();
    while let Some(mut tokens) = reader.next() {
        let read = outer(&mut reader, &mut tokens, &mut module);
        reader.hold(read);
    }
    module
}

fn outer(
    reader: &mut Reader<'_>,
    tokens: &mut Tokens<'_>,
    module: &mut Module,
) -> Result<(), String> {
    let line = reader.line;
    let has_content = !module.classes.is_empty()
        || !module.procedures.is_empty()
        || !module.constants.is_empty()
        || !module.variables.is_empty()
        || !module.declares.is_empty();
    if tokens.take("Option") {
        if has_content {
            return Err("Option stands before everything else".to_owned());
        }
        let option = match tokens.take("Compare") {
            true => format!("compare {}", tokens.word()?),
            false => tokens.word()?,
        };
        let option = option.to_ascii_lowercase();
        if !["public", "declare", "compare binary"].contains(&option.as_str()) {
            return Err(format!("Option {option} is not used here"));
        }
        module.options.push((line, option));
        return tokens.end();
    }
    if tokens.take("Use") {
        if has_content {
            return Err("Use stands before all declarations".to_owned());
        }
        module.uses.push((line, tokens.text()?));
        return tokens.end();
    }
    if tokens.sees("Declare") {
        let read = declare(tokens, line, reader.faults)?;
        if !read.is_private {
            return Err(format!("{}: must be Private, or it is every script's", read.name));
        }
        module.declares.push(read);
        return Ok(());
    }
    let stated_private = tokens.take("Private");
    let stated_public = !stated_private && tokens.take("Public");
    let is_private = stated_private || !(stated_public || module.has_option("public"));
    if tokens.take("Const") {
        module.constants.push(constant(tokens, line, is_private)?);
        return Ok(());
    }
    if tokens.take("Class") {
        let class = class(reader, tokens, is_private)?;
        module.classes.push(class);
        return Ok(());
    }
    if tokens.sees("Sub") || tokens.sees("Function") {
        module.procedures.extend(procedure(reader, tokens, is_private));
        return Ok(());
    }
    if tokens.take("Dim") || stated_private || stated_public {
        let variable = variable(tokens, line, is_private)?;
        module.variables.push(variable);
        return tokens.end();
    }
    Err(match tokens.peek() {
        Some(Token::Word(word)) if words::is_reserved(word) => {
            format!("{word} does not belong outside of procedures")
        }
        _ => "this stands in no procedure".to_owned(),
    })
}

fn constant(tokens: &mut Tokens<'_>, line: usize, is_private: bool) -> Result<Constant, String> {
    let name = tokens.name()?;
    tokens.expect("=")?;
    let Some(value) = literal(tokens) else {
        return Err(format!("{name}: a constant is a literal here"));
    };
    tokens.end()?;
    Ok(Constant { line, name, value, is_private })
}

fn class(
    reader: &mut Reader<'_>,
    tokens: &mut Tokens<'_>,
    is_private: bool,
) -> Result<Class, String> {
    let line = reader.line;
    let name = tokens.name()?;
    let base = tokens.take("As").then(|| tokens.name()).transpose()?;
    tokens.end()?;
    let (mut variables, mut procedures) = (Vec::new(), Vec::new());
    while let Some(mut tokens) = reader.next() {
        if tokens.take("End") {
            let end = tokens.expect("Class").and_then(|()| tokens.end());
            reader.hold(end);
            return Ok(Class { line, name, is_private, base, variables, procedures });
        }
        // Member variables are private unless something else is said, all else is public.
        let stated_private = tokens.take("Private");
        let stated_public = !stated_private && tokens.take("Public");
        if ["Sub", "Function", "Property"].iter().any(|word| tokens.sees(word)) {
            procedures.extend(procedure(reader, &mut tokens, stated_private));
        } else if tokens.take("Dim") || tokens.take("Const") || tokens.take("Declare") {
            let wrong = Err("a class has variables without Dim, and procedures".to_owned());
            reader.hold::<()>(wrong);
        } else {
            let read = variable(&mut tokens, reader.line, !stated_public);
            let read = read.and_then(|variable| tokens.end().map(|()| variable));
            variables.extend(reader.hold(read));
        }
    }
    reader.line = line;
    Err("Class without End Class".to_owned())
}
