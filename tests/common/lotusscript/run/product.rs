//! The Notes objects that our scripts use, on a server in a zone of UTC+1.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::SystemTime;

use super::value::{Value, text};
use super::{Machine, Raised};

/// What the server's clock is ahead of UTC, in days.
const AHEAD: f64 = 1.0 / 24.0;

/// A document by its items, whose names are in small letters.
pub type Items = Rc<RefCell<HashMap<String, Vec<Value>>>>;

pub enum Product {
    Session,
    /// The database of the agent.
    Database,
    Documents(Vec<Items>),
    /// A document; one with the item `$busy` was saved by somebody else meanwhile.
    Document(Items),
    /// An item that can be appended to, by its name.
    RichText(Items, String),
    /// Another item: nothing is asked of it.
    Item,
    Log,
    Calendar,
    /// A document as the calendar gives it; its iCalendar is the item `$icalendar`.
    CalendarEntry(Items),
    /// A moment as days in UTC.
    DateTime(RefCell<f64>),
}

fn product(product: Product) -> Value {
    Value::Product(Rc::new(product))
}

fn found(document: Option<&Items>) -> Value {
    document.map_or(Value::Nothing, |items| product(Product::Document(items.clone())))
}

/// Whether a formula of comparisons, which `&` joins, is true of a document.
fn selects(formula: &str, items: &Items) -> bool {
    formula.split(" & ").all(|comparison| {
        let (name, wanted) = comparison.split_once(" = ").expect("a comparison");
        let items = items.borrow();
        let value = items.get(&name.to_ascii_lowercase()).map(|values| values[0].string().unwrap());
        value.as_deref() == wanted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
    })
}

fn unid(items: &Items) -> Result<String, Raised> {
    items.borrow().get("$unid").map_or(Err(Raised::mismatch()), |values| values[0].string())
}

impl Product {
    pub fn new(class: &str, given: &[Value]) -> Result<Product, Raised> {
        match (class, given) {
            ("notessession", []) => Ok(Product::Session),
            ("noteslog", [_]) => Ok(Product::Log),
            ("notesdatetime", [_]) => Ok(Product::DateTime(RefCell::new(0.0))),
            ("notesrichtextitem", [document, name]) => {
                let (items, name) = (document.items()?, name.string()?.to_ascii_lowercase());
                items.borrow_mut().insert(name.clone(), vec![text("")]);
                Ok(Product::RichText(items, name))
            }
            _ => Err(Raised::unknown(class)),
        }
    }

