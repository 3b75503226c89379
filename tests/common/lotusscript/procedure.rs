//! Procedures and the statements in them.

use super::Faults;
use super::expression::{arguments, expression};
use super::lexer::{self, Token};
use super::syntax::What;
use super::syntax::{
    Argument, Block, Condition, Expr, Flavor, Kind, Procedure, Source, Statement, Variable,
};
use super::tokens::Tokens;

/// A reader's place among the statements of a script.
pub struct Reader<'a> {
    rest: &'a [lexer::Statement],
    pub line: usize,
    pub faults: &'a mut Faults,
}

impl<'a> Reader<'a> {
    pub fn new(statements: &'a [lexer::Statement], faults: &'a mut Faults) -> Reader<'a> {
        Reader { rest: statements, line: 0, faults }
    }

    pub fn next(&mut self) -> Option<Tokens<'a>> {
        let (first, rest) = self.rest.split_first()?;
        (self.rest, self.line) = (rest, first.line);
        Some(Tokens::new(&first.tokens))
    }

    fn peek(&self) -> Option<Tokens<'a>> {
        self.rest.first().map(|statement| Tokens::new(&statement.tokens))
    }

    /// Notes what is wrong with the statement that was read last.
    pub fn hold<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.faults.add(self.line, message)).ok()
    }
}

/// `As Long`, `As New NotesSession(...)`.
pub fn kind(tokens: &mut Tokens<'_>) -> Result<Kind, String> {
    let word = tokens.word()?;
    Ok(match word.to_ascii_lowercase().as_str() {
        "boolean" => Kind::Boolean,
        "integer" => Kind::Integer,
        "long" => Kind::Long,
        "double" => Kind::Double,
        "string" => Kind::Text,
        "variant" => Kind::Variant,
        other if super::words::is_reserved(other) => return Err(format!("{word} is no type here")),
        other => Kind::Object(other.to_owned()),
    })
}

/// One variable of a declaration, from its name on.
pub fn variable(
    tokens: &mut Tokens<'_>,
    line: usize,
    is_private: bool,
) -> Result<Variable, String> {
    let name = tokens.name()?;
    let bounds = arguments(tokens)?;
    if !tokens.take("As") {
        return Err(format!("{name}: As and a type are missing"));
    }
    let is_new = tokens.take("New");
    let mut kind = kind(tokens)?;
    let new = if is_new { Some(arguments(tokens)?.unwrap_or_default()) } else { None };
    if is_new && (bounds.is_some() || !matches!(kind, Kind::Object(_))) {
        return Err(format!("{name}: only an object can be New"));
    }
    if bounds.is_some() {
        kind = Kind::Array(Box::new(kind));
    }
    Ok(Variable { line, name, kind, is_private, new })
}

/// The first line of a procedure from `Sub`, `Function` or `Property` on, and its body.
pub fn procedure(
    reader: &mut Reader<'_>,
    tokens: &mut Tokens<'_>,
    is_private: bool,
) -> Option<Procedure> {
    let line = reader.line;
    let end = ["Sub", "Function"].into_iter().find(|word| tokens.sees(word)).unwrap_or("Property");
    let head = head(tokens, line, is_private);
    let head = reader.hold(head);
    let (body, closed) = block(reader, &|tokens| tokens.see("End", end));
    if closed.is_none() {
        let line = if head.is_some() { line } else { reader.line };
        reader.faults.add(line, format!("{end} without End {end}"));
    }
    head.map(|head| Procedure { body, ..head })
}

fn head(tokens: &mut Tokens<'_>, line: usize, is_private: bool) -> Result<Procedure, String> {
    let flavor = match tokens.next() {
        Some(word) if word.is("Sub") => Flavor::Sub,
        Some(word) if word.is("Function") => Flavor::Function,
        _ if tokens.take("Get") => Flavor::Get,
        _ => {
            tokens.expect("Set")?;
            Flavor::Set
        }
    };
    let special = flavor == Flavor::Sub && (tokens.sees("New") || tokens.sees("Delete"));
    let name = if special { tokens.word()? } else { tokens.name()? };
    let mut arguments: Vec<Argument> = Vec::new();
    if flavor != Flavor::Get && flavor != Flavor::Set && tokens.take("(") {
        while !tokens.take(")") {
            if !arguments.is_empty() {
                tokens.expect(",")?;
            }
            let by_val = tokens.take("ByVal");
            let variable = variable(tokens, line, false)?;
            if by_val && matches!(variable.kind, Kind::Object(_) | Kind::Array(_)) {
                return Err(format!("{}: an object cannot be ByVal", variable.name));
            }
            arguments.push(Argument { name: variable.name, by_val, kind: variable.kind });
        }
    }
    let mut base = None;
    if name.eq_ignore_ascii_case("New") && tokens.take(",") {
        let class = tokens.name()?;
        base = Some((class, super::expression::arguments(tokens)?.unwrap_or_default()));
    }
    let returns = match flavor {
        Flavor::Sub => None,
        _ => {
            tokens.expect("As")?;
            Some(kind(tokens)?)
        }
    };
    tokens.end()?;
    Ok(Procedure { line, name, flavor, is_private, arguments, returns, base, body: Vec::new() })
}

