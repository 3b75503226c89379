//! The functions of the language.

use std::rc::Rc;

use super::value::{Value, text};
use super::{Machine, Raised};

pub fn call(machine: &Machine, name: &str, given: &[Value]) -> Result<Option<Value>, Raised> {
    let units = |at: usize| given[at].units();
    let long = |at: usize| given[at].long();
    let cut = |text: &[u16], from: usize, length: usize| {
        let from = from.min(text.len());
        Value::Text(Rc::from(&text[from..(from + length).min(text.len())]))
    };
    Ok(Some(match name.to_ascii_lowercase().as_str() {
        "cdat" => Value::Date(given[0].double()?),
        "cdbl" => Value::Double(given[0].double()?),
        "cint" => Value::Integer(given[0].integer()?),
        "clng" => Value::Long(given[0].long()?),
        "cstr" => text(&given[0].string()?),
        "chr$" | "uchr$" => {
            let code = u16::try_from(long(0)?).map_err(|_| Raised::overflow())?;
            Value::Text(Rc::from([code]))
        }
        "uni" => Value::Long(i32::from(*units(0)?.first().ok_or_else(Raised::mismatch)?)),
        "hex$" => text(&format!("{:X}", long(0)?)),
        "val" => Value::Double(given[0].string()?.trim().parse().unwrap_or(0.0)),
        "len" => Value::Long(units(0)?.len() as i32),
        "left$" => cut(&units(0)?, 0, long(1)? as usize),
        "right$" => {
            let text = units(0)?;
            let length = long(1)? as usize;
            cut(&text, text.len().saturating_sub(length), length)
        }
        "mid$" => cut(&units(0)?, long(1)? as usize - 1, long(2)? as usize),
        "lcase$" => text(&given[0].string()?.to_lowercase()),
        "space$" => text(&" ".repeat(long(0)? as usize)),
        "instr" => {
            let (text, wanted) = (units(0)?, units(1)?);
            let found = text.windows(wanted.len()).position(|window| window == &*wanted);
            Value::Long(found.map_or(0, |at| at as i32 + 1))
        }
        "isdefined" => Value::Boolean(given[0].string()? == "LINUX"),
        "lbound" => Value::Integer(0),
        "ubound" => match &given[0] {
            Value::Array(values) => Value::Integer(values.len() as i16 - 1),
            _ => return Err(Raised::mismatch()),
        },
        "err" => Value::Integer(machine.failure.borrow().number),
        "error$" => text(&machine.failure.borrow().message),
        "datenumber" => Value::Date(days(long(0)?, long(1)?, long(2)?)),
        "timenumber" => {
            Value::Date(f64::from(long(0)? * 3600 + long(1)? * 60 + long(2)?) / 86_400.0)
        }
        "year" => Value::Integer(civil(given[0].double()?).0 as i16),
        "month" => Value::Integer(civil(given[0].double()?).1 as i16),
        "day" => Value::Integer(civil(given[0].double()?).2 as i16),
        "hour" => Value::Integer((second_of_day(given[0].double()?) / 3600) as i16),
        "minute" => Value::Integer((second_of_day(given[0].double()?) / 60 % 60) as i16),
        "second" => Value::Integer((second_of_day(given[0].double()?) % 60) as i16),
        _ => return Ok(None),
    }))
}

fn second_of_day(date: f64) -> i64 {
    (date * 86_400.0).round() as i64 % 86_400
}

/// The day as a number, by the usual count of March-based years.
fn days(year: i32, month: i32, day: i32) -> f64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    // 30 December 1899.
    f64::from(days - 693_899)
}

fn civil(date: f64) -> (i32, i32, i32) {
    let whole = ((date * 86_400.0).round() / 86_400.0).floor();
    let mut year = 1900 + (whole / 365.2425) as i32;
    while days(year, 1, 1) > whole {
        year -= 1;
    }
    while days(year + 1, 1, 1) <= whole {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days(year, *month, 1) <= whole).unwrap_or(1);
    (year, month, (whole - days(year, month, 1)) as i32 + 1)
}
