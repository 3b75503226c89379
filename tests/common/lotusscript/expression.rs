//! Expressions, by the precedence of the language's reference.

use super::lexer::Token;
use super::syntax::{Expr, Literal};
use super::tokens::Tokens;

/// Binary operators, weakest first; those of a row are equal. `Not` is between `And` and `=`.
const LEVELS: [&[&str]; 8] = [
    &["Or"],
    &["And"],
    &["=", "<>", "<", ">", "<=", ">=", "Is"],
    &["&"],
    &["+", "-"],
    &["Mod"],
    &["\\"],
    &["*", "/"],
];
const COMPARISON: usize = 2;

pub fn expression(tokens: &mut Tokens<'_>) -> Result<Expr, String> {
    level(tokens, 0)
}

fn level(tokens: &mut Tokens<'_>, depth: usize) -> Result<Expr, String> {
    if depth == COMPARISON && tokens.take("Not") {
        return Ok(Expr::Unary("Not", Box::new(level(tokens, depth)?)));
    }
    let Some(operators) = LEVELS.get(depth) else { return unary(tokens) };
    let mut left = level(tokens, depth + 1)?;
    while let Some(operator) = operators.iter().find(|operator| tokens.sees(operator)) {
        tokens.skip();
        let right = level(tokens, depth + 1)?;
        left = Expr::Binary(operator, Box::new(left), Box::new(right));
        if depth == COMPARISON && operators.iter().any(|operator| tokens.sees(operator)) {
            return Err("a comparison of a comparison".to_owned());
        }
    }
    Ok(left)
}

fn unary(tokens: &mut Tokens<'_>) -> Result<Expr, String> {
    if tokens.take("-") {
        return Ok(Expr::Unary("-", Box::new(unary(tokens)?)));
    }
    let mut expr = primary(tokens)?;
    loop {
        if tokens.take(".") {
            let name = tokens.word()?;
            expr = Expr::Member(Box::new(expr), name, arguments(tokens)?);
        } else if tokens.sees("(") && !matches!(expr, Expr::Literal(_)) {
            let index = arguments(tokens)?.unwrap_or_default();
            expr = Expr::Index(Box::new(expr), index);
        } else {
            return Ok(expr);
        }
    }
}

/// Functions whose names are keywords.
const CALLABLE: &str = "
    cbool cdat cdbl chr cint clng cstr datenumber day err error evaluate hour instr isarray
    isdefined isempty lbound len minute month now second timenumber today ubound uni val year";

fn primary(tokens: &mut Tokens<'_>) -> Result<Expr, String> {
    if let Some(literal) = literal(tokens) {
        return Ok(Expr::Literal(literal));
    }
    match tokens.peek() {
        Some(Token::TextFunction(name)) => {
            let name = format!("{name}$");
            tokens.skip();
            Ok(Expr::Name(name, arguments(tokens)?))
        }
        Some(word) if word.is("Me") => {
            tokens.skip();
            Ok(Expr::Me)
        }
        Some(word) if word.is("New") => Err("New stands in Dim and Set only".to_owned()),
        Some(Token::Symbol("(")) => {
            tokens.skip();
            let inner = expression(tokens)?;
            tokens.expect(")")?;
            Ok(inner)
        }
        Some(Token::Word(word)) => {
            let lower = word.to_ascii_lowercase();
            let callable = CALLABLE.split_ascii_whitespace().any(|name| name == lower);
            let name = if callable { tokens.word()? } else { tokens.name()? };
            Ok(Expr::Name(name, arguments(tokens)?))
        }
        _ => {
            tokens.expect("an expression")?;
            Err("an expression is expected".to_owned())
        }
    }
}

/// Steps over a literal, if one is next.
pub fn literal(tokens: &mut Tokens<'_>) -> Option<Literal> {
    let literal = match tokens.peek()? {
        Token::Text(text) => Literal::Text(text.clone()),
        Token::Integer(number) => Literal::Integer(*number),
        Token::Long(number) => Literal::Long(*number),
        Token::Double(number) => Literal::Double(*number),
        word if word.is("True") => Literal::Boolean(true),
        word if word.is("False") => Literal::Boolean(false),
        word if word.is("Nothing") => Literal::Nothing,
        _ => return None,
    };
    tokens.skip();
    Some(literal)
}

/// The arguments in parentheses, if there are parentheses.
pub fn arguments(tokens: &mut Tokens<'_>) -> Result<Option<Vec<Expr>>, String> {
    if !tokens.take("(") {
        return Ok(None);
    }
    let mut arguments = Vec::new();
    if tokens.take(")") {
        return Ok(Some(arguments));
    }
    loop {
        arguments.push(expression(tokens)?);
        if tokens.take(")") {
            return Ok(Some(arguments));
        }
        tokens.expect(",")?;
    }
}
