//! TLS: whom to trust, the handshake, and the encrypted connection.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use ::ureq::Error;
use ::ureq::config::Config;
use ::ureq::unversioned::transport::{
    Buffers, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::host::Host;
use super::{Cause, Failure};
use crate::trust;

/// The most plaintext in one TLS record, in bytes (RFC 8446 §5.1).
const MAX_RECORD: usize = 1 << 14;

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

/// Shakes hands over `wire`, whose timeout is set, and verifies that `host` is at its other end.
pub fn handshake(
    config: Arc<ClientConfig>,
    host: &Host,
    mut wire: TransportAdapter,
    sizes: &Config,
) -> Result<Tls, Failure> {
    let untrusted = |error: &dyn std::fmt::Display| {
        Failure::unsent(Cause::Tls, format!("no TLS with {host}: {error}"))
    };
    let name = ServerName::try_from(host.name.clone()).map_err(|error| untrusted(&error))?;
    let mut connection = ClientConnection::new(config, name).map_err(|error| untrusted(&error))?;
    connection.complete_io(&mut wire).map_err(|error| match Error::from(error) {
        Error::Timeout(_) => Failure::unsent(
            Cause::Timeout,
            format!("{host} did not finish the TLS handshake in time"),
        ),
        Error::Io(error) => match tls_error(&error) {
            Some(error) => untrusted(error),
            // Nothing was said about certificates or versions: the connection just went away.
            None => Failure::unsent(
                Cause::Connect,
                format!("{host} was lost during the TLS handshake: {error}"),
            ),
        },
        error => untrusted(&error),
    })?;
    Ok(Tls {
        buffers: LazyBuffers::new(sizes.input_buffer_size(), sizes.output_buffer_size()),
        unsent: Vec::new(),
        stream: StreamOwned::new(connection, wire),
    })
}

/// An encrypted connection.
///
/// ureq's own would load the authorities for every connection, because the deadline makes each
/// of our requests one with a configuration of its own.
pub struct Tls {
    buffers: LazyBuffers,
    /// What ureq has written since it last wanted to read, at most one TLS record. Head and body
    /// of a request leave together: one record, one system call, one packet.
    unsent: Vec<u8>,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl Tls {
    fn send(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        if !self.unsent.is_empty() {
            self.stream.write_all(&self.unsent)?;
            // Without this rustls keeps an error of the socket to itself until the next call.
            self.stream.flush()?;
            self.unsent.clear();
        }
        Ok(())
    }
}

impl Transport for Tls {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.unsent.len() + amount > MAX_RECORD {
            self.send(timeout)?;
        }
        self.unsent.extend_from_slice(&self.buffers.output()[..amount]);
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.send(timeout)?;
        let amount = self.stream.read(self.buffers.input_append_buf()).map_err(|error| {
            // RFC 9112 §9.8: without a closure alert an answer that lasts until the connection
            // ends is incomplete. ureq would take this kind of error for its regular end.
            if error.kind() == io::ErrorKind::UnexpectedEof {
                io::Error::new(io::ErrorKind::BrokenPipe, "cut off without a TLS closure alert")
            } else {
                error
            }
        })?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}
