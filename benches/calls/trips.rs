//! What a user waits for: the ways to the provider and back, on a wire that takes 50 ms for each.

use serde_json::Value;

use crate::figures::Figures;
use crate::work::{Seen, Work, user};

const LATENCY_MS: f64 = 50.0;
/// Whatever else the machine does makes a call longer, never shorter: the shortest counts.
const TRIES: usize = 5;
const VISITORS: usize = 16;
const CALLS: usize = 1000;

pub fn figures(work: &mut Work, figures: &mut Figures) {
    let (anna, late) = (user(0), user(1000));
    let tries: Vec<(Value, Seen)> = (0..TRIES)
        .map(|_| {
            work.authorize(std::slice::from_ref(&late), 0);
            work.command(&format!("latency_ms {LATENCY_MS}"));
            let tried = work.counted(|work| work.door(&["trips", &anna, &late]));
            work.command("latency_ms 0");
            tried
        })
        .collect();
    let mut all = 0.0;
    for (what, most) in [("warm", 1.0), ("expired", 2.0), ("cold", 3.0)] {
        let took = |tried: &Value| tried[format!("{what}_ms")].as_f64().expect("a time");
        let least = tries.iter().map(|(tried, _)| took(tried)).fold(f64::INFINITY, f64::min);
        let trips = (least / LATENCY_MS).round();
        figures.count(&format!("create_{what}_round_trips"), trips, most);
        all += trips;
    }
    // The provider's word for it: it made somebody wait as often as somebody waited.
    let waits = |seen: &Seen| ["connections", "handshakes", "answers"].map(|it| seen.count(it));
    let met = tries.iter().map(|(_, seen)| waits(seen).iter().sum::<i64>()).min();
    figures.count("round_trips_not_seen_by_provider", all - met.unwrap_or(0) as f64, 0.0);

    let (words, calls) = ([VISITORS, CALLS].map(|word| word.to_string()), CALLS as f64);
    let (visits, seen) = work.counted(|work| work.door(&["pauses", &words[0], &words[1]]));
    let connections = seen.count("connections") as f64 * 1000.0 / calls;
    figures.count("new_connections_per_1000_calls", connections, 20.0);
    let created = visits["threads_created"].as_f64().expect("a count");
    figures.count("threads_created_with_pauses", created, 0.0);
}
