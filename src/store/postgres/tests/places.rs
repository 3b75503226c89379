//! What can be wrong with a server, and with the way to it.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use meetbridge_sandbox::postgres::{Postgres as Server, PostgresOptions};

use super::{open, server, store};
use crate::error::{Error, Status};
use crate::store::testing::{key, row};
use crate::store::{GrantRow, Store};

fn refused(url: &str) -> Error {
    let error = open(url).put_grant(&row("anna")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    error
}

#[test]
fn refusals_of_the_server_are_told_in_words() {
    let server = server();
    for (url, words) in [
        (server.url().replace("-secret@", "-wrong@"), "does not accept the user or its password"),
        (server.url().replace("//meetbridge:", "//nobody:"), "does not accept the user"),
        (server.url_of("127.0.0.1", "nowhere"), "no such database"),
        (server.url_of("nowhere.invalid", "postgres") + "?sslmode=disable", "no address"),
        (server.url() + "?sslmode=require", "does not support TLS"),
        ("postgresql://u:secret@127.0.0.1:1/d".to_owned(), "refused"),
        ("postgresql://u:secret@%2Fnowhere/d".to_owned(), "No such file"),
    ] {
        let error = refused(&url);
        assert_eq!(error.status(), Status::StoreUnavailable, "{error}");
        assert!(error.detail().contains(words), "{words}: {error}");
    }
}

#[test]
fn a_server_that_is_read_only_or_of_another_encoding_is_refused() {
    let server = server();
    let url = server.create_database("quiet").unwrap();
    server.sql("ALTER DATABASE quiet SET default_transaction_read_only = on").unwrap();
    let error = refused(&url);
    assert_eq!(error.status(), Status::StoreUnavailable);
    assert!(error.detail().contains("read-only"), "{error}");
    server.sql("CREATE DATABASE old TEMPLATE template0 ENCODING 'LATIN1'").unwrap();
    let error = refused(&server.url_of("127.0.0.1", "old"));
    assert!(error.detail().contains("UTF8"), "{error}");
}

#[test]
fn tables_of_others_and_of_a_newer_version_are_left_alone() {
    let server = server();
    for (name, statements, expected) in [
        ("foreign_one", "CREATE TABLE meetbridge.grants (x int)", Status::StoreDamaged),
        (
            "foreign_two",
            "CREATE TABLE meetbridge.schema_version (version int)",
            Status::StoreDamaged,
        ),
        (
            "foreign_three",
            "CREATE TABLE meetbridge.schema_version (application text, version int);
             INSERT INTO meetbridge.schema_version VALUES ('Another', 1)",
            Status::StoreDamaged,
        ),
        (
            "newer",
            "CREATE TABLE meetbridge.schema_version (application text, version int);
             INSERT INTO meetbridge.schema_version VALUES ('Meetbridge', 1000)",
            Status::StoreUnavailable,
        ),
    ] {
        let url = server.create_database(name).unwrap();
        server.sql_in(name, "CREATE SCHEMA meetbridge").unwrap();
        server.sql_in(name, statements).unwrap();
        for error in [open(&url).is_new().unwrap_err(), refused(&url)] {
            assert_eq!(error.status(), expected, "{name}: {error}");
        }
        let count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'meetbridge'";
        assert_eq!(server.sql_in(name, count).unwrap(), "1");
    }
}

#[test]
fn tables_of_the_first_version_are_brought_up_to_date() {
    let server = server();
    let url = server.create_database("older").unwrap();
    let refreshed_at = 3 * 86_400 + 7;
    store(&url).put_grant(&GrantRow { refreshed_at, ..row("anna") }).unwrap();
    let back = "SET search_path = meetbridge; ALTER TABLE grants DROP COLUMN refreshed_on;
        CREATE INDEX grants_refreshed ON grants (provider, refreshed_at, owner, client_id);
        UPDATE schema_version SET version = 1";
    server.sql_in("older", back).unwrap();
    let store = store(&url);
    assert_eq!(store.grant_version(&key("anna")).unwrap(), Some(1));
    let day = server.sql_in("older", "SELECT refreshed_on FROM meetbridge.grants").unwrap();
    assert_eq!(day, "3");
    let renewed = GrantRow { refreshed_at: refreshed_at + 1, ..row("anna") };
    assert_eq!(store.renew_grant(&renewed, refreshed_at).unwrap(), Some(2));
}

#[test]
fn a_user_may_have_a_schema_and_no_other_right() {
    let server = server();
    server.sql("CREATE ROLE plain LOGIN PASSWORD 'secret'").unwrap();
    server.create_database("empty").unwrap();
    let url = format!("postgresql://plain:secret@127.0.0.1:{}/empty", server.port());
    let error = refused(&url);
    assert!(error.detail().contains("no permission"), "{error}");
    server.sql_in("empty", "CREATE SCHEMA meetbridge AUTHORIZATION plain").unwrap();
    assert_eq!(store(&url).put_grant(&row("anna")).unwrap(), 1);
}

#[test]
fn tables_that_are_spoilt_are_told() {
    let server = server();
    let store = store(&server.url());
    store.put_grant(&row("anna")).unwrap();
    server.sql("UPDATE meetbridge.grants SET state = 'strange'").unwrap();
    assert_eq!(store.read_grant(&key("anna")).unwrap_err().status(), Status::StoreDamaged);
    server.sql("DROP TABLE meetbridge.grants").unwrap();
    assert_eq!(store.put_grant(&row("anna")).unwrap_err().status(), Status::StoreDamaged);
}

#[test]
fn over_tls_the_server_is_verified() {
    let options = PostgresOptions { tls: true, ..PostgresOptions::default() };
    let server = Server::start(options).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    fs::write(&ca_file, server.ca_pem().unwrap()).unwrap();
    let trusted =
        |mode: &str| format!("{}?sslmode={mode}&sslrootcert={}", server.url(), ca_file.display());
    for mode in ["prefer", "require", "verify-ca", "verify-full"] {
        let store = store(&trusted(mode));
        store.put_grant(&row("anna")).unwrap();
        let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        assert_eq!(store.value::<bool>(encrypted, &[]).unwrap(), Some(true), "{mode}");
        // An authority that is not known, whatever libpq would do.
        let error = refused(&format!("{}?sslmode={mode}", server.url()));
        assert!(error.detail().contains("no TLS"), "{mode}: {error}");
    }
    // Another name than that of the certificate: it is a name of this machine.
    for mode in ["require", "verify-ca", "verify-full"] {
        let other = trusted(mode).replace("@localhost:", "@127.0.0.2:");
        let error = refused(&other);
        assert_eq!(error.status(), Status::StoreUnavailable);
    }
}

#[test]
fn the_socket_works_as_well() {
    let server = server();
    assert_eq!(store(&server.socket_url()).put_grant(&row("anna")).unwrap(), 1);
}

/// The first refuses, the second accepts and says nothing, the third is read-only.
#[test]
fn the_first_server_that_can_be_written_to_is_taken() {
    let server = server();
    let standby = super::server();
    standby.sql("ALTER SYSTEM SET default_transaction_read_only = on").unwrap();
    standby.sql("SELECT pg_reload_conf()").unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let hosts = format!(
        "127.0.0.1:1,127.0.0.1:{silent_port},127.0.0.1:{},127.0.0.1:{}",
        standby.port(),
        server.port()
    );
    let url = server.url().replace(&format!("127.0.0.1:{}", server.port()), &hosts);
    let store = store(&url);
    let began = Instant::now();
    assert_eq!(store.put_grant(&row("anna")).unwrap(), 1);
    // The one that was good is asked first.
    assert!(
        store.lock(crate::store::Guarded::Grant(&key("anna")), Instant::now(), &|| false).is_ok()
    );
    assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
    assert_eq!(server.sql("SELECT count(*) FROM meetbridge.grants").unwrap(), "1");
}
