//! Runs scripts, as far as our files use the language: what a checker cannot tell is what a script
//! does. Objects are deleted when nothing names them any more, errors go to the next handler, and
//! ByRef arguments share their variable, as in LotusScript.

mod functions;
mod operators;
mod product;
mod value;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::module::module;
use super::symbols::Symbols;
use super::syntax::{Block, Class, Expr, Flavor, Kind, Module, Procedure, Source, Variable, What};
use super::{Declare, Faults};
use operators::{binary, compare, store};
#[allow(unused_imports, reason = "each test uses its own part")]
pub use product::{Items, Product};
#[allow(unused_imports, reason = "each test uses its own part")]
pub use value::{Place, Value, place, text};

/// The C functions that a script has declared.
pub trait Library {
    /// What C returns and has put into the arguments; an error if there is no library.
    fn call(&self, declare: &Declare, arguments: &[Place]) -> Result<i32, Raised>;
}

/// An error of the script.
#[derive(Clone, Debug, Default)]
pub struct Raised {
    pub number: i16,
    pub message: String,
}

impl Raised {
    fn mismatch() -> Raised {
        Raised { number: 13, message: "Type mismatch".to_owned() }
    }

    fn overflow() -> Raised {
        Raised { number: 6, message: "Overflow".to_owned() }
    }

    fn unknown(name: &str) -> Raised {
        Raised { number: 35, message: format!("{name} is not known to this machine") }
    }
}

pub struct Machine {
    symbols: Symbols<'static>,
    globals: RefCell<HashMap<String, Place>>,
    library: Box<dyn Library>,
    environment: HashMap<String, String>,
    /// What the agent is to work on.
    documents: Vec<Items>,
    /// What `Err` and `Error$` tell.
    failure: RefCell<Raised>,
    pub printed: RefCell<Vec<String>>,
}

/// An object of a class of the script.
pub struct Instance {
    machine: Rc<Machine>,
    class: &'static Class,
    fields: HashMap<String, Place>,
    is_deleted: Cell<bool>,
}

impl Drop for Instance {
    fn drop(&mut self) {
        let classes = self.machine.symbols.lineage(self.class);
        let delete = classes.iter().flat_map(|class| &class.procedures);
        let delete = delete.into_iter().find(|p| p.name.eq_ignore_ascii_case("Delete"));
        let (Some(delete), false) = (delete, self.is_deleted.get()) else { return };
        let machine = self.machine.clone();
        let fields = std::mem::take(&mut self.fields);
        let is_deleted = Cell::new(true);
        let me = Instance { machine: machine.clone(), class: self.class, fields, is_deleted };
        machine.run(delete, Some(Rc::new(me)), Vec::new()).expect("Delete raises nothing");
    }
}

enum Flow {
    Next,
    Exit(&'static str),
}

struct Frame {
    me: Option<Rc<Instance>>,
    procedure: &'static Procedure,
    locals: RefCell<HashMap<String, Place>>,
    handler: RefCell<Option<&'static str>>,
}

type Outcome<T> = Result<T, Raised>;

impl Machine {
    /// A machine with this script, the libraries that it uses, and these lines of notes.ini.
    pub fn new(
        script: &str,
        libraries: &[&str],
        library: Box<dyn Library>,
        environment: &[(&str, &str)],
        documents: Vec<Items>,
    ) -> Rc<Machine> {
        // The text of a script lives as long as the test.
        let load = |source: &str| -> &'static Module {
            Box::leak(Box::new(module(source, &mut Faults::default())))
        };
        let own = load(script);
        let symbols = Symbols { own, used: libraries.iter().map(|source| load(source)).collect() };
        let mut globals = HashMap::new();
        for module in symbols.modules() {
            for constant in &module.constants {
                globals.insert(lower(&constant.name), place(Value::of(&constant.value)));
            }
            for variable in &module.variables {
                globals.insert(lower(&variable.name), place(Value::initial(&variable.kind)));
            }
        }
        let lower_all = |(name, value): &(&str, &str)| (lower(name), (*value).to_owned());
        Rc::new(Machine {
            symbols,
            globals: RefCell::new(globals),
            library,
            environment: environment.iter().map(lower_all).collect(),
            documents,
            failure: RefCell::default(),
            printed: RefCell::default(),
        })
    }

