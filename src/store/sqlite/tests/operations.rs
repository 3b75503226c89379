use std::sync::Arc;

use super::{place, store};
use crate::store::{Store, conformance};

#[test]
fn does_what_every_store_must_do() {
    for (name, test) in conformance::ALL {
        println!("{name}");
        let (_folder, path) = place();
        let store: Arc<dyn Store> = store(&path);
        test(&store);
    }
}

#[test]
fn tells_what_it_is() {
    let (_folder, path) = place();
    let summary = store(&path).summary().unwrap();
    assert_eq!((summary.schema_version, summary.authorizations), (3, 0));
    assert_eq!(summary.location, path.canonicalize().unwrap().display().to_string());
}