    pub fn get(&self, machine: &Machine, name: &str, given: &[Value]) -> Result<Value, Raised> {
        let first = given.first().unwrap_or(&Value::Empty);
        let item = || first.string().map(|name| name.to_ascii_lowercase());
        let lower = name.to_ascii_lowercase();
        Ok(match (self, lower.as_str()) {
            (Product::Session, "getenvironmentstring") => {
                text(machine.environment.get(&item()?).map_or("", String::as_str))
            }
            (Product::Session, "effectiveusername") => text("Agents/Acme"),
            (Product::Session, "currentdatabase") => product(Product::Database),
            (Product::Session, "documentcontext") => found(machine.documents.first()),
            (Product::Session, "getcalendar") => product(Product::Calendar),
            (Product::Calendar, "getentrybyunid") => {
                let wanted = first.string()?;
                let mut documents = machine.documents.iter();
                let items = documents.find(|items| unid(items).ok().as_ref() == Some(&wanted));
                let items = items.ok_or_else(|| Raised::unknown(&wanted))?;
                product(Product::CalendarEntry(items.clone()))
            }
            (Product::CalendarEntry(items), "read") => items.borrow()["$icalendar"][0].clone(),
            (Product::Document(items), "universalid") => text(&unid(items)?),
            (Product::Database, "unprocesseddocuments") => {
                product(Product::Documents(machine.documents.clone()))
            }
            (Product::Database, "search") => {
                let formula = first.string()?;
                let found = machine.documents.iter().filter(|items| selects(&formula, items));
                product(Product::Documents(found.cloned().collect()))
            }
            (Product::Database, "getprofiledocument") => {
                let form = first.string()?;
                let is_it = |items: &&Items| {
                    items.borrow().get("form").is_some_and(|f| f[0].string().unwrap() == form)
                };
                found(machine.documents.iter().find(is_it))
            }
            (Product::Session, "updateprocesseddoc") => {
                first.items()?.borrow_mut().insert("$processed".to_owned(), Vec::new());
                Value::Empty
            }
            (Product::Documents(documents), "count") => Value::Long(documents.len() as i32),
            (Product::Documents(documents), "getfirstdocument") => found(documents.first()),
            (Product::Documents(documents), "getnextdocument") => {
                let before = first.items()?;
                let at = documents.iter().position(|items| Rc::ptr_eq(items, &before));
                found(at.and_then(|at| documents.get(at + 1)))
            }
            (Product::Document(items), "hasitem") => {
                Value::Boolean(items.borrow().contains_key(&item()?))
            }
            (Product::Document(items), "getitemvalue" | "getitemvaluedatetimearray") => {
                let values = items.borrow().get(&item()?).cloned();
                Value::Array(Rc::from(values.unwrap_or_else(|| vec![text("")])))
            }
            (Product::Document(items), "replaceitemvalue") => {
                items.borrow_mut().insert(item()?, vec![given[1].clone()]);
                product(Product::Item)
            }
            (Product::Document(items), "getfirstitem") => match items.borrow().get(&item()?) {
                Some(_) => product(Product::RichText(items.clone(), item()?)),
                None => Value::Nothing,
            },
            (Product::Document(items), "save") => {
                let may = !items.borrow().contains_key("$busy");
                if may {
                    items.borrow_mut().insert("$saved".to_owned(), Vec::new());
                }
                Value::Boolean(may)
            }
            (Product::RichText(items, own), "appendtext" | "addnewline") => {
                let more = match lower.as_str() {
                    "addnewline" => "\n".repeat(first.long()? as usize),
                    _ => first.string()?,
                };
                let before = items.borrow()[own][0].string()?;
                items.borrow_mut().insert(own.clone(), vec![text(&(before + &more))]);
                Value::Empty
            }
            (Product::Log, "openagentlog" | "close") => Value::Empty,
            (Product::Log, "logaction") => machine.print(first.string()?),
            (Product::Log, "logerror") => {
                machine.print(format!("{}: {}", first.string()?, given[1].string()?))
            }
            (Product::DateTime(moment), "lsgmttime") => Value::Date(*moment.borrow()),
            (Product::DateTime(moment), "lslocaltime") => Value::Date(*moment.borrow() + AHEAD),
            (Product::DateTime(moment), "setnow") => {
                let since_1970 = SystemTime::UNIX_EPOCH.elapsed().expect("a clock that goes");
                *moment.borrow_mut() = 25_569.0 + since_1970.as_secs() as f64 / 86_400.0;
                Value::Empty
            }
            (Product::DateTime(moment), "adjustday") => {
                *moment.borrow_mut() += f64::from(first.integer()?);
                Value::Empty
            }
            (Product::DateTime(moment), "adjustminute") => {
                *moment.borrow_mut() += f64::from(first.integer()?) / 1440.0;
                Value::Empty
            }
            (Product::DateTime(moment), "timedifference") => {
                let seconds = (*moment.borrow() - first.moment()?) * 86_400.0;
                Value::Long(Value::Double(seconds).long()?)
            }
            _ => return Err(Raised::unknown(name)),
        })
    }

    pub fn set(&self, name: &str, value: &Value) -> Result<(), Raised> {
        match (self, name.to_ascii_lowercase().as_str()) {
            (Product::DateTime(moment), "lslocaltime") => {
                *moment.borrow_mut() = value.double()? - AHEAD;
                Ok(())
            }
            (Product::Item, "issummary") => Ok(()),
            _ => Err(Raised::unknown(name)),
        }
    }
}

impl Value {
    fn items(&self) -> Result<Items, Raised> {
        match self {
            Value::Product(product) => match &**product {
                Product::Document(items) => Ok(items.clone()),
                _ => Err(Raised::mismatch()),
            },
            _ => Err(Raised::mismatch()),
        }
    }

    fn moment(&self) -> Result<f64, Raised> {
        match self {
            Value::Product(product) => match &**product {
                Product::DateTime(moment) => Ok(*moment.borrow()),
                _ => Err(Raised::mismatch()),
            },
            _ => Err(Raised::mismatch()),
        }
    }
}
