//! The types of expressions, and what may stand for what.

use super::check::Place;
use super::symbols::{Parameter, Signature, Symbol};
use super::syntax::{Expr, Flavor, Kind};

impl<'a> Place<'a, '_> {
    /// The type of an expression. After a fault Variant, which fits most places.
    pub fn kind(&mut self, expr: &'a Expr) -> Kind {
        match expr {
            Expr::Literal(literal) => literal.kind(),
            Expr::Me => match self.class {
                Some(class) => Kind::Object(class.name.to_ascii_lowercase()),
                None => {
                    self.fault("Me stands in classes only");
                    Kind::Variant
                }
            },
            Expr::Name(name, arguments) => {
                let symbol = self.look_up(name);
                self.value(symbol, name, arguments.as_deref())
            }
            Expr::Member(object, name, arguments) => {
                let symbol = self.member(object, name);
                self.value(symbol, name, arguments.as_deref())
            }
            Expr::Index(array, index) => {
                let array = self.kind(array);
                self.element("this", &array, index)
            }
            Expr::Unary("Not", inner) => {
                if !matches!(self.kind(inner), Kind::Boolean | Kind::Variant) {
                    self.fault("Not takes True or False");
                }
                Kind::Boolean
            }
            Expr::Unary(operator, inner) => {
                let inner = self.kind(inner);
                self.number(operator, &inner);
                inner
            }
            Expr::Binary(operator, left, right) => self.binary(operator, left, right),
        }
    }

    /// What a name means here.
    pub fn look_up(&mut self, name: &str) -> Option<Symbol> {
        if let Some(kind) = self.locals.get(&name.to_ascii_lowercase()) {
            return Some(Symbol::Variable(kind.clone()));
        }
        let member = self.class.and_then(|class| self.symbols.member(&class.name, name, true));
        let symbol = member.or_else(|| self.symbols.global(name));
        if symbol.is_none() {
            self.fault(format!("{name}: not declared"));
        }
        symbol
    }

    /// What a name behind a dot means.
    pub fn member(&mut self, object: &'a Expr, name: &str) -> Option<Symbol> {
        let is_me = matches!(object, Expr::Me);
        let Kind::Object(class) = self.kind(object) else {
            self.fault(format!("{name}: not behind an object of a known class"));
            return None;
        };
        let symbol = self.symbols.member(&class, name, is_me);
        if symbol.is_none() {
            self.fault(format!("{class} has no {name}"));
        }
        symbol
    }

    fn value(&mut self, symbol: Option<Symbol>, name: &str, arguments: Option<&'a [Expr]>) -> Kind {
        match symbol {
            None => Kind::Variant,
            Some(Symbol::Variable(kind)) => match arguments {
                Some(index) => self.element(name, &kind, index),
                None => kind,
            },
            Some(Symbol::Constant(kind)) if arguments.is_none() => kind,
            Some(Symbol::Property(Some(kind), _)) => match arguments {
                Some(index) => self.element(name, &kind, index),
                None => kind,
            },
            Some(Symbol::Procedure(signature)) => {
                let gives = matches!(self.procedure.flavor, Flavor::Function | Flavor::Get);
                let is_own = name.eq_ignore_ascii_case(&self.procedure.name);
                if gives && is_own && arguments.is_none() {
                    self.fault(format!("{name}: its result cannot be read in itself"));
                }
                self.arguments(name, &signature, arguments.unwrap_or_default());
                signature.returns.unwrap_or_else(|| {
                    self.fault(format!("{name}: a sub gives nothing"));
                    Kind::Variant
                })
            }
            Some(_) => {
                self.fault(format!("{name}: cannot be read so"));
                Kind::Variant
            }
        }
    }

    fn element(&mut self, name: &str, array: &Kind, index: &'a [Expr]) -> Kind {
        for number in index {
            let number = self.kind(number);
            self.number("an index", &number);
        }
        match array {
            Kind::Array(inner) => (**inner).clone(),
            Kind::Variant => Kind::Variant,
            _ => {
                self.fault(format!("{name}: is no array and no function"));
                Kind::Variant
            }
        }
    }

    pub fn constructs(&mut self, class: &str, arguments: &'a [Expr]) {
        match self.symbols.constructor(class) {
            Some(signature) => self.arguments(class, &signature, arguments),
            None => self.fault(format!("{class}: no such class can be made")),
        }
    }

    pub fn arguments(&mut self, name: &str, signature: &Signature, arguments: &'a [Expr]) {
        let (least, most) = (signature.required, signature.parameters.len());
        if arguments.len() < least || arguments.len() > most {
            let given = arguments.len();
            self.fault(format!("{name}: takes {least} to {most} arguments and gets {given}"));
        }
        for (argument, parameter) in arguments.iter().zip(&signature.parameters) {
            let kind = self.kind(argument);
            self.argument(name, argument, &kind, parameter);
        }
    }

    fn argument(&mut self, name: &str, argument: &Expr, kind: &Kind, parameter: &Parameter) {
        let simple = match argument {
            Expr::Name(name, None) => self.locals.contains_key(&name.to_ascii_lowercase()),
            _ => false,
        };
        let is_result = !parameter.by_val
            && !matches!(parameter.kind, Kind::Object(_) | Kind::Array(_) | Kind::Variant);
        if is_result && !simple {
            self.fault(format!("{name}: a ByRef argument is a result and needs a variable"));
        } else if is_result && *kind != parameter.kind {
            self.fault(format!("{name}: a ByRef argument must be of the very type"));
        } else if parameter.kind != Kind::Variant {
            self.converts(name, kind, &parameter.kind);
        }
    }

    /// Whether a value fits a place. Stricter than the language, which converts at run time.
    pub fn converts(&mut self, what: &str, from: &Kind, to: &Kind) {
        let fits = match (from, to) {
            (Kind::Object(_) | Kind::Nothing, Kind::Variant) => true,
            (_, Kind::Variant) => true,
            (Kind::Variant, Kind::Object(_) | Kind::Array(_)) => false,
            (Kind::Variant, _) => true,
            (Kind::Nothing, Kind::Object(_)) => true,
            (Kind::Object(from), Kind::Object(to)) => self.symbols.is_derived(from, to),
            (Kind::Integer, Kind::Long | Kind::Double) | (Kind::Long, Kind::Double) => true,
            (from, to) => from == to,
        };
        if !fits {
            self.fault(format!("{what}: {from:?} where {to:?} is wanted"));
        }
    }

    fn number(&mut self, operator: &str, kind: &Kind) {
        if !matches!(kind, Kind::Integer | Kind::Long | Kind::Double | Kind::Variant) {
            self.fault(format!("{operator}: {kind:?} is no number"));
        }
    }

    pub fn compares(&mut self, operator: &str, left: &Kind, right: &Kind) {
        let number = |kind: &Kind| matches!(kind, Kind::Integer | Kind::Long | Kind::Double);
        let object = |kind: &Kind| matches!(kind, Kind::Object(_) | Kind::Nothing | Kind::Array(_));
        if object(left) || object(right) {
            self.fault(format!("{operator}: objects are compared with Is"));
        } else if left != right
            && *left != Kind::Variant
            && *right != Kind::Variant
            && !(number(left) && number(right))
        {
            self.fault(format!("{operator}: {left:?} beside {right:?}"));
        }
    }

    fn binary(&mut self, operator: &str, left: &'a Expr, right: &'a Expr) -> Kind {
        let (left, right) = (self.kind(left), self.kind(right));
        match operator {
            "And" | "Or" => {
                for side in [&left, &right] {
                    if !matches!(side, Kind::Boolean | Kind::Variant) {
                        self.fault(format!("{operator}: {side:?} is not True or False"));
                    }
                }
                Kind::Boolean
            }
            "Is" => {
                for side in [&left, &right] {
                    if !matches!(side, Kind::Object(_) | Kind::Nothing | Kind::Variant) {
                        self.fault(format!("Is: {side:?} is no object"));
                    }
                }
                Kind::Boolean
            }
            "&" => {
                for side in [&left, &right] {
                    if !matches!(side, Kind::Text | Kind::Variant) {
                        self.fault(format!("&: {side:?} is no text; CStr makes one"));
                    }
                }
                Kind::Text
            }
            "=" | "<>" | "<" | ">" | "<=" | ">=" => {
                self.compares(operator, &left, &right);
                Kind::Boolean
            }
            _ => {
                self.number(operator, &left);
                self.number(operator, &right);
                match (left, right) {
                    (Kind::Integer, Kind::Integer) if operator == "*" => {
                        self.fault("*: an Integer ends at 32767; make one side a Long");
                        Kind::Integer
                    }
                    (Kind::Variant, _) | (_, Kind::Variant) => Kind::Variant,
                    _ if operator == "/" => Kind::Double,
                    (Kind::Double, _) | (_, Kind::Double) => Kind::Double,
                    (Kind::Long, _) | (_, Kind::Long) => Kind::Long,
                    _ => Kind::Integer,
                }
            }
        }
    }
}
