//! What a script consists of.

use super::Declare;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    Integer,
    Long,
    Double,
    Text,
    Variant,
    /// An object of the class of this name, in small letters.
    Object(String),
    Array(Box<Kind>),
    /// The literal `Nothing`.
    Nothing,
}

#[derive(Clone, Debug)]
pub enum Literal {
    Text(String),
    Integer(i16),
    Long(i32),
    Double(f64),
    Boolean(bool),
    Nothing,
}

#[derive(Clone, Debug)]
pub enum Expr {
    Literal(Literal),
    Me,
    /// A variable, constant, function or array element by its name; `$` belongs to the name.
    Name(String, Option<Vec<Expr>>),
    Member(Box<Expr>, String, Option<Vec<Expr>>),
    /// Something with an index behind its arguments: `entry.GetItemValue("Subject")(0)`.
    Index(Box<Expr>, Vec<Expr>),
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
}

/// What `Set` gives a variable.
#[derive(Clone, Debug)]
pub enum Source {
    Expr(Expr),
    New(String, Vec<Expr>),
}

#[derive(Clone, Debug)]
pub struct Variable {
    pub line: usize,
    pub name: String,
    pub kind: Kind,
    pub is_private: bool,
    /// `As New` with these arguments.
    pub new: Option<Vec<Expr>>,
}

#[derive(Clone, Debug)]
pub struct Argument {
    pub name: String,
    pub by_val: bool,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub struct Statement {
    pub line: usize,
    pub what: What,
}

pub type Block = Vec<Statement>;

#[derive(Clone, Debug)]
pub enum What {
    Dim(Vec<Variable>),
    Let(Expr, Expr),
    Set(Expr, Source),
    Call(Expr),
    /// Conditions with their blocks, and what is done otherwise.
    If(Vec<(Expr, Block)>, Block),
    Select(Expr, Vec<(Vec<Expr>, Block)>),
    For(String, Vec<Expr>, Block),
    ForAll(String, Expr, Block),
    /// `Do` and `While`.
    Loop(Option<Condition>, Block),
    Exit(String),
    /// `On Error GoTo` a label, or 0.
    OnError(Option<String>),
    GoTo(String),
    /// At a label, or with the next statement.
    Resume(Option<String>),
    Label(String),
    Error(Expr, Expr),
    Print(Vec<Expr>),
    Delete(Expr),
}

/// What a loop goes on by.
#[derive(Clone, Debug)]
pub struct Condition {
    pub expr: Expr,
    pub is_until: bool,
    /// Behind the block.
    pub is_after: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    Sub,
    Function,
    Get,
    Set,
}

#[derive(Clone, Debug)]
pub struct Procedure {
    pub line: usize,
    pub name: String,
    pub flavor: Flavor,
    pub is_private: bool,
    pub arguments: Vec<Argument>,
    /// The type of a function or property.
    pub returns: Option<Kind>,
    /// What `Sub New` passes to the constructor of the base class.
    pub base: Option<(String, Vec<Expr>)>,
    pub body: Block,
}

#[derive(Clone, Debug)]
pub struct Class {
    pub line: usize,
    pub name: String,
    pub is_private: bool,
    pub base: Option<String>,
    pub variables: Vec<Variable>,
    pub procedures: Vec<Procedure>,
}

#[derive(Clone, Debug)]
pub struct Constant {
    pub line: usize,
    pub name: String,
    pub value: Literal,
    pub is_private: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Module {
    /// `Declare`, `Public`, `Compare Binary`, with their lines.
    pub options: Vec<(usize, String)>,
    pub uses: Vec<(usize, String)>,
    pub constants: Vec<Constant>,
    pub variables: Vec<Variable>,
    pub declares: Vec<Declare>,
    pub classes: Vec<Class>,
    pub procedures: Vec<Procedure>,
}

impl Literal {
    pub fn kind(&self) -> Kind {
        match self {
            Literal::Text(_) => Kind::Text,
            Literal::Integer(_) => Kind::Integer,
            Literal::Long(_) => Kind::Long,
            Literal::Double(_) => Kind::Double,
            Literal::Boolean(_) => Kind::Boolean,
            Literal::Nothing => Kind::Nothing,
        }
    }
}

impl Module {
    pub fn has_option(&self, name: &str) -> bool {
        self.options.iter().any(|(_, option)| option == name)
    }
}
