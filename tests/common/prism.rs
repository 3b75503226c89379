//! Prism, a proxy that holds requests and answers to an OpenAPI document
//! (<https://github.com/stoplightio/prism>), behind a relay that reads what it finds.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use url::form_urlencoded;

use super::openapi::OpenApi;
use super::relay::{Exchange, FAILED, Relay};

/// Where `make test` installs it, in the target folder.
const FOLDER: &str = "prism-5.14.2";

/// How long prism may take to start.
const LIMIT: Duration = Duration::from_secs(120);
/// How often somebody else may be faster at taking the port that was free.
const TRIES: usize = 5;

/// What prism answers with itself (RFC 9457); neither provider has answers of this type.
const PROBLEM: &str = "application/problem+json";

/// The program. None, with a word about it, where it cannot be run.
pub fn program() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target folder");
    let program = target.join(FOLDER).join("node_modules/.bin/prism");
    if !program.exists() {
        eprintln!("SKIPPED: {} is not there; `make test` installs it", program.display());
        return None;
    }
    if Command::new("node").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: there is no node to run {} with", program.display());
        return None;
    }
    Some(program)
}

/// Prism and the relay before it.
pub struct Prism {
    /// The operations that were called, and the members of queries and bodies that they were
    /// given: `GET /zoom/v2/users/{userId}/meetings ?page_size`, `… settings.waiting_room`.
    pub seen: BTreeSet<String>,
    /// The links that answers had, whose parameters are the provider's own affair.
    links: String,
    relay: Relay,
    document: OpenApi,
    _process: Process,
    _folder: TempDir,
}

impl Prism {
    /// Puts prism between the relay and the upstream.
    pub fn start(program: &Path, document: OpenApi, relay: Relay, upstream: &str) -> Prism {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("openapi.json");
        std::fs::write(&path, document.0.to_string()).unwrap();
        let mut told = String::new();
        for _ in 0..TRIES {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            match Process::start(program, &path, upstream, port) {
                Ok(process) => {
                    relay.lead_to(&format!("http://127.0.0.1:{port}"));
                    return Prism {
                        seen: BTreeSet::new(),
                        links: String::new(),
                        relay,
                        document,
                        _process: process,
                        _folder: folder,
                    };
                }
                Err(lines) => told = lines,
            }
        }
        panic!("prism does not start: {told}");
    }

    /// What was violated since the last time.
    pub fn violations(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for exchange in self.relay.take() {
            let request = format!("{} {}", exchange.method, exchange.target);
            let problems = violations(&exchange).into_iter().chain(self.note(&exchange));
            found.extend(problems.map(|problem| {
                let body = String::from_utf8_lossy(&exchange.body);
                format!("{request} {body}\n  {} {problem}", exchange.status)
            }));
        }
        found
    }

    /// Adds a request to what was seen. Parameters that the document does not know, which prism
    /// lets pass.
    fn note(&mut self, exchange: &Exchange) -> Vec<String> {
        let (path, query) = exchange.target.split_once('?').unwrap_or((&exchange.target, ""));
        // Prism has refused it then.
        let Some(operation) = self.document.operation(&exchange.method, path) else {
            return Vec::new();
        };
        let is_link = self.links.contains(&format!("{}>", exchange.target));
        let mut unknown = Vec::new();
        for (name, _) in form_urlencoded::parse(query.as_bytes()) {
            self.seen.insert(format!("{} ?{name}", operation.name));
            if !is_link && !operation.query.contains(&name.to_string()) {
                unknown.push(format!("the query parameter {name} is not documented"));
            }
        }
        self.links += exchange.headers.get("link").map_or("", String::as_str);
        if let Ok(body) = serde_json::from_slice::<Value>(&exchange.body) {
            self.note_members(&operation.name, "", &body);
        }
        self.seen.insert(operation.name);
        unknown
    }

    fn note_members(&mut self, operation: &str, path: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let path =
                        if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.note_members(operation, &path, member);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.note_members(operation, path, item);
                }
            }
            _ => {
                self.seen.insert(format!("{operation} {path}"));
            }
        }
    }
}

/// What prism says of an exchange. An answer that the document does not have is none of it unless
/// it is a success: neither provider documents all its errors.
fn violations(exchange: &Exchange) -> Vec<String> {
    let kind = exchange.headers.get("content-type").map_or("", String::as_str);
    // 500 is also what a prism answers that fails; the sandbox never does.
    if [PROBLEM, FAILED].iter().any(|own| kind.starts_with(own)) || exchange.status == 500 {
        return vec![String::from_utf8_lossy(&exchange.answer).into_owned()];
    }
    let Some(header) = exchange.headers.get("sl-violations") else { return Vec::new() };
    // It is cut where it is too long, and no JSON then.
    let Ok(list) = serde_json::from_str::<Vec<Value>>(header) else { return vec![header.clone()] };
    let undocumented = |one: &Value| {
        let message = one["message"].as_str().unwrap_or_default();
        one["severity"] == "Warning"
            && message.starts_with("Unable to match the returned status code")
            && !(200..300).contains(&exchange.status)
    };
    list.iter().filter(|one| !undocumented(one)).map(Value::to_string).collect()
}

/// The running program. Ended when dropped.
struct Process(Child);

impl Process {
    /// Starts prism and waits until it listens; what it said if it does not.
    fn start(
        program: &Path,
        document: &Path,
        upstream: &str,
        port: u16,
    ) -> Result<Process, String> {
        let child = Command::new(program)
            .args(["proxy", "--errors", "--multiprocess=false", "--port", &port.to_string()])
            .args([document.as_os_str(), upstream.as_ref()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut process = Process(child.expect("prism is a program"));
        let (sender, lines) = mpsc::channel();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            process.0.stdout.take().map(|pipe| Box::new(pipe) as _),
            process.0.stderr.take().map(|pipe| Box::new(pipe) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            // To the end, so that prism never waits for a reader.
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        drop(sender);
        let end = Instant::now() + LIMIT;
        let mut told = String::new();
        while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if line.contains("Prism is listening") {
                return Ok(process);
            }
            told = format!("{told}{line}\n");
        }
        Err(told)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
