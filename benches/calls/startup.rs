//! What a host pays before the first meeting, and what single calls take.

use std::process::Command;

use serde_json::Value;

use crate::figures::{Figures, median};
use crate::work::{Work, last_line, user};

pub fn figures(work: &Work, figures: &mut Figures, processes: usize, calls: usize) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..processes {
        ours.push(work.door(&["first", &user(0)]));
        theirs.push(last_line(work.client("libcurl", &[]).args(["1", "0", "1"])));
    }
    let number = |line: &Value, member: &str| line[member].as_f64().expect("a number");
    let pairs = ours.iter().zip(&theirs);
    let ratios = pairs.map(|(ours, curl)| number(ours, "first_us") / number(curl, "p50_us"));
    figures.put("first_call_tls_vs_libcurl", median(ratios));
    for member in ["dlopen_us", "open_us", "first_us"] {
        figures.put(member, median(ours.iter().map(|line| number(line, member))));
    }
    let first = median(theirs.iter().map(|line| number(line, "p50_us")));
    figures.put("libcurl_first_us", first);
    figures.put("library_stripped_mb", stripped_mb(work));

    let start = work.door(&["start", &user(0)]);
    figures.put("start_authorization_us", number(&start, "start_us"));
    let calls = calls.to_string();
    let mut create = work.client("meetbridge", &[]);
    let line = last_line(create.args(["1", "100", &calls]).env("REFERENCE", "1"));
    figures.put("create_with_reference_p50_us", number(&line, "p50_us"));
}

fn stripped_mb(work: &Work) -> f64 {
    let stripped = work.path("stripped.so");
    let mut command = Command::new("strip");
    command.arg("-o").arg(&stripped).arg(&work.library);
    assert!(command.status().expect("binutils are installed").success());
    std::fs::metadata(stripped).expect("it was written").len() as f64 / 1e6
}
