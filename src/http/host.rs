//! The other end of a connection.

use std::fmt;

use ::http::{HeaderValue, Uri};

use super::{Cause, Failure};

/// A host name or address and a TCP port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host {
    /// An IPv6 address is without its brackets here.
    pub name: String,
    pub port: u16,
}

impl Host {
    /// The host that an absolute `http` or `https` URI names.
    pub fn of(uri: &Uri) -> Result<Host, Failure> {
        let default = match uri.scheme_str() {
            Some("http") => Some(80),
            Some("https") => Some(443),
            _ => None,
        };
        match (uri.host(), default) {
            (Some(host), Some(default)) if !host.is_empty() => Ok(Host {
                name: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
                port: uri.port_u16().unwrap_or(default),
            }),
            // The URI itself stays out of the text: its query may be secret.
            _ => Err(Failure::unsent(Cause::Resolve, "not an absolute http or https URL")),
        }
    }

    /// As requests name it (RFC 9110 §7.2), without the port where it is the scheme's own.
    pub fn header(&self, is_secure: bool) -> Result<HeaderValue, Failure> {
        let shown = self.to_string();
        let own = if is_secure { ":443" } else { ":80" };
        HeaderValue::from_str(shown.strip_suffix(own).unwrap_or(&shown))
            .map_err(|_| Failure::unsent(Cause::Resolve, "not the name of a host"))
    }
}

/// As in the authority of a URI (RFC 3986 §3.2): an IPv6 address is in brackets.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_name_the_port_where_it_is_not_the_usual_one() {
        let host = |uri: &str| Host::of(&uri.parse().unwrap()).unwrap();
        assert_eq!(host("https://api.zoom.us/v2").header(true).unwrap(), "api.zoom.us");
        assert_eq!(host("http://api.zoom.us:443").header(false).unwrap(), "api.zoom.us:443");
        assert_eq!(host("https://api.zoom.us:80").header(true).unwrap(), "api.zoom.us:80");
        assert_eq!(host("http://[::1]:80/").header(false).unwrap(), "[::1]");
        assert_eq!(host("http://[::1]:8080/").header(false).unwrap(), "[::1]:8080");
    }

    #[test]
    fn names_and_ports() {
        let text = |uri: &str| Host::of(&uri.parse().unwrap()).map(|host| host.to_string());
        assert_eq!(text("https://api.zoom.us/v2/users?token=x").unwrap(), "api.zoom.us:443");
        assert_eq!(text("http://127.0.0.1:8080").unwrap(), "127.0.0.1:8080");
        assert_eq!(text("http://[::1]/").unwrap(), "[::1]:80");
        for bad in ["/v2/users?token=secret", "ftp://example.com/"] {
            assert!(!text(bad).unwrap_err().detail.contains("secret"));
        }
    }
}
