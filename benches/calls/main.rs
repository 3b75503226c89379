//! What calls cost, beside what others would write by hand: see docs/performance.md.
//!
//! ```text
//! calls                                       everything; with QUICK=1 less of it
//! calls one CLIENT THREADS CALLS [LATENCY_MS] one client, once
//! calls instructions CLIENT                   the instructions of a call
//! calls GROUP...                              some groups of figures alone
//! ```
//!
//! This program starts itself in other roles: the provider, a client, users of the store.

mod compare;
mod crowd;
mod figures;
mod growth;
mod instructions;
mod jni;
mod plot;
mod provider;
mod report;
mod reqwest;
mod startup;
mod store;
mod trips;
mod work;

use std::path::Path;
use std::process::ExitCode;

use compare::Comparison;
use figures::Figures;
use work::Work;

/// How much of everything is done.
struct Extent {
    what: &'static str,
    rounds: usize,
    /// The part of a comparison's calls.
    part: f64,
    processes: usize,
    crowds: usize,
    calls: usize,
    /// Users of the stores that grow.
    sizes: &'static [(usize, &'static str)],
}

const FULL: Extent = Extent {
    what: "A full run",
    rounds: 7,
    part: 1.0,
    processes: 21,
    crowds: 20,
    calls: 8000,
    sizes: &[(1, "1"), (1000, "1k"), (100_000, "100k"), (1_000_000, "1m")],
};
/// A smoke test: that everything runs, and that what is counted is right.
const QUICK: Extent = Extent {
    what: "A quick run, whose times mean little",
    rounds: 1,
    part: 0.2,
    processes: 3,
    crowds: 3,
    calls: 1600,
    sizes: &[(1, "1"), (1000, "1k"), (100_000, "100k")],
};

const GROUPS: [&str; 8] =
    ["comparison", "trips", "instructions", "startup", "store", "crowd", "jni", "growth"];

fn main() -> ExitCode {
    // `cargo bench` says so to every benchmark.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["provider", folder] => provider::run(Path::new(folder)).expect("a provider"),
        ["reqwest", folder, port, threads, warmup, calls] => {
            reqwest::run(Path::new(folder), port, threads, warmup, calls);
        }
        ["rows", ref words @ ..] => store::run(words),
        ["one", client, threads, calls] => one(client, threads, calls, "0"),
        ["one", client, threads, calls, latency] => one(client, threads, calls, latency),
        ["instructions", client] => {
            println!("{}", instructions::of_a_call(&prepared(), client));
        }
        ref groups => return measure(groups),
    }
    ExitCode::SUCCESS
}

/// A provider, clients, and users with good tokens.
fn prepared() -> Work {
    let mut work = Work::new();
    work.authorize(&(0..64).map(work::user).collect::<Vec<_>>(), 3600);
    work
}

fn one(client: &str, threads: &str, calls: &str, latency: &str) {
    let mut work = prepared();
    work.command(&format!("latency_ms {latency}"));
    let warmup = (calls.parse::<u32>().expect("a number") / 5).to_string();
    let (line, seen) = work
        .counted(|work| work::last_line(work.client(client, &[]).args([threads, &warmup, calls])));
    println!("{line}");
    for name in ["connections", "handshakes", "resumed", "answers", "meetings"] {
        print!("{name} {} ", seen.count(name));
    }
    println!();
}

/// These groups of figures, or all if none is named.
fn measure(groups: &[&str]) -> ExitCode {
    let unknown = groups.iter().find(|group| !GROUPS.contains(group));
    assert!(unknown.is_none(), "{groups:?}: none of {GROUPS:?}");
    let wanted = |group: &str| groups.is_empty() || groups.contains(&group);
    let quick = std::env::var_os("QUICK").is_some_and(|quick| !quick.is_empty());
    let extent = if quick { QUICK } else { FULL };
    let mut work = prepared();
    let mut figures = Figures::default();
    let comparison = wanted("comparison").then(|| {
        let comparison = Comparison::run(&work, extent.rounds, extent.part);
        comparison.figures(&mut figures);
        comparison
    });
    if wanted("trips") {
        trips::figures(&mut work, &mut figures);
    }
    if wanted("instructions") {
        for (figure, client) in [("create", "meetbridge"), ("libcurl", "libcurl")] {
            let number = instructions::of_a_call(&work, client);
            figures.put(&format!("{figure}_instructions"), number as f64);
        }
    }
    if wanted("startup") {
        startup::figures(&work, &mut figures, extent.processes, extent.calls / 4);
    }
    if wanted("store") {
        store::figures(&work, &mut figures, extent.rounds);
    }
    if wanted("crowd") {
        crowd::figures(&mut work, &mut figures, extent.crowds);
    }
    if wanted("jni") {
        jni::figures(&work, &mut figures);
    }
    let growth = wanted("growth")
        .then(|| growth::figures(&work, &mut figures, extent.sizes, extent.rounds, extent.calls));
    if let (Some(comparison), Some(growth)) = (comparison, growth) {
        report::write(&figures, &comparison, &growth, extent.what);
    }
    figures.print();
    for wrong in figures.wrong() {
        eprintln!("wrong: {wrong}");
    }
    if figures.wrong().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
