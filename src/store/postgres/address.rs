//! Where the database is and how it is reached: what `store.postgres` of the settings says.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ring::digest::{Context, SHA256};
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::Host as ConfigHost;
use url::form_urlencoded;

use crate::file;
use crate::trust::MAX_PEM;

/// Where a server listens when the URL does not say it.
const DEFAULT_PORT: u16 = 5432;

/// A PostgreSQL database, from a URL such as `postgresql://user:password@host:5432/database`.
#[derive(Clone)]
pub struct Address {
    /// As it was given. Holds the password.
    url: SecretString,
    pub(super) hosts: Vec<Place>,
    pub(super) user: String,
    pub(super) password: Option<SecretString>,
    pub(super) database: String,
    pub(super) tls: Tls,
    ca_file: Option<PathBuf>,
}

/// One of the places where a server may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A name or an IP address, and a port.
    Tcp(String, u16),
    /// The folder of a Unix socket, and the port in the socket's name.
    #[cfg_attr(not(unix), expect(dead_code, reason = "no such address is read there"))]
    Unix(PathBuf, u16),
}

impl Place {
    /// Whether what is sent there stays on this machine.
    fn is_local(&self) -> bool {
        match self {
            Place::Unix(..) => true,
            Place::Tcp(name, _) => {
                let address = name.parse::<IpAddr>();
                name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|it| it.is_loopback())
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tcp(name, port) if name.contains(':') => write!(f, "[{name}]:{port}"),
            Place::Tcp(name, port) => write!(f, "{name}:{port}"),
            Place::Unix(folder, port) => write!(f, "{}:{port}", folder.display()),
        }
    }
}

/// Whether connections are encrypted. Where they are, the server's certificate and its name are
/// always verified, which is more than libpq does for `prefer`, `require` and `verify-ca`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    /// Never.
    Disable,
    /// If the server offers it.
    Prefer,
    /// Always.
    Require,
}

impl Address {
    /// Reads a URL. Of its parameters `sslmode`, `sslrootcert`, `host` and `port` are known.
    ///
    /// # Errors
    /// What is wrong with it; never holds a part of the URL that may be secret.
    pub fn parse(url: &str) -> Result<Address, String> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        if !place.starts_with("postgresql://") && !place.starts_with("postgres://") {
            return Err("must begin with postgresql://".to_owned());
        }
        let (mut mode, mut ca_file, mut rest) =
            (None, None, form_urlencoded::Serializer::new(String::new()));
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "sslmode" if mode.is_none() => mode = Some(value.into_owned()),
                "sslrootcert" if ca_file.is_none() => {
                    ca_file = Some(PathBuf::from(value.into_owned()));
                }
                "host" | "port" => drop(rest.append_pair(&name, &value)),
                "sslmode" | "sslrootcert" => return Err(format!("{name} is given twice")),
                _ => {
                    let known = "known: sslmode, sslrootcert, host, port";
                    return Err(format!("has an unknown parameter; {known}"));
                }
            }
        }
        if ca_file.as_ref().is_some_and(|file| !file.is_absolute()) {
            return Err("sslrootcert is not an absolute path".to_owned());
        }
        let config = Config::from_str(&format!("{place}?{}", rest.finish())).map_err(|_| {
            "not a URL such as postgresql://user:password@host:5432/database".to_owned()
        })?;
        let hosts = places(&config)?;
        // Of a password with an at sign that is not percent-encoded, the rest would be the host.
        if place.matches('@').count() > 1 {
            return Err("has an @ that is not percent-encoded (%40)".to_owned());
        }
        let lacks = |what: &str| format!("names no {what}");
        let user = config.get_user().filter(|user| !user.is_empty());
        let database = config.get_dbname().filter(|name| !name.is_empty());
        let password = config.get_password().map(String::from_utf8_lossy);
        Ok(Address {
            user: user.ok_or_else(|| lacks("user"))?.to_owned(),
            database: database.ok_or_else(|| lacks("database"))?.to_owned(),
            password: password.map(|password| SecretString::from(password.into_owned())),
            tls: encryption(mode.as_deref(), &hosts)?,
            hosts,
            ca_file,
            url: SecretString::from(url.to_owned()),
        })
    }

    /// A file of certificates that are trusted beside the platform's.
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// A number for the meaning, also of the password and of the certificates that are trusted.
    pub fn digest(&self) -> [u8; 32] {
        let file = self.ca_file.as_deref();
        let certificates = file.and_then(|file| file::read(file, MAX_PEM).ok());
        let mut context = Context::new(&SHA256);
        context.update(self.url.expose_secret().as_bytes());
        context.update(&[0]);
        context.update(certificates.unwrap_or_default().as_bytes());
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        digest
    }
}

