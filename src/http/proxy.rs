//! The way through an HTTP proxy.

use std::io::{self, Read, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use url::Url;

use super::host::Host;
use super::{Cause, Failure, USER_AGENT, wire};

/// The longest answer to CONNECT that is read, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// A forward proxy. It has no `Debug`, because it holds a password.
pub struct Proxy {
    pub host: Host,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<String>,
}

impl Proxy {
    /// Parses `http://[user:password@]host:port`.
    ///
    /// # Errors
    /// [`Cause::Proxy`]; the detail does not repeat the URL, which may hold a password.
    pub fn parse(url: &str) -> Result<Proxy, Failure> {
        let refused = |why| Failure::unsent(Cause::Proxy, format!("the proxy's URL {why}"));
        let url = Url::parse(url).map_err(|error| refused(format!("is wrong: {error}")))?;
        if url.scheme() != "http" {
            return Err(refused("does not begin with http://".to_owned()));
        }
        let name = url.host_str().ok_or_else(|| refused("has no host".to_owned()))?;
        let host = Host {
            name: name.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(80),
        };
        let user = (!url.username().is_empty() || url.password().is_some()).then(|| {
            // RFC 7617: user-id ":" password, in Base64.
            let mut credentials: Vec<u8> = percent_decode_str(url.username()).collect();
            credentials.push(b':');
            credentials.extend(percent_decode_str(url.password().unwrap_or_default()));
            format!("Basic {}", BASE64_STANDARD.encode(credentials))
        });
        Ok(Proxy { host, authorization: user })
    }

    /// Asks the proxy at the other end of `wire` for a tunnel to `target` (RFC 9110 §9.3.6).
    pub fn tunnel(&self, wire: &mut (impl Read + Write), target: &Host) -> Result<(), Failure> {
        let status = self.connect(wire, target).map_err(|error| match wire::is_late(&error) {
            true => Failure::unsent(
                Cause::Timeout,
                format!("the proxy {} did not answer in time", self.host),
            ),
            false => Failure::unsent(
                Cause::Proxy,
                format!("the proxy {} opened no tunnel to {target}: {error}", self.host),
            ),
        })?;
        // "Any 2xx response indicates that the sender will switch to tunnel mode."
        if (200..300).contains(&status) { Ok(()) } else { Err(self.refused(status, target)) }
    }

    /// The failure to report when the proxy answers for itself.
    pub fn refused(&self, status: u16, target: &Host) -> Failure {
        let why = if status == 407 { " (it wants other credentials)" } else { "" };
        Failure::unsent(
            Cause::Proxy,
            format!("the proxy {} refused {target} with status {status}{why}", self.host),
        )
    }

    fn connect(&self, wire: &mut (impl Read + Write), target: &Host) -> io::Result<u16> {
        let mut head =
            format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: {USER_AGENT}\r\n");
        if let Some(authorization) = &self.authorization {
            head.extend(["Proxy-Authorization: ", authorization, "\r\n"]);
        }
        head.push_str("\r\n");
        wire.write_all(head.as_bytes())?;
        wire.flush()?;
        loop {
            let status = status(&read_head(wire)?)?;
            // Interim answers may come first (RFC 9110 §15.2); the deadline bounds their number.
            if status >= 200 {
                return Ok(status);
            }
        }
    }
}

/// Reads byte by byte, since what follows the head belongs to the tunnel.
fn read_head(wire: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its answer is too long"));
        }
        wire.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(head)
}

/// The code in a status line (RFC 9112 §4).
fn status(head: &[u8]) -> io::Result<u16> {
    str::from_utf8(head)
        .ok()
        .and_then(|head| head.strip_prefix("HTTP/1.")?.split_ascii_whitespace().nth(1))
        .filter(|code| code.len() == 3)
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "its answer is not HTTP"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let proxy = Proxy::parse("http://us%65r:p%40ss%3A@proxy.example:3128").unwrap();
        assert_eq!(proxy.host.to_string(), "proxy.example:3128");
        let expected = BASE64_STANDARD.encode("user:p@ss:");
        assert_eq!(proxy.authorization, Some(format!("Basic {expected}")));
        let proxy = Proxy::parse("http://[::1]").unwrap();
        assert_eq!((proxy.host.to_string().as_str(), proxy.authorization), ("[::1]:80", None));
    }

    #[test]
    fn refusals_do_not_repeat_the_password() {
        for url in ["socks5://u:secret@host:1", "https://u:secret@host", "u:secret@host", "http://"]
        {
            let failure = Proxy::parse(url).err().unwrap();
            assert_eq!((failure.cause, failure.may_have_been_sent), (Cause::Proxy, false));
            assert!(!failure.detail.contains("secret"), "{failure}");
        }
    }

    #[test]
    fn status_lines() {
        assert_eq!(status(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap(), 200);
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n").unwrap(), 407);
        for bad in ["", "SSH-2.0-OpenSSH", "HTTP/1.1 20 OK", "HTTP/2 200", "HTTP/1.1"] {
            assert!(status(bad.as_bytes()).is_err());
        }
    }
}
