//! Against a real server.

mod commits;
mod locks;
mod operations;
mod outages;
mod places;
mod processes;

use std::sync::Arc;

use meetbridge_sandbox::postgres::{Postgres as Server, PostgresOptions};

use super::{Address, Postgres};
use crate::store::Store;
use crate::store::testing::ring;

fn server() -> Server {
    Server::start(PostgresOptions::default()).unwrap()
}

/// A store of its own, as another server would have it.
fn open(url: &str) -> Arc<Postgres> {
    Arc::new(Postgres::new(Address::parse(url).unwrap()))
}

/// A store that has a key.
fn store(url: &str) -> Arc<Postgres> {
    let store = open(url);
    let known = store.key_ids().unwrap();
    if known.is_empty() {
        assert!(store.add_key_id(ring(&[1]).first(), &known).unwrap());
    }
    store
}