fn places(config: &Config) -> Result<Vec<Place>, String> {
    let ports = config.get_ports();
    let port = |index: usize| {
        let port = ports.get(index).or(ports.first().filter(|_| ports.len() == 1));
        port.copied().unwrap_or(DEFAULT_PORT)
    };
    let hosts = config.get_hosts().iter().enumerate().map(|(index, host)| match host {
        ConfigHost::Tcp(name) => {
            let name = name.trim_start_matches('[').trim_end_matches(']');
            Place::Tcp(name.to_owned(), port(index))
        }
        #[cfg(unix)]
        ConfigHost::Unix(folder) => Place::Unix(folder.clone(), port(index)),
    });
    let hosts: Vec<Place> = hosts.collect();
    let is_empty = |host: &Place| matches!(host, Place::Tcp(name, _) if name.is_empty());
    match hosts.is_empty() || hosts.iter().any(is_empty) {
        true => Err("names no host".to_owned()),
        false => Ok(hosts),
    }
}

/// Without a mode, what leaves the machine is encrypted.
fn encryption(mode: Option<&str>, hosts: &[Place]) -> Result<Tls, String> {
    match mode {
        None if hosts.iter().all(Place::is_local) => Ok(Tls::Disable),
        Some("disable") => Ok(Tls::Disable),
        Some("prefer") => Ok(Tls::Prefer),
        None | Some("require" | "verify-ca" | "verify-full") => Ok(Tls::Require),
        Some(_) => {
            Err("sslmode: known are disable, prefer, require, verify-ca and verify-full".to_owned())
        }
    }
}

/// For texts: without user and password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, host) in self.hosts.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{host}")?;
        }
        write!(f, "/{}", self.database)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Address) -> bool {
        self.url.expose_secret() == other.url.expose_secret()
    }
}

impl Eq for Address {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url).unwrap_or_else(|why| panic!("{url}: {why}"))
    }

    #[test]
    fn urls_are_read() {
        let address = parse("postgresql://anna:p%40ss@db.example:6000/meet");
        assert_eq!((address.user.as_str(), address.database.as_str()), ("anna", "meet"));
        assert_eq!(address.password.as_ref().unwrap().expose_secret(), "p@ss");
        assert_eq!(address.to_string(), "db.example:6000/meet");
        let address = parse("postgres://u@one,two:6000/d?sslmode=prefer&sslrootcert=/etc/ca.pem");
        assert_eq!(address.to_string(), "one:5432,two:6000/d");
        assert_eq!(address.ca_file(), Some(Path::new("/etc/ca.pem")));
        #[cfg(unix)]
        for unix in ["postgresql://u@%2Frun%2Fpg/d", "postgresql://u@/d?host=/run/pg"] {
            assert_eq!(parse(unix).hosts, [Place::Unix("/run/pg".into(), 5432)]);
        }
        assert_eq!(parse("postgresql://u@[::1]:7/d").to_string(), "[::1]:7/d");
        assert_eq!(parse("postgresql://u@/d?host=/run/pg&port=7").to_string(), "/run/pg:7/d");
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_unless_the_url_says_otherwise() {
        for (url, tls) in [
            ("postgresql://u@db.example/d", Tls::Require),
            ("postgresql://u@127.0.0.1,db.example/d", Tls::Require),
            ("postgresql://u@localhost.example/d", Tls::Require),
            ("postgresql://u@localhost/d", Tls::Disable),
            ("postgresql://u@127.0.0.2,[::1]/d", Tls::Disable),
            ("postgresql://u@%2Frun/d", Tls::Disable),
            ("postgresql://u@localhost/d?sslmode=verify-full", Tls::Require),
            ("postgresql://u@localhost/d?sslmode=require", Tls::Require),
            ("postgresql://u@db.example/d?sslmode=verify-ca", Tls::Require),
            ("postgresql://u@db.example/d?sslmode=prefer", Tls::Prefer),
            ("postgresql://u@db.example/d?sslmode=disable", Tls::Disable),
        ] {
            assert_eq!(parse(url).tls, tls, "{url}");
        }
    }

    #[test]
    fn what_is_refused_shows_no_secret() {
        for bad in [
            "",
            "host=db user=u password=hush",
            "https://u:hush@db/d",
            "postgresql://u:hush@db:x/d",
            "postgresql://u:hush@db",
            "postgresql://u:hush@db/",
            "postgresql://:hush@db/d",
            "postgresql://u:hush@/d",
            "postgresql://u:hush@db/d?sslmode=sometimes",
            "postgresql://u:hush@db/d?sslmode=allow",
            "postgresql://u:hush@db/d?sslmode=disable&sslmode=require",
            "postgresql://u:hush@db/d?sslrootcert=ca.pem",
            "postgresql://u@db/d?password=hush",
            "postgresql://u@db/d?hush=1",
            "postgresql://u@db/d?options=-c%20x=hush",
        ] {
            let why = Address::parse(bad).expect_err(bad);
            assert!(!why.contains("hush"), "{why}");
        }
        let address = parse("postgresql://u:hush@db/d");
        assert!(!format!("{address:?} {address}").contains("hush"));
    }
}
