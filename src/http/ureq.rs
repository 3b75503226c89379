//! The default transport: ureq's protocol over connections of our own, on the caller's thread.

use std::sync::Arc;
use std::time::Instant;

use super::connection::{BUFFER, Broken};
use super::dial::Dial;
use super::host::Host;
use super::pool::Pool;
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
        let is_secure = request.uri().scheme_str() == Some("https");
        let key = (Host::of(request.uri())?, is_secure);
        let host = &key.0;
        if connect_by <= Instant::now() {
            return Err(no_time(host));
        }
        let mut connection = match self.pool.take(&key) {
            Some(connection) => connection,
            None => self.dial.connect(host, is_secure, connect_by)?,
        };
        match connection.exchange(request, deadline) {
            Ok((response, is_reusable)) => {
                if is_reusable {
                    self.pool.put(key, connection);
                }
                Ok(response)
            }
            Err(broken) => Err(failure(broken, host)),
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
