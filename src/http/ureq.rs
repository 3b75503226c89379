//! The default transport: ureq's protocol over connections of our own, on the caller's thread.

use std::sync::Arc;
use std::time::Instant;

use ::http::uri::{Authority, Scheme};

use super::connection::{BUFFER, Broken};
use super::dial::Dial;
use super::host::Host;
use super::pool::{Key, Open, Pool};
use super::proxy::Proxy;
use super::resolver::Addresses;
use super::{
    Cause, Failure, MAX_ANSWER, Options, Request, Response, Transport, no_time, tls, wire,
};

/// Sends on the caller's thread and creates none. Its pool is shared by all threads.
pub struct Ureq {
    dial: Dial,
    pool: Pool,
}

impl Ureq {
    /// Loads the authorities' certificates; opens no connection.
    pub fn new(options: &Options) -> Result<Ureq, Failure> {
        let dial = Dial {
            proxy: options.proxy.as_deref().map(Proxy::parse).transpose()?,
            tls: Arc::new(tls::client_config(options.ca_file.as_deref())?),
            addresses: Addresses::default(),
        };
        Ok(Ureq { dial, pool: Pool::default() })
    }
}

impl Transport for Ureq {
    fn send_by(
        &self,
        request: Request,
        connect_by: Instant,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let uri = request.uri();
        if connect_by <= Instant::now() {
            return Err(no_time(&Host::of(uri)?));
        }
        let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
        let known = uri.authority().filter(|_| is_secure || uri.scheme() == Some(&Scheme::HTTP));
        let key = known.map(|authority| Key { authority: authority.as_str(), is_secure });
        let mut open = match key.and_then(|key| self.pool.take(&key)) {
            Some(open) => open,
            None => {
                let host = Host::of(uri)?;
                let connection = self.dial.connect(&host, is_secure, connect_by)?;
                let authority = known.map_or_else(String::new, Authority::to_string);
                Open { key: Key { authority, is_secure }, host, connection }
            }
        };
        match open.connection.exchange(request, deadline) {
            Ok((response, is_reusable)) => {
                if is_reusable {
                    self.pool.put(open);
                }
                Ok(response)
            }
            Err(broken) => Err(failure(broken, &open.host)),
        }
    }
}

fn failure(broken: Broken, host: &Host) -> Failure {
    match broken {
        Broken::Io(error) if wire::is_late(&error) => {
            Failure::sent(Cause::Timeout, format!("{host} did not answer in time"))
        }
        Broken::Io(error) => {
            Failure::sent(Cause::Broken, format!("the connection to {host} broke: {error}"))
        }
        Broken::Unsendable => {
            Failure::unsent(Cause::Broken, format!("no request to {host} can have such a header"))
        }
        Broken::Closed => Failure::sent(
            Cause::Broken,
            format!("{host} closed the connection before the end of its answer"),
        ),
        Broken::Protocol => {
            Failure::sent(Cause::Broken, format!("the answer of {host} is not valid HTTP"))
        }
        Broken::TooLongHead => Failure::sent(
            Cause::TooLarge,
            format!("the header section of {host}'s answer is longer than {BUFFER} bytes"),
        ),
        Broken::TooLongBody => Failure::sent(
            Cause::TooLarge,
            format!("the answer of {host} is longer than {MAX_ANSWER} bytes"),
        ),
    }
}
