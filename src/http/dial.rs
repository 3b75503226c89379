//! Opens connections: addresses, TCP, proxy, TLS.
//!
//! Whatever fails here fails before the request is sent, and it is known why.

use std::sync::Arc;
use std::time::Instant;

use rustls::ClientConfig;

use super::connection::Connection;
use super::host::Host;
use super::proxy::Proxy;
use super::resolver::Addresses;
use super::wire::{self, Wire};
use super::{Cause, Failure, tls};

pub struct Dial {
    pub proxy: Option<Proxy>,
    pub tls: Arc<ClientConfig>,
    pub addresses: Addresses,
}

impl Dial {
    /// A connection to `target` that stands before the deadline.
    pub fn connect(
        &self,
        target: &Host,
        is_secure: bool,
        deadline: Instant,
    ) -> Result<Connection, Failure> {
        let name = target.header(is_secure)?;
        let wire = match &self.proxy {
            None => self.tcp(target, deadline)?,
            Some(proxy) => {
                let mut wire = self.tcp(&proxy.host, deadline)?;
                proxy.tunnel(&mut wire, target)?;
                wire
            }
        };
        Ok(match is_secure {
            false => Connection::plain(wire, name),
            true => Connection::secure(tls::handshake(self.tls.clone(), target, wire)?, name),
        })
    }

    fn tcp(&self, to: &Host, deadline: Instant) -> Result<Wire, Failure> {
        let found = self.addresses.of(to).map_err(|error| {
            Failure::unsent(Cause::Resolve, format!("no address for {}: {error}", to.name))
        })?;
        Wire::connect(&found, deadline).map_err(|error| {
            // The host may have moved.
            self.addresses.forget(to);
            match wire::is_late(&error) {
                true => Failure::unsent(Cause::Timeout, format!("no connection to {to} in time")),
                false => Failure::unsent(Cause::Connect, format!("no connection to {to}: {error}")),
            }
        })
    }
}
