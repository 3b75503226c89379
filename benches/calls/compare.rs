//! The same request by several clients, in rounds in which they take turns.

use serde_json::Value;

use crate::figures::{Figures, median};
use crate::work::{Work, last_line};

/// Each with how many calls take about half a second of processor.
pub const CLIENTS: [(&str, u32); 6] = [
    ("openssl", 24_000),
    ("libcurl", 8_000),
    ("meetbridge", 12_000),
    ("reqwest", 10_000),
    ("java", 2_400),
    ("python", 900),
];
pub const THREADS: [usize; 3] = [1, 16, 64];

/// The yardstick.
const LIBCURL: &str = "libcurl";

/// What the rounds of one client with so many threads gave.
pub struct Series {
    pub client: &'static str,
    pub threads: usize,
    pub rounds: Vec<Value>,
}

impl Series {
    /// The median of the rounds.
    pub fn median(&self, member: &str) -> f64 {
        median(self.values(member))
    }

    fn values(&self, member: &str) -> impl Iterator<Item = f64> {
        self.rounds.iter().map(move |round| round[member].as_f64().expect("a number"))
    }
}

pub struct Comparison(pub Vec<Series>);

impl Comparison {
    /// `part` is the part of the calls that is made.
    pub fn run(work: &Work, rounds: usize, part: f64) -> Comparison {
        work.compile_java();
        let mut all = Comparison(Vec::new());
        for threads in THREADS {
            all.0.extend(CLIENTS.map(|(client, _)| Series { client, threads, rounds: Vec::new() }));
        }
        for round in 1..=rounds {
            for series in &mut all.0 {
                eprintln!("round {round}: {} with {} threads", series.client, series.threads);
                let calls = CLIENTS.iter().find(|(client, _)| *client == series.client);
                let calls = calls.map_or(0.0, |(_, calls)| f64::from(*calls)) * part;
                // A virtual machine takes thousands of calls to get warm.
                let warmup = if series.client == "java" { 3000.0 } else { calls / 5.0 };
                let words = [series.threads, warmup as usize, calls as usize];
                let mut command = work.maintained(series.client);
                command.args(words.map(|word| word.to_string()));
                series.rounds.push(last_line(&mut command));
            }
        }
        all
    }

    pub fn of(&self, client: &str, threads: usize) -> &Series {
        let found = self.0.iter().find(|one| one.client == client && one.threads == threads);
        found.expect("all clients run with all numbers of threads")
    }

    /// The median of the ratios of each round.
    pub fn ratio(&self, member: &str, client: &str, other: &str, threads: usize) -> f64 {
        let (client, other) = (self.of(client, threads), self.of(other, threads));
        median(client.values(member).zip(other.values(member)).map(|(one, two)| one / two))
    }

    pub fn figures(&self, figures: &mut Figures) {
        for threads in THREADS {
            let ratio = self.ratio("cpu_us", "meetbridge", LIBCURL, threads);
            figures.put(&format!("create_cpu_vs_libcurl_tls_{threads}"), ratio);
        }
        let p99 = self.ratio("p99_us", "meetbridge", LIBCURL, 64);
        figures.put("create_p99_vs_libcurl_tls_64", p99);
        figures.put("create_cpu_vs_java_tls_16", self.ratio("cpu_us", "meetbridge", "java", 16));
        let created =
            THREADS.map(|threads| self.of("meetbridge", threads).median("threads_created"));
        figures.count("threads_created", created.into_iter().sum(), 0.0);
        let crowded = self.of("meetbridge", 64);
        figures.put("rss_growth_64_threads_mb", crowded.median("rss_growth_mb"));
        for series in &self.0 {
            let Series { client, threads, .. } = series;
            for member in ["cpu_us", "p50_us", "p99_us", "rss_mb", "threads_created"] {
                figures.put(&format!("{client}_{threads}_{member}"), series.median(member));
            }
        }
    }
}
