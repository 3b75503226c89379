//! The default transport: ureq on the caller's thread, with a connector of our own.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::ureq::config::{AutoHeaderValue, Config};
use ::ureq::unversioned::transport::TcpConnector;
use ::ureq::{Agent, AsSendBody, Body, Error};

use super::dial::Dial;
use super::host::Host;
use super::proxy::Proxy;
use super::resolver::{Addresses, Deferred};
use super::{
    Cause, Failure, IDLE_AGE, IDLE_PER_HOST, MAX_ANSWER, Options, Request, Response, Transport,
    USER_AGENT, has_body, no_time, tls,
};

/// The size of each buffer of a connection, in bytes.
///
/// An encrypted connection has four: with ureq's 128 KiB, 64 of them hold 32 MiB, with this
/// 4 MiB. A header section must fit into one, and so must each header line that we send; 16 KiB
/// is one TLS record and what Node.js accepts, and our bodies are seldom longer.
const BUFFER: usize = 16 * 1024;
/// The most idle connections to all hosts together.
const IDLE: usize = 256;

/// Sends on the caller's thread and creates none. Its pool is shared by all threads.
pub struct Ureq {
    agent: Agent,
}

impl Ureq {
    /// Loads the authorities' certificates; opens no connection.
    pub fn new(options: &Options) -> Result<Ureq, Failure> {
        let dial = Dial {
            proxy: options.proxy.as_deref().map(Proxy::parse).transpose()?,
            tls: Arc::new(tls::client_config(options.ca_file.as_deref())?),
            addresses: Addresses::default(),
            tcp: TcpConnector::default(),
        };
        let config = Config::builder()
            // Ours is in `dial`. ureq's default would be the environment's.
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(USER_AGENT)
            .accept_encoding(AutoHeaderValue::None)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            // One byte less than the buffer: a full one is indistinguishable from a closed
            // connection.
            .max_response_header_size(BUFFER - 1)
            .max_idle_connections(IDLE)
            .max_idle_connections_per_host(IDLE_PER_HOST)
            .max_idle_age(IDLE_AGE)
            .build();
        Ok(Ureq { agent: Agent::with_parts(config, dial, Deferred) })
    }

    fn run(
        &self,
        request: ::http::Request<impl AsSendBody>,
        connect: Duration,
        left: Duration,
    ) -> Result<::http::Response<Body>, Error> {
        let config = self.agent.configure_request(request);
        let config = config.timeout_connect(Some(connect)).timeout_global(Some(left));
        self.agent.run(config.build())
    }
}

impl Transport for Ureq {
    fn send_by(
        &self,
        request: Request,
        connect_by: Instant,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let host = Host::of(request.uri())?;
        let now = Instant::now();
        let connect = connect_by.saturating_duration_since(now);
        let left = deadline.saturating_duration_since(now);
        if connect.is_zero() {
            return Err(no_time(&host));
        }
        let answer = if has_body(&request) {
            self.run(request, connect, left)
        } else {
            self.run(request.map(drop), connect, left)
        };
        let (parts, mut body) = answer.map_err(|error| failure(error, &host))?.into_parts();

        let length = body.content_length().unwrap_or(0);
        if length > MAX_ANSWER as u64 {
            return Err(too_large(&host));
        }
        let mut bytes = Vec::with_capacity(length as usize);
        body.as_reader()
            .take(MAX_ANSWER as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| failure(error.into(), &host))?;
        if bytes.len() > MAX_ANSWER {
            return Err(too_large(&host));
        }
        Ok(Response::from_parts(parts, bytes))
    }
}

fn too_large(host: &Host) -> Failure {
    Failure::sent(
        Cause::TooLarge,
        format!("the answer of {host} is longer than {MAX_ANSWER} bytes"),
    )
}

/// Everything that fails before the request is sent comes from [`Dial`] and says so. ureq never
/// sends a request again: it tests an idle connection before it writes to it, not after.
fn failure(error: Error, host: &Host) -> Failure {
    match error {
        Error::Other(error) => match error.downcast::<Failure>() {
            Ok(failure) => *failure,
            Err(error) => Failure::sent(Cause::Broken, format!("{host}: {error}")),
        },
        Error::Timeout(_) => {
            Failure::sent(Cause::Timeout, format!("{host} did not answer in time"))
        }
        Error::LargeResponseHeader(..) => Failure::sent(
            Cause::TooLarge,
            format!("the header section of {host}'s answer is longer than {BUFFER} bytes"),
        ),
        Error::Io(error) => {
            Failure::sent(Cause::Broken, format!("the connection to {host} broke: {error}"))
        }
        // A protocol error may quote what was received.
        Error::Protocol(_) => {
            Failure::sent(Cause::Broken, format!("the answer of {host} is not valid HTTP"))
        }
        error => Failure::sent(Cause::Broken, format!("{host}: {error}")),
    }
}
