//! What is to be entered in a provider's portal, page by page and field by field.

use serde_json::{Value, json};

use crate::wrap::indented;

/// How far the fields of a page and what is entered in them are indented.
const FIELD: usize = 3;
const VALUE: usize = 7;

pub struct Sheet {
    pub title: String,
    /// What is done first.
    pub intro: String,
    pub pages: Vec<Page>,
}

/// A page of the portal, by its own name.
pub struct Page {
    pub name: &'static str,
    pub fields: Vec<Field>,
}

/// A field of a page, by its own name.
pub struct Field {
    pub name: &'static str,
    /// What is entered or chosen; a list where there are several.
    pub values: Vec<String>,
    /// Why, or what else is to be done.
    pub note: Option<String>,
}

impl Field {
    pub fn new(name: &'static str, value: impl Into<String>) -> Field {
        Field::list(name, vec![value.into()])
    }

    pub fn list(name: &'static str, values: Vec<String>) -> Field {
        Field { name, values, note: None }
    }

    pub fn note(self, note: String) -> Field {
        Field { note: Some(note), ..self }
    }
}

impl Sheet {
    /// For people: addresses and scopes stand alone on their lines, to be copied.
    pub fn to_text(&self) -> String {
        let mut lines = vec![self.title.clone(), String::new(), indented(&self.intro, 0)];
        for (number, page) in self.pages.iter().enumerate() {
            lines.push(format!("\n{}. {}", number + 1, page.name));
            for field in &page.fields {
                lines.push(format!("\n{}{}", " ".repeat(FIELD), field.name));
                lines.extend(field.values.iter().map(|it| " ".repeat(VALUE) + it));
                lines.extend(field.note.iter().map(|note| indented(note, VALUE)));
            }
        }
        lines.join("\n")
    }

    pub fn to_json(&self) -> Value {
        let field = |it: &Field| json!({ "field": it.name, "values": it.values, "note": it.note });
        let page = |page: &Page| {
            let fields: Vec<_> = page.fields.iter().map(field).collect();
            json!({ "page": page.name, "fields": fields })
        };
        json!({
            "title": self.title,
            "intro": self.intro,
            "pages": self.pages.iter().map(page).collect::<Vec<_>>(),
        })
    }
}
