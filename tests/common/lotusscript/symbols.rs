//! What names mean: of the script itself, of the libraries that it uses, and of the product.

use super::syntax::{Class, Flavor, Kind, Module, Procedure, Variable};
use super::{Declare, Type, tables};

#[derive(Clone, Debug)]
pub struct Parameter {
    pub by_val: bool,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub struct Signature {
    pub parameters: Vec<Parameter>,
    /// The others are optional.
    pub required: usize,
    pub returns: Option<Kind>,
}

#[derive(Clone, Debug)]
pub enum Symbol {
    Variable(Kind),
    Constant(Kind),
    Procedure(Signature),
    /// What it is read as and what can be assigned to it.
    Property(Option<Kind>, Option<Kind>),
}

/// The script, and behind it the libraries that it uses.
pub struct Symbols<'a> {
    pub own: &'a Module,
    pub used: Vec<&'a Module>,
}

impl<'a> Symbols<'a> {
    /// The script's own first.
    pub fn modules(&self) -> impl Iterator<Item = &'a Module> {
        std::iter::once(self.own).chain(self.used.iter().copied())
    }

    pub fn class(&self, name: &str) -> Option<&'a Class> {
        let own = self.own.classes.iter();
        let used = self.used.iter().flat_map(|module| &module.classes).filter(|c| !c.is_private);
        own.chain(used).find(|class| class.name.eq_ignore_ascii_case(name))
    }

    pub fn has_class(&self, name: &str) -> bool {
        self.class(name).is_some() || tables::has_class(name)
    }

    /// The class and those that it is derived from, nearest first.
    pub fn lineage(&self, class: &'a Class) -> Vec<&'a Class> {
        let mut lineage = vec![class];
        while let Some(base) = lineage[lineage.len() - 1].base.as_deref() {
            let Some(base) = self.class(base) else { break };
            if lineage.iter().any(|known| known.name == base.name) {
                break;
            }
            lineage.push(base);
        }
        lineage
    }

    pub fn is_derived(&self, class: &str, base: &str) -> bool {
        class == base
            || self.class(class).is_some_and(|class| {
                self.lineage(class).iter().any(|known| known.name.eq_ignore_ascii_case(base))
            })
    }

    /// A name outside of procedures and classes.
    pub fn global(&self, name: &str) -> Option<Symbol> {
        let own = self.in_module(self.own, name, true);
        let used = || self.used.iter().find_map(|module| self.in_module(module, name, false));
        let product = || tables::function(name).map(Symbol::Procedure);
        own.or_else(used).or_else(product)
    }

    /// Whether a library makes this name known to the script.
    pub fn is_used(&self, name: &str) -> bool {
        let is_class = |class: &Class| !class.is_private && class.name.eq_ignore_ascii_case(name);
        let has = |module: &&Module| {
            self.in_module(module, name, false).is_some() || module.classes.iter().any(is_class)
        };
        self.used.iter().any(has)
    }

    fn in_module(&self, module: &Module, name: &str, is_own: bool) -> Option<Symbol> {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        let constant = module.constants.iter().find(|c| same(&c.name) && (is_own || !c.is_private));
        if let Some(constant) = constant {
            return Some(Symbol::Constant(constant.value.kind()));
        }
        let variable = module.variables.iter().find(|v| same(&v.name) && (is_own || !v.is_private));
        if let Some(variable) = variable {
            return Some(Symbol::Variable(variable.kind.clone()));
        }
        let mut procedures = module.procedures.iter();
        if let Some(found) = procedures.find(|p| same(&p.name) && (is_own || !p.is_private)) {
            return Some(Symbol::Procedure(signature(found)));
        }
        let declare = module.declares.iter().find(|d| is_own && same(&d.name))?;
        Some(Symbol::Procedure(external(declare)))
    }

    /// A member of a class; private ones only for the class itself and those derived from it.
    pub fn member(&self, class: &str, name: &str, is_inside: bool) -> Option<Symbol> {
        let Some(class) = self.class(class) else {
            let (signature, writable) = tables::member(class, name)?;
            let kind = signature.returns.clone();
            return Some(match writable {
                true => Symbol::Property(kind.clone(), kind),
                false => Symbol::Procedure(signature),
            });
        };
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        self.lineage(class).into_iter().find_map(|class| {
            let variable = |v: &&Variable| same(&v.name) && (is_inside || !v.is_private);
            if let Some(variable) = class.variables.iter().find(variable) {
                return Some(Symbol::Variable(variable.kind.clone()));
            }
            let visible = |p: &&Procedure| same(&p.name) && (is_inside || !p.is_private);
            let found: Vec<_> = class.procedures.iter().filter(visible).collect();
            let of = |flavor: Flavor| {
                found.iter().find(|p| p.flavor == flavor).and_then(|p| p.returns.clone())
            };
            match found.first()?.flavor {
                Flavor::Get | Flavor::Set => {
                    Some(Symbol::Property(of(Flavor::Get), of(Flavor::Set)))
                }
                _ => Some(Symbol::Procedure(signature(found[0]))),
            }
        })
    }

    /// What `New` of a class takes: nothing, if no constructor is written.
    pub fn constructor(&self, class: &str) -> Option<Signature> {
        let none = Signature { parameters: Vec::new(), required: 0, returns: None };
        match self.class(class) {
            Some(class) => {
                let mut procedures = self.lineage(class).into_iter().flat_map(|c| &c.procedures);
                let new = procedures.find(|p| p.name.eq_ignore_ascii_case("New"));
                Some(new.map_or(none, signature))
            }
            None => tables::member(class, "New").map(|(signature, _)| signature),
        }
    }
}

fn signature(procedure: &Procedure) -> Signature {
    let arguments = procedure.arguments.iter();
    Signature {
        required: procedure.arguments.len(),
        parameters: arguments
            .map(|a| Parameter { by_val: a.by_val, kind: a.kind.clone() })
            .collect(),
        returns: procedure.returns.clone(),
    }
}

fn external(declare: &Declare) -> Signature {
    let kind = |kind: Type| match kind {
        Type::Boolean => Kind::Boolean,
        Type::Byte | Type::Integer => Kind::Integer,
        Type::Long => Kind::Long,
        Type::Single | Type::Double => Kind::Double,
        Type::String(_) => Kind::Text,
    };
    let parameters = declare.parameters.iter();
    Signature {
        required: declare.parameters.len(),
        parameters: parameters
            .map(|p| Parameter { by_val: p.by_val, kind: kind(p.kind) })
            .collect(),
        returns: declare.returns.map(kind),
    }
}
