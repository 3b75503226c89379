//! What the tests of the doors share: a sandbox, settings for it, and the library by dlopen.

#![allow(dead_code, reason = "each test uses its own part")]

pub mod door;
pub mod guarded;
pub mod host;
pub mod lotusscript;
pub mod openapi;
pub mod part;
pub mod prism;
pub mod process;
pub mod receiver;
pub mod relay;
pub mod scenario;
pub mod schema;
pub mod script;
pub mod webhook;

use std::path::{Path, PathBuf};

use meetbridge_sandbox::postgres::{Postgres, PostgresOptions};
use meetbridge_sandbox::{Options, Sandbox, User, Whose};
use serde_json::{Value, json};
use tempfile::TempDir;

pub use door::{Bridge, Caller, Library};

/// The people that the sandbox knows.
pub const ANNA: &str = "anna@example.com";
pub const KEN: &str = "ken@example.com";

pub const CALLBACK: &str = "http://127.0.0.1:8931/callback";

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The shared library: what `MEETBRIDGE_LIBRARY` names, else the one that cargo places beside the
/// tests.
pub fn library_path() -> PathBuf {
    let named = std::env::var_os("MEETBRIDGE_LIBRARY").map(PathBuf::from);
    let tests = std::env::current_exe().expect("a test knows where it is");
    let path = named.unwrap_or_else(|| tests.with_file_name("libmeetbridge.so"));
    assert!(path.exists(), "{} is not built", path.display());
    path
}

/// One of the people of [`populous`].
pub fn person(number: u64) -> String {
    format!("user-{number}@example.com")
}

/// A sandbox that knows so many people.
pub fn populous(people: u64) -> Options {
    let people = (0..people).map(|number| User {
        email: person(number),
        display_name: format!("User {number}"),
        licensed: true,
        can_host: true,
        administrator: false,
        time_zone: "UTC".to_owned(),
    });
    Options { users: people.collect(), ..Options::default() }
}

/// A sandbox, a folder for store and key, and the settings that join them.
pub struct World {
    /// What keeps the store, where it is not a file. Ends after all who use it.
    pub database: Option<Postgres>,
    pub sandbox: Sandbox,
    pub folder: TempDir,
    pub settings: Value,
}

impl World {
    pub fn new() -> World {
        World::with(Options::default())
    }

    /// Over TLS, with the sandbox's own authority.
    pub fn with_tls() -> World {
        let mut world = World::with(Options { tls: true, ..Options::default() });
        let ca_file = world.path("ca.pem");
        std::fs::write(&ca_file, world.sandbox.ca_pem().expect("TLS is on")).unwrap();
        let base = world.sandbox.tls_url().expect("TLS is on");
        world.settings["apps"] = apps(&base);
        world.settings["http"]["ca_file"] = json!(ca_file);
        world
    }

    pub fn with(options: Options) -> World {
        let sandbox = Sandbox::start(options).expect("the sandbox starts");
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let settings = json!({
            "apps": apps(&sandbox.url()),
            "store": { "sqlite": path("meetbridge.db") },
            "key": { "file": path("meetbridge.key") },
            "http": { "timeout_seconds": 10 },
            "log": { "file": path("meetbridge.log"), "level": "trace" },
        });
        World { database: None, sandbox, folder, settings }
    }

    /// With the store in a PostgreSQL server of its own.
    pub fn on_postgres() -> World {
        let mut world = World::new();
        let database = Postgres::start(PostgresOptions::default()).expect("PostgreSQL starts");
        world.settings["store"] = json!({ "postgres": database.url() });
        world.database = Some(database);
        world
    }

    /// The kinds of apps that act for a whole account, by provider.
    pub const KINDS: [(&str, &str); 3] =
        [("zoom", "account"), ("zoom", "server"), ("webex", "account")];

