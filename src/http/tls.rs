//! TLS: whom to trust, the handshake, and the encrypted connection.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::host::Host;
use super::wire::{self, Wire};
use super::{Cause, Failure};
use crate::trust;

/// An encrypted connection.
pub type Tls = StreamOwned<ClientConnection, Wire>;

/// See [`trust::client_config`].
///
/// # Errors
/// [`Cause::Tls`], naming the file, when it cannot be read or holds no certificate.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, Failure> {
    trust::client_config(ca_file).map_err(|why| Failure::unsent(Cause::Tls, why))
}

/// The rustls error inside an I/O error, if there is one.
pub fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Shakes hands over `wire` until its deadline, and verifies that `host` is at its other end.
pub fn handshake(config: Arc<ClientConfig>, host: &Host, mut wire: Wire) -> Result<Tls, Failure> {
    let untrusted = |error: &dyn std::fmt::Display| {
        Failure::unsent(Cause::Tls, format!("no TLS with {host}: {error}"))
    };
    let name = ServerName::try_from(host.name.clone()).map_err(|error| untrusted(&error))?;
    let mut connection = ClientConnection::new(config, name).map_err(|error| untrusted(&error))?;
    connection.complete_io(&mut wire).map_err(|error| match tls_error(&error) {
        _ if wire::is_late(&error) => Failure::unsent(
            Cause::Timeout,
            format!("{host} did not finish the TLS handshake in time"),
        ),
        Some(error) => untrusted(error),
        // Nothing was said about certificates or versions: the connection just went away.
        None => Failure::unsent(
            Cause::Connect,
            format!("{host} was lost during the TLS handshake: {error}"),
        ),
    })?;
    Ok(StreamOwned::new(connection, wire))
}
