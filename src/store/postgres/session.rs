//! One connection to the server, driven by the thread that uses it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout_at;
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Client, Config, Row, SimpleQueryMessage, Statement};

use super::address::Address;
use super::failure::{Failure, Unreadable, explain, of_commit, of_statement, unavailable};
use super::tls::Rustls;
use crate::error::{Error, Result};

/// The oldest server whose SQL and settings are known to do, as `server_version_num` says it.
const OLDEST: u32 = 120_000;

/// What holds for a whole session. The server notices within half a minute that a client's machine
/// is gone, and sets its locks free; a client that hangs in a transaction blocks nobody for long.
/// A pooler that shares sessions does not take these.
const SETTINGS: &str = "-c search_path=meetbridge -c statement_timeout=5000 \
     -c idle_in_transaction_session_timeout=10000 -c tcp_keepalives_idle=15 \
     -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=20000 \
     -c client_min_messages=error -c default_transaction_isolation=read\\ committed";

/// A commit is durable when it returns, and a session that holds locks is never ended for being
/// idle. Then what a server must be.
const BEGINNING: &str = "
SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off';
SELECT set_config('idle_session_timeout', '0', false)
    WHERE current_setting('idle_session_timeout', true) IS NOT NULL;
SELECT current_setting('server_version_num'), current_setting('server_encoding'),
    current_setting('search_path'), current_setting('transaction_read_only')";

/// How soon we notice that the server's machine is gone, where no answer is awaited.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_TRIES: u32 = 3;
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// The parameters of a statement.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A session at the server. The runtime is of its own and has no thread: who calls drives it, so
/// that there is a deadline even for an answer that never comes.
pub(super) struct Session {
    /// Never that of another session of this process.
    pub(super) id: u64,
    address: Address,
    client: Client,
    statements: RefCell<HashMap<&'static str, Statement>>,
    /// Whether a commit was sent whose answer is not known.
    committing: Cell<bool>,
    runtime: Runtime,
}

impl Session {
    /// Connects to the one server that `config` names, before the deadline.
    pub(super) fn connect(
        address: &Address,
        mut config: Config,
        tls: Rustls,
        deadline: Instant,
    ) -> Result<Session> {
        static SESSIONS: AtomicU64 = AtomicU64::new(0);
        config
            .application_name("meetbridge")
            .options(SETTINGS)
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_TRIES)
            .tcp_user_timeout(UNACKNOWLEDGED);
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| unavailable(address, format_args!("cannot connect: {error}")))?;
        let connecting = async {
            let (client, connection) = config.connect(tls).await?;
            // Its end is noticed by whoever uses the client next.
            runtime.spawn(connection);
            let messages = client.simple_query(BEGINNING).await?;
            Ok((client, messages))
        };
        let mut connected = None;
        drive(&runtime, deadline, pin!(async { connected = Some(connecting.await) }));
        let connected = connected.ok_or_else(|| unavailable(address, "no answer in time"))?;
        let (client, messages) =
            connected.map_err(|error: tokio_postgres::Error| explain(address, &error))?;
        check(address, &messages)?;
        Ok(Session {
            id: SESSIONS.fetch_add(1, Ordering::Relaxed),
            address: address.clone(),
            client,
            statements: RefCell::default(),
            committing: Cell::new(false),
            runtime,
        })
    }

    /// Does some work before the deadline. After a failure the session is of no use any more.
    pub(super) fn run<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = std::result::Result<T, Failure>>,
    ) -> std::result::Result<T, Failure> {
        let mut done = None;
        drive(&self.runtime, deadline, pin!(async { done = Some(work.await) }));
        done.unwrap_or_else(|| {
            let error = unavailable(&self.address, "no answer in time");
            match self.committing.get() {
                true => Err(Failure::Unknown(error)),
                false => Err(Failure::Passing(error)),
            }
        })
    }

    /// What `read` makes of the rows that a statement gives.
    pub(super) async fn query<T>(
        &self,
        statement: &'static str,
        parameters: Parameters<'_>,
        read: impl Fn(&Row) -> std::result::Result<T, Unreadable>,
    ) -> std::result::Result<Vec<T>, Failure> {
        let prepared = self.prepared(statement).await?;
        let rows = self.client.query(&prepared, parameters).await;
        let rows = rows.map_err(|error| self.failed(&error))?;
        let read = rows.iter().map(read).collect::<std::result::Result<_, _>>();
        read.map_err(|error| Failure::Lasting(error.explain(&self.address)))
    }

    /// The first column of the first row.
    pub(super) async fn value<T: for<'a> FromSql<'a>>(
        &self,
        statement: &'static str,
        parameters: Parameters<'_>,
    ) -> std::result::Result<Option<T>, Failure> {
        let values = self.query(statement, parameters, |row| Ok(row.try_get(0)?)).await?;
        Ok(values.into_iter().next())
    }

    /// How many rows a statement has changed.
    pub(super) async fn execute(
        &self,
        statement: &'static str,
        parameters: Parameters<'_>,
    ) -> std::result::Result<u64, Failure> {
        let prepared = self.prepared(statement).await?;
        self.client.execute(&prepared, parameters).await.map_err(|error| self.failed(&error))
    }

    /// Several statements without parameters, in one message.
    pub(super) async fn batch(&self, statements: &str) -> std::result::Result<(), Failure> {
        self.client.batch_execute(statements).await.map_err(|error| self.failed(&error))
    }

    pub(super) async fn commit(&self) -> std::result::Result<(), Failure> {
        self.committing.set(true);
        let committed = self.client.batch_execute("COMMIT").await;
        committed.map_err(|error| of_commit(&self.address, &error))?;
        self.committing.set(false);
        Ok(())
    }

    async fn prepared(&self, text: &'static str) -> std::result::Result<Statement, Failure> {
        let known = self.statements.borrow().get(text).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        // As `statements` writes parameters, and as PostgreSQL does.
        let prepared = self.client.prepare(&text.replace('?', "$")).await;
        let prepared = prepared.map_err(|error| self.failed(&error))?;
        self.statements.borrow_mut().insert(text, prepared.clone());
        Ok(prepared)
    }

    fn failed(&self, error: &tokio_postgres::Error) -> Failure {
        of_statement(&self.address, error)
    }
}

/// Does `work` until the deadline; who runs out of time has nothing done.
///
/// Not generic: the runtime's machinery would be in the library once for each kind of work.
fn drive(runtime: &Runtime, deadline: Instant, work: Pin<&mut dyn Future<Output = ()>>) {
    let _ = runtime.block_on(async { timeout_at(deadline.into(), work).await });
}

/// Whether this server will do, by its answer to [`BEGINNING`].
fn check(address: &Address, messages: &[SimpleQueryMessage]) -> Result<()> {
    let row = messages.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) if row.len() == 4 => Some(row),
        _ => None,
    });
    let value = |index| row.and_then(|row| row.get(index)).unwrap_or_default();
    let refused = |what: &str| -> Result<()> { Err(unavailable(address, what) as Error) };
    if value(0).parse::<u32>().unwrap_or(0) < OLDEST {
        return refused("the server is older than PostgreSQL 12");
    }
    if value(1) != "UTF8" {
        return refused("the database's encoding is not UTF8");
    }
    if value(2) != "meetbridge" {
        return refused("a connection pooler changes the session; name the server itself");
    }
    match value(3) {
        "off" => Ok(()),
        _ => refused("the server is read-only"),
    }
}