    /// With one app, of such a kind.
    pub fn of_kind(provider: &str, kind: &str) -> World {
        let mut world = World::new();
        world.settings["apps"] = json!([app_of_kind(&world.sandbox, provider, kind)]);
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn open<'a, C: Caller>(&self, library: &'a C) -> Bridge<'a, C> {
        library.open(&self.settings.to_string()).expect("the settings are good")
    }

    /// Does what a browser and a person would do, and gives the callback's address.
    pub fn consent(&self, authorization_url: &str, person: &str, allow: bool) -> String {
        self.sandbox.consent(authorization_url, person, allow).expect("the consent page decides")
    }

    /// Makes the next request of a route fail; `fault` is as in the sandbox's control interface.
    pub fn fail_once(&self, route: &str, when: &str, fault: &Value) {
        let mut rule = fault.clone();
        rule["route"] = json!(route);
        rule["when"] = json!(when);
        self.sandbox.fault(serde_json::from_value(rule).expect("a fault"));
    }

    /// How many faults are still to come.
    pub fn faults_left(&self) -> usize {
        self.control("GET", "faults", Value::Null).as_array().map_or(0, Vec::len)
    }

    /// Takes back the faults that are still to come.
    pub fn no_more_faults(&self) {
        self.control("DELETE", "faults", Value::Null);
    }

    /// Changes the sandbox's settings.
    pub fn change(&self, settings: Value) {
        self.control("PATCH", "settings", settings);
    }

    /// Ends all access tokens, as time would.
    pub fn expire(&self) {
        self.sandbox.expire(&Whose::default()).expect("tokens expire");
    }

    /// Authorizes a user as the person of the same name.
    pub fn authorize<C: Caller>(
        &self,
        bridge: &Bridge<'_, C>,
        provider: &str,
        user: &str,
    ) -> Value {
        let url = bridge.start(provider, user, None, None).expect("start");
        let callback = self.consent(&url, user, true);
        bridge.complete(Some(user), &callback, None).expect("complete")
    }

    /// How many renewals succeeded, and that no spent refresh token was ever shown.
    pub fn refreshes(&self, provider: &str) -> u64 {
        let statistics = self.sandbox.statistics();
        assert_eq!(statistics.refresh_replays, 0, "a spent refresh token was used");
        statistics.status(&format!("{provider}.refresh"), 200)
    }

    fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox.url());
        let request = http_client()
            .request(method.parse().unwrap(), url)
            .header("content-type", "application/json")
            .body(if body.is_null() { String::new() } else { body.to_string() });
        let response = request.send().expect("the sandbox answers");
        let status = response.status();
        let text = response.text().unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

/// An HTTP client that is not the library's own.
pub fn http_client() -> reqwest::blocking::Client {
    static PROVIDER: std::sync::Once = std::sync::Once::new();
    PROVIDER.call_once(|| {
        let ring = rustls::crypto::ring::default_provider();
        ring.install_default().expect("nobody else installs one");
    });
    reqwest::blocking::Client::builder().no_proxy().build().expect("a client")
}

/// The settings' apps for a sandbox at this address.
pub fn apps(base: &str) -> Value {
    meetbridge_sandbox::apps(base, CALLBACK)
}

/// The settings' app of a kind that acts for the sandbox's whole account.
pub fn app_of_kind(sandbox: &Sandbox, provider: &str, kind: &str) -> Value {
    let base = sandbox.url();
    let mut app = apps(&base)[usize::from(provider == "webex")].clone();
    let name = if provider == "webex" { "admin" } else { kind };
    app["client_id"] = json!(format!("sandbox-{provider}-{name}"));
    app["client_secret"] = json!(format!("sandbox-{provider}-{name}-secret"));
    app["kind"] = json!(kind);
    if kind == "server" {
        app["account_id"] = json!(sandbox.zoom_account_id());
        app["redirect_urls"] = json!([]);
    }
    app
}

/// A meeting that every provider can make.
pub fn meeting() -> Value {
    json!({
        "topic": "Weekly planning",
        "start": "2030-03-01T09:00:00",
        "time_zone": "Europe/Copenhagen",
        "duration_minutes": 30,
    })
}
