//! The LotusScript door as a script sees it: nothing is known of a function but its Declare, and
//! every call goes through libffi as LotusScript itself would make it.
//!
//! A Long has 4 bytes. A ByRef Long and a ByVal String are copied into memory of their own, the
//! string with a NUL behind it, and copied back after the call: the function may change a string
//! but not lengthen it. That memory stands between two pages that nobody may touch.

use std::collections::{BTreeMap, HashMap};
use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use libffi::middle::{Arg, Cif, CodePtr, Type as FfiType, arg};
use serde_json::Value;

use super::door::{Failure, Library, Outcome};
use super::guarded::{Guarded, Next};
use super::lotusscript::{Charset, Declare, Type, declares};
use super::{root, schema};

/// The library as Declares name it on Linux.
pub const LINUX: &str = "libmeetbridge.so";
pub const BUFFER_TOO_SMALL: i32 = 105;

/// A variable of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Variable {
    Long(i32),
    /// In units of UTF-16, as LotusScript keeps it.
    String(Vec<u16>),
}

impl Variable {
    pub fn string(text: &str) -> Variable {
        Variable::String(text.encode_utf16().collect())
    }
}

/// All Declares of the script library.
pub fn all_declares() -> Vec<Declare> {
    let path = root().join("bindings/lotusscript/MeetBridge.lss");
    declares(&std::fs::read_to_string(path).expect("the script library"))
}

/// The names of the header's functions, each with what it returns and the types of its parameters.
pub fn prototypes() -> Vec<(String, String, Vec<String>)> {
    let header = std::fs::read_to_string(root().join("include/meetbridge.h")).unwrap();
    let code: Vec<&str> = header
        .lines()
        .filter(|line| !["//", "/*", "*", "#"].iter().any(|c| line.trim_start().starts_with(c)))
        .collect();
    let code = code.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    let functions = code.split(';').filter(|it| it.contains(" meetbridge_") && it.contains('('));
    functions
        .filter_map(|function| {
            let (head, parameters) = function.trim().strip_suffix(')')?.split_once('(')?;
            let (returns, name) = head.rsplit_once(' ')?;
            // What is left of the text before the function, such as `extern "C" {`.
            let returns = returns.rsplit(['{', '}']).next().unwrap_or_default().trim();
            let types = parameters.split(", ").filter(|parameter| *parameter != "void");
            let types = types.map(|parameter| {
                let name = parameter.rfind(|c: char| !c.is_alphanumeric() && c != '_');
                parameter[..=name.expect("a type and a name")].trim().to_owned()
            });
            Some((name.to_owned(), returns.to_owned(), types.collect()))
        })
        .collect()
}

/// A script that uses the Declares for Linux.
pub struct Script<'a> {
    library: &'a Library,
    declares: HashMap<String, Declare>,
    called: Mutex<BTreeMap<String, usize>>,
    /// Whether the parts of a request are documents of their own first, which then are put into it
    /// as JSON, or are written into it leaf by leaf.
    pub composes: bool,
    /// On which side the next call's memory is bounded exactly.
    turn: AtomicBool,
}

/// What a script has of its variables while a function runs.
enum Passed {
    Long(i32),
    Pointer { memory: Guarded, pointer: *mut u8 },
}