    /// Calls a procedure of the script or its libraries, private ones too.
    pub fn call(self: &Rc<Self>, name: &str, arguments: &[Value]) -> Outcome<Value> {
        let procedure = self.procedure(name).ok_or_else(|| Raised::unknown(name))?;
        self.run(procedure, None, arguments.iter().cloned().map(place).collect())
    }

    fn print(&self, line: String) -> Value {
        self.printed.borrow_mut().push(line);
        Value::Empty
    }

    /// What a variable of the script or its libraries holds.
    pub fn variable(&self, name: &str) -> Option<Value> {
        self.globals.borrow().get(&lower(name)).map(|variable| variable.borrow().clone())
    }

    /// Ends the script: its variables are gone, and with them their objects.
    pub fn end(&self) {
        let globals: Vec<Place> = self.globals.borrow().values().cloned().collect();
        let objects = globals.iter().filter(|it| matches!(&*it.borrow(), Value::Object(_)));
        for global in objects {
            let old = global.replace(Value::Nothing);
            drop(old);
        }
    }

    fn procedure(&self, name: &str) -> Option<&'static Procedure> {
        let mut procedures = self.symbols.modules().flat_map(|module| &module.procedures);
        procedures.find(|procedure| procedure.name.eq_ignore_ascii_case(name))
    }

    fn method(&self, class: &'static Class, name: &str, set: bool) -> Option<&'static Procedure> {
        let lineage = self.symbols.lineage(class);
        let mut procedures = lineage.into_iter().flat_map(|class| &class.procedures);
        procedures.find(|p| p.name.eq_ignore_ascii_case(name) && (p.flavor == Flavor::Set) == set)
    }

    fn run(
        self: &Rc<Self>,
        procedure: &'static Procedure,
        me: Option<Rc<Instance>>,
        arguments: Vec<Place>,
    ) -> Outcome<Value> {
        let mut locals = HashMap::new();
        for (argument, value) in procedure.arguments.iter().zip(arguments) {
            locals.insert(lower(&argument.name), value);
        }
        let result = place(procedure.returns.as_ref().map_or(Value::Empty, Value::initial));
        if procedure.flavor != Flavor::Set {
            locals.insert(format!("={}", lower(&procedure.name)), result.clone());
        }
        let locals = RefCell::new(locals);
        let frame = Frame { me, procedure, locals, handler: RefCell::default() };
        if let (Some((_, arguments)), Some(me)) = (&procedure.base, &frame.me) {
            let base = self.symbols.lineage(me.class).into_iter().skip(1);
            let new = base.flat_map(|c| &c.procedures).find(|p| p.name.eq_ignore_ascii_case("New"));
            let new = new.ok_or_else(|| Raised::unknown("New"))?;
            let arguments = self.places(&frame, new, arguments)?;
            self.run(new, Some(me.clone()), arguments)?;
        }
        let mut from = 0;
        loop {
            match self.block(&frame, &procedure.body[from..]) {
                Ok(_) => break,
                Err(raised) => {
                    let Some(label) = frame.handler.take() else { return Err(raised) };
                    *self.failure.borrow_mut() = raised;
                    let at = procedure.body.iter().position(
                        |s| matches!(&s.what, What::Label(l) if l.eq_ignore_ascii_case(label)),
                    );
                    from = at.ok_or_else(|| Raised::unknown(label))?;
                }
            }
        }
        Ok(result.borrow().clone())
    }

    fn block(
        self: &Rc<Self>,
        frame: &Frame,
        block: &'static [super::syntax::Statement],
    ) -> Outcome<Flow> {
        for statement in block {
            if let Flow::Exit(word) = self.statement(frame, &statement.what)? {
                return Ok(Flow::Exit(word));
            }
        }
        Ok(Flow::Next)
    }

    fn statement(self: &Rc<Self>, frame: &Frame, what: &'static What) -> Outcome<Flow> {
        match what {
            What::Dim(variables) => {
                for variable in variables {
                    let value = self.fresh(frame, variable)?;
                    frame.locals.borrow_mut().insert(lower(&variable.name), place(value));
                }
            }
            What::Let(target, value) => {
                let value = self.value(frame, value)?;
                self.assign(frame, target, value)?;
            }
            What::Set(target, source) => {
                let value = match source {
                    Source::Expr(value) => self.value(frame, value)?,
                    Source::New(class, arguments) => self.construct(frame, class, arguments)?,
                };
                self.assign(frame, target, value)?;
            }
            What::Call(call) => {
                self.value(frame, call)?;
            }
            What::If(branches, otherwise) => {
                for (condition, block) in branches {
                    if self.value(frame, condition)?.truth()? {
                        return self.block(frame, block);
                    }
                }
                return self.block(frame, otherwise);
            }
            What::Select(subject, cases) => {
                let subject = self.value(frame, subject)?;
                for (values, block) in cases {
                    let mut fits = values.is_empty();
                    for value in values {
                        let value = self.value(frame, value)?;
                        fits = fits || compare(&subject, &value)? == std::cmp::Ordering::Equal;
                    }
                    if fits {
                        return self.block(frame, block);
                    }
                }
            }
            What::For(name, numbers, block) => return self.count(frame, name, numbers, block),
            What::Loop(condition, block) => loop {
                let goes_on = |is_after: bool| match condition {
                    Some(c) if c.is_after == is_after => {
                        Ok(self.value(frame, &c.expr)?.truth()? != c.is_until)
                    }
                    _ => Ok(true),
                };
                if !goes_on(false)? {
                    break;
                }
                match self.block(frame, block)? {
                    Flow::Exit("do") => break,
                    Flow::Exit(word) => return Ok(Flow::Exit(word)),
                    Flow::Next => {}
                }
                if !goes_on(true)? {
                    break;
                }
            },
            What::Exit(word) => return Ok(Flow::Exit(word)),
            What::OnError(label) => *frame.handler.borrow_mut() = label.as_deref(),
            What::Error(number, message) => {
                let number = self.value(frame, number)?.integer()?;
                return Err(Raised { number, message: self.value(frame, message)?.string()? });
            }
            What::Print(values) => {
                let mut line = String::new();
                for value in values {
                    line += &self.value(frame, value)?.string()?;
                }
                self.print(line);
            }
            What::Label(_) => {}
            What::ForAll(..) | What::GoTo(_) | What::Resume(_) | What::Delete(_) => {
                return Err(Raised::unknown("this statement"));
            }
        }
        Ok(Flow::Next)
    }

    fn count(
        self: &Rc<Self>,
        frame: &Frame,
        name: &str,
        numbers: &'static [Expr],
        block: &'static Block,
    ) -> Outcome<Flow> {
        let first = self.value(frame, &numbers[0])?.long()?;
        let last = self.value(frame, &numbers[1])?.long()?;
        let variable = frame.locals.borrow()[&lower(name)].clone();
        for number in first..=last {
            variable.replace(Value::Long(number));
            match self.block(frame, block)? {
                Flow::Exit("for") => break,
                Flow::Exit(word) => return Ok(Flow::Exit(word)),
                Flow::Next => {}
            }
        }
        Ok(Flow::Next)
    }

    fn fresh(self: &Rc<Self>, frame: &Frame, variable: &'static Variable) -> Outcome<Value> {
        match (&variable.new, &variable.kind) {
            (Some(arguments), Kind::Object(class)) => self.construct(frame, class, arguments),
            (_, kind) => Ok(Value::initial(kind)),
        }
    }

    fn construct(
        self: &Rc<Self>,
        frame: &Frame,
        class: &str,
        arguments: &'static [Expr],
    ) -> Outcome<Value> {
        let Some(class) = self.symbols.class(class) else {
            let values = self.values(frame, arguments)?;
            return Ok(Value::Product(Rc::new(Product::new(&lower(class), &values)?)));
        };
        let lineage = self.symbols.lineage(class);
        let fields = lineage.iter().flat_map(|class| &class.variables);
        let fields = fields.map(|v| (lower(&v.name), place(Value::initial(&v.kind)))).collect();
        let is_deleted = Cell::new(false);
        let me = Rc::new(Instance { machine: self.clone(), class, fields, is_deleted });
        if let Some(new) = self.method(class, "New", false) {
            let arguments = self.places(frame, new, arguments)?;
            self.run(new, Some(me.clone()), arguments)?;
        }
        Ok(Value::Object(me))
    }

    fn assign(self: &Rc<Self>, frame: &Frame, target: &'static Expr, value: Value) -> Outcome<()> {
        let (me, name) = match target {
            Expr::Name(name, None) => {
                let own = format!("={}", lower(name));
                let locals = frame.locals.borrow();
                let found = locals.get(&lower(name)).or_else(|| locals.get(&own)).cloned();
                drop(locals);
                if let Some(variable) = found {
                    return store(&variable, value);
                }
                (frame.me.clone().map(Value::Object), name)
            }
            Expr::Member(object, name, None) => (Some(self.value(frame, object)?), name),
            _ => return Err(Raised::mismatch()),
        };
        match me {
            Some(Value::Product(product)) => return product.set(name, &value),
            Some(Value::Object(me)) => {
                if let Some(field) = me.fields.get(&lower(name)) {
                    return store(field, value);
                }
                if let Some(setter) = self.method(me.class, name, true) {
                    let kind = setter.returns.as_ref().unwrap_or(&Kind::Variant);
                    return self.set_property(setter, &me, value.to(kind)?);
                }
            }
            _ => {}
        }
        let global = self.globals.borrow().get(&lower(name)).cloned();
        store(&global.ok_or_else(|| Raised::unknown(name))?, value)
    }

    /// In a setter its own name is what is assigned.
    fn set_property(
        self: &Rc<Self>,
        setter: &'static Procedure,
        me: &Rc<Instance>,
        value: Value,
    ) -> Outcome<()> {
        let locals = HashMap::from([(lower(&setter.name), place(value))]);
        let (me, locals) = (Some(me.clone()), RefCell::new(locals));
        let frame = Frame { me, procedure: setter, locals, handler: RefCell::default() };
        self.block(&frame, &frame.procedure.body).map(|_| ())
    }

    fn places(
        self: &Rc<Self>,
        frame: &Frame,
        procedure: &Procedure,
        arguments: &'static [Expr],
    ) -> Outcome<Vec<Place>> {
        let wanted = procedure.arguments.iter().map(|a| (a.by_val, &a.kind));
        self.shared(frame, wanted, arguments)
    }

    fn shared<'k>(
        self: &Rc<Self>,
        frame: &Frame,
        wanted: impl Iterator<Item = (bool, &'k Kind)>,
        arguments: &'static [Expr],
    ) -> Outcome<Vec<Place>> {
        let mut places = Vec::new();
        for (argument, (by_val, kind)) in arguments.iter().zip(wanted) {
            let local = match argument {
                Expr::Name(name, None) => frame.locals.borrow().get(&lower(name)).cloned(),
                _ => None,
            };
            places.push(match local {
                Some(variable) if !by_val => variable,
                _ => place(self.value(frame, argument)?.to(kind)?),
            });
        }
        Ok(places)
    }

    fn values(self: &Rc<Self>, frame: &Frame, exprs: &'static [Expr]) -> Outcome<Vec<Value>> {
        exprs.iter().map(|expr| self.value(frame, expr)).collect()
    }

    fn value(self: &Rc<Self>, frame: &Frame, expr: &'static Expr) -> Outcome<Value> {
        match expr {
            Expr::Literal(literal) => Ok(Value::of(literal)),
            Expr::Me => Ok(frame.me.clone().map_or(Value::Nothing, Value::Object)),
            Expr::Name(name, arguments) => self.named(frame, name, arguments.as_deref()),
            Expr::Member(object, name, arguments) => {
                let object = self.value(frame, object)?;
                self.member(frame, &object, name, arguments.as_deref())
            }
            Expr::Index(array, index) => {
                let array = self.value(frame, array)?;
                self.element(frame, &array, index)
            }
            Expr::Unary("Not", inner) => Ok(Value::Boolean(!self.value(frame, inner)?.truth()?)),
            Expr::Unary(_, inner) => Ok(Value::Double(-self.value(frame, inner)?.double()?)),
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.value(frame, left)?, self.value(frame, right)?);
                binary(operator, &left, &right)
            }
        }
    }

    fn named(
        self: &Rc<Self>,
        frame: &Frame,
        name: &str,
        arguments: Option<&'static [Expr]>,
    ) -> Outcome<Value> {
        let local = frame.locals.borrow().get(&lower(name)).cloned();
        let given = arguments.unwrap_or_default();
        if let Some(local) = local {
            let value = local.borrow().clone();
            return if arguments.is_some() {
                self.element(frame, &value, given)
            } else {
                Ok(value)
            };
        }
        if let Some(me) = &frame.me
            && (me.fields.contains_key(&lower(name))
                || self.method(me.class, name, false).is_some())
        {
            return self.member(frame, &Value::Object(me.clone()), name, arguments);
        }
        let global = self.globals.borrow().get(&lower(name)).cloned();
        if let Some(global) = global {
            return Ok(global.borrow().clone());
        }
        if let Some(procedure) = self.procedure(name) {
            let places = self.places(frame, procedure, given)?;
            return self.run(procedure, None, places);
        }
        let mut declares = self.symbols.modules().flat_map(|module| &module.declares);
        if let Some(declare) = declares.find(|declare| declare.name.eq_ignore_ascii_case(name)) {
            let wanted =
                declare.parameters.iter().map(|p| (p.by_val && !p.is_text(), &Kind::Variant));
            let places = self.shared(frame, wanted, given)?;
            return Ok(Value::Long(self.library.call(declare, &places)?));
        }
        functions::call(self, name, &self.values(frame, given)?)?
            .ok_or_else(|| Raised::unknown(name))
    }

    fn member(
        self: &Rc<Self>,
        frame: &Frame,
        object: &Value,
        name: &str,
        arguments: Option<&'static [Expr]>,
    ) -> Outcome<Value> {
        let given = arguments.unwrap_or_default();
        match object {
            Value::Object(me) => {
                if let Some(field) = me.fields.get(&lower(name)) {
                    return Ok(field.borrow().clone());
                }
                let method = self.method(me.class, name, false);
                let method = method.ok_or_else(|| Raised::unknown(name))?;
                let places = self.places(frame, method, given)?;
                self.run(method, Some(me.clone()), places)
            }
            Value::Product(product) => product.get(self, name, &self.values(frame, given)?),
            _ => Err(Raised { number: 91, message: "Object variable not set".to_owned() }),
        }
    }

    fn element(
        self: &Rc<Self>,
        frame: &Frame,
        array: &Value,
        index: &'static [Expr],
    ) -> Outcome<Value> {
        let Value::Array(values) = array else { return Err(Raised::mismatch()) };
        let index = self.value(frame, &index[0])?.long()?;
        let found = usize::try_from(index).ok().and_then(|index| values.get(index)).cloned();
        found.ok_or(Raised { number: 9, message: "Subscript out of range".to_owned() })
    }
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}
