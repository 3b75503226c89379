//! The sandbox as a program.

use clap::Parser;
use meetbridge_sandbox::{Options, Sandbox};
use std::path::PathBuf;
use std::process::ExitCode;

/// An imitation of Zoom and Webex on this machine, for tests and demonstrations.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port of the plain listener; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Also listen with TLS on this port; 0 takes a free one
    #[arg(long)]
    tls_port: Option<u16>,
    /// Make ids, tokens and codes deterministic
    #[arg(long)]
    seed: Option<u64>,
    /// Let the clock stand still at this instant (RFC 3339)
    #[arg(long)]
    frozen_at: Option<String>,
    /// Scheme and host that join links begin with
    #[arg(long)]
    public_base: Option<String>,
    /// Write the certificate authority's certificate (PEM) to this file
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// Write the addresses, one on each line, to this file once listening
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// One line for each request on standard error
    #[arg(long)]
    verbose: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("meetbridge-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(Options {
        plain_port: arguments.port,
        tls: arguments.tls_port.is_some() || arguments.ca_file.is_some(),
        tls_port: arguments.tls_port.unwrap_or(0),
        seed: arguments.seed,
        frozen_at: arguments.frozen_at,
        public_base: arguments.public_base,
        verbose: arguments.verbose,
        ..Options::default()
    })?;
    if let (Some(path), Some(pem)) = (&arguments.ca_file, sandbox.ca_pem()) {
        std::fs::write(path, pem).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let addresses: Vec<String> =
        [Some(sandbox.url()), sandbox.tls_url()].into_iter().flatten().collect();
    for address in &addresses {
        println!("listening on {address}");
    }
    println!("control API: {}/_sandbox/ (see sandbox/README.md)", sandbox.url());
    if let Some(path) = &arguments.ready_file {
        write_ready(path, &addresses).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(told_to_stop())?;
    Ok(())
}

/// Renamed into place, so a waiting script never sees half of it.
fn write_ready(path: &std::path::Path, addresses: &[String]) -> std::io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    std::fs::write(&draft, addresses.join("\n") + "\n")?;
    std::fs::rename(&draft, path)
}

#[cfg(unix)]
async fn told_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn told_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