impl<'a> Script<'a> {
    pub fn new(library: &'a Library) -> Script<'a> {
        let declares = all_declares().into_iter().filter(|one| one.library == LINUX);
        let declares = declares.map(|one| (one.alias.clone().expect("an Alias"), one)).collect();
        Script {
            library,
            declares,
            called: Mutex::default(),
            composes: false,
            turn: AtomicBool::new(false),
        }
    }

    /// How often each function was called, by its name in C.
    pub fn called(&self) -> BTreeMap<String, usize> {
        self.called.lock().unwrap().clone()
    }

    /// Calls a function by its name in C, without `meetbridge_ls_`.
    pub fn invoke(&self, name: &str, variables: &mut [&mut Variable]) -> i32 {
        let next = match self.turn.fetch_xor(true, Ordering::Relaxed) {
            true => Next::Before,
            false => Next::Behind,
        };
        self.invoke_beside(next, name, variables)
    }

    /// The same with the memory of all variables next to this guard.
    pub fn invoke_beside(&self, next: Next, name: &str, variables: &mut [&mut Variable]) -> i32 {
        let alias = format!("meetbridge_ls_{name}");
        let declare = self.declares.get(&alias).unwrap_or_else(|| panic!("no Declare of {alias}"));
        assert_eq!(declare.parameters.len(), variables.len(), "{alias}");
        assert_eq!(declare.returns, Some(Type::Long), "{alias}");
        let passed: Vec<Passed> = (declare.parameters.iter().zip(variables.iter()))
            .map(|(parameter, variable)| pass(parameter.kind, parameter.by_val, variable, next))
            .collect();
        let types = passed.iter().map(|passed| match passed {
            Passed::Long(_) => FfiType::i32(),
            Passed::Pointer { .. } => FfiType::pointer(),
        });
        let arguments: Vec<Arg<'_>> = (passed.iter())
            .map(|passed| match passed {
                Passed::Long(number) => arg(number),
                Passed::Pointer { pointer, .. } => arg(pointer),
            })
            .collect();
        let function = self.library.function::<unsafe extern "C" fn()>(&alias);
        let code = CodePtr::from_ptr(*function as *const c_void);
        // SAFETY: a test holds the Declares to the header.
        let status = unsafe { Cif::new(types, FfiType::i32()).call::<i32>(code, &arguments) };
        for (passed, (parameter, variable)) in
            passed.iter().zip(declare.parameters.iter().zip(variables.iter_mut()))
        {
            if let Passed::Pointer { memory, .. } = passed {
                take_back(parameter.kind, &memory.bytes(), variable);
            }
        }
        *self.called.lock().unwrap().entry(alias).or_default() += 1;
        status
    }

    pub fn version(&self) -> i32 {
        self.invoke("version", &mut [])
    }

    pub fn open(&self, settings: &str) -> Outcome<i32> {
        let mut bridge = Variable::Long(-1);
        let status = self.invoke("open", &mut [&mut Variable::string(settings), &mut bridge]);
        self.output(status, &bridge)
    }

    pub fn close(&self, bridge: i32) -> Outcome<()> {
        self.outcome(self.invoke("close", &mut [&mut Variable::Long(bridge)]))
    }

    pub fn new_document(&self) -> Outcome<i32> {
        let mut document = Variable::Long(-1);
        let status = self.invoke("new", &mut [&mut document]);
        self.output(status, &document)
    }

    pub fn free(&self, document: i32) -> Outcome<()> {
        self.outcome(self.invoke("free", &mut [&mut Variable::Long(document)]))
    }

    pub fn set_text(&self, document: i32, pointer: &str, text: &str) -> Outcome<()> {
        let (mut pointer, mut text) = (Variable::string(pointer), Variable::string(text));
        let mut document = Variable::Long(document);
        self.outcome(self.invoke("set_text", &mut [&mut document, &mut pointer, &mut text]))
    }

    pub fn set_json(&self, document: i32, pointer: &str, json: &str) -> Outcome<()> {
        let (mut pointer, mut json) = (Variable::string(pointer), Variable::string(json));
        let mut document = Variable::Long(document);
        self.outcome(self.invoke("set_json", &mut [&mut document, &mut pointer, &mut json]))
    }

    pub fn count(&self, document: i32, pointer: &str) -> Outcome<i32> {
        let mut count = Variable::Long(-2);
        let mut pointer = Variable::string(pointer);
        let mut document = Variable::Long(document);
        let status = self.invoke("count", &mut [&mut document, &mut pointer, &mut count]);
        self.output(status, &count)
    }

    pub fn get_text(&self, document: i32, pointer: &str) -> Outcome<String> {
        self.get("get_text", document, pointer)
    }

    pub fn get_json(&self, document: i32, pointer: &str) -> Outcome<String> {
        self.get("get_json", document, pointer)
    }

    /// Runs an operation; gives the handle of its result.
    pub fn call(&self, bridge: i32, operation: &str, request: i32) -> Outcome<i32> {
        let mut result = Variable::Long(-1);
        let mut operation = Variable::string(operation);
        let (mut bridge, mut request) = (Variable::Long(bridge), Variable::Long(request));
        let variables = &mut [&mut bridge, &mut operation, &mut request, &mut result];
        let status = self.invoke("call", variables);
        self.output(status, &result)
    }

    /// One attempt to read into a string of so many spaces; gives status, buffer and length.
    pub fn read_once(
        &self,
        next: Next,
        name: &str,
        (document, pointer): (i32, &str),
        capacity: usize,
    ) -> (i32, String, i32) {
        let mut buffer = Variable::string(&" ".repeat(capacity));
        let mut length = Variable::Long(-1);
        let mut document = Variable::Long(document);
        let mut pointer = Variable::string(pointer);
        let mut capacity = Variable::Long(i32::try_from(capacity).unwrap());
        let variables = &mut [&mut document, &mut pointer, &mut buffer, &mut capacity, &mut length];
        let status = self.invoke_beside(next, name, variables);
        let (Variable::String(units), Variable::Long(length)) = (buffer, length) else {
            panic!("variables keep their types")
        };
        (status, String::from_utf16(&units).expect("whole characters"), length)
    }

    fn get(&self, name: &str, document: i32, pointer: &str) -> Outcome<String> {
        let mut capacity = 200;
        loop {
            let place = (document, pointer);
            let (status, buffer, length) = self.read_once(Next::Behind, name, place, capacity);
            if status == BUFFER_TOO_SMALL {
                assert!(length as usize > capacity);
                capacity = length as usize;
                continue;
            }
            self.outcome(status)?;
            // Left$(buffer, length)
            let units: Vec<u16> = buffer.encode_utf16().take(length as usize).collect();
            return Ok(String::from_utf16(&units).unwrap());
        }
    }

    /// Everything in a document, each part of it read in every way that there is.
    pub fn read(&self, document: i32) -> Outcome<Value> {
        let whole = serde_json::from_str(&self.get_json(document, "")?).expect("JSON");
        self.check_part(document, "", &whole);
        Ok(whole)
    }

    fn check_part(&self, document: i32, pointer: &str, value: &Value) {
        let count = self.count(document, pointer).unwrap();
        let json = self.get_json(document, pointer).unwrap();
        assert!(json.is_ascii(), "{pointer}: {json}");
        assert_eq!(&serde_json::from_str::<Value>(&json).unwrap(), value, "{pointer}");
        let text = self.get_text(document, pointer);
        match value {
            Value::Array(items) => {
                assert_eq!(count, items.len() as i32, "{pointer}");
                assert_eq!(text.unwrap_err().name(), "INVALID_ARGUMENT", "{pointer}");
                for (at, item) in items.iter().enumerate() {
                    self.check_part(document, &format!("{pointer}/{at}"), item);
                }
            }
            Value::Object(members) => {
                assert_eq!(count, members.len() as i32, "{pointer}");
                assert_eq!(text.unwrap_err().name(), "INVALID_ARGUMENT", "{pointer}");
                for (name, member) in members {
                    self.check_part(document, &format!("{pointer}/{}", escaped(name)), member);
                }
            }
            Value::Null => assert_eq!((count, text.unwrap().as_str()), (0, ""), "{pointer}"),
            Value::String(wanted) => assert_eq!((count, &text.unwrap()), (1, wanted), "{pointer}"),
            other => assert_eq!((count, text.unwrap()), (1, other.to_string()), "{pointer}"),
        }
    }

    /// Writes a value leaf by leaf, as a script does that has no JSON.
    pub fn write(&self, document: i32, pointer: &str, value: &Value) -> Outcome<()> {
        match value {
            Value::String(text) => self.set_text(document, pointer, text),
            Value::Array(items) if !items.is_empty() => {
                (items.iter().enumerate()).try_for_each(|(at, item)| {
                    // Both ways of making an array longer.
                    let has_parts = item.is_object() || item.is_array();
                    let end = if has_parts { at.to_string() } else { "-".to_owned() };
                    self.write(document, &format!("{pointer}/{end}"), item)
                })
            }
            Value::Object(members) if !members.is_empty() => {
                members.iter().try_for_each(|(name, member)| {
                    self.write(document, &format!("{pointer}/{}", escaped(name)), member)
                })
            }
            other => self.set_json(document, pointer, &other.to_string()),
        }
    }

    fn compose(&self, document: i32, pointer: &str, value: &Value) -> Outcome<()> {
        if !value.is_object() {
            return self.write(document, pointer, value);
        }
        let part = self.new_document()?;
        self.write(part, "", value)?;
        self.set_json(document, pointer, &self.get_json(part, "")?)?;
        self.free(part)
    }

    /// Runs an operation with its parameters, and reads the whole answer.
    pub fn operate(&self, bridge: i32, operation: &str, parameters: &Value) -> Outcome<Value> {
        let request = self.new_document()?;
        match parameters {
            Value::Object(members) if self.composes => {
                for (name, member) in members {
                    self.compose(request, &format!("/{name}"), member)?;
                }
            }
            _ => self.write(request, "", parameters)?,
        }
        let answered = self.call(bridge, operation, request);
        assert_eq!(&self.read(request)?, parameters, "{operation}: the request is as it was");
        self.free(request)?;
        let result = answered?;
        let answer = self.read(result)?;
        self.free(result)?;
        Ok(answer)
    }

    pub fn outcome(&self, status: i32) -> Outcome<()> {
        if status == 0 {
            return Ok(());
        }
        let mut document = Variable::Long(-1);
        assert_eq!(self.invoke("last_error", &mut [&mut document]), 0);
        let Variable::Long(document) = document else { panic!("a Long stays one") };
        let told = self.get("get_json", document, "").expect("the error is read");
        let error: Value = serde_json::from_str(&told).expect("JSON");
        schema::check("error", &error);
        assert_eq!(error["status"], status);
        for member in ["name", "message", "remedy"] {
            let text = self.get("get_text", document, &format!("/{member}")).unwrap();
            assert_eq!(error[member], text);
        }
        assert_eq!(self.invoke("free", &mut [&mut Variable::Long(document)]), 0);
        Err(Failure { status, error })
    }

    /// The number that a function gave, which is 0 on failure.
    fn output(&self, status: i32, variable: &Variable) -> Outcome<i32> {
        let Variable::Long(number) = variable else { panic!("a Long stays one") };
        self.outcome(status).inspect_err(|_| assert_eq!(*number, 0, "0 on failure"))?;
        Ok(*number)
    }
}

/// A member's name as a part of a pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn pass(kind: Type, by_val: bool, variable: &Variable, next: Next) -> Passed {
    let bytes = match (kind, variable) {
        (Type::Long, Variable::Long(number)) if by_val => return Passed::Long(*number),
        (Type::Long, Variable::Long(number)) => number.to_ne_bytes().to_vec(),
        (Type::String(charset), Variable::String(units)) if by_val => match charset {
            Charset::Platform => {
                let text = String::from_utf16(units).expect("whole characters");
                [text.as_bytes(), b"\0"].concat()
            }
            Charset::Unicode => units.iter().chain(&[0]).flat_map(|u| u.to_ne_bytes()).collect(),
            Charset::Lmbcs => panic!("no Declare of ours has LMBCS"),
        },
        other => panic!("not passed like this: {other:?}, ByVal {by_val}"),
    };
    let memory = Guarded::new(&bytes, next);
    let pointer = memory.pointer();
    Passed::Pointer { memory, pointer }
}

/// A string comes back up to its NUL, which nobody may move further back.
fn take_back(kind: Type, bytes: &[u8], variable: &mut Variable) {
    *variable = match kind {
        Type::String(Charset::Platform) => {
            assert_eq!(bytes.last(), Some(&0), "the string was lengthened");
            let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            Variable::string(std::str::from_utf8(text).expect("the platform's UTF-8"))
        }
        Type::String(_) => {
            let units: Vec<u16> =
                bytes.chunks(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]])).collect();
            assert_eq!(units.last(), Some(&0), "the string was lengthened");
            Variable::String(units.into_iter().take_while(|unit| *unit != 0).collect())
        }
        _ => Variable::Long(i32::from_ne_bytes(bytes.try_into().expect("4 bytes"))),
    };
}