/// The statements up to one that `ends` knows, and that one; none if the script is over first, or
/// if a statement comes that can only be behind the end.
fn block<'a>(
    reader: &mut Reader<'a>,
    ends: &dyn Fn(&Tokens<'_>) -> bool,
) -> (Block, Option<Tokens<'a>>) {
    let mut block = Vec::new();
    while let Some(tokens) = reader.peek() {
        if ends(&tokens) {
            return (block, reader.next());
        }
        let private = tokens.sees("Private") || tokens.sees("Public");
        let starts = ["Sub", "Function", "Property", "Class", "Declare"];
        let outer = ["Sub", "Function", "Property", "Class"];
        if private
            || starts.iter().any(|word| tokens.sees(word))
            || outer.iter().any(|word| tokens.see("End", word))
        {
            return (block, None);
        }
        let Some(mut tokens) = reader.next() else { break };
        let line = reader.line;
        let what = statement(reader, &mut tokens);
        if let Some(what) = reader.hold(what) {
            block.push(Statement { line, what });
        }
    }
    (block, None)
}

/// The statements of a block that was opened by this word in this line, up to its end.
fn body<'a>(
    reader: &mut Reader<'a>,
    (opening, line): (&str, usize),
    ends: &dyn Fn(&Tokens<'_>) -> bool,
) -> Result<(Block, Tokens<'a>), String> {
    let (block, end) = block(reader, ends);
    match end {
        Some(end) => Ok((block, end)),
        None => {
            reader.line = line;
            Err(format!("{opening} is not closed"))
        }
    }
}

fn statement(reader: &mut Reader<'_>, tokens: &mut Tokens<'_>) -> Result<What, String> {
    if tokens.peek_second().is_some_and(|token| token.is(":")) {
        let label = tokens.name()?;
        tokens.skip();
        tokens.end()?;
        return Ok(What::Label(label));
    }
    let block = ["If", "Select", "For", "ForAll", "While", "Do"];
    match block.into_iter().find(|word| tokens.take(word)) {
        Some("If") => conditional(reader, tokens),
        Some("Select") => select(reader, tokens),
        Some("For") => counted(reader, tokens),
        Some("ForAll") => for_all(reader, tokens),
        Some("While") => {
            let condition = expression(tokens)?;
            tokens.end()?;
            let (block, _) = body(reader, ("While", reader.line), &|tokens| tokens.sees("Wend"))?;
            let condition = Condition { expr: condition, is_until: false, is_after: false };
            Ok(What::Loop(Some(condition), block))
        }
        Some(_) => repeat(reader, tokens),
        None => simple(tokens, reader.line),
    }
}

fn conditional(reader: &mut Reader<'_>, tokens: &mut Tokens<'_>) -> Result<What, String> {
    let line = reader.line;
    let condition = expression(tokens)?;
    tokens.expect("Then")?;
    if !tokens.is_empty() {
        let (mut then, otherwise) = tokens.split("Else");
        let then = vec![Statement { line, what: simple(&mut then, line)? }];
        let otherwise = match otherwise {
            Some(mut tokens) => vec![Statement { line, what: simple(&mut tokens, line)? }],
            None => Vec::new(),
        };
        return Ok(What::If(vec![(condition, then)], otherwise));
    }
    let mut branches = Vec::new();
    let mut condition = Some(condition);
    loop {
        let ends = |t: &Tokens<'_>| t.see("End", "If") || t.sees("ElseIf") || t.sees("Else");
        let (block, mut end) = body(reader, ("If", line), &ends)?;
        let Some(asked) = condition.take() else {
            if !end.take("End") {
                return Err("another branch behind Else".to_owned());
            }
            return Ok(What::If(branches, block));
        };
        branches.push((asked, block));
        if end.take("End") {
            end.skip();
            end.end()?;
            return Ok(What::If(branches, Vec::new()));
        }
        if end.take("ElseIf") {
            condition = Some(expression(&mut end)?);
            end.expect("Then")?;
        } else {
            end.skip();
        }
        end.end()?;
    }
}

fn select(reader: &mut Reader<'_>, tokens: &mut Tokens<'_>) -> Result<What, String> {
    let line = reader.line;
    tokens.expect("Case")?;
    let subject = expression(tokens)?;
    tokens.end()?;
    let mut cases = Vec::new();
    let mut values: Option<Vec<Expr>> = None;
    loop {
        let ends = |t: &Tokens<'_>| t.see("End", "Select") || t.sees("Case");
        let (block, mut end) = body(reader, ("Select", line), &ends)?;
        match values.take() {
            Some(values) => cases.push((values, block)),
            None if block.is_empty() => {}
            None => return Err("a statement before the first Case".to_owned()),
        }
        if end.take("End") {
            return Ok(What::Select(subject, cases));
        }
        end.skip();
        let mut next = Vec::new();
        if !end.take("Else") {
            next.push(expression(&mut end)?);
            while end.take(",") {
                next.push(expression(&mut end)?);
            }
        }
        end.end()?;
        values = Some(next);
    }
}

