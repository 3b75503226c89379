//! The other transport: reqwest, for sites that need what ureq lacks.
//!
//! reqwest starts threads: one for each transport, others to resolve names. They live on after
//! `dlclose`, and a call in a forked child hangs. The contract is otherwise the same, with one
//! weakness: when the deadline passes, reqwest does not say in which phase, so
//! `may_have_been_sent` is then always true.

use std::error::Error as _;
use std::io::{self, Read};
use std::iter;
use std::time::Instant;

use ::reqwest::blocking::{Client, Request as Outgoing};
use ::reqwest::{Error, redirect, retry};
use url::Url;

use super::host::Host;
use super::proxy::Proxy;
use super::{
    Cause, Failure, IDLE_AGE, IDLE_PER_HOST, MAX_ANSWER, Options, Request, Response, Transport,
    USER_AGENT, has_body, no_time, tls,
};

pub struct Reqwest {
    client: Client,
    proxy: Option<Proxy>,
}

impl Reqwest {
    /// Loads the authorities' certificates and starts a thread; opens no connection.
    pub fn new(options: &Options) -> Result<Reqwest, Failure> {
        let proxy = options.proxy.as_deref().map(Proxy::parse).transpose()?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls::client_config(options.ca_file.as_deref())?)
            // Neither the environment's proxy nor, below, its list of exceptions.
            .no_proxy()
            .http1_only()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .timeout(None)
            .user_agent(USER_AGENT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_idle_timeout(IDLE_AGE);
        if let Some(proxy) = &proxy {
            let refused =
                || Failure::unsent(Cause::Proxy, format!("no proxy can be at {}", proxy.host));
            let mut through =
                ::reqwest::Proxy::all(format!("http://{}", proxy.host)).map_err(|_| refused())?;
            if let Some(authorization) = &proxy.authorization {
                let mut value =
                    ::http::HeaderValue::from_str(authorization).map_err(|_| refused())?;
                value.set_sensitive(true);
                through = through.custom_http_auth(value);
            }
            builder = builder.proxy(through);
        }
        let client = builder.build().map_err(|error| {
            Failure::unsent(Cause::Connect, format!("reqwest does not start: {}", root(&error)))
        })?;
        Ok(Reqwest { client, proxy })
    }
}

impl Transport for Reqwest {
    /// reqwest has no limit of its own for connecting in one request: `connect_by` counts only
    /// where it has passed already.
    fn send_by(
        &self,
        request: Request,
        connect_by: Instant,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let host = Host::of(request.uri())?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || connect_by <= Instant::now() {
            return Err(no_time(&host));
        }
        let plain = request.uri().scheme_str() == Some("http");
        let url = Url::parse(&request.uri().to_string())
            .map_err(|_| Failure::unsent(Cause::Resolve, format!("not a URL of {host}")))?;
        let has_body = has_body(&request);
        let (parts, body) = request.into_parts();
        let mut outgoing = Outgoing::new(parts.method, url);
        *outgoing.headers_mut() = parts.headers;
        *outgoing.body_mut() = has_body.then(|| body.into());
        *outgoing.timeout_mut() = Some(left);
        let mut answer = self.client.execute(outgoing).map_err(|error| failure(&error, &host))?;

        // For plain http there is no tunnel: the proxy's own refusal arrives as an answer.
        if let Some(proxy) = &self.proxy
            && plain
            && answer.status() == 407
        {
            return Err(proxy.refused(407, &host));
        }
        let length = answer.content_length().unwrap_or(0);
        if length > MAX_ANSWER as u64 {
            return Err(too_large(&host));
        }
        let mut bytes = Vec::with_capacity(length as usize);
        (&mut answer).take(MAX_ANSWER as u64 + 1).read_to_end(&mut bytes).map_err(|error| {
            match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                Some(error) => failure(error, &host),
                None => broken(&host, &error.to_string()),
            }
        })?;
        if bytes.len() > MAX_ANSWER {
            return Err(too_large(&host));
        }
        let mut response = ::http::Response::new(bytes);
        *response.status_mut() = answer.status();
        *response.version_mut() = answer.version();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

fn too_large(host: &Host) -> Failure {
    Failure::sent(
        Cause::TooLarge,
        format!("the answer of {host} is longer than {MAX_ANSWER} bytes"),
    )
}

fn broken(host: &Host, why: &str) -> Failure {
    Failure::sent(Cause::Broken, format!("the connection to {host} broke: {why}"))
}

fn failure(error: &Error, host: &Host) -> Failure {
    let why = root(error);
    let unsent = |cause, what| Failure::unsent(cause, format!("{what} {host}: {why}"));
    if !error.is_connect() {
        return if error.is_timeout() {
            Failure::sent(Cause::Timeout, format!("{host} did not answer in time"))
        } else {
            // A header section that is too long ends here too: hyper's error is not public.
            broken(host, &why)
        };
    }
    // hyper-util tells these apart by text alone; the conformance suite notices a change.
    let says = |text| causes(error).any(|cause| cause.to_string().starts_with(text));
    if error.is_timeout() {
        unsent(Cause::Timeout, "no connection in time to")
    } else if causes(error).any(is_tls) {
        unsent(Cause::Tls, "no TLS with")
    } else if says("dns error") {
        unsent(Cause::Resolve, "no address for")
    } else if says("tunnel error") && !says("tunnel error: failed to create") {
        unsent(Cause::Proxy, "the proxy opened no tunnel to")
    } else {
        unsent(Cause::Connect, "no connection to")
    }
}

type Source<'a> = &'a (dyn std::error::Error + 'static);

/// The errors behind `error`, outermost first. The outermost is left out: it quotes the URL.
fn causes(error: &Error) -> impl Iterator<Item = Source<'_>> {
    iter::successors(error.source(), |&cause| {
        match cause.downcast_ref::<io::Error>() {
            // What an I/O error holds is not its source.
            Some(error) => error.get_ref().map(|inner| inner as Source<'_>),
            None => cause.source(),
        }
    })
}

fn is_tls(cause: Source<'_>) -> bool {
    cause.is::<rustls::Error>()
}

fn root(error: &Error) -> String {
    causes(error).last().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}
