//! A real PostgreSQL server in a temporary folder, for tests: started, stopped, killed, frozen.
//!
//! The programs are those of Debian's package, below `/usr/lib/postgresql`. The server refuses to
//! run as root, so that root starts it as the user `postgres`, or as nobody.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::tls;

/// Where Debian's packages have the programs of each version.
const PROGRAMS: &str = "/usr/lib/postgresql";
const PATIENCE: Duration = Duration::from_secs(60);

/// Who may do everything, and the database that is there from the beginning.
const USER: &str = "meetbridge";
const PASSWORD: &str = "sandbox-postgres-secret";
const DATABASE: &str = "postgres";

/// How a server begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostgresOptions {
    /// With a certificate of [`Postgres::ca_pem`] for `localhost` and `127.0.0.1`.
    pub tls: bool,
    /// Whether what is committed is really on the disk, which costs time.
    pub fsync: bool,
}

/// A server. It ends when dropped, also when a test panics.
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    owner: Option<(u32, u32)>,
    options: PostgresOptions,
    ca_pem: Option<String>,
    child: Option<Child>,
    frozen: Vec<u32>,
}

impl Postgres {
    /// A new server with an empty database, ready for connections.
    ///
    /// # Errors
    /// Says which package to install where there is none.
    pub fn start(options: PostgresOptions) -> Result<Postgres> {
        let folder = tempfile::Builder::new().prefix("pg").tempdir()?;
        let owner = unprivileged()?;
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let mut server = Postgres {
            programs: programs()?,
            folder,
            port: free_port()?,
            owner,
            options,
            ca_pem: None,
            child: None,
            frozen: Vec::new(),
        };
        server.make()?;
        server.run()?;
        Ok(server)
    }

    /// The address of the database, over TCP. Over TLS its certificate must be trusted first.
    pub fn url(&self) -> String {
        let host = if self.options.tls { "localhost" } else { "127.0.0.1" };
        self.url_of(host, DATABASE)
    }

    /// The same of another database, or by another name of this machine.
    pub fn url_of(&self, host: &str, database: &str) -> String {
        format!("postgresql://{USER}:{PASSWORD}@{host}:{}/{database}", self.port)
    }

