//! Opens connections for ureq: addresses, TCP, proxy, TLS.
//!
//! Whatever fails here fails before the request is sent, and it is known why. So each failure is
//! made here, at the place where it happens, and travels through ureq as it is.

use std::fmt;
use std::sync::Arc;

use ::ureq::Error;
use ::ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ::ureq::unversioned::transport::time::{Duration, Instant};
use ::ureq::unversioned::transport::{
    ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport, TransportAdapter,
};
use rustls::ClientConfig;

use super::host::Host;
use super::patient::Patient;
use super::proxy::Proxy;
use super::resolver::{Addresses, Deferred};
use super::{Cause, Failure, tls};

/// As many addresses as ureq's list holds.
const MAX_ADDRESSES: usize = 16;

/// ureq's connector. A failure is an [`Error::Other`] that holds a [`Failure`].
pub struct Dial {
    pub proxy: Option<Proxy>,
    pub tls: Arc<ClientConfig>,
    pub addresses: Addresses,
    pub tcp: TcpConnector,
}

impl Connector for Dial {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<Box<dyn Transport>>, Error> {
        self.dial(details).map(Some).map_err(|failure| Error::Other(Box::new(failure)))
    }
}

impl Dial {
    fn dial(&self, details: &ConnectionDetails) -> Result<Box<dyn Transport>, Failure> {
        let target = Host::of(details.uri)?;
        let Some(proxy) = &self.proxy else {
            let wire = self.tcp(details, &target)?;
            return self.secure(details, &target, wire);
        };
        let mut wire = adapt(details, &proxy.host, self.tcp(details, &proxy.host)?)?;
        proxy.tunnel(&mut wire, &target)?;
        self.secure(details, &target, wire.into_inner())
    }

    fn secure(
        &self,
        details: &ConnectionDetails,
        target: &Host,
        wire: Box<dyn Transport>,
    ) -> Result<Box<dyn Transport>, Failure> {
        if !details.needs_tls() {
            return Ok(wire);
        }
        let wire = adapt(details, target, wire)?;
        Ok(Box::new(tls::handshake(self.tls.clone(), target, wire, details.config)?))
    }

    fn tcp(&self, details: &ConnectionDetails, to: &Host) -> Result<Box<dyn Transport>, Failure> {
        let addrs = self.resolve(details, to)?;
        let details = ConnectionDetails {
            uri: details.uri,
            addrs,
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: Instant::now(),
            timeout: left(details, to)?,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let failure = match Connector::<()>::connect(&self.tcp, &details, None) {
            Ok(Some(wire)) => return Ok(Box::new(Patient(wire))),
            Ok(None) => Failure::unsent(Cause::Connect, format!("no connection to {to}")),
            Err(Error::Timeout(_)) => late(to),
            Err(error) => {
                let error = error.into_io();
                Failure::unsent(Cause::Connect, format!("no connection to {to}: {error}"))
            }
        };
        // The host may have moved.
        self.addresses.forget(to);
        Err(failure)
    }

    fn resolve(
        &self,
        details: &ConnectionDetails,
        host: &Host,
    ) -> Result<ResolvedSocketAddrs, Failure> {
        let found = self.addresses.of(host).map_err(|error| {
            Failure::unsent(Cause::Resolve, format!("no address for {}: {error}", host.name))
        })?;
        let family = details.config.ip_family();
        let wanted = family.keep_wanted(found.into_iter());
        let mut addresses = Deferred.empty();
        wanted.take(MAX_ADDRESSES).for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}

/// A reader and writer that ends with the deadline.
fn adapt<T: Transport>(
    details: &ConnectionDetails,
    to: &Host,
    wire: T,
) -> Result<TransportAdapter<T>, Failure> {
    let mut wire = TransportAdapter::new(wire, details.current_time.clone());
    wire.set_timeout(left(details, to)?);
    Ok(wire)
}

/// What is left of the deadline now: connecting takes several steps, and ureq does not count.
fn left(details: &ConnectionDetails, to: &Host) -> Result<NextTimeout, Failure> {
    let after = match (details.now, details.timeout.after) {
        (Instant::Exact(start), Duration::Exact(budget)) => {
            Duration::Exact(budget.saturating_sub(start.elapsed()))
        }
        (_, after) => after,
    };
    if after.is_zero() { Err(late(to)) } else { Ok(NextTimeout { after, ..details.timeout }) }
}

fn late(to: &Host) -> Failure {
    Failure::unsent(Cause::Timeout, format!("no connection to {to} in time"))
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dial").finish_non_exhaustive()
    }
}
