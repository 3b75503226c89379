//! What LotusScript and the Notes classes offer, as far as our scripts use it, by their reference.
//!
//! A line is a name, its arguments (optional ones behind a semicolon), its type, and `=` if it can
//! be assigned to. Without parentheses there are no arguments. All of it is in Domino 9.

use super::symbols::{Parameter, Signature};
use super::syntax::Kind;

const FUNCTIONS: &str = "
    CBool(Variant) Boolean
    CDat(Variant) Variant
    CDbl(Variant) Double
    Chr$(Long) String
    CInt(Variant) Integer
    CLng(Variant) Long
    CStr(Variant) String
    DateNumber(Integer, Integer, Integer) Variant
    Day(Variant) Integer
    Err Integer
    Error$ String
    Hex$(Long) String
    Hour(Variant) Integer
    InStr(String, String) Long
    IsDefined(String) Boolean
    LBound(Variant) Integer
    LCase$(String) String
    Left$(String, Long) String
    Len(String) Long
    Mid$(String, Long; Long) String
    Minute(Variant) Integer
    Month(Variant) Integer
    Now Variant
    Right$(String, Long) String
    Second(Variant) Integer
    Space$(Long) String
    TimeNumber(Integer, Integer, Integer) Variant
    Trim$(String) String
    UBound(Variant) Integer
    UChr$(Long) String
    Uni(String) Long
    Val(String) Double
    Year(Variant) Integer";

const CLASSES: &str = "
NotesSession
    New()
    CurrentDatabase NotesDatabase
    DocumentContext NotesDocument
    EffectiveUserName String
    GetCalendar(NotesDatabase) NotesCalendar
    GetEnvironmentString(String; Boolean) Variant
    UpdateProcessedDoc(NotesDocument)
    UserName String
NotesDatabase
    CreateDocument() NotesDocument
    GetProfileDocument(String; String) NotesDocument
    Search(String, NotesDateTime, Integer) NotesDocumentCollection
    UnprocessedDocuments NotesDocumentCollection
NotesDocumentCollection
    Count Long
    GetFirstDocument() NotesDocument
    GetNextDocument(NotesDocument) NotesDocument
NotesDocument
    GetFirstItem(String) NotesItem
    GetItemValue(String) Variant
    GetItemValueDateTimeArray(String) Variant
    HasItem(String) Boolean
    RemoveItem(String)
    ReplaceItemValue(String, Variant) NotesItem
    Save(Boolean, Boolean; Boolean) Boolean
    Send(Boolean; Variant)
    UniversalID String
NotesItem
    IsSummary Boolean =
    Text String
NotesRichTextItem
    New(NotesDocument, String)
    AddNewLine(Integer; Boolean)
    AppendText(String)
NotesDateTime
    New(String)
    AdjustDay(Integer; Boolean)
    AdjustHour(Integer; Boolean)
    AdjustMinute(Integer; Boolean)
    LSGMTTime Variant
    LSLocalTime Variant =
    SetNow()
    TimeDifference(NotesDateTime) Long
NotesCalendar
    GetEntryByUNID(String) NotesCalendarEntry
NotesCalendarEntry
    Read(; String) String
NotesName
    New(String)
    Abbreviated String
NotesLog
    New(String)
    Close()
    LogAction(String)
    LogError(Integer, String)
    OpenAgentLog()
Button
NotesUIWorkspace
    New()
    URLOpen(String)";

pub fn function(name: &str) -> Option<Signature> {
    lines(FUNCTIONS).find_map(|line| entry(line, name)).map(|(signature, _)| signature)
}

pub fn has_class(class: &str) -> bool {
    lines(CLASSES).any(|line| line.eq_ignore_ascii_case(class))
}

/// A member of a Notes class, and whether it can be assigned to.
pub fn member(class: &str, name: &str) -> Option<(Signature, bool)> {
    lines(CLASSES)
        .skip_while(|line| !line.eq_ignore_ascii_case(class))
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .find_map(|line| entry(line, name))
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty())
}

fn entry(line: &'static str, name: &str) -> Option<(Signature, bool)> {
    let line = line.trim();
    let length = line.find(['(', ' ']).unwrap_or(line.len());
    let (found, rest) = line.split_at(length);
    if !found.eq_ignore_ascii_case(name) {
        return None;
    }
    let (arguments, rest) = match rest.strip_prefix('(') {
        Some(inner) => inner.split_once(')').expect("a closed table line"),
        None => ("", rest),
    };
    let (required, optional) = arguments.split_once(';').unwrap_or((arguments, ""));
    let required = parameters(required);
    let (kind, writable) = match rest.trim().strip_suffix('=') {
        Some(kind) => (kind.trim(), true),
        None => (rest.trim(), false),
    };
    let signature = Signature {
        required: required.len(),
        parameters: required.into_iter().chain(parameters(optional)).collect(),
        returns: (!kind.is_empty()).then(|| kind_of(kind)),
    };
    Some((signature, writable))
}

fn parameters(list: &str) -> Vec<Parameter> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| Parameter { by_val: true, kind: kind_of(name) }).collect()
}

fn kind_of(name: &str) -> Kind {
    match name {
        "Boolean" => Kind::Boolean,
        "Integer" => Kind::Integer,
        "Long" => Kind::Long,
        "Double" => Kind::Double,
        "String" => Kind::Text,
        "Variant" => Kind::Variant,
        class => Kind::Object(class.to_ascii_lowercase()),
    }
}