    /// The same through the socket in the server's folder.
    pub fn socket_url(&self) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgresql://{USER}:{PASSWORD}@{folder}:{}/{DATABASE}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What signed the server's certificate, with TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Makes a database and gives its URL.
    pub fn create_database(&self, name: &str) -> Result<String> {
        self.sql(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))?;
        Ok(self.url_of(if self.options.tls { "localhost" } else { "127.0.0.1" }, name))
    }

    /// Runs statements as an administrator would, and gives what they print.
    pub fn sql(&self, statements: &str) -> Result<String> {
        self.sql_in(DATABASE, statements)
    }

    /// The same in another database.
    pub fn sql_in(&self, database: &str, statements: &str) -> Result<String> {
        let mut psql = self.command("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["--set", "ON_ERROR_STOP=1", "--username", USER, "--dbname", database]);
        psql.args(["--command", statements]).arg("--host").arg(self.folder.path());
        psql.args(["--port", &self.port.to_string()]).env("PGPASSWORD", PASSWORD);
        Ok(output(psql)?.trim().to_owned())
    }

    /// Ends the server as an administrator does: connections are ended, nothing is lost.
    pub fn stop(&mut self) -> Result<()> {
        self.end("INT")
    }

    /// Ends the server as a crash does: what was committed is recovered at the next start.
    pub fn crash(&mut self) -> Result<()> {
        self.end("QUIT")
    }

    /// Starts a server that was ended, with the same data and port.
    pub fn run(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn()?);
        let began = Instant::now();
        loop {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
                && self.sql("SELECT 1").is_ok()
            {
                return Ok(());
            }
            let ended = self.child.as_mut().map_or(Ok(None), Child::try_wait)?;
            if ended.is_some() || began.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                return Err(Error::Postgres(format!("the server does not start: {log}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops all processes of the server in the middle of what they do; connections stay open and
    /// nothing is answered.
    pub fn freeze(&mut self) -> Result<()> {
        let Some(main) = self.child.as_ref().map(Child::id) else { return Ok(()) };
        // The one that makes others first.
        signal("STOP", &[main])?;
        self.frozen = children_of(main)?;
        signal("STOP", &self.frozen)?;
        self.frozen.push(main);
        Ok(())
    }

    /// Lets a frozen server go on.
    pub fn thaw(&mut self) -> Result<()> {
        let frozen = std::mem::take(&mut self.frozen);
        signal("CONT", &frozen)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").current_dir("/");
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    fn make(&mut self) -> Result<()> {
        let password = self.folder.path().join("password");
        fs::write(&password, PASSWORD)?;
        self.give(&password)?;
        let mut initdb = self.command("initdb");
        initdb.arg("-D").arg(self.data()).args(["--username", USER, "--auth", "scram-sha-256"]);
        initdb.args(["--encoding", "UTF8", "--no-locale", "--no-sync"]);
        initdb.arg("--pwfile").arg(&password);
        output(initdb)?;
        let on = |yes: bool| if yes { "on" } else { "off" };
        let mut settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\n\
             fsync = {}\nmax_connections = 60\nshared_buffers = 16MB\n",
            self.port,
            self.folder.path().display(),
            on(self.options.fsync),
        );
        if self.options.tls {
            let issued = tls::issue(&[])?;
            for (name, pem) in
                [("server.crt", issued.chain_pem()), ("server.key", issued.key_pem())]
            {
                let file = self.data().join(name);
                fs::write(&file, pem)?;
                fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
                self.give(&file)?;
            }
            self.ca_pem = Some(issued.ca_pem());
            settings.push_str("ssl = on\n");
        }
        let file = self.data().join("postgresql.conf");
        let given = fs::read_to_string(&file)?;
        fs::write(&file, given + &settings)?;
        Ok(())
    }

    fn give(&self, file: &Path) -> Result<()> {
        match self.owner {
            Some((user, group)) => Ok(chown(file, Some(user), Some(group))?),
            None => Ok(()),
        }
    }

    fn end(&mut self, how: &str) -> Result<()> {
        self.thaw()?;
        let Some(mut child) = self.child.take() else { return Ok(()) };
        signal(how, &[child.id()])?;
        child.wait()?;
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.end("QUIT");
    }
}

/// The newest version that is installed.
fn programs() -> Result<PathBuf> {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = fs::read_dir(PROGRAMS).into_iter().flatten().flatten();
    let found = versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(|path| version(path));
    found.map(|path| path.join("bin")).ok_or_else(|| {
        let what = "no PostgreSQL in /usr/lib/postgresql; install Debian's package postgresql";
        Error::Postgres(what.to_owned())
    })
}

/// Whom root starts the server as: user and group. None who is not root.
fn unprivileged() -> Result<Option<(u32, u32)>> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let numbers = users.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    Ok(Some(numbers.unwrap_or((65534, 65534))))
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn output(mut command: Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Error::Postgres(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

fn signal(name: &str, processes: &[u32]) -> Result<()> {
    if processes.is_empty() {
        return Ok(());
    }
    let mut kill = Command::new("kill");
    kill.arg(format!("-{name}")).args(processes.iter().map(u32::to_string));
    // One of the processes may have ended meanwhile.
    kill.stderr(Stdio::null()).status()?;
    Ok(())
}

/// The processes whose parent this is.
fn children_of(process: u32) -> Result<Vec<u32>> {
    let numbers = fs::read_dir("/proc")?.flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    Ok(numbers.filter(|number| parent_of(*number) == Some(process)).collect())
}

fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // proc(5): field 4; the second field may contain spaces and ends at the last parenthesis.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
