//! LotusScript text into statements of tokens, by the rules of the language's reference.

use super::Faults;

/// The longest identifier, without its suffix.
const MAX_NAME: usize = 40;
/// The longest string literal.
const MAX_LITERAL: usize = 16_267;
/// The longest line: our own rule, since the reference names none.
const MAX_LINE: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// An identifier or keyword as it is written, without its suffix.
    Word(String),
    /// A function name with `$`, such as `Left$`.
    TextFunction(String),
    Integer(i16),
    Long(i32),
    Double(f64),
    Text(String),
    Symbol(&'static str),
}

impl Token {
    /// Whether this is the keyword; case does not count.
    pub fn is(&self, word: &str) -> bool {
        match self {
            Token::Word(name) => name.eq_ignore_ascii_case(word),
            Token::Symbol(symbol) => *symbol == word,
            _ => false,
        }
    }
}

/// One logical line: continued lines are joined.
#[derive(Clone, Debug)]
pub struct Statement {
    pub line: usize,
    pub tokens: Vec<Token>,
}

const SYMBOLS: [&str; 18] =
    ["<=", ">=", "<>", "(", ")", ",", ".", "=", "<", ">", "+", "-", "*", "/", "\\", "^", "&", ":"];

pub fn statements(source: &str, faults: &mut Faults) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    let mut remark: Option<usize> = None;
    let mut continued = false;
    for (at, text) in source.lines().enumerate() {
        let line = at + 1;
        if !text.is_ascii() {
            faults.add(line, "a character that is not ASCII depends on the importer's charset");
        }
        if text.chars().count() > MAX_LINE {
            faults.add(line, format!("longer than {MAX_LINE} characters"));
        }
        let start = text.trim_start().to_ascii_lowercase();
        if remark.is_some() {
            if start.starts_with("%end rem") {
                remark = None;
            }
            continue;
        }
        if start.starts_with("%rem") {
            remark = Some(line);
            continue;
        }
        if start.starts_with('%') {
            faults.add(line, "Domino Designer takes no directive but %REM in a script");
            continue;
        }
        let (tokens, continues) = match tokens_of(text) {
            Ok(tokens) => tokens,
            Err(message) => {
                faults.add(line, message);
                continued = false;
                continue;
            }
        };
        if tokens.is_empty() {
            if continued {
                faults.add(line, "nothing follows the continuation of the line before");
            }
            continued = continues;
            continue;
        }
        match statements.last_mut() {
            Some(last) if continued => last.tokens.extend(tokens),
            _ => statements.push(Statement { line, tokens }),
        }
        continued = continues;
    }
    if let Some(line) = remark {
        faults.add(line, "%REM without %END REM");
    }
    if continued {
        faults.add(source.lines().count(), "nothing follows the last continuation");
    }
    statements
}

/// The tokens of one line, and whether it goes on in the next.
fn tokens_of(line: &str) -> Result<(Vec<Token>, bool), String> {
    let mut tokens = Vec::new();
    let mut rest = line;
    loop {
        let before = rest;
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok((tokens, false)) };
        if first == '\'' {
            return Ok((tokens, false));
        }
        if first == '_' {
            return match rest[1..].trim_start().chars().next() {
                None | Some('\'') if before.len() > rest.len() => Ok((tokens, true)),
                None | Some('\'') => Err("no space before the continuation".to_owned()),
                Some(_) => Err("a name begins with a letter".to_owned()),
            };
        }
        let length = if first.is_ascii_alphabetic() {
            let length = word_length(rest);
            if length > MAX_NAME {
                return Err(format!("{}: longer than {MAX_NAME} characters", &rest[..length]));
            }
            let name = rest[..length].to_owned();
            if tokens.is_empty() && name.eq_ignore_ascii_case("rem") {
                return Ok((tokens, false));
            }
            match rest[length..].chars().next() {
                Some('$') => {
                    tokens.push(Token::TextFunction(name));
                    length + 1
                }
                Some(suffix @ ('%' | '#' | '@' | '!')) => {
                    return Err(format!("{name}{suffix}: types are written with As here"));
                }
                _ => {
                    tokens.push(Token::Word(name));
                    length
                }
            }
        } else if first.is_ascii_digit() {
            let (token, length) = number(rest)?;
            tokens.push(token);
            length
        } else if first == '"' {
            let (text, length) = literal(rest)?;
            tokens.push(Token::Text(text));
            length
        } else {
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let symbol = symbol.ok_or_else(|| format!("{first:?} is no token of LotusScript"))?;
            tokens.push(Token::Symbol(symbol));
            symbol.len()
        };
        rest = &rest[length..];
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn number(text: &str) -> Result<(Token, usize), String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let wrong = || format!("{text}: not a number of LotusScript");
    if let Some(fraction) = text[digits..].strip_prefix('.') {
        let more = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        let length = digits + 1 + more;
        let value = text[..length].parse().map_err(|_| wrong())?;
        return if more == 0 { Err(wrong()) } else { Ok((Token::Double(value), length)) };
    }
    let value: i32 = text[..digits].parse().map_err(|_| format!("{text}: too large for a Long"))?;
    match text[digits..].chars().next() {
        Some('&') => Ok((Token::Long(value), digits + 1)),
        Some(c) if c.is_ascii_alphanumeric() => Err(wrong()),
        _ => {
            let short =
                value.try_into().map_err(|_| format!("{value}: a Long is written {value}&"));
            Ok((Token::Integer(short?), digits))
        }
    }
}

/// The text between quotes, in which a doubled quote is one, and the length of the literal.
fn literal(text: &str) -> Result<(String, usize), String> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == '"' && characters.next_if(|(_, next)| *next == '"').is_none() {
            return match content.len() {
                0..=MAX_LITERAL => Ok((content, at + 1)),
                length => Err(format!("a string literal of {length} characters")),
            };
        }
        content.push(character);
    }
    Err("a string literal without end".to_owned())
}
