//! Every document in every test is held to its schema.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

static VALIDATORS: LazyLock<Mutex<HashMap<String, Validator>>> = LazyLock::new(Mutex::default);

/// Fails the test if the document does not fit `docs/schemas/NAME.schema.json`.
pub fn check(name: &str, document: &Value) {
    check_part(name, "", document);
}

/// The same with one of the schema's definitions; the whole schema if `part` is empty.
pub fn check_part(name: &str, part: &str, document: &Value) {
    let mut validators = VALIDATORS.lock().unwrap();
    let validator = validators.entry(format!("{name} {part}")).or_insert_with(|| {
        let path = super::root().join(format!("docs/schemas/{name}.schema.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        let mut schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
        if !part.is_empty() {
            let whole = std::mem::take(&mut schema);
            assert!(whole["$defs"].get(part).is_some(), "{name} has no {part}");
            let id = format!("https://meetbridge.example/{name}");
            schema = json!({"$defs": {"whole": whole}, "$ref": format!("{id}#/$defs/{part}")});
            schema["$defs"]["whole"]["$id"] = json!(id);
        }
        jsonschema::validator_for(&schema).expect("a schema is a schema")
    });
    let faults: Vec<String> = validator
        .iter_errors(document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{name} document does not fit its schema: {faults:?}\n{document:#}");
}
