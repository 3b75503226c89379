//! Declarations before use, and every statement by what its names mean.

use std::collections::HashMap;

use super::symbols::{Symbol, Symbols};
use super::syntax::{Block, Class, Expr, Flavor, Kind, Module, Procedure, Source, Statement};
use super::syntax::{Variable, What};
use super::{Faults, words};

/// Checks a script that was read without faults, against the libraries that it uses by name.
pub fn check(own: &Module, libraries: &[(&str, &Module)], faults: &mut Faults) {
    if !own.has_option("declare") {
        faults.add(1, "Option Declare is missing");
    }
    let mut used = Vec::new();
    for (line, name) in &own.uses {
        match libraries.iter().find(|(library, _)| library.eq_ignore_ascii_case(name)) {
            Some((_, module)) => used.push(*module),
            None => faults.add(*line, format!("there is no script library {name}")),
        }
    }
    let symbols = Symbols { own, used };
    let names = own.constants.iter().map(|c| (c.line, &c.name));
    let names = names.chain(own.variables.iter().map(|v| (v.line, &v.name)));
    let names = names.chain(own.declares.iter().map(|d| (d.line, &d.name)));
    let names = names.chain(own.classes.iter().map(|c| (c.line, &c.name)));
    let names = names.chain(own.procedures.iter().map(|p| (p.line, &p.name)));
    for (line, name) in names.clone() {
        if symbols.is_used(name) {
            faults.add(line, format!("{name}: a used library has it already"));
        }
    }
    twice(names, faults);
    for variable in &own.variables {
        known(&symbols, &variable.kind, variable.line, variable.line, faults);
    }
    for class in &own.classes {
        check_class(&symbols, class, faults);
    }
    for procedure in &own.procedures {
        check_procedure(&symbols, None, procedure, faults);
    }
}

fn twice<'a>(names: impl Iterator<Item = (usize, &'a String)>, faults: &mut Faults) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (line, name) in names {
        if seen.insert(name.to_ascii_lowercase(), line).is_some() {
            faults.add(line, format!("{name}: declared twice"));
        }
    }
}

/// A type must exist, and a class of the script's own be defined further up, if `before` says so.
fn known(symbols: &Symbols<'_>, kind: &Kind, line: usize, before: usize, faults: &mut Faults) {
    let name = match kind {
        Kind::Object(name) => name,
        Kind::Array(inner) => return known(symbols, inner, line, before, faults),
        _ => return,
    };
    if !symbols.has_class(name) {
        faults.add(line, format!("{name}: no such class"));
    }
    let own = symbols.own.classes.iter().find(|class| class.name.eq_ignore_ascii_case(name));
    if own.is_some_and(|class| class.line > before) {
        faults.add(line, format!("{name}: the class is defined further down"));
    }
}

fn check_class(symbols: &Symbols<'_>, class: &Class, faults: &mut Faults) {
    if let Some(base) = &class.base {
        let kind = Kind::Object(base.to_ascii_lowercase());
        known(symbols, &kind, class.line, class.line, faults);
    }
    let variables = class.variables.iter().map(|v| (v.line, &v.name));
    let methods = class.procedures.iter();
    let methods = methods.filter(|p| p.flavor != Flavor::Set).map(|p| (p.line, &p.name));
    twice(variables.chain(methods), faults);
    let setters = class.procedures.iter().filter(|p| p.flavor == Flavor::Set);
    twice(setters.map(|p| (p.line, &p.name)), faults);
    let bases = symbols.lineage(class);
    let names = class.variables.iter().map(|v| (v.line, &v.name));
    for (line, name) in names.chain(class.procedures.iter().map(|p| (p.line, &p.name))) {
        let special = name.eq_ignore_ascii_case("New") || name.eq_ignore_ascii_case("Delete");
        let hides =
            bases.get(1).is_some_and(|base| symbols.member(&base.name, name, true).is_some());
        if hides && !special {
            faults.add(line, format!("{name}: hides what the base class has"));
        }
    }
    for variable in &class.variables {
        known(symbols, &variable.kind, variable.line, class.line, faults);
        if variable.new.is_some() {
            faults.add(variable.line, format!("{}: a member cannot be New", variable.name));
        }
    }
    for procedure in &class.procedures {
        check_procedure(symbols, Some(class), procedure, faults);
    }
    let constructor = class.procedures.iter().find(|p| p.name.eq_ignore_ascii_case("New"));
    let wants = class.base.as_ref().and_then(|base| symbols.constructor(base));
    let gives = constructor.is_some_and(|new| new.base.is_some());
    if wants.is_some_and(|signature| signature.required > 0) && !gives {
        let line = constructor.map_or(class.line, |new| new.line);
        faults.add(line, "New of the base class gets no arguments");
    }
}

