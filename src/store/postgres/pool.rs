//! The few connections of a process to its server.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::address::{Address, Place, Tls};
use super::failure::{Failure, unavailable};
use super::session::Session;
use super::tls::Rustls;
use crate::error::{Error, Result, Status};
use crate::http::{Addresses, Host};
use crate::trust;

/// How long an operation may take, with connecting and a second try. The system's resolver is
/// bounded by `resolv.conf` instead.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

/// Opens connections: addresses, TCP, TLS, and the beginning of a session.
pub(super) struct Dialer {
    pub(super) address: Address,
    addresses: Addresses,
    trust: OnceCell<Arc<ClientConfig>>,
    /// Which of the places had a server that can be written to.
    good: AtomicUsize,
}

/// One address of one of the places.
struct Target<'a> {
    place: &'a Place,
    ip: Option<IpAddr>,
    index: usize,
}

impl Dialer {
    pub(super) fn new(address: Address) -> Dialer {
        Dialer {
            address,
            addresses: Addresses::default(),
            trust: OnceCell::new(),
            good: AtomicUsize::new(0),
        }
    }

    /// Tries all addresses of all places, first of that which was good the last time. Each may
    /// take its share of the time that is left.
    fn connect(&self, deadline: Instant) -> Result<Session> {
        let mut errors = Vec::new();
        let targets = self.targets(&mut errors);
        let count = targets.len();
        for (tried, target) in targets.into_iter().enumerate() {
            let now = Instant::now();
            let share = deadline.saturating_duration_since(now) / (count - tried) as u32;
            match self.connect_to(&target, now + share) {
                Ok(session) => {
                    self.good.store(target.index, Ordering::Relaxed);
                    return Ok(session);
                }
                Err(error) => {
                    if let Place::Tcp(name, port) = target.place {
                        self.addresses.forget(&Host { name: name.clone(), port: *port });
                    }
                    errors.push(error);
                }
            }
        }
        Err(one_of(errors))
    }

    fn targets(&self, errors: &mut Vec<Error>) -> Vec<Target<'_>> {
        let places = &self.address.hosts;
        let first = self.good.load(Ordering::Relaxed);
        let mut targets = Vec::new();
        for index in (0..places.len()).map(|next| (first + next) % places.len()) {
            let place = &places[index];
            let Place::Tcp(name, port) = place else {
                targets.push(Target { place, ip: None, index });
                continue;
            };
            let host = Host { name: name.clone(), port: *port };
            match self.addresses.of(&host) {
                Ok(found) => targets.extend(found.into_iter().map(|found| Target {
                    place,
                    ip: Some(found.ip()),
                    index,
                })),
                Err(error) => {
                    let what = format_args!("no address of {name}: {error}");
                    errors.push(unavailable(&self.address, what));
                }
            }
        }
        targets
    }

    fn connect_to(&self, target: &Target<'_>, deadline: Instant) -> Result<Session> {
        let Address { user, password, database, tls, .. } = &self.address;
        let mut config = Config::new();
        config.user(user).dbname(database);
        if let Some(password) = password {
            config.password(password.expose_secret());
        }
        let mode = match (target.place, tls) {
            (Place::Unix(..), _) | (_, Tls::Disable) => SslMode::Disable,
            (_, Tls::Prefer) => SslMode::Prefer,
            (_, Tls::Require) => SslMode::Require,
        };
        config.ssl_mode(mode);
        match target.place {
            Place::Tcp(name, port) => config.host(name).port(*port),
            #[cfg(not(unix))]
            Place::Unix(..) => &mut config,
            #[cfg(unix)]
            Place::Unix(folder, port) => config.host_path(folder).port(*port),
        };
        // With an address the client library looks nothing up, which it would do in a thread.
        if let Some(ip) = target.ip {
            config.hostaddr(ip);
        }
        let trust = match mode {
            SslMode::Disable => Arc::new(no_trust()?),
            _ => self.trust()?,
        };
        Session::connect(&self.address, config, Rustls(trust), deadline)
    }

    fn trust(&self) -> Result<Arc<ClientConfig>> {
        let made = self.trust.get_or_try_init(|| {
            trust::client_config(self.address.ca_file())
                .map(Arc::new)
                .map_err(|why| unavailable(&self.address, why))
        });
        made.cloned()
    }
}

/// For connections that are never encrypted.
fn no_trust() -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|_| Error::internal("no TLS version is known"))?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

/// What is wrong with each of the places, in one error.
fn one_of(mut errors: Vec<Error>) -> Error {
    match errors.pop() {
        Some(last) if errors.is_empty() => last,
        Some(last) => {
            errors.push(last);
            let texts: Vec<&str> = errors.iter().map(Error::detail).collect();
            Error::new(Status::StoreUnavailable, texts.join("; "))
        }
        None => Error::internal("a database without a host"),
    }
}

