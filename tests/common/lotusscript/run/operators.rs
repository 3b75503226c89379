//! Operators, and what a variable does to what is stored in it.

use std::cmp::Ordering::{self, Equal, Greater, Less};
use std::rc::Rc;

use super::super::syntax::Kind;
use super::Raised;
use super::value::{Place, Value};

/// Stores as the variable's type is; the old value is gone only after that.
pub fn store(variable: &Place, value: Value) -> Result<(), Raised> {
    let kind = match &*variable.borrow() {
        Value::Integer(_) => Kind::Integer,
        Value::Long(_) => Kind::Long,
        Value::Double(_) => Kind::Double,
        _ => Kind::Variant,
    };
    let old = variable.replace(value.to(&kind)?);
    drop(old);
    Ok(())
}

pub fn compare(left: &Value, right: &Value) -> Result<Ordering, Raised> {
    Ok(match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Text(_), _) | (_, Value::Text(_)) => return Err(Raised::mismatch()),
        _ => left.double()?.total_cmp(&right.double()?),
    })
}

pub fn binary(operator: &str, left: &Value, right: &Value) -> Result<Value, Raised> {
    let is = |wanted: &[Ordering]| Ok(Value::Boolean(wanted.contains(&compare(left, right)?)));
    match operator {
        "=" => is(&[Equal]),
        "<>" => is(&[Less, Greater]),
        "<" => is(&[Less]),
        ">" => is(&[Greater]),
        "<=" => is(&[Less, Equal]),
        ">=" => is(&[Greater, Equal]),
        "And" => Ok(Value::Boolean(left.truth()? & right.truth()?)),
        "Or" => Ok(Value::Boolean(left.truth()? | right.truth()?)),
        "&" => {
            let (left, right) = (left.joined()?, right.joined()?);
            Ok(Value::Text(left.iter().chain(right.iter()).copied().collect()))
        }
        "Is" => Ok(Value::Boolean(match (left, right) {
            (Value::Nothing, Value::Nothing) => true,
            (Value::Object(left), Value::Object(right)) => Rc::ptr_eq(left, right),
            (Value::Product(left), Value::Product(right)) => Rc::ptr_eq(left, right),
            _ => false,
        })),
        _ => {
            let is_date = matches!(left, Value::Date(_)) || matches!(right, Value::Date(_));
            let whole = |v: &Value| matches!(v, Value::Integer(_) | Value::Long(_));
            let short = |v: &Value| matches!(v, Value::Integer(_));
            let (a, b) = (left.double()?, right.double()?);
            let result = match operator {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "/" => a / b,
                "\\" => (a / b).trunc(),
                "Mod" => a % b,
                _ => return Err(Raised::unknown(operator)),
            };
            let result = Value::Double(result);
            Ok(match operator {
                _ if is_date => Value::Date(result.double()?),
                "/" => result,
                _ if short(left) && short(right) => Value::Integer(result.integer()?),
                _ if whole(left) && whole(right) => Value::Long(result.long()?),
                _ => result,
            })
        }
    }
}