fn check_procedure<'a>(
    symbols: &'a Symbols<'a>,
    class: Option<&'a Class>,
    procedure: &'a Procedure,
    faults: &mut Faults,
) {
    let mut place = Place {
        symbols,
        class,
        procedure,
        locals: HashMap::new(),
        labels: Vec::new(),
        around: Vec::new(),
        line: procedure.line,
        faults,
    };
    for argument in &procedure.arguments {
        place.declare(&argument.name, &argument.kind);
    }
    place.known(procedure.returns.as_ref());
    if let Some((base, arguments)) = &procedure.base {
        if !class
            .and_then(|class| class.base.as_ref())
            .is_some_and(|b| b.eq_ignore_ascii_case(base))
        {
            place.fault(format!("{base}: is not the base class"));
        }
        place.constructs(base, arguments);
    }
    if procedure.flavor == Flavor::Set
        && let Some(kind) = &procedure.returns
    {
        place.declare(&procedure.name, kind);
    }
    labels(&procedure.body, &mut place);
    place.block(&procedure.body);
    let gives = matches!(procedure.flavor, Flavor::Function | Flavor::Get);
    if gives && !assigns(&procedure.body, &procedure.name) {
        place.line = procedure.line;
        place.fault(format!("{}: never gets a value to return", procedure.name));
    }
}

/// Notes the labels, each of which stands behind a statement that leaves.
fn labels(block: &Block, place: &mut Place<'_, '_>) {
    let mut leaves = false;
    for statement in block {
        if let What::Label(name) = &statement.what {
            place.line = statement.line;
            if place.labels.contains(&name.to_ascii_lowercase()) {
                place.fault(format!("{name}: declared twice"));
            }
            if !leaves {
                place.fault(format!("{name}: the statements before it run into it"));
            }
            place.labels.push(name.to_ascii_lowercase());
        }
        leaves = matches!(
            statement.what,
            What::Exit(_) | What::GoTo(_) | What::Resume(_) | What::Error(..)
        );
    }
}

/// Whether the name gets a value somewhere.
fn assigns(block: &Block, name: &str) -> bool {
    let is_target =
        |target: &Expr| matches!(target, Expr::Name(n, None) if n.eq_ignore_ascii_case(name));
    block.iter().any(|statement| match &statement.what {
        What::Let(target, _) | What::Set(target, _) => is_target(target),
        What::If(branches, otherwise) => {
            branches.iter().any(|(_, block)| assigns(block, name)) || assigns(otherwise, name)
        }
        What::Select(_, cases) => cases.iter().any(|(_, block)| assigns(block, name)),
        What::For(_, _, block) | What::ForAll(_, _, block) | What::Loop(_, block) => {
            assigns(block, name)
        }
        _ => false,
    })
}

/// Where in a procedure the checker is.
pub struct Place<'a, 'f> {
    pub symbols: &'a Symbols<'a>,
    pub class: Option<&'a Class>,
    pub procedure: &'a Procedure,
    pub locals: HashMap<String, Kind>,
    labels: Vec<String>,
    /// The loops around, by the word that leaves them.
    around: Vec<&'static str>,
    line: usize,
    faults: &'f mut Faults,
}

