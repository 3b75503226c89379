//! What a run leaves in its folder: tables, a picture, and every number.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::compare::{CLIENTS, Comparison, THREADS};
use crate::figures::{Figures, shown};
use crate::plot;
use crate::work::output;

pub fn write(figures: &Figures, comparison: &Comparison, growth: &str, what: &str) {
    let machine = machine();
    let mut table = format!("{what}, on {machine}.\n\n{}\n", figures.table());
    table += &compared(comparison);
    let _ = write!(table, "\n{growth}");
    let all = figures.all().iter().map(|(name, value)| (name.clone(), json!(value)));
    let rounds: Vec<Value> = comparison
        .0
        .iter()
        .map(|one| json!({ "client": one.client, "threads": one.threads, "rounds": one.rounds }))
        .collect();
    let numbers = json!({
        "machine": machine,
        "what": what,
        "figures": all.collect::<Map<String, Value>>(),
        "comparison": rounds,
    });
    for (name, text) in [
        ("table.md", table),
        ("plot.svg", plot::svg(comparison, &machine)),
        ("results.json", format!("{numbers:#}\n")),
    ] {
        let path = output().join(name);
        std::fs::write(&path, text).expect("a file");
        eprintln!("wrote {}", path.display());
    }
}

/// The clients, with 1, 16 and 64 threads each.
fn compared(comparison: &Comparison) -> String {
    let mut table = "| client | CPU µs a call | × libcurl | p99 µs | MB | threads created |\n\
                     |---|---|---|---|---|---|\n"
        .to_owned();
    for (client, _) in CLIENTS {
        let all = |member: &str| {
            THREADS.map(|threads| shown(comparison.of(client, threads).median(member))).join(" / ")
        };
        let ratios = THREADS.map(|threads| {
            format!("{:.2}", comparison.ratio("cpu_us", client, "libcurl", threads))
        });
        let _ = writeln!(
            table,
            "| {client} | {} | {} | {} | {} | {} |",
            all("cpu_us"),
            ratios.join(" / "),
            all("p99_us"),
            all("rss_mb"),
            all("threads_created"),
        );
    }
    table
}

fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model);
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{count} × {model}, Linux {}", kernel.trim())
}