/// Some sessions, each used by one thread at a time. Any number of threads may ask for one.
pub(super) struct Pool {
    dialer: Arc<Dialer>,
    most: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Session>,
    /// Those that are idle, and those on loan.
    count: usize,
}

impl Pool {
    pub(super) fn new(dialer: Arc<Dialer>, most: usize) -> Pool {
        Pool { dialer, most, state: Mutex::default(), returned: Condvar::new() }
    }

    pub(super) fn address(&self) -> &Address {
        &self.dialer.address
    }

    /// Runs `work` outside a transaction, a second time if a connection was lost.
    pub(super) fn read<T>(
        &self,
        work: impl AsyncFn(&Session) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        self.run(&work).map_err(Failure::error)
    }

    /// Runs `work` in a transaction that `begin` begins, a second time if it was certainly not
    /// committed.
    pub(super) fn write<T>(
        &self,
        begin: &str,
        work: impl AsyncFn(&Session) -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        self.run(&async |session: &Session| {
            session.batch(begin).await?;
            let value = work(session).await?;
            session.commit().await?;
            Ok(value)
        })
    }

    fn run<T>(
        &self,
        work: &impl AsyncFn(&Session) -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let deadline = Instant::now() + LIMIT;
        let outcome = self.attempt(false, deadline, work);
        match outcome {
            Err(Failure::Passing(_)) if Instant::now() < deadline => {
                self.attempt(true, deadline, work)
            }
            outcome => outcome,
        }
    }

    fn attempt<T>(
        &self,
        fresh: bool,
        deadline: Instant,
        work: &impl AsyncFn(&Session) -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let loan = self.take(fresh, deadline)?;
        let done = loan.session.run(deadline, work(&loan.session))?;
        loan.give_back();
        Ok(done)
    }

    /// Runs `work` on the session of this number, if it still lives and is in this pool.
    pub(super) fn on<T>(
        &self,
        id: u64,
        work: impl AsyncFn(&Session) -> std::result::Result<T, Failure>,
    ) -> Option<T> {
        let deadline = Instant::now() + LIMIT;
        let mut state = self.state();
        let session = loop {
            if let Some(at) = state.idle.iter().position(|session| session.id == id) {
                break state.idle.swap_remove(at);
            }
            // All are idle, and it is not among them.
            if state.idle.len() == state.count {
                return None;
            }
            state = self.wait(state, deadline)?;
        };
        drop(state);
        let loan = Loan { session, place: Room { pool: self, kept: None } };
        let done = loan.session.run(deadline, work(&loan.session)).ok()?;
        loan.give_back();
        Some(done)
    }

    /// A session of this thread's own; a fresh one, if those that are idle are under suspicion.
    fn take(&self, fresh: bool, deadline: Instant) -> Result<Loan<'_>> {
        let mut state = self.state();
        if fresh {
            // Whatever ended one of them has probably ended all.
            let suspects = std::mem::take(&mut state.idle);
            state.count -= suspects.len();
            drop(state);
            drop(suspects);
            state = self.state();
        }
        loop {
            if let Some(session) = state.idle.pop() {
                return Ok(Loan { session, place: Room { pool: self, kept: None } });
            }
            if state.count < self.most {
                state.count += 1;
                // From here on the place is given back even if connecting fails.
                let place = Room { pool: self, kept: None };
                drop(state);
                let session = self.dialer.connect(deadline)?;
                return Ok(Loan { session, place });
            }
            state = self.wait(state, deadline).ok_or_else(|| {
                unavailable(self.address(), "busy: all connections are in use for too long")
            })?;
        }
    }

    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        deadline: Instant,
    ) -> Option<MutexGuard<'a, State>> {
        let left = deadline.checked_duration_since(Instant::now())?;
        let waited = self.returned.wait_timeout(state, left);
        Some(waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// What a panicking thread left behind is sound.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session on loan. It ends when dropped, unless it is given back.
struct Loan<'a> {
    session: Session,
    place: Room<'a>,
}

impl Loan<'_> {
    fn give_back(self) {
        let Loan { session, mut place } = self;
        place.kept = Some(session);
    }
}

/// Room for one session in the pool; what was kept is idle again when this is dropped.
struct Room<'a> {
    pool: &'a Pool,
    kept: Option<Session>,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        match self.kept.take() {
            Some(session) => state.idle.push(session),
            None => state.count -= 1,
        }
        drop(state);
        self.pool.returned.notify_all();
    }
}
