//! HTTP as the rest of the house sees it: a request goes out, an answer or a failure comes back.
//!
//! Nothing here is global: a transport owns its pool, its addresses and its certificates. After a
//! fork the child must open a transport of its own and leak the inherited one.

mod breaker;
mod connection;
mod dial;
mod host;
mod pool;
mod proxy;
#[cfg(feature = "reqwest")]
mod reqwest;
mod resolver;
mod tls;
mod ureq;
mod wire;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod test_server;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ::http::Method;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

pub use breaker::Breaker;
#[cfg(feature = "postgres")]
pub use host::Host;
#[cfg(feature = "postgres")]
pub use resolver::Addresses;

/// A request with its whole body. Header values that are secret are marked sensitive.
pub type Request = ::http::Request<Vec<u8>>;
/// An answer with its whole body, at most [`MAX_ANSWER`] bytes.
pub type Response = ::http::Response<Vec<u8>>;

/// The longest body of an answer that is read, in bytes.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// How both clients introduce themselves.
const USER_AGENT: &str = concat!("meetbridge/", env!("CARGO_PKG_VERSION"));
/// As many idle connections to one host as a server has threads that call us at once.
const IDLE_PER_HOST: usize = 64;
/// Below the 60 seconds after which common servers and load balancers close an idle connection.
const IDLE_AGE: Duration = Duration::from_secs(55);

/// How requests leave the process. Any HTTP status is an answer, not a failure.
pub trait Transport: Send + Sync {
    /// Sends the request and reads the whole answer, all before `deadline`. A new connection must
    /// stand before `connect_by`, which is not after `deadline`.
    ///
    /// Redirects are never followed, nothing is sent twice, and no proxy is taken from the
    /// environment. Called from any number of threads at once.
    fn send_by(
        &self,
        request: Request,
        connect_by: Instant,
        deadline: Instant,
    ) -> Result<Response, Failure>;

    /// The same with one deadline for all.
    #[cfg(test)]
    fn send(&self, request: Request, deadline: Instant) -> Result<Response, Failure> {
        self.send_by(request, deadline, deadline)
    }
}

/// Opens the transport that `options` ask for.
///
/// # Errors
/// [`Cause::Tls`] when the authorities' certificates cannot be loaded; the detail names the file.
/// [`Cause::Proxy`] when the proxy's URL is not of the form described at [`Options::proxy`].
pub fn transport(options: &Options) -> Result<Box<dyn Transport>, Failure> {
    Ok(match options.client {
        Client::Ureq => Box::new(ureq::Ureq::new(options)?),
        #[cfg(feature = "reqwest")]
        Client::Reqwest => Box::new(reqwest::Reqwest::new(options)?),
    })
}

fn no_time(host: &host::Host) -> Failure {
    Failure::unsent(Cause::Timeout, format!("no time was left to send to {host}"))
}

/// The time by the clock of whoever answered (RFC 9110, section 6.6.1).
pub fn date(response: &Response) -> Option<Timestamp> {
    let date = response.headers().get(::http::header::DATE)?.to_str().ok()?;
    rfc2822::DateTimeParser::new().parse_timestamp(date).ok()
}

/// Whether a request carries a body, which may be empty.
///
/// RFC 9110 §8.6: Content-Length is sent when the method gives a body a meaning, and else only
/// when there is one.
fn has_body(request: &Request) -> bool {
    let meant = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
    meant || !request.body().is_empty()
}

/// Why no answer came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub cause: Cause,
    /// Whether the other side may have seen the request. `false` is certain, `true` is not.
    pub may_have_been_sent: bool,
    /// For administrators; names hosts and system errors, never header values or bodies.
    pub detail: String,
}

impl Failure {
    /// A failure before the first byte of the request was written to anyone who could act on it.
    fn unsent(cause: Cause, detail: impl Into<String>) -> Failure {
        Failure { cause, may_have_been_sent: false, detail: detail.into() }
    }

    /// A failure after which it is unknown whether the other side acted on the request.
    fn sent(cause: Cause, detail: impl Into<String>) -> Failure {
        Failure { cause, may_have_been_sent: true, detail: detail.into() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The host name is unknown, or the name server does not answer.
    Resolve,
    /// No connection to the host (or to the proxy), or it was lost during the TLS handshake.
    Connect,
    /// The proxy refused to connect us.
    Proxy,
    /// The TLS handshake failed: untrusted certificate, wrong host name, no common version.
    Tls,
    /// The deadline passed.
    Timeout,
    /// The connection broke, or the answer is not HTTP.
    Broken,
    /// The answer is longer than [`MAX_ANSWER`], or its header section is unreasonably long.
    TooLarge,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Failure {}

/// Which HTTP client carries the requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Client {
    /// ureq: works on the caller's thread and creates none.
    #[default]
    Ureq,
    /// reqwest: starts threads, which outlive the library, and hangs in a forked child.
    #[cfg(feature = "reqwest")]
    Reqwest,
}

/// The `http` section of the settings, as far as a transport is concerned.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Options {
    pub client: Client,
    /// `http://[user:password@]host:port`, user and password percent-encoded; `None` means a
    /// direct connection.
    pub proxy: Option<String>,
    /// A PEM file of authorities trusted beside the platform's.
    pub ca_file: Option<PathBuf>,
}

/// Leaves the proxy's user and password out.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = self.proxy.as_deref().map(|url| url.rsplit('@').next().unwrap_or_default());
        f.debug_struct("Options")
            .field("client", &self.client)
            .field("proxy", &proxy)
            .field("ca_file", &self.ca_file)
            .finish()
    }
}
