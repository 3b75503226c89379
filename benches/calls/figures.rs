//! What a run has found.

use std::fmt::Write;

/// What a figure may be at most: owed, and aimed at.
const LIMITS: &[(&str, f64, f64)] = &[
    ("create_cpu_vs_libcurl_tls_1", 0.85, 0.60),
    ("create_cpu_vs_libcurl_tls_16", 0.90, 0.50),
    ("create_cpu_vs_libcurl_tls_64", 0.80, 0.50),
    ("create_warm_round_trips", 1.0, 1.0),
    ("create_expired_round_trips", 2.0, 2.0),
    ("create_cold_round_trips", 3.0, 2.0),
    ("new_connections_per_1000_calls", 20.0, 16.0),
    ("create_p99_vs_libcurl_tls_64", 1.0, 0.6),
    ("create_instructions", 110_000.0, 85_000.0),
    ("create_cpu_vs_java_tls_16", 0.15, 0.08),
    ("start_authorization_us", 2.5, 1.6),
    ("lookup_1m_p50_us", 10.0, 6.0),
    ("lookup_1m_p99_us", 20.0, 15.0),
    ("durable_token_write_vs_bare_sqlite", 1.2, 1.05),
    ("writers_4_processes_max_wait_ms", 50.0, 20.0),
    ("refresh_requests_256_callers", 1.0, 1.0),
    ("refresh_waiter_extra_ms_p99", 50.0, 5.0),
    ("threads_created", 0.0, 0.0),
    ("rss_growth_64_threads_mb", 40.0, 12.0),
    ("dlopen_us", 500.0, 300.0),
    ("first_call_tls_vs_libcurl", 0.5, 0.35),
    ("library_stripped_mb", 6.0, 4.0),
    ("jni_hop_ns", 1000.0, 500.0),
];

/// Figures in the order in which they were found.
#[derive(Default)]
pub struct Figures {
    all: Vec<(String, f64)>,
    wrong: Vec<String>,
}

impl Figures {
    /// Times and sizes, which nobody judges here: machines differ.
    pub fn put(&mut self, name: &str, value: f64) {
        eprintln!("{name} {}", shown(value));
        self.all.push((name.to_owned(), value));
    }

    /// A number that no machine excuses.
    pub fn count(&mut self, name: &str, value: f64, most: f64) {
        self.put(name, value);
        if value > most {
            self.wrong.push(format!("{name} is {value}, more than {most}"));
        }
    }

    /// Prints those with a limit, and then the others.
    pub fn print(&self) {
        let is_limited = |name: &str| LIMITS.iter().any(|(limited, ..)| *limited == name);
        let limited = LIMITS.iter().filter_map(|(name, ..)| Some((*name, self.get(name)?)));
        let others = self.all.iter().map(|(name, value)| (name.as_str(), *value));
        for (name, value) in limited.chain(others.filter(|(name, _)| !is_limited(name))) {
            println!("figure {name} {}", shown(value));
        }
    }

    fn get(&self, name: &str) -> Option<f64> {
        self.all.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// What is more than it may be.
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    pub fn all(&self) -> &[(String, f64)] {
        &self.all
    }

    /// Those with a limit, as rows of Markdown.
    pub fn table(&self) -> String {
        let mut table = "| figure | measured | owed | aim |\n|---|---|---|---|\n".to_owned();
        for (name, owed, aim) in LIMITS {
            // With fewer rows the figure has another name.
            let value = self.get(name).map_or("not measured".to_owned(), shown);
            let _ = writeln!(table, "| {name} | {value} | {owed} | {aim} |");
        }
        table
    }
}

/// Three digits that tell something.
pub fn shown(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        below if below < 1.0 => 3,
        below if below < 10.0 => 2,
        below if below < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this part of all values lies.
pub fn quantile(values: impl Iterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    assert!(!values.is_empty(), "nothing was measured");
    values.sort_unstable_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * part).round() as usize]
}
