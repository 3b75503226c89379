//! Addresses of hosts, looked up on the caller's thread and remembered.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::host::Host;
use crate::platform;

/// How long addresses are used before the name server is asked again.
const FRESH: Duration = Duration::from_secs(60);
/// How long stale addresses are used after somebody has begun to ask again.
const STALE: Duration = Duration::from_secs(5);
/// How many hosts are remembered. A bridge speaks to a handful.
const CAPACITY: usize = 256;

/// The addresses of hosts. Shared by all threads; the lock is never held while looking up.
#[derive(Default)]
pub struct Addresses {
    entries: Mutex<HashMap<Host, Entry>>,
}

struct Entry {
    addresses: Vec<SocketAddr>,
    /// From when on the next caller asks the name server.
    due: Instant,
}

impl Addresses {
    /// The addresses of `host`, at least one. Old ones are better than none: they are returned
    /// when the name server fails, until [`Addresses::forget`] says that they are wrong.
    ///
    /// Blocks for as long as the system's resolver does; `resolv.conf` bounds that.
    pub fn of(&self, host: &Host) -> io::Result<Vec<SocketAddr>> {
        self.at(host, Instant::now(), || {
            let ask = || (host.name.as_str(), host.port).to_socket_addrs();
            Ok(platform::look_up(ask)?.collect())
        })
    }

    /// Drops what is known of `host`, because nobody could be reached there.
    pub fn forget(&self, host: &Host) {
        self.entries.lock().remove(host);
    }

    fn at(
        &self,
        host: &Host,
        now: Instant,
        look_up: impl FnOnce() -> io::Result<Vec<SocketAddr>>,
    ) -> io::Result<Vec<SocketAddr>> {
        let stale = match self.entries.lock().get_mut(host) {
            Some(entry) if now < entry.due => return Ok(entry.addresses.clone()),
            Some(entry) => {
                // The others go on with what there is while this thread asks.
                entry.due = now + STALE;
                Some(entry.addresses.clone())
            }
            None => None,
        };
        match (look_up(), stale) {
            (Ok(addresses), _) if !addresses.is_empty() => {
                self.remember(host, now, addresses.clone());
                Ok(addresses)
            }
            (_, Some(stale)) => Ok(stale),
            (Err(error), None) => Err(error),
            (Ok(_), None) => Err(io::Error::new(io::ErrorKind::NotFound, "no address")),
        }
    }

    fn remember(&self, host: &Host, now: Instant, addresses: Vec<SocketAddr>) {
        let mut entries = self.entries.lock();
        if entries.len() >= CAPACITY && !entries.contains_key(host) {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.due);
            if let Some(oldest) = oldest.map(|(host, _)| host.clone()) {
                entries.remove(&oldest);
            }
        }
        entries.insert(host.clone(), Entry { addresses, due: now + FRESH });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> Host {
        Host { name: name.to_owned(), port: 443 }
    }

    fn address(last: u8) -> Vec<SocketAddr> {
        vec![([192, 0, 2, last], 443).into()]
    }

    fn down() -> io::Result<Vec<SocketAddr>> {
        Err(io::ErrorKind::TimedOut.into())
    }

    #[test]
    fn fresh_addresses_are_not_looked_up_again() {
        let (addresses, host, now) = (Addresses::default(), host("a"), Instant::now());
        assert_eq!(addresses.at(&host, now, || Ok(address(1))).unwrap(), address(1));
        let later = now + FRESH - Duration::from_millis(1);
        assert_eq!(addresses.at(&host, later, || unreachable!()).unwrap(), address(1));
        assert_eq!(addresses.at(&host, now + FRESH, || Ok(address(2))).unwrap(), address(2));
    }

    #[test]
    fn stale_addresses_serve_while_the_name_server_is_down() {
        let (addresses, host, now) = (Addresses::default(), host("a"), Instant::now());
        assert!(addresses.at(&host, now, down).is_err());
        assert!(addresses.at(&host, now, || Ok(Vec::new())).is_err());
        addresses.at(&host, now, || Ok(address(1))).unwrap();
        let due = now + FRESH;
        let asked = addresses.at(&host, due, || {
            // Another thread does not wait for this one.
            assert_eq!(addresses.at(&host, due, || unreachable!())?, address(1));
            down()
        });
        assert_eq!(asked.unwrap(), address(1));
        assert_eq!(addresses.at(&host, due + STALE, || Ok(address(2))).unwrap(), address(2));
    }

    #[test]
    fn forgotten_addresses_are_gone() {
        let (addresses, host, now) = (Addresses::default(), host("a"), Instant::now());
        addresses.at(&host, now, || Ok(address(1))).unwrap();
        addresses.forget(&host);
        assert!(addresses.at(&host, now, down).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let (addresses, now) = (Addresses::default(), Instant::now());
        for n in 0..3 * CAPACITY {
            let later = now + Duration::from_millis(n as u64);
            addresses.at(&host(&n.to_string()), later, || Ok(address(1))).unwrap();
        }
        assert_eq!(addresses.entries.lock().len(), CAPACITY);
        let last = host(&(3 * CAPACITY - 1).to_string());
        assert!(addresses.at(&last, now, || unreachable!()).is_ok());
    }
}