fn counted(reader: &mut Reader<'_>, tokens: &mut Tokens<'_>) -> Result<What, String> {
    let name = tokens.name()?;
    tokens.expect("=")?;
    let mut numbers = vec![expression(tokens)?];
    tokens.expect("To")?;
    numbers.push(expression(tokens)?);
    if tokens.take("Step") {
        numbers.push(expression(tokens)?);
    }
    tokens.end()?;
    let (block, mut end) = body(reader, ("For", reader.line), &|tokens| tokens.sees("Next"))?;
    end.skip();
    if !end.is_empty() && !end.take(&name) {
        return Err(format!("Next is not that of {name}"));
    }
    end.end()?;
    Ok(What::For(name, numbers, block))
}

fn for_all(reader: &mut Reader<'_>, tokens: &mut Tokens<'_>) -> Result<What, String> {
    let name = tokens.name()?;
    tokens.expect("In")?;
    let container = expression(tokens)?;
    tokens.end()?;
    let (block, _) = body(reader, ("ForAll", reader.line), &|tokens| tokens.see("End", "ForAll"))?;
    Ok(What::ForAll(name, container, block))
}

fn repeat(reader: &mut Reader<'_>, tokens: &mut Tokens<'_>) -> Result<What, String> {
    let before = loop_condition(tokens, false)?;
    let (block, mut end) = body(reader, ("Do", reader.line), &|tokens| tokens.sees("Loop"))?;
    end.skip();
    let after = loop_condition(&mut end, true)?;
    if before.is_some() && after.is_some() {
        return Err("Do has two conditions".to_owned());
    }
    Ok(What::Loop(before.or(after), block))
}

fn loop_condition(tokens: &mut Tokens<'_>, is_after: bool) -> Result<Option<Condition>, String> {
    let is_until = tokens.sees("Until");
    let condition = match tokens.take("While") || tokens.take("Until") {
        true => Some(Condition { expr: expression(tokens)?, is_until, is_after }),
        false => None,
    };
    tokens.end()?;
    Ok(condition)
}

/// A statement without a block.
fn simple(tokens: &mut Tokens<'_>, line: usize) -> Result<What, String> {
    let words = ["Dim", "Set", "Call", "Exit", "On", "Resume", "GoTo", "Error", "Print", "Delete"];
    let what = match words.into_iter().find(|word| tokens.take(word)) {
        Some("Dim") => {
            let mut variables = vec![variable(tokens, line, true)?];
            while tokens.take(",") {
                variables.push(variable(tokens, line, true)?);
            }
            What::Dim(variables)
        }
        Some("Set") => {
            let target = expression_before_equals(tokens)?;
            if tokens.take("New") {
                let class = tokens.name()?;
                What::Set(target, Source::New(class, arguments(tokens)?.unwrap_or_default()))
            } else {
                What::Set(target, Source::Expr(expression(tokens)?))
            }
        }
        Some("Call") => What::Call(expression(tokens)?),
        Some("Exit") => What::Exit(tokens.word()?.to_ascii_lowercase()),
        Some("On") => {
            tokens.expect("Error")?;
            if tokens.take("Resume") {
                return Err("On Error Resume Next hides errors".to_owned());
            }
            tokens.expect("GoTo")?;
            let none = matches!(tokens.peek(), Some(Token::Integer(0)));
            if none {
                tokens.skip();
            }
            What::OnError(if none { None } else { Some(tokens.name()?) })
        }
        Some("Resume") if tokens.take("Next") => What::Resume(None),
        Some("Resume") => What::Resume(Some(tokens.name()?)),
        Some("GoTo") => What::GoTo(tokens.name()?),
        Some("Error") => {
            let number = expression(tokens)?;
            tokens.expect(",")?;
            What::Error(number, expression(tokens)?)
        }
        Some("Print") => {
            let mut values = vec![expression(tokens)?];
            while tokens.take(",") {
                values.push(expression(tokens)?);
            }
            What::Print(values)
        }
        Some(_) => What::Delete(expression(tokens)?),
        None => {
            let target = expression_before_equals(tokens)?;
            if tokens.sees("New") {
                return Err("an object is assigned with Set".to_owned());
            }
            What::Let(target, expression(tokens)?)
        }
    };
    tokens.end()?;
    Ok(what)
}

/// What stands left of the first `=`, which alone decides that this is an assignment.
fn expression_before_equals(tokens: &mut Tokens<'_>) -> Result<Expr, String> {
    let (mut left, right) = tokens.split("=");
    let Some(right) = right else {
        return Err(match tokens.peek() {
            Some(Token::Word(word)) => format!("{word} begins no statement here"),
            _ => "this is no statement".to_owned(),
        });
    };
    let target = expression(&mut left)?;
    left.end()?;
    *tokens = right;
    match target {
        Expr::Name(..) | Expr::Member(..) => Ok(target),
        _ => Err("this cannot be assigned to".to_owned()),
    }
}