impl<'a> Place<'a, '_> {
    pub fn fault(&mut self, message: impl Into<String>) {
        self.faults.add(self.line, message);
    }

    fn known(&mut self, kind: Option<&Kind>) {
        // The classes of a script are read before its procedures, but one after the other.
        let before = self.class.map_or(usize::MAX, |class| class.line);
        if let Some(kind) = kind {
            known(self.symbols, kind, self.line, before, self.faults);
        }
    }

    fn declare(&mut self, name: &str, kind: &Kind) {
        self.known(Some(kind));
        if self.locals.insert(name.to_ascii_lowercase(), kind.clone()).is_some() {
            self.fault(format!("{name}: declared twice"));
        }
        debug_assert!(!words::is_reserved(name), "the parser has refused it");
    }

    fn block(&mut self, block: &'a Block) {
        for statement in block {
            self.line = statement.line;
            self.statement(statement);
        }
    }

    fn inner(&mut self, word: &'static str, block: &'a Block) {
        self.around.push(word);
        self.block(block);
        self.around.pop();
    }

    fn statement(&mut self, statement: &'a Statement) {
        match &statement.what {
            What::Dim(variables) => variables.iter().for_each(|variable| self.dim(variable)),
            What::Let(target, value) => self.assign(target, value),
            What::Set(target, source) => self.set(target, source),
            What::Call(call) => self.call(call),
            What::If(branches, otherwise) => {
                for (condition, block) in branches {
                    self.condition(condition);
                    self.block(block);
                }
                self.block(otherwise);
            }
            What::Select(subject, cases) => {
                let subject = self.kind(subject);
                for (values, block) in cases {
                    for value in values {
                        let value = self.kind(value);
                        self.compares("Case", &subject, &value);
                    }
                    self.block(block);
                }
            }
            What::For(name, numbers, block) => {
                let Some(kind) = self.locals.get(&name.to_ascii_lowercase()).cloned() else {
                    return self.fault(format!("{name}: not declared in this procedure"));
                };
                for number in numbers {
                    let number = self.kind(number);
                    self.converts(name, &number, &kind);
                }
                self.inner("for", block);
            }
            What::ForAll(name, container, block) => {
                match self.kind(container) {
                    Kind::Variant | Kind::Array(_) => {}
                    _ => self.fault("ForAll goes over arrays"),
                }
                if self.locals.insert(name.to_ascii_lowercase(), Kind::Variant).is_some() {
                    self.fault(format!("{name}: ForAll declares it itself"));
                }
                self.inner("forall", block);
                self.locals.remove(&name.to_ascii_lowercase());
            }
            What::Loop(condition, block) => {
                if let Some(condition) = condition {
                    self.condition(&condition.expr);
                }
                self.inner("do", block);
            }
            What::Exit(word) => self.exit(word),
            What::OnError(Some(label)) | What::GoTo(label) | What::Resume(Some(label)) => {
                if !self.labels.contains(&label.to_ascii_lowercase()) {
                    self.fault(format!("{label}: no such label"));
                }
            }
            What::Error(number, message) => {
                let number = self.kind(number);
                self.converts("Error", &number, &Kind::Integer);
                let message = self.kind(message);
                self.converts("Error", &message, &Kind::Text);
            }
            What::Print(values) => {
                for value in values {
                    self.kind(value);
                }
            }
            What::Delete(object) => match self.kind(object) {
                Kind::Object(_) => {}
                _ => self.fault("Delete takes an object"),
            },
            What::OnError(None) | What::Resume(None) | What::Label(_) => {}
        }
    }

    fn dim(&mut self, variable: &'a Variable) {
        if let (Some(arguments), Kind::Object(class)) = (&variable.new, &variable.kind) {
            self.constructs(class, arguments);
        }
        self.declare(&variable.name, &variable.kind);
    }

    fn assign(&mut self, target: &'a Expr, value: &'a Expr) {
        let value = self.kind(value);
        let Some(kind) = self.target(target) else { return };
        match (&kind, &value) {
            (Kind::Object(_), _) | (Kind::Variant, Kind::Object(_) | Kind::Nothing) => {
                self.fault("an object is assigned with Set");
            }
            _ => self.converts("the assignment", &value, &kind),
        }
    }

    fn set(&mut self, target: &'a Expr, source: &'a Source) {
        let value = match source {
            Source::Expr(value) => self.kind(value),
            Source::New(class, arguments) => {
                self.constructs(class, arguments);
                Kind::Object(class.to_ascii_lowercase())
            }
        };
        let Some(kind) = self.target(target) else { return };
        match (&kind, &value) {
            (Kind::Object(_) | Kind::Variant, Kind::Variant | Kind::Nothing) => {}
            (Kind::Variant, Kind::Object(_)) => {}
            (Kind::Object(_), Kind::Object(_)) => self.converts("Set", &value, &kind),
            _ => self.fault("Set is for objects"),
        }
    }

    /// The type of what can be assigned to.
    fn target(&mut self, target: &'a Expr) -> Option<Kind> {
        if let Expr::Name(name, None) = target {
            let is_own = name.eq_ignore_ascii_case(&self.procedure.name);
            let gives = matches!(self.procedure.flavor, Flavor::Function | Flavor::Get);
            if is_own && gives {
                return self.procedure.returns.clone();
            }
        }
        let (symbol, name) = match target {
            Expr::Name(name, None) => (self.look_up(name), name),
            Expr::Member(object, name, None) => (self.member(object, name), name),
            _ => return Some(self.kind(target)),
        };
        match symbol {
            Some(Symbol::Variable(kind) | Symbol::Property(_, Some(kind))) => Some(kind),
            Some(_) => {
                self.fault(format!("{name}: cannot be assigned to"));
                None
            }
            None => None,
        }
    }

    fn call(&mut self, call: &'a Expr) {
        let (symbol, name, arguments) = match call {
            Expr::Name(name, arguments) => (self.look_up(name), name, arguments),
            Expr::Member(object, name, arguments) => (self.member(object, name), name, arguments),
            _ => return self.fault("Call takes a procedure"),
        };
        match symbol {
            Some(Symbol::Procedure(signature)) => {
                self.arguments(name, &signature, arguments.as_deref().unwrap_or_default());
            }
            Some(_) => self.fault(format!("{name}: is no procedure")),
            None => {}
        }
    }

    fn condition(&mut self, condition: &'a Expr) {
        match self.kind(condition) {
            Kind::Boolean | Kind::Variant => {}
            _ => self.fault("a condition is True or False"),
        }
    }

    fn exit(&mut self, word: &str) {
        let own = match self.procedure.flavor {
            Flavor::Sub => "sub",
            Flavor::Function => "function",
            Flavor::Get | Flavor::Set => "property",
        };
        if word != own && !self.around.contains(&word) {
            self.fault(format!("Exit {word}: not in one"));
        }
    }
}
