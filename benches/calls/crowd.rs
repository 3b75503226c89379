//! Four processes of 64 threads that meet one expired token at the same moment.

use serde_json::Value;

use crate::figures::{Figures, quantile};
use crate::work::{Talk, Work, user};

const PROCESSES: usize = 4;
const THREADS: usize = 64;
/// So long takes the provider, that all are waiting when the answer comes.
const LATENCY_MS: u32 = 100;

pub fn figures(work: &mut Work, figures: &mut Figures, rounds: usize) {
    let crowded = user(2000);
    let words = ["crowd".to_owned(), crowded.clone(), THREADS.to_string()];
    work.authorize(std::slice::from_ref(&crowded), 3600);
    let mut processes: Vec<Talk> =
        (0..PROCESSES).map(|_| Talk::start(work.client("door", &[]).args(&words))).collect();
    processes.iter_mut().for_each(|process| drop(process.hear()));
    let (mut most, mut extra) = (0, Vec::new());
    // The first round makes the connections, and is not measured.
    for round in 0..=rounds {
        work.authorize(std::slice::from_ref(&crowded), 0);
        work.command(&format!("latency_ms {LATENCY_MS}"));
        let (told, seen) = work.counted(|_| {
            processes.iter_mut().for_each(|process| process.say("go"));
            processes.iter_mut().map(Talk::hear).collect::<Vec<_>>()
        });
        work.command("latency_ms 0");
        most = most.max(seen.count("refreshes"));
        if round == 0 {
            continue;
        }
        let told: Vec<Value> =
            told.iter().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        let renewed = told.iter().filter_map(|line| line["renewed_ns"].as_i64()).max();
        let renewed = renewed.expect("somebody renews");
        let taken = told.iter().filter_map(|line| line["taken_ns"].as_array()).flatten();
        let taken = taken.map(|at| at.as_i64().expect("a time"));
        extra.extend(taken.map(|at| (at - renewed) as f64 / 1e6));
    }
    figures.count("refresh_requests_256_callers", most as f64, 1.0);
    figures.put("refresh_waiters_per_round", extra.len() as f64 / rounds as f64);
    figures.put("refresh_waiter_extra_ms_p99", quantile(extra.iter().copied(), 0.99));
    figures.put("refresh_waiter_extra_ms_p50", quantile(extra.into_iter(), 0.5));
}
