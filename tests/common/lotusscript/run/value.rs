//! What variables of a running script hold.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::syntax::{Kind, Literal};
use super::product::Product;
use super::{Instance, Raised};

/// A variable, which ByRef arguments share.
pub type Place = Rc<RefCell<Value>>;

#[derive(Clone)]
pub enum Value {
    Empty,
    Boolean(bool),
    Integer(i16),
    Long(i32),
    Double(f64),
    /// UTF-16, as LotusScript counts it.
    Text(Rc<[u16]>),
    /// Days since the end of 1899.
    Date(f64),
    Array(Rc<[Value]>),
    Nothing,
    Object(Rc<Instance>),
    Product(Rc<Product>),
}

pub fn place(value: Value) -> Place {
    Rc::new(RefCell::new(value))
}

pub fn text(text: &str) -> Value {
    Value::Text(text.encode_utf16().collect())
}

impl Value {
    /// What a variable of this type holds at first.
    pub fn initial(kind: &Kind) -> Value {
        match kind {
            Kind::Boolean => Value::Boolean(false),
            Kind::Integer => Value::Integer(0),
            Kind::Long => Value::Long(0),
            Kind::Double => Value::Double(0.0),
            Kind::Text => text(""),
            Kind::Object(_) | Kind::Nothing => Value::Nothing,
            Kind::Variant | Kind::Array(_) => Value::Empty,
        }
    }

    /// The value as a variable of this type takes it; an error if it does not fit.
    pub fn to(self, kind: &Kind) -> Result<Value, Raised> {
        Ok(match (kind, self) {
            (Kind::Integer, value) => Value::Integer(value.integer()?),
            (Kind::Long, value) => Value::Long(value.long()?),
            (Kind::Double, value) => Value::Double(value.double()?),
            (_, value) => value,
        })
    }

    pub fn of(literal: &Literal) -> Value {
        match literal {
            Literal::Text(content) => text(content),
            Literal::Integer(number) => Value::Integer(*number),
            Literal::Long(number) => Value::Long(*number),
            Literal::Double(number) => Value::Double(*number),
            Literal::Boolean(flag) => Value::Boolean(*flag),
            Literal::Nothing => Value::Nothing,
        }
    }

    pub fn double(&self) -> Result<f64, Raised> {
        Ok(match self {
            Value::Empty => 0.0,
            Value::Boolean(flag) => f64::from(-i8::from(*flag)),
            Value::Integer(number) => f64::from(*number),
            Value::Long(number) => f64::from(*number),
            Value::Double(number) | Value::Date(number) => *number,
            Value::Text(_) => self.string()?.parse().map_err(|_| Raised::mismatch())?,
            _ => return Err(Raised::mismatch()),
        })
    }

    pub fn long(&self) -> Result<i32, Raised> {
        let number = self.double()?.round();
        let fits = number >= f64::from(i32::MIN) && number <= f64::from(i32::MAX);
        if fits { Ok(number as i32) } else { Err(Raised::overflow()) }
    }

    pub fn integer(&self) -> Result<i16, Raised> {
        self.long()?.try_into().map_err(|_| Raised::overflow())
    }

    pub fn units(&self) -> Result<Rc<[u16]>, Raised> {
        match self {
            Value::Text(units) => Ok(units.clone()),
            _ => Err(Raised::mismatch()),
        }
    }

    /// What `&` makes of it: a text unit by unit, another value as `CStr` has it.
    pub fn joined(&self) -> Result<Rc<[u16]>, Raised> {
        match self {
            Value::Text(units) => Ok(units.clone()),
            other => Ok(other.string()?.encode_utf16().collect()),
        }
    }

    /// A text as `CStr` and `Print` make it.
    pub fn string(&self) -> Result<String, Raised> {
        Ok(match self {
            Value::Empty => String::new(),
            Value::Boolean(flag) => (if *flag { "True" } else { "False" }).to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Long(number) => number.to_string(),
            Value::Double(number) | Value::Date(number) => number.to_string(),
            Value::Text(units) => String::from_utf16_lossy(units),
            _ => return Err(Raised::mismatch()),
        })
    }

    pub fn truth(&self) -> Result<bool, Raised> {
        match self {
            Value::Boolean(flag) => Ok(*flag),
            _ => Err(Raised::mismatch()),
        }
    }
}
