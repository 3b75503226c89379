//! Which addresses the settings may name.

use url::{Host, Url};

use super::refuse;
use crate::error::Result;

/// An absolute http(s) URL without a fragment, written as it will be sent.
pub fn absolute(text: &str, path: &str) -> Result<Url> {
    let not_absolute = || refuse(path, "not an absolute http(s) URL");
    // The parser would mend these, and the provider would then see another text than we compare.
    let mended = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\';
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) || text.contains(mended) {
        return Err(not_absolute());
    }
    let url = Url::parse(text).map_err(|_| not_absolute())?;
    if url.fragment().is_some() {
        return Err(refuse(path, "must not have a fragment (#…)"));
    }
    Ok(url)
}

/// Where secrets are sent or received: https, or http within this machine.
pub fn guarded(text: &str, path: &str) -> Result<Url> {
    let url = absolute(text, path)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse(path, "must not hold a user name or password"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(refuse(path, "plain http is allowed on the loopback only; use https"));
    }
    Ok(url)
}

/// `http://[user:password@]host:port` and nothing more.
pub fn proxy(text: &str, path: &str) -> Result<()> {
    let fits = absolute(text, path).is_ok_and(|url| {
        let bare = url.path() == "/" && url.query().is_none();
        // The parser drops the port that is usual for http, so the text is asked.
        let port = text.trim_end_matches('/').rsplit_once(':').map(|(_, port)| port);
        bare && url.scheme() == "http" && port.is_some_and(|port| port.parse::<u16>().is_ok())
    });
    if fits { Ok(()) } else { Err(refuse(path, "not http://[user:password@]host:port")) }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_absolute_urls_only() {
        for good in ["https://a.example/x?y=z", "http://a.example", "HTTPS://a.example:8443/"] {
            assert!(absolute(good, "x").is_ok(), "{good}");
        }
        for bad in [
            "",
            "/oauth",
            "a.example/oauth",
            "ftp://a.example",
            "https:a.example",
            "https://",
            "https://a.example/ ",
            " https://a.example",
            "https://a.example/a\tb",
            "https://a.example\\x",
            "https://a.example/#top",
            "https://a.example:99999/",
        ] {
            assert!(absolute(bad, "x").is_err(), "{bad}");
        }
    }

    #[test]
    fn guards_what_secrets_travel_to() {
        for good in [
            "https://zoom.us/oauth/token",
            "http://127.0.0.1:8080/",
            "http://127.9.9.9/",
            "http://localhost:1/",
            "http://LOCALHOST/",
            "http://[::1]:80/",
        ] {
            assert!(guarded(good, "x").is_ok(), "{good}");
        }
        for bad in [
            "http://zoom.us/",
            "http://localhost.example/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://[::2]/",
            "https://user@zoom.us/",
            "https://:hush@zoom.us/",
        ] {
            let error = guarded(bad, "x").unwrap_err().to_string();
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn knows_proxies() {
        for good in ["http://proxy:80", "http://proxy:3128/", "http://u:p@[::1]:8080"] {
            assert!(proxy(good, "x").is_ok(), "{good}");
        }
        for bad in [
            "",
            "proxy:3128",
            "https://proxy:3128",
            "socks5://proxy:1080",
            "http://proxy",
            "http://u:1@proxy",
            "http://proxy:3128/x",
            "http://proxy:3128/?x",
            "http://proxy:0x1",
        ] {
            assert!(proxy(bad, "x").is_err(), "{bad}");
        }
    }
}
