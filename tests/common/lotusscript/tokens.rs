//! A reader's place among the tokens of one statement.

use super::lexer::Token;
use super::words;

pub struct Tokens<'a> {
    rest: &'a [Token],
}

impl<'a> Tokens<'a> {
    pub fn new(tokens: &'a [Token]) -> Tokens<'a> {
        Tokens { rest: tokens }
    }

    pub fn peek(&self) -> Option<&'a Token> {
        self.rest.first()
    }

    pub fn peek_second(&self) -> Option<&'a Token> {
        self.rest.get(1)
    }

    pub fn sees(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| token.is(word))
    }

    /// Whether both words come next.
    pub fn see(&self, first: &str, second: &str) -> bool {
        self.sees(first) && self.peek_second().is_some_and(|token| token.is(second))
    }

    pub fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    pub fn skip(&mut self) {
        self.next();
    }

    /// Steps over the word, if it is next.
    pub fn take(&mut self, word: &str) -> bool {
        let found = self.sees(word);
        if found {
            self.skip();
        }
        found
    }

    pub fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.take(word) { Ok(()) } else { Err(self.instead(word)) }
    }

    /// What stands before the first such word outside of parentheses, and what behind it.
    pub fn split(&self, word: &str) -> (Tokens<'a>, Option<Tokens<'a>>) {
        let mut depth = 0_i32;
        for (at, token) in self.rest.iter().enumerate() {
            match token {
                Token::Symbol("(") => depth += 1,
                Token::Symbol(")") => depth -= 1,
                _ if depth == 0 && token.is(word) => {
                    return (
                        Tokens::new(&self.rest[..at]),
                        Some(Tokens::new(&self.rest[at + 1..])),
                    );
                }
                _ => {}
            }
        }
        (Tokens::new(self.rest), None)
    }

    /// A name that the script may give to something of its own.
    pub fn name(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Word(name)) if words::is_reserved(name) => {
                Err(format!("{name} is a reserved word"))
            }
            Some(Token::Word(name)) => {
                self.skip();
                Ok(name.clone())
            }
            _ => Err(self.instead("a name")),
        }
    }

    /// Any word: behind a dot, keywords are names too.
    pub fn word(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Word(name)) => {
                self.skip();
                Ok(name.clone())
            }
            _ => Err(self.instead("a name")),
        }
    }

    pub fn text(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Text(text)) => {
                self.skip();
                Ok(text.clone())
            }
            _ => Err(self.instead("a string literal")),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn end(&self) -> Result<(), String> {
        if self.is_empty() { Ok(()) } else { Err(self.instead("the end of the statement")) }
    }

    fn instead(&self, wanted: &str) -> String {
        let found = match self.peek() {
            None => "the end of the statement".to_owned(),
            Some(Token::Word(word)) => word.clone(),
            Some(Token::TextFunction(word)) => format!("{word}$"),
            Some(Token::Symbol(symbol)) => (*symbol).to_owned(),
            Some(Token::Text(text)) => format!("{text:?}"),
            Some(Token::Integer(_) | Token::Long(_) | Token::Double(_)) => "a number".to_owned(),
        };
        format!("{wanted} is expected instead of {found}")
    }
}
