//! How cost grows with users, threads and processes.

use std::fmt::Write;

use serde_json::Value;

use crate::figures::{Figures, shown};
use crate::store;
use crate::work::{Talk, Work, last_line};

const LOOK_UPS: usize = 50_000;
/// What a table is continued to.
const PROJECTED_USERS: f64 = 10_000_000.0;

/// The tables, in Markdown.
pub fn figures(
    work: &Work,
    figures: &mut Figures,
    sizes: &[(usize, &str)],
    rounds: usize,
    calls: usize,
) -> String {
    users(work, figures, sizes, rounds, calls)
        + "\n"
        + &threads(work, figures, calls)
        + "\n"
        + &processes(work, figures, calls)
}

fn users(
    work: &Work,
    figures: &mut Figures,
    sizes: &[(usize, &str)],
    rounds: usize,
    calls: usize,
) -> String {
    let mut table = "| users | look-up p50 µs | p99 µs | create p50 µs | CPU µs |\n\
                     |---|---|---|---|---|\n"
        .to_owned();
    let mut rows: Vec<(f64, [f64; 4])> = Vec::new();
    for (users, name) in sizes {
        let database = store::filled(work, name, *users);
        let found = store::looked_up(&database, *users, LOOK_UPS, rounds);
        let settings = format!("{name}.json");
        std::fs::write(work.path(&settings), work.settings(name)).expect("settings");
        let mut create = work.maintained("meetbridge");
        let words = [1, calls / 4, calls].map(|word| word.to_string());
        let create = create.args(words).env("SETTINGS", settings).env("USERS", users.to_string());
        let created = last_line(create);
        let row = [
            put(figures, &format!("lookup_{name}_p50_us"), &found["p50_us"]),
            put(figures, &format!("lookup_{name}_p99_us"), &found["p99_us"]),
            put(figures, &format!("create_{name}_users_p50_us"), &created["p50_us"]),
            put(figures, &format!("create_{name}_users_cpu_us"), &created["cpu_us"]),
        ];
        if rows.is_empty() {
            put(figures, "lookup_remembered_us", &found["hot_us"]);
        }
        rows.push((*users as f64, row));
        let _ = writeln!(table, "| {users} | {} |", row.map(shown).join(" | "));
        // As large as a million rows are.
        std::fs::remove_file(database).expect("a file");
    }
    if let [.., (fewer, before), (most, last)] = rows[..] {
        // A B-tree grows by a level for each power of its width, so cost is a line over its
        // logarithm.
        let ahead = (PROJECTED_USERS / most).ln() / (most / fewer).ln();
        let next = std::array::from_fn::<f64, 4, _>(|at| {
            last[at] + (last[at] - before[at]).max(0.0) * ahead
        });
        let next = next.map(shown).join(" | ");
        let _ = writeln!(table, "| {PROJECTED_USERS} (projected) | {next} |");
    }
    table
}

fn threads(work: &Work, figures: &mut Figures, calls: usize) -> String {
    let mut table = "| threads | CPU µs a call | p50 µs | p99 µs | calls a second | MB |\n\
                     |---|---|---|---|---|---|\n"
        .to_owned();
    for threads in [1, 4, 16, 64] {
        let words = [threads, calls / 4, calls].map(|word| word.to_string());
        let line = last_line(work.maintained("meetbridge").args(words));
        let name = format!("create_{threads}_threads");
        let row = [
            put(figures, &format!("{name}_cpu_us"), &line["cpu_us"]),
            put(figures, &format!("{name}_p50_us"), &line["p50_us"]),
            put(figures, &format!("{name}_p99_us"), &line["p99_us"]),
            1e6 / number(&line["wall_us"]),
            number(&line["rss_mb"]),
        ];
        let _ = writeln!(table, "| {threads} | {} |", row.map(shown).join(" | "));
    }
    table
}

fn processes(work: &Work, figures: &mut Figures, calls: usize) -> String {
    const THREADS: usize = 16;
    let mut table = "| processes of 16 threads | CPU µs a call | p99 µs | MB together |\n\
                     |---|---|---|---|\n"
        .to_owned();
    for processes in [1, 2, 4] {
        let words = [THREADS, calls / 4, calls].map(|word| word.to_string());
        let mut running: Vec<Talk> = (0..processes)
            .map(|_| Talk::start(work.maintained("meetbridge").args(&words)))
            .collect();
        let lines: Vec<Value> = running
            .iter_mut()
            .map(|process| serde_json::from_str(&process.hear()).expect("a line of JSON"))
            .collect();
        let all = |member: &str| lines.iter().map(|line| number(&line[member])).collect::<Vec<_>>();
        let row = [
            all("cpu_us").iter().sum::<f64>() / processes as f64,
            all("p99_us").into_iter().fold(0.0, f64::max),
            all("rss_mb").iter().sum(),
        ];
        figures.put(&format!("create_{processes}_processes_cpu_us"), row[0]);
        let _ = writeln!(table, "| {processes} | {} |", row.map(shown).join(" | "));
    }
    table
}

fn put(figures: &mut Figures, name: &str, value: &Value) -> f64 {
    let value = number(value);
    figures.put(name, value);
    value
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}
